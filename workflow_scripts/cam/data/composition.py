"""What regions are made of, GC and repeats: it is matched between bound and unbound regions, and described."""

import numpy as np
import pandas as pd

from ..errors import InputError

REPEAT_BINS = (0, 25, 50, 75, 100)  # per cent of the bases that are repeats, at most; without any is a bin of its own
ANY_TARGET = "any target"  # with a blank, so no target is called that
_MEANS, _SHARES = ["gc", "repeats"], [f"repeats_{most}" for most in REPEAT_BINS]  # columns of a description


def bins_of_gc(gc, bins=20):
    """The bin of each region's GC content, of bins of equal width: int, shape (n,)."""
    return np.minimum((gc * bins).astype(int), bins - 1)


def bins_of_repeats(repeats):
    """The bin of each region's share of repeats, the first of :data:`REPEAT_BINS` that it does not exceed."""
    return np.searchsorted(REPEAT_BINS, 100 * repeats, side="left")


def match_composition(gc, bound, ratio, rng, repeats=None):
    """Choose unbound regions whose GC content is distributed like that of the bound ones, and their repeats, too.

    Where bound regions avoid repeats, a model can tell unbound regions by the words that repeats consist of. Where both
    are matched, as in the null sequences of gkm-SVM (Ghandi et al. 2016), it cannot.

    Parameters
    ----------
    gc : numpy.ndarray of float, shape (n,)
        GC content of each region, in [0, 1].
    bound : numpy.ndarray of bool, shape (n,)
        True where a region is bound, False where it may be chosen.
    ratio : float
        How many to choose per bound region.
    rng : numpy.random.Generator
    repeats : numpy.ndarray of float, shape (n,), optional
        The share of the bases that are repeats, in [0, 1]. With it, both are matched together.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
        The chosen ones. A bin that has too few gives all it has; none are taken from elsewhere to make up for it.
    """
    bin_of = bins_of_gc(gc)
    if repeats is not None:
        bin_of = len(REPEAT_BINS) * bin_of + bins_of_repeats(repeats)
    wanted = np.rint(np.bincount(bin_of[bound]) * ratio).astype(int)
    chosen = np.zeros(len(gc), dtype=bool)
    for b in np.flatnonzero(wanted):
        pool = np.flatnonzero(~bound & (bin_of == b))
        chosen[rng.permutation(pool)[: wanted[b]]] = True
    return chosen


def expect_repeats(repeats):
    """Check that the genome tells repeats from other bases.

    Parameters
    ----------
    repeats : numpy.ndarray of float, shape (n,)
        Of all candidate regions.

    Raises
    ------
    InputError
        If none of their bases is in lower case, or all are.
    """
    if not 0 < repeats.mean() < 1:
        found = "all bases" if repeats.any() else "no base"
        raise InputError(
            f"config, regions.negatives: found gc_and_repeat_matched, but {found} of the {len(repeats)} candidate "
            "regions in lower case, which marks repeats in a genome, expected some; take a soft-masked genome, such as "
            "UCSC's, or gc_matched"
        )


def describe_composition(regions, gc, repeats, targets):
    """GC content and repeats of the bound and the unbound regions of each target.

    Parameters
    ----------
    regions : pandas.DataFrame
        With one column per target.
    gc : numpy.ndarray of float, shape (n_regions,)
        GC content, in [0, 1].
    repeats : numpy.ndarray of float, shape (n_regions,), or None
        The share of the bases that are repeats, in [0, 1]; None where it is not known.
    targets : sequence of str

    Returns
    -------
    pandas.DataFrame
        ``target label regions gc repeats``, the mean shares of the bases, and ``repeats_0 repeats_25 …``, the shares of
        the regions in each of :data:`REPEAT_BINS`. The label is ``bound`` or ``unbound``. What is about repeats is
        missing where they are not known, or none is. Of several targets, the last rows are of ``any target``: regions
        that at least one of them binds, and regions that none does, which are those that are matched.
    """
    rows, known = [], repeats is not None and repeats.any()
    labels = regions[list(targets)].to_numpy(dtype=float)
    groups = [(target, column == 1, column == 0) for target, column in zip(targets, labels.T, strict=True)]
    if len(targets) > 1:
        groups.append((ANY_TARGET, (labels == 1).any(axis=1), (labels == 0).all(axis=1)))
    for target, bound, unbound in groups:
        for label, own in (("bound", bound), ("unbound", unbound)):
            row = {"target": target, "label": label, "regions": own.sum()} | dict.fromkeys(_MEANS + _SHARES)
            if own.any():
                row["gc"] = gc[own].mean()
            if own.any() and known:
                shares = np.bincount(bins_of_repeats(repeats[own]), minlength=len(REPEAT_BINS)) / own.sum()
                row |= {"repeats": repeats[own].mean(), **dict(zip(_SHARES, shares, strict=True))}
            rows.append(row)
    return pd.DataFrame(rows).astype(dict.fromkeys(_MEANS + _SHARES, float))
