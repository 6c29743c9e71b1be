"""Confidence intervals: resamples of blocks of regions that are alike, such as neighbours."""

import numpy as np
import pandas as pd

from ..io.tables import read_table

PERCENTILES = (2.5, 97.5)  # of a 95 % interval
BATCH = 32  # resamples scored at a time, which the processor's cache holds
BLOCK = 1_000_000  # bp, of the bootstrap
LEAST_BLOCKS = 50  # of which percentiles can be trusted


def blocks_of(regions, size=BLOCK, least=LEAST_BLOCKS, groups=None):
    """Divide the chromosomes, or sequences without positions, into blocks, which the bootstrap draws whole.

    Regions that are near each other are alike: in composition, in the domain of chromatin they lie in, or because they
    overlap. Drawn one by one they count as independent, and intervals become too narrow (Künsch, Annals of Statistics
    1989; for genomes Bickel et al., Annals of Applied Statistics 2010). The same is true of sequences that are nearly
    the same, or the two orientations of one.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, which are missing where positions are not known; with ``groups`` only
        ``name``.
    size : int
        Of a block, in bp. It is halved until there are at least ``least`` blocks, or it is no more than a region's
        width.
    least : int
    groups : pandas.DataFrame, optional
        ``name group`` of these regions and maybe others: groups of near-duplicates
        (:func:`cam.data.duplicates.group_duplicates`), which are then the blocks, however few they are.

    Returns
    -------
    blocks : numpy.ndarray of int, shape (n,)
        The block in which the middle of each region lies, from 0. A region without a position is a block of its own,
        and so is every region where there are too few blocks of any size. With ``groups``, the group of each region.
    size : int or None
        In bp; None where every region is a block of its own, and with ``groups``.
    """
    if groups is not None:
        return pd.factorize(groups.set_index("name")["group"].loc[regions["name"]])[0], None
    alone, known = np.arange(len(regions)), regions["chrom"].notna().to_numpy()
    if not known.any():
        return alone, None
    chrom, start, end = (regions.loc[known, name] for name in ("chrom", "start", "end"))
    middle, chrom = ((start + end) // 2).to_numpy(dtype=np.int64), pd.factorize(chrom)[0]
    width = int((end - start).max())
    while True:
        place = middle // size
        blocks = alone.copy()
        blocks[known] = len(regions) + chrom * (place.max() + 1) + place
        blocks = pd.factorize(blocks)[0]
        if blocks.max() + 1 >= least:
            return blocks, size
        size //= 2
        if size <= width:
            return alone, None


def read_test_regions(regions, groups=()):
    """Read the test regions, and which blocks the bootstrap draws of them.

    Parameters
    ----------
    regions : str or Path
        The table of the regions: ``chrom start end name split``, and others.
    groups : str or Path, optional
        That of the groups of near-duplicates, ``name group``, if these are the blocks.

    Returns
    -------
    names : numpy.ndarray of str, shape (n,)
        Of the test regions.
    blocks, size
        See :func:`blocks_of`.
    """
    columns = ["chrom", "start", "end", "name", "split"]
    table = read_table(regions, usecols=columns, dtype={"chrom": str, "name": str})
    table = table[table["split"] == "test"]
    known = read_table(groups, dtype={"name": str}) if groups else None
    return table["name"].to_numpy(), *blocks_of(table, groups=known)


def draws(blocks, resamples, seed):
    """Draw bootstrap resamples, some at a time: as many blocks of regions as there are, with replacement.

    Parameters
    ----------
    blocks : numpy.ndarray of int, shape (n,)
        The block of each region, from 0; see :func:`blocks_of`.
    resamples, seed : int

    Yields
    ------
    numpy.ndarray of int, shape (at most 32, n)
        A row per resample: how often it holds each of the n regions.
    """
    rng, n = np.random.default_rng(seed), int(blocks.max()) + 1
    for start in range(0, resamples, BATCH):
        size = min(BATCH, resamples - start)
        yield np.stack([np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(size)])[:, blocks]


def with_macro(scores, targets, metrics):
    """Name the scores of targets, behind the means over the targets.

    Parameters
    ----------
    scores : numpy.ndarray of float, shape (n_resamples, n_targets, n_metrics)
        May be missing.
    targets, metrics : sequence of str

    Returns
    -------
    dict of (str, str) to numpy.ndarray of float, shape (n_resamples,)
        ``macro``, the mean of the targets that a resample defines, or target, and metric, to its scores.
    """
    n_defined = (~np.isnan(scores)).sum(axis=1)
    macro = np.divide(np.nansum(scores, axis=1), n_defined, out=np.full(n_defined.shape, np.nan), where=n_defined > 0)
    named = [("macro", macro), *zip(targets, scores.transpose(1, 0, 2), strict=True)]
    return {(name, metric): of_name[:, m] for name, of_name in named for m, metric in enumerate(metrics)}


def bootstrap(score, blocks, resamples=1000, seed=1):
    """Score bootstrap resamples: as many blocks of regions as there are, drawn with replacement.

    Parameters
    ----------
    score : callable
        Of a task and a model, as from :func:`cam.evaluation.binding.resampler` or
        :func:`cam.evaluation.regression.resampler`: from how often each resample holds each region, of shape
        (n_resamples, n), to a dict of ``macro`` or target, and metric, to scores of shape (n_resamples,). Missing where
        a resample does not define them.
    blocks : numpy.ndarray of int, shape (n,)
        As from :func:`blocks_of`.
    resamples, seed : int

    Returns
    -------
    dict of (str, str) to numpy.ndarray of float, shape (resamples,)
        Given seed and blocks, the resamples are the same for all targets and all models.
    """
    parts = [score(counts) for counts in draws(blocks, resamples, seed)]
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def interval(drawn):
    """The 95 % interval of scores on resamples, [low, high], or None if none is known; missing ones are left out."""
    drawn = drawn[~np.isnan(drawn)]
    return np.percentile(drawn, PERCENTILES).tolist() if len(drawn) else None


def intervals(score, blocks, resamples=1000, seed=1):
    """95 % confidence intervals: percentiles of the bootstrap over blocks of regions.

    Parameters
    ----------
    score, blocks, resamples, seed
        As for :func:`bootstrap`.

    Returns
    -------
    dict
        Under ``macro`` and per target ``auroc_interval`` and so on for all metrics, [low, high] or None, and
        ``resamples``, how many that of the targets' first metric rests on.
    """
    drawn, result = bootstrap(score, blocks, resamples, seed), {}
    counted = next(metric for name, metric in drawn if name != "macro")
    for (name, metric), scores in drawn.items():
        result.setdefault(name, {})[f"{metric}_interval"] = interval(scores)
    for name, of_name in result.items():
        of_name["resamples"] = int((~np.isnan(drawn[name, counted])).sum())
    return result


def compare(first, second, blocks, resamples=1000, seed=1):
    """Differences of two models' scores with 95 % intervals, both scored on the same resamples.

    Parameters
    ----------
    first, second : callable
        The models' scores; see :func:`bootstrap`.
    blocks, resamples, seed
        As for :func:`bootstrap`.

    Returns
    -------
    pandas.DataFrame
        ``target metric difference low high``, for ``macro`` and every target: ``difference`` is the score of the first
        model less that of the second. Missing where either does not exist.
    """
    drawn = [bootstrap(score, blocks, resamples, seed) for score in (first, second)]
    own = [score(np.ones((1, len(blocks)), dtype=int)) for score in (first, second)]
    rows = [
        (*key, *(own[0][key] - own[1][key]), *(interval(drawn[0][key] - drawn[1][key]) or (np.nan, np.nan)))
        for key in own[0]
    ]
    return pd.DataFrame(rows, columns=["target", "metric", "difference", "low", "high"])
