"""What short words tell of labels, without a neural network: a linear model on counts of gapped k-mers.

A gapped k-mer SVM (Ghandi et al. 2014; Lee 2016, LS-GKM) is a linear model on how often a sequence has each word of
some bases in which the places between may hold any base. So is this one, fitted by logistic regression or, of real
numbers, ridge regression. Its words are six bases long, with at most one such place between. On the test sequences of
two public data sets it is as good as LS-GKM: NANOG AUROC 0.828 and 0.831, NFE2 0.988 and 0.993, which are 1,924 and 138
sequences.

LS-GKM and gkmSVM are programs in C++ and R. There is one package that pip installs, ``gkmsvm-lite``, whose first
version, a beta, is of October 2026. Like the others it compares all training sequences pair by pair, so time and memory
grow with the square of their number; those of this model grow with the number.
"""

import logging
from itertools import combinations

import numpy as np

from ..bases import N_CODE
from ..data.split import SPLITS

K, WINDOW = 6, 7  # bases of a word, and the most that it spans
# Where its bases are, from 0. Read from the other end, each is again one of them.
PATTERNS = [
    (0, *within, span - 1) for span in range(K, WINDOW + 1) for within in combinations(range(1, span - 1), K - 2)
]
STRENGTHS = (0.1, 1.0, 10.0, 100.0)  # of the data against the penalty
_MOST_WORDS = 5 * 10**7  # of the training sequences together, which take about 1 GB: 43,000 sequences of 200 bp
_ROWS_AT_ONCE = 2000

logger = logging.getLogger("cam")


def count_words(codes):
    """How often each sequence has each word, on either strand.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)
        Base codes. Words with an N do not count.

    Returns
    -------
    scipy.sparse.csr_array of float32, shape (n, len(PATTERNS) × 4 ** K)
        Every row has the length 1, or 0 where a sequence has no word, so that long sequences do not count more. A word
        and its reverse complement share the column of the one that comes first.
    """
    from scipy.sparse import csr_array

    words, known = [], []
    for number, places in enumerate(PATTERNS):
        turned = PATTERNS.index(tuple(places[-1] - place for place in reversed(places)))
        n_positions = max(codes.shape[1] - places[-1], 0)
        forward = backward = np.zeros((len(codes), n_positions), dtype=np.int32)
        whole = np.ones(forward.shape, dtype=bool)
        for order, place in enumerate(places):
            base = codes[:, place : place + n_positions].astype(np.int32)
            forward, backward = forward * 4 + base, backward + ((3 - base) << 2 * order)
            whole &= base != N_CODE
        words.append(np.where(whole, np.minimum(forward + number * 4**K, backward + turned * 4**K), 0))
        known.append(whole)
    columns, counts = np.concatenate(words, axis=1), np.concatenate(known, axis=1).astype(np.float32)
    begins = np.arange(len(codes) + 1) * columns.shape[1]
    counts = csr_array((counts.ravel(), columns.ravel(), begins), shape=(len(codes), len(PATTERNS) * 4**K))
    counts.sum_duplicates()
    length = np.sqrt(counts.multiply(counts).sum(axis=1))
    counts.data /= np.repeat(np.where(length > 0, length, 1), np.diff(counts.indptr)).astype(np.float32)
    return counts


def predict_from_words(dataset, seed=1):
    """Predict the test regions from the words in them, by a model for each target.

    How strongly a model follows the data is chosen on the validation regions: it is raised until their loss rises.

    Parameters
    ----------
    dataset : cam.data.dataset.Dataset
    seed : int
        Of the training regions that are drawn where all have too many words together.

    Returns
    -------
    logits : numpy.ndarray of float32, shape (n_test, n_targets)
        Of binding; in regression predictions. 0 for a target whose known training labels are all alike.
    n_regions : int
        How many training regions there were to learn from.
    """
    (train, labels), (validation, wanted) = (
        [part[_drawn(len(dataset.part(name)[0]), dataset.sequences.shape[1], seed)] for part in dataset.part(name)]
        for name in SPLITS[:2]
    )
    words, validation = count_words(train), count_words(validation)
    weights = np.zeros((words.shape[1] + 1, labels.shape[1]), dtype=np.float32)
    for target, (known, asked) in enumerate(zip(~np.isnan(labels.T), ~np.isnan(wanted.T), strict=True)):
        own, other = labels[known, target], wanted[asked, target]
        if np.ptp(own) > 0:
            weights[:, target], strength = _fit(words[known], own, validation[asked], other, dataset.task)
            logger.info("%s from words: strength %g, %d regions", dataset.targets[target], strength, len(own))
    test, _ = dataset.part("test")
    parts = np.split(test, range(_ROWS_AT_ONCE, len(test), _ROWS_AT_ONCE))
    return np.concatenate([count_words(part) @ weights[:-1] + weights[-1] for part in parts]), len(train)


def _drawn(n, length, seed):
    """The rows of as many sequences as can be held, in their order."""
    most = max(1, _MOST_WORDS // max(1, sum(length - places[-1] for places in PATTERNS)))
    return np.sort(np.random.default_rng(seed).permutation(n)[:most])


def _fit(words, labels, validation, wanted, task):
    """The weights and the intercept of the best model, and how strongly it follows the data."""
    from sklearn.linear_model import LogisticRegression, Ridge

    best = np.inf
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=500) if task == "binding" else Ridge(1 / strength)
        model.fit(words, labels)
        found = np.append(model.coef_, model.intercept_)
        logits = validation @ found[:-1] + found[-1]
        losses = np.logaddexp(0, logits) - wanted * logits if task == "binding" else (logits - wanted) ** 2
        loss = losses.mean() if len(wanted) else 0.0
        if loss >= best:
            break
        best, weights, chosen = loss, found, strength
    return weights, chosen
