"""The checked configuration, and every path that depends on it."""

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

from cam.setup.addresses import IMMGEN, IMMGEN_FORMATS, genome_place, place
from cam.setup.config import REGRESSION as REGRESSION_KINDS
from cam.setup.config import check, sweep_models, table_of
from cam.setup.environments import missing_packages
from cam.errors import InputError, nearest
from cam.io.files import remove_parts
from cam.setup.provenance import checkout, command
from cam.units import unit_names

# The rules run in their conda environments, in containers, or, if neither is asked for, in this Python.
DEPLOYED = workflow.deployment_settings.deployment_method
if DEPLOYED == {DeploymentMethod.CONDA} and workflow.exec_mode == ExecMode.DEFAULT:
    if not shutil.which("conda"):
        raise WorkflowError(
            "--use-conda: found no conda on the PATH, expected one; activate it, install it "
            "(https://conda-forge.org/download), or see docs/installation.md for the ways without it"
        )

RESOURCES = BASE / "resources"
SCHEMA = RESOURCES / "config.schema.yaml"


def own(path):
    """A file; one of the pipeline's own lies beside the Snakefile even where all others are in remote storage."""
    return local(str(path)) if path and Path(path).is_relative_to(BASE) else path


if not workflow.modifier.is_main_snakefile():
    # A module's `config:` stands in place of config.yaml; like an experiment's file it needs only the keys that differ.
    given, config = config, yaml.safe_load((BASE / "config.yaml").read_text())
    update_config(config, given)
# Then those without a bound or an unbound region in a split are left out; of targets that are named, this is a mistake.
ALL_TARGETS = config.get("targets") == "all"

try:
    config = check(config, yaml.safe_load(SCHEMA.read_text()), RESOURCES)
except InputError as error:
    raise WorkflowError(str(error)) from None

KNOWN = yaml.safe_load((RESOURCES / "downloads.yaml").read_text())

OUT = config["outdir"]
DOWNLOADS = config["downloads"]
TARGETS = config["targets"]
KIND = config["source"]["kind"]
# Whether labels are real numbers, such as accessibility; otherwise they say whether a TF binds.
REGRESSION = KIND in REGRESSION_KINDS
LINEAGES = own(table_of(config, "lineages", RESOURCES))
REGULATORS = own(table_of(config, "regulators", RESOURCES))
# In which form accessibility is given; the demo's is that of AI-TAC.
FORMAT = config["source"]["format"] if KIND == "immgen" else "peaks"
LABELLED = "published_matrix" if KIND == "published_matrix" else "tracks"
INTERPRETED = config["models"][config["interpret"]["model"]]
UNITS = unit_names(INTERPRETED["units"])
DIRECTIONS = ["max", "min"]
FIGURE_SPACE = "\u2007"  # as wide as a digit
# The units that `all` writes sequences for.
EVOLVED = (
    UNITS
    if config["ga"]["units"] == "all"
    else [UNITS[number - 1] for number in config["ga"]["units"]]
)
OTHER_UNITS = [unit for unit in UNITS if unit not in EVOLVED]

DATABASE = config["tomtom"]["database"]
OWN_DATABASE = Path(DATABASE).is_file()
TAXON = config["tomtom"]["taxon"]
RELEASE = DATABASE if TAXON == "vertebrates" else f"{DATABASE}.{TAXON}"
PROFILES = (
    f"{OUT}/motifs/profiles.meme"
    if OWN_DATABASE
    else f"{DOWNLOADS}/jaspar/{RELEASE}.meme"
)
CLUSTERS = (
    f"{OUT}/enrichment/motif_clusters.tsv"
    if OWN_DATABASE
    else f"{DOWNLOADS}/jaspar/{RELEASE}.clusters.tsv"
)
MATRIX = f"matrix2d.ReMap+UniBind.{config['regions']['labels'].replace('_', '-')}.npz"
CHROMOSOMES = [f"chr{name}" for name in [*range(1, 23), "X", "Y"]]
DIRECTORY = config["source"].get("directory", "").rstrip("/")
FASTAS = []
if KIND == "published_matrix" and "://" in DIRECTORY:
    FASTAS = [
        f"{DIRECTORY}/sequences.{config['regions']['width']}bp.{chrom}.fa.gz"
        for chrom in CHROMOSOMES
    ]
elif KIND == "published_matrix":
    FASTAS = sorted(map(str, Path(DIRECTORY).glob("sequences.*.fa.gz")))
    if not FASTAS:
        raise WorkflowError(
            f"config, source.directory: found no sequences.….fa.gz in '{DIRECTORY}', "
            "expected the files of the published TF-binding matrix"
        )
PUBLISHED = [f"{DIRECTORY}/{MATRIX}", f"{DIRECTORY}/tfs_idx.pickle.gz", *FASTAS]

URLS = config["source"]["urls"]
REMAP_DATA_SETS = [
    URLS["remap_data_set"].replace("{data_set}", name)
    for name in config["source"]["remap_data_sets"]
] or sorted(map(str, Path(URLS["remap"]).glob("*.bed.gz")))
BIOSAMPLES = config["regions"].get("biosamples", [])
GENOME = genome_place(URLS["genome"], DOWNLOADS)
# Files of the web, by where they lie.
ADDRESSES = {
    place(url, DOWNLOADS): url
    for url in [*URLS.values(), *REMAP_DATA_SETS, *PUBLISHED]
    if "://" in url and "{" not in url
}
# What is downloaded, by where it will lie. A file that lies there already is a source like any other and has no rule:
# neither a new version of the pipeline nor --forceall fetches it again.
ABSENT = {
    str(Path(path).relative_to(DOWNLOADS)): url
    for path, url in ADDRESSES.items()
    if not Path(path).exists()
}

MODEL = f"{OUT}/models/{config['interpret']['model']}/seed{config['interpret']['seed']}"
# The seeds of the interpreted model; one whose weights come from a file is the same for each of them.
REPLICATES = (
    [config["interpret"]["seed"]] if "weights" in INTERPRETED else config["seeds"]
)
REPLICATE = f"{OUT}/models/{config['interpret']['model']}/seed{{seed}}"
REPLICATE_MOTIFS = [
    (
        f"{OUT}/motifs/units.meme"
        if seed == config["interpret"]["seed"]
        else f"{OUT}/motifs/replicates/seed{seed}.meme"
    )
    for seed in REPLICATES
]
EVALUATED = expand(
    f"{OUT}/models/{{model}}/seed{{seed}}", model=config["models"], seed=config["seeds"]
)
# The unit sweep's own models are trained like the others, but only its target asks for them.
SWEEP = sweep_models(config)
MODELS = config["models"] | SWEEP
SWEPT = expand(
    f"{OUT}/models/{{model}}/seed{{seed}}", model=SWEEP, seed=config["sweep"]["seeds"]
)
IMPORTED = [name for name, model in MODELS.items() if "weights" in model]
TRAINED = [name for name in MODELS if name not in IMPORTED]
BEDS = expand(
    f"{OUT}/regions/{{target}}.{{label}}.bed",
    target=[] if REGRESSION else TARGETS,
    label=["positive", "negative"],
)
GENETIC_SETTINGS = {
    key: value for key, value in config["ga"].items() if key not in ("random", "units")
}
# Runs on untrained units are many, and so are small: no larger, and no longer, than those on the model's own.
CONTROL_SETTINGS = GENETIC_SETTINGS | {
    key: min(config["controls"][key], config["ga"][key])
    for key in ("population", "generations")
}
GENETIC = expand(
    f"{OUT}/ga/{{unit}}_{{direction}}.fa", unit=EVOLVED, direction=DIRECTIONS
)
LOCAL = expand(
    f"{OUT}/interpretation/local/{{choice}}.svg",
    choice=["best", "worst", "random"] + ["chosen"] * bool(config["local"]["names"]),
)
ENRICHMENT = expand(
    f"{OUT}/enrichment/{{unit}}_{{direction}}.tsv", unit=EVOLVED, direction=DIRECTIONS
)
CLUSTERED = [f"{table.removesuffix('.tsv')}.clusters.tsv" for table in ENRICHMENT]


wildcard_constraints:
    unit=r"unit[1-9]\d*",
    subject="|".join(map(re.escape, [*UNITS, *TARGETS])),
    direction="max|min",
    model="|".join(MODELS),
    seed=r"\d+",
    target="|".join(map(re.escape, TARGETS)),
    label="positive|negative",
    choice=r"[^/]+(?<!\.sites)",  # or the name of a region; best.sites.tsv is no table of its own
    release=r"JASPAR\d+(\.[a-z]+)?",
    address="|".join(map(re.escape, ABSENT)) or "(?!)",


def growing(amount):
    """An amount of memory (MB) or time (minutes) that doubles with each new attempt at a job."""
    return lambda wildcards, attempt: amount * 2 ** (attempt - 1)


# A unit or target that does not exist has no rule, and Snakemake would say no more than that.
for wanted in sys.argv[1:]:
    run = re.fullmatch(
        rf"{re.escape(OUT)}/(?:ga|enrichment)/(.+)_(?:max|min)\.[a-z.]+", wanted
    )
    if run and run[1] not in [*UNITS, *TARGETS]:
        raise WorkflowError(
            f"{wanted}: there is no unit or target '{run[1]}'; {nearest(run[1], [*TARGETS, *UNITS])}"
        )


def track(name):
    """A file of the source, as an input function: a demo's, one in the folder of the source, or a public one."""

    def path(wildcards):
        if KIND == "demo":
            return rules.simulate.output[name]
        if KIND == "immgen_demo":
            return rules.simulate_immune.output[name]
        if name == "genome":
            return rules.unpack_genome.output.genome
        if name == "remap" and REMAP_DATA_SETS:
            return rules.merge_remap.output.peaks
        if name in IMMGEN and DIRECTORY:
            return f"{DIRECTORY}/{IMMGEN[name]}"
        return place(URLS[name], DOWNLOADS)

    return path


def peak_sources():
    """The files that say where regions are and how accessible, by what they are, as input functions."""
    names = list(IMMGEN_FORMATS[FORMAT])
    if FORMAT != "arrays":
        names.append("genome")
    elif Path(DIRECTORY, IMMGEN["peaks"]).exists():
        names.append("peaks")
    return {name: track(name) for name in names}


def sequence_source(wildcards):
    """Where the bases of the regions are: a genome, the published FASTA files, or arrays and the names in them."""
    if KIND == "published_matrix":
        return [place(fasta, DOWNLOADS) for fasta in FASTAS]
    if FORMAT == "arrays":
        return [track(name)(wildcards) for name in ("sequences", "names")]
    return [track("genome")(wildcards)]


def sources(wildcards):
    """The files that regions and their sequences are made of: they come from outside, or are the demo's."""
    if KIND == "published_matrix":
        return [place(path, DOWNLOADS) for path in PUBLISHED]
    if REGRESSION:
        files = [path(wildcards) for path in peak_sources().values()]
        return sorted({*files, *sequence_source(wildcards)})
    names = ["genome", "unibind", "dhs", "blacklist"] + ["dhs_sources"] * bool(
        BIOSAMPLES
    )
    remap = [place(url, DOWNLOADS) for url in REMAP_DATA_SETS]
    return [track(name)(wildcards) for name in names] + (
        remap or [track("remap")(wildcards)]
    )


def tables(wildcards):
    """All else that comes from outside: motifs, tables about targets and biosamples, models trained elsewhere."""
    models = [
        model["weights"] for model in config["models"].values() if "weights" in model
    ]
    database = DATABASE if OWN_DATABASE else PROFILES
    return [
        path for path in [database, LINEAGES, REGULATORS, BIOSAMPLES, *models] if path
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


def address_of(wildcards):
    """The address of a file that is to be downloaded."""
    return ABSENT[wildcards.address]


def known_of(wildcards):
    """The size and checksums that are known of it."""
    return KNOWN.get(ABSENT[wildcards.address], {})


def regions_of(wildcards):
    """The names of regions to look at, or None where they are chosen by how well they are predicted, or by chance."""
    if wildcards.choice in ("best", "worst", "random"):
        return None
    if wildcards.choice == "chosen":
        return config["local"]["names"]
    return [wildcards.choice]


def number_of(unit):
    """The number of a unit as a label of Snakemake's report, which sorts labels as text."""
    return unit.removeprefix("unit").rjust(len(str(len(UNITS))), FIGURE_SPACE)


def run_of(wildcards):
    """The labels of a run of the genetic algorithm in Snakemake's report."""
    if wildcards.subject in EVOLVED:
        return {"unit": number_of(wildcards.subject), "direction": wildcards.direction}
    return {"run": f"{wildcards.subject}, {wildcards.direction}"}


def folder_of(kind):
    """The subcategory of such a run: those that `all` makes have the same labels, and one of their own."""

    def subcategory(wildcards):
        return kind if wildcards.subject in EVOLVED else f"{kind}: on demand"

    return subcategory


def start_of(wildcards):
    """What a run that minimises a unit may begin with: the sequences that maximise it. All others begin at random."""
    if wildcards.direction == "max" or wildcards.subject not in UNITS:
        return []
    return f"{OUT}/ga/{wildcards.subject}_max.fa"


def weights_of_target(wildcards):
    """The final weights, which make the logit or prediction of a target from the outputs of the units."""
    return rules.final_weights.output.table if wildcards.subject in TARGETS else []


def architecture_of(wildcards):
    """The settings of a model that decide its shape."""
    model = MODELS[wildcards.model]
    return {
        key: value for key, value in model.items() if key not in ("training", "weights")
    }


def weights_of(wildcards):
    """The file that a model is imported from."""
    return MODELS[wildcards.model]["weights"]


def training_of(wildcards):
    """How a model is trained; the device does not decide the result and starts nothing again."""
    training = MODELS[wildcards.model]["training"]
    return {key: value for key, value in training.items() if key != "device"}


def device_of(wildcards):
    """Where a model is trained."""
    return MODELS[wildcards.model]["training"]["device"]


def gpus_of(wildcards):
    """How many GPUs a training asks a cluster for: none if the configuration says that it runs on a CPU."""
    return 0 if device_of(wildcards) == "cpu" else 1


onstart:
    # What a run that was killed had begun to write. Downloads may be another run's that writes them now.
    remove_parts(OUT)
    remove_parts(DOWNLOADS, older_than=86400)
    # Without --use-conda: what this Python lacks is said now, not by the first job that needs it.
    SHARED = workflow.storage_settings.shared_fs_usage
    if (
        not DEPLOYED
        and not workflow.touch
        and SharedFSUsage.SOFTWARE_DEPLOYMENT in SHARED
    ):
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
