"""What chance gives: units that have learnt nothing, beside which every claim about a trained unit stands."""

from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from ..data.split import SPLITS
from ..models.cam import CAM
from ..models.predict import reverse_complement

CLAIMS = ("presence", "partly presence", "absence", "partly absence")  # what a unit can be said to detect

_CALIBRATED_ON = 2000  # training sequences, at most, on which the batch norms of untrained units take their statistics


def untrained_cam(model, codes, units=100, seed=1):
    """A CAM like a given one, with initial weights: units that are alive, and have learnt nothing.

    In an untrained CAM the batch norms know nothing of the sequences, and most units are silent or never off. So their
    statistics are taken from training sequences, on both strands and without dropout, as predictions are made.

    Parameters
    ----------
    model : CAM
        Whose settings are taken over, all but the number of units.
    codes : numpy.ndarray of uint8, shape (n, length)
        Training sequences; of very many, 2,000 are drawn at random.
    units : int
    seed : int
        Of the initial weights and of the sequences drawn. PyTorch's own random numbers stay as they are.

    Returns
    -------
    CAM
        In evaluation mode, on the CPU.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        untrained = CAM(
            codes.shape[1], model.final.out_features, units, model.filter_length, model.activation, model.pool,
            model.hidden, 0.0, model.non_negative,
        )  # fmt: skip
    drawn = np.random.default_rng(seed).permutation(len(codes))[:_CALIBRATED_ON]
    sequences = torch.from_numpy(codes[drawn])
    norms = untrained.norm1, untrained.norm2, untrained.norm3
    usual = norms[0].momentum
    for norm in norms:
        norm.momentum = 1.0  # the statistics of the one batch are the running ones
    with torch.no_grad():
        untrained.train()(torch.cat([sequences, reverse_complement(sequences)]))
    for norm in norms:
        norm.momentum = usual
    untrained.dropout = model.dropout
    return untrained.eval()


def shuffle_labels(dataset, seed=1):
    """A dataset in which training and validation labels belong to other regions: there is nothing to learn from it.

    The labels of a region stay together, missing ones too, so that targets are related as they were.

    Parameters
    ----------
    dataset : cam.data.dataset.Dataset
    seed : int

    Returns
    -------
    cam.data.dataset.Dataset
        Its test regions are as they were.
    """
    rows = np.flatnonzero(dataset.split != SPLITS.index("test"))
    labels = dataset.labels.copy()
    labels[rows] = labels[np.random.default_rng(seed).permutation(rows)]
    return replace(dataset, labels=labels)


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
