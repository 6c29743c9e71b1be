"""How units respond to sequences: where their filters are the most active, and what they put out there."""

import torch

from ..models.predict import predict, reverse_complement


def peak_activations(model, codes, strands="both", device="cpu", batch_size=256):
    """The largest activation of every filter anywhere in every sequence.

    Parameters
    ----------
    model : cam.models.cam.CAM
        In evaluation mode, on ``device``.
    codes : numpy.ndarray of uint8, shape (n, length)
    strands : {"both", "given"}
        With ``both``, the larger of the two strands'.
    device : str or torch.device
    batch_size : int
        Sequences held at once.

    Returns
    -------
    numpy.ndarray of float32, shape (n, units)
        At least 0.
    """

    def larger(batch):
        return torch.maximum(model.peak_activations(batch), model.peak_activations(reverse_complement(batch)))

    # An activation is not averaged over strands: a motif is there if it is on one of them.
    return predict(
        larger if strands == "both" else model.peak_activations, codes, device, strands="given", batch_size=batch_size
    )


def outputs_at_site(model, codes, device="cpu", batch_size=256):
    """The output of every unit on that strand of every sequence to which its filter responds more strongly.

    If a sequence has a site, it is on this strand. A prediction is the mean of both strands, of which one is often
    without a site: a unit that is off where the motif is, and on where it is not, has half its output there.

    Parameters
    ----------
    model : cam.models.cam.CAM
        In evaluation mode, on ``device``.
    codes : numpy.ndarray of uint8, shape (n, length)
    device : str or torch.device
    batch_size : int
        Sequences held at once.

    Returns
    -------
    numpy.ndarray of float32, shape (n, units)
        At least 0.
    """

    def stronger(batch):
        other = reverse_complement(batch)
        given_is_stronger = model.peak_activations(batch) >= model.peak_activations(other)
        return torch.where(given_is_stronger, model.unit_outputs(batch), model.unit_outputs(other))

    return predict(stronger, codes, device, strands="given", batch_size=batch_size)
