"""The command line ``cam``.

Each command is a module of this package with three things: ``EXAMPLE``, a line for its help; ``add_arguments(parser)``;
and ``run(arguments)``, which prints, and raises an :class:`~cam.errors.InputError` at a mistake. A module is imported
only when its command is called, so that ``cam --help`` takes no time.
"""

import argparse
import sys
from importlib import import_module

from .. import __version__
from ..errors import InputError, nearest
from ..io.files import cannot_read

COMMANDS = {
    "init": "look at files of your own and write an experiment for them",
    "check": "check an experiment, and look at its files again",
}
_DESCRIPTION = "Convolutional additive models of regulatory DNA: from your own files to a model one can read."
_EXAMPLE = "cam init peaks/*.narrowPeak --genome hg38.fa"


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message):
        raise InputError(f"{message}; see '{self.prog} --help'")


def main(arguments=None):
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default, those of the process.

    Returns
    -------
    int
        The exit status: 0, or 1 after a mistake, which is one sentence on standard error.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        parsed = _parser(arguments[0] if arguments else "").parse_args(arguments or ["--help"])
        parsed.run(parsed)
    except InputError as error:
        return _end(f"Error: {error}")
    except BrokenPipeError:  # such as of `cam init … | head`
        sys.stdout = None
        return 1
    except OSError as error:  # a full disk, a folder that must not be written to
        return _end(f"Error: {cannot_read(error.filename or 'cam', error)}")
    except KeyboardInterrupt:
        return _end("Interrupted.")
    return 0


def _end(sentence):
    print(sentence, file=sys.stderr)
    return 1


def _parser(name):
    """The parser, with the arguments of one command."""
    if name and not name.startswith("-") and name not in COMMANDS:
        raise InputError(f"cam: found no command '{name}'; {nearest(name, COMMANDS)}")
    layout = argparse.RawDescriptionHelpFormatter
    parser = _Parser("cam", description=_DESCRIPTION, formatter_class=layout)
    parser.epilog = f"example:\n  {_EXAMPLE}"
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command, summary in COMMANDS.items():
        added = commands.add_parser(command, help=summary, formatter_class=layout, allow_abbrev=False)
        if command == name:
            module = import_module(f".{name}", __package__)
            added.description = module.__doc__
            added.epilog = f"example:\n  {module.EXAMPLE}"
            module.add_arguments(added)
            added.set_defaults(run=module.run)
    return parser
