"""Whether a model is usable: each sentence, and beside it what would have to be so that it is not said."""

import re
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import yaml
from cam import plots
from cam.bases import reverse_complement
from cam.data.dataset import Dataset
from cam.data.selection import _ACROSS, _ALONE, _LEAKING
from cam.evaluation.kmers import predict_from_words
from cam.evaluation.usable import (
    CENTRE,
    GC,
    SIMPLE,
    WORDS,
    Run,
    answers,
    compare_models,
    learning_curve,
    metrics_of,
    predict_from_gc,
    score,
    shared_with_training,
)
from cam.interpretation.responses import respond
from cam.io.tables import read_table, write_table
from cam.models.storage import build
from cam.report import render
from cam.setup.config import check
from cam.training.controls import shuffle_labels
from cam.training.loop import Settings, train
from conftest import ROOT
from figures import texts_in_place
from matplotlib.colors import to_hex
from responded import responses
from running import SMALL, plan, planned, succeed
from sklearn.metrics import average_precision_score, roc_auc_score
from test_config import SCHEMA, changed
from test_kmers import one_thread_of_algebra  # noqa: F401, of every test
from test_report import IMAGE, TEMPLATE, Page, inputs
from test_workflow import MATRIX, write_matrix

NAN = np.nan


# --- Scores ---------------------------------------------------------------------------------------------------------


def responded(labels, logits, task="binding"):
    """Responses of which no more is told than labels and logits."""
    empty = responses(np.ones((labels.shape[1], 1)), np.ones((len(labels), 1)), task=task)
    labels, logits = labels.astype(np.float32), logits.astype(np.float32)
    return replace(empty, labels=labels, logits=logits, validation_labels=labels, validation_logits=logits)


def made(n=300, strength=2.0, seed=1, n_targets=2):
    """Labels, and logits that know of them."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((n, n_targets)) < 0.4).astype(float)
    return labels, strength * labels + rng.normal(size=labels.shape)


def test_scores_are_scikit_learn_s_and_their_resamples_the_same_for_all_models():
    labels, logits = made()
    labels[:20, 1] = NAN
    found = score(responded(labels, logits), np.arange(300))
    for column, target in enumerate(("T0", "T1")):
        known = ~np.isnan(labels[:, column])
        y, x = labels[known, column], logits[known, column]
        assert found.own[target, "auroc"] == pytest.approx(roc_auc_score(y, x))
        assert found.own[target, "auprc"] == pytest.approx(average_precision_score(y, x))
    assert found.own["macro", "auroc"] == pytest.approx((found.own["T0", "auroc"] + found.own["T1", "auroc"]) / 2)
    again = score(responded(labels, 0 * logits), np.arange(300), logits=3 * logits - 1)
    np.testing.assert_array_equal(again.drawn["macro", "auroc"], found.drawn["macro", "auroc"])
    assert 0 < found.drawn["macro", "auroc"].std() < 0.05


def test_scores_of_real_numbers_are_correlations():
    rng = np.random.default_rng(1)
    values, noise = rng.normal(size=(2, 200, 3))
    found = score(responded(values, values + noise, "regression"), np.arange(200))
    expected = [np.corrcoef(values[:, t], values[:, t] + noise[:, t])[0, 1] for t in range(3)]
    assert found.own["macro", "pearson"] == pytest.approx(np.mean(expected))


@pytest.mark.parametrize(
    ("task", "loss", "metrics"),
    [
        ("binding", "binding", ("auroc", "auprc")),
        ("regression", "mse", ("pearson",)),
        ("regression", "pearson", ("region_pearson",)),
    ],
)
def test_a_model_is_judged_by_what_it_is_trained_for(task, loss, metrics):
    assert metrics_of(task, loss) == metrics


# --- Tables ---------------------------------------------------------------------------------------------------------


def tables(strengths, words=0.0, others=(), seeds=(1,), n=300, gc=0.0):
    """The learning curve and the models, of logits that know as much of the labels as said, by share and by model."""
    labels, _ = made(n)
    scored = {}

    def of(strength, seed):
        noise = np.random.default_rng([seed, round(1000 * strength)]).normal(size=labels.shape)
        known = responded(labels, strength * labels + noise)
        return scored.setdefault((strength, seed), score(known, np.arange(n)))

    runs = [
        Run(share, seed, round(1000 * share), 10 * share + seed, of(strength, seed))
        for share, strength in strengths.items()
        for seed in seeds
    ]
    scores = {"cam": of(strengths[1], seeds[0])} | {name: of(strength, 7) for name, strength in others}
    scores |= {WORDS: of(words, 8), CENTRE: of(words, 8), GC: of(gc, 9)}
    metrics = metrics_of("binding", "binding")
    return learning_curve(runs, metrics), compare_models(scores, metrics, *[dict.fromkeys(scores, 20)] * 2)


def test_the_learning_curve_has_a_row_for_every_run_and_their_mean():
    curve, _ = tables({0.5: 1.0, 1: 2.0}, seeds=(1, 2))
    assert list(curve) == [
        "share", "regions", "seed", "target", "metric", "value", "low", "high",
        "difference", "difference_low", "difference_high", "seconds",
    ]  # fmt: skip
    auroc = curve[(curve["metric"] == "auroc") & (curve["target"] == "macro")].set_index(["share", "seed"])
    assert auroc.index.tolist() == [(0.5, "1"), (0.5, "2"), (0.5, "mean"), (1, "1"), (1, "2"), (1, "mean")]
    assert auroc["regions"].tolist() == [500] * 3 + [1000] * 3
    assert auroc["seconds"].tolist() == [6, 7, 6.5, 11, 12, 11.5]
    assert (auroc["low"] < auroc["value"]).all() and (auroc["value"] < auroc["high"]).all()
    value, more = auroc["value"], auroc["difference"]
    for share in (0.5, 1):
        assert value[share, "mean"] == pytest.approx((value[share, "1"] + value[share, "2"]) / 2)
    for seed in ("1", "2", "mean"):
        assert more[0.5, seed] == pytest.approx(value[1, seed] - value[0.5, seed])
        assert 0 < auroc["difference_low"][0.5, seed] < more[0.5, seed] < auroc["difference_high"][0.5, seed]
    assert more[1].isna().all()
    assert set(curve["target"]) == {"macro", "T0", "T1"} and set(curve["metric"]) == {"auroc", "auprc"}
    alone, _ = tables({1: 2.0})
    assert alone["seed"].unique().tolist() == ["1"]


def test_models_are_compared_with_the_interpreted_one_and_the_centre_with_the_whole():
    _, models = tables({1: 2.0}, words=1.0, others=[("baseline", 2.5)])
    auroc = models[(models["metric"] == "auroc") & (models["target"] == "macro")].set_index("model")
    assert auroc.index.tolist() == ["cam", "baseline", *SIMPLE]
    assert auroc["compared_with"].isna().tolist() == [True] + [False] * 4
    assert auroc["compared_with"].tolist()[1:] == ["cam", "cam", WORDS, "cam"]
    value = auroc["value"]
    assert auroc["difference"].tolist()[1:] == pytest.approx(
        [value["cam"] - value["baseline"], value["cam"] - value[WORDS], 0, value["cam"] - value[GC]]
    )
    assert auroc.loc[CENTRE, ["difference_low", "difference_high"]].tolist() == [0, 0]
    assert (auroc["regions"] == 20).all() and (auroc["seconds"] == 20).all()


@pytest.mark.parametrize("task", ["binding", "regression"])
def test_gc_content_predicts_what_follows_from_it_and_nothing_else(task):
    rng = np.random.default_rng(1)
    share = rng.uniform(0.2, 0.8, 400)
    codes = np.where(rng.random((400, 100)) < share[:, None], rng.integers(1, 3, (400, 100)), 0).astype(np.uint8)
    gc = ((codes == 1) | (codes == 2)).mean(1)
    labels = (
        np.column_stack([gc > 0.5, rng.random(400) < 0.5])
        if task == "binding"
        else np.column_stack([3 * gc - 1, share**0])
    )
    dataset = Dataset(codes, labels.astype(np.float32), np.repeat([0, 1, 2, 0], 100).astype(np.uint8), ("A", "B"), task)
    found = predict_from_gc(dataset)
    _, wanted = dataset.part("test")
    assert found.shape == (100, 2) and np.isfinite(found).all()
    if task == "binding":
        assert roc_auc_score(wanted[:, 0], found[:, 0]) == 1
        assert 0.3 < roc_auc_score(wanted[:, 1], found[:, 1]) < 0.7
    else:
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_copies_of_training_sequences_are_found_on_either_strand():
    labels, logits = made(60)
    codes = np.random.default_rng(1).integers(0, 4, (180, 80), dtype=np.uint8)
    split = np.repeat([0, 1, 2], 60).astype(np.uint8)
    scores = score(responded(labels, logits), np.arange(60))
    dataset = Dataset(codes, np.tile(labels, (3, 1)).astype(np.float32), split, ("T0", "T1"))
    nothing = shared_with_training(dataset, scores, "auroc")
    assert nothing.loc["regions"].tolist() == [0, 0] and nothing.loc["without"].isna().all()
    codes[120], codes[121] = codes[3], reverse_complement(codes[[4]])[0]
    codes[122] = codes[70]  # of validation, which is no matter
    codes[123] = np.where(np.arange(80) == 40, (codes[5] + 1) % 4, codes[5])
    found = shared_with_training(dataset, scores, "auroc")
    assert found.loc["regions"].to_dict() == {"copies": 2, "near": 1} and (found.loc["all"] == 60).all()
    for kind, rest in (("copies", np.arange(60) > 1), ("near", np.arange(60) != 3)):
        areas = [roc_auc_score(labels[rest, t], logits[rest, t]) for t in (0, 1)]
        assert found.loc["without", kind] == pytest.approx(np.mean(areas))


# --- Sentences --------------------------------------------------------------------------------------------------------

UNSHARED = pd.DataFrame({kind: {"regions": 0, "all": 300, "without": NAN} for kind in ("copies", "near")})
SELECTION = pd.DataFrame({"step": ["candidates", "kept: bound by at least one target"], "regions": [900, 300]})


def said(curve, models, seeds=(0.8,), shared=UNSHARED, selection=SELECTION, **options):
    """Question → number and sentence."""
    table = answers(curve, models, seeds, shared, selection, **options)
    assert list(table) == ["question", "number", "low", "high", "sentence"]
    assert table["sentence"].str.fullmatch(r"[A-Z\d][^.]*(\.\S[^.]*)*\.").all()  # one sentence each
    known = table.dropna(subset=["number", "low", "high"])
    assert ((known["low"] <= known["number"] + 1e-9) & (known["number"] <= known["high"] + 1e-9)).all() or len(
        seeds
    ) > 1
    return {row.question: (row.number, row.sentence) for row in table.itertuples()}


@pytest.fixture(scope="module")
def good():
    """Of three times as many regions, a model that knows much, and more than from half of them; others know little."""
    return tables({0.5: 1.0, 1: 2.0}, words=0.8, others=[("baseline", 2.0)], seeds=(1, 2))


@pytest.fixture(scope="module")
def nothing():
    """A model that knows nothing, as do all others."""
    return tables({0.5: 0.001, 1: 0.0}, others=[("baseline", 0.0)], n=1500)


def test_a_good_model_is_usable_and_why(good):
    found = said(*good)
    assert found["Is it usable?"][1] == "Usable: it is better than chance and than GC content alone."
    value = good[1]["value"].iloc[0]
    chance = f"The AUROC on the test regions, as the mean of 2 targets, is {value:.3f}, better than chance (0.5)."
    assert found["Is it better than chance?"] == (pytest.approx(value), chance)
    for question, ending in {
        "Is it better than GC content?": "above that of GC content alone.",
        "Is it better than short words?": "above that of a linear model on gapped k-mers: units read more than short "
        "words.",
    }.items():
        number, sentence = found[question]
        assert number > 0.1 and sentence == f"The AUROC of cam is {number:.3f} {ending}"
    targets = "All 2 targets are predicted better than by GC content."
    assert found["Which targets are no better than GC content?"] == (0, targets)
    number, sentence = found["Would more data help?"]
    assert sentence == (
        f"With all 1,000 training regions the AUROC is {number:.3f} above that with 50 % of them, for each of 2 seeds: "
        "more data would help."
    )
    nothing_more = "Nothing says so: no other model finds more than cam in the same regions."
    assert found["Would more units help?"][1] == nothing_more


def test_a_model_that_knows_nothing_is_not_usable_and_nothing_is_said_to_help(nothing):
    found = said(*nothing)
    assert found["Is it usable?"][1] == "Not usable: it is no better than chance."
    assert found["Is it better than chance?"][1].endswith("not told apart from chance (0.5).")
    composition = "is not told apart from that of GC content alone: it learned composition, or nothing."
    assert found["Is it better than GC content?"][1].endswith(composition)
    assert found["Which targets are no better than GC content?"] == (
        2, "2 of 2 targets are not predicted better than by GC content: T0, T1.",
    )  # fmt: skip
    for question in ("Would more units help?", "Would wider regions help?"):
        assert found[question][1].startswith("Nothing says so: ")
    assert found["Would more data help?"][1].endswith("nothing says that more data would help.")
    assert found["Is it as good as baseline?"][1] == "The AUROC of cam is not told apart from that of baseline."
    assert found["Is it better than short words?"][1].endswith("short words would do.")


def test_a_model_that_knows_no_more_than_gc_content_is_not_usable():
    found = said(*tables({1: 1.5}, gc=1.5, n=1500))
    assert found["Is it usable?"][1] == "Not usable: it is no better than GC content alone."
    assert found["Is it better than chance?"][1].endswith("better than chance (0.5).")
    found = said(*tables({1: 0.5}, gc=2.0))
    assert found["Is it usable?"][1] == "Not usable: it is no better than GC content alone."
    assert found["Is it better than GC content?"][1].endswith("it learned less than composition.")


def test_of_few_test_regions_nothing_is_known():
    found = said(*tables({0.5: 0.001, 1: 0.0}, others=[("baseline", 0.0)], n=50))
    assert found["Is it usable?"][1] == "Not known: the test regions are too few to tell it from chance."
    for question, of in {
        "Is it better than GC content?": "GC content alone.",
        "Is it better than short words?": "a linear model on gapped k-mers.",
        "Is it as good as baseline?": "baseline.",
    }.items():
        assert found[question][1] == f"The test regions are too few to tell the AUROC of cam from that of {of}"
    usable = tables({0.5: 3.0, 1: 3.0}, n=40)
    few = "Not known: 40 test regions are too few, and intervals of so few cannot be trusted."
    assert said(*usable, shared=UNSHARED.replace(300, 40))["Is it usable?"][1] == few
    assert said(*usable)["Is it usable?"][1].startswith("Usable")
    few = "Not known: 49 groups of near-duplicates in the test regions are too few, and intervals of so few cannot be"
    assert said(*usable, n_groups=49)["Is it usable?"][1] == f"{few} trusted."
    assert said(*usable, n_groups=50)["Is it usable?"][1].startswith("Usable")
    few = "The test regions are too few to tell whether all 1,000 training regions give more than 50 % of them."
    assert found["Would more data help?"][1] == few


def test_a_better_baseline_misses_nothing_or_something_by_how_much_better_it_is():
    _, models = tables({1: 1.0}, others=[("baseline", 2.0)])
    number, sentence = said(learned(), models)["Is it as good as baseline?"]
    assert number < -0.1
    assert sentence == (
        f"The AUROC of cam is {-number:.3f} below that of baseline: a sum of units misses something, such as motifs "
        "that need each other."
    )
    slight = "is 0.010 below that of baseline: a small price for a model that can be read."
    row = models["model"] == "baseline"
    models.loc[row, ["difference", "difference_low", "difference_high"]] = -0.01, -0.015, -0.005
    assert said(learned(), models)["Is it as good as baseline?"][1].endswith(slight)
    units = "Perhaps: baseline finds more than cam in the same regions; the target sweep tries numbers of units."
    assert said(learned(), models)["Would more units help?"][1] == units


def learned(**changes):
    """A learning curve of which no more is told than macro AUROC."""
    row = {"regions": 500, "target": "macro", "metric": "auroc", "value": 0.8, "low": 0.7, "high": 0.9, "seconds": 1.0}
    nothing = {"difference": NAN, "difference_low": NAN, "difference_high": NAN}
    half = {"share": 0.5, "seed": "1", "difference": 0.02, "difference_low": 0.01, "difference_high": 0.03}
    rows = [row | half | changes, row | nothing | {"share": 1, "seed": "1", "regions": 1000}]
    return pd.DataFrame(rows)


def test_more_data_would_help_only_if_every_seed_says_so(good):
    asked = "Would more data help?"
    may = "With all 1,000 training regions the AUROC is 0.020 above that with 50 % of them, for one seed: more data may"
    assert said(learned(), good[1])[asked] == (0.02, f"{may} help, or another seed.")
    nothing = (
        "All 1,000 training regions do not give reliably more than 50 % of them: nothing says that more data would"
    )
    assert said(learned(difference_low=-0.01), good[1])[asked][1] == f"{nothing} help."
    two = [learned(), learned(seed="2", difference=-0.001), learned(seed="mean")]
    assert said(pd.concat(two), good[1])[asked][1] == f"{nothing} help."
    two[1] = learned(seed="2")
    assert said(pd.concat(two), good[1])[asked][1].endswith("for each of 2 seeds: more data would help.")
    whole = learned()[1:]
    assert said(whole, good[1])[asked][1] == "Not known: the model was not trained on fewer regions."
    nearest = pd.concat([learned(share=0.25, difference=0.5), learned(share=0.4)])
    assert "above that with 40 % of them" in said(nearest, good[1])[asked][1]


def test_words_that_no_unit_reads_are_a_flaw_of_a_usable_model(good):
    curve, models = tables({1: 1.0}, words=2.0)
    found = said(curve, models)
    verdict = "Usable: it is better than chance and than GC content alone, but a linear model on short words is better."
    assert found["Is it usable?"][1] == verdict
    assert found["Is it better than short words?"][1].endswith("gapped k-mers, which has words that no unit reads.")
    assert found["Would more units help?"][1].startswith("Perhaps: gapped k-mers finds more than cam in the same")


def test_wider_regions_help_only_if_the_outer_halves_say_something(good):
    asked = "Would wider regions help?"
    assert said(*good)[asked][1] == "Nothing says so: gapped k-mers of the central half alone tell as much."
    models = good[1].copy()
    centre = models["model"] == CENTRE
    models.loc[centre, ["difference", "difference_low", "difference_high"]] = 0.04, 0.01, 0.07
    outer = "Perhaps: the AUROC of gapped k-mers is 0.040 above that of their central half alone."
    assert said(good[0], models)[asked] == (0.04, outer)
    models.loc[centre, ["difference_low", "difference_high"]] = -0.01, 0.11
    assert said(good[0], models)[asked][1].startswith("The test regions are too few to tell whether the outer")


def test_one_seed_says_nothing_of_chance_in_training(good):
    asked = "How much is left to chance in training?"
    number, sentence = said(*good)[asked]
    assert np.isnan(number) and sentence.startswith("One seed was trained, which says nothing of how far another")
    number, sentence = said(*good, seeds=[0.81, 0.86, 0.84])[asked]
    assert number == pytest.approx(0.05)
    assert sentence == "The AUROC of 3 seeds is from 0.810 to 0.860, a range of 0.050."


def test_what_test_and_training_share_is_a_flaw_and_without_it_there_is_none(good):
    asked = "Does a test region have the sequence of a training region?"
    assert said(*good)[asked] == (0, "No test region has the sequence of a training region, on either strand.")
    shared = UNSHARED.copy()
    shared["copies"] = {"regions": 12, "all": 300, "without": 0.71}
    found = said(*good, shared=shared)
    sentence = (
        "12 of 300 test regions have the sequence of a training region; without them the AUROC is 0.710: judge the "
        "model by the latter."
    )
    assert found[asked] == (12, sentence)
    assert found["Is it usable?"][1].endswith("alone, but some test regions were in training.")
    shared = UNSHARED.copy()
    shared["near"] = {"regions": 300, "all": 300, "without": NAN}
    near = "300 of 300 test regions have nearly the sequence of a training region: split the regions in another way"
    assert said(*good, shared=shared)["Does a test region have nearly the sequence of a training region?"] == (
        300,
        f"{near} (split).",
    )


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("sequences", "set source.drop_leaking to true"),
        ("peaks", "(source.blacklist)"),
        ("signal", "(source.blacklist)"),
        ("public_tracks", "(source.urls.blacklist)"),
        ("published_matrix", None),
    ],
)
def test_what_to_do_about_leaks_is_a_key_that_this_source_has(good, kind, key):
    shared = UNSHARED.copy()
    shared["near"] = {"regions": 30, "all": 300, "without": 0.71}
    asked = "Does a test region have nearly the sequence of a training region?"
    _, sentence = said(*good, shared=shared, kind=kind)[asked]
    assert "without them the AUROC is 0.710: " in sentence
    assert (key in sentence) if key else sentence.endswith("judge the model by the latter.")
    if key:
        (path,) = re.findall(r"source[a-z_.]+", sentence)
        *parents, name = path.split(".")[1:]
        section = SCHEMA["properties"]["source"]["properties"]
        for parent in parents:
            section = section[parent]["properties"]
        assert name in section
    found = said(*good, kind=kind).values()
    assert not any("blacklist" in sentence or "drop_leaking" in sentence for _, sentence in found)


def orientations(pairs=2306, pearson=(0.742,)):
    """As from compare_orientations, of as many targets."""
    rows = [("macro", np.mean(pearson)), *zip("ABC", pearson, strict=False)]
    table = pd.DataFrame(rows, columns=["target", "pearson"]).assign(pairs=pairs)
    r = table["pearson"]
    return table.assign(low=r - 0.02, high=r + 0.02, differing=(1 - r) / 2, limit=np.sqrt((1 + r) / 2))


def test_how_far_orientations_agree_and_what_that_leaves_to_a_model(good):
    asked = "How far do the two orientations of a sequence agree?"
    assert asked not in said(*good) and asked not in said(*good, orientations=orientations()[:0])
    number, sentence = said(*good, orientations=orientations())[asked]
    assert number == pytest.approx(0.742)
    assert sentence == (
        "The values of the two orientations of 2,306 sequences correlate by 0.742, so 13 % of their variance is from "
        "orientation or noise, and a model that predicts the same for both strands correlates with them by at most "
        "0.933."
    )
    _, sentence = said(*good, orientations=orientations(pearson=(0.5, 0.1)))[asked]
    assert "correlate by 0.300, as the mean of 2 targets, so 35 %" in sentence
    few = "49 sequences are there in both orientations, which are too few to tell."
    assert said(*good, orientations=orientations(49))[asked][1] == few
    assert asked not in said(*good, orientations=orientations(pearson=(NAN,)))


def test_what_the_selection_left_out_is_told(good):
    asked = "What was left out before?"
    assert asked not in said(*good)
    steps = pd.DataFrame({"step": [_ALONE, _LEAKING, _ACROSS], "regions": [5, 7, 0]})
    number, sentence = said(*good, selection=steps)[asked]
    assert (number, sentence) == (7, f"7 regions were {_LEAKING}.")
    told = answers(*good, [0.8], UNSHARED, steps.assign(regions=2))
    assert told.loc[told["question"] == asked, "sentence"].tolist() == [
        f"2 regions were {s}." for s in (_LEAKING, _ACROSS)
    ]


def test_of_one_target_there_is_no_mean_and_of_regions_no_target():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(400, 1))
    known = responded(values, values + rng.normal(size=values.shape), "regression")
    scores = dict.fromkeys(("cam", *SIMPLE), score(known, np.arange(400)))
    scores[GC] = score(known, np.arange(400), logits=rng.normal(size=values.shape))
    models = compare_models(scores, ("pearson",), *[dict.fromkeys(scores, 1)] * 2)
    found = said(learned(metric="pearson"), models)
    assert re.fullmatch(
        r"The correlation on the test regions is 0\.\d+, better than chance \(0\)\.",
        found["Is it better than chance?"][1],
    )
    assert "Which targets are no better than GC content?" not in found
    assert found["Is it usable?"][1].startswith("Usable")


def test_a_model_of_profiles_is_judged_by_its_regions_and_no_target():
    rng = np.random.default_rng(1)
    values, noise = rng.normal(size=(2, 200, 5))
    known = responded(values, values + noise, "regression")
    scores = {"cam": score(known, np.arange(200))}
    scores |= {name: score(known, np.arange(200), logits=rng.normal(size=values.shape)) for name in SIMPLE}
    metrics = metrics_of("regression", "pearson")
    models = compare_models(scores, metrics, *[dict.fromkeys(scores, 1)] * 2)
    curve = learning_curve([Run(1, 1, 100, 1.0, scores["cam"])], metrics)
    assert set(models["target"]) == set(curve["target"]) == {"macro"}
    found = said(curve, models)
    expected = np.mean([np.corrcoef(*pair)[0, 1] for pair in zip(values, values + noise, strict=True)])
    number, sentence = found["Is it better than chance?"]
    assert number == pytest.approx(expected)
    assert sentence == f"The correlation per region on the test regions is {number:.3f}, better than chance (0)."
    assert "Which targets are no better than GC content?" not in found
    assert found["Is it usable?"][1] == "Usable: it is better than chance and than GC content alone."


# --- Trained models ---------------------------------------------------------------------------------------------------


def simulated(n=1500, length=60):
    """Regions of which those with GATTACA are bound."""
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 4, (n, length), dtype=np.uint8)
    bound = rng.random(n) < 0.5
    for row in np.flatnonzero(bound):
        start = rng.integers(length - 7)
        codes[row, start : start + 7] = [2, 0, 3, 3, 0, 1, 0]
    split = np.repeat([0, 1, 2], [n - 600, 200, 400]).astype(np.uint8)
    return Dataset(codes, bound[:, None].astype(np.float32), split, ("T",))


def verdict(dataset, seed=1):
    """What is said of a CAM trained on a dataset."""
    settings = Settings(epochs=8, starts=4, tuning_epochs=2, batch_size=64)
    make = partial(build, "cam", 60, 1, units=3, filter_length=9, pool=4, hidden=10, dropout=0.1, non_negative=True)
    model, _, _ = train(make, dataset, settings, seed)
    found = respond(model, {"strands": "both"}, dataset, units=False)
    blocks = np.arange(len(found.labels))
    words, _ = predict_from_words(dataset)
    logits = {"cam": found.logits, WORDS: words, CENTRE: words, GC: predict_from_gc(dataset)}
    scores = {name: score(found, blocks, logits=of_model) for name, of_model in logits.items()}
    metrics = metrics_of("binding", "binding")
    models = compare_models(scores, metrics, *[dict.fromkeys(scores, 1)] * 2)
    curve = learning_curve([Run(1, seed, 900, 1.0, scores["cam"])], metrics)
    shared = shared_with_training(dataset, scores["cam"], "auroc")
    return answers(curve, models, [scores["cam"].own["macro", "auroc"]], shared, SELECTION)["sentence"].iloc[0]


def test_a_trained_model_is_usable_and_one_of_shuffled_labels_is_not():
    dataset = simulated()
    assert verdict(dataset).startswith("Usable: it is better than chance and than GC content alone")
    assert verdict(shuffle_labels(dataset)).startswith("Not usable: it is no better than ")


# --- Its figure -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("several", [True, False])
def test_the_figure_shows_the_curve_and_the_models(good, several, tmp_path):
    curve, models = (
        good if several else tables({0.25: 0.5, 0.5: 1.0, 1: 2.0}, others=[("baseline_of_a_long_name", 2.0)])
    )
    for name, table in (("curve", curve), ("models", models)):
        write_table(table, tmp_path / f"{name}.tsv")
    curve = read_table(tmp_path / "curve.tsv", dtype={"seed": str})
    figure = plots.usable(curve, read_table(tmp_path / "models.tsv"))
    left, right, lower, _ = figure.axes
    assert (left.get_ylabel(), lower.get_ylabel(), right.get_xlabel()) == ("AUROC", "AUPRC", "AUROC")
    macro = curve[(curve["metric"] == "auroc") & (curve["target"] == "macro")]
    shown = macro[macro["seed"] == ("mean" if several else "1")]
    np.testing.assert_allclose(left.lines[0].get_xydata(), shown[["regions", "value"]].to_numpy())
    assert len(left.lines) == 1 + several
    own = models[(models["metric"] == "auroc") & (models["target"] == "macro")]
    assert [label.get_text() for label in right.get_yticklabels()] == own["model"].tolist()
    dots = [line for line in right.lines if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in dots] == pytest.approx(own["value"].tolist(), rel=1e-5)
    assert [to_hex(line.get_color()) == plots.COOL for line in dots] == [True] + [False] * (len(own) - 1)
    texts_in_place(figure)


# --- Its page ---------------------------------------------------------------------------------------------------------


def test_the_page_tells_the_verdict_first_and_then_all_answers(good):
    given = inputs()
    assert "Is it usable?" not in render(TEMPLATE, **given)
    table = answers(*good, [0.8], UNSHARED, SELECTION)
    given["figures"]["usable"], given["tables"] = IMAGE, {**given.get("tables", {}), "answers": table}
    html = render(TEMPLATE, **given)
    assert f"<p><b>{table['sentence'][0]}</b></p>" in html
    page = Page(html)
    questions = [row for row in page.rows if row[0] in set(table["question"])]
    assert [row[0] for row in questions] == table["question"].tolist()[1:]
    assert [row[2] for row in questions] == table["sentence"].tolist()[1:]
    chance, copies, seeds = (
        next(row[1] for row in questions if row[0].startswith(start))
        for start in ("Is it better than chance", "Does a test region have the", "How much is left")
    )
    number = table.iloc[1]
    assert chance == f"{number['number']:.3f} [{number['low']:.3f}, {number['high']:.3f}]"
    assert (copies, seeds) == ("0", "–")


# --- Its target -------------------------------------------------------------------------------------------------------

TRAINED = {"train": 2, "train_share": 2, "responses": 2, "responses_of_share": 2, "draw_share": 2, "simple_models": 1}


def jobs(folder, config, targets):
    """How often each rule would run, and the jobs."""
    with planned(folder, config, targets) as workflow:
        found = [job for job in workflow.dag.jobs if job.output]
        counts = pd.Series([job.rule.name for job in found]).value_counts().to_dict()
        return counts, [(job.rule.name, str(job.output[0]), dict(job.params.items())) for job in found]


def test_the_target_trains_on_shares_for_as_many_steps(tmp_path):
    counts, found = jobs(tmp_path, SMALL, ["usable"])
    assert {name: counts.get(name) for name in TRAINED} == TRAINED
    assert counts["usable_tables"] == counts["plot_usable"] == 1
    training = {output: params["training"] for name, output, params in found if name.startswith("train")}
    steps = {
        path.split("/")[2]: tuple(own[key] for key in ("epochs", "tuning_epochs", "patience", "batch_size"))
        for path, own in training.items()
        if "/cam/" in path
    }
    assert steps == {"cam": (20, 5, 20, 32), "share0.5": (40, 10, 40, 32), "share0.25": (80, 20, 80, 32)}


def test_all_leaves_it_out_unless_the_page_shows_it(tmp_path):
    assert not {"usable_tables", "plot_usable", "train_share"} & set(jobs(tmp_path, SMALL, ["all"])[0])
    counts, _ = jobs(tmp_path, {**SMALL, "usable": {"report": True, "shares": [0.1]}, "seeds": [1, 2]}, ["all"])
    assert {name: counts[name] for name in ("usable_tables", "plot_usable", "train_share")} == {
        "usable_tables": 1, "plot_usable": 1, "train_share": 2,
    }  # fmt: skip


def test_models_of_real_numbers_have_the_target_too(tmp_path):
    config = yaml.safe_load((ROOT / "experiments" / "immune_demo.yaml").read_text(encoding="utf-8"))
    counts, found = jobs(tmp_path, config, ["usable"])
    seeds = len(config.get("seeds", [1]))
    assert counts["train_share"] == counts["responses_of_share"] == counts["draw_share"] == 2 * seeds
    assert [params["loss"] for name, _, params in found if name == "usable_tables"] == ["pearson"]


def test_seeds_may_be_others_and_shares_none(tmp_path):
    config = {**SMALL, "usable": {"seeds": [5], "shares": [1.0]}}
    counts, found = jobs(tmp_path, config, ["usable"])
    assert "train_share" not in counts
    trained = sorted(output for name, output, _ in found if name == "train")
    assert [path.rsplit("/", 1)[0] for path in trained] == [
        f"my results/models/{run}" for run in ("baseline/seed1", "cam/seed1", "cam/seed5")
    ]


def test_a_model_from_a_file_is_not_trained_on_shares(tmp_path):
    theirs = {"architecture": "cam", "weights": __file__, "units": 3}
    config = {
        **SMALL,
        "models": {"theirs": theirs, "cam": "null", "baseline": "null"},
        "interpret": {"model": "theirs"},
    }
    counts, _ = jobs(tmp_path, config, ["usable"])
    assert not {"train", "train_share"} & set(counts) and counts["usable_tables"] == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"usable": {"share": [0.5]}}, "config, usable: unknown key 'share'; did you mean 'shares'?"),
        ({"usable": {"shares": [0.5, 0]}}, "config, usable.shares.1: found 0, expected more than 0"),
        ({"usable": {"shares": [1.5]}}, "config, usable.shares.0: found 1.5, expected at most 1"),
        ({"usable": {"seeds": []}}, "config, usable.seeds: found .*, expected at least one item"),
    ],
)
def test_a_mistake_is_one_sentence(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        check(changed(**changes), SCHEMA)


@pytest.mark.slow
def test_the_target_is_made_of_real_trainings(tmp_path):
    write_matrix(tmp_path / "matrix")
    training = {"epochs": 2, "starts": 2, "tuning_epochs": 1, "device": "cpu"}
    config = {**MATRIX, "training": training, "seeds": [1, 2], "usable": {"shares": [0.5, 1.0]}}
    succeed(tmp_path, config=config, targets=["usable"])
    out = tmp_path / "my results" / "usable"
    names = {"learning_curve.tsv", "models.tsv", "usable.tsv", "usable.svg", "usable.png"}
    assert names <= {path.name for path in out.iterdir()}
    curve, models, told = (read_table(out / f"{name}.tsv") for name in ("learning_curve", "models", "usable"))
    assert curve["seed"].unique().tolist() == ["1", "2", "mean"]
    assert curve.groupby("share")["regions"].max().is_monotonic_increasing
    assert (curve["seconds"] > 0).all()
    assert models["model"].unique().tolist() == ["cam", "baseline", *SIMPLE]
    # Labels are drawn at random: whatever was learned is no use.
    assert told["sentence"][0].startswith("Not ")
    assert plan(tmp_path, config=config, targets=["usable"]) == {}
