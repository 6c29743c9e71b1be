"""The conda environments of the rules: what they list, and what of that this Python lacks."""

import os
import re
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import yaml

# conda's names of packages, where Python's are others.
_DISTRIBUTIONS = {"matplotlib-base": "matplotlib", "pytorch": "torch"}
# Packages that are no Python packages, and the programs that are used of them.
_PROGRAMS = {"bedtools": "bedtools", "meme": "tomtom"}
# What the MEME Suite's Tomtom stands in for.
_ONLY_WITHOUT_TOMTOM = {"llvmlite", "memelite", "numba"}


class Environment(NamedTuple):
    """What an environment file lists; names of Python packages are Python's own, in small letters."""

    channels: list
    python: str  # the version
    programs: dict  # name → version of its package
    packages: dict  # name → version


def find_first(folder):
    """Have processes that this one starts look for modules in a folder before they look anywhere else."""
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path not in ("", str(folder))]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *others])


def read_environment(path):
    """Read an environment file of conda's.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Environment
    """
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    lines = []
    for part in content["dependencies"]:
        lines += part["pip"] if isinstance(part, dict) else [part] * (part != "pip")
    versions = dict(re.split("==?", line) for line in lines)
    return Environment(
        content["channels"],
        versions.pop("python"),
        {program: versions.pop(name) for name, program in _PROGRAMS.items() if name in versions},
        {_DISTRIBUTIONS.get(name, name): version for name, version in versions.items()},
    )


def missing_packages(path):
    """The Python packages of an environment that this Python does not have, in any version.

    Parameters
    ----------
    path : str or Path
        The environment file.

    Returns
    -------
    list of str
    """
    packages = read_environment(path).packages
    if shutil.which("tomtom"):
        packages = [name for name in packages if name not in _ONLY_WITHOUT_TOMTOM]
    return [name for name in packages if not _installed(name)]


def _installed(name):
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False
