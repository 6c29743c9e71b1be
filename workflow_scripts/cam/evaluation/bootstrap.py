"""Confidence intervals: resamples of blocks of neighbouring regions."""

import numpy as np
import pandas as pd

PERCENTILES = (2.5, 97.5)  # of a 95 % interval
BATCH = 32  # resamples scored at a time, which the processor's cache holds
BLOCK = 1_000_000  # bp, of the bootstrap
LEAST_BLOCKS = 50  # of which percentiles can be trusted


def blocks_of(regions, size=BLOCK, least=LEAST_BLOCKS):
    """Divide the chromosomes into blocks, which the bootstrap draws whole.

    Regions that are near each other are alike: in composition, in the domain of chromatin they lie in, or because they
    overlap. Drawn one by one they count as independent, and intervals become too narrow (Künsch, Annals of Statistics
    1989; for genomes Bickel et al., Annals of Applied Statistics 2010).

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, which are missing where positions are not known.
    size : int
        Of a block, in bp. It is halved until there are at least ``least`` blocks, or it is no more than a region's
        width.
    least : int

    Returns
    -------
    blocks : numpy.ndarray of int, shape (n,)
        The block in which the middle of each region lies, from 0. A region without a position is a block of its own,
        and so is every region where there are too few blocks of any size.
    size : int or None
        In bp; None where every region is a block of its own.
    """
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


def with_macro(scores, targets):
    """Put the mean of the targets before them.

    Parameters
    ----------
    scores : numpy.ndarray of float, shape (n_resamples, n_targets, n_metrics)
        May be missing.
    targets : sequence of str

    Returns
    -------
    list of (str, numpy.ndarray of float, shape (n_resamples, n_metrics))
        ``macro``, the mean of the targets that a resample defines, then every target.
    """
    n_defined = (~np.isnan(scores)).sum(axis=1)
    macro = np.divide(np.nansum(scores, axis=1), n_defined, out=np.full(n_defined.shape, np.nan), where=n_defined > 0)
    return [("macro", macro), *zip(targets, scores.transpose(1, 0, 2), strict=True)]


def interval(drawn):
    """The 95 % interval of scores on resamples, [low, high], or None if none is known; missing ones are left out."""
    drawn = drawn[~np.isnan(drawn)]
    return np.percentile(drawn, PERCENTILES).tolist() if len(drawn) else None
