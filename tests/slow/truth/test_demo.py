"""The truth of the embedded demo: what was planted is found by each analysis."""

import re

import pandas as pd
import pytest
from cam.io.tables import read_table
from demo_truths import FAMILIES, PLANTED, TABLES, Demo, margins
from running import succeed


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The default demo in two replicates, without its baseline."""
    folder = tmp_path_factory.mktemp("demo")
    tables = (*TABLES, "ga/summary.tsv", "interpretation/units.tsv", "enrichment/FOXA1_max.clusters.tsv")
    # The sequences of 20 runs of the genetic algorithm need not be many to show what they show.
    override = ["seeds=[1,2]", "ga={population: 200, random: 1000}"]
    succeed(folder, targets=[f"results/{name}" for name in tables], override=override)
    return Demo(folder / "results")


def test_the_demo_plants_the_real_profiles(demo):
    planted = demo.table("simulation/planted.tsv.gz")
    targets = planted[planted["kind"] == "target"]
    assert dict(set(zip(targets["tf"], targets["matrix_id"], strict=True))) == PLANTED
    assert targets.groupby("tf").size().min() > 2000


def test_what_was_planted_is_found(demo):
    """Prediction, weights, contributions, sites, nullification, replicates, recruitment and exclusion."""
    found = pd.Series(margins(demo))
    assert len(found) == 3 * 6 + 3
    assert (found > 0).all(), f"{found}\n{demo.effect.T}"


@pytest.mark.parametrize("target", FAMILIES)
def test_sequences_that_maximise_that_unit_are_enriched_in_the_planted_motif(demo, target):
    table = read_table(demo.results / "enrichment" / f"{demo.units[target]}_max.tsv").set_index("motif_id")
    assert table.loc[PLANTED[target], "q_value"] < 0.01
    assert table.loc[PLANTED[target], "ratio"] > 1
    for other in set(FAMILIES) - {target}:
        assert table.loc[PLANTED[target], "ratio"] > table.loc[PLANTED[other], "ratio"]


@pytest.mark.parametrize("target", FAMILIES)
def test_the_most_enriched_family_is_that_of_the_planted_motif(demo, target):
    families = read_table(demo.results.parent / "resources" / "downloads" / "jaspar" / "JASPAR2020.clusters.tsv")
    planted = families.set_index("motif_id").loc[PLANTED[target], "cluster"]
    best = read_table(demo.results / "enrichment" / f"{demo.units[target]}_max.clusters.tsv").iloc[0]
    assert best["cluster"] == planted
    assert best["q_value"] < 1e-5


def test_sequences_that_maximise_a_target_s_logit_have_its_motif(demo):
    table = read_table(demo.results / "enrichment" / "FOXA1_max.clusters.tsv")
    assert re.search(FAMILIES["FOXA1"], table["tf"].iloc[0])
    assert table["q_value"].iloc[0] < 1e-5


def test_artificial_sequences_converge_and_stay_apart(demo):
    summary = read_table(demo.results / "ga" / "summary.tsv")
    assert len(summary) == 20
    assert summary["converged"].mean() > 0.8
    assert (summary["distinct"] >= 190).all()
    assert summary["distance"].min() > 0.3  # random sequences differ in 0.75 of their positions


def test_the_planted_exclusion_is_an_absence_detector(demo):
    """CTCF keeps FOXA1 away though its motif is there: a unit that is low where CTCF's motif is raises FOXA1."""
    name = max(demo.absence["CTCF"], key=demo.effect.loc["FOXA1"].get)
    unit = read_table(demo.results / "interpretation" / "units.tsv").set_index("unit").loc[name]
    assert unit["detector"] == "absence"
    assert unit["raises"].split(",")[0] == "FOXA1"
    assert re.match(f"{name} detects the absence of the motif of CTCF", unit["sentence"])
    minimised = read_table(demo.results / "enrichment" / f"{name}_min.clusters.tsv")
    assert re.search(FAMILIES["CTCF"], minimised["tf"].iloc[0])
