"""How well a model predicts, whatever its task: each task's own metrics, from the responses to the test regions."""

import numpy as np
import pandas as pd

from . import binding, bootstrap, regression

TASKS = {"binding": binding, "regression": regression}


def evaluate(responses, seed, blocks):
    """The metrics of a model on the regions of validation and test, those of test with 95 % intervals.

    Parameters
    ----------
    responses : cam.interpretation.responses.Responses
    seed : int
    blocks : numpy.ndarray of int, shape (n,)
        See :func:`cam.evaluation.bootstrap.blocks_of`.

    Returns
    -------
    dict
        ``validation`` and ``test``, each as from :func:`cam.evaluation.binding.score` or
        :func:`cam.evaluation.regression.score`.
    """
    task, targets = TASKS[responses.task], responses.targets
    reference = task.reference(responses)
    validation = task.predictions(responses.validation_logits)
    metrics = {"validation": task.score(responses.validation_labels, validation, reference, targets)}
    test = task.predictions(responses.logits)
    metrics["test"] = task.score(responses.labels, test, reference, targets)
    for name, of_name in bootstrap.intervals(_resampler(responses), blocks, seed=seed).items():
        metrics["test"][name] |= of_name
    return metrics


def compare(first, second, seed, blocks):
    """Differences of two models' metrics with 95 % intervals, both scored on the same resamples.

    Parameters
    ----------
    first, second : cam.interpretation.responses.Responses
    seed, blocks
        As for :func:`evaluate`.

    Returns
    -------
    pandas.DataFrame
        ``target metric difference low high``, for ``macro`` and every target.
    """
    return bootstrap.compare(_resampler(first), _resampler(second), blocks, seed=seed)


def _resampler(responses):
    task = TASKS[responses.task]
    judged = task.predictions(responses.logits), task.reference(responses)
    return task.resampler(responses.labels, *judged, responses.targets)


def prediction_table(names, responses):
    """Labels and predictions of the test regions.

    Returns
    -------
    pandas.DataFrame
        ``name``; in regression of several targets ``pearson``, each region's correlation across them, and
        ``mean_profile``, that with the mean of the training regions; then for each target ``TARGET.label
        TARGET.probability``, or ``TARGET.value TARGET.prediction``.
    """
    columns = {"name": names}
    if responses.task == "regression" and len(responses.targets) > 1:
        columns["pearson"] = regression.pearson(responses.labels, responses.logits, axis=1)
        columns["mean_profile"] = regression.with_profile(responses.labels, responses.train_means)
    label, prediction = ("label", "probability") if responses.task == "binding" else ("value", "prediction")
    predictions = TASKS[responses.task].predictions(responses.logits)
    for t, target in enumerate(responses.targets):
        columns[f"{target}.{label}"] = responses.labels[:, t]
        columns[f"{target}.{prediction}"] = predictions[:, t]
    return pd.DataFrame(columns)


def well_predicted(responses, least):
    """The test regions that a model predicts well, on which its filters are read.

    In binding they are bound by at least one target, and every known label is called right at the thresholds that the
    regions of validation give. In regression values and predictions correlate across targets by more than a limit
    (Maslova et al. 2020: 0.75); where no region does, it is all of them.

    Parameters
    ----------
    responses : cam.interpretation.responses.Responses
    least : float
        That limit, in [−1, 1).

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    labels = responses.labels
    if responses.task == "regression":
        well = regression.pearson(labels, responses.logits, 1) > least
        return well if well.any() else np.ones(len(labels), dtype=bool)
    called = binding.predictions(responses.logits) >= np.asarray(binding.reference(responses))
    right = np.isnan(labels) | (called == (labels == 1))
    return right.all(axis=1) & (labels == 1).any(axis=1)
