"""Rows of tab-separated files without a header (BED, table dumps), one at a time, with errors that name the line."""

from ..errors import InputError, nearest


def read_rows(text, where, n_columns):
    """Split lines into fields, as a stream, so that a file of any size can be filtered while it is read.

    Parameters
    ----------
    text : iterable of str
        Lines.
    where : str or Path
        What to call the file in an error message.
    n_columns : int
        How many columns a row has at least.

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
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) < n_columns:
            raise InputError(
                f"{where}, line {number}: found {len(fields)} tab-separated column{'s' * (len(fields) != 1)}, "
                f"expected {n_columns} or more"
            )
        yield number, fields


def whole_number(fields, index, where, number):
    """The field at a 0-based index as a number.

    Raises
    ------
    InputError
        If it is anything but digits.
    """
    field = fields[index]
    if not (field.isascii() and field.isdigit()):
        raise InputError(f"{where}, line {number}, column {index + 1}: found '{field}', expected a whole number")
    return int(field)


def interval(fields, index, where, number):
    """Start and end (0-based, half-open) from two fields, the first of them at a 0-based index.

    Raises
    ------
    InputError
        If they are not whole numbers, or the interval is empty.
    """
    start = whole_number(fields, index, where, number)
    end = whole_number(fields, index + 1, where, number)
    if start >= end:
        raise InputError(f"{where}, line {number}: found start {start} and end {end}, expected start < end")
    return start, end


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
        raise InputError(f"{where}: found no data set of any TF")
    lower = {tf.lower() for tf in known}
    for tf in tfs:
        if tf.lower() not in lower:
            raise InputError(f"{where}: found no data set of TF '{tf}'; {nearest(tf, known)}")
