"""Signal of regions: bigWig files, tables of regions × targets (TSV, CSV, parquet), and AnnData files.

What a library in C reads is read in a process of its own (:func:`apart`), which a damaged file may end.
"""

import csv
import faulthandler
import itertools
import math
import os
import re
import resource
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from ..io.files import cannot_read, read_text
from ..setup.own_data import BESIDE_TARGETS, table_targets

POSITION = ["chrom", "start", "end"]
_NAME = r"([^\s\0]*[^\s\0:-])[:-](\d{1,18})-(\d{1,18})"  # of a region
_MISSING = ("", "na", "nan")  # in lower case: fields without a value
_NUMBER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|BOOLEAN")  # a type of SQL
_BEGINS = {  # how files begin
    b"\x26\xfc\x8f\x88": "bigWig", b"\xeb\xf2\x89\x87": "bigBed", b"\x89HDF": "AnnData", b"PAR1": "parquet",
}  # fmt: skip
_FAR, _SPAN = 50_000, 1_000_000  # bp
_MOST_TARGETS = 10_000
_MUCH, _MOST_TIMES = 2**26, 1000  # an array of more bytes must not be more than so many times what its file stores
_ROWS_AT_ONCE = 5_000
_AGAIN = "copy or download it again"


def _kind(path):
    """What a file is, by its first bytes; anything else is text."""
    try:
        with open(path, "rb") as stream:
            return _BEGINS.get(stream.read(4), "text")
    except OSError as error:
        raise cannot_read(path, error) from None


def apart(function, calls, threads=1, seconds=5):
    """Call a function in other processes, which a damaged file may end or keep busy for ever, without harm to this one.

    Parameters
    ----------
    function : callable
        Its first argument is the path of the file that it reads.
    calls : sequence of tuple
        The arguments of each call.
    threads : int
        Processes at the same time.
    seconds : float
        Of a CPU that a call may take, and a second more for each megabyte of its file.

    Yields
    ------
    object
        What each call returns, in their order.

    Raises
    ------
    InputError
        If a process ended before it returned anything, naming its file.
    """
    with ProcessPoolExecutor(min(threads, len(calls)), get_context("fork")) as pool:
        pending = [pool.submit(_limited, seconds, function, *call) for call in calls]
        try:
            for call, result in zip(calls, pending, strict=True):
                yield _result(result, function, call, seconds, alone=len(calls) == 1)
        finally:
            pool.shutdown(cancel_futures=True)  # of no use where one file is refused


def _result(pending, function, call, seconds, alone):
    """What a call returns; if its process has ended, because of its own file or of another one, it is called again."""
    try:
        return pending.result()
    except BrokenProcessPool:
        if alone:
            raise InputError(
                f"{call[0]}: reading it broke off or came to no end; it is damaged, or memory ran out; {_AGAIN}"
            ) from None
    (found,) = apart(function, [call], seconds=seconds)
    return found


def _limited(seconds, function, path, *arguments):
    faulthandler.disable()  # the end of this process is told in one sentence
    size = os.path.getsize(path) if os.path.exists(path) else 0
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    limits = {resource.RLIMIT_CPU: math.ceil(used + seconds + size / 2**20), resource.RLIMIT_CORE: 0}
    for name, most in limits.items():
        _, hard = resource.getrlimit(name)
        resource.setrlimit(name, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    return function(path, *arguments)


# --- bigWig -----------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(path):
    """A bigWig file; whatever its library makes of a damaged one is one sentence."""
    import pyBigWig  # here, since no other source needs it

    if _kind(path) != "bigWig":
        raise InputError(f"{path}: found {_kind(path)}, expected a bigWig file")
    try:
        with pyBigWig.open(str(path)) as signal:
            yield signal
    except InputError:
        raise
    except Exception as error:  # of any kind, since any bytes can be in the file
        raise InputError(f"{path}: found a damaged bigWig file ({error}); {_AGAIN}") from None


def bigwig_sizes(path):
    """Length of every chromosome of a bigWig file, in bp; see :func:`summarise` for the errors."""
    with _opened(path) as signal:
        return dict(signal.chroms())


def summarise(path, windows, summary="mean"):
    """One number for the signal of every window.

    Parameters
    ----------
    path : str or Path
        A bigWig file.
    windows : pandas.DataFrame
        ``chrom start end``, 0-based and half-open. They are cut at the ends of the file's chromosomes.
    summary : {"mean", "max", "sum"}
        Of the bases; one without a value counts as 0, and so does all of a chromosome that is not in the file.

    Returns
    -------
    values : numpy.ndarray of float64, shape (n,)
    known : numpy.ndarray of bool, shape (n,)
        Where at least one base has a value.

    Raises
    ------
    InputError
        If the file cannot be read, is none or damaged, or a value is infinite.
    """
    values, known = np.zeros(len(windows)), np.zeros(len(windows), dtype=bool)
    starts, ends = windows["start"].to_numpy(), windows["end"].to_numpy()
    with _opened(path) as signal:
        sizes = signal.chroms()
        for chrom, rows in windows.groupby("chrom", sort=False).indices.items():
            first, last = np.maximum(starts[rows], 0), np.minimum(ends[rows], sizes.get(chrom, 0))
            inside = np.flatnonzero(first < last)
            inside = inside[np.argsort(first[inside], kind="stable")]
            for some in _near(inside, first, last):
                begin = first[some[0]]
                bases = signal.values(chrom, int(begin), int(last[some].max()), numpy=True)
                if not len(bases):
                    raise InputError(f"{path}: found no value in it, expected signal")
                for place in some:
                    own = bases[first[place] - begin : last[place] - begin].astype(float)
                    missing = np.isnan(own)
                    own[missing] = 0
                    values[rows[place]], known[rows[place]] = getattr(own, summary)(), not missing.all()
    infinite = np.flatnonzero(~np.isfinite(values))
    if len(infinite):
        chrom, start, end = windows.iloc[infinite[0]][POSITION]
        raise InputError(f"{path}: found an infinite value in {chrom}:{start}-{end}, expected real numbers")
    return values, known


def _near(order, first, last):
    """Groups of windows, sorted by their first base, that are read together: a read takes as long as 50,000 bases."""
    if not len(order):
        return []
    begins, reach = first[order], np.maximum.accumulate(last[order])
    far = (begins[1:] > reach[:-1] + _FAR) | (begins[1:] // _SPAN != begins[:-1] // _SPAN)
    return np.split(order, np.flatnonzero(far) + 1)


# --- Tables -----------------------------------------------------------------------------------------------------------


def signal_targets(path):
    """Read the names of the targets of a table or an AnnData file; for both see :func:`read_signal`.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    list of str
        As they are spelled there.

    Raises
    ------
    InputError
        If the file cannot be read or is none, or there are no targets, or too many to be any.
    """
    kind = _kind_of_table(path)
    if kind == "text":
        names, _ = table_targets(path, "signal")
    else:
        (names,) = apart(_h5ad_targets if kind == "AnnData" else _parquet_targets, [(path,)])
    if not 0 < len(names) <= _MOST_TARGETS:
        raise InputError(
            f"{path}: found {len(names)} targets, expected from 1 to {_MOST_TARGETS}; sum single cells by type"
        )
    return names


def read_signal(path, names, layer=None):
    """Read regions and their values from a table or an AnnData file.

    A table is text, plain or gzipped, with tabs or, where its header has none, commas or semicolons, or parquet.
    Regions are told by the columns ``chrom start end`` (0-based, half-open), or by their names, as for
    :func:`parse_regions`, in a column ``region`` or ``name``, or else in the first one (of parquet, the one of text).

    Of an AnnData file, the names of one axis are those of regions, and those of the other are targets. Of files of
    CREsted, regions are ``var``, and ``obs`` are cell types or topics.

    Parameters
    ----------
    path : str or Path
    names : sequence of str, length n_targets
        Of the targets.
    layer : str, optional
        Of an AnnData file, the layer to read instead of ``X``; either is dense or sparse.

    Returns
    -------
    regions : pandas.DataFrame
        ``chrom start end`` in the order of the file.
    values : numpy.ndarray of float32, shape (n, n_targets)
        NaN where one is missing: in text, empty, ``NA`` or ``nan``.

    Raises
    ------
    InputError
        If the file cannot be read, is none or damaged; a target, the regions or the layer are not in it or there twice;
        a region is there twice; or a value is not a real number.
    """
    kind, names = _kind_of_table(path), list(names)
    if layer and kind != "AnnData":
        raise InputError(f"config, source.layer: found '{layer}', expected none, since {path} is no AnnData file")
    if kind == "text":
        return _read_text(path, names)
    (found,) = apart(_read_h5ad, [(path, names, layer)]) if kind == "AnnData" else apart(_read_parquet, [(path, names)])
    return found


def read_split(path):
    """Read which split each region is in, where a column ``split`` states it: of an AnnData file, that of its regions.

    Parameters
    ----------
    path : str or Path
        As for :func:`read_signal`.

    Returns
    -------
    list of str or None
        In the order of the regions and as the file spells them, empty where one is missing; None where nothing is
        stated.

    Raises
    ------
    InputError
        If the file cannot be read or is damaged.
    """
    kind = _kind(path)
    if kind == "text":
        return _text_split(path)
    if kind not in ("AnnData", "parquet"):
        return None
    (found,) = apart(_h5ad_split if kind == "AnnData" else _parquet_split, [(path,)])
    return found


def _kind_of_table(path):
    kind = _kind(path)
    if kind not in ("text", "AnnData", "parquet"):
        raise InputError(f"{path}: found {kind}, expected a table (text or parquet) or an AnnData file")
    return kind


def parse_regions(names, where, lines=None):
    """Positions of regions that are told by their names.

    Parameters
    ----------
    names : sequence of str, length n
        ``chrom:start-end`` or ``chrom-start-end``.
    where : str or Path
        What to call the file in an error message.
    lines : sequence of int, length n, optional
        Their lines there.

    Returns
    -------
    pandas.DataFrame
        ``chrom start end``.

    Raises
    ------
    InputError
        Naming the first that is anything else, or is there twice, where it is not known which values are right.
    """
    found = pd.Series(names, dtype=object).str.extract(f"^{_NAME}$")
    start, end = (pd.to_numeric(found[column]).to_numpy(dtype=float, na_value=np.nan) for column in (1, 2))
    wrong = ~(start < end)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"{_line(where, lines, row)}: found the region '{names[row]}', expected chrom:start-end or "
            "chrom-start-end, start < end"
        )
    regions = pd.DataFrame(dict(zip(POSITION, (found[column] for column in found), strict=True)))
    regions = regions.astype({"chrom": object, "start": np.int64, "end": np.int64})
    twice = regions.duplicated().to_numpy()
    if twice.any():
        row = int(np.argmax(twice))
        raise InputError(f"{_line(where, lines, row)}: found the region '{names[row]}' again, expected every one once")
    return regions


def _line(where, lines, row):
    return where if lines is None else f"{where}, line {lines[row]}"


def _region_columns(header, where, first=0):
    """The columns that say where regions are: three, or the one of their names, which may be the first of any name."""
    if "chrom" in header:
        return [_position(name, header, where) for name in POSITION]
    return [next((header.index(name) for name in ("region", "name") if name in header), first)]


def _position(name, header, where):
    """Where a column is, which has to be there once."""
    if name not in header:
        raise InputError(f"{where}: found no '{name}'; {nearest(name, header)}")
    if header.count(name) > 1:
        raise InputError(f"{where}: found '{name}' twice, expected it once")
    return header.index(name)


@contextmanager
def _opened_text(path):
    """The header of a table in text, and its rows with anything in them: number of the line, and fields."""
    with read_text(path) as text:
        first = text.readline()
        separator = next((mark for mark in "\t,;" if mark in first), "\t")
        rows = csv.reader(itertools.chain([first], text), delimiter=separator, strict=True)
        try:
            header = [field.strip() for field in next(rows, [])]
            yield header, _filled_rows(rows, len(header), path)
        except csv.Error as error:
            raise InputError(
                f"{path}, line {rows.line_num}: cannot be read as fields ({error}); check the quotation marks"
            ) from None


def _read_text(path, names):
    texts, lines, values = [], [], []
    with _opened_text(path) as (header, numbered):
        of_region = _region_columns(header, path)
        of_targets = [_position(name, header, path) for name in names]
        while batch := list(itertools.islice(numbered, _ROWS_AT_ONCE)):
            texts += [_region_name([fields[column].strip() for column in of_region]) for _, fields in batch]
            lines += [number for number, _ in batch]
            values.append(_numbers(batch, of_targets, header, path))
    if not texts:
        raise InputError(f"{path}: found no row below the header, expected one for every region")
    return parse_regions(texts, path, lines), np.concatenate(values)


def _text_split(path):
    with _opened_text(path) as (header, numbered):
        if "split" not in header:
            return None
        column = _position("split", header, path)
        return [fields[column].strip() for _, fields in numbered]


def _region_name(texts):
    """The name of a region that is told by three texts, or by its name itself."""
    return texts[0] if len(texts) == 1 else "{}:{}-{}".format(*texts)


def _filled_rows(rows, n_columns, path):
    """The lines with anything in them: number and fields."""
    for fields in rows:
        if len(fields) != n_columns and any(fields):
            raise InputError(
                f"{path}, line {rows.line_num}: found {len(fields)} fields, expected {n_columns} as in the header"
            )
        if any(fields):
            yield rows.line_num, fields


def _numbers(batch, columns, header, path):
    """The fields of some columns as numbers; shape (n_rows, n_columns)."""
    texts = np.array([[fields[column] for column in columns] for _, fields in batch], dtype=object)
    with np.errstate(over="ignore"):
        values = np.asarray(pd.to_numeric(texts.ravel(), errors="coerce"), dtype=np.float32).reshape(texts.shape)
    for row, column in np.argwhere(~np.isfinite(values)):
        if texts[row, column].strip().lower() not in _MISSING:
            raise InputError(
                f"{path}, line {batch[row][0]}, column '{header[columns[column]]}': found '{texts[row, column]}', "
                "expected a real number, or nothing where it is missing"
            )
    return values


@contextmanager
def _opened_parquet(path):
    """A parquet file as a relation of DuckDB; whatever this makes of a damaged one is one sentence."""
    import duckdb  # here, since no other source needs it

    with TemporaryDirectory() as folder:
        link = Path(folder, "table.parquet")  # in a path of the user's own, it would take * and [ for patterns
        link.symlink_to(Path(path).resolve())
        try:
            with duckdb.connect(config={"threads": 1}) as database:
                table = database.read_parquet(str(link))
                size = table.count("*").fetchone()[0] * len(table.columns) * 8
                if size > _MUCH and size > _MOST_TIMES * Path(path).stat().st_size:
                    raise ValueError(f"it states {size} bytes of values, which is more than is in it")
                yield table
        except InputError:
            raise
        except Exception as error:  # of any kind, since any bytes can be in the file
            told = str(error).replace(str(link), Path(path).name)
            raise InputError(f"{path}: found a damaged parquet file ({told}); {_AGAIN}") from None


def _parquet_targets(path):
    with _opened_parquet(path) as table:
        return [
            name
            for name, kind in zip(table.columns, table.types, strict=True)
            if _NUMBER.fullmatch(str(kind)) and name not in BESIDE_TARGETS["signal"]
        ]


def _read_parquet(path, names):
    import duckdb

    with _opened_parquet(path) as table:
        columns, kinds = list(table.columns), list(table.types)
        texts = (column for column, kind in enumerate(kinds) if str(kind) == "VARCHAR")
        text = next((column for column in texts if columns[column] != "split"), None)
        of_region = _region_columns(columns, path, text)
        if None in of_region:
            raise InputError(
                f"{path}: found no column of text among {', '.join(columns[:8])}, expected the names of regions, or "
                "the columns chrom, start and end"
            )
        for name in names:
            if not _NUMBER.fullmatch(str(kinds[_position(name, columns, path)])):
                raise InputError(f"{path}: found no numbers in the column '{name}', expected real ones")
        wanted = dict.fromkeys([*(columns[column] for column in of_region), *names])
        found = table.select(*map(duckdb.ColumnExpression, wanted)).fetchnumpy()
    texts = (np.ma.filled(np.ma.asarray(found[columns[column]], dtype=object), "") for column in of_region)
    regions = parse_regions([_region_name(row) for row in zip(*texts, strict=True)], path)
    values = [np.ma.filled(np.ma.asarray(found[name], dtype=float), np.nan) for name in names]
    return regions, _real(np.stack(values, axis=1), regions, names, path)


def _parquet_split(path):
    import duckdb

    with _opened_parquet(path) as table:
        if "split" not in table.columns:
            return None
        words = table.select(duckdb.ColumnExpression("split")).fetchall()
    return ["" if word is None else str(word) for (word,) in words]


# --- AnnData ----------------------------------------------------------------------------------------------------------


def _h5ad_targets(path):
    with _opened_h5ad(path) as file:
        names, _, _ = _axes(file, path)
    return names


def _read_h5ad(path, names, layer):
    with _opened_h5ad(path) as file:
        targets, regions, transposed = _axes(file, path)
        rows = [_position(name, targets, path) for name in names]
        layers = file.get("layers", {})
        if layer and layer not in layers:
            raise InputError(f"{path}: found no layer '{layer}' (source.layer); {nearest(layer, layers)}")
        shape = (len(targets), len(regions))
        values = _matrix(layers[layer] if layer else file["X"], shape[::-1] if transposed else shape)
        values = values.T[rows] if transposed else values[rows]
        values = (values if isinstance(values, np.ndarray) else values.toarray()).T
    regions = parse_regions(regions, path)
    return regions, _real(values, regions, names, path)


def _h5ad_split(path):
    with _opened_h5ad(path) as file:
        _, regions, transposed = _axes(file, path)
        described = file["obs" if transposed else "var"]
        if "split" not in described:
            return None
        splits = _words(described["split"])
        if len(splits) != len(regions):
            raise ValueError(f"its column split has {len(splits)} rows, {len(regions)} regions are named")
        return splits


@contextmanager
def _opened_h5ad(path):
    """An HDF5 file; whatever its library makes of a damaged one, or of one of another kind, is one sentence."""
    import h5py  # here, since no other source needs it

    try:
        with h5py.File(path, "r") as file:
            yield file
    except InputError:
        raise
    except Exception as error:  # of any kind, since any bytes can be in the file
        raise InputError(
            f"{path}: cannot be read as an AnnData file ({error or type(error).__name__}); if it is one, {_AGAIN}"
        ) from None


def _axes(file, path):
    """The names of targets and of regions, and whether regions are the rows."""
    axes = {axis: _texts(file[axis][file[axis].attrs["_index"]]) for axis in ("obs", "var")}
    of_regions = {
        axis: len(names) > 0 and pd.Series(names, dtype=object).str.fullmatch(_NAME, na=False).all()
        for axis, names in axes.items()
    }
    if of_regions["obs"] == of_regions["var"]:
        shown = " and ".join(f"'{next(iter(names), '')}' … ({axis})" for axis, names in axes.items())
        raise InputError(
            f"{path}: found the names {shown}, expected those of regions (chrom:start-end) on one axis, and those of "
            "targets, such as cell types, on the other"
        )
    targets, regions = (axes["var"], axes["obs"]) if of_regions["obs"] else (axes["obs"], axes["var"])
    return targets, regions, bool(of_regions["obs"])


def _texts(element):
    """An array of text as a list; where texts may be missing, it is part of a group."""
    return _array(element["values"] if hasattr(element, "keys") else element, text=True).tolist()


def _words(element):
    """A column as a list of text, which may be of categories; empty where one is missing."""
    if hasattr(element, "keys") and "categories" in element:
        codes = _array(element["codes"])
        if codes.min(initial=0) < -1:
            raise ValueError(f"its column {element.name} has the category {codes.min()}")
        return np.array([*_words(element["categories"]), ""], dtype=object)[codes].tolist()
    dataset = element["values"] if hasattr(element, "keys") else element
    return _array(dataset, text=dataset.dtype.kind in "OS").astype(str).tolist()


def _matrix(element, shape):
    """A matrix, dense or sparse, which has to have a shape."""
    if not hasattr(element, "keys"):
        found = _array(element)
    else:
        from scipy.sparse import csc_matrix, csr_matrix

        kinds = {"csr_matrix": csr_matrix, "csc_matrix": csc_matrix}
        kind = element.attrs["encoding-type"]
        if kind not in kinds:
            raise ValueError(f"its values are of the kind {kind}")
        parts = tuple(_array(element[name]) for name in ("data", "indices", "indptr"))
        found = kinds[kind](parts, shape=tuple(element.attrs["shape"]))
        found.check_format()
        found = found.tocsr()
    if found.shape != shape or found.dtype.kind not in "biuf":
        raise ValueError(f"its values are {found.dtype} of shape {found.shape}, those of its names {shape}")
    return found


def _array(dataset, text=False):
    """All of an array of an HDF5 file, which has to be in this file, and not larger than it can hold."""
    stored = dataset.id.get_storage_size()
    if dataset.external or dataset.is_virtual or (dataset.nbytes > _MUCH and dataset.nbytes > _MOST_TIMES * stored):
        raise ValueError(f"its array {dataset.name} of {dataset.nbytes} bytes is not in it")
    return (dataset.asstr() if text else dataset)[...]


def _real(values, regions, names, path):
    """Values as float32, which have to be real numbers or missing."""
    with np.errstate(over="ignore"):
        real = np.asarray(values).astype(np.float32)
    infinite = np.argwhere(np.isinf(real))
    if len(infinite):
        row, column = infinite[0]
        chrom, start, end = regions.iloc[row][POSITION]
        raise InputError(
            f"{path}: found {values[row, column]} for {names[column]} in {chrom}:{start}-{end}, expected a real number"
        )
    return real
