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
