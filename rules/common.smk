"""The checked configuration, the plan of the run, and what every rule says in the same words."""

import json
import shutil
import sys
from pathlib import Path

import snakemake
import yaml
from snakemake.settings.types import DeploymentMethod, ExecMode, SharedFSUsage
from snakemake.utils import update_config

# Where the pipeline lies. As a module of another workflow, that is not where the outer Snakefile is.
BASE = Path(str(workflow.current_basedir)).parent
if not (BASE / "workflow_scripts").is_dir():
    raise WorkflowError(
        f"module: found no workflow_scripts in {BASE}, expected a clone of the pipeline on this machine; "
        "clone it, and give the path of its Snakefile as the module's snakefile"
    )
sys.path.insert(0, str(BASE / "workflow_scripts"))

from cam.errors import InputError
from cam.io.files import remove_parts
from cam.setup.config import check, without_presets
from cam.setup.environments import find_first, missing_packages
from cam.setup.plan import DIRECTIONS, Plan, either
from cam.setup.provenance import checkout, command
from cam.setup.target_tables import read_names

# Jobs, too, take the library beside the Snakefile, even where another version of it is installed.
find_first(BASE / "workflow_scripts")

# The rules run in their conda environments, in containers, or, if neither is asked for, in this Python.
DEPLOYED = workflow.deployment_settings.deployment_method
if DEPLOYED == {DeploymentMethod.CONDA} and workflow.exec_mode == ExecMode.DEFAULT:
    if not shutil.which("conda"):
        raise WorkflowError(
            "--use-conda: found no conda on the PATH, expected one; activate it, install it "
            "(https://conda-forge.org/download), or see docs/installation.md for the ways without it"
        )

RESOURCES = BASE / "resources"

given = workflow.config_settings.overwrite_config
if not workflow.modifier.is_main_snakefile():
    # A module's `config:` stands in place of config.yaml; like an experiment's file it needs only the keys that differ.
    given, config = config, yaml.safe_load((BASE / "config.yaml").read_text())
    update_config(config, given)
config = without_presets(config, given)

try:
    SCHEMA = yaml.safe_load((RESOURCES / "config.schema.yaml").read_text())
    config = check(config, SCHEMA, RESOURCES)
    plan = Plan(config, RESOURCES)
    plan.check_asked_for(sys.argv)
except InputError as error:
    raise WorkflowError(str(error)) from None


def own(path):
    """A file; one of the pipeline's own lies beside the Snakefile even where all others are in remote storage."""
    return local(str(path)) if path and Path(path).is_relative_to(BASE) else path


# --- What many rules need of the plan ---------------------------------------------------------------------------------

OUT = plan.out
DOWNLOADS = plan.downloads
TARGETS = plan.targets  # see also targets_of
TASK = plan.task
REGRESSION = plan.regression
LINEAGES = own(plan.lineages) or []
REGULATORS = own(plan.regulators) or []
PROFILES = plan.profiles
CLUSTERS = plan.clusters
LOCAL = plan.local
UNITS = plan.units
EVOLVED = plan.evolved
EVALUATED = plan.evaluated
INTERPRETED = plan.interpreted
MODEL = plan.model
REPLICATE = plan.replicate
REPLICATES = plan.replicates
REPLICATE_MOTIFS = plan.replicate_motifs
architecture_of = plan.architecture_of
training_of = plan.training_of
number_of = plan.number_of


def targets_of(wildcards):
    """The targets; where only the data name them, they are known once a checkpoint has read them."""
    if plan.named:
        return TARGETS
    reading = checkpoints.select_regions if plan.kind == "sequences" else checkpoints.targets
    return read_names(reading.get().output.names)


def beds_of_all(wildcards):
    """The bound and the unbound regions of all targets, as BED."""
    if REGRESSION:
        return []
    beds = rules.bed.output.beds
    return beds if plan.named else expand(beds, target=targets_of(wildcards))


wildcard_constraints:
    unit=r"unit[1-9]\d*",
    subject=either(plan.subjects) if plan.named else r"[^/]+?",
    direction="|".join(DIRECTIONS),
    model="|".join(plan.models),
    seed=r"\d+",
    target=either(TARGETS) if plan.named else r"[^/]+?",
    choice=r"[^/]+(?<!\.sites)",  # or the name of a region; best.sites.tsv is no table of its own
    release=r"JASPAR\d+(\.[a-z]+)?",
    address=either(plan.absent),


# --- What jobs need ---------------------------------------------------------------------------------------------------


def growing(amount):
    """An amount of memory (MB) or time (minutes) that doubles with each new attempt at a job."""
    return lambda wildcards, attempt: amount * 2 ** (attempt - 1)


def needs(mem_mb, minutes):
    """The memory and time of a job, as in `resources: **needs(2000, minutes=10)`."""
    return {"mem_mb": growing(mem_mb), "runtime": growing(minutes)}


DRAWING = needs(2000, minutes=10)
SUMMARY = needs(2000, minutes=30)  # of tables
SEARCH = needs(2000, minutes=60)  # for motifs, for sequences
WHOLE_DATA = needs(4000, minutes=60)  # all regions at once, or a model over them


# --- Where results stand in Snakemake's report ------------------------------------------------------------------------

# Its menu: category and subcategory, in alphabetical order.
IN_SUMMARY = ("1 Summary", None)
IN_REGIONS = ("2 Regions", None)
IN_TEST_REGIONS = ("3 Models", "Test regions")
IN_SWEEP = ("3 Models", "Unit sweep")
IN_LOGOS = ("4 Motifs", "Logos")
IN_MATCHES = ("4 Motifs", "Matches")
IN_REPLICATES = ("4 Motifs", "Replicates")
IN_NULLIFICATION = ("5 Interpretation", "Filter nullification")
IN_SINGLE_REGIONS = ("5 Interpretation", "Single regions")
IN_SHARED_UNITS = ("5 Interpretation", "Targets")
IN_UNITS = ("5 Interpretation", "Units")
IN_RUNS = ("6 Artificial sequences", "Overview")
IN_LINEAGES = ("7 Lineages", None)


def in_runs(kind):
    """The place of what there is for every run of the genetic algorithm."""
    return ("6 Artificial sequences", plan.folder_of(kind))


def shown(path, caption, place, labels):
    """A result in the report: its path under OUT, its caption's name, its place, and what it is called there."""
    category, subcategory = place
    return report(
        f"{OUT}/{path}",
        caption=str(RESOURCES / "report" / "captions" / f"{caption}.rst"),
        category=category,
        subcategory=subcategory,
        labels={"result": labels} if isinstance(labels, str) else labels,
    )


def figure(path, caption, place, labels, name=""):
    """The two files of a figure, `svg` and `png`, as in `output: **figure("regions/counts", …)`.

    Where there are several, each has a name, and its files are `name` and `name_png`.
    """
    drawn = shown(f"{path}.svg", caption, place, labels)
    return {name or "svg": drawn, f"{name}_png" if name else "png": f"{OUT}/{path}.png"}


def of_all_runs(pattern):
    """The files of all runs of the genetic algorithm that `all` makes."""
    return expand(pattern, subject=EVOLVED, direction=DIRECTIONS)


def in_both_directions(pattern):
    """The files of both runs for a unit or a target."""
    return expand(pattern, direction=DIRECTIONS, allow_missing=True)


def shown_of_all_runs(path, caption, kind):
    """Their figures or tables, made together, as they are shown if each is made by itself."""
    return [
        shown(
            path.format(subject=unit, direction=direction),
            caption,
            ("6 Artificial sequences", kind),
            {"unit": plan.number_of(unit), "direction": direction},
        )
        for unit in EVOLVED
        for direction in DIRECTIONS
    ]


def call_of(wildcards):
    """What only the process of the user's own command knows, as JSON. A resource, since it starts nothing again."""
    deployment = workflow.deployment_settings.deployment_method
    return json.dumps(
        {
            "command": command(sys.argv),
            "checkout": checkout(BASE),
            "snakemake": snakemake.__version__,
            "deployment": sorted(method.name.lower() for method in deployment),
        }
    )


onstart:
    # What a run that was killed had begun to write. Downloads may be another run's that writes them now.
    remove_parts(OUT)
    remove_parts(DOWNLOADS, older_than=86400)
    # Without --use-conda: what this Python lacks is said now, not by the first job that needs it.
    SHARED = workflow.storage_settings.shared_fs_usage
    if not DEPLOYED and not workflow.touch and SharedFSUsage.SOFTWARE_DEPLOYMENT in SHARED:
        needed = {
            (
                BASE / "envs" / Path(job.rule.conda_env).name,
                job.rule.name,
            )
            for job in workflow.dag.needrun_jobs()
            if job.rule.conda_env
        }
        for environment, name in sorted(needed):
            missing = missing_packages(environment)
            if missing:
                raise WorkflowError(
                    f"envs/{environment.name}, which {name} needs: found no {', '.join(missing)} in {sys.prefix}, "
                    "expected these Python packages; say --use-conda, or install all with "
                    f"'{sys.executable} -m pip install -r requirements.txt'"
                )
