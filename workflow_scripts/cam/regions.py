"""Labelled regions: windows around open chromatin, their labels, their selection and their split.

Intervals are data frames with the columns ``chrom``, ``start``, ``end`` (0-based, half-open), as in BED. A table of
*candidates* has ``chrom start end name gc copies`` and one float column per target: 1 bound, 0 unbound, NaN not known.
Set operations on intervals are bedtools' (Quinlan & Hall 2010), through pybedtools.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from .errors import InputError
from .sequences import N_CODE, copies, hash_sequences

INTERVAL = ["chrom", "start", "end"]
COORDINATES = [*INTERVAL, "name"]
SPLITS = ("train", "validation", "test")
_LEAKING = "left out: of training, same sequence as a validation or test region"
_LONGEST_CHAIN = 0.02  # of overlapping windows that a random split keeps together, as a share of the regions
_ACROSS = "left out: overlaps a region of another split, where a long chain of overlapping regions is cut"
_ALONE = "drawn one by one for the split: positions are not known, so overlaps are not either"
SHUFFLED = "_shuffled"  # and a number, at the end of the name of a region whose sequence is shuffled


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
    first = np.flatnonzero(_differs(chrom, start))
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
    rows = rows[_differs(chrom[rows], start[rows], end[rows], numbers[rows])]
    with open(path, "w") as text:
        for some in np.array_split(rows, len(rows) // 100_000 + 1):
            columns = (column[some].tolist() for column in (start, end, numbers))
            names = chroms[chrom[some]].tolist()
            text.write("".join([f"{c}\t{s}\t{e}\t{n}\n" for c, s, e, n in zip(names, *columns, strict=True)]))


def _numbered(chroms):
    """Chromosomes as numbers in the order of their names, and the names."""
    numbers, names = pd.factorize(chroms, sort=True)
    return numbers, names.to_numpy(dtype=object)


def _differs(*columns):
    """Where a row differs from the row before; the first does."""
    differs = np.zeros(len(columns[0]), dtype=bool)
    differs[:1] = True
    for column in columns:
        differs[1:] |= column[1:] != column[:-1]
    return differs


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


def evidence(regions, summits, sites, targets):
    """What the two sources say about each region and target.

    A region is ReMap-bound by a TF if a ReMap summit of that TF falls in it, and UniBind-bound if a UniBind site of
    that TF overlaps it.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``.
    summits, sites : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, ``tf``.
    targets : sequence of str

    Returns
    -------
    remap, unibind : numpy.ndarray of bool, shape (n_regions, n_targets)
    """
    n, number_of = len(targets), {target: number for number, target in enumerate(targets)}
    both = pd.concat([summits[[*INTERVAL, "tf"]], sites[[*INTERVAL, "tf"]]], ignore_index=True)
    target = both["tf"].map(number_of).fillna(-1).to_numpy(dtype=int)
    groups = np.where((both.index >= len(summits)) & (target >= 0), target + n, target)
    found = overlaps_by_group(regions, both[INTERVAL], groups, 2 * n)
    return found[:, :n], found[:, n:]


def combine(remap, unibind, rule="sparse"):
    """Labels from the two sources of evidence.

    Parameters
    ----------
    remap, unibind : numpy.ndarray of bool, shape (n_regions, n_targets)
    rule : {"sparse", "less_sparse"}
        ``sparse``: both sources → 1, neither → 0, one of the two → NaN. ``less_sparse``: both → 1, anything else → 0.

    Returns
    -------
    numpy.ndarray of float, shape (n_regions, n_targets)
    """
    labels = (remap & unibind).astype(float)
    if rule == "sparse":
        labels[remap ^ unibind] = np.nan
    return labels


def label(regions, summits, sites, targets, rule="sparse"):
    """Label regions, cell-type agnostic: any data set of a TF is evidence.

    Parameters
    ----------
    regions, summits, sites, targets
        See :func:`evidence`.
    rule : {"sparse", "less_sparse"}
        See :func:`combine`.

    Returns
    -------
    labels : pandas.DataFrame of float
        One column per target, one row per region.
    counts : pandas.DataFrame
        ``biosample target both remap_only unibind_only neither``: regions by evidence; the biosample is ``any``.
    """
    remap, unibind = evidence(regions, summits, sites, targets)
    labels = pd.DataFrame(combine(remap, unibind, rule), columns=list(targets), index=regions.index)
    return labels, _count_evidence("any", remap, unibind, targets)


def label_by_biosample(regions, summits, sites, targets, biosamples, rule="sparse"):
    """Label regions, cell-type aware: a region is labelled by the evidence of the biosamples that it is open in.

    In each biosample, the regions open there are labelled for the TFs assayed there, that is, those of which both
    sources have a data set. A region's label is the maximum over biosamples: 1 if it is 1 in any, else 0 if it is 0 in
    any, else NaN.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, and one of bool for each biosample: whether a region is open in it.
    summits : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, ``tf``, ``biotype``.
    sites : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, ``tf``, ``sample``.
    targets : sequence of str
    biosamples : sequence of cam.sources.biosamples.Biosample
    rule : {"sparse", "less_sparse"}
        See :func:`combine`.

    Returns
    -------
    labels : pandas.DataFrame of float
        One column per target, one row per region.
    counts : pandas.DataFrame
        ``biosample target both remap_only unibind_only neither``: the open regions of each biosample by evidence, for
        the TFs assayed there.

    Raises
    ------
    InputError
        If a target is not assayed in any of the biosamples.
    """
    labels = np.full((len(regions), len(targets)), np.nan)
    counts, ever_assayed = [], set()
    for biosample in biosamples:
        own_summits = summits[summits["biotype"].isin(biosample.remap)]
        own_sites = sites[sites["sample"].isin(biosample.unibind)]
        assayed = set(own_summits["tf"]) & set(own_sites["tf"])
        columns = [column for column, target in enumerate(targets) if target in assayed]
        if not columns:
            continue
        ever_assayed |= assayed
        names = [targets[column] for column in columns]
        rows = np.flatnonzero(regions[biosample.name])
        remap, unibind = evidence(regions.iloc[rows], own_summits, own_sites, names)
        here = np.ix_(rows, columns)
        labels[here] = np.fmax(labels[here], combine(remap, unibind, rule))
        counts.append(_count_evidence(biosample.name, remap, unibind, names))
    for target in targets:
        if target not in ever_assayed:
            raise InputError(
                f"config, targets: no biosample of the table has a data set of '{target}' in both ReMap and UniBind; "
                f"ReMap has it in {_listed(summits, target, 'biotype')}, UniBind in {_listed(sites, target, 'sample')}"
            )
    return pd.DataFrame(labels, columns=list(targets), index=regions.index), pd.concat(counts, ignore_index=True)


def _count_evidence(biosample, remap, unibind, targets):
    return pd.DataFrame(
        {
            "biosample": biosample,
            "target": list(targets),
            "both": (remap & unibind).sum(axis=0),
            "remap_only": (remap & ~unibind).sum(axis=0),
            "unibind_only": (~remap & unibind).sum(axis=0),
            "neither": (~remap & ~unibind).sum(axis=0),
        }
    )


def _listed(frame, tf, column, most=5):
    """The values of a column in the rows of a TF, as text."""
    values = sorted(set(frame.loc[frame["tf"] == tf, column]))
    return ", ".join(f"'{value}'" for value in values[:most]) + ", …" * (len(values) > most)


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


def assign_split(regions, split, seed=1, wanted=None):
    """Split regions by whole chromosomes, or at random.

    Windows that overlap share their sequence, so a random split keeps every chain of overlapping windows together, up
    to 2 % of the regions. A longer chain is cut into parts of at most that many. Where neighbouring parts end up in
    different splits, the training windows that overlap one of validation or test are left out, and so are the
    validation windows that overlap one of test.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, which are missing where positions are not known. Such a region is drawn
        by itself.
    split : mapping
        ``{"validation": [...], "test": [...]}``, lists of chromosomes, of which every other one is for training; or two
        numbers in (0, 1), the shares of the regions that are drawn for each.
    seed : int
        Of the random numbers, if there is need of any.
    wanted : numpy.ndarray of bool, shape (n,), optional
        The regions that a random split is of; all by default.

    Returns
    -------
    numpy.ndarray of str, shape (n,)
        ``train``, ``validation``, ``test``, or, of a random split, an empty text where a region is left out or is not
        wanted.

    Raises
    ------
    InputError
        If a named chromosome has no region, regions are to be split by chromosome that have none, or bedtools is needed
        and not installed.
    """
    chroms = regions["chrom"]
    if not isinstance(split["test"], list):
        wanted = np.ones(len(regions), dtype=bool) if wanted is None else wanted
        splits = np.full(len(regions), "", dtype=object)
        splits[wanted] = _draw_split(regions.loc[wanted, INTERVAL], [split[name] for name in SPLITS[1:]], seed)
        return splits
    splits = np.full(len(regions), "train", dtype=object)
    if chroms.isna().any():
        raise InputError(
            "config, split: found chromosomes, but the positions of the regions are not known; expected shares such as "
            "{validation: 0.1, test: 0.1}, or the file of the positions in the folder with the arrays"
        )
    present = sorted(chroms.unique())
    for name in SPLITS[1:]:
        for chrom in split[name]:
            if chrom not in present:
                raise InputError(
                    f"config, split.{name}: chromosome '{chrom}' has no region; the data have {', '.join(present)}"
                )
        splits[chroms.isin(split[name]).to_numpy()] = name
    return splits


def _draw_split(regions, shares, seed):
    """Draw chains of regions for validation and test; see :func:`assign_split`."""
    group, cut = _chains(regions, max(1, int(len(regions) * _LONGEST_CHAIN)))
    sizes = np.bincount(group)
    drawn = np.random.default_rng(seed).permutation(len(sizes))
    middle = np.empty(len(sizes))  # of a group, along the regions in the order in which they are drawn
    middle[drawn] = np.cumsum(sizes[drawn]) - sizes[drawn] / 2
    edges = np.rint(len(regions) * np.cumsum(shares))
    splits = np.array([*SPLITS[1:], "train"], dtype=object)[np.searchsorted(edges, middle, side="right")][group]
    for name, others in (("train", ("validation", "test")), ("validation", ("test",))):
        rows, against = cut & (splits == name), cut & np.isin(splits, others)
        splits[np.flatnonzero(rows)[overlaps(regions[rows], regions[against])]] = ""
    return splits


def _chains(regions, longest):
    """Group windows that overlap one another, directly or through others.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``; one without a position is a group by itself.
    longest : int
        The most windows in a group; a longer chain is cut, along the chromosome, into parts of nearly equal size.

    Returns
    -------
    group : numpy.ndarray of int, shape (n,)
        From 0, in the order of the regions.
    cut : numpy.ndarray of bool, shape (n,)
        Which regions are in a chain that is cut.
    """
    chrom = pd.factorize(regions["chrom"])[0]
    start, end = (pd.to_numeric(regions[name]).fillna(0).to_numpy() for name in INTERVAL[1:])
    order = np.lexsort((start, chrom))
    chrom, start = chrom[order], start[order]
    reach = pd.Series(end[order]).groupby(chrom).cummax().to_numpy()
    begins = _differs(chrom) | (chrom < 0)
    begins[1:] |= start[1:] >= reach[:-1]
    chain = np.cumsum(begins) - 1
    size = np.bincount(chain)[chain]
    place = np.arange(len(chain)) - np.flatnonzero(begins)[chain]
    part = place * -(-size // longest) // size
    group, cut = np.empty(len(chain), dtype=int), np.empty(len(chain), dtype=bool)
    group[order] = np.cumsum(_differs(chain, part))
    cut[order] = size > longest
    return pd.factorize(group)[0], cut


def select(candidates, targets, split, missing="mask", unbound=1.0, seed=1, negatives="gc_matched", lacking="refuse"):
    """Choose the regions of an experiment from the candidates, and split them.

    A region is kept if it is bound by at least one target, and regions unbound by every target are added to them:
    GC-matched ones that are known to be so, or the bound ones with their sequences shuffled. This is done within each
    split, so that every split has the same composition. A training region with the sequence of a validation or test
    region, on either strand, is left out, and so are regions that overlap one of another split
    (:func:`assign_split`).

    Parameters
    ----------
    candidates : pandas.DataFrame
        ``chrom start end name gc``, one column per target and, optionally, ``copies``
        (:func:`cam.sequences.copies`).
    targets : sequence of str
    split : mapping
        See :func:`assign_split`.
    missing : {"mask", "drop"}
        ``mask`` keeps regions some of whose labels are not known, ``drop`` only those known for every target.
    unbound : float
        Regions unbound by every target per bound region; 0 keeps none.
    seed : int
    negatives : {"gc_matched", "shuffled"}
        What the regions unbound by every target are: open regions with the GC content of the bound ones, or the bound
        regions themselves, whose sequences are to be shuffled; their names end in ``_shuffled1``, ``_shuffled2``, …
    lacking : {"refuse", "leave_out"}
        What becomes of a target without a bound or an unbound region in a split, which cannot be learned or not be
        measured: a mistake where targets are named, but where all are asked for they are left out.

    Returns
    -------
    regions : pandas.DataFrame
        ``chrom start end name split`` and one column per target that is kept, in the order of the candidates.
    steps : pandas.DataFrame
        ``step regions``: how many regions were left out, and why, and how many remain.

    Raises
    ------
    InputError
        If a split ends up without regions, or without a bound or an unbound region of some target, unless such targets
        are left out and another is kept.
    """
    labels = candidates[list(targets)].to_numpy(dtype=float)
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
    wanted = keep | pool if negatives == "gc_matched" and unbound else keep
    split_of = assign_split(candidates, split, seed, wanted)
    if not isinstance(split["test"], list):
        across = wanted & (split_of == "")
        keep, pool = keep & ~across, pool & ~across
        steps.append((_ACROSS, int(across.sum())))
    if negatives == "gc_matched":
        for name in SPLITS:
            rows = np.flatnonzero((split_of == name) & (keep | pool))
            keep[rows] |= match_gc(candidates["gc"].to_numpy()[rows], keep[rows], unbound, rng)
        reason = f"left out: unbound, beyond {unbound:g} per bound region in each GC bin"
    else:
        reason = "left out: unbound, for bound ones are shuffled instead (negatives: shuffled)"
    steps.append((reason, int((pool & ~keep).sum())))
    if "copies" in candidates:
        leaking = _leaking(candidates["copies"].to_numpy(), split_of, keep)
        keep &= ~leaking
        steps.append((_LEAKING, int(leaking.sum())))
    steps.append(("kept: bound by at least one target", int((keep & bound).sum())))
    steps.append(("kept: unbound by every target", int((keep & unbound_by_all).sum())))

    parts = candidates.loc[keep, COORDINATES].assign(split=split_of[keep]), candidates.loc[keep, list(targets)]
    regions = pd.concat(parts, axis=1).reset_index(drop=True)
    if negatives == "shuffled":
        regions = _with_shuffled(regions, targets, unbound, rng)
        added = is_shuffled(regions).sum()
        steps.append(("added: bound by at least one target, to be shuffled (negatives: shuffled)", int(added)))
    absent = {}
    for name in SPLITS:
        in_split = regions[regions["split"] == name]
        if in_split.empty:
            raise InputError(f"config, split: no region is left for {name}; check split, regions.missing and targets")
        for value, word in ((1, "bound"), (0, "unbound")):
            for target in targets:
                if not (in_split[target] == value).any():
                    absent.setdefault(
                        target,
                        f"config, split: target '{target}' has no {word} region in {name} "
                        f"({', '.join(sorted(in_split['chrom'].unique()))}); expected at least one; choose "
                        "others (split), or leave the target out",
                    )
    if absent and (lacking == "refuse" or len(absent) == len(targets)):
        raise InputError(next(iter(absent.values())))
    steps = pd.DataFrame(steps, columns=["step", "regions"])
    if absent:  # other regions remain without them, so others may lack some, too
        kept = [target for target in targets if target not in absent]
        regions, steps = select(candidates, kept, split, missing, unbound, seed, negatives, lacking)
        told = f"targets left out, without a bound or an unbound region in a split: {', '.join(absent)}"
        steps = pd.concat([pd.DataFrame({"step": [told], "regions": [len(absent)]}), steps], ignore_index=True)
    return regions, steps


def _leaking(same, split_of, keep):
    """Which of the regions kept for training have the sequence of one kept for validation or test.

    ``same`` is as from :func:`cam.sequences.copies`.
    """
    elsewhere = np.unique(same[keep & (split_of != "train") & (same > 0)])
    return keep & (split_of == "train") & np.isin(same, elsewhere)


def _with_shuffled(regions, targets, ratio, rng):
    """Put after each region, all of them bound, those that stand for its shuffled sequences; ``ratio`` on average."""
    times = int(ratio) + (rng.random(len(regions)) < ratio % 1)
    shuffled = regions.loc[np.repeat(regions.index, times)]
    number = shuffled.groupby(level=0).cumcount() + 1
    shuffled = shuffled.assign(name=shuffled["name"] + SHUFFLED + number.astype(str), **dict.fromkeys(targets, 0.0))
    return pd.concat([regions, shuffled]).sort_index(kind="stable", ignore_index=True)


def is_shuffled(regions):
    """Which regions stand for a shuffled sequence, according to their names: bool, shape (n_regions,)."""
    return regions["name"].str.contains(rf"{SHUFFLED}[0-9]+$").to_numpy(dtype=bool)


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


def count_gc(regions, gc, targets, bins=20):
    """Distribution of GC content of the bound and the unbound regions of each target.

    Parameters
    ----------
    regions : pandas.DataFrame
        With one column per target.
    gc : numpy.ndarray of float, shape (n_regions,)
        GC content, in [0, 1].
    targets : sequence of str
    bins : int
        GC bins of equal width.

    Returns
    -------
    pandas.DataFrame
        ``target label gc regions``: the label is ``bound`` or ``unbound``, ``gc`` the lower edge of a bin. Every bin
        is there.
    """
    bin_of = np.minimum((gc * bins).astype(int), bins - 1)
    tables = [
        pd.DataFrame(
            {
                "target": target,
                "label": name,
                "gc": np.arange(bins) / bins,
                "regions": np.bincount(bin_of[(regions[target] == value).to_numpy()], minlength=bins),
            }
        )
        for target in targets
        for name, value in (("bound", 1), ("unbound", 0))
    ]
    return pd.concat(tables, ignore_index=True)


def match_values(peaks, names, values):
    """Give peaks their values, which are told by name.

    Parameters
    ----------
    peaks : pandas.DataFrame
        ``chrom start end name``.
    names : sequence of str, length m
    values : numpy.ndarray of float, shape (m, n_targets)

    Returns
    -------
    peaks : pandas.DataFrame
        Those that have values, in their order.
    values : numpy.ndarray of float, shape (n, n_targets)
        In the order of the peaks.
    steps : pandas.DataFrame
        ``step regions``: how many peaks have no values, and how many values no peak.
    """
    rows = pd.Index(names).get_indexer(peaks["name"])
    found = rows >= 0
    steps = [
        ("left out: peaks without heights", int((~found).sum())),
        ("left out: heights without a peak", len(names) - int(found.sum())),
    ]
    return peaks[found].reset_index(drop=True), values[rows[found]], pd.DataFrame(steps, columns=["step", "regions"])


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


def select_peaks(peaks, codes, values, targets, split, seed=1):
    """Choose the regions of a regression experiment, and split them.

    A peak is kept if all of its bases are known, unless it overlaps one of another split (:func:`assign_split`). A
    training peak with the sequence of a validation or test peak, on either strand, is left out.

    Parameters
    ----------
    peaks : pandas.DataFrame
        ``chrom start end name``, of which the first three may be missing.
    codes : numpy.ndarray of uint8, shape (n, width)
        Base codes.
    values : numpy.ndarray of float32, shape (n, n_targets)
    targets : sequence of str
    split : mapping
    seed : int
        See :func:`assign_split`.

    Returns
    -------
    keep : numpy.ndarray of bool, shape (n,)
        Which peaks are kept.
    regions : pandas.DataFrame
        These, ``chrom start end name split`` and one column per target, in their order.
    steps : pandas.DataFrame
        ``step regions``: how many were left out, and why, and how many remain.

    Raises
    ------
    InputError
        If a split ends up without regions.
    """
    keep = (codes != N_CODE).all(axis=1)
    steps = [("left out: with N in the sequence", int((~keep).sum()))]
    split_of = assign_split(peaks, split, seed, keep)
    if not isinstance(split["test"], list):
        across, alone = keep & (split_of == ""), keep & peaks["chrom"].isna().to_numpy()
        keep &= ~across
        steps += [(_ACROSS, int(across.sum()))] + [(_ALONE, int(alone.sum()))] * bool(alone.any())
    leaking = _leaking(copies(hash_sequences(codes)), split_of, keep)
    keep &= ~leaking
    steps += [(_LEAKING, int(leaking.sum())), ("kept", int(keep.sum()))]
    for name in SPLITS:
        if not (split_of[keep] == name).any():
            raise InputError(
                f"config, split: of {keep.sum()} regions, none is left for {name}; expected at least one; raise its "
                "share, or name other chromosomes"
            )
    regions = peaks.loc[keep, COORDINATES].reset_index(drop=True)
    regions.insert(4, "split", split_of[keep])
    regions = pd.concat([regions, pd.DataFrame(values[keep], columns=list(targets))], axis=1)
    return keep, regions, pd.DataFrame(steps, columns=["step", "regions"])


def expect_variation(regions, targets):
    """Check that each target has different values in the regions for training.

    Raises
    ------
    InputError
        Naming a target that is constant there, of which nothing can be learned.
    """
    values = regions.loc[regions["split"] == "train", list(targets)].to_numpy()
    for target, constant in zip(targets, np.ptp(values, axis=0) == 0, strict=True):
        if constant:
            raise InputError(
                f"config, targets: '{target}' has the same value in all {len(values)} regions for training, expected "
                "values that differ; leave it out of the targets"
            )


def count_split(regions):
    """Regions of each split: a table ``split regions``."""
    return pd.DataFrame([(name, (regions["split"] == name).sum()) for name in SPLITS], columns=["split", "regions"])


def describe_values(regions, targets):
    """Distribution of the values of each target, in each split.

    Parameters
    ----------
    regions : pandas.DataFrame
        With ``split`` and one column of numbers per target.
    targets : sequence of str

    Returns
    -------
    pandas.DataFrame
        ``target split n mean sd minimum lower_quartile median upper_quartile maximum``; the standard deviation is that
        of the regions themselves (divided by n).
    """
    tables = []
    for name in SPLITS:
        values = regions.loc[regions["split"] == name, list(targets)].to_numpy(dtype=float)
        columns = {"target": list(targets), "split": name, "n": len(values)}
        columns |= {"mean": values.mean(axis=0), "sd": values.std(axis=0)}
        quantiles = np.quantile(values, np.linspace(0, 1, 5), axis=0)
        columns |= dict(
            zip(("minimum", "lower_quartile", "median", "upper_quartile", "maximum"), quantiles, strict=True)
        )
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)


def count_gc_of_splits(splits, gc, bins=20):
    """Distribution of GC content of the regions of each split.

    Parameters
    ----------
    splits : numpy.ndarray of str, shape (n,)
    gc : numpy.ndarray of float, shape (n,)
        GC content, in [0, 1].
    bins : int
        GC bins of equal width.

    Returns
    -------
    pandas.DataFrame
        ``split gc regions``: ``gc`` is the lower edge of a bin. Every bin is there.
    """
    bin_of = np.minimum((gc * bins).astype(int), bins - 1)
    tables = [
        pd.DataFrame(
            {
                "split": name,
                "gc": np.arange(bins) / bins,
                "regions": np.bincount(bin_of[splits == name], minlength=bins),
            }
        )
        for name in SPLITS
    ]
    return pd.concat(tables, ignore_index=True)


def to_bed(regions, target, value):
    """The regions of one label of one target as a sorted BED6 frame (score 0, no strand)."""
    bed = regions.loc[regions[target] == value, COORDINATES].sort_values(INTERVAL)
    return bed.assign(score=0, strand=".")
