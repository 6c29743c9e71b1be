"""Which known motifs are in artificial sequences more often than in random ones."""

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, hypergeom

from .errors import InputError
from .motifs import find_hits


def enrich(motifs, ga_codes, random_codes, p_value=1e-4):
    """Compare the motif hits of artificial sequences with those of random sequences.

    What is counted are sequences with at least one hit on either strand (:func:`cam.motifs.find_hits`), with the base
    composition of the random sequences as background. The test is Fisher's exact test, one-sided (more hits in the
    artificial sequences); q-values are Benjamini and Hochberg's.

    Parameters
    ----------
    motifs : sequence of Motif
    ga_codes : numpy.ndarray of uint8, shape=(n_ga, length)
        Base codes of the artificial sequences.
    random_codes : numpy.ndarray of uint8, shape=(n_random, length)
        Base codes of random sequences of the same length.
    p_value : float
        Of a hit.

    Returns
    -------
    pandas.DataFrame
        A row per motif, the most enriched first: ``motif_id tf ga_hits ga_total random_hits random_total ratio
        log2_ratio p_value q_value``. The ratio is that of the two fractions of sequences with a hit, each as
        (hits + 0.5) / (sequences + 1) so that it is finite where there are none.

    Raises
    ------
    InputError
        If there are no motifs or no sequences, the two sets differ in length, or the p-value is not between 0 and 1.
    """
    if not motifs:
        raise InputError("motif enrichment: found no motifs, expected at least one")
    if not 0 < p_value < 1:
        raise InputError(f"motif enrichment: found a hit p-value of {p_value}, expected a number between 0 and 1")
    ga_codes, random_codes = np.asarray(ga_codes), np.asarray(random_codes)
    for kind, codes in {"artificial": ga_codes, "random": random_codes}.items():
        if codes.size == 0:
            raise InputError(f"motif enrichment: found no {kind} sequences, expected at least one")
    if ga_codes.shape[1:] != random_codes.shape[1:]:
        raise InputError(
            f"motif enrichment: found artificial sequences of length {ga_codes.shape[-1]} and random sequences of "
            f"length {random_codes.shape[-1]}, expected one length"
        )

    # One of each base more, so that no frequency is zero.
    counts = np.bincount(random_codes.ravel(), minlength=5)[:4] + 1
    background = counts / counts.sum()
    ga_hits = find_hits(motifs, ga_codes, p_value, background).sum(axis=0)
    random_hits = find_hits(motifs, random_codes, p_value, background).sum(axis=0)
    ga_total, random_total = len(ga_codes), len(random_codes)

    ratio = ((ga_hits + 0.5) / (ga_total + 1)) / ((random_hits + 0.5) / (random_total + 1))
    tail = hypergeom.sf(ga_hits - 1, ga_total + random_total, ga_hits + random_hits, ga_total)
    p_values = np.clip(tail, 0, 1)
    table = pd.DataFrame(
        {
            "motif_id": [motif.matrix_id for motif in motifs],
            "tf": [motif.name for motif in motifs],
            "ga_hits": ga_hits,
            "ga_total": ga_total,
            "random_hits": random_hits,
            "random_total": random_total,
            "ratio": ratio,
            "log2_ratio": np.log2(ratio),
            "p_value": p_values,
            "q_value": false_discovery_control(p_values),
        }
    )
    return table.sort_values(["p_value", "ratio", "motif_id"], ascending=[True, False, True], ignore_index=True)
