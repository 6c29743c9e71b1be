"""A share of the training regions: what a model would have had to learn from if there were fewer."""

from dataclasses import replace

import numpy as np
import pandas as pd

from .duplicates import group_duplicates
from .intervals import INTERVAL
from .split import SPLITS, assign_split


def draw_share(dataset, regions, share, seed=1, groups=None):
    """Draw a share of the training regions at random; those of validation and test stay as they are.

    As in a split (:func:`cam.data.split.assign_split`), chains of overlapping regions are drawn together. Of sequences
    without positions, each of which is alone on its chromosome, near-duplicates are, and with them the shuffled ones
    made of them where groups are given. A larger share of the same seed holds all regions of a smaller one.

    Parameters
    ----------
    dataset : cam.data.dataset.Dataset
    regions : pandas.DataFrame
        ``chrom start end`` of each of its sequences; with ``groups`` also ``name``.
    share : float
        In (0, 1].
    seed : int
    groups : pandas.DataFrame, optional
        ``name group``: the groups of near-duplicates, where they are known.

    Returns
    -------
    cam.data.dataset.Dataset

    Raises
    ------
    InputError
        If bedtools is needed, for a long chain, and not installed.
    """
    train = np.flatnonzero(dataset.split == SPLITS.index("train"))
    places = regions.iloc[train][INTERVAL].reset_index(drop=True)
    if groups is not None:
        group = groups.set_index("name")["group"].loc[regions["name"].iloc[train]].to_numpy()
        places = pd.DataFrame({"chrom": group, "start": 0, "end": 1})
    elif not places["chrom"].dropna().duplicated().any():
        places = pd.DataFrame({"chrom": group_duplicates(dataset.sequences[train]), "start": 0, "end": 1})
    drawn = assign_split(places, {"validation": share, "test": 0.0}, seed) == "validation"
    keep = np.ones(len(dataset.split), dtype=bool)
    keep[train[~drawn]] = False
    arrays = {name: getattr(dataset, name) for name in ("sequences", "labels", "split", "weights")}
    return replace(dataset, **{name: array[keep] for name, array in arrays.items() if array is not None})
