"""ENCODE's clusters of DNase I hypersensitive sites, as dumped from UCSC's database.

The columns of ``wgEncodeRegDnaseClustered`` are bin, chrom, chromStart, chromEnd, name, score, sourceCount, sourceIds
and sourceScores; the last two are lists that end in a comma. Those of ``wgEncodeRegDnaseClusteredSources`` are the id
of a source and its cell type.
"""

import sys
from array import array

import numpy as np
import pandas as pd

from ..errors import InputError
from ..files import read_text, write_text
from .rows import interval, read_rows, whole_number

CHROMOSOMES = frozenset(f"chr{name}" for name in [*range(1, 23), "X", "Y"])


def read_clusters(path):
    """Read the clusters on the standard chromosomes (1 to 22, X and Y), as a stream.

    Parameters
    ----------
    path : str or Path
        ``wgEncodeRegDnaseClustered.txt.gz``, or the same unpacked.

    Returns
    -------
    pandas.DataFrame
        ``chrom start end name`` in the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read, a row is not as described above, or no row is on a standard chromosome.
    """
    chroms, starts, ends, names = [], array("q"), array("q"), []
    with read_text(path) as text:
        for number, fields in read_rows(text, path, n_columns=9):
            whole_number(fields, 0, path, number)  # the bin: tells this table from a BED file
            start, end = interval(fields, 2, path, number)
            if fields[1] in CHROMOSOMES:
                chroms.append(sys.intern(fields[1]))
                starts.append(start)
                ends.append(end)
                names.append(sys.intern(fields[4]))
    if not chroms:
        raise InputError(f"{path}: found no row on the chromosomes chr1 to chr22, chrX and chrY")
    return pd.DataFrame(
        {
            "chrom": chroms,
            "start": pd.Series(starts, dtype="int64"),
            "end": pd.Series(ends, dtype="int64"),
            "name": names,
        }
    )


def write_clusters(path, clusters):
    """Write clusters in this format, in the order given.

    Parameters
    ----------
    path : str or Path
        Gzipped if it ends in ``.gz``.
    clusters : pandas.DataFrame
        ``chrom start end source_ids source_scores``; the last two are lists of int, as long as each other.
    """
    count = clusters["source_ids"].map(len)
    table = pd.DataFrame(
        {
            "bin": ucsc_bin(clusters["start"].to_numpy(), clusters["end"].to_numpy()),
            "chrom": clusters["chrom"],
            "start": clusters["start"],
            "end": clusters["end"],
            "name": count,
            "score": clusters["source_scores"].map(max),
            "count": count,
            "ids": clusters["source_ids"].map(_comma_list),
            "scores": clusters["source_scores"].map(_comma_list),
        }
    )
    with write_text(path) as text:
        table.to_csv(text, sep="\t", header=False, index=False, lineterminator="\n")


def write_sources(path, cell_types):
    """Write which cell type each source is; the first has the id 1."""
    with write_text(path) as text:
        for number, cell_type in enumerate(cell_types, 1):
            text.write(f"{number}\t{cell_type}\n")


def ucsc_bin(start, end):
    """Bin of UCSC's indexing scheme: the smallest of the nested ones (128 kb, 1 Mb, 8 Mb, …) that holds an interval.

    Parameters
    ----------
    start, end : numpy.ndarray of int, shape (n,)

    Returns
    -------
    numpy.ndarray of int, shape (n,)
    """
    bins = np.zeros_like(start)
    for shift, offset in ((26, 1), (23, 9), (20, 73), (17, 585)):
        bins = np.where(start >> shift == (end - 1) >> shift, offset + (start >> shift), bins)
    return bins


def _comma_list(values):
    return "".join(f"{value}," for value in values)
