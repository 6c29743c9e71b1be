"""A genome, looked into as far as that is cheap: what its chromosomes are called, how long they are, and windows."""

import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..data.chromosomes import expect_agreement
from ..data.sequences import unpack_genome
from ..errors import InputError
from ..io.files import GZIPPED, read_bytes, read_parts
from ..setup.own_data import known_genome

_TWOBIT = (b"\x43\x27\x41\x1a", b"\x1a\x41\x27\x43")
_INDEXED = 50 * 10**6  # bytes of FASTA that are indexed in a second or two
_SCANNED = 10**9  # bytes whose headers are found in as long
_PACKED = 4  # times that a gzipped genome unpacks to
_PART = 2**22
# What Ensembl, NCBI or a model organism's database call chromosomes; UCSC never does.
_NOT_UCSC = re.compile(r"\d{1,2}|[XYZW]|MT?|[IVX]+|[234][LR]|Mito")


class Genome(NamedTuple):
    """What is known of a genome; all but its name and ``unseen`` may be None.

    Attributes
    ----------
    name : str
        The file, its address, or the name of an assembly.
    unseen : str
        Why it, or a part of it, was not looked into; empty if it was.
    names : list of str
        Of the chromosomes.
    sizes : dict of str to int
        Their lengths, in bp.
    fetch : callable
        ``fetch(chrom, start, end)`` is a text of bases.
    """

    name: str
    unseen: str = ""
    names: list | None = None
    sizes: dict | None = None
    fetch: Callable | None = None

    def clash(self, chroms, where):
        """Say it where a file calls chromosomes otherwise than the genome does, or, by its name, will; or nothing."""
        if self.names:
            return disagreement(chroms, self.names, where, self.name)
        odd = [chrom for chrom in chroms if _NOT_UCSC.fullmatch(chrom)]
        if not known_genome(self.name) or 2 * len(odd) <= len(chroms):
            return ""
        return (
            f"{where}: found chromosomes such as '{odd[0]}', which {self.name}, from UCSC, does not have; rename them"
        )


@contextmanager
def looked_into(name):
    """Look into a genome.

    A FASTA file is read where its index (``.fai``) is beside it, or where it is small; of one that is larger only the
    names of the chromosomes are read, and of a very large one nothing.

    Parameters
    ----------
    name : str
        A file, an address, or the name of an assembly of UCSC's.

    Yields
    ------
    Genome

    Raises
    ------
    InputError
        If it is a file that cannot be read.
    """
    path = Path(name)
    if known_genome(name) or not path.is_file():
        yield Genome(name, f"{name} is fetched when the pipeline runs, so it was not looked into")
        return
    with read_bytes(path) as file:
        twobit = file.peek(4)[:4] in _TWOBIT
    packed = path.suffix in GZIPPED
    size = path.stat().st_size * (_PACKED if packed else 1)
    indexed = Path(f"{name}.fai").is_file() and (not packed or Path(f"{name}.gzi").is_file())
    with TemporaryDirectory() as folder:
        if twobit:
            yield _twobit(name)
        elif indexed:
            yield _fasta(name, name)
        elif size <= _INDEXED:
            unpack_genome(path, f"{folder}/genome.fa", f"{folder}/sizes")
            yield _fasta(name, f"{folder}/genome.fa")
        elif size <= _SCANNED:
            yield Genome(
                name, f"{name} has no index (.fai), so only the names of its chromosomes were read", _names(name)
            )
        else:
            yield Genome(name, f"{name} is large and has no index (samtools faidx), so it was not looked into")


def _fasta(name, path):
    from pyfaidx import Fasta  # here, as is the next, since few genomes need it

    try:
        fasta = Fasta(path, as_raw=True, rebuild=False, build_index=False)
    except Exception as error:  # of any kind, since any bytes can be in the index
        raise InputError(f"{name}.fai: cannot be read as the index of {name} ({error}); delete it") from None
    sizes = {chrom: len(record) for chrom, record in fasta.items()}
    return Genome(name, "", list(sizes), sizes, lambda chrom, start, end: fasta[chrom][start:end])


def _twobit(name):
    from twobitreader import TwoBitFile

    try:
        genome = TwoBitFile(name)
        sizes = genome.sequence_sizes()
    except Exception as error:
        raise InputError(f"{name}: found a damaged 2bit file ({error}); copy or download it again") from None
    return Genome(name, "", list(sizes), sizes, lambda chrom, start, end: genome[chrom][start:end])


def _names(path):
    """The names of the sequences of a FASTA file."""
    names, rest = [], b"\n"
    for part in read_parts(path, _PART):
        text = rest + part
        begin = text.find(b"\n>")
        while begin >= 0 and (end := text.find(b"\n", begin + 1)) >= 0:
            names += [word.decode(errors="replace") for word in text[begin + 2 : end].split()[:1]]
            begin = text.find(b"\n>", end)
        last = text.rfind(b"\n")
        rest = text[last:] if text[last:].startswith(b"\n>") or len(text) - last < 2 else b""
    if not names:
        raise InputError(f"{path}: found no header beginning with '>', expected a genome: FASTA or 2bit")
    return names


def disagreement(chroms, names, where, other):
    """What :func:`cam.data.chromosomes.expect_agreement` says of two files, or nothing where they agree."""
    try:
        expect_agreement(chroms, names, where, other)
    except InputError as error:
        return str(error)
    return ""
