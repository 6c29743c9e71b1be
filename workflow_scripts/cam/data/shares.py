"""A share of the training regions: what a model would have had to learn from if there were fewer."""

from dataclasses import replace

import numpy as np
import pandas as pd

from .duplicates import group_duplicates
from .intervals import INTERVAL
from .split import SPLITS, assign_split


def draw_share(dataset, regions, share, seed=1):
    """Draw a share of the training regions at random; those of validation and test stay as they are.

    As in a split (:func:`cam.data.split.assign_split`), chains of overlapping regions are drawn together. Of sequences
    without positions, each of which is alone on its chromosome, near-duplicates are. A larger share of the same seed
    holds all regions of a smaller one.

    Parameters
    ----------
    dataset : cam.data.dataset.Dataset
    regions : pandas.DataFrame
        ``chrom start end`` of each of its sequences.
    share : float
        In (0, 1].
    seed : int

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
    if not places["chrom"].dropna().duplicated().any():
        places = pd.DataFrame({"chrom": group_duplicates(dataset.sequences[train]), "start": 0, "end": 1})
    drawn = assign_split(places, {"validation": share, "test": 0.0}, seed) == "validation"
    keep = np.ones(len(dataset.split), dtype=bool)
    keep[train[~drawn]] = False
    arrays = {name: getattr(dataset, name) for name in ("sequences", "labels", "split", "weights")}
    return replace(dataset, **{name: array[keep] for name, array in arrays.items() if array is not None})
