"""The pipeline on a cluster: its profile for Slurm, on a real Slurm of one node that the tests start and stop.

That needs Debian's packages slurm-wlm and munge; without them the tests are skipped, saying so.
"""

import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import slurm_cluster
import torch
import yaml
from conftest import ROOT
from running import SMALL, environment, planned, results

PROFILE = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text())
GA = "my results/ga/unit1_max.fa"
# What a whole run has at least one of: a training, a group of genetic algorithms and enrichment, one of figures.
WANTED = [
    *(f"my results/enrichment/unit1_{direction}.{ending}" for direction in ("max", "min") for ending in ("tsv", "svg")),
    *("my results/models/cam/seed1/metrics.json", "my results/tomtom/annotation.tsv"),
]
# Where there is none, a training asks for a GPU in vain; on one, the model would not be the same to the last bit.
DEVICE = "cpu" if torch.cuda.is_available() else "auto"
ASKING = SMALL | {"training": SMALL["training"] | {"device": DEVICE}}
# A genetic algorithm that runs until it is cancelled.
LONG = SMALL | {"ga": SMALL["ga"] | {"generations": 1_000_000, "patience": 1_000_000, "population": 200}}


@pytest.fixture(scope="module")
def cluster():
    missing = slurm_cluster.missing()
    if missing:
        pytest.skip(f"Slurm: found no {', '.join(missing)} (Debian's packages slurm-wlm and munge have them)")
    # The path of a socket may not be as long as those that pytest makes.
    with tempfile.TemporaryDirectory(prefix="slurm") as folder, slurm_cluster.cluster(Path(folder)) as running:
        yield running


@contextmanager
def submitted(cluster, folder, *arguments, targets=(GA,), config=SMALL, resources=None):
    """A running Snakemake with the profile, as a site changes it; what it prints goes to ``printed.txt``."""
    (folder / "site").mkdir(parents=True, exist_ok=True)
    # Jobs take some seconds here. After a look in vain the plugin waits ten seconds longer for the next.
    site = PROFILE | {"use-conda": False, "slurm-init-seconds-before-status-checks": 8, "cores": 2}
    site["set-resources"] = PROFILE["set-resources"] | (resources or {})
    (folder / "site" / "config.yaml").write_text(yaml.safe_dump(site))
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    call = ["--snakefile", ROOT / "Snakefile", "--directory", folder, "--workflow-profile", folder / "site"]
    call += ["--configfile", folder / "config.yaml", "--latency-wait", "10", *arguments, "--", *targets]
    with open(folder / "printed.txt", "wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", *call],
            env=environment() | cluster.environment,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def printed(folder):
    return (folder / "printed.txt").read_text(encoding="utf-8", errors="replace")


def wait_for(condition, process, seconds=300):
    """Wait until something is so while Snakemake runs; what it is."""
    for _ in range(5 * seconds):
        if found := condition():
            return found
        assert process.poll() is None, "Snakemake ended before"
        time.sleep(0.2)
    raise TimeoutError


def of_rule(jobs, rule):
    return [job for job in jobs if re.match(rf"rule_{rule}(_wildcards_|$)", job["comment"])]


@pytest.fixture(scope="module")
def run(cluster, tmp_path_factory):
    """A run from the source to what is wanted, in the middle of which the node is drained; the simulation gets too
    little memory at first, which it asks for anew with each attempt. Its folder, and Slurm's jobs."""
    folder = tmp_path_factory.mktemp("slurm") / "a rün"
    memory = {"simulate": {"mem_mb": "60*10**(attempt-1)"}}
    with submitted(cluster, folder, targets=WANTED, config=ASKING, resources=memory) as process:

        def states(state):
            return [job for job in cluster.jobs() if job["state"] == state]

        wait_for(lambda: of_rule(states("COMPLETED"), "select_regions"), process)
        cluster.call("scontrol", "update", "NodeName=node1", "State=drain", "Reason=maintenance")
        wait_for(lambda: states("PENDING") and not states("RUNNING"), process)
        time.sleep(5)
        assert states("PENDING") and not states("RUNNING")
        cluster.call("scontrol", "update", "NodeName=node1", "State=resume")
        assert process.wait(900) == 0, printed(folder)[-5000:]
    return folder, cluster.jobs()


def test_a_run_on_slurm_makes_the_same_files_as_one_without(run, small):
    folder, _ = run
    expected, found = results(small / "my results"), results(folder / "my results")
    assert found.keys() >= {name.removeprefix("my results/") for name in WANTED}
    assert [name for name in found if found[name] != expected[name]] == []


def test_its_jobs_went_through_slurm_and_short_ones_together(run, tmp_path):
    folder, jobs = run
    with planned(tmp_path, ASKING, WANTED) as workflow:
        rules = {job.rule.name for job in workflow.dag.jobs if not job.rule.norun} - workflow._localrules
    groups = dict(each.split("=") for each in PROFILE["groups"])
    for rule in rules - groups.keys():
        assert of_rule(jobs, rule), rule
    assert {"train", "tomtom"} <= rules
    # The genetic algorithms and their enrichment are one job, and not even the name of a rule says otherwise; the
    # figures are another.
    assert not [job for job in jobs if job["comment"].startswith(("rule_genetic", "rule_enrichment", "rule_plot"))]
    assert len([job for job in jobs if job["comment"].startswith("rule_evolution")]) == 1
    assert len([job for job in jobs if job["comment"].startswith("rule_last")]) == 1
    completed = [job for job in jobs if job["state"] == "COMPLETED"]
    assert len(completed) == len(jobs) - 1 == printed(folder).count("has been submitted with SLURM jobid") - 1


def test_a_training_runs_where_the_gpus_are(run, cluster):
    _, jobs = run
    (training,) = of_rule(jobs, "train")
    assert training["state"] == "COMPLETED" and training["partition"] == "gpu"
    assert {job["partition"] for job in jobs if job is not training} == {"cpu"}
    asking = [
        job for job in jobs if re.search(r"\bTresPer\w+=\S*gpu", cluster.call("scontrol", "show", "job", job["id"]))
    ]
    assert asking == ([] if DEVICE == "cpu" else [training])


def test_a_job_killed_by_its_memory_limit_is_tried_again_with_more(run):
    folder, jobs = run
    attempts = sorted(of_rule(jobs, "simulate"), key=lambda job: int(job["id"]))
    assert [job["memory"] for job in attempts] == ["60M", "600M"]
    assert [job["state"] for job in attempts][1] == "COMPLETED"
    assert attempts[0]["state"] in ("FAILED", "OUT_OF_MEMORY")
    assert re.search(r"SLURM-job '\d+' failed, SLURM status is: '(FAILED|OUT_OF_MEMORY)'", printed(folder))


def test_a_job_cancelled_by_hand_fails_clearly_and_a_rerun_finishes(run, cluster):
    folder, before = run
    known = {job["id"] for job in before}
    with submitted(cluster, folder, "--retries", "0", "--force", config=LONG) as process:

        def running():
            return [job for job in cluster.jobs() if job["id"] not in known and job["state"] == "RUNNING"]

        (job,) = wait_for(running, process)
        time.sleep(5)
        cluster.call("scancel", job["id"])
        assert process.wait(120) != 0
    assert "Error in group evolution" in printed(folder)
    assert f"*** JOB {job['id']} ON node1 CANCELLED AT" in printed(folder)
    assert not (folder / GA).exists()
    with submitted(cluster, folder) as process:
        assert process.wait(300) == 0, printed(folder)[-5000:]
    assert (folder / GA).exists()


def test_a_cluster_leaves_nothing_running(tmp_path):
    if slurm_cluster.missing():
        pytest.skip("Slurm: not here")
    with tempfile.TemporaryDirectory(prefix="slurm") as folder:
        with slurm_cluster.cluster(Path(folder)):
            assert slurm_cluster.processes(Path(folder))
        assert not slurm_cluster.processes(Path(folder))


# --- What rules ask for, without a cluster -------------------------------------------------------------------------


def test_every_rule_says_what_it_needs_and_asks_for_more_each_time(tmp_path):
    with planned(tmp_path, SMALL, ["all", "sweep"]) as workflow:
        assert len({job.rule.name for job in workflow.dag.jobs}) > 30
        for job in workflow.dag.jobs:
            if job.rule.norun:
                continue
            first = job.resources
            assert first.mem_mb >= 1000 and first.runtime >= 10, job.rule.name
            job.attempt = 2
            again = job.resources
            assert (again.mem_mb, again.runtime) == (2 * first.mem_mb, 2 * first.runtime), job.rule.name


@pytest.mark.parametrize(("device", "gpus"), [("auto", 1), ("cuda", 1), ("cpu", 0)])
def test_only_training_asks_for_a_gpu_and_one_key_switches_it_off(tmp_path, device, gpus):
    config = SMALL | {"training": SMALL["training"] | {"device": device}}
    with planned(tmp_path, config) as workflow:
        asked = {job.rule.name: job.resources.get("gpu") for job in workflow.dag.jobs}
    assert asked.pop("train") == asked.pop("train_shuffled") == gpus
    assert set(asked.values()) == {None}


def test_the_profile_groups_every_rule_that_only_the_report_waits_for(tmp_path):
    names = {name for path in ROOT.glob("rules/*.smk") for name in re.findall(r"rule (\w+):", path.read_text())}
    groups = dict(each.split("=") for each in PROFILE["groups"])
    assert set(groups) <= names
    assert {name for name in names if name.startswith("plot_")} <= set(groups)
