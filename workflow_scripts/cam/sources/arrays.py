"""Arrays in NumPy's own format, made by others: plain ones, nothing in which is executed."""

import numpy as np

from ..errors import InputError
from ..io.files import cannot_read


def read_header(stream):
    """Read what comes before the values of an array.

    Parameters
    ----------
    stream : binary file
        Left at the first value. The format's version 1 is read, whose header has 64 kB at most; NumPy writes another
        only for arrays of many named fields.

    Returns
    -------
    shape : tuple of int
    fortran : bool
        Whether the first index varies the fastest.
    dtype : numpy.dtype

    Raises
    ------
    ValueError
        If it is of another version, or none of NumPy's.
    Exception
        Of any other kind, if it is damaged.
    """
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError(f"found version {version[0]}.{version[1]} of the format, expected 1.0")
    return np.lib.format.read_array_header_1_0(stream)


def read_array(path, kinds, expected):
    """Read an array, mapped into memory.

    Parameters
    ----------
    path : str or Path
        An ``.npy`` file.
    kinds : str
        The kinds of dtype that it may have, such as ``biuf``.
    expected : str
        What these are, for the error message.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    InputError
        If the file cannot be read, is no such array, or is smaller than it says.
    """
    try:
        with open(path, "rb") as stream:
            _, _, dtype = read_header(stream)
        if dtype.kind not in kinds or not dtype.itemsize:
            raise ValueError(f"found values of the type {dtype}, expected {expected}")
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise cannot_read(path, error) from None
    except Exception as error:  # of any kind, since any bytes can be in the file
        raise InputError(f"{path}: cannot be read as an array ({error})") from None
