"""Lineages: groups of targets, and which units serve them."""

from .errors import InputError
from .files import read_table


def read_lineages(path):
    """Read which lineage each target belongs to.

    Parameters
    ----------
    path : str or Path
        A tab-separated table ``target lineage alias``: an alias, which may be empty, is another spelling of the target
        in some source; the column may be absent.

    Returns
    -------
    pandas.DataFrame
        ``target lineage alias``, all text, in the order of the file.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column, a target has no lineage, or a name is there twice.
    """
    table = read_table(path, ["target", "lineage"], dtype=str)
    if "alias" not in table:
        table["alias"] = None
    table = table[["target", "lineage", "alias"]]
    for column in ("target", "lineage"):
        if table[column].isna().any():
            row = int(table[column].isna().to_numpy().argmax())
            raise InputError(f"{path}, line {row + 2}: found no {column}, expected one")
    names = [*table["target"], *table["alias"].dropna()]
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise InputError(f"{path}: found '{twice}' twice, expected every target and alias once")
    return table.fillna({"alias": ""})
