"""What a lab's machines do: kill a run, fill up, become read-only, change a source, run twice at once."""

import os
import re
import shutil
import signal
import subprocess
import time

import pytest
import yaml
from faults import differing, kill_again_and_again, start
from running import SMALL, command, environment, results, snakemake, succeed

KILLS = int(os.environ.get("CAM_FAULT_KILLS", 4))  # python tests/faults.py --kills 25 kills more often
REGIONS = "my results/regions/regions.tsv.gz"


@pytest.fixture(scope="module")
def expected(small):
    return results(small / "my results")


def test_two_quiet_runs_make_the_same_files(small, expected, tmp_path):
    """What cannot be the same, such as times, is listed in `running.results`."""
    succeed(tmp_path / "run", config=SMALL)
    assert differing(expected, results(tmp_path / "run" / "my results")) == []


def test_a_run_that_is_killed_at_random_moments_ends_with_the_same_files(expected, tmp_path):
    lines = []
    _, different = kill_again_and_again(tmp_path, expected, KILLS, seed=1, say=lines.append)
    assert different == [], "\n".join(lines)
    assert sum(line.startswith("kill") for line in lines) == KILLS


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own, and what sets its options: `mount(size="2m")`. It takes the rights of root."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(*options):
        words = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", folder]
        if subprocess.run(words, capture_output=True).returncode:
            pytest.skip("a disk of its own: no right to mount one here")

    mount("size=1m")
    yield folder, lambda *options: mount("remount", *options)
    subprocess.run(["umount", "--lazy", folder], check=True)


def refused(folder, sentence, **options):
    """A run that fails, in a sentence and without a traceback of ours; what is there is whole."""
    status, printed = snakemake(folder, **options)
    assert status != 0
    assert sentence in printed, printed[-3000:]
    assert "Traceback" not in printed, printed[-3000:]


@pytest.mark.parametrize("megabytes", [1, 3, 8])
def test_a_full_disk_is_one_sentence_and_after_room_is_made_the_run_goes_on(disk, expected, tmp_path, megabytes):
    """Only the results are on it; with Snakemake's own folder, Snakemake fails in its own words."""
    folder, mount = disk
    mount(f"size={megabytes}m")
    config = SMALL | {"outdir": str(folder / "my results")}
    refused(tmp_path, "there is no space left on the disk; free some, then run again", config=config)
    whole = results(folder / "my results")
    assert [name for name in whole if whole[name] != expected.get(name)] == []
    mount("size=100m")
    succeed(tmp_path, config=config)
    assert differing(expected, results(folder / "my results")) == []
