"""What training minimises."""

import torch.nn.functional as F


def masked_binary_cross_entropy(logits, labels):
    """Mean binary cross-entropy over the labels that are not missing.

    Parameters
    ----------
    logits : torch.Tensor of float32, shape (…, n, n_targets)
        Of one model, or of several side by side.
    labels : torch.Tensor of float32, shape (n, n_targets)
        A label is 1, 0 or NaN.

    Returns
    -------
    torch.Tensor, shape (…)
        0 (with a gradient of 0) where every label is missing.
    """
    known = ~labels.isnan()
    # log(1 + exp(x)) − x y
    losses = F.softplus(logits) - logits * labels.nan_to_num(0.0)
    return (losses * known).sum((-2, -1)) / known.sum().clamp(min=1)


def pearson_loss(predictions, values):
    """1 − the Pearson correlation of each region across targets, averaged over regions (Maslova et al. 2020).

    Parameters
    ----------
    predictions : torch.Tensor of float32, shape (…, n, n_targets)
        Of one model, or of several side by side.
    values : torch.Tensor of float32, shape (n, n_targets)

    Returns
    -------
    torch.Tensor, shape (…)
    """
    predictions, values = (each - each.mean(-1, keepdim=True) for each in (predictions, values))
    return 1 - F.cosine_similarity(predictions, values, dim=-1).mean(-1)


def mean_squared_error(predictions, values):
    """Mean squared error over regions and targets.

    Parameters
    ----------
    predictions : torch.Tensor of float32, shape (…, n, n_targets)
        Of one model, or of several side by side.
    values : torch.Tensor of float32, shape (n, n_targets)

    Returns
    -------
    torch.Tensor, shape (…)
    """
    return (predictions - values).square().mean((-2, -1))


LOSSES = {"binding": masked_binary_cross_entropy, "pearson": pearson_loss, "mse": mean_squared_error}
