"""What files are, as their first lines tell, and what their names say: the target, the class, the split."""

import csv
import re
from os.path import isdir
from pathlib import PurePath

from ..errors import InputError
from ..io.files import read_bytes, read_text
from ..setup.own_data import is_headerless
from ..sources.labelled_sequences import HDF5

_TWOBIT = (b"\x43\x27\x41\x1a", b"\x1a\x41\x27\x43")
_BIGWIG = (b"\x26\xfc\x8f\x88", b"\x88\x8f\xfc\x26")
_TEXT = re.compile(rb"(\xff\xfe|\xfe\xff|\xef\xbb\xbf|[\t\r\n -~]{4})")  # how one begins; marks of its encoding
_NO_ROWS = ("#", "track", "browser")
_LONGEST = 100_000  # letters of a line that are looked at
_BED = re.compile(
    r"chr(om)?(start|end)?|start|end|stop|name|score|strand|[a-z]*value|log(p|q|pvalue|qvalue)|peak|summit|abssummit"
    r"|length|pileup|foldenrichment|thick(start|end)|itemrgb|block(count|sizes|starts)|id"
)  # columns of peaks, without what is no letter
_REGION = re.compile(r"\S+[:-]\d+-\d+")

_ENDS = re.compile(
    r"\.(gz|bgz|narrowPeak|broadPeak|gappedPeak|bed\d*|bw|bigwig|fa|fasta|fna|tsv|csv|txt|h5|hdf5|h5ad|parquet|pq"
    r"|peaks?|summits?)$",
    re.IGNORECASE,
)
_REPLICATE = re.compile(r"[._-]rep(licate)?[._-]?\d+$", re.IGNORECASE)
_PEAKS = re.compile(r"[._-](narrow|broad)?(peaks?|summits?)$", re.IGNORECASE)
_SPLITS = {"train": "train(ing)?", "validation": "val(id(ation)?)?", "test": "test(ing)?"}
_POSITIVE, _NEGATIVE = "pos(itives?)?", "neg(atives?)?"
_ROLES = "|".join([_POSITIVE, _NEGATIVE, *_SPLITS.values()])


def recognise(path):
    """Tell what a file holds.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    {"peaks", "bigWig", "FASTA", "sequences", "values"}
        ``sequences`` is a table of them or ExplaiNN's HDF5 file; ``values`` is a table of regions and targets or an
        AnnData file. A file of a kind that no reader takes is ``peaks``, whose reader says what it is.

    Raises
    ------
    InputError
        If it cannot be read, or is a genome, or a table in which nothing is found.
    """
    if isdir(path):
        raise InputError(f"{path}: found a folder, expected a file; name the files in it, such as {path}/*.narrowPeak")
    with read_bytes(path) as file:
        begin = file.peek(4)[:4]
    if begin in _BIGWIG:
        return "bigWig"
    if begin == b"\x89HDF":
        return "sequences" if str(path).lower().endswith(HDF5) else "values"
    if begin == b"PAR1":
        return "values"
    if begin in _TWOBIT:
        raise InputError(f"{path}: found a genome (2bit), expected data; give it as --genome")
    if begin and not _TEXT.match(begin):
        return "peaks"
    first, second = _first_lines(path)
    if first.startswith(">"):
        _expect_short(path)
        return "FASTA"
    separator = next((mark for mark in "\t,;" if mark in first), "\t")
    fields, below = (next(csv.reader([line], delimiter=separator), []) for line in (first, second))
    fields = [field.strip() for field in fields]
    names = [re.sub("[^a-z]", "", field.lower()) for field in fields]
    if "sequence" in fields or is_headerless(fields):
        return "sequences"
    if len(names) > 2 and "start" in names[1] and ("end" in names[2] or "stop" in names[2]):  # as read_peaks has it
        return "peaks" if all(map(_BED.fullmatch, names)) else "values"
    if all(field.isdigit() for field in (first.split() + [""] * 3)[1:3]):
        return "peaks"
    if any(_REGION.fullmatch(field.strip()) for field in below):
        return "values"
    for field, letters in zip(fields, below, strict=False):
        if len(letters) >= 8 and not letters.upper().strip("ACGTN"):
            raise InputError(
                f"{path}: found sequences in the column '{field}', expected its name to be 'sequence'; rename it, and "
                "see that every other column but name and split is a target"
            )
    raise InputError(
        f"{path}: found a line that begins '{first[:40]}', expected peaks (BED, narrowPeak, broadPeak), FASTA, a table "
        "with a column 'sequence', a table of regions and targets, bigWig or .h5ad"
    )


def _first_lines(path):
    """The first two lines that are rows or a header."""
    rows = []
    with read_text(path) as text:
        while len(rows) < 2 and (line := text.readline(_LONGEST)):
            if line.strip() and not line.startswith(_NO_ROWS):
                rows.append(line.rstrip("\r\n"))
    if not rows:
        raise InputError(f"{path}: found nothing in it, expected peaks, sequences or signal")
    return (*rows, "")[:2]


def _expect_short(path):
    """Check that FASTA is not a genome, by the length of the first sequence."""
    with read_bytes(path) as file:
        begin = file.read(_LONGEST)
    if len(begin) == _LONGEST and begin.count(b">") == 1:
        raise InputError(
            f"{path}: found a sequence of about {_LONGEST:,} bp or more, as of a genome, expected short ones; give a "
            "genome as --genome"
        )


def target_of(path):
    """The target that a file is of, by its name.

    Without folders, endings such as ``.narrowPeak.gz``, and what says that it holds peaks or is a replicate
    (``_peaks``, ``.summits``, ``_rep1``): ``runs/CTCF_rep1_peaks.narrowPeak.gz`` is of ``CTCF``.
    """
    name = without_ends(path)
    while (shorter := _REPLICATE.sub("", _PEAKS.sub("", name))) and shorter != name:
        name = shorter
    return name


def without_ends(path):
    """The name of a file without folders and endings."""
    name = PurePath(path).name
    while (shorter := _ENDS.sub("", name)) and shorter != name:
        name = shorter
    return name


def sequences_target(path):
    """The target of a file of sequences; empty if its name says no more than the class and the split."""
    kept = re.sub(rf"(^|[._-])({_ROLES})(?=[._-]|$)", "", without_ends(path), flags=re.IGNORECASE)
    return kept.strip("._-")


def is_negative(path):
    """Whether the name of a file says that it is of negatives."""
    return _has(path, _NEGATIVE)


def split_of(path):
    """The split that the name of a file states, or an empty text."""
    return next((split for split, word in _SPLITS.items() if _has(path, word)), "")


def _has(path, word):
    return bool(re.search(rf"(^|[._-])({word})([._-]|$)", without_ends(path), re.IGNORECASE))
