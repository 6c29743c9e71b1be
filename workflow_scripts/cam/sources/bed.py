"""BED: intervals in the first three columns of a tab-separated file, in which some lines are about display only."""

import numpy as np
import pandas as pd

from .rows import Block, read_blocks

_NO_ROWS = (b"#", b"track", b"browser")


def read_bed(path):
    """Read the intervals of a BED file.

    Parameters
    ----------
    path : str or Path
        Plain or gzipped. Lines that are empty or begin with ``#``, ``track`` or ``browser`` are passed over.

    Returns
    -------
    pandas.DataFrame
        ``chrom start end`` in the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read, or a row does not begin with a name and two whole numbers, start < end.
    """
    frames = [
        pd.DataFrame({"chrom": [], "start": [], "end": []}).astype({"chrom": str, "start": np.int64, "end": np.int64})
    ]
    for first, lines in read_blocks(path):
        rows = [
            (number, line)
            for number, line in enumerate(lines.split(b"\n"), first)
            if line.strip() and not line.startswith(_NO_ROWS)
        ]
        if rows:
            numbers, lines = zip(*rows, strict=True)
            block = Block(b"\n".join(lines) + b"\n", np.array(numbers), path, n_columns=3)
            start, end = block.intervals(1)
            chrom_of, chroms = block.chromosomes(0)
            frames.append(pd.DataFrame({"chrom": chroms[chrom_of], "start": start, "end": end}))
    return pd.concat(frames, ignore_index=True)
