"""Where results come from: the code and the call that made them, software, and checksums of what went in and came out.

As a program, ``python -m cam.provenance results/provenance.json`` tells which files are no longer as recorded.
"""

import argparse
import hashlib
import json
import platform
import re
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .errors import InputError

_SECRET = re.compile(r"--[\w-]*(?:key|password|secret|token)")
_BLOCK = 2**20  # bytes that are read at once
_PROGRAMS = {"bedtools": ("bedtools", "--version"), "tomtom": ("tomtom", "-version")}  # how they say their version


def command(argv):
    """The command line that a run was started with, fit for a shell.

    Parameters
    ----------
    argv : sequence of str
        As in :data:`sys.argv`, of Snakemake's main process; a job on a cluster has another one.

    Returns
    -------
    str
        Values of options that are named like secrets (keys, passwords, tokens) are left out.
    """
    program = Path(argv[0]).name
    words, hide = ["snakemake" if program == "__main__.py" else program], False
    for word in argv[1:]:
        option, equals, _ = word.partition("=")
        secret = bool(_SECRET.fullmatch(option))
        words.append(
            "HIDDEN" if hide and not word.startswith("-") else f"{option}=HIDDEN" if secret and equals else word
        )
        hide = secret and not equals
    return shlex.join(words)


def checkout(folder):
    """The commit that the pipeline's folder is at.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    dict
        ``commit``, ``unknown`` where the folder is no git checkout of its own (such as a tarball, even within some
        other repository) or there is no git; ``uncommitted_changes``: whether files that git knows differ from that
        commit, None where it is unknown.
    """

    def git(*arguments):
        call = ["git", "-C", str(folder), *arguments]
        return subprocess.run(call, capture_output=True, encoding="utf-8", check=True).stdout.strip()

    try:
        if git("rev-parse", "--show-prefix"):
            raise ValueError("within another repository")
        changes = git("status", "--porcelain", "--untracked-files=no")
        return {"commit": git("rev-parse", "HEAD"), "uncommitted_changes": bool(changes)}
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {"commit": "unknown", "uncommitted_changes": None}


def processor():
    """Who made the CPU, such as ``GenuineIntel``, where Linux tells, else its architecture, such as ``arm64``."""
    return _cpuinfo("vendor_id") or platform.machine()


def host():
    """The machine that this process runs on.

    Returns
    -------
    dict of str to str
        ``host platform cpu``.
    """
    cpu = _cpuinfo("model name") or platform.processor() or platform.machine()
    return {"host": platform.node(), "platform": platform.platform(), "cpu": cpu}


def versions(names):
    """The versions of packages and programs that this process can use.

    Parameters
    ----------
    names : iterable of str
        Of Python packages, and of ``bedtools`` and ``tomtom``.

    Returns
    -------
    dict of str to str
        Python and every one that is there, by name.
    """
    found = {"python": platform.python_version()}
    for name in sorted(set(names) - {"python"}):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a program, or of another step's environment
            number = _program_version(name)
            if number:
                found[name] = number
    return found


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


def _cpuinfo(key):
    """A line of Linux's description of its first CPU, or None."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return None
    match = re.search(rf"^{key}\s*: (.+)$", text, re.MULTILINE)
    return match[1] if match else None


def _program_version(name):
    """What a program says its version is, or None where there is none."""
    try:
        printed = subprocess.run(_PROGRAMS[name], capture_output=True, encoding="utf-8").stdout
    except (KeyError, OSError):
        return None
    number = re.search(r"\d+(?:\.\d+)+", printed)
    return number and number[0]


def _recorded(path):
    """The checksum that the downloader recorded of a file, unless the file was written to later."""
    record = Path(f"{path}.sha256")
    if not record.is_file() or record.stat().st_mtime_ns < Path(path).stat().st_mtime_ns:
        return None
    match = re.match(r"([0-9a-f]{64})  ", record.read_text(encoding="utf-8", errors="replace"))
    return match[1] if match else None


def _sha256(path):
    """The checksum of a file, which is read as a stream; one that takes seconds shows how far it is."""
    from .logs import progress  # not at the top: the Snakefile imports this module with a bare Snakemake

    digest = hashlib.sha256()
    shown = {"total": Path(path).stat().st_size, "unit": "B", "unit_scale": True, "desc": Path(path).name}
    with open(path, "rb") as raw, progress(**shown, delay=1, leave=False) as bar:
        while block := raw.read(_BLOCK):
            digest.update(block)
            bar.update(len(block))
    return digest.hexdigest()


if __name__ == "__main__":
    main()
