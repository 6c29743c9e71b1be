from functools import partial

import numpy as np
import pytest
import torch
from cam.data.dataset import Dataset
from cam.models.storage import build
from cam.training.choice import choose_units, fit_final
from cam.training.loop import Settings, train
from cam.training.losses import masked_binary_cross_entropy, mean_squared_error
from scipy.optimize import nnls


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_the_outputs_that_make_the_labels_are_chosen_most_useful_first(rng):
    outputs = rng.random((500, 20)) * rng.uniform(0.1, 10, 20)
    standard = outputs / outputs.std(0)
    labels = np.stack([3 * standard[:, 4] + standard[:, 7], standard[:, 11]], 1)
    assert choose_units(outputs, labels, 3, non_negative=True) == [11, 4, 7]


def test_copies_of_a_chosen_output_are_left_out(rng):
    a, b = rng.random((2, 400))
    outputs = np.stack([a, a, a + 1e-3 * rng.random(400), b], 1)
    chosen = choose_units(outputs, (2 * a + b)[:, None], 2, non_negative=True)
    assert chosen[0] in {0, 1, 2} and chosen[1] == 3


def test_what_speaks_against_is_chosen_only_where_weights_are_free(rng):
    against, weak = rng.random((2, 400))
    outputs, labels = np.stack([against, weak], 1), (0.1 * weak - against)[:, None]
    assert choose_units(outputs, labels, 1, non_negative=False) == [0]
    assert choose_units(outputs, labels, 1, non_negative=True) == [1]


def test_a_partner_is_not_chosen_beside_it(rng):
    z = rng.normal(size=(400, 2))
    outputs = np.maximum(np.concatenate([z, -z], 1), 0)
    labels = np.abs(z[:, :1]) + 0.01 * np.maximum(z[:, 1:], 0)
    assert set(choose_units(outputs, labels, 2, True)) == {0, 2}
    assert 1 in choose_units(outputs, labels, 2, True, partner=np.array([2, 3, 0, 1]))


def test_missing_labels_and_silent_outputs(rng):
    a, b = rng.random((2, 500))
    labels = np.stack([a, b], 1)
    labels[rng.random((500, 2)) < 0.5] = np.nan
    labels = np.concatenate([labels, np.full((500, 1), np.nan)], 1)
    outputs = np.stack([np.zeros(500), a, b], 1)
    assert sorted(choose_units(outputs, labels, 2, True)) == [1, 2]
    assert sorted(choose_units(outputs, labels, 3, True)) == [0, 1, 2]


@pytest.mark.parametrize("non_negative", [True, False])
def test_rows_without_a_label_do_not_matter(rng, non_negative):
    """Outputs that are alike where the label is known, and unlike elsewhere, and the other way round."""
    known = np.arange(600) < 300
    outputs = rng.normal(size=(600, 8))
    outputs[known, 1] = outputs[known, 0] + 0.05 * rng.normal(size=300)
    outputs[~known, 3] = outputs[~known, 0]
    outputs[~known] *= rng.uniform(0.2, 5, 8)
    labels = (outputs @ [3.0, 0, 1.0, 1.2, 0, 0, 0.2, 0])[:, None] + rng.normal(size=(600, 1))
    labels[~known] = np.nan
    order = choose_units(outputs, labels, 4, non_negative)
    assert order == choose_units(outputs[known], labels[known], 4, non_negative)
    assert set(order[:3]) == {0, 2, 3} or set(order[:3]) == {1, 2, 3}


def test_weights_are_those_of_non_negative_least_squares(rng):
    """The choice rests on weights fitted anew each time; with all outputs chosen they leave what NNLS leaves."""
    outputs = rng.normal(size=(300, 6))
    labels = outputs @ rng.normal(size=(6, 1)) + rng.normal(size=(300, 1))
    order = choose_units(outputs, labels, 6, True)
    standard = (outputs - outputs.mean(0)) / outputs.std(0)
    used = np.flatnonzero(nnls(standard, (labels[:, 0] - labels.mean()))[0] > 1e-6)
    assert set(used) <= set(order[: len(used) + 1])


@pytest.mark.parametrize("non_negative", [True, False])
def test_final_weights_are_fitted(rng, non_negative):
    outputs = torch.from_numpy(rng.random((4000, 3))).float() * torch.tensor([1.0, 10.0, 0.1])
    logits = outputs @ torch.tensor([[4.0, -0.3, 20.0]]).T - 1.5
    labels = (torch.rand(4000, 1, generator=torch.Generator().manual_seed(0)) < logits.sigmoid()).float()
    weight, bias = fit_final(outputs, labels, masked_binary_cross_entropy, non_negative)
    if non_negative:
        assert weight.min() == 0 and weight[0, 1] == 0
    else:
        np.testing.assert_allclose(weight[0], [4.0, -0.3, 20.0], rtol=0.15)
        assert float(bias) == pytest.approx(-1.5, abs=0.3)


@pytest.mark.parametrize("non_negative", [True, False])
def test_a_silent_output_has_no_weight(rng, non_negative):
    outputs = torch.from_numpy(rng.random((400, 3))).float() * torch.tensor([1.0, 1e-5, 0.0])
    labels = 2 * outputs[:, :1] + 1
    weight, bias = fit_final(outputs, labels, mean_squared_error, non_negative)
    assert weight[0, 1:].tolist() == [0, 0]
    assert float(weight[0, 0]) == pytest.approx(2, rel=0.01) and float(bias) == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize(("n", "loss"), [(60, "mse"), (200, "mse"), (200, "binding")])
def test_tuning_of_few_sequences_begins_where_the_choice_ended(rng, n, loss):
    """After a few steps batch norms hardly know their inputs, and most units are silent where they are applied."""
    codes, values = rng.integers(0, 4, (n, 60)).astype(np.uint8), rng.normal(size=(n, 1)).astype(np.float32)
    labels, task = (values, "regression") if loss == "mse" else ((values > 0).astype(np.float32), "binding")
    dataset = Dataset(codes, labels, rng.choice([0, 0, 0, 1, 2], n).astype(np.uint8), ("A",), task)
    settings = Settings(epochs=4, tuning_epochs=2, starts=3, loss=loss)
    make = partial(build, "cam", 60, 1, units=6, filter_length=10, hidden=16, non_negative=False)
    _, history, _ = train(make, dataset, settings)
    losses = np.array([[row["train_loss"], row["validation_loss"]] for row in history])
    assert losses.max() < 100
