"""Training, validation and test regions, which share no base."""

import numpy as np
import pandas as pd

from ..errors import InputError
from .intervals import INTERVAL, differs, overlaps

SPLITS = ("train", "validation", "test")
_LONGEST_CHAIN = 0.02  # of overlapping windows that a random split keeps together, as a share of the regions


def assign_split(regions, split, seed=1, wanted=None):
    """Split regions by whole chromosomes, or at random.

    Windows that overlap share their sequence, so a random split keeps every chain of overlapping windows together, up
    to 2 % of the regions. A longer chain is cut into parts of at most that many. Where neighbouring parts end up in
    different splits, the training windows that overlap one of validation or test are left out, and so are the
    validation windows that overlap one of test.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, which are missing where positions are not known. Such a region is drawn
        by itself.
    split : mapping
        ``{"validation": [...], "test": [...]}``, lists of chromosomes, of which every other one is for training; or two
        numbers in (0, 1), the shares of the regions that are drawn for each.
    seed : int
        Of the random numbers, if there is need of any.
    wanted : numpy.ndarray of bool, shape (n,), optional
        The regions that a random split is of; all by default.

    Returns
    -------
    numpy.ndarray of str, shape (n,)
        ``train``, ``validation``, ``test``, or, of a random split, an empty text where a region is left out or is not
        wanted.

    Raises
    ------
    InputError
        If a named chromosome has no region, regions are to be split by chromosome that have none, or bedtools is needed
        and not installed.
    """
    chroms = regions["chrom"]
    if not isinstance(split["test"], list):
        wanted = np.ones(len(regions), dtype=bool) if wanted is None else wanted
        splits = np.full(len(regions), "", dtype=object)
        splits[wanted] = _draw_split(regions.loc[wanted, INTERVAL], [split[name] for name in SPLITS[1:]], seed)
        return splits
    splits = np.full(len(regions), "train", dtype=object)
    if chroms.isna().any():
        raise InputError(
            "config, split: found chromosomes, but the positions of the regions are not known; expected shares such as "
            "{validation: 0.1, test: 0.1}, or the file of the positions in the folder with the arrays"
        )
    present = sorted(chroms.unique())
    for name in SPLITS[1:]:
        for chrom in split[name]:
            if chrom not in present:
                raise InputError(
                    f"config, split.{name}: chromosome '{chrom}' has no region; the data have {', '.join(present)}"
                )
        splits[chroms.isin(split[name]).to_numpy()] = name
    return splits


def _draw_split(regions, shares, seed):
    """Draw chains of regions for validation and test; see :func:`assign_split`."""
    group, cut = _chains(regions, max(1, int(len(regions) * _LONGEST_CHAIN)))
    sizes = np.bincount(group)
    drawn = np.random.default_rng(seed).permutation(len(sizes))
    middle = np.empty(len(sizes))  # of a group, along the regions in the order in which they are drawn
    middle[drawn] = np.cumsum(sizes[drawn]) - sizes[drawn] / 2
    edges = np.rint(len(regions) * np.cumsum(shares))
    splits = np.array([*SPLITS[1:], "train"], dtype=object)[np.searchsorted(edges, middle, side="right")][group]
    return without_overlaps(regions, splits, cut)


def without_overlaps(regions, splits, among):
    """Leave out training regions that overlap one of validation or test, and validation regions that overlap the test.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``.
    splits : numpy.ndarray of str, shape (n,)
    among : numpy.ndarray of bool, shape (n,)
        The regions that are compared with one another.

    Returns
    -------
    numpy.ndarray of str, shape (n,)
        An empty text where a region is left out.

    Raises
    ------
    InputError
        If bedtools is needed and not installed.
    """
    splits = splits.copy()
    for number, name in enumerate(SPLITS[:-1]):
        rows, against = among & (splits == name), among & np.isin(splits, SPLITS[number + 1 :])
        splits[np.flatnonzero(rows)[overlaps(regions[rows], regions[against])]] = ""
    return splits


def _chains(regions, longest):
    """Group windows that overlap one another, directly or through others.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``; one without a position is a group by itself.
    longest : int
        The most windows in a group; a longer chain is cut, along the chromosome, into parts of nearly equal size.

    Returns
    -------
    group : numpy.ndarray of int, shape (n,)
        From 0, in the order of the regions.
    cut : numpy.ndarray of bool, shape (n,)
        Which regions are in a chain that is cut.
    """
    chrom = pd.factorize(regions["chrom"])[0]
    start, end = (pd.to_numeric(regions[name]).fillna(0).to_numpy() for name in INTERVAL[1:])
    order = np.lexsort((start, chrom))
    chrom, start = chrom[order], start[order]
    reach = pd.Series(end[order]).groupby(chrom).cummax().to_numpy()
    begins = differs(chrom) | (chrom < 0)
    begins[1:] |= start[1:] >= reach[:-1]
    chain = np.cumsum(begins) - 1
    size = np.bincount(chain)[chain]
    place = np.arange(len(chain)) - np.flatnonzero(begins)[chain]
    part = place * -(-size // longest) // size
    group, cut = np.empty(len(chain), dtype=int), np.empty(len(chain), dtype=bool)
    group[order] = np.cumsum(differs(chain, part))
    cut[order] = size > longest
    return pd.factorize(group)[0], cut
