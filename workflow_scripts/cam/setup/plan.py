"""The plan of a run: what is made, from what, and where it lies. All of it follows from the checked configuration."""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from math import ceil
from os.path import abspath, exists, isfile
from pathlib import Path
from types import SimpleNamespace

from ..errors import InputError, nearest
from ..units import unit_names
from .addresses import IMMGEN, IMMGEN_FORMATS, genome_place, place
from .config import sweep_models, table_of
from .own_data import OWN, read_samples, sequence_files

DIRECTIONS = ["max", "min"]  # in which the genetic algorithm moves a unit's output
LABELS = ["positive", "negative"]  # of the BED files
_CHROMOSOMES = [f"chr{name}" for name in [*range(1, 23), "X", "Y"]]  # of the published matrix
_CHOSEN_BY_RULE = ("best", "worst", "random")  # single regions
_OPTIONS_WITH_ALL = ("-c", "--cores", "-j", "--jobs", "-q", "--quiet")  # whose value may be the word all
_FIGURE_SPACE = "\u2007"  # as wide as a digit
# The demos' sources, by the name of their key under source.urls where they have one.
_SIMULATED = {
    "genome": "genome.fa",
    "index": "genome.fa.fai",
    "remap": "remap.bed.gz",
    "unibind": "unibind.tar.gz",
    "dhs": "wgEncodeRegDnaseClustered.txt.gz",
    "dhs_sources": "wgEncodeRegDnaseClusteredSources.txt.gz",
    "blacklist": "blacklist.bed.gz",
    "planted": "planted.tsv.gz",
}
_SIMULATED_IMMUNE = {
    "genome": "genome.fa",
    "index": "genome.fa.fai",
    "peaks": IMMGEN["peaks"],
    "heights": IMMGEN["heights"],
    "planted": "planted.tsv.gz",
    "regulators": "regulators.tsv",
}


def either(names):
    """A regular expression that matches one of some names, and without any nothing."""
    return "|".join(map(re.escape, names)) or "(?!)"


def asked_for(argv):
    """The words of Snakemake's command line that may be rules or files to make.

    Parameters
    ----------
    argv : sequence of str
        As in :data:`sys.argv`.

    Returns
    -------
    list of str
        Those after ``--``; where there is none, all but ``all`` as the value of an option.
    """
    if "--" in argv:
        return argv[argv.index("--") + 1 :]
    return [word for before, word in pairwise(argv) if word != "all" or before not in _OPTIONS_WITH_ALL]


@dataclass(frozen=True)
class Plan:
    """What a run makes. Functions that take ``wildcards`` are for Snakemake, which gives a job's own.

    Attributes
    ----------
    config : dict
        As returned by :func:`~cam.setup.config.check`.
    resources : Path
        The folder with the tables that come with the pipeline.

    Raises
    ------
    InputError
        If a folder that should have the published matrix has none of its FASTA files.
    """

    config: dict
    resources: Path

    def __post_init__(self):
        if self.kind == "published_matrix" and not self.fastas:
            raise InputError(
                f"config, source.directory: found no sequences.….fa.gz in '{self.directory}', "
                "expected the files of the published TF-binding matrix"
            )

    @property
    def out(self):
        """The folder of all results."""
        return self.config["outdir"]

    @property
    def page(self):
        """The page that tells the whole experiment."""
        return f"{self.out}/report/index.html"

    @property
    def downloads(self):
        """The folder of what comes from the web."""
        return self.config["downloads"]

    @property
    def targets(self):
        """What the models predict; none yet where only the data name them, and all are asked for."""
        return [] if self.config["targets"] == "all" else self.config["targets"]

    @property
    def named(self):
        """Whether the targets are named before any job has run."""
        return self.config["targets"] != "all"

    @property
    def names(self):
        """The table of what targets are called here and in a lab's own data."""
        return f"{self.out}/regions/targets.tsv"

    def check_asked_for(self, argv):
        """See that the units and targets of artificial sequences that are asked for exist.

        They would have no rule, and Snakemake would say no more than that.

        Parameters
        ----------
        argv : sequence of str
            As in :data:`sys.argv`.

        Raises
        ------
        InputError
            With the names that are nearest.
        """
        for word in argv[1:]:
            run = re.fullmatch(rf"{re.escape(self.out)}/(?:ga|enrichment)/(.+)_(?:max|min)\.[a-z.]+", word)
            if run and self.named and run[1] not in self.subjects:
                raise InputError(
                    f"{word}: there is no unit or target '{run[1]}'; {nearest(run[1], [*self.targets, *self.units])}"
                )

    # --- Sources ------------------------------------------------------------------------------------------------------

    @property
    def kind(self):
        """The kind of source."""
        return self.config["source"]["kind"]

    @property
    def regression(self):
        """Whether labels are real numbers, such as accessibility; otherwise they say whether a TF binds."""
        return self.task == "regression"

    @property
    def task(self):
        """What models learn: ``binding`` or ``regression``."""
        return self.config["task"]

    @property
    def stage(self):
        """The file of rules that makes labelled regions of the source."""
        return "sequences" if self.kind == "sequences" else "peaks" if self.regression else "regions"

    @property
    def lineages(self):
        """The table of what targets belong together, or None."""
        return table_of(self.config, "lineages", self.resources)

    @property
    def regulators(self):
        """The table of the lineages' known regulators, or None."""
        return table_of(self.config, "regulators", self.resources)

    @property
    def format(self):
        """In which form accessibility is given; the demo's is that of AI-TAC."""
        return self.config["source"]["format"] if self.kind == "immgen" else "peaks"

    @property
    def labelled(self):
        """What the labels of binding are read from."""
        return self.kind if self.kind in ("published_matrix", "peaks") else "tracks"

    @property
    def directory(self):
        """The folder of the source, on this machine or on the web, or nothing."""
        return self.config["source"].get("directory", "").rstrip("/")

    @property
    def biosamples(self):
        """The table for cell-type aware labels, or nothing."""
        return self.config["regions"].get("biosamples", [])

    @cached_property
    def samples(self):
        """The rows of the sample sheet that are about the targets."""
        if "samples" not in self.config["source"]:
            return []
        samples = read_samples(self.config["source"]["samples"], self.kind)
        return [sample for sample in samples if sample.target in self.targets]

    @property
    def sample_files(self):
        """Their files, in their order."""
        return self.places([sample.path for sample in self.samples])

    @property
    def sequence_files(self):
        """The files of labelled sequences."""
        return [file for _, file in sequence_files(self.config["source"])]

    @property
    def signal_files(self):
        """The files that say how strong the signal of regions is: bigWig, one per target, or a table of all."""
        source = self.config["source"]
        return self.sample_files or [source.get("table") or source["h5ad"]]

    @property
    def weights(self):
        """The file of how much each region counts in training, or nothing."""
        weighted = self.kind == "signal" and self.config["source"]["weights"] == "strength"
        return f"{self.out}/regions/weights.tsv.gz" if weighted else []

    @property
    def groups(self):
        """The file of the group of near-duplicates that each sequence without coordinates is in, or nothing."""
        return f"{self.out}/regions/groups.tsv.gz" if self.kind == "sequences" else []

    @property
    def orientations(self):
        """The file of how far the values of a sequence's two orientations agree, or nothing."""
        measured = self.kind == "sequences" and self.regression
        return f"{self.out}/regions/orientations.tsv" if measured else []

    @property
    def open_regions(self):
        """The files of accessible regions by biosample; of any biosample, by an empty name."""
        regions = self.config["source"].get("open", {})
        return {"": regions} if isinstance(regions, str) else regions

    @property
    def blacklist(self):
        """The file of regions to leave out, or nothing."""
        if self.kind in OWN:
            listed = self.config["source"].get("blacklist")
            return self.place(listed) if listed else []
        return self.track("blacklist")

    @property
    def urls(self):
        """Addresses or paths of the public sources, by name."""
        return self.config["source"]["urls"]

    @cached_property
    def fastas(self):
        """The published matrix's FASTA files, as addresses or paths."""
        if self.kind != "published_matrix":
            return []
        if "://" not in self.directory:
            return sorted(map(str, Path(self.directory).glob("sequences.*.fa.gz")))
        width = self.config["regions"]["width"]
        return [f"{self.directory}/sequences.{width}bp.{chromosome}.fa.gz" for chromosome in _CHROMOSOMES]

    @property
    def matrix(self):
        """The files of the published matrix: the matrix, its index and its FASTA files, as addresses or paths."""
        labels = self.config["regions"]["labels"].replace("_", "-")
        names = [f"matrix2d.ReMap+UniBind.{labels}.npz", "tfs_idx.pickle.gz"]
        return [*(f"{self.directory}/{name}" for name in names), *self.fastas]

    @cached_property
    def remap_data_sets(self):
        """ReMap's single data sets, as addresses or paths, where they stand in place of the file of all."""
        named = self.config["source"]["remap_data_sets"]
        addresses = [self.urls["remap_data_set"].replace("{data_set}", name) for name in named]
        return addresses or sorted(map(str, Path(self.urls["remap"]).glob("*.bed.gz")))

    @property
    def merged_remap(self):
        """Where such data sets lie as one file."""
        return f"{self.out}/sources/remap.bed.gz"

    @property
    def genome(self):
        """Where the unpacked genome lies."""
        return genome_place(self.urls["genome"], self.downloads)

    @property
    def simulated(self):
        """The files of a demo's sources, by name."""
        files = _SIMULATED_IMMUNE if self.kind == "immgen_demo" else _SIMULATED
        return {name: f"{self.out}/simulation/{file}" for name, file in files.items()}

    def place(self, url):
        """Where a file of the web will lie; see :func:`~cam.setup.addresses.place`."""
        return place(url, self.downloads)

    def places(self, urls):
        """Where several of them will lie."""
        return [self.place(url) for url in urls]

    @cached_property
    def addresses(self):
        """The addresses of files of the web, by where they lie."""
        own = [*(sample.path for sample in self.samples), self.config["source"].get("blacklist") or ""]
        urls = [*self.urls.values(), *self.remap_data_sets, *self.matrix, *own]
        return {self.place(url): url for url in urls if "://" in url and "{" not in url}

    @cached_property
    def absent(self):
        """Those that are to be downloaded, by their place in the folder of downloads.

        A file that lies there already is a source like any other and has no rule: neither a new version of the pipeline
        nor ``--forceall`` fetches it again.
        """
        missing = {path: url for path, url in self.addresses.items() if not exists(path)}
        return {str(Path(path).relative_to(self.downloads)): url for path, url in missing.items()}

    def address_of(self, wildcards):
        """The address of a file that is to be downloaded."""
        return self.absent[wildcards.address]

    def track(self, name):
        """A file of the source: a demo's, one in the folder of the source, or a public one."""
        if self.kind in ("demo", "immgen_demo"):
            return self.simulated[name]
        if name == "genome":
            return self.genome
        if name == "remap" and self.remap_data_sets:
            return self.merged_remap
        if name in IMMGEN and self.directory:
            return f"{self.directory}/{IMMGEN[name]}"
        return self.place(self.urls[name])

    @property
    def peaks(self):
        """The files that say where regions are and how accessible, by what they are."""
        names = list(IMMGEN_FORMATS[self.format])
        if self.format != "arrays":
            names.append("genome")
        elif Path(self.directory, IMMGEN["peaks"]).exists():
            names.append("peaks")
        return {name: self.track(name) for name in names}

    @property
    def sequences(self):
        """Where the bases of the regions are: a genome, the published FASTA files, or arrays and the names in them."""
        if self.kind == "published_matrix":
            return self.places(self.fastas)
        if self.kind == "sequences":
            return [f"{self.out}/regions/sequences.fa"]
        return [self.track(name) for name in (("sequences", "names") if self.format == "arrays" else ("genome",))]

    @property
    def sources(self):
        """The files that regions and their sequences are made of: they come from outside, or are the demo's."""
        if self.kind == "published_matrix":
            return self.places(self.matrix)
        if self.kind in OWN:
            return self._own_sources
        if self.regression:
            return sorted({*self.peaks.values(), *self.sequences})
        names = ["genome", "unibind", "dhs", "blacklist"] + ["dhs_sources"] * bool(self.biosamples)
        remap = self.places(self.remap_data_sets) or [self.track("remap")]
        return [self.track(name) for name in names] + remap

    @property
    def _own_sources(self):
        if self.kind == "sequences":
            return self.sequence_files
        files = self.sample_files if self.kind == "peaks" else self.signal_files
        regions = [self.config["source"]["regions"]] if "regions" in self.config["source"] else []
        blacklist = [self.blacklist] if self.blacklist else []
        return [self.genome, *files, *self.open_regions.values(), *regions, *blacklist]

    @property
    def tables(self):
        """All else that comes from outside: motifs, tables about targets and biosamples, models trained elsewhere."""
        models = [model["weights"] for model in self.config["models"].values() if "weights" in model]
        database = self.database if self.own_database else self.profiles
        samples = self.config["source"].get("samples")
        paths = [database, samples, self.lineages, self.regulators, self.biosamples, *models]
        return [path for path in paths if path]

    # --- Motif databases ----------------------------------------------------------------------------------------------

    @property
    def database(self):
        """A JASPAR release, or a file of motifs."""
        return self.config["tomtom"]["database"]

    @property
    def own_database(self):
        """Whether it is a file."""
        return isfile(self.database)

    @property
    def _release(self):
        return self._of_taxon(self.database)

    def _of_taxon(self, release):
        taxon = self.config["tomtom"]["taxon"]
        return release if taxon == "vertebrates" else f"{release}.{taxon}"

    @property
    def profiles(self):
        """Where the known motifs lie."""
        if self.own_database:
            return f"{self.out}/motifs/profiles.meme"
        return f"{self.downloads}/jaspar/{self._release}.meme"

    @property
    def clusters(self):
        """Where the clusters of known motifs lie."""
        if self.own_database:
            return f"{self.out}/enrichment/motif_clusters.tsv"
        return f"{self.downloads}/jaspar/{self._release}.clusters.tsv"

    # --- Regions ------------------------------------------------------------------------------------------------------

    @property
    def beds(self):
        """The targets and labels that regions are written for as BED: (target, label).

        Where only the data name the targets, one stands for each of them: a wildcard.
        """
        return [] if self.regression else list(product(self.targets if self.named else ["{target}"], LABELS))

    def beds_of(self, wildcards):
        """Those of one job, which writes the files of all targets, or, where only the data name them, of one."""
        return self.beds if self.named else [(wildcards.target, label) for label in LABELS]

    @property
    def choices(self):
        """The single regions that are looked at."""
        return [*_CHOSEN_BY_RULE, *["chosen"] * bool(self.config["local"]["names"])]

    @property
    def local(self):
        """Their figures."""
        return [f"{self.out}/interpretation/local/{choice}.svg" for choice in self.choices]

    # --- Models -------------------------------------------------------------------------------------------------------

    @cached_property
    def swept(self):
        """The unit sweep's own models; they are trained like the others, but only its target asks for them."""
        return sweep_models(self.config)

    @cached_property
    def models(self):
        """The settings of all models, by name."""
        return self.config["models"] | self.swept

    @property
    def imported(self):
        """The models whose weights come from a file as they are."""
        return [name for name, model in self.models.items() if "weights" in model and "tune" not in model]

    @property
    def trained(self):
        """The models that are trained here."""
        return [name for name in self.models if name not in self.imported]

    def folders(self, models, seeds):
        """The folders of models, seed by seed."""
        return [f"{self.out}/models/{model}/seed{seed}" for model, seed in product(models, seeds)]

    @property
    def evaluated(self):
        """The folders of the models that are compared."""
        return self.folders(self.config["models"], self.config["seeds"])

    @property
    def sweep(self):
        """The folders of the models of the unit sweep."""
        return self.folders(self.swept, self.config["sweep"]["seeds"])

    @property
    def interpreted(self):
        """The settings of the model that all stages from motifs on read."""
        return self.config["models"][self.config["interpret"]["model"]]

    @property
    def model(self):
        """Its folder."""
        return self.replicate.format(seed=self.config["interpret"]["seed"])

    @property
    def replicate(self):
        """The folder of one of its replicates, with a wildcard for the seed."""
        return f"{self.out}/models/{self.config['interpret']['model']}/seed{{seed}}"

    @property
    def replicates(self):
        """The seeds of that model; one whose weights come from a file is the same for each of them."""
        return self.config["seeds"] if self.learns else [self.config["interpret"]["seed"]]

    @property
    def replicate_motifs(self):
        """The motifs of its replicates."""
        own = self.config["interpret"]["seed"]
        names = ["units" if seed == own else f"replicates/seed{seed}" for seed in self.replicates]
        return [f"{self.out}/motifs/{name}.meme" for name in names]

    def architecture_of(self, wildcards):
        """The settings of a model that decide its shape."""
        model = self.models[wildcards.model]
        return {key: value for key, value in model.items() if key not in ("training", "weights", "tune")}

    def weights_of(self, wildcards):
        """The file that a model is imported from."""
        return self.models[wildcards.model]["weights"]

    def training_of(self, wildcards):
        """How a model is trained; the device does not decide the result and starts nothing again."""
        model = self.models[wildcards.model]
        training = {key: value for key, value in model["training"].items() if key not in ("device", "initial_motifs")}
        if "tune" in model:
            training["tune"] = "new units" if isinstance(model["tune"], dict) else model["tune"]
        return training

    def dictionary_of(self, wildcards):
        """The model whose units a model takes over: one file, or none."""
        model = self.models[wildcards.model]
        return [model["weights"]] if "tune" in model else []

    @property
    def learns(self):
        """Whether the interpreted model learns here, instead of being as it is in a file."""
        return self.config["interpret"]["model"] in self.trained

    def initial_of(self, wildcards):
        """The known motifs that units of a model begin as: one file, or none."""
        model = self.models[wildcards.model]
        motifs = model["training"].get("initial_motifs")
        if motifs is None or model["architecture"] != "cam" or "weights" in model:
            return []
        if isfile(motifs):
            return [motifs]
        return [self.profiles if motifs == "all" else f"{self.downloads}/jaspar/{self._of_taxon(motifs)}.meme"]

    @property
    def initial_motifs(self):
        """Those that units of the interpreted model begin as."""
        return self.initial_of(SimpleNamespace(**self.config["interpret"]))

    def device_of(self, wildcards):
        """Where a model is trained."""
        return self.models[wildcards.model]["training"]["device"]

    def gpus_of(self, wildcards):
        """How many GPUs a training asks a cluster for: none if the configuration says that it runs on a CPU."""
        return 0 if self.device_of(wildcards) == "cpu" else 1

    # --- Is the model usable? -----------------------------------------------------------------------------------------

    @property
    def compared(self):
        """The models, the interpreted one first."""
        own = self.config["interpret"]["model"]
        return [own, *[name for name in self.config["models"] if name != own]]

    @property
    def curve(self):
        """The trainings of the learning curve: (share of the training regions, seed).

        All of them are a share, too. A model from a file is not trained anew on fewer regions.
        """
        settings = self.config["usable"]
        shares = [share for share in sorted(settings["shares"]) if share < 1 and self.learns]
        return list(product([*shares, 1], settings.get("seeds", self.replicates)))

    def of_curve(self, few, whole):
        """The files of these trainings, by their pattern for a share and for all training regions."""
        name = self.config["interpret"]["model"]
        return [
            (few if share < 1 else whole).format(share=f"{share:g}", seed=seed, model=name)
            for share, seed in self.curve
        ]

    def training_of_share(self, wildcards):
        """How a model is trained on a share: for as many steps as on all regions, so that only these differ."""
        training, share = self.training_of(wildcards), float(wildcards.share)
        return training | {key: ceil(training[key] / share) for key in ("epochs", "tuning_epochs", "patience")}

    # --- Artificial sequences -----------------------------------------------------------------------------------------

    @cached_property
    def units(self):
        """The names of the interpreted model's units."""
        return unit_names(self.interpreted["units"])

    @property
    def subjects(self):
        """What sequences can be written for."""
        return [*self.units, *self.targets]

    @cached_property
    def evolved(self):
        """The units that ``all`` writes sequences for."""
        numbers = self.config["ga"]["units"]
        return self.units if numbers == "all" else [self.units[number - 1] for number in numbers]

    @property
    def genetic_settings(self):
        """The settings of the genetic algorithm."""
        return {key: value for key, value in self.config["ga"].items() if key not in ("random", "units")}

    @property
    def control_settings(self):
        """Those on untrained units: they are many, and so no larger, and no longer, than on the model's own."""
        controls, own = self.config["controls"], self.genetic_settings
        return own | {key: min(controls[key], own[key]) for key in ("population", "generations")}

    @property
    def genetic_device(self):
        """Where it runs: it takes a GPU where it finds one, but asks a cluster for none."""
        return "cpu" if self.interpreted["training"]["device"] == "cpu" else "auto"

    def start_of(self, wildcards):
        """What a run that minimises a unit may begin with, the sequences that maximise it; others begin at random."""
        if wildcards.direction == "max" or wildcards.subject not in self.units:
            return []
        return f"{self.out}/ga/{wildcards.subject}_max.fa"

    def together(self, argv, rule, files, inputs):
        """Whether one job makes the tables or figures of all runs, or each has a job of its own.

        One job for all is short, but needs what every one of them is made of. So it is planned where all are made
        anyway, or where nothing else has to be made for it, as after a whole run, whose files are then recognised.

        Parameters
        ----------
        argv : sequence of str
            As in :data:`sys.argv`. What this says is no matter to jobs on a cluster, which are named by their rule.
        rule : str
            That makes all of them.
        files, inputs : iterable of str
            Its output, with what is made of that for a single run, and its input.

        Returns
        -------
        bool
        """
        words = set(asked_for(argv))
        paths = set(map(abspath, words))
        if words & {"all", "report_page", rule} or abspath(self.page) in paths:
            return True
        return paths.isdisjoint(map(abspath, files)) or all(map(exists, inputs))

    # --- Places in Snakemake's report ---------------------------------------------------------------------------------

    def number_of(self, unit):
        """The number of a unit as a label; labels are sorted as text."""
        return unit.removeprefix("unit").rjust(len(str(len(self.units))), _FIGURE_SPACE)

    def labels_of(self, direction=None):
        """The labels of a run of the genetic algorithm, in one direction or in that of the wildcard."""

        def labels(wildcards):
            towards = direction or wildcards.direction
            if wildcards.subject in self.evolved:
                return {"unit": self.number_of(wildcards.subject), "direction": towards}
            return {"run": f"{wildcards.subject}, {towards}"}

        return labels

    def folder_of(self, kind):
        """The subcategory of such runs: those that ``all`` makes have the same labels, and one of their own."""

        def subcategory(wildcards):
            return kind if wildcards.subject in self.evolved else f"{kind}: on demand"

        return subcategory
