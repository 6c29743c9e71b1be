"""The workflow itself, run by Snakemake: from source to report, again, after changes, after a kill, on wrong input."""

import base64
import gzip
import itertools
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import time
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
import yaml
from cam.bases import decode, encode, reverse_complement
from cam.data.sequences import read_windows
from cam.demo.binding import CELL_TYPES
from cam.design.enrichment import enrich, enrich_families
from cam.io.fasta import read_fasta
from cam.io.tables import read_table
from cam.models.cam import CAM
from cam.models.explainn import write_explainn
from cam.models.predict import predict
from cam.models.storage import load_cam
from cam.motifs.families import find_families
from cam.motifs.formats import read_motifs
from cam.units import unit_names
from conftest import ROOT
from http_server import Server, drop, status
from running import SMALL, command, environment, plan, planned, snakemake, succeed
from safetensors import safe_open
from scipy.stats import false_discovery_control
from sklearn.metrics import roc_auc_score
from snakemake.exceptions import WorkflowError

TARGETS, UNITS, DIRECTIONS = SMALL["targets"], unit_names(2), ("max", "min")
MODELS, CHOICES = ["cam", "baseline"], ("best", "worst", "random")
RUNS = [f"{unit}_{direction}" for unit in UNITS for direction in DIRECTIONS]
REGIONS = "my results/regions/regions.tsv.gz"
DATASET = "my results/tensors/dataset.safetensors"
TOMTOM_COLUMNS = (
    "Query_ID Target_ID Optimal_offset p-value E-value q-value Overlap Query_consensus Target_consensus Orientation"
)
ENRICHMENT_COLUMNS = "motif_id tf ga_hits ga_total random_hits random_total ratio log2_ratio p_value q_value"


def contents(folder):
    """All files of a run but logs and benchmarks, in order."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [str(path) for path in files if path.parts[0] not in ("logs", "benchmarks")]


# --- A very small demo, from source to report ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def out(small):
    return small / "my results"


@pytest.fixture(scope="module")
def regions(out):
    return read_table(out / "regions" / "regions.tsv.gz")


@pytest.fixture(scope="module")
def cam(out):
    return load_cam(out / "models" / "cam" / "seed1" / "model.safetensors")


def test_all_makes_every_promised_file_and_leaves_nothing_else_behind(out):
    figures = [
        "regions/counts",
        "regions/quality",
        "models/curves",
        "models/calibration",
        "models/confusion",
        "models/history",
        "interpretation/final_weights",
        "interpretation/importance",
        "interpretation/units",
        "interpretation/cooperativity",
        "interpretation/nullification",
        *(f"interpretation/local/{choice}" for choice in CHOICES),
    ]
    figures += [f"motifs/{unit}{kind}" for unit in UNITS for kind in ("", ".compact")]
    figures += [f"{folder}/{run}" for folder in ("ga", "enrichment") for run in RUNS]
    model_files = ("model.safetensors", "history.tsv", "metrics.json", "predictions.tsv.gz", "responses.safetensors")
    expected = [
        *(f"{figure}.{ending}" for figure in figures for ending in ("svg", "png")),
        *(f"simulation/{name}" for name in ("genome.fa", "genome.fa.fai", "remap.bed.gz", "unibind.tar.gz")),
        *(f"simulation/wgEncodeRegDnaseClustered{kind}.txt.gz" for kind in ("", "Sources")),
        *("simulation/blacklist.bed.gz", "simulation/planted.tsv.gz"),
        *("regions/candidates.tracks.tsv.gz", "regions/dropped.tracks.tsv"),
        *("regions/regions.tsv.gz", "regions/selection.tsv", "regions/counts.tsv"),
        *("regions/evidence.tsv", "regions/gc.tsv", "regions/composition.tsv"),
        *(f"regions/{target}.{label}.bed" for target in TARGETS for label in ("positive", "negative")),
        "tensors/dataset.safetensors",
        *(f"models/{model}/seed1/{name}" for model in ("cam", "baseline") for name in model_files),
        *("models/summary.tsv", "models/comparison.tsv", "models/gc_content.tsv"),
        *("motifs/units.meme", "motifs/units.tsv", "tomtom/tomtom.tsv", "tomtom/annotation.tsv"),
        "interpretation/final_weights.tsv",
        "interpretation/effects.tsv",
        "interpretation/importance.tsv",
        *(f"interpretation/{name}.tsv" for name in ("detectors", "units", "targets", "own_motifs", "families")),
        *(f"interpretation/{name}.tsv" for name in ("cooperativity", "target_clusters", "target_trees")),
        *(f"interpretation/nullification{name}.tsv" for name in ("", ".seconds")),
        *(f"interpretation/nullification/{model}{name}.tsv" for model in MODELS for name in ("", ".seconds")),
        *(f"interpretation/local/{choice}.{ending}" for choice in CHOICES for ending in ("tsv", "sites.tsv")),
        *(f"controls/{name}" for name in ("untrained.safetensors", "enrichment.tsv", "enrichment_thresholds.tsv")),
        "ga/random.fa",
        "ga/summary.tsv",
        *(f"ga/{run}.{ending}" for run in RUNS for ending in ("fa", "history.tsv", "outputs.tsv", "run.json")),
        *(f"enrichment/{run}.{ending}" for run in RUNS for ending in ("tsv", "clusters.tsv")),
        *(f"controls/shuffled/cam/seed1/{name}" for name in ("model.safetensors", "history.tsv")),
        *(f"controls/{name}.tsv" for name in ("detectors", "tomtom", "annotation", "summary")),
        "controls/units.meme",
        *("report/index.html", "provenance.json"),
    ]
    assert sorted(contents(out)) == sorted(expected)


def test_regions_and_labels_are_those_of_the_simulated_truth(out, regions):
    assert list(regions) == ["chrom", "start", "end", "name", "split", *TARGETS]
    assert (regions["end"] - regions["start"] == 200).all()
    assert set(zip(regions["chrom"], regions["split"], strict=True)) == {
        ("chr1", "train"),
        ("chr2", "validation"),
        ("chr3", "test"),
    }
    planted = read_table(out / "simulation" / "planted.tsv.gz")
    for target in TARGETS:
        assert set(regions[target].dropna()) == {0, 1}
        assert regions[target].isna().any()
        bound = regions["name"].isin(planted.loc[(planted["tf"] == target) & (planted["bound"] == 1), "region"])
        np.testing.assert_array_equal(bound[regions[target].notna()], regions[target].dropna() == 1)


def test_beds_are_sorted_bed6_of_the_labels(out, regions):
    for target in TARGETS:
        for name, value in {"positive": 1, "negative": 0}.items():
            bed = pd.read_csv(out / "regions" / f"{target}.{name}.bed", sep="\t", header=None)
            assert bed.shape[1] == 6
            assert (bed[4] == 0).all() and (bed[5] == ".").all()
            np.testing.assert_array_equal(bed.sort_values([0, 1, 2])[3], bed[3])
            assert set(bed[3]) == set(regions.loc[regions[target] == value, "name"])
            assert (bed[0] + ":" + bed[1].astype(str) + "-" + bed[2].astype(str) == bed[3]).all()


def test_tensors_are_the_regions_in_order(out, regions):
    with safe_open(out / "tensors" / "dataset.safetensors", framework="numpy") as stored:
        assert stored.metadata() == {"format_version": "2", "targets": "CTCF\tJUND", "task": "binding", "width": "200"}
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    assert {name: tensor.dtype.name for name, tensor in tensors.items()} == {
        "sequences": "uint8",
        "labels": "float32",
        "split": "uint8",
    }
    np.testing.assert_array_equal(tensors["sequences"], read_windows(out / "simulation" / "genome.fa", regions))
    np.testing.assert_array_equal(tensors["labels"], regions[TARGETS])
    np.testing.assert_array_equal(tensors["split"], regions["split"].map({"train": 0, "validation": 1, "test": 2}))


@pytest.mark.parametrize(("model", "epochs"), [("cam", 20 + 5), ("baseline", 1)])
def test_models_are_described_and_measured(out, regions, model, epochs):
    folder = out / "models" / model / "seed1"
    history = read_table(folder / "history.tsv")
    assert list(history) == ["epoch", "train_loss", "validation_loss", "learning_rate", "seconds"]
    assert history["epoch"].tolist() == list(range(1, epochs + 1))

    test = regions[regions["split"] == "test"]
    predictions = read_table(folder / "predictions.tsv.gz")
    assert list(predictions) == ["name", *(f"{t}.{kind}" for t in TARGETS for kind in ("label", "probability"))]
    assert predictions["name"].tolist() == test["name"].tolist()

    metrics = json.loads((folder / "metrics.json").read_text())
    assert set(metrics) == {"test", "validation", "training"}
    assert {"seconds", "epochs", "device", "parameters"} <= set(metrics["training"])
    assert metrics["training"]["epochs"] == epochs
    for target in TARGETS:
        assert {"auroc", "auprc", "mcc", "n", "positives"} <= set(metrics["test"][target])
        known = predictions[predictions[f"{target}.label"].notna()]
        np.testing.assert_array_equal(predictions[f"{target}.label"], test[target])
        assert metrics["test"][target]["n"] == len(known)
        assert metrics["test"][target]["positives"] == known[f"{target}.label"].sum()
        auroc = roc_auc_score(known[f"{target}.label"], known[f"{target}.probability"])
        assert metrics["test"][target]["auroc"] == pytest.approx(auroc, abs=1e-12)
        assert 0 < metrics["test"][target]["brier"] < 1
        assert metrics["test"][target]["resamples"] == 1000
    for target, metric in itertools.product([*TARGETS, "macro"], ("auroc", "auprc", "mcc")):
        low, high = metrics["test"][target][f"{metric}_interval"]
        assert low <= metrics["test"][target][metric] <= high
    for part in ("test", "validation"):
        mean = np.mean([metrics[part][target]["auroc"] for target in TARGETS])
        assert metrics[part]["macro"]["auroc"] == pytest.approx(mean)


def test_models_are_summarised_and_compared(out):
    runs = {model: json.loads((out / "models" / model / "seed1" / "metrics.json").read_text()) for model in MODELS}
    summary = read_table(out / "models" / "summary.tsv").set_index("model").loc[MODELS].reset_index()
    assert len(read_table(out / "models" / "summary.tsv")) == len(MODELS)
    assert summary["seed"].tolist() == [1, 1]
    given = [runs[model]["training"] for model in MODELS]
    assert [training["trainings"] for training in given] == summary["trainings"].tolist() == [2, 1]
    assert summary["seconds"].tolist() == pytest.approx([training["seconds"] for training in given], abs=1e-3)
    blocks = {(run["test"]["macro"]["blocks"], run["test"]["macro"]["block_size"]) for run in runs.values()}
    assert len(blocks) == 1 and blocks.pop()[0] >= 50
    alone = read_table(out / "models" / "gc_content.tsv").set_index("target")
    assert alone.index.tolist() == [*TARGETS, "macro"]
    assert (alone["auroc_low"] < alone["auroc"]).all() and (alone["auroc"] < alone["auroc_high"]).all()
    comparison = read_table(out / "models" / "comparison.tsv")
    assert comparison[["model", "other", "seed"]].drop_duplicates().values.tolist() == [["cam", "baseline", 1]]
    for target, metric in itertools.product([*TARGETS, "macro"], ("auroc", "auprc", "mcc")):
        cam, baseline = (runs[model]["test"][target][metric] for model in MODELS)
        (row,) = comparison[(comparison["target"] == target) & (comparison["metric"] == metric)].itertuples()
        assert row.difference == pytest.approx(cam - baseline, abs=1e-6)
        assert row.low <= row.difference <= row.high
        if target == "macro":
            scores = summary.set_index("model")
            assert scores.loc[MODELS, metric].tolist() == pytest.approx([cam, baseline], abs=1e-6)
            interval = runs["cam"]["test"]["macro"][f"{metric}_interval"]
            assert scores.loc["cam", [f"{metric}_low", f"{metric}_high"]].tolist() == pytest.approx(interval, abs=1e-6)


def test_models_carry_no_pickle(out):
    stored = list(out.rglob("*.safetensors"))
    assert len(stored) >= 7  # data, two models and their responses, two controls
    for path in stored:
        with safe_open(path, framework="numpy") as tensors:
            assert tensors.metadata()["format_version"] == ("2" if path.stem == "dataset" else "1")
    assert not [path for path in out.rglob("*") if path.suffix in (".pt", ".pth", ".pkl", ".pickle")]


def test_motifs_and_their_matches(out, small):
    motifs, background = read_motifs(out / "motifs" / "units.meme")
    assert [motif.matrix_id for motif in motifs] == UNITS
    assert all(motif.ppm.shape == (20, 4) and motif.n_sites > 0 for motif in motifs)
    assert background.sum() == pytest.approx(1)
    assert background[0] == pytest.approx(background[3], abs=1e-4)
    assert background[1] == pytest.approx(background[2], abs=1e-4)

    database, _ = read_motifs(small / "downloads" / "jaspar" / "JASPAR2020.meme")
    tomtom = read_table(out / "tomtom" / "tomtom.tsv")
    assert list(tomtom) == TOMTOM_COLUMNS.split()
    assert len(tomtom) and set(tomtom["Query_ID"]) <= set(UNITS)
    assert set(tomtom["Target_ID"]) <= {motif.matrix_id for motif in database}
    assert set(tomtom["Orientation"]) <= {"+", "-"}

    annotation = read_table(out / "tomtom" / "annotation.tsv")
    assert list(annotation) == ["unit", "target_id", "tf", "q_value"]
    assert annotation["unit"].tolist() == UNITS
    assert not (annotation["q_value"] > 0.05).any()
    np.testing.assert_array_equal(annotation["q_value"].isna(), annotation["tf"].isna())


def test_final_weights_are_the_model_s(out, cam):
    model, description = cam
    weights = read_table(out / "interpretation" / "final_weights.tsv")
    assert list(weights) == ["target", *UNITS]
    assert weights["target"].tolist() == description["targets"] == TARGETS
    np.testing.assert_allclose(weights[UNITS], model.final_weights().detach(), rtol=1e-5)
    assert (weights[UNITS] >= 0).all(axis=None)


@pytest.mark.parametrize("choice", CHOICES)
def test_contributions_to_single_regions_add_up_to_the_predictions(out, choice):
    table = read_table(out / "interpretation" / "local" / f"{choice}.tsv")
    assert list(table) == ["region", "target", "label", "probability", "logit", "bias", *UNITS]
    assert table["target"].tolist() == TARGETS * 6
    np.testing.assert_allclose(table[["bias", *UNITS]].sum(axis=1), table["logit"], atol=1e-12)
    predictions = read_table(out / "models" / "cam" / "seed1" / "predictions.tsv.gz").set_index("name")
    for target, rows in table.groupby("target"):
        expected = predictions.loc[rows["region"]]
        np.testing.assert_allclose(rows["probability"], expected[f"{target}.probability"], atol=1e-6)
        np.testing.assert_array_equal(rows["label"], expected[f"{target}.label"])
    if choice != "random":
        assert (table.groupby("region")["label"].max() == 1).all()


@pytest.mark.slow
def test_a_region_by_name_and_where_units_fired_in_it(small, out, regions, cam):
    """Any region, here one of training; the windows are in the genome as the table says."""
    region = regions[regions["split"] == "train"].iloc[0]
    files = [out / "interpretation" / "local" / f"{region['name']}.{ending}" for ending in ("tsv", "sites.tsv")]
    succeed(small, config=SMALL, targets=[str(files[1].relative_to(small))])
    table, sites = map(read_table, files)
    for path in files:
        path.unlink()
    assert table["label"].tolist() == pytest.approx(region[TARGETS].astype(float).tolist(), nan_ok=True)
    assert set(sites["region"]) == {region["name"]} and set(sites["unit"]) <= set(UNITS)
    places = pd.DataFrame({"chrom": region["chrom"], "start": region["start"] + sites["start"]})
    places["end"] = region["start"] + sites["end"]
    windows = read_windows(out / "simulation" / "genome.fa", places)
    on_other = (sites["strand"] == "-").to_numpy()
    windows[on_other] = reverse_complement(windows[on_other])
    assert decode(windows) == sites["sequence"].tolist()


def test_importance_is_of_the_test_regions(out, cam, regions):
    table = read_table(out / "interpretation" / "importance.tsv")
    assert list(zip(table["unit"], table["target"], strict=True)) == list(itertools.product(UNITS, TARGETS))
    assert (table["of"] == (regions["split"] == "test").sum()).all()
    assert (table["n"] > 0).all()
    weights = cam[0].final_weights().detach().numpy().T.ravel()
    assert (table.loc[weights == 0, "q95"] == 0).all()
    quantiles = table.loc[weights > 0, ["q05", "q25", "median", "q75", "q95"]]
    assert (quantiles.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


@pytest.mark.parametrize("run", RUNS)
def test_artificial_sequences(out, cam, run):
    unit, direction = run.split("_")
    records = list(read_fasta(out / "ga" / f"{run}.fa"))
    headers = [re.fullmatch(r"(unit\d+_(?:max|min)_\d+) output=(\S+) fitness=(\S+)", header) for header, _ in records]
    assert [header[1] for header in headers] == [f"{run}_{rank}" for rank in range(1, 21)]
    fitness = [float(header[3]) for header in headers]
    assert fitness == sorted(fitness, reverse=True)
    codes = encode([sequence for _, sequence in records])
    assert codes.shape == (20, 200) and codes.max() < 4
    of_both_strands = predict(cam[0].unit_outputs, codes)
    expected = -of_both_strands[:, UNITS.index(unit)]
    if direction == "max":
        expected = cam[0].pre_activations(torch.from_numpy(codes)).detach().numpy()[:, UNITS.index(unit)]
    np.testing.assert_allclose(fitness, expected, rtol=1e-3, atol=1e-4)

    history = read_table(out / "ga" / f"{run}.history.tsv")
    columns = ["generation", "mean_fitness", "best_fitness", "distinct", "distance", "converged"]
    assert list(history) == columns
    assert history["best_fitness"].is_monotonic_increasing
    assert history["mean_fitness"].iloc[-1] >= history["mean_fitness"].iloc[0]
    assert history["best_fitness"].iloc[-1] == pytest.approx(fitness[0], rel=1e-4)

    outputs = read_table(out / "ga" / f"{run}.outputs.tsv")
    assert list(outputs) == ["name", "set", *UNITS]
    told = json.loads((out / "ga" / f"{run}.run.json").read_text())
    assert told["bias"] is None
    silent = outputs.loc[outputs["set"] == "random", unit].median() == 0
    assert told["start"] == (f"{unit}_max" if silent and direction == "min" else "random")
    sizes = {"ga": 20, "random": 60} | ({} if told["start"] == "random" else {"start": 20})
    assert outputs.groupby("set").size().to_dict() == sizes
    evolved = outputs[outputs["set"] == "ga"]
    assert evolved["name"].tolist() == [header[1] for header in headers]
    np.testing.assert_allclose(evolved[unit], [float(header[2]) for header in headers])
    np.testing.assert_allclose(evolved[UNITS], of_both_strands, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_artificial_sequences_for_a_target_and_the_summary_of_all_runs(small, tmp_path):
    """In a copy, since none of these files is made unless asked for."""
    folder = shutil.copytree(small, tmp_path / "copy")
    out = folder / "my results"
    wanted = ["ga/CTCF_max.svg", "enrichment/CTCF_max.tsv", "ga/summary.tsv"]
    succeed(folder, config=SMALL, targets=[f"my results/{name}" for name in wanted])
    model, _ = load_cam(out / "models" / "cam" / "seed1" / "model.safetensors")
    headers, sequences = zip(*read_fasta(out / "ga" / "CTCF_max.fa"), strict=True)
    logits = [re.fullmatch(r"CTCF_max_\d+ output=(\S+) fitness=(\S+)", header).groups() for header in headers]
    expected = predict(model, encode(sequences))[:, TARGETS.index("CTCF")]
    for column in zip(*logits, strict=True):
        np.testing.assert_allclose(np.array(column, float), expected, rtol=1e-3, atol=1e-4)
    outputs = read_table(out / "ga" / "CTCF_max.outputs.tsv")
    assert list(outputs) == ["name", "set", *UNITS]
    of_both_strands = predict(model.unit_outputs, encode(sequences))
    np.testing.assert_allclose(outputs.loc[outputs["set"] == "ga", UNITS], of_both_strands, rtol=1e-3, atol=1e-4)
    bias = json.loads((out / "ga" / "CTCF_max.run.json").read_text())["bias"]
    weights = model.final_weights().detach().numpy()[TARGETS.index("CTCF")]
    np.testing.assert_allclose(of_both_strands @ weights + bias, expected, rtol=1e-4, atol=1e-5)

    summary = read_table(out / "ga" / "summary.tsv").set_index("run")
    assert sorted(summary.index) == sorted(RUNS)
    for run in RUNS:
        end = read_table(out / "ga" / f"{run}.history.tsv").iloc[-1]
        assert summary.loc[run, "generations"] == end["generation"]
        for column in ("converged", "mean_fitness", "best_fitness", "distinct", "distance"):
            assert summary.loc[run, column] == end[column]
        outputs = read_table(out / "ga" / f"{run}.outputs.tsv").groupby("set")[run.split("_")[0]].median()
        found = summary.loc[run, ["median_output", "median_random_output"]]
        assert found.tolist() == pytest.approx([outputs["ga"], outputs["random"]], rel=1e-5)


@pytest.mark.slow
def test_artificial_sequences_of_no_unit_unless_asked_for(small, tmp_path):
    """In a copy, without those that were made for every unit."""
    folder = shutil.copytree(small, tmp_path / "none")
    out = folder / "my results"
    for kind in ("ga", "enrichment"):
        for path in (out / kind).glob("unit*"):
            path.unlink()
    none = SMALL | {"ga": SMALL["ga"] | {"units": []}}
    succeed(folder, config=none)
    assert not [*out.glob("ga/unit*"), *out.glob("enrichment/unit*")]
    assert read_table(out / "ga" / "summary.tsv").empty
    described = read_table(out / "interpretation" / "units.tsv")
    assert list(described["unit"]) == UNITS
    assert not described["sentence"].str.contains("artificial").any()

    some = SMALL | {"ga": SMALL["ga"] | {"units": [2]}}
    succeed(folder, config=some)
    assert list(read_table(out / "ga" / "summary.tsv")["run"]) == ["unit2_max", "unit2_min"]
    assert not [*out.glob("ga/unit1*"), *out.glob("enrichment/unit1*")]
    succeed(folder, config=some, targets=["my results/ga/unit1_max.svg", "my results/enrichment/unit1_max.svg"])
    assert len(list(read_fasta(out / "ga" / "unit1_max.fa"))) == SMALL["ga"]["population"]


def test_enrichment_is_that_of_the_files_beside_it(out, small):
    database, _ = read_motifs(small / "downloads" / "jaspar" / "JASPAR2020.meme")
    random = encode([sequence for _, sequence in read_fasta(out / "ga" / "random.fa")])
    assert random.shape == (60, 200)
    families = read_table(small / "downloads" / "jaspar" / "JASPAR2020.clusters.tsv")
    pd.testing.assert_frame_equal(families, find_families(database), rtol=1e-5)
    looked_at = 0
    for run in RUNS:
        told = json.loads((out / "ga" / f"{run}.run.json").read_text())
        table = read_table(out / "enrichment" / f"{run}.tsv")
        assert list(table)[:10] == ENRICHMENT_COLUMNS.split()
        if told["output_unchanged"]:
            assert table.empty
            continue
        looked_at += 1
        kinds = [run] + [told["start"]] * (told["start"] != "random")
        codes = [encode([sequence for _, sequence in read_fasta(out / "ga" / f"{kind}.fa")]) for kind in kinds]
        expected = enrich(database, codes[0], random, 1e-4, *codes[1:])
        pd.testing.assert_frame_equal(table, expected[list(table)], rtol=1e-5, check_dtype=False)
        enriched = read_table(out / "enrichment" / f"{run}.clusters.tsv")
        pd.testing.assert_frame_equal(enriched, enrich_families(expected, families), rtol=1e-5, check_dtype=False)
        assert len(table) == len(database)
        assert (table["ga_total"] == 20).all() and (table["random_total"] == 60).all()
        np.testing.assert_allclose(table["log2_ratio"], np.log2(table["ratio"]), atol=1e-4)
        np.testing.assert_allclose(table["q_value"], false_discovery_control(table["p_value"]), rtol=1e-4)
    assert looked_at


class _References(HTMLParser):
    """What a page loads, and what it links to."""

    def __init__(self):
        super().__init__()
        self.loads, self.links = [], []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("src", "srcset", "data", "poster") or (name == "href" and tag != "a"):
                self.loads.append(value)
            elif name == "href":
                self.links.append(value)


def test_the_report_is_one_self_contained_page(out):
    page = out / "report" / "index.html"
    text = page.read_text(encoding="utf-8")
    references = _References()
    references.feed(text)
    assert references.loads and all(value.startswith("data:") for value in references.loads)
    assert not re.search(r"@import|url\((?!['\"]?data:)", text)
    for link in references.links:
        assert link.startswith(("#", "https://")) or (page.parent / link).is_file(), link
    for unit in UNITS:
        assert f'id="{unit}"' in text
    for target in TARGETS:
        assert target in text


@pytest.mark.slow
def test_motifs_of_two_replicates_are_compared_and_reported(small, tmp_path):
    shutil.copytree(small, tmp_path / "two")
    page = "my results/report/index.html"
    succeed(tmp_path / "two", targets=[page], config=SMALL, override=["seeds=[1,2]"])
    table = read_table(tmp_path / "two" / "my results" / "interpretation" / "consistency.tsv")
    assert set(table["of"]) == {2}
    html = (tmp_path / "two" / page).read_text()
    assert "Motifs and the seeds in which they came back" in html
    assert len(table) and ("of 2 replicates" in html or "in no other replicate" in html)


def test_the_workflow_itself_needs_nothing_but_snakemake():
    """With --use-conda only the rules have environments; the Snakefile is read by the user's own Snakemake."""
    imports = re.findall(r"^from (cam\S*) import", (ROOT / "rules" / "common.smk").read_text(), re.MULTILINE)
    absent = [
        "numpy",
        "pandas",
        "scipy",
        "sklearn",
        "torch",
        "tqdm",
        "pyfaidx",
        "pybedtools",
        "safetensors",
        "matplotlib",
    ]
    code = f"import sys; sys.modules.update(dict.fromkeys({absent}))\nimport {', '.join(imports)}"
    assert len(imports) >= 4
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "workflow_scripts")}, check=True)


# --- The same files from the web --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_public_tracks_come_from_the_web_once_and_give_the_same_tensors(small, out, tmp_path):
    """From nothing but addresses to tensors, over a bad line; a second run, and one without results, fetch nothing."""
    names = {
        "remap": "remap.bed.gz",
        "unibind": "unibind.tar.gz",
        "dhs": "wgEncodeRegDnaseClustered.txt.gz",
        "dhs_sources": "wgEncodeRegDnaseClusteredSources.txt.gz",
        "blacklist": "blacklist.bed.gz",
    }
    files = {name: (out / "simulation" / name).read_bytes() for name in names.values()}
    files["genome.fa.gz"] = gzip.compress((out / "simulation" / "genome.fa").read_bytes(), 1)
    with Server(files) as server:
        urls = {key: server.url(name) for key, name in names.items()} | {"genome": server.url("genome.fa.gz")}
        config = {**SMALL, "downloads": str(tmp_path / "shared"), "source": {"kind": "public_tracks", "urls": urls}}
        server.misbehave("remap.bed.gz", drop(0.6))
        server.misbehave("unibind.tar.gz", status(503), status(503))
        folder = tmp_path / "run"
        succeed(folder, config=config, targets=[DATASET])
        assert (folder / DATASET).read_bytes() == (out / "tensors" / "dataset.safetensors").read_bytes()
        asked = [name for name, _ in server.requests]
        expected = [name for name in files if name != names["dhs_sources"]]
        assert sorted(asked) == sorted([*expected, "remap.bed.gz", "unibind.tar.gz", "unibind.tar.gz"])
        assert "Nothing to be done" in succeed(folder, config=config, targets=[DATASET])
        shutil.rmtree(folder / "my results")
        succeed(folder, config=config, targets=[DATASET])
        assert (folder / DATASET).read_bytes() == (out / "tensors" / "dataset.safetensors").read_bytes()
        assert len(server.requests) == len(asked)
    assert not [path for path in (tmp_path / "shared").rglob("*") if ".part" in path.name]


@pytest.mark.slow
def test_cell_type_aware_labels_and_shuffled_negatives(small, regions, tmp_path):
    """The demo's sources name the same cell types in their own ways; the table brings them together."""
    rows = [("biosample", "source", "name")]
    for remap, unibind, dhs in CELL_TYPES:
        rows += [(dhs, "remap", remap), (dhs, "unibind", unibind), (dhs, "dhs", dhs)]
    (tmp_path / "biosamples.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    options = {"biosamples": str(tmp_path / "biosamples.tsv"), "negatives": "shuffled", "overlapping": "first"}
    config = {**SMALL, "downloads": str(small / "downloads"), "regions": options}
    succeed(tmp_path, config=config, targets=[DATASET])

    evidence = read_table(tmp_path / "my results" / "regions" / "evidence.tsv")
    assert len(evidence) and set(evidence["biosample"]) <= {dhs for _, _, dhs in CELL_TYPES}
    aware = read_table(tmp_path / REGIONS)
    agnostic = regions.set_index("name")
    for target in TARGETS:  # a region bound in a cell type that it is open in is bound in any
        bound = aware.loc[aware[target] == 1, "name"]
        assert len(bound) > 20
        assert (agnostic.loc[bound, target] == 1).all()
    shuffled = aware["name"].str.endswith("_shuffled1").to_numpy()
    assert shuffled.sum() == (~shuffled).sum()
    assert (aware.loc[shuffled, TARGETS] == 0).all(axis=None)
    with safe_open(tmp_path / DATASET, framework="numpy") as stored:
        codes = stored.get_tensor("sequences")
    assert (codes[shuffled] != codes[~shuffled]).any(axis=1).all()
    for one, other in zip(codes[shuffled], codes[~shuffled], strict=True):
        assert sorted(itertools.pairwise(one)) == sorted(itertools.pairwise(other))


# --- What runs again, and what does not ----------------------------------------------------------------------------


def test_a_second_run_has_nothing_to_do(small, out):
    before = {name: (out / name).stat().st_mtime_ns for name in contents(out)}
    assert "Nothing to be done" in succeed(small, config=SMALL)
    assert {name: (out / name).stat().st_mtime_ns for name in contents(out)} == before


def test_one_file_from_a_fresh_clone_needs_only_what_it_is_made_from(tmp_path):
    """What maximises a unit, with which minimising it may begin, is found by the same job."""
    needed = "jaspar simulate label_tracks select_regions tensors train random_sequences genetic_algorithm"
    for target in ("results/ga/unit8_max.fa", "results/ga/unit8_min.fa"):
        assert plan(tmp_path, targets=[target]) == dict.fromkeys(needed.split(), 1)


def test_jobs_use_the_library_beside_the_snakefile_whatever_is_installed(tmp_path):
    """An older version in the environment would else give results of its own, and nobody would be told."""
    other = tmp_path / "other" / "cam"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise SystemExit('another version')\n")
    call = command(tmp_path, targets=["downloads/jaspar/JASPAR2020.meme"], config=SMALL)
    elsewhere = os.environ | {"PYTHONPATH": str(other.parent)}
    done = subprocess.run(call, env=elsewhere, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "downloads" / "jaspar" / "JASPAR2020.meme").exists()


MODULE = """
module cam:
    snakefile: {snakefile!r}
    config: config["cam"]

use rule * from cam as cam_*

rule mine:
    default_target: True
    input: "results/simulation/genome.fa"
    output: "mine.txt"
    shell: "wc -c < {{input}} > {{output}}"
"""


@pytest.mark.slow
def test_as_a_module_of_another_workflow(tmp_path):
    """Its rules run from where the outer Snakefile is, and what its section does not say is as in config.yaml."""
    (tmp_path / "Snakefile").write_text(MODULE.format(snakefile=str(ROOT / "Snakefile")))
    simulation = {"chromosomes": 3, "chromosome_length": 20_000, "open_regions": 90, "cobinding": {}, "exclusion": {}}
    cam = {"targets": ["CTCF"], "simulation": simulation, "models": {"baseline": None}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"cam": cam, "samples": "samples.tsv"}))

    def run(*arguments):
        call = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "config.yaml", *arguments]
        done = subprocess.run(call, env=environment(), cwd=tmp_path, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    status, printed = run()
    assert status == 0, printed[-5000:]
    assert int((tmp_path / "mine.txt").read_text()) > 60_000
    assert re.search(r"cam_jaspar +1\ncam_simulate +1\nmine +1\n", printed)

    status, printed = run("--dry-run", "--", "cam_all")
    assert status == 0, printed[-5000:]
    assert "cam_provenance" in printed and "baseline" not in printed and "results/ga/unit10_max.fa" in printed


@pytest.mark.slow
def test_units_that_begin_as_known_motifs_and_stay_these(tmp_path):
    training = SMALL["training"] | {"epochs": 1, "tuning_epochs": 1, "initial_motifs": "all", "freeze": True}
    models = {"cam": {"units": 4}, "baseline": None}
    files = [f"my results/{name}" for name in ("motifs/initial.tsv", "controls/untrained.safetensors")]
    succeed(tmp_path, config=SMALL | {"training": training, "models": models}, targets=files)
    table = read_table(tmp_path / files[0])
    assert len(table) == 4 and table["motif_id"].is_unique and table["motif_id"].str.startswith("MA").all()
    np.testing.assert_allclose(table["similarity"], 1, atol=1e-5)
    model, description = load_cam(tmp_path / "my results" / "models" / "cam" / "seed1" / "model.safetensors")
    assert description["initial_motifs"] == table["motif_id"].tolist()
    untrained, _ = load_cam(tmp_path / files[1])
    begun = {weights.tobytes() for weights in untrained.convolution.weight.detach().numpy()}
    assert any(weights.tobytes() in begun for weights in model.convolution.weight.detach().numpy())


@pytest.mark.slow
def test_the_units_of_a_model_are_taken_over_by_others(tmp_path):
    training, name = (
        SMALL["training"] | {"epochs": 1, "tuning_epochs": 1},
        "my results/models/{}/seed1/model.safetensors",
    )
    base = SMALL | {"training": training, "models": {"cam": {"units": 4}, "baseline": None}}
    succeed(tmp_path, config=base, targets=[name.format("cam")])
    taken = {"architecture": "cam", "weights": name.format("cam")}
    models = {
        "as_it_is": taken, "fitted": taken | {"tune": "final"}, "grown": taken | {"tune": {"new_units": 2}},
        "baseline": None,
    }  # fmt: skip
    shuffled = "my results/controls/shuffled/fitted/seed1/model.safetensors"
    files = [*map(name.format, ("as_it_is", "fitted", "grown")), shuffled]
    config = base | {"models": models | {"cam": None}, "interpret": {"model": "fitted"}}
    (tmp_path / name.format("cam")).rename(tmp_path / "dictionary.safetensors")
    for model in taken, models["fitted"], models["grown"], models["as_it_is"]:
        model["weights"] = "dictionary.safetensors"
    succeed(tmp_path, config=config, targets=files)
    dictionary, _ = load_cam(tmp_path / "dictionary.safetensors")
    (same, _), (fitted, described), (grown, _), (control, _) = (load_cam(tmp_path / file) for file in files)
    for model in same, fitted, grown, control:
        np.testing.assert_array_equal(model.convolution.weight[:4].detach(), dictionary.convolution.weight.detach())
    np.testing.assert_array_equal(same.final.weight.detach(), dictionary.final.weight.detach())
    assert grown.units == 6 and described["dictionary"]["settings"]["units"] == 4
    assert not np.array_equal(fitted.final.bias.detach(), control.final.bias.detach())  # its labels are permuted


def test_another_population_starts_the_genetic_algorithm_again_and_not_the_training(small):
    options = {"config": SMALL, "changes": {"ga": {"population": 30}}}
    assert plan(small, targets=["my results/ga/unit2_max.fa"], **options) == {"genetic_algorithm": 1}
    assert plan(small, **options) == {
        "genetic_algorithm": 2,
        "summarise_genetic": 1,
        "enrichments": 1,
        "describe_units": 1,
        "describe_targets": 1,
        "plot_genetic": 1,
        "plot_enrichments": 1,
        "provenance": 1,
        "report_page": 1,
        "all": 1,
    }


def test_more_epochs_start_the_training_again_and_all_that_follows_it(small):
    assert plan(small, config=SMALL, changes={"training": {"epochs": 21}}) == {
        "train": 1,  # the baseline has epochs of its own
        "train_shuffled": 1,
        "read_controls": 1,
        "control_tomtom": 1,
        "controls": 1,
        "responses": 1,
        "evaluate": 1,
        "summarise_models": 1,
        "plot_performance": 1,
        "motifs": 1,
        "logos": 1,
        "tomtom": 1,
        "final_weights": 1,
        "plot_final_weights": 1,
        "single_regions": 1,
        "plot_single_regions": 1,
        "contributions": 1,
        "plot_contributions": 1,
        "nullify": 1,
        "summarise_nullification": 1,
        "plot_nullification": 1,
        "cooperativity": 1,
        "plot_cooperativity": 1,
        "detectors": 1,
        "describe_units": 1,
        "describe_targets": 1,
        "plot_units": 1,
        "untrained_units": 1,
        "genetic_algorithm": 2,
        "summarise_genetic": 1,
        "enrichments": 1,
        "untrained_enrichment": 1,
        "plot_genetic": 1,
        "plot_enrichments": 1,
        "provenance": 1,
        "report_page": 1,
        "all": 1,
    }


def test_another_device_starts_no_training(small):
    assert plan(small, config=SMALL, changes={"training": {"device": "auto"}}) == {
        "provenance": 1,
        "report_page": 1,
        "all": 1,
    }


def test_a_file_that_a_killed_run_left_incomplete_is_made_again(small):
    """Snakemake keeps a marker beside the files of every job that runs; a run that is killed leaves it there."""
    marker = base64.b64encode(b"my results/ga/unit1_max.fa").decode()
    path = small / ".snakemake" / "incomplete" / marker
    path.parent.mkdir(exist_ok=True)
    path.touch()
    try:
        again = plan(small, targets=["my results/ga/unit1_max.fa"], config=SMALL)
    finally:
        path.unlink()
    assert again == {"genetic_algorithm": 1}


@pytest.mark.slow
def test_a_killed_training_goes_on_and_a_second_run_gives_the_same_bytes(small, out, tmp_path):
    """Only times may differ: logs, benchmarks, the seconds in history.tsv and metrics.json (and so in the report)."""
    folder = tmp_path / "again"
    metrics, history = ("models/cam/seed1/metrics.json", "models/cam/seed1/history.tsv")
    wanted = [metrics, "tomtom/annotation.tsv", "interpretation/final_weights.tsv", "regions/CTCF.negative.bed"]
    options = {"config": SMALL, "targets": [f"my results/{name}" for name in (*wanted, "enrichment/unit2_min.tsv")]}
    killed = _kill_in_training(folder, folder / "my results" / "models" / "cam" / "seed1", options)
    assert killed != 0
    assert contents(folder / "my results" / "models") == ["cam/seed1/checkpoint.safetensors"]
    assert "going on after epoch" in succeed(folder, "--cores", "1", **options)

    again = folder / "my results"
    made = contents(again)
    assert {*wanted, "enrichment/unit2_min.tsv", "simulation/genome.fa", "motifs/units.meme"} <= set(made)
    assert "models/cam/seed1/checkpoint.safetensors" not in made
    for name in made:
        if name == history:
            frames = [read_table(results / name).drop(columns="seconds") for results in (out, again)]
            pd.testing.assert_frame_equal(*frames)
        elif name == metrics:
            found = [json.loads((results / name).read_text()) for results in (out, again)]
            assert all(metrics["training"].pop("seconds") > 0 for metrics in found)
            assert found[0] == found[1]
        else:
            assert (again / name).read_bytes() == (out / name).read_bytes(), name


def _kill_in_training(folder, model, options):
    """Start Snakemake, kill the training after its first epoch as if memory had run out; Snakemake's exit status."""
    call = command(folder, **options)
    with subprocess.Popen(call, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while not (model / "checkpoint.safetensors").exists():
            assert running.poll() is None, "Snakemake ended before there was a checkpoint"
            time.sleep(0.005)
        for process in psutil.Process(running.pid).children(recursive=True):
            if any("train_model" in argument for argument in process.cmdline()):
                process.kill()
        return running.wait()


# --- Wrong input ---------------------------------------------------------------------------------------------------


def fail(folder, **options):
    """Run Snakemake on wrong input: what it prints. No traceback is in it."""
    status, printed = snakemake(folder, **options)
    assert status != 0
    assert "Traceback" not in printed
    return printed


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"training": {"epoch": 3}}, "config, training: unknown key 'epoch'; did you mean 'epochs'"),
        ({"training": {"epochs": "ten"}}, "config, training.epochs: found 'ten', expected a whole number"),
        (
            {"models": {"cam": {"filter_length": 201}}},
            "config, models.cam.filter_length: found 201, expected at most the region's width of 200 bp",
        ),
        (
            {"source": {"kind": "published_matrix"}},
            "config, source.directory: the key is missing; source.kind published_matrix needs the folder",
        ),
        (
            {"source": {"kind": "published_matrix", "directory": "nowhere"}},
            "config, source.directory: found 'nowhere', expected an address or what exists here",
        ),
        (
            {"source": {"kind": "published_matrix", "directory": "empty"}},
            "config, source.directory: found no sequences.….fa.gz in 'empty', expected the files of the published",
        ),
    ],
)
def test_a_wrong_configuration_is_one_sentence_and_there_is_no_plan(tmp_path, config, sentence):
    (tmp_path / "empty").mkdir()
    with pytest.raises(WorkflowError, match=re.escape(sentence)), planned(tmp_path, config):
        pass


def test_on_a_wrong_configuration_nothing_runs(tmp_path):
    assert "config: unknown key 'trainig'; did you mean 'training'?" in fail(tmp_path, override=["trainig={epochs: 3}"])
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_an_unknown_region_gets_the_nearest_ones(small, regions):
    start = regions.loc[0, "start"]
    name = f"chr1:{start + 1}-{start + 201}"
    printed = fail(small, config=SMALL, targets=[f"my results/interpretation/local/{name}.tsv"])
    assert f"Error: region: found '{name}', expected a name in regions.tsv.gz; the nearest are 'chr1:" in printed
    assert f"'{regions.loc[0, 'name']}'" in printed


@pytest.mark.slow
def test_an_unknown_target_of_the_demo_gets_the_nearest_names(small, tmp_path):
    config = {**SMALL, "targets": ["CTFC", "JUND"], "downloads": str(small / "downloads")}
    printed = fail(tmp_path, config=config, targets=[REGIONS])
    assert re.search("Error: config, targets or simulation: found the TF 'CTFC', .*; did you mean .*'CTCF'", printed)
    assert contents(tmp_path / "my results") == []


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("ga/unit3_max.fa", "there is no unit or target 'unit3'; did you mean 'unit2' or 'unit1'?"),
        ("enrichment/CTFC_min.tsv", "there is no unit or target 'CTFC'; did you mean 'CTCF'?"),
    ],
)
def test_a_unit_or_target_that_does_not_exist_gets_the_nearest_names(tmp_path, wanted, sentence):
    told = re.escape(f"my results/{wanted}: {sentence}")
    with pytest.raises(WorkflowError, match=told), planned(tmp_path, SMALL, [f"my results/{wanted}"]):
        pass


WIDTH = 40
MATRIX = {
    **SMALL,
    "regions": {"width": WIDTH, "unbound": 0},
    "source": {"kind": "published_matrix", "directory": "matrix"},
}
CANDIDATES = ["regions/candidates.published_matrix.tsv.gz", "regions/dropped.published_matrix.tsv"]


def write_matrix(folder):
    """A small published matrix: three chromosomes of 20 regions; MAX binds on chr1 and chr2 only."""
    rng = np.random.default_rng(1)
    matrix = rng.choice([0.0, 1.0, np.nan], (60, 3), p=[0.5, 0.4, 0.1])
    matrix[40:, 2] = 0
    folder.mkdir(parents=True)
    np.savez_compressed(folder / "matrix2d.ReMap+UniBind.sparse.npz", matrix)
    (folder / "tfs_idx.pickle.gz").write_bytes(gzip.compress(pickle.dumps({"MAX": 2, "CTCF": 0, "JUND": 1})))
    for number in range(3):
        sequences = decode(rng.integers(0, 4, (20, WIDTH)).astype(np.uint8))
        records = [
            f">{20 * number + n}::chr{number + 1}:{1000 * n}-{1000 * n + WIDTH}\n{sequence}\n"
            for n, sequence in enumerate(sequences)
        ]
        path = folder / f"sequences.200bp.chr{number + 1}.fa.gz"
        path.write_bytes(gzip.compress("".join(records).encode()))
    return matrix


@pytest.fixture
def published(tmp_path):
    """A folder to run in, with a small published matrix in it."""
    write_matrix(tmp_path / "matrix")
    return tmp_path


def test_published_matrix_to_tensors_and_a_split_that_does_not_fit(tmp_path):
    matrix = write_matrix(tmp_path / "matrix")
    succeed(tmp_path, config=MATRIX, targets=[DATASET])
    with safe_open(tmp_path / DATASET, framework="numpy") as stored:
        assert stored.metadata() == {"format_version": "2", "targets": "CTCF\tJUND", "task": "binding", "width": "40"}
        labels, split = stored.get_tensor("labels"), stored.get_tensor("split")
    bound = (matrix[:, :2] == 1).any(axis=1)
    np.testing.assert_array_equal(labels, matrix[bound, :2])
    np.testing.assert_array_equal(split, np.repeat([0, 1, 2], 20)[bound])

    elsewhere = {**MATRIX, "split": {"validation": ["chr2"], "test": ["chr9"]}}
    printed = fail(tmp_path, config=elsewhere, targets=[DATASET])
    assert "Error: config, split.test: chromosome 'chr9' has no region; the data have chr1, chr2, chr3" in printed
    assert not (tmp_path / REGIONS).exists()


@pytest.mark.slow
def test_a_target_that_binds_nowhere_in_a_split_is_one_sentence(published):
    printed = fail(published, config={**MATRIX, "targets": ["CTCF", "JUND", "MAX"]}, targets=[REGIONS])
    assert "Error: config, split: target 'MAX' has no bound region in test (chr3); expected at least one" in printed
    assert contents(published / "my results") == CANDIDATES


@pytest.mark.slow
def test_all_targets_of_the_published_matrix_but_one_that_binds_nowhere_in_a_split(published):
    bed = "my results/regions/MAX.positive.bed"
    succeed(published, config={**MATRIX, "targets": "all"}, targets=[DATASET, bed])
    with safe_open(published / DATASET, framework="numpy") as stored:
        assert stored.metadata()["targets"] == "CTCF\tJUND"
    assert list(read_table(published / REGIONS))[5:] == ["CTCF", "JUND"]
    steps = read_table(published / "my results" / "regions" / "selection.tsv").set_index("step")["regions"]
    assert steps["targets left out, without a bound or an unbound region in a split: MAX"] == 1
    assert (published / bed).read_text() == ""


@pytest.mark.slow
def test_an_unknown_target_of_the_published_matrix_gets_the_nearest_names(published):
    printed = fail(published, config={**MATRIX, "targets": ["CTCF", "JUN"]}, targets=[REGIONS])
    assert "Error: config, targets: 'JUN' is not in matrix/tfs_idx.pickle.gz; did you mean 'JUND'" in printed
    assert contents(published / "my results") == []


@pytest.mark.slow
def test_a_fasta_of_another_width_is_one_sentence(published):
    printed = fail(published, config={**MATRIX, "regions": {"width": 50, "unbound": 0}}, targets=[REGIONS])
    assert (
        "Error: matrix/sequences.200bp.chr1.fa.gz, record 1 (>0::chr1:0-40): found a width of 40 bp, "
        "expected 50 (regions.width)"
    ) in printed
    assert contents(published / "my results") == []


@pytest.mark.slow
def test_a_truncated_fasta_is_one_sentence(published):
    path = published / "matrix" / "sequences.200bp.chr2.fa.gz"
    path.write_bytes(path.read_bytes()[:-12])
    printed = fail(published, config=MATRIX, targets=[REGIONS])
    assert "Error: matrix/sequences.200bp.chr2.fa.gz: the gzip file is truncated; copy or download it again" in printed
    assert contents(published / "my results") == []


IMPORTED = "my results/models/theirs/seed1"


@pytest.fixture
def theirs(published):
    """A configuration with a model that is not trained but comes from a file."""
    torch.manual_seed(1)
    model = CAM(WIDTH, 2, units=3, activation="exp", filter_length=11, non_negative=False)
    write_explainn(published / "theirs.pth", model)
    entry = {"architecture": "cam", "weights": "theirs.pth", "units": 3}
    return {**MATRIX, "models": {**SMALL["models"], "theirs": entry}, "interpret": {"model": "theirs"}}


@pytest.mark.slow
def test_a_model_from_a_file_is_read_like_any_other(published, theirs):
    wanted = [f"{IMPORTED}/{name}" for name in ("explainn.pth", "predictions.tsv.gz")]
    succeed(published, config=theirs, targets=["my results/motifs/units.meme", *wanted])
    folder = published / IMPORTED
    assert (folder / "explainn.pth").read_bytes() == (published / "theirs.pth").read_bytes()
    motifs, _ = read_motifs(published / "my results" / "motifs" / "units.meme")
    assert [motif.ppm.shape for motif in motifs] == [(11, 4)] * 3
    assert (folder / "history.tsv").read_text() == "epoch\ttrain_loss\tvalidation_loss\tlearning_rate\tseconds\n"
    training = json.loads((folder / "metrics.json").read_text())["training"]
    expected = {"seconds": 0, "epochs": 0, "best_epoch": None, "device": None}
    assert {key: training[key] for key in expected} == expected
    assert load_cam(folder / "model.safetensors")[1]["weights"] == "theirs.pth"
    made = ("explainn.pth", "history.tsv", "metrics.json", "model.safetensors", "predictions.tsv.gz")
    expected = sorted(f"theirs/seed1/{name}" for name in (*made, "responses.safetensors"))
    assert contents(published / "my results" / "models") == expected


@pytest.mark.slow
def test_a_model_from_a_file_that_does_not_fit_is_one_sentence(published, theirs):
    theirs["models"]["theirs"]["units"] = 2
    printed = fail(published, config=theirs, targets=[f"{IMPORTED}/model.safetensors"])
    assert "Error: theirs.pth: found units 3, expected 2 (the model's entry, units)" in printed
    assert contents(published / "my results") == []


class Malicious:
    def __reduce__(self):
        return os.mkdir, ("executed",)


def test_a_pickle_that_runs_code_is_refused(published):
    packed = gzip.compress(pickle.dumps({"CTCF": 0, "JUND": Malicious()}))
    (published / "matrix" / "tfs_idx.pickle.gz").write_bytes(packed)
    printed = fail(published, config=MATRIX, targets=[REGIONS])
    assert "Error: matrix/tfs_idx.pickle.gz: refused, expected a pickled dict of TF name to column" in printed
    assert not list(published.rglob("executed"))
    assert contents(published / "my results") == []


# --- The truth -----------------------------------------------------------------------------------------------------
