"""Sequences that have a direction, such as those of a reporter assay: models that read only the given strand."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from cam.data.dataset import Dataset
from cam.design.genetic import Settings as GeneticSettings
from cam.design.genetic import evolve_subject, subject_fitness
from cam.interpretation.nullification import nullify
from cam.interpretation.responses import respond
from cam.interpretation.single_regions import firing_sites
from cam.models.predict import predict, reverse_complement
from cam.models.storage import build, describe
from cam.motifs.filters import filter_motifs
from cam.training.loop import Settings, train
from sklearn.metrics import roc_auc_score

WORD = [3, 2, 0, 1, 3, 1, 0, 0]  # TGACTCAA
SETTINGS = {"units": 3, "filter_length": 8, "hidden": 8}
TRAINING = Settings(epochs=10, tuning_epochs=2, starts=2, batch_size=32)


@pytest.fixture(scope="module")
def dataset():
    """All sequences have the word; they are bound where it stands on the given strand."""
    rng = np.random.default_rng(0)
    n, length = 1000, 40
    codes, given = rng.integers(0, 4, (n, length)).astype(np.uint8), rng.random(n) < 0.5
    for row, start in enumerate(rng.integers(0, length - 8, n)):
        codes[row, start : start + 8] = WORD if given[row] else [3 - base for base in WORD[::-1]]
    split = rng.choice([0, 0, 0, 1, 2], n).astype(np.uint8)
    return Dataset(codes, given[:, None].astype(np.float32), split, ("A",))


@pytest.fixture(scope="module")
def trained(dataset):
    """A model for each choice of strands."""
    make = partial(build, "cam", 40, 1, **SETTINGS)
    choices = {strands: replace(TRAINING, strands=strands) for strands in ("both", "given")}
    return {strands: train(make, dataset, settings)[0] for strands, settings in choices.items()}


def description(strands):
    return describe("cam", SETTINGS, 40, ("A",), "binding", strands)


@pytest.fixture(scope="module")
def responses(trained, dataset):
    return {strands: respond(model, description(strands), dataset) for strands, model in trained.items()}


def test_only_a_model_of_the_given_strand_tells_in_which_direction_a_word_stands(responses):
    auroc = {strands: roc_auc_score(found.labels, found.logits) for strands, found in responses.items()}
    assert auroc["given"] > 0.95
    assert auroc["both"] < 0.6


def test_responses_are_those_to_the_sequences_as_they_are(trained, responses, dataset):
    model, found, (codes, _) = trained["given"], responses["given"], dataset.part("test")
    sequences = torch.from_numpy(codes)
    with torch.inference_mode():
        np.testing.assert_allclose(found.logits, model(sequences), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found.outputs, model.unit_outputs(sequences), rtol=1e-4, atol=1e-5)
        activations = model.activations(sequences)[:, :, : 33 // 7 * 7]
    assert not found.peak_strands.any()
    np.testing.assert_array_equal(found.site_outputs, found.outputs)
    np.testing.assert_array_equal(found.peak_starts, activations.argmax(2))
    np.testing.assert_allclose(found.peaks, activations.amax(2), rtol=1e-4, atol=1e-5)
    assert responses["both"].peak_strands.any()


def test_the_motif_is_read_on_the_given_strand(trained, responses, dataset):
    codes, _ = dataset.part("test")
    model, peaks = trained["given"], responses["given"].peaks
    _, n_sites, n_sequences = filter_motifs(model, codes, strands="given")
    assert (n_sequences == responses["given"].fired.sum(axis=0)).all() and n_sites.any()
    names = [f"s{row}" for row in range(len(codes))]
    tables = {
        strands: firing_sites(model, codes, names, ("A",), peaks.max(axis=0), strands=strands)
        for strands in ("both", "given")
    }
    assert set(tables["given"]["strand"]) == {"+"} and set(tables["both"]["strand"]) == {"+", "-"}
    np.testing.assert_array_equal(tables["given"]["output"], tables["given"]["strand_output"])


def test_nullification_and_design_are_of_the_given_strand(trained, dataset):
    model, codes = trained["given"], dataset.part("test")[0][:50]
    sequences = torch.from_numpy(codes)
    turned = reverse_complement(sequences)
    effect, _ = nullify(model, codes, strands="given")
    assert not np.allclose(effect, nullify(model, turned.numpy(), strands="given")[0])
    fitness_of, _ = subject_fitness(model, ["A"], "A", "max", strands="given")
    with torch.inference_mode():
        torch.testing.assert_close(fitness_of(sequences), model(sequences)[:, 0])
        assert not torch.allclose(fitness_of(turned), fitness_of(sequences))
    found = evolve_subject(
        model, description("given"), "A", "max", dataset.part("train")[0], codes, None,
        GeneticSettings(population=40, generations=100),
    )  # fmt: skip
    np.testing.assert_allclose(found.measured, predict(model, found.codes, strands="given")[:, 0], rtol=1e-4)
    assert np.median(found.measured) > np.quantile(predict(model, codes, strands="given"), 0.9)
    assert np.median(predict(model, reverse_complement(torch.from_numpy(found.codes)).numpy(), strands="given")) < 0
