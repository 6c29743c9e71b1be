"""A lab's own data as the configuration names it: sample sheets, headers of tables, names of targets, genomes."""

import copy
import gzip
from types import SimpleNamespace

import pytest
import yaml
from cam.errors import InputError
from cam.setup.addresses import place
from cam.setup.config import check, without_presets
from cam.setup.own_data import (
    Sample,
    assemblies,
    expect_distinct,
    known_genome,
    read_samples,
    safe_name,
    table_targets,
)
from cam.setup.plan import Plan
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from snakemake.utils import update_config

SCHEMA = yaml.safe_load((ROOT / "resources" / "config.schema.yaml").read_text())
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())


def checked(given):
    """The configuration of an experiment's file, as the Snakefile makes it."""
    config = copy.deepcopy(DEFAULT)
    update_config(config, copy.deepcopy(given))
    return check(without_presets(config, given), SCHEMA, ROOT / "resources")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a genome, three files of peaks, two of signal, and regions."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "genome.fa").write_text(">chr1\nACGT\n")
    for name in ("a.narrowPeak", "b.narrowPeak", "c.bed", "open.bed", "regions.bed", "blacklist.bed"):
        (tmp_path / name).write_text("chr1\t0\t4\n")
    for name in ("a.bw", "b.bw"):
        (tmp_path / name).write_bytes(b"\x26\xfc\x8f\x88")
    return tmp_path


def sheet(folder, text, name="samples.tsv"):
    path = folder / name
    path.write_text(text)
    return str(path)


# --- Names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("CTCF", "CTCF"),
        ("CD8 T cell", "CD8_T_cell"),
        ("5mC", "X5mC"),
        ("NK.27-11b+.BM", "NK.27-11b+.BM"),
        ("Th1/Th2", "Th1_Th2"),
        ("γδ T", "X___T"),
        (" B ", "B"),
        ("", "X"),
    ],
)
def test_names_become_those_of_files(name, safe):
    assert safe_name(name) == safe


@given(st.text())
def test_a_safe_name_is_safe_and_stays_as_it_is(name):
    safe = safe_name(name)
    assert safe_name(safe) == safe
    assert safe.isascii() and safe[0].isalpha() and not set(safe) & set("/\\ \t\n{}'\"*?")


@pytest.mark.parametrize("names", [("CD8 T", "CD8_T"), ("Sox2", "SOX2"), ("5mC", "X5mC")])
def test_names_that_would_be_one_file_are_refused(names):
    with pytest.raises(InputError, match=f"sheet: found the targets '{names[0]}' and '{names[1]}', both of which"):
        expect_distinct(names, "sheet")
    expect_distinct(["A", "B", "A"], "sheet")


# --- Sample sheets ----------------------------------------------------------------------------------------------------


def test_a_sample_sheet(folder):
    path = sheet(
        folder,
        "target,peaks,biosample,min_score,top\nCD8 T,a.narrowPeak,K562,5.5,\nCD8 T,b.narrowPeak\nB,c.bed,,,1000\n",
    )
    assert read_samples(path, "peaks") == [
        Sample(2, "CD8_T", "CD8 T", "a.narrowPeak", "K562", 5.5, None),
        Sample(3, "CD8_T", "CD8 T", "b.narrowPeak"),
        Sample(4, "B", "B", "c.bed", "", None, 1000),
    ]


def test_files_beside_the_sheet_and_addresses(folder, monkeypatch):
    path = sheet(folder, "target\tpeaks\nA\ta.narrowPeak\nB\thttps://example.org/b.bed.gz\n")
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    first, second = read_samples(path, "peaks")
    assert first.path == str(folder / "a.narrowPeak")
    assert second.path == "https://example.org/b.bed.gz"


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("target\tpeak\nA\ta.bed\n", "peaks", "samples.tsv: column 'peaks' is missing; found target, peak"),
        ("target\tpeaks\tbiosampel\nA\ta.narrowPeak\tK562\n", "peaks", "unknown column 'biosampel'; did you mean"),
        ("target\tpeaks\nA\tx.bed\n", "peaks", "line 2, column peaks: found 'x.bed', expected an address, or a file"),
        ("target\tpeaks\n\ta.narrowPeak\n", "peaks", "line 2: found no target, expected one"),
        ("target\tpeaks\nA\n", "peaks", "line 2: found no peaks, expected one"),
        ("target\tpeaks\n", "peaks", "found no row below the header"),
        ("", "peaks", "column 'target' is missing"),
        (
            "target\tpeaks\nA\ta.narrowPeak\nA\ta.narrowPeak\n",
            "peaks",
            "line 3: found 'a.narrowPeak' for the target 'A' as in line 2",
        ),
        ("target\tpeaks\nA b\ta.narrowPeak\nA_b\tb.narrowPeak\n", "peaks", "found the targets 'A b' and 'A_b'"),
        (
            "target\tpeaks\tmin_score\nA\ta.narrowPeak\thigh\n",
            "peaks",
            "line 2, column min_score: found 'high', expected a number",
        ),
        ("target\tpeaks\tmin_score\nA\ta.narrowPeak\tnan\n", "peaks", "found 'nan', expected a number"),
        ("target\tpeaks\ttop\nA\ta.narrowPeak\t0\n", "peaks", "column top: found '0', expected a whole number from 1"),
        ("target\tsignal\nA\ta.bw\nA\tb.bw\n", "signal", "line 3: found a second file of the target 'A'"),
        ("target\tsignal\ttop\nA\ta.bw\t3\n", "signal", "unknown column 'top'"),
        ("target\tpeaks\nA\ta.narrowPeak\tK562\n", "peaks", "line 2: found 3 fields, expected 2"),
    ],
)
def test_every_mistake_in_a_sample_sheet_is_one_sentence(folder, text, column, message):
    with pytest.raises(InputError, match=message):
        read_samples(sheet(folder, text), column)


# --- Tables -----------------------------------------------------------------------------------------------------------


def test_targets_of_a_table_of_sequences(folder):
    path = sheet(folder, "name,sequence,split,A,CD8 T\ns1,ACGT,train,1,0\ns2,ACGA,test,,1\n", "table.csv")
    assert table_targets(path, "sequences") == (["A", "CD8 T"], "binding")
    path = sheet(folder, "sequence\tactivity\nACGT\t-0.35\nACGA\t1\n", "table.tsv")
    assert table_targets(path, "sequences") == (["activity"], "regression")
    path = folder / "explainn.tsv.gz"
    path.write_bytes(gzip.compress(b"chr1:1-9\tACGTACGT\t1.0\t0.0\n"))
    assert table_targets(path, "sequences") == (["target1", "target2"], "binding")


def test_targets_of_a_table_of_signal(folder):
    path = sheet(folder, "chrom\tstart\tend\tB\tT\nchr1\t0\t4\t2\t0.5\n")
    assert table_targets(path, "signal")[0] == ["B", "T"]
    path = sheet(folder, "\tB\tT\nchr1:0-4\t2\t0.5\n")
    assert table_targets(path, "signal")[0] == ["B", "T"]
    path = sheet(folder, "region,B\nchr1:0-4,2\n")
    assert table_targets(path, "signal")[0] == ["B"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seq\tA\nACGT\t1\n", "column 'sequence' is missing; found seq, A"),
        ("sequence\tname\nACGT\ts1\n", "found no column of a target beside sequence, name"),
        ("sequence\tA\tA\nACGT\t1\t0\n", "found the column 'A' twice"),
        ("sequence\t\tA\nACGT\t1\t0\n", "found a column without a name"),
        ("sequence\ta b\ta_b\nACGT\t1\t0\n", "found the targets 'a b' and 'a_b'"),
        ("", "column 'sequence' is missing; found nothing"),
        ('sequence\t"A\nB"\nACGT\t1\n', "line 1: cannot be read as fields of a table"),
        (f"sequence\t{'A' * 200_000}\nACGT\t1\n", "line 1: cannot be read as fields of a table"),
    ],
)
def test_every_mistake_in_a_header_is_one_sentence(folder, text, message):
    with pytest.raises(InputError, match=message):
        table_targets(sheet(folder, text), "sequences")


# --- Genomes ----------------------------------------------------------------------------------------------------------


def test_assemblies_are_known_by_name():
    assert known_genome("mm10") == {
        "genome": "https://hgdownload.soe.ucsc.edu/goldenPath/mm10/bigZips/mm10.fa.gz",
        "blacklist": "https://raw.githubusercontent.com/Boyle-Lab/Blacklist/61a04d2c5e49341d76735d485c61f0d1177d08a8/"
        "lists/mm10-blacklist.v2.bed.gz",
        "taxon": "vertebrates",
    }
    assert known_genome("danRer11")["blacklist"] is None
    assert known_genome("dm6")["taxon"] == "insects"
    assert known_genome("genome.fa") == {}
    assert {"hg38", "mm39", "sacCer3"} < set(assemblies())


# --- Configuration ----------------------------------------------------------------------------------------------------

PEAKS = {"kind": "peaks", "samples": "samples.tsv", "genome": "genome.fa"}
SHEET = "target\tpeaks\nCD8 T\ta.narrowPeak\nB\tb.narrowPeak\n"


def test_what_is_preset_for_the_demo_is_not_for_own_data(folder):
    sheet(folder, SHEET)
    config = checked({"source": PEAKS})
    assert config["targets"] == ["CD8_T", "B"]
    assert config["split"] == {"validation": 0.1, "test": 0.1}
    assert (config["task"], config["training"]["loss"]) == ("binding", "binding")
    config = checked({"source": PEAKS, "targets": ["B"], "split": {"validation": ["chr2"], "test": ["chr3"]}})
    assert config["targets"] == ["B"] and config["split"]["test"] == ["chr3"]
    assert checked({})["targets"] == ["CTCF", "JUND", "FOXA1"]


def test_a_target_may_be_named_as_in_the_sheet(folder):
    sheet(folder, SHEET)
    assert checked({"source": PEAKS, "targets": ["CD8 T"]})["targets"] == ["CD8_T"]
    assert checked({"source": PEAKS, "targets": ["CD8_T"]})["targets"] == ["CD8_T"]
    with pytest.raises(InputError, match="config, targets: 'CD4 T' is not in the data; did you mean 'CD8 T'?"):
        checked({"source": PEAKS, "targets": ["CD4 T"]})


def test_the_plan_of_own_peaks(folder):
    sheet(folder, SHEET)
    source = PEAKS | {"open": {"K562": "open.bed"}, "blacklist": "blacklist.bed"}
    sheet(folder, "target\tpeaks\tbiosample\nCD8 T\ta.narrowPeak\tK562\nB\thttps://example.org/b.bed\tK562\n")
    plan = Plan(checked({"source": source}), ROOT / "resources")
    assert (plan.labelled, plan.stage, plan.named) == ("peaks", "regions", True)
    assert [sample.target for sample in plan.samples] == ["CD8_T", "B"]
    there = place("https://example.org/b.bed", plan.downloads)
    assert plan.sample_files == ["a.narrowPeak", there]
    assert plan.addresses[there] == "https://example.org/b.bed"
    assert plan.open_regions == {"K562": "open.bed"} and plan.blacklist == "blacklist.bed"
    assert plan.sources == [plan.genome, "a.narrowPeak", there, "open.bed", "blacklist.bed"]
    assert "samples.tsv" in plan.tables
    assert plan.sequences == [plan.genome] and plan.genome.endswith(".fa")


def test_the_plan_of_own_sequences(folder):
    sheet(folder, "sequence\tactivity\nACGT\t-0.35\n", "table.tsv")
    plan = Plan(checked({"source": {"kind": "sequences", "table": "table.tsv"}}), ROOT / "resources")
    assert (plan.stage, plan.task, plan.targets, plan.beds) == ("sequences", "regression", ["activity"], [])
    assert plan.sources == plan.sequence_files == ["table.tsv"]
    assert plan.sequences == ["results/regions/sequences.fa"]
    fasta = {"A": {"positives": ["a.narrowPeak", "b.narrowPeak"], "negatives": "c.bed"}}
    plan = Plan(checked({"source": {"kind": "sequences", "fasta": fasta}}), ROOT / "resources")
    assert (plan.task, plan.targets) == ("binding", ["A"])
    assert plan.sequence_files == ["a.narrowPeak", "b.narrowPeak", "c.bed"]


def test_the_groups_and_orientations_of_own_sequences(folder):
    sheet(folder, "sequence\tactivity\nACGT\t-0.35\n", "table.tsv")
    source = {"kind": "sequences", "table": "table.tsv"}
    plan = Plan(checked({"source": source}), ROOT / "resources")
    assert plan.groups == "results/regions/groups.tsv.gz"
    assert plan.orientations == "results/regions/orientations.tsv"
    sheet(folder, "sequence\tA\nACGT\t1\n", "table.tsv")
    plan = Plan(checked({"source": source}), ROOT / "resources")
    assert (plan.groups, plan.orientations) == ("results/regions/groups.tsv.gz", [])
    sheet(folder, SHEET)
    plan = Plan(checked({"source": PEAKS}), ROOT / "resources")
    assert (plan.groups, plan.orientations) == ([], [])


def test_bound_and_unbound_regions_are_those_of_all_targets_or_of_one_that_only_the_data_name(folder):
    sheet(folder, "sequence\tA\tCD8 T\nACGT\t1\t0\n", "table.tsv")
    plan = Plan(checked({"source": {"kind": "sequences", "table": "table.tsv"}}), ROOT / "resources")
    every = [(target, label) for target in ("A", "CD8_T") for label in ("positive", "negative")]
    assert plan.beds == plan.beds_of(SimpleNamespace()) == every
    (folder / "data.h5").touch()
    source = {"kind": "sequences", "table": "data.h5", "task": "binding"}
    plan = Plan(checked({"source": source}), ROOT / "resources")
    assert plan.beds == [("{target}", "positive"), ("{target}", "negative")]
    assert plan.beds_of(SimpleNamespace(target="A")) == [("A", "positive"), ("A", "negative")]


def test_the_task_of_sequences_can_be_told(folder):
    sheet(folder, "sequence\tactivity\nACGT\t1\n", "table.tsv")
    source = {"kind": "sequences", "table": "table.tsv"}
    assert checked({"source": source})["task"] == "binding"
    assert checked({"source": source, "task": "regression"})["task"] == "regression"
    config = checked({"source": source | {"task": "regression"}})
    assert config["task"] == "regression" and config["training"]["loss"] == "mse"


def test_only_sequences_are_read_on_the_given_strand(folder):
    sheet(folder, "sequence\tactivity\nACGT\t-0.35\n", "table.tsv")
    one_model = {"models": {"directed": {"architecture": "cam", "training": {"strands": "given"}}}}
    models = checked({"source": {"kind": "sequences", "table": "table.tsv"}} | one_model)["models"]
    assert {name: model["training"]["strands"] for name, model in models.items()} == {
        "cam": "both", "baseline": "both", "directed": "given",
    }  # fmt: skip
    sheet(folder, SHEET)
    for key, other in {"models.directed.training": one_model, "training": {"training": {"strands": "given"}}}.items():
        with pytest.raises(InputError, match=f"^config, {key}.strands: found given with source.kind peaks"):
            checked({"source": PEAKS} | other)


def test_the_plan_of_own_signal(folder):
    sheet(folder, "target\tsignal\nA\ta.bw\nB\tb.bw\n")
    source = {"kind": "signal", "samples": "samples.tsv", "regions": "regions.bed", "genome": "mm10"}
    plan = Plan(checked({"source": source}), ROOT / "resources")
    assert (plan.stage, plan.task, plan.targets) == ("peaks", "regression", ["A", "B"])
    assert plan.signal_files == ["a.bw", "b.bw"]
    assert plan.config["source"]["signal_width"] == plan.config["regions"]["width"]
    assert plan.blacklist.endswith("mm10-blacklist.v2.bed.gz") and plan.blacklist in plan.addresses
    assert plan.sources == [plan.genome, "a.bw", "b.bw", "regions.bed", plan.blacklist]


def test_names_that_only_data_know_are_left_to_the_data(folder):
    (folder / "cells.h5ad").write_bytes(b"")
    source = {"kind": "signal", "h5ad": "cells.h5ad", "genome": "genome.fa"}
    plan = Plan(checked({"source": source}), ROOT / "resources")
    assert not plan.named and plan.targets == []
    assert checked({"source": source, "targets": ["CD8 T"]})["targets"] == ["CD8_T"]


def test_the_assembly_says_which_motifs(folder):
    sheet(folder, SHEET)
    assert checked({"source": PEAKS | {"genome": "dm6"}})["tomtom"]["taxon"] == "insects"
    given = {"source": PEAKS | {"genome": "dm6"}, "tomtom": {"taxon": "all"}}
    assert checked(given)["tomtom"]["taxon"] == "all"
    assert checked({"source": PEAKS})["tomtom"]["taxon"] == "vertebrates"


@pytest.mark.parametrize(
    ("source", "others", "message"),
    [
        (
            {"h5ad": "c.bed", "signal_width": 500},
            {},
            "source.signal_width: found it with source.h5ad, expected no such",
        ),
        ({"table": "t.tsv", "layer": "counts"}, {}, "source.layer: found it with source.table, expected no such key"),
        ({"h5ad": "c.bed", "variable": 5}, {"targets": ["A"]}, "source.variable: found it for one target"),
        (
            {"h5ad": "c.bed", "transform": "z"},
            {"training": {"loss": "poisson"}},
            "training.loss: found poisson with source.transform z, expected values from 0",
        ),
    ],
)
def test_signal_has_no_keys_that_are_passed_over(folder, source, others, message):
    sheet(folder, "chrom\tstart\tend\tA\nchr1\t0\t4\t2\n", "t.tsv")
    with pytest.raises(InputError, match=f"^config, {message}"):
        checked({"source": {"kind": "signal", "genome": "genome.fa"} | source} | others)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"samples": None}, "source: found no source.samples for source.kind peaks, expected source.samples"),
        ({"genome": None}, "source.genome: the key is missing; source.kind peaks needs it"),
        ({"genome": "mm11"}, "source.genome: found 'mm11', expected a file that exists here, an address, or an asse"),
        ({"genome": "mm11.fa"}, "source.genome: found 'mm11.fa', expected an address or what exists here"),
        ({"open": "shut.bed"}, "source.open: found 'shut.bed', expected an existing file"),
        ({"open": {"K562": "open.bed"}}, "line 2: found the biosample '', which source.open has no file for"),
        ({"table": "samples.tsv"}, "source.table: found it for source.kind peaks, expected no such key"),
        (
            {"consensus": 2},
            "source.consensus: found 2, expected at most 1, the files of the target 'CD8 T' in samples.tsv",
        ),
        ({"consensus": 0}, "source.consensus: found 0, expected at least 1"),
        ({"kind": "signal", "open": "open.bed"}, "source.open: found it for source.kind signal"),
        ({"kind": "signal", "table": "samples.tsv"}, "source: found source.samples and source.table for source"),
        ({"kind": "signal", "samples": None, "table": ["samples.tsv"]}, "source.table: found \\['samples.tsv'\\] for"),
        ({"kind": "sequences"}, "source.samples: found it for source.kind sequences"),
        ({"task": "regression"}, "task: found 'regression', expected 'binding'"),
        ({"sample": "x"}, "source: unknown key 'sample'; did you mean 'samples'"),
    ],
)
def test_every_mistake_about_own_data_is_one_sentence(folder, source, message):
    sheet(folder, SHEET)
    given = {key: value for key, value in (PEAKS | source).items() if value is not None}
    with pytest.raises(InputError, match=f"^(config, |samples.tsv, ){message}"):
        checked({"source": given})


def test_files_of_a_split_each(folder):
    fasta = {"A": {"positives": {"train": "a.narrowPeak", "test": ["b.narrowPeak"]}, "negatives": ["c.bed"]}}
    plan = Plan(checked({"source": {"kind": "sequences", "fasta": fasta}}), ROOT / "resources")
    assert plan.sequence_files == ["a.narrowPeak", "b.narrowPeak", "c.bed"]
    sheet(folder, "sequence\tA\nACGT\t1\n", "table.tsv")
    tables = {"kind": "sequences", "table": {"train": "table.tsv", "test": "c.bed"}}
    plan = Plan(checked({"source": tables}), ROOT / "resources")
    assert (plan.targets, plan.sequence_files) == (["A"], ["table.tsv", "c.bed"])
    with pytest.raises(InputError, match="config, source.fasta.A.positives: unknown key 'tests'; did you mean 'test'"):
        checked({"source": {"kind": "sequences", "fasta": {"A": {"positives": {"tests": "c.bed"}}}}})
    with pytest.raises(InputError, match="config, source.fasta.A.positives.test: found 'd.fa', expected an existing"):
        checked({"source": {"kind": "sequences", "fasta": {"A": {"positives": {"test": "d.fa"}}}}})
