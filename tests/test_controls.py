import numpy as np
import pandas as pd
import pytest
import torch
from cam.data.dataset import Dataset
from cam.interpretation.controls import compare_with_controls
from cam.interpretation.detectors import detection
from cam.interpretation.responses import respond
from cam.models.cam import CAM
from cam.models.predict import predict
from cam.training.controls import shuffle_labels, untrained_cam


@pytest.fixture
def codes():
    return np.random.default_rng(1).integers(0, 4, (300, 60), dtype=np.uint8)


@pytest.mark.parametrize("non_negative", [True, False])
def test_untrained_units_are_alive_and_have_the_settings_of_the_model(codes, non_negative):
    model = CAM(60, 3, 4, filter_length=11, activation="exp", pool=5, hidden=8, dropout=0.2, non_negative=non_negative)
    untrained = untrained_cam(model, codes, units=30)
    assert (untrained.units, untrained.final.out_features, untrained.training) == (30, 3, False)
    for setting in ("filter_length", "activation", "pool", "hidden", "dropout", "non_negative"):
        assert getattr(untrained, setting) == getattr(model, setting)
    assert (untrained.final_weights() < 0).any() != non_negative
    outputs = predict(untrained.unit_outputs, codes)
    assert (np.ptp(outputs, axis=0) > 0).all()
    before = predict(untrained.pre_activations, codes)
    np.testing.assert_allclose(before.mean(0), 0, atol=0.02)  # the statistics are those of these very sequences
    assert 0.5 < before.std(0).min() <= before.std(0).max() < 1.05


def test_untrained_units_are_those_of_their_seed_alone(codes):
    model = CAM(60, 2, 4, filter_length=11)
    state = torch.get_rng_state()
    one, same, other = (untrained_cam(model, codes, 10, seed).state_dict() for seed in (1, 1, 2))
    assert (torch.get_rng_state() == state).all()
    assert all((one[name] == same[name]).all() for name in one)
    assert (one["convolution.weight"] != other["convolution.weight"]).any()


def test_shuffled_labels_are_those_of_other_regions_jointly_over_targets():
    labels = np.column_stack([np.arange(40), np.where(np.arange(40) % 3, np.arange(40), np.nan)]).astype(np.float32)
    dataset = Dataset(np.zeros((40, 8), np.uint8), labels, np.repeat([0, 2, 1, 0], 10).astype(np.uint8), ("A", "B"))
    found = shuffle_labels(dataset)
    test, rest = dataset.split == 2, dataset.split != 2
    np.testing.assert_array_equal(found.labels[test], labels[test])
    moved = found.labels[rest, 0]
    assert sorted(moved) == sorted(labels[rest, 0]) and (moved != labels[rest, 0]).mean() > 0.8
    np.testing.assert_array_equal(found.labels[rest], labels[moved.astype(int)])
    assert (dataset.labels[:, 0] == np.arange(40)).all()  # the given one is as it was


def test_of_untrained_units_next_to_nothing_is_said_without_partly():
    codes = np.random.default_rng(2).integers(0, 4, (800, 200), dtype=np.uint8)
    untrained = untrained_cam(CAM(200, 2, 4), codes, units=60)
    dataset = Dataset(codes, np.ones((800, 2), np.float32), np.repeat([2, 1], [799, 1]).astype(np.uint8), ("A", "B"))
    responses = respond(untrained, {"strands": "both"}, dataset)
    found = detection(responses.outputs, responses.fired)["detector"]
    assert found.isin(["presence", "absence"]).mean() <= 0.05
    assert found.isin(["neither", "undecided"]).mean() > 0.5


def test_shares_stand_beside_those_of_the_controls():
    units = pd.DataFrame(
        {
            "control": ["trained"] * 2 + ["untrained"] * 4,
            "unit": ["unit1", "unit2", *(f"untrained.unit{n}" for n in range(1, 5))],
            "target_id": ["MA1", "MA2", "MA1", None, None, None],
            "detector": ["presence", "absence", "partly presence", "neither", "silent", "undecided"],
        }
    )
    matches = pd.DataFrame(
        {
            "control": ["trained", "trained", "untrained", "untrained"],
            "Query_ID": ["unit1", "unit2", "untrained.unit1", "untrained.unit2"],
            "Target_ID": ["MA1", "MA2", "MA1", "MA2"],
            "q-value": [0.001, 0.01, 0.04, 0.06],
        }
    )
    table = compare_with_controls(units, matches, {"SPI1": ["MA1", "MA9"], "PAX5": ["MA2"], "EBF1": []})
    assert table.set_index("control").T.to_dict() == {
        "trained": {"units": 2, "matched": 1, "presence": 0.5, "partly_presence": 0, "absence": 0.5,
                    "partly_absence": 0, "detectors": 1, "regulators": 2, "of_regulators": 3},
        "untrained": {"units": 4, "matched": 0.25, "presence": 0, "partly_presence": 0.25, "absence": 0,
                      "partly_absence": 0, "detectors": 0.25, "regulators": 1 - 0.75**2, "of_regulators": 3},
    }  # fmt: skip
    assert "regulators" not in compare_with_controls(units)
