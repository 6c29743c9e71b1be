"""The two operations in which a CAM spends its time, made for sequences and for many small networks side by side."""

import ctypes
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch.autograd.function import once_differentiable

_LETTERS = torch.cat([torch.eye(4), torch.full((1, 4), 0.25)])  # one-hot columns of A, C, G, T and N
_MER = 4
_MERS = _LETTERS[torch.cartesian_prod(*[torch.arange(5)] * _MER)].flatten(1)  # of all 625 4-mers: (625, 16)
_BLOCK = 1_400_000  # responses that are held at a time, about what stays in a CPU's cache


def keep_freed_memory():
    """Let this process keep memory that it has freed, where the C library can be told so (glibc).

    Every training step asks for the same few large arrays. Given back to the system and asked for anew each time, they
    cost more in page faults than is computed on them.
    """
    mmap_max, trim_threshold = -4, -1  # malloc.h
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(mmap_max, 0)
        mallopt(trim_threshold, 2**31 - 1)


def one_hot(codes):
    """One-hot encode base codes; N is a column of 0.25.

    Parameters
    ----------
    codes : torch.Tensor of uint8, shape (n, length)

    Returns
    -------
    torch.Tensor of float32, shape (n, 4, length)
    """
    return F.embedding(codes.int(), _LETTERS.to(codes.device)).transpose(1, 2)


def window_moments(codes, width):
    """Mean and covariance of all one-hot windows of sequences.

    A filter's response is a product of its weights *w* with a window, so the responses have the mean
    :math:`w^\\top \\mu` and the variance :math:`w^\\top \\Sigma w`: batch norm needs to see no response.

    Parameters
    ----------
    codes : torch.Tensor of uint8, shape (n, length)
    width : int
        Of the windows, in bp.

    Returns
    -------
    mean : torch.Tensor of float32, shape (width * 4,)
        By position, then base.
    covariance : torch.Tensor of float32, shape (width * 4, width * 4)
    """
    n, length = codes.shape
    positions, blocks, row = length - width + 1, -(-length // 4), 4 * (width + 3)
    bases = F.pad(one_hot(codes).transpose(1, 2).reshape(n, -1), (0, 16 * blocks + 4 * width - 4 * length))
    # Products of each base with those up to a width behind it, summed over sequences; four bases to a matrix product.
    ahead = bases.as_strided((blocks, n, row), (16, bases.shape[1], 1))
    products = torch.bmm(ahead[:, :, :16].transpose(1, 2), ahead)
    pairs = products.as_strided((blocks, 4, 4, 4 * width), (16 * row, 4 * row + 4, row, 1)).flatten(0, 1)
    first = pairs[:positions].sum(0, keepdim=True)
    others = pairs[positions:length] - pairs[: width - 1]  # from one place in the window to the next
    pairs = torch.cat([first, others]).cumsum(0) / (n * positions)
    mean = pairs.view(width, 4, width, 4)[:, :, 0].sum(2).flatten()
    return mean, pairs.flatten()[_places(width, codes.device)] - mean[:, None] * mean


@lru_cache(maxsize=4)
def _places(width, device):
    """Where, among sums by place, base, lag and base at the lag, stand those of each two places and bases."""
    place = torch.arange(4 * width).div(4, rounding_mode="floor")
    base = torch.arange(4 * width) % 4
    later = place >= place[:, None]
    near, far = (torch.where(later, a, b) for a, b in ((place[:, None], place), (place, place[:, None])))
    near_base, far_base = (torch.where(later, a, b) for a, b in ((base[:, None], base), (base, base[:, None])))
    return (((near * 4 + near_base) * width + far - near) * 4 + far_base).to(device)


def pooled_responses(codes, filters, pool):
    """The largest response of each filter in each pool.

    The same as ``max_pool1d(conv1d(one_hot(codes), filters), pool)``, which is what computes it on a GPU. On a CPU a
    response is the sum of a few numbers looked up in a table: one for each 4-mer of the window, instead of one product
    for each base and letter.

    Parameters
    ----------
    codes : torch.Tensor of uint8, shape (n, length)
    filters : torch.Tensor of float, shape (units, 4, filter_length)
    pool : int
        Width and stride, in positions.

    Returns
    -------
    torch.Tensor of float, shape (units, n_pooled, n)
        n_pooled is (length − filter_length + 1) // pool.
    """
    if codes.device.type == "cpu":
        if len(filters) == 1 and not (torch.is_grad_enabled() and filters.requires_grad):
            return _pooled_responses_of_one(codes, filters, pool)
        return _PooledResponses.apply(codes, filters, pool)
    return F.max_pool1d(F.conv1d(one_hot(codes), filters), pool).permute(1, 2, 0)


class _PooledResponses(torch.autograd.Function):
    """Convolution and max pool by table lookup; in both directions an embedding bag does the sums.

    Units are taken a block at a time, so that a block's responses are still in the cache when they are pooled.
    """

    @staticmethod
    def forward(ctx, codes, filters, pool):
        units, _, width = filters.shape
        n, length = codes.shape
        parts, n_pooled = -(-width // _MER), (length - width + 1) // pool
        padded = F.pad(codes, (0, parts * _MER - width + _MER - 1)).int()
        pairs = padded[:, :-1] * 5 + padded[:, 1:]
        mers = pairs[:, :-2] * 25 + pairs[:, 2:]  # which 4-mer begins at each base
        n_responses = pool * n_pooled * n
        lookups = torch.zeros(n_responses + 1, parts, dtype=torch.int32)  # one more response, for what is in no pool
        torch.add(
            mers.as_strided((pool, n_pooled, n, parts), (1, pool, mers.stride(0), _MER)),
            torch.arange(0, parts * len(_MERS), len(_MERS), dtype=torch.int32),
            out=lookups[:-1].view(pool, n_pooled, n, parts),
        )
        table = _table(filters, parts)
        pooled = filters.new_empty(units, n_pooled * n)
        kept = []
        for block in _blocks(units, n_responses):
            responses = F.embedding_bag(lookups, table[:, block].contiguous(), mode="sum")
            largest = responses[:-1].view(pool, n_pooled * n, -1).amax(0)
            pooled[block] = largest.t()
            if ctx.needs_input_grad[1]:
                kept.append((responses, largest))
        if kept:
            ctx.save_for_backward(mers)
            ctx.kept, ctx.shape = kept, (parts, width, pool, n_pooled, n)
        return pooled.view(units, n_pooled, n)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        parts, width, pool, n_pooled, n = ctx.shape
        units = len(gradient)
        bags, begins = _bags(ctx.saved_tensors[0], parts, pool, n_pooled)
        gradient = gradient.reshape(units, -1)
        of_table = gradient.new_empty(parts * len(_MERS), units)
        for block, (responses, largest) in zip(_blocks(units, pool * n_pooled * n), ctx.kept, strict=True):
            # 0 where a response is the largest of its pool and -1 elsewhere; equal ones share the gradient.
            in_pools = responses[:-1].view(pool, n_pooled * n, -1).sub_(largest).sign_()
            share = gradient[block].t().contiguous() / (in_pools.sum(0) + pool)
            in_pools.mul_(share).add_(share)
            responses[-1] = 0
            of_table[:, block] = F.embedding_bag(bags, responses, begins, mode="sum")
        of_parts = torch.matmul(_MERS.t().to(of_table.dtype), of_table.view(parts, len(_MERS), units))
        of_filters = of_parts.view(parts * _MER, 4, units).permute(2, 1, 0)
        return None, of_filters[:, :, :width], None


def _pooled_responses_of_one(codes, filters, pool):
    """The same for one unit and without a gradient, where the sums of an embedding bag would take most of the time.

    Sequences are the last axis, so that all windows find a part of the filter in one stretch of memory.
    """
    n, length = codes.shape
    width = filters.shape[2]
    parts, n_pooled = -(-width // _MER), (length - width + 1) // pool
    padded = F.pad(codes.t(), (0, 0, 0, parts * _MER - width + _MER - 1)).short()
    pairs = padded[:-1] * 5 + padded[1:]
    mers = (pairs[:-2] * 25 + pairs[2:]).long()
    responses = filters.new_zeros(n_pooled * pool * n)
    for part, table in enumerate(_table(filters, parts).view(parts, -1)):
        windows = mers[part * _MER : part * _MER + n_pooled * pool]
        responses += table.index_select(0, windows.flatten())
    return responses.view(1, n_pooled, pool, n).amax(2)


def _table(filters, parts):
    """What each 4-mer adds to the response of each filter: shape (parts * 625, units), one part per 4 bp of filter."""
    units, _, width = filters.shape
    padded = F.pad(filters, (0, parts * _MER - width)).permute(2, 1, 0)
    return torch.matmul(_MERS.to(filters.dtype), padded.reshape(parts, _MER * 4, units)).view(-1, units)


def _blocks(units, n_responses):
    """Slices of the units, so that there are not many responses at a time."""
    width = max(16, _BLOCK // n_responses // 16 * 16)
    return [slice(start, start + width) for start in range(0, units, width)]


def _bags(mers, parts, pool, n_pooled):
    """For each row of the table, the responses that took it: their numbers in a row, and where each one's begin."""
    n, length = mers.shape
    mers = mers.flatten()
    order = np.argsort(mers.numpy().astype(np.uint16), kind="stable")  # of 16-bit integers: a radix sort
    bags = np.take(_response_of_base(n, length, parts, pool, n_pooled), order, axis=1)
    begins = F.pad(mers.bincount(minlength=len(_MERS)).cumsum(0)[:-1], (1, 0))
    begins = begins + torch.arange(0, bags.size, len(mers))[:, None]
    return torch.from_numpy(bags).flatten(), begins.int().flatten()


@lru_cache(maxsize=4)
def _response_of_base(n, length, parts, pool, n_pooled):
    """The response in which the 4-mer at each base stands for each part of the filter.

    Responses are numbered by place in the pool, pool, and sequence; what is in no pool has the number after the last.
    An array of int32, shape (parts, n * length).
    """
    position = np.arange(length) - _MER * np.arange(parts)[:, None, None]
    response = (position % pool * n_pooled + position // pool) * n + np.arange(n)[:, None]
    outside = (position < 0) | (position >= pool * n_pooled)
    return np.where(outside, pool * n_pooled * n, response).astype(np.int32).reshape(parts, -1)


def linear_moments(weight, values):
    """Means and variances of ``weight @ values`` over the last axis, without making the products.

    Parameters
    ----------
    weight : torch.Tensor, shape (units, n_out, n_in)
    values : torch.Tensor, shape (units, n_in, n)

    Returns
    -------
    mean, variance : torch.Tensor, shape (units, n_out)
        The variance is the biased one.
    """
    return _LinearMoments.apply(weight, values)


class _LinearMoments(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weight, values):
        mean = values.mean(2, keepdim=True)
        centred = values - mean
        covariance = torch.bmm(centred, centred.transpose(1, 2)).div_(values.shape[2])
        covaried = torch.bmm(weight, covariance)
        ctx.save_for_backward(weight, mean, centred, covaried)
        return torch.bmm(weight, mean).squeeze(2), (covaried * weight).sum(2)

    @staticmethod
    @once_differentiable
    def backward(ctx, of_mean, of_variance):
        weight, mean, centred, covaried = ctx.saved_tensors
        of_mean, of_variance = of_mean.unsqueeze(2), 2 * of_variance.unsqueeze(2)
        of_weight = torch.baddbmm(of_variance * covaried, of_mean, mean.transpose(1, 2))
        of_covariance = torch.bmm(weight.transpose(1, 2), of_variance * weight)
        of_means = torch.bmm(weight.transpose(1, 2), of_mean)
        return of_weight, torch.baddbmm(of_means, of_covariance, centred).div_(centred.shape[2])


def summed_hidden(values, weight, bias, weight2, limit):
    """Two fully connected layers with a ReLU in between, for many small networks at once.

    That is ``(weight2[:, :, None] * (weight @ values + bias[:, :, None]).clamp(0, limit)).sum(1)``. A limit of 0 leaves
    a hidden value out, as dropout does. The gradient needs nothing of the hidden layer but which values are not 0.

    Parameters
    ----------
    values : torch.Tensor, shape (units, n_in, n)
    weight : torch.Tensor, shape (units, n_hidden, n_in)
    bias, weight2 : torch.Tensor, shape (units, n_hidden)
    limit : torch.Tensor, shape (n_hidden, n), or None
        0 or infinity; None where nothing is left out.

    Returns
    -------
    torch.Tensor, shape (units, n)
    """
    return _SummedHidden.apply(values, weight, bias, weight2, limit)


class _SummedHidden(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values, weight, bias, weight2, limit):
        hidden = torch.baddbmm(bias.unsqueeze(2), weight, values)
        if limit is None:
            hidden.clamp_(min=0)
        else:
            torch.clamp(hidden, torch.zeros_like(limit[:1, :1]), limit, out=hidden)
        ctx.save_for_backward(values, weight, bias, weight2)
        ctx.hidden = hidden
        return (hidden * weight2.unsqueeze(2)).sum(1)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        values, weight, bias, weight2 = ctx.saved_tensors
        is_on = ctx.hidden.sign_()
        gradient = gradient.unsqueeze(1)
        of_sums = torch.bmm(is_on, torch.cat([values * gradient, gradient], 1).transpose(1, 2))
        of_values = torch.bmm((weight * weight2.unsqueeze(2)).transpose(1, 2), is_on).mul_(gradient)
        of_weight2 = (of_sums[:, :, :-1] * weight).sum(2) + of_sums[:, :, -1] * bias
        of_sums *= weight2.unsqueeze(2)
        return of_values, of_sums[:, :, :-1], of_sums[:, :, -1], of_weight2, None
