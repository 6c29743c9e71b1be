import pytest
import torch
import torch.nn.functional as F
from cam.models import functional as operations
from cam.models.functional import linear_moments, one_hot, pooled_responses, summed_hidden, window_moments


def random_codes(n, length, letters=5, seed=0):
    return torch.randint(0, letters, (n, length), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def convolved(codes, filters, pool):
    return F.max_pool1d(F.conv1d(one_hot(codes).to(filters.dtype), filters), pool).permute(1, 2, 0)


@pytest.mark.parametrize(
    ("n", "length", "width", "pool"), [(7, 60, 19, 7), (1, 20, 20, 1), (5, 31, 4, 3), (3, 25, 6, 1)]
)
def test_looked_up_responses_equal_a_convolution(n, length, width, pool):
    codes = random_codes(n, length)
    filters = torch.randn(9, 4, width, dtype=torch.float64, requires_grad=True)
    expected = convolved(codes, filters, pool)
    found = pooled_responses(codes, filters, pool)
    torch.testing.assert_close(found, expected)
    weights = torch.randn_like(expected)
    (of_expected,) = torch.autograd.grad((expected * weights).sum(), filters)
    (of_found,) = torch.autograd.grad((found * weights).sum(), filters)
    torch.testing.assert_close(of_found, of_expected)


@pytest.mark.parametrize(
    ("n", "length", "width", "pool"), [(7, 60, 19, 7), (1, 20, 20, 1), (5, 31, 4, 3), (3, 25, 6, 1), (2, 12, 1, 5)]
)
def test_responses_of_one_unit_without_a_gradient(n, length, width, pool):
    codes, filters = random_codes(n, length), torch.randn(1, 4, width, dtype=torch.float64)
    torch.testing.assert_close(pooled_responses(codes, filters, pool), convolved(codes, filters, pool))
    with torch.no_grad():
        found = pooled_responses(codes, filters.requires_grad_(), pool)
    torch.testing.assert_close(found, pooled_responses(codes, filters, pool).detach())


def test_blocks_of_units_change_nothing(monkeypatch):
    codes, filters = random_codes(6, 50), torch.randn(40, 4, 11, requires_grad=True)
    whole = pooled_responses(codes, filters, 5)
    (of_whole,) = torch.autograd.grad(whole.square().sum(), filters)
    monkeypatch.setattr(operations, "_BLOCK", 1)
    parts = pooled_responses(codes, filters, 5)
    (of_parts,) = torch.autograd.grad(parts.square().sum(), filters)
    torch.testing.assert_close(parts, whole)
    torch.testing.assert_close(of_parts, of_whole)


def test_equal_windows_in_a_pool_count_once():
    """In a run of one base all responses are the same, and the gradient must not be counted for each of them."""
    codes = torch.zeros(2, 30, dtype=torch.uint8)
    filters = torch.randn(3, 4, 8, dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(pooled_responses(codes, filters, 7).sum(), filters)
    (expected,) = torch.autograd.grad(convolved(codes, filters, 7).sum(), filters)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(("n", "length", "width"), [(6, 40, 11), (2, 13, 13), (3, 22, 1), (4, 24, 5)])
def test_window_moments(n, length, width):
    codes = random_codes(n, length)
    windows = one_hot(codes).transpose(1, 2).unfold(1, width, 1).transpose(2, 3).reshape(-1, 4 * width).double()
    mean, covariance = window_moments(codes, width)
    torch.testing.assert_close(mean.double(), windows.mean(0), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(covariance.double(), windows.T.cov(correction=0), atol=1e-6, rtol=1e-5)


def test_linear_moments():
    weight = torch.randn(3, 5, 4, dtype=torch.float64, requires_grad=True)
    values = torch.randn(3, 4, 7, dtype=torch.float64, requires_grad=True)
    mean, variance = linear_moments(weight, values)
    products = weight @ values
    torch.testing.assert_close(mean, products.mean(2))
    torch.testing.assert_close(variance, products.var(2, correction=0))
    assert torch.autograd.gradcheck(linear_moments, (weight, values))


@pytest.mark.parametrize("dropout", [False, True])
def test_summed_hidden(dropout):
    generator = torch.Generator().manual_seed(1)
    shapes = [(2, 3, 6), (2, 5, 3), (2, 5), (2, 5)]
    tensors = [torch.randn(s, dtype=torch.float64, generator=generator, requires_grad=True) for s in shapes]
    values, weight, bias, weight2 = tensors
    kept = torch.rand(5, 6, generator=generator) > 0.3 if dropout else torch.ones(5, 6, dtype=torch.bool)
    limit = torch.where(kept, torch.inf, 0.0).double() if dropout else None
    expected = (weight2.unsqueeze(2) * (weight @ values + bias.unsqueeze(2)).relu() * kept).sum(1)
    torch.testing.assert_close(summed_hidden(*tensors, limit), expected)
    assert torch.autograd.gradcheck(lambda *t: summed_hidden(*t, limit), tensors)


def test_n_is_a_quarter_of_each_base():
    encoded = one_hot(torch.tensor([[0, 1, 2, 3, 4]], dtype=torch.uint8))
    expected = [[1, 0, 0, 0, 0.25], [0, 1, 0, 0, 0.25], [0, 0, 1, 0, 0.25], [0, 0, 0, 1, 0.25]]
    torch.testing.assert_close(encoded[0], torch.tensor(expected))
