"""Known motifs in sequences: hits at a p-value."""

import numpy as np

from ..errors import InputError
from .formats import UNIFORM
from .matrices import pwm, reverse_complement

SCORE_STEP = 0.01  # bits: scores are counted in these steps, so that their distribution can be computed exactly
_MER = 4  # bases that are looked up at a time when scanning
_LETTERS, _BEYOND = 6, 5  # A, C, G, T, N, and what is beyond the end of a sequence
_SCAN_MOTIFS, _SCAN_WINDOWS = 128, 2000  # looked up at a time: few enough for the cache, enough for numpy


def count_hits(motifs, codes, p_value=1e-4, background=UNIFORM):
    """Count the hits of motifs in sequences, on either strand.

    A window is a hit if its log-odds score is one that a random window of the background reaches with a probability of
    at most ``p_value``. That probability is exact: scores are rounded to 0.01 bits and their distribution is computed
    base by base. A motif so short or so vague that even its best window is more probable than that has no hits. Hits
    less than half the motif's width apart count as one, since a palindrome is one on both strands and a repeat is one
    in many places.

    Parameters
    ----------
    motifs : sequence of Motif
    codes : numpy.ndarray of uint8, shape=(n_sequences, length)
        Base codes; N (4) counts as the least likely base of its position.
    p_value : float
        For one window on one strand.
    background : array_like, shape=(4,)
        Base frequencies of random sequences. Averaged over both strands, since both are scanned.

    Returns
    -------
    numpy.ndarray of int32, shape=(n_sequences, n_motifs)

    Raises
    ------
    InputError
        If the codes are not a matrix of numbers from 0 to 4.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or codes.dtype.kind not in "iu" or (codes.size and not 0 <= codes.min() <= codes.max() <= 4):
        raise InputError(
            f"sequences: found an array of shape {codes.shape} and type {codes.dtype}, "
            "expected a matrix (sequences, length) of base codes from 0 to 4"
        )
    background = np.asarray(background, dtype=float)
    background = (background + background[::-1]) / 2
    scores = [integer_scores(motif, background) for motif in motifs]
    widths = np.array([len(score) for score in scores], dtype=int)
    n_mers = -(-widths // _MER)  # in a window
    n_sequences, length = codes.shape
    hits = np.zeros((n_sequences, len(motifs)), dtype=np.int32)
    padded = np.pad(codes.astype(np.int16), ((0, 0), (0, _MER - 1)), constant_values=_BEYOND)
    mers = sum(padded[:, place : place + length] * _LETTERS ** (_MER - 1 - place) for place in range(_MER))
    for n in np.unique(n_mers[widths <= length]):
        alike = np.flatnonzero((n_mers == n) & (widths <= length))
        for group in np.split(alike, range(_SCAN_MOTIFS, len(alike), _SCAN_MOTIFS)):
            group_scores = [scores[motif] for motif in group]
            best = np.array([score.max(axis=1).sum() for score in group_scores])
            # The least loss that is too much: one more than the best score has above the threshold.
            limits = best + 1 - [score_threshold(score, background, p_value) for score in group_scores]
            tables = _loss_tables(group_scores, n, limits.max())
            limits = limits.astype(tables.dtype)
            n_windows = length - widths[group].min() + 1
            step = max(1, _SCAN_WINDOWS // n_windows)
            for start in range(0, n_sequences, step):
                block = mers[start : start + step].astype(np.intp)
                losses = 0
                for place, table in enumerate(tables):
                    losses = losses + table[block[:, _MER * place : _MER * place + n_windows]]
                least = np.minimum(losses[:, :, : len(group)], losses[:, :, len(group) :])
                hits[start : start + step, group] = _count_apart(least < limits, widths[group])
    return hits


def find_hits(motifs, codes, p_value=1e-4, background=UNIFORM):
    """Say which sequences have a hit of which motif, on either strand.

    Parameters
    ----------
    motifs, codes, p_value, background
        See :func:`count_hits`, also for the errors.

    Returns
    -------
    numpy.ndarray of bool, shape=(n_sequences, n_motifs)
    """
    return count_hits(motifs, codes, p_value, background) > 0


def integer_scores(motif, background=UNIFORM):
    """Log-odds in whole steps of 0.01 bits above the worst base of each position.

    Parameters
    ----------
    motif : Motif
    background : array_like, shape=(4,)

    Returns
    -------
    numpy.ndarray of int, shape=(length, 4)
    """
    log_odds = pwm(motif.ppm, motif.n_sites, background)
    return np.rint((log_odds - log_odds.min(axis=1, keepdims=True)) / SCORE_STEP).astype(int)


def score_threshold(scores, background=UNIFORM, p_value=1e-4):
    """The least score that a random window of the background reaches with at most this probability.

    The distribution of the scores is computed exactly, position by position.

    Parameters
    ----------
    scores : numpy.ndarray of int, shape=(length, 4)
        From :func:`integer_scores`. The score of a window is the sum of those of its bases.
    background : array_like, shape=(4,)
    p_value : float

    Returns
    -------
    int
        One more than the best score where even that is more probable.
    """
    distribution = np.ones(1)
    for position in scores:
        longer = np.zeros(len(distribution) + position.max())
        for probability, score in zip(background, position, strict=True):
            longer[score : score + len(distribution)] += probability * distribution
        distribution = longer
    at_least = np.cumsum(distribution[::-1])[::-1]
    # The tolerance is for rounding errors where the probability is the p-value itself.
    return int(np.count_nonzero(at_least > p_value * (1 + 1e-9)))


def _count_apart(is_hit, widths):
    """Count what is true along the second axis, but what is less than half a motif's width apart once.

    Parameters
    ----------
    is_hit : numpy.ndarray of bool, shape=(n_sequences, n_windows, n_motifs)
    widths : numpy.ndarray of int, shape=(n_motifs,)

    Returns
    -------
    numpy.ndarray of int, shape=(n_sequences, n_motifs)
    """
    n_sequences, _, n_motifs = is_hit.shape
    sequence, window, motif = np.unravel_index(np.flatnonzero(is_hit), is_hit.shape)
    order = np.lexsort([window, motif, sequence])
    pair, window, width = (sequence * n_motifs + motif)[order], window[order], widths[motif[order]]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (np.diff(pair) > 0) | (2 * np.diff(window) >= width[1:])
    return np.bincount(pair[is_new], minlength=n_sequences * n_motifs).reshape(n_sequences, n_motifs)


def _loss_tables(scores, n_mers, cap):
    """What each 4-mer loses against the best one, for every motif and its reverse complement.

    A window's score is that of the best window less what its 4-mers lose: sums of a few whole numbers looked up, which
    are as small as their type can be since losses from ``cap`` on make no hit and need not be told apart.

    Parameters
    ----------
    scores : list of numpy.ndarray of int, shape=(length, 4)
        Motifs that take ``n_mers`` 4-mers each; the positions that their last one has too many lose nothing.
    n_mers, cap : int

    Returns
    -------
    numpy.ndarray of unsigned int, shape=(n_mers, 1296, 2 * n_motifs)
        The number of a 4-mer is written in base 6: A, C, G, T, N, and what is beyond the end of the sequence.
    """
    strands = scores + [reverse_complement(score) for score in scores]
    losses = np.zeros((n_mers * _MER, _LETTERS, len(strands)), dtype=int)
    for number, score in enumerate(strands):
        lost = score.max(axis=1, keepdims=True) - score
        losses[: len(score), :, number] = np.column_stack([lost, lost.max(axis=1), np.full(len(score), cap)])
    mers = np.minimum(losses, cap).reshape(n_mers, _MER, _LETTERS, -1)
    while mers.shape[1] > 1:  # letters to pairs, pairs to fours
        mers = mers[:, ::2, :, None] + mers[:, 1::2, None]
        mers = mers.reshape(n_mers, mers.shape[1], -1, len(strands))
    return np.minimum(mers[:, 0], cap).astype(np.min_scalar_type(n_mers * cap))
