"""Motifs in files and in sequences, filters to motifs, and motif comparison."""

from importlib import import_module

_MODULES = ("formats", "matrices", "scan")  # whose names are the package's own, too: looked up when they are asked for


def __getattr__(name):
    for module in _MODULES:
        found = vars(import_module(f".{module}", __name__))
        if name in found:
            return found[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
