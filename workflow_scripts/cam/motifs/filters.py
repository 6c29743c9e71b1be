"""The filters of a CAM as motifs: base frequencies of the windows to which they respond."""

import math

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F

from ..bases import N_CODE
from ..errors import InputError
from ..logs import progress
from ..models.functional import keep_freed_memory, pooled_responses
from ..models.predict import reverse_complement
from .formats import Motif
from .matrices import consensus, information_content, trim

_AT_ONCE = 8_000_000  # responses of a batch
_POOL = 16  # positions that are looked at together before each of them is
_SELDOM = 0.03  # share of such pools with a site, up to which that is faster than to look at all positions


@torch.inference_mode()
def filter_motifs(model, codes, threshold=0.5, strands="both", device="cpu"):
    """Position probability matrices of the filters.

    For every filter, each window whose activation exceeds ``threshold`` times that filter's largest activation is a
    site; the base frequencies of the aligned sites are the motif (Alipanahi et al. 2015; the CAM paper, Figure 2D).
    Windows that begin behind the last pool, on a strand, do not reach the unit: they are neither sites nor maxima.

    Two passes over the sequences, the first for the maxima, keep memory at one batch, and the more units there are, the
    fewer sequences are in a batch. Activations are monotone, so instead of every response, the limit is transformed.

    Parameters
    ----------
    model : cam.models.cam.CAM
        In evaluation mode, on ``device``.
    codes : numpy.ndarray of uint8, shape (n, length)
    threshold : float
        In (0, 1).
    strands : {"both", "given"}
        With ``both``, windows on the reverse complements are read too.
    device : str or torch.device

    Returns
    -------
    ppms : numpy.ndarray of float64, shape (units, filter_length, 4)
        0.25 everywhere for a filter without sites.
    n_sites : numpy.ndarray of int64, shape (units,)
    n_sequences : numpy.ndarray of int64, shape (units,)
        How many of the sequences have a site, on either strand.

    Raises
    ------
    InputError
        If there are no sequences.
    """
    if not len(codes):
        raise InputError("motifs: found no sequences to read the filters on; set motifs.regions to 'test'")
    if torch.device(device).type == "cpu":
        keep_freed_memory()
    units, width = model.units, model.filter_length
    length = model.weight1.shape[2] * model.pool + width - 1  # what the pools cover, from the first base on
    norm = model.norm1
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    shift = norm.bias + (model.convolution.bias - norm.running_mean) * scale
    filters = model.convolution.weight * scale[:, None, None]
    n_strands = 2 if strands == "both" else 1
    batches = torch.from_numpy(np.ascontiguousarray(codes)).split(max(1, _AT_ONCE // (n_strands * units * length)))

    def readings(what):
        for batch in progress(batches, desc=what, unit="batch"):
            batch = batch.to(device)
            batch = torch.cat([batch, reverse_complement(batch)]) if strands == "both" else batch
            yield batch[:, :length]

    largest = torch.full((units,), -torch.inf, device=device)
    for batch in readings("maxima"):
        largest = torch.maximum(largest, pooled_responses(batch, filters, length - width + 1).amax((1, 2)))
    if model.activation == "exp":
        limits = largest + math.log(threshold)
    else:  # a filter whose largest response is no activation has no sites
        limits = torch.where(largest + shift > 0, largest - (1 - threshold) * (largest + shift), torch.inf)

    counts = torch.zeros(width, units * 5, device=device, dtype=torch.int64)
    n_sequences = torch.zeros(units, device=device, dtype=torch.int64)
    for batch in readings("sites"):
        unit, row, position = _sites(batch, filters, limits)
        first = row * length + position
        for offset in range(width):
            counts[offset] += torch.bincount(unit * 5 + batch.take(first + offset), minlength=units * 5)
        has_site = torch.zeros(units, len(batch) // n_strands, device=device, dtype=torch.bool)
        has_site[unit, row % has_site.shape[1]] = True
        n_sequences += has_site.sum(1)

    counts = counts.view(width, units, 5).transpose(0, 1).double().cpu().numpy()
    n_sites = counts[:, 0].sum(axis=1).astype(np.int64)
    pfms = counts[..., :4] + counts[..., 4:] / 4
    ppms = np.where(n_sites[:, None, None] > 0, pfms / np.maximum(n_sites, 1)[:, None, None], 0.25)
    return ppms, n_sites, n_sequences.cpu().numpy()


def name_motifs(names, ppms, n_sites):
    """Name position probability matrices, as from :func:`filter_motifs`, after the units: list of Motif."""
    return [Motif(name, name, ppm, int(n)) for name, ppm, n in zip(names, ppms, n_sites, strict=True)]


def motif_table(motifs, n_sequences, background):
    """Say what the motifs of units rest on, and how much they tell.

    Parameters
    ----------
    motifs : sequence of Motif
        As from :func:`name_motifs`.
    n_sequences : sequence of int
        How many sequences have a site of each.
    background : array_like, shape=(4,)

    Returns
    -------
    pandas.DataFrame
        ``unit n_sites n_sequences information_content consensus core_start core_end``. The core, between its first and
        its last informative position (:func:`cam.motifs.matrices.trim`), is told from 1 to the last position, as on the
        axis of the logo; it is missing where no position is informative.
    """
    cores = [trim(motif.ppm) for motif in motifs]
    return pd.DataFrame(
        {
            "unit": [motif.matrix_id for motif in motifs],
            "n_sites": [motif.n_sites for motif in motifs],
            "n_sequences": n_sequences,
            "information_content": [information_content(motif.ppm, background).sum() for motif in motifs],
            "consensus": [consensus(motif.ppm) for motif in motifs],
            "core_start": pd.array([core.start + 1 if core.stop else None for core in cores], dtype="Int64"),
            "core_end": pd.array([core.stop or None for core in cores], dtype="Int64"),
        }
    )


def _sites(codes, filters, limits):
    """Where the responses of filters exceed their limits.

    Sites are seldom. So the largest response of some neighbouring positions is asked for, and single positions are
    looked at only where that is above the limit.

    Parameters
    ----------
    codes : torch.Tensor of uint8, shape (n, length)
    filters : torch.Tensor of float32, shape (units, 4, filter_length)
    limits : torch.Tensor of float32, shape (units,)

    Returns
    -------
    unit, row, position : torch.Tensor of int64, shape (n_sites,)
    """
    width, n_positions = filters.shape[2], codes.shape[1] - filters.shape[2] + 1
    padded = F.pad(codes, (0, _POOL - 1), value=N_CODE)  # windows with these Ns fill the last pool and are no sites
    pools = pooled_responses(padded, filters, _POOL) > limits[:, None, None]
    if pools.count_nonzero() > _SELDOM * pools.numel():
        unit, position, row = torch.nonzero(pooled_responses(codes, filters, 1) > limits[:, None, None], as_tuple=True)
        return unit, row, position
    unit, pool, row = torch.nonzero(pools, as_tuple=True)
    unit, row = unit.repeat_interleave(_POOL), row.repeat_interleave(_POOL)
    position = (pool[:, None] * _POOL + torch.arange(_POOL, device=codes.device)).flatten()
    letters = torch.cat([filters, filters.mean(1, keepdim=True)], 1).permute(2, 0, 1)  # what A, C, G, T and N add
    first = row * padded.shape[1] + position
    responses = sum(letters[offset].take(unit * 5 + padded.take(first + offset)) for offset in range(width))
    is_site = (responses > limits[unit]) & (position < n_positions)
    return unit[is_site], row[is_site], position[is_site]
