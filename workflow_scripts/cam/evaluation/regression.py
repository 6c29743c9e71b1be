"""How well real numbers are predicted, such as accessibility: Pearson correlations of regions and of targets."""

import numpy as np

from .bootstrap import with_macro

OF_REGIONS = ("region_pearson", "region_pearson_median")
OF_TARGETS = ("pearson", "centred_pearson")
BOOTSTRAPPED = OF_REGIONS + OF_TARGETS
OTHERS = ("mean_profile",)


def metrics_of(targets):
    """The metrics of regions and those of targets that there are: across a single target, nothing correlates."""
    return (OF_REGIONS, OF_TARGETS) if len(targets) > 1 else ((), OF_TARGETS[:1])


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
        are left out of means: ``regions_left_out``, ``targets_left_out``. A correlation that does not exist is None. Of
        a single target there is no more than ``pearson``, ``n`` and ``targets_left_out``.
    """
    metrics_of_regions, metrics_of_targets = metrics_of(targets)
    of_targets = np.stack([pearson(*pair, 0) for pair in _pairs(values, predictions, metrics_of_targets)], 1)
    result = {
        target: {name: _number(found) for name, found in zip(metrics_of_targets, row, strict=True)} | {"n": len(values)}
        for target, row in zip(targets, of_targets, strict=True)
    }
    macro = {name: _mean(column) for name, column in zip(metrics_of_targets, of_targets.T, strict=True)}
    if metrics_of_regions:
        of_regions = pearson(values, predictions, 1)
        means = _mean(of_regions), _mean(of_regions, np.median)
        macro = dict(zip(metrics_of_regions, means, strict=True)) | macro
        macro["mean_profile"] = _mean(with_profile(values, profile))
        macro["regions_left_out"] = int(np.isnan(of_regions).sum())
    result["macro"] = macro | {"n": len(values), "targets_left_out": int(np.isnan(of_targets[:, 0]).sum())}
    return result


def _pairs(values, predictions, metrics):
    """Values and predictions as they are, then, if there is that metric, less the mean of each region."""
    return [(values, predictions), (centre(values), centre(predictions))][: len(metrics)]


def _mean(found, average=np.mean):
    known = found[~np.isnan(found)]
    return float(average(known)) if len(known) else None


def _number(found):
    return None if np.isnan(found) else float(found)


def resampler(values, predictions, profile, targets):
    """Score many resamples of the regions at once; see :func:`cam.evaluation.bootstrap.bootstrap`.

    A resample is how often it holds each region. The correlation of a region is the same in all of them, and those of
    targets follow from the means of values, predictions, their squares and products: all of that is prepared once, and
    a resample is a product with a matrix.

    Parameters
    ----------
    values, predictions : numpy.ndarray of float, shape (n, n_targets)
    profile : numpy.ndarray of float, shape (n_targets,)
        As for scores of all regions; nothing that has an interval is held against it.
    targets : sequence of str

    Returns
    -------
    callable
        From counts, of int, shape (n_resamples, n), to a dict of ``macro`` or target, and metric, to scores of shape
        (n_resamples,): ``region_pearson`` and ``region_pearson_median`` (of ``macro``), ``pearson`` and
        ``centred_pearson``. Missing where a resample is constant. Of a single target there is ``pearson`` alone.
    """
    metrics_of_regions, metrics_of_targets = metrics_of(targets)
    of_regions = pearson(values, predictions, 1)
    known = np.argsort(of_regions)[: (~np.isnan(of_regions)).sum()]
    ordered = of_regions[known]
    n, n_targets = values.shape
    moments = np.empty((n, len(metrics_of_targets), 5, n_targets))
    for place, pair in enumerate(_pairs(values, predictions, metrics_of_targets)):
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

        means = (counts.astype(float) @ moments).reshape(len(counts), len(metrics_of_targets), 5, n_targets)
        means /= counts.sum(1)[:, None, None, None]
        x, y, xx, yy, xy = means.transpose(2, 0, 3, 1)
        variances = np.stack([xx - x**2, yy - y**2])
        variances[:, (variances < 1e-12).any(0)] = np.nan  # of a whole that is 1; what is left is rounding
        of_targets = np.clip((xy - x * y) / np.sqrt(variances.prod(0)), -1, 1)
        named = {("macro", metric): regions[:, m] for m, metric in enumerate(metrics_of_regions)}
        return named | with_macro(of_targets, targets, metrics_of_targets)

    return score


def _standardised(values):
    """Every target with mean 0 and variance 1, or 0 throughout where it is constant."""
    values = values.astype(float)
    deviations = values - values.mean(0)
    return np.divide(deviations, values.std(0), out=np.zeros_like(values), where=np.ptp(values, 0) > 0)
