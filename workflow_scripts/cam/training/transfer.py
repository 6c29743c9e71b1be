"""Transfer: the units of a trained CAM, the dictionary, for other targets or other data."""

import torch
import torch.nn.functional as F
from torch import nn

from ..models.cam import joined
from .choice import fit_final

PENALTIES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)  # on the squared final weights, strongest first


class WithNewUnits(nn.Module):
    """A dictionary, whose units stay as they are, and new units that learn beside them.

    Parameters
    ----------
    dictionary, new : CAM
        The final weights are those of both, which are learnt.
    """

    def __init__(self, dictionary, new):
        super().__init__()
        self.dictionary, self.new = dictionary.eval().requires_grad_(False), new
        self.new.final.requires_grad_(False)
        self.weight = nn.Parameter(torch.zeros_like(torch.cat([dictionary.final.weight, new.final.weight], 1)))
        self.bias = nn.Parameter(torch.zeros_like(new.final.bias))

    @torch.no_grad()
    def begin(self, keep):
        """Take over the final weights of the dictionary, and those that new units begin with.

        Parameters
        ----------
        keep : callable
            Of the model, called while the weights of the new units are still 0: it predicts as the dictionary does.
        """
        n_known = self.dictionary.units
        self.weight[:, :n_known], self.bias[:] = self.dictionary.final.weight, self.dictionary.final.bias
        keep(self)
        self.weight[:, n_known:] = self.new.final.weight

    def train(self, mode=True):
        """Set the mode of the new units; the dictionary's batch norms keep their statistics."""
        super().train(mode)
        self.dictionary.eval()
        return self

    def unit_outputs(self, codes):
        """Those of the dictionary and then of the new units: float32 ≥ 0, shape (n, units)."""
        return torch.cat([self.dictionary.unit_outputs(codes), self.new.unit_outputs(codes)], 1)

    def forward(self, codes):
        return F.linear(self.unit_outputs(codes), self.weight, self.bias)

    @torch.no_grad()
    def project(self):
        """As :meth:`CAM.project`."""
        if self.new.non_negative:
            self.weight.clamp_(min=0)

    def merged(self):
        """The same as one CAM."""
        cam = joined([self.dictionary, self.new])
        with torch.no_grad():
            cam.final.weight.copy_(self.weight)
            cam.final.bias.copy_(self.bias)
        return cam


def take_units(dictionary, model):
    """Give a CAM the units of a dictionary; its final weights stay its own.

    Parameters
    ----------
    dictionary : CAM
    model : CAM
        With as many units, of the same shape; it may have other targets.

    Returns
    -------
    CAM
        The model, changed.
    """
    units = {name: tensor for name, tensor in dictionary.state_dict().items() if not name.startswith("final.")}
    model.load_state_dict(model.state_dict() | units)
    return model


def fit_dictionary(train, validation, losses, non_negative):
    """Fit final weights to the outputs of units that stay as they are.

    The penalty on the squared weights, which few positives need, is the one of :data:`PENALTIES` with the lowest
    validation loss.

    Parameters
    ----------
    train, validation : tuple of torch.Tensor of float32
        Unit outputs, shape (n, units), and labels, shape (n, n_targets).
    losses : sequence of callable, length 2
        Of logits and labels: for training and for validation.
    non_negative : bool
        Whether weights have to be.

    Returns
    -------
    weight : torch.Tensor of float32, shape (n_targets, units)
    bias : torch.Tensor of float32, shape (n_targets,)
    """
    fits = [fit_final(*train, losses[0], non_negative, penalty) for penalty in PENALTIES]
    return min(fits, key=lambda fit: float(losses[1](F.linear(validation[0], *fit), validation[1])))
