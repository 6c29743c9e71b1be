"""Which candidates become the regions of an experiment."""

import numpy as np
import pandas as pd

from ..bases import N_CODE
from ..errors import InputError
from .composition import expect_repeats, match_composition
from .intervals import COORDINATES
from .sequences import copies, hash_sequences
from .split import SPLITS, assign_split, without_overlaps

_LEAKING = "left out: of training, same sequence as a validation or test region"
_ACROSS = "left out: overlaps a region of another split, where a long chain of overlapping regions is cut"
_STATED_ACROSS = "left out: of training or validation, overlaps a test region, or of training, a validation region"
_ALONE = "drawn one by one for the split: positions are not known, so overlaps are not either"
SHUFFLED = "_shuffled"  # and a number, at the end of the name of a region whose sequence is shuffled


def select(
    candidates, targets, split, missing="mask", unbound=1.0, seed=1, negatives="gc_matched", min_known=None,
    min_positives=None, test="matched",
):  # fmt: skip
    """Choose the regions of an experiment from the candidates, and split them.

    A region is kept if it is bound by at least one target, and regions unbound by every target are added to them:
    matched ones that are known to be so, or the bound ones with their sequences shuffled. This is done within each
    split, so that every split has the same composition. A training region with the sequence of a validation or test
    region, on either strand, is left out, and so are regions that overlap one of another split
    (:func:`assign_split`).

    Parameters
    ----------
    candidates : pandas.DataFrame
        ``chrom start end name gc``, one column per target and, optionally, ``copies``
        (:func:`cam.data.sequences.copies`) and ``repeats`` (:func:`cam.data.sequences.read_masked_windows`).
    targets : sequence of str
    split : mapping
        See :func:`assign_split`.
    missing : {"mask", "drop"}
        ``mask`` keeps regions some of whose labels are not known, ``drop`` only those known for every target.
    unbound : float
        Regions unbound by every target per bound region; 0 keeps none.
    seed : int
    negatives : {"gc_matched", "gc_and_repeat_matched", "shuffled"}
        What the regions unbound by every target are: open regions with the GC content of the bound ones, or with their
        GC content and repeats (:func:`cam.data.composition.match_composition`); or the bound regions themselves, whose
        sequences are to be shuffled; their names end in ``_shuffled1``, ``_shuffled2``, …
    min_known : int, optional
        For how many targets a region that no target is known to bind must be known to be unbound, to count as unbound
        by all; by default for every one. Of many targets hardly any region is known for all.
    min_positives : int, optional
        Targets with fewer bound training regions are left out, and so are those without a bound or an unbound region in
        a split, which cannot be learned or not be measured. By default, where targets are named, none is left out, and
        such a one is a mistake.
    test : {"matched", "all"}
        Whether test regions are chosen like the others, or are all that have a known label, in whatever proportion they
        are bound.

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
        are left out and another is kept; or if repeats are to be matched, but the genome does not mark them.
    """
    labels = candidates[list(targets)].to_numpy(dtype=float)
    known = ~np.isnan(labels)
    bound = (labels == 1).any(axis=1)
    needed = len(targets) if min_known is None else min(min_known, len(targets))
    unbound_by_all = (labels == 0).sum(axis=1) >= needed
    unbound_by_all &= ~bound
    steps = [("candidates", len(candidates)), ("left out: no label known", int((~known.any(axis=1)).sum()))]
    usable = known.all(axis=1) if missing == "drop" else known.any(axis=1)
    steps.append(("left out: some label missing (missing: drop)", int((known.any(axis=1) & ~usable).sum())))
    undecided = usable & ~bound & ~unbound_by_all
    too_few = "not known for all" if needed == len(targets) else f"known for fewer than {needed}"
    n_steps = len(steps)

    rng = np.random.default_rng(seed)
    keep = usable & bound
    pool = usable & unbound_by_all
    matched = negatives != "shuffled"
    wanted = keep | pool if matched and unbound else keep
    wanted |= usable if test == "all" else False
    split_of = assign_split(candidates, split, seed, wanted)
    if not isinstance(split["test"], list):
        across = wanted & (split_of == "")
        keep, pool, undecided = keep & ~across, pool & ~across, undecided & ~across
        steps.append((_ACROSS, int(across.sum())))
    if matched:
        gc, repeats, told = candidates["gc"].to_numpy(), None, "GC content"
        if negatives == "gc_and_repeat_matched":
            repeats, told = candidates["repeats"].to_numpy(), "GC content and repeats"
            expect_repeats(repeats)
        for name in SPLITS:
            rows = np.flatnonzero((split_of == name) & (keep | pool))
            own = None if repeats is None else repeats[rows]
            keep[rows] |= match_composition(gc[rows], keep[rows], unbound, rng, own)
        if test == "all":
            rest = (split_of == "test") & usable & ~keep
            keep |= rest
            undecided &= ~rest
        reason = f"left out: unbound, beyond {unbound:g} per bound region in each bin of {told}"
    else:
        reason = "left out: unbound, for bound ones are shuffled instead (negatives: shuffled)"
    steps.insert(n_steps, (f"left out: bound by no target but {too_few}", int(undecided.sum())))
    steps.append((reason, int((pool & ~keep).sum())))
    if "copies" in candidates:
        leaking = _leaking(candidates["copies"].to_numpy(), split_of, keep)
        keep &= ~leaking
        steps.append((_LEAKING, int(leaking.sum())))
    steps.append(("kept: bound by at least one target", int((keep & bound).sum())))
    kept_unbound = "kept: unbound by every target" + ("" if needed == len(targets) else f" known, at least {needed}")
    steps.append((kept_unbound, int((keep & unbound_by_all).sum())))
    if test == "all":
        steps.append(("kept: other test regions with a known label", int((keep & ~bound & ~unbound_by_all).sum())))

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
            least = least_of(name, value, min_positives)
            for target in targets:
                if (in_split[target] == value).sum() < least:
                    absent.setdefault(
                        target,
                        f"config, split: target '{target}' has no {word} region in {name} "
                        f"({', '.join(sorted(in_split['chrom'].unique()))}); expected at least one; choose "
                        "others (split), or leave the target out",
                    )
    if absent and (min_positives is None or len(absent) == len(targets)):
        raise InputError(next(iter(absent.values())))
    steps = pd.DataFrame(steps, columns=["step", "regions"])
    if absent:  # other regions remain without them, so others may lack some, too
        kept = [target for target in targets if target not in absent]
        regions, steps = select(
            candidates, kept, split, missing, unbound, seed, negatives, min_known, min_positives, test
        )
        told = f"targets left out, {few_positives(min_positives, 'region')}: {', '.join(absent)}"
        steps = pd.concat([pd.DataFrame({"step": [told], "regions": [len(absent)]}), steps], ignore_index=True)
    return regions, steps


def least_of(split, value, min_positives):
    """How many bound (1) or unbound (0) regions of a split a target needs; see :func:`select`."""
    return min_positives or 1 if (split, value) == ("train", 1) else 1


def few_positives(min_positives, word):
    """Why targets are left out, in words; ``word`` is what a region is called."""
    few = f"with fewer than {min_positives} bound {word}s in training or " if min_positives > 1 else ""
    return f"{few}without a bound or an unbound {word} in a split"


def _leaking(same, split_of, keep):
    """Which of the regions kept for training have the sequence of one kept for validation or test.

    ``same`` is as from :func:`cam.data.sequences.copies`.
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


def select_peaks(peaks, codes, values, targets, split, seed=1):
    """Choose the regions of a regression experiment, and split them.

    A peak is kept if all of its bases are known, unless it overlaps one of another split (:func:`assign_split`,
    :func:`without_overlaps`). A training peak with the sequence of a validation or test peak, on either strand, is left
    out.

    Parameters
    ----------
    peaks : pandas.DataFrame
        ``chrom start end name``, of which the first three may be missing; and ``split``, where the data state it.
    codes : numpy.ndarray of uint8, shape (n, width)
        Base codes.
    values : numpy.ndarray of float32, shape (n, n_targets)
    targets : sequence of str
    split : mapping
    seed : int
        See :func:`assign_split`; without effect where the data state the split.

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
    stated = "split" in peaks
    if stated:
        split_of = without_overlaps(peaks, peaks["split"].to_numpy(dtype=object), keep)
    else:
        split_of = assign_split(peaks, split, seed, keep)
    if stated or not isinstance(split["test"], list):
        across, alone = keep & (split_of == ""), keep & peaks["chrom"].isna().to_numpy()
        keep &= ~across
        steps.append((_STATED_ACROSS if stated else _ACROSS, int(across.sum())))
        steps += [(_ALONE, int(alone.sum()))] * bool(alone.any())
    leaking = _leaking(copies(hash_sequences(codes)), split_of, keep)
    keep &= ~leaking
    steps += [(_LEAKING, int(leaking.sum())), ("kept", int(keep.sum()))]
    advice = "name chromosomes under split" if stated else "raise its share, or name other chromosomes"
    for name in SPLITS:
        if not (split_of[keep] == name).any():
            told = " with the split that the data state" * stated
            raise InputError(
                f"config, split: of {keep.sum()} regions{told}, none is left for {name}; expected at least one; "
                f"{advice}"
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
