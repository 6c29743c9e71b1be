"""From signal to the regions and values of a regression: windows, their signal, its transformation and its checks."""

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from ..logs import progress
from ..setup.own_data import expect_distinct, safe_name
from ..sources import signal as signal_files
from ..sources.bed import read_bed
from ..sources.peak_files import read_peaks
from .chromosomes import choose, expect_agreement, listed, sort_out
from .intervals import INTERVAL, in_genome, overlaps, region_names
from .sequences import chromosome_sizes

_MOST_UNEVEN = 10  # times that the largest total of signal may be the smallest
_LEAST_WEIGHT = 0.1


def name_targets(names, wanted, where):
    """What targets are called here and in the data.

    Parameters
    ----------
    names : sequence of str
        As the data spell them.
    wanted : sequence of str or "all"
        As the data spell them, or as they are called here (:func:`cam.setup.own_data.safe_name`).
    where : str or Path
        What to call the data in an error message.

    Returns
    -------
    pandas.DataFrame
        ``target name``, in the wanted order.

    Raises
    ------
    InputError
        If two names would be one, or a wanted target is not in the data.
    """
    expect_distinct(names, where)
    spelled = {safe_name(name): name for name in names}
    wanted = list(spelled) if wanted == "all" else [safe_name(target) for target in wanted]
    for target in wanted:
        if target not in spelled:
            raise InputError(f"{where}: found no target '{target}'; {nearest(target, spelled)}")
    return pd.DataFrame({"target": wanted, "name": [spelled[target] for target in wanted]})


def read_signal(paths, named, samples, width, chromosomes, settings, threads=1):
    """Read regions and their signal in every target, whatever the form.

    Parameters
    ----------
    paths : mapping of str to (str, Path or sequence of these)
        ``signal``: bigWig files, or the one file of a table (:func:`cam.sources.signal.read_signal`); ``genome``, a
        FASTA file; ``blacklist``, a BED file or nothing; and ``regions``, a BED or narrowPeak file, beside bigWig.
    named : pandas.DataFrame
        ``target name``, as from :func:`name_targets`.
    samples : sequence of str
        The target of each bigWig file; empty for a table.
    width : int
        Of the windows, in bp.
    chromosomes : str or sequence of str
        See :func:`cam.data.chromosomes.choose`.
    settings : mapping
        ``summary`` and ``signal_width`` as for :func:`measure`; and ``layer``, if one of an AnnData file is to be read.
    threads : int
        How many bigWig files are read at the same time.

    Returns
    -------
    windows : pandas.DataFrame
        ``chrom start end name``; see :func:`place_windows`.
    values : numpy.ndarray of float32, shape (n, n_targets)
    steps : pandas.DataFrame
        ``step regions``: how many regions there were, what was done with them, and how many were left out, and why.

    Raises
    ------
    InputError
        If a file is not as expected, files do not agree on what chromosomes are called or how long they are, or no
        region is left.
    """
    (source, *_), genome = paths["signal"], paths["genome"]
    sizes = chromosome_sizes(genome)
    chosen = choose(sizes, chromosomes, genome)
    if samples:
        source = paths["regions"]
        regions, _ = read_peaks(source)
    else:
        regions, values = signal_files.read_signal(source, named["name"], settings.get("layer"))
    expect_agreement(regions["chrom"], sizes, source, genome)
    blacklist = read_bed(paths["blacklist"]) if paths["blacklist"] else regions[:0]
    expect_agreement(blacklist["chrom"], sizes, paths["blacklist"], genome)
    windows, rows, steps = place_windows(regions, width, sizes, chosen, chromosomes, blacklist)
    if samples:
        file_of = dict(zip(samples, paths["signal"], strict=True))
        files = [file_of[target] for target in named["target"]]
        values, without = measure(files, windows, sizes, genome, settings["summary"], settings["signal_width"], threads)
        steps.loc[len(steps)] = ("counted as 0: no base with a value in some target's bigWig", int(without.sum()))
    else:
        values = values[rows]
        missing = np.isnan(values).any(axis=1)
        windows, values = windows[~missing].reset_index(drop=True), values[~missing]
        steps.loc[len(steps)] = ("left out: without a value of some target", int(missing.sum()))
    if windows.empty:
        told = ", ".join(f"{step}: {number}" for step, number in steps.itertuples(index=False) if number)
        raise InputError(
            f"{source}: no region is left ({told}); expected some on the chromosomes {listed(chosen)} "
            "(regions.chromosomes), with a value of every target"
        )
    return windows, values, steps


def _steps(*steps):
    return pd.DataFrame(steps, columns=["step", "regions"])


def place_windows(regions, width, sizes, chosen, chromosomes, blacklist):
    """Windows of one width around the summits of regions, or where these are not told, around their middles.

    Parameters
    ----------
    regions : pandas.DataFrame
        ``chrom start end`` and, optionally, ``summit``, a position; of any widths.
    width : int
        In bp.
    sizes : dict of str to int
        Length of every chromosome of the genome, in bp.
    chosen : sequence of str
        The chromosomes that regions may be on.
    chromosomes
        What they were chosen by.
    blacklist : pandas.DataFrame
        ``chrom start end``.

    Returns
    -------
    windows : pandas.DataFrame
        ``chrom start end name``, sorted, each once; wholly on a chosen chromosome, and none in the blacklist.
    rows : numpy.ndarray of int, shape (n_windows,)
        The region that each is around; of several with the same window, the first.
    steps : pandas.DataFrame
        ``step regions``.
    """
    middle = regions["summit"] if "summit" in regions else (regions["start"] + regions["end"]) // 2
    start = middle - width // 2
    placed = pd.DataFrame({"chrom": regions["chrom"].astype(object), "start": start, "end": start + width})
    moved = ((placed["start"] != regions["start"]) | (placed["end"] != regions["end"])).sum()
    told = f"moved, widened or narrowed: to {width} bp around the summit or the middle"
    steps = [_steps(("candidates", len(regions)), (told, int(moved)))]
    keep, elsewhere = sort_out(placed["chrom"], chosen, chromosomes, sizes)
    keep[keep], beyond = in_genome(placed[keep], sizes)
    windows = placed[keep].sort_values(INTERVAL[:2], kind="stable")
    again = windows.duplicated().to_numpy()
    windows = windows[~again]
    listed_there = overlaps(windows, blacklist)
    windows = windows[~listed_there]
    steps += [
        elsewhere,
        beyond,
        _steps(
            ("left out: same window as another region", int(again.sum())),
            ("left out: in the blacklist", int(listed_there.sum())),
        ),
    ]
    rows = windows.index.to_numpy()
    windows = windows.reset_index(drop=True)
    return windows.assign(name=region_names(windows)), rows, pd.concat(steps, ignore_index=True)


def measure(paths, windows, sizes, genome, summary="mean", width=None, threads=1):
    """The signal of windows in bigWig files.

    Parameters
    ----------
    paths : sequence of (str or Path), length n_targets
    windows : pandas.DataFrame
        ``chrom start end``.
    sizes : dict of str to int
        Length of every chromosome of the genome, in bp.
    genome : str or Path
        What to call the genome in an error message.
    summary : {"mean", "max", "sum"}
        See :func:`cam.sources.signal.summarise`.
    width : int, optional
        What the signal is taken over, in bp, around the middles of the windows; by default as wide as they are.
    threads : int
        How many files are read at the same time.

    Returns
    -------
    values : numpy.ndarray of float32, shape (n, n_targets)
    without : numpy.ndarray of bool, shape (n,)
        Where no base has a value in the file of some target.

    Raises
    ------
    InputError
        If a file cannot be read, is none or damaged, or of another genome.
    """
    middle = (windows["start"] + windows["end"]) // 2
    start = windows["start"] if width is None else middle - width // 2
    wide = pd.DataFrame({"chrom": windows["chrom"], "start": start})
    wide["end"] = windows["end"] if width is None else start + width
    wide["chrom"] = wide["chrom"].astype("category")  # which is quick to hand on
    values = np.empty((len(windows), len(paths)), dtype=np.float32)
    without = np.zeros(len(windows), dtype=bool)
    calls = [(path, wide, summary, sizes, genome) for path in paths]
    measured = signal_files.apart(_measure_one, calls, threads, seconds=10 + len(windows) / 1000)
    with progress(total=len(paths), unit="file", desc="signal") as bar:
        for column, (found, known) in enumerate(measured):
            values[:, column] = found
            without |= ~known
            bar.update()
    return values, without


def _measure_one(path, windows, summary, sizes, genome):
    own_sizes = signal_files.bigwig_sizes(path)
    expect_agreement(own_sizes, sizes, path, genome)
    for chrom, length in own_sizes.items():
        if sizes.get(chrom, length) != length:
            raise InputError(
                f"{path}: found the chromosome '{chrom}' of {length} bp, which has {sizes[chrom]} bp in {genome}; "
                "expected signal on the same assembly"
            )
    return signal_files.summarise(path, windows, summary)


def transform(values, how, targets):
    """Transform values; the regions of all splits take part.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n, n_targets)
    how : {"none", "log1p", "quantile", "z"}
        ``log1p``: log(1 + value). ``quantile``: see :func:`normalise_quantiles`. ``z``: each target gets the mean 0
        and the standard deviation 1.
    targets : sequence of str

    Returns
    -------
    numpy.ndarray of float32, shape (n, n_targets)

    Raises
    ------
    InputError
        If there is no logarithm of a value.
    """
    if how == "none":
        return values
    if how == "log1p":
        if (values < 0).any():
            row, column = np.argwhere(values < 0)[0]
            raise InputError(
                f"config, source.transform: found log1p, but {values[row, column]:g} for '{targets[column]}' in region "
                f"{row + 1}, expected values that are not negative; take none, quantile or z"
            )
        return np.log1p(values)
    if how == "quantile":
        return normalise_quantiles(values)
    centred = values.astype(float) - values.mean(axis=0, dtype=float)
    spread = np.where(np.ptp(values, axis=0) > 0, centred.std(axis=0), 1)
    return (centred / spread).astype(np.float32)


def normalise_quantiles(values):
    """Give every target the same distribution (Bolstad et al. 2003).

    The smallest values of all targets are replaced by their mean, and so are the second smallest, and so on. Where a
    target has the same value several times, these get the mean of what stands in their places.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n, n_targets)

    Returns
    -------
    numpy.ndarray of float32, shape (n, n_targets)
    """
    reference = np.zeros(len(values))
    for column in values.T:
        reference += np.sort(column)
    reference /= values.shape[1]
    normalised = np.empty_like(values)
    for number, column in enumerate(values.T):
        order = np.argsort(column, kind="stable")
        begins = np.flatnonzero(np.diff(column[order], prepend=-np.inf) > 0)
        counts = np.diff(begins, append=len(column))
        normalised[order, number] = np.repeat(np.add.reduceat(reference, begins) / counts, counts)
    return normalised


def most_variable(values, n):
    """The regions whose values vary most across targets.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n_regions, n_targets)
        Transformed.
    n : int or None
        How many; None for all.

    Returns
    -------
    keep : numpy.ndarray of bool, shape (n_regions,)
        Those with the largest variances; of equal ones, the first.
    steps : pandas.DataFrame
        ``step regions``.

    Raises
    ------
    InputError
        If some are to be chosen, but there is only one target.
    """
    keep = np.ones(len(values), dtype=bool)
    if n is None:
        return keep, _steps()
    if values.shape[1] < 2:
        raise InputError(
            f"config, source.variable: found {n}, but one target, across which nothing varies; expected no such key"
        )
    keep[np.argsort(-values.var(axis=1, dtype=float), kind="stable")[n:]] = False
    return keep, _steps(
        (f"left out: less variable across targets than {n} others (source.variable)", int((~keep).sum()))
    )


def strength_weights(values):
    """How much regions count, by their strength: the mean over targets of the signal relative to the target's mean.

    The noise of a count is, on the scale of logarithms, 1 / count, and beside it there is that of the experiment, taken
    to be as large for a region of median strength. The weight is the inverse of both together: 1 for such a region,
    towards 2 for the strongest ones, and never less than 0.1.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n, n_targets)
        Before they are transformed.

    Returns
    -------
    numpy.ndarray of float32, shape (n,)

    Raises
    ------
    InputError
        If a value is negative, so that it is no strength.
    """
    if (values < 0).any():
        raise InputError(
            f"config, source.weights: found strength, but {values.min():g} among the values, expected signal, which is "
            "not negative; take none"
        )
    means = values.mean(axis=0, dtype=float)
    strength = (values / np.where(means > 0, means, 1)).mean(axis=1)
    total = strength + np.median(strength)
    return np.maximum(2 * strength / np.where(total > 0, total, 1), _LEAST_WEIGHT).astype(np.float32)


def describe_signal(values, targets, how):
    """The signal of every target, before it is transformed.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n, n_targets)
    targets : sequence of str
    how : str
        The transformation that follows.

    Returns
    -------
    pandas.DataFrame
        ``target total relative_total mean median maximum zero_share transform``: the sum over regions, the same divided
        by the median of all targets, and the share of regions with the value 0.
    """
    total = values.sum(axis=0, dtype=float)
    median = np.median(total)
    return pd.DataFrame(
        {
            "target": list(targets),
            "total": total,
            "relative_total": total / median if median else np.nan,
            "mean": total / len(values),
            "median": np.median(values, axis=0),
            "maximum": values.max(axis=0),
            "zero_share": (values == 0).mean(axis=0),
            "transform": how,
        }
    )


def uneven_libraries(described):
    """Say it where totals of signal differ more than a normalised experiment's do.

    Parameters
    ----------
    described : pandas.DataFrame
        From :func:`describe_signal`.

    Returns
    -------
    str
        A sentence, or nothing. Totals that are negative are none of libraries.
    """
    total = described["total"].to_numpy()
    if (total < 0).any() or total.max() <= _MOST_UNEVEN * total.min():
        return ""
    low, high = (described["target"][place] for place in (int(total.argmin()), int(total.argmax())))
    return (
        f"the total signal of '{high}' ({total.max():.4g}) is more than {_MOST_UNEVEN} times that of '{low}' "
        f"({total.min():.4g}), as of libraries of different size; normalise the signal, or set source.transform to "
        "quantile or z"
    )
