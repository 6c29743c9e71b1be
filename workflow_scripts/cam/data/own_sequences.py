"""From labelled sequences without coordinates to the regions of an experiment."""

import re
from collections import Counter

import numpy as np
import pandas as pd

from ..bases import N_CODE, encode
from ..errors import InputError
from ..setup.own_data import safe_name
from .duplicates import count_duplicates, group_duplicates, merge_copies
from .selection import SHUFFLED, few_positives, least_of
from .sequences import shuffle_dinucleotides
from .split import _LONGEST_CHAIN, SPLITS

_ROWS_AT_ONCE = 2**14
_PAIR = 2  # sequences, which are never too many to be drawn together
_GROUP = "_group"  # a column, and no target's, whose name begins with a letter


def expect_task(found, task, stated=False):
    """Check that labels are what the task says.

    Parameters
    ----------
    found : cam.sources.labelled_sequences.LabelledSequences
    task : {"binding", "regression"}
    stated : bool
        Whether the user has said so, and not only the first labels of the data.

    Raises
    ------
    InputError
        If a target has no label at all; of binding, if a label is neither 1 nor 0; and of regression, unless it is
        stated, if some targets have other labels than 1 and 0 and some have not.
    """
    known = ~np.isnan(found.labels)
    other = known & (found.labels != 0) & (found.labels != 1)
    for target, has_labels in zip(found.targets, known.any(axis=0), strict=True):
        if not has_labels:
            raise InputError(f"config, targets: '{target}' has no label in the data, expected some; leave it out")
    is_real = other.any(axis=0)
    real, binary = (np.array(found.targets, dtype=object)[rows].tolist() for rows in (is_real, ~is_real))
    if real and binary and not stated:
        raise InputError(
            f"config, targets: found real numbers for '{real[0]}', but only 1 and 0 for '{binary[0]}', expected "
            "targets of one task; leave one of them out, or say source: {task: regression} if 1 and 0 are numbers, too"
        )
    if task == "binding" and real:
        row, column = np.argwhere(other)[0]
        raise InputError(
            f"{found.places[row]}, column {found.targets[column]}: found {found.labels[row, column]:g}, expected 1, 0 "
            "or nothing, since the task is binding; if labels are real numbers, say source: {task: regression}"
        )


def fit_lengths(found, width, trim=(0, 0), length=None):
    """Bring sequences to one length.

    Parameters
    ----------
    found : cam.sources.labelled_sequences.LabelledSequences
    width : int
        In bp (``regions.width``).
    trim : (int, int)
        How many bases are cut off first at the 5' end and at the 3' end, such as adaptors.
    length : {"pad", "centre"}, optional
        ``pad`` puts N on both sides of shorter sequences, ``centre`` takes the middle of longer ones. Without it, all
        have to be of this length.

    Returns
    -------
    numpy.ndarray of uint8, shape (n, width)
        Base codes.

    Raises
    ------
    InputError
        Naming the first sequence that is too short or too long, how many are, and the width that would do.
    """
    lengths = np.array([len(sequence) for sequence in found.sequences]) - sum(trim)
    if (lengths < 1).any():
        row = int(np.argmax(lengths < 1))
        raise InputError(
            f"{found.places[row]}: found {lengths[row] + sum(trim)} bp, expected more than the {sum(trim)} that "
            "config, source.trim cuts off"
        )
    wrong = {None: lengths != width, "pad": lengths > width, "centre": lengths < width}[length]
    if wrong.any():
        row, shortest, longest = int(np.argmax(wrong)), lengths.min(), lengths.max()
        at_all = {None: "", "pad": "at most ", "centre": "at least "}[length]
        if shortest == longest:
            advice = f"set regions.width to {longest}, as all sequences have"
        else:
            widths = {"pad": longest, "centre": shortest}
            wanted = [
                f"source.length to {name} and regions.width to {widths[name]}"
                for name in widths
                if length in (None, name)
            ]
            advice = f"lengths are from {shortest} to {longest} bp, so set {' or '.join(wanted)}"
        raise InputError(
            f"{found.places[row]}: found {lengths[row]} bp{' after trimming' * any(trim)}, expected {at_all}{width} "
            f"(regions.width), as have all but {wrong.sum()} of {len(lengths)} sequences; {advice}"
        )
    fitted = []
    for sequence in found.sequences:
        sequence = sequence[trim[0] : len(sequence) - trim[1]]
        start, before = max(len(sequence) - width, 0) // 2, max(width - len(sequence), 0) // 2
        fitted.append(("N" * before + sequence[start : start + width]).ljust(width, "N"))
    blocks = range(0, len(fitted), _ROWS_AT_ONCE)
    return np.concatenate([encode(fitted[first : first + _ROWS_AT_ONCE]) for first in blocks])


def select_sequences(found, codes, task, split, seed=1, unbound=1.0, drop_leaking=False, min_positives=None):
    """Make labelled sequences the regions of an experiment, and split them.

    Copies are merged (:func:`cam.data.duplicates.merge_copies`). Those that are not, reverse complements and
    near-duplicates (:func:`cam.data.duplicates.group_duplicates`) come to one side of the split
    (:func:`assign_groups`); where the data state the split, those on two sides are counted. A target of which no
    unbound sequence is known gets its bound ones, shuffled (:func:`add_shuffled`).

    Parameters
    ----------
    found : cam.sources.labelled_sequences.LabelledSequences
    codes : numpy.ndarray of uint8, shape (n, width)
        From :func:`fit_lengths`.
    task : {"binding", "regression"}
    split : mapping
        See :func:`assign_groups`.
    seed : int
    unbound : float
        Shuffled sequences per bound one, where they are needed.
    drop_leaking : bool
        Leave out training sequences that are in a group with one for validation or test.
    min_positives : int, optional
        Targets with fewer bound training sequences are left out, as by :func:`cam.data.selection.select`.

    Returns
    -------
    regions : pandas.DataFrame
        ``chrom start end name split`` and one column per target that is kept, by its safe name. A region is the whole
        of a sequence, after which the chromosome is named as well (:func:`unique_names`).
    codes : numpy.ndarray of uint8, shape (n_regions, width)
        Of the regions.
    groups : pandas.DataFrame
        ``name group``: the group of near-duplicates that each region is in; a shuffled sequence is in that of its own.
    steps : pandas.DataFrame
        ``step regions``: how many were left out or added, and why, and how many remain.
    duplicates : pandas.DataFrame
        ``kind sequences groups``, from these functions and :func:`cam.data.duplicates.count_duplicates`.

    Raises
    ------
    InputError
        If a split ends up without sequences, or without a bound or an unbound one of some target, unless such targets
        are left out and another is kept.
    """
    targets = [safe_name(target) for target in found.targets]
    table = pd.DataFrame(found.labels, columns=targets)
    table.insert(0, "split", found.splits)
    table.insert(0, "name", unique_names(found.names))
    steps = [("candidates", len(table))]

    def leave_out(rows, reason):
        steps.append((f"left out: {reason}", int(rows.sum())))
        return table[~rows]

    missing = table[targets].isna()
    if task == "binding":
        table = leave_out(missing.all(axis=1), "no label known")
    else:
        table = leave_out(missing.any(axis=1), "the value of a target missing")
    table, merged, copied = merge_copies(table, codes[table.index], targets, task)
    table = leave_out(merged, "copies of another sequence, whose labels were merged")
    if task == "binding":
        table = leave_out(table[targets].isna().all(axis=1), "labels that contradict those of a copy")
    if table.empty:
        wanted = "a label" if task == "binding" else "values of all targets"
        raise InputError(f"config, targets: found no sequence with {wanted}, expected some; leave some targets out")
    codes = codes[table.index]
    group = group_duplicates(codes)
    table["split"] = assign_groups(group, table["split"].to_numpy(), split, seed)
    table[_GROUP] = group
    across, others = count_duplicates(codes, group, table["split"].to_numpy())
    if drop_leaking:
        table, codes = leave_out(across, "of training, near-duplicates of validation or test sequences"), codes[~across]
    for name in SPLITS:
        if not (table["split"] == name).any():
            raise InputError(
                f"config, split: of {len(table)} sequences in {len(set(group))} groups of near-duplicates, the largest "
                f"of {np.bincount(group).max()}, none is left for {name}; raise its share, trim what all "
                "sequences have in common (source.trim), or state the split in the data"
            )
    if task == "binding":
        table, codes, added = add_shuffled(table, codes, targets, unbound, np.random.default_rng(seed))
        for target, n_added in added.items():
            steps.append((f"added: bound by {target}, shuffled, since no sequence is unbound by it", n_added))
        targets, absent = _measurable(table, targets, min_positives)
        if absent:
            names = f"targets left out, {few_positives(min_positives, 'sequence')}: {', '.join(absent)}"
            steps.insert(0, (names, len(absent)))
            unlabelled = table[targets].isna().all(axis=1)
            table, codes = leave_out(unlabelled, "labels of these targets only"), codes[~unlabelled]
        bound = (table[targets] == 1).any(axis=1)
        steps.append(("kept: bound by at least one target", int(bound.sum())))
        steps.append(("kept: unbound by every target with a label", int((~bound).sum())))
    else:
        steps.append(("kept", len(table)))
    places = {"chrom": table["name"], "start": 0, "end": codes.shape[1]}
    regions = pd.concat([pd.DataFrame(places), table[["name", "split", *targets]]], axis=1).reset_index(drop=True)
    groups = table[["name", _GROUP]].set_axis(["name", "group"], axis=1).reset_index(drop=True)
    duplicates = pd.concat([copied, others], ignore_index=True)
    return regions, codes, groups, pd.DataFrame(steps, columns=["step", "regions"]), duplicates


def unique_names(names):
    """Names that are safe in files and all different.

    Parameters
    ----------
    names : sequence of str
        Of a sequence without one, it is ``sequence`` and its number. All are made safe
        (:func:`cam.setup.own_data.safe_name`), and one that is there before, or ends as that of a shuffled sequence
        does, gets another number.

    Returns
    -------
    list of str
    """
    safe = [safe_name(name) if name.strip() else f"sequence{number}" for number, name in enumerate(names, 1)]
    given, number_of, unique = set(safe), Counter(), {}
    for name in safe:
        candidate = name
        while candidate in unique or re.search(rf"{SHUFFLED}[0-9]+$", candidate):
            number_of[name] += 1
            numbered = f"{name}_{number_of[name] + 1}"
            candidate = name if numbered in given else numbered
        unique[candidate] = True
    return list(unique)


def assign_groups(group, stated, split, seed):
    """Split groups of sequences at random, as far as no split is stated.

    A sequence whose split is stated keeps it, and others of its group get it: that of the test, if several are stated,
    or else that of validation. All other groups are drawn. If none is of validation then, a share of those that are
    wholly of training is drawn for it. Groups of over 2 % of the sequences are not divided and are of training.

    Parameters
    ----------
    group : numpy.ndarray of int, shape (n,)
        From 0.
    stated : numpy.ndarray of str, shape (n,)
        ``train``, ``validation``, ``test``, or empty where none is stated.
    split : mapping
        ``{"validation": 0.1, "test": 0.1}``, shares of the sequences that are drawn.
    seed : int

    Returns
    -------
    numpy.ndarray of str, shape (n,)

    Raises
    ------
    InputError
        If groups are to be drawn, but the split names chromosomes.
    """
    sizes = np.bincount(group)
    of_group = np.full(len(sizes), "", dtype=object)
    for name in SPLITS:  # the last one wins
        of_group[group[stated == name]] = name
    drawn = of_group == ""
    if drawn.any():
        of_group[drawn] = _draw(sizes[drawn], split, SPLITS[1:], seed)
    splits = np.where(stated == "", of_group[group], stated)
    if not (splits == "validation").any():
        train = np.bincount(group, splits == "train") == sizes
        of_group[train] = _draw(sizes[train], split, ["validation"], seed)
        splits = np.where(train[group], of_group[group], splits)
    return splits


def _draw(sizes, split, names, seed):
    """Draw groups for some splits; all others, and the large ones, are for training."""
    shares = [split[name] for name in names]
    if any(isinstance(share, list) for share in shares):
        raise InputError(
            f"config, split: found {split}, but sequences have no chromosomes, expected shares such as {{validation: "
            "0.1, test: 0.1}, or the split of every sequence in the data"
        )
    small = sizes <= max(_PAIR, sizes.sum() * _LONGEST_CHAIN)
    drawn = np.random.default_rng(seed).permutation(np.flatnonzero(small))
    middle = np.cumsum(sizes[drawn]) - sizes[drawn] / 2
    of_group = np.full(len(sizes), "train", dtype=object)
    edges = np.rint(sizes.sum() * np.cumsum(shares))
    of_group[drawn] = np.array([*names, "train"], dtype=object)[np.searchsorted(edges, middle, side="right")]
    return of_group


def add_shuffled(table, codes, targets, unbound, rng):
    """Add bound sequences with their dinucleotides shuffled, for targets of which none is known to be unbound.

    N at the ends, which pad a sequence, stay where they are. A shuffled sequence is in the split of its own, and is
    unbound by those of the targets that bind that; of others, nothing is said of it.

    Parameters
    ----------
    table : pandas.DataFrame
        ``name split`` and a column per target.
    codes : numpy.ndarray of uint8, shape (n, width)
    targets : sequence of str
    unbound : float
        How many per bound sequence.
    rng : numpy.random.Generator

    Returns
    -------
    table : pandas.DataFrame
        With each shuffled sequence behind its own, named as :func:`cam.data.selection.is_shuffled` knows it.
    codes : numpy.ndarray of uint8
    added : dict of str to int
        How many there are for each of such targets.
    """
    labels = table[targets].to_numpy()
    without = ~(labels == 0).any(axis=0)
    binds = (labels == 1) & without
    rows = np.flatnonzero(binds.any(axis=1))
    rows = np.repeat(rows, int(unbound) + (rng.random(len(rows)) < unbound % 1))
    added = table.iloc[rows].copy()
    number = added.groupby(rows).cumcount() + 1
    added["name"] += SHUFFLED + number.astype(str)
    added[targets] = np.where(binds[rows], np.float32(0), np.float32(np.nan))
    order = np.argsort(np.concatenate([np.arange(len(table)), rows]), kind="stable")
    table = pd.concat([table, added], ignore_index=True).iloc[order]
    codes = np.concatenate([codes, _shuffle_inside(codes[rows], rng)])[order]
    n_added = binds[rows].sum(axis=0)
    return table.reset_index(drop=True), codes, {t: int(n) for t, n in zip(targets, n_added, strict=True) if n}


def _shuffle_inside(codes, rng):
    """Shuffle dinucleotides of sequences between the N at their ends."""
    known, shuffled = codes != N_CODE, codes.copy()
    ends = pd.DataFrame({"start": known.argmax(axis=1), "end": codes.shape[1] - known[:, ::-1].argmax(axis=1)})
    for (start, end), rows in ends.groupby(["start", "end"]).indices.items():
        shuffled[rows, start:end] = shuffle_dinucleotides(codes[rows, start:end], rng)
    return shuffled


def _measurable(table, targets, min_positives):
    """The targets with bound and unbound sequences in every split, and those without; see :func:`select_sequences`."""
    absent = {}
    for name in SPLITS:
        labels = table.loc[table["split"] == name, targets]
        for value, word in ((1, "bound"), (0, "unbound")):
            for target, n_sequences in (labels == value).sum().items():
                if n_sequences < least_of(name, value, min_positives):
                    absent.setdefault(
                        target,
                        f"config, split: target '{target}' has no {word} sequence in {name}, expected at least one; "
                        "choose another seed or other shares, state the split in the data, or leave the target out",
                    )
    if absent and (min_positives is None or len(absent) == len(targets)):
        raise InputError(next(iter(absent.values())))
    return [target for target in targets if target not in absent], list(absent)
