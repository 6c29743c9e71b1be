"""How far the two orientations of a sequence agree, and how well a model can do that does not tell them apart."""

import numpy as np
import pandas as pd

from ..bases import decode
from ..data.duplicates import canonical
from . import regression
from .bootstrap import bootstrap, interval

COLUMNS = ["target", "pairs", "pearson", "low", "high", "differing", "limit"]


def compare_orientations(codes, values, targets, groups, seed=1):
    """Correlate the values of sequences with those of their reverse complements.

    A reporter assay may measure an element in both orientations. Its values differ by noise, and because promoters have
    a direction. Let a and b be the values of a pair. Each pair counts both ways round, as (a, b) and as (b, a), so that
    it does not matter which of the two comes first. With the mean μ and the variance σ² of all values, the correlation
    is r = mean((a − μ)(b − μ)) / σ².

    A model that predicts the same for both strands has a single prediction f for a pair. The covariance of f with the
    values is that with the pair's mean m = (a + b) / 2, whose variance is mean((a − μ + b − μ)²) / 4 = σ² (1 + r) / 2.
    So, by the Cauchy–Schwarz inequality, the correlation of f with the values is at most sd(m) / σ = √((1 + r) / 2),
    and f = m reaches it. The rest of the variance, (1 − r) / 2 of it, is within pairs.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)
        Base codes; N at the ends do not count.
    values : numpy.ndarray of float, shape (n, n_targets)
        Of sequences that are the same, the mean is taken.
    targets : sequence of str
    groups : numpy.ndarray of int, shape (n,)
        Of near-duplicates, both orientations of a sequence among them; the bootstrap draws them whole.
    seed : int

    Returns
    -------
    pandas.DataFrame
        ``target pairs pearson low high differing limit``, for ``macro``, the mean of the targets, and every target:
        r with its 95 % interval, (1 − r) / 2 and √((1 + r) / 2). Without rows where there are no pairs.
    """
    same = pd.Series(canonical(codes))
    forward = same == [text.strip("N") for text in decode(codes)]
    table = pd.DataFrame(np.asarray(values, dtype=float), columns=list(targets))
    first, second = (table[rows].groupby(same[rows]).mean() for rows in (forward, ~forward))
    pairs = first.index.intersection(second.index)
    if pairs.empty:
        return pd.DataFrame(columns=COLUMNS)
    blocks = np.tile(pd.factorize(pd.Series(groups).groupby(same).first().loc[pairs])[0], 2)
    one, other = (part.loc[pairs].to_numpy() for part in (first, second))
    both = np.concatenate([one, other]), np.concatenate([other, one])
    pearson = pd.Series(regression.pearson(*both, 0), index=list(targets))
    drawn = bootstrap(regression.resampler(*both, np.zeros(len(targets)), targets), blocks, seed=seed)
    told = pd.DataFrame({"pearson": pearson, "differing": (1 - pearson) / 2, "limit": np.sqrt((1 + pearson) / 2)})
    told = pd.concat([told.mean().to_frame("macro").T, told]).assign(pairs=len(pairs)).rename_axis("target")
    bounds = [interval(drawn[target, "pearson"]) or (np.nan, np.nan) for target in told.index]
    told["low"], told["high"] = zip(*bounds, strict=True)
    return told.reset_index()[COLUMNS]
