"""Candidate regions from the user's own peaks, and their labels.

A region is bound by a target where the summit of one of its peaks falls in it, unbound where none of its peaks touches
it, and its label is missing where peaks touch it without a summit. Candidates are windows around open regions or, where
these are not given, around the summits themselves, with windows of the genome outside all peaks to compare with.

All windows are of one width and sorted, so that those that an interval overlaps stand one after another: two binary
searches find them. To search a whole genome at once, its chromosomes are laid end to end (:class:`Axis`).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ..errors import InputError
from ..io.files import write_text
from ..sources.bed import read_bed
from ..sources.peak_files import read_peaks
from .chromosomes import choose, expect_agreement, listed, sort_out
from .composition import match_composition
from .intervals import INTERVAL, resolve_overlaps
from .open_regions import on_chromosomes, usable_windows

ANY = ""  # the biosample of regions that are open whatever the biosample
MISSING = -1  # a label that is not known; 1 is bound, 0 unbound
_POOL, _MOST_DRAWN = 10, 3_000_000  # windows outside peaks that are drawn for each that is wanted, and at most
_AT_ONCE = 20_000  # regions that are written at a time


class Axis:
    """The chromosomes that regions may be on, laid end to end, so that a place in the genome is one number.

    Parameters
    ----------
    chroms : iterable of str
        They are laid in the order of their names.
    sizes : dict of str to int
        Length of every chromosome, in bp.
    width : int
        That of windows, in bp: the room between two chromosomes, so that no window reaches over it.
    """

    def __init__(self, chroms, sizes, width):
        self.chroms = np.array(sorted(chroms), dtype=object)
        self.lengths = np.array([sizes[chrom] for chrom in self.chroms], dtype=np.int64)
        self.begins = np.cumsum(self.lengths + width) - self.lengths
        self.width = width

    def numbers(self, chroms):
        """The number of each of some chromosomes, -1 for others: int64, shape (n,)."""
        codes, names = pd.factorize(chroms)
        return pd.Index(self.chroms).get_indexer(np.asarray(names, dtype=object))[codes]

    def places(self, chroms, positions):
        """Where positions on chromosomes are on the axis: int64, shape (n,)."""
        return self.begins[self.numbers(chroms)] + np.asarray(positions)

    def intervals(self, start, end):
        """Intervals on the axis as a data frame ``chrom start end``."""
        number = np.searchsorted(self.begins, start, side="right") - 1
        begin = self.begins[number]
        return pd.DataFrame({"chrom": self.chroms[number], "start": start - begin, "end": end - begin})

    def gaps(self):
        """Start and end of what is no chromosome: before, between and behind them, each ``width`` long."""
        starts = np.append(self.begins - self.width, self.begins[-1] + self.lengths[-1])
        return starts, starts + self.width


class Peaks(NamedTuple):
    """Peaks of one file on an :class:`Axis`, sorted by their start: arrays of one length."""

    start: np.ndarray
    end: np.ndarray
    summit: np.ndarray
    score: np.ndarray


def read_files(samples, paths, chromosomes, width, sizes, genome):
    """Read all files of peaks, and sort out what is on the chromosomes of the regions.

    A peak that reaches beyond the end of its chromosome is cut there, with its summit; one that begins there is left
    out.

    Parameters
    ----------
    samples : sequence
        Rows of the sample sheet, as from :func:`cam.setup.own_data.read_samples`.
    paths : sequence of str or Path
        The file of each; see :func:`cam.sources.peak_files.read_peaks`.
    chromosomes : str or sequence of str
        See :func:`cam.data.chromosomes.choose`.
    width : int
        Of the regions, in bp.
    sizes : dict of str to int
        Length of every chromosome of the genome, in bp.
    genome : str or Path
        What to call the genome in an error message.

    Returns
    -------
    axis : Axis
        Of the chosen chromosomes.
    files : list of Peaks
        Those of each sample.
    counts : pandas.DataFrame
        A row per sample: ``target biosample file``, what :func:`cam.sources.peak_files.read_peaks` counts,
        ``lost_other_chromosomes`` (``regions.chromosomes``), ``lost_unknown_chromosomes`` (those that the genome
        lacks), ``lost_beyond_end`` (of the chromosome), ``used``, and of these ``cut_at_end`` and ``near_end``, whose
        summit has no room for a window around it.

    Raises
    ------
    InputError
        If a file is not as expected, does not agree with the genome on what chromosomes are called, or has no peak
        left.
    """
    axis = Axis(choose(sizes, chromosomes, genome), sizes, width)
    files, rows = [], []
    for sample, path in zip(samples, paths, strict=True):
        peaks, counts = read_peaks(path, sample.min_score, sample.top)
        expect_agreement(peaks["chrom"].cat.categories, sizes, path, genome)
        on_axis, elsewhere = sort_out(peaks["chrom"], axis.chroms, chromosomes, sizes)
        peaks = peaks[on_axis]
        if peaks.empty:
            raise InputError(f"{path}: found no peak on the chromosomes {listed(axis.chroms)} (regions.chromosomes)")
        number = axis.numbers(peaks["chrom"])
        length = axis.lengths[number]
        start, end, summit, score = (peaks[name].to_numpy() for name in ("start", "end", "summit", "score"))
        inside = start < length
        if not inside.any():
            raise InputError(
                f"{path}: found all {len(peaks)} peaks beyond the ends of their chromosomes in {genome}, expected "
                "peaks and genome of the same assembly"
            )
        left = np.minimum(summit, length - 1) - width // 2
        rows.append({
            "target": sample.target,
            "biosample": sample.biosample,
            "file": sample.path,
            **counts,
            "lost_other_chromosomes": int(elsewhere["regions"][0]),
            "lost_unknown_chromosomes": int(elsewhere["regions"][1]),
            "lost_beyond_end": int((~inside).sum()),
            "used": int(inside.sum()),
            "cut_at_end": int((inside & (end > length)).sum()),
            "near_end": int((inside & ((left < 0) | (left + width > length))).sum()),
        })  # fmt: skip
        order = np.flatnonzero(inside)[np.argsort((axis.begins[number] + start)[inside], kind="stable")]
        begin, last = axis.begins[number][order], length[order]
        files.append(
            Peaks(
                begin + start[order],
                begin + np.minimum(end[order], last),
                begin + np.minimum(summit[order], last - 1),
                score[order].astype(np.float32),
            )
        )
    return axis, files, pd.DataFrame(rows)


def label_peaks(regions, opened, samples, files, targets, axis, consensus=1, where="source.samples"):
    """Label regions by the peaks of every target.

    Where open regions are given by biosample, peaks speak only for the regions that are open in theirs. These are
    labelled biosample by biosample, and a region's label is the maximum over biosamples: 1 if it is 1 in any, else 0 if
    it is 0 in any, else missing.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``: sorted, all of one width, on the axis.
    opened : dict of str to numpy.ndarray of bool, shape (n_regions,)
        Which regions are open in each biosample of the samples; or, of :data:`ANY` alone, in all.
    samples, files, axis
        See :func:`read_files`.
    targets : sequence of str
    consensus : int
        In how many files of a target (and of a biosample) a region has a summit, for it to be bound.
    where : str or Path
        What to call the table of samples in an error message.

    Returns
    -------
    numpy.ndarray of int8, shape (n_regions, n_targets)
        1, 0 or :data:`MISSING`.

    Raises
    ------
    InputError
        If there are fewer files than the consensus needs.
    """
    starts = axis.places(regions["chrom"], regions["start"])
    labels = np.full((len(regions), len(targets)), MISSING, dtype=np.int8, order="F")
    for target, column in zip(targets, labels.T, strict=True):
        for biosample, members in _by_biosample(target, ANY in opened, samples, files, consensus, where).items():
            summits, touched = np.zeros(len(starts), dtype=np.int16), np.zeros(len(starts), dtype=bool)
            for peaks in members:
                summits += _marked(*_overlapped(starts, peaks.summit, peaks.summit + 1, axis.width), len(starts))
                touched |= _marked(*_overlapped(starts, peaks.start, peaks.end, axis.width), len(starts))
            here = np.where(summits >= consensus, 1, np.where(touched, MISSING, 0))
            np.maximum(column, np.where(opened[biosample], here, MISSING), out=column, casting="unsafe")
    return labels


def _by_biosample(target, agnostic, samples, files, consensus, where):
    """The files of a target, by the biosample whose open regions they speak for."""
    found, name = {}, target
    for sample, peaks in zip(samples, files, strict=True):
        if sample.target == target:
            found.setdefault(ANY if agnostic else sample.biosample, []).append(peaks)
            name = sample.name
    for biosample, members in found.items():
        if len(members) < consensus:
            told = f" in the biosample '{biosample}'" if biosample else ""
            raise InputError(
                f"{where}: found {len(members)} of at least {consensus} files of the target '{name}'{told}, which "
                f"source.consensus: {consensus} needs; add replicates, or lower it"
            )
    return found


def share_inside(regions, opened, samples, files, axis):
    """Of the peaks of each file, the share with a summit in a region that is open in its biosample.

    Parameters
    ----------
    regions, opened, samples, files, axis
        See :func:`label_peaks`.

    Returns
    -------
    numpy.ndarray of float, shape (n_files,)
    """
    starts = axis.places(regions["chrom"], regions["start"])
    n_before = {name: np.append(0, np.cumsum(is_open)) for name, is_open in opened.items()}
    shares = []
    for sample, peaks in zip(samples, files, strict=True):
        first, last = _overlapped(starts, peaks.summit, peaks.summit + 1, axis.width)
        n_open = n_before[ANY if ANY in opened else sample.biosample]
        shares.append((n_open[last] > n_open[first]).mean())
    return np.array(shares)


def _overlapped(starts, begin, end, width):
    """First and last (exclusive) of the windows that overlap each interval, given where they start, sorted."""
    return np.searchsorted(starts, begin - width, side="right"), np.searchsorted(starts, end, side="left")


def _marked(first, last, n):
    """Which of n things are in any of some ranges of them."""
    return np.cumsum(np.bincount(first, minlength=n + 1) - np.bincount(last, minlength=n + 1))[:n] > 0


def open_candidates(beds, chromosomes, overlapping, blacklist, axis, sizes, genome):
    """Windows around the centres of open regions.

    Parameters
    ----------
    beds : dict of str to (str or Path)
        The BED file of the regions that are open in each biosample, or of :data:`ANY` alone.
    chromosomes
        What those of the axis were chosen by.
    overlapping : {"keep", "first", "merge"}
        See :func:`cam.data.intervals.resolve_overlaps`.
    blacklist : pandas.DataFrame
        ``chrom start end``; regions that overlap it are left out.
    axis : Axis
    sizes : dict of str to int
        Length of every chromosome, in bp.
    genome : str or Path
        A FASTA file.

    Returns
    -------
    candidates : pandas.DataFrame
        ``chrom start end name gc repeats copies``, sorted.
    opened : dict of str to numpy.ndarray of bool, shape (n_candidates,)
        Which of them are open in each biosample.
    steps : pandas.DataFrame
        ``step regions``: how many open regions were left out, and why.

    Raises
    ------
    InputError
        If a file is not as expected, does not agree with the genome on what chromosomes are called, or has no region
        left.
    """
    flags, found, steps = {name: f"open in {name}" for name in beds}, [], []
    for name, path in beds.items():
        intervals, elsewhere = on_chromosomes(read_bed(path), axis.chroms, chromosomes, sizes, path, genome)
        found.append(intervals.assign(**{flag: other == name for other, flag in flags.items()}))
        steps.append(elsewhere)
    candidates, left_out = usable_windows(pd.concat(found), axis.width, overlapping, sizes, genome, blacklist)
    opened = {name: candidates.pop(flag).to_numpy() for name, flag in flags.items()}
    return candidates, opened, pd.concat([*steps, left_out]).groupby("step", sort=False).sum().reset_index()


def peak_candidates(files, overlapping, blacklist, axis, sizes, genome, ratio, seed, match_repeats=False):
    """Windows around the summits of all peaks, and windows of the genome outside them with the same GC content.

    File by file, a summit gets a window unless one of an earlier file is within a quarter of a window of it.

    Parameters
    ----------
    files : sequence of Peaks
    overlapping, blacklist, axis, sizes, genome
        See :func:`open_candidates`.
    ratio : float
        How many windows outside peaks there are to be for each around a summit, with its GC content as far as there
        are enough; 0 for none.
    seed : int
        Of the windows outside peaks, which are drawn at random.
    match_repeats : bool
        Whether these have as many repeats, too.

    Returns
    -------
    candidates, opened, steps
        As from :func:`open_candidates`; all are open in :data:`ANY`.
    """
    rng, sites = np.random.default_rng(seed), np.array([], dtype=np.int64)
    for peaks in files:
        summits = np.unique(peaks.summit)
        sites = np.sort(np.concatenate([sites, summits[_distance(summits, sites) > axis.width // 4]]), kind="stable")
    summits = axis.intervals(sites, sites + 1)
    around, steps = usable_windows(summits, axis.width, overlapping, sizes, genome, blacklist)
    pool = _outside(files, sites, axis, min(round(_POOL * ratio * len(around)), _MOST_DRAWN), rng)
    both = pd.concat([around[INTERVAL].assign(around=True), pool.assign(around=False)])
    candidates, _ = usable_windows(both, axis.width, "keep", sizes, genome, blacklist)
    is_around = candidates.pop("around").to_numpy()
    repeats = candidates["repeats"].to_numpy() if match_repeats else None
    chosen = match_composition(candidates["gc"].to_numpy(), is_around, ratio, rng, repeats)
    candidates = candidates[is_around | chosen].reset_index(drop=True)
    matched = "GC content and repeats" if match_repeats else "GC content"
    added = pd.DataFrame({"step": [f"added: windows outside all peaks, matched in {matched}"], "regions": chosen.sum()})
    return candidates, {ANY: np.ones(len(candidates), dtype=bool)}, pd.concat([steps, added], ignore_index=True)


def _distance(places, others):
    """How far each place is from the nearest of others, which are sorted."""
    if not len(others):
        return np.full(len(places), np.inf)
    return np.abs(places - others[nearest_of(places, others)])


def nearest_of(places, others):
    """Which of others, which are sorted, is nearest to each place; of two, the first: int64, shape (n,)."""
    after = np.minimum(np.searchsorted(others, places), len(others) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(places - others[before] <= np.abs(others[after] - places), before, after)


def merged(start, end):
    """Join intervals that overlap or touch: start and end of those that result, sorted."""
    order = np.argsort(start, kind="stable")
    start, reach = start[order], np.maximum.accumulate(end[order])
    first = np.flatnonzero(np.append(True, start[1:] > reach[:-1]))
    return start[first], reach[np.append(first[1:], len(start)) - 1]


def _outside(files, sites, axis, n, rng):
    """Draw windows that touch no peak, no window around a site and no other; at most n: ``chrom start end``."""
    around = sites - axis.width // 2, sites - axis.width // 2 + axis.width
    taken = [around, axis.gaps(), *((peaks.start, peaks.end) for peaks in files)]
    taken_start, taken_end = merged(*(np.concatenate(edges) for edges in zip(*taken, strict=True)))
    room = np.maximum(taken_start[1:] - taken_end[:-1] - axis.width + 1, 0)  # places where a window may start
    before = np.append(0, np.cumsum(room))
    drawn = np.unique(rng.integers(before[-1], size=n)) if before[-1] else np.array([], dtype=np.int64)
    space = np.searchsorted(before, drawn, side="right") - 1
    starts = taken_end[space] + drawn - before[space]
    return resolve_overlaps(axis.intervals(starts, starts + axis.width), "first")


def write_candidates(path, candidates, labels, targets):
    """Write candidates and their labels, one letter each, as :func:`cam.io.tables.write_table` does, but fast.

    Parameters
    ----------
    path : str or Path
    candidates : pandas.DataFrame
    labels : numpy.ndarray of int8, shape (n_candidates, n_targets)
        As from :func:`label_peaks`.
    targets : sequence of str
    """
    with write_text(path) as text:
        text.write("\t".join([*candidates.columns, *targets]) + "\n")
        for first in range(0, len(candidates), _AT_ONCE):
            some, known = candidates[first : first + _AT_ONCE], labels[first : first + _AT_ONCE]
            rows = some.to_csv(sep="\t", header=False, index=False, float_format="%.6g", lineterminator="\n")
            letters = np.full((len(known), len(targets), 2), ord("\t"), dtype=np.uint8)  # a tab before each
            letters[:, :, 1] = np.where(known == MISSING, 0, known + ord("0"))
            ended = np.pad(letters.reshape(len(known), -1), ((0, 0), (0, 1)), constant_values=ord("\n"))
            fields = ended[ended > 0].tobytes().decode().split("\n")[:-1]
            text.writelines(f"{row}{label}\n" for row, label in zip(rows.splitlines(), fields, strict=True))
