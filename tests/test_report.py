"""The page: it holds everything, loads nothing, and what comes from outside stays text."""

import base64
import re
import struct
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from cam import plots
from cam.data.signal import SPLIT_STATED
from cam.evaluation.summaries import SPREAD, summarise
from cam.io.tables import read_table, write_table
from cam.motifs.formats import Motif
from cam.report import Evolution, Image, compare, read_caption, read_evolutions, read_image, render
from cam.setup.config import check

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "resources" / "report" / "binding.html.j2"
FIGURES = [
    "label_counts", "performance", "calibration", "confusion", "training_history", "units", "importance", "consistency",
    "final_weights", "cooperativity", "nullification", "chosen", "best", "worst", "random",
]  # fmt: skip
PROVENANCE = {
    "pipeline": {"version": "0.1.0", "commit": "0123456789abcdef0123456789abcdef01234567", "uncommitted_changes": True},
    "seeds": {"data": 1, "models": [1, 3], "interpreted": 1},
    "inputs": {
        "downloads/peaks.bed.gz": {"bytes": 1234567, "sha256": "aaaabbbbcccc" + 52 * "0", "address": "http://a.b/<peaks>"},
        "blacklist.bed.gz": {"bytes": 9, "sha256": 64 * "1", "newer_than_results": True},
    },
    "outputs": {"results/tensors/dataset.safetensors": {"bytes": 10, "sha256": 64 * "2"}},
    "trained_with": {"cam/seed1": {"torch": "2.13.0", "cpu": "GenuineIntel AVX2"}},
    "software": {
        "snakemake": "9.27.1", "deployment": [], "found": {"python": "3.11.2", "numpy": "2.4.6"},
        "environments": {"torch.yaml": {"sha256": 64 * "3", "versions": {"torch": "2.13.0"}}},
    },
    "run": {
        "command": "snakemake --config 'experiment=<b>' all", "folder": "/a b", "host": "node1",
        "platform": "Linux-6.1", "cpu": "Xeon <i>",
    },
}  # fmt: skip
IMAGE = Image("data:image/png;base64,AAAA", 640, "../figure.svg")


class Page(HTMLParser):
    """Tags with their attributes, the text of every table row, and all facts that are said of something."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows, self.stack, self.facts, self._of = [], [], [], {}, None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "input"):
            self.stack.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "dd":
            self.facts.setdefault(self._of, []).append("")

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if "td" in self.stack or "th" in self.stack:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())
        elif "dd" in self.stack:
            self.facts[self._of][-1] = " ".join(f"{self.facts[self._of][-1]} {data}".split())
        elif "dt" in self.stack:
            self._of = data

    def attributes(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def metrics_of(auroc, targets):
    per_target = {
        "auroc": auroc, "auroc_interval": [auroc - 0.02, auroc + 0.01], "auprc": 0.5, "auprc_interval": [0.25, 0.75],
        "mcc": None, "mcc_interval": None, "brier": 0.125, "calibration_error": 0.03, "threshold": 0.25, "n": 100,
        "positives": 40, "resamples": 1000, "confusion": [[55, 5], [10, 30]],
    }  # fmt: skip
    test = {target: per_target for target in targets} | {"macro": per_target | {"blocks": 88, "block_size": 500_000}}
    training = {
        "trainings": 3, "seconds": 12.34, "epochs": 20, "best_epoch": 17, "device": "cpu", "parameters": 12345
    }  # fmt: skip
    return {"test": test, "validation": test, "training": training}


def inputs(experiment="demo", targets=("CTCF", "JUND"), tf="FOS::JUND", seeds=(1,)):
    targets, n = list(targets), len(targets)
    config = {
        "experiment": experiment, "task": "binding", "targets": targets,
        "split": {"validation": ["chr5"], "test": ["chr6"]},
        "models": {"cam": {"architecture": "cam", "units": 2}, "baseline": {"architecture": "basset"}},
        "interpret": {"model": "cam", "seed": 1}, "seeds": list(seeds),
        "simulation": {"cobinding": {}},
    }  # fmt: skip
    schema = yaml.safe_load((ROOT / "resources" / "config.schema.yaml").read_text(encoding="utf-8"))
    counts = [(t, s, 10, 1020, 4) for t in targets for s in ("train", "validation", "test")]
    history = pd.DataFrame(
        {
            "generation": [0, 120],
            "mean_fitness": [0.5, 7.25],
            "best_fitness": [1.0, 9.0],
            "distinct": [200, 198],
            "distance": [0.75, 0.625],
            "converged": [False, True],
        }
    )
    table = pd.DataFrame(
        {
            "motif_id": ["MA1", "MA2", "MA3"], "tf": [tf, "MAX", "SP1"], "members": [1, 9, 1],
            "ga_hits": [150, 12, 0], "ga_total": 200,
            "random_hits": [20, 30, 90], "random_total": 1000, "ratio": [37.5, 2.0, 0.1],
            "log2_ratio": [5.2, 1.0, -3.3], "ga_per_sequence": [1.5, 0.06, 0.0],
            "random_per_sequence": [0.02, 0.03, 0.1], "p_value": [1e-30, 0.04, 1.0], "q_value": [1e-28, 0.3, 1.0],
        }
    )  # fmt: skip
    metrics = {
        (model, seed): metrics_of(auroc + 0.01 * seed, targets)
        for model, auroc in (("cam", 0.9), ("baseline", 0.8))
        for seed in seeds
    }
    differences = [
        ("cam", "baseline", "1", "macro", "auroc", 0.1, -0.1, 0.12),
        ("cam", "baseline", "1", "macro", "auprc", -0.25, -0.5, -0.125),
        ("cam", "baseline", "1", "macro", "mcc", np.nan, np.nan, np.nan),
        ("cam", "baseline", "1", "CTCF", "auroc", 0.3, 0.2, 0.4),
        ("cam", "baseline", "3", "macro", "auroc", 0.7, 0.6, 0.8),
    ]
    if len(seeds) > 1:
        differences += [
            ("cam", "baseline", name, "macro", metric, value, np.nan, np.nan)
            for name, value in (("median", 0.375), ("lowest", -0.125), ("highest", 0.75))
            for metric in ("auroc", "auprc", "mcc")
        ]
    return {
        "config": check(config, schema),
        "provenance": PROVENANCE,
        "counts": pd.DataFrame(counts, columns=["target", "split", "bound", "unbound", "missing"]),
        "selection": pd.DataFrame({"step": ["candidates", "left out: blacklist"], "regions": [12000, 34]}),
        "metrics": metrics,
        "gc_content": pd.DataFrame(
            [(target, 0.55, 0.53, 0.56, 0.5, 0.25, 0.75) for target in [*targets, "macro"]],
            columns=["target", *(f"{metric}{end}" for metric in ("auroc", "auprc") for end in ("", "_low", "_high"))],
        ),
        "summary": summarise(metrics),
        "differences": pd.DataFrame(
            differences, columns=["model", "other", "seed", "target", "metric", "difference", "low", "high"]
        ),
        "motifs": [
            Motif("unit1", "unit1", np.eye(4), 1234), Motif("unit2", "unit2", np.full((4, 4), 0.25), 0),
        ],
        "annotation": pd.DataFrame(
            {"unit": ["unit1", "unit2"], "target_id": ["MA1", None], "tf": [tf, None], "q_value": [1.5e-7, np.nan]}
        ),
        "described": pd.DataFrame({"unit": ["unit1", "unit2"], "sentence": [f"unit1 reads {tf}.", "unit2 is silent."]}),
        "weights": pd.DataFrame(
            {"target": targets[::-1], "unit1": ([2.0, 1.0] * n)[-n:], "unit2": ([0.0, 0.5] * n)[-n:]}
        ),
        "logos": {"unit1": IMAGE, "unit2": IMAGE},
        "figures": dict.fromkeys(FIGURES, IMAGE),
        "tables": {
            "thresholds": pd.DataFrame({"change": ["enriched", "lost"], "runs": [45, 9], "threshold": [1.25, np.nan]})
        },
        "evolutions": [
            Evolution("unit1", "max", "random", False, history, table, IMAGE, IMAGE),
            Evolution("unit1", "min", "random", False, history, table, IMAGE, IMAGE),
        ],
    }  # fmt: skip


def test_page_has_every_section_and_its_numbers():
    html = render(TEMPLATE, **inputs())
    page = Page(html)
    assert page.stack == []
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {"summary", "regions", "performance", "units", "weights", "artificial", "methods", "unit1"} <= anchors
    assert {a["href"][1:] for a in page.attributes("a") if a["href"].startswith("#")} <= anchors
    assert ["CTCF", *["10", "1,020", "4"] * 3] in page.rows
    assert ["left out: blacklist", "34"] in page.rows
    scores = ["0.910 [0.890, 0.920]", "0.810 [0.790, 0.820]", *["0.500 [0.250, 0.750]"] * 2, "–", "–"]
    alone = ["0.550 [0.530, 0.560]", "0.500 [0.250, 0.750]"]
    assert ["CTCF", *scores, *alone] in page.rows
    assert ["Mean", *scores, *alone] in page.rows
    assert ["baseline", "+0.100 [-0.100, 0.120]", "-0.250 [-0.500, -0.125]", "– [–, –]"] in page.rows
    assert not [row for row in page.rows if "from" in " ".join(row)]  # no range over one seed
    figures = ["0.910", "0.500", "–", "0.125", "0.030", "0.250", "30", "5", "55", "10"]
    assert ["cam", "1", "JUND", "100", "40", *figures] in page.rows
    assert ["baseline", "1", "3", "12.3", "20", "17", "12,345", "cpu"] in page.rows
    assert ["unit1", "", "1,234", "8.0", "FOS::JUND", "MA1", "1.5e-07", "1.00", "2.00"] in page.rows
    assert ["unit2", "", "0", "0.0", "", "", "", "0.50", "0.00"] in page.rows
    assert page.rows.count(["FOS::JUND MA1", "75.0%", "2.0%", "1.50", "0.02", "1.0e-28"]) == 2
    assert not [row for row in page.rows if row[0].startswith("SP1")]
    assert len(page.attributes("figure")) == len(FIGURES) + 2 * 2
    assert "unit1 reads FOS::JUND." in html
    assert "120 generations, mean fitness 0.50 → 7.25" in html
    assert "1 motif family enriched" in html
    text = " ".join(html.split())
    assert "In 95% of 45 runs no motif was enriched by more than 1.25 hits per sequence." in text
    assert "Only 9 of them were tested for what is lost, too few for a threshold." in text
    assert "percentile of 1,000 bootstrap resamples of the test regions" in " ".join(html.split())
    assert "what is drawn are blocks of 500 kb of a chromosome (88 of them)" in " ".join(html.split())
    assert "experiment: demo" in html


def test_page_tells_what_was_lost_and_which_output_is_unchanged():
    given = inputs()
    table = given["evolutions"][0].enrichment
    lost = table.assign(start_hits=90, start_total=100, start_per_sequence=4.25, log2_ratio=-2.0)
    history, nothing = given["evolutions"][0].history, table.head(0)
    given["evolutions"] = [
        Evolution("unit1", "max", "random", True, history, nothing, IMAGE, IMAGE),
        Evolution("unit1", "min", "unit1_max", False, history, lost, IMAGE, IMAGE),
    ]
    html = render(TEMPLATE, **given)
    page, text = Page(html), " ".join(html.split())
    assert "Output unchanged: the motifs in these sequences say nothing of it." in text
    assert "generations from the sequences that maximise it, mean fitness" in text
    assert "1 motif family lost." in text and "enriched." not in text
    assert ["GA", "start", "GA", "start"] in page.rows
    assert "90.0%" in text and "4.25" in text


def described_targets(targets, told=True, p_value=0.01):
    rows = [
        {
            "target": target, "family": None if target == "CTCF" else "Jun", "group": np.nan if target == "CTCF" else 2,
            "learnt_from": 1234, "regions": 2000, "bound": 80, "auroc": 0.9, "auprc": 0.5,
            "told": told, "units": "unit1,unit2", "effects": "1.25,-0.5", "tfs": "FOS::JUND,.",
            "own_motif": target != "CTCF",
            "own_unit": None if target == "CTCF" else "unit1", "own_rank": None if target == "CTCF" else 1,
            "sentence": f"{target} binds 80 of 2,000 test regions.",
        }
        for target in targets
    ]  # fmt: skip
    found = pd.DataFrame({"learnt_from": [1, 500], "targets": [9, 4], "found": [6, 3], "by_chance": [2.25, 1.0]})
    families = {"targets": 12, "groups": 5, "families": 4, "rand_index": 0.625, "by_chance": 0.001, "p_value": p_value}
    return {
        "targets": pd.DataFrame(rows), "own_motifs": found.assign(p_value=[0.0025, 0.01]),
        "families": pd.DataFrame([families]),
    }  # fmt: skip


@pytest.mark.parametrize("freeze", [False, True])
def test_page_tells_what_units_began_as(freeze):
    given = inputs()
    given["config"]["models"]["cam"]["training"]["freeze"] = freeze
    rows = [("unit1", "MA1", "CTCF", 0.5, "MA2", "MAX", False), ("unit2", None, None, np.nan, None, None, None)]
    columns = ["unit", "motif_id", "tf", "similarity", "match_id", "match_tf", "same_family"]
    given["tables"]["initial"] = pd.DataFrame(rows, columns=columns)
    html = render(TEMPLATE, **given)
    assert ["unit1", "CTCF", "MA1", "0.50", "MAX"] in Page(html).rows
    stayed = " and stayed these" if freeze else ""
    told = f"1 of 2 units began as known motifs{stayed}. 0 still match a motif of that family, 1 match one of another"
    assert told in " ".join(html.split())
    assert "began as known motifs" not in render(TEMPLATE, **inputs())


def test_page_tells_what_moves_each_target():
    given = inputs()
    given["tables"] |= described_targets(["CTCF", "JUND"])
    page = Page(render(TEMPLATE, **given))
    effects = "unit1 FOS::JUND +1.25 , unit2 -0.50"
    assert ["CTCF", "", "", "1,234", "80", "0.900", "0.500", effects, "none known", ""] in page.rows
    assert ["JUND", "Jun", "2", "1,234", "80", "0.900", "0.500", effects, "unit1", "1"] in page.rows
    text = " ".join(render(TEMPLATE, **given).split())
    assert "Of 9 targets with a motif in JASPAR2020, 6 have it, or one much like it, among their three largest" in text
    assert "in place of their own it would be 2.2 (p = 0.0025)." in text
    assert "Of those with at least 500 bound training regions it is 3 of 4 (by chance 1.0)." in text
    assert "<li>CTCF binds 80 of 2,000 test regions.</li>" in text
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {a["href"][1:] for a in page.attributes("a") if a["href"].startswith("#")} <= anchors
    given["tables"] |= described_targets(["CTCF", "JUND"], told=False)
    assert ["JUND", "Jun", "2", "1,234", "80", "0.900", "0.500", "–", "–", ""] in Page(render(TEMPLATE, **given)).rows
    told = "stand in 5 groups that use the same units. These are largely families: the adjusted Rand index is 0.62"
    assert told in text and "cannot be said" not in text
    given["tables"] |= described_targets(["CTCF", "JUND"], p_value=0.4)
    text = " ".join(render(TEMPLATE, **given).split())
    assert "It cannot be said that these are families: the adjusted Rand index" in text


def test_page_tells_single_effects_as_they_are_read_from_a_table(tmp_path):
    given = inputs()
    told = described_targets(["CTCF", "JUND"])
    told["targets"] = told["targets"].assign(units="unit1", effects=["1.25", "-0.5"], tfs=".")
    for name, table in told.items():
        write_table(table, tmp_path / name)
    given["tables"] |= {name: read_table(tmp_path / name) for name in told}
    rows = Page(render(TEMPLATE, **given)).rows
    assert ["JUND", "Jun", "2", "1,234", "80", "0.900", "0.500", "unit1 -0.50", "unit1", "1"] in rows
    told["families"][["rand_index", "by_chance", "p_value"]] = np.nan
    given["tables"] |= told
    assert "with a known structural family stand in" not in render(TEMPLATE, **given)


def test_of_many_targets_the_page_has_tables_to_search_and_no_column_for_each():
    targets = [f"TF{number}" for number in range(40)]
    given = inputs(targets=targets)
    given["tables"] |= described_targets(targets)
    page = Page(render(TEMPLATE, **given))
    assert page.stack == [] and len(page.attributes("input")) == 1
    row = next(row for row in page.rows if row[0] == "unit2")
    assert row[-1].count("+0.50") == 5 and len(row) == 8
    assert not any("1.00" in row for row in page.rows if row[0] == "unit1")
    assert not [row for row in page.rows if row[:1] == ["TF3"] and "0.910 [0.890, 0.920]" in row]
    few = Page(render(TEMPLATE, **inputs()))
    assert not few.attributes("input")


def regression_inputs():
    """Three cell types of two lineages, two models; no sequences were written."""
    targets = ["B.Sp", "B.Fo.Sp", "GN.BM"]
    given = inputs()
    config = {
        "experiment": "immune", "task": "regression", "source": {"kind": "immgen_demo"}, "targets": targets,
        "seeds": [1], "split": {"validation": 0.125, "test": 0.25}, "interpret": {"model": "cam"},
        "models": {"cam": {"architecture": "cam", "units": 2}, "aitac": {"architecture": "aitac"}},
    }  # fmt: skip
    schema = yaml.safe_load((ROOT / "resources" / "config.schema.yaml").read_text(encoding="utf-8"))

    def test_of(value):
        macro = {"mean_profile": 0.111, "resamples": 1000, "n": 50}
        for name in ("region_pearson", "region_pearson_median", "centred_pearson", "pearson"):
            macro |= {name: value, f"{name}_interval": [value - 0.1, value + 0.1]}
        each = {"pearson": value / 2, "centred_pearson": None, "n": 50}
        return {"macro": macro} | dict.fromkeys(targets, each)

    training = given["metrics"]["cam", 1]["training"]
    metrics = {("cam", 1): test_of(0.5), ("aitac", 1): test_of(0.4)}
    summary = pd.DataFrame(
        [(model, "1", *[0.5] * 4) for model in ("cam", "aitac")],
        columns=["model", "seed", "region_pearson", "region_pearson_median", "centred_pearson", "pearson"],
    )
    regulators = pd.DataFrame(
        [
            ("B", 1, "unit1", "Pax1<i>", "MA1", 1e-8, "PAX5", 0.5, 0.1, 0.7, 0.95, 1e-5, "presence", 1),
            ("myeloid", 1, "unit2", None, None, np.nan, None, 0.5, 0.1, 0.25, 0.75, 0.03, "absence", 1),
        ],
        columns=[
            "lineage", "rank", "unit", "tf", "target_id", "motif_q", "known", "mean_weight", "mean_elsewhere", "effect",
            "auc", "q_value", "detector", "replicates",
        ],
    )  # fmt: skip
    pairs = pd.DataFrame(
        [(1, "B", "unit1", "Pax1", "unit2", "EBF1", 0.875, 120, 40.25, 5.5, 1e-12, 1e-11)],
        columns=[
            "group", "lineage", "unit_a", "tf_a", "unit_b", "tf_b", "profile_correlation", "regions_both", "expected",
            "odds_ratio", "p_value", "q_value",
        ],
    )  # fmt: skip
    figures = {"correlations", "cell_types", "lineages", "known_regulators"} | set(FIGURES)
    return given | {
        "gc_content": None,
        "config": check(config, schema, ROOT / "resources"),
        "counts": pd.DataFrame({"split": ["train", "validation", "test"], "regions": [1500, 300, 50]}),
        "metrics": {run: {"test": test, "validation": test, "training": training} for run, test in metrics.items()},
        "summary": summary,
        "differences": pd.DataFrame(
            [("cam", "aitac", "1", "macro", "region_pearson", 0.1, 0.05, 0.15)],
            columns=["model", "other", "seed", "target", "metric", "difference", "low", "high"],
        ),
        "weights": pd.DataFrame({"target": targets, "unit1": [2.0, 4.0, 0.0], "unit2": [0.0, 0.0, 3.0]}),
        "figures": dict.fromkeys(sorted(figures - {"performance", "calibration", "confusion"}), IMAGE),
        "evolutions": [],
        "lineages": pd.DataFrame({"target": targets, "lineage": ["B", "B", "myeloid"]}),
        "tables": {"regulators": regulators, "pairs": pairs},
    }


def test_page_of_a_regression_tells_correlations_and_lineages():
    html = render(TEMPLATE.with_name("regression.html.j2"), **regression_inputs())
    page, text = Page(html), " ".join(html.split())
    assert page.stack == []
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {a["href"][1:] for a in page.attributes("a") if a["href"].startswith("#")} <= anchors
    assert "lineages" in anchors
    assert ["1,500", "300", "50"] in page.rows
    assert ["cam", *["0.500 [0.400, 0.600]"] * 4] in page.rows
    assert ["mean profile", "0.111", ""] in page.rows
    assert ["aitac", "+0.100 [0.050, 0.150]"] in page.rows
    assert ["B.Fo.Sp", "–", "0.250", "–", "0.200"] in page.rows
    # By lineage: the weights less their mean over targets, 2 and 1, as means of each lineage.
    assert [row[-2:] for row in page.rows if row[0] == "unit1"] == [["1.00", "-2.00"]]
    assert [row[-2:] for row in page.rows if row[0] == "unit2"] == [["-1.00", "2.00"]]
    assert ["B", "unit1", "Pax1<i>", "1.0e-08", "PAX5", "0.70", "0.95", "1.0e-05"] in page.rows
    assert ["myeloid", "unit2", "", "–", "", "0.25", "0.75", "0.03"] in page.rows
    assert ["B", "unit1, unit2", "Pax1 , EBF1", "0.88", "120", "40.2", "5.50", "1.0e-11"] in page.rows
    assert len(page.attributes("figure")) == len(FIGURES) + 1
    assert "At random 12.5% of the regions served for validation and 25% for the test" in text
    assert "a one-cycle learning rate and 1 − the correlation of each region across targets" in text
    assert "(correlation above 0.75)" in text
    assert not re.search("logit|binding|bound|calibration", re.sub(r"<pre>.*?</pre>", "", text))


def test_page_of_binding_shows_lineages_too_where_there_is_a_table_of_them():
    regression = regression_inputs()
    lineages = pd.DataFrame({"target": ["CTCF", "JUND"], "lineage": ["insulator", "myeloid"]})
    given = inputs() | {"lineages": lineages, "tables": {"pairs": regression["tables"]["pairs"]}}
    html = render(TEMPLATE, **given)
    page = Page(html)
    assert page.stack == [] and '<h2 id="lineages">' in html
    assert ["CTCF", *["10", "1,020", "4"] * 3] in page.rows
    assert [row[-2:] for row in page.rows if row[0] == "unit1"] == [["-0.50", "0.50"]]


def test_what_chance_gives_stands_beside_what_was_found():
    shares = [(1.0, 0.5, 0.0, 0.5, 0.0), (0.5, 0.0, 0.0, 0.0, 0.0), (0.08, 0.01, 0.12, 0.0, 0.02)]
    controls = pd.DataFrame(
        [(name, n, *found, sum(found[1:]), of, 11)
         for (name, n, of), found in zip(
             [("trained", 2, 2), ("shuffled", 2, 0), ("untrained", 100, 0.25)], shares, strict=True
         )],
        columns=["control", "units", "matched", "presence", "partly_presence", "absence", "partly_absence", "detectors",
                 "regulators", "of_regulators"],
    )  # fmt: skip
    given = regression_inputs()
    html = render(
        TEMPLATE.with_name("regression.html.j2"), **given | {"tables": given["tables"] | {"controls": controls}}
    )
    page, text = Page(html), " ".join(html.split())
    assert page.stack == []
    assert ["the trained model", "2", "100%", "50%", "0%", "50%", "0%", "2 of 11"] in page.rows
    assert ["trained on shuffled labels", "2", "50%", "0%", "0%", "0%", "0%", "0 of 11"] in page.rows
    assert ["untrained", "100", "8%", "1%", "12%", "0%", "2%", "0.2 of 11"] in page.rows
    assert "units match a known motif; of untrained ones 8%" in text
    assert "By chance: 0 of 11 (2 units trained on shuffled labels), 0.2 of 11 (2 untrained units)." in text
    binding = controls.drop(columns=["regulators", "of_regulators"])
    html = render(TEMPLATE, **inputs() | {"tables": {"controls": binding}})
    assert ["untrained", "100", "8%", "1%", "12%", "0%", "2%"] in Page(html).rows


def test_page_links_to_its_files():
    links = {a["href"] for a in Page(render(TEMPLATE, **inputs())).attributes("a")}
    assert {
        "../regions/regions.tsv.gz", "../motifs/units.meme", "../motifs/unit1.svg", "../tomtom/tomtom.tsv",
        "../models/summary.tsv", "../models/comparison.tsv", "../interpretation/final_weights.tsv",
        "../ga/unit1_max.fa", "../ga/unit1_min.history.tsv", "../ga/unit1_min.outputs.tsv",
        "../enrichment/unit1_max.tsv", "../figure.svg",
    } <= links  # fmt: skip


def test_page_tells_where_its_results_come_from():
    page = Page(render(TEMPLATE, **inputs()))
    assert ["downloads/peaks.bed.gz http://a.b/<peaks>", "1,234,567", "aaaabbbbcccc…"] in page.rows
    newer = "blacklist.bed.gz newer than the regions, which may have been made of an earlier version"
    assert [newer, "9", "111111111111…"] in page.rows
    assert ["results/tensors/dataset.safetensors", "10", "222222222222…"] in page.rows
    assert page.facts == {
        "Pipeline": ["version 0.1.0, commit 0123456789ab , with uncommitted changes"],
        "Command": ["snakemake --config 'experiment=<b>' all in /a b on node1"],
        "Seeds": ["1 for data and sequences; 1, 3 for models"],
        "Software": ["Snakemake 9.27.1; all steps with python 3.11.2, numpy 2.4.6"],
        "Trained with": ["torch 2.13.0, cpu GenuineIntel AVX2"],
        "Machine": ["Xeon <i>, Linux-6.1"],
    }


def test_page_tells_of_environments_of_their_own_of_another_cpu_and_of_no_commit():
    record = PROVENANCE | {
        "pipeline": {"version": "0.1.0", "commit": "unknown", "uncommitted_changes": None},
        "software": PROVENANCE["software"] | {"deployment": ["conda"]},
        "trained_with": {"cam/seed1": {"cpu": "a"}, "cam/seed2": {"cpu": "b"}, "aitac/seed1": {"cpu": "a"}},
    }
    facts = Page(render(TEMPLATE, **(inputs() | {"provenance": record}))).facts
    assert facts["Pipeline"] == ["version 0.1.0, of no known commit"]
    assert facts["Software"] == [
        "Snakemake 9.27.1; every step in an environment of its own (conda), made from torch.yaml 33333333…"
    ]
    assert facts["Trained with"] == ["cpu a (cam/seed1, aitac/seed1)", "cpu b (cam/seed2)"]


def test_page_loads_nothing():
    html = render(TEMPLATE, **inputs())
    page = Page(html)
    assert not re.search(r"(?:src|srcset|href|data)=[\"']?(?:https?:|//)|@import|url\(", html)
    images = page.attributes("img")
    assert images and all(image["src"].startswith("data:image/png;base64,") for image in images)
    assert not page.attributes("link")
    assert [script for script in page.attributes("script") if script] == []
    (policy,) = [meta["content"] for meta in page.attributes("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_names_with_markup_stay_text():
    evil = "<script>alert('&\"')</script>"
    plain = Page(render(TEMPLATE, **inputs()))
    page = Page(render(TEMPLATE, **inputs(experiment=evil, tf=evil)))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert [evil in row[4] for row in page.rows if row[0] == "unit1"] == [True]


def test_a_name_with_template_syntax_is_not_run():
    html = render(TEMPLATE, **inputs(experiment="{{ 6 * 7 }}"))
    assert "<h1>{{ 6 * 7 }}</h1>" in html


@pytest.mark.parametrize(
    ("tune", "said"),
    [
        ("final", "a CAM of 2 units taken over from theirs.safetensors, with final weights fitted to their outputs;"),
        ("all", "fitted to their outputs, which was then trained as a whole for up to 6 epochs;"),
        ({"new_units": 1}, "2 units, 1 of which were trained for up to 12 epochs beside those of theirs.safetensors,"),
    ],
)
def test_how_a_dictionary_was_used_is_told(tune, said):
    arguments = inputs()
    training = {"epochs": 12, "tuning_epochs": 6, "starts": 12, "loss": "binding"}
    arguments["config"]["models"]["cam"] = {
        "architecture": "cam", "weights": "theirs.safetensors", "units": 2, "tune": tune, "non_negative": True,
        "training": training,
    }  # fmt: skip
    text = " ".join(render(TEMPLATE, **arguments).split())
    assert said in text and "the first point is that of final weights fitted to their outputs." in text
    assert "trained elsewhere" not in text and "were chosen by forward selection" not in text
    assert "The weights of the model are not negative." in text


def test_a_model_from_a_file_is_told():
    arguments = inputs()
    config = arguments["config"]
    config["models"]["cam"] = {"architecture": "cam", "weights": "theirs.pth", "units": 2}
    arguments["metrics"]["cam", 1]["training"] |= {
        "trainings": None, "seconds": 0.0, "epochs": 0, "best_epoch": None, "device": None
    }  # fmt: skip
    html = render(TEMPLATE, **arguments)
    assert ["cam", "1", "–", "0.0", "0", "–", "12,345", "–"] in Page(html).rows
    text = " ".join(html.split())
    assert "Model cam is a CAM of 2 units trained elsewhere, with the weights in theirs.pth;" in text
    assert "The other was trained with AdamW" in text
    assert "Training of cam went on" not in text
    assert "The weights of the model are those in theirs.pth." in text


@pytest.mark.parametrize(
    ("regions", "said", "not_said"),
    [
        ({}, "1 that no target binds was kept, matched in GC content, as far as there are enough.", ["shuffled copy"]),
        (
            {"negatives": "gc_and_repeat_matched", "unbound": 2},
            "2 that no target binds were kept, matched in GC content and repeats, as far as there are enough.",
            ["shuffled copy"],
        ),
        ({"unbound": 0}, "what one target does not bind another one does", ["matched in GC content", "shuffled"]),
        ({"negatives": "shuffled", "unbound": 2}, "2 shuffled copies of it, with as many", ["matched in GC content"]),
    ],
)
def test_page_says_what_the_unbound_regions_are(regions, said, not_said):
    given = inputs()
    given["config"]["regions"] |= regions
    text = " ".join(re.sub(r"<pre>.*?</pre>", "", render(TEMPLATE, **given), flags=re.DOTALL).split())
    assert said in text
    assert [part for part in not_said if part in text] == []


def test_page_says_how_each_model_was_trained():
    given = inputs()
    text = " ".join(render(TEMPLATE, **given).split())
    assert "They were trained with AdamW, a one-cycle learning rate and binary cross-entropy for up to" in text
    assert "of which the one with the lowest validation loss was kept, or the chosen units as they were." in text
    given = regression_inputs()
    given["config"]["models"]["aitac"]["training"]["loss"] = "mse"
    text = " ".join(render(TEMPLATE.with_name("regression.html.j2"), **given).split())
    assert "1 − the correlation of each region across targets or mean squared error for up to" in text


def test_page_of_one_target_of_real_numbers_takes_nothing_less_its_mean():
    given = regression_inputs()
    several = render(TEMPLATE.with_name("regression.html.j2"), **given)
    given["config"] = given["config"] | {"targets": ["B.Sp"]}
    one = render(TEMPLATE.with_name("regression.html.j2"), **given)
    assert "less its mean over targets" in several and "relative to the other targets" in several
    assert "relative to the other targets" not in one and "final weight less its mean" not in one


def one_value_inputs():
    """A single target of real numbers, of which there is nothing but its correlation across regions; three seeds."""
    given = regression_inputs()

    def run(value):
        test = {"pearson": value, "pearson_interval": [value - 0.1, value + 0.1], "n": 50, "resamples": 1000}
        return {"test": {"macro": {**test, "targets_left_out": 0}, "B.Sp": test}, "training": training}

    training = given["metrics"]["cam", 1]["training"]
    runs = {(model, seed): run(of + seed / 100) for model, of in (("cam", 0.5), ("aitac", 0.4)) for seed in (1, 2)}
    rows = [("cam", "aitac", "1", 0.125, 0.0625, 0.25), *(("cam", "aitac", n, 0.3, None, None) for n in SPREAD)]
    return given | {
        "config": given["config"] | {"targets": ["B.Sp"], "seeds": [1, 2]},
        "metrics": runs,
        "summary": summarise(runs),
        "differences": pd.DataFrame(
            rows, columns=["model", "other", "seed", "difference", "low", "high"]
        ).assign(target="macro", metric="pearson"),
        "weights": given["weights"].query("target == 'B.Sp'"),
        "figures": dict.fromkeys(["predictions", "training_history", "final_weights", "best"], IMAGE),
        "lineages": None,
        "tables": {},
    }  # fmt: skip


def test_page_of_one_target_of_real_numbers_has_its_correlation_and_nothing_that_is_empty():
    html = render(TEMPLATE.with_name("regression.html.j2"), **one_value_inputs())
    rows = Page(html).rows
    assert ["Model", "Across regions"] in rows and ["Than", "Across regions"] in rows
    assert ["cam", "0.510 [0.410, 0.610]"] in rows and ["aitac", "0.410 [0.310, 0.510]"] in rows
    assert ["aitac", "+0.125 [0.062, 0.250]"] in rows and ["cam", "0.515 from 0.510 to 0.520"] in rows
    text = " ".join(html.split())
    assert [
        word for word in ("Per region", "mean profile", "centred", "Every target", "Cooperativity") if word in text
    ] == []
    assert not any("–" in field for row in rows for field in row)
    assert "<b>0.510</b> correlation across regions, cam" in text
    assert "Predictions for the test regions against the measured values" in text
    several = render(TEMPLATE.with_name("regression.html.j2"), **regression_inputs())
    for word in ("Per region", "mean profile", "Every target"):
        assert word in several


def test_page_tells_of_targets_that_only_the_data_name_that_there_is_one():
    given = one_value_inputs()
    given["figures"] = dict.fromkeys(["correlations", "cell_types"], IMAGE)  # drawn before the number was known
    given["config"] = given["config"] | {"targets": "all"}
    html = " ".join(render(TEMPLATE.with_name("regression.html.j2"), **given).split())
    assert html.count('alt="Measured and predicted values"') == 1
    assert (
        "Predictions for the test regions against the measured values" in html and "Correlations per target" not in html
    )


def test_page_names_every_loss():
    given = regression_inputs()
    for loss, said in {"poisson": "the Poisson log-likelihood of counts", "mse": "mean squared error"}.items():
        for model in given["config"]["models"].values():
            model["training"]["loss"] = loss
        html = " ".join(render(TEMPLATE.with_name("regression.html.j2"), **given).split())
        assert f"a one-cycle learning rate and {said} for up to" in html


def test_page_says_where_the_split_comes_from():
    given = regression_inputs()
    steps = pd.DataFrame({"step": ["candidates", "split as the data state it"], "regions": [50, 40]})
    stated = render(TEMPLATE.with_name("regression.html.j2"), **given | {"selection": steps})
    drawn = render(TEMPLATE.with_name("regression.html.j2"), **given)
    said = "The regions for training, validation and test are those that the data state"
    assert said in stated and "At random 12.5% of the regions" not in stated
    assert said not in drawn and "At random 12.5% of the regions" in drawn
    assert SPLIT_STATED in steps["step"].tolist()


def test_page_tells_whose_accessibility_it_is():
    template, given = TEMPLATE.with_name("regression.html.j2"), regression_inputs()
    given["config"]["source"]["kind"] = "immgen"
    assert "immune cell types, from ImmGen" in (html := render(template, **given)) and "AI-TAC reads" in html
    given["config"]["source"]["format"] = "ocrs"
    assert "AI-TAC reads" not in render(template, **given)
    given["config"]["lineages"] = "mine.tsv"
    html = re.sub(r"<pre>.*?</pre>", "", render(template, **given), flags=re.DOTALL)
    assert "accessibility, from the given files" in html and "ImmGen" not in html and "immune cell" not in html


def test_page_tells_of_artificial_sequences_only_where_there_are_some():
    given = inputs()
    some = " ".join(render(TEMPLATE, **given).split())  # of one of two units
    assert "For some of the units a genetic algorithm wrote" in some and "The genetic algorithm climbed" in some
    none = " ".join(render(TEMPLATE, **(given | {"evolutions": []})).split())
    assert "None were asked for" in none and "genetic algorithm wrote" not in none and "algorithm climbed" not in none


def test_page_is_the_same_made_again():
    assert render(TEMPLATE, **inputs()) == render(TEMPLATE, **inputs())


def test_page_of_one_target_and_several_seeds():
    html = render(TEMPLATE, **(inputs(seeds=[1, 3]) | {"evolutions": [], "figures": {}}))
    page = Page(html)
    assert "On the test regions, seed 1; in brackets 95 % bootstrap intervals" in " ".join(html.split())
    assert ["CTCF", "0.910 [0.890, 0.920]", "0.810 [0.790, 0.820]"] in [row[:3] for row in page.rows]
    assert ["baseline, 2 seeds", *["+0.375 from -0.125 to 0.750"] * 3] in page.rows
    assert "not what another training would; the range over seeds does." in " ".join(html.split())
    assert ["cam", "0.920 from 0.910 to 0.930", "0.500 from 0.500 to 0.500", "– from – to –"] in page.rows
    assert "Medians over 2 seeds" in html
    assert len([row for row in page.rows if row[0] == "baseline" and row[1].startswith("+")]) == 1
    assert not page.attributes("figure")
    html = render(TEMPLATE, **inputs(targets=["CTCF"]))
    assert "have learned about CTCF from regions" in " ".join(html.split())


def test_weights_are_shaded_by_their_share_of_the_largest():
    def styles(weights):
        page = Page(render(TEMPLATE, **(inputs() | {"weights": pd.DataFrame({"target": ["CTCF", "JUND"], **weights})})))
        return [cell["style"] for cell in page.attributes("td") if "style" in cell]

    assert styles({"unit1": [2.0, 1.0], "unit2": [0.0, 0.0]}) == [
        "background: rgba(33, 102, 172, 1.00); color: #fff",
        "background: rgba(33, 102, 172, 0.50); color: #1f2933",
        *["background: rgba(33, 102, 172, 0.00); color: #1f2933"] * 2,
    ]
    assert styles({"unit1": [2.0, -1.0], "unit2": [0.0, 0.0]})[:2] == [
        "background: rgba(178, 24, 43, 1.00); color: #fff",
        "background: rgba(33, 102, 172, 0.50); color: #1f2933",
    ]
    assert (
        styles({"unit1": [0.0, 0.0], "unit2": [0.0, 0.0]})[0] == "background: rgba(33, 102, 172, 0.00); color: #1f2933"
    )


def test_page_of_one_model_has_no_differences():
    given = inputs()
    given["config"] = given["config"] | {"models": {"cam": given["config"]["models"]["cam"]}}
    given["metrics"] = {("cam", 1): given["metrics"]["cam", 1]}
    given |= {"summary": summarise(given["metrics"]), "differences": given["differences"][:0]}
    html = render(TEMPLATE, **given)
    assert "../models/comparison.tsv" not in html
    assert ["CTCF", "0.910 [0.890, 0.920]", "0.500 [0.250, 0.750]", "–"] in [row[:4] for row in Page(html).rows]


def test_a_caption_of_the_page_is_that_of_snakemakes_report(tmp_path):
    (tmp_path / "units.rst").write_text(
        "{% set many = snakemake.config['targets']|length > 1 %}\n"
        "Units of {{ snakemake.config['experiment'] }}{{ ', by lineage' if snakemake.input.lineages }}.\n"
        "*All* targets\n{{ 'together' if many }} (``ga.patience``); q < 0.05"
        "{% if snakemake.wildcards.choice is defined %}, not here{% endif %}\n"
    )
    config = {"experiment": "<b>", "targets": ["A", "B"]}
    said = "Units of &lt;b&gt;{}. <em>All</em> targets together (<code>ga.patience</code>); q &lt; 0.05"
    assert read_caption("units", tmp_path, config) == said.format("")
    assert read_caption("units", tmp_path, config, pd.DataFrame({"lineage": []})) == said.format(", by lineage")


@pytest.mark.parametrize("given", [inputs, regression_inputs])
def test_every_figure_has_the_caption_that_it_has_in_snakemakes_report(given):
    """Where a figure is shown once; those of single regions and of runs share one, which stands above them."""
    given = given()
    template = TEMPLATE.with_name(f"{given['config']['task']}.html.j2")
    html = render(template, **given | {"evolutions": inputs()["evolutions"]})
    captions = re.findall("<figcaption>(.*?) *<a href", html)
    config, lineages = given["config"], given.get("lineages")
    named = {"label_counts": "peak_values", "region_quality": "peak_gc"} if config["task"] == "regression" else {}
    shared = {"chosen", "best", "worst", "random"}
    for name in set(given["figures"]) - shared:
        expected = read_caption(named.get(name, name), TEMPLATE.parent / "captions", config, lineages)
        assert [caption for caption in captions if caption.startswith(expected)], name
    for name in ("local", "genetic", "enrichment", "selection"):
        assert read_caption(name, TEMPLATE.parent / "captions", config, lineages) in html
    assert {"Best.", "Chosen.", "unit1, maximised: the genetic algorithm."} <= {one.strip() for one in captions}


def test_runs_of_the_genetic_algorithm_are_read(tmp_path):
    plots.save(plots.logo(np.eye(4), compact=True), tmp_path / "a.png")
    history, table = inputs()["evolutions"][0].history, inputs()["evolutions"][0].enrichment
    write_table(history, tmp_path / "history.tsv")
    write_table(table, tmp_path / "table.tsv")
    summary = pd.DataFrame(
        {"subject": ["unit1"] * 2, "direction": ["max", "min"], "start": ["random", "unit1_max"],
         "output_unchanged": [True, False]}
    )  # fmt: skip
    runs = [("unit1", "max"), ("unit1", "min")]
    paths = [[tmp_path / name] * 2 for name in ("history.tsv", "table.tsv", "a.png", "a.png")]
    found = read_evolutions(runs, summary, *paths, tmp_path / "index.html")
    assert [(one.unit, one.direction, one.start, one.unchanged) for one in found] == [
        ("unit1", "max", "random", True), ("unit1", "min", "unit1_max", False),
    ]  # fmt: skip
    pd.testing.assert_frame_equal(found[1].history, history, check_dtype=False)
    assert found[0].enrichment["tf"].tolist() == table["tf"].tolist() and found[0].enriched.vector == "a.svg"


def test_compare_marks_the_best_of_a_seed():
    runs = {
        ("cam", 1): metrics_of(0.8, ["CTCF"]),
        ("cam", 2): metrics_of(0.95, ["CTCF"]),
        ("baseline", 1): metrics_of(0.9, ["CTCF"]),
    }
    table = compare(runs, ["CTCF"], 1)
    auroc = table[table["metric"] == "auroc"]
    assert auroc[["target", "model", "value", "best"]].values.tolist() == [
        ["CTCF", "cam", 0.8, False],
        ["CTCF", "baseline", 0.9, True],
    ]
    assert auroc["interval"].tolist() == [pytest.approx([0.78, 0.81]), pytest.approx([0.88, 0.91])]
    assert table[table["metric"] == "auprc"]["best"].all()
    assert not table[table["metric"] == "mcc"]["best"].any()


def test_read_image_gives_size_and_address(tmp_path):
    path = tmp_path / "models" / "curves.png"
    plots.save(plots.logo(np.eye(4), compact=True), path)
    image = read_image(path, tmp_path / "report" / "index.html")
    data = base64.b64decode(image.uri.removeprefix("data:image/png;base64,"))
    assert data == path.read_bytes()
    assert image.width == round(struct.unpack(">I", data[16:20])[0] / 1.5) == 52
    assert image.vector == "../models/curves.svg"


def test_the_page_of_sequences_says_that_groups_of_near_duplicates_are_drawn():
    given = inputs()
    methods = re.sub(r"\s+", " ", render(TEMPLATE, **given).partition('id="methods"')[2])
    assert "what is drawn are blocks of 500 kb of a chromosome (88 of them)" in methods
    given["config"]["source"] = {"kind": "sequences", "table": "t.tsv", "trim": [0, 0], "drop_leaking": False}
    given["config"]["split"] = {"validation": 0.1, "test": 0.2}
    for run in given["metrics"].values():
        run["test"]["macro"] |= {"blocks": 230, "block_size": None, "block": "group of near-duplicates"}
    methods = re.sub(r"\s+", " ", render(TEMPLATE, **given).partition('id="methods"')[2])
    assert "drawn are groups of near-duplicates (230 of them), the two strands of a sequence among them." in methods
    assert "given files. Missing" in methods and "chromosome" not in methods.partition("Provenance")[0]
    assert "Where the data state no split, 10% of the sequences served for validation and 20% for the test" in methods
