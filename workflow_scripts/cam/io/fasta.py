"""Sequences in FASTA files."""

from ..errors import InputError
from .files import read_text, write_text


def write_fasta(path, names, sequences):
    """Write sequences as FASTA, one line each, gzipped if the name ends in ``.gz``."""
    with write_text(path) as text:
        for name, sequence in zip(names, sequences, strict=True):
            text.write(f">{name}\n{sequence}\n")


def read_fasta(path):
    """Read every record of a FASTA file, in order, as a stream.

    Parameters
    ----------
    path : str or Path
        Plain or gzipped.

    Yields
    ------
    (str, str)
        The header without ``>`` and the sequence with its lines joined, in the case it has in the file.

    Raises
    ------
    InputError
        If the file cannot be read or does not begin with a header.
    """
    name, lines = None, []
    with read_text(path) as text:
        for number, line in enumerate(text, 1):
            line = line.rstrip("\r\n")
            if line.startswith(">"):
                if name is not None:
                    yield name, "".join(lines)
                name, lines = line[1:], []
            elif name is None and line:
                raise InputError(
                    f"{path}, line {number}: found '{line[:30]}', expected a FASTA header beginning with '>'"
                )
            else:
                lines.append(line)
    if name is not None:
        yield name, "".join(lines)


def read_sequences(path):
    """The sequences of a FASTA file, in order, as a list of str; for the file and the errors see :func:`read_fasta`."""
    return [sequence for _, sequence in read_fasta(path)]
