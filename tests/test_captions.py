"""Captions say what holds under the configuration of the run, and nothing else."""

import copy
from functools import cache
from types import SimpleNamespace

import pytest
import yaml
from cam.setup.config import check, table_of
from conftest import ROOT
from jinja2 import Environment, StrictUndefined
from snakemake.utils import update_config

CAPTIONS = ROOT / "resources" / "report" / "captions"
SCHEMA = "resources/config.schema.yaml"
IMMUNE = {"source": {"kind": "immgen_demo"}, "targets": "all", "models": {"baseline": "null"}}
ONE_CELL_TYPE = IMMUNE | {"targets": ["B.Fo.Sp"], "training": {"loss": "mse"}}
BARE = {"models": {"baseline": "null"}, "seeds": [1], "training": {"starts": 1}}
SEEDS = {"seeds": [1, 2]}
BEST_OF_THREE = {"models": {"baseline": {"training": {"starts": 3}}}}
_TARGETS = 'snakemake.config["targets"]'
NAMED = ([f"T{number}" for number in range(20)], ["T0"])  # the targets of data
NO_LINEAGES = {"source": {"kind": "immgen"}, "lineages": None, "targets": ["B.Fo.Sp", "B.FrE.BM", "NK.27-11b-.BM"]}


@cache
def read():
    """The default configuration, and its schema."""
    return [yaml.safe_load((ROOT / path).read_text(encoding="utf-8")) for path in ("config.yaml", SCHEMA)]


def caption(name, config, wildcards=()):
    """The text of a caption under the default configuration with some keys changed."""
    default, schema = read()
    values = copy.deepcopy(default)
    update_config(values, config)
    values = check(values, schema, ROOT / "resources")
    snakemake = SimpleNamespace(
        config=values,
        input=SimpleNamespace(lineages=table_of(values, "lineages", ROOT / "resources") or []),
        wildcards=SimpleNamespace(**dict(wildcards)),
    )
    environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    text = environment.from_string((CAPTIONS / f"{name}.rst").read_text(encoding="utf-8")).render(snakemake=snakemake)
    return " ".join(text.split())


def matrix(tmp_path):
    (tmp_path / "matrix").mkdir()
    return {"source": {"kind": "published_matrix", "directory": str(tmp_path / "matrix")}}


@pytest.mark.parametrize(
    ("name", "config", "said", "not_said"),
    [
        ("label_counts", {}, ["matched to them in GC content"], ["shuffled", "no others", "left out"]),
        ("label_counts", {"regions": {"negatives": "shuffled"}}, ["shuffled", "dinucleotide"], ["GC content"]),
        ("label_counts", {"regions": {"negatives": "gc_and_repeat_matched"}}, ["in GC content and repeats as far"], []),
        ("label_counts", {"regions": {"unbound": 0}}, ["no others are added"], ["GC content", "shuffled"]),
        ("label_counts", {"regions": {"missing": "drop"}}, ["not known for every target are left out"], []),
        ("sweep_performance", {}, ["Every point is one training", "A grey line is a baseline."], ["median", "band"]),
        ("sweep_performance", SEEDS, ["lines are their medians", "the band its range"], ["one training"]),
        ("sweep_performance", BARE, [], ["baseline", "median", "grey"]),
        ("sweep_correlation", IMMUNE | SEEDS, ["across targets", "medians"], ["baseline", "grey"]),
        ("sweep_training_time", {}, ["12 that are trained side by side", "that of a baseline"], ["stands alone"]),
        ("sweep_training_time", BARE, ["the whole training. Right"], ["side by side", "tuning", "baseline", "band"]),
        ("region_quality", {}, ["ReMap", "UniBind"], []),
        ("units", {}, ["moves each logit:", "means of both strands", "where an absence detector is off"], ["relative"]),
        ("units", IMMUNE, ["relative to those of the other targets", "less its mean over targets"], ["logit"]),
        ("units", ONE_CELL_TYPE, ["moves each prediction:"], ["relative", "mean over targets"]),
        ("final_weights", {"targets": ["CTCF"]}, [], ["stand beside"]),
        ("final_weights", IMMUNE, ["less its mean over targets", "the cosine of these"], []),
        ("final_weights", ONE_CELL_TYPE, ["The weights of the model are not negative."], ["less its mean", "cosine"]),
        ("final_weights", {"models": {"cam": {"non_negative": False}}}, ["of the model are of either sign."], []),
        ("lineages", IMMUNE, ["on average over all targets: the final weight less its mean"], []),
        ("lineages", ONE_CELL_TYPE, ["(rows): the final weight, times"], ["less its mean"]),
        ("importance", {}, ["in size, where its filter is *not* active"], ["higher", "Boxes are drawn for"]),
        ("importance", IMMUNE, ["relative to the other targets", "Boxes are drawn for the target"], []),
        ("importance_table", IMMUNE, ["relative to the other targets"], ["logit"]),
        ("importance_table", ONE_CELL_TYPE, [], ["relative"]),
        ("nullification", {}, ["medians of up to five repeats", "not counted"], ["mean over targets"]),
        ("nullification", ONE_CELL_TYPE, [], ["mean over targets"]),
        ("nullification_table", IMMUNE, ["less the mean over targets"], []),
        ("correlations", IMMUNE, [], ["other seeds", "Middle"]),
        ("correlations", IMMUNE | SEEDS, ["thin lines: the other seeds"], ["Middle"]),
        ("correlations", IMMUNE | {"models": {"baseline": {"architecture": "aitac"}}}, ["Middle"], ["other seeds"]),
        ("calibration", {}, [], ["Every line and point is a target"]),
        ("lineage_regulators", IMMUNE, ["known for the lineages"], ["immune", "replicates"]),
        ("lineage_regulators", IMMUNE | SEEDS, ["in how many replicates"], []),
        ("training_history", {}, ["Of a CAM whose units are chosen"], ["best of several", "elsewhere"]),
        ("training_history", BARE, ["lowest validation loss, are kept"], ["chosen", "best of several", "elsewhere"]),
        ("training_history", BEST_OF_THREE, ["Where a model is the best of several trainings"], ["elsewhere"]),
        ("cell_types", IMMUNE, ["targets stand by lineage"], []),
        ("cell_types", IMMUNE | NO_LINEAGES, ["bootstrap interval. Where"], ["lineage"]),
        ("peak_values", IMMUNE, ["coloured by lineage"], []),
        ("peak_values", IMMUNE | NO_LINEAGES, [], ["lineage"]),
        ("unit_descriptions", IMMUNE, ["less its mean over targets"], []),
        ("unit_descriptions", {}, ["raises or lowers"], ["mean over targets", "largest effect"]),
        ("unit_descriptions", ONE_CELL_TYPE, ["raises or lowers"], ["mean over targets"]),
        ("genetic", {}, ["logit"], ["above the mean", "same base composition"]),
        ("genetic", ONE_CELL_TYPE, ["prediction"], ["above the mean", "logit"]),
        ("workflow", IMMUNE, ["predicts 81 targets from"], []),
    ],
)  # fmt: skip
def test_a_caption_says_what_holds(name, config, said, not_said):
    text = caption(name, config)
    assert [part for part in said if part not in text] == []
    assert [part for part in not_said if part in text] == []


def test_the_published_matrix_tells_no_evidence(tmp_path):
    text = caption("region_quality", matrix(tmp_path))
    assert text == "GC content of the bound and the unbound regions that are used, as shares."


def of_data(folder, task):
    """Labelled sequences whose targets nothing but the data names."""
    (folder / "data.h5").touch()
    source = {"kind": "sequences", "table": str(folder / "data.h5"), "task": task}
    return {"source": source, "regions": {"width": 40}, "targets": "all"}


@pytest.mark.parametrize("task", ["binding", "regression"])
@pytest.mark.parametrize("name", sorted(path.stem for path in CAPTIONS.glob("*.rst") if _TARGETS in path.read_text()))
def test_of_targets_that_only_the_data_name_no_caption_tells_a_number(name, task, tmp_path):
    """`all` is a word of three letters, and no list of three targets."""
    config = of_data(tmp_path, task)
    text = caption(name, config, {"choice": "best"}.items())
    assert "a, l, l" not in text and "3 targets" not in text
    several, one = (caption(name, {**config, "targets": names}, {"choice": "best"}.items()) for names in NAMED)
    if several != one:  # then it says of how many targets a statement is
        assert text not in (several, one)
        said = "single target", "Where there are several", "more than eight targets", "more than 12 targets"
        assert any(words in text for words in said) != (name == "workflow")
    if name == "workflow":
        assert "predicts all targets of the data from" in text


@pytest.mark.parametrize("name", ["model_summary", "correlation_summary"])
def test_what_a_bootstrap_draws(name, tmp_path):
    of_groups, of_chromosomes = caption(name, of_data(tmp_path, "binding")), caption(name, {})
    assert "groups of near-duplicates, the two strands of a sequence among them" in of_groups
    assert "chromosome" not in of_groups and "near-duplicates" not in of_chromosomes
    assert "blocks of the chromosomes, of 1 Mb, or halved until there are 50; where even" in of_chromosomes
    assert all("They tell what other regions would change;" in text for text in (of_groups, of_chromosomes))


@pytest.mark.parametrize("choice", [None, "chr1:100-300"])
def test_single_regions_are_captioned_by_how_they_were_chosen(choice):
    """Those by name have a figure of their own; the others, drawn together, share a caption."""
    wildcards = {"choice": choice}.items() if choice else ()
    text, immune = caption("local", {}, wildcards), caption("local", IMMUNE, wildcards)
    assert (f"The region {choice}." in text) == (choice is not None)
    assert ("of those that are bound by some target" in text) == ("of any split" in text) == (choice is None)
    assert ("by the correlation across targets" in immune) == (choice is None)
    assert "comes from the other strand" in text and "logit" not in immune and "bound" not in immune


@pytest.mark.parametrize("name", ["units", "local", "local_sites", "logo", "motifs", "motifs_table"])
def test_captions_tell_the_threshold_of_a_site(name):
    text = caption(name, {"motifs": {"threshold": 0.25}}, {"choice": "best"}.items())
    assert "exceeds 0.25 of its" in text or "beyond 0.25 of its" in text
