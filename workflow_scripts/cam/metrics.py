"""How well predictions agree with labels; the statistics are scikit-learn's."""

import numpy as np
from sklearn.metrics import average_precision_score, confusion_matrix, matthews_corrcoef, roc_auc_score, roc_curve


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


def binding(labels, probabilities, thresholds, targets):
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
        Per target ``auroc`` (area under the ROC curve), ``auprc`` (average precision), ``mcc``, ``threshold``,
        ``confusion`` ([[true negatives, false positives], [false negatives, true positives]]), ``n`` and ``positives``;
        under ``macro`` the means of the first three. A figure that the labels do not define is None.
    """
    result = {}
    for column, target in enumerate(targets):
        known = ~np.isnan(labels[:, column])
        y, p = labels[known, column].astype(int), probabilities[known, column]
        called = (p >= thresholds[column]).astype(int)
        both = len(np.unique(y)) == 2
        result[target] = {
            "auroc": float(roc_auc_score(y, p)) if both else None,
            "auprc": float(average_precision_score(y, p)) if both else None,
            "mcc": float(matthews_corrcoef(y, called)) if both else None,
            "threshold": float(thresholds[column]),
            "confusion": confusion_matrix(y, called, labels=[0, 1]).tolist(),
            "n": len(y),
            "positives": int(y.sum()),
        }
    result["macro"] = {}
    for name in ("auroc", "auprc", "mcc"):
        values = [result[target][name] for target in targets if result[target][name] is not None]
        result["macro"][name] = float(np.mean(values)) if values else None
    return result


def regression(values, predictions, targets):
    """Pearson correlations of predictions of real numbers.

    Parameters
    ----------
    values, predictions : numpy.ndarray of float, shape (n, n_targets)
    targets : sequence of str

    Returns
    -------
    dict
        ``pearson`` and ``n`` per target; under ``macro`` the mean over targets and ``region_pearson``, the mean over
        regions of the correlation across targets. Where either side is constant the correlation is None and is left
        out of means.
    """

    def correlations(a, b):
        a, b = a - a.mean(axis=0), b - b.mean(axis=0)
        norm = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
        return np.divide((a * b).sum(axis=0), norm, out=np.full(len(norm), np.nan), where=norm > 0)

    def mean(correlation):
        return float(np.nanmean(correlation)) if not np.isnan(correlation).all() else None

    per_target = correlations(values.astype(float), predictions.astype(float))
    per_region = correlations(values.T.astype(float), predictions.T.astype(float))
    result = {
        target: {"pearson": None if np.isnan(r) else float(r), "n": len(values)}
        for target, r in zip(targets, per_target, strict=True)
    }
    result["macro"] = {"pearson": mean(per_target), "region_pearson": mean(per_region)}
    return result
