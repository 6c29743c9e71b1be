import numpy as np
import pandas as pd
import pytest
from cam.errors import InputError
from cam.regions import assign_split, count_labels, label, match_gc, overlaps, select, to_bed, usable, windows


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
    labels = label(regions, summits, sites, ["A", "B"], rule)
    np.testing.assert_array_equal(labels["A"], expected)
    np.testing.assert_array_equal(labels["B"], [0, 0, 0, 0])


def test_match_gc_follows_the_distribution_of_the_bound():
    rng = np.random.default_rng(0)
    gc = np.concatenate([rng.normal(0.6, 0.03, 500), rng.uniform(0.2, 0.8, 20_000)])
    bound = np.arange(len(gc)) < 500
    chosen = match_gc(gc, bound, 2.0, rng)
    assert not (chosen & bound).any()
    assert chosen.sum() == 1000
    assert abs(gc[chosen].mean() - gc[bound].mean()) < 0.01
    assert abs(gc[~bound].mean() - gc[bound].mean()) > 0.05


def test_match_gc_takes_nothing_from_other_bins():
    gc = np.array([0.5, 0.5, 0.9, 0.9])
    assert match_gc(gc, np.array([True, False, False, False]), 3.0, np.random.default_rng(0)).tolist() == [
        False, True, False, False,
    ]  # fmt: skip


def candidates():
    rows = []
    for chrom in ("chr1", "chr2", "chr3"):
        for number, (a, b) in enumerate(
            [(1, 0), (0, 1), (1, np.nan), (0, 0), (0, 0), (0, 0), (np.nan, 0), (np.nan, np.nan)]
        ):
            rows.append((chrom, number * 10, number * 10 + 10, f"{chrom}:{number}", 0.5, a, b))
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "name", "gc", "A", "B"])


SPLIT = {"validation": ["chr2"], "test": ["chr3"]}


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
        assign_split(pd.Series(["chr1", "chr2"]), {"validation": ["chr2"], "test": ["chr14"]})


def test_counts_and_bed():
    regions, _ = select(candidates(), ["A", "B"], SPLIT, "mask", unbound=1.0)
    counts = count_labels(regions, ["A", "B"])
    assert counts[counts["split"] == "test"].to_numpy().tolist() == [["A", "test", 2, 4, 0], ["B", "test", 1, 4, 1]]
    bed = to_bed(regions, "B", 1)
    assert bed.to_numpy().tolist() == [[chrom, 10, 20, f"{chrom}:1", 0, "."] for chrom in ("chr1", "chr2", "chr3")]
