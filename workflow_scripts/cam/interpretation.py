"""Reading a CAM: what its units add to each prediction, and its final weights as a table."""

import pandas as pd

from .units import unit_names


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
