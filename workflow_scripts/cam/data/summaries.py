"""Numbers of regions, of their labels and of their GC content."""

import numpy as np
import pandas as pd

from .composition import bins_of_gc
from .split import SPLITS


def count_labels(regions, targets):
    """Bound, unbound and missing labels per target and split.

    Returns
    -------
    pandas.DataFrame
        ``target split bound unbound missing``.
    """
    rows = [
        (target, name, int((labels == 1).sum()), int((labels == 0).sum()), int(labels.isna().sum()))
        for target in targets
        for name in SPLITS
        for labels in [regions.loc[regions["split"] == name, target]]
    ]
    return pd.DataFrame(rows, columns=["target", "split", "bound", "unbound", "missing"])


def count_gc(regions, gc, targets, bins=20):
    """Distribution of GC content of the bound and the unbound regions of each target.

    Parameters
    ----------
    regions : pandas.DataFrame
        With one column per target.
    gc : numpy.ndarray of float, shape (n_regions,)
        GC content, in [0, 1].
    targets : sequence of str
    bins : int
        GC bins of equal width.

    Returns
    -------
    pandas.DataFrame
        ``target label gc regions``: the label is ``bound`` or ``unbound``, ``gc`` the lower edge of a bin. Every bin
        is there.
    """
    bin_of = bins_of_gc(gc, bins)
    tables = [
        pd.DataFrame(
            {
                "target": target,
                "label": name,
                "gc": np.arange(bins) / bins,
                "regions": np.bincount(bin_of[(regions[target] == value).to_numpy()], minlength=bins),
            }
        )
        for target in targets
        for name, value in (("bound", 1), ("unbound", 0))
    ]
    return pd.concat(tables, ignore_index=True)


def count_split(regions):
    """Regions of each split: a table ``split regions``."""
    return pd.DataFrame([(name, (regions["split"] == name).sum()) for name in SPLITS], columns=["split", "regions"])


def describe_values(regions, targets):
    """Distribution of the values of each target, in each split.

    Parameters
    ----------
    regions : pandas.DataFrame
        With ``split`` and one column of numbers per target.
    targets : sequence of str

    Returns
    -------
    pandas.DataFrame
        ``target split n mean sd minimum lower_quartile median upper_quartile maximum``; the standard deviation is that
        of the regions themselves (divided by n).
    """
    tables = []
    for name in SPLITS:
        values = regions.loc[regions["split"] == name, list(targets)].to_numpy(dtype=float)
        columns = {"target": list(targets), "split": name, "n": len(values)}
        columns |= {"mean": values.mean(axis=0), "sd": values.std(axis=0)}
        quantiles = np.quantile(values, np.linspace(0, 1, 5), axis=0)
        columns |= dict(
            zip(("minimum", "lower_quartile", "median", "upper_quartile", "maximum"), quantiles, strict=True)
        )
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)


def count_gc_of_splits(splits, gc, bins=20):
    """Distribution of GC content of the regions of each split.

    Parameters
    ----------
    splits : numpy.ndarray of str, shape (n,)
    gc : numpy.ndarray of float, shape (n,)
        GC content, in [0, 1].
    bins : int
        GC bins of equal width.

    Returns
    -------
    pandas.DataFrame
        ``split gc regions``: ``gc`` is the lower edge of a bin. Every bin is there.
    """
    bin_of = np.minimum((gc * bins).astype(int), bins - 1)
    tables = [
        pd.DataFrame(
            {
                "split": name,
                "gc": np.arange(bins) / bins,
                "regions": np.bincount(bin_of[splits == name], minlength=bins),
            }
        )
        for name in SPLITS
    ]
    return pd.concat(tables, ignore_index=True)
