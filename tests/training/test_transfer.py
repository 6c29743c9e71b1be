"""Transfer: the units of a trained CAM for other targets."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from broken_off import broken_off
from cam.data.dataset import Dataset
from cam.models.cam import CAM, joined
from cam.models.predict import predict
from cam.models.storage import build, for_targets
from cam.training.loop import Settings, _Training, train
from cam.training.losses import LOSSES
from cam.training.transfer import WithNewUnits
from sklearn.metrics import roc_auc_score

WORDS = [[3, 2, 0, 1, 3, 1, 0, 0], [0, 0, 1, 1, 2, 3, 3, 2], [2, 2, 1, 0, 3, 3, 0, 1]]


def planted(n, seed, known):
    """Sequences with words on either strand, and a label for each word; of training regions just some are there."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, 60)).astype(np.uint8)
    labels = (rng.random((n, len(WORDS))) < 0.3).astype(np.float32)
    for row, word in np.argwhere(labels):
        start = 20 * word + rng.integers(0, 12)
        codes[row, start : start + 8] = WORDS[word] if rng.random() < 0.5 else [3 - base for base in WORDS[word][::-1]]
    return Dataset(
        codes, labels[:, known], rng.choice([0, 0, 0, 1, 2], n).astype(np.uint8), tuple("ABC"[k] for k in known)
    )


SETTINGS = {"batch_size": 32, "starts": 1}
MAKE = partial(build, "cam", 60, filter_length=8, hidden=16, dropout=0.1)


@pytest.fixture(scope="module")
def dictionary():
    """Six units that read two of the words."""
    return learnt(non_negative=False)


def learnt(non_negative):
    make = partial(MAKE, 2, units=6, non_negative=non_negative)
    return train(make, planted(3000, 0, [0, 1]), Settings(epochs=8, learning_rate=0.02, **SETTINGS))[0]


def tuned(dictionary, dataset, how, units=6, non_negative=False, rates=(0.02, 0.01), **others):
    epochs = {"epochs": 8, "tuning_epochs": 2, "learning_rate": rates[0], "tuning_learning_rate": rates[1]}
    settings = Settings(**epochs, **SETTINGS, tune=how)
    make = partial(MAKE, len(dataset.targets), units=units, non_negative=non_negative)
    return train(make, dataset, settings, dictionary=dictionary, **others)


def auroc(model, dataset, target=0):
    codes, labels = dataset.part("test")
    return roc_auc_score(labels[:, target], predict(model, codes)[:, target])


def units_of(model):
    return {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("final.")}


@pytest.mark.parametrize("non_negative", [False, True])
def test_the_units_stay_as_they_are_where_only_final_weights_are_fitted(non_negative):
    dictionary, dataset = learnt(non_negative), planted(300, 1, [1])
    model, history, best = tuned(dictionary, dataset, "final", non_negative=non_negative)
    for name, tensor in units_of(dictionary).items():
        torch.testing.assert_close(units_of(model)[name], tensor, rtol=0, atol=0)
    assert model.final.weight.shape == (1, 6) and len(history) == best == 1
    assert not non_negative or (model.final.weight >= 0).all()
    assert auroc(model, planted(2000, 2, [1])) > 0.9


def test_a_dictionary_needs_fewer_positives_than_a_model_from_scratch(dictionary):
    few, many = planted(150, 3, [0]), planted(2000, 4, [0])
    scratch, _, _ = train(partial(MAKE, 1, units=6, non_negative=False), few, Settings(epochs=10, **SETTINGS))
    assert auroc(tuned(dictionary, few, "final")[0], many) > auroc(scratch, many) + 0.1


def test_labels_that_belong_to_other_regions_teach_nothing(dictionary):
    dataset = planted(3000, 5, [0])
    shuffled = np.random.default_rng(0).permutation(dataset.labels)
    control = Dataset(dataset.sequences, shuffled, dataset.split, ("A",))
    spread = [
        predict(tuned(dictionary, each, "final")[0], dataset.part("test")[0]).std() for each in (dataset, control)
    ]
    assert spread[1] < 0.2 * spread[0]


def test_the_whole_model_is_trained_on_and_is_no_worse_by_validation(dictionary):
    dataset = planted(2000, 7, [2])
    fitted, whole = (tuned(dictionary, dataset, how, rates=(0.02, 0.03)) for how in ("final", "all"))
    assert [len(history) for _, history, _ in (fitted, whole)] == [1, 3]
    least = [min(row["validation_loss"] for row in history) for _, history, _ in (fitted, whole)]
    assert least[1] < least[0]
    assert (whole[0].convolution.weight - dictionary.convolution.weight).abs().max() > 1e-4


def test_new_units_learn_what_the_dictionary_lacks_and_leave_it_as_it_is(dictionary):
    dataset, others = planted(3000, 8, [0, 2]), planted(2000, 9, [0, 2])
    model, _, best = tuned(dictionary, dataset, "new units", units=10)
    assert isinstance(model, CAM) and model.units == 10 and best > 1
    for name, tensor in units_of(dictionary).items():
        torch.testing.assert_close(units_of(model.subset(range(6)))[name], tensor, rtol=0, atol=0)
    fitted, _, _ = tuned(dictionary, dataset, "final")
    assert auroc(model, others, 1) > auroc(fitted, others, 1) + 0.1
    assert auroc(model, others, 0) > auroc(fitted, others, 0) - 0.02


def test_new_units_that_never_help_count_for_nothing(dictionary, monkeypatch):
    dataset = planted(300, 10, [0])
    monkeypatch.setattr(_Training, "_validation_loss", lambda self, model: np.array([9.0]))
    model, history, best = tuned(dictionary, dataset, "new units", units=8)
    assert best == 1 and len(history) == 9
    assert (model.final.weight[:, 6:] == 0).all() and (model.final.weight[:, :6] != 0).any()


def test_one_cam_predicts_as_the_dictionary_with_new_units_does(dictionary):
    codes = torch.from_numpy(planted(40, 11, [0]).sequences)
    model = WithNewUnits(dictionary, MAKE(2, units=3)).train()
    torch.nn.init.normal_(model.weight)
    torch.nn.init.normal_(model.bias)
    assert not model.dictionary.training and model.new.training
    torch.testing.assert_close(model.merged().eval()(codes), model.eval()(codes))
    torch.testing.assert_close(
        joined([dictionary] * 3).eval().unit_outputs(codes)[:, 6:12], dictionary.unit_outputs(codes)
    )


@pytest.mark.parametrize(("how", "units", "broken_after"), [("all", 6, 1), ("new units", 8, 2)])
def test_tuning_resumes(dictionary, tmp_path, monkeypatch, how, units, broken_after):
    dataset = planted(600, 12, [1])
    whole, history, _ = tuned(dictionary, dataset, how, units)
    with broken_off(monkeypatch, broken_after):
        tuned(dictionary, dataset, how, units, checkpoint=tmp_path / "c")
    resumed, again, _ = tuned(dictionary, dataset, how, units, checkpoint=tmp_path / "c")
    assert [row["validation_loss"] for row in again] == [row["validation_loss"] for row in history]
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], tensor, rtol=0, atol=0)
    other = joined([dictionary])
    torch.nn.init.zeros_(other.norm3.bias)  # with another dictionary the checkpoint is of another training
    other = other.eval()
    assert tuned(other, dataset, how, units, checkpoint=tmp_path / "c")[1][0] != history[0]


@pytest.mark.parametrize("loss", ["pearson", "mse"])
def test_what_is_fitted_is_measured_by_the_loss_of_training(dictionary, loss):
    """Else the epochs that follow could not be compared with it, and the wrong weights would be kept."""
    dataset = planted(800, 13, [0, 1, 2])
    dataset = replace(dataset, labels=50 * dataset.labels, task="regression")
    settings = Settings(**SETTINGS, tune="final", loss=loss)
    model, history, _ = train(partial(MAKE, 3, units=6, non_negative=False), dataset, settings, dictionary=dictionary)
    for part, name in (("train", "train_loss"), ("validation", "validation_loss")):
        codes, values = dataset.part(part)
        expected = LOSSES[loss](torch.from_numpy(predict(model, codes)), torch.from_numpy(values))
        assert history[0][name] == pytest.approx(float(expected), rel=1e-4)
    assert (model.final.weight != 0).any()


def test_a_stored_model_predicts_some_of_its_targets(dictionary):
    codes = torch.from_numpy(planted(40, 14, [0]).sequences)
    settings = {"units": 6, "filter_length": 8, "hidden": 16, "dropout": 0.1, "non_negative": False}
    description = {"targets": ["A", "B"], "length": 60, "settings": settings}
    torch.testing.assert_close(for_targets(dictionary, description, ["B"])(codes), dictionary(codes)[:, 1:])
    torch.testing.assert_close(for_targets(dictionary, description, ["B", "A"])(codes), dictionary(codes)[:, [1, 0]])
