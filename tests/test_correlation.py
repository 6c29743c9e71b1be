"""Correlations of real numbers: literal values, NumPy's and SciPy's, and a bootstrap that resamples the regions."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from cam import plots
from cam.evaluation.bootstrap import bootstrap, compare, intervals
from cam.evaluation.regression import (
    BOOTSTRAPPED,
    OF_REGIONS,
    OF_TARGETS,
    centre,
    pearson,
    resampler,
    score,
    with_profile,
)
from cam.evaluation.summaries import summarise
from cam.sources.target_tables import read_lineages
from conftest import ROOT
from figures import texts_in_place
from matplotlib.colors import to_hex
from scipy.stats import pearsonr

NAN = np.nan
VALUES = np.array([[1, 2, 3], [2, 2, 2], [5, 1, 0], [0, 1, 2.0]])
PREDICTIONS = np.array([[2, 4, 7], [1, 2, 3], [1, 2, 3], [3, 2, 1.0]])
PROFILE = np.array([1, 0, 0.0])


def simulated(n=300, n_targets=5, seed=0):
    """Regions that are more and less open altogether, and predictions that tell something of them."""
    rng = np.random.default_rng(seed)
    values = (rng.normal(size=(n, n_targets)) + 3 * rng.normal(size=(n, 1)) + 4).astype(np.float32)
    return values, (0.5 * values + rng.normal(size=(n, n_targets))).astype(np.float32)


def each(values):
    """Every region as a block of its own."""
    return np.arange(len(values))


def scorer(values, predictions):
    return resampler(values, predictions, PROFILE, "ABCDE"[: values.shape[1]])


def as_arrays(scores):
    """Of regions, shape (n_resamples, 2), and of targets, shape (n_resamples, n_targets, 2)."""
    targets = list(dict.fromkeys(name for name, _ in scores if name != "macro"))
    of_targets = np.array([[scores[name, metric] for metric in OF_TARGETS] for name in targets])
    return np.stack([scores["macro", metric] for metric in OF_REGIONS], axis=1), of_targets.transpose(2, 0, 1)


def drawn(values, predictions, resamples, seed, blocks=None):
    blocks = each(values) if blocks is None else blocks
    return as_arrays(bootstrap(scorer(values, predictions), blocks, resamples, seed))


# --- Correlations --------------------------------------------------------------------------------------------------


def test_regression_by_hand():
    result = score(VALUES, PREDICTIONS, PROFILE, ["B", "T", "NK"])
    # Deviations of the first region: −1, 0, 1 and −7/3, −1/3, 8/3, so that r = 5 / √(2 · 114/9).
    first = 5 / (2 * 114 / 9) ** 0.5
    third = -5 / (2 * 14) ** 0.5  # deviations 3, −1, −2 and −1, 0, 1
    macro = result["macro"]
    assert macro["region_pearson"] == pytest.approx((first + third - 1) / 3)
    assert macro["region_pearson_median"] == pytest.approx(third)
    assert (macro["n"], macro["regions_left_out"], macro["targets_left_out"]) == (4, 1, 0)
    # The profile's deviations are 2, −1, −1 thirds; those of the values −1, 0, 1; 3, −1, −2; −1, 0, 1.
    profile = [-1 / (2 * 2 / 3) ** 0.5, 3 / (14 * 2 / 3) ** 0.5, -1 / (2 * 2 / 3) ** 0.5]
    assert macro["mean_profile"] == pytest.approx(np.mean(profile))
    # Target T: deviations 1/2, 1/2, −1/2, −1/2 and 3/2, −1/2, −1/2, −1/2.
    assert result["T"]["pearson"] == pytest.approx(1 / (1 * 3) ** 0.5)
    # Less each region's mean it is 0, 0, −1, 0 and −1/3, 0, 0, 0; deviations −1/4 … and 1/12 ….
    assert result["T"]["centred_pearson"] == pytest.approx(-1 / 12 / (3 / 4 * 1 / 12) ** 0.5)
    assert result["NK"]["n"] == 4
    assert macro["pearson"] == pytest.approx(np.mean([result[target]["pearson"] for target in ("B", "T", "NK")]))


def test_correlations_are_numpy_s_and_scipy_s():
    values, predictions = simulated()
    regions, targets = pearson(values, predictions, 1), pearson(values, predictions, 0)
    assert regions.tolist() == pytest.approx(
        [np.corrcoef(*pair)[0, 1] for pair in zip(values, predictions, strict=True)]
    )
    expected = [pearsonr(*pair).statistic for pair in zip(values.T.astype(float), predictions.T, strict=True)]
    assert targets.tolist() == pytest.approx(expected)
    profile = values.mean(0)
    assert with_profile(values, profile)[:9].tolist() == pytest.approx(
        [np.corrcoef(region, profile)[0, 1] for region in values[:9]]
    )
    result = score(values, predictions, profile, "ABCDE")
    less = [each - each.mean(axis=1, keepdims=True, dtype=float) for each in (values, predictions)]
    for t, target in enumerate("ABCDE"):
        assert result[target]["centred_pearson"] == pytest.approx(np.corrcoef(less[0][:, t], less[1][:, t])[0, 1])
    # How open a region is altogether is most of what varies, and does not count for the centred correlation.
    assert result["macro"]["pearson"] > result["macro"]["centred_pearson"] + 0.1


def test_neither_scale_nor_offset_of_a_region_matters():
    values, predictions = simulated()
    rng = np.random.default_rng(4)
    other = predictions * rng.uniform(0.5, 2, (300, 1)) + rng.normal(size=(300, 1))
    np.testing.assert_allclose(pearson(values, other, 1), pearson(values, predictions, 1), atol=1e-6)


@pytest.mark.parametrize("constant", [0.1, 1 / 3, 1e6 + 0.1])
def test_what_is_constant_has_no_correlation_whatever_its_rounding(constant):
    values, predictions = simulated(20, 3)
    predictions[:, 1] = constant
    result = score(values, predictions, values.mean(0), "ABC")
    assert result["B"]["pearson"] is None and result["macro"]["targets_left_out"] == 1
    assert result["macro"]["pearson"] == pytest.approx(np.mean([result[target]["pearson"] for target in "AC"]))

    flat = np.repeat(np.linspace(0, constant, 20, dtype=np.float32)[:, None], 3, axis=1)
    result = score(values, flat, flat[0], "ABC")
    assert result["macro"]["region_pearson"] is None and result["macro"]["region_pearson_median"] is None
    assert result["macro"]["mean_profile"] is None and result["macro"]["regions_left_out"] == 20
    assert result["A"]["centred_pearson"] is None and result["macro"]["centred_pearson"] is None
    assert result["A"]["pearson"] is not None
    assert (centre(flat) == 0).all()
    found = intervals(scorer(values, flat), each(values), 50)
    assert found["macro"]["region_pearson_interval"] is None and found["A"]["centred_pearson_interval"] is None
    assert found["A"]["pearson_interval"] is not None
    found = compare(scorer(values, flat), scorer(values, predictions), each(values), 50)
    assert found.set_index(["target", "metric"]).loc[
        [("macro", "region_pearson"), ("A", "centred_pearson"), ("B", "pearson")]
    ].isna().all(axis=None)  # fmt: skip


def test_of_a_single_target_there_is_its_correlation_across_regions_alone():
    values, predictions = (each[:, :1] for each in simulated())
    result = score(values, predictions, values.mean(0), ["A"])
    r = pytest.approx(pearsonr(values[:, 0].astype(float), predictions[:, 0]).statistic)
    assert result == {"A": {"pearson": r, "n": 300}, "macro": {"pearson": r, "n": 300, "targets_left_out": 0}}
    found = intervals(resampler(values, predictions, values.mean(0), ["A"]), each(values), 50)
    assert set(found) == {"macro", "A"} and set(found["A"]) == {"pearson_interval", "resamples"}
    assert found["macro"] == found["A"] and found["A"]["pearson_interval"][0] < result["A"]["pearson"]
    table = summarise({("cam", 1): {"test": {n: {**result[n], **found[n]} for n in found}, "training": {}}})
    assert list(table) == [
        "model",
        "seed",
        "pearson",
        "pearson_low",
        "pearson_high",
        "trainings",
        "seconds",
        "parameters",
    ]
    others = score(*(each[:, :2] for each in simulated()), values.mean(0).repeat(2), ["A", "B"])
    assert {"region_pearson", "centred_pearson", "mean_profile"} <= set(others["macro"])


# --- Bootstrap -----------------------------------------------------------------------------------------------------


def reference(values, predictions, rows):
    """The scores of the regions drawn, from scratch: a mean and a median, and a row per target."""
    x, y = values[rows].astype(float), predictions[rows].astype(float)
    regions = [pearsonr(*pair).statistic for pair in zip(x, y, strict=True) if np.ptp(pair[0]) and np.ptp(pair[1])]
    targets = []
    for a, b in [(x, y), (x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True))]:
        targets.append([pearsonr(*pair).statistic if np.ptp(pair[1]) else NAN for pair in zip(a.T, b.T, strict=True)])
    return [np.mean(regions), np.median(regions)], np.transpose(targets)


@pytest.mark.parametrize("n", [60, 61])
def test_the_bootstrap_scores_the_regions_that_are_drawn(n):
    values, predictions = simulated(n)
    values[:5] = 2.5  # five regions have no correlation
    predictions[:, 3] = 0.7  # and a target
    of_regions, of_targets = drawn(values, predictions, resamples=40, seed=5)
    assert of_regions.shape == (40, 2) and of_targets.shape == (40, 5, 2)
    rng = np.random.default_rng(5)
    for regions, targets in zip(of_regions, of_targets, strict=True):
        expected = reference(values, predictions, rng.integers(n, size=n))
        np.testing.assert_allclose(regions, expected[0], rtol=0, atol=1e-9)
        np.testing.assert_allclose(targets, expected[1], rtol=0, atol=1e-9)


def test_a_resample_that_is_constant_is_missing():
    values, predictions = VALUES[:3], PREDICTIONS[:3]
    counts = np.array([[1, 1, 1], [3, 0, 0], [0, 3, 0], [1, 1, 0], [1, 0, 2]])
    regions, targets = as_arrays(scorer(values, predictions)(counts))
    r = pearson(values, predictions, 1)
    assert regions[0].tolist() == pytest.approx([(r[0] + r[2]) / 2] * 2)
    assert regions[1].tolist() == pytest.approx([r[0], r[0]])
    assert np.isnan(regions[2]).all()  # the second region is constant
    assert regions[4].tolist() == pytest.approx([(r[0] + 2 * r[2]) / 3, r[2]])
    assert np.isnan(targets[1:3]).all()
    assert targets[3, 0].tolist() == pytest.approx([-1, 1])  # 1, 2 and 2, 1; less their means −1, 0 and −7/3, −1
    assert np.isnan(targets[3, 1, 0])  # 2, 2


def test_intervals_are_percentiles_and_depend_on_the_seed_alone():
    values, predictions = simulated()
    of_regions, of_targets = drawn(values, predictions, 200, 7)
    scores = scorer(values, predictions)
    found = intervals(scores, each(values), 200, 7)
    assert list(found) == ["macro", *"ABCDE"]
    percentiles = np.percentile(of_regions, [2.5, 97.5], axis=0)
    assert found["macro"]["region_pearson_interval"] == pytest.approx(percentiles[:, 0].tolist())
    assert found["macro"]["region_pearson_median_interval"] == pytest.approx(percentiles[:, 1].tolist())
    assert found["B"] == {
        "pearson_interval": pytest.approx(np.percentile(of_targets[:, 1, 0], [2.5, 97.5]).tolist()),
        "centred_pearson_interval": pytest.approx(np.percentile(of_targets[:, 1, 1], [2.5, 97.5]).tolist()),
        "resamples": 200,
    }
    of_mean = np.percentile(of_targets[:, :, 0].mean(axis=1), [2.5, 97.5])
    assert found["macro"]["pearson_interval"] == pytest.approx(of_mean.tolist())
    assert found == intervals(scores, each(values), 200, 7) != intervals(scores, each(values), 200, 8)
    macro = score(values, predictions, values.mean(0), "ABCDE")["macro"]
    for metric in BOOTSTRAPPED:
        low, high = found["macro"][f"{metric}_interval"]
        assert low < macro[metric] < high


def test_intervals_hold_the_truth_as_often_as_they_say():
    # A value and a prediction that is it plus as much noise correlate by 1/√2, across regions and within a target.
    held = np.zeros(2)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        values = rng.normal(size=(150, 2))
        found = intervals(scorer(values, values + rng.normal(size=(150, 2))), each(values), 200, seed)
        for place, name in enumerate(["A", "macro"]):
            low, high = found[name]["pearson_interval"]
            held[place] += low < 0.5**0.5 < high
    assert (held / 200 >= 0.90).all() and (held / 200 <= 0.99).all()


def test_intervals_hold_the_truth_where_regions_of_a_block_are_alike_and_those_over_single_regions_do_not():
    # Value and prediction share a deviation of the block and of the region, and have one of their own each: r = 1/2.
    held, n_blocks, size = {"blocks": 0, "regions": 0}, 60, 8
    blocks = np.repeat(np.arange(n_blocks), size)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        shared, own, other = (
            rng.normal(size=(n_blocks, 2)).repeat(size, axis=0) + 0.5 * rng.normal(size=(n_blocks * size, 2))
            for _ in range(3)
        )
        for name, given in (("blocks", blocks), ("regions", each(shared))):
            found = intervals(scorer(shared + own, shared + other), given, 200, seed)
            low, high = found["A"]["pearson_interval"]
            held[name] += low < 0.5 < high
    assert held["blocks"] / 60 >= 0.88 and held["regions"] / 60 <= 0.7


def test_differences_are_of_the_same_blocks():
    values, first = simulated()
    second, blocks = first + np.random.default_rng(9).normal(size=first.shape), np.arange(len(values)) // 5
    found = compare(scorer(values, first), scorer(values, second), blocks, 100, 3)
    scores = [drawn(values, predictions, 100, 3, blocks)[0] for predictions in (first, second)]
    interval = np.percentile(scores[0][:, 0] - scores[1][:, 0], [2.5, 97.5])
    assert found.loc[0, ["low", "high"]].tolist() == pytest.approx(interval.tolist())


# --- Models beside each other --------------------------------------------------------------------------------------


def test_compare_is_paired():
    values, first = simulated()
    second = first + np.random.default_rng(9).normal(size=first.shape)
    found = compare(scorer(values, first), scorer(values, second), each(values), 100, 3)
    found = found.set_index(["target", "metric"])
    expected = [("macro", metric) for metric in BOOTSTRAPPED]
    assert found.index.tolist() == expected + [(t, m) for t in "ABCDE" for m in ("pearson", "centred_pearson")]
    own = [score(values, model, PROFILE.repeat(2)[:5], "ABCDE") for model in (first, second)]
    for target, metric in found.index:
        assert found.loc[(target, metric), "difference"] == pytest.approx(
            own[0][target][metric] - own[1][target][metric]
        )
    scores = [drawn(values, model, 100, 3)[0] for model in (first, second)]
    interval = np.percentile(scores[0][:, 0] - scores[1][:, 0], [2.5, 97.5])
    assert found.loc[("macro", "region_pearson"), ["low", "high"]].tolist() == pytest.approx(interval)
    assert found.loc[("macro", "region_pearson"), "low"] > 0
    same = compare(scorer(values, first), scorer(values, first), each(values), 50, 3)
    assert (same[["difference", "low", "high"]] == 0).all(axis=None)


def test_summarise_has_a_row_per_run_and_the_mean_profile():
    def run(score):
        macro = {metric: score for metric in BOOTSTRAPPED} | {"mean_profile": 0.25}
        macro |= {f"{metric}_interval": [0.125, 0.75] for metric in BOOTSTRAPPED}
        return {"test": {"macro": macro}, "training": {"seconds": 4.0, "parameters": 99}}

    table = summarise({("cam", 1): run(0.5), ("cam", 2): run(0.625), ("net", 1): run(0.375)})
    assert list(table)[:5] == ["model", "seed", "region_pearson", "region_pearson_low", "region_pearson_high"]
    assert list(table)[-7:] == [
        "centred_pearson", "centred_pearson_low", "centred_pearson_high", "mean_profile", "trainings", "seconds",
        "parameters",
    ]  # fmt: skip
    assert table[["model", "seed", "region_pearson", "mean_profile"]].values.tolist() == [
        ["cam", "1", 0.5, 0.25],
        ["cam", "2", 0.625, 0.25],
        ["cam", "median", 0.5625, 0.25],
        ["cam", "lowest", 0.5, 0.25],
        ["cam", "highest", 0.625, 0.25],
        ["net", "1", 0.375, 0.25],
    ]


# --- Figures -------------------------------------------------------------------------------------------------------

LINEAGES = read_lineages(ROOT / "resources" / "immgen" / "lineages.tsv")


def scores(targets, models=("cam", "aitac")):
    table = pd.DataFrame({"centred_pearson": np.linspace(0.2, 0.6, len(targets))}, index=targets)
    table = table.assign(low=table["centred_pearson"] - 0.05, high=table["centred_pearson"] + 0.04)
    return {model: table - 0.1 * place for place, model in enumerate(models)}


def test_correlations_tell_medians_and_shares():
    cam, net = np.array([0.5, 0.8, 0.9, NAN, 0.6]), np.array([0.6, 0.7, 0.76, NAN, 0.5])
    found = {("cam", 1): cam, ("cam", 2): cam - 0.1, ("net", 1): net, ("net", 2): np.full(5, NAN)}
    figure = plots.correlations(
        found, np.array([0.1, 0.2, 0.3, NAN, 0.4]), np.array([0.5, 1.5, 2.5, 0, 4.5]), "cam", 1, 0.75
    )
    distribution, pair, quarters = figure.axes
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "cam: median 0.700, 50.0% above 0.75; medians of 2 seeds from 0.600 to 0.700",
        "net: median 0.650, 25.0% above 0.75",
        "mean training region: median 0.250, 0.0% above 0.75",
    ]
    assert [text.get_text() for text in pair.texts] == ["cam better:\n75.0%", "net better:\n25.0%"]
    assert (pair.get_xlabel(), pair.get_ylabel()) == ("Correlation, net", "Correlation, cam")
    assert pair.collections[0].get_offsets().tolist() == [[0.6, 0.5], [0.7, 0.8], [0.76, 0.9], [0.5, 0.6]]
    labels = [label.get_text() for label in quarters.get_xticklabels()]
    assert labels == ["0.50–0.50", "1.50–1.50", "2.50–2.50", "4.50–4.50"]
    medians = {to_hex(line.get_color()): line.get_xdata()[0] for line in distribution.lines}
    assert medians == {plots.COOL: pytest.approx(0.7), plots.WARM: pytest.approx(0.65), plots.MUTED: 0.75}


@pytest.mark.parametrize("models", [["cam"], ["cam", "aitac"], ["a", "b", "cam"]])
@pytest.mark.parametrize("n", [1, 40, 2000])
def test_correlations_can_be_read(n, models):
    rng = np.random.default_rng(0)
    found = {(model, seed): np.tanh(rng.normal(0.6, 0.5, n)) for model in models for seed in (1, 2)}
    figure = plots.correlations(found, rng.uniform(-1, 1, n), rng.gamma(2, size=n), "cam", 2, 0.75)
    assert len(figure.axes) == 1 + len(models)
    texts_in_place(figure)


def test_correlations_where_there_are_none():
    nothing = np.full(3, NAN)
    figure = plots.correlations({("cam", 1): nothing}, nothing, np.zeros(3), "cam", 1, 0.75)
    assert texts_in_place(figure) == ["No region has a correlation: all are constant."]


@pytest.mark.parametrize("n", [1, 3, 12, 81])
def test_cell_types_stand_by_lineage_and_can_be_read(n):
    targets = list(LINEAGES["target"][:: 81 // n][:n])
    figure = plots.cell_types(scores(targets), LINEAGES)
    texts = texts_in_place(figure)
    shown = [text for text in texts if text in targets]
    lineage = LINEAGES.set_index("target")["lineage"]
    order = list(dict.fromkeys(LINEAGES["lineage"]))
    assert shown == sorted(targets, key=lambda target: (order.index(lineage[target]), targets.index(target)))
    assert {"cam", "aitac", *lineage[targets]} <= set(texts)


def test_cell_types_show_every_model_in_the_colours_of_the_lineages():
    targets = ["proB.CLP.BM", "MF.PC", "B.Sp"]
    table = scores(targets)
    table["aitac"].loc["MF.PC"] = NAN
    figure = plots.cell_types(table, LINEAGES)
    axes, band = figure.axes
    cam, aitac = [drawn for drawn in axes.collections if len(drawn.get_offsets()) == 3]
    # B comes first in the table of lineages, and in B the order is that of the table.
    assert [label.get_text() for label in band.get_xticklabels()] == ["B.Sp", "proB.CLP.BM", "MF.PC"]
    assert cam.get_offsets()[:, 1].tolist() == pytest.approx([0.6, 0.2, 0.4])
    assert aitac.get_offsets()[:2, 1].tolist() == pytest.approx([0.5, 0.1])
    colours = plots.lineage_colours(LINEAGES["lineage"])
    assert [to_hex(colour) for colour in cam.get_facecolors()] == [colours["B"], colours["B"], colours["myeloid"]]


def one_value(n, models=("cam", "aitac"), seeds=(1, 2)):
    rng = np.random.default_rng(0)
    measured = rng.gamma(2, size=n)
    predicted = {(model, seed): measured + rng.normal(size=n) for model in models for seed in seeds}
    scores = {run: (0.7 + 0.01 * run[1], (0.65, 0.75)) for run in predicted}
    return measured, predicted, scores


@pytest.mark.parametrize("models", [["cam"], ["cam", "aitac"], ["a", "b", "a model with a long name"]])
@pytest.mark.parametrize("n", [3, 40, 2000])
def test_predictions_of_a_single_target_can_be_read(n, models):
    given = one_value(n, models)
    figure = plots.predictions(*given, 1, dict.fromkeys(models, "mse"))
    texts = texts_in_place(figure)
    assert set(models) <= set(texts)
    assert texts.count("r = 0.710 [0.650, 0.750]\n2 seeds: from 0.710 to 0.720") == len(models)


def test_predictions_of_a_single_target_are_drawn_against_its_values():
    measured, predicted, scores = one_value(30)
    scores["aitac", 2] = (None, None)
    figure = plots.predictions(measured, predicted, scores, 2, {"cam": "mse", "aitac": "poisson"})
    for axes, model in zip(figure.axes, ("cam", "aitac"), strict=True):
        (dots,) = axes.collections
        np.testing.assert_allclose(dots.get_offsets(), np.column_stack([measured, predicted[model, 2]]))
    cam, aitac = figure.axes
    (line,) = cam.lines  # where predictions equal the values; those of a Poisson rate are on another scale
    np.testing.assert_array_equal(*line.get_data())
    assert len(aitac.lines) == 0
    assert [text.get_text() for text in aitac.texts] == ["no correlation: values or predictions are constant"]


def test_the_figures_of_a_single_target_are_not_empty():
    """Where only the data name the targets, it is not known before that there is one, and two figures are promised."""
    rng = np.random.default_rng(1)
    labels = rng.normal(size=(40, 1))
    runs = [("cam", 1), ("aitac", 1)]
    responses = {
        run: SimpleNamespace(
            labels=labels, logits=labels + rng.normal(size=(40, 1)), targets=("activity",), train_means=np.zeros(1)
        )
        for run in runs
    }
    metrics = {run: {"test": {"activity": {"pearson": 0.5, "pearson_interval": [0.25, 0.75]}}} for run in runs}
    figures = plots.regression_performance(responses, metrics, 1, "cam", 0.75, dict.fromkeys(("cam", "aitac"), "mse"))
    assert (
        set(figures) == {"predictions", "correlations", "cell_types"}
        and figures["predictions"] is figures["correlations"]
    )
    axes, _ = figures["cell_types"].axes
    assert axes.get_ylabel() == "Pearson correlation"
    heights = [drawn.get_offsets()[0, 1] for drawn in axes.collections if len(drawn.get_offsets()) == 1]
    assert heights[-1] == 0.5 and heights.count(0.5) == 2
    texts_in_place(figures["cell_types"])
    several = {
        run: SimpleNamespace(
            **vars(each)
            | {
                "labels": labels.repeat(3, 1),
                "logits": each.logits.repeat(3, 1),
                "targets": tuple("ABC"),
                "train_means": np.zeros(3),
            }
        )
        for run, each in responses.items()
    }
    score = {"centred_pearson": 0.5, "centred_pearson_interval": None}
    tested = {run: {"test": dict.fromkeys("ABC", score)} for run in runs}
    assert set(plots.regression_performance(several, tested, 1, "cam", 0.75, {})) == {"correlations", "cell_types"}


def test_lineages_have_a_colour_each_that_depends_on_their_order_alone():
    colours = plots.lineage_colours(LINEAGES["lineage"])
    assert list(colours) == ["B", "myeloid", "innate.lym", "stem", "abT", "T.act", "gdT"]
    assert len(set(colours.values())) == 7
    assert plots.lineage_colours(list(colours)) == colours == plots.target_colours(list(colours))
