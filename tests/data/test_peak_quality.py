"""How far files of peaks agree: against bedtools, against everything compared with everything, and as a figure."""

import subprocess
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from cam import plots
from cam.data.peak_quality import compare_files, compare_targets, describe_peaks, jaccard
from cam.data.peaks import MISSING, Axis, Peaks
from cam.io.tables import read_table, write_table
from figures import texts_in_place
from scipy.stats import rankdata

SIZES = {"chr1": 3000, "chr10": 2000, "chr2": 900}


def random_peaks(axis, n, rng, longest=120):
    """Peaks on an axis, of which many overlap, and some begin and end where others do."""
    number = rng.integers(0, len(axis.chroms), n)
    start = rng.integers(0, axis.lengths[number] // 20) * 20
    end = np.minimum(start + 20 * rng.integers(1, longest // 20, n), axis.lengths[number])
    start, end = axis.begins[number] + start, axis.begins[number] + end
    order = np.argsort(start, kind="stable")
    start, end = start[order], end[order]
    return Peaks(start, end, rng.integers(start, end), rng.permutation(n).astype(np.float32))


def samples_of(*targets):
    return [SimpleNamespace(target=target, path=f"{number}.bed") for number, target in enumerate(targets)]


@pytest.mark.parametrize("seed", range(5))
def test_jaccard_is_that_of_bedtools(tmp_path, seed):
    rng, axis = np.random.default_rng(seed), Axis(SIZES, SIZES, 50)
    pair = [random_peaks(axis, n, rng) for n in rng.integers(1, 60, 2)]
    for name, peaks in zip("ab", pair, strict=True):
        axis.intervals(peaks.start, peaks.end).to_csv(tmp_path / name, sep="\t", header=False, index=False)
    call = ["bedtools", "jaccard", "-a", tmp_path / "a", "-b", tmp_path / "b"]
    told = subprocess.run(call, capture_output=True, text=True, check=True).stdout.split("\n")
    assert told[0].split("\t")[2] == "jaccard"
    assert jaccard(*pair) == pytest.approx(float(told[1].split("\t")[2]), abs=1e-6)
    assert jaccard(pair[0], pair[0]) == 1 and jaccard(*pair) == jaccard(*pair[::-1])


def brute_shared(one, other):
    """Rows of peaks that overlap and have each other's nearest summit; of two as near, the one before it."""

    def nearest(summit, peaks):
        return min(range(len(peaks.summit)), key=lambda row: (abs(peaks.summit[row] - summit), peaks.summit[row]))

    pairs = []
    for row, summit in enumerate(one.summit):
        match = nearest(summit, other)
        overlap = one.start[row] < other.end[match] and other.start[match] < one.end[row]
        if nearest(other.summit[match], one) == row and overlap:
            pairs.append((row, match))
    return np.array(pairs).reshape(-1, 2).T


@pytest.mark.parametrize("seed", range(8))
def test_shared_peaks_and_their_ranks_by_brute_force(seed):
    rng, axis = np.random.default_rng(seed), Axis(SIZES, SIZES, 50)
    files = [random_peaks(axis, n, rng) for n in (40, 25, 30)]
    distinct = []
    for peaks in files:  # with summits that differ, so that the nearest is one
        rows = np.sort(np.unique(peaks.summit, return_index=True)[1])
        distinct.append(Peaks(*(column[rows] for column in peaks)))
    table = compare_files(samples_of("A", "A", "A"), distinct)
    assert table[["pairs", "target", "first", "second"]].to_numpy().tolist() == [
        ["files", "A", f"{one}.bed", f"{other}.bed"] for one, other in combinations(range(3), 2)
    ]
    for (one, other), row in zip(combinations(distinct, 2), table.to_dict("records"), strict=True):
        rows, others = brute_shared(one, other)
        scores, other_scores = one.score[rows], other.score[others]
        assert row["shared"] == len(rows) > 3
        ranks = np.corrcoef(rankdata(scores), rankdata(other_scores))[0, 1]
        assert row["spearman"] == pytest.approx(ranks)
        for top in (10, 25, 50):
            n = int(np.ceil(len(rows) * top / 100))
            best = [set(np.argsort(-values)[:n]) for values in (scores, other_scores)]
            assert row[f"top_{top}"] == len(best[0] & best[1]) / n


def test_files_that_agree_and_files_without_scores():
    start = np.arange(0, 20_000, 100)
    peaks = Peaks(start, start + 60, start + 30, np.arange(200, dtype=np.float32))
    samples = samples_of("A", "b", "A", "A", "c")
    without = peaks._replace(score=np.full(200, np.nan, dtype=np.float32))
    table = compare_files(samples, [peaks, peaks, peaks, without, peaks])
    assert table[["target", "first", "second", "jaccard", "shared"]].to_numpy().tolist() == [
        ["A", "0.bed", "2.bed", 1, 200], ["A", "0.bed", "3.bed", 1, 200], ["A", "2.bed", "3.bed", 1, 200],
    ]  # fmt: skip
    ranks = table[["spearman", "top_10", "top_25", "top_50"]]
    np.testing.assert_allclose(ranks.iloc[0], [1, 1, 1, 1])
    assert ranks.iloc[1:].isna().all(axis=None)
    reverse = peaks._replace(score=-peaks.score)
    (row,) = compare_files(samples_of("A", "A"), [peaks, reverse])[ranks.columns].to_numpy()
    np.testing.assert_allclose(row, [-1, 0, 0, 0])
    elsewhere = peaks._replace(start=start + 60, end=start + 100, summit=start + 80)
    (row,) = compare_files(samples_of("A", "A"), [peaks, elsewhere])[["jaccard", "shared", "spearman"]].to_numpy()
    np.testing.assert_array_equal(row.astype(float), [0, 0, np.nan])


def test_at_most_fifty_pairs_of_a_target():
    start = np.arange(0, 1000, 100)
    peaks = Peaks(start, start + 60, start + 30, np.arange(10, dtype=np.float32))
    tables = [compare_files(samples_of(*"A" * 12, "b", "b"), [peaks] * 14, seed) for seed in (1, 1, 2)]
    assert tables[0]["target"].value_counts().to_dict() == {"A": 50, "b": 1}
    assert not tables[0][["first", "second"]].duplicated().any()
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0].equals(tables[2])


def test_targets_are_compared_by_their_bound_regions():
    labels = np.array([[1, 1, 0, 0], [1, MISSING, 1, 0], [0, 1, 1, 0], [1, 1, MISSING, 0]], dtype=np.int8)
    table = compare_targets(labels, ["A", "b", "c", "d"])
    assert table["pairs"].unique().tolist() == ["targets"]
    found = {(row.first, row.second): (row.shared, row.jaccard) for row in table.itertuples()}
    assert found == {
        ("A", "b"): (2, 0.5), ("A", "c"): (1, 0.25), ("A", "d"): (0, 0), ("b", "c"): (1, 0.25), ("b", "d"): (0, 0),
        ("c", "d"): (0, 0),
    }  # fmt: skip
    assert compare_targets(labels[:, 3:], ["d"]).empty
    assert np.isnan(compare_targets(labels[:, [3, 3]], ["d", "e"])["jaccard"][0])


def test_widths_and_scores_are_described():
    start = np.arange(0, 1010, 10)
    peaks = Peaks(start, start + np.arange(1, 102), start, np.arange(101, dtype=np.float32))
    counts = pd.DataFrame({"target": ["A", "b"], "used": [101, 101]})
    table = describe_peaks(counts, [peaks, peaks._replace(score=peaks.score * np.nan)], np.array([0.5, 1]))
    columns = [f"{name}_{share}" for name in ("width", "score") for share in (5, 25, 50, 75, 95)]
    assert table.columns.tolist() == ["target", "used", "in_candidates", *columns]
    assert table.loc[0, columns].tolist() == [6, 26, 51, 76, 96, 5, 25, 50, 75, 95]
    assert table.loc[1, columns].isna().tolist() == [False] * 5 + [True] * 5


def tables(n, per_target, folder, biosample="", width=300):
    """Both tables of n files, as they are read from where they were written."""
    rng = np.random.default_rng(n)
    start = np.sort(rng.integers(0, 10**6, (n, 400)), axis=1)
    lengths = rng.integers(0.4 * width, 2 * width, (n, 400)) if width > 1 else np.ones((n, 400), dtype=int)
    files = [Peaks(s, s + w, s + w // 2, rng.gamma(2, 9, 400)) for s, w in zip(start, lengths, strict=True)]
    samples = samples_of(*(f"TF{number // per_target}" for number in range(n)))
    targets = list(dict.fromkeys(sample.target for sample in samples))
    counts = pd.DataFrame({
        "target": [sample.target for sample in samples], "biosample": biosample, "file": [s.path for s in samples],
        "lost_min_score": 30, "lost_top": 0, "lost_other_chromosomes": 10, "lost_unknown_chromosomes": 0,
        "lost_beyond_end": rng.integers(0, 9, n), "used": rng.integers(1, 10**5, n),
    })  # fmt: skip
    overlap = [compare_files(samples, files), compare_targets(rng.integers(-1, 2, (99, len(targets))), targets)]
    write_table(describe_peaks(counts, files, rng.random(n)), folder / "peaks.tsv")
    write_table(pd.concat(overlap), folder / "overlap.tsv")
    text = dict.fromkeys(("biosample", "target", "file", "first", "second"), str)
    return *(read_table(folder / f"{name}.tsv", dtype=text) for name in ("peaks", "overlap")), targets


@pytest.mark.parametrize(("n", "per_target"), [(1, 1), (2, 2), (3, 1), (30, 3), (90, 1), (200, 1), (200, 4)])
def test_the_figure_can_be_read_whatever_the_number_of_files(tmp_path, n, per_target):
    peaks, overlap, targets = tables(n, per_target, tmp_path)
    figure = plots.peak_quality(peaks, overlap, targets)
    texts = texts_in_place(figure)
    assert {"Peaks", "Widths", "Agreement", "used", "filtered", "elsewhere"} <= set(texts)
    assert ("TF0 · 2" in texts) == (per_target > 1 and n <= 100)
    assert ("Row of peaks.tsv" in texts) == (n > 100)
    assert ("other files of the target: bases (Jaccard)" in texts) == (per_target > 1)
    assert ("most similar target: bound regions (Jaccard)" in texts) == (len(targets) > 1)
    counts, widths, shares = figure.axes
    assert [bar.get_width() for bar in counts.patches[:n]] == peaks["used"].tolist()
    assert widths.lines[0].get_xdata().tolist() == peaks["width_50"].tolist()
    assert shares.collections[0].get_offsets()[:, 0].tolist() == peaks["in_candidates"].tolist()


def test_the_figure_of_summits_and_of_long_names(tmp_path):
    peaks, overlap, targets = tables(
        3, 1, tmp_path, biosample="a biosample with a rather long name of its own", width=1
    )
    texts = texts_in_place(plots.peak_quality(peaks, overlap, targets))
    assert "TF0, a biosamp…ame of its own" in texts
    paths = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for path in paths:
        plots.save(plots.peak_quality(peaks, overlap, targets), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
