"""Reading a CAM: what its units add to each prediction, and its final weights as a table."""

import numpy as np
import pandas as pd

from ..units import unit_names

OWN_SHARE = 0.5  # in regression, of the largest effect of a unit, what an effect must be for it to be told


def effects(weights, output_sd, binding=True):
    """By how much each unit moves each logit: final weights times the standard deviation of the unit outputs.

    In regression it is by how much it moves each prediction relative to the other targets': the weights are taken less
    their mean over targets.

    Parameters
    ----------
    weights : pandas.DataFrame
        ``target`` and one column per unit.
    output_sd : pandas.Series
        Unit to the standard deviation of its output.
    binding : bool

    Returns
    -------
    pandas.DataFrame
        Targets × units, in units of the logit or prediction, with the sign of the weights.
    """
    weights = weights.set_index("target")
    return (weights if binding else profiles(weights)) * output_sd


def moved_targets(effect, binding=True):
    """The targets that a unit moves: where it has at least an equal share of what all units do to that target's logit.

    In regression the effects of a unit sum to zero, so that one which raises a few targets lowers all others a little.
    There an effect counts only if it is also at least half as large as the largest of the unit.

    Parameters
    ----------
    effect : pandas.DataFrame
        As from :func:`effects`.
    binding : bool

    Returns
    -------
    pandas.DataFrame of int
        Targets × units: 1 where the unit raises the prediction for the target, −1 where it lowers it, else 0.
    """
    size = effect.abs()
    counts = size.ge(size.mean(axis=1) * (1 - 1e-9), axis=0)  # so that rounding decides nothing between equals
    if not binding:
        counts &= size.ge(OWN_SHARE * size.max())
    return np.sign(effect).astype(int).where(counts, 0)


def final_weights_table(model, targets):
    """The final weights as a table: ``target`` and one column per unit.

    Returns
    -------
    pandas.DataFrame
    """
    weights = model.final_weights().detach().cpu().numpy()
    table = pd.DataFrame(weights, columns=unit_names(model.units))
    table.insert(0, "target", list(targets))
    return table


def profiles(weights):
    """What units do for each target beyond what they do for all: final weights less their mean over targets.

    In regression it is this that tells units and targets apart. A correlation across targets, which the loss of a
    region is, does not change if a constant is added to all weights of a unit.

    Parameters
    ----------
    weights : numpy.ndarray or pandas.DataFrame of float, shape (n_targets, units)

    Returns
    -------
    The same type, shape (n_targets, units)
        Of a single target, which there is nothing to tell from, the weights as they are.
    """
    return weights - weights.mean(axis=0) if len(weights) > 1 else weights
