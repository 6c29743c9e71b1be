"""How much each unit matters: its contributions over the sequences that activate it, and over the others."""

import numpy as np
import pandas as pd

from ..units import unit_names

QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


def unit_contributions(responses):
    """The distribution of every unit's contribution to every target, where its filter is active and elsewhere.

    A sequence activates a unit if the filter's activation exceeds a share of the filter's largest one
    somewhere in it (``get_specific_unit_importance`` of the ExplaiNN package, Novakovsky et al. 2023). The other
    sequences tell what the unit contributes in the absence of its motif, where an absence detector is on.

    A contribution is the unit output times a final weight, so its quantiles are those of the output times the weight.

    Parameters
    ----------
    responses : cam.interpretation.responses.Responses
        Of a CAM. In regression weights count less their mean over targets.

    Returns
    -------
    pandas.DataFrame
        A row per unit and target: ``unit target n of``, the number of sequences that activate the unit and of all,
        then ``mean q05 q25 median q75 q95`` of the contributions over those that do and ``rest_mean … rest_q95`` over
        those that do not. Missing where there are none.
    """
    active, outputs, weights = responses.fired, responses.outputs, responses.effective_weights
    tables = []
    for unit, name in enumerate(unit_names(outputs.shape[1])):
        counts = {"n": active[:, unit].sum(), "of": len(outputs)}
        table = pd.DataFrame({"unit": name, "target": list(responses.targets), **counts})
        for prefix, rows in (("", active[:, unit]), ("rest_", ~active[:, unit])):
            values = outputs[rows, unit].astype(float) if rows.any() else np.array([np.nan])
            weight = weights[:, unit].astype(float)
            table[f"{prefix}mean"] = weight * values.mean()
            for quantile, share in QUANTILES.items():
                low, high = np.quantile(values, [share, 1 - share])
                table[prefix + quantile] = weight * np.where(weight < 0, high, low)
        tables.append(table)
    return pd.concat(tables, ignore_index=True).replace(-0.0, 0.0)  # one zero in the file, not two
