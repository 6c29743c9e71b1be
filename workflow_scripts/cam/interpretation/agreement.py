"""How well the final weights of CAMs agree with filter nullification."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata


def summarise(tables, about):
    """How well the final weights of the CAMs agree with nullification, and what matters most in every model.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        Model to ``filter target effect rms weight effective_weight``, a row per filter and target; the last two, the
        final weight and its product with the standard deviation of the unit output, are missing for a baseline.
    about : pandas.DataFrame
        Model (the index) to what is to stand in its rows.

    Returns
    -------
    pandas.DataFrame
        A row per model and target: ``model``, the columns of ``about``, ``target``; ``strongest``, the filter with the
        largest ``rms``; and the correlations across filters of ``rms`` with the absolute weight (``pearson
        spearman``) and with the absolute effective weight (``pearson_effective spearman_effective``). They are missing
        for a baseline, for fewer than three filters, since two are always on a line, and where one of the two is the
        same for all filters.
    """
    rows = []
    for model, table in tables.items():
        for target, filters in table.groupby("target", sort=False):
            row = {"model": model, **about.loc[model], "target": target}
            strongest = filters.loc[filters["rms"].idxmax()]
            row |= {"strongest": strongest["filter"], "rms": strongest["rms"]}
            for column, name in {"weight": "", "effective_weight": "_effective"}.items():
                pairs = filters["rms"].to_numpy(), filters[column].abs().to_numpy()
                row[f"pearson{name}"] = _correlation(*pairs)
                row[f"spearman{name}"] = _correlation(*map(rankdata, pairs))
            rows.append(row)
    return pd.DataFrame(rows)


def _correlation(first, second):
    """Pearson's correlation; NaN of fewer than three values, of missing ones, and where one of the two is constant."""
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return np.nan
    return float(np.corrcoef(first, second)[0, 1])
