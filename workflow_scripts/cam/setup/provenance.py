"""Where results come from: the code and the call that made them, the machine, and the software on it."""

import platform
import re
import shlex
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_SECRET = re.compile(r"--[\w-]*(?:key|password|secret|token)")
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
