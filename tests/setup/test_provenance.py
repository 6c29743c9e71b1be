"""Where results come from: what is recorded of a run, and that it shows what has changed since."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cam import __version__, provenance
from cam.errors import InputError
from cam.provenance import checksums, differences, make_record
from cam.setup.provenance import checkout, command, versions
from conftest import ROOT
from running import SMALL, planned, succeed

RECORD = "my results/provenance.json"


@pytest.fixture
def files(tmp_path):
    """A large file and a small one, in this order."""
    (tmp_path / "large.bin").write_bytes(np.random.default_rng(1).bytes(3_000_000))
    (tmp_path / "small.tsv").write_text("a\tb\n")
    return [str(tmp_path / name) for name in ("large.bin", "small.tsv")]


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["/x/bin/snakemake", "--cores", "2", "all"], "snakemake --cores 2 all"),
        (["/x/snakemake/__main__.py", "--config", "ga={population: 3}"], "snakemake --config 'ga={population: 3}'"),
        (["snakemake", "--storage-s3-secret-key", "XYZ", "all"], "snakemake --storage-s3-secret-key HIDDEN all"),
        (["snakemake", "--storage-s3-access-key=XYZ", "-k"], "snakemake --storage-s3-access-key=HIDDEN -k"),
    ],
)
def test_a_command_is_fit_for_a_shell_and_tells_no_secret(argv, expected):
    assert command(argv) == expected


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    call = ["git", "-C", folder, *identity, *arguments]
    return subprocess.run(call, check=True, capture_output=True, encoding="utf-8").stdout.strip()


def test_a_checkout_tells_its_commit_and_whether_files_differ_from_it(tmp_path):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "Snakefile").write_text("one")
    git(tmp_path, "add", "Snakefile")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "my_experiment.yaml").write_text("no part of the pipeline")
    assert checkout(tmp_path) == {"commit": commit, "uncommitted_changes": False}
    (tmp_path / "Snakefile").write_text("two")
    assert checkout(tmp_path) == {"commit": commit, "uncommitted_changes": True}


def test_a_tarball_is_of_no_known_commit_even_within_another_repository(tmp_path, monkeypatch):
    unknown = {"commit": "unknown", "uncommitted_changes": None}
    assert checkout(tmp_path) == unknown
    test_a_checkout_tells_its_commit_and_whether_files_differ_from_it(tmp_path)
    (tmp_path / "cam-0.1.0").mkdir()
    assert checkout(tmp_path / "cam-0.1.0") == unknown
    monkeypatch.setenv("PATH", str(tmp_path / "no programs here"))
    assert checkout(tmp_path) == unknown


def test_checksums_are_those_of_the_whole_files(files):
    found = checksums(files, addresses={files[0]: "https://example.org/large.bin"})
    assert list(found) == files
    assert found[files[0]] == {
        "bytes": 3_000_000, "sha256": sha256(files[0]), "address": "https://example.org/large.bin",
    }  # fmt: skip
    assert found[files[1]] == {"bytes": 4, "sha256": sha256(files[1])}


def test_a_checksum_that_the_downloader_recorded_counts_until_the_file_is_written_to(files):
    record, addresses = Path(f"{files[0]}.sha256"), {files[0]: "https://example.org/large.bin"}
    record.write_text(f"{'0' * 64}  large.bin\n")
    os.utime(files[0], ns=(0, record.stat().st_mtime_ns))
    assert checksums(files, addresses)[files[0]]["sha256"] == "0" * 64
    os.utime(files[0], ns=(0, record.stat().st_mtime_ns + 1))
    assert checksums(files, addresses)[files[0]]["sha256"] == sha256(files[0])
    os.utime(files[0], ns=(0, 0))
    record.write_text("no checksum")
    assert checksums(files, addresses)[files[0]]["sha256"] == sha256(files[0])


def test_a_local_file_is_read_whatever_checksum_lies_beside_it(files, tmp_path):
    """It may have been replaced by an older one, as may the file that a download links to."""
    Path(f"{files[0]}.sha256").write_text(f"{'0' * 64}  large.bin\n")
    link = tmp_path / "linked.bin"
    link.symlink_to(files[0])
    Path(f"{link}.sha256").write_text(f"{'0' * 64}  linked.bin\n")
    os.utime(files[0], ns=(0, 0))
    found = checksums([files[0], link], {str(link): f"file://{files[0]}"})
    assert [file["sha256"] for file in found.values()] == [sha256(files[0])] * 2


def test_a_source_that_is_newer_than_what_was_made_of_it_is_marked(files, tmp_path):
    made = tmp_path / "regions.tsv.gz"
    made.touch()
    os.utime(files[0], ns=(0, made.stat().st_mtime_ns))
    os.utime(files[1], ns=(0, made.stat().st_mtime_ns + 1))
    found = checksums(files, made=made)
    assert ["newer_than_results" in file for file in found.values()] == [False, True]
    (sentence,) = differences({"inputs": found, "outputs": {}})
    assert sentence.endswith("small.tsv: it is newer than the results, which may have been made of an earlier version")


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="none.bed: No such file or directory"):
        checksums([tmp_path / "none.bed"])


def test_files_that_are_no_longer_as_recorded_are_told(files, tmp_path, capsys):
    record = tmp_path / "provenance.json"
    relative = [Path(path).name for path in files]
    recorded = [file for file in checksums(files).values()]
    record.write_text(json.dumps({"inputs": {relative[0]: recorded[0]}, "outputs": {relative[1]: recorded[1]}}))
    arguments = [str(record), "--directory", str(tmp_path)]
    provenance.main(arguments)
    assert capsys.readouterr().out == "All 1 inputs and 1 outputs are as recorded.\n"

    # A change that neither size nor date tells, and that the record of a download does not cover.
    content = bytearray(Path(files[0]).read_bytes())
    content[2_000_000] ^= 1
    Path(f"{files[0]}.sha256").write_text(f"{recorded[0]['sha256']}  large.bin\n")
    Path(files[0]).write_bytes(content)
    os.utime(files[0], ns=(0, 0))
    Path(files[1]).unlink()
    with pytest.raises(SystemExit) as ended:
        provenance.main(arguments)
    assert ended.value.code.splitlines() == [
        f"large.bin: found sha256 {sha256(files[0])}, expected {recorded[0]['sha256']}",
        "small.tsv: no such file, expected 4 bytes",
    ]
    Path(files[1]).write_text("a\tb\tc\n")
    with pytest.raises(SystemExit, match="small.tsv: found 6 bytes, expected 4"):
        provenance.main(arguments)


@pytest.mark.parametrize(
    ("content", "sentence"), [("[]", "expected a provenance.json"), ("{", "expected a prov"), (None, "No such file")]
)
def test_a_record_that_is_none_is_one_sentence(tmp_path, content, sentence):
    if content:
        (tmp_path / "provenance.json").write_text(content)
    with pytest.raises(SystemExit, match=f"Error: .*provenance.json: {sentence}"):
        provenance.main([str(tmp_path / "provenance.json")])


def test_versions_are_those_of_packages_and_programs_that_are_there():
    found = versions(["python", "numpy", "bedtools", "scikit-learn", "no-such-package"])
    assert list(found) == ["python", "bedtools", "numpy", "scikit-learn"]
    assert found["numpy"] == np.__version__
    printed = subprocess.run(["bedtools", "--version"], capture_output=True, encoding="utf-8").stdout
    assert f"v{found['bedtools']}" in printed


def test_a_record_tells_of_each_run_what_it_was_trained_with(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("channels: [x]\ndependencies: [python=3.11, numpy=2.4.6, bedtools=2.31.1]\n")
    config = {"models": {"cam": {}, "own": {}}, "seeds": [1, 2], "seed": 7, "interpret": {"seed": 2}}
    call = {"command": "snakemake all", "checkout": {"commit": "abc"}, "snakemake": "9.0", "deployment": ["conda"]}
    trainings = [{"environment": {"torch": name} if name else None} for name in ("t1", "t2", None, None)]
    record = make_record(config, call, {"in": {}}, {"out": {}}, trainings, ["a.yaml"])
    assert record["trained_with"] == {"cam/seed1": {"torch": "t1"}, "cam/seed2": {"torch": "t2"}}
    assert record["seeds"] == {"data": 7, "models": [1, 2], "interpreted": 2}
    assert record["pipeline"] == {"version": __version__, "commit": "abc"}
    assert (record["inputs"], record["outputs"], record["config"]) == ({"in": {}}, {"out": {}}, config)
    assert record["software"]["environments"] == {
        "a.yaml": {
            "sha256": sha256("a.yaml"),
            "versions": {"python": "3.11", "bedtools": "2.31.1", "numpy": "2.4.6"},
        }
    }
    assert record["software"]["found"]["numpy"] == np.__version__
    assert record["run"]["command"] == "snakemake all" and record["run"]["folder"] == str(tmp_path)


# --- Of a run -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def record(small):
    return json.loads((small / RECORD).read_text(encoding="utf-8"))


def test_a_run_records_where_its_results_come_from(record, small):
    assert record["pipeline"] == {"version": __version__, **checkout(ROOT)}
    assert record["seeds"] == {"data": 1, "models": [1], "interpreted": 1}
    assert record["config"]["training"]["epochs"] == SMALL["training"]["epochs"]
    assert record["config"]["models"]["cam"]["filter_length"] == 20  # a default
    assert set(record["inputs"]) == {
        *(f"my results/simulation/{name}" for name in ("genome.fa", "remap.bed.gz", "unibind.tar.gz")),
        *("my results/simulation/wgEncodeRegDnaseClustered.txt.gz", "my results/simulation/blacklist.bed.gz"),
        "downloads/jaspar/JASPAR2020.meme",
    }
    assert set(record["outputs"]) == {
        *(
            "my results/regions/regions.tsv.gz",
            "my results/tensors/dataset.safetensors",
            "my results/motifs/units.meme",
        ),
        *(f"my results/models/{model}/seed1/model.safetensors" for model in ("cam", "baseline")),
    }
    for path, file in (record["inputs"] | record["outputs"]).items():
        assert file == {"bytes": (small / path).stat().st_size, "sha256": sha256(small / path)}
    assert set(record["trained_with"]) == {"cam/seed1", "baseline/seed1"}
    for environment in record["trained_with"].values():
        assert set(environment) == {"python", "torch", "numpy", "blas", "cpu"}
    software = record["software"]
    assert software["deployment"] == [] and software["snakemake"] == versions(["snakemake"])["snakemake"]
    for name, environment in software["environments"].items():
        assert environment["sha256"] == sha256(ROOT / "envs" / name)
    assert software["environments"]["torch.yaml"]["versions"]["torch"] == "2.13.0"
    assert software["found"] == versions(software["found"])
    assert {"torch", "bedtools", "pyjaspar", "matplotlib"} <= set(software["found"])
    assert record["run"]["folder"] == str(small)


@pytest.mark.slow
def test_two_runs_with_the_same_results_differ_in_the_run_only_and_each_has_its_own_command(record, small, tmp_path):
    arguments = ("--cores", "1", "--keep-going", "--nolock")
    assert "Nothing to be done" in succeed(small, *arguments, config=SMALL)  # another command starts nothing
    folder = shutil.copytree(small, tmp_path / "again")
    (folder / RECORD).unlink()
    succeed(folder, *arguments, config=SMALL, targets=[RECORD])
    again = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    assert {key for key in record if record[key] != again[key]} == {"run"}
    assert record["run"]["command"].endswith(f"--configfile '{small}/config.yaml' -- all")
    assert f"--cores 2 {' '.join(arguments)} --configfile" in again["run"]["command"]
    assert again["run"]["command"].endswith(f"-- '{RECORD}'")


def biosamples(folder):
    (folder / "biosamples.tsv").write_text("biosample\tsource\tname\n")
    return {"regions": {"biosamples": "biosamples.tsv"}}


def matrix(folder):
    """The names are all that a plan needs; there is a model that was trained elsewhere, too."""
    for name in ("matrix2d.ReMap+UniBind.sparse.npz", "tfs_idx.pickle.gz", "sequences.200bp.chr1.fa.gz", "theirs.pth"):
        (folder / name).touch()
    theirs = {"architecture": "cam", "weights": "theirs.pth", "units": 3}
    return {"source": {"kind": "published_matrix", "directory": "."}, "models": {"theirs": theirs}}


def tracks(folder):
    (folder / "motifs.meme").touch()
    remap = {"remap_data_sets": ["GSE1.CTCF.K562", "GSE2.JUND.K562"]}
    return {"source": {"kind": "public_tracks", **remap}, "tomtom": {"database": "motifs.meme"}}


def immune(folder):
    return {
        "source": {"kind": "immgen", "format": "arrays", "directory": str(folder / "ai-tac")},
        **{"targets": "all", "regions": {"width": 251}, "split": {"validation": 0.1, "test": 0.2}},
        "ga": {"units": []},
    }


@pytest.mark.parametrize("experiment", [biosamples, matrix, tracks, immune])
def test_whatever_a_run_reads_from_outside_is_recorded(tmp_path, experiment):
    if experiment is immune:
        (tmp_path / "ai-tac").mkdir()
        for name in ("one_hot_seqs", "cell_type_array", "peak_names", "cell_type_names"):
            (tmp_path / "ai-tac" / f"{name}.npy").touch()
    with planned(tmp_path, SMALL | experiment(tmp_path)) as workflow:
        jobs = list(workflow.dag.jobs)
        (recorded,) = [set(job.input) for job in jobs if job.rule.name == "provenance"]
        fetched = {file for job in jobs if job.rule.name in ("download", "jaspar", "simulate") for file in job.output}
        made = {file for job in jobs for file in job.output} - fetched
        read = {
            str(file)
            for job in jobs
            for file in set(job.input) - made
            if job.rule.name not in ("unpack_genome", "simulate")
            and not str(file).startswith(f"{ROOT}/resources/report")
        }
    assert len(read) > 3 and read <= recorded
