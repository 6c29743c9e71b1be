"""UniBind: TF binding sites with evidence from ChIP-seq and motif alike, an archive of BED files.

There is a file for every data set and matrix, called ``EXPERIMENT.SAMPLE.TF.MATRIX.VERSION.damo.bed`` (``.pwm.bed`` in
early releases), of which the sample may hold dots. A row is a site; its first three columns have to be there, the
strand is column 6.
"""

import gzip
import io
import re
import sys
import tarfile
from array import array

import pandas as pd

from ..errors import InputError
from ..files import atomic, read_text
from .rows import expect_tfs, interval, read_rows

_MEMBER = re.compile(r"(?:.*/)?([^./]+)\.([^/]+)\.([^./]+)\.([^./]+\.[^./]+)\.[^./]+\.bed")


def read_sites(path, tfs):
    """Read the binding sites of some TFs, as a stream; nothing is unpacked to disk.

    Parameters
    ----------
    path : str or Path
        The ``.tar.gz`` archive. Folders and files that are not ``.bed`` are ignored.
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
    wanted = {tf.lower(): tf for tf in tfs}
    chroms, starts, ends, strands, data_sets = [], array("q"), array("q"), [], []
    known = set()
    with read_text(path) as text:
        packed = text.buffer  # its bytes: a damaged archive is thus reported as any other damaged file
        try:
            with tarfile.open(fileobj=packed, mode="r|") as archive:
                for member in archive:
                    if not (member.isfile() and member.name.endswith(".bed")):
                        continue
                    where = f"{path}, {member.name}"
                    match = _MEMBER.fullmatch(member.name)
                    if not match:
                        raise InputError(f"{where}: expected a name EXPERIMENT.SAMPLE.TF.MATRIX.VERSION.damo.bed")
                    data_set = match.groups()
                    known.add(data_set[2])
                    if data_set[2].lower() not in wanted:
                        continue
                    lines = map(bytes.decode, archive.extractfile(member))
                    for number, fields in read_rows(lines, where, n_columns=3):
                        start, end = interval(fields, 1, where, number)
                        strand = fields[5] if len(fields) > 5 else "."
                        if strand not in ("+", "-", "."):
                            raise InputError(
                                f"{where}, line {number}, column 6: found the strand '{strand}', expected +, - or ."
                            )
                        chroms.append(sys.intern(fields[0]))
                        starts.append(start)
                        ends.append(end)
                        strands.append(sys.intern(strand))
                        data_sets.append(data_set)
            while packed.read(2**20):  # a gzip file is known to be whole only at its end
                pass
        except tarfile.TarError as error:
            raise InputError(f"{path}: found a damaged tar archive ({error}), expected a whole one") from None
    expect_tfs(tfs, known, path)
    return pd.DataFrame(
        {
            "chrom": chroms,
            "start": pd.Series(starts, dtype="int64"),
            "end": pd.Series(ends, dtype="int64"),
            "tf": [wanted[tf.lower()] for _, _, tf, _ in data_sets],
            "experiment": [experiment for experiment, _, _, _ in data_sets],
            "sample": [sample for _, sample, _, _ in data_sets],
            "matrix": [matrix for _, _, _, matrix in data_sets],
            "strand": strands,
        }
    )


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
