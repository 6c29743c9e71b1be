"""ReMap: the ChIP-seq peaks of a genome in one BED9 file.

The name of a row is ``EXPERIMENT.TF.BIOTYPE``, of which the biotype may hold dots; column 7 (thickStart) is the summit.
"""

import numpy as np
import pandas as pd

from ..errors import InputError
from ..io.files import read_text, write_text
from .rows import Block, expect_tfs, read_blocks, read_rows

ROWS_AT_ONCE = 10_000
TAKES = (
    "source.urls.remap takes ReMap's peaks, BED of 9 columns with the name EXPERIMENT.TF.BIOTYPE in column 4 and the "
    "summit in column 7; other peaks have to be written so"
)


def read_summits(path, tfs):
    """Read the summits of the peaks of some TFs, as a stream.

    The catalogue has some 10⁸ rows, of which few are wanted. These are found by searching whole blocks of the file for
    the names of the TFs, and only these are parsed and checked. What is held in memory is a block and the wanted rows.

    Parameters
    ----------
    path : str or Path
        Plain or gzipped.
    tfs : sequence of str
        TF names; case does not matter.

    Returns
    -------
    pandas.DataFrame
        ``chrom start end tf experiment biotype`` in the order of the file. The interval is the summit's one base
        pair; the TF is spelled as in ``tfs``.

    Raises
    ------
    InputError
        If the file cannot be read, a row that names a wanted TF is not as described above, or a TF has no peak in it.
    """
    wanted = {tf.lower(): tf for tf in tfs}
    columns = [[np.array([], dtype=object)] * 5]
    columns += [_parse(block, wanted) for block in _rows_that_name(path, [tf.encode() for tf in wanted])]
    chrom, start, tf, experiment, biotype = (np.concatenate(column) for column in zip(*columns, strict=True))
    if set(wanted.values()) - set(tf):
        expect_tfs(tfs, _known_tfs(path), path)
    start = start.astype(np.int64)
    return pd.DataFrame(
        {"chrom": chrom, "start": start, "end": start + 1, "tf": tf, "experiment": experiment, "biotype": biotype}
    )


def _rows_that_name(path, tfs):
    """The rows of the file that name any of some TFs, many at a time."""
    numbers, named, size = [], [], 0
    for number, lines in read_blocks(path):
        letters = np.frombuffer(lines, dtype=np.uint8)
        places = _find(letters, tfs)
        if len(places):
            ends = np.flatnonzero(letters == ord("\n")) + 1
            rows = np.unique(np.searchsorted(ends, places, side="right"))
            spans = zip(np.where(rows > 0, ends[rows - 1], 0).tolist(), ends[rows].tolist(), strict=True)
            named += [lines[start:end] for start, end in spans]
            numbers.append(number + rows)
            size += len(rows)
            if size > ROWS_AT_ONCE:
                yield Block(b"".join(named), np.concatenate(numbers), path, n_columns=9, takes=TAKES)
                numbers, named, size = [], [], 0
    if size:
        yield Block(b"".join(named), np.concatenate(numbers), path, n_columns=9, takes=TAKES)


def _find(letters, tfs):
    """Where a dot, a TF in any case and a dot follow each other in an array of bytes, and some places more.

    Or a tab instead of the second dot: where the biotype is missing, the row is not to be passed over.
    """
    words = np.append(letters, np.zeros(8, dtype=np.uint8))
    words = np.ndarray(len(letters) + 1, dtype="<u8", buffer=words, strides=(1,))  # at every place eight bytes
    begins_one = np.zeros(256, dtype=bool)
    begins_one[[letter for tf in tfs for letter in (tf[:1].lower()[0], tf[:1].upper()[0])]] = True
    places = np.flatnonzero(letters == ord(".")) + 1
    places = places[begins_one[letters[np.minimum(places, len(letters) - 1)]]]
    words = words[places]
    found = []
    for tf in tfs:
        start = tf[:8]
        any_case = int.from_bytes(b"\xdf" * len(start), "little")  # without the bit that tells a from A
        same = np.flatnonzero((words & np.uint64(any_case)) == np.uint64(int.from_bytes(start, "little") & any_case))
        follows = letters[np.minimum(places[same] + len(tf), len(letters) - 1)]
        found.append(places[same][(follows == ord(".")) | (follows == ord("\t"))])
    return np.concatenate(found)


def _parse(block, wanted):
    """Chromosome, summit, TF, experiment and biotype of the rows of wanted TFs."""
    name_of, names = block.texts(3)
    parts = [name.split(".", 2) for name in names]
    for code, name in enumerate(names):
        if len(parts[code]) < 3 or not all(parts[code]):
            row = int(np.argmax(name_of == code))
            block.fail(row, f", column 4: found the name '{name}', expected EXPERIMENT.TF.BIOTYPE")
    start, end = block.intervals(1)
    summit = block.whole_numbers(6)
    outside = (summit < start) | (summit > end)
    if outside.any():
        row = int(np.argmax(outside))
        block.fail(row, f", column 7: found the summit {summit[row]}, expected one in {start[row]}-{end[row]}")
    chrom_of, chroms = block.chromosomes(0)
    experiments, tfs, biotypes = (np.array(part, dtype=object) for part in zip(*parts, strict=True))
    tfs = np.array([wanted.get(tf.lower()) for tf in tfs], dtype=object)
    rows = (tfs != None)[name_of]  # noqa: E711 the name of a TF may also be part of another's biotype
    name_of = name_of[rows]
    return chroms[chrom_of[rows]], summit[rows], tfs[name_of], experiments[name_of], biotypes[name_of]


def _known_tfs(path):
    """Every TF of the catalogue, once a wanted one is not in it: line by line, for its rows may not be as expected."""
    tfs = set()
    with read_text(path) as text:
        for number, fields in read_rows(text, path, n_columns=9, takes=TAKES):
            parts = fields[3].split(".", 2)
            if len(parts) < 3 or not all(parts):
                raise InputError(
                    f"{path}, line {number}, column 4: found the name '{fields[3]}', expected EXPERIMENT.TF.BIOTYPE; "
                    f"{TAKES}"
                )
            tfs.add(parts[1])
    return tfs


def write_peaks(path, peaks):
    """Write peaks in this format, in the order given.

    Parameters
    ----------
    path : str or Path
        Gzipped if it ends in ``.gz``.
    peaks : pandas.DataFrame
        ``chrom start end experiment tf biotype score summit rgb``.
    """
    bed = peaks[["chrom", "start", "end"]].assign(
        name=peaks["experiment"] + "." + peaks["tf"] + "." + peaks["biotype"],
        score=peaks["score"],
        strand=".",
        thick_start=peaks["summit"],
        thick_end=peaks["summit"] + 1,
        rgb=peaks["rgb"],
    )
    with write_text(path) as text:
        bed.to_csv(text, sep="\t", header=False, index=False, lineterminator="\n")
