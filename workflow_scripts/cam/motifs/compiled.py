"""Memelite's Tomtom, which numba compiles for a minute: once for a user, whatever the environment or working directory.

Left to itself, numba keeps what it has compiled beside the source. There it is lost with the environment, of which
Snakemake makes one for every working directory.
"""

import atexit
import hashlib
import logging
import shutil
import tempfile
from pathlib import Path

import llvmlite.binding
import numba
import numpy as np
from numba.core.caching import UserWideCacheLocator

logger = logging.getLogger("cam")


class ContentLocator(UserWideCacheLocator):
    """Finds compiled code in the user's cache folder by what it was compiled from, wherever that lies, and for.

    Each kind of processor has a folder of its own. numba tells them apart within a folder too, but there two machines
    that compile at the same time could come to take each other's code. On machines of one kind the code is the same,
    and a file is there whole or not at all.
    """

    def __init__(self, py_func, py_file):
        super().__init__(py_func, py_file)
        source, host = Path(py_file), llvmlite.binding
        what = [numba.__version__, np.__version__, host.get_host_cpu_name(), host.get_host_cpu_features().flatten()]
        digest = hashlib.sha256(" ".join(what).encode() + source.read_bytes()).hexdigest()
        self._cache_path = str(Path(self._cache_path).with_name(f"{source.parent.name}_{digest[:40]}"))


def import_tomtom():
    """Import ``memelite.tomtom``, with its compiled code if there is any.

    The first of these folders that can be written to is its place: the one in the variable ``NUMBA_CACHE_DIR``, the
    user's cache folder, the folder of the source. If none can, it is compiled for this process alone.

    Returns
    -------
    callable
    """
    config, found = numba.config, numba.config.CACHE_LOCATOR_CLASSES
    config.CACHE_LOCATOR_CLASSES = f"UserProvidedCacheLocator,{__name__}.ContentLocator,InTreeCacheLocator"
    try:
        from memelite import tomtom
    except RuntimeError:
        logger.warning("tomtom: no folder to keep compiled code in can be written to; set NUMBA_CACHE_DIR to one")
        config.CACHE_DIR = tempfile.mkdtemp(prefix="numba")
        atexit.register(shutil.rmtree, config.CACHE_DIR, ignore_errors=True)
        from memelite import tomtom
    finally:
        config.CACHE_LOCATOR_CLASSES = found
    return tomtom
