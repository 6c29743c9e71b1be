r"""Filter nullification: how much the predictions change when a filter has nothing to say, and what weights tell of it.

Nullification works for any CNN and needs sequences: a filter's response is held at its mean, all that is behind it is
computed again, and the change of the predictions is the filter's influence (Maslova et al. 2020, AI-TAC).

A CAM needs none of it. Its logit is a weighted sum, so a unit whose *output* is held at its mean changes the logit by
:math:`w_{tu}(\bar o_u - o_u(x))`, with a root mean square of exactly :math:`|w_{tu}|\,\mathrm{sd}(o_u)`. A unit whose
*filter* is held still gives a constant :math:`c_u`, near that mean or not, and the root mean square is
:math:`|w_{tu}|\sqrt{\mathrm{sd}(o_u)^2 + (c_u - \bar o_u)^2}`.

In regression the predictions of a region matter relative to each other only: what a filter adds to all of them alike is
no change. There changes are taken less their mean over targets, and so are the weights.
"""

import copy
import time

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F

from ..errors import InputError
from ..logs import progress
from ..models.baselines import AITAC
from ..models.cam import CAM
from ..models.functional import one_hot
from ..models.predict import predict


def nullify(model, codes, device="cpu", strands="both", batch_size=64, description="filters", centred=False):
    """How holding a filter's response at its mean changes every logit.

    The response is that after the activation and before the pool; its mean is taken over sequences, strands and
    positions. Logits are what :func:`cam.models.predict.predict` gives: of both strands, averaged, or of the given one.

    For a CAM all filters are nullified in one pass, since no unit hears of another. For a CNN everything behind the
    first layer is computed again for every filter, apart from the second convolution: it is linear, so what changes of
    it is the share of that one filter. No more than one batch of responses is held in memory.

    Parameters
    ----------
    model : cam.models.cam.CAM, cam.models.baselines.Basset or cam.models.baselines.AITAC
        In evaluation mode, on ``device``.
    codes : numpy.ndarray of uint8, shape (n, length)
    device : str or torch.device
    strands : {"both", "given"}
    batch_size : int
        Sequences at a time.
    description : str
        Of the progress bar.
    centred : bool
        Whether the changes of a sequence are taken less their mean over targets, if there are several.

    Returns
    -------
    effect : numpy.ndarray of float64, shape (n_targets, n_filters)
        Mean over sequences of the change of the logit: negative where the filter raises the prediction for the target.
    rms : numpy.ndarray of float64, shape (n_targets, n_filters)
        Root mean square of the change: the size of the filter's influence, whatever its direction.

    Raises
    ------
    InputError
        If there are no sequences.
    """
    if not len(codes):
        raise InputError("nullification: found no test regions, expected some; see split in the config")
    is_cam = isinstance(model, CAM)
    respond = model.activations if is_cam else model.responses
    means = predict(lambda batch: respond(batch).mean(2), codes, device, strands, batch_size).mean(0, dtype=np.float64)
    means = torch.from_numpy(means).float().to(device)
    changes = (_changes_of_cam if is_cam else _changes_of_cnn)(model, means)
    total = squares = 0.0
    with progress(total=len(codes), unit="region", desc=description) as bar:
        for start in range(0, len(codes), batch_size):
            batch = codes[start : start + batch_size]
            found = predict(changes, batch, device, strands, batch_size).astype(np.float64)
            if centred and found.shape[2] > 1:
                found -= found.mean(2, keepdims=True)
            total, squares = total + found.sum(0), squares + (found**2).sum(0)
            bar.update(len(batch))
    return total.T / len(codes), np.sqrt(squares.T / len(codes))


def _changes_of_cam(model, means):
    """A function from codes to the changes of the logits, shape (n, units, n_targets)."""
    weights, still = model.final_weights().t(), hold(model, means)

    def changes(codes):
        return (still.unit_outputs(codes[:1]) - model.unit_outputs(codes)).unsqueeze(2) * weights

    return changes


def _changes_of_cnn(model, means):
    """A function from codes to the changes of the logits, shape (n, n_filters, n_targets)."""
    first, second, rest = model.convolutions[:4], model.convolutions[4], model.convolutions[5:]
    still = hold(model, means).convolutions[:4]

    def changes(codes):
        pooled = first(one_hot(codes))
        second_layer = second(pooled)
        logits = model.head(rest(second_layer))
        difference, found = still(one_hot(codes[:1])) - pooled, []
        for filter in range(len(means)):
            filter_weight = second.weight[:, filter : filter + 1]
            changed = F.conv1d(difference[:, filter : filter + 1], filter_weight, padding=second.padding)
            found.append(model.head(rest(second_layer + changed)) - logits)
        return torch.stack(found, 1)

    return changes


@torch.no_grad()
def hold(model, means, filters=slice(None)):
    """A copy of a model some of whose filters respond the same to whatever they see.

    Parameters
    ----------
    model : cam.models.cam.CAM, cam.models.baselines.Basset or cam.models.baselines.AITAC
    means : torch.Tensor of float32 ≥ 0, shape (n_filters,)
        The responses after the activation.
    filters : int, slice or sequence of int
        Which, 0-based; all by default.

    Returns
    -------
    torch.nn.Module
    """
    held = copy.deepcopy(model)
    is_cam = isinstance(model, CAM)
    # What stands right before the activation; in AI-TAC that is the convolution itself.
    last = held.norm1 if is_cam else held.convolutions[0 if isinstance(model, AITAC) else 1]
    last.weight[filters] = 0
    last.bias[filters] = (means.log() if is_cam and model.activation == "exp" else means)[filters]
    return held


def timed(call, warm_up=None, repeats=5, enough=10.0):
    """How long a call takes once it has been made before, since a first one also pays for what later ones find ready.

    Parameters
    ----------
    call : callable
        Of no arguments.
    warm_up : callable, optional
        What is called first and not measured; by default ``call`` itself.
    repeats : int
        How often it is called and measured, unless that takes too long.
    enough : float
        In seconds: after as many it is not called again.

    Returns
    -------
    result : object
        That of the last call.
    seconds : list of float
        Of each call that was measured. Their median is the answer: it hardly depends on what else the machine did.
    """
    (warm_up or call)()
    seconds = []
    while len(seconds) < repeats and sum(seconds) < enough:
        began = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - began)
    return result, seconds


def compare_ways(load, codes, description="filters", centred=False, strands="both"):
    """Nullify the filters of a model, and say how long that takes beside other ways to learn what they matter.

    Parameters
    ----------
    load : callable
        Without arguments, gives the model from its file: each way begins there, with the sequences in memory.
    codes, description, centred, strands
        As for :func:`nullify`.

    Returns
    -------
    effect, rms : numpy.ndarray of float64, shape (n_targets, n_filters)
        See :func:`nullify`.
    seconds : dict of str to float
        ``final weights``, reading them, of a CAM alone; ``nullification``, of all filters; ``a prediction per filter``,
        which is what one would take without a shortcut. Medians of up to five repeats.
    """
    model, options, seconds = load(), {"description": description, "centred": centred, "strands": strands}, {}
    if isinstance(model, CAM):
        _, seconds["final weights"] = timed(lambda: load().final_weights().detach().numpy())
    (effect, rms), seconds["nullification"] = timed(
        lambda: nullify(load(), codes, **options), warm_up=lambda: nullify(model, codes[:1], **options)
    )
    (_, loading), (_, prediction) = timed(load), timed(lambda: predict(model, codes, strands=strands))
    seconds["a prediction per filter"] = np.median(loading) + rms.shape[1] * np.median(prediction)
    return effect, rms, {way: float(np.median(times)) for way, times in seconds.items()}


def filter_table(filters, targets, effect, rms, weights=np.nan, effects=np.nan):
    """What nullification says of every filter and target, beside what weights say of them.

    Parameters
    ----------
    filters, targets : sequence of str
    effect, rms : numpy.ndarray of float, shape (n_targets, n_filters)
        As from :func:`nullify`.
    weights, effects : numpy.ndarray of float, shape (n_targets, n_filters), optional
        Of a CAM, as in :class:`cam.interpretation.responses.Responses`: ``effective_weights`` and ``effects``.

    Returns
    -------
    pandas.DataFrame
        ``filter target effect rms weight effective_weight``, a row per filter and target; the last two are missing of
        any other model than a CAM.
    """
    values = {"effect": effect, "rms": rms, "weight": weights, "effective_weight": effects}
    return pd.DataFrame(
        {
            "filter": np.repeat(filters, len(targets)),
            "target": np.tile(targets, len(filters)),
            **{name: np.broadcast_to(matrix, rms.shape).T.ravel() for name, matrix in values.items()},
        }
    )
