"""Running Snakemake as a user does."""

import copy
import gzip
import json
import os
import pickle
import re
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from tempfile import NamedTemporaryFile
from unittest.mock import patch

import yaml
from cam.setup.own_data import sequence_files
from conftest import ROOT
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, Quietness, ResourceSettings
from snakemake.utils import update_config

# A very small demo: seconds a rule. That it learns little is no matter here.
SMALL = {
    "experiment": "small",
    "outdir": "my results",
    "downloads": "downloads",
    "targets": ["CTCF", "JUND"],
    "simulation": {"chromosomes": 3, "chromosome_length": 200_000, "open_regions": 900, "cobinding": {}},
    "split": {"validation": ["chr2"], "test": ["chr3"]},
    "training": {"epochs": 20, "patience": 20, "batch_size": 32, "starts": 2, "tuning_epochs": 5, "device": "cpu"},
    "models": {"cam": {"units": 2}, "baseline": {"training": {"epochs": 1}}},
    "motifs": {"regions": "test"},
    "controls": {"units": 10, "evolved": 10, "population": 20, "generations": 5},
    "nullification": {"regions": 30},
    "ga": {"population": 20, "generations": 20, "patience": 5, "random": 60},
}


def command(folder, *arguments, targets=("all",), config=None, override=()):
    """A call of Snakemake in a folder, on the default configuration or with a configuration file of its own."""
    files = []
    if config:
        folder.mkdir(exist_ok=True)
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        files = ["--configfile", folder / "config.yaml"]
    values = ["--config", *override] if override else []
    call = ["-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder, "--cores", "2"]
    return [sys.executable, *call, *arguments, *files, *values, "--", *targets]


def environment():
    """Like a user's: nothing tells Python where `cam` is."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def snakemake(folder, *arguments, **options):
    """Run Snakemake; its exit status and all that it prints."""
    call = command(folder, *arguments, **options)
    done = subprocess.run(call, env=environment(), encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def succeed(folder, *arguments, **options):
    status, printed = snakemake(folder, *arguments, **options)
    assert status == 0, printed[-5000:]
    return printed


@contextmanager
def planned(folder, config, targets=("all",), arguments=(), again=False):
    """All jobs that a run would have: Snakemake's workflow with its graph of jobs, nothing of which is run.

    With ``again`` what was made in the folder counts, as in a run of every day: see :func:`plan`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = DAGSettings(targets=set(targets), force_incomplete=again)
    line = patch.object(sys, "argv", ["snakemake", *arguments, "--", *targets])
    with (
        line,
        patch.dict(os.environ),
        SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api,
        NamedTemporaryFile("w", suffix=".yaml") as file,
    ):
        yaml.safe_dump(config, file)
        file.flush()
        # From a file, whose sections are merged with those of the default, as in the run.
        values = ConfigSettings(configfiles=[Path(file.name)]) if again else ConfigSettings(config=config)
        call = api.workflow(ResourceSettings(cores=1), values, snakefile=ROOT / "Snakefile", workdir=folder)
        call.dag(settings)
        workflow = call._workflow
        workflow.dag_settings = settings
        workflow._prepare_dag(forceall=not again, ignore_incomplete=not again, lock_warn_only=True)
        workflow._build_dag()
        yield workflow


def plan(folder, config=None, targets=("all",), changes=None):
    """How often each rule would run, in view of what was made before: rule → count."""
    config = copy.deepcopy(config or {})
    update_config(config, changes or {})
    with planned(folder, config, targets, again=True) as workflow:
        return dict(Counter(job.rule.name for job in workflow.dag.needrun_jobs()))


# What has a right to differ between equal runs: how long things took, in these and in what `_without_times` takes out.
TIMED = ("logs/*", "benchmarks/*", "interpretation/nullification.svg", "interpretation/nullification.png")


def results(folder):
    """What a finished run made, without what has a right to differ between equal runs: path → content.

    Times are taken out of the tables that have a column or key `seconds`, and out of what is made of these.
    """
    made = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or any(fnmatch(name, pattern) for pattern in TIMED):
            continue
        made[name] = _without_times(path)
    return made


def _without_times(path):
    content = path.read_bytes()
    if path.name == "metrics.json":
        return re.sub(rb'"seconds": [\d.e+-]+', b"", content)
    if path.name == "provenance.json":
        record = json.loads(content)
        del record["run"]
        return json.dumps(record).encode()
    if path.name == "index.html":
        # Figures are compared as files. The call and the seconds of trainings are words on the page.
        content = re.sub(rb'data:image[^"]*|<dt>Command</dt>\s*<dd>.*?</dd>', b"", content, flags=re.DOTALL)
        return re.sub(rb'<td class="seconds">[^<]*</td>', b"", content)
    if path.suffix == ".tsv" and b"seconds" in content.split(b"\n", 1)[0]:
        header, *rows = (line.split(b"\t") for line in content.splitlines())
        timed = [number for number, name in enumerate(header) if name == b"seconds"]
        return b"\n".join(b"\t".join(f for n, f in enumerate(row) if n not in timed) for row in [header, *rows])
    return content


def write_own_files(source, folder):
    """Write files that an experiment is planned with, such as own data, where its configuration says that they are."""
    files = [file for _, file in sequence_files(source)] if source.get("kind") == "sequences" else []
    for path in (Path(folder, file) for file in files):
        path.parent.mkdir(exist_ok=True)
        path.write_text("sequence\tactivity\nACGT\t0.5\n")
    if "samples" in source:
        Path(folder, source["samples"]).write_text("target\tpeaks\nCTCF\thttps://example.org/ctcf.bed.gz\n")
    if source.get("kind") == "published_matrix":  # the names of all targets
        index = Path(folder, source["directory"], "tfs_idx.pickle.gz")
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_bytes(gzip.compress(pickle.dumps({"CTCF": 0, "JUND": 1, "MAX": 2})))
