import numpy as np
import pandas as pd
import pytest
from cam.bases import encode
from cam.data.intervals import in_genome, overlaps, overlaps_by_group, resolve_overlaps, to_bed, usable, windows
from cam.data.labels import label, label_by_biosample
from cam.data.selection import expect_variation, is_shuffled, match_values, select, select_peaks
from cam.data.split import assign_split
from cam.data.summaries import count_gc, count_gc_of_splits, count_labels, count_split, describe_values
from cam.errors import InputError
from cam.sources.biosamples import Biosample, read_biosamples


def intervals(*rows, tf=None):
    frame = pd.DataFrame(rows, columns=["chrom", "start", "end"])
    return frame if tf is None else frame.assign(tf=tf)


def test_windows_centre_sort_and_deduplicate():
    clusters = intervals(("chr2", 100, 201), ("chr1", 90, 110), ("chr1", 95, 105), ("chr1", 0, 10), ("chr2", 195, 200))
    frame = windows(clusters, 20, {"chr1": 110, "chr2": 206})
    assert frame.to_numpy().tolist() == [
        ["chr1", 90, 110, "chr1:90-110"],
        ["chr2", 140, 160, "chr2:140-160"],
    ]


def test_windows_are_open_where_any_of_their_clusters_is():
    clusters = intervals(("chr2", 0, 20), ("chr1", 95, 105), ("chr1", 90, 110), ("chr1", 0, 10))
    clusters = clusters.assign(a=[True, False, True, True], b=[False, True, False, True])
    frame = windows(clusters, 20, {"chr1": 110})
    assert frame[["chrom", "start", "a", "b"]].to_numpy().tolist() == [
        ["chr1", 90, True, True],
        ["chr2", 0, True, False],
    ]
    none = windows(clusters, 300, {})
    assert len(none) == 0 and {"chrom", "start", "end", "name"} <= set(none.columns)


def test_overlapping_windows():
    regions = windows(intervals(*[("chr1", s, s + 20) for s in (0, 15, 30, 50, 61)], ("chr2", 55, 75)), 20, {})
    starts = {how: resolve_overlaps(regions, how)["start"].tolist() for how in ("keep", "first", "merge")}
    assert starts == {"keep": [0, 15, 30, 50, 61, 55], "first": [0, 30, 50, 55], "merge": [15, 55, 55]}
    merged = resolve_overlaps(regions.assign(open=[False, False, True, False, False, False]), "merge")
    assert merged["open"].tolist() == [True, False, False]
    assert merged["name"].tolist() == ["chr1:15-35", "chr1:55-75", "chr2:55-75"]


def test_overlaps_by_group_in_any_order():
    regions = intervals(("chr2", 10, 20), ("chr10", 10, 20), ("chr1", 10, 20))
    evidence = intervals(("chr3", 5, 9), ("chr2", 19, 40), ("chr10", 0, 11), ("chr1", 15, 16), ("chr10", 0, 10))
    found = overlaps_by_group(regions, evidence, np.array([0, 1, 1, -1, 0]), 2)
    assert found.tolist() == [[False, True], [False, True], [False, False]]


def test_overlaps_are_half_open():
    regions = intervals(("chr1", 10, 20), ("chr1", 20, 30), ("chr2", 10, 20))
    assert overlaps(regions, intervals(("chr1", 20, 21))).tolist() == [False, True, False]
    assert overlaps(regions, intervals(("chr1", 19, 20))).tolist() == [True, False, False]
    assert overlaps(regions, intervals()).tolist() == [False, False, False]


def test_usable_regions_are_known_and_not_in_the_blacklist():
    regions = intervals(*[("chr1", start, start + 20) for start in (0, 20, 40, 60)])
    codes = np.zeros((4, 20), dtype=np.uint8)
    codes[:2, :2] = 4
    codes[2, :1] = 4
    keep, steps = usable(regions, codes, intervals(("chr1", 5, 6)))
    assert keep.tolist() == [False, False, True, True]
    assert steps.to_numpy().tolist() == [["left out: in the blacklist", 1], ["left out: over 5% N", 1]]


@pytest.mark.parametrize(("rule", "expected"), [("sparse", [1, np.nan, np.nan, 0]), ("less_sparse", [1, 0, 0, 0])])
def test_label_rules(rule, expected):
    regions = intervals(*[("chr1", start, start + 10) for start in (0, 10, 20, 30)])
    summits = intervals(("chr1", 5, 6), ("chr1", 15, 16), tf="A")
    sites = intervals(("chr1", 0, 4), ("chr1", 22, 30), tf="A")
    labels, counts = label(regions, summits, sites, ["A", "B"], rule)
    np.testing.assert_array_equal(labels["A"], expected)
    np.testing.assert_array_equal(labels["B"], [0, 0, 0, 0])
    assert counts.to_numpy().tolist() == [["any", "A", 1, 1, 1, 1], ["any", "B", 0, 0, 0, 4]]


def test_labels_of_biosamples():
    regions = intervals(*[("chr1", start, start + 10) for start in (0, 10, 20, 30)])
    regions = regions.assign(k562=[True, True, True, False], hepg2=[False, True, True, False])
    summits = pd.concat(
        [
            intervals(("chr1", 5, 6), ("chr1", 15, 16), ("chr1", 35, 36), tf="A").assign(biotype="K-562"),
            intervals(("chr1", 25, 26), tf="A").assign(biotype="Hep-G2"),
            intervals(("chr1", 25, 26), tf="A").assign(biotype="Hep-G2_x"),
        ]
    )
    sites = pd.concat(
        [
            intervals(("chr1", 0, 4), ("chr1", 34, 40), tf="A").assign(sample="K562_a"),
            intervals(("chr1", 2, 4), ("chr1", 28, 32), tf="A").assign(sample="HepG2_b"),
        ]
    )
    biosamples = [
        Biosample("k562", {"K-562"}, {"K562_a"}, {"K562"}),
        Biosample("hepg2", {"Hep-G2"}, {"HepG2_b"}, {"H"}),
    ]
    labels, counts = label_by_biosample(regions, summits, sites, ["A"], biosamples)
    # Bound in K562; ReMap only there but neither in HepG2; bound in HepG2; open nowhere.
    np.testing.assert_array_equal(labels["A"], [1, 0, 1, np.nan])
    assert counts.to_numpy().tolist() == [["k562", "A", 1, 1, 0, 1], ["hepg2", "A", 1, 0, 0, 1]]
    message = (
        r"no biosample of the table has a data set of 'A' .* ReMap has it in 'Hep-G2', 'Hep-G2_x', 'K-562', UniBind"
    )
    with pytest.raises(InputError, match=message):
        label_by_biosample(regions, summits, sites, ["A"], [biosamples[0]._replace(unibind=frozenset({"HepG2"}))])


def test_biosamples(tmp_path):
    text = (
        "biosample\tsource\tname\nliver\tremap\tHep-G2\nliver\tunibind\tHepG2_x\nliver\tdhs\tHepG2\nliver\tdhs\tHuh-7\n"
    )
    path = tmp_path / "biosamples.tsv"
    path.write_text(text)
    expected = [Biosample("liver", frozenset({"Hep-G2"}), frozenset({"HepG2_x"}), frozenset({"HepG2", "Huh-7"}))]
    assert read_biosamples(path) == expected
    for old, new, message in [
        ("source", "kind", r"column 'source' is missing; found biosample, kind, name"),
        (text, "", r"column 'biosample' is missing; found an empty first line"),
        ("remap", "chip", r"line 2: found the source 'chip', expected remap, unibind, dhs"),
        ("liver\tdhs\tHepG2", "liver\tdhs", r"line 4: found no name, expected what dhs calls 'liver'"),
        ("liver\tremap", "name\tremap", r"line 2: found the biosample 'name', expected another name"),
        ("liver\tremap", "gc\tremap", r"line 2: found the biosample 'gc', expected another name"),
        ("HepG2_x", "", r"line 3: found no name, expected what unibind calls 'liver'"),
        ("liver\tremap", "lung\tremap", r"biosample 'lung' has no row of the source 'unibind', expected one"),
    ]:
        path.write_text(text.replace(old, new))
        with pytest.raises(InputError, match=message):
            read_biosamples(path)


def candidates():
    rows = []
    for chrom in ("chr1", "chr2", "chr3"):
        for number, (a, b) in enumerate(
            [(1, 0), (0, 1), (1, np.nan), (0, 0), (0, 0), (0, 0), (np.nan, 0), (np.nan, np.nan)]
        ):
            rows.append((chrom, number * 10, number * 10 + 10, f"{chrom}:{number}", 0.5, a, b))
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "name", "gc", "A", "B"])


SPLIT = {"validation": ["chr2"], "test": ["chr3"]}


def test_of_all_targets_those_that_cannot_be_learned_or_measured_are_left_out():
    frame = candidates()
    # C is bound on chr1 only, D nowhere. E is unbound on chr3 only where D alone keeps a region, so it goes with D.
    frame["C"] = np.where(frame["chrom"] == "chr1", frame["A"], 0)
    frame["D"] = np.where(frame["name"].str.endswith(":4"), 1.0, np.nan)
    frame["E"] = np.where((frame["chrom"] == "chr3") & ~frame["name"].str.endswith(":4"), 1, frame["B"])
    regions, steps = select(frame, list("ABCDE"), SPLIT, unbound=0, min_positives=1)
    told = "targets left out, without a bound or an unbound region in a split: "
    left = [step.removeprefix(told) for step in steps["step"] if step.startswith(told)]
    assert list(regions)[5:] == ["A", "B"] and sorted(", ".join(left).split(", ")) == ["C", "D", "E"]
    expected, _ = select(candidates(), ["A", "B"], SPLIT, unbound=0)
    pd.testing.assert_frame_equal(regions, expected)
    with pytest.raises(InputError, match="target 'D' has no unbound region in train"):
        select(frame, list("ABCDE"), SPLIT, unbound=0)
    with pytest.raises(InputError, match="target 'D' has no"):
        select(frame, ["D"], SPLIT, unbound=0, min_positives=1)


def test_of_all_targets_those_with_few_positives_are_left_out():
    frame = candidates()
    frame["C"] = np.where(frame["name"].str.endswith((":0", ":2", ":3")), 1, 0)  # A has two bound regions of training
    regions, steps = select(frame, ["A", "B", "C"], SPLIT, min_positives=3)
    assert list(regions)[5:] == ["C"]
    assert steps["step"][0] == (
        "targets left out, with fewer than 3 bound regions in training or without a bound or an unbound region in a "
        "split: A, B"
    )
    assert steps["regions"][0] == 2
    with pytest.raises(InputError, match="target '[ABC]' has"):
        select(frame, ["A", "B", "C"], SPLIT, min_positives=4)


def test_a_region_is_unbound_by_all_where_it_is_for_as_many_as_are_asked_for():
    frame = candidates()  # of each chromosome 3 are unbound by both, 1 by B while A is not known, 1 known for neither
    for min_known, unbound in [(None, 9), (2, 9), (3, 9), (1, 12)]:
        regions, steps = select(frame, ["A", "B"], SPLIT, unbound=9, min_known=min_known)
        labels = regions[["A", "B"]]
        assert ((labels != 1).all(axis=1) & (labels == 0).any(axis=1)).sum() == unbound
        (kept,) = steps["regions"][steps["step"].str.startswith("kept: unbound by every target")]
        assert kept == unbound
    assert "kept: unbound by every target known, at least 1" in steps["step"].tolist()


@pytest.mark.parametrize("split", [SPLIT, {"validation": 0.3, "test": 0.3}])
@pytest.mark.parametrize("missing", ["mask", "drop"])
def test_of_the_test_regions_all_with_a_known_label_can_be_kept(split, missing):
    frame = candidates()
    if split is not SPLIT:  # shares need more of them
        frame = pd.concat([frame.assign(chrom=frame["chrom"] + suffix) for suffix in "abcdefgh"], ignore_index=True)
    matched, _ = select(frame, ["A", "B"], split, missing, unbound=1)
    regions, steps = select(frame, ["A", "B"], split, missing, unbound=1, test="all")
    known = frame[["A", "B"]].notna()
    usable = frame[known.all(axis=1) if missing == "drop" else known.any(axis=1)]
    if split is SPLIT:
        assert (
            regions["name"][regions["split"] == "test"].tolist() == usable["name"][usable["chrom"] == "chr3"].tolist()
        )
        rest = [table[table["split"] != "test"].reset_index(drop=True) for table in (matched, regions)]
        pd.testing.assert_frame_equal(*rest)
    counts = steps.set_index("step")["regions"]
    left_out, kept = (counts[counts.index.str.startswith(word)].sum() for word in ("left out", "kept"))
    assert counts["candidates"] == left_out + kept and kept == len(regions)
    assert (
        counts["kept: other test regions with a known label"]
        == ((regions[["A", "B"]] != 1).all(axis=1) & regions[["A", "B"]].isna().any(axis=1)).sum()
    )


def test_select_masks_missing_labels():
    regions, steps = select(candidates(), ["A", "B"], SPLIT, "mask", unbound=1.0)
    per_split = regions.groupby("split").size()
    assert per_split.tolist() == [6, 6, 6]
    assert set(regions["chrom"][regions["split"] == "test"]) == {"chr3"}
    assert regions["B"].isna().sum() == 3
    assert list(regions.columns) == ["chrom", "start", "end", "name", "split", "A", "B"]
    kept = steps[steps["step"].str.startswith("kept")]["regions"].sum()
    left_out = steps[steps["step"].str.startswith("left out")]["regions"].sum()
    assert kept == len(regions) == 18
    assert kept + left_out == 24


def test_select_drops_missing_labels_and_unbound_regions():
    regions, _ = select(candidates(), ["A", "B"], SPLIT, "drop", unbound=0)
    assert regions["name"].tolist() == [f"{c}:{n}" for c in ("chr1", "chr2", "chr3") for n in (0, 1)]


def test_select_keeps_the_sequences_of_the_test_out_of_training():
    frame = candidates().assign(copies=0)
    frame.loc[frame["name"].isin(["chr1:2", "chr3:1"]), "copies"] = 1
    frame.loc[frame["name"].isin(["chr2:0", "chr3:2"]), "copies"] = 2
    frame.loc[frame["name"].isin(["chr1:0", "chr1:1"]), "copies"] = 3
    regions, steps = select(frame, ["A", "B"], SPLIT, "mask", unbound=0)
    assert regions["name"].tolist() == ["chr1:0", "chr1:1"] + [f"{c}:{n}" for c in ("chr2", "chr3") for n in (0, 1, 2)]
    assert dict(steps.to_numpy())["left out: of training, same sequence as a validation or test region"] == 1
    left_out = steps[steps["step"].str.startswith("left out")]["regions"].sum()
    assert left_out + len(regions) == len(frame)


def test_select_shuffled_negatives():
    regions, steps = select(candidates(), ["A", "B"], SPLIT, "mask", unbound=1.5, seed=2, negatives="shuffled")
    shuffled = is_shuffled(regions)
    origin = regions["name"].str.replace("_shuffled[12]", "", regex=True)
    assert set(origin) == {f"{chrom}:{n}" for chrom in ("chr1", "chr2", "chr3") for n in (0, 1, 2)}
    times = regions.groupby(origin).size()
    assert set(times) == {2, 3}
    assert (regions.loc[shuffled, ["A", "B"]] == 0).all(axis=None)
    assert not (regions.loc[~shuffled, ["A", "B"]] == 0).all(axis=1).any()
    assert regions["name"].tolist()[:3] == ["chr1:0", "chr1:0_shuffled1", "chr1:1"] or times["chr1:0"] == 3
    assert (regions.groupby(origin)["split"].nunique() == 1).all()
    assert steps["regions"].iloc[-1] == shuffled.sum() == len(regions) - 9


def test_count_gc():
    regions = pd.DataFrame({"A": [1, 1, 0, np.nan]})
    table = count_gc(regions, np.array([0.0, 0.5, 1.0, 0.4]), ["A"], bins=2)
    assert table.to_numpy().tolist() == [
        ["A", "bound", 0.0, 1], ["A", "bound", 0.5, 1], ["A", "unbound", 0.0, 0], ["A", "unbound", 0.5, 1],
    ]  # fmt: skip


def test_select_is_reproducible():
    first, _ = select(candidates(), ["A", "B"], SPLIT, unbound=0.5, seed=3)
    second, _ = select(candidates(), ["A", "B"], SPLIT, unbound=0.5, seed=3)
    pd.testing.assert_frame_equal(first, second)


def test_select_names_the_target_without_positives():
    frame = candidates()
    frame.loc[(frame["chrom"] == "chr3") & (frame["B"] == 1), "B"] = 0
    with pytest.raises(InputError, match=r"target 'B' has no bound region in test \(chr3\)"):
        select(frame, ["A", "B"], SPLIT)


def test_split_names_the_chromosome_that_is_not_there():
    with pytest.raises(InputError, match="split.test: chromosome 'chr14' has no region; the data have chr1, chr2"):
        assign_split(intervals(("chr1", 0, 9), ("chr2", 0, 9)), {"validation": ["chr2"], "test": ["chr14"]})


def test_counts_and_bed():
    regions, _ = select(candidates(), ["A", "B"], SPLIT, "mask", unbound=1.0)
    counts = count_labels(regions, ["A", "B"])
    assert counts[counts["split"] == "test"].to_numpy().tolist() == [["A", "test", 2, 4, 0], ["B", "test", 1, 4, 1]]
    bed = to_bed(regions, "B", 1)
    assert bed.to_numpy().tolist() == [[chrom, 10, 20, f"{chrom}:1", 0, "."] for chrom in ("chr1", "chr2", "chr3")]


def test_split_by_shares_is_exact_and_by_chance():
    regions = intervals(*[(None, None, None)] * 1000)
    split = assign_split(regions, {"validation": 0.1, "test": 0.25}, seed=5)
    assert {name: (split == name).sum() for name in ("train", "validation", "test")} == {
        "train": 650,
        "validation": 100,
        "test": 250,
    }
    for half in (split[:500], split[500:]):
        assert 30 < (half == "validation").sum() < 70 and 95 < (half == "test").sum() < 155
    assert (assign_split(regions, {"validation": 0.1, "test": 0.25}, seed=5) == split).all()
    assert (assign_split(regions, {"validation": 0.1, "test": 0.25}, seed=6) != split).any()
    apart = intervals(*[("chr1", 300 * place, 300 * place + 200) for place in range(1000)])
    assert (assign_split(apart, {"validation": 0.1, "test": 0.25}, seed=5) == split).all()


def test_split_by_chromosome_needs_positions():
    with pytest.raises(InputError, match="positions of the regions are not known; expected shares such as"):
        assign_split(intervals(*[(None, None, None)] * 2), {"validation": ["chr1"], "test": ["chr2"]})


def leaks(regions):
    """How many pairs of regions in different splits overlap, all against all."""
    chrom, start, end, split = (regions[name].to_numpy() for name in ("chrom", "start", "end", "split"))
    apart = (split[:, None] != split) & (split != "") & (split[:, None] != "")
    return int((apart & (chrom[:, None] == chrom) & (start[:, None] < end) & (start < end[:, None])).sum()) // 2


def dense(n_chromosomes, n, step, width=200):
    """Windows that overlap the next few, in no order."""
    rows = [(f"chr{c}", step * k, step * k + width) for c in range(1, n_chromosomes + 1) for k in range(n)]
    return intervals(*[rows[k] for k in np.random.default_rng(0).permutation(len(rows))])


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("step", [30, 50, 150])
def test_a_split_by_shares_of_overlapping_windows_does_not_leak(seed, step):
    regions = dense(2, 700, step)  # two long chains
    regions["split"] = assign_split(regions, {"validation": 0.1, "test": 0.2}, seed)
    assert leaks(regions) == 0
    shares = regions["split"].value_counts() / len(regions)
    assert abs(shares["test"] - 0.2) < 0.02 and abs(shares["validation"] - 0.1) < 0.03 and 0 < shares[""] < 0.15
    again = assign_split(regions, {"validation": 0.1, "test": 0.2}, seed)
    assert (again == regions["split"]).all()
    one_by_one = regions.assign(split=np.random.default_rng(seed).permutation(np.repeat(["train", "test"], 700)))
    assert leaks(one_by_one) > 500  # what the test would see


def test_short_chains_are_kept_together_whole():
    chains = [("chr1", 1000 * chain + 90 * k, 1000 * chain + 90 * k + 100) for chain in range(200) for k in range(5)]
    regions = intervals(*chains)
    split = assign_split(regions, {"validation": 0.1, "test": 0.1}, seed=2).reshape(200, 5)
    assert (split == split[:, :1]).all()
    assert [(split == name).sum() for name in ("train", "validation", "test", "")] == [800, 100, 100, 0]


def test_what_a_cut_costs_is_told():
    regions = dense(1, 1000, 50).assign(gc=0.5, A=1.0, B=0.0)
    regions["B"] = np.arange(1000) % 2.0
    regions["name"] = [f"{chrom}:{start}-{end}" for chrom, start, end in regions[["chrom", "start", "end"]].to_numpy()]
    regions.loc[::10, ["A", "B"]] = 0
    shares = {"validation": 0.1, "test": 0.1}
    kept, steps = select(regions, ["A", "B"], shares, unbound=1.0)
    steps = dict(steps.to_numpy().tolist())
    cut = "left out: overlaps a region of another split, where a long chain of overlapping regions is cut"
    assert leaks(kept) == 0 and 0 < steps[cut] < 80 and len(kept) + steps[cut] == 1000
    codes = np.random.default_rng(0).integers(4, size=(1000, 200), dtype=np.uint8)
    keep, kept, steps = select_peaks(regions, codes, np.zeros((1000, 1), dtype=np.float32), ["V"], shares)
    steps = dict(steps.to_numpy().tolist())
    assert leaks(kept) == 0 and 0 < steps[cut] == 1000 - keep.sum() < 80


def test_candidates_can_be_split_by_shares():
    more = pd.concat([candidates().assign(start=lambda f, k=k: f["start"] + 100 * k) for k in range(20)])
    more = more.assign(end=more["start"] + 10).reset_index(drop=True)
    regions, _ = select(more, ["A", "B"], {"validation": 0.3, "test": 0.3}, unbound=5)
    assert set(regions["split"]) == {"train", "validation", "test"}
    assert regions.groupby("chrom")["split"].nunique().max() == 3


def peaks_of(*rows):
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "name"])


def test_values_are_matched_by_name():
    peaks = peaks_of(("chr1", 0, 5, "a"), ("chr1", 5, 10, "b"), ("chr2", 0, 5, "c"))
    kept, values, steps = match_values(peaks, ["c", "x", "a", "y"], np.array([[1], [2], [3], [4]]))
    assert kept["name"].tolist() == ["a", "c"] and values.tolist() == [[3], [1]]
    assert steps.to_numpy().tolist() == [
        ["left out: peaks without heights", 1],
        ["left out: heights without a peak", 2],
    ]


def test_peaks_have_to_be_on_the_chromosomes():
    peaks = peaks_of(
        ("chr1", 0, 5, "a"), ("chr1", -1, 4, "b"), ("chr2", 6, 11, "c"), ("chr2", 5, 10, "d"), ("chrX", 0, 5, "e")
    )
    keep, steps = in_genome(peaks, {"chr2": 10})
    assert keep.tolist() == [True, False, False, True, True]
    assert steps.to_numpy().tolist() == [["left out: not wholly on the chromosome", 2]]


def test_select_peaks_in_their_order():
    sequences = ["GACTC", "ACNGT", "AAAAA", "TTTTT", "GAGTC", "CCCCC", "GGTAA"]
    peaks = peaks_of(*[(f"chr{9 - number}", 0, 5, f"p{number}") for number in range(7)])
    values = np.arange(14, dtype=np.float32).reshape(7, 2)
    split = {"validation": ["chr4"], "test": ["chr6"]}  # p5, and p3, which has the sequence of p2 on the other strand
    keep, regions, steps = select_peaks(peaks, encode(sequences), values, ["A", "B"], split)
    assert keep.tolist() == [True, False, False, True, True, True, True]
    assert regions.to_numpy().tolist() == [
        ["chr9", 0, 5, "p0", "train", 0, 1],
        ["chr6", 0, 5, "p3", "test", 6, 7],
        ["chr5", 0, 5, "p4", "train", 8, 9],
        ["chr4", 0, 5, "p5", "validation", 10, 11],
        ["chr3", 0, 5, "p6", "train", 12, 13],
    ]
    assert regions["A"].dtype == np.float32
    assert steps.to_numpy().tolist() == [
        ["left out: with N in the sequence", 1],
        ["left out: of training, same sequence as a validation or test region", 1],
        ["kept", 5],
    ]
    with pytest.raises(InputError, match="config, split: of 5 regions, none is left for validation; expected at least"):
        select_peaks(peaks, encode(sequences), values, ["A", "B"], {"validation": [], "test": ["chr6"]})


def test_regression_tables():
    regions = pd.DataFrame(
        {
            "split": ["train", "test", "train", "validation", "train", "train", "train"],
            "A": [1.0, 9, 2, 7, 3, 4, 5],
            "B": [0.0, 2, 0, 3, 0, 0, 0],
        }
    )
    assert count_split(regions).to_numpy().tolist() == [["train", 5], ["validation", 1], ["test", 1]]
    described = describe_values(regions, ["A", "B"])
    assert described.columns.tolist() == [
        "target", "split", "n", "mean", "sd", "minimum", "lower_quartile", "median", "upper_quartile", "maximum",
    ]  # fmt: skip
    assert described[["target", "split"]].to_numpy().tolist() == [
        [target, split] for target in "AB" for split in ("train", "validation", "test")
    ]
    assert described.iloc[0, 2:].tolist() == [5, 3, pytest.approx(2**0.5), 1, 2, 3, 4, 5]
    assert described.iloc[5, 2:].tolist() == [1, 2, 0, 2, 2, 2, 2, 2]
    gc = count_gc_of_splits(regions["split"].to_numpy(), np.array([0, 1, 0.49, 0.5, 0.5, 1, 1]), bins=2)
    assert gc.to_numpy().tolist() == [
        ["train", 0, 2], ["train", 0.5, 3], ["validation", 0, 0], ["validation", 0.5, 1], ["test", 0, 0],
        ["test", 0.5, 1],
    ]  # fmt: skip


def test_a_target_that_is_constant_in_training_cannot_be_learned():
    regions = pd.DataFrame({"split": ["train", "train", "test"], "A": [1.0, 2.0, 2.0], "B": [0.0, 0.0, 1.0]})
    expect_variation(regions, ["A"])
    with pytest.raises(InputError, match="targets: 'B' has the same value in all 2 regions for training"):
        expect_variation(regions, ["A", "B"])
