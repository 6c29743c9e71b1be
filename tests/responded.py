"""Responses and effects made up of a few numbers."""

import numpy as np
import pandas as pd
from cam.interpretation.effects import effect_table, effects_of
from cam.interpretation.responses import Responses
from cam.units import unit_names


def responses(weights, outputs, peaks=None, targets=None, task="binding", threshold=0.5):
    """The responses of a CAM of which no more is told than weights, unit outputs and peak activations."""
    n, n_targets = len(outputs), len(weights)
    nothing = np.zeros((n, n_targets), np.float32)
    return Responses(
        targets=tuple(targets or [f"T{number}" for number in range(n_targets)]),
        task=task,
        model={"architecture": "cam", "parameters": 1},
        threshold=threshold,
        labels=nothing,
        logits=nothing,
        validation_labels=nothing,
        validation_logits=nothing,
        train_means=np.zeros(n_targets),
        weights=np.asarray(weights),
        bias=np.zeros(n_targets, np.float32),
        outputs=np.asarray(outputs),
        peaks=np.zeros(np.shape(outputs)) if peaks is None else np.asarray(peaks),
    )


def effects(weights, output_sd=None, task="binding"):
    """The table of effects of final weights (targets × units) and of standard deviations of unit outputs, as read."""
    sd = np.ones(weights.shape[1]) if output_sd is None else np.asarray(output_sd, dtype=float)
    found = responses(weights.to_numpy(float), np.array([0 * sd, 2 * sd]), targets=list(weights.index), task=task)
    table = effect_table(found)
    names = dict(zip(unit_names(weights.shape[1]), weights.columns, strict=True))
    return effects_of(table.assign(unit=table["unit"].map(names)))


def effects_as_given(values, task="binding"):
    """The same of effects themselves (targets × units), which are not taken less their mean."""
    return effects_of(
        pd.DataFrame(
            {
                "task": task,
                "target": np.repeat(np.array(values.index, dtype=object), values.shape[1]),
                "unit": np.tile(np.array(values.columns, dtype=object), len(values)),
                "weight": values.to_numpy(float).ravel(),
                "effect": values.to_numpy(float).ravel(),
                "row": np.repeat(np.arange(len(values)) + 1, values.shape[1]),
                "column": np.tile(np.arange(values.shape[1]) + 1, len(values)),
            }
        )
    )
