"""A lab's own data: what the sample sheet and the header of a table say, read before the workflow is planned."""

import csv
import math
import re
from dataclasses import dataclass
from os.path import isfile
from pathlib import Path

from ..errors import InputError, nearest
from ..io.files import read_text
from ..io.tables import table_rows

OWN = ("peaks", "sequences", "signal")  # the kinds of source
BESIDE_TARGETS = {  # columns of a table that are no target
    "sequences": ("sequence", "name", "split"),
    "signal": ("chrom", "start", "end", "name", "region", "split"),
}
_OPTIONAL = {"peaks": ("biosample", "min_score", "top"), "signal": ()}  # columns of a sample sheet
_BASES = re.compile(r"[ACGTN]+", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._+:()-]")

# Assemblies at UCSC: the taxon of JASPAR's profiles, and ENCODE's blacklist where there is one.
_UCSC = "https://hgdownload.soe.ucsc.edu/goldenPath/{0}/bigZips/{0}.fa.gz"
_BLACKLISTS = (
    "https://raw.githubusercontent.com/Boyle-Lab/Blacklist/61a04d2c5e49341d76735d485c61f0d1177d08a8/lists/"
    "{}-blacklist.v2.bed.gz"
)
_BLACKLISTED = ("hg19", "hg38", "mm10", "ce10", "ce11", "dm3", "dm6")
_TAXA = {
    "vertebrates": (
        "hg19 hg38 hs1 mm9 mm10 mm39 rn6 rn7 danRer7 danRer10 danRer11 galGal5 galGal6 xenTro9 xenTro10 susScr11 "
        "bosTau9 canFam3 canFam6 felCat9 equCab3 oviAri4 rheMac8 rheMac10 panTro6 oryLat2 gasAcu1"
    ),
    "insects": "dm3 dm6 anoGam3 apiMel2",
    "nematodes": "ce10 ce11",
    "fungi": "sacCer3",
    "urochordates": "ci3",
}


@dataclass(frozen=True)
class Sample:
    """A row of a sample sheet.

    Attributes
    ----------
    line : int
        Where it stands in the sheet.
    target, name : str
        What the target is called in files and tables (:func:`safe_name`), and in the sheet.
    path : str
        The file, or its address.
    biosample : str
        Empty where none is named.
    min_score : float or None
        Peaks with a lower score are left out.
    top : int or None
        How many of the peaks with the highest scores are used.
    """

    line: int
    target: str
    name: str
    path: str
    biosample: str = ""
    min_score: float | None = None
    top: int | None = None


def safe_name(name):
    """What a target is called in the names of files and columns.

    Every character that is no letter from A to Z, no digit and none of ``. _ + - : ( )`` becomes ``_``, and a name that
    begins with no letter has an ``X`` put before it: ``CD8 T cell`` is ``CD8_T_cell``, ``5mC`` is ``X5mC``.
    """
    name = _UNSAFE.sub("_", name.strip())
    return name if name[:1].isalpha() else f"X{name}"


def expect_distinct(names, where):
    """Check that different targets have different safe names, case apart.

    Parameters
    ----------
    names : iterable of str
        As they are spelled in the file.
    where : str
        The file, for an error message.

    Raises
    ------
    InputError
        Naming two that would be one.
    """
    spelled = {}
    for name in names:
        other = spelled.setdefault(safe_name(name).lower(), name)
        if other != name:
            raise InputError(
                f"{where}: found the targets '{other}' and '{name}', both of which would be '{safe_name(name)}' in the "
                "names of files; expected names that differ in more than case, blanks and punctuation"
            )


def read_samples(path, column):
    """Read a sample sheet.

    Parameters
    ----------
    path : str or Path
        A small table (:func:`cam.io.tables.table_rows`) ``target`` and ``column``; with peaks also ``biosample``,
        ``min_score``, ``top``, all of which may be absent or empty.
    column : {"peaks", "signal"}
        The column with the files: addresses, or paths from the working directory or from the folder of the sheet.

    Returns
    -------
    list of Sample
        In the order of the file.

    Raises
    ------
    InputError
        If the sheet cannot be read, has an unknown column or no row, or a row is not as expected; with its line.
    """
    samples, seen = [], {}
    known = ("target", column, *_OPTIONAL[column])
    for line, row in table_rows(path, ("target", column)):
        where = f"{path}, line {line}"
        for name in row:
            if name not in known:
                raise InputError(f"{path}: unknown column '{name}'; {nearest(name, known)}")
        for name in ("target", column):
            if not row[name]:
                raise InputError(f"{where}: found no {name}, expected one")
        file = _located(row[column], path, f"{where}, column {column}")
        first = seen.setdefault((row["target"], file, row.get("biosample", "")), line)
        if first != line:
            raise InputError(
                f"{where}: found '{row[column]}' for the target '{row['target']}' as in line {first}, expected every "
                "file of a target once"
            )
        samples.append(
            Sample(
                line,
                safe_name(row["target"]),
                row["target"],
                file,
                row.get("biosample", ""),
                _number(row.get("min_score", ""), f"{where}, column min_score"),
                _count(row.get("top", ""), f"{where}, column top"),
            )
        )
    if not samples:
        raise InputError(f"{path}: found no row below the header, expected one for every file")
    expect_distinct(dict.fromkeys(sample.name for sample in samples), path)
    if column == "signal":
        _expect_one_each(samples, path)
    return samples


def _expect_one_each(samples, path):
    lines = {}
    for sample in samples:
        first = lines.setdefault(sample.target, sample.line)
        if first != sample.line:
            raise InputError(
                f"{path}, line {sample.line}: found a second file of the target '{sample.name}' (the first is in line "
                f"{first}), expected one; average the replicates' signal before, for instance by bigwigAverage"
            )


def _located(file, sheet, where):
    """The path of a file that is named from the working directory or from the folder of the sheet."""
    if "://" in file or isfile(file):
        path = file
    elif isfile(Path(sheet).parent / file):
        path = str(Path(sheet).parent / file)
    else:
        raise InputError(
            f"{where}: found '{file}', expected an address, or a file that exists here or in the folder of the sheet"
        )
    if not path.isprintable() or "{" in path or "}" in path:
        raise InputError(f"{where}: found '{file}', expected a path without braces and control characters")
    return path


def _number(text, where):
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{where}: found '{text}', expected a number")
    return value


def _count(text, where):
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
        raise InputError(f"{where}: found '{text}', expected a whole number from 1")
    return int(text)


def sequence_files(source):
    """The files of labelled sequences, in the order in which they are read.

    Parameters
    ----------
    source : mapping
        ``table`` or ``fasta``; each is, or has for every class of every target, a file, a list of some, or a mapping of
        splits to files.

    Returns
    -------
    list of (str, str)
        The key that names the file, and the file.
    """
    if "table" in source:
        return list(_files(source["table"], "table"))
    return [
        found
        for target, classes in source["fasta"].items()
        for label in ("positives", "negatives")
        for found in _files(classes.get(label, []), f"fasta.{target}.{label}")
    ]


def _files(named, key):
    if isinstance(named, str):
        yield key, named
    elif isinstance(named, dict):
        for split, files in named.items():
            yield from _files(files, f"{key}.{split}")
    else:
        for file in named:
            yield from _files(file, key)


def table_targets(path, kind):
    """The targets of a table of sequences or of signal, as its header names them.

    Parameters
    ----------
    path : str or Path
        TSV or CSV, plain or gzipped. A table of sequences without a header, as ExplaiNN's scripts write it (name,
        sequence, labels), has targets called ``target1``, ``target2``, …
    kind : {"sequences", "signal"}

    Returns
    -------
    names : list of str
        As they are spelled.
    task : str
        ``binding`` if the first 1,000 labels of every target are 1, 0 or empty, else ``regression``.

    Raises
    ------
    InputError
        If it cannot be read or has no column of a target.
    """
    with read_text(path) as text:
        first = text.readline()
        separator = next((mark for mark in "\t,;" if mark in first), "\t")
        try:
            fields = [field.strip() for field in next(csv.reader([first], delimiter=separator, strict=True), [])]
        except csv.Error as error:
            raise InputError(f"{path}, line 1: cannot be read as fields of a table ({error})") from None
        if kind == "sequences" and is_headerless(fields):
            names, columns = [f"target{number}" for number in range(1, len(fields) - 1)], range(2, len(fields))
            rows = [fields]
        else:
            taken = BESIDE_TARGETS[kind]
            # The first column of a table of signal may be the names of the regions, under any or no name.
            skip = kind == "signal" and not {"chrom", "region", "name"} & set(fields)
            columns = [c for c, name in enumerate(fields) if name not in taken and not (skip and c == 0)]
            names, rows = [fields[c] for c in columns], []
            if kind == "sequences" and "sequence" not in fields:
                raise InputError(f"{path}: column 'sequence' is missing; found {', '.join(fields[:8]) or 'nothing'}")
        try:
            rows += [row for _, row in zip(range(1000), csv.reader(text, delimiter=separator), strict=False)]
        except csv.Error as error:
            raise InputError(f"{path}: cannot be read as fields of a table ({error}); check quotation marks") from None
    if not names:
        raise InputError(f"{path}: found no column of a target beside {', '.join(fields)}, expected at least one")
    for name in names:
        if not name:
            raise InputError(f"{path}: found a column without a name, expected one for every target")
        if names.count(name) > 1:
            raise InputError(f"{path}: found the column '{name}' twice, expected it once")
    expect_distinct(names, path)
    labels = {row[c].strip() for row in rows for c in columns if c < len(row)}
    return names, "binding" if all(map(_is_binary, labels)) else "regression"


def is_headerless(fields):
    """Whether the first line of a table of sequences is a row of ExplaiNN's: name, sequence, labels."""
    return len(fields) > 2 and len(fields[1]) >= 8 and bool(_BASES.fullmatch(fields[1])) and _numeric(fields[2])


def _numeric(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_binary(text):
    return not text or (_numeric(text) and float(text) in (0, 1))


def known_genome(name):
    """What is known of an assembly that UCSC has.

    Parameters
    ----------
    name : str
        Such as ``mm10``.

    Returns
    -------
    dict of str to str or None
        ``genome``, its address; ``blacklist``, that of ENCODE's list or None; ``taxon``, JASPAR's or None. Nothing if
        the name is not one of an assembly that is known here.
    """
    for taxon, assemblies in _TAXA.items():
        if name in assemblies.split():
            blacklist = _BLACKLISTS.format(name) if name in _BLACKLISTED else None
            return {"genome": _UCSC.format(name), "blacklist": blacklist, "taxon": taxon}
    return {}


def assemblies():
    """The names of assemblies that :func:`known_genome` knows."""
    return sorted(name for names in _TAXA.values() for name in names.split())
