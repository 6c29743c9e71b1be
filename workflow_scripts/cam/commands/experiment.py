"""Experiments: what somebody has written of one, what the pipeline makes of it, and new ones with their reasons."""

import copy
import csv
import os
import shlex
import textwrap
from pathlib import Path

import yaml

from ..errors import InputError
from ..io.files import atomic, read_text
from ..setup.config import check, without_presets
from ..setup.plan import Plan

CLONE = Path(__file__).parents[3]  # where the pipeline lies
_LINE = 118  # letters
_YAML = {"allow_unicode": True, "width": 10**6}


def checked(given):
    """What the pipeline makes of an experiment, with the configuration of the demo for all that is not given.

    Parameters
    ----------
    given : dict

    Returns
    -------
    dict
        As from :func:`cam.setup.config.check`.

    Raises
    ------
    InputError
        At the first mistake, or if the pipeline is not where this package is.
    """
    config, schema = (_of_the_pipeline(name) for name in ("config.yaml", "resources/config.schema.yaml"))
    try:
        config = without_presets(_merged(config, given), given)
        config = check(copy.deepcopy(config), schema, CLONE / "resources")
    except RecursionError:
        raise InputError(
            "config: found sections too deep to read, expected a few levels; check the anchors (&)"
        ) from None
    Plan(config, CLONE / "resources")
    return config


def _of_the_pipeline(name):
    if not (CLONE / name).is_file():
        raise InputError(
            f"cam: found no {name} in {CLONE}, expected a clone of the pipeline there; install the package in place, "
            "by make or by pip install --editable in the clone"
        )
    return yaml.safe_load((CLONE / name).read_text())


def _merged(config, given):
    """Sections are merged key by key, as Snakemake does with the files of a configuration."""
    merged = dict(config)
    for key, value in given.items():
        ours = merged.get(key)
        merged[key] = _merged(ours if isinstance(ours, dict) else {}, value) if isinstance(value, dict) else value
    return merged


def read_experiment(path):
    """Read an experiment's file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If it cannot be read, or is not YAML with sections of keys.
    """
    with read_text(path) as text:
        try:
            given = yaml.safe_load(text)
        except yaml.MarkedYAMLError as error:
            line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
            raise InputError(f"{path}{line}: cannot be read as YAML ({error.problem})") from None
        except InputError:
            raise
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise InputError(f"{path}: cannot be read as YAML ({error})") from None
    if not isinstance(given, dict):
        raise InputError(f"{path}: found {type(given).__name__}, expected keys such as 'source: {{kind: peaks, …}}'")
    return given


def run_command(path):
    """The command that runs an experiment, from the working directory."""
    snakefile = [] if Path.cwd() == CLONE else ["--snakefile", str(CLONE / "Snakefile")]
    return shlex.join(["snakemake", "--cores", "8", *snakefile, "--configfile", str(path), "--", "all"])


def as_config(choices):
    """The choices as the sections and keys that they name."""
    config = {}
    for choice in choices:
        *sections, key = choice.key.split(".")
        section = config
        for name in sections:
            section = section.setdefault(name, {})
        section[key] = choice.value
    return config


def write_experiment(path, choices, sheet=None, samples=(), column="", force=False):
    """Write an experiment's file and its sample sheet, both or neither, once the pipeline accepts them.

    Parameters
    ----------
    path : str or Path
    choices : sequence of Choice
        Keys of one section have to follow one another.
    sheet : str or Path, optional
        Where the sample sheet is to be, as ``source.samples`` among the choices says.
    samples : sequence of cam.setup.own_data.Sample
    column : str
        What the sheet calls the files.
    force : bool
        Whether files that are there are written anew.

    Raises
    ------
    InputError
        If there is such a file, or at what the pipeline does not accept.
    """
    for file in filter(None, (path, sheet)):
        if os.path.lexists(file) and not force:
            raise InputError(
                f"{file}: found a file, expected none; name another one (-o), or say --force to replace it"
            )
        if os.path.isdir(file):
            raise InputError(f"{file}: found a folder where a file is to be written")
    config = as_config(choices)
    if not sheet:
        checked(config)
        _write(path, _lines(path, choices))
        return
    with atomic(sheet) as part, open(part, "w", encoding="utf-8", newline="") as table:
        rows = csv.writer(table, delimiter="\t", lineterminator="\n")
        rows.writerow(["target", column])
        rows.writerows([sample.name, sample.path] for sample in samples)
        table.flush()
        try:
            checked(config | {"source": config["source"] | {"samples": str(part)}})
        except InputError as error:
            raise InputError(str(error).replace(str(part), str(sheet))) from None
        _write(path, _lines(path, choices))


def _write(path, lines):
    with atomic(path) as part:
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _lines(path, choices):
    """An experiment as YAML, with the reason of every key behind it or above it."""
    lines = [
        "# Written by `cam init`. Other keys have the pipeline's defaults: config.yaml, resources/config.schema.yaml.",
        f"#   {run_command(path)}",
    ]
    before = []
    for choice in choices:
        *sections, key = choice.key.split(".")
        for level, name in enumerate(sections):
            if sections[: level + 1] != before[: level + 1]:
                lines.append(f"{'  ' * level}{name}:")
        before = sections
        lines += _entry(key, choice, "  " * len(sections))
    return lines


def _entry(key, choice, indent):
    if isinstance(choice.value, dict):
        lines = yaml.safe_dump({key: choice.value}, default_flow_style=None, sort_keys=False, **_YAML).splitlines()
    else:
        lines = [f"{as_text(key)}: {as_text(choice.value)}"]
        if choice.why and len(indent + lines[0] + choice.why) + 3 <= _LINE:
            return [f"{indent}{lines[0]} # {choice.why}"]
    why = textwrap.wrap(choice.why, _LINE - len(indent) - 2, break_on_hyphens=False, break_long_words=False)
    return [f"{indent}{line}" for line in [*(f"# {line}" for line in why), *lines]]


def as_text(value):
    """A value, or a list of some, as YAML in one line."""
    return yaml.safe_dump([value], default_flow_style=True, **_YAML).strip()[1:-1]
