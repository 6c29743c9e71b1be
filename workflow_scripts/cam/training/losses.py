"""What training minimises. Regions may have weights: how much each counts."""

import torch
import torch.nn.functional as F


def masked_binary_cross_entropy(logits, labels, weights=None, of_targets=None):
    """Mean binary cross-entropy over the labels that are not missing.

    Parameters
    ----------
    logits : torch.Tensor of float32, shape (…, n, n_targets)
        Of one model, or of several side by side.
    labels : torch.Tensor of float32, shape (n, n_targets)
        A label is 1, 0 or NaN.
    weights : torch.Tensor of float32, shape (n,), optional
    of_targets : torch.Tensor of float32, shape (n_targets,), optional
        How much a label of each target counts; see :func:`targets_alike`.

    Returns
    -------
    torch.Tensor, shape (…)
        0 (with a gradient of 0) where every label is missing.
    """
    known = ~labels.isnan()
    # log(1 + exp(x)) − x y
    losses = F.softplus(logits) - logits * labels.nan_to_num(0.0)
    losses = losses if of_targets is None else losses * of_targets.to(losses.device)
    return _weighted(losses * known, weights).sum((-2, -1)) / known.sum().clamp(min=1)


def targets_alike(labels):
    """How much a label of each target has to count for all targets to count alike, however many labels are known.

    Parameters
    ----------
    labels : torch.Tensor of float32, shape (n, n_targets)
        Of the training regions: 1, 0 or NaN.

    Returns
    -------
    torch.Tensor of float32, shape (n_targets,)
        1 on average over the known labels.
    """
    known = (~labels.isnan()).sum(0).clamp(min=1).float()
    return known.sum() / len(known) / known


def _weighted(losses, weights):
    return losses if weights is None else losses * weights[:, None]


def pearson_loss(predictions, values, weights=None):
    """1 − the Pearson correlation of each region across targets, averaged over regions (Maslova et al. 2020).

    Parameters
    ----------
    predictions : torch.Tensor of float32, shape (…, n, n_targets)
        Of one model, or of several side by side.
    values : torch.Tensor of float32, shape (n, n_targets)
    weights : torch.Tensor of float32, shape (n,), optional

    Returns
    -------
    torch.Tensor, shape (…)
    """
    predictions, values = (each - each.mean(-1, keepdim=True) for each in (predictions, values))
    correlations = F.cosine_similarity(predictions, values, dim=-1)
    return 1 - correlations.mean(-1) if weights is None else ((1 - correlations) * weights).mean(-1)


def mean_squared_error(predictions, values, weights=None):
    """Mean squared error over regions and targets.

    Parameters
    ----------
    predictions : torch.Tensor of float32, shape (…, n, n_targets)
        Of one model, or of several side by side.
    values : torch.Tensor of float32, shape (n, n_targets)
    weights : torch.Tensor of float32, shape (n,), optional

    Returns
    -------
    torch.Tensor, shape (…)
    """
    return _weighted((predictions - values).square(), weights).mean((-2, -1))


def poisson_loss(predictions, values, weights=None):
    """Mean negative log-likelihood of counts, but for a term that no prediction changes.

    The rate is the softplus of the prediction, as in Basenji (Kelley et al. 2018) and its successors: never negative,
    and, well above 0, the prediction itself, which stays the sum of what units contribute.

    Parameters
    ----------
    predictions : torch.Tensor of float32, shape (…, n, n_targets)
        Of one model, or of several side by side.
    values : torch.Tensor of float32, shape (n, n_targets)
        Counts, or other signal that is not negative.
    weights : torch.Tensor of float32, shape (n,), optional

    Returns
    -------
    torch.Tensor, shape (…)
    """
    rates = F.softplus(predictions)
    losses = rates - values * rates.clamp(min=torch.finfo(rates.dtype).tiny).log()
    return _weighted(losses, weights).mean((-2, -1))


LOSSES = {
    "binding": masked_binary_cross_entropy,
    "pearson": pearson_loss,
    "mse": mean_squared_error,
    "poisson": poisson_loss,
}
