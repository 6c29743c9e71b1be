"""What a file of a trained model says of it, read without PyTorch."""

import json

from ..errors import InputError
from ..io.files import cannot_read

_MOST = 100_000_000  # bytes of a header, as safetensors itself allows
_MOST_UNITS = 10_000  # as in a configuration


def read_description(path):
    """Read how a model of ours is made, from the header of its file.

    The format is that of safetensors: 8 bytes with the length of the header, and the header in JSON.

    Parameters
    ----------
    path : str or Path
        A ``model.safetensors``.

    Returns
    -------
    dict
        As from :func:`cam.models.storage.describe`; ``architecture settings length targets task`` are there.

    Raises
    ------
    InputError
        If it is another file.
    """
    try:
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = file.read(length) if length <= _MOST else b""
    except OSError as error:
        raise cannot_read(path, error) from None
    try:
        description = json.loads(json.loads(header)["__metadata__"]["description"])
        targets, settings, width = description["targets"], description["settings"], description["length"]
        names = [*targets, description["architecture"], description["task"], *settings]
        if not (isinstance(width, int) and settings.get("units", 1) in range(1, _MOST_UNITS + 1)):
            raise TypeError
        if not all(isinstance(name, str) for name in names) or isinstance(targets, str):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{path}: not a model of this pipeline; expected a model.safetensors that it wrote") from None
    return description
