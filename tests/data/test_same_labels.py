"""The builder gives the authors' labels back, and those that counting base by base gives."""

import gzip
from collections import namedtuple

import numpy as np
import pandas as pd
import pytest
from cam.data.chromosomes import choose
from cam.data.intervals import resolve_overlaps, windows
from cam.data.labels import label, label_by_biosample
from cam.setup.tf_index import read_index
from cam.sources import encode_dhs, remap, unibind
from cam.sources.biosamples import Biosample, read_biosamples
from cam.sources.published_matrix import read_columns, read_regions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WIDTH = 200


@pytest.fixture(scope="module")
def published(shared_data):
    """The targets with known labels, the published regions, sorted, and their labels."""
    folder = shared_data / "tf-binding-matrix"
    column_of = read_index(folder / "tfs_idx.pickle.gz")
    targets = ["CTCF", "JUND", "FOXA1", "REST", "ZNF143", "TAL1", "GATA1", "TEAD4", "MAX"]
    matrix = read_columns(folder / "matrix2d.ReMap+UniBind.sparse.npz", [column_of[target] for target in targets])
    fastas = sorted(folder.glob("sequences.*.fa.gz"))
    regions = pd.concat([read_regions(path, WIDTH)[0] for path in fastas])
    regions = regions.sort_values(["chrom", "start"], ignore_index=True)
    assert set(regions["chrom"]) == {f"chr{name}" for name in [13, 14, 15, 18, 19, 21, 22, "Y"]}
    labels = matrix[regions["row"]]
    assert np.nansum(labels, axis=0).min() > 2000
    return targets, with_room(regions), labels


def with_room(regions):
    """Add the room that each of some sorted regions has for itself, between the neighbours on either side."""
    by_chrom = regions.groupby("chrom")
    return regions.assign(
        room_start=by_chrom["end"].shift(1).fillna(0).astype(int),
        room_end=by_chrom["start"].shift(-1).fillna(2**40).astype(int),
    )


def has_room(regions):
    """Regions with a base that is in no other: elsewhere evidence for the one is evidence for the others."""
    start = np.maximum(regions["start"], regions["room_start"])
    return (start < np.minimum(regions["end"], regions["room_end"])).to_numpy()


def write_clusters(path, regions, open_in, rng):
    """Clusters whose centres are those of the regions, shuffled, gzipped, and some on contigs that do not count."""
    centre = (regions["start"] + WIDTH // 2).to_numpy()
    half = rng.integers(20, 300, len(regions))
    odd = rng.integers(0, 2, len(regions))
    clusters = pd.DataFrame({"chrom": regions["chrom"], "start": centre - half, "end": centre + half + odd})
    clusters["source_ids"] = open_in
    clusters["source_scores"] = [[7] * len(ids) for ids in open_in]
    elsewhere = clusters.iloc[:100].assign(chrom="chrUn_GL000220v1")
    clusters = pd.concat([clusters, elsewhere]).sample(frac=1, random_state=rng)
    encode_dhs.write_clusters(path, clusters)


def write_summits(path, peaks, rng):
    """ReMap rows, shuffled, in parts that are gzipped one by one and put together. ``chrom summit tf biotype``."""
    decoys = peaks.iloc[: len(peaks) // 10].assign(tf="CTCFL")
    elsewhere = peaks.iloc[:100].assign(chrom="chr1_KI270706v1_random")
    peaks = pd.concat([peaks, decoys, elsewhere]).sample(frac=1, random_state=rng)
    left, right = rng.integers(0, 200, (2, len(peaks)))
    columns = (
        peaks["chrom"], np.maximum(peaks["summit"] - left, 0), peaks["summit"] + right + 1, peaks["tf"],
        peaks["biotype"], peaks["summit"],
    )  # fmt: skip
    lines = [
        f"{chrom}\t{start}\t{end}\tGSE{start % 9}.{tf}.{biotype}\t12.5\t.\t{summit}\t{summit + 1}\t1,2,3\n"
        for chrom, start, end, tf, biotype, summit in zip(*(column.tolist() for column in columns), strict=True)
    ]
    parts = np.array_split(np.arange(len(lines)), 5)
    path.write_bytes(b"".join(gzip.compress("".join(lines[i] for i in part).encode(), 1) for part in parts))


def write_sites(path, sites, rng):
    """UniBind's archive, shuffled, in several data sets. ``chrom start end tf sample``."""
    sites = pd.concat([sites, sites.iloc[: len(sites) // 10].assign(tf="CTCFL")]).sample(frac=1, random_state=rng)
    sites["experiment"] = "GSE" + pd.Series(rng.integers(1, 4, len(sites)).astype(str), index=sites.index)
    unibind.write_archive(path, sites.assign(matrix="MA0001.1", score=1, strand=rng.choice(["+", "-"], len(sites))))


def evidence_at(regions, rows, tfs, rng):
    """A summit in each region, and a site that overlaps it, both away from its neighbours."""
    region = regions.iloc[rows]
    start, end, room_start, room_end = (
        region[column].to_numpy() for column in ("start", "end", "room_start", "room_end")
    )
    low, high = np.maximum(start, room_start), np.minimum(end, room_end)
    # A third of the summits are on the first base that they may be on, a third on the last.
    place = rng.integers(0, 3, len(rows))
    summit = np.choose(place, [low, high - 1, rng.integers(low, high)])
    length = np.minimum(rng.integers(6, 20, len(rows)), room_end - room_start)
    first, last = np.maximum(room_start, start - length + 1), np.minimum(room_end - length, end - 1)
    begin = np.choose(rng.integers(0, 3, len(rows)), [first, last, rng.integers(first, last + 1)])
    chrom = region["chrom"].to_numpy()
    summits = pd.DataFrame({"chrom": chrom, "summit": summit, "tf": tfs})
    return summits, pd.DataFrame({"chrom": chrom, "start": begin, "end": begin + length, "tf": tfs})


def read_back(folder, targets, open_in=None):
    """What the pipeline reads of the three tracks."""
    clusters = encode_dhs.read_clusters(folder / "dhs.txt.gz", open_in)
    regions = windows(clusters[clusters["chrom"].isin(choose(clusters["chrom"].unique(), "assembled"))], WIDTH, {})
    return (
        regions,
        remap.read_summits(folder / "remap.bed.gz", targets),
        unibind.read_sites(folder / "unibind.tar.gz", targets),
    )


@pytest.mark.truth
def test_the_authors_labels(published, tmp_path):
    targets, regions, labels = published
    own = has_room(regions)
    assert (~own).sum() == 9  # of 303,497, covered by their neighbours from both sides; the next test has them
    regions, labels = regions[own].reset_index(drop=True), labels[own]
    rng = np.random.default_rng(1)
    rows, columns = np.nonzero(labels != 0)  # bound, or not known
    summits, sites = evidence_at(regions, rows, np.array(targets)[columns], rng)
    known = labels[rows, columns] == 1
    in_remap = rng.random(len(rows)) < 0.5  # the one source of what is not known
    write_clusters(tmp_path / "dhs.txt.gz", regions, [[1]] * len(regions), rng)
    write_summits(tmp_path / "remap.bed.gz", summits[known | in_remap].assign(biotype="K-562"), rng)
    write_sites(tmp_path / "unibind.tar.gz", sites[known | ~in_remap].assign(sample="K562.x"), rng)

    built, summits, sites = read_back(tmp_path, targets)
    pd.testing.assert_frame_equal(built[["chrom", "start", "end"]], regions[["chrom", "start", "end"]])
    sparse, counts = label(built, summits, sites, targets, "sparse")
    np.testing.assert_array_equal(sparse.to_numpy(), labels)
    less_sparse, _ = label(built, summits, sites, targets, "less_sparse")
    np.testing.assert_array_equal(less_sparse.to_numpy(), np.nan_to_num(labels))
    assert counts["both"].tolist() == np.nansum(labels, axis=0).tolist()
    assert counts["neither"].tolist() == (labels == 0).sum(axis=0).tolist()


@pytest.mark.truth
def test_the_authors_labels_by_biosample(published, tmp_path):
    """Regions are labelled where they are open; what other biosamples have there does not count.

    Every TF is assayed in ``first`` and ``crowded``, five of the nine in ``second``. A region is open in ``first``, in
    ``second`` or in both; the few that share all their bases with neighbours are open in ``crowded`` alone.
    """
    targets, regions, labels = published
    some = regions["chrom"].isin(["chr15", "chr19", "chr21", "chrY"]).to_numpy()
    regions, labels = regions[some].reset_index(drop=True), labels[some]
    rng = np.random.default_rng(2)
    assayed = {"first": targets, "second": targets[:5], "crowded": targets}
    own = has_room(regions)
    assert (~own).any()
    only_second = own & np.isnan(labels[:, 5:]).all(axis=1) & (rng.random(len(regions)) < 0.5)
    assert only_second.sum() > 1000
    is_open = pd.DataFrame(
        {"first": own & ~only_second, "second": only_second | (own & (rng.random(len(regions)) < 0.5)), "crowded": ~own}
    )
    # Only those neighbours matter to a region that are open too.
    room = ["room_start", "room_end"]
    regions.loc[~own, room] = with_room(regions[~own])[room].clip(regions["start"] - 50, regions["end"] + 50, axis=0)

    tracks = []
    for biosample, tfs in assayed.items():
        here = labels[:, : len(tfs)].copy()
        if biosample == "second":  # where it is not the only one it knows less
            both = is_open["first"].to_numpy()
            here[both] = np.where(rng.random(here[both].shape) < 0.5, np.nan, here[both])
        closed = ~is_open[biosample].to_numpy()
        here[closed] = np.where(rng.random(here[closed].shape) < 0.2, 1, 0)  # evidence where nothing is open
        if biosample == "crowded":
            here[closed] = 0
        else:
            here[~own] = 0
        rows, columns = np.nonzero(here != 0)
        summits, sites = evidence_at(regions, rows, np.array(tfs)[columns], rng)
        known, in_remap = here[rows, columns] == 1, rng.random(len(rows)) < 0.5
        tracks.append((
            summits[known | in_remap].assign(biotype=f"{biosample}_E2.1h"),
            sites[known | ~in_remap].assign(sample=f"{biosample}.x"),
        ))  # fmt: skip
    ids = {"first": 3, "second": 12, "crowded": 1}
    open_in = [[ids[name] for name in is_open if opened[name]] for opened in is_open.to_dict("records")]
    write_clusters(tmp_path / "dhs.txt.gz", regions, open_in, rng)
    summits, sites = (pd.concat(parts) for parts in zip(*tracks, strict=True))
    write_summits(tmp_path / "remap.bed.gz", summits, rng)
    write_sites(tmp_path / "unibind.tar.gz", sites, rng)
    table = "biosample\tsource\tname\n" + "".join(
        f"{name}\tremap\t{name}_E2.1h\n{name}\tunibind\t{name}.x\n{name}\tdhs\t{name} cells\n" for name in assayed
    )
    (tmp_path / "biosamples.tsv").write_text(table)

    biosamples = read_biosamples(tmp_path / "biosamples.tsv")
    cell_types = {number: f"{name} cells" for name, number in ids.items()}
    sources = encode_dhs.source_ids(cell_types, {sample.name: sample.dhs for sample in biosamples}, "table")
    built, summits, sites = read_back(tmp_path, targets, sources)
    pd.testing.assert_frame_equal(built[list(assayed)], is_open[list(assayed)])
    sparse, counts = label_by_biosample(built, summits, sites, targets, biosamples, "sparse")
    np.testing.assert_array_equal(sparse.to_numpy(), labels)
    less_sparse, _ = label_by_biosample(built, summits, sites, targets, biosamples, "less_sparse")
    asked = np.repeat([[True] * 5 + [False] * 4], len(regions), axis=0) | ~only_second[:, None]
    np.testing.assert_array_equal(less_sparse.to_numpy(), np.where(asked, np.nan_to_num(labels), np.nan))
    assert set(counts.loc[counts["biosample"] == "second", "target"]) == set(targets[:5])


# Brute force: intervals are sets of bases, and everything is compared with everything.

Interval = namedtuple("Interval", "chrom start end")
SIZES = {"chr1": 90, "chr2": 60, "chrX": 40}
TFS = ["A", "b"]
SAMPLES = ["s", "t"]


def bases(interval):
    return {(interval.chrom, position) for position in range(interval.start, interval.end)}


def brute_windows(clusters, width):
    """``Interval → the biosamples it is open in``, in order."""
    found = {}
    for cluster, open_in in clusters:
        centre = (cluster.start + cluster.end) // 2
        window = Interval(cluster.chrom, centre - width // 2, centre - width // 2 + width)
        if window.start >= 0 and window.end <= SIZES[cluster.chrom]:
            found[window] = found.get(window, set()) | open_in
    return dict(sorted(found.items()))


def brute_label(region, tf, summits, sites, rule):
    remap_bound = any(name == tf and bases(summit) & bases(region) for summit, name, _ in summits)
    unibind_bound = any(name == tf and bases(site) & bases(region) for site, name, _ in sites)
    if remap_bound and unibind_bound:
        return 1
    return 0 if rule == "less_sparse" or remap_bound == unibind_bound else None


def brute_label_by_biosample(region, open_in, tf, summits, sites, rule):
    seen = []
    for sample in open_in:
        own_summits = [row for row in summits if row[2] == sample]
        own_sites = [row for row in sites if row[2] == sample]
        if any(row[1] == tf for row in own_summits) and any(row[1] == tf for row in own_sites):
            seen.append(brute_label(region, tf, own_summits, own_sites, rule))
    return 1 if 1 in seen else 0 if 0 in seen else None


def brute_resolve(found, overlapping, width):
    """First: take regions one by one, where they share no base with any taken. Merge: join while any two can be."""
    if overlapping == "first":
        taken = {}
        for region, open_in in found.items():
            if not any(bases(region) & bases(other) for other in taken):
                taken[region] = open_in
        return taken
    chains = [(region, open_in) for region, open_in in found.items()]
    joined = True
    while joined:
        joined = False
        for one in chains:
            for other in chains:
                if one is not other and bases(one[0]) & bases(other[0]):
                    chains.remove(one)
                    chains.remove(other)
                    start, end = min(one[0].start, other[0].start), max(one[0].end, other[0].end)
                    chains.append((Interval(one[0].chrom, start, end), one[1] | other[1]))
                    joined = True
                    break
            if joined:
                break
    merged = {}
    for chain, open_in in chains:
        start = (chain.start + chain.end) // 2 - width // 2
        merged[Interval(chain.chrom, start, start + width)] = open_in
    return dict(sorted(merged.items()))


@st.composite
def intervals(draw, longest):
    chrom = draw(st.sampled_from(sorted(SIZES)))
    start = draw(st.integers(0, SIZES[chrom] - 1))
    return Interval(chrom, start, draw(st.integers(start + 1, min(start + longest, SIZES[chrom]))))


def rows(longest, most):
    return st.lists(st.tuples(intervals(longest), st.sampled_from(TFS), st.sampled_from(SAMPLES)), max_size=most)


clusters_strategy = st.lists(
    st.tuples(intervals(25), st.sets(st.sampled_from(SAMPLES), min_size=1)), min_size=1, max_size=15
)
many = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def frame(rows, column):
    table = pd.DataFrame([interval for interval, *_ in rows], columns=["chrom", "start", "end"])
    return table.assign(tf=[tf for _, tf, _ in rows], **{column: [sample for *_, sample in rows]})


def cluster_frame(clusters):
    table = pd.DataFrame([cluster for cluster, _ in clusters])
    return table.assign(**{sample: [sample in open_in for _, open_in in clusters] for sample in SAMPLES})


def as_dict(regions):
    flags = regions[SAMPLES].to_numpy() if len(regions) else []
    return {
        Interval(*row): {sample for sample, is_open in zip(SAMPLES, flag, strict=True) if is_open}
        for row, flag in zip(regions[["chrom", "start", "end"]].itertuples(index=False), flags, strict=True)
    }


def numbers(labels):
    return [[None if np.isnan(value) else value for value in row] for row in labels[TFS].to_numpy()]


@many
@given(clusters_strategy, st.integers(1, 12), rows(1, 12), rows(9, 12), st.sampled_from(["sparse", "less_sparse"]))
def test_labels_as_by_brute_force(clusters, width, summits, sites, rule):
    found = brute_windows(clusters, width)
    regions = windows(cluster_frame(clusters), width, SIZES)
    assert as_dict(regions) == found
    assert list(as_dict(regions)) == list(found)
    if not found:
        return
    labels, counts = label(regions, frame(summits, "biotype"), frame(sites, "sample"), TFS, rule)
    expected = [[brute_label(region, tf, summits, sites, rule) for tf in TFS] for region in found]
    assert numbers(labels) == expected
    assert (counts[["both", "remap_only", "unibind_only", "neither"]].sum(axis=1) == len(found)).all()
    assert counts["both"].tolist() == [sum(row[column] == 1 for row in expected) for column in range(len(TFS))]

    # A data set of every TF far away from everything, so that none is without.
    far = [(Interval("chr9", 10, 11), tf, "nowhere") for tf in TFS]
    summits, sites = summits + far, sites + far
    samples = [Biosample(name, {name}, {name}, set()) for name in (*SAMPLES, "nowhere")]
    regions = regions.assign(nowhere=False)
    labels, _ = label_by_biosample(regions, frame(summits, "biotype"), frame(sites, "sample"), TFS, samples, rule)
    assert numbers(labels) == [
        [brute_label_by_biosample(region, open_in, tf, summits, sites, rule) for tf in TFS]
        for region, open_in in found.items()
    ]


@many
@given(clusters_strategy, st.integers(1, 25), st.sampled_from(["first", "merge"]))
def test_overlapping_windows_as_by_brute_force(clusters, width, overlapping):
    regions = windows(cluster_frame(clusters), width, SIZES)
    found = as_dict(resolve_overlaps(regions, overlapping))
    expected = brute_resolve(brute_windows(clusters, width), overlapping, width)
    assert found == expected
    assert list(found) == list(expected)
    pd.testing.assert_frame_equal(resolve_overlaps(regions, "keep"), regions)


@many
@given(clusters_strategy, rows(1, 12), rows(9, 12))
def test_files_as_by_brute_force(tmp_path_factory, clusters, summits, sites):
    """The same through files in the public formats, with the summit anywhere in its peak, and both strands."""
    folder = tmp_path_factory.mktemp("tracks")
    summits, sites = (
        [*rows, (Interval("chr9", 5, 6), "A", "s"), (Interval("chr9", 5, 6), "b", "t")] for rows in (summits, sites)
    )
    table = cluster_frame(clusters)[["chrom", "start", "end"]]
    ids = [[SAMPLES.index(sample) + 10 for sample in sorted(open_in)] for _, open_in in clusters]
    encode_dhs.write_clusters(folder / "dhs.txt.gz", table.assign(source_ids=ids, source_scores=ids))
    peaks = frame(summits, "biotype").assign(experiment="E", score=1, rgb="0,0,0")
    peaks = peaks.assign(summit=peaks["start"], start=(peaks["start"] - 3).clip(lower=0), end=peaks["end"] + 2)
    remap.write_peaks(folder / "remap.bed.gz", peaks)
    strands = ["+-"[number % 2] for number in range(len(sites))]
    calls = frame(sites, "sample").assign(experiment="E", matrix="MA1.1", score=1, strand=strands)
    unibind.write_archive(folder / "unibind.tar.gz", calls)

    read = encode_dhs.read_clusters(folder / "dhs.txt.gz", {"s": {10}, "t": {11}})
    regions = windows(read, 10, SIZES)
    found = brute_windows(clusters, 10)
    assert as_dict(regions) == found
    if not found:
        return
    read = remap.read_summits(folder / "remap.bed.gz", TFS), unibind.read_sites(folder / "unibind.tar.gz", TFS)
    labels, _ = label(regions, *read, TFS)
    assert numbers(labels) == [[brute_label(region, tf, summits, sites, "sparse") for tf in TFS] for region in found]
