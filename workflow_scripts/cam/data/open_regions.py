"""Candidate regions from open chromatin: windows of one width with a known sequence, outside the blacklist."""

import numpy as np
import pandas as pd

from ..errors import InputError
from .chromosomes import expect_agreement, listed, sort_out
from .intervals import resolve_overlaps, usable, windows
from .sequences import copies, gc_content, hash_sequences, read_masked_windows

_AT_ONCE = 20_000  # sequences that are hashed at a time


def on_chromosomes(intervals, chosen, wanted, sizes, where, genome):
    """The open regions of a file that are on the chosen chromosomes.

    Parameters
    ----------
    intervals : pandas.DataFrame
        ``chrom start end``, and any other columns.
    chosen : sequence of str
        From :func:`cam.data.chromosomes.choose`.
    wanted
        What they were chosen by.
    sizes : dict of str to int
        Length of every chromosome of the genome, in bp.
    where, genome : str or Path
        What to call the two files in an error message.

    Returns
    -------
    intervals : pandas.DataFrame
        Those on the chosen chromosomes, as they are.
    steps : pandas.DataFrame
        ``step regions``: how many are elsewhere; see :func:`cam.data.chromosomes.sort_out`.

    Raises
    ------
    InputError
        If file and genome do not agree on what chromosomes are called, or none of the regions is on the chosen ones.
    """
    expect_agreement(intervals["chrom"], sizes, where, genome)
    keep, elsewhere = sort_out(intervals["chrom"], chosen, wanted, sizes)
    if not keep.any():
        raise InputError(f"{where}: found no row on the chromosomes {listed(chosen)} (regions.chromosomes)")
    return intervals[keep], elsewhere


def usable_windows(intervals, width, overlapping, sizes, genome, blacklist):
    """Windows around open regions, without those whose sequence is not known or that are in the blacklist.

    Parameters
    ----------
    intervals : pandas.DataFrame
        ``chrom start end`` of open regions, and any number of bool columns (such as the biosamples they are open in).
    width : int
        In bp.
    overlapping : {"keep", "first", "merge"}
        See :func:`cam.data.intervals.resolve_overlaps`.
    sizes : dict of str to int
        Length of every chromosome, in bp.
    genome : str or Path
        A FASTA file, of which one chromosome is read at a time.
    blacklist : pandas.DataFrame
        ``chrom start end``.

    Returns
    -------
    regions : pandas.DataFrame
        ``chrom start end name``, the bool columns, ``gc``, ``repeats`` (:func:`cam.data.sequences.read_masked_windows`)
        and ``copies`` (:func:`cam.data.sequences.copies`), sorted.
    steps : pandas.DataFrame
        ``step regions``: how many were left out, and why.

    Raises
    ------
    InputError
        If no window is left.
    """
    centred = windows(intervals, width, sizes)
    if centred.empty:
        raise InputError(
            f"config, regions.width: found {width}, but no window of so many bp fits around any of {len(intervals)} "
            "places on their chromosomes; expected a smaller one"
        )
    resolved = resolve_overlaps(centred, overlapping)
    steps = [("left out: window of another, or beyond the chromosome", len(intervals) - len(centred))]
    if overlapping != "keep":
        steps.append((f"left out: overlapping another (overlapping: {overlapping})", len(centred) - len(resolved)))
    kept, dropped = [], [pd.DataFrame(steps, columns=["step", "regions"])]
    for _, of_chromosome in resolved.groupby("chrom"):
        codes, repeats = read_masked_windows(genome, of_chromosome)
        keep, left_out = usable(of_chromosome, codes, blacklist)
        codes = codes[keep]
        hashes = [hash_sequences(part) for part in np.array_split(codes, len(codes) // _AT_ONCE + 1)]
        composition = {"gc": gc_content(codes), "repeats": repeats[keep]}
        kept.append(of_chromosome[keep].assign(**composition, copies=np.concatenate(hashes)))
        dropped.append(left_out)
    regions = pd.concat(kept, ignore_index=True)
    if regions.empty:
        raise InputError(
            f"{genome}: of {len(resolved)} windows, found none with a known sequence outside the blacklist, expected "
            "some; check that open regions, blacklist and genome are of the same assembly"
        )
    steps = pd.concat(dropped).groupby("step", sort=False).sum().reset_index()
    return regions.assign(copies=copies(regions["copies"].to_numpy())), steps
