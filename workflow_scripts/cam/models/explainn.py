"""Trained models of the ExplaiNN package (Novakovsky et al. 2023) read as CAMs, and CAMs written for it.

An ExplaiNN with two fully connected layers per unit is a CAM with exponential activation: the same layers in the same
order, under other names. Two biases it has more, those of the fully connected layers. The batch norms behind them
subtract a running mean, which can take them up; a CAM that is written has zeros there.

A region has no strand, so whatever predicts (:func:`cam.models.predict.predict`) averages the logits of both strands,
of an imported model too: where ExplaiNN was given one strand alone, its probabilities are a little different.
"""

import io
import logging
import re
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch

from ..errors import InputError
from ..io.files import atomic, cannot_read
from .cam import CAM

logger = logging.getLogger("cam")

_MARKS = ("linears.0.weight", "final.weight")  # every ExplaiNN has them
_HIDDEN, _DROPOUT = 100, 0.3  # written down in the class itself
_NORMS = {"linears.1": "norm1", "linears.7": "norm2", "linears.11": "norm3"}
_OF_NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def read_explainn(path, length=None, targets=None, pool=7, **stated):
    """Read a trained ExplaiNN as a CAM that gives the same logits.

    Nothing in the file is executed. Units, filter length, hidden values and outputs follow from its tensors' shapes.

    Parameters
    ----------
    path : str or Path
        A ``.pth`` file with the state dict, as ExplaiNN 0.1.5 saves it, or a checkpoint that has one such among other
        things, as of PyTorch Lightning. What stands before all names alike (``module.``, ``model.``) is passed over.
    length : int, optional
        Of the sequences, in bp; by default the shortest that the weights are for.
    targets : sequence of str, optional
        Names of the outputs, in their order. The file has no names, so only their number is checked.
    pool : int
        Width and stride of the model's max pool, in positions, which the file does not tell; ExplaiNN's own default.
    **stated
        Further settings of :class:`cam.models.cam.CAM`, as far as they are known: those of the file have to be the
        same.

    Returns
    -------
    model : cam.models.cam.CAM
        In evaluation mode. Its final weights are non-negative, unless the file has a negative one.
    settings : dict
        Those of :class:`cam.models.cam.CAM`.

    Raises
    ------
    InputError
        If the file is absent, is no file of PyTorch, asks for anything to be run, has another model or several, or is
        not as ``length``, ``targets`` and the settings say.
    """
    tensors = _load(path)
    units, filter_length, n_pooled, hidden, n_targets = _check(path, tensors)
    n_negative = int((tensors["final.weight"] < 0).sum())
    settings = {
        "units": units,
        "filter_length": filter_length,
        "activation": "exp",
        "pool": pool,
        "hidden": hidden,
        "dropout": _DROPOUT,
        "non_negative": n_negative == 0 and stated.get("non_negative", True),
    }
    for key, expected in stated.items():
        if settings[key] != expected:
            raise InputError(
                f"{path}: found {key} {settings[key]}, expected {expected} (the model's entry, {key}); set "
                f"it to {settings[key]}"
            )
    if targets is not None and n_targets != len(targets):
        raise InputError(
            f"{path}: found {n_targets} outputs, expected one for each target: {', '.join(targets)}; list under "
            "targets what the outputs are, in their order"
        )
    shortest = n_pooled * pool + filter_length - 1
    length = shortest if length is None else length
    if not shortest <= length < shortest + pool:
        raise InputError(
            f"{path}: found weights for sequences of {shortest} to {shortest + pool - 1} bp with a pool of {pool}, "
            f"expected {length} bp (regions.width; the model's entry, pool); set these to what it was trained with"
        )
    if n_negative:
        logger.info("%s: %d of the final weights are negative, so non_negative is false", path, n_negative)

    model = CAM(length, n_targets, **settings)
    model.load_state_dict(
        {
            "convolution.weight": tensors["linears.0.weight"],
            "convolution.bias": tensors["linears.0.bias"],
            "weight1": tensors["linears.6.weight"].reshape(units, hidden, n_pooled),
            "weight2": tensors["linears.10.weight"].reshape(units, hidden),
            "final.weight": tensors["final.weight"],
            "final.bias": tensors["final.bias"],
            **{f"{ours}.{name}": tensors[f"{theirs}.{name}"] for theirs, ours in _NORMS.items() for name in _OF_NORM},
            "norm2.running_mean": tensors["linears.7.running_mean"] - tensors["linears.6.bias"],
            "norm3.running_mean": tensors["linears.11.running_mean"] - tensors["linears.10.bias"],
        }
    )
    return model.eval(), settings


def write_explainn(path, model):
    """Write a CAM as the state dict of an ExplaiNN that gives the same logits.

    ``ExplaiNN(units, length, n_targets, filter_length, 2, pool, pool).load_state_dict(torch.load(path))`` loads it. The
    class's own ``load_weights`` does not: it squeezes the last axis of the convolutions away, of ExplaiNN's own files
    as well. The same CAM gives the same bytes.

    Parameters
    ----------
    path : str or Path
    model : cam.models.cam.CAM

    Raises
    ------
    InputError
        If the CAM is not one that an ExplaiNN can be: with exponential activation and 100 hidden values.
    """
    for key, only in {"activation": "exp", "hidden": _HIDDEN}.items():
        found = getattr(model, key)
        if found != only:
            raise InputError(f"{path}: found a CAM with {key} {found}, expected {only}, all that ExplaiNN has")
    own = {name: tensor.cpu() for name, tensor in model.state_dict().items()}
    tensors = {
        "linears.0.weight": own["convolution.weight"],
        "linears.0.bias": own["convolution.bias"],
        "linears.6.weight": own["weight1"].flatten(0, 1).unsqueeze(2),
        "linears.6.bias": torch.zeros_like(own["norm2.bias"]),
        "linears.10.weight": own["weight2"].unsqueeze(2),
        "linears.10.bias": torch.zeros_like(own["norm3.bias"]),
        "final.weight": model.final_weights().detach().cpu(),
        "final.bias": own["final.bias"],
        **{f"{theirs}.{name}": own[f"{ours}.{name}"] for theirs, ours in _NORMS.items() for name in _OF_NORM},
    }
    names = _shapes(model.units, model.filter_length, model.weight1.shape[2], model.hidden, model.final.out_features)
    archive = io.BytesIO()  # written to a file, the archive would have that file's temporary name in it
    torch.save(OrderedDict((name, tensors[name]) for name in names), archive)
    with atomic(path) as part:
        part.write_bytes(archive.getvalue())


def _shapes(units, filter_length, n_pooled, hidden, n_targets):
    """The tensors of an ExplaiNN, in its order: name → shape."""
    shapes = {}
    for number, shape in {
        0: (units, 4, filter_length),
        1: (units,),
        6: (units * hidden, n_pooled, 1),
        7: (units * hidden,),
        10: (units, hidden, 1),
        11: (units,),
    }.items():
        layer = f"linears.{number}"
        shapes |= {f"{layer}.weight": shape, f"{layer}.bias": shape[:1]}
        if layer in _NORMS:
            shapes |= {
                f"{layer}.running_mean": shape,
                f"{layer}.running_var": shape,
                f"{layer}.num_batches_tracked": (),
            }
    return shapes | {"final.weight": (n_targets, units), "final.bias": (n_targets,)}


def _load(path):
    """The tensors of the only ExplaiNN in a file, under their names in ExplaiNN."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise cannot_read(path, error) from None
    try:
        if zipfile.is_zipfile(io.BytesIO(content)):  # as PyTorch writes it since 1.6, without compression
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(member.file_size for member in archive.infolist()) > len(content):
                    raise ValueError("it unpacks to more than there is")
        with warnings.catch_warnings(action="ignore"):
            state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # of any kind, since any bytes can be in the file
        code = re.search(r"GLOBAL ([\w.]+)", str(error))
        if code:
            raise InputError(
                f"{path}: found a pickle that asks for {code[1]}, refused without running it; save the state dict by "
                "itself, as torch.save(model.state_dict(), …) or torch.save(checkpoint['state_dict'], …)"
            ) from None
        raise InputError(
            f"{path}: found a damaged file or none of PyTorch, expected the state dict of an ExplaiNN; copy it again, "
            "or save it anew with torch.save(model.state_dict(), …)"
        ) from None
    if not isinstance(state, dict):
        raise InputError(
            f"{path}: found a {type(state).__name__}, expected the state dict of an ExplaiNN, as from "
            "torch.save(model.state_dict(), …)"
        )
    found = _state_dicts(state)
    if not found:
        names = ", ".join(list(map(str, state))[:3]) or "nothing"
        raise InputError(
            f"{path}: found {names}, …, expected the state dict of an ExplaiNN (linears.0.weight, …), or a checkpoint "
            "with one in it"
        )
    if len(found) > 1:
        raise InputError(
            f"{path}: found {len(found)} state dicts, {' and '.join(found)}, expected one; save the one to be read by "
            "itself, as torch.save(checkpoint[…], …)"
        )
    ((where, tensors),) = found.items()
    if where:
        logger.info("%s: read what it has under %s", path, where)
    for name, tensor in tensors.items():
        if not isinstance(tensor, torch.Tensor):
            raise InputError(f"{path}, {name}: found a {type(tensor).__name__}, expected a tensor")
        plain = tensor.layout == torch.strided and not (tensor.is_quantized or tensor.is_meta or tensor.is_complex())
        if not plain or tensor.nbytes > tensor.untyped_storage().nbytes():
            raise InputError(f"{path}, {name}: found a tensor that is not all in the file, expected plain numbers")
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}


def _state_dicts(content):
    """All state dicts of ExplaiNNs in nested dicts: where each is, such as ``state_dict.model``, to its tensors."""
    found, left, seen = {}, [((), content)], set()
    while left:
        where, names = left.pop(0)
        if id(names) in seen:
            continue
        seen.add(id(names))
        names = {str(name): value for name, value in names.items()}
        left += [((*where, name), value) for name, value in names.items() if isinstance(value, dict)]
        for name in names:
            before = name.removesuffix(_MARKS[0])
            if name.endswith(_MARKS[0]) and before[-1:] in ("", ".") and f"{before}{_MARKS[1]}" in names:
                place = ".".join([*where, *filter(None, before.split("."))])
                found[place] = {
                    name.removeprefix(before): value for name, value in names.items() if name.startswith(before)
                }
    return found


def _check(path, tensors):
    """See that the tensors are an ExplaiNN of two layers per unit; its sizes, in the order of :func:`_shapes`."""
    if "linears.10.weight" not in tensors:
        n_layers = 1 if "linears.6.weight" in tensors else 0
        if "last_linear.1.weight" in tensors:
            n_layers = 2 + sum(name.startswith("linears_bg.") and name.endswith(".1.weight") for name in tensors)
        raise InputError(
            f"{path}: found an ExplaiNN with {n_layers} fully connected layers per unit (num_fc), expected one with 2; "
            "train it with num_fc=2"
        )

    def size(name, axis):
        shape = tensors[name].shape if name in tensors else ()
        return shape[axis] if axis < len(shape) else 1

    sizes = (
        size("linears.0.weight", 0),
        size("linears.0.weight", 2),
        size("linears.6.weight", 1),
        size("linears.10.weight", 1),
        size("final.weight", 0),
    )
    expected = _shapes(*sizes)
    for name, shape in expected.items():
        if name not in tensors:
            raise InputError(f"{path}: the tensor '{name}' of an ExplaiNN is missing")
        found = tuple(tensors[name].shape)
        if found != shape or 0 in shape:
            raise InputError(f"{path}, {name}: found the shape {found}, expected {shape}")
        if not tensors[name].isfinite().all():
            raise InputError(
                f"{path}, {name}: found values that are not finite, expected numbers; take an earlier checkpoint of "
                "its training"
            )
    unknown = sorted(tensors.keys() - expected.keys())
    if unknown:
        raise InputError(f"{path}: found the tensor '{unknown[0]}', which an ExplaiNN does not have")
    return sizes
