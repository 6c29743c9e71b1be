"""Labelled sequences without coordinates: tables, FASTA files of a class each, and ExplaiNN's own TSV and HDF5 files.

They come from SELEX, protein-binding microarrays and reporter assays, or from peaks whose positions nobody kept. All
readers give the same: :class:`LabelledSequences`.
"""

import csv
import itertools
import math
import re
from dataclasses import dataclass, replace

import numpy as np

from ..bases import ALPHABET, N_CODE, decode
from ..errors import InputError, nearest
from ..io.fasta import read_fasta
from ..io.files import cannot_read, read_text
from ..setup.own_data import expect_distinct, is_headerless, safe_name, table_targets

SPLITS = ("train", "validation", "test")
HDF5 = (".h5", ".hdf5")  # ends of names of such files
_HDF5_SPLITS = {"train": "train", "valid": "validation", "test": "test"}  # beginnings of names of arrays in them
_AMBIGUOUS = "NRYSWKMBDHV"  # IUPAC's codes for more than one base
_LETTERS = "".join(letters + letters.lower() for letters in (ALPHABET, _AMBIGUOUS))
_BASES = str.maketrans(_LETTERS, 2 * ALPHABET + 2 * len(_AMBIGUOUS) * "N")
_NUMERIC = "0123456789+-.eE"
_ROWS_AT_ONCE = 4096
_MUCH, _MOST_TIMES = 2**26, 200  # an array of more bytes must not have more than so many times those of its file


@dataclass(frozen=True)
class LabelledSequences:
    """Sequences and what is said of each, in the order of the files.

    Attributes
    ----------
    names : list of str, length n
        Empty where there is none; not necessarily different.
    sequences : list of str, length n
        A, C, G, T and N, in any number.
    splits : list of str, length n
        ``train``, ``validation``, ``test``, or empty where none is stated.
    places : list of str, length n
        File and line, for error messages.
    labels : numpy.ndarray of float32, shape (n, n_targets)
        NaN = missing.
    targets : list of str, length n_targets
        As they are spelled in the file.
    """

    names: list
    sequences: list
    splits: list
    places: list
    labels: np.ndarray
    targets: list

    def of_targets(self, wanted):
        """The labels of some targets only.

        Parameters
        ----------
        wanted : sequence of str
            Their safe names (:func:`cam.setup.own_data.safe_name`), in the order that they are to have; none: all.

        Returns
        -------
        LabelledSequences

        Raises
        ------
        InputError
            If there is no such target.
        """
        column_of = {safe_name(target): column for column, target in enumerate(self.targets)}
        for target in wanted:
            if target not in column_of:
                raise InputError(f"config, targets: '{target}' is not in the data; {nearest(target, column_of)}")
        columns = [column_of[target] for target in wanted or column_of]
        return replace(self, labels=self.labels[:, columns], targets=[self.targets[column] for column in columns])


def read_labelled(source, paths):
    """Read labelled sequences, whatever the form.

    Parameters
    ----------
    source : mapping
        ``table``, or ``fasta``: a mapping of each target to its ``positives`` and, optionally, ``negatives``. Each of
        these is a file, a list of some, or a mapping of splits to files, which states the split of all that is in them.
    paths : sequence of str or Path
        Where these files are, in this order, for each target the positives first.

    Returns
    -------
    LabelledSequences

    Raises
    ------
    InputError
        If a file is not as expected; with the line, or the number of the sequence.
    """
    if "fasta" in source:
        return read_classes(source["fasta"], paths)
    parts = [
        (split, (read_hdf5 if str(path).lower().endswith(HDF5) else read_table)(path))
        for path, split in zip(paths, _splits_of_files(source["table"]), strict=True)
    ]
    first = parts[0][1]
    for path, (_, part) in zip(paths, parts, strict=True):
        if part.targets != first.targets:
            raise InputError(
                f"{path}: found the targets {', '.join(part.targets)}, expected {', '.join(first.targets)} as in "
                f"{paths[0]}"
            )
    return LabelledSequences(
        [name for _, part in parts for name in part.names],
        [sequence for _, part in parts for sequence in part.sequences],
        [stated or split for split, part in parts for stated in part.splits],
        [place for _, part in parts for place in part.places],
        np.concatenate([part.labels for _, part in parts]),
        first.targets,
    )


def _splits_of_files(named, split=""):
    """The split that is stated of each file: of one, of a list of some, or of a mapping of splits to files."""
    if isinstance(named, str):
        return [split]
    if isinstance(named, list):
        return [split] * len(named)
    return [stated for split, files in named.items() for stated in _splits_of_files(files, split)]


def read_table(path):
    """Read a table of sequences and labels.

    Parameters
    ----------
    path : str or Path
        TSV or CSV, plain or gzipped: ``sequence``, a column per target (a number, or nothing where it is missing) and,
        optionally, ``name`` and ``split`` (``train``, ``validation``, ``test`` or nothing). Or what ExplaiNN's scripts,
        such as fasta2explainn, write: no header, and in every row the name, the sequence and a label per target; these
        are called ``target1``, ``target2``, …

    Returns
    -------
    LabelledSequences

    Raises
    ------
    InputError
        If the file cannot be read, has no rows, or one is not as described above; with line and column.
    """
    rows = _table_rows(path)
    first, header = next(rows, (1, []))
    if first > 1:
        raise InputError(f"{path}: found a first line that is blank or not a whole row, expected the names of columns")
    targets, _ = table_targets(path, "sequences")
    if is_headerless(header):
        rows = itertools.chain([(first, header)], rows)
        header = ["name", "sequence", *(f"{column}" for column in range(3, len(header) + 1))]
        labelled = header[2:]
    else:
        labelled = targets
    column_of = {name: column for column, name in enumerate(header)}
    names, sequences, splits, places, labels = [], [], [], [], []
    for line, fields in rows:
        place = f"{path}, line {line}"
        if len(fields) != len(header):
            raise InputError(
                f"{place}: found {len(fields)} field{'s' * (len(fields) != 1)}, expected {len(header)} as in the first "
                "line; quote a field that has the separator in it"
            )
        sequences.append(_bases(fields[column_of["sequence"]], f"{place}, column sequence"))
        names.append(fields[column_of["name"]] if "name" in column_of else "")
        splits.append(_split(fields[column_of["split"]], place) if "split" in column_of else "")
        labels.append(_labels([fields[column_of[name]] for name in labelled], labelled, place))
        places.append(place)
    return _collected(path, names, sequences, splits, places, labels, targets)


def _table_rows(path):
    """The numbers of lines, and the fields of those that are not blank."""
    with read_text(path) as text:
        first = text.readline()
        separator = next((mark for mark in "\t,;" if mark in first), "\t")
        reader = csv.reader(itertools.chain([first], text), delimiter=separator, strict=True)
        try:
            for fields in reader:
                fields = [field.strip() for field in fields]
                if any(fields):
                    yield reader.line_num, fields
        except csv.Error as error:
            raise InputError(
                f"{path}, line {reader.line_num}: cannot be read as fields of a table ({error}); check the quotation "
                "marks"
            ) from None


def _bases(letters, place):
    """A sequence in capitals, with N for every other code of IUPAC's."""
    rest = letters.lstrip(_LETTERS)
    if not letters:
        raise InputError(f"{place}: found no sequence, expected one")
    if rest:
        position = len(letters) - len(rest) + 1
        rna = rest[0] in "Uu"
        raise InputError(
            f"{place}: found the character '{rest[0]}' at position {position} of the sequence, expected DNA (A, C, G, "
            f"T, or IUPAC's codes){'; this is RNA, so write T for U' * rna}"
        )
    return letters.translate(_BASES)


def _split(word, place):
    if word and word not in SPLITS:
        raise InputError(f"{place}, column split: found '{word}'; {nearest(word, SPLITS)}")
    return word


def _labels(fields, columns, place):
    """Labels as numbers, NaN where a field is empty."""
    if not "".join(fields).strip(_NUMERIC):  # so that there is neither nan nor inf, nor 1_0, nor ٣
        try:
            return [float(field) if field else math.nan for field in fields]
        except ValueError:
            pass
    number = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
    column, field = next(
        pair for pair in zip(columns, fields, strict=True) if pair[1] and not number.fullmatch(pair[1])
    )
    raise InputError(
        f"{place}, column {column}: found '{field[:30]}', expected a number, or nothing where the label is missing"
    )


def _collected(where, names, sequences, splits, places, labels, targets):
    if not sequences:
        raise InputError(f"{where}: found no sequence, expected at least one")
    with np.errstate(over="ignore"):
        labels = np.array(labels).astype(np.float32)
    if np.isinf(labels).any():
        row, column = np.argwhere(np.isinf(labels))[0]
        raise InputError(
            f"{places[row]}, column {targets[column]}: found a number beyond ±{np.finfo(np.float32).max:.2g}, expected "
            "one that 32 bits hold"
        )
    return LabelledSequences(names, sequences, splits, places, labels, list(targets))


def read_classes(classes, paths):
    """Read FASTA files each of which holds the bound or the unbound sequences of a target.

    Of a sequence in a file of one target nothing is known of another.

    Parameters
    ----------
    classes : mapping
        Each target to ``positives`` and, optionally, ``negatives``; see :func:`read_labelled`.
    paths : sequence of str or Path
        Where these files are, for each target the positives first; plain or gzipped.

    Returns
    -------
    LabelledSequences
        A row per sequence in a file, with a single label; its name is the first word of the header.

    Raises
    ------
    InputError
        If a file cannot be read as DNA, or holds no sequence.
    """
    expect_distinct(classes, "config, source.fasta")
    listed = [
        (column, label, split)
        for column, files in enumerate(classes.values())
        for key, label in (("positives", 1.0), ("negatives", 0.0))
        for split in _splits_of_files(files.get(key, []))
    ]
    names, sequences, splits, places, columns, labels = [], [], [], [], [], []
    for path, (column, label, split) in zip(paths, listed, strict=True):
        before = len(sequences)
        for number, (header, letters) in enumerate(read_fasta(path), 1):
            name = (header.split() or [""])[0]
            place = f"{path}, sequence {number}" + f" ({name[:60]})" * bool(name)
            sequences.append(_bases(letters, place))
            names.append(name)
            places.append(place)
        if len(sequences) == before:
            raise InputError(f"{path}: found no sequence, expected FASTA with at least one")
        splits += [split] * (len(sequences) - before)
        columns += [column] * (len(sequences) - before)
        labels += [label] * (len(sequences) - before)
    known = np.full((len(sequences), len(classes)), np.nan, dtype=np.float32)
    known[np.arange(len(sequences)), columns] = labels
    return LabelledSequences(names, sequences, splits, places, known, list(classes))


def read_hdf5(path):
    """Read the HDF5 file of Basset's and ExplaiNN's: one-hot sequences, labels and the split.

    Parameters
    ----------
    path : str or Path
        With the arrays ``train_in``, ``test_in`` and, optionally, ``valid_in`` (n, 4, length) or (n, 4, 1, length),
        whose rows are A, C, G, T and whose columns are one-hot, or all 0 or 0.25 where a base is not known;
        ``train_out``, … (n, n_targets), in which NaN is missing; and, optionally, ``target_labels``, the names of the
        targets, which are else ``target1``, ``target2``, …

    Returns
    -------
    LabelledSequences

    Raises
    ------
    InputError
        If the file cannot be read, or its arrays are not as described above.
    """
    import h5py  # here, since no other source needs it

    parts = []
    try:
        with open(path, "rb") as stream, h5py.File(stream, "r") as file:
            size = stream.seek(0, 2)
            for begin, split in _HDF5_SPLITS.items():
                if begin != "valid" or f"{begin}_in" in file:
                    arrays = (_array(file, f"{begin}_{end}", path, size) for end in ("in", "out"))
                    parts.append((begin, split, *_hdf5_part(*arrays, begin, path)))
            targets = _hdf5_targets(file, parts, path, size)
    except InputError:
        raise
    except Exception as error:  # of any kind, since any bytes can be in the file
        if isinstance(error, OSError) and error.errno:  # of the system's, not of h5py's
            raise cannot_read(path, error) from None
        raise InputError(f"{path}: found a damaged HDF5 file ({error}); copy or download it again") from None
    sequences = [sequence for *_, codes, _ in parts for sequence in decode(codes)]
    numbered = [(begin, split, n) for begin, split, codes, _ in parts for n in range(1, len(codes) + 1)]
    labels = np.concatenate([labels for *_, labels in parts])
    splits = [split for _, split, _ in numbered]
    places = [f"{path}, {begin}_in, sequence {n}" for begin, _, n in numbered]
    return _collected(path, [""] * len(sequences), sequences, splits, places, labels, targets)


def _array(file, key, path, size):
    """An array of an HDF5 file that is in this file itself, and no larger than its bytes let expect."""
    import h5py

    if key not in file:
        raise InputError(f"{path}: array '{key}' is missing; found {', '.join(sorted(file)[:8]) or 'none'}")
    found = file[key] if isinstance(file.get(key, getlink=True), h5py.HardLink) else None
    if not isinstance(found, h5py.Dataset) or found.is_virtual or found.external:
        raise InputError(f"{path}: found '{key}', which is no array in this file, expected one")
    if found.nbytes > _MUCH and found.nbytes > _MOST_TIMES * size:
        raise InputError(f"{path}, {key}: found the shape {found.shape} in a file of {size} bytes, expected data")
    return found


def _hdf5_part(one_hot, labels, begin, path):
    """Base codes and labels of a split."""
    shape = one_hot.shape
    if one_hot.dtype.kind not in "biuf" or len(shape) not in (3, 4) or shape[1:-1] not in ((4,), (4, 1)):
        raise InputError(
            f"{path}, {begin}_in: found {one_hot.dtype} of the shape {shape}, expected numbers (n, 4, length)"
        )
    if labels.dtype.kind not in "biuf" or len(labels.shape) != 2 or len(labels) != len(one_hot) or not labels.shape[1]:
        raise InputError(
            f"{path}, {begin}_out: found {labels.dtype} of the shape {labels.shape}, expected numbers ({len(one_hot)}, "
            "number of targets)"
        )
    if not shape[-1]:
        raise InputError(f"{path}, {begin}_in: found sequences of 0 bp, expected some")
    codes = np.empty((len(one_hot), shape[-1]), dtype=np.uint8)
    for first in range(0, len(one_hot), _ROWS_AT_ONCE):
        some = one_hot[first : first + _ROWS_AT_ONCE].reshape(-1, 4, shape[-1])
        known = ((some == 0) | (some == 1)).all(axis=1) & (some.sum(axis=1) == 1)
        unknown = (some == 0).all(axis=1) | (some == 0.25).all(axis=1)
        if not (known | unknown).all():
            row, position = np.argwhere(~known & ~unknown)[0]
            raise InputError(
                f"{path}, {begin}_in, sequence {first + row + 1}: found {some[row, :, position].tolist()} at position "
                f"{position + 1}, expected a single 1 among A, C, G and T, or four times 0 or 0.25"
            )
        codes[first : first + len(some)] = np.where(known, some.argmax(axis=1), N_CODE)
    return codes, labels[:].astype(float)


def _hdf5_targets(file, parts, path, size):
    """The names of the targets, of which every split has labels."""
    counts = {labels.shape[1] for *_, labels in parts}
    if len(counts) > 1:
        raise InputError(f"{path}: found {' and '.join(map(str, sorted(counts)))} targets in different splits")
    n_targets = counts.pop()
    if "target_labels" not in file:
        return [f"target{number}" for number in range(1, n_targets + 1)]
    names = np.ravel(_array(file, "target_labels", path, size)[()]).tolist()
    names = [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in names]
    if len(names) != n_targets:
        raise InputError(f"{path}, target_labels: found {len(names)} names, expected {n_targets}, one for every target")
    for name in names:
        if not name.strip() or not name.isprintable() or names.count(name) > 1:
            raise InputError(f"{path}, target_labels: found '{name}', expected a name for every target, each once")
    expect_distinct(names, path)
    return names
