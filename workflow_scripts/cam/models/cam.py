"""The convolutional additive model and the baseline CNNs it is measured against.

Every model takes base codes (uint8, shape (n, length)) and gives logits (float32, shape (n, n_targets)); one-hot
encoding is its first step, so that what travels to the device is one byte a base.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from ..errors import InputError
from .functional import linear_moments, pooled_responses, summed_hidden, window_moments

_FIRING = 2.0  # standard deviations above its mean from which a filter with ReLU responds before it is trained


class CAM(nn.Module):
    r"""A convolutional additive model: :math:`\mathrm{logit}_t = b_t + \sum_u w_{tu}\, o_u(x)`.

    Each unit *u* is a CNN of one filter: convolution → batch norm → activation → max pool → fully connected → batch
    norm → ReLU → dropout → fully connected → batch norm → ReLU = the unit output :math:`o_u(x) \ge 0`. Units share
    nothing but the input. They are computed together: one convolution with *U* filters over one shared input, and
    one batched matrix product per fully connected layer. (Saraswat, Novakovsky et al., Convolutional additive models;
    later ExplaiNN.)

    What each step costs decides how it is done. The first two batch norms stand behind linear layers, so in training
    their statistics follow from the covariance of the layers' *inputs*, and both come down to a factor on the weights
    and a shift. Activations are monotone and are applied after the pool, to a seventh of the positions. Dropout leaves
    out the same hidden values, by number, in every unit: which of a unit's own they are is by chance all the same.

    With ``non_negative`` no final weight is below zero, so a unit can only raise a prediction. They begin as absolute
    values of the usual initial weights, and training sets negative ones to zero after every step (:meth:`project`). A
    weight at zero still has its gradient, so it can leave zero again.

    Parameters
    ----------
    length : int
        Of the sequences, in bp.
    n_targets : int
    units : int
    filter_length : int
        In bp.
    activation : {"exp", "relu"}
        Of the filters.
    pool : int
        Width and stride of the max pool, in positions.
    hidden : int
        Width of the fully connected layer.
    dropout : float
        Share of the hidden values left out in training.
    non_negative : bool

    Raises
    ------
    InputError
        If the filter is longer than the sequences or the pool does not fit once behind it.
    """

    def __init__(
        self,
        length,
        n_targets,
        units=10,
        filter_length=20,
        activation="relu",
        pool=7,
        hidden=100,
        dropout=0.3,
        non_negative=True,
    ):
        super().__init__()
        if filter_length > length:
            raise InputError(f"filter_length: found {filter_length}, expected at most the region's {length} bp")
        if pool > length - filter_length + 1:
            raise InputError(f"pool: found {pool}, expected at most {length - filter_length + 1} (filter positions)")
        self.length, self.units, self.filter_length = length, units, filter_length
        self.pool, self.hidden = pool, hidden
        self.activation, self.dropout, self.non_negative = activation, dropout, non_negative
        n_pooled = (length - filter_length + 1) // pool

        self.convolution = nn.Conv1d(4, units, filter_length)
        self.norm1 = nn.BatchNorm1d(units)
        if activation == "relu":
            nn.init.constant_(self.norm1.bias, -_FIRING)
        self.weight1 = nn.Parameter(_uniform((units, hidden, n_pooled), n_pooled))
        self.norm2 = nn.BatchNorm1d(units * hidden)
        self.weight2 = nn.Parameter(_uniform((units, hidden), hidden))
        self.norm3 = nn.BatchNorm1d(units)
        self.final = nn.Linear(units, n_targets)
        # Where nothing but shapes are made (the "meta" device), PyTorch would load its compiler for this: 2 s.
        if non_negative and not self.final.weight.is_meta:
            with torch.no_grad():
                self.final.weight.abs_()

    def extra_repr(self):
        return (
            f"pool={self.pool}, activation={self.activation}, dropout={self.dropout}, non_negative={self.non_negative}"
        )

    def activations(self, codes):
        """The filters' responses along the sequences: float32 ≥ 0, shape (n, units, length − filter_length + 1)."""
        return self._pooled(codes, 1).permute(2, 0, 1)

    def peak_activations(self, codes):
        """The largest response of each filter along each sequence: float32 ≥ 0, shape (n, units).

        It is that of the positions that the max pool covers. What lies behind the last pool does not reach the unit.
        """
        return self._pooled(codes, self.pool).amax(1).t()

    def _pooled(self, codes, pool):
        """Convolution, batch norm, max pool and activation: shape (units, n_pooled, n)."""
        filters, bias = self.convolution.weight, self.convolution.bias
        mean = variance = None
        if self.training:
            moments, covariance = window_moments(codes, self.filter_length)
            flat = filters.transpose(1, 2).flatten(1)
            mean, variance = flat @ moments + bias, ((flat @ covariance) * flat).sum(1)
        count = len(codes) * (codes.shape[1] - self.filter_length + 1)
        scale, shift = _scale_and_shift(self.norm1, mean, variance, count)
        pooled = pooled_responses(codes, filters * scale[:, None, None], pool)
        pooled = pooled + (shift + bias * scale)[:, None, None]
        return pooled.exp() if self.activation == "exp" else pooled.relu()

    def pre_activations(self, codes):
        """The unit outputs before their ReLU: float32, shape (n, units). The genetic algorithm climbs these."""
        expect_length(codes, self.length)
        return self._behind_pool(self._pooled(codes, self.pool), codes)

    def _behind_pool(self, pooled, codes):
        """The pre-activations of pooled activations: shape (n, units)."""
        mean = variance = limit = None
        if self.training:
            mean, variance = (moment.flatten() for moment in linear_moments(self.weight1, pooled))
        scale, shift = _scale_and_shift(self.norm2, mean, variance, len(codes))
        weight = self.weight1 * scale.view(self.units, self.hidden, 1)
        weight2 = self.weight2
        if self.training and self.dropout > 0:
            limit = torch.rand(self.hidden, len(codes), device=codes.device)
            limit = torch.where(limit < self.dropout, 0.0, math.inf)
            weight2 = weight2 / (1 - self.dropout)
        hidden = summed_hidden(pooled, weight, shift.view(self.units, self.hidden), weight2, limit)
        return self.norm3(hidden.t())

    def unit_outputs(self, codes):
        """The unit outputs: float32 ≥ 0, shape (n, units)."""
        return self.pre_activations(codes).relu()

    def outputs_and_peaks(self, codes):
        """The :meth:`unit_outputs` and the :meth:`peak_activations`, from one convolution."""
        expect_length(codes, self.length)
        pooled = self._pooled(codes, self.pool)
        return self._behind_pool(pooled, codes).relu(), pooled.amax(1).t()

    def final_weights(self):
        """The final weights: float32, shape (n_targets, units); ≥ 0 with ``non_negative``, see :meth:`project`."""
        return self.final.weight

    @torch.no_grad()
    def project(self):
        """Set negative final weights to zero, if the model has to have none: the projection of projected gradients."""
        if self.non_negative:
            self.final.weight.clamp_(min=0)

    @torch.no_grad()
    def turn(self, units):
        """Turn some units around, by their 0-based indices: one that was high where a motif is becomes low there.

        Their pre-activations change sign. A unit that lowers the prediction for a target where its motif
        is, with a negative weight, so comes to raise it where the motif is not, with a positive one.
        """
        self.norm3.weight[units] *= -1
        self.norm3.bias[units] *= -1

    def contributions(self, codes):
        """What each unit adds to each logit: float32, shape (n, n_targets, units). With the bias, they sum to it."""
        return self.unit_outputs(codes).unsqueeze(1) * self.final_weights()

    def subset(self, units):
        """A CAM that has just some of the units, for when the others' outputs are not wanted.

        Parameters
        ----------
        units : sequence of int
            0-based, in the order in which they will stand.
        """
        units = torch.as_tensor(units)
        part = CAM(
            self.length, self.final.out_features, len(units), self.filter_length, self.activation, self.pool,
            self.hidden, self.dropout, self.non_negative,
        )  # fmt: skip
        part.load_state_dict(
            {
                name: tensor[:, units] if name == "final.weight"
                else tensor if name == "final.bias" or tensor.ndim == 0
                else tensor.unflatten(0, (self.units, -1))[units].flatten(0, 1)
                for name, tensor in self.state_dict().items()
            }
        )  # fmt: skip
        return part.to(self.final.bias.device).train(self.training)

    def forward(self, codes):
        return F.linear(self.unit_outputs(codes), self.final_weights(), self.final.bias)


class SideBySide(nn.Module):
    """Several CAMs of one shape as one model, trained in hardly more time than one of them.

    Their units are computed together, and each CAM has its own final weights for its own. The sum of their losses has
    the same gradients as the losses one by one. While they are together, the final weights are free: those of CAMs that
    are non-negative get signs at random.

    Parameters
    ----------
    cams : sequence of CAM
    """

    def __init__(self, cams):
        super().__init__()
        first = cams[0]
        self.count = len(cams)
        self.together = joined(cams)
        self.together.final.requires_grad_(False)
        weight = torch.stack([cam.final.weight.detach() for cam in cams])
        if first.non_negative:
            weight = weight * (2.0 * torch.randint(2, weight.shape, device=weight.device) - 1)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.stack([cam.final.bias.detach() for cam in cams]))

    def forward(self, codes):
        """The logits of each: float32, shape (n_cams, n, n_targets)."""
        outputs = self.together.unit_outputs(codes).unflatten(1, (self.count, -1)).transpose(0, 1)
        return torch.baddbmm(self.bias.unsqueeze(1), outputs, self.weight.transpose(1, 2))


def joined(cams):
    """One CAM of the units of several of one shape, in their order; the bias is that of the first."""
    states = [cam.state_dict() for cam in cams]
    together = cams[0].subset([unit % cams[0].units for unit in range(sum(cam.units for cam in cams))])
    together.load_state_dict(
        {
            name: torch.cat([state[name] for state in states], 1) if name == "final.weight"
            else tensor if name == "final.bias" or tensor.ndim == 0
            else torch.cat([state[name] for state in states])
            for name, tensor in states[0].items()
        }
    )  # fmt: skip
    return together


def _scale_and_shift(norm, mean, variance, count):
    """What batch norm comes down to: a factor and a shift for each channel.

    In training the batch's mean and variance, over ``count`` values, are given and enter the running ones.
    """
    if norm.training:
        with torch.no_grad():
            norm.num_batches_tracked += 1
            norm.running_mean.lerp_(mean, norm.momentum)
            norm.running_var.lerp_(variance * (count / max(count - 1, 1)), norm.momentum)
    else:
        mean, variance = norm.running_mean, norm.running_var
    scale = norm.weight * (variance.clamp(min=0) + norm.eps).rsqrt()
    return scale, norm.bias - mean * scale


def _uniform(shape, fan_in):
    """Initial weights of a fully connected layer, as :class:`torch.nn.Linear` has them."""
    return torch.empty(shape).uniform_(-1, 1).div_(math.sqrt(fan_in))


def expect_length(codes, length):
    """Check that a model is given sequences of its own length."""
    if codes.shape[1] != length:
        raise InputError(
            f"sequences: found a length of {codes.shape[1]} bp, expected the model's {length} bp; cut or widen them to "
            f"it, or train a model with regions.width: {codes.shape[1]}"
        )
