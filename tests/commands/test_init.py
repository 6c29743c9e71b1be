"""`cam init`: what files are, what is chosen for them and why, what looks wrong, and what is written."""

import gzip
import os
import re
import subprocess
import sys
from itertools import product

import h5py
import numpy as np
import pyBigWig
import pytest
from cam.commands import COMMANDS, main
from cam.commands.choices import WIDTHS, choose_cam, choose_genome, choose_split, choose_width
from cam.commands.experiment import as_config, checked
from cam.commands.findings import auroc, few, several
from cam.commands.recognise import is_negative, recognise, sequences_target, split_of, target_of
from cam.commands.sequences import arrange, by_split, constant_ends
from cam.errors import InputError
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_files import (
    CHROMS,
    LENGTH,
    bases,
    init,
    intervals,
    read,
    refused,
    warnings,
    write_fasta,
    write_genome,
    write_peaks,
    write_table,
    write_values,
    written_peaks,
)  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- What files are ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("chr1\t100\t400\n", "peaks"),
        ("track name=a\nchr1\t100\t400\tp\t87\n", "peaks"),
        ("# comment\nchrom\tstart\tend\tname\tscore\nchr1\t100\t400\tp\t87\n", "peaks"),
        ("#chrom\tstart\tend\nchr1\t100\t400\n", "peaks"),
        ("chr\tstart\tend\tlength\tabs_summit\tpileup\t-log10(pvalue)\tfold_enrichment\tname\n", "peaks"),
        ("chr1 100 400\n", "peaks"),
        (b"BAM\x01\0\0", "peaks"),
        (b"\xeb\xf2\x89\x87", "peaks"),
        (b"\x26\xfc\x8f\x88", "bigWig"),
        (">a\nACGT\n", "FASTA"),
        ("sequence\tA\nACGT\t1\n", "sequences"),
        ("name,sequence,A\ns,ACGT,1\n", "sequences"),
        ("chr1:1-9\tACGTACGT\t1.0\t0.0\n", "sequences"),
        ("chrom\tstart\tend\tB\tT\nchr1\t0\t4\t2\t0.5\n", "values"),
        ("\tB\tT\nchr1:0-4\t2\t0.5\n", "values"),
        ("region,B\nchr1-0-4,2\n", "values"),
        (b"PAR1", "values"),
        (b"\x89HDF\r\n\x1a\n", "values"),
    ],
)
def test_what_a_file_is(folder, content, kind):
    content = content if isinstance(content, bytes) else content.encode()
    (folder / "file").write_bytes(content)
    (folder / "file.gz").write_bytes(gzip.compress(content))
    assert recognise("file") == kind
    assert recognise("file.gz") == kind


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "found nothing in it, expected peaks, sequences or signal"),
        (b"# only\n", "found nothing in it"),
        (b"\x43\x27\x41\x1a", r"found a genome \(2bit\), expected data; give it as --genome"),
        (
            b">chr1\n" + 3000 * (60 * b"A" + b"\n"),
            "found a sequence of about 100,000 bp or more, as of a genome, expected",
        ),
        (b"seq\tA\nACGTACGT\t1\n", "found sequences in the column 'seq', expected its name to be 'sequence'"),
        (b"hello\nthere\n", "found a line that begins 'hello', expected peaks"),
    ],
)
def test_what_is_no_file_of_data(folder, content, message):
    (folder / "file").write_bytes(content)
    with pytest.raises(InputError, match=f"^file: {message}"):
        recognise("file")


def test_a_folder_is_no_file(folder):
    with pytest.raises(InputError, match=r"found a folder, expected a file; name the files in it, such as .*/\*"):
        recognise(folder)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=60) | st.text("ACGT>\tchr019,\n:-", max_size=60).map(str.encode))
def test_of_any_file_it_is_said_what_it_is_or_what_is_wrong(folder, capsys, content):
    (folder / "file").write_bytes(content)
    status = main(["init", "file", "--genome", "hg38", "--force"])
    printed = capsys.readouterr()
    assert (status, printed.err) == (0, "") or (status == 1 and re.fullmatch(r"Error: [^\n]+\n", printed.err))


# --- What names say ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("runs/CTCF.narrowPeak", "CTCF"),
        ("CTCF_peaks.narrowPeak.gz", "CTCF"),
        ("/data/CTCF_rep1_peaks.narrowPeak", "CTCF"),
        ("CTCF.rep2.bed.bgz", "CTCF"),
        ("CTCF-replicate_3_summits.bed", "CTCF"),
        ("CTCF_peaks_rep1.broadPeak", "CTCF"),
        ("CD8 T.bw", "CD8 T"),
        ("H3K27ac.v2.bigWig", "H3K27ac.v2"),
        ("peaks.bed", "peaks"),
        ("rep1.bed", "rep1"),
        ("prep1.bed", "prep1"),
    ],
)
def test_targets_are_named_by_files(path, target):
    assert target_of(path) == target


def test_classes_and_splits_are_named_by_files():
    assert sequences_target("nfe2_positives_train.fa.gz") == "nfe2"
    assert sequences_target("train.pos.MAX.fa") == "MAX"
    assert sequences_target("positives.fa") == ""
    assert sequences_target("posterior_test2.fa") == "posterior_test2"
    assert [is_negative(name) for name in ("a_neg.fa", "negatives.fa", "Negative-a.fa", "negev.fa")] == [True] * 3 + [
        False
    ]
    names = ("a_train.fa", "test.a.tsv", "a-valid.fa", "a_val.fa", "validation.fa", "value.fa", "contest.fa")
    assert [split_of(name) for name in names] == ["train", "test", "validation", "validation", "validation", "", ""]


def test_files_by_split():
    assert by_split(["a.fa"]) == "a.fa"
    assert by_split(["a.fa", "b.fa"]) == ["a.fa", "b.fa"]
    assert by_split(["a_test.fa", "b_train.fa", "a_train.fa"]) == {
        "train": ["b_train.fa", "a_train.fa"],
        "test": "a_test.fa",
    }
    assert by_split(["a_train.fa", "b_train.fa"]) == ["a_train.fa", "b_train.fa"]
    assert by_split(["a_train.fa", "a_test.fa", "b.fa"]) == ["a_train.fa", "a_test.fa", "b.fa"]


def test_negatives_go_to_their_target():
    assert arrange(["A.fa", "B.fa", "B_neg.fa"], ["A_neg.fa"]) == {
        "kind": "sequences",
        "fasta": {
            "A": {"positives": "A.fa", "negatives": "A_neg.fa"},
            "B": {"positives": "B.fa", "negatives": "B_neg.fa"},
        },
    }
    assert arrange(["pos.fa"], ["background.fa"])["fasta"] == {
        "bound": {"positives": "pos.fa", "negatives": "background.fa"}
    }
    assert list(arrange(["pos.fa"], [], "MAX")["fasta"]) == ["MAX"]
    with pytest.raises(
        InputError, match="C_neg.fa: found negatives of 'C', expected the name of a target; known are 'A',"
    ):
        arrange(["A.fa", "B.fa"], ["C_neg.fa"])
    with pytest.raises(InputError, match="a_neg.fa: found negatives only, expected a file of positives besides"):
        arrange(["a_neg.fa"], [])


# --- Choices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("widths", "width", "why"),
    [
        ([240, 260, 262], 250, "the median width of 3 peaks is 260 bp"),
        ([301] * 5, 300, "the median width of 5 peaks is 301 bp"),
        ([150, 152, 151], 200, "is 151 bp, and the pipeline has been run with 200 to 1000 bp"),
        ([2000, 9000], 1000, "is 5500 bp, and the pipeline has been run with 200 to 1000 bp"),
        ([1, 1, 1], 200, "peaks are summits, which have no width"),
    ],
)
def test_width(widths, width, why):
    choice = choose_width(np.array(widths), "peaks")
    assert (choice.key, choice.value) == ("regions.width", width)
    assert why in choice.why


def test_split_is_by_chromosomes_with_a_tenth_each():
    counts = {chrom: 1000 for chrom in CHROMS} | {"chrX": 1000, "chrUn_1": 9, "chrM": 500}
    validation, test = choose_split({"A": counts}, "peaks")
    assert (validation.key, test.key) == ("split.validation", "split.test")
    assert (validation.value, test.value) == (["chr2"], ["chr1"])
    assert "9.1 % of the peaks" in test.why


def test_every_target_has_peaks_in_every_split():
    rare = {chrom: 0 for chrom in CHROMS} | {"chr7": 30, "chr9": 30, "chr10": 300}
    validation, test = choose_split({"A": dict.fromkeys(CHROMS, 1000), "B": rare}, "peaks")
    assert set(validation.value) & {"chr7", "chr9"} and set(test.value) & {"chr7", "chr9"}
    assert "of each target at least 30" in test.why


def test_split_in_general():
    rng = np.random.default_rng(2)
    by_chromosomes = 0
    for _ in range(40):
        n = int(rng.integers(1, 30))
        counts = {
            target: {f"chr{c + 1}": int(rng.integers(0, 300) * rng.integers(0, 2)) for c in range(n)} for target in "AB"
        }
        validation, test = choose_split(counts, "peaks")
        if not isinstance(test.value, list):
            assert (validation.value, test.value) == (0.1, 0.1)
            continue
        by_chromosomes += 1
        assert not set(validation.value) & set(test.value)
        total = sum(sum(of.values()) for of in counts.values())
        for part, (target, of) in product((validation.value, test.value), counts.items()):
            assert sum(of[chrom] for chrom in part) >= min(10, sum(of.values()) / 20), target
            assert 0.05 <= sum(of[chrom] for of in counts.values() for chrom in part) / total <= 0.2
    assert 10 < by_chromosomes < 40


@pytest.mark.parametrize("chroms", [["chr1"], ["chr1", "chr2"], ["chr1", "chr2", "chr3"], ["chrM", "chrUn_1"]])
def test_shares_where_there_are_few_chromosomes(chroms):
    choices = choose_split({"A": dict.fromkeys(chroms, 100)}, "peaks")
    assert [choice.value for choice in choices] == [0.1, 0.1]
    assert "drawn at random: no chromosomes have about a tenth of them" in choices[0].why


def test_what_follows_from_a_genome():
    assert choose_genome("dm6")[0].why.startswith("from UCSC, with ENCODE's blacklist; motifs are those of insects")
    assert choose_genome("danRer11")[0].why.startswith("from UCSC, with no blacklist")
    genome, taxon = choose_genome("genomes/dm6.fa.gz")
    assert "ENCODE has one of dm6: https://" in genome.why and taxon[0].value == "insects"
    assert choose_genome("genome.fa")[1] == choose_genome("hg38.fa")[1] == []


def test_constant_ends():
    rng = np.random.default_rng(0)
    inner = [bases(rng, 30) for _ in range(50)]
    assert constant_ends(["ACGTACGT" + text + "TTTTT" for text in inner]) == (8, 5)
    assert constant_ends(["ACGTACGT" + text for text in inner]) == (8, 0)
    assert constant_ends([text + "TTT" for text in inner]) == (0, 0)
    assert constant_ends(["ACGTACGT" + text for text in inner[:-1]] + [inner[-1]]) == (0, 0)
    assert constant_ends(["ACGTACGT" + text for text in inner[:9]]) == (0, 0)
    assert constant_ends(["ACGT"] * 50) == (0, 0)


def test_words():
    assert several(["a"]) == "a" and several(list("abcd")) == "a, b, c and 1 more"
    assert several(["a", "b"], [1, 2]) == "a (1), b (2)"
    assert few(2000, "peaks") == "" and few(1999, "peaks").startswith("1,999 peaks are few")
    assert auroc([3, 4], [1, 2]) == 1 and auroc([1, 1], [1, 1]) == 0.5 and auroc([1, 3], [2, 4]) == 0.25


# --- Peaks ------------------------------------------------------------------------------------------------------------


def test_an_experiment_on_peaks(folder, capsys):
    peaks = written_peaks()
    printed = init(capsys, *peaks, "--genome", "genome.fa")
    assert warnings(printed) == []
    assert re.search(r"peaks/CTCF_rep1_peaks.narrowPeak +CTCF +narrowPeak +900 +\d+ bp +column 7", printed)
    assert printed.endswith(
        f"Next:\n  snakemake --cores 8 --snakefile {ROOT}/Snakefile --configfile peaks.yaml -- all\n"
    )
    given = read(folder / "peaks.yaml")
    split = given.pop("split")
    assert given == {
        "experiment": "peaks",
        "outdir": "results/peaks",
        "source": {"kind": "peaks", "samples": "peaks_samples.tsv", "genome": "genome.fa", "consensus": 1},
        "regions": {"width": 250},
    }
    assert len(split["test"]) == len(split["validation"]) == 1
    assert (folder / "peaks_samples.tsv").read_text() == "target\tpeaks\n" + "".join(
        f"{target}\t{path}\n" for target, path in zip(("CTCF", "CTCF", "JUND"), peaks, strict=True)
    )
    text = (folder / "peaks.yaml").read_text()
    assert re.search(r"width: 250 # bp; the median width of 2,400 peaks is 2\d\d(\.5)? bp", text)
    assert re.search(r"test: \[chr\d+\] # \d+\.\d % of the peaks; of each target at least \d+", text)
    config = checked(read(folder / "peaks.yaml"))
    assert config["targets"] == ["CTCF", "JUND"] and config["split"] == split
    assert sorted(os.listdir(folder)) == ["genome.fa", "peaks", "peaks.yaml", "peaks_samples.tsv"]


def test_names_and_places_are_as_one_says(folder, capsys):
    peaks = written_peaks()
    init(capsys, *peaks, "--genome", "hg38", "-o", "runs/my.yaml")
    assert read(folder / "runs" / "my.yaml")["source"]["samples"] == "runs/my_samples.tsv"
    init(capsys, *peaks, "--genome", "hg38", "-o", "a.yaml", "--samples", "b.csv", "--name", "my run")
    given = read(folder / "a.yaml")
    assert (given["experiment"], given["outdir"], given["source"]["samples"]) == ("my_run", "results/my_run", "b.csv")
    printed = init(capsys, peaks[0], "--genome", "hg38")
    assert read(folder / "CTCF.yaml")["experiment"] == "CTCF"
    assert "hg38 is fetched when the pipeline runs, so it was not looked into" in printed
    assert "from UCSC, with ENCODE's blacklist; motifs are those of vertebrates" in (folder / "CTCF.yaml").read_text()


def test_nothing_is_overwritten_without_force(folder, capsys):
    peaks = written_peaks()
    init(capsys, *peaks, "--genome", "genome.fa")
    before = (folder / "peaks.yaml").read_text()
    (folder / "peaks_samples.tsv").write_text("mine")
    assert "peaks.yaml: found a file, expected none" in refused(
        capsys, *peaks[:2], "--genome", "genome.fa", "--name", "peaks"
    )
    assert "peaks_samples.tsv: found a file, expected none; name another one (-o), or say --force" in refused(
        capsys, *peaks, "--genome", "genome.fa", "-o", "b.yaml", "--samples", "peaks_samples.tsv"
    )
    assert (folder / "peaks.yaml").read_text() == before and (folder / "peaks_samples.tsv").read_text() == "mine"
    assert not (folder / "b.yaml").exists()
    init(capsys, *peaks, "--genome", "genome.fa", "--force")
    assert (folder / "peaks_samples.tsv").read_text() != "mine"
    (folder / "c.yaml").mkdir()
    assert "c.yaml: found a folder" in refused(capsys, *peaks, "--genome", "genome.fa", "-o", "c.yaml", "--force")


def test_nothing_is_written_of_what_the_pipeline_does_not_accept(folder, capsys):
    peaks = written_peaks()
    there = sorted(os.listdir(folder))
    os.symlink("JUND.narrowPeak", "peaks/split.narrowPeak")
    sentence = refused(capsys, *peaks, "peaks/split.narrowPeak", "--genome", "genome.fa")
    assert "config, targets: found 'split', expected another name" in sentence
    os.symlink("JUND.narrowPeak", "peaks/jund.narrowPeak")
    sentence = refused(capsys, *peaks, "peaks/jund.narrowPeak", "--genome", "genome.fa")
    assert sentence.startswith("Error: peaks_samples.tsv: found the targets 'JUND' and 'jund'")
    assert "did you mean 'hg38'" in refused(capsys, *peaks, "--genome", "hg83")
    assert sorted(os.listdir(folder)) == there


def test_a_clean_file_is_not_warned_of(folder, capsys):
    """The control of all that follows: the same peaks as everywhere below, before anything is wrong with them."""
    write_genome("genome.fa")
    write_peaks("A.narrowPeak", intervals(1))
    write_peaks("B.narrowPeak", intervals(2))
    for genome in ("genome.fa", "hg38"):
        assert warnings(init(capsys, "A.narrowPeak", "B.narrowPeak", "--genome", genome, "--force")) == []


def wrong(kind):
    """Write a file A with something wrong with it, beside the clean B."""
    clean = list(intervals(1))
    write_peaks("B.narrowPeak", intervals(2))
    if kind == "middles":
        write_peaks("A.narrowPeak", clean, n_columns=3)
    elif kind == "few":
        write_peaks("A.narrowPeak", clean[:12])
    elif kind == "one width":
        write_peaks("A.narrowPeak", [(c, s, 301, 140 + s % 20) for c, s, _, _ in clean])
    elif kind == "scores":
        write_peaks("A.narrowPeak", clean)
        with open("A.narrowPeak") as text:
            rows = [line.split("\t") for line in text]
        with open("A.narrowPeak", "w") as text:
            text.writelines("\t".join([*row[:6], "7", *row[7:]]) for row in rows)
    elif kind == "copy":
        write_peaks("A.narrowPeak", intervals(2), n_columns=5)
    elif kind == "alike":
        write_peaks("A.narrowPeak", [(c, s + 2, w, o) for c, s, w, o in intervals(2)])
    elif kind == "replicates":
        write_peaks("A.narrowPeak", intervals(1, chroms=CHROMS[:5]))
        write_peaks("A_rep2.narrowPeak", intervals(7, chroms=CHROMS[5:]))
    elif kind == "beyond":
        write_peaks("A.narrowPeak", [*clean, ("chr1", LENGTH - 10, 300, 150)])
    elif kind == "names":
        write_peaks("A.narrowPeak", [(c.removeprefix("chr"), s, w, o) for c, s, w, o in clean])
    return sorted(name for name in os.listdir() if name.endswith("Peak"))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("middles", "peaks without a summit are in A.narrowPeak (600): the middle stands for it"),
        ("few", "fewer than 200 peaks are in A.narrowPeak (12): too few to learn a motif from"),
        ("one width", "all peaks have one width in A.narrowPeak (301 bp), so they were resized before"),
        ("scores", "all scores are the same in A.narrowPeak (7)"),
        ("copy", "the same peaks are in A.narrowPeak and B.narrowPeak (600)"),
        ("alike", "the peaks are nearly the same of A and B (Jaccard index 0.9"),
        ("replicates", "A.narrowPeak and A_rep2.narrowPeak, replicates of A, hardly overlap (Jaccard index 0.0"),
        ("beyond", "peaks end beyond their chromosomes of genome.fa in A.narrowPeak (1): is it the same assembly?"),
        ("names", "A.narrowPeak: found the chromosome '1', which genome.fa calls 'chr1'; expected one spelling"),
    ],
)
def test_what_looks_wrong_in_peaks(folder, capsys, kind, sentence):
    write_genome("genome.fa")
    files = wrong(kind)
    found = warnings(init(capsys, *files, "--genome", "genome.fa"))
    assert any(warning.startswith(sentence) for warning in found), found
    assert len(found) == (3 if kind == "copy" else 1)  # which is without summits, and alike


def test_chromosomes_that_ucsc_calls_otherwise(folder, capsys):
    files = wrong("names")
    found = warnings(init(capsys, *files, "--genome", "hg38"))
    assert found[:1] == [
        "A.narrowPeak: found chromosomes such as '8', which hg38, from UCSC, does not have; rename them"
    ] or re.match(r"A.narrowPeak: found chromosomes such as '\d+', which hg38, from UCSC, does not have", found[0])


def test_a_genome_is_looked_into_as_far_as_that_is_cheap(folder, capsys, monkeypatch):
    write_genome("genome.fa")
    (folder / "packed.fa.gz").write_bytes(gzip.compress((folder / "genome.fa").read_bytes()))
    files = [*wrong("beyond"), "--force", "--genome"]
    for genome in ("genome.fa", "packed.fa.gz"):
        printed = init(capsys, *files, genome)
        assert len(warnings(printed)) == 1 and "the GC content around summits is 50 %, of the genome 50 %" in printed
    monkeypatch.setattr("cam.commands.genome._INDEXED", 1000)
    printed = init(capsys, *files, "genome.fa")
    assert warnings(printed) == [] and "so only the names of its chromosomes were read" in printed
    assert "which genome.fa calls 'chr" in warnings(init(capsys, *wrong("names"), *files[-2:], "genome.fa"))[0]
    wrong("beyond")
    monkeypatch.setattr("cam.commands.genome._SCANNED", 1000)
    printed = init(capsys, *files, "genome.fa")
    assert (
        warnings(printed) == [] and "is large and has no index (samtools faidx), so it was not looked into" in printed
    )
    (folder / "genome.fa.fai").write_text("".join(f"{c}\t{LENGTH}\t{99 * n}\t60\t61\n" for n, c in enumerate(CHROMS)))
    assert len(warnings(init(capsys, *files, "genome.fa"))) == 1
    (folder / "genome.fa.fai").write_text("nonsense\n")
    assert "genome.fa.fai: cannot be read as the index of genome.fa" in refused(capsys, *files, "genome.fa")


def test_gc_content_that_is_far_off(folder, capsys):
    rng = np.random.default_rng(0)
    inside = [(c, s, w, o) for c, s, w, o in intervals(1) if s < LENGTH // 5]
    with open("genome.fa", "w") as text:
        for chrom in CHROMS:
            text.write(f">{chrom}\n{bases(rng, LENGTH // 5 + 1000, 0.65)}{bases(rng, 4 * LENGTH // 5, 0.4)}\n")
    write_peaks("A.narrowPeak", inside)
    found = warnings(init(capsys, "A.narrowPeak", "--genome", "genome.fa"))
    assert [
        w for w in found if w.startswith("the GC content around summits (65 %) is far from that of the genome (45 %; ")
    ]
    write_peaks("open.bed", [(c, s + 40, w, o) for c, s, w, o in inside], n_columns=3)
    printed = init(capsys, "A.narrowPeak", "--genome", "genome.fa", "--open", "open.bed", "--force")
    assert not [warning for warning in warnings(printed) if "GC" in warning]
    assert "of open regions 65 %" in printed


def test_open_regions(folder, capsys):
    write_peaks("A.narrowPeak", intervals(1))
    write_peaks("open.bed", intervals(1), n_columns=3)
    write_peaks("elsewhere.bed", [(c, s, w, o) for c, s, w, o in intervals(5)], n_columns=3)
    printed = init(capsys, "A.narrowPeak", "--genome", "hg38", "--open", "open.bed")
    assert "100.0 % of the summits are in open regions" in printed and warnings(printed) == []
    assert read(folder / "A.yaml")["source"]["open"] == "open.bed"
    found = warnings(init(capsys, "A.narrowPeak", "--genome", "hg38", "--open", "elsewhere.bed", "--force"))
    assert re.match(r"only \d+\.\d % of the summits are in the open regions of elsewhere.bed", found[0])


def test_summits_and_broad_peaks(folder, capsys):
    write_peaks("A_summits.bed", [(c, s, 1, 0) for c, s, _, _ in intervals(1)], n_columns=5)
    printed = init(capsys, "A_summits.bed", "--genome", "hg38")
    assert warnings(printed) == [] and read(folder / "A.yaml")["regions"] == {"width": 200}
    write_peaks("B.broadPeak", intervals(1, widths=(900, 3000)), n_columns=9)
    printed = init(capsys, "B.broadPeak", "--genome", "hg38")
    assert "peaks without a summit" in warnings(printed)[0] and read(folder / "B.yaml")["regions"] == {"width": 1000}


# --- Sequences --------------------------------------------------------------------------------------------------------


def test_an_experiment_on_fasta(folder, capsys):
    rng = np.random.default_rng(0)
    for name, n in (("pos_train", 2000), ("neg_train", 2000), ("pos_test", 300), ("neg_test", 300)):
        write_fasta(f"MAX_{name}.fa", [bases(rng, int(length)) for length in rng.integers(80, 120, n)])
    files = ["MAX_pos_train.fa", "MAX_pos_test.fa", "MAX_neg_train.fa", "MAX_neg_test.fa"]
    printed = init(capsys, *files)
    assert warnings(printed) == [] and "train 4,000, test 600" in printed
    given = read(folder / "MAX.yaml")
    assert given["source"] == {
        "kind": "sequences",
        "fasta": {
            "MAX": {
                "positives": {"train": "MAX_pos_train.fa", "test": "MAX_pos_test.fa"},
                "negatives": {"train": "MAX_neg_train.fa", "test": "MAX_neg_test.fa"},
            }
        },
        "length": "pad",
    }
    assert (given["regions"]["width"], given["split"]) == (119, {"validation": 0.1, "test": 0.1})
    text = (folder / "MAX.yaml").read_text()
    assert "test: 0.1 # without effect, since the data state which sequences these are\n" in text
    assert checked(given)["task"] == "binding"
    init(capsys, *files[:2], "--negatives", *files[2:], "-o", "again.yaml", "--name", "MAX")
    assert read(folder / "again.yaml") == given


def test_an_experiment_on_a_reporter_assay(folder, capsys):
    rng = np.random.default_rng(0)
    inner = [bases(rng, 170) for _ in range(1100)]
    pairs = [text[::-1].translate(str.maketrans("ACGT", "TGCA")) for text in inner[:1000]]
    sequences = [f"AGGACCGGATCAACT{text}CATTGCGTGAACCGA" for text in inner + pairs]
    write_table("activity.tsv", sequences, {"K562": rng.normal(size=2100).round(3)})
    printed = init(capsys, "activity.tsv")
    assert warnings(printed) == []
    assert "1,000 sequences are there on both strands; no split parts the two" in printed
    given = read(folder / "K562.yaml")
    assert given["source"] == {"kind": "sequences", "table": "activity.tsv", "trim": [15, 15]}
    assert given["regions"] == {"width": 170} and given["models"] == {"cam": {"non_negative": False} | FEW}
    text = (folder / "K562.yaml").read_text()
    assert "all 2,100 sequences begin with AGGACCGGATCAACT and end with CATTGCGTGAACCGA" in re.sub(r"\s+# ", " ", text)
    assert checked(given)["task"] == "regression"


# What a CAM is for one target and few regions.
FEW = {
    "units": 30, "filter_length": 10, "activation": "exp", "pool": 60, "hidden": 16, "training": {"starts": 4},
}  # fmt: skip


@pytest.mark.parametrize(
    ("lengths", "width", "length"),
    [
        ((200, 200), 200, None), ((60, 90), 90, "pad"), ((300, 1100), 300, "centre"), ((1100, 1900), 1000, "centre"),
        ((1200, 1200), 1000, "centre"), ((300, 900), 900, "pad"), ((700, 700), 700, None), ((14, 14), 20, "pad"),
    ],
)  # fmt: skip
def test_lengths(folder, capsys, lengths, width, length):
    rng = np.random.default_rng(0)
    write_table("a.tsv", [bases(rng, lengths[n % 2]) for n in range(40)], {"A": [n // 2 % 2 for n in range(40)]})
    init(capsys, "a.tsv")
    given = read(folder / "A.yaml")
    assert (given["regions"]["width"], given["source"].get("length")) == (width, length)
    assert given["models"] == {"cam": {"filter_length": 10} if width == 20 else FEW}
    write_table(
        "b.tsv", [bases(rng, lengths[n % 2]) for n in range(40)], {t: [n // 2 % 2 for n in range(40)] for t in "BC"}
    )
    init(capsys, "b.tsv", "-o", "two.yaml")
    assert "models" not in read(folder / "two.yaml") or width == 20  # the recipe is for one target


def test_many_sequences_have_the_default_model():
    assert choose_cam(10_001, 200, "sequences") == [] == choose_cam(1000, 68, "sequences")
    first, *others = choose_cam(10_000, 69, "regions")
    assert first.why.startswith("10,000 regions are few") and as_config([first, *others])["models"]["cam"] == FEW


def test_other_forms_of_sequences(folder, capsys):
    rng = np.random.default_rng(0)
    sequences = [bases(rng, 40) for _ in range(60)]
    with open("explainn.tsv", "w") as text:
        text.writelines(f"chr1:{n}-{n + 40}\t{s}\t{n % 2}.0\t1.0\n" for n, s in enumerate(sequences))
    init(capsys, "explainn.tsv")
    assert read(folder / "sequences.yaml")["source"]["table"] == "explainn.tsv"
    split = ["train"] * 40 + ["validation"] * 10 + ["test"] * 10
    write_table("stated.tsv", sequences, {"A": [n % 2 for n in range(60)], "split": split})
    assert "train 40, validation 10, test 10" in init(capsys, "stated.tsv")
    assert (folder / "A.yaml").read_text().count("without effect") == 2
    one_hot = np.array([[[base == letter for base in text] for letter in "ACGT"] for text in sequences], dtype=float)
    with h5py.File("e.h5", "w") as file:
        for name in ("train", "test"):
            file[f"{name}_in"], file[f"{name}_out"] = one_hot, rng.integers(0, 2, (60, 1)).astype(float)
        file["target_labels"] = np.array([b"GATA1"])
    init(capsys, "e.h5")
    assert read(folder / "GATA1.yaml")["source"] == {"kind": "sequences", "table": "e.h5"}


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("copies", "20 of 820 sequences are copies of another one"),
        ("contrary", "20 sequences are both bound and unbound: these labels count as missing"),
        ("unbalanced", "the labels of 'A' are very unbalanced: 400 bound and 30 unbound sequences"),
        ("few", "'A' has 50 bound sequences, fewer than 200: too few to learn a motif from"),
        ("gc", "the GC content alone tells bound from unbound sequences of 'A' with an AUROC of 0."),
        ("length", "the length alone tells bound from unbound sequences of 'A' with an AUROC of 1.00 (70 bp and 60 bp"),
    ],
)
def test_what_looks_wrong_in_sequences(folder, capsys, kind, sentence):
    rng = np.random.default_rng(0)
    bound, unbound = ([bases(rng, 60) for _ in range(400)] for _ in range(2))
    write_fasta("A.fa", bound)
    write_fasta("A_neg.fa", unbound)
    assert warnings(init(capsys, "A.fa", "A_neg.fa")) == []
    if kind == "copies":
        bound += bound[:20]
    elif kind == "contrary":
        unbound += bound[:20]
    elif kind == "unbalanced":
        unbound = unbound[:30]
    elif kind == "few":
        bound = bound[:50]
    elif kind == "gc":
        bound = [bases(rng, 60, 0.7) for _ in range(400)]
    elif kind == "length":
        bound = [bases(rng, 70) for _ in range(400)]
    write_fasta("A.fa", bound)
    write_fasta("A_neg.fa", unbound)
    found = warnings(init(capsys, "A.fa", "A_neg.fa", "--force"))
    assert any(warning.startswith(sentence) for warning in found), found
    assert len(found) == 1 + (kind in ("contrary", "unbalanced"))  # copies; fewer than 200 unbound ones


def test_a_sequence_of_several_targets_is_no_copy(folder, capsys):
    rng = np.random.default_rng(0)
    bound = [bases(rng, 60) for _ in range(400)]
    for target in "AB":
        write_fasta(f"{target}.fa", bound)
        write_fasta(f"{target}_neg.fa", [bases(rng, 60) for _ in range(400)])
    assert warnings(init(capsys, "A.fa", "B.fa", "A_neg.fa", "B_neg.fa")) == []
    assert read(folder / "sequences.yaml")["source"]["fasta"]["B"] == {"positives": "B.fa", "negatives": "B_neg.fa"}


def test_positives_alone(folder, capsys):
    rng = np.random.default_rng(0)
    write_fasta("A.fa", [bases(rng, 60) for _ in range(400)])
    printed = init(capsys, "A.fa")
    assert "'A' has no unbound sequences: the bound ones, dinucleotides shuffled, will be these" in printed
    assert "400 sequences are few" in printed and warnings(printed) == []


# --- Signal -----------------------------------------------------------------------------------------------------------


def write_bigwig(path, scale=1.0, chroms=CHROMS, length=LENGTH, negative=False):
    rng = np.random.default_rng(3)
    with pyBigWig.open(path, "w") as signal:
        signal.addHeader([(chrom, length) for chrom in sorted(chroms)])
        for chrom in sorted(chroms):
            values = scale * rng.gamma(3, size=length // 100) - 4 * scale * negative
            signal.addEntries(chrom, 0, values=values.astype(float), span=100, step=100)


def test_an_experiment_on_bigwig(folder, capsys):
    write_genome("genome.fa")
    write_peaks("regions.bed", intervals(1, 2100), n_columns=3)
    for name, scale in (("B", 1), ("T", 2)):
        write_bigwig(f"{name}.bw", scale)
    printed = init(capsys, "B.bw", "T.bw", "--regions", "regions.bed", "--genome", "genome.fa")
    assert warnings(printed) == [] and "signal was looked at in 1,000 of them" in printed
    given = read(folder / "signal.yaml")
    assert given["source"] == {
        "kind": "signal", "samples": "signal_samples.tsv", "regions": "regions.bed", "genome": "genome.fa"
    }  # fmt: skip
    assert given["models"] == {"cam": {"non_negative": False}} and isinstance(given["split"]["test"], list)
    assert (folder / "signal_samples.tsv").read_text() == "target\tsignal\nB\tB.bw\nT\tT.bw\n"
    assert checked(given)["targets"] == ["B", "T"]


def test_replicates_of_signal_are_targets_of_their_own(folder, capsys):
    write_peaks("regions.bed", intervals(1), n_columns=3)
    for name in ("B_rep1.bw", "B_rep2.bw"):
        write_bigwig(name)
    init(capsys, "B_rep1.bw", "B_rep2.bw", "--regions", "regions.bed", "--genome", "hg38")
    assert checked(read(folder / "signal.yaml"))["targets"] == ["B_rep1", "B_rep2"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"scale": 50}, "the total signal of 'T' ("),
        ({"scale": 0}, "all values are the same of T: there is nothing to learn"),
        ({"length": LENGTH + 100}, "chr1 has 100,100 bp in T.bw, but 100,000 in genome.fa: are they of one assembly?"),
        ({"chroms": CHROMS[:3]}, "few regions have any signal in T.bw ("),
        ({"chroms": [str(n) for n in range(1, 11)]}, "regions.bed: found the chromosome 'chr1', which T.bw calls '1'"),
    ],
)
def test_what_looks_wrong_in_bigwig(folder, capsys, options, sentence):
    write_genome("genome.fa")
    write_peaks("regions.bed", intervals(1), n_columns=3)
    write_bigwig("B.bw")
    write_bigwig("T.bw", **options)
    found = warnings(init(capsys, "B.bw", "T.bw", "--regions", "regions.bed", "--genome", "genome.fa"))
    assert any(warning.startswith(sentence) for warning in found), found


def test_an_experiment_on_a_table_of_values(folder, capsys):
    rng = np.random.default_rng(0)
    write_values("atac.tsv", {"B": rng.gamma(3, size=2100), "T": rng.gamma(3, size=2100)})
    printed = init(capsys, "atac.tsv", "--genome", "mm10")
    assert warnings(printed) == [] and re.search(r"^  B +2,100 +0\.\d+ +\d\S* +\d\S* +0 %$", printed, re.MULTILINE)
    given = read(folder / "signal.yaml")
    assert given["source"] == {"kind": "signal", "table": "atac.tsv", "genome": "mm10"}
    assert checked(given)["targets"] == ["B", "T"]
    some = rng.gamma(3, size=2100).tolist()
    write_values("odd.tsv", {"B": ["", *some[1:]], "T": [1e6, *some[1:]]})
    found = warnings(init(capsys, "odd.tsv", "--genome", "mm10", "--force"))
    assert found[0] == "1 of 2,100 regions lack the value of a target, and are left out"
    assert found[-1].startswith("the largest value is over 50 times the mean of T: a few regions are most of the loss")


def test_an_experiment_on_anndata(folder, capsys):
    rng, text = np.random.default_rng(0), h5py.string_dtype()
    with h5py.File("cells.h5ad", "w") as file:
        file["X"] = rng.gamma(3, size=(3, 300)).astype(np.float32)
        file["X"].attrs["encoding-type"] = "array"
        names = {"obs": ["B", "CD8 T", "NK"], "var": [f"{c}:{s}-{s + w}" for c, s, w, _ in intervals(1, 300)]}
        for axis, index in names.items():
            file.create_group(axis).attrs["_index"] = "_index"
            file[axis].create_dataset("_index", data=index, dtype=text)
    printed = init(capsys, "cells.h5ad", "--genome", "mm10")
    assert read(folder / "signal.yaml")["source"] == {"kind": "signal", "h5ad": "cells.h5ad", "genome": "mm10"}
    assert "CD8 T" in printed and warnings(printed) == []
    with h5py.File("cells.h5ad", "r+") as file:
        file["var"].create_dataset("split", data=["train"] * 200 + ["val"] * 60 + ["test"] * 40, dtype=text)
    printed = init(capsys, "cells.h5ad", "--genome", "mm10", "--force")
    assert "cells.h5ad states the split of the regions: train 200, val 60, test 40; it is used unless split" in printed
    assert checked(read(folder / "signal.yaml"))["split"] == {"validation": 0.1, "test": 0.1}
    assert warnings(printed) == [] and "without effect, since the data state" in (folder / "signal.yaml").read_text()
    with h5py.File("cells.h5ad", "r+") as file:
        file["var/split"][3] = "dev"
    (warning,) = warnings(init(capsys, "cells.h5ad", "--genome", "mm10", "--force"))
    assert re.match("cells.h5ad, column 'split': found 'dev' for .*, expected train, val or test", warning)


# --- Mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: FILE; see 'cam init --help'"),
        (
            ["a.bed"],
            "--genome: found none for peaks, expected a file, its address, or the name of an assembly such as hg38",
        ),
        (["absent.bed"], "absent.bed: no such file"),
        (["a.bed", "a.bed"], "a.bed: found it twice among the files"),
        (["a.bed", "./a.bed"], "a.bed: found it twice among the files"),
        (["a.bed", "a.fa"], "a.fa: found FASTA, but peaks in a.bed, expected files of one kind"),
        (
            ["a.bw", "a.bed"],
            "a.bed: found peaks, but bigWig in a.bw, expected files of one kind; the regions of bigWig",
        ),
        (["a.bw", "--genome", "hg38"], "--regions: found none for bigWig, expected a BED file"),
        (["a.bw", "--genome", "hg38", "--regions", "a.fa"], "--regions: found FASTA in a.fa, expected BED"),
        (["a.bed", "--genome", "hg38", "--open", "a.fa"], "--open: found FASTA in a.fa, expected BED"),
        (
            ["a.fa", "--genome", "hg38"],
            "--genome: found it for FASTA, expected it only for peaks and bigWig and values",
        ),
        (["a.fa", "--samples", "s.tsv"], "--samples: found it for FASTA, expected it only for peaks and bigWig"),
        (["a.tsv", "b.tsv", "--genome", "hg38"], "b.tsv: found a second file of values, expected one with all targets"),
        (["https://example.org/a.bed"], "https://example.org/a.bed: found an address, expected a file"),
        (["{a}.bed"], "{a}.bed: found a name with braces or control characters"),
        (["a.bed", "--genom", "hg38"], "unrecognized arguments: --genom"),
    ],
)
def test_every_mistake_is_one_sentence(folder, capsys, arguments, sentence):
    write_peaks("a.bed", intervals(1, 5), n_columns=3)
    write_fasta("a.fa", ["ACGT" * 10])
    write_bigwig("a.bw")
    for name in ("a.tsv", "b.tsv"):
        write_values(name, {"B": [1, 2]}, 2)
    there = sorted(os.listdir(folder))
    assert refused(capsys, *arguments).startswith(f"Error: {sentence}")
    assert sorted(os.listdir(folder)) == there


def test_an_unknown_command_and_none(capsys):
    assert refused(capsys, command="innit") == "Error: cam: found no command 'innit'; did you mean 'init'?\n"
    with pytest.raises(SystemExit, match="0"):
        main([])
    assert "example:\n  cam init peaks/*.narrowPeak --genome hg38.fa\n" in capsys.readouterr().out


def test_a_place_that_cannot_be_written_to(folder, capsys):
    peaks = written_peaks()
    (folder / "file").write_text("")
    assert refused(capsys, *peaks, "--genome", "hg38", "-o", "file/a.yaml").startswith("Error: ")


def test_a_package_without_the_pipeline_beside_it(folder, capsys, monkeypatch):
    peaks = written_peaks()
    monkeypatch.setattr("cam.commands.experiment.CLONE", folder)
    sentence = refused(capsys, *peaks, "--genome", "hg38")
    assert sentence.startswith(f"Error: cam: found no config.yaml in {folder}, expected a clone of the pipeline there")
    assert not (folder / "peaks.yaml").exists()


# --- As a user runs it ------------------------------------------------------------------------------------------------


def run(*arguments, **options):
    call = [sys.executable, "-X", "importtime", "-m", "cam", *map(str, arguments)]
    variables = os.environ | {"PYTHONPATH": str(ROOT / "workflow_scripts")}
    return subprocess.run(call, env=variables, capture_output=True, text=True, **options)


def test_it_runs_without_what_takes_long_to_import(folder):
    peaks = written_peaks()
    done = run("init", *peaks, "--genome", "genome.fa")
    assert done.returncode == 0 and "Next:" in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "pandas" in imported
    assert not imported & {"torch", "matplotlib", "sklearn", "numba"}
    done = run("init", "absent.bed", "--genome", "hg38")
    told = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert (done.returncode, told) == (1, ["Error: absent.bed: no such file"])


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command):
    done = run(command, "--help")
    assert done.returncode == 0 and f"example:\n  cam {command} " in done.stdout
    assert set(COMMANDS) <= set(run("--help").stdout.split())


def test_in_the_clone_the_command_is_short(monkeypatch):
    from cam.commands.experiment import run_command

    monkeypatch.chdir(ROOT)
    assert run_command("my run.yaml") == "snakemake --cores 8 --configfile 'my run.yaml' -- all"


def test_widths_that_are_proposed_are_those_it_was_run_with():
    assert WIDTHS == (200, 1000)


# --- Real data --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "sequences", "width", "length"), [("nanog", "11,628", 200, None), ("nfe2", "1,426", 247, "pad")]
)
def test_real_sequences(folder, capsys, shared_data, target, sequences, width, length):
    files = [shared_data / "sequences" / f"{target}_{part}.fa.gz" for part in ("positives_train", "positives_test")]
    others = [path.with_name(path.name.replace("positives", "negatives")) for path in files]
    printed = init(capsys, *files, "--negatives", *others)
    assert re.search(rf"^  {target} +{sequences} ", printed, re.MULTILINE) and warnings(printed) == []
    given = read(folder / f"{target}.yaml")
    assert (given["regions"]["width"], given["source"].get("length")) == (width, length)
    assert given["source"]["fasta"][target]["positives"] == {"train": str(files[0]), "test": str(files[1])}
    assert "trim" not in given["source"] and given["models"]["cam"] == FEW


def test_a_real_reporter_assay(folder, capsys, shared_data):
    path = shared_data / "mpra" / "lentimpra_wtc11.tsv.gz"
    assert "found sequences in the column 'seq', expected its name to be 'sequence'" in refused(capsys, path)
    with gzip.open(path, "rt") as text:
        (folder / "wtc11.tsv").write_text(text.read().replace("seq\tmean_value", "sequence\tWTC11", 1))
    printed = init(capsys, "wtc11.tsv")
    assert "2,306 sequences are there on both strands" in printed and warnings(printed) == []
    given = read(folder / "WTC11.yaml")
    assert (given["source"]["trim"], given["regions"]["width"]) == ([15, 15], 200)
