"""Losses of regions that count differently, and the loss of counts; for the others see tests/test_training.py."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from cam.data.dataset import Dataset
from cam.errors import InputError
from cam.models.predict import predict
from cam.models.storage import build
from cam.training.loop import Settings, fingerprint_of, train
from cam.training.losses import LOSSES, masked_binary_cross_entropy, poisson_loss, targets_alike

MODEL = {"units": 4, "filter_length": 8, "hidden": 16, "activation": "exp"}
WORD = [3, 2, 0, 1, 3, 1, 0, 0]


@pytest.fixture(scope="module")
def counts():
    """Counts of three targets, two of which are higher where a word stands on either strand."""
    rng = np.random.default_rng(0)
    n = 1200
    codes = rng.integers(0, 4, (n, 40)).astype(np.uint8)
    bound = rng.random(n) < 0.5
    for row in np.flatnonzero(bound):
        start = rng.integers(0, 32)
        codes[row, start : start + 8] = WORD if rng.random() < 0.5 else [3 - base for base in WORD[::-1]]
    values = rng.poisson(np.where(bound[:, None], [6, 12, 2], [1, 2, 2])).astype(np.float32)
    split = rng.choice([0, 0, 0, 1, 2], n).astype(np.uint8)
    return Dataset(codes, values, split, ("A", "B", "C"), "regression")


def fit(dataset, **settings):
    make = partial(build, "cam", 40, len(dataset.targets), **MODEL)
    return train(make, dataset, Settings(**{"batch_size": 64, "loss": "mse"} | settings), 1)


def bits(model):
    return b"".join(tensor.numpy().tobytes() for tensor in model.state_dict().values())


# --- Weights ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOSSES)
def test_a_weighted_loss_is_that_of_regions_shown_more_often(name, device):
    generator = torch.Generator().manual_seed(0)
    predictions = torch.randn(2, 5, 3, generator=generator).to(device)
    values = torch.randint(0, 2, (5, 3), generator=generator).float().to(device)
    times = torch.tensor([1, 3, 0, 2, 4], device=device)
    weighted = LOSSES[name](predictions, values, times.float())
    rows = torch.arange(5, device=device).repeat_interleave(times)
    shown = LOSSES[name](predictions[:, rows], values[rows]) * len(rows) / 5  # weights count as parts of 5 regions
    assert weighted.shape == (2,)
    torch.testing.assert_close(weighted, shown)
    torch.testing.assert_close(
        LOSSES[name](predictions, values, torch.ones(5, device=device)), LOSSES[name](predictions, values)
    )


@pytest.mark.parametrize("starts", [1, 2])
def test_equal_weights_are_none(counts, starts):
    """A weight of 1 changes no bit of the model, nor of its course."""
    settings = {"epochs": 2, "tuning_epochs": 1, "starts": starts}
    model, history, _ = fit(counts, **settings)
    weighted, course, _ = fit(replace(counts, weights=np.ones(len(counts.split), dtype=np.float32)), **settings)
    assert bits(model) == bits(weighted)
    assert [row["validation_loss"] for row in history] == [row["validation_loss"] for row in course]


def test_a_region_without_weight_teaches_nothing(counts):
    rng = np.random.default_rng(1)
    weights = rng.choice([0, 1], len(counts.split)).astype(np.float32)
    values = counts.labels.copy()
    values[weights == 0] = rng.normal(0, 50, (int((weights == 0).sum()), 3))
    settings = {"epochs": 2, "starts": 1}
    models = [fit(replace(counts, labels=labels, weights=weights), **settings)[0] for labels in (counts.labels, values)]
    assert bits(models[0]) == bits(models[1])
    assert bits(models[0]) != bits(fit(counts, **settings)[0])


def test_a_checkpoint_is_of_its_weights(counts):
    weights = np.ones(len(counts.split), dtype=np.float32)
    model = build("cam", 40, 3, **MODEL)
    prints = [fingerprint_of(model, dataset, Settings(), 1) for dataset in (
        counts, replace(counts, weights=weights), replace(counts, weights=2 * weights)
    )]  # fmt: skip
    assert len(set(prints)) == 3


# --- Targets of which few labels are known ----------------------------------------------------------------------------


def test_targets_count_alike_however_few_labels_are_known():
    rng = np.random.default_rng(0)
    labels = torch.from_numpy(rng.integers(0, 2, (400, 3)).astype(np.float32))
    labels[torch.from_numpy(rng.random(400) < 0.9), 1] = torch.nan
    logits = torch.from_numpy(rng.normal(0, 1, (400, 3)).astype(np.float32))
    each = [masked_binary_cross_entropy(logits[:, [target]], labels[:, [target]]) for target in range(3)]
    together = masked_binary_cross_entropy(logits, labels, of_targets=targets_alike(labels))
    torch.testing.assert_close(together, torch.stack(each).mean())
    assert (masked_binary_cross_entropy(logits, labels) - together).abs() > 1e-3
    known = labels.nan_to_num(0)
    torch.testing.assert_close(targets_alike(known), torch.ones(3))
    unknown = torch.full((4, 2), torch.nan)
    assert targets_alike(unknown).isfinite().all()


def test_a_training_in_which_targets_count_alike_is_another_one():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, (300, 2)).astype(np.float32)
    labels[rng.random(300) < 0.8, 1] = np.nan
    codes, split = rng.integers(0, 4, (300, 40)).astype(np.uint8), rng.choice([0, 0, 0, 1], 300).astype(np.uint8)
    dataset, make = Dataset(codes, labels, split, ("A", "B")), partial(build, "cam", 40, 2, **MODEL)
    settings = [Settings(epochs=1, starts=1, batch_size=64, average=average) for average in ("labels", "targets")]
    first, second = (train(make, dataset, each, 1) for each in settings)
    assert bits(first[0]) != bits(second[0])
    weight = targets_alike(torch.from_numpy(dataset.part("train")[1]))
    codes, labels = dataset.part("validation")
    logits, labels = torch.from_numpy(predict(second[0], codes)), torch.from_numpy(labels)
    loss = masked_binary_cross_entropy(logits, labels, of_targets=weight)
    assert second[1][0]["validation_loss"] == pytest.approx(float(loss), rel=1e-5)


# --- Counts -----------------------------------------------------------------------------------------------------------


def test_poisson_loss_is_the_likelihood_of_counts(device):
    """But for a term of the counts alone, which is the same whatever is predicted."""
    predictions = torch.tensor([[[0.5, -3.0], [2.0, 30.0]], [[1.0, 1.0], [-60.0, 5.0]]], device=device)
    values = torch.tensor([[0.0, 1.0], [4.0, 31.0]], device=device)
    likelihood = torch.distributions.Poisson(torch.nn.functional.softplus(predictions)).log_prob(values)
    difference = poisson_loss(predictions, values) + likelihood.mean((-2, -1))
    torch.testing.assert_close(difference[0], difference[1], rtol=1e-4, atol=1e-4)


def test_poisson_loss_is_lowest_where_the_rate_is_the_count():
    values = torch.tensor([[0.2, 3.0, 40.0]])
    predictions = torch.log(torch.expm1(values)).requires_grad_()  # whose softplus they are
    poisson_loss(predictions, values).backward()
    assert predictions.grad.abs().max() < 1e-5
    far = torch.full((1, 3), -200.0, requires_grad=True)
    loss = poisson_loss(far, values)
    loss.backward()
    assert loss.isfinite() and far.grad.isfinite().all()


def test_a_cam_learns_counts(counts):
    model, history, _ = fit(counts, loss="poisson", epochs=8, starts=2, tuning_epochs=3, learning_rate=0.02)
    codes, values = counts.part("test")
    predictions = predict(model, codes)
    found = [np.corrcoef(predictions[:, target], values[:, target])[0, 1] for target in (0, 1)]
    assert min(found) > 0.6
    assert abs(np.log1p(np.exp(predictions[:, 1])).mean() / values[:, 1].mean() - 1) < 0.25
    assert history[-1]["validation_loss"] < history[0]["validation_loss"]


def test_counts_are_not_negative(counts):
    values = counts.labels.copy()
    values[7, 1] = -0.25
    sentence = "config, training.loss: found poisson, but the value -0.25 for 'B' in region 8, expected values that are"
    with pytest.raises(InputError, match=sentence):
        fit(replace(counts, labels=values), loss="poisson")
