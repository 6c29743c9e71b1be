"""Chromosomes: which sequences of a genome are, and whether files agree on what they are called.

A genome comes with more than chromosomes: unplaced scaffolds, alternative sequence, mitochondria. Which of its
sequences regions may be on is told by their names, of any species, as UCSC, Ensembl or the archives give them.
"""

import re

import numpy as np
import pandas as pd

from ..errors import InputError, nearest

_ORGANELLE = re.compile(
    r"(chr(omosome)?[_.]?)?(m|mt|mtdna|mito|mitochondri(on|a|al)|c|pt|cp|chloroplast|plastid)"
    r"|\w*(mitochondri(on|al)|chloroplast|plastid)(_genome)?|nc_(012920|005089)(\.\d+)?",
    re.IGNORECASE,
)
_UNPLACED = re.compile(
    r"chrun.*|chru(extra)?|un([_.].*)?|.*[_.-](random|alt|fix|decoy|hap\d*)(_.*|\.\d+)?|chr\w+het"
    r"|.*(scaffold|contig|unplaced|unlocali[sz]ed|unmapped).*|hla[-*].*|(chr)?ebv|phix.*|rdna|\d{6,}"
    r"|n[tw]_\d+(\.\d+)?|(gl|jh|ds|k[a-z])\d{6}(\.\d+|v\d+)?|[a-z]{4,6}\d{8,}(\.\d+)?",
    re.IGNORECASE,
)
_SEX = ("x", "y", "z", "w")
_LEFT_OUT = {
    "assembled": "unplaced or alternative sequence, mitochondria or plastids",
    "autosomes": "sex chromosomes, unplaced or alternative sequence, mitochondria or plastids",
    "all": "other chromosomes",
}


def choose(names, wanted, where=None):
    """The sequences of a genome that regions may be on.

    Parameters
    ----------
    names : iterable of str
        All of its sequences.
    wanted : {"assembled", "autosomes", "all"} or sequence of str
        ``assembled``: those whose names are not those of unplaced or alternative sequence, mitochondria or plastids;
        of a genome that has no other than unplaced ones, these. ``autosomes``: without X, Y, Z and W, too. ``all``:
        all. Or their names.
    where : str or Path, optional
        What to call the genome in an error message; without it, names that it lacks are no mistake.

    Returns
    -------
    list of str
        In the order of the genome.

    Raises
    ------
    InputError
        If a wanted name is not in the genome.
    """
    names = list(names)
    if not isinstance(wanted, str):
        for name in wanted:
            if where and name not in names:
                raise InputError(f"config, regions.chromosomes: '{name}' is not in {where}; {nearest(name, names)}")
        return [name for name in names if name in set(wanted)]
    if wanted == "all":
        return names
    nuclear = [name for name in names if not _ORGANELLE.fullmatch(name)]
    chosen = [name for name in nuclear if not _UNPLACED.fullmatch(name)] or nuclear
    return [name for name in chosen if wanted == "assembled" or _spelling(name) not in _SEX]


def expect_agreement(chroms, names, where, genome):
    """Check that a file calls the chromosomes what the genome calls them.

    Names that the genome lacks are no mistake: a file may be of more scaffolds than the genome, or of fewer. It is one
    if the genome has them in another spelling (``1`` for ``chr1``), or if it has none of them.

    Parameters
    ----------
    chroms : iterable of str
        The chromosomes of the file.
    names : iterable of str
        All sequences of the genome.
    where, genome : str or Path
        What to call the two files in an error message.

    Raises
    ------
    InputError
        Naming both files and both spellings.
    """
    chroms, names = pd.unique(pd.Series(list(chroms), dtype=object)).tolist(), list(names)
    unknown = sorted(set(chroms) - set(names))
    spelled = {_spelling(name): name for name in reversed(names) if not _ORGANELLE.fullmatch(name)}
    for name in unknown:
        if _spelling(name) in spelled:
            raise InputError(
                f"{where}: found the chromosome '{name}', which {genome} calls '{spelled[_spelling(name)]}'; expected "
                "one spelling in all files, so rename the chromosomes in one of them"
            )
    if unknown and len(unknown) == len(chroms):
        raise InputError(
            f"{where}: found the chromosomes {listed(unknown)}, none of which is in {genome}, whose are "
            f"{listed(choose(names, 'assembled') or names)}; expected files of one genome, with one spelling"
        )


def sort_out(chroms, chosen, wanted, names=None):
    """Which rows of a file are on the chosen chromosomes.

    Parameters
    ----------
    chroms : pandas.Series of str
        The chromosome of each row.
    chosen : sequence of str
        From :func:`choose`.
    wanted
        What they were chosen by.
    names : iterable of str, optional
        All sequences of the genome; by default, those of the rows.

    Returns
    -------
    keep : numpy.ndarray of bool, shape (n,)
    steps : pandas.DataFrame
        ``step regions``: how many are left out, and why, with the names of some of their chromosomes.
    """
    counts = chroms.value_counts()
    absent = set() if names is None else set(counts.index) - set(names)
    other = set(counts.index) - set(chosen) - absent
    reason = _LEFT_OUT[wanted] if isinstance(wanted, str) else "chromosomes that are not listed"
    steps = [
        (f"left out: on {reason} (regions.chromosomes){_such_as(other)}", counts[list(other)].sum()),
        (f"left out: on chromosomes that the genome lacks{_such_as(absent)}", counts[list(absent)].sum()),
    ]
    keep = chroms.isin(chosen).to_numpy(dtype=bool, copy=True)
    return keep, pd.DataFrame(steps, columns=["step", "regions"]).astype({"regions": np.int64})


def listed(names, most=3):
    """Some names, in quotation marks, as text."""
    names = list(names)
    return ", ".join(f"'{name}'" for name in names[:most]) + ", …" * (len(names) > most)


def _such_as(names, most=3):
    shown = ", ".join(sorted(names)[:most])
    return f": {shown}{', …' * (len(names) > most)}" if names else ""


def _spelling(name):
    """What different spellings of a chromosome have in common: ``1`` of ``chr1``, ``Chr01`` and ``chromosome_1``."""
    bare = re.sub(r"^(chromosome|chrom|chr)[_.]?", "", name.lower()).lstrip("0")
    return "m" if bare == "mt" else bare
