"""Motifs: frequency matrices, their files, and scanning sequences for hits with exact p-values.

A PPM (position probability matrix) is an array of shape (length, 4): a row is a position, the columns are A, C, G, T.
"""

import numpy as np
from scipy.special import rel_entr

from .formats import DEFAULT_SITES, UNIFORM

PSEUDOCOUNT = 0.1  # the MEME Suite's own, in tomtom and in fimo


def reverse_complement(ppm):
    """The motif as it reads on the other strand, shape=(length, 4)."""
    return ppm[::-1, ::-1]


def consensus(ppm):
    """The most probable base of every position, the first of A, C, G, T where several are.

    >>> consensus(np.array([[0.1, 0.2, 0.6, 0.1], [0.25, 0.25, 0.25, 0.25]]))
    'GA'
    """
    return "".join("ACGT"[base] for base in np.argmax(ppm, axis=1))


def information_content(ppm, background=UNIFORM):
    """How much every position differs from the background: its relative entropy.

    Parameters
    ----------
    ppm : numpy.ndarray, shape=(length, 4)
    background : array_like, shape=(4,)

    Returns
    -------
    numpy.ndarray, shape=(length,)
        In bits; from 0 to 2 for a uniform background.
    """
    return rel_entr(ppm, background).sum(axis=1) / np.log(2)


def trim(ppm, min_bits=0.25):
    """Find the informative core of a motif.

    Parameters
    ----------
    ppm : numpy.ndarray, shape=(length, 4)
    min_bits : float
        What a position must hold to count as informative, against a uniform background.

    Returns
    -------
    slice
        From the first informative position to the last: ``ppm[trim(ppm)]`` is the core. Empty where none is.
    """
    informative = np.flatnonzero(information_content(ppm) >= min_bits)
    return slice(int(informative[0]), int(informative[-1]) + 1) if len(informative) else slice(0, 0)


def smooth(ppm, n_sites, background=UNIFORM, pseudocount=PSEUDOCOUNT):
    """Add pseudocounts, shared out among the bases as in the background, to probabilities counted from sites.

    Parameters
    ----------
    ppm : numpy.ndarray, shape=(length, 4)
    n_sites : int
        0 counts as 20, as in the MEME Suite.
    background : array_like, shape=(4,)
    pseudocount : float
        How many sites the pseudocounts weigh.

    Returns
    -------
    numpy.ndarray, shape=(length, 4)
        Probabilities, none of them zero.
    """
    n_sites = n_sites or DEFAULT_SITES
    return (n_sites * ppm + pseudocount * np.asarray(background)) / (n_sites + pseudocount)


def pwm(ppm, n_sites, background=UNIFORM, pseudocount=PSEUDOCOUNT):
    """Log-odds (base 2) of the motif against the background, after :func:`smooth`, shape=(length, 4)."""
    return np.log2(smooth(ppm, n_sites, background, pseudocount) / background)
