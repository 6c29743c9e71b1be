"""Records: small JSON files that the pipeline makes, such as metrics and provenance."""

import json

from ..errors import InputError
from .files import read_text, write_text


def read_record(path):
    """Read a JSON file written by :func:`write_record`.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict or list

    Raises
    ------
    InputError
        If the file cannot be read or is no JSON.
    """
    with read_text(path) as text:
        try:
            return json.load(text)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}: not JSON ({error}); delete it, and the pipeline makes it again") from None


def write_record(path, record, **options):
    """Write what JSON can hold; the options are those of :func:`json.dump`."""
    with write_text(path) as text:
        json.dump(record, text, **options)
