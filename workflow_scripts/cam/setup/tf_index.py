"""Which TF each column of the authors' matrix is, read without NumPy, which Snakemake's own Python may not have."""

from ..errors import InputError
from ..io.files import read_bytes
from ..io.pickles import unpickle


def read_index(path):
    """Read TF → column without trusting the pickle.

    Parameters
    ----------
    path : str or Path
        ``tfs_idx.pickle.gz``.

    Returns
    -------
    dict of str to int

    Raises
    ------
    InputError
        If the file is absent or damaged, refers to any class or function, or is anything but a dict of str → int.
    """
    with read_bytes(path) as packed:
        content = packed.read()
    try:
        index = unpickle(content)
    except Exception as error:  # of any kind, since any bytes can be in the file
        raise InputError(
            f"{path}: refused, expected a pickled dict of TF name to column and nothing else ({error})"
        ) from None
    if type(index) is not dict or not all(type(k) is str and type(v) is int and v >= 0 for k, v in index.items()):
        raise InputError(f"{path}: found a pickled {type(index).__name__}, expected a dict of TF name to column number")
    return index
