"""Tables about targets, as data frames: their lineages, and the regulators that are known for these."""

import pandas as pd

from ..setup.target_tables import read_rows, regulator_rows


def read_lineages(path):
    """Read which lineage each target belongs to; see :func:`cam.setup.target_tables.read_rows`.

    Returns
    -------
    pandas.DataFrame or None
        ``target lineage alias``, all text; None where there is no table (``path`` is empty).
    """
    if not path:
        return None
    return pd.DataFrame(read_rows(path), columns=["target", "lineage", "alias"])


def read_regulators(path, lineages):
    """Read which regulators are known for which lineage.

    Parameters
    ----------
    path : str or Path
        A small table (:func:`cam.io.tables.table_rows`) ``tf lineage``, with several rows for a regulator of several
        lineages, and ``all`` for one that serves every lineage. A TF is named as its profile in the motif database is.
    lineages : sequence of str
        The lineages that there are.

    Returns
    -------
    pandas.DataFrame
        ``tf lineage`` in the order of the file.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column or a value, names a lineage that there is not, or has a row twice.
    """
    rows = regulator_rows(path, lineages)
    return pd.DataFrame(rows, columns=["tf", "lineage"], dtype=str)
