"""How well real numbers are predicted, such as accessibility: Pearson correlations of regions and of targets."""

import numpy as np
import pandas as pd

from .bootstrap import draws, interval, with_macro

OF_REGIONS = ("region_pearson", "region_pearson_median")
OF_TARGETS = ("pearson", "centred_pearson")
BOOTSTRAPPED = OF_REGIONS + OF_TARGETS
OTHERS = ("mean_profile",)


def pearson(first, second, axis):
    """Pearson correlations along an axis.

    Parameters
    ----------
    first, second : numpy.ndarray of float, shape (n, n_targets)
    axis : {0, 1}
        0 for a correlation per target, across regions; 1 for one per region, across targets.

    Returns
    -------
    numpy.ndarray of float, shape (n_targets,) or (n,)
        Missing where either side is constant.
    """
    varies = (np.ptp(first, axis) > 0) & (np.ptp(second, axis) > 0)
    first, second = (each - each.mean(axis, keepdims=True) for each in (first.astype(float), second.astype(float)))
    norm = np.sqrt((first**2).sum(axis) * (second**2).sum(axis))
    found = np.divide((first * second).sum(axis), norm, out=np.full(norm.shape, np.nan), where=varies & (norm > 0))
    return np.clip(found, -1, 1)


def centre(values):
    """Subtract from each region its mean over targets; what is constant becomes 0, without rounding.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n, n_targets)

    Returns
    -------
    numpy.ndarray of float64, shape (n, n_targets)
    """
    centred = values - values.mean(1, keepdims=True, dtype=float)
    return np.where(np.ptp(values, 1, keepdims=True) > 0, centred, 0.0)


def with_profile(values, profile):
    """The correlation of each region with one profile: what a model gets that does not look at the sequence.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n, n_targets)
    profile : numpy.ndarray of float, shape (n_targets,)
        The mean of the training regions.

    Returns
    -------
    numpy.ndarray of float, shape (n,)
    """
    return pearson(values, np.broadcast_to(profile, values.shape), 1)


def predictions(logits):
    """The model's outputs as they are."""
    return logits


def reference(responses):
    """What test regions are judged by: the mean of the training regions, shape (n_targets,)."""
    return responses.train_means


def score(values, predictions, profile, targets):
    """Correlations of values and predictions, per target, of regions, and averaged.

    Parameters
    ----------
    values, predictions : numpy.ndarray of float, shape (n, n_targets)
    profile : numpy.ndarray of float, shape (n_targets,)
        The mean of the training regions.
    targets : sequence of str

    Returns
    -------
    dict
        Per target ``pearson`` across regions, ``centred_pearson``, the same after subtracting from each region its mean
        over targets (how open a region is altogether does not count; a model trained by correlation never learns it),
        and ``n``. Under ``macro`` the means of both over targets; ``region_pearson`` and ``region_pearson_median``, the
        mean and median over regions of the correlation across targets; ``mean_profile``, the mean of
        :func:`with_profile`; ``n``, and how many regions and targets are constant, so that they have no correlation and
        are left out of means: ``regions_left_out``, ``targets_left_out``. A correlation that does not exist is None.
    """
    of_regions = pearson(values, predictions, 1)
    of_targets = np.stack([pearson(values, predictions, 0), pearson(centre(values), centre(predictions), 0)], 1)
    result = {
        target: {name: _number(found) for name, found in zip(OF_TARGETS, row, strict=True)} | {"n": len(values)}
        for target, row in zip(targets, of_targets, strict=True)
    }
    result["macro"] = {
        "region_pearson": _mean(of_regions),
        "region_pearson_median": _mean(of_regions, np.median),
        **{name: _mean(column) for name, column in zip(OF_TARGETS, of_targets.T, strict=True)},
        "mean_profile": _mean(with_profile(values, profile)),
        "n": len(values),
        "regions_left_out": int(np.isnan(of_regions).sum()),
        "targets_left_out": int(np.isnan(of_targets[:, 0]).sum()),
    }
    return result


def _mean(found, average=np.mean):
    known = found[~np.isnan(found)]
    return float(average(known)) if len(known) else None


def _number(found):
    return None if np.isnan(found) else float(found)


def resampler(values, predictions):
    """Prepare the scoring of many resamples of the regions at once.

    A resample is how often it holds each region. The correlation of a region is the same in all of them, and those of
    targets follow from the means of values, predictions, their squares and products: all of that is prepared once, and
    a resample is a product with a matrix.

    Parameters
    ----------
    values, predictions : numpy.ndarray of float, shape (n, n_targets)

    Returns
    -------
    callable
        From counts, of int, shape (n_resamples, n), to two arrays of float: shape (n_resamples, 2), the mean and the
        median over regions of their correlations; shape (n_resamples, n_targets, 2), Pearson and centred Pearson of the
        targets. Missing where a resample is constant.
    """
    of_regions = pearson(values, predictions, 1)
    known = np.argsort(of_regions)[: (~np.isnan(of_regions)).sum()]
    ordered = of_regions[known]
    n, n_targets = values.shape
    moments = np.empty((n, len(OF_TARGETS), 5, n_targets))
    for place, pair in enumerate([(values, predictions), (centre(values), centre(predictions))]):
        x, y = map(_standardised, pair)
        for moment, column in enumerate((x, y, x * x, y * y, x * y)):
            moments[:, place, moment] = column
    moments = moments.reshape(n, -1)

    def score(counts):
        weights = counts[:, known]
        total, up_to = weights.sum(1), weights.cumsum(1)
        regions = np.full((len(counts), len(OF_REGIONS)), np.nan)
        some = total > 0
        if some.any():
            middle = [(up_to[some] <= rank[some, None]).sum(1) for rank in ((total - 1) // 2, total // 2)]
            regions[some] = np.stack([weights[some] @ ordered / total[some], ordered[middle].mean(0)], 1)

        means = (counts.astype(float) @ moments).reshape(len(counts), len(OF_TARGETS), 5, n_targets)
        means /= counts.sum(1)[:, None, None, None]
        x, y, xx, yy, xy = means.transpose(2, 0, 3, 1)
        variances = np.stack([xx - x**2, yy - y**2])
        variances[:, (variances < 1e-12).any(0)] = np.nan  # of a whole that is 1; what is left is rounding
        return regions, np.clip((xy - x * y) / np.sqrt(variances.prod(0)), -1, 1)

    return score


def _standardised(values):
    """Every target with mean 0 and variance 1, or 0 throughout where it is constant."""
    values = values.astype(float)
    deviations = values - values.mean(0)
    return np.divide(deviations, values.std(0), out=np.zeros_like(values), where=np.ptp(values, 0) > 0)


def bootstrap(values, predictions, resamples=1000, seed=1, blocks=None):
    """Score bootstrap resamples: as many blocks of regions, drawn with replacement.

    Parameters
    ----------
    values, predictions : numpy.ndarray of float, shape (n, n_targets)
    resamples : int
    seed : int
    blocks : numpy.ndarray of int, shape (n,), optional
        As from :func:`cam.evaluation.bootstrap.blocks_of`; by default every region is a block of its own.

    Returns
    -------
    tuple of numpy.ndarray
        As from the function that :func:`resampler` returns. Given seed and blocks, the resamples are the same for all
        models.
    """
    score = resampler(values, predictions)
    blocks = np.arange(len(values)) if blocks is None else blocks
    parts = [score(counts) for counts in draws(blocks, resamples, seed)]
    return tuple(map(np.concatenate, zip(*parts, strict=True)))


def _by_name(of_regions, of_targets, targets):
    """Target or ``macro``, and metric, to its scores on all resamples."""
    found = {("macro", metric): of_regions[:, m] for m, metric in enumerate(OF_REGIONS)}
    for name, scores in with_macro(of_targets, targets):
        found |= {(name, metric): scores[:, m] for m, metric in enumerate(OF_TARGETS)}
    return found


def intervals(values, predictions, targets, resamples=1000, seed=1, blocks=None):
    """95 % confidence intervals of correlations: percentiles of the bootstrap over blocks of regions.

    Parameters
    ----------
    values, predictions, resamples, seed, blocks
        As for :func:`bootstrap`.
    targets : sequence of str

    Returns
    -------
    dict
        Under ``macro`` the intervals of the four averages of :func:`score`, per target those of its two
        correlations: ``region_pearson_interval`` and so on, [low, high] or None; and ``resamples``, how many that of
        ``pearson`` rests on.
    """
    result = {}
    for (name, metric), drawn in _by_name(*bootstrap(values, predictions, resamples, seed, blocks), targets).items():
        result.setdefault(name, {})[f"{metric}_interval"] = interval(drawn)
        if metric == "pearson":
            result[name]["resamples"] = int((~np.isnan(drawn)).sum())
    return result


def compare(values, first, second, targets, resamples=1000, seed=1, blocks=None):
    """Differences of two models' correlations with 95 % intervals, both scored on the same resamples.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n, n_targets)
    first, second : numpy.ndarray of float, shape (n, n_targets)
        The models' predictions.
    targets : sequence of str
    resamples, seed, blocks
        As for :func:`bootstrap`.

    Returns
    -------
    pandas.DataFrame
        ``target metric difference low high``, for ``macro`` and every target: ``difference`` is the score of the first
        model less that of the second. Missing where either does not exist.
    """
    drawn = [_by_name(*bootstrap(values, each, resamples, seed, blocks), targets) for each in (first, second)]
    whole = np.ones((1, len(values)), dtype=int)
    own = [_by_name(*resampler(values, each)(whole), targets) for each in (first, second)]
    rows = [
        (*name, *(own[0][name] - own[1][name]), *(interval(drawn[0][name] - drawn[1][name]) or (np.nan, np.nan)))
        for name in own[0]
    ]
    return pd.DataFrame(rows, columns=["target", "metric", "difference", "low", "high"])
