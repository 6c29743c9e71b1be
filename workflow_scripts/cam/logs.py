"""What a step says: to its log file and to the terminal, and how it ends when the user's input is wrong."""

import errno
import logging
import sys
import warnings
from pathlib import Path

from tqdm import tqdm

from .errors import InputError

# What the machine refuses, and what the user can do about it.
_REFUSALS = {
    errno.ENOSPC: "there is no space left on the disk; free some",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EFBIG: "files may not become as large as this here; raise the limit",
    errno.EROFS: "the disk is read-only; make it writable, or set another outdir",
    errno.EACCES: "permission denied; make it accessible, or set another outdir",
    errno.EIO: "the disk failed to read or write; check it, or set another outdir",
    errno.ESTALE: "the network disk lost the file; check that it is still mounted",
    errno.ENOMEM: "there is not enough memory; give the job more",
}


def start(path):
    """Log this process to a file and to standard error, and end it with one sentence on an :class:`InputError`.

    So it ends, too, when the machine refuses: a full or read-only disk, too little memory. Any other exception is a
    bug; its traceback goes to the same places.

    Parameters
    ----------
    path : str or Path
        The log file. It is begun anew.

    Returns
    -------
    logging.Logger
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(message)s",
        datefmt="%H:%M:%S",
        handlers=[logging.FileHandler(path, mode="w", encoding="utf-8"), logging.StreamHandler(sys.stderr)],
        force=True,
    )
    logging.raiseExceptions = False  # a full disk, on which the log cannot be written either, is told once, below
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    logger = logging.getLogger("cam")

    def explain(kind, error, traceback):
        if issubclass(kind, InputError):
            logger.error("Error: %s", error)
        elif refusal := _refusal(error):
            logger.error("Error: %s, then run again.", refusal)
        elif issubclass(kind, KeyboardInterrupt):
            logger.error("Interrupted.")
        else:
            logger.error("Unexpected error", exc_info=(kind, error, traceback))

    sys.excepthook = explain
    return logger


def _refusal(error):
    """What the machine refused, or None if it is another kind of error. Libraries tell it in errors of their own."""
    while error is not None:
        if isinstance(error, MemoryError) or "can't allocate memory" in str(error):  # the latter PyTorch's
            return _REFUSALS[errno.ENOMEM]
        if isinstance(error, OSError) and error.errno in _REFUSALS:
            where = f"{error.filename}: " if error.filename else ""
            return where + _REFUSALS[error.errno]
        error = error.__cause__ or error.__context__
    return None


def progress(iterable=None, **options):
    """A progress bar on a terminal; nothing where standard error is a file (the log has the lines that count)."""
    return tqdm(iterable, disable=not sys.stderr.isatty(), dynamic_ncols=True, **options)
