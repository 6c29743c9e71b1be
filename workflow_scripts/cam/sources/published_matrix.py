"""The authors' TF-binding matrix: Zenodo record 5283416.

Three kinds of file: ``sequences.200bp.chrN.fa.gz`` (headers ``>INDEX::chrom:start-end``, INDEX being the row of the
matrix), ``matrix2d.ReMap+UniBind.sparse.npz`` (regions × TFs, float64: 1 bound, 0 open and unbound, NaN not known) and
``tfs_idx.pickle.gz`` (a pickled dict TF → column).
"""

import re
import zipfile

import numpy as np
import pandas as pd

from ..bases import encode
from ..errors import InputError
from ..io.fasta import read_fasta
from ..io.files import cannot_read
from .arrays import read_header

_HEADER = re.compile(r"([0-9]{1,18})::([^:\s]+):([0-9]{1,18})-([0-9]{1,18})")
_MOST_ROWS = 20_000_000  # regions of 200 bp, more than there are in a genome


def read_columns(path, columns, rows_at_once=20_000):
    """Read columns of a matrix in an ``.npz`` file as a stream.

    The matrix is 2.4 GB once decompressed; what is held at any time is the wanted columns and a few thousand rows.

    Parameters
    ----------
    path : str or Path
        An ``.npz`` file with one two-dimensional float array.
    columns : sequence of int
    rows_at_once : int

    Returns
    -------
    numpy.ndarray of float32, shape (n_rows, n_columns)

    Raises
    ------
    InputError
        If the file is absent, damaged or truncated, holds anything else, or has no such column.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.namelist()) != 1:
                raise InputError(f"{path}: found {len(archive.namelist())} arrays, expected one")
            with archive.open(archive.namelist()[0]) as stream:
                shape, fortran, dtype = read_header(stream)
                if len(shape) != 2 or fortran or dtype.kind != "f" or shape[0] > _MOST_ROWS:
                    raise InputError(f"{path}: found a {dtype} array of shape {shape}, expected float rows × TFs")
                if max(columns) >= shape[1]:
                    raise InputError(f"{path}: found {shape[1]} columns, expected at least {max(columns) + 1}")
                kept = np.empty((shape[0], len(columns)), dtype=np.float32)
                for first in range(0, shape[0], rows_at_once):
                    n = min(rows_at_once, shape[0] - first)
                    block = stream.read(n * shape[1] * dtype.itemsize)
                    rows = np.frombuffer(block, dtype=dtype).reshape(n, shape[1])[:, columns].astype(np.float32)
                    wrong = ~(np.isnan(rows) | (rows == 0) | (rows == 1))
                    if wrong.any():
                        row, column = np.argwhere(wrong)[0]
                        raise InputError(
                            f"{path}, row {first + row}, column {columns[column]}: found {rows[row, column]:g}, "
                            "expected 1, 0 or NaN"
                        )
                    kept[first : first + n] = rows
                return kept
    except InputError:
        raise
    except OSError as error:
        raise cannot_read(path, error) from None
    except Exception as error:  # of any kind, since any bytes can be in the file
        raise InputError(f"{path}: found a damaged .npz file ({error}); copy or download it again") from None


def read_regions(path, width):
    """Read the regions of one FASTA file.

    Parameters
    ----------
    path : str or Path
        ``sequences.200bp.chrN.fa.gz``.
    width : int
        The width that every sequence must have, in bp.

    Returns
    -------
    regions : pandas.DataFrame
        ``row chrom start end name``.
    codes : numpy.ndarray of uint8, shape (n, width)

    Raises
    ------
    InputError
        If the file cannot be read, a header has another form, or a sequence another width.
    """
    records, sequences = [], []
    for number, (header, sequence) in enumerate(read_fasta(path), 1):
        match = _HEADER.fullmatch(header)
        if not match:
            raise InputError(f"{path}, record {number}: found header '>{header}', expected '>INDEX::chrom:start-end'")
        row, chrom, start, end = int(match[1]), match[2], int(match[3]), int(match[4])
        if len(sequence) != width or end - start != width:
            found = len(sequence) if len(sequence) != width else end - start
            raise InputError(
                f"{path}, record {number} (>{header}): found a width of {found} bp, expected {width} "
                f"(regions.width); set it to {found}"
            )
        records.append((row, chrom, start, end, f"{chrom}:{start}-{end}"))
        sequences.append(sequence)
    try:
        codes = encode(sequences)
    except InputError as error:
        raise InputError(f"{path}, {error}") from None
    return pd.DataFrame(records, columns=["row", "chrom", "start", "end", "name"]), codes


def read_sequences(fastas, regions, width):
    """Base codes of named regions.

    Parameters
    ----------
    fastas : sequence of str or Path
        The files that :func:`read_published` read.
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``; the same region may be there several times.
    width : int
        In bp.

    Returns
    -------
    numpy.ndarray of uint8, shape (n, width)
        In the order of ``regions``.

    Raises
    ------
    InputError
        If a region is in none of the files.
    """
    intervals = regions[["chrom", "start", "end"]].itertuples(index=False)
    names, row_of = np.unique([f"{chrom}:{start}-{end}" for chrom, start, end in intervals], return_inverse=True)
    codes = np.empty((len(names), width), dtype=np.uint8)
    filled = np.zeros(len(names), dtype=bool)
    for path in fastas:
        read, read_codes = read_regions(path, width)
        rows = pd.Index(names).get_indexer(read["name"])
        codes[rows[rows >= 0]], filled[rows[rows >= 0]] = read_codes[rows >= 0], True
    if not filled.all():
        raise InputError(f"region {names[int(np.argmin(filled))]}: none of the FASTA files has it")
    return codes[row_of]
