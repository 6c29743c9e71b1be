"""`cam check`: an experiment as the pipeline reads it, what looks wrong, and every mistake in a sentence."""

from pathlib import Path

import pytest
import yaml
from cam.commands import main
from conftest import ROOT
from own_files import init, intervals, read, refused, warnings, write_peaks, write_table, write_values, written_peaks


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(capsys, path):
    """Run `cam check`; all that it prints."""
    status = main(["check", str(path)])
    printed = capsys.readouterr()
    assert (status, printed.err) == (0, ""), printed.err
    return printed.out


def edited(path, **sections):
    """Change keys of an experiment."""
    given = read(Path(path))
    for section, values in sections.items():
        given[section] = {**given.get(section, {}), **values} if isinstance(values, dict) else values
    with open(path, "w") as text:
        yaml.safe_dump(given, text)


def looks_wrong(printed):
    return warnings(printed.replace("The pipeline accepts it.", "Chosen, in"))


def test_what_init_wrote_is_accepted_and_described_again(folder, capsys):
    peaks = written_peaks()
    printed = init(capsys, *peaks, "--genome", "genome.fa")
    again = check(capsys, "peaks.yaml")
    table = printed[printed.index("  file") : printed.index("Chosen")]
    assert table in again
    assert again.startswith("peaks.yaml: source.kind peaks, task binding\n")
    assert again.endswith(f"--snakefile {ROOT}/Snakefile --configfile peaks.yaml -- all\n")
    assert looks_wrong(again) == []


def test_it_warns_of_an_edited_experiment(folder, capsys):
    peaks = written_peaks()
    init(capsys, *peaks, "--genome", "genome.fa")
    write_peaks("few.bed", intervals(1, 20, ["chr1"]), n_columns=3)
    with open("peaks_samples.tsv", "a") as text:
        text.write("few\tfew.bed\n")
    edited("peaks.yaml", split={"validation": ["chr2"], "test": ["chr3"]})
    found = looks_wrong(check(capsys, "peaks.yaml"))
    assert (
        found[0]
        == "fewer than 200 peaks are in few.bed (20): too few to learn a motif from, unless other targets share it"
    )
    assert found[-2:] == ["chr2 (split.validation) has no peaks of few", "chr3 (split.test) has no peaks of few"]
    edited(
        "peaks.yaml", targets=["CTCF"], split={"validation": ["chr2"], "test": ["chr3", "chr4", "chr5", "chr6", "chr7"]}
    )
    found = looks_wrong(check(capsys, "peaks.yaml"))
    assert len(found) == 1 and found[0].startswith("chr3, chr4, chr5, chr6, chr7 (split.test) has ")


def test_the_filters_of_the_sample_sheet_count(folder, capsys):
    peaks = written_peaks()
    init(capsys, *peaks, "--genome", "genome.fa")
    (folder / "peaks_samples.tsv").write_text(
        f"target\tpeaks\ttop\nA\t{peaks[0]}\t150\nB\thttps://example.org/b.bed\t\n"
    )
    printed = check(capsys, "peaks.yaml")
    assert "1 of 2 files are addresses, and were not looked at" in printed
    assert looks_wrong(printed)[0].startswith(f"fewer than 200 peaks are in {peaks[0]} (150)")


def test_negative_values_have_no_logarithm(folder, capsys):
    values = [number / 100 - 1 for number in range(2100)]
    write_values("atac.tsv", {"B": values, "T": values[::-1], "N": [abs(value) for value in values]})
    init(capsys, "atac.tsv", "--genome", "hg38")
    assert looks_wrong(check(capsys, "signal.yaml")) == []
    edited("signal.yaml", source={"transform": "log1p"})
    assert looks_wrong(check(capsys, "signal.yaml")) == [
        "negative values, which have no log1p (source.transform), are in B, T"
    ]
    edited("signal.yaml", targets=["N"])
    assert looks_wrong(check(capsys, "signal.yaml")) == []


def test_sequences_as_the_experiment_says(folder, capsys):
    write_table("a.tsv", ["ACGTTGCAAC" * 3] * 30, {"A": [n % 2 for n in range(30)]})
    init(capsys, "a.tsv")
    assert "copies of another one" in check(capsys, "A.yaml")
    edited("A.yaml", regions={"width": 40})
    assert refused(capsys, "A.yaml", command="check").startswith("Error: a.tsv, line 2: found 30 bp, expected 40")
    edited("A.yaml", source={"length": "pad"})
    assert "task binding" in check(capsys, "A.yaml")
    edited("A.yaml", task="regression")
    assert "task regression" in check(capsys, "A.yaml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("source: {kind: peeks}", "config, source.kind: found 'peeks', expected demo or "),
        ("sauce: {}", "config: unknown key 'sauce'; did you mean 'source'"),
        ("a: [1", "a.yaml, line 1: cannot be read as YAML ("),
        ("a: {b: c\nd: ]", "a.yaml, line 2: cannot be read as YAML ("),
        ("- a", "a.yaml: found list, expected keys such as 'source: {kind: peaks, …}'"),
        ("", "a.yaml: found NoneType, expected keys"),
        ("a: \x01", "a.yaml: found the control character"),
        ("a: &a {b: *a}", "config: "),
        ("seed: {a: 1}", "config, seed: found {'a': 1}, expected a whole number"),
        ("regions: 3", "config, regions: found 3, expected a section of keys"),
        (
            "source: {kind: sequences, table: absent.tsv}",
            "config, source.table: found 'absent.tsv', expected an existing",
        ),
    ],
)
def test_every_mistake_is_one_sentence(folder, capsys, text, sentence):
    (folder / "a.yaml").write_text(text)
    assert refused(capsys, "a.yaml", command="check").startswith(f"Error: {sentence}")


def test_an_absent_file(folder, capsys):
    assert refused(capsys, "absent.yaml", command="check") == "Error: absent.yaml: no such file\n"


@pytest.mark.parametrize("name", ["immune_demo", "tf_binding"])
def test_experiments_on_public_data(folder, capsys, name):
    """Nothing is to be looked at in what the pipeline fetches or simulates."""
    given = yaml.safe_load((ROOT / "experiments" / f"{name}.yaml").read_text())
    (folder / "a.yaml").write_text(
        yaml.safe_dump({key: given[key] for key in given if key not in ("lineages", "regulators")})
    )
    if given["source"]["kind"] == "published_matrix":
        assert refused(capsys, "a.yaml", command="check").startswith("Error: ")
    else:
        assert "The pipeline accepts it." in check(capsys, "a.yaml")
