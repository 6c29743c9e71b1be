import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from cam.bases import encode, reverse_complement
from cam.errors import InputError
from cam.evaluation.tasks import well_predicted
from cam.io.fasta import read_fasta
from cam.models.cam import CAM
from cam.models.explainn import read_explainn
from cam.models.functional import one_hot, pooled_responses
from cam.motifs import filters
from cam.motifs.filters import filter_motifs, motif_table, name_motifs
from responded import responses
from scipy.special import logit


def slow_motifs(model, codes, threshold):
    """Filter by filter, sequence by sequence, window by window, as far as the pools go."""
    covered = (codes.shape[1] - model.filter_length + 1) // model.pool * model.pool
    with torch.no_grad():
        activations = model.activations(torch.from_numpy(codes)).numpy()[:, :, :covered]
    ppms, n_sites, n_sequences = [], [], []
    for unit in range(model.units):
        sites = [
            (n, codes[n, p : p + model.filter_length])
            for n in range(len(codes))
            for p in range(activations.shape[2])
            if activations[n, unit, p] > threshold * activations[:, unit].max()
        ]
        pfm = sum(np.vstack([np.eye(4), np.full(4, 0.25)])[site] for _, site in sites)
        ppms.append(pfm / len(sites))
        n_sites.append(len(sites))
        n_sequences.append(len({n % 50 for n, _ in sites}))
    return np.array(ppms), np.array(n_sites), np.array(n_sequences)


@pytest.fixture
def codes():
    return np.random.default_rng(0).choice([0, 1, 2, 3, 4], (50, 30), p=[0.24, 0.24, 0.24, 0.24, 0.04]).astype(np.uint8)


@pytest.mark.parametrize("sites_are", ["seldom", "frequent"])
@pytest.mark.parametrize("activation", ["exp", "relu"])
def test_motifs_equal_the_slow_reference(codes, device, monkeypatch, activation, sites_are):
    torch.manual_seed(0)
    model = CAM(30, 2, units=4, filter_length=6, activation=activation).eval()
    with torch.no_grad():
        model.norm1.weight.copy_(torch.tensor([1.0, 0.5, -1.0, 2.0]))
        model.norm1.bias.copy_(torch.tensor([0.0, 0.1, 0.0, -0.5]))  # filters with ReLU respond, untrained as they are
        model.norm1.running_mean.uniform_(-0.2, 0.2)
        model.norm1.running_var.uniform_(0.5, 1.5)
    given = slow_motifs(model, codes, 0.7)
    both = slow_motifs(model, np.concatenate([codes, reverse_complement(codes)]), 0.7)
    assert (given[1] > 5).all() and (given[2] < given[1]).any()
    model.to(device)
    monkeypatch.setattr(filters, "_SELDOM", {"seldom": 1, "frequent": 0}[sites_are])
    for at_once in (1, 7 * 4 * 30, 10**6):
        monkeypatch.setattr(filters, "_AT_ONCE", at_once)
        for strands, (ppms, n_sites, n_sequences) in {"given": given, "both": both}.items():
            found = filter_motifs(model, codes, 0.7, strands, device)
            np.testing.assert_allclose(found[0], ppms, atol=1e-12)
            np.testing.assert_array_equal(found[1], n_sites)
            np.testing.assert_array_equal(found[2], n_sequences)
            np.testing.assert_allclose(found[0].sum(2), 1)


@pytest.mark.parametrize("activation", ["exp", "relu"])
def test_what_no_pool_covers_is_no_site(activation):
    """Sequences of 20 bp have 17 windows of 4 bp, of which two pools of 8 leave out the last, on either strand."""
    torch.manual_seed(0)
    model = CAM(20, 1, units=1, filter_length=4, pool=8, activation=activation).eval()
    with torch.no_grad():
        model.convolution.weight.fill_(-1.0)
        model.convolution.weight[0, torch.from_numpy(encode(["GATA"])[0]).long(), range(4)] = 1.0
        model.convolution.bias.fill_(0.0)
        model.norm1.bias.fill_(0.0)
    last, first = encode(["C" * 16 + "GATA", "TATC" + "C" * 16])  # on the given strand, and on the other one
    covered = encode(["C" * 15 + "GATAC", "CTATC" + "C" * 15])
    outputs = [model.unit_outputs(torch.from_numpy(codes[None])).item() for codes in (last, encode(["C" * 20])[0])]
    assert outputs[0] == outputs[1]  # the unit does not hear of it
    ppms, n_sites, n_sequences = filter_motifs(model, np.stack([last, first, *covered]))
    assert (n_sites.tolist(), n_sequences.tolist()) == ([2], [2])
    np.testing.assert_allclose(ppms[0], np.eye(4)[encode(["GATA"])[0]])
    weaker = encode(["C" * 16 + "GATA", "CCGACACCCCCCCCCCCCCC"])
    found = filter_motifs(model, weaker, strands="given")
    np.testing.assert_allclose(found[0][0], np.eye(4)[encode(["GACA"])[0]])  # the largest that the unit hears of


@pytest.mark.parametrize("units", [10, 300])
def test_memory_stays_bounded(monkeypatch, units):
    """However many units and sequences there are, no more responses are held than were agreed on."""
    held = []

    def watched(codes, kernels, pool):
        held.append(len(codes) * len(kernels) * (codes.shape[1] - kernels.shape[2] + 1))
        return pooled_responses(codes, kernels, pool)

    monkeypatch.setattr(filters, "pooled_responses", watched)
    monkeypatch.setattr(filters, "_AT_ONCE", 300_000)
    codes = np.random.default_rng(0).integers(0, 4, (200, 100), dtype=np.uint8)
    filter_motifs(CAM(100, 1, units=units, activation="exp").eval(), codes)
    assert 0.3 * 300_000 < max(held) <= 300_000
    assert sum(held) > 4 * 200 * units * 81  # two passes over both strands


def test_a_filter_reads_its_word():
    model = CAM(12, 1, units=1, filter_length=4, activation="relu", pool=3).eval()
    word = encode(["GATA"])[0]
    with torch.no_grad():
        model.convolution.weight.fill_(-1.0)
        model.convolution.weight[0, torch.from_numpy(word).long(), range(4)] = 1.0
        model.convolution.bias.fill_(0.0)
    sequences = encode(["CCGATACCCCCC", "CCCCCTATCCCC", "CCCCCCCCCCCC", "GATACCCCGATA"])
    ppms, n_sites, n_sequences = filter_motifs(model, sequences, 0.9)
    np.testing.assert_allclose(ppms[0], np.eye(4)[word])
    assert n_sites.tolist() == [4] and n_sequences.tolist() == [3]
    _, n_sites, n_sequences = filter_motifs(model, sequences, 0.9, "given")
    assert n_sites.tolist() == [3] and n_sequences.tolist() == [2]


def test_a_silent_filter_has_no_sites():
    model = CAM(12, 1, units=1, filter_length=4, activation="relu").eval()
    with torch.no_grad():
        model.convolution.weight.fill_(-1.0)
        model.convolution.bias.fill_(0.0)
    ppms, n_sites, n_sequences = filter_motifs(model, encode(["ACGTACGTACGT"]))
    assert n_sites.tolist() == [0] and n_sequences.tolist() == [0]
    np.testing.assert_array_equal(ppms, np.full((1, 4, 4), 0.25))


def test_no_sequences_is_an_error():
    with pytest.raises(InputError, match="found no sequences to read the filters on"):
        filter_motifs(CAM(30, 1), np.zeros((0, 30), dtype=np.uint8))


def test_well_correlated_regions_exceed_the_limit():
    values = np.array([[1.0, 2, 3], [1, 2, 3], [1, 2, 3], [2, 2, 2], [1, 2, 3]])
    predictions = np.array([[5.0, 7, 9], [0, 1, 0.5], [3, 2, 1], [1, 2, 3], [4, 4, 4]])  # r = 1, 0.5, −1, none, none
    found = replace(responses(np.ones((3, 1)), np.ones((5, 1)), task="regression"), labels=values, logits=predictions)
    assert well_predicted(found, 0.75).tolist() == [True, False, False, False, False]
    assert well_predicted(found, 0.4).tolist() == [True, True, False, False, False]
    assert well_predicted(replace(found, logits=-values), 0.4).all()  # where there is none, it is all of them


def test_well_predicted_regions_have_every_known_label_right():
    """At thresholds that the validation regions give, of 0.5 and 0.3."""
    labels = np.array([[1, 0], [1, 0], [0, 0], [1, np.nan], [np.nan, 0]])
    probabilities = np.array([[0.7, 0.2], [0.7, 0.4], [0.1, 0.1], [0.6, 0.9], [0.9, 0.1]])
    found = replace(
        responses(np.ones((2, 1)), np.ones((5, 1))),
        labels=labels,
        logits=logit(probabilities),
        validation_labels=np.array([[0, 0], [1, 1]]),
        validation_logits=logit(np.array([[0.2, 0.1], [0.5, 0.3]])),
    )
    assert well_predicted(found, 0.75).tolist() == [True, False, False, True, False]


def test_motifs_are_described_by_their_cores():
    sharp, flat = np.eye(4)[[0, 2, 3]], np.full((5, 4), 0.25)
    flanked = np.concatenate([flat[:1], sharp, flat[:1]])
    motifs = name_motifs(["unit1", "unit2"], [flanked, flat], np.array([7, 0]))
    assert [(motif.matrix_id, motif.name, motif.n_sites) for motif in motifs] == [
        ("unit1", "unit1", 7), ("unit2", "unit2", 0),
    ]  # fmt: skip
    table = motif_table(motifs, np.array([5, 0]), np.full(4, 0.25))
    assert table.drop(columns=["core_start", "core_end"]).values.tolist() == [
        ["unit1", 7, 5, 6.0, "AAGTA"], ["unit2", 0, 0, 0.0, "AAAAA"],
    ]  # fmt: skip
    assert table.loc[0, ["core_start", "core_end"]].tolist() == [2, 4]  # from 1, as on the axis of the logo
    assert table.loc[1, ["core_start", "core_end"]].isna().all()


@pytest.fixture(scope="module")
def published(shared_data):
    """A published ExplaiNN of 100 units, and 300 real sequences of 200 bp, one of them with Ns."""
    fasta = shared_data / "tf-binding-matrix" / "sequences.200bp.chr14.fa.gz"
    codes = encode([sequence for _, sequence in itertools.islice(read_fasta(fasta), 300)]).copy()
    codes[7, 60:90] = 4
    return shared_data / "explainn" / "model_epoch_best_4.pth", codes


@torch.inference_mode()
def test_motifs_are_those_of_the_explainn_package(published):
    """Of the given strand, which is all the package reads; each of the filters has sites."""
    interpretation = pytest.importorskip("explainn.interpretation.interpretation", reason="explainn is not installed")
    networks = pytest.importorskip("explainn.models.networks")
    path, codes = published
    there = networks.ExplaiNN(100, 200, 3)
    there.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    sequences = one_hot(torch.from_numpy(codes)).contiguous()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(sequences, sequences[:, 0, :1]), 128)
    activations = interpretation.get_explainn_unit_activations(loader, there.eval(), "cpu")
    expected = interpretation.get_pwms_explainn(activations, sequences.numpy(), None, 19)

    model, _ = read_explainn(path, 200)
    ppms, n_sites, n_sequences = filter_motifs(model, codes, strands="given")
    np.testing.assert_allclose(ppms.transpose(0, 2, 1), expected, rtol=0, atol=1e-6)
    is_site = activations > 0.5 * activations.max(axis=(0, 2), keepdims=True)
    np.testing.assert_array_equal(n_sites, is_site.sum(axis=(0, 2)))
    np.testing.assert_array_equal(n_sequences, is_site.any(axis=2).sum(axis=0))
