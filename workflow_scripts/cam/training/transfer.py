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


def fit_dictionary(model, train, validation, loss):
    """Fit the final weights to the outputs of units that stay as they are.

    The penalty on the squared weights, which few positives need, is the one of :data:`PENALTIES` with the lowest
    validation loss.

    Parameters
    ----------
    model : CAM
        Its final weights and biases are set.
    train, validation : tuple of (outputs, labels)
        Unit outputs, numpy.ndarray of float32, shape (n, units), and labels, torch.Tensor of shape (n, n_targets).
    loss : tuple of callable
        Of logits and labels: for training and for validation.

    Returns
    -------
    train_loss, validation_loss : float
    """
    (outputs, labels), (held_out, held_out_labels) = train, validation
    best = None
    for penalty in PENALTIES:
        weight, bias = fit_final(torch.from_numpy(outputs), labels, loss[0], model.non_negative, penalty)
        logits = [F.linear(torch.from_numpy(values), weight, bias) for values in (outputs, held_out)]
        losses = float(loss[0](logits[0], labels)), float(loss[1](logits[1], held_out_labels))
        if best is None or losses[1] < best[1]:
            best = *losses, weight, bias
    with torch.no_grad():
        model.final.weight.copy_(best[2])
        model.final.bias.copy_(best[3])
    return best[:2]
