"""Own peaks become the labels that counting base by base gives, and those of the published matrix."""

import random
from collections import namedtuple

import numpy as np
import pandas as pd
import pytest
from cam.data.composition import bins_of_gc, bins_of_repeats
from cam.data.intervals import INTERVAL
from cam.data.peaks import (
    ANY,
    MISSING,
    Axis,
    label_peaks,
    merged,
    open_candidates,
    peak_candidates,
    read_files,
    share_inside,
    write_candidates,
)
from cam.data.sequences import chromosome_sizes
from cam.errors import InputError
from cam.io.tables import read_table, write_table
from cam.setup.own_data import Sample
from cam.setup.tf_index import read_index
from cam.sources.published_matrix import read_columns, read_regions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SIZES = {"chr2": 90, "chr10": 60, "chrX": 40, "chrM": 50}
CHOSEN = {name: size for name, size in SIZES.items() if name != "chrM"}
WIDTH = 10
TARGETS = ["A", "b"]
BIOSAMPLES = ["s", "t"]
NO_BLACKLIST = pd.DataFrame({"chrom": [], "start": [], "end": []}).astype({"start": int, "end": int})
Peak = namedtuple("Peak", "chrom start end summit")


def write_genome(path, sizes=SIZES, seed=1):
    bases = random.Random(seed)
    path.write_text("".join(f">{chrom}\n{''.join(bases.choices('ACGT', k=size))}\n" for chrom, size in sizes.items()))
    return path


def write_peaks(path, peaks):
    """As narrowPeak, whose summits are there or, where they are in the middle, left to the reader."""
    rows = []
    for number, peak in enumerate(peaks):
        offset = -1 if peak.summit == (peak.start + peak.end) // 2 else peak.summit - peak.start
        rows.append(f"{peak.chrom}\t{peak.start}\t{peak.end}\t.\t0\t.\t{number}\t-1\t-1\t{offset}\n")
    path.write_text("".join(rows))
    return str(path)


def write_bed(path, intervals):
    path.write_text("".join(f"{chrom}\t{start}\t{end}\n" for chrom, start, end in intervals))
    return path


def built(folder, sheet, beds=None, consensus=1, ratio=3, overlapping="keep", blacklist=NO_BLACKLIST, seed=1):
    """What the script makes of ``(target, biosample, peaks)``: candidates, labels of each, and all else."""
    genome = write_genome(folder / "genome.fa")
    samples = [
        Sample(line, target, target, write_peaks(folder / f"{line}.bed", peaks), biosample)
        for line, (target, biosample, peaks) in enumerate(sheet, 2)
    ]
    sizes = chromosome_sizes(genome)
    paths = [sample.path for sample in samples]
    axis, files, counts = read_files(samples, paths, "assembled", WIDTH, sizes, genome)
    if beds:
        beds = {name: write_bed(folder / f"open{name}.bed", intervals) for name, intervals in beds.items()}
        found = open_candidates(beds, "assembled", overlapping, blacklist, axis, sizes, genome)
    else:
        found = peak_candidates(files, overlapping, blacklist, axis, sizes, genome, ratio, seed)
    candidates, opened, steps = found
    labels = label_peaks(candidates, opened, samples, files, TARGETS, axis, consensus, "sheet.tsv")
    inside = share_inside(candidates, opened, samples, files, axis)
    return candidates, opened, labels, steps, counts, inside


def places(candidates):
    return list(candidates[INTERVAL].itertuples(index=False, name=None))


# Brute force: an interval is a set of bases, and everything is compared with everything.


def bases(chrom, start, end):
    return {(chrom, position) for position in range(start, end)}


def on_chromosomes(peaks):
    """Those on the chosen chromosomes, cut at their ends."""
    return [
        Peak(chrom, start, min(end, CHOSEN[chrom]), min(summit, CHOSEN[chrom] - 1))
        for chrom, start, end, summit in peaks
        if start < CHOSEN.get(chrom, 0)
    ]


def brute_label(region, files, consensus):
    """Of the files of one target."""
    files = [on_chromosomes(peaks) for peaks in files]
    with_summit = sum(any((p.chrom, p.summit) in bases(*region) for p in peaks) for peaks in files)
    if with_summit >= consensus:
        return 1
    touched = any(bases(*region) & bases(p.chrom, p.start, p.end) for peaks in files for p in peaks)
    return MISSING if touched else 0


def brute_windows(intervals):
    found = set()
    for chrom, start, end in intervals:
        left = (start + end) // 2 - WIDTH // 2
        if left >= 0 and left + WIDTH <= CHOSEN.get(chrom, 0):
            found.add((chrom, left, left + WIDTH))
    return sorted(found)


def brute_sites(files):
    """Where windows go without open regions: where there is none of an earlier file within a quarter of a window."""
    sites = []
    for peaks in files:
        earlier = list(sites)
        for peak in on_chromosomes(peaks):
            near = [chrom == peak.chrom and abs(at - peak.summit) <= WIDTH // 4 for chrom, at in earlier]
            if not any(near) and (peak.chrom, peak.summit) not in sites:
                sites.append((peak.chrom, peak.summit))
    return sites


@st.composite
def intervals(draw, longest=30, beyond=0):
    chrom = draw(st.sampled_from(sorted(SIZES)))
    start = draw(st.integers(0, SIZES[chrom] - 1 + beyond))
    return chrom, start, draw(st.integers(start + 1, start + longest))


@st.composite
def peaks(draw):
    chrom, start, end = draw(intervals(longest=25, beyond=4))
    return Peak(chrom, start, end, draw(st.integers(start, end - 1)))


def files_of(n):
    """At least one peak of each file is where regions may be."""
    some = st.lists(peaks(), max_size=8)
    sure = st.tuples(st.sampled_from(sorted(CHOSEN)), st.integers(5, 30)).map(lambda p: Peak(*p, p[1] + 3, p[1] + 1))
    file = st.tuples(st.sampled_from(TARGETS), st.sampled_from(BIOSAMPLES), some, sure)
    return st.lists(file.map(lambda f: (f[0], f[1], [*f[2], f[3]])), min_size=1, max_size=n)


some_open = st.lists(intervals(), max_size=8).map(lambda rows: [*rows, ("chr2", 20, 50)])
many = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many
@given(files_of(6), some_open, st.integers(1, 3))
def test_labels_of_open_regions_by_brute_force(tmp_path_factory, sheet, regions, consensus):
    sheet += [(target, "s", [Peak("chrX", 5, 15, 9)]) for target in TARGETS for _ in range(consensus)]
    candidates, _, labels, _, counts, inside = built(tmp_path_factory.mktemp("peaks"), sheet, {ANY: regions}, consensus)
    assert places(candidates) == brute_windows(regions)
    assert labels.tolist() == [
        [brute_label(region, [f for name, _, f in sheet if name == target], consensus) for target in TARGETS]
        for region in places(candidates)
    ]
    covered = set().union(*(bases(*region) for region in places(candidates)))
    for (_, _, file), row, share in zip(sheet, counts.to_dict("records"), inside, strict=True):
        used = on_chromosomes(file)
        assert share == np.mean([(peak.chrom, peak.summit) in covered for peak in used])
        assert (row["read"], row["used"]) == (len(file), len(used))
        assert row["lost_other_chromosomes"] == sum(peak.chrom == "chrM" for peak in file)
        assert row["lost_beyond_end"] == sum(peak.start >= CHOSEN.get(peak.chrom, 99) for peak in file)
        assert row["cut_at_end"] == sum(p.start < CHOSEN.get(p.chrom, 0) < p.end for p in file)
        assert row["near_end"] == len(used) - sum(len(brute_windows([(p.chrom, p.summit, p.summit)])) for p in used)


@many
@given(files_of(5), some_open, some_open, st.integers(1, 2))
def test_labels_by_biosample_by_brute_force(tmp_path_factory, sheet, in_s, in_t, consensus):
    sheet += [
        (target, biosample, [Peak("chrX", 5, 15, 9)])
        for target, biosample in {(target, biosample) for target, biosample, _ in sheet} | {("A", "s"), ("b", "t")}
        for _ in range(consensus)
    ]
    beds = {"s": in_s, "t": in_t}
    candidates, opened, labels, *_ = built(tmp_path_factory.mktemp("peaks"), sheet, beds, consensus)
    assert places(candidates) == sorted(set(brute_windows(in_s)) | set(brute_windows(in_t)))
    expected = []
    for region, in_biosample in zip(places(candidates), zip(*opened.values(), strict=True), strict=True):
        assert list(in_biosample) == [region in brute_windows(beds[name]) for name in opened]
        expected.append([])
        for target in TARGETS:
            seen = [MISSING]
            for biosample in (name for name, is_open in zip(opened, in_biosample, strict=True) if is_open):
                files = [file for name, sample, file in sheet if (name, sample) == (target, biosample)]
                seen += [brute_label(region, files, consensus)] if files else []
            expected[-1].append(1 if 1 in seen else 0 if 0 in seen else MISSING)
    assert labels.tolist() == expected


@many
@given(files_of(4), st.integers(0, 3), st.integers(0, 5))
def test_candidates_around_summits_by_brute_force(tmp_path_factory, sheet, ratio, seed):
    folder = tmp_path_factory.mktemp("peaks")
    sheet += [(target, "s", [Peak("chr2", 40, 45, 42)]) for target in TARGETS]
    candidates, opened, labels, steps, *_ = built(folder, sheet, ratio=ratio, seed=seed)
    files = [file for _, _, file in sheet]
    sites = [(chrom, at, at + 1) for chrom, at in brute_sites(files)]
    around, found = brute_windows(sites), places(candidates)
    assert set(around) <= set(found) and found == sorted(set(found))
    outside = [region for region in found if region not in around]
    assert len(outside) <= ratio * len(around)
    # Windows outside peaks touch none, nor a window around a summit, nor one another.
    taken = set()
    for file in files:
        taken |= set().union(*(bases(p.chrom, p.start, p.end) for p in on_chromosomes(file)))
    for chrom, start, _ in sites:
        taken |= bases(chrom, start - WIDTH // 2, start - WIDTH // 2 + WIDTH)
    for region in outside:
        assert not bases(*region) & taken and region[1] >= 0 and region[2] <= CHOSEN[region[0]]
        taken |= bases(*region)
    assert labels.tolist() == [
        [brute_label(region, [f for name, _, f in sheet if name == target], 1) for target in TARGETS]
        for region in found
    ]
    assert opened[ANY].all() and opened[ANY].shape == (len(found),)
    assert steps.iloc[-1].tolist() == ["added: windows outside all peaks, matched in GC content", len(outside)]
    assert steps["regions"][0] == len(sites) - len(around)
    again = built(folder, sheet, ratio=ratio, seed=seed)
    pd.testing.assert_frame_equal(again[0], candidates)


def test_windows_outside_peaks_have_the_gc_content_of_those_around_summits(tmp_path):
    """The chromosome is poor in GC but for islands; peaks are on islands, and half of the islands have none."""
    rng = np.random.default_rng(1)
    letters = rng.choice(list("ATCG"), size=400_000, p=[0.4, 0.4, 0.1, 0.1])
    islands = np.arange(1000, 399_000, 2000)
    for start in islands:
        letters[start : start + 400] = rng.choice(list("ATCG"), size=400, p=[0.2, 0.2, 0.3, 0.3])
    genome = tmp_path / "genome.fa"
    genome.write_text(f">chr1\n{''.join(letters)}\n")
    peaks = [Peak("chr1", start + 50, start + 350, start + 200) for start in islands[::2].tolist()]
    samples = [Sample(2, "A", "A", write_peaks(tmp_path / "a.bed", peaks))]
    sizes = chromosome_sizes(genome)
    axis, files, _ = read_files(samples, [samples[0].path], "assembled", 100, sizes, genome)
    candidates, opened, _ = peak_candidates(files, "keep", NO_BLACKLIST, axis, sizes, genome, 1, 1)
    bound = label_peaks(candidates, opened, samples, files, ["A"], axis)[:, 0] == 1
    assert bound.sum() == 100
    gc = candidates["gc"].to_numpy()
    assert 40 < (~bound).sum() <= 100
    assert abs(gc[bound].mean() - gc[~bound].mean()) < 0.06 < gc[bound].mean() - 0.3
    none = peak_candidates(files, "keep", NO_BLACKLIST, axis, sizes, genome, 0, 1)[0]
    assert len(none) == 100


@pytest.mark.parametrize("match_repeats", [True, False])
def test_windows_outside_peaks_have_the_repeats_of_those_around_summits(tmp_path, match_repeats):
    """Half of the genome is in lower case, which most peaks avoid; GC content is the same in both."""
    rng = np.random.default_rng(1)
    letters = np.frombuffer("".join(rng.choice(list("ACGT"), size=600_000)).encode(), dtype=np.uint8).reshape(-1, 600)
    masked = rng.random(len(letters)) < 0.5
    genome = tmp_path / "genome.fa"
    letters = np.where(masked[:, None], letters + 32, letters).astype(np.uint8)
    genome.write_text(f">chr1\n{letters.tobytes().decode()}\n")
    stretches = np.concatenate([np.flatnonzero(~masked)[:130], np.flatnonzero(masked)[:20]])
    peaks = [
        Peak("chr1", 600 * s + 200, 600 * s + 400, 600 * s + at)
        for s, at in zip(stretches, rng.integers(200, 400, 150), strict=True)
    ]
    samples = [Sample(2, "A", "A", write_peaks(tmp_path / "a.bed", peaks))]
    sizes = chromosome_sizes(genome)
    axis, files, _ = read_files(samples, [samples[0].path], "assembled", 100, sizes, genome)
    candidates, _, steps = peak_candidates(files, "keep", NO_BLACKLIST, axis, sizes, genome, 1, 1, match_repeats)
    bound = label_peaks(candidates, {ANY: np.ones(len(candidates), bool)}, samples, files, ["A"], axis)[:, 0] == 1
    repeats, gc = candidates["repeats"].to_numpy(), candidates["gc"].to_numpy()
    assert bound.sum() == 150 and 0.1 < repeats[bound].mean() < 0.2 and 130 <= (~bound).sum() <= 150
    cells = [
        np.histogram2d(bins_of_gc(gc[of]), bins_of_repeats(repeats[of]), (range(21), range(6)))[0]
        for of in (bound, ~bound)
    ]
    told = "added: windows outside all peaks, matched in GC content"
    if match_repeats:
        assert (cells[1] <= cells[0]).all() and np.abs(cells[1] - cells[0]).sum() <= 20
        assert steps["step"].iloc[-1] == f"{told} and repeats"
    else:
        assert abs(repeats[bound].mean() - repeats[~bound].mean()) > 0.2
        assert np.abs(cells[1] - cells[0]).sum() > 80 and steps["step"].iloc[-1] == told


def test_what_is_left_out_of_open_regions_is_counted(tmp_path):
    sheet = [(target, "", [Peak("chr2", 40, 45, 42)]) for target in TARGETS]
    regions = [("chr2", 35, 45), ("chr2", 36, 44), ("chr2", 38, 48), ("chr2", 0, 4), ("chr10", 20, 30), ("chrM", 5, 9)]
    blacklist = pd.DataFrame({"chrom": ["chr10"], "start": [29], "end": [30]})
    candidates, _, labels, steps, *_ = built(tmp_path, sheet, {ANY: regions}, overlapping="first", blacklist=blacklist)
    assert places(candidates) == [("chr2", 35, 45)]
    assert labels.tolist() == [[1, 1]]
    assert candidates.columns.tolist() == ["chrom", "start", "end", "name", "gc", "repeats", "copies"]
    unplaced = "unplaced or alternative sequence, mitochondria or plastids (regions.chromosomes): chrM"
    assert steps.to_numpy().tolist() == [
        [f"left out: on {unplaced}", 1],
        ["left out: on chromosomes that the genome lacks", 0],
        ["left out: window of another, or beyond the chromosome", 2],
        ["left out: overlapping another (overlapping: first)", 1],
        ["left out: in the blacklist", 1],
        ["left out: over 5% N", 0],
    ]


@pytest.mark.parametrize(
    ("chrom", "start", "message"),
    [
        ("chrM", 5, r"found no peak on the chromosomes 'chr10', 'chr2', 'chrX' \(regions.chromosomes\)"),
        (
            "chrX",
            40,
            r"found all 1 peaks beyond the ends of their chromosomes in .*genome.fa, expected peaks and genome",
        ),
        ("X", 5, r"found the chromosome 'X', which .*genome.fa calls 'chrX'"),
        ("NC_1.1", 5, r"found the chromosomes 'NC_1.1', none of which is in .*genome.fa"),
    ],
)
def test_peaks_of_another_genome(tmp_path, chrom, start, message):
    sheet = [("A", "", [Peak("chr2", 40, 45, 42)]), ("b", "", [Peak(chrom, start, start + 9, start + 1)])]
    with pytest.raises(InputError, match=rf"^{tmp_path}/3.bed: {message}"):
        built(tmp_path, sheet, {ANY: [("chr2", 35, 45)]})


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ([("chrM", 5, 9)], r"open.bed: found no row on the chromosomes 'chr10', 'chr2', 'chrX'"),
        ([("2", 5, 9)], r"open.bed: found the chromosome '2', which .*genome.fa calls 'chr2'"),
        ([("chr2", 0, 4)], r"config, regions.width: found 10, but no window of so many bp fits around any of 1 places"),
    ],
)
def test_open_regions_that_give_no_candidate(tmp_path, regions, message):
    with pytest.raises(InputError, match=message):
        built(tmp_path, [("A", "", [Peak("chr2", 40, 45, 42)])], {ANY: regions})


def test_candidates_that_are_all_in_the_blacklist(tmp_path):
    blacklist = pd.DataFrame({"chrom": ["chr2"], "start": [0], "end": [90]})
    with pytest.raises(
        InputError, match=r"genome.fa: of 1 windows, found none with a known sequence outside the black"
    ):
        built(tmp_path, [("A", "", [Peak("chr2", 40, 45, 42)])], blacklist=blacklist)


def test_a_consensus_of_more_files_than_there_are(tmp_path):
    peaks = [Peak("chr2", 40, 45, 42)]
    sheet = [("A", "s", peaks), ("A", "s", peaks), ("b", "s", peaks), ("b", "t", peaks)]
    regions = [("chr2", 35, 45)]
    assert built(tmp_path, sheet, {ANY: regions}, consensus=2)[2].tolist() == [[1, 1]]
    with pytest.raises(InputError) as caught:
        built(tmp_path, sheet, {ANY: regions}, consensus=3)
    assert str(caught.value) == (
        "sheet.tsv: found 2 of at least 3 files of the target 'A', which source.consensus: 3 needs; add replicates, or "
        "lower it"
    )
    with pytest.raises(InputError, match=r"found 1 of at least 2 files of the target 'b' in the biosample 's', which"):
        built(tmp_path, sheet, {"s": regions, "t": regions}, consensus=2)


def test_the_axis_goes_there_and_back():
    axis = Axis(["chr2", "chr10"], {"chr10": 7, "chr2": 5, "chrX": 3}, 4)
    assert axis.chroms.tolist() == ["chr10", "chr2"]
    chroms, positions = ["chr2", "chr10", "chr2"], np.array([0, 6, 4])
    on_axis = axis.places(pd.Series(chroms), positions)
    assert on_axis.tolist() == [15, 10, 19]
    back = axis.intervals(on_axis, on_axis + 1)
    assert back["chrom"].tolist() == chroms and back["start"].tolist() == positions.tolist()
    assert [edge.tolist() for edge in axis.gaps()] == [[0, 11, 20], [4, 15, 24]]
    assert axis.numbers(pd.Series(["chrX", "chr2"])).tolist() == [-1, 1]


def test_intervals_are_merged_where_they_overlap_or_touch():
    start, end = merged(np.array([9, 1, 3, 20, 4]), np.array([10, 3, 5, 22, 9]))
    assert (start.tolist(), end.tolist()) == ([1, 20], [10, 22])


@pytest.mark.parametrize("n", [0, 1, 7, 25_000])
@pytest.mark.parametrize("targets", [["A"], ["A", "b", "c"]])
def test_candidates_are_written_as_any_table(tmp_path, n, targets):
    rng = np.random.default_rng(n)
    labels = rng.integers(-1, 2, (n, len(targets))).astype(np.int8)
    frame = pd.DataFrame({"chrom": "chr1", "start": np.arange(n), "gc": rng.random(n), "copies": np.arange(n) % 3})
    write_candidates(tmp_path / "fast.tsv.gz", frame, labels, targets)
    floats = pd.DataFrame(np.where(labels == MISSING, np.nan, labels), columns=targets)
    write_table(pd.concat([frame, floats], axis=1), tmp_path / "any.tsv.gz")
    assert (tmp_path / "fast.tsv.gz").read_bytes() == (tmp_path / "any.tsv.gz").read_bytes()
    assert len(read_table(tmp_path / "fast.tsv.gz")) == n


# The published matrix

TFS = [
    "CTCF", "JUND", "FOXA1", "REST", "ZNF143", "TAL1", "GATA1", "TEAD4", "MAX", "AR", "CEBPB", "E2F1", "ELF1", "ESR1",
    "GATA3", "HNF4A", "MYC", "NRF1", "SPI1", "YY1",
]  # fmt: skip


@pytest.mark.truth
def test_the_authors_labels(shared_data, tmp_path):
    """Tracks are written out of the matrix: open regions, a genome with bases in them, and narrowPeak files.

    A bound region has a peak with its summit in it; one whose label is missing is touched by a peak whose summit is
    outside, which takes a base that is in no region on one of its sides.
    """
    folder, width = shared_data / "tf-binding-matrix", 200
    column_of = read_index(folder / "tfs_idx.pickle.gz")
    matrix = read_columns(folder / "matrix2d.ReMap+UniBind.sparse.npz", [column_of[tf] for tf in TFS])
    genome, found = tmp_path / "genome.fa", []
    with open(genome, "wb") as fasta:
        for path in sorted(folder.glob("sequences.*.fa.gz")):
            regions, codes = read_regions(path, width)
            order = np.argsort(regions["start"].to_numpy(), kind="stable")
            regions, codes = regions.iloc[order].reset_index(drop=True), codes[order]
            start, end = regions["start"].to_numpy(), regions["end"].to_numpy()
            letters = np.full(end.max() + 1000, ord("N"), dtype=np.uint8)
            letters[start[:, None] + np.arange(width)] = np.frombuffer(b"ACGTN", dtype=np.uint8)[codes]
            fasta.write(f">{regions['chrom'][0]}\n".encode() + letters.tobytes() + b"\n")
            before = start - np.append(0, end[:-1])  # bp to the neighbour on either side
            after = np.append(start[1:], end[-1] + 1000) - end
            found.append(regions.assign(before=before, after=after)[(before >= 0) & (after >= 0)])
    regions = pd.concat(found, ignore_index=True)
    assert len(found) == 8 and len(regions) > 100_000
    labels = matrix[regions["row"]]
    assert min((labels == 1).sum(axis=0)) > 100 < min((labels == 0).sum(axis=0))

    rng = np.random.default_rng(1)
    samples = []
    for number, (tf, label) in enumerate(zip(TFS, labels.T, strict=True)):
        start, end, before, after = (regions[name].to_numpy() for name in ("start", "end", "before", "after"))
        bound, touched = label == 1, np.isnan(label) & ((before > 0) | (after > 0))
        inside = np.choose(rng.integers(0, 3, len(start)), [start, end - 1, rng.integers(start, end)])
        summit = np.where(bound, inside, np.where(after > 0, end, start - 1))
        left = np.where(before > 0, start - rng.integers(0, np.minimum(before, 300) + 1), start)
        right = np.where(after > 0, end + rng.integers(0, np.minimum(after, 300) + 1), end)
        peaks = pd.DataFrame({"chrom": regions["chrom"], "start": np.minimum(left, summit)})
        peaks = peaks.assign(end=np.maximum(right, summit + 1), name=".", score=0, strand=".", signal=1.5, p=-1, q=-1)
        peaks = peaks.assign(summit=summit - peaks["start"])[bound | touched].sample(frac=1, random_state=number)
        path = tmp_path / f"{tf}.narrowPeak.gz"
        peaks.to_csv(path, sep="\t", header=False, index=False, compression={"method": "gzip", "compresslevel": 1})
        samples.append(Sample(number + 2, tf, tf, str(path)))
    half = rng.integers(20, 300, len(regions))
    centre = regions["start"] + width // 2
    widened = pd.DataFrame({"chrom": regions["chrom"], "start": centre - half, "end": centre + half})
    widened.sample(frac=1, random_state=1).to_csv(tmp_path / "open.bed.gz", sep="\t", header=False, index=False)

    sizes = chromosome_sizes(genome)
    paths = [sample.path for sample in samples]
    axis, files, _ = read_files(samples, paths, "assembled", width, sizes, genome)
    beds = {ANY: tmp_path / "open.bed.gz"}
    candidates, opened, steps = open_candidates(beds, "assembled", "keep", NO_BLACKLIST, axis, sizes, genome)
    given = regions.assign(number=range(len(regions))).set_index(INTERVAL)["number"]
    rows = given.loc[list(candidates[INTERVAL].itertuples(index=False, name=None))].to_numpy()
    assert len(set(rows)) == len(regions) - steps["regions"].sum() > 0.999 * len(regions)
    back = label_peaks(candidates, opened, samples, files, TFS, axis)
    expected = np.nan_to_num(labels[rows], nan=MISSING)
    crowded = ((regions["before"] == 0) & (regions["after"] == 0)).to_numpy()[rows]  # nowhere to put a summit outside
    np.testing.assert_array_equal(back[~crowded], expected[~crowded])
    known = expected != MISSING
    np.testing.assert_array_equal(back[known], expected[known])
    assert crowded.mean() < 0.05 and known.sum() > 10**6
