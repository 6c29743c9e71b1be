"""A look at files of peaks, and an experiment for them."""

import hashlib
from itertools import combinations

import numpy as np
import pandas as pd

from ..bases import encode
from ..data.chromosomes import choose
from ..data.sequences import gc_content
from ..sources.bed import read_bed
from ..sources.peak_files import read_peaks
from .choices import WIDTHS, Choice, choose_cam, choose_genome, choose_split, choose_width
from .findings import FEW, Findings, auroc, few, percent, several

_BIN = 200  # bp: files are compared by the bins of the genome that their peaks touch
_MOST_BINS = 50_000  # that are compared; of more, so many drawn at random
_ONE_CHROMOSOME = 2**23  # bins, more than any has
_APART, _SAME = 0.1, 0.9  # Jaccard index of replicates below, and of targets above which it is said
_SAMPLED = 1000  # windows whose GC content is looked at
_FEWEST = 10  # of them that it takes
_GC = 0.8  # AUROC of GC content from which on it is said
_UNKNOWN = 0.05  # share of N above which a window is passed over
_INSIDE = 0.5  # share of the summits in open regions below which it is said
_ODD = {  # what is said of files, with a number each
    "same": "the same peaks are in {files}",
    "few": f"fewer than {FEW} peaks are in {{files}}: too few to learn a motif from, unless other targets share it",
    "no summit": "peaks without a summit are in {files}: the middle stands for it, which blurs where the motif is",
    "one width": "all peaks have one width in {files}, so they were resized before: what was cut or merged is not seen",
    "one score": "all scores are the same in {files}, so that they cannot be ranked (min_score, top)",
    "beyond": "peaks end beyond their chromosomes of {genome} in {files}: is it the same assembly?",
}


def look(samples, genome, opened=(), width=None):
    """Look at files of peaks.

    Parameters
    ----------
    samples : sequence of cam.setup.own_data.Sample
        Those whose path is an address are not looked at.
    genome : cam.commands.genome.Genome
    opened : sequence of str
        BED files of open regions.
    width : int, optional
        Of the regions, in bp, where it is chosen.

    Returns
    -------
    Findings

    Raises
    ------
    InputError
        If a file is not as its reader expects it.
    """
    found = Findings(["file", "target", "format", "peaks", "width", "score"])
    files = found.local(samples)
    bins, summits, digests, number_of, odd, clashes = [], [], {}, {}, {}, []
    for sample in files:
        peaks, counts = read_peaks(sample.path, sample.min_score, sample.top)
        chroms, codes = peaks["chrom"].cat.categories, peaks["chrom"].cat.codes.to_numpy()
        start, end = peaks["start"].to_numpy(), peaks["end"].to_numpy()
        median, score = f"{np.median(end - start):g} bp", counts["score"] or "none"
        found.rows.append((sample.path, sample.name, counts["format"], len(peaks), median, score))
        found.widths.append((end - start).astype(np.int32))
        of_target = found.counts.setdefault(sample.name, {})
        for chrom, n in zip(chroms, np.bincount(codes, minlength=len(chroms)).tolist(), strict=True):
            of_target[chrom] = of_target.get(chrom, 0) + n
        for what, number in _oddities(peaks, counts, genome).items():
            odd.setdefault(what, []).append((sample.path, number))
        first = digests.setdefault(_digest(chroms, codes, start, end), sample.path)
        if first != sample.path:
            odd.setdefault("same", []).append((f"{first} and {sample.path}", len(peaks)))
        clashes += filter(None, [genome.clash(chroms, sample.path)])
        begins = np.array([number_of.setdefault(chrom, len(number_of)) for chrom in chroms]) * _ONE_CHROMOSOME
        bins.append(_bins(begins[codes], start, end))
        summits.append(peaks[["chrom", "summit"]].sample(min(len(peaks), _SAMPLED), random_state=1))
    for what, sentence in _ODD.items():
        if what in odd:
            found.warn(sentence.format(files=several(*zip(*odd[what], strict=True)), genome=genome.name))
    if clashes:
        found.warn(clashes[0] + f" (so do {len(clashes) - 1} more files)" * (len(clashes) > 1))
    if files:
        _compare(found, files, _touched(bins))
        summits = pd.concat(summits).sample(frac=1, random_state=1)
        if opened:
            _look_at_open(found, opened, summits)
        if genome.fetch:
            _look_at_gc(found, summits, genome, opened, width or WIDTHS[0])
    found.note(genome.unseen)
    found.note(few(sum(map(len, found.widths)), "peaks"))
    return found


def _oddities(peaks, counts, genome):
    """What looks wrong in a file by itself, as in :data:`_ODD`, each with its number."""
    n, widths, scores = len(peaks), peaks["end"] - peaks["start"], peaks["score"]
    odd = {}
    if n < FEW:
        odd["few"] = n
    if counts["format"] != "summits":
        if counts["without_summit"]:
            odd["no summit"] = counts["without_summit"]
        if n > 1 and widths.min() == widths.max():
            odd["one width"] = f"{widths[0]} bp"
    if n > 1 and scores.min() == scores.max():
        odd["one score"] = f"{scores[0]:g}"
    if genome.sizes:
        beyond = int((peaks["end"] > peaks["chrom"].map(genome.sizes).astype(float)).sum())
        if beyond:
            odd["beyond"] = beyond
    return odd


def _digest(chroms, *columns):
    digest = hashlib.blake2b(" ".join(chroms).encode())
    for column in columns:
        digest.update(np.ascontiguousarray(column))
    return digest.digest()


def _bins(begins, starts, ends):
    """The bins that intervals touch, each once, given where their chromosomes begin: int64."""
    first, last = starts // _BIN, (ends - 1) // _BIN
    n = last - first + 1
    within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    return pd.unique(np.repeat(begins + first, n) + within)


def _touched(bins):
    """Which files touch which bins; float32, shape (n_files, n_bins)."""
    every = pd.unique(np.concatenate(bins))
    if len(every) > _MOST_BINS:
        every = np.random.default_rng(1).choice(every, _MOST_BINS, replace=False)
    return np.stack([np.isin(every, some, assume_unique=True) for some in bins]).astype(np.float32)


def _jaccard(touched):
    """Bins that two rows both touch, as a share of those that either touches; shape (n, n)."""
    both = touched @ touched.T
    either = np.diag(both)[:, None] + np.diag(both) - both
    return both / np.maximum(either, 1)


def _compare(found, files, touched):
    """Replicates that hardly overlap, and targets that are nearly the same."""
    index, targets = _jaccard(touched), list(found.counts)
    members = {target: [n for n, sample in enumerate(files) if sample.name == target] for target in targets}
    for target, numbers in members.items():
        pairs = [(index[pair], pair) for pair in combinations(numbers, 2)]
        if pairs and min(pairs)[0] < _APART:
            low, (one, other) = min(pairs)
            found.warn(
                f"{files[one].path} and {files[other].path}, replicates of {target}, hardly overlap (Jaccard index "
                f"{low:.2f}): are they of the same target?"
            )
    if len(targets) > 1:
        index = _jaccard(np.stack([touched[numbers].max(axis=0) for numbers in members.values()]))
        alike = [(one, other) for one, other in combinations(range(len(targets)), 2) if index[one, other] > _SAME]
        if alike:
            pairs = [f"{targets[one]} and {targets[other]}" for one, other in alike]
            indices = [f"Jaccard index {index[pair]:.2f}" for pair in alike]
            found.warn(
                f"the peaks are nearly the same of {several(pairs, indices)}: no model can tell these targets apart"
            )


def _look_at_open(found, opened, summits):
    """Whether summits are in open regions, which all candidates are."""
    regions = pd.concat([read_bed(path) for path in opened])
    inside = np.zeros(len(summits), dtype=bool)
    places = summits["summit"].to_numpy()
    for chrom, some in regions.groupby("chrom"):
        some = some.sort_values("start")
        reach = np.append(0, some["end"].cummax())
        here = (summits["chrom"] == chrom).to_numpy()
        inside[here] = places[here] < reach[np.searchsorted(some["start"], places[here], side="right")]
    share = inside.mean()
    found.notes.append(f"{percent(share)} of the summits are in open regions")
    if share < _INSIDE:
        found.warn(
            f"only {percent(share)} of the summits are in the open regions of {several(opened)}; others are not used"
        )


def _look_at_gc(found, summits, genome, opened, width):
    """Whether the GC content of peaks is far from that of open regions, or of the genome."""
    rng = np.random.default_rng(1)
    if opened:
        others = pd.concat([read_bed(path) for path in opened])
        others = pd.DataFrame({"chrom": others["chrom"], "summit": (others["start"] + others["end"]) // 2})
        others = others.sample(min(len(others), _SAMPLED), random_state=1)
    else:
        chroms = choose(genome.names, "assembled")
        ends = np.cumsum([genome.sizes[chrom] for chrom in chroms])
        drawn = rng.integers(ends[-1], size=_SAMPLED)
        number = np.searchsorted(ends, drawn, side="right")
        starts = ends - [genome.sizes[chrom] for chrom in chroms]
        others = pd.DataFrame({"chrom": np.array(chroms, dtype=object)[number], "summit": drawn - starts[number]})
    ours, theirs = (_gc(some.iloc[:_SAMPLED], genome, width) for some in (summits, others))
    if len(ours) < _FEWEST or len(theirs) < _FEWEST:
        return
    what = "of open regions" if opened else "of the genome"
    here, there = percent(ours.mean(), 0), percent(theirs.mean(), 0)
    found.notes.append(f"the GC content around summits is {here}, {what} {there}")
    if max(area := auroc(ours, theirs), 1 - area) > _GC:
        found.warn(
            f"the GC content around summits ({here}) is far from that {what} ({there}; it "
            f"alone tells them apart with an AUROC of {max(area, 1 - area):.2f}): unbound regions are matched to it "
            "as far as there are enough, so look at the report's figure of GC content"
        )


def _gc(places, genome, width):
    """GC content of windows around places that are wholly on their chromosomes, and known."""
    texts = []
    for chrom, place in places.itertuples(index=False):
        start = place - width // 2
        if start >= 0 and start + width <= genome.sizes.get(chrom, 0):
            texts.append(genome.fetch(chrom, int(start), int(start) + width).upper())
    texts = [text for text in texts if len(text) == width and text.count("N") <= _UNKNOWN * width]
    texts = [text for text in texts if not text.strip("ACGTN")]
    return gc_content(encode(texts)) if texts else np.array([])


# --- An experiment ----------------------------------------------------------------------------------------------------


def choose_experiment(found, samples, genome, opened):
    """What to write of an experiment on peaks.

    Parameters
    ----------
    found : Findings
    samples : sequence of cam.setup.own_data.Sample
    genome : str
    opened : str or None

    Returns
    -------
    list of Choice
        All below ``source`` but its ``kind`` and ``samples``, and ``regions`` and ``split``.
    """
    genome, taxon = choose_genome(genome)
    choices = [genome]
    if opened:
        choices.append(Choice("source.open", opened, "candidates are windows around the centres of these regions"))
    if len(found.counts) < len(samples):
        why = "a region is bound where any replicate has a summit; 2: where two have"
        choices.append(Choice("source.consensus", 1, why))
    width = choose_width(np.concatenate(found.widths), "peaks")
    n = 2 * sum(sum(of.values()) for of in found.counts.values())  # as many are unbound as are bound
    cam = choose_cam(n, width.value, "regions") if len(found.counts) == 1 else []
    return [*choices, width, *choose_split(found.counts, "peaks"), *cam, *taxon]
