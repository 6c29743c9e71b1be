"""Models in files, with all that is needed to make them again."""

import json

import torch
from safetensors.torch import save

from ..data.dataset import TASKS
from ..errors import InputError, nearest
from ..io.tensors import read_safetensors, write_safetensors
from .baselines import AITAC, Basset
from .cam import CAM

FORMAT_VERSION = "1"
STRANDS = ("both", "given")
_OF_DICTIONARY = ("targets", "task", "settings")


ARCHITECTURES = {"cam": CAM, "basset": Basset, "aitac": AITAC}


def build(architecture, length, n_targets, **settings):
    """Make an untrained model.

    Parameters
    ----------
    architecture : {"cam", "basset", "aitac"}
    length : int
        Of the sequences, in bp.
    n_targets : int
    **settings
        Of the architecture; see :class:`CAM`, :class:`Basset`, :class:`AITAC`.

    Returns
    -------
    torch.nn.Module
    """
    return ARCHITECTURES[architecture](length, n_targets, **settings)


def describe(
    architecture, settings, length, targets, task, strands="both", device=None, best_epoch=None, trainings=None,
    environment=None, initial_motifs=None, dictionary=None,
):  # fmt: skip
    """What is to be known of a model, beside its weights, to make it again and to say where it comes from.

    Parameters
    ----------
    architecture : {"cam", "basset", "aitac"}
    settings : dict
        Of the architecture; see :func:`build`.
    length : int
        Of the sequences, in bp.
    targets : sequence of str
    task : {"binding", "regression"}
    strands : {"both", "given"}
        Whether predictions are the mean of both strands, or of sequences as they are given.
    device : str, optional
        The kind that it was trained on; this and what follows is missing of a model that was trained elsewhere.
    best_epoch : int, optional
        The epoch whose weights it has, from 1.
    trainings : int, optional
        How many it was made of.
    environment : dict of str to str, optional
        As from :func:`cam.training.loop.environment`.
    initial_motifs : sequence of str or None, optional
        The known motif that each unit began as, by its matrix id; None of a unit that began at random.
    dictionary : dict, optional
        The description of the model whose units were taken over.

    Returns
    -------
    dict
        For :func:`save_model`.
    """
    return {
        "architecture": architecture,
        "settings": settings,
        "length": length,
        "targets": list(targets),
        "task": task,
        "strands": strands,
        "device": device,
        "best_epoch": best_epoch,
        "trainings": trainings,
        "environment": environment,
        **({"initial_motifs": list(initial_motifs)} if initial_motifs else {}),
        **({"dictionary": {key: dictionary[key] for key in _OF_DICTIONARY}} if dictionary else {}),
    }


def for_targets(model, description, targets):
    """A trained CAM that predicts some of its targets, in another order.

    Parameters
    ----------
    model : CAM
    description : dict
        Its own.
    targets : sequence of str

    Returns
    -------
    CAM

    Raises
    ------
    InputError
        If a target is none of the model's.
    """
    absent = [target for target in targets if target not in description["targets"]]
    if absent:
        raise InputError(
            f"config, targets: '{absent[0]}' is not a target of the model; {nearest(absent[0], description['targets'])}"
        )
    rows = [description["targets"].index(target) for target in targets]
    chosen = build("cam", description["length"], len(rows), **description["settings"])
    state = model.state_dict()
    final = {name: state[name][rows] for name in ("final.weight", "final.bias")}
    chosen.load_state_dict(state | final)
    return chosen.eval()


def save_model(path, model, description):
    """Save a model as safetensors with all that is needed to make it again.

    Parameters
    ----------
    path : str or Path
    model : torch.nn.Module
    description : dict
        As from :func:`describe`, of which ``architecture settings length targets task`` have to be there; further
        values are kept.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    metadata = {"format_version": FORMAT_VERSION, "description": json.dumps(description, sort_keys=True)}
    write_safetensors(path, save(tensors, metadata))


def load_model(path, device="cpu"):
    """Load a model saved by :func:`save_model`, ready for prediction.

    Parameters
    ----------
    path : str or Path
    device : str or torch.device

    Returns
    -------
    model : torch.nn.Module
        In evaluation mode.
    description : dict

    Raises
    ------
    InputError
        If the file is absent, is not a model of ours, or its tensors do not fit its description.
    """
    metadata, tensors = read_safetensors(path, "model", FORMAT_VERSION, "pt", device)
    try:
        description = json.loads(metadata["description"])
        if not all(isinstance(target, str) for target in description["targets"]):
            raise TypeError("a target is no text")
        if description["task"] not in TASKS:
            raise ValueError(f"found the task '{description['task']}', expected {' or '.join(TASKS)}")
        if description.setdefault("strands", "both") not in STRANDS:
            raise ValueError(f"found the strands '{description['strands']}', expected {' or '.join(STRANDS)}")
        with torch.device("meta"):  # nothing is made but shapes, for the description may say anything
            model = build(
                description["architecture"],
                description["length"],
                len(description["targets"]),
                **description["settings"],
            )
        for name, tensor in model.state_dict().items():
            if tensors[name].dtype != tensor.dtype:
                raise TypeError(f"{name} is of {tensors[name].dtype}")
        model.load_state_dict({name: tensor.clone() for name, tensor in tensors.items()}, assign=True)
        if getattr(model, "non_negative", False) and (model.final.weight < 0).any():
            raise ValueError(f"final.weight: found {model.final.weight.min():g}, expected at least 0 (non_negative)")
    except Exception as error:  # of any kind, since anything can be in the description
        raise InputError(
            f"{path}: its tensors do not fit its description ({error}); delete it, and the pipeline makes it again"
        ) from None
    return model.eval(), description


def load_cam(path, device="cpu"):
    """Load a model that must be a CAM; see :func:`load_model`."""
    model, description = load_model(path, device)
    if description["architecture"] != "cam":
        raise InputError(f"{path}: found the architecture '{description['architecture']}', expected 'cam'")
    return model, description
