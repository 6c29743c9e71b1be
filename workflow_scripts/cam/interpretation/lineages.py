"""Lineages: which targets belong together."""

from ..setup.target_tables import read_rows


def read_lineages(path):
    """Read which lineage each target belongs to; see :func:`read_rows`.

    Returns
    -------
    pandas.DataFrame
        ``target lineage alias``, all text.
    """
    import pandas as pd

    return pd.DataFrame(read_rows(path), columns=["target", "lineage", "alias"])
