"""A look at labelled sequences, and an experiment for them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..data.duplicates import canonical
from ..data.own_sequences import expect_task, fit_lengths
from ..data.sequences import gc_content
from ..errors import InputError, nearest
from ..setup.own_data import sequence_files
from ..sources.labelled_sequences import LabelledSequences, read_labelled
from .choices import FREE, SHARE, WIDTHS, Choice, choose_cam
from .findings import FEW, Findings, auroc, few, several
from .recognise import is_negative, sequences_target, split_of

_CONSTANT = 4  # bases at an end that are an adaptor if all sequences have them; by chance, ten have one in a million
_FEWEST = 10  # sequences that it takes to say so
_UNBALANCED = 10  # times as many sequences of one class as of the other
_APART = 0.7  # AUROC of GC content or length alone from which on it is said
_NARROWEST = 20  # bp, of regions.width
_FILTER, _POOL = 20, 7  # filter_length and pool of a CAM, by default


@dataclass
class Look(Findings):
    """What is found in labelled sequences.

    Attributes
    ----------
    sequences : cam.sources.labelled_sequences.LabelledSequences
    task : str
    trim : (int, int)
    width : int
        In bp, after trimming.
    length : str or None
        ``pad``, ``centre``, or None where all are of one length.
    """

    sequences: LabelledSequences = None
    task: str = ""
    trim: tuple = (0, 0)
    width: int = 0
    length: str | None = None


def arrange(paths, negatives, target=""):
    """The section ``source`` for FASTA files, by what their names say.

    Parameters
    ----------
    paths : sequence of str
        Of positives; those whose names say so are of negatives.
    negatives : sequence of str
    target : str
        What to call the one whose name the files do not tell.

    Returns
    -------
    dict
        ``kind`` and ``fasta``.

    Raises
    ------
    InputError
        If there are no positives, or negatives of which the target is not known.
    """
    negatives = [*negatives, *(path for path in paths if is_negative(path) and path not in negatives)]
    positives = [path for path in paths if path not in negatives]
    if not positives:
        raise InputError(f"{negatives[0]}: found negatives only, expected a file of positives besides")
    named = {}
    for path in positives:
        named.setdefault(sequences_target(path) or target or "bound", ([], []))[0].append(path)
    for path in negatives:
        of = next(iter(named)) if len(named) == 1 else sequences_target(path)
        if of not in named:
            raise InputError(f"{path}: found negatives of '{of}', expected the name of a target; {nearest(of, named)}")
        named[of][1].append(path)
    fasta = {
        name: {key: by_split(files) for key, files in zip(("positives", "negatives"), classes, strict=True) if files}
        for name, classes in named.items()
    }
    return {"kind": "sequences", "fasta": fasta}


def by_split(paths):
    """Files as the configuration names them: one, a list of some, or by the splits that their names state."""
    splits = [split_of(path) for path in paths]
    if "train" not in splits or "test" not in splits or "" in splits:
        return paths[0] if len(paths) == 1 else list(paths)
    found = {}
    for split in ("train", "validation", "test"):
        here = [path for path, stated in zip(paths, splits, strict=True) if stated == split]
        found |= {split: here[0] if len(here) == 1 else here} if here else {}
    return found


def look(source, targets=(), task=None, stated=False, fitted=None):
    """Look at labelled sequences.

    Parameters
    ----------
    source : mapping
        With ``table`` or ``fasta``.
    targets : sequence of str
        The safe names of those to look at; none: all.
    task : str, optional
        What labels are to be; by default, what they are.
    stated : bool
        Whether the user has said so.
    fitted : (int, (int, int), str or None), optional
        Width, trimming and what becomes of other lengths, if they are stated; else they are chosen.

    Returns
    -------
    Look

    Raises
    ------
    InputError
        If a file, or what is stated of it, is not as expected.
    """
    paths = [path for _, path in sequence_files(source)]
    sequences = read_labelled(source, paths).of_targets(targets)
    known = sequences.labels[~np.isnan(sequences.labels)]
    task = task or ("binding" if np.isin(known, (0, 1)).all() else "regression")
    expect_task(sequences, task, stated)
    trim, (width, length) = (0, 0), (0, None)
    if fitted:
        width, trim, length = fitted
    else:
        trim = constant_ends(sequences.sequences)
        width, length = _fit([len(sequence) - sum(trim) for sequence in sequences.sequences])
    codes = fit_lengths(sequences, width, trim, length)
    found = Look(
        ["target", "sequences", *(["bound", "unbound"] if task == "binding" else ["least", "median", "most"])],
        sequences=sequences, task=task, trim=tuple(trim), width=width, length=length,
    )  # fmt: skip
    lengths = np.array(list(map(len, sequences.sequences)))
    shortest, longest = lengths.min(), lengths.max()
    of_length = f"of {shortest} bp" if shortest == longest else f"of {shortest} to {longest} bp"
    found.notes.append(f"{len(lengths):,} sequences {of_length} in {several(paths)}")
    splits = pd.Series(sequences.splits)
    if (splits != "").any():
        counts = ", ".join(f"{split} {n:,}" for split, n in splits[splits != ""].value_counts().items())
        found.notes.append(f"the data state the split of these sequences: {counts}")
    gc = gc_content(codes)
    for target, labels in zip(sequences.targets, sequences.labels.T, strict=True):
        if task == "binding":
            _look_at_classes(found, target, labels, gc, lengths)
        else:
            _look_at_values(found, target, labels)
    _look_at_copies(found, codes, sequences)
    found.note(few(len(lengths), "sequences"))
    return found


def constant_ends(sequences):
    """How many bases all sequences have in common at the 5' and at the 3' end, such as adaptors.

    Parameters
    ----------
    sequences : sequence of str

    Returns
    -------
    (int, int)
        Each 0 where it is less than four, and both where hardly anything is left.
    """
    if len(sequences) < _FEWEST:
        return 0, 0
    shortest = min(map(len, sequences))
    ends = []
    for letters in (lambda text, n: text[n], lambda text, n: text[-1 - n]):
        first = sequences[0]
        n = next(
            (n for n in range(shortest) if any(letters(text, n) != letters(first, n) for text in sequences)), shortest
        )
        ends.append(n if n >= _CONSTANT else 0)
    return tuple(ends) if 2 * sum(ends) <= shortest else (0, 0)


def _fit(lengths):
    """A width for sequences, and what becomes of those of other lengths."""
    shortest, longest = min(lengths), max(lengths)
    if longest <= WIDTHS[1] or shortest < WIDTHS[0]:
        width = max(longest, _NARROWEST)
        return width, "pad" if shortest < width else None
    width = min(shortest, WIDTHS[1])
    return width, "centre" if longest > width else None


def _look_at_classes(found, target, labels, gc, lengths):
    bound, unbound = labels == 1, labels == 0
    n, m = int(bound.sum()), int(unbound.sum())
    found.rows.append((target, n + m, n, m))
    if n < FEW:
        found.warn(f"'{target}' has {n} bound sequences, fewer than {FEW}: too few to learn a motif from")
    if not m:
        found.notes.append(
            f"'{target}' has no unbound sequences: the bound ones, dinucleotides shuffled, will be these"
        )
        return
    if m < FEW and n >= FEW:
        found.warn(f"'{target}' has {m} unbound sequences, fewer than {FEW}")
    if n and max(n, m) > _UNBALANCED * min(n, m):
        found.warn(f"the labels of '{target}' are very unbalanced: {n:,} bound and {m:,} unbound sequences")
    if not n:
        return
    for what, values, unit in (("GC content", 100 * gc, " %"), ("length", lengths, " bp")):
        area = auroc(values[bound], values[unbound])
        if max(area, 1 - area) > _APART:
            means = [f"{values[rows].mean():.0f}{unit}" for rows in (bound, unbound)]
            found.warn(
                f"the {what} alone tells bound from unbound sequences of '{target}' with an AUROC of "
                f"{max(area, 1 - area):.2f} ({' and '.join(means)} on average): a model may learn no more than that"
            )


def _look_at_values(found, target, labels):
    known = labels[~np.isnan(labels)]
    found.rows.append((target, len(known), *(f"{value:.3g}" for value in (known.min(), np.median(known), known.max()))))
    if len(known) > 1 and not np.ptp(known):
        found.warn(f"all values of '{target}' are {known[0]:g}: there is nothing to learn")


def _look_at_copies(found, codes, sequences):
    """Sequences that are there more than once, on the same strand or the other one, and labels that contradict."""
    strand = pd.Series([row.tobytes() for row in codes])
    either = pd.factorize(np.array(canonical(codes), dtype=object))[0]
    both = int(strand.groupby(either).nunique().gt(1).sum())
    if both:
        found.notes.append(f"{both:,} sequences are there on both strands; no split parts the two")
    known = [row.tobytes() for row in ~np.isnan(sequences.labels)]  # of a sequence, each target may have its own row
    copies = int(pd.DataFrame({"strand": strand, "known": known}).duplicated().sum())
    if copies:
        found.warn(f"{copies:,} of {len(codes):,} sequences are copies of another one: are they repeated by mistake?")
    if found.task == "binding":
        labels = pd.DataFrame(sequences.labels).groupby(strand)
        odd = int((labels.max() > labels.min()).any(axis=1).sum())
        found.warn(f"{odd:,} sequences are both bound and unbound: these labels count as missing" if odd else "")


# --- An experiment ----------------------------------------------------------------------------------------------------


def choose_experiment(found, source):
    """What to write of an experiment on sequences.

    Parameters
    ----------
    found : Look
    source : mapping
        As given to :func:`look`.

    Returns
    -------
    list of Choice
    """
    key = "table" if "table" in source else "fasta"
    choices = [Choice(f"source.{key}", source[key], "targets, classes and splits are by the names of the files")]
    if key == "table":
        whole = "every column but sequence, name and split is a target; their labels are "
        kind = "1 and 0: binding" if found.task == "binding" else "real numbers: regression"
        choices = [Choice("source.table", source["table"], whole + kind)]
    if any(found.trim):
        first, n = found.sequences.sequences[0], len(found.sequences.sequences)
        ends = [first[: found.trim[0]], first[len(first) - found.trim[1] :]]
        parts = [f"{word} with {end}" for word, end in zip(("begin", "end"), ends, strict=True) if end]
        choices.append(
            Choice(
                "source.trim",
                list(found.trim),
                f"bp of adaptors at the 5' and 3' end: all {n:,} sequences {' and '.join(parts)}",
            )
        )
    lengths = np.array(list(map(len, found.sequences.sequences))) - sum(found.trim)
    if found.length:
        what = {"pad": "shorter ones get N on both sides", "centre": "of longer ones the middle is taken"}[found.length]
        choices.append(Choice("source.length", found.length, f"{lengths.min()} to {lengths.max()} bp: {what}"))
    why = f"bp; what all sequences have{' after trimming' * any(found.trim)}"
    if found.length == "pad":
        why = "bp; the longest sequence"
    elif found.length == "centre":
        why = f"bp; the shortest sequence, and at most {WIDTHS[1]}, with which the pipeline has been run"
    choices.append(Choice("regions.width", found.width, why))
    stated, of_data = set(found.sequences.splits), "without effect, since the data state which sequences these are"
    drawn = "share of the sequences, near-duplicates and both strands of one together"
    for name, why in (
        ("validation", "share of the training sequences" if "test" in stated else drawn),
        ("test", drawn),
    ):
        choices.append(Choice(f"split.{name}", SHARE, of_data if name in stated else why))
    if found.task == "regression":
        choices.append(FREE)
    n = sum(name != "test" for name in found.sequences.splits)
    choices += choose_cam(n, found.width, "sequences") if len(found.sequences.targets) == 1 else []
    if found.width < _FILTER + _POOL - 1:
        why = f"bp; the default of {_FILTER} does not fit sequences of {found.width} bp"
        choices.append(Choice("models.cam.filter_length", found.width // 2, why))
    return choices
