"""Known motifs as a start: filters that begin as the profiles of a motif database."""

import numpy as np
import pandas as pd

from .families import find_families
from .matrices import information_content, pwm, trim

_SPREAD = 0.25  # s.d. of the response of a filter with PyTorch's own initial weights to random sequence, of any length


def choose_motifs(motifs, n):
    """The motifs to begin with: all, or where that is more than there are filters, one of each family.

    Parameters
    ----------
    motifs : sequence of Motif
    n : int
        How many filters there are.

    Returns
    -------
    list of Motif
        At most n. Of families the most central motif (:func:`cam.motifs.families.find_families`), from the largest
        family down.
    """
    if len(motifs) <= n:
        return list(motifs)
    families = find_families(motifs).drop_duplicates("cluster")
    by_name = {motif.matrix_id: motif for motif in motifs}
    return [by_name[name] for name in families["motif_id"][:n]]


def filter_of(motif, length):
    """A filter that reads a motif: its log-odds, in the middle of the filter.

    The motif is trimmed to its informative core, and of one that is longer than the filter the most informative part is
    taken. The mean of each position is taken off, which batch norm does not see, and the response to random sequence
    has the standard deviation that it has with PyTorch's own initial weights. Beside the motif, weights are 0.

    Parameters
    ----------
    motif : Motif
    length : int
        Of the filter, in bp.

    Returns
    -------
    numpy.ndarray of float32, shape (4, length)
    """
    core = trim(motif.ppm)
    scores, bits = pwm(motif.ppm, motif.n_sites)[core], information_content(motif.ppm)[core]
    if not len(scores):  # says nothing anywhere
        return np.zeros((4, length), dtype=np.float32)
    if len(scores) > length:
        first = int(np.convolve(bits, np.ones(length), mode="valid").argmax())
        scores = scores[first : first + length]
    scores = scores - scores.mean(axis=1, keepdims=True)
    scores *= _SPREAD / np.sqrt(scores.var(axis=1).sum())
    weights, before = np.zeros((4, length), dtype=np.float32), (length - len(scores)) // 2
    weights[:, before : before + len(scores)] = scores.T
    return weights


def known_filters(motifs, n, length):
    """Filters to begin with, and the motifs that they read.

    Parameters
    ----------
    motifs : sequence of Motif
    n : int
        How many filters there are.
    length : int
        In bp.

    Returns
    -------
    names : list of str
        Matrix ids, at most n; see :func:`choose_motifs`.
    filters : numpy.ndarray of float32, shape (len(names), 4, length)
        See :func:`filter_of`.
    """
    chosen = choose_motifs(motifs, n)
    filters = np.array([filter_of(motif, length) for motif in chosen], dtype=np.float32).reshape(-1, 4, length)
    return [motif.matrix_id for motif in chosen], filters


def names_of(known, origins):
    """The motif that each unit began as.

    Parameters
    ----------
    known : sequence of str
        Names, as from :func:`known_filters`.
    origins : sequence of int
        Which of them, −1 for none.

    Returns
    -------
    list of str or None
        None of a unit that began at random; no list at all where nothing is known to begin with.
    """
    return [known[origin] if origin >= 0 else None for origin in origins] if known else []


def similarity(filter, initial):
    """How much a filter still is what it began as: the correlation of its weights, each position less its mean.

    Parameters
    ----------
    filter, initial : numpy.ndarray of float, shape (4, length)
        Positions at which the initial filter is 0 all over do not count.

    Returns
    -------
    float
        From −1 to 1; NaN where either is flat.
    """
    within = (initial != 0).any(axis=0)
    one, other = ((weights - weights.mean(axis=0))[:, within].ravel().astype(float) for weights in (filter, initial))
    scale = np.sqrt((one @ one) * (other @ other))
    return float(one @ other / scale) if scale > 0 else float("nan")


def compare_with_initial(units, filters, names, motifs, annotation, families):
    """What became of units that began as known motifs.

    Parameters
    ----------
    units : sequence of str
    filters : numpy.ndarray of float, shape (n_units, 4, length)
    names : sequence of str or None, length n_units
        The matrix id of the motif that each unit began as; None where it began at random.
    motifs : sequence of Motif
        Those of the start.
    annotation : pandas.DataFrame
        ``unit target_id tf q_value``: the best match of each unit with a known motif, empty where there is none.
    families : dict of str to str
        The family of each known motif, by its matrix id.

    Returns
    -------
    pandas.DataFrame
        ``unit motif_id tf similarity match_id match_tf same_family``: what the unit began as, the correlation of its
        filter with that (:func:`similarity`), what it matches now, and whether (``true``, ``false``) that is of the
        family it began as; empty where it matches nothing, or a family is not known.
    """
    by_name = {motif.matrix_id: motif for motif in motifs}
    match_of = annotation.set_index("unit")
    rows = []
    for unit, weights, name in zip(units, filters, names, strict=True):
        match = match_of.loc[unit, ["target_id", "tf"]].fillna("").tolist()
        if name is None:
            rows.append((unit, "", "", np.nan, *match, ""))
            continue
        began, now = families.get(name), families.get(match[0])
        same = "" if began is None or now is None else str(began == now).lower()
        initial = filter_of(by_name[name], weights.shape[1])
        rows.append((unit, name, by_name[name].name, similarity(weights, initial), *match, same))
    return pd.DataFrame(rows, columns=["unit", "motif_id", "tf", "similarity", "match_id", "match_tf", "same_family"])
