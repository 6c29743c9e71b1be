"""ImmGen's atlas of accessibility in 81 mouse immune cell types (Yoshida et al. 2019), in each of its three forms.

The data of AI-TAC (Maslova et al. 2020) are two text files, one of the positions of peaks and one of their heights
(:func:`read_peaks`, :func:`read_heights`), from which its authors made arrays (:func:`read_arrays`). ImmGen's own table
has both (:func:`read_ocrs`). Cell types are found by name or, where a source spells one differently, by its alias.
"""

import csv
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from ..bases import N_CODE
from ..errors import InputError, nearest
from ..io.files import cannot_read, read_text, write_text
from ..io.pickles import unpickle
from ..setup.addresses import IMMGEN
from .arrays import read_array, read_header
from .rows import is_whole_number

SKIPPED = "skipped: lines of heights with a stray end-of-file character"
_ROWS_AT_ONCE = 20_000
_STRAY = b"\x1a"  # DOS's end of file; AI-TAC's authors, too, pass over lines that hold it
_BLANK = b' \t\r\n,"'  # all that is in a line without a field
_CODE_OF_ROW = np.array([0, 3, 2, 1], dtype=np.uint8)  # AI-TAC's rows are A, T, G, C


def counted(*steps):
    return pd.DataFrame(steps, columns=["step", "regions"])


def read_peaks(path, width):
    """Read the positions of peaks: ``ImmGenATAC1219.peak_matched.txt``.

    Each line is ``name chrom start stop``, separated by blanks or tabs; positions count from 1, and both ends belong to
    the peak. A first line that says just this, ``name chrom start stop``, is passed over.

    Parameters
    ----------
    path : str or Path
        Plain or gzipped.
    width : int
        The width that every peak must have, in bp.

    Returns
    -------
    pandas.DataFrame
        ``chrom start end name``, 0-based and half-open, in the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read, a line is not as described above, or a name is there twice.
    """
    rows, line_of = [], {}
    with read_text(path) as text:
        for number, line in enumerate(text, 1):
            fields = line.split()
            if number == 1 and [field.lower() for field in fields] == ["name", "chrom", "start", "stop"]:
                continue
            if not fields:
                continue
            where = f"{path}, line {number}"
            if len(fields) != 4:
                raise InputError(f"{where}: found {len(fields)} fields, expected 4: name, chromosome, start and stop")
            name, chrom, *ends = fields
            for column, end in enumerate(ends, 3):
                if not is_whole_number(end):
                    raise InputError(f"{where}, column {column}: found '{end}', expected a whole number")
            start, stop = map(int, ends)
            if not 1 <= start <= stop:
                raise InputError(f"{where}: found start {start} and stop {stop}, expected 1 or more and start ≤ stop")
            if stop - start + 1 != width:
                raise InputError(
                    f"{where}: found a peak of {stop - start + 1} bp, expected {width} (regions.width); set "
                    f"it to {stop - start + 1}, or take peaks of one width"
                )
            if name in line_of:
                raise InputError(f"{where}: found '{name}' as in line {line_of[name]}, expected every name once")
            line_of[name] = number
            rows.append((chrom, start - 1, stop, name))
    if not rows:
        raise InputError(f"{path}: found no peak")
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "name"])


def read_heights(path, targets, lineages):
    """Read the heights of peaks: ``mouse_peak_heights.csv``, which are log2 of the normalised signal.

    The header names the cell types; before them, there may be a name for the names of peaks, or an empty one. Each line
    is a name and a number for every cell type. Fields are separated by commas or, where the header has none, by blanks
    or tabs. Lines with a stray end-of-file character (0x1A) are skipped.

    Parameters
    ----------
    path : str or Path
        Plain or gzipped.
    targets : sequence of str
        Cell types.
    lineages : pandas.DataFrame, optional
        ``target alias``, as from :func:`cam.sources.target_tables.read_lineages`.

    Returns
    -------
    names : list of str, length n
        In the order of the file.
    values : numpy.ndarray of float32, shape (n, n_targets)
    n_skipped : int
        Lines that were skipped.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a cell type, a line has another number of fields or anything but finite
        numbers, or a name is there twice.
    """
    (names,), values, numbers, n_skipped = _read_table(path, None, targets, lineages)
    _expect_once(names, numbers, path)
    return names, values, n_skipped


def read_ocrs(path, targets, lineages, width):
    """Read positions and signal of ImmGen's open chromatin regions: ``ImmGenATAC18_AllOCRsInfo.csv``.

    A comma-separated table, some of whose fields are quoted. Of its columns, ``ImmGenATAC1219.peakID`` is the number of
    a region or its whole name, ``chrom`` and ``Summit`` (counted from 1) say where it is, and there is one for every
    cell type: the normalised signal, not in logarithms.

    Parameters
    ----------
    path : str or Path
        Plain or gzipped.
    targets, lineages
        See :func:`read_heights`.
    width : int
        Of the regions, in bp: as many on both sides of the summit, and one more on the left of it if even.

    Returns
    -------
    regions : pandas.DataFrame
        ``chrom start end name``, 0-based and half-open, in the order of the file. One near the beginning of its
        chromosome may have a start below 0.
    values : numpy.ndarray of float32, shape (n, n_targets)
        log2(1 + signal), which is how heights are scaled.
    n_skipped : int
        Lines that were skipped, as in :func:`read_heights`.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or a line is not as described above; if a name is there twice.
    """
    texts = ["ImmGenATAC1219.peakID", "chrom", "Summit"]
    (ids, chroms, summits), signal, numbers, n_skipped = _read_table(path, texts, targets, lineages)
    for number, summit in zip(numbers, summits, strict=True):
        if not (is_whole_number(summit) and int(summit) > 0):
            raise InputError(f"{path}, line {number}, Summit: found '{summit}', expected a position, from 1")
    if (signal < 0).any():
        row, column = np.argwhere(signal < 0)[0]
        raise InputError(
            f"{path}, line {numbers[row]}, {targets[column]}: found {signal[row, column]:g}, expected signal, "
            "which is not negative"
        )
    start = np.array(summits, dtype=np.int64) - 1 - width // 2
    names = [f"ImmGenATAC1219.peak_{name}" if is_whole_number(name) else name for name in ids]
    _expect_once(names, numbers, path)
    regions = pd.DataFrame({"chrom": chroms, "start": start, "end": start + width, "name": names})
    return regions, np.log2(1 + signal), n_skipped


def _read_table(path, texts, targets, lineages):
    """Columns of text, given by name, and the values of the targets, of a table with a header of cell types.

    Without names of columns, the one of text is the first, for which the header may have no field.

    Returns
    -------
    tuple of (list of str, length n), numpy.ndarray of float32 (n, n_targets), list of int (n,), int
        The columns of text, the values, the number of each line, and how many lines were skipped.
    """
    numbers, blocks, n_skipped, columns = [], [], 0, None
    with read_text(path) as text:
        lines = text.buffer  # bytes, which pandas parses the fastest
        first = lines.readline()
        comma = b"," in first
        header = _fields(first, comma, f"{path}, line 1")
        rows = enumerate(lines, 2)
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            filled = [row for row in batch if row[1].strip(_BLANK)]
            kept = [row for row in filled if _STRAY not in row[1]]
            n_skipped += len(filled) - len(kept)
            if kept and columns is None:
                number, line = kept[0]
                if texts is None and len(_fields(line, comma, f"{path}, line {number}")) == len(header) + 1:
                    header = ["", *header]
                columns = [0] if texts is None else [_position(name, header, path) for name in texts]
                n_texts = len(columns)
                columns += _cell_type_columns(header, targets, lineages, path)
            for number, line in kept:
                plain = comma and b'"' not in line
                found = line.count(b",") + 1 if plain else len(_fields(line, comma, f"{path}, line {number}"))
                if found != len(header):
                    raise InputError(f"{path}, line {number}: found {found} fields, expected {len(header)}")
            if kept:
                blocks.append(_parse(kept, columns, n_texts, comma, path))
                numbers += [number for number, _ in kept]
    if not blocks:
        raise InputError(f"{path}: found no line with numbers")
    columns_of_text, values = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return columns_of_text.T.tolist(), values, numbers, n_skipped


def _fields(line, comma, where):
    """The fields of a line of bytes, without quotation marks."""
    text = line.decode("utf-8", errors="replace").rstrip("\r\n")
    try:
        return next(csv.reader([text]), []) if comma else text.replace('"', "").split()
    except csv.Error as error:
        raise InputError(f"{where}: found what cannot be read as comma-separated fields ({error})") from None


def _position(column, header, where):
    """Where a column is."""
    if column not in header:
        raise InputError(f"{where}, line 1: column '{column}' is missing; {nearest(column, header)}")
    return header.index(column)


def _cell_type_columns(header, targets, lineages, where):
    """Where the cell types are in a header, under their names or under their aliases."""
    alias = {} if lineages is None else dict(zip(lineages["target"], lineages["alias"], strict=True))
    columns = []
    for target in targets:
        spelled = target if target in header else alias.get(target) or target
        if spelled not in header:
            raise InputError(f"{where}: cell type '{target}' is not in it; {nearest(target, header)}")
        if header.count(spelled) > 1:
            raise InputError(f"{where}: found the cell type '{spelled}' twice, expected it once")
        columns.append(header.index(spelled))
    return columns


def _parse(rows, columns, n_texts, comma, where):
    """The texts and numbers of some lines, by pandas; where it fails, the first wrong field is looked for."""
    number_columns = columns[n_texts:]
    problem = "quotation marks that do not match"
    try:
        frame = pd.read_csv(
            BytesIO(b"".join(line for _, line in rows)),
            sep="," if comma else r"\s+",
            header=None,
            usecols=columns,
            dtype=dict.fromkeys(columns[:n_texts], str) | dict.fromkeys(number_columns, np.float32),
            na_filter=False,
        )
        values = frame[number_columns].to_numpy()
        if len(values) == len(rows) and np.isfinite(values).all():
            return frame[columns[:n_texts]].to_numpy(dtype=object), values
    except ValueError as error:
        problem = error
    for number, line in rows:
        fields = _fields(line, comma, f"{where}, line {number}")
        for column in number_columns:
            if not _is_finite(fields[column]):
                raise InputError(
                    f"{where}, line {number}, column {column + 1}: found '{fields[column]}', expected a number"
                )
    raise InputError(f"{where}, lines {rows[0][0]} to {rows[-1][0]}: cannot be read as a table ({problem})")


def _is_finite(text):
    try:
        return bool(np.isfinite(np.float32(text)))
    except ValueError:
        return False


def _expect_once(names, numbers, where):
    """See that no two lines have the same name."""
    line_of = {}
    for name, number in zip(names, numbers, strict=True):
        if line_of.setdefault(name, number) != number:
            raise InputError(
                f"{where}, line {number}: found '{name}' as in line {line_of[name]}, expected every name once"
            )


def read_arrays(directory, targets, lineages, width):
    """Read the arrays that AI-TAC's authors made of sequences and heights.

    ``one_hot_seqs.npy`` (n, 4, width) has the rows A, T, G, C, in this order; ``cell_type_array.npy`` (n, n_cell_types)
    the heights; ``peak_names.npy`` (n,) the names. ``cell_type_names.npy`` names the columns of the heights: a list, or
    rows of task, name and lineage. It may be pickled, and is then read without trust in it. The positions are not in
    the arrays, but are known if the folder holds ``ImmGenATAC1219.peak_matched.txt``, too.

    Parameters
    ----------
    directory : str or Path
    targets, lineages
        See :func:`read_heights`.
    width : int
        The width that every sequence must have, in bp.

    Returns
    -------
    regions : pandas.DataFrame
        ``chrom start end name``, the first three missing where positions are not known, in the order of the arrays.
    codes : numpy.ndarray of uint8, shape (n, width)
        Base codes; N where a column of the one-hot array is all 0.
    values : numpy.ndarray of float32, shape (n, n_targets)

    Raises
    ------
    InputError
        If a file cannot be read, is not as described above, does not fit the others, or lacks a cell type; if a name is
        there twice, or has no position though there is a file of positions.
    """
    path_of = {key: Path(directory, name) for key, name in IMMGEN.items()}
    names, codes = _read_sequences(path_of["sequences"], path_of["names"], width)
    values, cell_types = _load(path_of["values"]), _load_names(path_of["cell_types"])
    if cell_types.ndim == 2 and cell_types.shape[1] == 3:
        cell_types = cell_types[:, 1]
    if cell_types.ndim != 1:
        raise InputError(
            f"{path_of['cell_types']}: found the shape {cell_types.shape}, expected a list of names, or 3 columns"
        )
    if values.shape != (len(names), len(cell_types)):
        raise InputError(
            f"{path_of['values']}: found the shape {values.shape}, expected ({len(names)}, {len(cell_types)}), as many "
            "rows as names and columns as cell types"
        )
    columns = _cell_type_columns(cell_types.tolist(), targets, lineages, path_of["cell_types"])
    with np.errstate(over="ignore"):
        values = values[:, columns].astype(np.float32)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise InputError(
            f"{path_of['values']}: found {values[row, column]} for {names[row]} in {targets[column]}, expected a number"
        )
    return _positions(path_of["peaks"], names, width), codes, values


def _read_sequences(sequences, names, width):
    """Names and base codes of the sequences of AI-TAC's arrays."""
    one_hot, texts = _load(sequences), _load_names(names)
    if one_hot.ndim != 3 or one_hot.shape[1:] != (4, width):
        raise InputError(
            f"{sequences}: found the shape {one_hot.shape}, expected (number of regions, 4, {width}), where {width} is "
            "regions.width"
        )
    if texts.shape != (len(one_hot),):
        raise InputError(f"{names}: found the shape {texts.shape}, expected ({len(one_hot)},), as many as sequences")
    twice = texts[pd.Index(texts).duplicated()]
    if len(twice):
        raise InputError(f"{names}: found '{twice[0]}' twice, expected every name once")
    return texts, _base_codes(one_hot, sequences)


def read_array_sequences(sequences, names, wanted, width):
    """Base codes of named regions from AI-TAC's arrays; see :func:`read_arrays` for the files and the errors.

    Parameters
    ----------
    sequences, names : str or Path
        ``one_hot_seqs.npy`` and ``peak_names.npy``.
    wanted : sequence of str, length n
        The names of the regions.
    width : int
        In bp.

    Returns
    -------
    numpy.ndarray of uint8, shape (n, width)

    Raises
    ------
    InputError
        Also if there is no region of a name.
    """
    known, codes = _read_sequences(sequences, names, width)
    rows = pd.Index(known).get_indexer(wanted)
    if (rows < 0).any():
        raise InputError(f"{names}: found no region '{wanted[int(np.argmax(rows < 0))]}'")
    return codes[rows]


def _positions(path, names, width):
    """The positions of named peaks, missing if there is no file of them."""
    if not path.exists():
        return pd.DataFrame({"chrom": None, "start": None, "end": None, "name": names})
    peaks = read_peaks(path, width)
    rows = pd.Index(peaks["name"]).get_indexer(names)
    if (rows < 0).any():
        raise InputError(f"{path}: found no position of '{names[int(np.argmax(rows < 0))]}', which is in the arrays")
    return peaks.iloc[rows].reset_index(drop=True)


def _base_codes(one_hot, where):
    """Base codes of one-hot sequences whose rows are A, T, G, C, some thousands at a time."""
    codes = np.empty((len(one_hot), one_hot.shape[2]), dtype=np.uint8)
    for first in range(0, len(one_hot), _ROWS_AT_ONCE):
        some = np.asarray(one_hot[first : first + _ROWS_AT_ONCE])
        known = some.sum(axis=1)
        wrong = ~np.isin(some, (0, 1)).all(axis=(1, 2)) | (known > 1).any(axis=1)
        if wrong.any():
            raise InputError(
                f"{where}: found more than a single 1 at a position of sequence {first + np.argmax(wrong) + 1}, "
                "expected one-hot sequences"
            )
        codes[first : first + len(some)] = np.where(known == 0, N_CODE, _CODE_OF_ROW[some.argmax(axis=1)])
    return codes


def _load(path):
    """An array of numbers, mapped into memory."""
    return read_array(path, "biuf", "numbers")


def _load_names(path):
    """An array of str, however it was stored."""
    try:
        with open(path, "rb") as stream:
            if read_header(stream)[2].hasobject:
                names = unpickle(stream.read(), _ARRAY_OF_OBJECTS).array()
            else:
                names = read_array(path, "SU", "names")
        if not all(isinstance(name, str | bytes | int | float) for name in names.flat):  # beside them, anything
            raise ValueError("not all of it is text")
        texts = [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in names.flat]
        return np.array(texts, dtype=object).reshape(names.shape)
    except OSError as error:
        raise cannot_read(path, error) from None
    except InputError:
        raise
    except Exception as error:  # a pickle that is not as expected may fail in any way
        raise InputError(f"{path}: refused, expected an array of names and nothing else ({error})") from None


class _PickledArray:
    """What numpy's pickle of an array of objects says of it, for none of numpy's own code is to be run by a pickle."""

    def __init__(self, *_):
        self._state = None

    def __setstate__(self, state):
        self._state = state

    def array(self):
        """The array itself."""
        _, shape, _, _, items = self._state  # the fourth says how it lay in memory; items are in C order all the same
        if not isinstance(items, list):
            raise TypeError("it is no array of objects")
        return np.fromiter(items, dtype=object, count=len(items)).reshape(shape)


_ARRAY_OF_OBJECTS = {
    ("numpy.core.multiarray", "_reconstruct"): _PickledArray,
    ("numpy._core.multiarray", "_reconstruct"): _PickledArray,
    ("numpy", "ndarray"): None,
    ("numpy", "dtype"): _PickledArray,  # its state is of no interest: objects are all it can be
    ("_codecs", "encode"): lambda text, encoding: text.encode("latin1"),
}


def write_peaks(path, frame):
    """Write positions in the format of :func:`read_peaks`, separated by tabs, in the order given.

    Parameters
    ----------
    path : str or Path
        Gzipped if it ends in ``.gz``.
    frame : pandas.DataFrame
        ``chrom start end name``, 0-based and half-open, as everywhere but in the file.
    """
    columns = (frame[column].tolist() for column in ("name", "chrom", "start", "end"))
    rows = zip(*columns, strict=True)
    with write_text(path) as text:
        text.writelines(f"{name}\t{chrom}\t{start + 1}\t{end}\n" for name, chrom, start, end in rows)


def write_heights(path, names, targets, values):
    """Write heights in the format of :func:`read_heights`, separated by commas; the header begins with an empty field.

    Parameters
    ----------
    path : str or Path
        Gzipped if it ends in ``.gz``.
    names : sequence of str, length n
    targets : sequence of str
    values : numpy.ndarray of float32, shape (n, n_targets)
        Written with nine digits, from which the same float32 is read again.
    """
    line = "%s" + ",%.9g" * len(targets) + "\n"
    with write_text(path) as text:
        text.write(",".join(["", *targets]) + "\n")
        text.writelines(line % (name, *row) for name, row in zip(names, values, strict=True))
