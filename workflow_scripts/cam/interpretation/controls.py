"""What chance gives: units that have learnt nothing, beside which every claim about a trained unit stands."""

import numpy as np
import pandas as pd

CLAIMS = ("presence", "partly presence", "absence", "partly absence")  # what a unit can be said to detect


def compare_with_controls(units, matches=None, matrices=None, q_value=0.05):
    """How often units match a known motif, are called detectors, and match known regulators, beside the controls.

    Parameters
    ----------
    units : pandas.DataFrame
        ``control unit target_id detector``: ``control`` is ``trained``, ``shuffled`` or ``untrained``; the trained ones
        come first. ``target_id`` is missing where no known motif matches.
    matches : pandas.DataFrame, optional
        ``control``, and the columns of :func:`cam.motifs.tomtom.compare`.
    matrices : dict of str to list of str, optional
        Known regulator to the ids of its own profiles, as from :func:`cam.interpretation.regulators.matrices_of`.
    q_value : float
        The largest q-value that counts as a match with a regulator.

    Returns
    -------
    pandas.DataFrame
        A row per control: ``control units matched``, the share with a match; ``presence partly_presence absence
        partly_absence``, the shares that are called so, and ``detectors``, of them all; and with regulators
        ``regulators`` of ``of_regulators`` that as many units as the trained model has would match: of other numbers of
        units the expectation, 1 − (1 − share of the units that match it)ⁿ summed over the regulators.
    """
    wanted = (units["control"] == units["control"].iloc[0]).sum()
    rows = []
    for control, of_control in units.groupby("control", sort=False):
        n, detector = len(of_control), of_control["detector"]
        row = {"control": control, "units": n, "matched": of_control["target_id"].notna().mean()}
        row |= {claim.replace(" ", "_"): (detector == claim).mean() for claim in CLAIMS}
        row["detectors"] = detector.isin(CLAIMS).mean()
        if matrices:
            hits = matches[(matches["control"] == control) & (matches["q-value"] <= q_value)]
            share = np.array([hits[hits["Target_ID"].isin(own)]["Query_ID"].nunique() / n for own in matrices.values()])
            row["regulators"] = (share > 0).sum() if n == wanted else (1 - (1 - share) ** wanted).sum()
            row["of_regulators"] = len(matrices)
        rows.append(row)
    return pd.DataFrame(rows)
