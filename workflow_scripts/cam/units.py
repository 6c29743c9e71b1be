"""Unit numbers: 1-based in every name, 0-based in arrays. This module is the one place where they meet."""

import re

from .errors import InputError


def unit_name(index):
    """Name of the unit at a 0-based array index: ``unit_name(0) == "unit1"``."""
    return f"unit{index + 1}"


def unit_names(n_units):
    """Names of the first units: ``["unit1", …, f"unit{n_units}"]``."""
    return [unit_name(index) for index in range(n_units)]


def unit_index(name):
    """0-based array index of a named unit: ``unit_index("unit8") == 7``.

    Raises
    ------
    InputError
        If the name is not ``unit`` and a number from 1.
    """
    match = re.fullmatch(r"unit([1-9]\d*)", name)
    if not match:
        raise InputError(f"unit name: found '{name}', expected unit1, unit2, …")
    return int(match[1]) - 1
