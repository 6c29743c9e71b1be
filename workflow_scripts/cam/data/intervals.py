"""Regions as intervals of a genome: windows of one width, and what overlaps them."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from ..bases import N_CODE
from ..errors import InputError

INTERVAL = ["chrom", "start", "end"]
COORDINATES = [*INTERVAL, "name"]


def windows(intervals, width, sizes):
    """Widen or narrow intervals to one width around their centres.

    Parameters
    ----------
    intervals : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, and any number of bool (such as the biosamples they are open in).
    width : int
        In bp.
    sizes : dict of str to int
        Length of every chromosome, in bp. A chromosome that is not in it is taken to have no end.

    Returns
    -------
    pandas.DataFrame
        ``chrom start end name`` and the bool columns, sorted and without duplicates; windows that would leave the
        chromosome are left out. The centre of an interval of odd length is rounded down; the name is
        ``chrom:start-end``. A bool is true where it is for any of the intervals with that window.
    """
    chrom, chroms = _numbered(intervals["chrom"])
    start = (intervals["start"].to_numpy() + intervals["end"].to_numpy()) // 2 - width // 2
    last = np.array([sizes.get(name, np.inf) for name in chroms]) - width
    rows = np.flatnonzero((start >= 0) & (start <= last[chrom]))
    rows = rows[np.lexsort((start[rows], chrom[rows]))]
    chrom, start = chrom[rows], start[rows]
    first = np.flatnonzero(differs(chrom, start))
    frame = pd.DataFrame({"chrom": chroms[chrom[first]], "start": start[first], "end": start[first] + width})
    frame["name"] = region_names(frame)
    flags = intervals.select_dtypes(bool)
    if len(first) and len(flags.columns):
        frame[flags.columns] = np.logical_or.reduceat(flags.to_numpy()[rows], first, axis=0)
    return frame


def resolve_overlaps(regions, overlapping):
    """Decide what becomes of windows that overlap.

    Parameters
    ----------
    regions : pandas.DataFrame
        As from :func:`windows`: sorted, and all of one width.
    overlapping : {"keep", "first", "merge"}
        ``keep``: they stay as they are. ``first``: going along the chromosome, a window stays if it does not overlap
        the last one that stayed. ``merge``: a chain of windows, each of which overlaps the next, becomes one window of
        the same width around the centre of the whole chain; a bool column is true where it is for any of them.

    Returns
    -------
    pandas.DataFrame
        With the columns of ``regions``. No two windows overlap, unless overlaps are kept.
    """
    if overlapping == "keep" or not len(regions):
        return regions
    chrom, _ = _numbered(regions["chrom"])
    start, end = regions["start"].to_numpy(), regions["end"].to_numpy()
    if overlapping == "first":
        stays = np.zeros(len(regions), dtype=bool)
        on, reach = -1, 0
        for row, (c, s, e) in enumerate(zip(chrom.tolist(), start.tolist(), end.tolist(), strict=True)):
            if c != on or s >= reach:
                stays[row], on, reach = True, c, e
        return regions[stays].reset_index(drop=True)
    begins = np.append(True, (chrom[1:] != chrom[:-1]) | (start[1:] >= end[:-1]))
    first = np.flatnonzero(begins)
    chains = pd.DataFrame(
        {
            "chrom": regions["chrom"].to_numpy()[first],
            "start": start[first],
            "end": end[np.append(first[1:], len(regions)) - 1],
        }
    )
    flags = regions.select_dtypes(bool)
    if len(flags.columns):
        chains[flags.columns] = np.logical_or.reduceat(flags.to_numpy(), first, axis=0)
    return windows(chains, int(end[0] - start[0]), {})


def region_names(frame):
    """Names ``chrom:start-end`` of regions, as an array of str."""
    columns = (frame[column].tolist() for column in INTERVAL)
    return np.array([f"{chrom}:{start}-{end}" for chrom, start, end in zip(*columns, strict=True)], dtype=object)


def overlaps(regions, intervals):
    """Which regions share at least one base with any interval.

    Parameters
    ----------
    regions, intervals : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``.

    Returns
    -------
    numpy.ndarray of bool, shape (n_regions,)

    Raises
    ------
    InputError
        If bedtools is not installed.
    """
    return overlaps_by_group(regions, intervals, np.zeros(len(intervals), dtype=int), 1)[:, 0]


def overlaps_by_group(regions, intervals, groups, n_groups):
    """Which regions share at least one base with any interval of each group.

    One pass of bedtools over sorted files answers it for all groups, in little memory.

    Parameters
    ----------
    regions, intervals : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, in any order.
    groups : numpy.ndarray of int, shape (n_intervals,)
        The group of each interval, from 0; those below 0 are passed over.
    n_groups : int

    Returns
    -------
    numpy.ndarray of bool, shape (n_regions, n_groups)

    Raises
    ------
    InputError
        If bedtools is not installed.
    """
    found = np.zeros((len(regions), n_groups), dtype=bool)
    if not len(regions) or not len(intervals):
        return found
    if not shutil.which("bedtools"):
        raise InputError(
            "bedtools: not found on PATH; install it (apt install bedtools, brew install bedtools, or "
            "conda install -c bioconda bedtools)"
        )
    import pybedtools  # here, since later stages use this module without bedtools

    # What is on no chromosome of the regions overlaps none, and may be called what bedtools takes for a header.
    groups = np.where(intervals["chrom"].isin(regions["chrom"].unique()), groups, -1)
    with TemporaryDirectory() as folder:
        ours, theirs, shared = (Path(folder, name) for name in ("regions.bed", "intervals.bed", "shared.tsv"))
        _write_numbered(ours, regions, np.arange(len(regions)))
        _write_numbered(theirs, intervals, groups)
        pairs = pybedtools.BedTool(ours).intersect(
            str(theirs), sorted=True, wa=True, wb=True, nonamecheck=True, output=str(shared)
        )
        if Path(pairs.fn).stat().st_size:
            for chunk in pd.read_csv(pairs.fn, sep="\t", header=None, usecols=[3, 7], chunksize=10**6):
                found[chunk[3], chunk[7]] = True
    return found


def _write_numbered(path, intervals, numbers):
    """Write intervals as sorted BED, each with a number for a name; equal ones, and those below 0, are left out."""
    chrom, chroms = _numbered(intervals["chrom"])
    start, end = intervals["start"].to_numpy(), intervals["end"].to_numpy()
    rows = np.flatnonzero(numbers >= 0)
    rows = rows[np.lexsort((numbers[rows], end[rows], start[rows], chrom[rows]))]
    rows = rows[differs(chrom[rows], start[rows], end[rows], numbers[rows])]
    with open(path, "w") as text:
        for some in np.array_split(rows, len(rows) // 100_000 + 1):
            columns = (column[some].tolist() for column in (start, end, numbers))
            names = chroms[chrom[some]].tolist()
            text.write("".join([f"{c}\t{s}\t{e}\t{n}\n" for c, s, e, n in zip(names, *columns, strict=True)]))


def _numbered(chroms):
    """Chromosomes as numbers in the order of their names, and the names."""
    numbers, names = pd.factorize(chroms, sort=True)
    return numbers, names.to_numpy(dtype=object)


def usable(regions, codes, blacklist, max_unknown=0.05):
    """Leave out regions in the blacklist and regions whose sequence is not known.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``.
    codes : numpy.ndarray of uint8, shape (n, length)
        Their base codes.
    blacklist : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``.
    max_unknown : float
        The largest share of N.

    Returns
    -------
    keep : numpy.ndarray of bool, shape (n,)
    steps : pandas.DataFrame
        ``step regions``: how many were left out, and why.
    """
    listed = overlaps(regions, blacklist)
    unknown = ((codes == N_CODE).mean(axis=1) > max_unknown) & ~listed
    steps = [("left out: in the blacklist", listed.sum()), (f"left out: over {max_unknown:.0%} N", unknown.sum())]
    return ~listed & ~unknown, pd.DataFrame(steps, columns=["step", "regions"])


def in_genome(peaks, sizes):
    """Which peaks are wholly on their chromosomes.

    Parameters
    ----------
    peaks : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``.
    sizes : dict of str to int
        Length of every chromosome, in bp. A chromosome that is not in it is taken to have no end.

    Returns
    -------
    keep : numpy.ndarray of bool, shape (n,)
    steps : pandas.DataFrame
        ``step regions``: how many are not.
    """
    inside = ((peaks["start"] >= 0) & (peaks["end"] <= peaks["chrom"].map(sizes).fillna(np.inf))).to_numpy(dtype=bool)
    steps = [("left out: not wholly on the chromosome", (~inside).sum())]
    return inside, pd.DataFrame(steps, columns=["step", "regions"])


def to_bed(regions, target, value):
    """The regions of one label of one target as a sorted BED6 frame (score 0, no strand)."""
    bed = regions.loc[regions[target] == value, COORDINATES].sort_values(INTERVAL)
    return bed.assign(score=0, strand=".")


def differs(*columns):
    """Where a row differs from the row before; the first does."""
    differs = np.zeros(len(columns[0]), dtype=bool)
    differs[:1] = True
    for column in columns:
        differs[1:] |= column[1:] != column[:-1]
    return differs
