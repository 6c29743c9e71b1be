"""Controls: units that have learnt nothing, and labels that belong to other regions."""

from dataclasses import replace

import numpy as np
import torch

from ..data.split import SPLITS
from ..models.cam import CAM
from ..models.predict import reverse_complement

_CALIBRATED_ON = 2000  # training sequences, at most, on which the batch norms of untrained units take their statistics


def untrained_cam(model, codes, units=100, seed=1, strands="both", initial=()):
    """A CAM like a given one, with initial weights: units that are alive, and have learnt nothing.

    In an untrained CAM the batch norms know nothing of the sequences, and most units are silent or never off. So their
    statistics are taken from training sequences, on the strands and without dropout, as predictions are made.

    Parameters
    ----------
    model : CAM
        Whose settings are taken over, all but the number of units.
    codes : numpy.ndarray of uint8, shape (n, length)
        Training sequences; of very many, 2,000 are drawn at random.
    units : int
    seed : int
        Of the initial weights and of the sequences drawn. PyTorch's own random numbers stay as they are.

    strands : {"both", "given"}
    initial : numpy.ndarray of float32, shape (n_known, 4, filter_length), optional
        Filters that the model's units began as, so that these begin as they did; at most as many as units.

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
    with torch.no_grad():
        for unit, weights in enumerate(initial):
            untrained.convolution.weight[unit] = torch.from_numpy(weights)
    drawn = np.random.default_rng(seed).permutation(len(codes))[:_CALIBRATED_ON]
    sequences = torch.from_numpy(codes[drawn])
    norms = untrained.norm1, untrained.norm2, untrained.norm3
    usual = norms[0].momentum
    for norm in norms:
        norm.momentum = 1.0  # the statistics of the one batch are the running ones
    with torch.no_grad():
        untrained.train()(torch.cat([sequences, reverse_complement(sequences)]) if strands == "both" else sequences)
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
    permuted = np.arange(len(dataset.split))
    permuted[rows] = np.random.default_rng(seed).permutation(rows)
    weights = None if dataset.weights is None else dataset.weights[permuted]
    return replace(dataset, labels=dataset.labels[permuted], weights=weights)
