"""UniBind: TF binding sites with evidence from ChIP-seq and motif alike, an archive of BED files.

There is a file for every data set and matrix, called ``EXPERIMENT.SAMPLE.TF.MATRIX.VERSION.damo.bed`` (``.pwm.bed`` in
early releases), of which the sample may hold dots. A row is a site; its first three columns have to be there, the
strand is column 6.
"""

import gzip
import io
import re
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError
from ..io.files import atomic, read_bytes, read_parts, text_parts
from .rows import Block, expect_tfs

TAKES = (
    "source.urls.unibind takes UniBind's tar archive of BED files, or a folder with them, each called "
    "EXPERIMENT.SAMPLE.TF.MATRIX.VERSION.damo.bed; other sites have to be written so"
)
_HEADER = 512  # bytes
_MEMBER = re.compile(r"(?:.*/)?([^./]+)\.([^/]+)\.([^./]+)\.([^./]+\.[^./]+)\.[^./]+\.bed")


def read_sites(path, tfs):
    """Read the binding sites of some TFs, as a stream; nothing is unpacked to disk.

    Parameters
    ----------
    path : str or Path
        The ``.tar.gz`` archive, or a folder with its files. Folders and files that are not ``.bed`` are ignored.
    tfs : sequence of str
        TF names; case does not matter. Members of other TFs are skipped unread.

    Returns
    -------
    pandas.DataFrame
        ``chrom start end tf experiment sample matrix strand`` in the order of the archive. The TF is spelled as in
        ``tfs``; the matrix has its version (``MA0139.1``); the strand is ``+``, ``-``, or ``.`` where it is not given.

    Raises
    ------
    InputError
        If the archive cannot be read or is truncated, a member or row is not as described above, or a TF has no
        member.
    """
    spelled = {tf.lower(): tf for tf in tfs}
    read_members = _folder if Path(path).is_dir() else _archive
    members, known = [], set()
    for name, content in read_members(path, lambda name: _describe(path, name)["tf"].lower() in spelled):
        described = _describe(path, name)
        known.add(described["tf"])
        if content is not None:
            described["tf"] = spelled[described["tf"].lower()]
            members.append(_parse(content, f"{path}, {name}").assign(**described))
    expect_tfs(tfs, known, path)
    columns = ["chrom", "start", "end", "tf", "experiment", "sample", "matrix", "strand"]
    return pd.concat(members, ignore_index=True)[columns]


def _describe(path, name):
    """What the name of a member says."""
    match = _MEMBER.fullmatch(name)
    if not match:
        raise InputError(f"{path}, {name}: expected a name EXPERIMENT.SAMPLE.TF.MATRIX.VERSION.damo.bed; {TAKES}")
    return dict(zip(("experiment", "sample", "tf", "matrix"), match.groups(), strict=True))


def _archive(path, wants):
    """Name and content of every BED file of a tar archive; of the ones that are not wanted, None for the content."""
    with read_bytes(path) as packed:
        head = packed.peek(_HEADER)[:_HEADER]
        if head and b"\0" not in head:  # a header of a tar archive has, and a table has not
            raise InputError(f"{path}: found text, expected a tar archive; {TAKES}")
        try:
            with tarfile.open(fileobj=packed, mode="r|", bufsize=2**20) as archive:
                for member in archive:
                    # A sparse file, in which gaps stand for zeros, can state any size; a table has no gaps.
                    if member.isfile() and not member.issparse() and member.name.endswith(".bed"):
                        yield member.name, archive.extractfile(member).read() if wants(member.name) else None
            while packed.read(2**20):  # a gzip file is known to be whole only at its end
                pass
        except InputError:
            raise
        except Exception as error:  # of any kind, since headers of members can hold any bytes
            raise InputError(f"{path}: found a damaged tar archive ({error}); copy or download it again") from None


def _folder(path, wants):
    """The same for a folder."""
    for file in sorted(Path(path).rglob("*.bed")):
        name = str(file.relative_to(path))
        yield name, b"".join(read_parts(file)) if wants(name) else None


def _parse(content, where):
    """The sites of a member: ``chrom start end strand``."""
    content = b"".join(text_parts([content], where))
    block = Block(content if content.endswith(b"\n") or not content else content + b"\n", 1, where, n_columns=3)
    start, end = block.intervals(1)
    strand_of, strands = block.texts(5, absent=".")
    for code, strand in enumerate(strands):
        if strand not in ("+", "-", "."):
            row = int(np.argmax(strand_of == code))
            block.fail(row, f", column 6: found the strand '{strand}', expected +, - or .")
    chrom_of, chroms = block.chromosomes(0)
    return pd.DataFrame({"chrom": chroms[chrom_of], "start": start, "end": end, "strand": strands[strand_of]})


def write_archive(path, sites):
    """Write an archive in this format, the same byte for byte when written again.

    Parameters
    ----------
    path : str or Path
        Ends in ``.tar.gz``.
    sites : pandas.DataFrame
        ``chrom start end tf experiment sample matrix score strand``. Members are sorted by name; the rows of each
        stay in the order given.
    """
    with (
        atomic(path) as part,
        open(part, "wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for parts, rows in sites.groupby(["experiment", "sample", "tf", "matrix"]):
            bed = rows[["chrom", "start", "end", "matrix", "score", "strand"]]
            content = bed.to_csv(sep="\t", header=False, index=False, lineterminator="\n").encode()
            member = tarfile.TarInfo(".".join(parts) + ".damo.bed")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
