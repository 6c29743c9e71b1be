"""Metrics against literal values and scikit-learn; the bootstrap against scikit-learn with weights."""

import numpy as np
import pandas as pd
import pytest
from cam.evaluation import regression
from cam.evaluation.binding import (
    BOOTSTRAPPED,
    best_threshold,
    calibration_error,
    from_gc_content,
    reliability,
    resampled,
    resampler,
    score,
    score_gc_content,
)
from cam.evaluation.bootstrap import blocks_of, bootstrap, compare, draws, intervals, read_test_regions
from cam.evaluation.summaries import summarise, with_spread
from cam.io.tables import write_table
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, matthews_corrcoef, roc_auc_score

NAN = np.nan


def simulated(n=400, n_targets=3, seed=0):
    """Labels, some of them missing, and probabilities that say something of them, some of them tied."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((n, n_targets)) < 0.3).astype(float)
    probabilities = np.round(np.clip(labels * 0.2 + rng.random((n, n_targets)) * 0.8, 0, 1), 2)
    labels[rng.random((n, n_targets)) < 0.1] = NAN
    return labels, probabilities


def each(labels):
    """Every region as a block of its own."""
    return np.arange(len(labels))


def drawn(labels, probabilities, thresholds, resamples, seed, blocks=None):
    """Scores on resamples, shape (resamples, n_targets, 3)."""
    targets, blocks = range(labels.shape[1]), each(labels) if blocks is None else blocks
    found = bootstrap(resampler(labels, probabilities, thresholds, targets), blocks, resamples, seed)
    return np.stack([np.stack([found[t, metric] for metric in BOOTSTRAPPED], axis=1) for t in targets], axis=1)


def test_binding_leaves_out_missing_labels():
    labels = np.array([[1, 1], [0, np.nan], [1, 0], [0, 1], [np.nan, 0]])
    probabilities = np.array([[0.9, 0.1], [0.4, 0.5], [0.3, 0.2], [0.2, 0.8], [0.99, 0.6]])
    result = score(labels, probabilities, [0.5, 0.5], ["A", "B"])
    assert result["A"] == {
        "auroc": 0.75, "auprc": pytest.approx(5 / 6), "mcc": pytest.approx(1 / 3**0.5), "threshold": 0.5,
        "brier": pytest.approx((0.1**2 + 0.4**2 + 0.7**2 + 0.2**2) / 4),
        "calibration_error": pytest.approx((0.1 + 0.4 + 0.7 + 0.2) / 4),
        "confusion": [[2, 0], [1, 1]], "n": 4, "positives": 2,
    }  # fmt: skip
    assert result["B"]["confusion"] == [[1, 1], [1, 1]]
    assert result["B"]["auroc"] == 0.5
    assert result["macro"]["auroc"] == pytest.approx(0.625)
    assert result["macro"]["brier"] == pytest.approx((result["A"]["brier"] + result["B"]["brier"]) / 2)
    assert list(result["macro"]) == ["auroc", "auprc", "mcc", "brier", "calibration_error"]


def test_a_target_with_one_kind_of_label_has_no_auroc():
    result = score(np.array([[1.0], [1.0]]), np.array([[0.2], [0.7]]), [0.5], ["A"])
    assert result["A"]["auroc"] is None and result["macro"]["auroc"] is None
    assert result["A"]["brier"] is None and result["macro"]["calibration_error"] is None
    assert result["A"]["confusion"] == [[0, 0], [1, 1]]


def test_best_threshold_has_the_largest_mcc_of_all_thresholds():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200).astype(float)
    probabilities = np.clip(labels * 0.3 + rng.random(200) * 0.7, 0, 1)
    labels[:20] = np.nan
    known = ~np.isnan(labels)
    y, p = labels[known], probabilities[known]
    all_of_them = max(matthews_corrcoef(y, p >= threshold) for threshold in p)
    assert matthews_corrcoef(y, p >= best_threshold(labels, probabilities)) == pytest.approx(all_of_them)


@pytest.mark.parametrize("labels", [[1.0, 1.0], [np.nan, np.nan], [0.0, np.nan]])
def test_best_threshold_of_labels_that_are_all_alike(labels):
    assert best_threshold(np.array(labels), np.array([0.2, 0.9])) == 0.5


# --- Calibration ---------------------------------------------------------------------------------------------------

LABELS = np.array([0, 0, 0, 1, 0, 1, 1, 1])
PROBABILITIES = np.array([0.1, 0.1, 0.2, 0.4, 0.5, 0.7, 0.9, 1.0])


def test_reliability_in_two_bins_of_four():
    curve = reliability(LABELS, PROBABILITIES, bins=2)
    assert curve["n"].tolist() == [4, 4]
    assert curve["predicted"].tolist() == pytest.approx([0.2, 0.775])
    assert curve["observed"].tolist() == [0.25, 0.75]


def test_calibration_error_by_hand():
    # Two bins of four: |0.25 − 0.2| and |0.75 − 0.775|. One bin: |0.5 − 3.9 / 8|.
    assert calibration_error(LABELS, PROBABILITIES, bins=2) == pytest.approx((0.05 + 0.025) / 2)
    assert calibration_error(LABELS, PROBABILITIES, bins=1) == pytest.approx(0.0125)
    # Tied probabilities stand in one bin, whatever their number: 6 of 0.2, of which 3 bound, and 2 of 0.9, both bound.
    tied = np.array([0.2] * 6 + [0.9] * 2)
    assert calibration_error([0, 0, 0, 1, 1, 1, 1, 1], tied) == pytest.approx((6 * 0.3 + 2 * 0.1) / 8)


def test_a_model_that_knows_the_frequencies_is_calibrated():
    rng = np.random.default_rng(0)
    p = rng.random(200_000)
    y = rng.random(200_000) < p
    assert calibration_error(y, p) < 0.005
    assert calibration_error(y, p**2) > 0.1


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=1), st.integers(1, 12))
def test_reliability_is_scikit_learn_s_and_counts_every_region(regions, bins):
    y, p = np.array([y for y, _ in regions], dtype=int), np.array([p for _, p in regions]) / 20
    curve = reliability(y, p, bins)
    observed, predicted = calibration_curve(y, p, n_bins=bins, strategy="quantile")
    assert curve["observed"].tolist() == observed.tolist()
    assert curve["predicted"].tolist() == predicted.tolist()
    assert curve["n"].sum() == len(y)
    assert (curve["n"] * curve["observed"]).sum() == pytest.approx(y.sum())


def test_brier_and_calibration_error_are_those_of_each_target():
    labels, probabilities = simulated()
    result = score(labels, probabilities.astype(np.float32), [0.5] * 3, list("ABC"))
    for t, target in enumerate("ABC"):
        known = ~np.isnan(labels[:, t])
        y, p = labels[known, t], probabilities[known, t]
        assert result[target]["brier"] == pytest.approx(brier_score_loss(y, p), abs=1e-7)
        assert result[target]["calibration_error"] == pytest.approx(calibration_error(y, p), abs=1e-7)


# --- Bootstrap -----------------------------------------------------------------------------------------------------


def reference(labels, probabilities, threshold, counts):
    """The scores of one resample, by scikit-learn with weights."""
    known = ~np.isnan(labels)
    y, p, w = labels[known], probabilities[known], counts[known]
    if len(set(y[w > 0])) < 2:
        return [NAN] * 3
    return [
        roc_auc_score(y, p, sample_weight=w),
        average_precision_score(y, p, sample_weight=w),
        matthews_corrcoef(y, p >= threshold, sample_weight=w),
    ]


def test_resampled_by_hand():
    labels, probabilities = np.array([1, 0, NAN, 1, 0]), np.array([0.9, 0.6, 0.5, 0.4, 0.1])
    counts = np.array([[1, 1, 1, 1, 1], [1, 2, 9, 0, 1], [2, 0, 0, 1, 0], [0, 1, 0, 1, 1], [0, 0, 4, 0, 0]])
    scores = resampled(labels, probabilities, 0.5, counts)
    assert scores[0].tolist() == pytest.approx([3 / 4, (1 + 2 / 3) / 2, 0])
    assert scores[1].tolist() == pytest.approx([1, 1, 1 / 3])  # 1 TP, 2 FP, 1 TN: (1·1 − 2·0) / √(3·1·3·1)
    assert np.isnan(scores[2]).all()  # no unbound region
    assert scores[3].tolist() == pytest.approx([1 / 2, 1 / 2, -1 / 2])  # 1 FP, 1 FN, 1 TN
    assert np.isnan(scores[4]).all()  # nothing known


@settings(deadline=None)
@given(
    regions=st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, NAN]), st.integers(0, 6), st.tuples(*[st.integers(0, 4)] * 3)),
        min_size=1,
        max_size=40,
    ),
    threshold=st.integers(-1, 8),
)
def test_resampled_is_scikit_learn_s_whatever_the_ties_and_weights(regions, threshold):
    labels = np.array([label for label, _, _ in regions])
    probabilities = np.array([p for _, p, _ in regions]) / 7
    counts = np.array([counts for _, _, counts in regions]).T
    expected = [reference(labels, probabilities, threshold / 7, row) for row in counts]
    found = resampled(labels, probabilities, threshold / 7, counts)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_the_bootstrap_is_scikit_learn_s_on_the_resampled_regions():
    labels, probabilities = simulated()
    thresholds = [0.3, 0.5, 0.7]
    scores = drawn(labels, probabilities, thresholds, resamples=40, seed=5)
    assert scores.shape == (40, 3, 3)
    rng = np.random.default_rng(5)
    for resample in scores:
        rows = rng.integers(len(labels), size=len(labels))
        for t, threshold in enumerate(thresholds):
            expected = reference(labels[rows, t], probabilities[rows, t], threshold, np.ones(len(rows)))
            np.testing.assert_allclose(resample[t], expected, rtol=0, atol=1e-12)


def test_the_bootstrap_is_scikit_learn_s_where_predictions_are_float32_and_many():
    rng = np.random.default_rng(3)
    labels = (rng.random(100_000) < 0.4).astype(np.float32)
    probabilities = np.where(rng.random(100_000) < 0.5, 1, rng.random(100_000)).astype(np.float32)
    counts = np.bincount(rng.integers(100_000, size=100_000), minlength=100_000)
    expected = reference(labels, probabilities, 0.5, counts)
    found = resampled(labels, probabilities, 0.5, counts[None])[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_the_bootstrap_depends_on_the_seed_alone():
    labels, probabilities = simulated()
    first, again, other = (drawn(labels, probabilities, [0.5] * 3, 50, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    # More resamples go on where fewer ended, and targets do not change each other's.
    np.testing.assert_array_equal(drawn(labels, probabilities, [0.5] * 3, 70, 1)[:50], first)
    np.testing.assert_array_equal(drawn(labels[:, 1:2], probabilities[:, 1:2], [0.5], 50, 1)[:, 0], first[:, 1])


def test_intervals_are_percentiles_per_target_and_of_the_mean():
    labels, probabilities = simulated()
    scores = drawn(labels, probabilities, [0.5] * 3, 200, 7)
    found = intervals(resampler(labels, probabilities, [0.5] * 3, "ABC"), each(labels), 200, 7)
    assert list(found) == ["macro", "A", "B", "C"]
    assert found["B"] == {
        "auroc_interval": np.percentile(scores[:, 1, 0], [2.5, 97.5]).tolist(),
        "auprc_interval": np.percentile(scores[:, 1, 1], [2.5, 97.5]).tolist(),
        "mcc_interval": np.percentile(scores[:, 1, 2], [2.5, 97.5]).tolist(),
        "resamples": 200,
    }
    macro = np.percentile(scores[:, :, 0].mean(axis=1), [2.5, 97.5])
    assert found["macro"]["auroc_interval"] == pytest.approx(macro.tolist())
    low, high = found["macro"]["auroc_interval"]
    assert low < score(labels, probabilities, [0.5] * 3, list("ABC"))["macro"]["auroc"] < high


def test_intervals_hold_the_truth_as_often_as_they_say():
    # Of two normal distributions a standard deviation apart, AUROC is Φ(1/√2) = 0.760.
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        labels = np.repeat([[0.0], [1.0]], 150, axis=0)
        scorer = resampler(labels, rng.normal(size=(300, 1)) + labels, [0.5], ["A"])
        found = intervals(scorer, each(labels), 200, seed)
        low, high = found["A"]["auroc_interval"]
        held += low < 0.7602 < high
    assert 0.90 <= held / 200 <= 0.99


def test_resamples_without_both_labels_are_left_out_and_counted():
    labels = np.full((20, 2), NAN)
    labels[:, 0] = [1] + [0] * 19
    labels[:3, 1] = 1
    probabilities = np.linspace(1, 0, 40).reshape(20, 2)
    found = intervals(resampler(labels, probabilities, [0.5, 0.5], ["rare", "alike"]), each(labels), 500, 1)
    assert found["rare"]["auroc_interval"] == [1, 1]
    assert found["rare"]["resamples"] == pytest.approx(500 * (1 - 0.95**20), abs=40)
    assert found["alike"] == {"auroc_interval": None, "auprc_interval": None, "mcc_interval": None, "resamples": 0}
    assert found["macro"] == found["rare"]


# --- Models beside each other --------------------------------------------------------------------------------------


def test_compare_is_paired():
    labels, probabilities = simulated()
    other = np.random.default_rng(9).random(probabilities.shape)
    models = (probabilities, [0.5] * 3), (other, [0.4] * 3)
    scorers = [resampler(labels, *model, "ABC") for model in models]
    found = compare(*scorers, each(labels), 100, 3).set_index(["target", "metric"])
    assert found.index.tolist() == [(t, m) for t in ["macro", *"ABC"] for m in ("auroc", "auprc", "mcc")]
    own = [score(labels, *model, list("ABC")) for model in models]
    scores = [drawn(labels, *model, 100, 3) for model in models]
    for target, metric in found.index:
        assert found.loc[(target, metric), "difference"] == pytest.approx(
            own[0][target][metric] - own[1][target][metric], abs=1e-12
        )
    auprc = (scores[0] - scores[1])[:, :, 1].mean(axis=1)
    assert found.loc[("macro", "auprc"), ["low", "high"]].tolist() == pytest.approx(np.percentile(auprc, [2.5, 97.5]))
    assert found.loc[("macro", "auroc"), "low"] > 0
    swapped = compare(*scorers[::-1], each(labels), 100, 3)
    np.testing.assert_allclose(swapped["low"], -found["high"])
    # On the same resamples, a model does not differ from itself.
    same = compare(scorers[0], scorers[0], each(labels), 100, 3)
    assert (same[["difference", "low", "high"]] == 0).all(axis=None)


def test_compare_without_both_labels_is_missing():
    labels, p = np.array([[1.0, 1], [1, 0]]), np.array([[0.2, 0.7], [0.3, 0.1]])
    scorer = resampler(labels, p, [0.5, 0.5], ["alike", "B"])
    found = compare(scorer, scorer, each(labels), 20, 1).set_index("target")
    assert found.loc["alike", ["difference", "low", "high"]].isna().all(axis=None)
    assert (found.loc[["macro", "B"], ["difference", "low", "high"]] == 0).all(axis=None)


def run_of(auroc, seconds=10.0, interval=(0.5, 1.0)):
    macro = {"auroc": auroc, "auprc": 0.5, "mcc": None, "brier": 0.125, "calibration_error": 0.03}
    macro |= {"auroc_interval": list(interval), "auprc_interval": [0.25, 0.75], "mcc_interval": None}
    return {
        "test": {"macro": macro},
        "training": {"trainings": 12, "seconds": seconds, "parameters": 1234, "epochs": 20},
    }


def test_summarise_gives_a_row_per_run_and_the_spread_of_several():
    runs = {
        ("cam", 1): run_of(0.75),
        ("cam", 2): run_of(0.5, 20.0),
        ("cam", 3): run_of(0.875),
        ("net", 1): run_of(0.625),
    }
    table = summarise(runs)
    assert list(table) == [
        "model", "seed", "auroc", "auroc_low", "auroc_high", "auprc", "auprc_low", "auprc_high",
        "mcc", "mcc_low", "mcc_high",
        "brier", "calibration_error", "trainings", "seconds", "parameters",
    ]  # fmt: skip
    assert table[["model", "seed", "auroc", "seconds"]].values.tolist() == [
        ["cam", "1", 0.75, 10.0],
        ["cam", "2", 0.5, 20.0],
        ["cam", "3", 0.875, 10.0],
        ["cam", "median", 0.75, 10.0],
        ["cam", "lowest", 0.5, 10.0],
        ["cam", "highest", 0.875, 20.0],
        ["net", "1", 0.625, 10.0],
    ]
    assert table.loc[[0, 3], ["auroc_low", "auroc_high"]].values.tolist() == [
        [0.5, 1.0],
        pytest.approx([NAN, NAN], nan_ok=True),
    ]
    assert table[["mcc", "mcc_low"]].isna().all(axis=None)
    assert table["parameters"].tolist() == [1234] * 7 and table["trainings"].tolist() == [12] * 7
    assert pd.api.types.is_integer_dtype(table["parameters"])


def test_summarise_of_one_seed_has_no_spread_and_a_model_from_a_file_no_trainings():
    theirs = {**run_of(0.5), "training": {"trainings": None, "seconds": 0.0, "parameters": 6}}
    table = summarise({("cam", 4): run_of(0.75), ("theirs", 4): theirs})
    assert table["seed"].tolist() == ["4", "4"] and table["parameters"].tolist() == [1234, 6]
    assert table["trainings"].isna().tolist() == [False, True]


def test_differences_have_a_spread_over_seeds_for_each_target_and_metric():
    columns = ["model", "other", "seed", "target", "metric", "difference", "low", "high"]
    rows = [
        ("cam", "net", seed, "macro", metric, gap, -1.0, 1.0)
        for seed, metric, gap in [
            (1, "auroc", 0.25),
            (2, "auroc", 0.5),
            (4, "auroc", 0.125),
            (1, "mcc", np.nan),
            (2, "mcc", 0.0),
            (4, "mcc", 1.0),
        ]
    ]
    of = {"columns": ["difference"], "of": ["model", "other"], "each": ["target", "metric"]}
    table = with_spread(pd.DataFrame(rows, columns=columns), **of)
    assert list(table) == columns
    assert table[["seed", "metric", "difference"]][6:].to_numpy().tolist() == [
        ["median", "auroc", 0.25], ["median", "mcc", 0.5], ["lowest", "auroc", 0.125], ["lowest", "mcc", 0.0],
        ["highest", "auroc", 0.5], ["highest", "mcc", 1.0],
    ]  # fmt: skip
    assert table[["low", "high"]][6:].isna().all(axis=None)
    empty = pd.DataFrame(columns=columns)
    assert with_spread(empty, **of).empty and list(with_spread(empty, **of)) == columns


# --- Blocks of the chromosomes -------------------------------------------------------------------------------------


def regions_at(*places, width=100):
    frame = pd.DataFrame(places, columns=["chrom", "start"])
    return frame.assign(end=frame["start"] + width)


def test_blocks_are_of_a_chromosome_and_by_the_middle_of_a_region():
    regions = regions_at(("chr2", 900), ("chr1", 0), ("chr1", 949), ("chr1", 950), ("chr2", 1900), ("chr1", 100))
    blocks, size = blocks_of(regions, size=1000, least=2)
    assert size == 1000 and blocks.tolist() == [0, 1, 1, 2, 3, 1]


def test_blocks_are_smaller_where_there_would_be_too_few_and_regions_alone_where_there_still_are():
    regions = regions_at(*[("chr1", place * 1000) for place in range(64)])
    assert blocks_of(regions, size=64_000, least=10)[1] == 4000
    assert np.bincount(blocks_of(regions, size=64_000, least=10)[0]).tolist() == [4] * 16
    blocks, size = blocks_of(regions, size=64_000, least=65)
    assert size is None and blocks.tolist() == list(range(64))


def test_a_region_without_a_position_is_a_block_of_its_own():
    regions = regions_at(*[("chr1", place * 1000) for place in range(4)], (None, np.nan), (None, np.nan))
    blocks, size = blocks_of(regions, size=2000, least=2)
    assert size == 2000 and blocks.tolist() == [0, 0, 1, 1, 2, 3]
    blocks, size = blocks_of(regions[4:])
    assert size is None and blocks.tolist() == [0, 1]


def test_groups_of_near_duplicates_are_blocks_and_every_other_sequence_is_one():
    regions = pd.DataFrame({"chrom": list("abcde"), "start": 0, "end": 200, "name": list("abcde")})
    groups = pd.DataFrame({"name": list("edcbaf"), "group": [7, 2, 7, 4, 2, 7]})
    blocks, size = blocks_of(regions, groups=groups)
    assert size is None and blocks.tolist() == [0, 1, 2, 0, 2]
    assert blocks_of(regions[1:3], groups=groups)[0].tolist() == [0, 1]


def test_blocks_of_the_test_regions_are_read(tmp_path):
    names = ["1", "NA", "3"]
    places = {"chrom": names, "start": 0, "end": 200, "name": names}
    regions = pd.DataFrame({**places, "split": ["test", "train", "test"], "A": 1.0})
    write_table(regions, tmp_path / "regions.tsv.gz")
    write_table(pd.DataFrame({"name": names, "group": [0, 0, 0]}), tmp_path / "groups.tsv.gz")
    names, blocks, size = read_test_regions(tmp_path / "regions.tsv.gz", tmp_path / "groups.tsv.gz")
    assert (names.tolist(), blocks.tolist(), size) == (["1", "3"], [0, 0], None)
    names, blocks, size = read_test_regions(tmp_path / "regions.tsv.gz", [])
    assert (names.tolist(), blocks.tolist(), size) == (["1", "3"], [0, 1], None)


def test_intervals_of_pairs_hold_the_truth_and_those_of_single_sequences_do_not():
    """Every element is there in both orientations, with one prediction and values that are nearly the same."""
    held, n, truth = {"pairs": 0, "sequences": 0}, 150, 0.5
    widths = {name: [] for name in held}
    for seed in range(80):
        rng = np.random.default_rng(seed)
        prediction, noise = rng.normal(size=(2, n))
        element = truth * prediction + np.sqrt(1 - truth**2) * noise
        values = np.concatenate([element, element])[:, None]
        of_both = regression.resampler(values, np.tile(prediction, 2)[:, None], np.zeros(1), "A")
        for name, blocks in (("pairs", np.tile(np.arange(n), 2)), ("sequences", np.arange(2 * n))):
            low, high = intervals(of_both, blocks, 200, seed)["A"]["pearson_interval"]
            held[name] += low < truth < high
            widths[name].append(high - low)
    # As many values as elements say so much; twice the number makes intervals too narrow by the root of 2.
    assert np.mean(widths["pairs"]) / np.mean(widths["sequences"]) == pytest.approx(np.sqrt(2), abs=0.1)
    assert held["pairs"] / 80 >= 0.88 and held["sequences"] / 80 <= 0.86


def test_a_resample_holds_blocks_whole():
    blocks = np.array([0, 0, 1, 2, 2, 2])
    (counts,) = draws(blocks, 20, 1)
    assert (counts[:, 0] == counts[:, 1]).all() and (counts[:, 3:5] == counts[:, 5:]).all()
    assert (counts[:, [0, 2, 3]].sum(axis=1) == 3).all() and len(np.unique(counts, axis=0)) > 5


def test_intervals_hold_the_truth_where_regions_of_a_block_are_alike_and_those_over_single_regions_do_not():
    # In 60 blocks of ten regions, a score is the label, which most of a block share, and what block and region add.
    held, n_blocks, size = {"blocks": 0, "regions": 0}, 60, 10
    truth = 0.7602  # Φ(1/√2): two normal distributions with variance 0.5 + 0.5, a standard deviation apart
    blocks = np.repeat(np.arange(n_blocks), size)
    for seed in range(80):
        rng = np.random.default_rng(seed)
        of_block = np.repeat(rng.random(n_blocks) < 0.5, size)
        labels = np.where(rng.random(n_blocks * size) < 0.9, of_block, ~of_block).astype(float)[:, None]
        deviation = np.repeat(rng.normal(size=n_blocks), size) + rng.normal(size=n_blocks * size)
        scores = labels + np.sqrt(0.5) * deviation[:, None]
        for name, of_region in (("blocks", blocks), ("regions", each(labels))):
            low, high = intervals(resampler(labels, scores, [0.5], "A"), of_region, 200, seed)["A"]["auroc_interval"]
            held[name] += low < truth < high
    assert held["blocks"] / 80 >= 0.88 and held["regions"] / 80 <= 0.7


def test_differences_are_of_the_same_blocks():
    labels, probabilities = simulated()
    other = np.random.default_rng(9).random(probabilities.shape)
    blocks = np.arange(len(labels)) // 10
    found = compare(*(resampler(labels, p, [0.5] * 3, "ABC") for p in (probabilities, other)), blocks, 100, 3)
    scores = [drawn(labels, p, [0.5] * 3, 100, 3, blocks) for p in (probabilities, other)]
    expected = np.percentile((scores[0] - scores[1])[:, :, 0].mean(axis=1), [2.5, 97.5])
    assert found.loc[0, ["low", "high"]].tolist() == pytest.approx(expected.tolist())


# --- GC content alone ----------------------------------------------------------------------------------------------


def test_gc_content_alone_predicts_in_the_direction_of_the_training_regions():
    rng = np.random.default_rng(0)
    gc, labels = rng.uniform(0.3, 0.7, 4000), np.full((4000, 4), NAN)
    labels[:, 0] = rng.random(4000) < gc
    labels[:2000, 1] = rng.random(2000) < 1 - gc[:2000]  # the others are not known
    labels[:, 2] = 1
    test = np.array([0.35, 0.5, 0.65])
    probabilities = from_gc_content(gc, labels, test)
    np.testing.assert_allclose(probabilities[:, 0], test, atol=0.05)
    np.testing.assert_allclose(probabilities[:, 1], 1 - test, atol=0.06)
    assert probabilities[:, 2:].tolist() == [[1, 0.5]] * 3


def test_gc_content_alone_has_the_auroc_of_gc_content():
    rng = np.random.default_rng(1)
    labels = (rng.random(600) < 0.4).astype(float)[:, None]
    gc = rng.normal(0.45 - 0.05 * labels[:, 0], 0.08)
    found = score(labels, from_gc_content(gc, labels, gc), [0.5], ["A"])["A"]["auroc"]
    assert found == pytest.approx(1 - score(labels, gc[:, None], [0.5], ["A"])["A"]["auroc"]) and found > 0.6
    train, test = (gc[:300], labels[:300]), (gc[300:], labels[300:])
    table = score_gc_content(train, test, ["A"], seed=3, blocks=np.arange(300) // 5)
    columns = [f"{metric}{end}" for metric in ("auroc", "auprc") for end in ("", "_low", "_high")]
    assert list(table) == ["target", *columns] and table["target"].tolist() == ["A", "macro"]
    assert table.loc[0, columns].tolist() == table.loc[1, columns].tolist()
    assert table.loc[0, "auroc"] == pytest.approx(roc_auc_score(test[1][:, 0], -test[0]))
    assert (table["auroc_low"] < table["auroc"]).all() and (table["auroc"] < table["auroc_high"]).all()
    alike = score_gc_content(train, (gc[300:], np.ones((300, 1))), ["A"])
    assert alike[columns].isna().all(axis=None)
    # Where bound and unbound regions are alike in it, it tells nothing.
    matched = np.tile(np.linspace(0.3, 0.7, 300), 2)
    labels = np.repeat([[1.0], [0.0]], 300, axis=0)
    assert score(labels, from_gc_content(matched, labels, matched), [0.5], ["A"])["A"]["auroc"] == pytest.approx(0.5)
