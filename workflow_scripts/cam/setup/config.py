"""The configuration, checked: every mistake in it is one sentence that names the key."""

import copy
import math
import re
from collections import Counter
from os.path import exists, isdir, isfile
from pathlib import Path

from jsonschema import Draft202012Validator

from ..errors import InputError, nearest
from .addresses import IMMGEN, IMMGEN_FORMATS, place
from .own_data import OWN, assemblies, known_genome, read_samples, safe_name, sequence_files, table_targets
from .stored_models import read_description
from .target_tables import read_rows, regulator_rows
from .tf_index import read_index

IMMGEN_KINDS = ("immgen", "immgen_demo")  # the kinds of source with accessibility in ImmGen's cell types
_GENOMES = "https://hgdownload.soe.ucsc.edu/goldenPath/{0}/bigZips/{0}.fa.gz"

_KINDS = {
    "integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false",
    "array": "a list", "object": "a section of keys", "null": "null",
}  # fmt: skip
_READERS = {"integer": int, "number": float, "boolean": {"true": True, "false": False}.__getitem__}
_MOST_VALUES = 100_000  # in a configuration; YAML's anchors can make many more of a few
_NAMES = {"models": re.compile(r"[A-Za-z0-9_-]{1,100}"), "targets": re.compile(r"[A-Za-z][A-Za-z0-9._+:()-]{0,99}")}
_ALLOWED = {
    "models": "at most 100 letters, digits, _ and -",
    "targets": "a letter and at most 99 letters, digits and . _ + - : ( )",
}
_LEAST_CORRELATED = 3  # targets; across two, a correlation is 1 or -1, and its gradient 0
# What stands beside the targets in tables.
_TAKEN = ("chrom", "start", "end", "name", "split", "gc", "repeats", "copies", "row", "macro")
_VALUES = ("nan", "inf", "infinity", "true", "false")  # what a column of text is not read as text for
# Keys of the section source that only some kinds have.
_KIND_OF = {
    **dict.fromkeys(("samples", "genome", "blacklist"), ("peaks", "signal")),
    **dict.fromkeys(("open", "consensus"), ("peaks",)),
    **dict.fromkeys(("fasta", "length", "trim", "drop_leaking"), ("sequences",)),
    "task": OWN,
    "table": ("sequences", "signal"),
    **dict.fromkeys(
        ("regions", "h5ad", "layer", "summary", "signal_width", "transform", "weights", "variable"), ("signal",)
    ),
    "remap_data_sets": ("public_tracks",),
    "format": ("immgen",),
    "directory": ("published_matrix", "immgen"),
}
_WITH_GENOME = ("peaks", "public_tracks", "demo")  # the kinds whose regions without binding come from a genome
_TABLES = {"sequences": ("table", "fasta"), "signal": ("samples", "table", "h5ad")}  # of which one is needed
_SHARES = {"validation": 0.1, "test": 0.1}  # of regions, where no split is given for own data
_OWN_LOSSES = ("mse", "pearson", "poisson")  # for real numbers; the first is the default
_CAM_ONLY = ("units", "filter_length", "activation", "pool", "hidden", "non_negative", "weights", "tune")
_CAM_DEFAULTS = {
    "units": 10, "filter_length": 20, "activation": "relu", "pool": 7, "hidden": 100, "dropout": 0.3,
    "non_negative": True,
}  # fmt: skip


def without_presets(config, given):
    """Leave out what ``config.yaml`` presets for the demo, where the source is a lab's own data.

    Parameters
    ----------
    config : dict
        That of ``config.yaml``, updated with what is given.
    given : mapping
        What the user's own files and command line say.

    Returns
    -------
    dict
        Without ``targets``, ``split`` and ``tomtom.taxon``, unless they are given.
    """
    source = config.get("source")
    if not isinstance(source, dict) or source.get("kind") not in OWN:
        return config
    config = {key: value for key, value in config.items() if key not in ("targets", "split") or key in given}
    tomtom, named = config.get("tomtom"), given.get("tomtom")
    if isinstance(tomtom, dict) and not (isinstance(named, dict) and "taxon" in named):
        config["tomtom"] = {key: value for key, value in tomtom.items() if key != "taxon"}
    return config


def check(config, schema, resources="resources"):
    """Check a configuration and fill in its defaults.

    Parameters
    ----------
    config : dict
        As read from YAML.
    schema : dict
        ``resources/config.schema.yaml``.
    resources : str or Path
        The folder with the tables that :func:`table_of` falls back to.

    Returns
    -------
    dict
        A new configuration in which every key has a value, but for tables and folders that there are none of;
        ``targets`` are named, ``training`` of every model is complete, and every model has all settings of its
        architecture; with ``weights``, those that are not stated are in that file. Where only the data name the targets
        (``.h5``, ``.h5ad``, parquet), they stay ``all``.

    Raises
    ------
    InputError
        At the first mistake: an unknown key (with the nearest known one), a value of the wrong kind or outside its
        range, or keys that contradict each other.
    """
    if isinstance(config.get("models"), dict):
        # A second configuration can add models to those of the first, and leave one out only by saying null (on the
        # command line a text).
        kept = {name: model for name, model in config["models"].items() if model not in (None, "null")}
        config = config | {"models": kept}
    _expect_plain(config)
    config = _typed(config, schema, schema)
    for name in ("lineages", "regulators"):
        if config.get(name) == "null":  # on the command line
            config[name] = None
    own = _fill_in_own(config)
    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda e: ([str(p) for p in e.path], e.message)
    )
    if errors:
        raise InputError(_sentence(errors[0]))
    _check_keys_of_kind(config.get("source", {}), schema["properties"]["source"]["properties"])
    config = _with_defaults(config, schema, schema)
    _fill_in_min_positives(config)
    _check_paths(config)
    names, task = _check_own(config) if own else (None, None)
    _check_source(config)
    _check_task(config, task)
    _check_split(config)
    _check_targets(config, resources, names)
    _check_loss("training", config["training"], config)
    _check_strands("training", config["training"], config)
    _check_initial("training", config["training"], config)
    _check_names(config)
    for name, model in config["models"].items():
        config["models"][name] = _complete_model(name, model, config)
    _check_interpret(config)
    _check_sweep(config)
    _check_database(config["tomtom"])
    return config


def _fill_in_own(config):
    """Fill in what is not given for a lab's own data; whether the source is that."""
    source = config.get("source")
    if not isinstance(source, dict) or source.get("kind") not in OWN:
        return False
    for here, there in ((source, config), (config, source)):  # in the source it says that it is stated
        if "task" in here:
            there.setdefault("task", here["task"])
    if source.get("blacklist") == "null":  # on the command line
        source["blacklist"] = None
    config.setdefault("targets", "all")
    config.setdefault("split", dict(_SHARES))
    genome = known_genome(source["genome"]) if isinstance(source.get("genome"), str) else {}
    tomtom = config.setdefault("tomtom", {})
    if genome and isinstance(tomtom, dict) and not isfile(str(tomtom.get("database", ""))):
        tomtom.setdefault("taxon", genome["taxon"])
    return True


def _fill_in_min_positives(config):
    """Move ``targets.min_positives`` to the regions; of all targets some may be left out, of those named none."""
    regions, targets = config["regions"], config["targets"]
    if isinstance(targets, dict):
        if regions["min_positives"] not in (None, targets["min_positives"]):
            raise InputError(
                f"config, regions.min_positives: found {regions['min_positives']}, but targets.min_positives is "
                f"{targets['min_positives']}, expected one of the two"
            )
        regions["min_positives"], config["targets"] = targets["min_positives"], "all"
    elif targets == "all" and regions["min_positives"] is None:
        regions["min_positives"] = 1


def _check_keys_of_kind(source, known):
    """Check that no key is given that the kind of source does not have, which would be passed over."""
    kind = source.get("kind", "demo")
    for key, kinds in _KIND_OF.items():
        given = key in source and source[key] != known[key].get("default")
        if given and kind not in kinds and (kind in OWN or key not in ("format", "directory")):
            raise InputError(
                f"config, source.{key}: found it for source.kind {kind}, expected no such key, which only "
                f"{' and '.join(kinds)} has; take it out"
            )


def _check_own(config):
    """Check a source of own data, and read the names of its targets.

    Returns
    -------
    names : list of str or None
        As they are spelled; None where only the data know them.
    task : str or None
        What the labels are, or None where it is to be taken as it is told.
    """
    source, kind = config["source"], config["source"]["kind"]
    choices = _TABLES.get(kind, ("samples",))
    given = [key for key in choices if key in source]
    if len(given) != 1:
        found = " and ".join(f"source.{key}" for key in given) or f"no source.{choices[0]}"
        expected = " or ".join(f"source.{key}" for key in choices)
        raise InputError(f"config, source: found {found} for source.kind {kind}, expected {expected}")
    for key in ("genome",) * (kind != "sequences") + ("regions",) * (given == ["samples"] and kind == "signal"):
        if key not in source:
            raise InputError(f"config, source.{key}: the key is missing; source.kind {kind} needs it")
    files = sequence_files(source) if kind == "sequences" else [(given[0], source[given[0]])]
    files += [(key, source[key]) for key in ("regions",) if key in source]
    regions = source.get("open", {})
    files += [("open", regions)] if isinstance(regions, str) else [(f"open.{name}", regions[name]) for name in regions]
    if source.get("blacklist") and "://" not in source["blacklist"]:
        files.append(("blacklist", source["blacklist"]))
    for key, file in files:
        if not isinstance(file, str):
            raise InputError(f"config, source.{key}: found {file!r} for source.kind {kind}, expected one file")
        if not isfile(file):
            raise InputError(f"config, source.{key}: found '{file}', expected an existing file")
        if not file.isprintable() or "{" in file or "}" in file:
            raise InputError(f"config, source.{key}: found '{file}', expected a path without braces")
    _resolve_genome(source)
    if kind == "signal":
        _check_signal(config, given[0])
    if "fasta" in source:
        return list(source["fasta"]), "binding"
    if given == ["samples"]:
        samples = read_samples(source["samples"], kind)
        if kind == "peaks":
            _check_biosamples(source, samples)
            _check_consensus(source, samples)
        return list(dict.fromkeys(sample.name for sample in samples)), None
    table = files[0][1]
    if given == ["table"] and not re.search(r"\.(h5|hdf5|parquet|pq)$", table, re.IGNORECASE):
        names, task = table_targets(table, kind)
        return names, task if kind == "sequences" else None
    return None, None


def _resolve_genome(source):
    """Put the genome and the blacklist where those of public sources stand, as addresses or paths."""
    if "genome" not in source:
        return
    name = source["genome"]
    known = known_genome(name)
    if not known and "/" not in name and not exists(name) and re.fullmatch(r"[A-Za-z]+[0-9]+", name):
        raise InputError(
            f"config, source.genome: found '{name}', expected a file that exists here, an address, or an assembly of "
            f"UCSC's; {nearest(name, assemblies())}"
        )
    source["urls"]["genome"] = known.get("genome", name)
    source.setdefault("blacklist", known.get("blacklist"))


def _check_biosamples(source, samples):
    """Check that biosamples of the sample sheet and of the open regions are the same ones."""
    if isinstance(source.get("open"), dict):
        for sample in samples:
            if sample.biosample not in source["open"]:
                raise InputError(
                    f"{source['samples']}, line {sample.line}: found the biosample '{sample.biosample}', which "
                    f"source.open has no file for; {nearest(sample.biosample, source['open'])}"
                )


def _check_consensus(source, samples):
    """Check that a target has as many files as have to agree."""
    files = Counter(sample.name for sample in samples)
    for name, n_files in files.items():
        if n_files < source.get("consensus", 1):
            raise InputError(
                f"config, source.consensus: found {source['consensus']}, expected at most {n_files}, the files of the "
                f"target '{name}' in {source['samples']}"
            )


def _check_signal(config, form):
    """Check that no key is passed over, and that what is asked for suits the values."""
    source, width = config["source"], config["regions"]["width"]
    for key, of_form, same in (("signal_width", "samples", width), ("layer", "h5ad", None)):
        if source.get(key, same) != same and form != of_form:
            raise InputError(
                f"config, source.{key}: found it with source.{form}, expected no such key, which only source."
                f"{of_form} has; take it out"
            )
    source.setdefault("signal_width", width)
    if config["targets"] != "all" and len(config["targets"]) == 1 and "variable" in source:
        raise InputError(
            "config, source.variable: found it for one target, expected no such key, since regions vary across targets"
        )
    if config["training"].get("loss") == "poisson" and source["transform"] == "z":
        raise InputError("config, training.loss: found poisson with source.transform z, expected values from 0")


def _check_task(config, found=None):
    """Say what labels are, which follows from the source."""
    kind = config["source"]["kind"]
    if kind == "sequences":
        config.setdefault("task", found or "binding")
        return
    task = "regression" if kind in (*IMMGEN_KINDS, "signal") else "binding"
    found = config.setdefault("task", task)
    if found != task:
        raise InputError(
            f"config, task: found '{found}', expected '{task}', which is that of the source '{kind}'; leave the key out"
        )


def table_of(config, name, resources):
    """Where a table is: the configured one, or for ImmGen's cell types the one that comes with the pipeline.

    Cell types that are not ImmGen's, with lineages of their own or none, have only the regulators that are named.

    Parameters
    ----------
    config : dict
    name : {"lineages", "regulators"}
    resources : str or Path

    Returns
    -------
    str or None
    """
    immgen = config["source"]["kind"] in IMMGEN_KINDS and "lineages" not in config
    return config.get(name, str(Path(resources, "immgen", f"{name}.tsv")) if immgen else None)


def sweep_models(config):
    """The models that the unit sweep compares, as entries like those under ``models``.

    Parameters
    ----------
    config : dict
        As returned by :func:`check`.

    Returns
    -------
    dict of str to dict
        For every number of units, the swept CAM with non-negative final weights (``cam_u5``) and with free ones
        (``cam_free_u5``); then every baseline, an entry of the user's own that is no CAM. Empty where there is no CAM
        to sweep.
    """
    if "model" not in config["sweep"]:
        return {}
    baselines = {name: model for name, model in config["models"].items() if model["architecture"] != "cam"}
    return _swept_cams(config) | baselines


def _swept_cams(config):
    name = config["sweep"]["model"]
    return {
        f"{name}{free}_u{units}": {**config["models"][name], "units": units, "non_negative": not free}
        for free in ("", "_free")
        for units in config["sweep"]["units"]
    }


def _expect_plain(config):
    """See that the configuration is no larger than somebody would write it, and that keys are text.

    Nothing is said of it, and it is not gone through as a tree, before this is known: by its anchors YAML can hold a
    list that has itself for an item, or that would have more items, written out, than there is memory for.
    """
    n_values, left = 0, [("config", config)]
    while left:
        where, value = left.pop()
        n_values += 1
        if n_values > _MOST_VALUES:
            raise InputError(f"config: found over {_MOST_VALUES} values, expected fewer; check the anchors (&)")
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str):
                    raise InputError(f"{where}: found the key {key!r}, expected text")
            separator = ", " if where == "config" else "."
            left += [(f"{where}{separator}{key}", item) for key, item in value.items()]
        elif isinstance(value, list):
            left += [(f"{where}.{number}", item) for number, item in enumerate(value)]
        elif isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{where}: found {value}, expected a finite number")


def _sentence(error):
    """Put a schema error into words."""
    where = ".".join(str(part) for part in error.path)
    key = f"config, {where}" if where else "config"
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = sorted(set(error.instance) - set(known), key=str)[0]
        return f"{key}: unknown key '{unknown}'; {nearest(unknown, known)}"
    if error.validator == "required":
        absent = next(name for name in error.validator_value if name not in error.instance)
        return f"{key}: the key '{absent}' is missing"
    found = f"found {error.instance!r}"
    if error.validator == "type":
        kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        return f"{key}: {found}, expected {' or '.join(_KINDS[kind] for kind in kinds)}"
    if error.validator == "enum":
        return f"{key}: {found}, expected {' or '.join(map(str, error.validator_value))}"
    if error.validator == "pattern" and (words := re.fullmatch(r"\^\(?([a-z|]+)\)?\$", error.validator_value)):
        return f"{key}: {found}, expected a list, or {words[1].replace('|', ' or ')}"
    if error.validator == "pattern":
        return f"config, {where}: {found}, expected a name of letters, digits, '_' and '-'"
    bounds = {
        "minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than", "exclusiveMaximum": "less than",
        "multipleOf": "a multiple of",
    }  # fmt: skip
    empty = {"minItems": "at least one item", "minProperties": "at least one entry", "minLength": "some text"}
    if error.validator in empty:
        return f"{key}: {found}, expected {empty[error.validator]}"
    if error.validator in bounds:
        return f"{key}: {found}, expected {bounds[error.validator]} {error.validator_value}"
    if error.validator == "uniqueItems":
        return f"{key}: {found}, expected every item once"
    return f"{key}: {error.message}"


def _typed(value, schema, root):
    """A copy in which text is turned into the number or truth value that the schema asks for, where it reads as one.

    ``snakemake --config 'ga={population: 50}'`` gives text, and so does YAML for 1e-3.
    """
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    kinds = schema.get("type")
    if isinstance(value, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties") or {}
        return {key: _typed(item, known.get(key, other), root) for key, item in value.items()}
    if isinstance(value, list):
        items = schema.get("items", {})
        if items.get("type") == "string":  # such as chromosomes that are called 1, 2, 3
            return [str(item) if type(item) is int else item for item in value]
        return [_typed(item, items, root) for item in value]
    if isinstance(value, float) and kinds == "integer" and value.is_integer():
        return int(value)
    if isinstance(value, str):
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            try:
                read = _READERS[kind](value.strip().lower())
                if math.isfinite(read):
                    return read
            except (KeyError, ValueError, OverflowError):
                continue
    return value


def _with_defaults(values, schema, root):
    """Fill in the defaults of a section and of the sections in it. Models are completed later, by architecture."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    for name, sub in schema.get("properties", {}).items():
        if name not in values and "default" in sub:
            values[name] = copy.deepcopy(sub["default"])
        if isinstance(values.get(name), dict):
            values[name] = _with_defaults(values[name], sub, root)
    return values


def _check_paths(config):
    """See that paths can be those of files in a workflow, where braces stand for wildcards."""
    source = config["source"]
    paths = {key: config.get(key) or "" for key in ("outdir", "downloads", "lineages", "regulators")}
    paths |= {"source.directory": source.get("directory", ""), "tomtom.database": config["tomtom"]["database"]}
    paths |= {f"source.urls.{name}": url.replace("{data_set}", "") for name, url in source["urls"].items()}
    paths |= {f"source.remap_data_sets.{number}": name for number, name in enumerate(source["remap_data_sets"])}
    paths |= {f"models.{name}.weights": model.get("weights", "") for name, model in config["models"].items()}
    paths |= {f"source.{key}": source.get(key) or "" for key in ("samples", "genome", "h5ad")}
    paths["regions.biosamples"] = config["regions"].get("biosamples", "")
    for key, path in paths.items():
        if not path.isprintable() or "{" in path or "}" in path:
            raise InputError(f"config, {key}: found '{path}', expected a path without braces and control characters")


def _check_names(config):
    """See that models and targets have names that can be those of files on any system, and of columns of tables."""
    targets = [] if config["targets"] == "all" else config["targets"]
    for key, names in {"models": config["models"], "targets": targets}.items():
        spelled = {}
        for name in names:
            if not _NAMES[key].fullmatch(name):
                raise InputError(
                    f"config, {key}: found '{name}', expected {_ALLOWED[key]}, as files and columns are named after it"
                )
            other = spelled.setdefault(name.lower(), name)
            if other != name:
                raise InputError(
                    f"config, {key}: found '{other}' and '{name}', expected names that differ in more than case"
                )
    for name in targets:
        if name in _TAKEN or name.lower() in _VALUES or re.fullmatch(r"unit\d+", name, re.IGNORECASE):
            raise InputError(
                f"config, targets: found '{name}', expected another name, since this one has a meaning in the tables"
            )
        if "." in name and config["source"]["kind"] in ("demo", "public_tracks"):
            raise InputError(
                f"config, targets: found '{name}', expected a name without dots, which separate names in ReMap's files"
            )


def _check_source(config):
    """See that what the source needs is there, or has an address."""
    source = config["source"]
    source["urls"].setdefault("genome", _GENOMES.format("mm10" if source["kind"] == "immgen" else "hg38"))
    named = {}
    if source["kind"] == "published_matrix":
        if "directory" not in source:
            raise InputError(
                "config, source.directory: the key is missing; source.kind published_matrix needs the folder"
            )
        named = {"directory": source["directory"]}
    elif source["kind"] == "public_tracks":
        names = ("remap", "unibind", "dhs", "dhs_sources", "genome", "blacklist")
        named = {f"urls.{name}": source["urls"][name] for name in names}
    elif source["kind"] == "immgen":
        named = _immgen_files(source)
    elif "genome" in source:
        named = {"genome": source["urls"]["genome"]}
    negatives = config["regions"]["negatives"]
    if source["kind"] not in _WITH_GENOME and negatives == "gc_and_repeat_matched":
        raise InputError(
            f"config, regions.negatives: found {negatives} for source.kind {source['kind']}, expected no such key, "
            f"since only {', '.join(_WITH_GENOME)} have unbound regions of a genome that marks repeats; take it out"
        )
    chosen_here = source["kind"] in (*_WITH_GENOME, "published_matrix")
    if config["regions"]["test"] == "all" and (negatives == "shuffled" or not chosen_here):
        told = f"source.kind {source['kind']}" if not chosen_here else "regions.negatives shuffled"
        raise InputError(
            f"config, regions.test: found all with {told}, expected matched, since there are no regions beside the "
            "chosen ones whose labels are known"
        )
    if source["kind"] == "published_matrix" and config["regions"]["chromosomes"] != "assembled":
        raise InputError(
            "config, regions.chromosomes: found it for source.kind published_matrix, expected no such key; the regions "
            "are those of the FASTA files in source.directory"
        )
    for key, url in named.items():
        if "://" not in url and not exists(url):
            raise InputError(f"config, source.{key}: found '{url}', expected an address or what exists here")
        if "://" in url and url.split("://")[0] not in ("http", "https", "file"):
            raise InputError(f"config, source.{key}: found '{url}', expected an http, https or file address")
    for key, url in {f"urls.{key}": url for key, url in source["urls"].items()}.items() | named.items():
        try:
            place(f"{url}/name" if key == "directory" else url, "")
        except InputError as error:
            raise InputError(f"config, source.{key}: {error}") from None
    biosamples = config["regions"].get("biosamples")
    if biosamples and not isfile(biosamples):
        raise InputError(f"config, regions.biosamples: found '{biosamples}', expected an existing file")


def _immgen_files(source):
    """The keys of ``source`` that say where the files of an immgen format are, and what they say."""
    if source["format"] == "arrays" and "directory" not in source:
        raise InputError(
            "config, source.directory: the key is missing; source.format arrays needs the folder with AI-TAC's arrays"
        )
    names = IMMGEN_FORMATS[source["format"]]
    genome = {} if source["format"] == "arrays" else {"urls.genome": source["urls"]["genome"]}
    if "directory" in source:
        if not isdir(source["directory"]):
            raise InputError(f"config, source.directory: found '{source['directory']}', expected an existing folder")
        for name in names:
            if not isfile(Path(source["directory"], IMMGEN[name])):
                raise InputError(
                    f"config, source.directory: found no {IMMGEN[name]} in '{source['directory']}', which the format "
                    f"{source['format']} needs (source.format)"
                )
        return genome
    return genome | {f"urls.{name}": source["urls"][name] for name in names}


def _check_targets(config, resources, names=None):
    """See to the tables about targets, and name the targets where all of a table are asked for."""
    if config["task"] == "regression" and (config["regions"]["min_positives"] or 1) > 1:
        raise InputError(
            f"config, regions.min_positives: found {config['regions']['min_positives']} for task regression, expected "
            "none, since values that are real numbers are neither bound nor unbound"
        )
    for name in ("lineages", "regulators"):
        if config.get(name) and not isfile(config[name]):
            raise InputError(f"config, {name}: found '{config[name]}', expected an existing file, or null for none")
    lineages, regulators = (table_of(config, name, resources) for name in ("lineages", "regulators"))
    if lineages is None and config["source"]["kind"] == "immgen_demo":
        raise InputError("config, lineages: found none, expected a table, since source.kind immgen_demo simulates them")
    if lineages is None and regulators:
        raise InputError("config, regulators: found a table, but none under lineages, which it is about; expected both")
    rows = read_rows(lineages) if lineages else []
    known = [target for target, _, _ in rows]
    if regulators:
        regulator_rows(regulators, [lineage for _, lineage, _ in rows])
    if config["source"]["kind"] in OWN:
        config["targets"] = _own_targets(config, names)
        for target in config["targets"] if lineages and config["targets"] != "all" else []:
            if target not in known:
                raise InputError(f"{lineages}: found no row of the target '{target}'; {nearest(target, known)}")
    elif config["targets"] != "all":
        for target in config["targets"]:
            if lineages and target not in known:
                raise InputError(f"config, targets: '{target}' is not in {lineages}; {nearest(target, known)}")
    elif lineages:
        config["targets"] = known
    elif config["source"]["kind"] == "published_matrix":
        config["targets"] = _published_targets(config)
    else:
        raise InputError("config, targets: found 'all', expected a list, or a table of all targets under lineages")


def _own_targets(config, names):
    """The targets of own data, by their safe names; ``all`` where only the data know them."""
    targets = config["targets"]
    if names is None:
        return targets if targets == "all" else [safe_name(target) for target in targets]
    known = [safe_name(name) for name in names]
    for target in targets if targets != "all" else []:
        if safe_name(target) not in known:
            raise InputError(f"config, targets: '{target}' is not in the data; {nearest(target, names)}")
    return known if targets == "all" else [safe_name(target) for target in targets]


def _published_targets(config):
    """All TFs of the published matrix, in the order of its columns."""
    address = f"{config['source']['directory'].rstrip('/')}/tfs_idx.pickle.gz"
    index = place(address, config["downloads"])
    if not isfile(index):
        fetch = f"; fetch it from {address}" if "://" in address else ""
        raise InputError(
            f"config, targets: found 'all', but no {index}, which names them; expected this file, or a list{fetch}"
        )
    column_of = read_index(index)
    return sorted(column_of, key=column_of.get)


def _check_loss(key, training, config):
    """Fill in the loss, and check that it is one for the labels of the source."""
    kind, task = config["source"]["kind"], config["task"]
    allowed = ("binding",) if task == "binding" else ("pearson", "mse") if kind in IMMGEN_KINDS else _OWN_LOSSES
    loss = training.setdefault("loss", allowed[0])
    if loss not in allowed:
        told = f"the task of source.kind {kind} is {task}" if kind in OWN else f"source.kind is {kind}"
        raise InputError(f"config, {key}.loss: found {loss}, expected {' or '.join(allowed)}, since {told}")
    if training["average"] == "targets" and loss != "binding":
        raise InputError(
            f"config, {key}.average: found targets for the loss {loss}, expected labels, since no value is missing, so "
            "that all targets count alike"
        )


def _check_strands(key, training, config):
    """Check that only sequences of one's own are read on the strand on which they are given."""
    kind = config["source"]["kind"]
    if training["strands"] == "given" and kind != "sequences":
        raise InputError(
            f"config, {key}.strands: found given with source.kind {kind}, expected both, since regions of a "
            "genome have no strand; given is for source.kind sequences"
        )


def _check_initial(key, training, config):
    """Check that known motifs to begin with can be found, and that nothing is frozen without them."""
    motifs, taxon = training.get("initial_motifs"), config["tomtom"]["taxon"]
    if motifs is None and training.get("freeze"):
        raise InputError(
            f"config, {key}.freeze: found {training['freeze']} without {key}.initial_motifs, expected known motifs for "
            "filters to begin as, or no such key"
        )
    if motifs is None or motifs == "all" or re.fullmatch(r"JASPAR\d+", motifs) or isfile(motifs):
        return
    raise InputError(
        f"config, {key}.initial_motifs: found '{motifs}', expected all (of tomtom.database), a JASPAR release such as "
        f"JASPAR2020 (of the taxon {taxon}), or a file of motifs (MEME, JASPAR, HOMER)"
    )


def _check_split(config):
    validation, test = config["split"]["validation"], config["split"]["test"]
    if isinstance(validation, list) != isinstance(test, list):
        raise InputError(
            f"config, split: found {validation} for validation and {test} for test, expected chromosomes for both or "
            "shares of the regions for both"
        )
    if not isinstance(validation, list):
        if validation + test >= 1:
            raise InputError(
                f"config, split: found {validation} and {test}, expected shares that leave some regions for training"
            )
        return
    both = set(validation) & set(test)
    if both:
        raise InputError(f"config, split: '{sorted(both)[0]}' is in both validation and test, expected it in one")


def _complete_model(name, model, config):
    if model["architecture"] != "cam":
        for key in _CAM_ONLY:
            if key in model:
                raise InputError(
                    f"config, models.{name}.{key}: only the architecture cam has it; found '{model['architecture']}', "
                    "so take the key out"
                )
        defaults = {"dropout": {"basset": 0.3, "aitac": 0.03}[model["architecture"]]}
    elif "weights" in model:
        _check_imported(name, model, config)
        defaults = _settings_of(name, model, config) if _is_stored(model) else {}
    elif "tune" in model:
        raise InputError(
            f"config, models.{name}.tune: found it without models.{name}.weights, expected the model.safetensors whose "
            "units are taken over, or no such key"
        )
    else:
        defaults = _CAM_DEFAULTS
    # Several trainings are part of how a CAM is made; another model has one, unless its own entry says more.
    once = {} if model["architecture"] == "cam" else {"starts": 1}
    model = {**defaults, **model, "training": {**config["training"], **once, **model.get("training", {})}}
    _check_loss(f"models.{name}.training", model["training"], config)
    _check_strands(f"models.{name}.training", model["training"], config)
    _check_initial(f"models.{name}.training", model["training"], config)
    targets = config["targets"]
    few = targets != "all" and len(targets) < _LEAST_CORRELATED
    trained = "weights" not in model or "tune" in model
    if few and trained and model["training"]["loss"] == "pearson":
        raise InputError(
            f"config, models.{name}.training.loss: found pearson for {len(targets)} target{'s' * (len(targets) > 1)} "
            f"({', '.join(targets)}), expected mse (training.loss), or {_LEAST_CORRELATED} targets or more: it is the "
            "correlation of a region's values across targets, which no training can raise for so few"
        )
    width = config["regions"]["width"]
    if model["architecture"] == "cam" and "weights" not in model:
        if model["filter_length"] > width:
            raise InputError(
                f"config, models.{name}.filter_length: found {model['filter_length']}, expected at most the region's "
                f"width of {width} bp (regions.width)"
            )
        positions = width - model["filter_length"] + 1
        if model["pool"] > positions:
            raise InputError(
                f"config, models.{name}.pool: found {model['pool']}, expected at most {positions}, "
                "the filter's positions"
            )
    return model


def _is_stored(model):
    """Whether a model's weights are those of one of ours."""
    return model["weights"].endswith(".safetensors")


def _check_imported(name, model, config):
    """See that a model with weights from a file says what is needed before the file is read, and no more."""
    key = f"config, models.{name}"
    if not isfile(model["weights"]):
        raise InputError(f"{key}.weights: found '{model['weights']}', expected an existing file")
    if "tune" in model:
        if not _is_stored(model):
            raise InputError(
                f"{key}.tune: found it for '{model['weights']}', expected the weights of a model.safetensors; read "
                "other weights without it first, and tune the model.safetensors that comes of them"
            )
        return
    if "units" not in model and not _is_stored(model):
        raise InputError(
            f"{key}.units: the key is missing; a model with weights needs it, since the files of every unit are "
            "planned before this file is read"
        )
    if config["targets"] == "all":
        raise InputError(
            f"config, targets: found 'all', which only the data name, expected a list in the order of the targets of "
            f"models.{name}.weights"
        )
    if "training" in model:
        raise InputError(f"{key}.training: a model with weights is not trained, expected no such key; take it out")


def _settings_of(name, model, config):
    """The settings of the architecture that are in a file of ours; what is stated has to agree with them."""
    key, width = f"config, models.{name}", config["regions"]["width"]
    stored = read_description(model["weights"])
    if stored["architecture"] != "cam":
        raise InputError(f"{key}.weights: found a model with the architecture {stored['architecture']}, expected a cam")
    if stored["length"] != width:
        raise InputError(
            f"config, regions.width: found {width}, expected {stored['length']}, the width that models.{name}.weights "
            "was trained on"
        )
    settings, tune = _CAM_DEFAULTS | stored["settings"], model.get("tune")
    if isinstance(tune, dict):
        settings["units"] += tune["new_units"]
    # Units of a model with free final weights may lower a prediction by their presence, for which no weight is left.
    free = ("dropout", *["non_negative"] * settings["non_negative"]) if tune else ()
    for setting, value in settings.items():
        if setting not in free and model.get(setting, value) != value:
            raise InputError(
                f"{key}.{setting}: found {model[setting]}, expected {value}, as in models.{name}.weights; take it out, "
                "or, where it is from config.yaml, give the model another name"
            )
    absent = [] if tune else [target for target in config["targets"] if target not in stored["targets"]]
    if absent:
        raise InputError(
            f"config, targets: '{absent[0]}' is not a target of models.{name}.weights; "
            f"{nearest(absent[0], stored['targets'])}; other targets need models.{name}.tune"
        )
    if not tune and stored["task"] != config["task"]:
        raise InputError(
            f"{key}.weights: found a model for {stored['task']}, expected one for {config['task']}; or say "
            f"models.{name}.tune"
        )
    return settings


def _check_database(tomtom):
    """Check that the motif database can be one, and that what is said of it concerns it."""
    database, pattern = tomtom["database"], tomtom.get("tf_pattern")
    is_file = isfile(database)
    if not re.fullmatch(r"JASPAR\d+", database) and not is_file:
        raise InputError(
            f"config, tomtom.database: found '{database}', expected a JASPAR release such as JASPAR2020 or a file of "
            "motifs (MEME, JASPAR, HOMER)"
        )
    if is_file and tomtom["taxon"] != "vertebrates":
        raise InputError(
            f"config, tomtom.taxon: found '{tomtom['taxon']}', expected no such key, since all motifs of the file "
            "tomtom.database are used; only JASPAR's releases are divided by taxon"
        )
    if pattern is None:
        return
    if not is_file:
        raise InputError(
            f"config, tomtom.tf_pattern: found '{pattern}', expected no such key, since JASPAR names the factors"
        )
    try:
        n_groups = re.compile(pattern).groups
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError(
            f"config, tomtom.tf_pattern: found '{pattern}', expected a regular expression ({error})"
        ) from None
    if n_groups != 1:
        raise InputError(
            f"config, tomtom.tf_pattern: found '{pattern}' with {n_groups} groups, expected one group in parentheses, "
            r"the transcription factor, such as '^(\w+)_'; write (?:…) for others"
        )


def _check_interpret(config):
    name, seed = config["interpret"]["model"], config["interpret"]["seed"]
    _check_is_cam("interpret.model", name, config["models"])
    if seed not in config["seeds"]:
        raise InputError(f"config, interpret.seed: found {seed}, expected one of seeds: {config['seeds']}")
    units, evolved = config["models"][name]["units"], config["ga"]["units"]
    beyond = [] if evolved == "all" else [unit for unit in evolved if unit > units]
    if beyond:
        raise InputError(
            f"config, ga.units: found {beyond[0]}, expected at most {units}, the units of the model {name}"
        )


def _check_sweep(config):
    """Complete the section of the unit sweep. Without a model that can be trained anew, it stays without one."""
    sweep, models = config["sweep"], config["models"]
    sweep.setdefault("seeds", config["seeds"])
    if "model" not in sweep:
        if "weights" in models[config["interpret"]["model"]]:
            return
        sweep["model"] = config["interpret"]["model"]
    name = sweep["model"]
    _check_is_cam("sweep.model", name, models)
    if "weights" in models[name]:
        raise InputError(
            f"config, sweep.model: '{name}' has its weights from a file (models.{name}.weights), "
            "expected a cam that is trained here"
        )
    for entry in _swept_cams(config):
        if entry in models:
            raise InputError(
                f"config, models.{entry}: the unit sweep makes a model of this name (sweep.units), expected another"
            )


def _check_is_cam(key, name, models):
    if name not in models:
        raise InputError(f"config, {key}: '{name}' is not under models; {nearest(name, models)}")
    if models[name]["architecture"] != "cam":
        raise InputError(f"config, {key}: '{name}' is a {models[name]['architecture']}, expected a cam")
