"""Tables as tab-separated text: those that the pipeline makes, and small ones that somebody has written."""

import csv
import itertools

from ..errors import InputError
from .files import read_text, write_text


def write_table(frame, path, float_format="%.6g", index=False):
    """Write a data frame as tab-separated text; missing values are empty fields."""
    with write_text(path) as text:
        frame.to_csv(text, sep="\t", index=index, float_format=float_format, lineterminator="\n")


def read_table(path, columns=(), **options):
    """Read a tab-separated table written by :func:`write_table`.

    Parameters
    ----------
    path : str or Path
    columns : sequence of str
        Columns that have to be there.
    **options
        Passed on to :func:`pandas.read_csv`.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        If the file cannot be read, is empty, or a column is missing.
    """
    import pandas as pd

    with read_text(path) as text:
        try:
            frame = pd.read_csv(text, sep="\t", keep_default_na=False, na_values=[""], **options)
        except pd.errors.EmptyDataError:
            raise InputError(
                f"{path}: found an empty file, expected a table; delete it, and the pipeline makes it again"
            ) from None
        except (InputError, UnicodeDecodeError):
            raise
        except (ValueError, OverflowError) as error:
            raise InputError(f"{path}: not a tab-separated table of what is expected ({error})") from None
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(f"{path}: column '{missing[0]}' is missing; found {', '.join(map(str, frame.columns))}")
    return frame


def table_rows(path, columns):
    """Read a small table that somebody has written, in an editor or a spreadsheet, row by row.

    Fields are separated by tabs or, where the header has none, by commas or semicolons. They may be quoted; blanks
    around them, and lines without any text, are passed over. It does without pandas, which Snakemake's own environment
    may not have.

    Parameters
    ----------
    path : str or Path
    columns : sequence of str
        Columns that have to be there; their order does not matter.

    Yields
    ------
    (int, dict of str to str)
        The number of the line, and the fields by the names in the header; those that a short line lacks are empty.

    Raises
    ------
    InputError
        If the file cannot be read or is empty, a column is missing or there twice, a line has more fields than the
        header, or quotation marks do not match.
    """
    with read_text(path) as text:
        first = text.readline()
        separator = next((mark for mark in "\t,;" if mark in first), "\t")
        reader = csv.reader(itertools.chain([first], text), delimiter=separator, strict=True)
        header = None
        try:
            for fields in reader:
                fields = [field.strip() for field in fields]
                while fields and not fields[-1]:
                    fields.pop()
                if header is None:
                    header = fields
                    _expect_columns(header, columns, path)
                elif len(fields) > len(header):
                    raise InputError(
                        f"{path}, line {reader.line_num}: found {len(fields)} fields, expected {len(header)} as in the "
                        "header; quote a field that has the separator in it"
                    )
                elif fields:
                    yield reader.line_num, dict(itertools.zip_longest(header, fields, fillvalue=""))
        except csv.Error as error:
            raise InputError(
                f"{path}, line {reader.line_num}: cannot be read as fields of a table ({error}); check the quotation "
                "marks"
            ) from None


def _expect_columns(header, columns, path):
    """Check that a small table has the columns that it needs, and each once."""
    for column in columns:
        if column not in header:
            found = ", ".join(header) or "an empty first line"
            raise InputError(f"{path}: column '{column}' is missing; found {found}")
        if header.count(column) > 1:
            raise InputError(f"{path}: found the column '{column}' twice, expected it once")
