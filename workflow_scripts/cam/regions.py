"""Labelled regions: windows around open chromatin, their labels, their selection and their split.

Intervals are data frames with the columns ``chrom``, ``start``, ``end`` (0-based, half-open), as in BED. A table of
*candidates* has ``chrom start end name gc`` and one float column per target: 1 bound, 0 unbound, NaN not known.
Set operations on intervals are bedtools' (Quinlan & Hall 2010), through pybedtools.
"""

import shutil

import numpy as np
import pandas as pd

from .errors import InputError
from .sequences import N_CODE

INTERVAL = ["chrom", "start", "end"]
COORDINATES = [*INTERVAL, "name"]
SPLITS = ("train", "validation", "test")


def windows(intervals, width, sizes):
    """Widen or narrow intervals to one width around their centres.

    Parameters
    ----------
    intervals : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``.
    width : int
        In bp.
    sizes : dict of str to int
        Length of every chromosome, in bp. A chromosome that is not in it is taken to have no end.

    Returns
    -------
    pandas.DataFrame
        ``chrom start end name``, sorted and without duplicates; windows that would leave the chromosome are left out.
        The centre of an interval of odd length is rounded down; the name is ``chrom:start-end``.
    """
    centre = (intervals["start"].to_numpy() + intervals["end"].to_numpy()) // 2
    start = centre - width // 2
    frame = pd.DataFrame({"chrom": intervals["chrom"].to_numpy(), "start": start, "end": start + width})
    inside = (frame["start"] >= 0) & ~(frame["end"] > frame["chrom"].map(sizes))
    frame = frame[inside].drop_duplicates().sort_values(INTERVAL, ignore_index=True)
    frame["name"] = region_names(frame)
    return frame


def region_names(frame):
    """Names ``chrom:start-end`` of regions, as an array of str."""
    return (frame["chrom"] + ":" + frame["start"].astype(str) + "-" + frame["end"].astype(str)).to_numpy()


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
    found = np.zeros(len(regions), dtype=bool)
    if not len(regions) or not len(intervals):
        return found
    if not shutil.which("bedtools"):
        raise InputError("bedtools: not found on PATH; install it (apt install bedtools, or conda install bedtools)")
    import pybedtools  # here, since later stages use this module without bedtools

    numbered = pybedtools.BedTool.from_dataframe(regions[INTERVAL].assign(row=np.arange(len(regions))))
    try:
        hits = numbered.intersect(pybedtools.BedTool.from_dataframe(intervals[INTERVAL]), u=True)
        found[[int(interval[3]) for interval in hits]] = True
    finally:
        pybedtools.cleanup()
    return found


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


def label(regions, summits, sites, targets, rule="sparse"):
    """Label regions with the two sources of evidence, cell-type agnostic.

    A region is ReMap-bound by a TF if a ReMap summit of that TF falls in it, and UniBind-bound if a UniBind site of
    that TF overlaps it.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``.
    summits, sites : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, ``tf``.
    targets : sequence of str
    rule : {"sparse", "less_sparse"}
        ``sparse``: both sources → 1, neither → 0, one of the two → NaN. ``less_sparse``: both → 1, anything else → 0.

    Returns
    -------
    pandas.DataFrame of float
        One column per target, one row per region.
    """
    labels = {}
    for target in targets:
        remap = overlaps(regions, summits[summits["tf"] == target])
        unibind = overlaps(regions, sites[sites["tf"] == target])
        labels[target] = (remap & unibind).astype(float)
        if rule == "sparse":
            labels[target][remap ^ unibind] = np.nan
    return pd.DataFrame(labels, index=regions.index)


def match_gc(gc, bound, ratio, rng, bins=20):
    """Choose unbound regions whose GC content is distributed like that of the bound ones.

    Parameters
    ----------
    gc : numpy.ndarray of float, shape (n,)
        GC content of each region, in [0, 1].
    bound : numpy.ndarray of bool, shape (n,)
        True where a region is bound, False where it may be chosen.
    ratio : float
        How many to choose per bound region.
    rng : numpy.random.Generator
    bins : int
        GC bins of equal width.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
        The chosen ones. A bin that has too few gives all it has; none are taken from elsewhere to make up for it.
    """
    bin_of = np.minimum((gc * bins).astype(int), bins - 1)
    wanted = np.rint(np.bincount(bin_of[bound], minlength=bins) * ratio).astype(int)
    chosen = np.zeros(len(gc), dtype=bool)
    for b in np.flatnonzero(wanted):
        pool = np.flatnonzero(~bound & (bin_of == b))
        chosen[rng.permutation(pool)[: wanted[b]]] = True
    return chosen


def assign_split(chroms, split):
    """Split regions by whole chromosomes.

    Parameters
    ----------
    chroms : pandas.Series of str
        The chromosome of each region.
    split : mapping
        ``{"validation": [...], "test": [...]}``; every other chromosome is for training.

    Returns
    -------
    numpy.ndarray of str, shape (n,)
        ``train``, ``validation`` or ``test``.

    Raises
    ------
    InputError
        If a named chromosome has no region.
    """
    present = sorted(chroms.unique())
    splits = np.full(len(chroms), "train", dtype=object)
    for name in SPLITS[1:]:
        for chrom in split[name]:
            if chrom not in present:
                raise InputError(
                    f"config, split.{name}: chromosome '{chrom}' has no region; the data have {', '.join(present)}"
                )
        splits[chroms.isin(split[name]).to_numpy()] = name
    return splits


def select(candidates, targets, split, missing="mask", unbound=1.0, seed=1):
    """Choose the regions of an experiment from the candidates, and split them.

    A region is kept if it is bound by at least one target, and GC-matched regions that are known to be unbound by
    every target are added. Matching is done within each split, so that every split has the same composition.

    Parameters
    ----------
    candidates : pandas.DataFrame
        ``chrom start end name gc`` and one column per target.
    targets : sequence of str
    split : mapping
        See :func:`assign_split`.
    missing : {"mask", "drop"}
        ``mask`` keeps regions some of whose labels are not known, ``drop`` only those known for every target.
    unbound : float
        Regions unbound by every target per bound region; 0 keeps none.
    seed : int

    Returns
    -------
    regions : pandas.DataFrame
        ``chrom start end name split`` and one column per target, in the order of the candidates.
    steps : pandas.DataFrame
        ``step regions``: how many regions were left out, and why, and how many remain.

    Raises
    ------
    InputError
        If a split ends up without regions, or without a bound region of some target.
    """
    labels = candidates[list(targets)].to_numpy(dtype=float)
    split_of = assign_split(candidates["chrom"], split)
    known = ~np.isnan(labels)
    bound = (labels == 1).any(axis=1)
    unbound_by_all = (labels == 0).all(axis=1)
    steps = [("candidates", len(candidates)), ("left out: no label known", int((~known.any(axis=1)).sum()))]
    usable = known.all(axis=1) if missing == "drop" else known.any(axis=1)
    steps.append(("left out: some label missing (missing: drop)", int((known.any(axis=1) & ~usable).sum())))
    undecided = usable & ~bound & ~unbound_by_all
    steps.append(("left out: bound by no target but not known for all", int(undecided.sum())))

    rng = np.random.default_rng(seed)
    keep = usable & bound
    pool = usable & unbound_by_all
    for name in SPLITS:
        rows = np.flatnonzero((split_of == name) & (keep | pool))
        keep[rows] |= match_gc(candidates["gc"].to_numpy()[rows], keep[rows], unbound, rng)
    steps.append((f"left out: unbound, beyond {unbound:g} per bound region in each GC bin", int((pool & ~keep).sum())))
    steps.append(("kept: bound by at least one target", int((keep & bound).sum())))
    steps.append(("kept: unbound by every target", int((keep & unbound_by_all).sum())))

    regions = candidates.loc[keep, [*COORDINATES, *targets]].reset_index(drop=True)
    regions.insert(4, "split", split_of[keep])
    for name in SPLITS:
        in_split = regions[regions["split"] == name]
        if in_split.empty:
            raise InputError(f"config, split: no region is left for {name}; check split, regions.missing and targets")
        for value, word in ((1, "bound"), (0, "unbound")):
            for target in targets:
                if not (in_split[target] == value).any():
                    raise InputError(
                        f"config, split: target '{target}' has no {word} region in {name} "
                        f"({', '.join(sorted(in_split['chrom'].unique()))}); expected at least one"
                    )
    return regions, pd.DataFrame(steps, columns=["step", "regions"])


def count_labels(regions, targets):
    """Bound, unbound and missing labels per target and split.

    Returns
    -------
    pandas.DataFrame
        ``target split bound unbound missing``.
    """
    rows = [
        (target, name, int((labels == 1).sum()), int((labels == 0).sum()), int(labels.isna().sum()))
        for target in targets
        for name in SPLITS
        for labels in [regions.loc[regions["split"] == name, target]]
    ]
    return pd.DataFrame(rows, columns=["target", "split", "bound", "unbound", "missing"])


def to_bed(regions, target, value):
    """The regions of one label of one target as a sorted BED6 frame (score 0, no strand)."""
    bed = regions.loc[regions[target] == value, COORDINATES].sort_values(INTERVAL)
    return bed.assign(score=0, strand=".")
