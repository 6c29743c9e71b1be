"""Where the results come from."""

import json
from itertools import chain, product
from pathlib import Path

import cam
from cam import logs
from cam.io.files import write_text
from cam.provenance import checksums
from cam.setup.environments import read_environment
from cam.setup.provenance import host, versions

log = logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
config, call = params.config, json.loads(snakemake.resources.call)

environments = {path: read_environment(path) for path in paths.environments}
pins = {path: {"python": found.python, **found.programs, **found.packages} for path, found in environments.items()}
runs = [f"{model}/seed{seed}" for model, seed in product(config["models"], config["seeds"])]
trainings = [json.loads(Path(path).read_text(encoding="utf-8"))["training"] for path in paths.metrics]
sources = checksums(paths.sources, params.addresses, made=paths.regions)
for path, found in sources.items():
    if "newer_than_results" in found:
        log.warning("%s: it is newer than %s, which may have been made of an earlier version", path, paths.regions)
record = {
    "format_version": 1,
    "pipeline": {"version": cam.__version__, **call["checkout"]},
    "seeds": {"data": config["seed"], "models": config["seeds"], "interpreted": config["interpret"]["seed"]},
    "inputs": sources | checksums(paths.others, params.addresses),
    "outputs": checksums([paths.regions, paths.dataset, *paths.models, paths.motifs]),
    "trained_with": {
        run: training["environment"] for run, training in zip(runs, trainings, strict=True) if training["environment"]
    },
    "software": {
        "snakemake": call["snakemake"],
        "deployment": call["deployment"],
        "found": versions(chain(*pins.values())),
        "environments": {
            Path(path).name: {"sha256": found["sha256"], "versions": pins[path]}
            for path, found in checksums(paths.environments).items()
        },
    },
    "config": config,
    "run": {"command": call["command"], "folder": str(Path.cwd()), **host()},  # may differ where all else is the same
}
with write_text(snakemake.output.record) as text:
    json.dump(record, text, indent=1, ensure_ascii=False)
log.info("checksums of %d inputs and %d outputs", len(record["inputs"]), len(record["outputs"]))
