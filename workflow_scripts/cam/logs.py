"""What a step says: to its log file and to the terminal, and how it ends when the user's input is wrong."""

import logging
import sys
import warnings
from pathlib import Path

from tqdm import tqdm

from .errors import InputError


def start(path):
    """Log this process to a file and to standard error, and end it with one sentence on an :class:`InputError`.

    Any other exception is a bug or a broken machine; its traceback goes to the same places.

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
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    logger = logging.getLogger("cam")

    def explain(kind, error, traceback):
        if issubclass(kind, InputError):
            logger.error("Error: %s", error)
        elif issubclass(kind, KeyboardInterrupt):
            logger.error("Interrupted.")
        else:
            logger.error("Unexpected error", exc_info=(kind, error, traceback))

    sys.excepthook = explain
    return logger


def progress(iterable=None, **options):
    """A progress bar on a terminal; nothing where standard error is a file (the log has the lines that count)."""
    return tqdm(iterable, disable=not sys.stderr.isatty(), dynamic_ncols=True, **options)
