import numpy as np
import pytest
import torch
from cam.errors import InputError
from cam.filters import filter_motifs, well_predicted
from cam.models import CAM
from cam.sequences import encode, reverse_complement


def slow_motifs(model, codes, threshold):
    """Filter by filter, sequence by sequence, window by window."""
    with torch.no_grad():
        activations = model.activations(torch.from_numpy(codes)).numpy()
    ppms, n_sites = [], []
    for unit in range(model.units):
        sites = [
            codes[n, p : p + model.filter_length]
            for n in range(len(codes))
            for p in range(activations.shape[2])
            if activations[n, unit, p] > threshold * activations[:, unit].max()
        ]
        pfm = sum(np.vstack([np.eye(4), np.full(4, 0.25)])[site] for site in sites)
        ppms.append(pfm / len(sites))
        n_sites.append(len(sites))
    return np.array(ppms), np.array(n_sites)


@pytest.fixture
def codes():
    return np.random.default_rng(0).choice([0, 1, 2, 3, 4], (50, 30), p=[0.24, 0.24, 0.24, 0.24, 0.04]).astype(np.uint8)


@pytest.mark.parametrize("activation", ["exp", "relu"])
def test_motifs_equal_the_slow_reference(codes, device, activation):
    torch.manual_seed(0)
    model = CAM(30, 2, units=4, filter_length=6, activation=activation).eval()
    torch.nn.init.zeros_(model.norm1.bias)  # so that filters with ReLU respond, untrained as they are
    ppms, n_sites = slow_motifs(model, codes, 0.7)
    both_ppms, both_sites = slow_motifs(model, np.concatenate([codes, reverse_complement(codes)]), 0.7)
    model.to(device)
    for batch_size in (7, 1000):
        got, sites = filter_motifs(model, codes, 0.7, "given", device, batch_size)
        np.testing.assert_allclose(got, ppms, atol=1e-12)
        np.testing.assert_array_equal(sites, n_sites)
    got, sites = filter_motifs(model, codes, 0.7, "both", device)
    np.testing.assert_allclose(got, both_ppms, atol=1e-12)
    np.testing.assert_array_equal(sites, both_sites)
    np.testing.assert_allclose(got.sum(2), 1)


def test_a_filter_reads_its_word():
    model = CAM(12, 1, units=1, filter_length=4, activation="relu", pool=3).eval()
    word = encode(["GATA"])[0]
    with torch.no_grad():
        model.convolution.weight.fill_(-1.0)
        model.convolution.weight[0, torch.from_numpy(word).long(), range(4)] = 1.0
        model.convolution.bias.fill_(0.0)
    ppms, n_sites = filter_motifs(model, encode(["CCGATACCCCCC", "CCCCCTATCCCC", "CCCCCCCCCCCC"]), 0.9)
    np.testing.assert_allclose(ppms[0], np.eye(4)[word])
    assert n_sites.tolist() == [2]


def test_a_silent_filter_has_no_sites():
    model = CAM(12, 1, units=1, filter_length=4, activation="relu").eval()
    with torch.no_grad():
        model.convolution.weight.fill_(-1.0)
        model.convolution.bias.fill_(0.0)
    ppms, n_sites = filter_motifs(model, encode(["ACGTACGTACGT"]))
    assert n_sites.tolist() == [0]
    np.testing.assert_array_equal(ppms, np.full((1, 4, 4), 0.25))


def test_no_sequences_is_an_error():
    with pytest.raises(InputError, match="found no sequences to read the filters on"):
        filter_motifs(CAM(30, 1), np.zeros((0, 30), dtype=np.uint8))


def test_well_predicted_regions_have_every_known_label_right():
    labels = np.array([[1, 0], [1, 0], [0, 0], [1, np.nan], [np.nan, 0]])
    probabilities = np.array([[0.7, 0.2], [0.7, 0.4], [0.1, 0.1], [0.6, 0.9], [0.9, 0.1]])
    assert well_predicted(labels, probabilities, [0.5, 0.3]).tolist() == [True, False, False, True, False]
