import numpy as np
import pytest
import torch
from cam.controls import untrained_cam
from cam.models import CAM
from cam.training import predict


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
