"""Candidate regions from the sources that come with labels of their own: the published matrix, and ImmGen's atlas."""

import pandas as pd

from ..errors import InputError, nearest
from ..setup.addresses import IMMGEN
from ..setup.tf_index import read_index
from ..sources.immgen import SKIPPED, counted, read_arrays, read_heights, read_ocrs, read_peaks
from ..sources.published_matrix import read_columns, read_regions
from .chromosomes import choose, expect_agreement, listed, sort_out
from .intervals import in_genome
from .selection import match_values
from .sequences import chromosome_sizes, copies, gc_content, hash_sequences, read_windows


def read_accessibility(kind, paths, targets, lineages, width, chromosomes="assembled"):
    """Read peaks, their sequences and their heights, whatever the form.

    Peaks without heights are left out, and those on other chromosomes than wanted; AI-TAC's authors used autosomes.

    Parameters
    ----------
    kind : {"peaks", "ocrs", "arrays"}
        The form.
    paths : mapping of str to (str or Path)
        Where things are: ``peaks`` and ``heights``, or ``ocrs``, and for both the ``genome``; or the ``directory``
        with the arrays.
    targets : sequence of str
    lineages : pandas.DataFrame, optional
    width : int
        See :func:`read_heights` and :func:`read_peaks`.
    chromosomes : str or sequence of str
        See :func:`cam.data.chromosomes.choose`.

    Returns
    -------
    peaks : pandas.DataFrame
        ``chrom start end name`` in the order of the files. The first three may be missing with arrays.
    codes : numpy.ndarray of uint8, shape (n, width)
        Base codes.
    values : numpy.ndarray of float32, shape (n, n_targets)
    steps : pandas.DataFrame
        ``step regions``: how many candidates there were, and how many were left out, and why.

    Raises
    ------
    InputError
        If a file is not as expected, if peaks and genome do not agree on what chromosomes are called, or no peak is on
        the wanted ones.
    """
    if kind == "arrays":
        peaks, codes, values = read_arrays(paths["directory"], targets, lineages, width)
        steps = [counted(("candidates", len(peaks)))]
        if peaks["chrom"].isna().all():
            if not isinstance(chromosomes, str):
                raise InputError(
                    f"config, regions.chromosomes: found {listed(chromosomes)}, but the positions of the regions are "
                    f"not known; expected the file of the positions ({IMMGEN['peaks']}) in the folder with the arrays"
                )
            return peaks, codes, values, steps[0]
        keep, elsewhere = _on_chromosomes(peaks, chromosomes, paths["directory"])
        steps.append(elsewhere)
        codes = codes[keep]
    else:
        if kind == "ocrs":
            peaks, values, n_skipped = read_ocrs(paths["ocrs"], targets, lineages, width)
            steps = [counted(("candidates", len(peaks)), (SKIPPED, n_skipped))]
        else:
            peaks = read_peaks(paths["peaks"], width)
            names, values, n_skipped = read_heights(paths["heights"], targets, lineages)
            steps = [counted(("candidates", len(peaks)), (SKIPPED, n_skipped))]
            peaks, values, without = match_values(peaks, names, values)
            steps.append(without)
        sizes = chromosome_sizes(paths["genome"])
        keep, elsewhere = _on_chromosomes(peaks, chromosomes, paths[kind], sizes, paths["genome"])
        inside, beyond = in_genome(peaks[keep], sizes)
        keep[keep] = inside
        steps += [elsewhere, beyond]
        codes = read_windows(paths["genome"], peaks[keep])
    return peaks[keep].reset_index(drop=True), codes, values[keep], pd.concat(steps, ignore_index=True)


def _on_chromosomes(peaks, wanted, where, sizes=None, genome=None):
    """Which peaks are on the wanted chromosomes of the genome, or where there is none, of the peaks."""
    names = sizes or peaks["chrom"].unique()
    if sizes:
        expect_agreement(peaks["chrom"], names, where, genome)
    chosen = choose(names, wanted, genome)
    keep, elsewhere = sort_out(peaks["chrom"], chosen, wanted, names)
    if len(peaks) and not keep.any():
        raise InputError(f"{where}: found no peak on the chromosomes {listed(chosen)} (regions.chromosomes)")
    return keep, elsewhere


def read_published(fastas, matrix, index, targets, width):
    """Read the candidate regions of the published matrix: those with a known label of a wanted target.

    Parameters
    ----------
    fastas : sequence of str or Path
        ``sequences.200bp.chrN.fa.gz``, any of them.
    matrix, index : str or Path
        ``matrix2d.ReMap+UniBind.sparse.npz`` and ``tfs_idx.pickle.gz``.
    targets : sequence of str
        TF names, in the spelling of the index.
    width : int
        In bp.

    Returns
    -------
    pandas.DataFrame
        ``chrom start end name gc copies`` and one float column per target, sorted by position; for the copies see
        :func:`cam.data.sequences.copies`.

    Raises
    ------
    InputError
        If a file is absent or wrong, or a target is not in the index.
    """
    column_of = read_index(index)
    for target in targets:
        if target not in column_of:
            raise InputError(f"config, targets: '{target}' is not in {index}; {nearest(target, column_of)}")
    labels = read_columns(matrix, [column_of[target] for target in targets])
    frames = []
    for path in fastas:
        regions, codes = read_regions(path, width)
        if len(regions) and regions["row"].max() >= len(labels):
            raise InputError(
                f"{path}: found index {regions['row'].max()}, expected at most {len(labels) - 1}, "
                f"the last row of {matrix}"
            )
        regions["gc"], regions["copies"] = gc_content(codes), hash_sequences(codes)
        values = pd.DataFrame(labels[regions["row"]], columns=list(targets))
        known = values.notna().any(axis=1)
        frames.append(pd.concat([regions.drop(columns="row"), values], axis=1)[known])
    candidates = pd.concat(frames).sort_values(["chrom", "start", "end"], ignore_index=True)
    return candidates.assign(copies=copies(candidates["copies"].to_numpy()))
