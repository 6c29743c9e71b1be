"""The user's table of biosamples: what each public source calls the same cell type or tissue.

A small table (:func:`cam.io.tables.table_rows`) ``biosample source name``. The source is ``remap`` (the name is a
biotype), ``unibind`` (a sample) or ``dhs`` (a cell type of ENCODE's table of sources). A biosample has any number of
names in each.
"""

from typing import NamedTuple

from ..errors import InputError
from ..io.tables import table_rows

SOURCES = ("remap", "unibind", "dhs")
_RESERVED = ("chrom", "start", "end", "name", "gc", "hash")  # other columns of the table of regions


class Biosample(NamedTuple):
    """A cell type or tissue, and what the sources call it."""

    name: str
    remap: frozenset
    unibind: frozenset
    dhs: frozenset


def read_biosamples(path):
    """Read a table of biosamples.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    list of Biosample
        In the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read, a row is not as described above, or a biosample has no name in one of the sources.
    """
    names = {}
    for number, row in table_rows(path, ("biosample", "source", "name")):
        biosample, source, name = row["biosample"], row["source"], row["name"]
        if source not in SOURCES:
            raise InputError(f"{path}, line {number}: found the source '{source}', expected {', '.join(SOURCES)}")
        if not biosample or biosample in _RESERVED:
            raise InputError(f"{path}, line {number}: found the biosample '{biosample}', expected another name")
        if not name:
            raise InputError(f"{path}, line {number}: found no name, expected what {source} calls '{biosample}'")
        names.setdefault(biosample, {source: set() for source in SOURCES})[source].add(name)
    if not names:
        raise InputError(f"{path}: found no biosample; add a row for each name that a source has for one")
    for biosample, by_source in names.items():
        for source in SOURCES:
            if not by_source[source]:
                raise InputError(f"{path}: biosample '{biosample}' has no row of the source '{source}', expected one")
    return [
        Biosample(biosample, *(frozenset(by_source[source]) for source in SOURCES))
        for biosample, by_source in names.items()
    ]
