"""Applying models to many sequences, on one strand or on both."""

import logging

import numpy as np
import torch

from ..bases import N_CODE
from ..errors import InputError
from .functional import keep_freed_memory

logger = logging.getLogger("cam")

_COMPLEMENT = torch.tensor([3, 2, 1, 0, 4], dtype=torch.uint8)


def choose_device(name="auto"):
    """The device to compute on: ``auto`` is a CUDA GPU if there is one, else the CPU."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("config, training.device: found 'cuda', but PyTorch sees no CUDA GPU here; use auto or cpu")
    return torch.device(name)


def reverse_complement(codes):
    """Reverse complements of base codes: uint8 tensor, shape (n, length), to the same shape."""
    return _COMPLEMENT.to(codes.device)[codes.flip(1).int()]


def on_strands(function, codes, strands):
    """Apply a function of sequences to the given strand, or to both and average.

    A region has no strand, but a filter reads one. Logits, unit outputs and contributions are all averaged alike, so
    what is additive for one strand stays additive for both.

    Parameters
    ----------
    function : callable
        From codes of shape (n, length) to a tensor whose first axis is n.
    codes : torch.Tensor of uint8, shape (n, length)
    strands : {"both", "given"}

    Returns
    -------
    torch.Tensor
    """
    if strands == "given":
        return function(codes)
    forward, reverse = function(torch.cat([codes, reverse_complement(codes)])).chunk(2)
    return (forward + reverse) / 2


@torch.inference_mode()
def predict(function, codes, device="cpu", strands="both", batch_size=256):
    """Apply a model, or one of its methods, to many sequences in batches.

    Parameters
    ----------
    function : callable
        A model in evaluation mode or a method of it, such as ``model.unit_outputs``.
    codes : numpy.ndarray of uint8, shape (n, length)
    device : str or torch.device
        Where the model is.
    strands : {"both", "given"}
        See :func:`on_strands`.
    batch_size : int
        If the GPU's memory is not enough for it, batches of half the size are tried.

    Returns
    -------
    numpy.ndarray of float32, shape (n, …)

    Raises
    ------
    InputError
        If the sequences are not base codes, or not of the model's length.
    """
    if codes.dtype != np.uint8 or codes.ndim != 2:
        raise InputError(
            f"sequences: found {codes.dtype} of shape {codes.shape}, expected base codes, uint8 of shape (n, length), "
            "as from cam.bases.encode"
        )
    if codes.max(initial=0) > N_CODE:
        raise InputError(f"sequences: found the code {codes.max()}, expected base codes, 0 to {N_CODE}")
    if torch.device(device).type == "cpu":
        keep_freed_memory()
    try:
        batches = torch.from_numpy(np.ascontiguousarray(codes)).split(batch_size)
        return torch.cat([on_strands(function, batch.to(device), strands).cpu() for batch in batches]).numpy()
    except torch.OutOfMemoryError:
        if batch_size == 1:
            raise InputError("prediction: the GPU's memory is not enough even for one sequence") from None
    logger.warning("the GPU's memory is not enough for %d sequences at a time; trying %d", batch_size, batch_size // 2)
    torch.cuda.empty_cache()
    return predict(function, codes, device, strands, batch_size // 2)
