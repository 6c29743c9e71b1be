"""What moves the prediction for each target, and whether a motif of its own is among it."""

import numpy as np
import pandas as pd
import pytest
from cam.interpretation.effects import Effects
from cam.interpretation.targets import (
    describe_targets,
    factors_in,
    family_agreement,
    own_families,
    own_motifs_found,
)
from cam.motifs.formats import Motif, jaspar_families

TARGETS = ["CTCF", "JUND", "FOXA1", "SP1", "USF1", "GATA1", "REST", "HNF4A"]
UNIFORM = np.full((6, 4), 0.25)
MOTIFS = [Motif(f"MA000{number}.1", name, UNIFORM, 10) for number, name in enumerate(TARGETS)]
FAMILY = {motif.matrix_id: number for number, motif in enumerate(MOTIFS)}


def effects_of(values):
    table = pd.DataFrame(values, index=TARGETS, columns=[f"unit{number + 1}" for number in range(values.shape[1])])
    return Effects("binding", table, table, TARGETS, list(table))


def units_of(matched, detector="presence"):
    rows = [
        {"unit": f"unit{number + 1}", "tf": name, "target_id": name and MOTIFS[TARGETS.index(name)].matrix_id}
        for number, name in enumerate(matched)
    ]
    return pd.DataFrame(rows).assign(detector=detector)


def scores(low=0.6):
    score = {"n": 1500, "positives": 40, "auroc": 0.93, "auprc": 0.4, "auroc_interval": (low, 0.96)}
    return dict.fromkeys(TARGETS, score)


def described(effects, units, families, low=0.6, learnt_from=800):
    return describe_targets(effects, units, families, FAMILY, scores(low), dict.fromkeys(TARGETS, learnt_from))


OWN = own_families(TARGETS, MOTIFS, FAMILY)
STRONG = np.eye(8) * 2 + 0.01 * np.arange(8) + 0.1  # each target's own unit has the largest effect


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("CTCF", {"CTCF"}), ("FOS::JUN(var.2)", {"FOS", "JUN"}), ("Arnt", {"ARNT"}), ("NKX2-1", {"NKX2-1"}),
        ("CTCF_HUMAN.H11MO.0.A", {"CTCF"}), ("EWSR1-FLI1", {"EWSR1-FLI1"}),
    ],
)  # fmt: skip
def test_factors_in_the_name_of_a_motif(name, factors):
    assert factors_in(name) == factors


def test_a_target_has_the_families_of_its_motifs_and_of_its_dimers():
    motifs = [
        Motif("A", "FOS::JUND", UNIFORM, 9),
        Motif("B", "Ctcf", UNIFORM, 9),
        Motif("C", "JUND(var.2)", UNIFORM, 9),
    ]
    families = own_families(["JUND", "CTCF", "B.Sp"], motifs, {"A": 1, "B": 2, "C": 3})
    assert families == {"JUND": {1, 3}, "CTCF": {2}, "B.Sp": set()}


def test_each_target_is_told_its_largest_effects_and_its_own_motif():
    table = described(effects_of(STRONG), units_of(TARGETS), OWN)
    assert table["own_unit"].tolist() == [f"unit{number}" for number in range(1, 9)]
    assert (table["own_rank"] == 1).all() and table["told"].all() and table["own_motif"].all()
    assert table["sentence"][0] == (
        "CTCF binds 40 of 1,500 test regions (AUROC 0.93); the largest effects on its prediction are those of unit1 "
        "(CTCF, +2.10), unit8 (HNF4A, +0.17) and unit7 (REST, +0.16). unit1 matches a motif of CTCF or one much like "
        "it."
    )
    assert table["units"][0] == "unit1,unit8,unit7" and table["tfs"][0] == "CTCF,HNF4A,REST"


def test_of_a_target_that_is_not_predicted_nothing_is_said():
    table = described(effects_of(STRONG), units_of(TARGETS), OWN, low=0.5)
    assert not table["told"].any()
    assert table["sentence"][0] == (
        "CTCF binds 40 of 1,500 test regions; the model does not tell them from the others, so its units say nothing "
        "about it."
    )
    unscored = {"n": 3, "positives": 0, "auroc": None, "auprc": None, "auroc_interval": None}
    unknown = describe_targets(
        effects_of(STRONG), units_of(TARGETS), OWN, FAMILY, scores() | {"CTCF": unscored}, dict.fromkeys(TARGETS, 1)
    )
    assert not unknown["told"][0] and unknown["told"][1]


def test_what_no_unit_reads_and_what_the_database_lacks_is_told():
    values = STRONG.copy()
    values[1, 1], values[2] = -3, 0
    units = units_of(["CTCF", "JUND", None, "SP1", "USF1", "GATA1", "REST", None])
    units.loc[[3, 4], "detector"] = ["partly absence", "undecided"]
    sentences = described(effects_of(values), units, OWN | {"JUND": set()})["sentence"]
    assert sentences[1].endswith("The motif database has no motif of JUND.") and "(JUND, −3.00)" in sentences[1]
    assert "no unit has an effect on its prediction" in sentences[2]
    assert "unit4 (absence of SP1, +2.13)" in sentences[3]
    assert "unit5 (presence or absence of USF1, +2.14)" in sentences[4]
    assert sentences[7].endswith("No unit matches a motif of HNF4A.") and "(no known motif, " in sentences[7]
    reversed_order = STRONG[:, ::-1] + np.arange(8) * 0.1
    late = described(effects_of(reversed_order), units_of(TARGETS), OWN)
    assert late["own_rank"][0] == 8
    assert late["sentence"][0].endswith("A motif of CTCF is matched by unit1, whose effect is number 8 by size.")


def test_motifs_of_their_own_are_found_more_often_than_by_chance():
    units = units_of(TARGETS)
    found = own_motifs_found(described(effects_of(STRONG), units, OWN), units, OWN, FAMILY)
    assert (found["targets"], found["found"]) == (8, 8)
    assert 2.5 < found["by_chance"] < 3.5  # three of eight motifs each
    assert found["p_value"] < 0.01


def test_the_control_stays_silent():
    """Units that read motifs at random, and a motif that all targets have among their largest effects."""
    rng, p_values = np.random.default_rng(0), []
    for _ in range(20):
        units = units_of(list(rng.permutation(TARGETS)))
        table = described(effects_of(rng.normal(size=(8, 8))), units, OWN)
        p_values.append(own_motifs_found(table, units, OWN, FAMILY)["p_value"])
    assert sum(p < 0.05 for p in p_values) <= 3
    common, units = {target: {0} for target in TARGETS}, units_of(["CTCF"] * 8)
    found = own_motifs_found(described(effects_of(STRONG), units, common), units, common, FAMILY)
    assert found["found"] == found["by_chance"] == 8 and found["p_value"] == 1


def test_just_targets_with_enough_regions_are_counted():
    units = units_of(TARGETS)
    table = described(effects_of(STRONG), units, OWN, learnt_from=499)
    assert own_motifs_found(table, units, OWN, FAMILY, 499)["targets"] == 8
    none = own_motifs_found(table, units, OWN, FAMILY, 500)
    assert (none["targets"], none["found"], none["by_chance"]) == (0, 0, 0)


def test_groups_that_are_families_agree_with_them():
    groups = {target: number // 2 for number, target in enumerate(TARGETS)}
    families = {target: f"family {number // 2}" for number, target in enumerate(TARGETS[:6])}
    found = family_agreement(groups, families)
    assert (found["targets"], found["groups"], found["families"], found["rand_index"]) == (6, 3, 3, 1)
    assert abs(found["by_chance"]) < 0.1 and found["p_value"] < 0.1
    assert np.isnan(family_agreement(groups, {"CTCF": "a", "JUND": "b"})["rand_index"])
    assert family_agreement({}, families)["targets"] == 0


def test_the_control_of_the_agreement_stays_silent():
    rng, p_values = np.random.default_rng(2), []
    for _ in range(6):
        groups = {f"T{number}": int(group) for number, group in enumerate(rng.integers(0, 6, 40))}
        families = {f"T{number}": f"F{family}" for number, family in enumerate(rng.integers(0, 8, 40))}
        p_values.append(family_agreement(groups, families)["p_value"])
    assert sum(p < 0.05 for p in p_values) <= 1
    one = family_agreement(dict.fromkeys(TARGETS, 1), {target: target[0] for target in TARGETS})
    assert one["p_value"] == 1  # a single group agrees with any families as well


def test_a_dimer_does_not_lend_its_factors_the_family_of_the_other():
    families = jaspar_families("JASPAR2020")
    assert families["JUN"] == families["JUND"] == "Jun-related factors"
    assert families["FOS"] == families["FOSL1"] == "Fos-related factors"
    assert families["CTCF"] == "More than 3 adjacent zinc finger factors"
    assert not [family for family in families.values() if "::" in family or not family]
