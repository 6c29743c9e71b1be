"""The user's own peaks: BED of three or more columns, narrowPeak, broadPeak, or summits as MACS writes them.

What a file is told to be is seen in its first row, whatever its name. With numbers in columns 7 to 9 (signal, p-value,
q-value) it is narrowPeak, if it has a tenth column, or broadPeak; else it is BED, as is a file whose columns 7 to 9 are
those of BED9 (the thick part, within the interval, and a colour). The score of a peak is column 7 of narrowPeak and
broadPeak, and column 5 of BED, if there is a number in it. The summit is that of narrowPeak's column 10, an offset from
the start; where it is -1, and in all other formats, it is the middle, rounded down.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ..errors import InputError
from ..io.files import read_bytes
from .rows import Block, parse_digits, read_blocks

TAKES = "peaks are BED, narrowPeak, broadPeak or summits, with tabs between the columns"
_NO_ROWS = (b"#", b"track", b"browser")
_IN_NUMBERS = np.isin(np.arange(256), [0, *b"0123456789+-.eE"])
_LONGEST_NUMBER = 64  # letters
_OTHER_FILES = {
    b"\xeb\xf2\x89\x87": ("a bigBed file", "convert it with bigBedToBed"),
    b"\x87\x89\xf2\xeb": ("a bigBed file", "convert it with bigBedToBed"),
    b"\x26\xfc\x8f\x88": ("a bigWig file, which is a signal", "call peaks, or use a source of the kind signal"),
    b"\x88\x8f\xfc\x26": ("a bigWig file, which is a signal", "call peaks, or use a source of the kind signal"),
    b"BAM\x01": ("a BAM file, which is reads", "call peaks first, with MACS for instance"),
    b"PK\x03\x04": ("a workbook of a spreadsheet, or a zip archive", "save it as text with tabs, or unpack it"),
    b"\xd0\xcf\x11\xe0": ("a workbook of a spreadsheet", "save it as text with tabs"),
}


class _Layout(NamedTuple):
    """Where things are in the rows of a file: columns, 0-based, or None."""

    format: str
    n_columns: int
    score: int | None
    summit: int | None


def read_peaks(path, min_score=None, top=None):
    """Read a file of peaks; for the formats see the module.

    Parameters
    ----------
    path : str or Path
        Plain, gzipped or bgzipped. A row of column names, lines that are empty, and those that begin with ``#``,
        ``track`` or ``browser`` are passed over.
    min_score : float, optional
        Peaks with a lower score are left out.
    top : int, optional
        At most as many are kept (after ``min_score``), those with the highest scores; of equal ones, those that come
        first in the file.

    Returns
    -------
    peaks : pandas.DataFrame
        ``chrom start end summit score`` in the order of the file: ``chrom`` is categorical, positions are 0-based and
        intervals half-open, and the score is missing (NaN) throughout if the file has none.
    counts : dict
        ``format`` (``narrowPeak``, ``broadPeak``, ``BED`` or, where each peak is one base pair, ``summits``), ``score``
        (``column 7``, ``column 5`` or an empty text), ``read`` (rows), ``without_summit`` (of these, those whose middle
        stands for it), and ``lost_min_score`` and ``lost_top``, what the filters took.

    Raises
    ------
    InputError
        If the file cannot be read or is of another kind, has no peak, a row is not as the first one has it, there is no
        score to filter by, or no peak passes the filter.
    """
    _expect_text(path)
    layout, number_of, columns = None, {}, []
    for numbers, lines in _rows(path):
        layout = layout or _layout(_fields(lines))
        block = _Peaks(lines, numbers, path, layout.n_columns, TAKES)
        codes, chroms = block.chromosomes(0)
        codes = np.array([number_of.setdefault(chrom, len(number_of)) for chrom in chroms])[codes]
        start, end = block.intervals(1)
        score = np.full(len(block), np.nan) if layout.score is None else block.numbers(layout.score)
        middle = (start + end) // 2
        offset = -1 if layout.summit is None else block.offsets(layout.summit, end - start)
        summit = np.where(offset < 0, middle, start + offset)
        columns.append((codes, start, end, summit, score, np.broadcast_to(offset < 0, codes.shape)))
    if not columns:
        raise InputError(f"{path}: found no peak in it, expected at least one; leave it out, or give another file")
    codes, start, end, summit, score, is_middle = map(np.concatenate, zip(*columns, strict=True))
    peaks = pd.DataFrame(
        {"chrom": pd.Categorical.from_codes(codes, list(number_of)), "start": start, "end": end, "summit": summit}
    ).assign(score=score)
    if layout.score is None and (min_score is not None or top is not None):
        raise InputError(
            f"{path}: found no score in its peaks, expected one for {'top' if min_score is None else 'min_score'} to "
            "go by, in column 5 (BED) or 7 (narrowPeak, broadPeak); give a file with scores, or leave this out"
        )
    passed = peaks if min_score is None else peaks[score >= min_score]
    if passed.empty:
        raise InputError(
            f"{path}: found no peak with a score of {min_score:g} or more (min_score), expected one; the highest of "
            f"{len(peaks)} is {score.max():g}"
        )
    kept = passed
    if top is not None:
        best = np.argsort(-passed["score"].to_numpy(), kind="stable")[:top]
        kept = passed.iloc[np.sort(best)]
    counts = {
        "format": "summits" if layout.format == "BED" and (end - start == 1).all() else layout.format,
        "score": "" if layout.score is None else f"column {layout.score + 1}",
        "read": len(peaks),
        "without_summit": int((is_middle & (end - start > 1)).sum()),
        "lost_min_score": len(peaks) - len(passed),
        "lost_top": len(passed) - len(kept),
    }
    return kept.reset_index(drop=True), counts


def _expect_text(path):
    with read_bytes(path) as file:
        found, advice = _OTHER_FILES.get(file.peek(4)[:4], (None, None))
    if found:
        raise InputError(f"{path}: found {found}, expected peaks; {advice}; {TAKES}")


def _rows(path):
    """The rows of a file, many at a time: their line numbers (or that of the first) and the lines."""
    begun = False
    for number, lines in read_blocks(path):
        is_plain = not lines.startswith(_NO_ROWS) and not any(b"\n" + word in lines for word in _NO_ROWS)
        if begun and is_plain and not lines.isspace():
            yield number, lines
            continue
        rows = [
            (number, line)
            for number, line in enumerate(lines.split(b"\n"), number)
            if line.strip() and not line.startswith(_NO_ROWS)
        ]
        if rows and not begun:
            begun = True
            rows = rows[_is_header(*rows[0], path) :]
        if rows:
            numbers, lines = zip(*rows, strict=True)
            yield np.array(numbers), b"\n".join(lines) + b"\n"


def _is_header(number, line, path):
    """Whether a line is one of column names; those of MACS's table are refused, for it counts positions from 1."""
    names = [name.lower() for name in _fields(line)]
    if names[:4] == ["chr", "start", "end", "length"]:
        raise InputError(
            f"{path}, line {number}: found the columns of the table (.xls) of MACS, expected its peaks; give the "
            "narrowPeak, broadPeak or summits file that it writes beside it"
        )
    return len(names) > 2 and "start" in names[1] and ("end" in names[2] or "stop" in names[2])


def _fields(lines):
    """The fields of the first of some lines, as text."""
    return lines.split(b"\n", 1)[0].decode(errors="replace").rstrip("\r").split("\t")


def _layout(fields):
    """What a file is, according to its first row."""
    if len(fields) >= 9 and all(map(_is_number, fields[6:9])) and not _is_bed9(fields):
        if len(fields) >= 10:
            return _Layout("narrowPeak", 10, score=6, summit=9)
        return _Layout("broadPeak", 9, score=6, summit=None)
    if len(fields) >= 5 and _is_number(fields[4]):
        return _Layout("BED", 5, score=4, summit=None)
    return _Layout("BED", 3, score=None, summit=None)


def _is_bed9(fields):
    """Whether columns 7 to 9 are the thick part of an interval and a colour, or blocks follow (BED12)."""
    start, end, *thick = (float(field) if _is_number(field) else np.nan for field in [*fields[1:3], *fields[6:8]])
    return (fields[8] == "0" and start <= thick[0] <= thick[1] <= end) or "," in "".join(fields[10:12])


def _is_number(text):
    try:
        return bool(text.isascii() and "_" not in text and np.isfinite(float(text)))
    except ValueError:
        return False


class _Peaks(Block):
    """Rows of peaks."""

    def numbers(self, column):
        """The fields of a column as real numbers: float64, shape (n_rows,).

        Raises
        ------
        InputError
            If one is anything else.
        """
        begin, end = self._edges(column)
        length = int(np.clip((end - begin).max(), 1, _LONGEST_NUMBER))
        at = begin[:, None] + np.arange(length)
        letters = np.where(at < end[:, None], self._bytes[np.minimum(at, len(self._bytes) - 1)], np.uint8(0))
        wrong = (end - begin > length) | (end == begin) | ~_IN_NUMBERS[letters].all(axis=1)
        if not wrong.any():
            try:
                values = letters.view(f"S{length}")[:, 0].astype(float)
                wrong = ~np.isfinite(values)
            except ValueError:
                wrong = np.array([not _is_number(self.field(row, column)) for row in range(len(self))])
        if wrong.any():
            row = int(np.argmax(wrong))
            self.fail(row, f", column {column + 1}: found '{self.field(row, column)}', expected a number")
        return values

    def offsets(self, column, width):
        """The fields of a column as places in intervals of some width, -1 for none: int64, shape (n_rows,).

        Raises
        ------
        InputError
            If one is anything else.
        """
        begin, end = self._edges(column)
        minus = (end - begin == 2) & (self._bytes[begin] == ord("-"))
        values, wrong = parse_digits(self._bytes, begin + minus, end)
        values = np.where(minus, -values, values)
        wrong |= (values < -1) | (values >= width)
        if wrong.any():
            row = int(np.argmax(wrong))
            self.fail(
                row,
                f", column {column + 1}: found '{self.field(row, column)}' in a peak of {width[row]} bp, expected its "
                f"summit, a whole number below {width[row]}, or -1 for none; if this column is something else, keep "
                "the first six (cut -f1-6)",
            )
        return values
