"""ENCODE's clusters of DNase I hypersensitive sites, as dumped from UCSC's database.

The columns of ``wgEncodeRegDnaseClustered`` are bin, chrom, chromStart, chromEnd, name, score, sourceCount, sourceIds
and sourceScores; the last two are lists that end in a comma. Those of ``wgEncodeRegDnaseClusteredSources`` are the id
of a source and its cell type.
"""

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from ..io.files import read_text, write_text
from .rows import Block, is_whole_number, read_blocks, read_rows

TAKES = (
    "source.urls.dhs takes UCSC's table of DNase clusters, whose columns are bin, chrom, chromStart, chromEnd, name, "
    "score, sourceCount, sourceIds and sourceScores; other open regions have to be written so"
)


def read_clusters(path, open_in=None):
    """Read the clusters, as a stream.

    Parameters
    ----------
    path : str or Path
        ``wgEncodeRegDnaseClustered.txt.gz``, or the same unpacked.
    open_in : mapping of str to set of int, optional
        The sources of each biosample; see :func:`source_ids`.

    Returns
    -------
    pandas.DataFrame
        ``chrom start end name`` in the order of the file, and for each key of ``open_in`` a column of bool: whether a
        source of that biosample has the cluster.

    Raises
    ------
    InputError
        If the file cannot be read, has no row, or a row is not as described above.
    """
    open_in = open_in or {}
    frames = []
    for number, lines in read_blocks(path):
        block = Block(lines, number, path, n_columns=9, takes=TAKES)
        block.whole_numbers(0)  # the bin: tells this table from a BED file
        start, end = block.intervals(2)
        chrom_of, chroms = block.chromosomes(1)
        name_of, names = block.texts(4)
        frame = pd.DataFrame({"chrom": chroms[chrom_of], "start": start, "end": end, "name": names[name_of]})
        if open_in:
            rows, sources = block.number_lists(7)
            for biosample, ids in open_in.items():
                is_open = np.zeros(len(frame), dtype=bool)
                is_open[rows[np.isin(sources, list(ids))]] = True
                frame[biosample] = is_open
        frames.append(frame)
    if not any(map(len, frames)):
        raise InputError(f"{path}: found an empty file, expected clusters of DNase I hypersensitive sites")
    return pd.concat(frames, ignore_index=True)


def read_sources(path):
    """Read which cell type each source is.

    Parameters
    ----------
    path : str or Path
        ``wgEncodeRegDnaseClusteredSources.txt.gz``, or the same unpacked.

    Returns
    -------
    dict of int to str

    Raises
    ------
    InputError
        If the file cannot be read, has no row, or a row is not an id, of which there is no other, and a cell type.
    """
    cell_types = {}
    with read_text(path) as text:
        for number, fields in read_rows(text, path, n_columns=2):
            if not is_whole_number(fields[0]) or int(fields[0]) in cell_types:
                raise InputError(f"{path}, line {number}, column 1: found '{fields[0]}', expected a new whole number")
            cell_types[int(fields[0])] = fields[1]
    if not cell_types:
        raise InputError(f"{path}: found an empty file, expected the ids of sources and their cell types")
    return cell_types


def source_ids(cell_types, biosamples, where):
    """The ids of the sources that belong to each biosample.

    Parameters
    ----------
    cell_types : dict of int to str
        From :func:`read_sources`.
    biosamples : mapping of str to collection of str
        The cell types of each biosample.
    where : str or Path
        What to call the table of biosamples in an error message.

    Returns
    -------
    dict of str to set of int

    Raises
    ------
    InputError
        If a cell type is that of no source.
    """
    for biosample, names in biosamples.items():
        for name in names:
            if name not in cell_types.values():
                raise InputError(
                    f"{where}: biosample '{biosample}' has the DHS cell type '{name}', which is that of no source; "
                    f"{nearest(name, cell_types.values())}"
                )
    return {
        biosample: {number for number, name in cell_types.items() if name in names}
        for biosample, names in biosamples.items()
    }


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
