"""Tables about targets: their lineages, and the regulators that are known for these."""

from ..errors import InputError, nearest
from ..io.tables import table_rows

EVERYWHERE = "all"  # what a regulator is known for that serves every lineage


def read_rows(path):
    """Read which lineage each target belongs to.

    Parameters
    ----------
    path : str or Path
        A small table (:func:`cam.io.tables.table_rows`) ``target lineage alias``: an alias, which may be empty, is
        another spelling of the target in some source; the column may be absent.

    Returns
    -------
    list of (str, str, str)
        Target, lineage and alias, in the order of the file.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column, a target has no lineage, or a name is there twice.
    """
    rows, names = [], set()
    for number, row in table_rows(path, ("target", "lineage")):
        target, lineage, alias = (row.get(column, "") for column in ("target", "lineage", "alias"))
        for column, value in (("target", target), ("lineage", lineage)):
            if not value:
                raise InputError(f"{path}, line {number}: found no {column}, expected one")
        for name in filter(None, (target, alias)):
            if name in names:
                raise InputError(f"{path}, line {number}: found '{name}' twice, expected every target and alias once")
            names.add(name)
        rows.append((target, lineage, alias))
    return rows


def regulator_rows(path, lineages):
    """Read which regulators are known for which lineage; see :func:`cam.sources.target_tables.read_regulators`.

    Returns
    -------
    list of (str, str)
        TF and lineage, in the order of the file.
    """
    rows, known = {}, [*dict.fromkeys(lineages), EVERYWHERE]
    for number, row in table_rows(path, ("tf", "lineage")):
        tf, lineage = row["tf"], row["lineage"]
        if not tf or not lineage:
            raise InputError(f"{path}, line {number}: found no {'lineage' if tf else 'tf'}, expected one")
        if lineage not in known:
            raise InputError(f"{path}, line {number}: found the lineage '{lineage}'; {nearest(lineage, known)}")
        if rows.setdefault((tf, lineage), number) != number:
            raise InputError(f"{path}, line {number}: found '{tf}' for '{lineage}' twice, expected it once")
    return list(rows)


def read_names(path):
    """Read the targets of a lab's own data by the names that files and columns have.

    Parameters
    ----------
    path : str or Path
        ``regions/targets.tsv``, a table ``target name``: here and in the data.

    Returns
    -------
    list of str
    """
    return [row["target"] for _, row in table_rows(path, ("target", "name"))]
