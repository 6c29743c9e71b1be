"""What is found in files, in words: tables on a terminal, sentences, and the few statistics that they need."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

FEW = 200  # peaks, or sequences of a class
_FEW_REGIONS = 2000  # to train on
_SHOWN = 3  # files of which a sentence names each


@dataclass
class Findings:
    """What is found in the files of an experiment.

    Attributes
    ----------
    columns : list of str
    rows : list of tuple
        A row per file or target.
    notes, warnings : list of str
        Sentences; a warning is of what looks wrong.
    counts : dict of str to dict of str to int
        Of places in a genome: target (or ``regions``) → chromosome → how many.
    widths : list of numpy.ndarray of int
        Theirs, in bp.
    """

    columns: list
    rows: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    counts: dict = field(default_factory=dict)
    widths: list = field(default_factory=list)

    def local(self, samples):
        """The samples whose files can be looked at, with a note of how many are addresses."""
        local = [sample for sample in samples if "://" not in sample.path]
        n = len(samples) - len(local)
        self.note(f"{n} of {len(samples)} files are addresses, and were not looked at" if n else "")
        return local

    def note(self, sentence):
        """Add a note, unless the sentence is empty."""
        if sentence:
            self.notes.append(sentence)

    def warn(self, sentence):
        """Add a warning, unless the sentence is empty."""
        if sentence:
            self.warnings.append(sentence)

    def show(self):
        """Print the table, the notes and the warnings."""
        texts = [self.columns, *([f"{v:,}" if isinstance(v, int) else str(v) for v in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        numeric = [all(isinstance(row[column], int) for row in self.rows) for column in range(len(widths))]
        for row in texts:
            cells = zip(row, widths, numeric, strict=True)
            print("  " + "  ".join(t.rjust(w) if right else t.ljust(w) for t, w, right in cells).rstrip())
        for title, sentences in (("Found:", self.notes), ("Looks wrong:", self.warnings)):
            if sentences:
                print(title, *(f"  - {sentence}" for sentence in sentences), sep="\n")


def several(files, numbers=None):
    """Files as part of a sentence, each with its number if there is one: all of a few, else the first ones."""
    texts = [f"{file} ({number})" for file, number in zip(files, numbers, strict=True)] if numbers else list(files)
    shown = texts[:_SHOWN]
    return ", ".join(shown) + f" and {len(texts) - _SHOWN:,} more" * (len(texts) > _SHOWN)


def few(n, what):
    """What follows where there are few regions to train on; nothing where there are enough."""
    return (n < _FEW_REGIONS) * (
        f"{n:,} {what} are few: the settings of the training stay the pipeline's, but the interval of the test "
        "performance will be wide, so train several replicates (seeds: [1, 2, 3])"
    )


def percent(share, digits=1):
    """A share as text, such as ``9.8 %``."""
    return f"{100 * share:.{digits}f} %"


def auroc(values, others):
    """The probability that one of some values is higher than one of others; half of those that are equal count."""
    ranks = pd.Series(np.concatenate([values, others])).rank()
    n, m = len(values), len(others)
    return (ranks[:n].sum() - n * (n + 1) / 2) / (n * m)
