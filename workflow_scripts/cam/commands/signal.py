"""A look at signal on regions, and an experiment for it."""

import numpy as np
import pandas as pd

from ..data.signal import describe_signal, parse_split, uneven_libraries
from ..errors import InputError
from ..setup.own_data import safe_name
from ..sources.peak_files import read_peaks
from ..sources.signal import apart, bigwig_sizes, read_signal, read_split, signal_targets, summarise
from .choices import FREE, SHARE, Choice, choose_genome, choose_split, choose_width
from .findings import Findings, few, percent, several
from .genome import disagreement

_SAMPLED = 1000  # regions whose signal in bigWig files is looked at
_SKEWED = 50  # times the mean that the largest value is, from which on it is said
_FEW_KNOWN = 0.5  # share of the regions with a value below which it is said


def look(source, samples, genome, width=None, targets="all"):
    """Look at signal.

    Parameters
    ----------
    source : mapping
        ``regions``, ``table`` or ``h5ad``; optionally ``summary``, ``transform``, ``layer``.
    samples : sequence of cam.setup.own_data.Sample
        Of bigWig files; else none.
    genome : cam.commands.genome.Genome
    width : int, optional
        In bp, over which signal is taken, where it is chosen.
    targets : sequence of str or "all"
        The safe names of those of a table to look at.

    Returns
    -------
    cam.commands.findings.Findings

    Raises
    ------
    InputError
        If a file is not as its reader expects it.
    """
    found = Findings(["target", "regions", "least", "mean", "most", "zeros"])
    transform = source.get("transform", "none")
    if "regions" in source:
        regions, _ = read_peaks(source["regions"])
        local = found.local(samples)
        names = [sample.name for sample in local]
        values = _sampled(found, [sample.path for sample in local], source, regions, genome, width)
        where = source["regions"]
        found.notes.append(f"{len(regions):,} regions in {where}; signal was looked at in {len(values):,} of them")
    else:
        where = source.get("table") or source["h5ad"]
        names = [name for name in signal_targets(where) if targets == "all" or safe_name(name) in targets]
        regions, values = read_signal(where, names, source.get("layer"))
        if (words := read_split(where)) is not None:
            _look_at_split(found, words, regions, where)
    widths = (regions["end"] - regions["start"]).to_numpy()
    found.widths.append(widths)
    counts = regions["chrom"].value_counts()
    found.counts["regions"] = {chrom: int(n) for chrom, n in counts.items() if n}
    found.notes.append(f"the median width of {len(regions):,} regions is {np.median(widths):g} bp")
    found.warn(genome.clash(found.counts["regions"], where))
    if genome.sizes:
        beyond = int((regions["end"] > regions["chrom"].astype(object).map(genome.sizes).fillna(np.inf)).sum())
        if beyond:
            found.warn(
                f"{beyond:,} regions of {where} end beyond their chromosomes of {genome.name}: is it the same assembly?"
            )
    if names:
        _look_at_values(found, values, names, transform, where)
    found.note(genome.unseen)
    found.note(few(len(regions), "regions"))
    return found


def _sampled(found, paths, source, regions, genome, width):
    """The signal of some regions in every file; shape (n, n_targets)."""
    middle = (regions["start"] + regions["end"]) // 2
    half = (width or int(np.median(regions["end"] - regions["start"]))) // 2
    windows = pd.DataFrame({"chrom": regions["chrom"].astype(object), "start": middle - half, "end": middle + half})
    windows = windows[windows["start"] >= 0]
    windows = windows.sample(min(len(windows), _SAMPLED), random_state=1).sort_values(["chrom", "start"])
    windows = windows.reset_index(drop=True)
    values, empty = np.zeros((len(windows), len(paths)), dtype=np.float32), []
    if not paths:
        return values
    chroms = regions["chrom"].cat.categories
    for path, sizes in zip(paths, apart(bigwig_sizes, [(path,) for path in paths]), strict=True):
        found.warn(disagreement(chroms, sizes, source["regions"], path))
        odd = [chrom for chrom in sizes if genome.sizes and genome.sizes.get(chrom, sizes[chrom]) != sizes[chrom]]
        if odd:
            found.warn(
                f"{odd[0]} has {sizes[odd[0]]:,} bp in {path}, but {genome.sizes[odd[0]]:,} in {genome.name}: are they "
                "of one assembly?"
            )
    calls = [(path, windows, source.get("summary", "mean")) for path in paths]
    for column, (path, (measured, known)) in enumerate(zip(paths, apart(summarise, calls), strict=True)):
        values[:, column] = measured
        if known.mean() < _FEW_KNOWN:
            empty.append((path, percent(known.mean(), 0)))
    if empty:
        found.warn(
            f"few regions have any signal in {several(*map(list, zip(*empty, strict=True)))}; the others count as 0"
        )
    return values


def _look_at_split(found, words, regions, where):
    counts = ", ".join(f"{word} {n:,}" for word, n in pd.Series(words).value_counts().items())
    found.notes.append(f"{where} states the split of the regions: {counts}; it is used unless split names chromosomes")
    try:
        parse_split(words, regions, where)
    except InputError as error:
        found.warn(str(error))


def _look_at_values(found, values, names, transform, where):
    finite = [column[~np.isnan(column)] for column in values.T]
    for name, column in zip(names, finite, strict=True):
        if not len(column):
            raise InputError(f"{where}: found no value of the target '{name}', expected some")
        numbers = (f"{value:.3g}" for value in (column.min(), column.mean(), column.max()))
        found.rows.append((name, len(column), *numbers, percent((column == 0).mean(), 0)))
    constant = [name for name, column in zip(names, finite, strict=True) if not np.ptp(column)]
    if constant:
        found.warn(f"all values are the same of {several(constant)}: there is nothing to learn")
    missing = int(np.isnan(values).any(axis=1).sum())
    if missing:
        found.warn(f"{missing:,} of {len(values):,} regions lack the value of a target, and are left out")
    lowest = [column.min() for column in finite]
    if transform == "log1p" and min(lowest) < 0:
        negative = [name for name, low in zip(names, lowest, strict=True) if low < 0]
        found.warn(f"negative values, which have no log1p (source.transform), are in {several(negative)}")
    if min(lowest) >= 0 and transform == "none":
        if len(names) > 1:
            found.warn(uneven_libraries(describe_signal(np.nan_to_num(values), list(map(safe_name, names)), transform)))
        ratios = [column.max() / column.mean() if column.mean() else 0 for column in finite]
        skewed = [name for name, ratio in zip(names, ratios, strict=True) if ratio > _SKEWED]
        if skewed:
            found.warn(
                f"the largest value is over {_SKEWED} times the mean of {several(skewed)}: a few regions are most of "
                "the loss; source.transform: log1p evens that out"
            )


def choose_experiment(found, source, genome):
    """What to write of an experiment on signal.

    Parameters
    ----------
    found : cam.commands.findings.Findings
    source : mapping
        ``regions``, ``table`` or ``h5ad``.
    genome : str

    Returns
    -------
    list of Choice
    """
    key = next(key for key in ("regions", "table", "h5ad") if key in source)
    why = {
        "regions": "on which the mean signal is taken (summary, signal_width; transform: none)",
        "table": "every column of numbers is a target",
        "h5ad": "cell types or topics are targets; X is read (layer)",
    }[key]
    genome, taxon = choose_genome(genome)
    width = choose_width(np.concatenate(found.widths), "regions")
    if key == "h5ad" and read_split(source[key]) is not None:
        why = "without effect, since the data state which regions these are, and are used unless this names chromosomes"
        split = [Choice(f"split.{name}", SHARE, why) for name in ("validation", "test")]
    else:
        split = choose_split(found.counts, "regions")
    return [Choice(f"source.{key}", source[key], why), genome, width, *split, FREE, *taxon]
