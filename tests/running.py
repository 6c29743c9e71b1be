"""Running Snakemake as a user does."""

import os
import subprocess
import sys

import yaml
from conftest import ROOT


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
