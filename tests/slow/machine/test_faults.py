"""What a lab's machines do: kill a run, fill up, become read-only, change a source, run twice at once."""

import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT
from faults import kill_again_and_again, start
from running import SMALL, command, environment, results, snakemake, succeed

KILLS = 3  # python tests/faults.py --kills 25 kills whole runs, and more often
# What takes a step of every kind: labels, a training, motifs and matches, artificial sequences; not their figures.
WANTED = ("regions/CTCF.positive.bed", "tomtom/annotation.tsv", "enrichment/unit2_min.tsv", "models/summary.tsv")
REGIONS = "my results/regions/regions.tsv.gz"


@pytest.fixture(scope="module")
def expected(small):
    return results(small / "my results")


def test_a_run_that_is_killed_at_random_moments_ends_with_the_same_files(expected, tmp_path):
    """What cannot be the same, such as times, is listed in `running.results`."""
    lines = []
    _, different = kill_again_and_again(tmp_path, expected, KILLS, seed=1, say=lines.append, wanted=WANTED)
    assert different == [], "\n".join(lines)
    assert sum(line.startswith("kill") for line in lines) == KILLS


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("os.write(os.open('/dev/full', os.O_WRONLY), b'x')", "there is no space left on the disk; free some"),
        ("open('/sys/kernel/a.tsv', 'w')", "/sys/kernel/a.tsv: permission denied; make it accessible, or set another"),
        ("np.ones(10**15)", "there is not enough memory; give the job more"),
        ("torch.ones(10**15)", "there is not enough memory; give the job more"),
    ],
)
def test_what_the_machine_refuses_is_one_sentence(tmp_path, statement, sentence):
    program = f"import os, numpy as np, torch; from cam import logs; logs.start('step.log'); {statement}"
    call = [sys.executable, "-c", program]
    place = {**environment(), "PYTHONPATH": str(ROOT / "workflow_scripts")}
    done = subprocess.run(call, cwd=tmp_path, env=place, encoding="utf-8", capture_output=True)
    assert done.returncode != 0
    assert re.fullmatch(rf"[\d:]+ Error: {re.escape(sentence)}.*, then run again\.\n", done.stderr)
    assert (tmp_path / "step.log").read_text() == done.stderr


# --- The disk ------------------------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path):
    """A folder that is a small disk of its own, and what changes its options. It takes the rights of root."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(*options):
        words = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", folder]
        if subprocess.run(words, capture_output=True).returncode:
            pytest.skip("a disk of its own: no right to mount one here")

    mount("size=1m")
    yield folder, lambda *options: mount("remount", *options)
    subprocess.run(["umount", "--lazy", folder], check=True)


def on_disk(folder):
    """A small run whose results are elsewhere than Snakemake's own folder, up to a model of 11 MB."""
    names = ("regions/counts.svg", "tensors/dataset.safetensors", "models/baseline/seed1/model.safetensors")
    out = str(folder / "my results")
    return {"config": SMALL | {"outdir": out}, "targets": [f"{out}/{name}" for name in names]}


@pytest.mark.parametrize("kilobytes", [300, 900, 3000])
def test_a_full_disk_is_one_sentence_and_after_room_is_made_the_run_goes_on(disk, expected, tmp_path, kilobytes):
    folder, mount = disk
    run = on_disk(folder)
    mount(f"size={kilobytes}k")
    status, printed = snakemake(tmp_path, **run)
    assert status != 0
    assert "there is no space left on the disk; free some, then run again." in printed, printed[-3000:]
    assert "Traceback" not in printed, printed[-3000:]
    made = results(folder / "my results")
    assert [name for name in made if made[name] != expected.get(name)] == []
    mount("size=100m")
    succeed(tmp_path, **run)
    made = results(folder / "my results")
    assert f"{run['targets'][-1]}" in [f"{folder}/my results/{name}" for name in made]
    assert [name for name in made if made[name] != expected.get(name)] == []


def test_a_disk_full_of_all_that_a_run_writes_loses_nothing(disk, expected):
    """Snakemake's own folder is on it, too; what Snakemake then says is in its own words."""
    folder, mount = disk
    mount("size=900k")
    run = {"config": SMALL, "targets": ["my results/regions/counts.svg", "my results/tensors/dataset.safetensors"]}
    assert snakemake(folder, **run)[0] != 0
    mount("size=100m")
    snakemake(folder, "--unlock", **run)
    succeed(folder, **run)
    made = results(folder / "my results")
    assert made.keys() >= {name.removeprefix("my results/") for name in run["targets"]}
    assert [name for name in made if made[name] != expected.get(name)] == []


def test_a_read_only_folder_is_one_sentence(disk, expected, tmp_path):
    folder, mount = disk
    run = on_disk(folder)
    mount("ro")
    status, printed = snakemake(tmp_path, **run)
    assert status != 0
    assert "Traceback" not in printed, printed[-3000:]
    assert re.search(r"Read-only file system|read-only", printed)
    assert list(folder.iterdir()) == []


# --- Other hands ---------------------------------------------------------------------------------------------------


@pytest.fixture
def simulated(small, tmp_path):
    """A folder with the sources of a run, and nothing made of them yet."""
    folder = tmp_path / "simulated"
    shutil.copytree(small / "downloads", folder / "downloads")
    succeed(folder, config=SMALL, targets=["my results/simulation/remap.bed.gz"])
    return folder


def test_a_source_that_changes_while_it_is_read_is_one_sentence_and_a_rerun_is_right(simulated, expected):
    out = simulated / "my results"
    source, log = out / "simulation" / "remap.bed.gz", out / "logs" / "label_tracks.log"
    call = command(simulated, config=SMALL, targets=[REGIONS])
    with subprocess.Popen(
        call, env=environment(), encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        while running.poll() is None:
            if log.exists():
                os.utime(source)  # as if it were being written to
            time.sleep(0.01)
        printed = running.stdout.read()
    assert running.returncode != 0
    assert (
        "Error: my results/simulation/remap.bed.gz: found it changed while it was being read, expected it to stay; "
        "run again"
    ) in printed
    assert not (out / "regions" / "candidates.tracks.tsv.gz").exists()
    succeed(simulated, config=SMALL, targets=[REGIONS])
    made = results(out)
    assert REGIONS.removeprefix("my results/") in made
    assert [name for name in made if made[name] != expected[name]] == []


def test_a_source_that_changes_later_is_read_again(simulated):
    succeed(simulated, config=SMALL, targets=[REGIONS])
    source = simulated / "my results" / "simulation" / "remap.bed.gz"
    row = gzip.decompress(source.read_bytes()).splitlines(keepends=True)[-1]
    source.write_bytes(source.read_bytes() + gzip.compress(row))
    again = succeed(simulated, config=SMALL, targets=[REGIONS])
    assert "rule label_tracks" in again and "Updated input files" in again


def test_a_second_run_in_the_same_folder_says_so_and_stops(simulated):
    first = start(simulated, config=SMALL, targets=[REGIONS])
    try:
        locks = simulated / ".snakemake" / "locks"
        while not any(lock.stat().st_size for lock in locks.glob("*.output.lock")):  # the last that a run writes
            assert first.poll() is None
            time.sleep(0.01)
        os.killpg(first.pid, signal.SIGSTOP)  # so that it is still there, however slow this machine is
        status, printed = snakemake(simulated, config=SMALL, targets=[REGIONS])
        os.killpg(first.pid, signal.SIGCONT)
        assert status != 0
        assert "Directory cannot be locked. Please make sure that no other Snakemake process is trying" in printed
        assert "Traceback" not in printed
        assert first.wait(300) == 0
    finally:
        if first.poll() is None:
            os.killpg(first.pid, signal.SIGKILL)
    assert "Nothing to be done" in succeed(simulated, config=SMALL, targets=[REGIONS])
