"""The cached tensors: sequences, labels and split of an experiment in one safetensors file."""

from dataclasses import dataclass

import numpy as np
from safetensors.numpy import save

from ..bases import N_CODE
from ..errors import InputError
from ..io.tensors import read_safetensors, write_safetensors
from .split import SPLITS

FORMAT_VERSION = "2"
TASKS = ("binding", "regression")


@dataclass(frozen=True)
class Dataset:
    """Labelled sequences.

    Attributes
    ----------
    sequences : numpy.ndarray of uint8, shape (n, length)
        Base codes.
    labels : numpy.ndarray of float32, shape (n, n_targets)
        1, 0 or NaN = missing (binding); real numbers (regression).
    split : numpy.ndarray of uint8, shape (n,)
        0 train, 1 validation, 2 test.
    targets : tuple of str
    task : {"binding", "regression"}
    weights : numpy.ndarray of float32, shape (n,), optional
        How much a region counts in training; without them, each as much as any other.
    """

    sequences: np.ndarray
    labels: np.ndarray
    split: np.ndarray
    targets: tuple
    task: str = "binding"
    weights: np.ndarray | None = None

    def part(self, name):
        """The sequences and labels of ``train``, ``validation`` or ``test``."""
        rows = self.split == SPLITS.index(name)
        return self.sequences[rows], self.labels[rows]

    def weights_of(self, name):
        """The weights of ``train``, ``validation`` or ``test``, or None."""
        return None if self.weights is None else self.weights[self.split == SPLITS.index(name)]


def from_regions(regions, codes, targets, task="binding", weights=None):
    """Assemble a dataset from a table of regions and their base codes.

    Parameters
    ----------
    regions : pandas.DataFrame
        With ``split`` and one column per target.
    codes : numpy.ndarray of uint8, shape (n, length)
    targets : sequence of str
    task : {"binding", "regression"}
    weights : pandas.DataFrame, optional
        ``name weight``, in the order of the regions.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        If the weights are those of other regions.
    """
    if weights is not None and weights["name"].tolist() != regions["name"].tolist():
        raise InputError("weights: found other names than those of the regions; delete them, and they are made again")
    return Dataset(
        codes,
        regions[list(targets)].to_numpy(dtype=np.float32),
        regions["split"].map({name: code for code, name in enumerate(SPLITS)}).to_numpy(dtype=np.uint8),
        tuple(targets),
        task,
        None if weights is None else weights["weight"].to_numpy(dtype=np.float32),
    )


def save_dataset(path, dataset):
    """Write a dataset as safetensors; targets are separated by tabs in the metadata."""
    # safetensors stores an array's memory as it lies, so a transposed one would come back in another order.
    arrays = {"sequences": dataset.sequences, "labels": dataset.labels, "split": dataset.split}
    arrays |= {} if dataset.weights is None else {"weights": dataset.weights}
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    metadata = {
        "format_version": FORMAT_VERSION,
        "targets": "\t".join(dataset.targets),
        "task": dataset.task,
        "width": str(dataset.sequences.shape[1]),
    }
    write_safetensors(path, save(tensors, metadata))


def load_dataset(path):
    """Read a dataset written by :func:`save_dataset`.

    Raises
    ------
    InputError
        If the file is absent, is not one of ours, its tensors do not fit each other, or hold other values.
    """
    metadata, tensors = read_safetensors(path, "dataset", FORMAT_VERSION, "numpy")
    if tensors.keys() - {"weights"} != {"sequences", "labels", "split"} or "targets" not in metadata:
        raise InputError(f"{path}: found the tensors {', '.join(tensors)}, expected those of a dataset, and targets")
    if metadata.get("task") not in TASKS:
        raise InputError(f"{path}: found the task '{metadata.get('task')}', expected {' or '.join(TASKS)}")
    targets = tuple(metadata["targets"].split("\t"))
    n, length, n_targets = tensors["split"].size, tensors["sequences"].shape[-1:], len(targets)
    expected = {
        "sequences": (np.uint8, (n, *length)), "labels": (np.float32, (n, n_targets)), "split": (np.uint8, (n,)),
    }  # fmt: skip
    expected |= {"weights": (np.float32, (n,))} if "weights" in tensors else {}
    for name, (dtype, shape) in expected.items():
        found = tensors[name]
        if found.shape != shape or found.dtype != dtype:
            raise InputError(
                f"{path}, {name}: found {found.dtype} of shape {found.shape}, expected {np.dtype(dtype)} of {shape}"
            )
    for name, most in {"sequences": N_CODE, "split": len(SPLITS) - 1}.items():
        if tensors[name].max(initial=0) > most:
            raise InputError(f"{path}, {name}: found {tensors[name].max()}, expected at most {most}")
    if np.isinf(tensors["labels"]).any():
        raise InputError(f"{path}, labels: found an infinite one, expected numbers")
    weights = tensors.get("weights", np.zeros(0))
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise InputError(f"{path}, weights: found {weights.min()}, expected numbers that are not negative")
    return Dataset(**tensors, targets=targets, task=metadata["task"])
