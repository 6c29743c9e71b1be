"""What the user's peaks are like: their numbers, widths and scores, and how far replicates and targets agree."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from .peaks import merged, nearest_of

QUANTILES = (5, 25, 50, 75, 95)  # per cent
TOPS = (10, 25, 50)  # per cent of the peaks that two files share
_MOST_PAIRS = 50  # of files of a target that are compared; of more, so many are drawn at random
_AT_ONCE = 50_000  # regions


def describe_peaks(counts, files, inside):
    """Describe the peaks that are used of every file.

    Parameters
    ----------
    counts : pandas.DataFrame
    files : sequence of Peaks
        As from :func:`cam.data.peaks.read_files`.
    inside : numpy.ndarray of float, shape (n_files,)
        As from :func:`cam.data.peaks.share_inside`.

    Returns
    -------
    pandas.DataFrame
        ``counts``, ``in_candidates`` (the share of peaks with a summit in a candidate region), and percentiles of
        widths (in bp) and scores, ``width_5`` … ``width_95`` and ``score_5`` … ``score_95``; the latter are missing
        where there are no scores.
    """
    columns = {"in_candidates": inside}
    for name, values in (("width", [p.end - p.start for p in files]), ("score", [p.score for p in files])):
        quantiles = np.array([np.percentile(some, QUANTILES) for some in values])
        columns |= {f"{name}_{share}": column for share, column in zip(QUANTILES, quantiles.T, strict=True)}
    return counts.assign(**columns)


def compare_files(samples, files, seed=1):
    """Compare the files of each target with one another.

    Two peaks are shared if they overlap and the summit of each is the nearest to that of the other.

    Parameters
    ----------
    samples, files
        See :func:`cam.data.peaks.read_files`.
    seed : int
        Of the pairs that are drawn where there are over 50 of a target.

    Returns
    -------
    pandas.DataFrame
        ``pairs target first second jaccard shared spearman top_10 top_25 top_50``: ``pairs`` is ``files``, ``first``
        and ``second`` are paths, ``jaccard`` is that of the bases in peaks, as bedtools has it, ``shared`` the number
        of shared peaks and ``spearman`` the correlation of the ranks of their scores. ``top_10`` tells, as the
        correspondence curve behind IDR does, which share of their best 10 % by the one file's scores is among the best
        10 % by the other's: 1 where the ranks agree, 0.1 where they have nothing to do with each other. Those on scores
        are missing where there are none, or all are the same.
    """
    rng, rows, numbers_of = np.random.default_rng(seed), [], {}
    for number, sample in enumerate(samples):
        numbers_of.setdefault(sample.target, []).append(number)
    for target, numbers in numbers_of.items():
        pairs = list(combinations(numbers, 2))
        if len(pairs) > _MOST_PAIRS:
            pairs = [pairs[chosen] for chosen in np.sort(rng.choice(len(pairs), _MOST_PAIRS, replace=False))]
        for one, other in pairs:
            agreement = jaccard(files[one], files[other]), *_rank_agreement(*_shared(files[one], files[other]))
            rows.append(("files", target, samples[one].path, samples[other].path, *agreement))
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = [
    "pairs", "target", "first", "second", "jaccard", "shared", "spearman", *(f"top_{top}" for top in TOPS)
]  # fmt: skip


def compare_targets(labels, targets):
    """Compare the bound regions of each target with those of each other.

    Parameters
    ----------
    labels : numpy.ndarray of int8, shape (n_regions, n_targets)
        As from :func:`cam.data.peaks.label_peaks`.
    targets : sequence of str

    Returns
    -------
    pandas.DataFrame
        The columns of :func:`compare_files`: ``pairs`` is ``targets``, ``first`` and ``second`` are targets, ``shared``
        is the number of regions that both bind, ``jaccard`` its share of those that either does.
    """
    shared = np.zeros((len(targets), len(targets)))
    for first in range(0, len(labels), _AT_ONCE):
        bound = (labels[first : first + _AT_ONCE] == 1).astype(np.float32)
        shared += bound.T @ bound
    one, other = np.triu_indices(len(targets), 1)
    both = shared[one, other]
    either = np.diag(shared)[one] + np.diag(shared)[other] - both
    names = np.array(targets, dtype=object)
    columns = {"pairs": "targets", "first": names[one], "second": names[other]}
    columns |= {"jaccard": both / np.where(either, either, np.nan), "shared": both.astype(int)}
    return pd.DataFrame(columns).reindex(columns=_COLUMNS)


def jaccard(one, other):
    """Bases in peaks of both files, as a share of those in peaks of either; ``one`` and ``other`` are Peaks."""
    first, second = merged(one.start, one.end), merged(other.start, other.end)
    both = (_covered_before(*second, first[1]) - _covered_before(*second, first[0])).sum()
    return both / ((first[1] - first[0]).sum() + (second[1] - second[0]).sum() - both)


def _covered_before(start, end, places):
    """How many bases of merged intervals lie before each place."""
    number = np.searchsorted(start, places)
    beyond = np.where(number > 0, np.maximum(end[number - 1] - places, 0), 0)
    return np.append(0, np.cumsum(end - start))[number] - beyond


def _shared(one, other):
    """The scores of the peaks that two files share: two arrays of float, shape (n_shared,)."""
    order, other_order = np.argsort(one.summit, kind="stable"), np.argsort(other.summit, kind="stable")
    summits, other_summits = one.summit[order], other.summit[other_order]
    nearest = nearest_of(summits, other_summits)
    mutual = np.flatnonzero(nearest_of(other_summits, summits)[nearest] == np.arange(len(order)))
    rows, other_rows = order[mutual], other_order[nearest[mutual]]
    overlap = (one.start[rows] < other.end[other_rows]) & (other.start[other_rows] < one.end[rows])
    return one.score[rows[overlap]], other.score[other_rows[overlap]]


def _rank_agreement(scores, others):
    """How many scores there are, the correlation of their ranks, and how far their best agree."""
    n = len(scores)
    if n < 3 or not np.ptp(scores) > 0 or not np.ptp(others) > 0:
        return (n, *[np.nan] * (1 + len(TOPS)))
    ranked, others_ranked = (np.argsort(-values, kind="stable") for values in (scores, others))
    best = [-(-n * top // 100) for top in TOPS]
    agreement = [len(np.intersect1d(ranked[:some], others_ranked[:some], True)) / some for some in best]
    return (n, spearmanr(scores, others).statistic, *agreement)
