"""One pass of a model over the test regions: what every table about its predictions and its units is made of.

A table that needs logits, unit outputs or activations of the test regions reads them from the file that is written
here, without the model and without PyTorch, so that a quantity is the same wherever it is told.
"""

import json
from dataclasses import dataclass, fields

import numpy as np

from ..data.split import SPLITS
from ..errors import InputError
from ..io.tensors import read_safetensors, write_safetensors
from .effects import effective_weights

FORMAT_VERSION = "1"
_OF_UNITS = ("weights", "bias", "outputs", "peaks", "peak_starts", "peak_strands", "site_outputs")


@dataclass(frozen=True)
class Responses:
    """How a model responds to the test regions, in their order in the dataset.

    A file of 30,000 regions, 300 units and 81 targets has 170 MB.

    Attributes
    ----------
    targets : tuple of str
    task : {"binding", "regression"}
    model : dict
        Its description, as from :func:`cam.models.storage.load_model`, and how many ``parameters`` it has.
    threshold : float
        In (0, 1), of each filter's largest activation: what a window has to exceed to be a site.
    labels, logits : numpy.ndarray of float32, shape (n, n_targets)
        Logits (in regression predictions) are the mean of both strands, unless the model reads only the given one,
        as its description's ``strands`` say; then so do all that follow.
    validation_labels, validation_logits : numpy.ndarray of float32, shape (m, n_targets)
    train_means : numpy.ndarray of float64, shape (n_targets,)
        Mean of the known training labels of each target.
    weights : numpy.ndarray of float32, shape (n_targets, units)
        Final weights; like all that follow, None where the model is no CAM.
    bias : numpy.ndarray of float32, shape (n_targets,)
    outputs : numpy.ndarray of float32, shape (n, units)
        Unit outputs, the mean of both strands.
    peaks : numpy.ndarray of float32, shape (n, units)
        The largest activation of every filter in every region, on either strand, of the windows that the pools cover.
    peak_starts : numpy.ndarray of int32, shape (n, units)
        Where that window begins: 0-based, on the given strand.
    peak_strands : numpy.ndarray of uint8, shape (n, units)
        0 where it is read on the given strand, 1 where on the other.
    site_outputs : numpy.ndarray of float32, shape (n, units)
        The unit outputs on the strand of that window alone.
    """

    targets: tuple
    task: str
    model: dict
    threshold: float
    labels: np.ndarray
    logits: np.ndarray
    validation_labels: np.ndarray
    validation_logits: np.ndarray
    train_means: np.ndarray
    weights: np.ndarray | None = None
    bias: np.ndarray | None = None
    outputs: np.ndarray | None = None
    peaks: np.ndarray | None = None
    peak_starts: np.ndarray | None = None
    peak_strands: np.ndarray | None = None
    site_outputs: np.ndarray | None = None

    @property
    def fired(self):
        """Whether each filter has a site in each region: bool, shape (n, units). A filter of zeros has none."""
        return self.peaks > self.threshold * self.peaks.max(axis=0, initial=0)

    @property
    def effective_weights(self):
        """See :func:`cam.interpretation.effects.effective_weights`: shape (n_targets, units)."""
        return effective_weights(self.weights, self.task)

    @property
    def effects(self):
        """Effective weight × standard deviation of the unit output: float32, shape (n_targets, units)."""
        return self.effective_weights * self.outputs.std(axis=0)


def respond(model, description, dataset, threshold=0.5, units=True, device="cpu"):
    """Run a model over the test regions, and over those of validation for its logits.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode, on ``device``.
    description : dict
        As from :func:`cam.models.storage.load_model`.
    dataset : cam.data.dataset.Dataset
    threshold : float
        See :class:`Responses`.
    units : bool
        Whether to read the units of a CAM; else there are only its logits.
    device : str or torch.device

    Returns
    -------
    Responses
    """
    from ..models.cam import CAM
    from ..models.predict import predict

    (codes, labels), (validation_codes, validation_labels) = map(dataset.part, ("test", "validation"))
    strands = description["strands"]
    known = np.where(np.isnan(train := dataset.labels[dataset.split == SPLITS.index("train")]), 0.0, train)
    about = {
        "targets": dataset.targets,
        "task": dataset.task,
        "model": description | {"parameters": sum(parameter.numel() for parameter in model.parameters())},
        "threshold": threshold,
        "labels": labels,
        "validation_labels": validation_labels,
        "validation_logits": predict(model, validation_codes, device, strands),
        "train_means": known.sum(axis=0, dtype=float) / np.maximum((~np.isnan(train)).sum(axis=0), 1),
    }
    if not (units and isinstance(model, CAM)):
        return Responses(**about, logits=predict(model, codes, device, strands))
    found = predict(_of_units(model, strands), codes, device, strands="given")
    ends = np.cumsum([len(dataset.targets), *[model.units] * 4])
    logits, outputs, peaks, starts, peak_strands, site_outputs = np.split(found, ends, axis=1)
    return Responses(
        **about,
        logits=logits,
        weights=model.final_weights().detach().cpu().numpy(),
        bias=model.final.bias.detach().cpu().numpy(),
        outputs=outputs,
        peaks=peaks,
        peak_starts=starts.astype(np.int32),
        peak_strands=peak_strands.astype(np.uint8),
        site_outputs=site_outputs,
    )


def _of_units(model, strands):
    """A function from codes to all that is told of them, on one strand or both: logits, outputs, peaks, where these
    are, and outputs there, side by side."""
    import torch
    import torch.nn.functional as F

    from ..models.predict import reverse_complement

    covered, width = model.weight1.shape[2] * model.pool, model.filter_length

    def read(codes):
        both = torch.cat([codes, reverse_complement(codes)]) if strands == "both" else codes
        outputs, peaks = model.outputs_and_peaks(both)
        logits = F.linear(outputs, model.final_weights(), model.final.bias)
        starts = model.activations(both)[:, :, :covered].argmax(2)
        if strands == "given":
            return torch.cat([part.float() for part in (logits, outputs, peaks, starts, starts * 0, outputs)], 1)
        (one, other), (peak, other_peak) = outputs.chunk(2), peaks.chunk(2)
        given = peak >= other_peak  # an activation is not averaged: a motif is there if it is on one strand
        start, other_start = starts.chunk(2)
        parts = [
            sum(logits.chunk(2)) / 2,
            (one + other) / 2,
            torch.maximum(peak, other_peak),
            torch.where(given, start, codes.shape[1] - other_start - width),
            ~given,
            torch.where(given, one, other),
        ]
        return torch.cat([part.float() for part in parts], 1)

    return read


def save_responses(path, responses):
    """Write responses as safetensors; targets are separated by tabs in the metadata."""
    from safetensors.numpy import save

    texts = {
        "targets": "\t".join(responses.targets),
        "task": responses.task,
        "model": json.dumps(responses.model, sort_keys=True),
        "threshold": repr(responses.threshold),
    }
    arrays = {field.name: getattr(responses, field.name) for field in fields(responses) if field.name not in texts}
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items() if array is not None}
    write_safetensors(path, save(tensors, {"format_version": FORMAT_VERSION, **texts}))


def load_responses(path, units=False):
    """Read what :func:`save_responses` wrote.

    Parameters
    ----------
    path : str or Path
    units : bool
        Whether the model has to be a CAM.

    Raises
    ------
    InputError
        If the file is absent, is not one of ours, or is of a model without units where they are asked for.
    """
    metadata, tensors = read_safetensors(path, "responses", FORMAT_VERSION, "numpy")
    if units and not tensors.keys() >= set(_OF_UNITS):
        raise InputError(f"{path}: found the responses of a model without units, expected those of a CAM")
    try:
        return Responses(
            targets=tuple(metadata["targets"].split("\t")),
            task=metadata["task"],
            model={"strands": "both"} | json.loads(metadata["model"]),
            threshold=float(metadata["threshold"]),
            **tensors,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path}: not the responses of a model ({error}); delete it, and the pipeline makes it again"
        ) from None
