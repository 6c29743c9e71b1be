"""How well predictions agree with labels; the statistics are scikit-learn's.

Only bootstrap resamples, which are too many for one call each, are scored by a vectorised computation of the same.
Regions near each other on a chromosome are alike, so the bootstrap draws blocks of a chromosome, not single regions.
"""

import numpy as np
import pandas as pd
from scipy.special import expit

from .bootstrap import intervals, with_macro

BOOTSTRAPPED = ("auroc", "auprc", "mcc")
OTHERS = ("brier", "calibration_error")  # of calibration


def best_threshold(labels, probabilities):
    """The threshold with the largest Matthews correlation coefficient.

    Parameters
    ----------
    labels : numpy.ndarray of float, shape (n,)
        1, 0 or NaN; NaN is left out.
    probabilities : numpy.ndarray of float, shape (n,)

    Returns
    -------
    float
        A probability; a prediction is positive if it is at least this. 0.5 where the labels are all alike.
    """
    from sklearn.metrics import roc_curve

    known = ~np.isnan(labels)
    y, p = labels[known] == 1, probabilities[known]
    n_positive, n_negative = int(y.sum()), int((~y).sum())
    if not n_positive or not n_negative:
        return 0.5
    false_rate, true_rate, thresholds = roc_curve(y, p, drop_intermediate=False)
    tp, fp = true_rate * n_positive, false_rate * n_negative
    fn, tn = n_positive - tp, n_negative - fp
    denominator = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    mcc = np.divide(tp * tn - fp * fn, denominator, out=np.zeros_like(tp), where=denominator > 0)
    return float(thresholds[int(np.argmax(mcc))]) if mcc.max() > 0 else 0.5


def predictions(logits):
    """Probabilities: logits through the sigmoid."""
    return expit(logits)


def reference(responses):
    """What test regions are judged by: each target's threshold with the largest MCC on the regions of validation.

    Parameters
    ----------
    responses : cam.interpretation.responses.Responses

    Returns
    -------
    list of float, length n_targets
        Probabilities.
    """
    pairs = zip(responses.validation_labels.T, predictions(responses.validation_logits).T, strict=True)
    return [best_threshold(*pair) for pair in pairs]


def score(labels, probabilities, thresholds, targets):
    """Metrics of binding predictions, per target and averaged over targets.

    Parameters
    ----------
    labels : numpy.ndarray of float, shape (n, n_targets)
        1, 0 or NaN; NaN is left out.
    probabilities : numpy.ndarray of float, shape (n, n_targets)
    thresholds : sequence of float, shape (n_targets,)
        Chosen on other data, by :func:`best_threshold`.
    targets : sequence of str

    Returns
    -------
    dict
        Per target ``auroc`` (area under the ROC curve), ``auprc`` (average precision), ``mcc``, ``brier`` (mean squared
        difference of probability and label), ``calibration_error`` (see :func:`calibration_error`), ``threshold``,
        ``confusion`` ([[true negatives, false positives], [false negatives, true positives]]), ``n`` and ``positives``;
        under ``macro`` the means of the first five. These are None where the known labels are all alike.
    """
    from sklearn.metrics import (
        average_precision_score,
        brier_score_loss,
        confusion_matrix,
        matthews_corrcoef,
        roc_auc_score,
    )

    result = {}
    for column, target in enumerate(targets):
        known = ~np.isnan(labels[:, column])
        y, p = labels[known, column].astype(int), probabilities[known, column].astype(float)
        called = (p >= thresholds[column]).astype(int)
        both = len(np.unique(y)) == 2
        result[target] = {
            "auroc": float(roc_auc_score(y, p)) if both else None,
            "auprc": float(average_precision_score(y, p)) if both else None,
            "mcc": float(matthews_corrcoef(y, called)) if both else None,
            "brier": float(brier_score_loss(y, p)) if both else None,
            "calibration_error": calibration_error(y, p) if both else None,
            "threshold": float(thresholds[column]),
            "confusion": confusion_matrix(y, called, labels=[0, 1]).tolist(),
            "n": len(y),
            "positives": int(y.sum()),
        }
    result["macro"] = {}
    for name in BOOTSTRAPPED + OTHERS:
        values = [result[target][name] for target in targets if result[target][name] is not None]
        result["macro"][name] = float(np.mean(values)) if values else None
    return result


def reliability(labels, probabilities, bins=10):
    """Observed against predicted frequencies, in bins of as many regions each.

    The bins are those of scikit-learn's ``calibration_curve``, which does not tell how many regions they hold.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n,)
        1 or 0, of known regions only.
    probabilities : numpy.ndarray of float, shape (n,)
    bins : int
        Edges are quantiles of the probabilities. Where probabilities are tied there may be fewer bins, of unequal size.

    Returns
    -------
    pandas.DataFrame
        A row per bin: ``predicted``, the mean probability; ``observed``, the share of label 1; ``n`` regions.
    """
    p = np.asarray(probabilities, dtype=float)
    edges = np.percentile(p, np.linspace(0, 1, bins + 1) * 100)
    at = np.searchsorted(edges[1:-1], p)
    n, predicted, observed = (np.bincount(at, weights) for weights in (None, p, labels))
    held = n > 0
    return pd.DataFrame({"predicted": predicted[held] / n[held], "observed": observed[held] / n[held], "n": n[held]})


def calibration_error(labels, probabilities, bins=10):
    """Expected calibration error: how far probabilities are from frequencies, on average over regions.

    The sum over bins of n_bin / n times the distance of observed and predicted frequency (Naeini, Cooper and
    Hauskrecht: Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015). The bins hold as many
    regions each: most probabilities are near 0, and bins of equal width would leave the others to chance.

    Parameters
    ----------
    labels, probabilities, bins
        As for :func:`reliability`.

    Returns
    -------
    float
    """
    curve = reliability(labels, probabilities, bins)
    return float(np.average((curve["observed"] - curve["predicted"]).abs(), weights=curve["n"]))


def resampled(labels, probabilities, threshold, counts):
    """Score one target on many resamples of its regions at once.

    A resample is how often it holds each region. Regions are sorted by probability once; then all that the three scores
    need is, for each resample, how many bound and unbound regions stand at or before each probability.

    Parameters
    ----------
    labels : numpy.ndarray of float, shape (n,)
        1, 0 or NaN; NaN is left out.
    probabilities : numpy.ndarray of float, shape (n,)
    threshold : float
        A region is called bound if its probability is at least this.
    counts : numpy.ndarray of int, shape (n_resamples, n)

    Returns
    -------
    numpy.ndarray of float, shape (n_resamples, 3)
        AUROC, average precision and MCC, as scikit-learn's with the counts for sample weights; NaN where a resample
        holds labels of one kind only.
    """
    known = np.flatnonzero(~np.isnan(labels))
    order = known[np.argsort(-probabilities[known], kind="stable")]
    y, p = labels[order] == 1, probabilities[order]
    scores = np.full((len(counts), len(BOOTSTRAPPED)), np.nan)
    if y.all() or not y.any():
        return scores

    # What a resample holds before each region, and in the end: of all regions, and of the bound ones.
    weights = counts[:, order]
    seen, hits = _up_to(weights), _up_to(weights[:, y])
    n_bound = _up_to(y[None].astype(int))[0]
    positives, negatives = hits[:, -1], seen[:, -1] - hits[:, -1]
    defined = (positives > 0) & (negatives > 0)
    positives, negatives = np.maximum(positives, 1), np.maximum(negatives, 1)

    # Regions of equal probability are one step of the curves, and only steps with a bound region add to either area.
    edges = np.concatenate([[0], np.flatnonzero(p[1:] != p[:-1]) + 1, [len(p)]])
    starts, ends = edges[:-1], edges[1:]
    bound = n_bound[ends] > n_bound[starts]
    starts, ends = starts[bound], ends[bound]
    called, true = seen[:, ends], hits[:, n_bound[ends]]
    rise = np.diff(true, axis=1, prepend=0)
    false_twice = called - true + seen[:, starts] - (true - rise)
    auroc = 1 - (rise * false_twice).sum(axis=1) / (2 * positives * negatives)
    auprc = (rise * (true / np.maximum(called, 1))).sum(axis=1) / positives

    cut = np.searchsorted(-p, -threshold, side="right")
    tp, called = hits[:, n_bound[cut]].astype(float), seen[:, cut].astype(float)
    fp, fn = called - tp, positives - tp
    tn = negatives - fp
    denominator = np.sqrt(called) * np.sqrt(tn + fn) * np.sqrt(positives) * np.sqrt(negatives)
    mcc = np.divide(tp * tn - fp * fn, denominator, out=np.zeros_like(tp), where=denominator > 0)
    scores[defined] = np.column_stack([auroc, auprc, mcc])[defined]
    return scores


def _up_to(counts):
    """Cumulative sums along the rows, behind a leading zero."""
    sums = np.zeros((counts.shape[0], counts.shape[1] + 1), dtype=np.int64)
    np.cumsum(counts, axis=1, out=sums[:, 1:])
    return sums


def resampler(labels, probabilities, thresholds, targets):
    """Score many resamples of the regions at once; see :func:`cam.evaluation.bootstrap.bootstrap`.

    Parameters
    ----------
    labels : numpy.ndarray of float, shape (n, n_targets)
        1, 0 or NaN.
    probabilities : numpy.ndarray of float, shape (n, n_targets)
    thresholds : sequence of float, shape (n_targets,)
    targets : sequence of str

    Returns
    -------
    callable
        From counts, of int, shape (n_resamples, n), to a dict of ``macro`` or target, and ``auroc``, ``auprc`` or
        ``mcc``, to scores of shape (n_resamples,). Missing where a resample holds labels of one kind only.
    """
    columns = list(zip(labels.T, probabilities.T, thresholds, strict=True))
    return lambda counts: with_macro(
        np.stack([resampled(*column, counts) for column in columns], axis=1), targets, BOOTSTRAPPED
    )


def from_gc_content(gc, labels, others):
    """Predict binding from nothing but GC content: a logistic regression for each target.

    Parameters
    ----------
    gc : numpy.ndarray of float, shape (n,)
        GC content of the training regions, in [0, 1].
    labels : numpy.ndarray of float, shape (n, n_targets)
        1, 0 or NaN; NaN is left out.
    others : numpy.ndarray of float, shape (m,)
        GC content of the regions to predict.

    Returns
    -------
    numpy.ndarray of float, shape (m, n_targets)
        Probabilities; the share of bound regions where the known labels are all alike.
    """
    from sklearn.linear_model import LogisticRegression

    probabilities = np.empty((len(others), labels.shape[1]))
    for t, column in enumerate(labels.T):
        known = ~np.isnan(column)
        if len(np.unique(column[known])) < 2:
            probabilities[:, t] = column[known].mean() if known.any() else 0.5
            continue
        # In standard deviations, in which the solver converges fast.
        mean, scale = gc[known].mean(), gc[known].std() or 1.0
        model = LogisticRegression(C=1e6).fit((gc[known, None] - mean) / scale, column[known])
        probabilities[:, t] = model.predict_proba((others[:, None] - mean) / scale)[:, 1]
    return probabilities


def score_gc_content(train, test, targets, seed=1, blocks=None):
    """What composition alone tells of binding, for which no motif is needed: how well GC content predicts it.

    The prediction is monotonic (:func:`from_gc_content`), so its AUROC is that of GC content itself, in the direction
    that the training regions give.

    Parameters
    ----------
    train, test : (numpy.ndarray of float, numpy.ndarray of float)
        GC content, shape (n,), and labels, shape (n, n_targets), of these regions.
    targets : sequence of str
    seed : int
    blocks : numpy.ndarray of int, shape (n_test,), optional
        As from :func:`cam.evaluation.bootstrap.blocks_of`; by default every region is a block of its own.

    Returns
    -------
    pandas.DataFrame
        ``target auroc auroc_low auroc_high auprc auprc_low auprc_high``, for every target and ``macro``, their mean;
        low and high are of the 95 % interval. Missing where the known labels are all alike.
    """
    gc, labels = test
    probabilities, halves = from_gc_content(*train, gc), [0.5] * len(targets)
    scores = score(labels, probabilities, halves, targets)
    blocks = np.arange(len(labels)) if blocks is None else blocks
    bounds = intervals(resampler(labels, probabilities, halves, targets), blocks, seed=seed)
    rows = []
    for target in (*targets, "macro"):
        row = {"target": target}
        for metric in ("auroc", "auprc"):
            low, high = bounds[target][f"{metric}_interval"] or (None, None)
            row |= {metric: scores[target][metric], f"{metric}_low": low, f"{metric}_high": high}
        rows.append(row)
    return pd.DataFrame(rows).set_index("target").astype(float).reset_index()
