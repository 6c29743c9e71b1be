"""Tensors in safetensors files, the same byte for byte when made again."""

import json

from ..errors import InputError
from .files import atomic, cannot_read


def write_safetensors(path, blob):
    """Write serialised safetensors atomically, with its metadata in the order of their names.

    The safetensors library writes the metadata in an order that differs from call to call; without this two equal files
    would not be the same bytes. (Format: 8 bytes with the header's length, the header in JSON, the tensors.)

    Parameters
    ----------
    path : str or Path
    blob : bytes
        What ``safetensors.…save`` returned.
    """
    length = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with atomic(path) as part:
        part.write_bytes(len(text).to_bytes(8, "little") + text + blob[8 + length :])


def read_safetensors(path, kind, version, framework, device="cpu"):
    """Read a file of safetensors, with the version of a format of ours in its metadata.

    Parameters
    ----------
    path : str or Path
    kind : str
        What it is, for the error message.
    version : str
        ``format_version``, as it has to be.
    framework : {"pt", "numpy"}
    device : str or torch.device

    Returns
    -------
    metadata : dict of str to str
    tensors : dict of str to (torch.Tensor or numpy.ndarray)

    Raises
    ------
    InputError
        If the file cannot be read, is damaged or of another kind or version.
    """
    from safetensors import safe_open

    try:
        with open(path, "rb"):
            pass
        with safe_open(str(path), framework=framework, device=str(device)) as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except OSError as error:
        raise cannot_read(path, error) from None
    except Exception as error:  # of any kind, since the header may name types that the framework does not have
        raise InputError(
            f"{path}: not a safetensors file ({error}); delete it, and the pipeline makes it again"
        ) from None
    if metadata.get("format_version") != version:
        found = metadata.get("format_version", "none")
        raise InputError(
            f"{path}: found {kind} format version {found}, expected {version}; delete it, and the pipeline makes it "
            "again"
        )
    return metadata, tensors
