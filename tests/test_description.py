import numpy as np
import pandas as pd
import pytest
from cam.design.enrichment import enriched_motifs
from cam.interpretation.detectors import detection
from cam.interpretation.effects import moved_targets
from cam.interpretation.sentences import _evolves, describe, recurrences
from responded import effects
from sklearn.metrics import roc_auc_score

NAN = np.nan


@pytest.fixture
def responses():
    """Outputs of six units on 200 sequences, half of which have a site of each but the fifth unit."""
    rng = np.random.default_rng(0)
    has_site = np.repeat([[True], [False]], 100, axis=0) & np.ones(6, dtype=bool)
    has_site[:, 4] = False
    outputs = rng.random((200, 6))
    outputs[:, 0] += 2 * has_site[:, 0]
    outputs[:, 1] += 2 * ~has_site[:, 1]
    outputs[:, 3] = 0.7
    outputs[:, 5] = rng.integers(0, 3, 200)  # ties
    return outputs, has_site


def test_detectors_are_told_by_outputs_with_and_without_a_site(responses):
    table = detection(*responses)
    assert list(table["unit"]) == ["unit1", "unit2", "unit3", "unit4", "unit5", "unit6"]
    assert list(table["detector"]) == ["presence", "absence", "neither", "silent", "undecided", "neither"]
    assert list(table["auroc"][:2]) == [1.0, 0.0]
    assert list(table["with_site"]) == [0.5, 0.5, 0.5, 0.5, 0.0, 0.5]
    assert list(table["n_with"]) == [100, 100, 100, 100, 0, 100]
    assert list(table["n_without"]) == [100, 100, 100, 100, 200, 100]
    outputs, has_site = responses
    for unit in (2, 5):
        assert table["auroc"][unit] == pytest.approx(roc_auc_score(has_site[:, unit], outputs[:, unit]))
        assert table["output_with"][unit] == np.median(outputs[:100, unit])
        assert table["output_without"][unit] == np.median(outputs[100:, unit])
    assert table["auroc"].isna().tolist() == [False] * 4 + [True, False]
    assert np.isnan(table["output_with"][4])
    assert table["output_sd"].to_numpy() == pytest.approx(outputs.std(axis=0))
    pd.testing.assert_series_equal(table["output_at_site"], table["output_with"], check_names=False)


def test_the_output_at_a_site_is_that_of_its_strand(responses):
    outputs, has_site = responses
    table = detection(outputs, has_site, outputs / 4)
    assert table["output_at_site"][1] == np.median(outputs[:100, 1] / 4) == table["output_with"][1] / 4
    assert np.isnan(table["output_at_site"][4])  # no sequence has a site
    assert table["auroc"].tolist()[:2] == [1.0, 0.0]  # of the outputs as predicted


def one_unit(with_site, without):
    """A row of the table of a single unit, from its outputs with a site and without."""
    outputs = np.concatenate([with_site, without])[:, None]
    has_site = np.repeat([[True], [False]], [len(with_site), len(without)], axis=0)
    return detection(outputs, has_site).iloc[0]


@pytest.mark.parametrize(
    ("shift", "detector"),
    [(0.5, "neither"), (1.0, "partly presence"), (3.0, "presence"), (-1.0, "partly absence"), (-3.0, "absence")],
)
def test_what_is_told_in_part_is_called_so(shift, detector):
    """Normal outputs that differ by 0.5, 1 and 3 standard deviations have an AUROC of 0.64, 0.76 and 0.98."""
    rng = np.random.default_rng(0)
    found = one_unit(rng.normal(4 + shift, 1, 400), rng.normal(4, 1, 400))
    assert found["detector"] == detector
    low, high = sorted([found["output_with"], found["output_without"]])
    assert found["effect_size"] == pytest.approx(np.sign(shift) * (1 - low / high))


def test_an_output_that_hardly_differs_is_no_claim_however_well_it_tells_sites():
    assert one_unit(np.full(40, 1.004), np.full(400, 1.0))["auroc"] == 1
    assert one_unit(np.full(40, 1.004), np.full(400, 1.0))["detector"] == "neither"
    assert one_unit(np.full(40, 1 + 1e-7), np.ones(400))["detector"] == "silent"
    assert one_unit(np.full(40, 2.0), np.full(400, 1.0))["detector"] == "presence"


@pytest.mark.parametrize(("n_with", "n_without"), [(2, 1998), (29, 100), (100, 29), (0, 50), (50, 0)])
def test_of_few_sequences_with_or_without_a_site_nothing_is_claimed(n_with, n_without):
    found = one_unit(np.linspace(2, 3, n_with), np.ones(n_without) + np.arange(n_without) / 1000)
    assert found["detector"] == "undecided" and (found["n_with"], found["n_without"]) == (n_with, n_without)


def test_noise_makes_no_claim():
    """Outputs that have nothing to do with the sites, of which there are as few as are looked at."""
    rng = np.random.default_rng(0)
    claims = 0
    for _ in range(10):
        has_site = np.arange(500)[:, None] < np.full(100, 30)
        for outputs in (rng.exponential(size=(500, 100)), np.maximum(rng.normal(size=(500, 100)), 0)):
            claims += detection(outputs, has_site)["detector"].str.endswith("ence").sum()
    assert claims <= 2  # of 2,000


WEIGHTS = pd.DataFrame({"unit1": [2.0, 0.1], "unit2": [0.0, 1.5], "unit3": [-1.5, 0.2]}, ["CTCF", "FOXA1"])


def test_a_unit_counts_where_it_has_more_than_an_equal_share():
    effect = effects(WEIGHTS, [1, 2, 1]).effects
    assert effect.to_numpy().tolist() == [[2.0, 0.0, -1.5], [0.1, 3.0, 0.2]]
    assert moved_targets(effect).to_numpy().tolist() == [[1, 0, -1], [0, 1, 0]]  # equal shares: 3.5 / 3 and 3.3 / 3


def test_the_only_unit_counts_wherever_it_has_an_effect():
    effect = pd.DataFrame({"unit1": [0.3, 0.0, -0.1]}, index=["A", "B", "C"])
    assert moved_targets(effect)["unit1"].tolist() == [1, 0, -1]
    alike = pd.DataFrame({"unit1": [0.1], "unit2": [0.1], "unit3": [0.1]})
    assert moved_targets(alike).to_numpy().tolist() == [[1, 1, 1]]


def motif(tf, per_sequence, compared, change="enriched"):
    """What :func:`enriched_motifs` says of a run; motifs of one name are one family."""
    found = {"change": change, "family": tf, "motif_id": f"MA {tf}", "tf": tf, "per_sequence": per_sequence}
    return found | {"compared": compared, "difference": abs(per_sequence - compared)}


def test_every_unit_gets_its_sentence():
    detected = pd.DataFrame(
        {
            "unit": ["unit1", "unit2", "unit3"],
            "detector": ["presence", "absence", "silent"],
            "auroc": [0.99, 0.02, NAN],
            "with_site": [0.1, 0.1, 0.0],
            "output_at_site": [3.0, 0.1, NAN],
            "output_with": [3.0, 1.0, NAN],
            "output_without": [0.5, 1.9, 0.0],
            "output_sd": [1.0, 2.0, 0.0],
        }
    )
    motifs = pd.DataFrame(
        {
            "unit": ["unit1", "unit2", "unit3"],
            "n_sites": [90, 80, 0],
            "information_content": [12.0, 10.0, 0.0],
            "consensus": ["CCACTAGGGGG", "TGTTTAC", "AAAA"],
        }
    )
    annotation = pd.DataFrame(
        {
            "unit": ["unit1", "unit2", "unit3"],
            "target_id": ["MA0139.1", "MA0148.4", NAN],
            "tf": ["CTCF", "FOXA1", NAN],
            "q_value": [1e-30, 2e-5, NAN],
        }
    )
    enriched = {
        ("unit1", "max"): motif("CTCF", 7.83, 0.06), ("unit1", "min"): motif("CTCF", 0.3, 7.83, "lost"),
        ("unit2", "max"): None, ("unit2", "min"): motif("FOXA1", 2.1, 0.0),
    }  # fmt: skip
    table = describe(
        detected.merge(annotation),
        motifs,
        effects(WEIGHTS, detected["output_sd"]),
        enriched,
        {"unit1": (4, 5), "unit2": (1, 1)},
    )
    assert list(table["sentence"]) == [
        "unit1 detects the presence of the motif of CTCF (MA0139.1, q = 1.0e-30): median output 3.00 with a site, 0.50 "
        "without. It raises the prediction for CTCF. Artificial sequences that maximise it have 7.8 hits of CTCF each, "
        "random ones 0.06 (130 times as many); once its output is taken away, 0.3 are left. "
        "The motif is in 4 of 5 replicates.",
        "unit2 detects the absence of the motif of FOXA1 (MA0148.4, q = 2.0e-05): median output 0.10 on the "
        "strand with a site (1.00 as the mean of both strands), 1.90 without. It raises the prediction for FOXA1. "
        "Artificial sequences that minimise it have 2.1 hits of FOXA1 each, random ones none. "
        "Artificial sequences made to maximise it leave its output unchanged.",
        "unit3 is silent: its output is the same for every test region.",
    ]
    assert list(table["raises"]) == ["CTCF", "FOXA1", ""]
    assert list(table["effect"]) == [2.0, 3.0, 0.0]


def test_units_without_a_known_motif_and_with_negative_weights():
    detected = pd.DataFrame(
        {
            "unit": ["unit1", "unit2", "unit3"],
            "detector": ["neither", "neither", "neither"],
            "auroc": [0.5, NAN, 0.8],
            "with_site": [0.1, 0.0, 0.2],
            "output_at_site": [1.0, NAN, 1.0],
            "n_with": [100, 0, 200],
            "n_without": [900, 1000, 800],
            "output_with": [1.0, NAN, 1.0],
            "output_without": [1.1, 1.0, 0.9],
            "output_sd": [0.01, 1.0, 2.0],
        }
    )
    motifs = pd.DataFrame(
        {
            "unit": ["unit1", "unit2", "unit3"],
            "n_sites": [9, 0, 8],
            "information_content": 1.0,
            "consensus": ["ACGT", "AAAA", "GGCC"],
        }
    )
    annotation = pd.DataFrame({"unit": motifs["unit"], "target_id": NAN, "tf": NAN, "q_value": NAN})
    table = describe(detected.merge(annotation), motifs, effects(WEIGHTS, detected["output_sd"]), {})
    assert list(table["sentence"]) == [
        "unit1 reads a motif like no known one (consensus ACGT), but its output does not clearly tell whether there is "
        "a site (AUROC 0.50): median output 1.00 with a site, 1.10 without. No target depends on it as much as on the "
        "average unit.",
        "unit2 reads no motif: its filter never responds. It raises the prediction for FOXA1.",
        "unit3 reads a motif like no known one (consensus GGCC), but a site hardly changes its output: "
        "median output 1.00 with a site, 0.90 without. It lowers the prediction for CTCF.",
    ]
    assert list(table["lowers"]) == ["", "", "CTCF"]


def test_a_motif_is_claimed_where_it_exceeds_untrained_units_and_the_output_changed():
    runs = [("unit1", "max"), ("unit1", "min"), ("unit2", "max"), ("unit2", "min")]
    summary = pd.DataFrame(runs, columns=["subject", "direction"]).assign(output_unchanged=[False, False, False, True])
    table = pd.DataFrame(
        {
            "cluster": ["c1", "c2"], "motif_id": ["MA1", "MA2"], "tf": ["CTCF", "SP1"], "log2_ratio": [3.0, 2.0],
            "q_value": [0.0, 1e-5], "ga_per_sequence": [3.0, 1.0], "random_per_sequence": [0.5, 0.5],
        }
    )  # fmt: skip
    lost = table.assign(log2_ratio=[-3.0, -2.0], start_hits=9, start_per_sequence=[6.0, 1.0])
    tables = dict(zip(runs, [table, lost, table.assign(ga_per_sequence=2.0), table.head(0)], strict=True))
    limits = pd.DataFrame({"change": ["enriched", "lost"], "threshold": [2.0, 2.5]})
    found = enriched_motifs(summary, tables, limits, 0.01)
    assert found == {
        ("unit1", "max"): {
            "change": "enriched", "family": "c1", "motif_id": "MA1", "tf": "CTCF", "per_sequence": 3.0,
            "compared": 0.5, "difference": 2.5,
        },
        ("unit1", "min"): {
            "change": "lost", "family": "c1", "motif_id": "MA1", "tf": "CTCF", "per_sequence": 3.0, "compared": 6.0,
            "difference": 3.0,
        },
        ("unit2", "min"): None,
    }  # fmt: skip
    assert list(enriched_motifs(summary, tables, limits.assign(threshold=NAN), 0.01)) == [("unit2", "min")]


def evolved(detector, up, down):
    """What the sentence of a unit that reads CTCF's motif says of its artificial sequences."""
    unit = pd.Series({"unit": "unit1", "detector": detector})
    found = {way: found for way, found in (("max", up), ("min", down)) if found != "nothing"}
    return _evolves(unit, found, "CTCF")


def test_no_sentence_has_one_motif_in_both_directions_or_an_avoided_one_that_is_detected():
    many, some = motif("CTCF", 5, 0.1), motif("CTCF", 2, 0.1)
    both = "Sequences that maximise it and such that minimise it are enriched in one motif, so it explains neither."
    assert evolved("neither", many, some) == evolved("presence", many, some) == both
    assert evolved("presence", "nothing", some) == evolved("partly presence", "nothing", some) == ""
    assert evolved("absence", many, "nothing") == evolved("partly absence", many, "nothing") == ""
    said = "Artificial sequences that minimise it have 2 hits of CTCF each, random ones 0.1 (20 times as many)."
    assert evolved("absence", "nothing", some) == said


def test_what_was_lost_and_an_unchanged_output_are_said():
    lost = motif("SP1", 0.25, 3.125, "lost")
    change = "Those that maximise it lose hits of SP1 when its output is taken away: 3.1 each before, 0.25 after."
    assert evolved("neither", "nothing", lost) == change
    assert evolved("presence", motif("CTCF", 123.4, 1), lost) == (
        f"Artificial sequences that maximise it have 120 hits of CTCF each, random ones 1 (120 times as many). {change}"
    )
    assert evolved("presence", None, None) == (
        "Artificial sequences made to maximise or to minimise it leave its output unchanged."
    )
    assert evolved("presence", "nothing", "nothing") == ""


def test_recurrences_are_those_of_the_units_of_one_seed():
    table = pd.DataFrame({"motif": ["motif1", "motif2"], "replicates": [2, 1], "of": [2, 2]})
    members = pd.DataFrame(
        [("motif1", 1, "unit3"), ("motif1", 1, "unit7"), ("motif1", 12, "unit4"), ("motif2", 12, "unit1")],
        columns=["motif", "seed", "unit"],
    )
    assert recurrences(table, members, 1) == {"unit3": (2, 2), "unit7": (2, 2)}
    assert recurrences(table, members, 12) == {"unit4": (2, 2), "unit1": (1, 2)}


def sentence_of(**facts):
    """The sentence of a single unit."""
    detected = pd.DataFrame(
        {"unit": ["unit1"], "auroc": NAN, "output_sd": 0.1, "target_id": "MA0139.1", "tf": "CTCF", "q_value": 0.01}
        | facts
    )
    motifs = pd.DataFrame({"unit": ["unit1"], "n_sites": [8], "consensus": ["CCCTC"]})
    found = effects(pd.DataFrame({"unit1": [1.0]}, ["CTCF"]), [0.1])
    (sentence,) = describe(detected, motifs, found, {}, {"unit1": (1, 3)})["sentence"]
    assert sentence.endswith(" It raises the prediction for CTCF. The motif is in no other replicate.")
    return sentence.removesuffix(" It raises the prediction for CTCF. The motif is in no other replicate.")


@pytest.mark.parametrize(
    ("n_with", "n_without", "said"),
    [(2, 1998, "only 2 of 2,000 test regions have a site, too few"),
     (0, 50, "none of 50 test regions has a site, too few"),
     (1, 49, "only 1 of 50 test regions has a site, too few"), (50, 0, "all 50 test regions have a site, too many"),
     (1991, 9, "all but 9 of 2,000 test regions have a site, too many")],
)  # fmt: skip
def test_where_there_is_too_little_to_compare_the_sentence_counts_the_sites(n_with, n_without, said):
    sentence = sentence_of(detector="undecided", n_with=n_with, n_without=n_without)
    assert sentence == (
        f"unit1 reads the motif of CTCF (MA0139.1, q = 1.0e-02); {said} to say how its output depends on it."
    )


def test_a_part_is_told_with_its_auroc():
    facts = {"n_with": 40, "n_without": 60, "auroc": 0.738, "output_with": 0.9, "output_at_site": 0.9}
    facts["output_without"] = 0.003
    motif, levels = "the motif of CTCF (MA0139.1, q = 1.0e-02)", "median output 0.90 with a site, 3.0e-03 without"
    for way in ("presence", "absence"):
        said = sentence_of(detector=f"partly {way}", **facts)
        assert said == f"unit1 partly detects the {way} of {motif}: {levels} (AUROC 0.74)."


LINEAGES = pd.DataFrame(
    {"target": [f"{name}{n}" for name in ("B", "T", "NK") for n in range(6)], "lineage": np.repeat(["B", "T", "NK"], 6)}
)


def described(weights, task="binding", targets=LINEAGES["target"], **options):
    """The table of units that all have a motif, from their weights for the targets of the lineages."""
    units = list(weights)
    detected = pd.DataFrame(
        {"unit": units, "detector": "presence", "auroc": 0.9, "with_site": 0.1}
        | {"output_at_site": 1.0, "output_with": 1.0, "output_without": 0.0, "output_sd": 1.0}
        | {"target_id": "MA1", "tf": "PAX5", "q_value": 0.01}
    )
    motifs = pd.DataFrame({"unit": units, "n_sites": 8, "consensus": "ACGT"})
    found = effects(pd.DataFrame(weights, list(targets)), task=task)
    return describe(detected, motifs, found, {}, **options)


def test_effects_in_regression_are_less_their_mean_over_targets():
    found = effects(WEIGHTS, [1, 2, 1], "regression").effects
    np.testing.assert_allclose(found, [[0.95, -1.5, -0.85], [-0.95, 1.5, 0.85]])
    shifted = WEIGHTS.assign(unit2=WEIGHTS["unit2"] + 7)
    np.testing.assert_allclose(effects(shifted, [1, 2, 1], "regression").effects, found)


def test_in_regression_a_unit_does_not_speak_against_all_that_it_does_not_speak_for():
    effect = pd.DataFrame({"unit1": [0.9, -0.3, -0.3, -0.3], "unit2": [0.1, 0.1, 0.2, -0.4]})
    assert moved_targets(effect)["unit1"].tolist() == [1, -1, -1, 0]
    assert moved_targets(effect, "regression").to_numpy().T.tolist() == [[1, 0, 0, 0], [0, 0, 0, -1]]


def test_of_a_single_target_nothing_is_said_of_others():
    table = described({"unit1": [2.0], "unit2": [-1.5], "unit3": [0.01]}, "regression", ["activity"])
    assert [sentence.split("without. ")[1] for sentence in table["sentence"]] == [
        "It raises the prediction for activity.",
        "It lowers the prediction for activity.",
        "No target depends on it as much as on the average unit.",
    ]
    assert table["effect"].tolist() == pytest.approx([2, 1.5, 0.01])


def test_sentences_name_lineages_and_not_all_their_targets():
    table = described(
        {
            "unit1": [3.0] * 5 + [0.0] + [0.0] * 12,  # nearly all of B
            "unit2": [1.0] * 6 + [0.0] * 6 + [1.0, 2.0] + [0.0] * 4,  # NK1 most, the others less than half as much
            "unit3": [0.0] * 6 + [4.0] * 9 + [0.0] * 3,
        },
        "regression",
        lineages=LINEAGES,
    )
    said = [sentence.split("without. ")[1] for sentence in table["sentence"]]
    relative = "Relative to the other targets, it"
    assert said == [
        f"{relative} raises the prediction for B (5 of 6).",
        f"{relative} raises the prediction for NK1.",
        f"{relative} raises the prediction for T (all 6), NK0, NK1 and NK2 and lowers that for B "
        "(all 6), NK3, NK4 and NK5.",
    ]
    assert table["raises"].tolist() == ["B0,B1,B2,B3,B4", "NK1", "T0,T1,T2,T3,T4,T5,NK0,NK1,NK2"]


def test_binding_sentences_may_name_lineages_too_and_else_the_first_targets():
    weights = {"unit1": [1.0] * 6 + [0.0] * 12, "unit2": [0.0] * 6 + [2.0] * 12}
    said = described(weights, lineages=LINEAGES)["sentence"]
    assert [sentence.split("without. ")[1] for sentence in said] == [
        "It raises the prediction for B (all 6).",
        "It raises the prediction for T (all 6) and NK (all 6).",
    ]
    said = described(weights)["sentence"].iloc[1].split("without. ")[1]
    assert said == "It raises the prediction for T0, T1, T2, T3, T4, T5 and 6 more."
