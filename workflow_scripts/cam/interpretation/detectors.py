"""What each unit detects: how its output depends on whether its motif is there."""

import numpy as np
import pandas as pd

from ..units import unit_names

# How far from 0.5 the AUROC with which a unit's output tells sequences with a site from those without has to be for the
# unit to detect its motif's presence or absence, and to do so partly. Of untrained units hardly any do the first, and
# about one in ten the second.
WHOLLY, PARTLY = 0.35, 0.2
EFFECT = 0.1  # of the larger median output: the least by which the medians with and without a site have to differ
FEWEST = 30  # sequences with a site, and without: with fewer an AUROC may be 0.2 from 0.5 by chance


def detection(outputs, has_site, site_outputs=None):
    """How the output of each unit depends on whether its motif is there.

    The last layers of a unit may turn it around: its filter reads a motif, and its output is *low* where the filter
    responds. Such a unit detects the absence of its motif (unit eight of the CAM paper, Figure 3). It shows in how well
    the output tells sequences with a site from those without, the AUROC (Mann and Whitney's U divided by the number of
    pairs): 1 if a site always means a higher output, 0.5 if it means nothing, 0 if it always means a lower one.

    A claim takes three things: at least 30 sequences with a site and 30 without; an AUROC well away from 0.5; and
    median outputs that differ by at least a tenth of the larger one, since ranks do not say by how much outputs differ.
    How often untrained units meet all three, :mod:`cam.interpretation.controls` counts.

    Parameters
    ----------
    outputs : numpy.ndarray of float, shape (n, units)
        The unit outputs, ≥ 0, as predicted: the means of both strands.
    has_site : numpy.ndarray of bool, shape (n, units)
        Whether the filter responds to the sequence, on either strand, as it does to its motif.
    site_outputs : numpy.ndarray of float, shape (n, units), optional
        The unit outputs on the strand of the site alone (:func:`cam.interpretation.responses.outputs_at_site`); by
        default ``outputs``, as of sequences read on one strand.

    Returns
    -------
    pandas.DataFrame
        A row per unit: ``unit``; ``detector``: ``presence`` (AUROC of at least 0.85), ``partly presence`` (at least
        0.7), ``absence`` (at most 0.15), ``partly absence`` (at most 0.3), ``neither``, ``undecided`` where too few
        sequences have a site or have none, or ``silent`` where the output never differs; ``auroc``, missing where all
        sequences or none have a site; ``n_with`` and ``n_without``, the numbers of sequences with and without one;
        ``with_site``, the share with one; ``output_with`` and ``output_without``, the median outputs;
        ``output_at_site``, that on the strand of the site, which in an absence detector is off where the mean of both
        strands is half on; ``effect_size``, the difference of ``output_with`` and ``output_without`` as a share of the
        larger one, from −1 to 1; and ``output_sd``, the standard deviation over all sequences.
    """
    from scipy.stats import rankdata

    n, units = outputs.shape
    n_with = has_site.sum(axis=0)
    n_without = n - n_with
    pairs = (n_with * n_without).astype(float)
    pairs[pairs == 0] = np.nan
    ranks = np.where(has_site, rankdata(outputs, axis=0), 0).sum(axis=0)
    auroc = (ranks - n_with * (n_with + 1) / 2) / pairs
    output_with, output_without = _median(outputs, has_site), _median(outputs, ~has_site)
    largest = np.fmax(output_with, output_without)
    effect_size = np.divide(output_with - output_without, largest, out=np.zeros(units), where=largest > 0)
    higher, matters = auroc - 0.5, np.abs(effect_size) >= EFFECT
    cases = {
        "silent": np.ptp(outputs, axis=0) <= 1e-6 * np.abs(outputs).max(axis=0),  # nothing but rounding
        "undecided": np.minimum(n_with, n_without) < FEWEST,
        "presence": (higher >= WHOLLY) & matters,
        "partly presence": (higher >= PARTLY) & matters,
        "absence": (higher <= -WHOLLY) & matters,
        "partly absence": (higher <= -PARTLY) & matters,
    }
    return pd.DataFrame(
        {
            "unit": unit_names(units),
            "detector": np.select(list(cases.values()), list(cases), "neither"),
            "auroc": auroc,
            "n_with": n_with,
            "n_without": n_without,
            "with_site": n_with / n,
            "output_at_site": _median(outputs if site_outputs is None else site_outputs, has_site),
            "output_with": output_with,
            "output_without": output_without,
            "effect_size": effect_size,
            "output_sd": outputs.std(axis=0),
        }
    )


def _median(outputs, chosen):
    """The median of the chosen values of each column, missing where none is chosen."""
    return pd.DataFrame(outputs).where(chosen).median().to_numpy()
