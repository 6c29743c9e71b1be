"""Choosing the units of a CAM from those of several trained ones."""

import numpy as np
import torch
from scipy.optimize import minimize

_SWEEPS = 30  # of coordinate descent after each choice
_SILENT = 1e-3  # standard deviation of a unit output


def choose_units(outputs, labels, count, non_negative, partner=None):
    """Choose the unit outputs that together explain labels best, one after the other.

    Forward selection by least squares (orthogonal matching pursuit, Pati et al. 1993; with non-negative weights,
    Bruckstein et al. 2008): the next output is the one that fits what the chosen ones leave unexplained best, then all
    weights are fitted anew. A target is fitted on the rows in which its label is known, and on no others.

    Parameters
    ----------
    outputs : numpy.ndarray of float, shape (n, n_candidates)
    labels : numpy.ndarray of float, shape (n, n_targets)
        NaN where missing.
    count : int
        How many to choose, at most n_candidates.
    non_negative : bool
        Whether weights have to be.
    partner : numpy.ndarray of int, shape (n_candidates,), optional
        For each output another that is not to be chosen beside it.

    Returns
    -------
    list of int
        The chosen candidates, most useful first.
    """
    scale = outputs.std(0)
    alive = scale > 1e-6 * max(scale.max(), 1e-30)
    standard = (outputs - outputs.mean(0)) / np.where(alive, scale, 1)
    # Each target's moments are those of the rows in which its own label is known.
    known = ~np.isnan(labels)
    share = known / np.maximum(known.sum(0), 1)  # (n, n_targets): the weight of a row in a target's moments
    centred = np.where(known, labels, 0)
    centred = np.where(known, centred - (share * centred).sum(0), 0)
    spread = np.sqrt((share * centred**2).sum(0))
    centred = centred / np.where(spread > 0, spread, 1)
    mean = standard.T @ share  # (n_candidates, n_targets)
    variance = np.square(standard).T @ share - mean**2
    varies = variance > 1e-9
    variance = np.where(varies, variance, 1)
    wanted = standard.T @ (share * centred)
    chosen, weights, rest = [], np.zeros((0, labels.shape[1])), centred
    covariance = np.zeros((0, 0, labels.shape[1]))  # of the chosen
    free = alive.copy()
    for _ in range(count):
        explains = np.where(varies, standard.T @ (share * rest), 0)
        gain = (np.maximum(explains, 0) if non_negative else explains) ** 2 / variance
        free = free if free.any() else ~np.isin(np.arange(len(alive)), chosen)  # silent ones, where no other is left
        chosen.append(int(np.argmax(np.where(free, gain.sum(1), -1))))
        free[chosen[-1]] = False
        if partner is not None:
            free[partner[chosen[-1]]] = False
        among = standard[:, chosen]
        with_last = (among * among[:, -1:]).T @ share - mean[chosen] * mean[chosen[-1]]
        covariance = np.pad(covariance, ((0, 1), (0, 1), (0, 0)))
        covariance[-1] = covariance[:, -1] = with_last
        weights = np.vstack([weights, np.zeros((1, labels.shape[1]))])
        for _ in range(_SWEEPS):
            for row, unit in enumerate(chosen):
                step = (wanted[unit] - (covariance[row] * weights).sum(0)) / variance[unit]
                weights[row] += np.where(varies[unit], step, 0)
                if non_negative:
                    weights[row] = np.maximum(weights[row], 0)
        rest = np.where(known, centred - among @ weights + (mean[chosen] * weights).sum(0), 0)
    return chosen


def fit_final(outputs, labels, loss, non_negative, penalty=1e-4):
    """Fit final weights and biases to unit outputs.

    Parameters
    ----------
    outputs : torch.Tensor of float32, shape (n, units)
    labels : torch.Tensor of float32, shape (n, n_targets)
    loss : callable
        Of logits and labels.
    non_negative : bool
    penalty : float
        On the sum of the squared weights, each of an output of standard deviation 1.

    Returns
    -------
    weight : torch.Tensor of float32, shape (n_targets, units)
        0 for a unit whose output hardly varies, which its last batch norm otherwise gives a variance near 1: what it
        should count once it does, nothing says. Its batch norms may have seen too few batches to know their inputs.
    bias : torch.Tensor of float32, shape (n_targets,)
    """
    n_targets, units = labels.shape[1], outputs.shape[1]
    scale = outputs.std(0)
    alive = scale > _SILENT
    outputs = outputs / torch.where(alive, scale, 1)

    def objective(values):
        values = torch.tensor(values, dtype=torch.float32, requires_grad=True)
        weight, bias = values[:-n_targets].view(n_targets, units), values[-n_targets:]
        value = loss(torch.nn.functional.linear(outputs, weight, bias), labels) + penalty * weight.square().sum()
        (gradient,) = torch.autograd.grad(value, values)
        return value.item(), gradient.double().numpy()

    bounds = [(0 if non_negative else None, None)] * (n_targets * units) + [(None, None)] * n_targets
    start = np.zeros(len(bounds))
    start[:-n_targets] = 0.1
    found = torch.from_numpy(minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds).x).float()
    weight = torch.where(alive, found[:-n_targets].view(n_targets, units) / scale, 0)
    return weight, found[-n_targets:]
