"""Families of known motifs: a database has many profiles of what is, for a scan, the same motif."""

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from ..errors import InputError
from .matrices import pwm, reverse_complement

CORRELATION = 0.7  # of the scores of two families' motifs, on average: from this on they are one family
_SITES, _PSEUDOCOUNT = 9, 1  # a tenth of every probability is background, in profiles of few and of many sites alike


def score_correlation(motifs):
    """Say how alike motifs are: the correlation of their log-odds scores on random sequences, where they align best.

    With :math:`s_{ib}` the log-odds of base *b* at position *i*, less the mean of the position, the covariance of two
    motifs' scores over all words, each as probable as the other, is :math:`\\frac{1}{4} \\sum_{ib} s_{ib} t_{ib}` over
    the positions that are aligned. What one motif has beyond the other adds to its own variance, so that a motif is
    like another that it is a part of only if it is the larger part. Positions without information count for nothing,
    and no overlap needs to be asked for.

    Parameters
    ----------
    motifs : sequence of Motif
        The pseudocounts are a tenth of the sites, whatever their number.

    Returns
    -------
    numpy.ndarray, shape=(n_motifs, n_motifs)
        From 0 to 1: the largest correlation of all alignments, on both strands. That of a motif without information
        is 0, but 1 with itself.
    """
    n, longest = len(motifs), max((len(motif.ppm) for motif in motifs), default=0)
    strands = np.zeros((2, n, longest, 4))
    for number, motif in enumerate(motifs):
        log_odds = pwm(motif.ppm, _SITES, pseudocount=_PSEUDOCOUNT)
        log_odds -= log_odds.mean(axis=1, keepdims=True)
        log_odds /= np.linalg.norm(log_odds) or 1
        strands[0, number, : len(log_odds)] = log_odds
        strands[1, number, : len(log_odds)] = reverse_complement(log_odds)
    given = strands[0].reshape(n, -1)
    correlation = np.zeros((n, n))
    for other in strands.reshape(2, n, -1):
        for ahead in range(0, 4 * longest, 4):
            np.maximum(correlation, given[:, ahead:] @ other[:, : 4 * longest - ahead].T, out=correlation)
            np.maximum(correlation, given[:, : 4 * longest - ahead] @ other[:, ahead:].T, out=correlation)
    # Without the last digits, which are not the same on every machine, and decide between equals.
    correlation = np.maximum(correlation, correlation.T).round(12)
    np.fill_diagonal(correlation, 1)
    return correlation


def find_families(motifs):
    """Group the motifs of a database into families of those that are alike.

    Families are joined from the most similar on (average linkage) for as long as the scores of their motifs
    (:func:`score_correlation`) have a mean correlation of at least 0.7.

    Parameters
    ----------
    motifs : sequence of Motif

    Returns
    -------
    pandas.DataFrame
        ``cluster motif_id tf correlation``, a row per motif, of which the first column names the family: families from
        the largest down, and in each first its most central motif, the one with the largest mean correlation with the
        others, which it is named after; then the others from the largest correlation with that one down. Where the
        central motifs of several families have the same name, the matrix id follows it.

    Raises
    ------
    InputError
        If there are no motifs.
    """
    if not motifs:
        raise InputError("motif families: found no motifs, expected at least one")
    correlation = score_correlation(motifs)
    numbers = np.ones(len(motifs), dtype=int)
    if len(motifs) > 1:
        tree = linkage(squareform(1 - correlation, checks=False), method="average")
        numbers = fcluster(tree, 1 - CORRELATION, criterion="distance")

    members = [np.flatnonzero(numbers == number) for number in range(1, numbers.max() + 1)]
    centres = [group[correlation[np.ix_(group, group)].sum(axis=1).argmax()] for group in members]
    names = [motifs[centre].name for centre in centres]
    rows = []
    for group, centre, name in sorted(
        zip(members, centres, names, strict=True), key=lambda one: (-len(one[0]), one[1])
    ):
        title = name if names.count(name) == 1 else f"{name} ({motifs[centre].matrix_id})"
        for motif in sorted(group, key=lambda motif: (motif != centre, -correlation[motif, centre])):
            rows.append((title, motifs[motif].matrix_id, motifs[motif].name, correlation[motif, centre]))
    return pd.DataFrame(rows, columns=["cluster", "motif_id", "tf", "correlation"])
