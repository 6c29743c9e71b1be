"""Units that begin as known motifs."""

from functools import partial

import numpy as np
import pytest
import torch
from broken_off import broken_off
from cam.data.dataset import Dataset
from cam.models.cam import CAM
from cam.models.storage import build
from cam.training.controls import untrained_cam
from cam.training.loop import Settings, deal, train

WORD = [3, 2, 0, 1, 3, 1, 0, 0]


@pytest.fixture(scope="module")
def dataset():
    """Bound where a word stands on either strand."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (900, 40)).astype(np.uint8)
    labels = (rng.random((900, 1)) < 0.5).astype(np.float32)
    for row in np.flatnonzero(labels[:, 0]):
        start = rng.integers(0, 32)
        codes[row, start : start + 8] = WORD if rng.random() < 0.5 else [3 - base for base in WORD[::-1]]
    return Dataset(codes, labels, rng.choice([0, 0, 0, 1, 2], 900).astype(np.uint8), ("A",))


@pytest.fixture(scope="module")
def filters():
    """That which reads the word, and four others."""
    known = np.random.default_rng(1).normal(0, 0.2, (5, 4, 8)).astype(np.float32)
    known[2] = -0.1
    known[2, WORD, np.arange(8)] = 0.3
    return known


MAKE = partial(build, "cam", 40, 1, units=4, filter_length=8, hidden=16)
SETTINGS = {"epochs": 3, "batch_size": 32, "tuning_epochs": 2}


def test_known_filters_are_dealt_out_to_the_models_in_turn():
    assert deal(5, 4, 2).tolist() == [[0, 2, 4, -1], [1, 3, -1, -1]]
    assert deal(2, 3, 1).tolist() == [[0, 1, -1]] and deal(0, 2, 2).tolist() == [[-1, -1], [-1, -1]]
    assert sorted(deal(6, 3, 2).ravel()) == list(range(6))


@pytest.mark.parametrize("starts", [1, 3])
def test_frozen_filters_stay_as_they_began_and_each_unit_knows_what_it_began_as(dataset, filters, starts):
    settings = Settings(**SETTINGS, starts=starts, freeze=True, weight_decay=0.1)
    model, _, _ = train(MAKE, dataset, settings, initial=filters)
    origins, weights = np.array(model.origins), model.convolution.weight.detach().numpy()
    assert len(origins) == 4 and (origins >= 0).any()
    np.testing.assert_array_equal(weights[origins >= 0], filters[origins[origins >= 0]])
    assert 2 in origins  # the unit that reads the word is chosen


def test_filters_that_are_not_frozen_move(dataset, filters):
    free, _, _ = train(MAKE, dataset, Settings(**SETTINGS, starts=3), initial=filters)
    moved = [
        np.abs(weights - filters[origin]).max()
        for weights, origin in zip(free.convolution.weight.detach().numpy(), free.origins, strict=True)
        if origin >= 0
    ]
    assert moved and min(moved) > 1e-3
    later, _, _ = train(MAKE, dataset, Settings(**SETTINGS, starts=1, freeze=2), initial=filters)
    still, _, _ = train(MAKE, dataset, Settings(**SETTINGS, starts=1, freeze=3), initial=filters)
    assert np.abs(later.convolution.weight.detach().numpy() - filters[:4]).max() > 1e-3
    np.testing.assert_array_equal(still.convolution.weight.detach().numpy(), filters[:4])


def test_without_known_motifs_no_unit_began_as_one(dataset):
    model, _, _ = train(MAKE, dataset, Settings(**SETTINGS, starts=2))
    assert model.origins == [-1] * 4
    baseline, _, _ = train(partial(build, "basset", 200, 1), wide(dataset), Settings(epochs=1, starts=1, batch_size=64))
    assert baseline.origins == []


def wide(dataset):
    codes = np.tile(dataset.sequences[:300], (1, 5))
    return Dataset(codes, dataset.labels[:300], dataset.split[:300], dataset.targets)


@pytest.mark.parametrize("broken_after", [2, 4])  # among the starts, in tuning
def test_a_training_that_began_as_known_motifs_resumes(dataset, filters, tmp_path, monkeypatch, broken_after):
    settings = Settings(**SETTINGS, starts=3, freeze=True)
    whole, history, _ = train(MAKE, dataset, settings, initial=filters)
    with broken_off(monkeypatch, broken_after):
        train(MAKE, dataset, settings, checkpoint=tmp_path / "c", initial=filters)
    resumed, again, _ = train(MAKE, dataset, settings, checkpoint=tmp_path / "c", initial=filters)
    assert resumed.origins == whole.origins
    assert [row["validation_loss"] for row in again] == [row["validation_loss"] for row in history]
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], tensor, rtol=0, atol=0)
    others = filters[::-1].copy()  # with other motifs the checkpoint is of another training
    assert train(MAKE, dataset, settings, checkpoint=tmp_path / "c", initial=others)[0].origins != whole.origins


def test_untrained_units_begin_as_the_model_s_did(dataset, filters):
    model = CAM(40, 1, units=4, filter_length=8)
    untrained = untrained_cam(model, dataset.sequences, units=7, initial=filters)
    weights = untrained.convolution.weight.detach().numpy()
    np.testing.assert_array_equal(weights[:5], filters)
    assert np.abs(weights[5:]).max() <= 32**-0.5
