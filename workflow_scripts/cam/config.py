"""The configuration, checked: every mistake in it is one sentence that names the key."""

import copy
import re
from pathlib import Path

from jsonschema import Draft202012Validator

from .errors import InputError, nearest

_KINDS = {
    "integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false",
    "array": "a list", "object": "a section of keys",
}  # fmt: skip
_TRUTH = {"true": True, "false": False}
_CAM_ONLY = ("units", "filter_length", "activation", "pool", "hidden", "non_negative")
_CAM_DEFAULTS = {
    "units": 10, "filter_length": 20, "activation": "exp", "pool": 7, "hidden": 100, "dropout": 0.3,
    "non_negative": True,
}  # fmt: skip


def check(config, schema):
    """Check a configuration and fill in its defaults.

    Parameters
    ----------
    config : dict
        As read from YAML.
    schema : dict
        ``resources/config.schema.yaml``.

    Returns
    -------
    dict
        A new configuration in which every key has a value, ``training`` of every model is complete, and every model
        has all settings of its architecture.

    Raises
    ------
    InputError
        At the first mistake: an unknown key (with the nearest known one), a value of the wrong kind or outside its
        range, or keys that contradict each other.
    """
    config = _typed(config, schema, schema)
    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda e: ([str(p) for p in e.path], e.message)
    )
    if errors:
        raise InputError(_sentence(errors[0]))
    config = _with_defaults(config, schema, schema)
    _check_source(config)
    _check_split(config)
    for target in config["targets"]:
        if "/" in target or target in (".", "..") or any(c.isspace() for c in target):
            raise InputError(
                f"config, targets: found '{target}', expected a name without '/' and spaces, fit for a file"
            )
    for name, model in config["models"].items():
        config["models"][name] = _complete_model(name, model, config)
    _check_interpret(config)
    database = config["tomtom"]["database"]
    if not re.fullmatch(r"JASPAR\d+", database) and not Path(database).is_file():
        raise InputError(
            f"config, tomtom.database: found '{database}', expected a JASPAR release such as JASPAR2020 or a MEME file"
        )
    return config


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
        return f"{key}: {found}, expected {_KINDS[error.validator_value]}"
    if error.validator == "enum":
        return f"{key}: {found}, expected {' or '.join(map(str, error.validator_value))}"
    if error.validator == "pattern":
        return f"config, {where}: {found}, expected a name of letters, digits, '_' and '-'"
    bounds = {
        "minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than", "exclusiveMaximum": "less than",
        "multipleOf": "a multiple of", "minItems": "a list with at least this many items:",
        "minProperties": "at least this many entries:", "minLength": "text with at least this many letters:",
    }  # fmt: skip
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
    if isinstance(value, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties") or {}
        return {key: _typed(item, known.get(key, other), root) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item, schema.get("items", {}), root) for item in value]
    if isinstance(value, str):
        try:
            return {"integer": int, "number": float, "boolean": _TRUTH.__getitem__}[schema.get("type")](
                value.strip().lower()
            )
        except (KeyError, ValueError):
            return value
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


def _check_source(config):
    """See that what the source needs is there, or has an address."""
    source = config["source"]
    named = {}
    if source["kind"] == "published_matrix":
        if "directory" not in source:
            raise InputError(
                "config, source.directory: the key is missing; source.kind published_matrix needs the folder"
            )
        named = {"directory": source["directory"]}
    elif source["kind"] == "public_tracks":
        named = {f"urls.{name}": url for name, url in source["urls"].items() if name != "remap_data_set"}
    for key, url in named.items():
        if "://" not in url and not Path(url).exists():
            raise InputError(f"config, source.{key}: found '{url}', expected an address or what exists here")
        if "://" in url and url.split("://")[0] not in ("http", "https", "file"):
            raise InputError(f"config, source.{key}: found '{url}', expected an http, https or file address")
    biosamples = config["regions"].get("biosamples")
    if biosamples and not Path(biosamples).is_file():
        raise InputError(f"config, regions.biosamples: found '{biosamples}', expected an existing file")


def _check_split(config):
    both = set(config["split"]["validation"]) & set(config["split"]["test"])
    if both:
        raise InputError(f"config, split: '{sorted(both)[0]}' is in both validation and test, expected it in one")


def _complete_model(name, model, config):
    if model["architecture"] != "cam":
        for key in _CAM_ONLY:
            if key in model:
                raise InputError(
                    f"config, models.{name}.{key}: only the architecture cam has it; found '{model['architecture']}'"
                )
        defaults = {"dropout": 0.3}
    else:
        defaults = _CAM_DEFAULTS
    model = {**defaults, **model, "training": {**config["training"], **model.get("training", {})}}
    width = config["regions"]["width"]
    if model["architecture"] == "cam":
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


def _check_interpret(config):
    name, seed = config["interpret"]["model"], config["interpret"]["seed"]
    if name not in config["models"]:
        raise InputError(f"config, interpret.model: '{name}' is not under models; {nearest(name, config['models'])}")
    if config["models"][name]["architecture"] != "cam":
        raise InputError(
            f"config, interpret.model: '{name}' is a {config['models'][name]['architecture']}, expected a cam"
        )
    if seed not in config["seeds"]:
        raise InputError(f"config, interpret.seed: found {seed}, expected one of seeds: {config['seeds']}")
