"""What each unit does to each target's logit: final weight × standard deviation of the unit output.

It is written once, as a table, from which heat maps, sentences, groups and the report read it. A unit with twice the
outputs and half the weights is the same unit, so that raw weights do not compare between units, and effects do.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..io.tables import read_table
from ..units import unit_names

OWN_SHARE = 0.5  # in regression, of the largest effect of a unit, what an effect must be for it to be told
COLUMNS = ["task", "target", "unit", "weight", "effect", "row", "column"]


@dataclass(frozen=True)
class Effects:
    """The table of effects, as read.

    Attributes
    ----------
    task : {"binding", "regression"}
    weights : pandas.DataFrame
        Targets × units, in the order of the configuration: effective weights (:func:`effective_weights`).
    effects : pandas.DataFrame
        Targets × units: by how much each unit moves each logit or prediction, with the sign of the weights.
    targets, units : list of str
        In the order of the heat map, in which those that are alike stand together.
    """

    task: str
    weights: pd.DataFrame
    effects: pd.DataFrame
    targets: list
    units: list


def relative(values):
    """Weights or effects less their mean over targets: what units do for each target beyond what they do for all.

    In regression it is this that tells units and targets apart. A correlation across targets, which the loss of a
    region is, does not change if a constant is added to all weights of a unit.

    Parameters
    ----------
    values : numpy.ndarray or pandas.DataFrame of float, shape (n_targets, units)

    Returns
    -------
    The same type, shape (n_targets, units)
        Of a single target, which there is nothing to tell from, the values as they are.
    """
    return values - values.mean(axis=0) if len(values) > 1 else values


def effective_weights(weights, task):
    """The weights that effects are made of: the final ones, in regression :func:`relative`.

    Parameters
    ----------
    weights : numpy.ndarray or pandas.DataFrame of float, shape (n_targets, units)
    task : {"binding", "regression"}
    """
    return relative(weights) if task == "regression" else weights


def final_weights_table(weights, targets):
    """The final weights as a table: ``target`` and one column per unit.

    Parameters
    ----------
    weights : numpy.ndarray of float, shape (n_targets, units)
    targets : sequence of str

    Returns
    -------
    pandas.DataFrame
    """
    table = pd.DataFrame(weights, columns=unit_names(weights.shape[1]))
    table.insert(0, "target", list(targets))
    return table


def effect_table(responses):
    """The effects of all units on all targets, and where a heat map shows them.

    Parameters
    ----------
    responses : cam.interpretation.responses.Responses

    Returns
    -------
    pandas.DataFrame
        A row per target and unit: ``task target unit weight effect row column``. The weight is the effective one
        (:func:`effective_weights`); row and column are the places, from 1, of target and unit in the heat map, whose
        order is that of trees by the cosine of effects (:func:`cam.interpretation.cooperativity.order_alike`).
    """
    from .cooperativity import order_alike

    weights, effects = responses.effective_weights, responses.effects
    n_targets, n_units = weights.shape
    places = [np.argsort(order_alike(profiles)) + 1 for profiles in (effects, effects.T)]
    return pd.DataFrame(
        {
            "task": responses.task,
            "target": np.repeat(np.array(responses.targets, dtype=object), n_units),
            "unit": np.tile(np.array(unit_names(n_units), dtype=object), n_targets),
            "weight": weights.ravel(),
            "effect": effects.ravel(),
            "row": np.repeat(places[0], n_units),
            "column": np.tile(places[1], n_targets),
        }
    )


def read_effects(path):
    """Read the table that :func:`effect_table` makes; see :func:`effects_of`."""
    return effects_of(read_table(path, COLUMNS, dtype={"target": str}))


def effects_of(table):
    """The effects in the table that :func:`effect_table` makes.

    Returns
    -------
    Effects
    """
    targets, units = table["target"].unique(), table["unit"].unique()
    weights, effects = (
        pd.DataFrame(table[column].to_numpy(float).reshape(len(targets), -1), pd.Index(targets, name="target"), units)
        for column in ("weight", "effect")
    )
    rows, columns = (
        table.drop_duplicates(name).sort_values(place)[name].tolist()
        for name, place in (("target", "row"), ("unit", "column"))
    )
    return Effects(table["task"].iloc[0], weights, effects, rows, columns)


def moved_targets(effects, task="binding"):
    """The targets that a unit moves: where it has at least an equal share of what all units do to that target's logit.

    In regression the effects of a unit sum to zero, so that one which raises a few targets lowers all others a little.
    There an effect counts only if it is also at least half as large as the largest of the unit.

    Parameters
    ----------
    effects : pandas.DataFrame
        Targets × units.
    task : {"binding", "regression"}

    Returns
    -------
    pandas.DataFrame of int
        Targets × units: 1 where the unit raises the prediction for the target, −1 where it lowers it, else 0.
    """
    size = effects.abs()
    counts = size.ge(size.mean(axis=1) * (1 - 1e-9), axis=0)  # so that rounding decides nothing between equals
    if task == "regression":
        counts &= size.ge(OWN_SHARE * size.max())
    return np.sign(effects).astype(int).where(counts, 0)
