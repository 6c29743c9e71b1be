"""Where results come from: checksums of what went in and came out.

As a program, ``python -m cam.provenance results/provenance.json`` tells which files are no longer as recorded.
"""

import argparse
import hashlib
import json
import re
import sys
from itertools import chain, product
from pathlib import Path

from . import __version__
from .errors import InputError
from .logs import progress
from .setup.environments import read_environment
from .setup.provenance import host, versions

_BLOCK = 2**20  # bytes that are read at once


def checksums(paths, addresses=None, made=None, known=True):
    """Sizes and checksums of files.

    Parameters
    ----------
    paths : iterable of str
    addresses : dict of str to str, optional
        Where files were downloaded from, by path.
    made : str, optional
        The first file that was made of these. One that is newer may not be what it was made of, and is marked.
    known : bool
        Whether to take the checksum of a downloaded file, one that has an address and is no link to a local file, from
        ``{path}.sha256``, where the downloader records it, if the file has not been written to since.

    Returns
    -------
    dict of str to dict
        Path to ``bytes sha256``, with ``address`` where it is known and ``newer_than_results`` where it is so.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    found, addresses = {}, addresses or {}
    for path in map(str, paths):
        try:
            state = Path(path).stat()
            downloaded = path in addresses and not Path(path).is_symlink()
            digest = (known and downloaded and _recorded(path)) or _sha256(path)
            found[path] = {"bytes": state.st_size, "sha256": digest}
            if made is not None and state.st_mtime_ns > Path(made).stat().st_mtime_ns:
                found[path]["newer_than_results"] = True
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}") from None
        if path in addresses:
            found[path]["address"] = addresses[path]
    return found


def make_record(config, call, inputs, outputs, trainings, environments):
    """What is to be known of a run: the contents of ``provenance.json``.

    Parameters
    ----------
    config : dict
        The checked configuration.
    call : dict
        ``command checkout snakemake deployment``: what only the process of the user's own command knows.
    inputs, outputs : dict of str to dict
        As from :func:`checksums`.
    trainings : sequence of dict
        ``training`` of the ``metrics.json`` of every model and seed, in the order of the configuration.
    environments : sequence of str
        The files of the environments.

    Returns
    -------
    dict
        Two runs with the same results differ in ``run`` at most.
    """
    pins = {}
    for path in environments:
        found = read_environment(path)
        pins[path] = {"python": found.python, **found.programs, **found.packages}
    runs = [f"{model}/seed{seed}" for model, seed in product(config["models"], config["seeds"])]
    return {
        "format_version": 1,
        "pipeline": {"version": __version__, **call["checkout"]},
        "seeds": {"data": config["seed"], "models": config["seeds"], "interpreted": config["interpret"]["seed"]},
        "inputs": inputs,
        "outputs": outputs,
        "trained_with": {
            run: training["environment"]
            for run, training in zip(runs, trainings, strict=True)
            if training["environment"]
        },
        "software": {
            "snakemake": call["snakemake"],
            "deployment": call["deployment"],
            "found": versions(chain(*pins.values())),
            "environments": {
                Path(path).name: {"sha256": found["sha256"], "versions": pins[path]}
                for path, found in checksums(environments).items()
            },
        },
        "config": config,
        "run": {"command": call["command"], "folder": str(Path.cwd()), **host()},
    }


def differences(record, folder="."):
    """See which files are no longer as recorded. All are read from their beginning to their end.

    Parameters
    ----------
    record : dict
        The contents of ``provenance.json``.
    folder : str or Path
        The one that the run was in, which paths are relative to.

    Returns
    -------
    list of str
        A sentence for each file that has gone, changed, or was changed before its checksum was taken.
    """
    found = []
    for path, expected in (record["inputs"] | record["outputs"]).items():
        file = Path(folder, path)
        if not file.is_file():
            found.append(f"{path}: no such file, expected {expected['bytes']} bytes")
        elif file.stat().st_size != expected["bytes"]:
            found.append(f"{path}: found {file.stat().st_size} bytes, expected {expected['bytes']}")
        elif (digest := _sha256(file)) != expected["sha256"]:
            found.append(f"{path}: found sha256 {digest}, expected {expected['sha256']}")
        elif expected.get("newer_than_results"):
            found.append(f"{path}: it is newer than the results, which may have been made of an earlier version")
    return found


def main(arguments=None):
    """Tell which files are no longer as recorded; the exit status is 1 if there is one."""
    parser = argparse.ArgumentParser(prog="python -m cam.provenance", description=main.__doc__)
    parser.add_argument("record", help="such as results/provenance.json")
    parser.add_argument("--directory", default=".", help="the folder that the run was in (default: this one)")
    options = parser.parse_args(arguments)
    try:
        record = json.loads(Path(options.record).read_text(encoding="utf-8"))
        found = differences(record, options.directory)
    except OSError as error:
        sys.exit(f"Error: {error.filename}: {error.strerror}")
    except (ValueError, KeyError, TypeError, AttributeError):
        sys.exit(f"Error: {options.record}: expected a provenance.json of this pipeline")
    if found:
        sys.exit("\n".join(found))
    print(f"All {len(record['inputs'])} inputs and {len(record['outputs'])} outputs are as recorded.")


def _recorded(path):
    """The checksum that the downloader recorded of a file, unless the file was written to later."""
    record = Path(f"{path}.sha256")
    if not record.is_file() or record.stat().st_mtime_ns < Path(path).stat().st_mtime_ns:
        return None
    match = re.match(r"([0-9a-f]{64})  ", record.read_text(encoding="utf-8", errors="replace"))
    return match[1] if match else None


def _sha256(path):
    """The checksum of a file, which is read as a stream; one that takes seconds shows how far it is."""
    digest = hashlib.sha256()
    shown = {"total": Path(path).stat().st_size, "unit": "B", "unit_scale": True, "desc": Path(path).name}
    with open(path, "rb") as raw, progress(**shown, delay=1, leave=False) as bar:
        while block := raw.read(_BLOCK):
            digest.update(block)
            bar.update(len(block))
    return digest.hexdigest()


if __name__ == "__main__":
    main()
