"""What is chosen for an experiment, each with its reason: the genome, the width of the regions, the split."""

import re
from itertools import combinations
from pathlib import PurePath
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..data.chromosomes import choose
from ..setup.own_data import known_genome
from .findings import percent, several

WIDTHS = 200, 1000  # the narrowest and the widest windows that are proposed; benchmarks/widths.py has run these
SHARE = 0.1  # of the regions that are for validation, and for test
FEW_REGIONS = 10_000  # to learn from, up to which RECIPE was chosen, for one target
RECIPE = {
    "units": 30, "filter_length": 10, "activation": "exp", "pool": 60, "hidden": 16, "training.starts": 4,
}  # fmt: skip
_STEP = 50  # that a proposed width is a multiple of
_BETWEEN = 0.05, 0.2  # that the share may be, where there are whole chromosomes of it
_LARGEST = 40  # chromosomes that are tried
_FEWEST = 10  # regions of a target in each, or a twentieth of them where it has few


class Choice(NamedTuple):
    """A key of an experiment, such as ``regions.width``, its value, and the reason."""

    key: str
    value: object
    why: str = ""


FREE = Choice("models.cam.non_negative", False, "of real numbers: a unit may lower the value as well as raise it")


def choose_cam(n, width, what):
    """The settings of a CAM that learns one target from few regions; the default ones overfit these.

    They were chosen by cross-validation on training sequences of three data sets (docs/your-data.md), of 1,300 to 9,700
    sequences of about 200 bp.

    Parameters
    ----------
    n : int
        How many there are to learn from.
    width : int
        In bp.
    what : str
        Of what.

    Returns
    -------
    list of Choice
        Nothing where there are many, or where they are too short for the pool.
    """
    if n > FEW_REGIONS or width < RECIPE["filter_length"] + RECIPE["pool"] - 1:
        return []
    why = f"{n:,} {what} are few: short filters, wide pools and small units predict better (docs/your-data.md)"
    return [Choice(f"models.cam.{key}", value, why * (key == "units")) for key, value in RECIPE.items()]


def choose_genome(name):
    """The genome, and what follows from its name; for a file, what would if it is the assembly that it is named after.

    Parameters
    ----------
    name : str
        A file, an address, or the name of an assembly of UCSC's.

    Returns
    -------
    genome : Choice
    taxon : list of Choice
        Where it has to be said: the pipeline knows that of an assembly, and takes vertebrates for any other genome.
    """
    assembly = PurePath(name).name.split(".")[0]
    known = known_genome(assembly)
    taxon = known["taxon"] if known else "vertebrates"
    motifs = f"motifs are those of {taxon} (tomtom.taxon)"
    blacklist = "ENCODE's blacklist" if known and known["blacklist"] else "no blacklist"
    if assembly == name and known:
        return Choice("source.genome", name, f"from UCSC, with {blacklist}; {motifs}"), []
    listed = f"; ENCODE has one of {assembly}: {known['blacklist']}" if known and known["blacklist"] else ""
    genome = Choice("source.genome", name, f"no blacklist (source.blacklist{listed}); {motifs}")
    named = Choice("tomtom.taxon", taxon, f"of JASPAR's profiles; the genome is called {assembly}")
    return genome, [named] if taxon != "vertebrates" else []


def choose_width(widths, what):
    """A width from those of peaks or regions, within what the pipeline has been run with."""
    median = np.median(widths)
    width = int(np.clip(_STEP * round(median / _STEP), *WIDTHS))
    why = f"bp; the median width of {len(widths):,} {what} is {median:g} bp"
    if median <= 1:
        why = f"bp; {what} are summits, which have no width"
    elif abs(median - width) > _STEP / 2:
        why += f", and the pipeline has been run with {WIDTHS[0]} to {WIDTHS[1]} bp"
    return Choice("regions.width", width, why)


def choose_split(counts, what):
    """Chromosomes for validation and test, or shares where there are too few of them.

    Parameters
    ----------
    counts : dict of str to dict of str to int
        Target → chromosome → how many of its peaks (or regions) are there.
    what : str
        Of what.

    Returns
    -------
    list of Choice
        ``split.validation`` and ``split.test``.
    """
    table = pd.DataFrame(counts).fillna(0)
    table = table.loc[choose(table.index, "assembled")]
    shares = table.sum(axis=1) / max(table.to_numpy().sum(), 1)
    autosomes = shares[choose(table.index, "autosomes")].nlargest(_LARGEST).index
    needed = np.minimum(_FEWEST, np.ceil(table.sum() / 20)).to_numpy()
    chosen = {}
    for name in ("test", "validation"):
        left = [chrom for chrom in autosomes if chrom not in chosen.get("test", [])]
        chosen[name] = _tenth(left, shares, table, needed)
    if not (chosen["test"] and chosen["validation"]) or len(table) < 3:
        why = (
            f"share of the {what}, drawn at random: no chromosomes have about a tenth of them, and some of each target"
        )
        return [Choice(f"split.{name}", SHARE, why * (name == "validation")) for name in ("validation", "test")]
    choices = []
    for name in ("validation", "test"):
        here = chosen[name]
        fewest = int(table.loc[here].sum().min())
        why = f"{percent(shares[here].sum())} of the {what}"
        if len(counts) > 1:
            why += f"; of each target at least {fewest:,}"
        choices.append(Choice(f"split.{name}", here, why))
    return choices


def split_warnings(counts, split, what):
    """What is odd about chromosomes for validation and test: that a target has nothing there, or far from a tenth.

    Parameters
    ----------
    counts, what
        See :func:`choose_split`.
    split : mapping
        ``validation`` and ``test``; of shares, nothing is said.

    Returns
    -------
    list of str
    """
    warnings, total = [], sum(sum(of.values()) for of in counts.values())
    for name in ("validation", "test"):
        if not isinstance(split[name], list) or not total:
            continue
        here = {target: sum(n for chrom, n in of.items() if chrom in split[name]) for target, of in counts.items()}
        without = [target for target, n in here.items() if not n]
        share, where = sum(here.values()) / total, f"{', '.join(split[name])} (split.{name})"
        if without:
            warnings.append(f"{where} has no {what}{f' of {several(without)}' * (len(counts) > 1)}")
        elif not _BETWEEN[0] / 2 <= share <= 2 * _BETWEEN[1]:
            warnings.append(f"{where} has {percent(share)} of the {what}, which is far from a tenth")
    return warnings


def _tenth(chroms, shares, table, needed):
    """Of some chromosomes, one to three with about a tenth of all, and enough of every target; or none."""
    best, lowest = [], np.inf
    share_of, counts = shares.to_dict(), dict(zip(table.index, table.to_numpy(), strict=True))
    for n in (1, 2, 3):
        for some in combinations(chroms, n):
            share = sum(share_of[chrom] for chrom in some)
            if not _BETWEEN[0] <= share <= _BETWEEN[1]:
                continue
            cost = abs(np.log(share / SHARE)) + 0.05 * n
            if cost < lowest and (sum(counts[chrom] for chrom in some) >= needed).all():
                best, lowest = some, cost
    return sorted(best, key=_natural)


def _natural(name):
    """What names are sorted by so that chr2 comes before chr10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
