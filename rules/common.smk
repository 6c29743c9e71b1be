"""The checked configuration, and every path that depends on it."""

import sys
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(workflow.basedir, "workflow_scripts")))

from cam.config import check
from cam.errors import InputError
from cam.units import unit_names

SCHEMA = Path(workflow.basedir, "resources", "config.schema.yaml")
try:
    config = check(config, yaml.safe_load(SCHEMA.read_text()))
except InputError as error:
    raise WorkflowError(str(error)) from None

OUT = config["outdir"]
DOWNLOADS = config["downloads"]
TARGETS = config["targets"]
KIND = config["source"]["kind"]
INTERPRETED = config["models"][config["interpret"]["model"]]
UNITS = unit_names(INTERPRETED["units"])
DIRECTIONS = ["max", "min"]

JASPAR = f"{DOWNLOADS}/jaspar/{config['tomtom']['database']}.meme"
MATRIX = f"matrix2d.ReMap+UniBind.{config['regions']['labels'].replace('_', '-')}.npz"
FASTAS = []
if KIND == "published_matrix":
    FASTAS = sorted(
        map(str, Path(config["source"]["directory"]).glob("sequences.*.fa.gz"))
    )
    if not FASTAS:
        raise WorkflowError(
            f"config, source.directory: found no sequences.….fa.gz in '{config['source']['directory']}', "
            "expected the files of the published TF-binding matrix"
        )
MODEL = f"{OUT}/models/{config['interpret']['model']}/seed{config['interpret']['seed']}"
EVALUATED = expand(
    f"{OUT}/models/{{model}}/seed{{seed}}", model=config["models"], seed=config["seeds"]
)
BEDS = expand(
    f"{OUT}/regions/{{target}}.{{label}}.bed",
    target=TARGETS,
    label=["positive", "negative"],
)
GENETIC = expand(
    f"{OUT}/ga/{{unit}}_{{direction}}.fa", unit=UNITS, direction=DIRECTIONS
)
ENRICHMENT = expand(
    f"{OUT}/enrichment/{{unit}}_{{direction}}.tsv", unit=UNITS, direction=DIRECTIONS
)


wildcard_constraints:
    unit=r"unit[1-9]\d*",
    direction="max|min",
    model="|".join(config["models"]),
    seed=r"\d+",
    target="|".join(map(re.escape, TARGETS)),
    label="positive|negative",


def published_file(name):
    """A file of the published matrix, as an input function: the folder is known for that source only."""
    return lambda wildcards: str(Path(config["source"]["directory"], name))


def sequence_source(wildcards):
    """Where the bases of the regions are: a genome, or the published FASTA files."""
    return [rules.simulate.output.genome] if KIND == "demo" else FASTAS


def architecture_of(wildcards):
    """The settings of a model that decide its shape."""
    model = config["models"][wildcards.model]
    return {key: value for key, value in model.items() if key != "training"}


def training_of(wildcards):
    """How a model is trained; the device does not decide the result and starts nothing again."""
    training = config["models"][wildcards.model]["training"]
    return {key: value for key, value in training.items() if key != "device"}


def device_of(wildcards):
    """Where a model is trained."""
    return config["models"][wildcards.model]["training"]["device"]
