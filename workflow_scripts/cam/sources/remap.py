"""ReMap: the ChIP-seq peaks of a genome in one BED9 file.

The name of a row is ``EXPERIMENT.TF.BIOTYPE``, of which the biotype may hold dots; column 7 (thickStart) is the summit.
"""

import sys
from array import array

import pandas as pd

from ..errors import InputError
from ..files import read_text, write_text
from .rows import expect_tfs, interval, read_rows, whole_number


def read_summits(path, tfs):
    """Read the summits of the peaks of some TFs, as a stream.

    The catalogue has some 10⁸ rows; what is held in memory is the wanted ones and the names of the data sets.

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
        If the file cannot be read, a row is not as described above, or a TF has no peak in it.
    """
    wanted = {tf.lower(): tf for tf in tfs}
    chroms, summits, names = [], array("q"), []
    parts_of = {}
    with read_text(path) as text:
        for number, fields in read_rows(text, path, n_columns=9):
            name = fields[3]
            if name not in parts_of:
                parts_of[name] = name.split(".", 2)
                if len(parts_of[name]) < 3 or not all(parts_of[name]):
                    raise InputError(
                        f"{path}, line {number}, column 4: found the name '{name}', expected EXPERIMENT.TF.BIOTYPE"
                    )
            parts = parts_of[name]
            if parts[1].lower() not in wanted:
                continue
            start, end = interval(fields, 1, path, number)
            summit = whole_number(fields, 6, path, number)
            if not start <= summit <= end:
                raise InputError(
                    f"{path}, line {number}, column 7: found the summit {summit}, expected one in {start}-{end}"
                )
            chroms.append(sys.intern(fields[0]))
            summits.append(summit)
            names.append(parts)
    expect_tfs(tfs, {tf for _, tf, _ in parts_of.values()}, path)
    start = pd.Series(summits, dtype="int64")
    return pd.DataFrame(
        {
            "chrom": chroms,
            "start": start,
            "end": start + 1,
            "tf": [wanted[tf.lower()] for _, tf, _ in names],
            "experiment": [experiment for experiment, _, _ in names],
            "biotype": [biotype for _, _, biotype in names],
        }
    )


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
