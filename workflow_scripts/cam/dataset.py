"""The cached tensors: sequences, labels and split of an experiment in one safetensors file."""

from dataclasses import dataclass

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from .errors import InputError
from .files import write_safetensors
from .regions import SPLITS

FORMAT_VERSION = "1"


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
    """

    sequences: np.ndarray
    labels: np.ndarray
    split: np.ndarray
    targets: tuple

    def part(self, name):
        """The sequences and labels of ``train``, ``validation`` or ``test``."""
        rows = self.split == SPLITS.index(name)
        return self.sequences[rows], self.labels[rows]


def from_regions(regions, codes, targets):
    """Assemble a dataset from a table of regions and their base codes.

    Parameters
    ----------
    regions : pandas.DataFrame
        With ``split`` and one column per target.
    codes : numpy.ndarray of uint8, shape (n, length)
    targets : sequence of str

    Returns
    -------
    Dataset
    """
    return Dataset(
        codes,
        regions[list(targets)].to_numpy(dtype=np.float32),
        regions["split"].map({name: code for code, name in enumerate(SPLITS)}).to_numpy(dtype=np.uint8),
        tuple(targets),
    )


def save_dataset(path, dataset):
    """Write a dataset as safetensors; targets are separated by tabs in the metadata."""
    # safetensors stores an array's memory as it lies, so a transposed one would come back in another order.
    arrays = {"sequences": dataset.sequences, "labels": dataset.labels, "split": dataset.split}
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    metadata = {
        "format_version": FORMAT_VERSION,
        "targets": "\t".join(dataset.targets),
        "width": str(dataset.sequences.shape[1]),
    }
    write_safetensors(path, save(tensors, metadata))


def load_dataset(path):
    """Read a dataset written by :func:`save_dataset`.

    Raises
    ------
    InputError
        If the file is absent, is not one of ours, or its tensors do not fit each other.
    """
    try:
        with safe_open(str(path), framework="numpy") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in ("sequences", "labels", "split")}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: not a dataset of ours ({error})") from None
    if metadata.get("format_version") != FORMAT_VERSION:
        found = metadata.get("format_version", "none")
        raise InputError(f"{path}: found dataset format version {found}, expected {FORMAT_VERSION}")
    targets = tuple(metadata["targets"].split("\t"))
    n, n_targets = len(tensors["split"]), len(targets)
    if tensors["labels"].shape != (n, n_targets) or len(tensors["sequences"]) != n:
        raise InputError(
            f"{path}: found labels of shape {tensors['labels'].shape} and {len(tensors['sequences'])} sequences, "
            f"expected ({n}, {n_targets}) and {n}"
        )
    return Dataset(**tensors, targets=targets)
