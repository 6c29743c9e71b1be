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
from .split import SPLITS

SPLIT_STATED = "split as the data state it"
_MOST_UNEVEN = 10  # times that the largest total of signal may be the smallest
_LEAST_WEIGHT = 0.1
_SPLIT_OF = {name: name for name in SPLITS} | {"val": "validation"}  # as the data may spell it


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


def read_signal(paths, named, samples, width, chromosomes, settings, split, threads=1):
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
    split : mapping
        See :func:`cam.data.split.assign_split`. Chromosomes win over a split that the data state, and shares do not.
    threads : int
        How many bigWig files are read at the same time.

    Returns
    -------
    windows : pandas.DataFrame
        ``chrom start end name``; see :func:`place_windows`. And ``split``, where the data state it.
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
    if not samples and (words := signal_files.read_split(source)) is not None:
        if isinstance(split["test"], list):
            told = "split stated in the data, in place of which the chromosomes of the configuration (split) are used"
        else:
            told, windows["split"] = SPLIT_STATED, parse_split(words, regions, source)[rows]
        steps.loc[len(steps)] = (told, len(windows))
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


def parse_split(words, regions, where):
    """The split of each region, as the data state it.

    Parameters
    ----------
    words : sequence of str, length n
        ``train``, ``val`` or ``validation``, and ``test``.
    regions : pandas.DataFrame
        ``chrom start end``.
    where : str or Path
        What to call the data in an error message.

    Returns
    -------
    numpy.ndarray of str, shape (n,)
        ``train``, ``validation`` or ``test``.

    Raises
    ------
    InputError
        Naming the first region with any other word.
    """
    unknown = [row for row, word in enumerate(words) if word not in _SPLIT_OF]
    if unknown:
        chrom, start, end = regions.iloc[unknown[0]][INTERVAL]
        raise InputError(
            f"{where}, column 'split': found '{words[unknown[0]]}' for {chrom}:{start}-{end}, expected train, val or "
            "test; correct it, or name chromosomes under split in the configuration, which are then used instead"
        )
    return np.array([_SPLIT_OF[word] for word in words], dtype=object)


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


def prepare_values(regions, targets, settings):
    """Transform the values of regions, keep the most variable regions, and weigh them.

    Whatever is fitted is fitted on the training regions alone and applied to all: what values are transformed by
    (:func:`transform`), from which variance on regions are kept (:func:`most_variable`), and what strength is relative
    to (:func:`strength_weights`). So a training region is the same whatever the values of validation and test.

    Parameters
    ----------
    regions : pandas.DataFrame
        ``split``, one column of values per target, and any others.
    targets : sequence of str
    settings : mapping
        ``transform``, ``weights`` (``none`` or ``strength``) and, optionally, ``variable``.

    Returns
    -------
    regions : pandas.DataFrame
        Those that are kept, with the columns given.
    keep : numpy.ndarray of bool, shape (n,)
        Which of the given ones these are.
    weights : numpy.ndarray of float32, shape (n_kept,), or None
        None where all regions count the same.
    steps : pandas.DataFrame
        ``step regions``.

    Raises
    ------
    InputError
        As the functions named, or if a split ends up without regions.
    """
    measured, train = regions[list(targets)].to_numpy(dtype=np.float32), (regions["split"] == "train").to_numpy()
    values = transform(measured, settings["transform"], targets, train)
    keep, steps = most_variable(values, settings.get("variable"), train)
    for name in regions["split"].unique():
        if not (regions["split"][keep] == name).any():
            raise InputError(
                f"config, source.variable: found {settings['variable']}, with which no region is left for {name}, "
                "expected a larger number"
            )
    weights = strength_weights(measured[keep], train[keep]) if settings["weights"] == "strength" else None
    others = regions.drop(columns=list(targets))
    regions = pd.concat([others, pd.DataFrame(values, columns=list(targets), index=regions.index)], axis=1)
    return regions[keep].reset_index(drop=True), keep, weights, steps


def transform(values, how, targets, train):
    """Transform values.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n, n_targets)
    how : {"none", "log1p", "quantile", "z"}
        ``log1p``: log(1 + value). ``quantile``: see :func:`normalise_quantiles`. ``z``: each target gets the mean 0
        and the standard deviation 1 over the training regions.
    targets : sequence of str
    train : numpy.ndarray of bool, shape (n,)
        The training regions, on which the last two are fitted.

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
        return normalise_quantiles(values, train)
    fitted = values[train]
    spread = np.where(np.ptp(fitted, axis=0) > 0, fitted.std(axis=0, dtype=float), 1)
    return ((values.astype(float) - fitted.mean(axis=0, dtype=float)) / spread).astype(np.float32)


def normalise_quantiles(values, train):
    """Give every target the same distribution (Bolstad et al. 2003), which is that of the training regions.

    Of the training regions, the smallest values of all targets are replaced by their mean, and so are the second
    smallest, and so on. Where a target has the same value several times, these get the mean of what stands in their
    places. The value of any other region is interpolated between those of the training regions next to it; beyond all
    of them it gets the lowest or the highest.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n, n_targets)
    train : numpy.ndarray of bool, shape (n,)

    Returns
    -------
    numpy.ndarray of float32, shape (n, n_targets)
    """
    reference = np.zeros(np.count_nonzero(train))
    for column in values.T:
        reference += np.sort(column[train])
    reference /= values.shape[1]
    normalised = np.empty_like(values)
    for number, column in enumerate(values.T):
        known = np.sort(column[train])
        begins = np.flatnonzero(np.diff(known, prepend=-np.inf) > 0)
        means = np.add.reduceat(reference, begins) / np.diff(begins, append=len(known))
        normalised[:, number] = np.interp(column, known[begins], means)
    return normalised


def most_variable(values, n, train):
    """The regions whose values vary most across targets.

    From which variance on a region is kept is decided on the training regions: it is their share of ``n`` that has it.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n_regions, n_targets)
        Transformed.
    n : int or None
        How many, about; None for all.
    train : numpy.ndarray of bool, shape (n_regions,)

    Returns
    -------
    keep : numpy.ndarray of bool, shape (n_regions,)
        Those with that variance or a larger one.
    steps : pandas.DataFrame
        ``step regions``.

    Raises
    ------
    InputError
        If some are to be chosen, but there is only one target.
    """
    if n is None:
        return np.ones(len(values), dtype=bool), _steps()
    if values.shape[1] < 2:
        raise InputError(
            f"config, source.variable: found {n}, but one target, across which nothing varies; expected no such key"
        )
    variance = values.var(axis=1, dtype=float)
    n_train = min(max(round(n * train.mean()), 1), np.count_nonzero(train))
    keep = variance >= -np.sort(-variance[train])[n_train - 1]
    told = f"left out of these: less variable across targets than the {n_train} most variable training regions"
    return keep, _steps(
        (f"{told} (source.variable: {n})", int((~keep).sum())), ("kept: the most variable", int(keep.sum()))
    )


def strength_weights(values, train):
    """How much regions count, by their strength: the mean over targets of the signal relative to the target's mean.

    The noise of a count is, on the scale of logarithms, 1 / count, and beside it there is that of the experiment, taken
    to be as large for a region of median strength. The weight is the inverse of both together: 1 for such a region,
    towards 2 for the strongest ones, and never less than 0.1. Mean and median are those of the training regions.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (n, n_targets)
        Before they are transformed.
    train : numpy.ndarray of bool, shape (n,)

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
    means = values[train].mean(axis=0, dtype=float)
    strength = (values / np.where(means > 0, means, 1)).mean(axis=1)
    total = strength + np.median(strength[train])
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
