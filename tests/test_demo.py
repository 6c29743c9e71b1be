"""The truth of the embedded demo: what was planted is found by each analysis."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from cam.description import effects
from cam.files import read_table
from running import succeed

FAMILIES = {"CTCF": "(?i)^CTCF", "JUND": "(?i)FOS|JUN|JDP2|BATF|NFE2", "FOXA1": "(?i)^FOX"}
PLANTED = {"CTCF": "MA0139.1", "JUND": "MA0491.2", "FOXA1": "MA0148.4"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The default demo in two replicates, without its baseline: for every target, the unit that speaks for it most."""
    folder = tmp_path_factory.mktemp("demo")
    results = folder / "results"
    tables = (
        "ga/summary.tsv",
        "interpretation/consistency.tsv",
        "interpretation/cooperativity.tsv",
        "interpretation/importance.tsv",
        "interpretation/local/best.sites.tsv",
        "interpretation/nullification/cam.tsv",
        "interpretation/units.tsv",
    )
    # The sequences of 20 runs of the genetic algorithm need not be many to show what they show.
    override = ["seeds=[1,2]", "ga={population: 200, random: 1000}"]
    succeed(folder, targets=[f"results/{name}" for name in tables], override=override)
    annotation = read_table(results / "tomtom" / "annotation.tsv").set_index("unit")
    weights = read_table(results / "interpretation" / "final_weights.tsv")
    of_family = {
        target: annotation.index[annotation["tf"].str.contains(family, na=False) & (annotation["q_value"] < 0.05)]
        for target, family in FAMILIES.items()
    }
    assert all(map(len, of_family.values())), f"a family that no unit has\n{annotation}"
    moved = effects(weights, read_table(results / "interpretation" / "detectors.tsv").set_index("unit")["output_sd"])
    units = {target: moved.loc[target, of_family[target]].idxmax() for target in FAMILIES}
    succeed(folder, targets=["results/enrichment/FOXA1_max.clusters.tsv"], override=override)
    return SimpleNamespace(results=results, moved=moved, of_family=of_family, units=units)


def test_the_demo_plants_the_real_profiles(demo):
    planted = read_table(demo.results / "simulation" / "planted.tsv.gz")
    targets = planted[planted["kind"] == "target"]
    assert dict(set(zip(targets["tf"], targets["matrix_id"], strict=True))) == PLANTED
    assert targets.groupby("tf").size().min() > 2000


def test_the_model_predicts_the_demo(demo):
    metrics = json.loads((demo.results / "models" / "cam" / "seed1" / "metrics.json").read_text())
    assert {target: metrics["test"][target]["auroc"] >= 0.95 for target in FAMILIES} == dict.fromkeys(FAMILIES, True)


@pytest.mark.parametrize("target", FAMILIES)
def test_a_unit_with_the_planted_motif_moves_the_logit_most(demo, target):
    assert demo.moved.loc[target].idxmax() == demo.units[target]


@pytest.mark.parametrize("target", FAMILIES)
def test_that_unit_contributes_where_it_is_active(demo, target):
    importance = read_table(demo.results / "interpretation" / "importance.tsv").set_index(["target", "unit"])
    mine = importance.loc[target].loc[demo.units[target]]
    assert 0.05 < mine["n"] / mine["of"] < 0.6
    assert mine["q25"] > mine["rest_q75"]
    assert mine["median"] > 1


def test_units_fire_where_motifs_were_planted(demo):
    """In the best predicted regions, those that read the motif of a target that binds there: on one of its sites."""
    sites = read_table(demo.results / "interpretation" / "local" / "best.sites.tsv")
    table = read_table(demo.results / "interpretation" / "local" / "best.tsv")
    planted = read_table(demo.results / "simulation" / "planted.tsv.gz")
    found = []
    for region, target in table.loc[table["label"] == 1, ["region", "target"]].itertuples(index=False):
        fired = sites[(sites["region"] == region) & sites["unit"].isin(demo.of_family[target])]
        begin = int(re.search(r":(\d+)-", region)[1])
        places = planted[(planted["region"] == region) & (planted["tf"] == target)]
        starts, ends = places["start"].to_numpy()[:, None] - begin, places["end"].to_numpy()[:, None] - begin
        shared = np.minimum(ends, fired["end"].to_numpy()) - np.maximum(starts, fired["start"].to_numpy())
        found.append((shared >= (ends - starts) / 2).any())
    assert len(found) >= 6
    assert np.mean(found) >= 0.8


@pytest.mark.parametrize("target", FAMILIES)
def test_sequences_that_maximise_that_unit_are_enriched_in_the_planted_motif(demo, target):
    table = read_table(demo.results / "enrichment" / f"{demo.units[target]}_max.tsv").set_index("motif_id")
    assert table.loc[PLANTED[target], "q_value"] < 0.01
    assert table.loc[PLANTED[target], "ratio"] > 1
    for other in set(FAMILIES) - {target}:
        assert table.loc[PLANTED[target], "ratio"] > table.loc[PLANTED[other], "ratio"]


@pytest.mark.parametrize("target", FAMILIES)
def test_the_most_enriched_cluster_is_that_of_the_planted_motif(demo, target):
    clusters = read_table(demo.results.parent / "resources" / "downloads" / "jaspar" / "JASPAR2020.clusters.tsv")
    planted = clusters.set_index("motif_id").loc[PLANTED[target], "cluster"]
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
    """CTCF keeps FOXA1 away though its motif is there: a unit that is low where CTCF's motif is speaks for FOXA1."""
    units = read_table(demo.results / "interpretation" / "units.tsv").set_index("unit")
    found = units[(units["detector"] == "absence") & units["tf"].str.contains(FAMILIES["CTCF"], na=False)]
    assert len(found) == 1, units
    unit = found.iloc[0]
    assert unit["speaks_for"] == "FOXA1"
    assert unit["auroc"] < 0.1
    assert f"{unit.name} detects the absence of the motif of CTCF" in unit["sentence"]
    minimised = read_table(demo.results / "enrichment" / f"{unit.name}_min.clusters.tsv")
    assert re.search(FAMILIES["CTCF"], minimised["tf"].iloc[0])
    others = units.loc[[name for target in FAMILIES for name in [demo.units[target]] if name != unit.name]]
    assert set(others["detector"]) == {"presence"}


@pytest.mark.parametrize("target", FAMILIES)
def test_the_most_influential_filter_reads_the_planted_motif(demo, target):
    table = read_table(demo.results / "interpretation" / "nullification" / "cam.tsv")
    mine = table[table["target"] == target].set_index("filter")["rms"]
    assert mine.idxmax() in set(demo.of_family[target])


def test_the_planted_recruitment_shows_in_the_weights(demo):
    """JUND binds where FOXA1 does more often than elsewhere, so the two share units more than other pairs."""
    pairs = read_table(demo.results / "interpretation" / "cooperativity.tsv").set_index(["target_a", "target_b"])
    assert set(pairs["similarity_weights"].idxmax()) == {"JUND", "FOXA1"}


@pytest.mark.parametrize("target", FAMILIES)
def test_the_planted_motifs_come_back_in_the_other_replicate(demo, target):
    table = read_table(demo.results / "interpretation" / "consistency.tsv")
    mine = table[[f"seed1.{demo.units[target]}" in members.split() for members in table["members"]]]
    assert mine["tf"].str.contains(FAMILIES[target]).tolist() == [True]
    assert (mine["replicates"].item(), mine["of"].item()) == (2, 2)
