"""Rows of tab-separated files without a header (BED, table dumps), with errors that name the line.

Small tables are read line by line (:func:`read_rows`). Tracks have millions of rows: they are read in blocks of whole
lines (:func:`read_blocks`), and the fields of a block are parsed together (:class:`Block`), as strictly.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from ..io.files import read_parts

BLOCK_SIZE = 2**19  # bytes: large enough for arrays to pay, small enough to stay in the cache
_MOST_DIGITS = 18  # of a number that fits 64 bits
_LONGEST_TEXT = 4096  # bytes of a field


def read_rows(text, where, n_columns, takes=""):
    """Split lines into fields, as a stream; blank lines are passed over.

    Parameters
    ----------
    text : iterable of str
        Lines.
    where : str or Path
        What to call the file in an error message.
    n_columns : int
        How many columns a row has at least.
    takes : str
        What file is expected, to end an error message with.

    Yields
    ------
    (int, list of str)
        The line number, from 1, and the fields.

    Raises
    ------
    InputError
        If a row has fewer columns.
    """
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) < n_columns:
            raise InputError(_too_few_columns(where, number, len(fields), n_columns) + _clause(takes))
        yield number, fields


def is_whole_number(text):
    """Whether a text is digits and nothing else, and not too many for 64 bits."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def read_blocks(path, size=BLOCK_SIZE):
    """Read a file in blocks of whole lines.

    Parameters
    ----------
    path : str or Path
        Plain or gzipped.
    size : int
        Bytes read at a time.

    Yields
    ------
    (int, bytes)
        The number of the block's first line, from 1, and its lines, the last of which ends in a line feed too.

    Raises
    ------
    InputError
        As :func:`cam.io.files.read_parts`.
    """
    number, rest = 1, b""
    with ThreadPoolExecutor(1) as ahead:  # gunzips one block while another is parsed
        parts = read_parts(path, size)
        pending = ahead.submit(next, parts, None)
        while (read := pending.result()) is not None:
            pending = ahead.submit(next, parts, None)
            end = read.rfind(b"\n") + 1
            if not end:
                rest += read
                continue
            block, rest = rest + read[:end], read[end:]
            yield number, block
            number += np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))
        if rest:
            yield number, rest + b"\n"


class Block:
    """Lines of a tab-separated file, whose columns are parsed all rows together.

    Parameters
    ----------
    lines : bytes
        Whole lines, each with its line feed. Those without anything else are passed over.
    numbers : int or numpy.ndarray of int, shape (n_rows,)
        The line number of the first, or of each.
    where : str or Path
        What to call the file in an error message.
    n_columns : int
        How many columns a row has at least.
    takes : str
        What file is expected, to end an error message with.

    Raises
    ------
    InputError
        If a row has fewer columns, or holds a carriage return elsewhere than at its end.
    """

    def __init__(self, lines, numbers, where, n_columns, takes=""):
        self._bytes = np.frombuffer(lines, dtype=np.uint8)
        self._where, self._takes = where, takes
        self._ends = np.flatnonzero(self._bytes == ord("\n"))
        self._starts = np.concatenate([[0], self._ends[:-1] + 1])[: len(self._ends)]
        self._numbers = numbers + np.arange(len(self._ends)) if np.isscalar(numbers) else numbers
        filled = self._ends - self._starts > (self._bytes[self._starts] == ord("\r"))
        if not filled.all():
            self._starts, self._ends, self._numbers = self._starts[filled], self._ends[filled], self._numbers[filled]
        tabs = np.flatnonzero(self._bytes == ord("\t"))
        first = np.searchsorted(tabs, self._starts)
        self._n_columns = np.diff(first, append=len(tabs)) + 1
        if (self._n_columns < n_columns).any():
            row = int(np.argmax(self._n_columns < n_columns))
            found = _too_few_columns(where, self._numbers[row], self._n_columns[row], n_columns)
            raise InputError(found + _clause(takes))
        self._tabs, self._first_tab = np.append(tabs, len(lines)), first
        carriage = self._bytes[np.maximum(self._ends - 1, 0)] == ord("\r")
        self._ends = self._ends - carriage
        returns = np.flatnonzero((self._bytes[:-1] == ord("\r")) & (self._bytes[1:] != ord("\n")))
        if len(returns):
            row = int(np.searchsorted(self._ends, returns[0]))
            self.fail(row, ": found a carriage return inside it, expected lines that end in a line feed")

    def __len__(self):
        return len(self._ends)

    def fail(self, row, message):
        """Raise an :class:`InputError` that names the line of a row."""
        raise InputError(f"{self._where}, line {self._numbers[row]}{message}{_clause(self._takes)}")

    def field(self, row, column):
        """The text of one field."""
        begin, end = self._edges(column)
        try:
            return self._bytes[begin[row] : end[row]].tobytes().decode()
        except UnicodeDecodeError:
            self.fail(row, f", column {column + 1}: found bytes that are not UTF-8 text")

    def _edges(self, column):
        """Where the fields of a column, 0-based, begin and end."""
        tab = np.minimum(self._first_tab + column, len(self._tabs) - 1)
        begin = self._tabs[tab - 1] + 1 if column else self._starts
        return begin, np.minimum(self._tabs[tab], self._ends)

    def whole_numbers(self, column):
        """The fields of a column as numbers.

        Parameters
        ----------
        column : int
            0-based.

        Returns
        -------
        numpy.ndarray of int64, shape (n_rows,)

        Raises
        ------
        InputError
            If one is anything but digits.
        """
        begin, end = self._edges(column)
        values, wrong = parse_digits(self._bytes, begin, end)
        if wrong.any():
            row = int(np.argmax(wrong))
            self.fail(row, f", column {column + 1}: found '{self.field(row, column)}', expected a whole number")
        return values

    def intervals(self, column):
        """Start and end (0-based, half-open) from two columns, the first of them given 0-based.

        Raises
        ------
        InputError
            If they are not whole numbers, or an interval is empty.
        """
        start, end = self.whole_numbers(column), self.whole_numbers(column + 1)
        if (start >= end).any():
            row = int(np.argmax(start >= end))
            self.fail(row, f": found start {start[row]} and end {end[row]}, expected start < end")
        return start, end

    def texts(self, column, absent=None):
        """The fields of a column as numbers of the different texts in it.

        Parameters
        ----------
        column : int
            0-based.
        absent : str, optional
            What stands for the field in rows that have too few columns for it.

        Returns
        -------
        codes : numpy.ndarray of int, shape (n_rows,)
        texts : numpy.ndarray of str objects
            The text of each code.

        Raises
        ------
        InputError
            If one is not UTF-8, or longer than any text of a table is.
        """
        begin, end = self._edges(column)
        there = self._n_columns > column
        length = np.where(there, end - begin, 0)
        if (length > _LONGEST_TEXT).any():
            row = int(np.argmax(length))
            self.fail(row, f", column {column + 1}: found {length[row]} bytes, expected at most {_LONGEST_TEXT}")
        # Texts are compared eight bytes at a time, and by their lengths lest the padding be taken for text.
        codes = pd.factorize(np.where(there, length, -1))[0]
        for offset in range(0, int(length.max(initial=0)), 8):
            at = begin[:, None] + np.arange(offset, offset + 8)
            word = np.where(at < end[:, None], self._bytes[np.minimum(at, len(self._bytes) - 1)], 0)
            word_codes, words = pd.factorize(np.ascontiguousarray(word, dtype=np.uint8).view(np.uint64)[:, 0])
            codes = pd.factorize(codes * len(words) + word_codes)[0]
        _, rows = np.unique(codes, return_index=True)
        return codes, np.array([self.field(row, column) if there[row] else absent for row in rows], dtype=object)

    def chromosomes(self, column):
        """The fields of a column as numbers of the different chromosomes in it; see :meth:`texts`.

        Raises
        ------
        InputError
            If one is empty or has a blank in it.
        """
        codes, chroms = self.texts(column)
        for code, chrom in enumerate(chroms):
            if not chrom or not chrom.isprintable() or " " in chrom:
                row = int(np.argmax(codes == code))
                self.fail(row, f", column {column + 1}: found '{chrom}', expected the name of a chromosome")
        return codes, chroms

    def number_lists(self, column):
        """The fields of a column that are lists of numbers, each followed by a comma (``88,71,``).

        Parameters
        ----------
        column : int
            0-based.

        Returns
        -------
        rows, values : numpy.ndarray of int64, shape (n_values,)
            Each value and the row that it is in.

        Raises
        ------
        InputError
            If a field is anything else; an empty list is one, too.
        """
        begin, end = self._edges(column)
        commas = np.flatnonzero(self._bytes == ord(","))
        rows = np.searchsorted(begin, commas, side="right") - 1
        inside = (rows >= 0) & (commas < end[rows])
        commas, rows = commas[inside], rows[inside]
        first = np.searchsorted(commas, begin)
        n_values = np.diff(first, append=len(commas))
        begins = np.concatenate([[0], commas[:-1] + 1])[: len(commas)]
        begins[first[n_values > 0]] = begin[n_values > 0]
        values, wrong = parse_digits(self._bytes, begins, commas)
        bad = (n_values == 0) | (self._bytes[end - 1] != ord(","))
        bad[rows[wrong]] = True
        if bad.any():
            row = int(np.argmax(bad))
            found = self.field(row, column)
            self.fail(
                row, f", column {column + 1}: found '{found}', expected whole numbers, each with a comma after it"
            )
        return rows, values


def parse_digits(letters, begin, end):
    """Decimal numbers that stand in an array of bytes.

    Parameters
    ----------
    letters : numpy.ndarray of uint8
    begin, end : numpy.ndarray of int, shape (n,)
        Where each number begins and ends.

    Returns
    -------
    values : numpy.ndarray of int64, shape (n,)
    wrong : numpy.ndarray of bool, shape (n,)
        Where there is anything but digits, or none, or too many for 64 bits.
    """
    length = end - begin
    wrong = (length < 1) | (length > _MOST_DIGITS)
    values = np.zeros(len(begin), dtype=np.int64)
    for place in range(min(int(length.max(initial=0)), _MOST_DIGITS)):
        inside = place < length
        digit = letters[np.where(inside, begin + place, 0)] - np.uint8(ord("0"))  # below "0" wraps around to over 9
        wrong |= inside & (digit > 9)
        values = np.where(inside, values * 10 + digit, values)
    return values, wrong


def _clause(takes):
    return takes and f"; {takes}"


def _too_few_columns(where, number, found, expected):
    columns = "column" if found == 1 else "columns"
    return f"{where}, line {number}: found {found} tab-separated {columns}, expected {expected} or more"


def expect_tfs(tfs, known, where):
    """See that a source has every TF that is asked for; one that it lacks would else count as bound nowhere.

    Parameters
    ----------
    tfs : iterable of str
        The TFs that are asked for; case does not matter.
    known : iterable of str
        The TFs that the source has.
    where : str or Path
        What to call the source in an error message.

    Raises
    ------
    InputError
        Naming the first TF that is missing, and those that are nearest to it.
    """
    if not known:
        raise InputError(f"{where}: found no data set of any TF; check that it is the file of this source")
    lower = {tf.lower() for tf in known}
    for tf in tfs:
        if tf.lower() not in lower:
            raise InputError(f"{where}: found no data set of TF '{tf}'; {nearest(tf, known)}")
