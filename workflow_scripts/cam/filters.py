"""The filters of a CAM as motifs: base frequencies of the windows to which they respond."""

import numpy as np
import torch

from .errors import InputError
from .training import reverse_complement


def well_predicted(labels, probabilities, thresholds):
    """Regions bound by at least one target whose every known label is called right.

    Parameters
    ----------
    labels : numpy.ndarray of float, shape (n, n_targets)
        1, 0 or NaN.
    probabilities : numpy.ndarray of float, shape (n, n_targets)
    thresholds : array-like of float, shape (n_targets,)

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    right = np.isnan(labels) | ((probabilities >= np.asarray(thresholds)) == (labels == 1))
    return right.all(axis=1) & (labels == 1).any(axis=1)


@torch.inference_mode()
def filter_motifs(model, codes, threshold=0.5, strands="both", device="cpu", batch_size=256):
    """Position probability matrices of the filters.

    For every filter, each window whose activation exceeds ``threshold`` times that filter's largest activation is a
    site; the base frequencies of the aligned sites are the motif (Alipanahi et al. 2015; the CAM paper, Figure 2D).
    Two passes over the sequences, the first for the maxima, keep memory at one batch.

    Parameters
    ----------
    model : cam.models.CAM
        In evaluation mode, on ``device``.
    codes : numpy.ndarray of uint8, shape (n, length)
    threshold : float
        In (0, 1).
    strands : {"both", "given"}
        With ``both``, windows on the reverse complements are read too.
    device : str or torch.device
    batch_size : int
        Sequences held as activations at once.

    Returns
    -------
    ppms : numpy.ndarray of float64, shape (units, filter_length, 4)
        0.25 everywhere for a filter without sites.
    n_sites : numpy.ndarray of int64, shape (units,)

    Raises
    ------
    InputError
        If there are no sequences.
    """
    if not len(codes):
        raise InputError("motifs: found no sequences to read the filters on; set motifs.regions to 'test'")

    def batches():
        for batch in torch.from_numpy(np.ascontiguousarray(codes)).split(batch_size):
            batch = batch.to(device)
            yield batch
            if strands == "both":
                yield reverse_complement(batch)

    maxima = torch.zeros(model.units, device=device)
    for batch in batches():
        maxima = torch.maximum(maxima, model.activations(batch).amax((0, 2)))

    width = model.filter_length
    counts = torch.zeros(model.units * width * 5, device=device, dtype=torch.int64)
    cell = torch.arange(width, device=device) * 5
    for batch in batches():
        row, unit, position = torch.nonzero(model.activations(batch) > threshold * maxima[:, None], as_tuple=True)
        windows = batch.unfold(1, width, 1)[row, position].long()
        counts += torch.bincount((unit[:, None] * width * 5 + cell + windows).ravel(), minlength=len(counts))
    counts = counts.view(model.units, width, 5).double().cpu().numpy()
    n_sites = counts[:, 0].sum(axis=1).astype(np.int64)
    pfms = counts[..., :4] + counts[..., 4:] / 4
    ppms = np.where(n_sites[:, None, None] > 0, pfms / np.maximum(n_sites, 1)[:, None, None], 0.25)
    return ppms, n_sites
