"""What the figures show: curves, bars and cells against literal values; and that they are the same made again."""

import sys
from itertools import combinations, pairwise

import logomaker
import matplotlib
import numpy as np
import pandas as pd
import pytest
from cam import plots
from cam.motifs.matrices import information_content
from cam.plots.style import at_inches, axes_at, draw_scale
from figures import LINEAGES, texts_in_place
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from responded import effects, effects_as_given

NAN = np.nan
TARGETS = ["CTCF", "TFAP4::ETV1"]


@pytest.fixture
def predictions():
    """CTCF: the CAM is perfect, the baseline half right. TFAP4::ETV1 has no bound region, so it has no curve."""
    labels = {"CTCF.label": [1, 1, 0, 0, NAN], "TFAP4::ETV1.label": [0, 0, NAN, 0, 0]}
    other = {"TFAP4::ETV1.probability": [0.1, 0.8, 0.9, 0.1, 0.1]}
    return {
        "cam": pd.DataFrame({**labels, **other, "CTCF.probability": [0.9, 0.8, 0.2, 0.1, 0.5]}),
        "baseline": pd.DataFrame({**labels, **other, "CTCF.probability": [0.9, 0.1, 0.2, 0.05, 0.5]}),
    }


def line(axes, label):
    (found,) = [drawn for drawn in axes.lines if drawn.get_label() == label]
    return found.get_xydata().tolist()


def texts(artist):
    return [text.get_text() for text in artist.texts]


def test_target_colours_are_distinct_and_depend_on_the_list_only():
    names = [f"target{n}" for n in range(36)]
    colours = plots.target_colours(names)
    assert [colours[name] for name in names[:3]] == ["#0072b2", "#d55e00", "#009e73"]
    assert len(set(colours.values())) == 36
    assert plots.target_colours(names[:5]) == {name: colours[name] for name in names[:5]}


def test_performance_draws_the_curves_and_tells_the_areas(predictions):
    figure = plots.performance(predictions, TARGETS)
    roc, pr = figure.axes
    assert (roc.get_xlabel(), roc.get_ylabel()) == ("False positive rate", "True positive rate")
    assert (pr.get_xlabel(), pr.get_ylabel()) == ("Recall", "Precision")
    assert line(roc, "CTCF cam") == [[0, 0], [0, 0.5], [0, 1], [1, 1]]
    assert line(roc, "CTCF baseline") == [[0, 0], [0, 0.5], [0.5, 0.5], [0.5, 1], [1, 1]]
    assert line(pr, "CTCF cam")[-1] == [0, 1]
    assert not [drawn for drawn in roc.lines if drawn.get_label().startswith("TFAP4")]
    legends = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in (roc, pr)]
    assert legends[0] == ["AUROC", *TARGETS, "cam", "1.000", "n/a", "baseline", "0.750", "n/a"]
    assert legends[1] == ["AUPRC", *TARGETS, "cam", "1.000", "n/a", "baseline", "0.833", "n/a"]
    cam, baseline = (next(drawn for drawn in roc.lines if drawn.get_label() == f"CTCF {m}") for m in predictions)
    assert to_hex(cam.get_color()) == to_hex(baseline.get_color()) == plots.target_colours(TARGETS)["CTCF"]
    assert (cam.get_linestyle(), baseline.get_linestyle()) == ("-", "--")


def test_performance_of_many_targets_is_a_point_for_each():
    from sklearn.metrics import roc_auc_score

    rng, names, tables = np.random.default_rng(0), [f"T{number}" for number in range(25)], {}
    for model, skill in (("cam", 3), ("baseline", 0)):
        table = {}
        for number, name in enumerate(names):
            label = (rng.random(400) < (number + 1) / 50).astype(float)
            table |= {f"{name}.label": label, f"{name}.probability": skill * label + rng.random(400)}
        tables[model] = pd.DataFrame(table)
    tables["cam"]["T3.label"] = 0.0  # of one class only
    roc, pr = plots.performance(tables, names).axes
    assert [len(points.get_offsets()) for points in roc.collections] == [24, 25]
    assert roc.get_legend().get_texts()[0].get_text() == "cam: mean 1.000, median 1.000"
    told = roc.get_legend().get_texts()[1].get_text()
    assert told.startswith("baseline: mean 0.") and 0.45 < float(told.split()[2].rstrip(",")) < 0.55
    label, probability = tables["baseline"][["T24.label", "T24.probability"]].to_numpy().T
    bound, area = roc.collections[1].get_offsets()[24]
    assert bound == label.sum() and area == pytest.approx(roc_auc_score(label, probability))
    assert "100" in [tick.get_text() for tick in roc.get_xticklabels()]
    shares = {share for _, share in pr.collections[-1].get_offsets()}
    assert label.mean() in shares
    nothing = pd.DataFrame({f"{name}.{kind}": [0.0, 0.0] for name in names for kind in ("label", "probability")})
    assert [len(points.get_offsets()) for points in plots.performance({"cam": nothing}, names).axes[1].collections] == [
        0
    ]


def test_performance_of_a_constant_is_a_guess():
    constant = pd.DataFrame({"CTCF.label": [1, 0, 0, 0], "CTCF.probability": [0.5] * 4})
    roc, pr = plots.performance({"cam": constant}, ["CTCF"]).axes
    assert line(roc, "CTCF cam") == [[0, 0], [1, 1]]
    assert [text.get_text() for text in pr.get_legend().get_texts()] == ["AUPRC", "CTCF", "cam", "0.250"]


def test_performance_lists_many_targets_in_two_blocks():
    names = [f"T{n}" for n in range(13)]
    frame = pd.DataFrame({f"{name}.{kind}": [0.0, 1.0] for name in names for kind in ("label", "probability")})
    legend = plots.performance({"cam": frame}, names).axes[0].get_legend()
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels[:8] == ["AUROC", *names[:7]]
    assert labels[8:16] == ["cam"] + ["1.000"] * 7
    assert labels[16:] == ["AUROC", *names[7:], " ", "cam"] + ["1.000"] * 6 + [" "]


def test_calibration_draws_the_curves_and_tells_the_errors(predictions):
    # Four known regions in bins of at most one each: the curve goes through every label.
    figure = plots.calibration(predictions, TARGETS)
    curve, other, shares, _ = figure.axes
    assert [axes.get_title("left") for axes in (curve, other)] == TARGETS
    assert (shares.get_xlabel(), curve.get_ylabel()) == ("Predicted probability", "Share that is bound")
    assert line(curve, "cam  0.150") == [[0.1, 0], [0.2, 0], [0.8, 1], [0.9, 1]]
    assert line(curve, "baseline  0.312") == [[0.05, 0], [0.1, 1], [0.2, 0], [0.9, 1]]
    assert [drawn.get_xydata().tolist() for drawn in curve.lines][-1] == [[0, 0], [1, 1]]
    steps, _ = (patch.get_path().vertices for patch in shares.patches)
    assert sorted(set(steps[:, 1].round(6))) == [0, 0.25]
    legends = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in figure.axes[2:]]
    assert legends == [["cam  0.150", "baseline  0.312"], ["cam  n/a", "baseline  n/a"]]
    cam, baseline = (next(drawn for drawn in curve.lines if drawn.get_label().startswith(m)) for m in predictions)
    assert to_hex(cam.get_color()) == to_hex(baseline.get_color()) == plots.target_colours(TARGETS)["CTCF"]
    assert (cam.get_linestyle(), baseline.get_linestyle()) == ("-", "--")


@pytest.mark.parametrize("n", [1, 3, 5, 12])
def test_calibration_has_a_panel_per_target_that_can_be_read(n):
    names = [f"T{number}" for number in range(n)]
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"{name}.probability": rng.random(60) for name in names})
    for name in names:
        frame[f"{name}.label"] = rng.integers(0, 2, 60)
    figure = plots.calibration(dict.fromkeys(("cam", "baseline", "third"), frame), names)
    assert [title for axes in figure.axes if (title := axes.get_title("left"))] == names
    figure.draw_without_rendering()
    boxes = [axes.get_tightbbox() for axes in figure.axes] + [
        axes.get_legend().get_window_extent() for axes in figure.axes if axes.get_legend()
    ]
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert all(figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1 for box in boxes)
    curves = [axes for axes in figure.axes if axes.get_title("left")]
    assert min(axes.get_window_extent().width for axes in curves) > 1.7 * figure.dpi
    assert not any(first.get_tightbbox().overlaps(second.get_tightbbox()) for first, second in pairwise(curves))


def test_calibration_of_many_targets_is_a_panel_per_model_and_names_the_worst():
    names = [f"T{n}" for n in range(13)]
    columns = {}
    for name in names:
        columns |= {f"{name}.label": [0.0, 1.0] * 10, f"{name}.probability": [0.1, 0.9] * 10}
    columns["T7.probability"] = [0.25, 0.75] * 10
    columns["T3.label"] = [1.0] * 20
    frame = pd.DataFrame(columns)
    figure = plots.calibration({"cam": frame, "baseline": frame}, names)
    panels = {axes.get_title("left"): axes for axes in figure.axes}
    assert set(panels) == {"cam", "baseline", "", "Calibration error"}
    assert line(panels["cam"], "T7") == [[0.25, 0], [0.75, 1]]
    assert line(panels["cam"], "T3") == []
    errors = panels["Calibration error"]
    assert texts(errors) == ["T7", "T7"]
    assert [label.get_text() for label in errors.get_xticklabels()] == ["cam", "baseline"]
    assert errors.collections[0].get_offsets()[:, 1].tolist() == pytest.approx([0.1] * 11 + [0.25])


def test_confusion_counts_and_shares(predictions):
    thresholds = {"cam": {"CTCF": 0.5, "TFAP4::ETV1": 0.5}, "baseline": {"CTCF": 0.2, "TFAP4::ETV1": 0.5}}
    figure = plots.confusion(predictions, thresholds, TARGETS)
    assert [text.get_text() for text in figure.texts] == TARGETS
    cam, baseline, other, _ = figure.axes
    assert [axes.get_title() for axes in (cam, baseline)] == ["cam", "baseline"]
    assert cam.images[0].get_array().tolist() == [[1, 0], [0, 1]]
    assert texts(cam) == ["2", "100.0%", "0", "0.0%", "0", "0.0%", "2", "100.0%"]
    # A probability at the threshold is called bound.
    assert texts(baseline) == ["1", "50.0%", "1", "50.0%", "1", "50.0%", "1", "50.0%"]
    assert texts(other) == ["3", "75.0%", "1", "25.0%", "0", "0.0%", "0", "0.0%"]
    assert (cam.get_xlabel(), cam.get_ylabel()) == ("predicted", "true")


def test_training_history_marks_the_epoch_that_was_kept():
    history = pd.DataFrame({"epoch": [1, 2, 3], "train_loss": [0.7, 0.5, 0.4], "validation_loss": [0.7, 0.55, 0.6]})
    runs = {("cam", 1): history, ("cam", 2): history, ("baseline", 1): history.head(1)}
    losses = {"cam": "binding", "baseline": "binding"}
    figure = plots.training_history(runs, {("cam", 1): 3, ("cam", 2): 2, ("baseline", 1): 1}, losses)
    cam, baseline = figure.axes
    assert (cam.get_title("left"), cam.get_title("right")) == ("cam", "kept: epoch 3, 2")
    assert (baseline.get_title("left"), baseline.get_title("right")) == ("baseline", "kept: epoch 1")
    assert [drawn.get_xydata().tolist() for drawn in cam.lines if drawn.get_label() == "kept"] == [
        [[3, 0.6]],
        [[2, 0.55]],
    ]
    assert line(baseline, "validation") == [[1, 0.7]]
    assert (cam.get_xlabel(), cam.get_ylabel()) == ("Epoch", "Loss")


def test_training_history_of_the_best_of_several_trainings_has_a_line_for_each():
    history = pd.DataFrame({"epoch": [1, 2, 3], "train_loss": [0.7, 0.5, 0.4], "validation_loss": [0.7, 0.55, 0.6]})
    runs = {("baseline", 1): history.assign(start=[1, 1, 2])}
    (axes,) = plots.training_history(runs, {("baseline", 1): 2}, {"baseline": "binding"}).axes
    drawn = [found for found in axes.lines if found.get_label() == "validation"]
    assert [found.get_xydata().tolist() for found in drawn] == [[[1, 0.7], [2, 0.55]], [[3, 0.6]]]
    assert [found.get_marker() for found in drawn] == ["None", "o"]


def test_training_history_names_the_losses_of_real_numbers():
    history = pd.DataFrame({"epoch": [1, 2], "train_loss": [0.7, 0.5], "validation_loss": [0.7, 0.6]})
    runs, best = {("cam", 1): history, ("net", 1): history * 9}, {("cam", 1): 2, ("net", 1): 1}
    cam, net = plots.training_history(runs, best, {"cam": "pearson", "net": "pearson"}).axes
    assert (cam.get_ylabel(), net.get_ylabel()) == ("Loss, 1 − Pearson correlation", "")
    assert cam.get_ylim() == net.get_ylim()
    cam, net = plots.training_history(runs, best, {"cam": "pearson", "net": "mse"}).axes
    assert (cam.get_ylabel(), net.get_ylabel()) == ("Loss, 1 − Pearson correlation", "Loss, mean squared error")
    assert cam.get_ylim()[1] < 1 < net.get_ylim()[1]


def test_training_history_of_a_model_trained_elsewhere_is_empty():
    runs = {("theirs", 1): pd.DataFrame(columns=["epoch", "train_loss", "validation_loss"])}
    (axes,) = plots.training_history(runs, {("theirs", 1): None}, {"theirs": "binding"}).axes
    assert (axes.get_title("left"), axes.get_title("right")) == ("theirs", "")
    assert (texts(axes), list(axes.lines)) == (["trained elsewhere"], [])


def test_logo_heights_are_information_and_flanks_are_veiled():
    ppm = np.array([[0.25] * 4, [1, 0, 0, 0], [0, 0.5, 0.5, 0], [0.25] * 4])
    (axes,) = plots.logo(ppm).axes
    assert axes.get_ylim() == (0, 2)
    assert axes.get_ylabel() == "Information (bits)"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "3", "4"]
    letters = {}
    for patch in axes.patches:
        box = patch.get_path().get_extents(patch.get_patch_transform())
        letters.setdefault(to_hex(patch.get_facecolor()), []).append((box.x0 + box.x1, box.y0, box.y1))
    tops = {base: max(box[2] for box in letters[plots.BASES[base]]) for base in "ACG"}
    assert tops["A"] == pytest.approx(2)
    assert sorted([tops["C"], tops["G"]]) == pytest.approx([0.5, 1])
    assert plots.BASES["T"] not in letters
    veils = sorted(centre / 2 for centre, _, _ in letters["#eef1f4"])
    assert veils == pytest.approx([0, 3])


def test_logos_are_logomakers():
    ppm = np.random.default_rng(0).dirichlet([0.3] * 4, 12)
    ppm[:3] = [[0.25] * 4, [1, 0, 0, 0], [0, 0.5, 0.5, 0]]
    (axes,) = plots.logo(ppm, compact=True).axes
    theirs = Figure().add_subplot()
    heights = pd.DataFrame(ppm * information_content(ppm)[:, None], columns=list("ACGT"))
    logomaker.Logo(heights, ax=theirs, color_scheme=plots.BASES, font_name="DejaVu Sans")

    def letters(axes):
        drawn = [patch for patch in axes.patches if patch.get_zorder() == 0]
        return sorted(drawn, key=lambda letter: (to_hex(letter.get_facecolor()), letter.get_path().vertices[0, 0]))

    assert len(letters(axes)) > 20
    for ours, expected in zip(letters(axes), letters(theirs), strict=True):
        assert (ours.get_facecolor(), ours.get_linewidth()) == (expected.get_facecolor(), 0)
        np.testing.assert_allclose(ours.get_path().vertices, expected.get_path().vertices, atol=1e-9)
        assert (ours.get_path().codes == expected.get_path().codes).all()
    assert [line.get_linewidth() for line in axes.lines] == [line.get_linewidth() for line in theirs.lines] == [0.5]


def test_logo_without_information_and_compact():
    (axes,) = plots.logo(np.full((5, 4), 0.25), compact=True).axes
    assert not axes.axison
    assert axes.get_xlim() == (-0.5, 4.5)
    widths = [plots.logo(np.eye(4)[[0] * length], compact=True).get_figwidth() for length in (5, 10)]
    assert widths[1] == pytest.approx(2 * widths[0])


def heat_map(values, tfs=None):
    values = np.asarray(values, dtype=float)
    units = [f"unit{n + 1}" for n in range(values.shape[1])]
    weights = pd.DataFrame(values, [f"T{n + 1}" for n in range(len(values))], units)
    annotation = pd.DataFrame({"unit": units, "tf": tfs or [None] * len(units)})
    figure = plots.final_weights(effects(weights), annotation)
    return figure, next(axes for axes in figure.axes if axes.images)


def test_final_weights_puts_what_is_alike_together():
    figure, axes = heat_map([[1, 0, 1, 0], [0, 2, 0.1, 2], [1, 0.1, 1, 0]], ["CTCF", None, "TFAP4::ETV1", "MAX"])
    rows = [label.get_text() for label in axes.get_yticklabels()]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    assert sorted(columns) == ["unit1 · CTCF", "unit2", "unit3 · TFAP4::ETV1", "unit4 · MAX"]
    assert abs(rows.index("T1") - rows.index("T3")) == 1
    assert abs(columns.index("unit1 · CTCF") - columns.index("unit3 · TFAP4::ETV1")) == 1
    shown = pd.DataFrame(axes.images[0].get_array(), index=rows, columns=columns)
    assert shown.loc["T2"].sort_index().tolist() == [0, 2, 0.1, 2]
    assert shown.loc["T3", "unit2"] == 0.1
    assert axes.images[0].get_cmap().name == "Blues"
    assert axes.images[0].get_clim() == (0, 2)
    left, top = figure.axes[:2]
    assert [len(tree.collections[0].get_segments()) for tree in (left, top)] == [2, 3]


def test_final_weights_cluster_by_how_far_units_move_the_logits():
    weights = {"unit1": [0.1, 0.1, 0.0], "unit2": [9.0, 0.0, 9.0], "unit3": [0.0, 9.0, 0.1]}
    annotation = pd.DataFrame({"unit": ["unit1", "unit2", "unit3"], "tf": None})
    neighbours = {}
    for name, sd in (("weights", [1, 1, 1]), ("effects", [1000, 1, 1])):
        figure = plots.final_weights(effects(pd.DataFrame(weights, list("ABC")), sd), annotation)
        axes = next(axes for axes in figure.axes if axes.images)
        order = [label.get_text() for label in axes.get_yticklabels()]
        neighbours[name] = abs(order.index("A") - order.index("B"))
    assert neighbours == {"weights": 2, "effects": 1}


def test_final_weights_of_either_sign_are_centred_on_zero():
    _, axes = heat_map([[-3, 1], [0, 2]])
    assert axes.images[0].get_cmap().name == "RdBu_r"
    assert axes.images[0].get_clim() == (-3, 3)


@pytest.mark.parametrize("values", [[[1.0]], [[0.2, 0.1, 0.3]], [[0.2], [0.1]], [[0, 0], [0, 0]], [[1, 1], [0, 0]]])
def test_final_weights_of_degenerate_matrices(values):
    _, axes = heat_map(values)
    assert sorted(np.ravel(axes.images[0].get_array())) == sorted(np.ravel(values))


@pytest.mark.parametrize("shape", [(3, 10), (81, 300)])
def test_final_weights_labels_can_be_read(shape):
    figure, axes = heat_map(np.random.default_rng(1).random(shape), ["TFAP4::ETV1"] * shape[1])
    figure.draw_without_rendering()
    for labels, side in ((axes.get_xticklabels(), "x0"), (axes.get_yticklabels(), "y0")):
        boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: getattr(box, side))
        assert min(label.get_fontsize() for label in labels) >= 7
        assert not any(first.overlaps(second) for first, second in pairwise(boxes))
        assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 and box.y0 >= figure.bbox.y0 for box in boxes)


def test_final_weights_of_regression_are_less_their_mean_over_targets():
    values = np.random.default_rng(1).random((81, 300))
    weights = pd.DataFrame(values, LINEAGES["target"].tolist(), [f"unit{n + 1}" for n in range(300)])
    annotation = pd.DataFrame({"unit": weights.columns, "tf": None})
    figure = plots.final_weights(effects(weights, task="regression"), annotation, LINEAGES)
    assert {"gdT", "Final weight less\nits mean over targets"} <= set(texts_in_place(figure))
    axes = next(axes for axes in figure.axes if axes.images)
    targets, units = (
        [label.get_text() for label in labels] for labels in (axes.get_yticklabels(), axes.get_xticklabels())
    )
    shown = pd.DataFrame(axes.images[0].get_array(), index=targets, columns=units)
    assert shown.loc["B.Fo.Sp", "unit8"] == pytest.approx(values[1, 7] - values[:, 7].mean())
    assert axes.images[0].get_cmap().name == "RdBu_r"
    shifted = effects(weights.assign(unit8=weights["unit8"] + 5), task="regression")
    shifted = plots.final_weights(shifted, annotation, LINEAGES)
    np.testing.assert_allclose(next(a for a in shifted.axes if a.images).images[0].get_array(), shown, atol=1e-9)


def test_final_weights_name_what_an_absence_detector_misses():
    weights = effects(pd.DataFrame({"unit1": [1, 0], "unit2": [0, 1]}, ["A", "B"]))
    for part in ("", "partly "):
        detectors = [f"{part}presence", f"{part}absence"]
        units = {"unit": ["unit1", "unit2"], "tf": "CTCF", "detector": detectors, "output_sd": 1.0}
        figure = plots.final_weights(weights, pd.DataFrame(units))
        axes = next(axes for axes in figure.axes if axes.images)
        assert {label.get_text() for label in axes.get_xticklabels()} == {"unit1 · CTCF", "unit2 · no CTCF"}


def test_units_of_which_none_has_a_known_motif_are_named_by_their_numbers():
    """A column without any TF is read from a table as numbers."""
    annotation = pd.DataFrame({"unit": ["unit1", "unit2"], "tf": [np.nan, np.nan], "detector": ["absence", "neither"]})
    assert plots.style.unit_labels(["unit1", "unit2"], annotation) == ["unit1", "unit2"]


DETECTORS = ["presence", "partly presence", "absence", "partly absence", "neither", "undecided", "silent"]


@pytest.mark.parametrize(("n_targets", "n_units"), [(1, 1), (3, 10), (6, 20), (81, 300)])
def test_units_have_a_row_each_that_can_be_read(n_targets, n_units):
    rng = np.random.default_rng(1)
    units = [f"unit{n + 1}" for n in range(n_units)]
    values = pd.DataFrame(rng.gamma(0.3, size=(n_targets, n_units)), columns=units)
    values.index = [f"LTHSC.34-.BM{n}" for n in range(n_targets)]
    detected = pd.DataFrame(
        {
            "unit": units,
            "tf": rng.choice(["MEF2C::SOX17", None], n_units),
            "detector": rng.choice(DETECTORS, n_units),
            "output_at_site": rng.random(n_units),
            "output_with": rng.random(n_units),
            "output_without": np.where(np.arange(n_units) % 7 == 1, np.nan, rng.random(n_units)),
        }
    )
    figure = plots.units(detected, effects_as_given(values), {unit: rng.dirichlet([0.2] * 4, 6) for unit in units})
    texts_in_place(figure)
    names = [text for text in figure.texts if text.get_text().startswith("unit")]
    shown = [text.get_text().split(" ")[0] for text in names]
    assert len(shown) == min(n_units, 40)
    assert set(shown) == set(values.abs().max().nlargest(40).index)
    leading = values[shown].abs().to_numpy().argmax(axis=0)
    assert (np.diff(leading) >= 0).all()
    labels = next(axes for axes in figure.axes if axes.images).get_xticklabels()
    for texts, side in ((names, "y0"), (labels, "x0")):
        boxes = sorted((text.get_window_extent() for text in texts), key=lambda box: getattr(box, side))
        assert min(text.get_fontsize() for text in texts) >= 5.5
        assert not any(first.overlaps(second) for first, second in pairwise(boxes))
        assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1 for box in boxes)


def test_units_of_regression_stand_by_the_lineage_that_they_tell_from_the_others():
    rng = np.random.default_rng(1)
    units = [f"unit{n + 1}" for n in range(60)]
    values = pd.DataFrame(rng.normal(size=(81, 60)), columns=units, index=LINEAGES["target"])
    detected = pd.DataFrame({"unit": units, "tf": "PAX5", "detector": "presence"}).assign(
        output_at_site=2.0, output_with=1.0, output_without=0.0
    )
    figure = plots.units(detected, effects_as_given(values, "regression"), dict.fromkeys(units, np.eye(4)), LINEAGES)
    texts = texts_in_place(figure)
    assert "40 of 60 units, those with the largest effects" in texts
    assert (
        "Effect relative to the other targets\n(final weight less its mean over targets × s.d. of the output)" in texts
    )
    assert set(LINEAGES["lineage"]) <= set(texts)
    shades = next(axes for axes in figure.axes if axes.images)
    targets = [label.get_text() for label in shades.get_xticklabels()]
    lineage = LINEAGES.set_index("target")["lineage"]
    order = list(LINEAGES["lineage"].unique())
    assert sorted(targets) == sorted(LINEAGES["target"])
    assert (np.diff([order.index(lineage[target]) for target in targets]) >= 0).all()
    shown = [text.get_text().split(" ")[0] for text in figure.texts if text.get_text().startswith("unit")]
    np.testing.assert_allclose(shades.images[0].get_array(), values.loc[targets, shown].T)
    leading = [order.index(lineage[values[unit].abs().idxmax()]) for unit in shown]
    assert (np.diff(leading) >= 0).all()


def test_labels_of_one_target_of_real_numbers_tell_of_no_others():
    detected = pd.DataFrame({"unit": ["unit1"], "tf": "PAX5", "detector": "presence"}).assign(
        output_at_site=2.0, output_with=1.0, output_without=0.0, output_sd=1.0
    )
    found = effects(pd.DataFrame({"unit1": [1.0]}, ["B.Sp"]), task="regression")
    texts = texts_in_place(plots.units(detected, found, {"unit1": np.eye(4)}))
    assert "Effect on the prediction\n(final weight × s.d. of the output)" in texts
    assert "Final weight" in texts_in_place(plots.final_weights(found, detected))


def test_colours_and_order_of_targets_by_lineage():
    table = pd.DataFrame({"target": ["a", "b", "c", "d"], "lineage": ["B", "T", "B", "NK"]})
    colours = plots.lineage_colours(table["lineage"])
    targets = ["d", "c", "b"]  # of the experiment
    assert plots.style.colours_of(targets, table) == {"d": colours["NK"], "c": colours["B"], "b": colours["T"]}
    assert plots.style.colours_of(targets) == plots.target_colours(targets)
    assert plots.style.in_lineages(targets, table) == ["c", "b", "d"]
    assert plots.style.in_lineages(targets) == targets
    assert [patch.get_label() for patch in plots.style.lineage_keys(["d", "c"], table)] == ["B", "NK"]
    assert plots.style.lineage_keys(targets) == []


def test_region_quality_shows_the_evidence_and_the_gc_content():
    gc = pd.DataFrame(
        {"target": "A", "label": ["bound", "bound", "unbound", "unbound"], "gc": [0, 0.5] * 2, "regions": [1, 3, 2, 2]}
    )
    evidence = pd.DataFrame(
        {"biosample": ["x", "y"], "target": "A", "both": [5, 2], "remap_only": 1, "unibind_only": [0, 4], "neither": 9}
    )
    bars, content = plots.region_quality(gc, evidence).axes
    assert [bar.get_width() for bar in bars.patches] == [7, 2, 4]
    assert [label.get_text() for label in bars.get_yticklabels()] == ["both", "ReMap only", "UniBind only"]
    assert bars.get_title(loc="left") == "A"
    steps = {patch.get_label(): patch.get_data() for patch in content.patches}
    np.testing.assert_allclose(steps["bound"].values, [0.25, 0.75])
    np.testing.assert_allclose(steps["unbound"].values, [0.5, 0.5])
    np.testing.assert_allclose(steps["bound"].edges, [0, 0.5, 1])
    (content,) = plots.region_quality(gc).axes
    assert content.get_ylabel() == "A"


def test_region_quality_of_many_targets_stands_in_columns():
    names = [f"T{number}" for number in range(23)]
    rows = [(name, label, 0.1 * step, step) for name in names for label in ("unbound", "bound") for step in range(10)]
    figure = plots.region_quality(pd.DataFrame(rows, columns=["target", "label", "gc", "regions"]))
    assert sorted(axes.get_ylabel() for axes in figure.axes) == sorted(names)
    below = sorted((axes.get_ylabel() for axes in figure.axes if axes.get_xlabel()), key=names.index)
    assert below == ["T3", "T7", "T11", "T15", "T19", "T22"]
    assert figure.get_figheight() < 6


def test_region_quality_shows_repeats_where_they_are_known():
    gc = pd.DataFrame(
        {"target": ["A"] * 4 + ["B"] * 4, "label": ["bound", "bound", "unbound", "unbound"] * 2, "gc": [0, 0.5] * 4}
    ).assign(regions=[1, 3, 2, 2] * 2)
    shares = {
        "repeats_0": [0.5, 0.25, 0, np.nan],
        "repeats_25": [0.5, 0.75, 1, np.nan],
        "repeats_100": [0, 0, 0, np.nan],
    }
    composition = pd.DataFrame(
        {
            "target": ["A", "A", "B", "B"],
            "label": ["bound", "unbound"] * 2,
            "repeats": [0.1, 0.2, 0.25, np.nan],
            **shares,
        }
    )
    figure = plots.region_quality(gc, composition=composition)
    content, repeats, _, of_b = figure.axes
    drawn = {to_hex(patch.get_edgecolor()): patch.get_data() for patch in repeats.patches}
    assert drawn[plots.target_colours(["A", "B"])["A"]].values.tolist() == [0.5, 0.5, 0]
    assert drawn[plots.MUTED].values.tolist() == [0.25, 0.75, 0]
    assert [label.get_text() for label in of_b.get_xticklabels()] == ["none", "to 25%", "to 100%"]
    assert (content.get_ylabel(), of_b.get_xlabel()) == ("A", "Repeats in the regions used")
    assert {"bound", "unbound", "Repeats in the regions used"} <= set(texts_in_place(figure))
    unknown = composition.assign(repeats=np.nan)
    assert len(plots.region_quality(gc, composition=unknown).axes) == 2


def test_label_counts_stacks_the_labels():
    rows = [
        ("CTCF", "train", 10, 20, 5),
        ("MAX", "train", 1000, 0, 0),
        ("CTCF", "test", 1, 2, 3),
        ("MAX", "test", 4, 5, 6),
    ]
    counts = pd.DataFrame(rows, columns=["target", "split", "bound", "unbound", "missing"])
    train, test = plots.label_counts(counts).axes
    assert [axes.get_title("left") for axes in (train, test)] == ["train", "test"]
    assert [label.get_text() for label in train.get_yticklabels()] == ["CTCF", "MAX"]
    bars = {bar.get_label(): [(part.get_x(), part.get_width()) for part in bar] for bar in test.containers}
    assert bars == {"bound": [(0, 1), (0, 4)], "unbound": [(1, 2), (4, 5)], "missing": [(3, 3), (9, 6)]}
    assert texts(train) == ["10 bound", "1,000 bound"]
    colours = plots.target_colours(["CTCF", "MAX"])
    assert [to_hex(part.get_facecolor()) for part in train.containers[0]] == list(colours.values())


def peak_table(targets):
    """Minimum, quartiles and maximum 1, 2, 3, 4, 5 of the first target, 2 to 6 of the second, …"""
    quantiles = ["minimum", "lower_quartile", "median", "upper_quartile", "maximum"]
    rows = [
        (target, split, *(number + shift + quantile for quantile in range(1, 6)))
        for number, target in enumerate(targets)
        for shift, split in ((0, "train"), (0.1, "validation"), (-0.2, "test"))
    ]
    return pd.DataFrame(rows, columns=["target", "split", *quantiles])


def test_peak_values_stand_with_their_lineage():
    lineages = pd.DataFrame({"target": ["T.4", "B.Sp", "B.Fo"], "lineage": ["abT", "B", "B"]})
    (axes,) = plots.peak_values(peak_table(["B.Sp", "T.4"]), lineages).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["T.4", "B.Sp"]
    colours = plots.lineage_colours(lineages["lineage"])
    boxes = [(box.get_y(), box.get_height(), to_hex(box.get_facecolor())) for box in axes.patches]
    assert boxes == [(3, 2, colours["abT"]), (2, 2, colours["B"])]
    np.testing.assert_allclose([line.get_ydata() for line in axes.lines], [[4.1, 3.1], [3.8, 2.8]])
    keys = [text.get_text() for text in axes.figure.legends[0].texts]
    assert keys == ["abT", "B", "validation median", "test median"]


@pytest.mark.parametrize("n_targets", [1, 20, 81])
def test_peak_values_are_legible(n_targets):
    names = [f"ILC3.NKp46-CCR6-.{number}" for number in range(n_targets)]
    lineages = pd.DataFrame({"target": names, "lineage": [f"lineage{number % 7}" for number in range(n_targets)]})
    for table in (lineages, None):
        figure = plots.peak_values(peak_table(names), table)
        texts_in_place(figure)
        (legend,) = figure.legends
        assert legend.get_window_extent().y0 > figure.axes[0].get_window_extent().y1
    assert figure.get_figwidth() < 9


def test_peak_gc_shows_shares():
    splits = np.repeat(["train", "validation", "test"], 2)
    gc = pd.DataFrame({"split": splits, "gc": [0, 0.5] * 3, "regions": [1, 3, 1, 1, 0, 9]})
    (axes,) = plots.peak_gc(gc).axes
    steps = {patch.get_label(): patch.get_data().values.tolist() for patch in axes.patches}
    assert steps == {"train (4)": [0.25, 0.75], "validation (2)": [0.5, 0.5], "test (9)": [0, 1]}


@pytest.fixture
def outputs():
    frame = pd.DataFrame({"name": list("abcd"), "set": ["ga", "ga", "random", "random"]})
    for n in range(1, 26):
        frame[f"unit{n}"] = [0.0, 0.0, 0.0, 1.0]
    frame["unit2"] = [4.0, 6.0, 0.0, 1.0]
    return frame


HISTORY = pd.DataFrame(
    {
        "generation": [0, 1], "mean_fitness": [0.5, 2.0], "best_fitness": [1.0, 3.0], "distinct": [2, 2],
        "distance": [0.75, 0.7], "converged": [False, True],
    }
)  # fmt: skip
NAMED = pd.DataFrame({"unit": ["unit1", "unit2"], "tf": [np.nan, "CTCF"]})


def test_genetic_shows_fitness_distance_and_outputs(outputs):
    few = outputs[["name", "set", "unit1", "unit2", "unit3"]]
    figure = plots.genetic(HISTORY, few, NAMED, "unit2", "max")
    climb, apart, spread, response = figure.axes
    assert climb.get_title("left") == "unit2 · CTCF, maximised"
    assert climb.get_ylabel() == "Fitness\n(pre-activation)"
    assert [drawn.get_ydata().tolist() for drawn in climb.lines] == [[1, 3], [0.5, 2]]
    assert [list(drawn.get_ydata()) for drawn in apart.lines] == [[0.75, 0.75], [0.75, 0.7]]
    assert apart.get_xlabel() == "Generation (converged after 1)"
    random, evolved = spread.containers
    assert spread.get_xlabel() == "Output of unit2"
    assert sum(bar.get_height() for bar in random) == pytest.approx(1)
    assert [bar.get_x() for bar in evolved if bar.get_height()] == pytest.approx([4, 5.8])
    assert [bar.get_height() for bar in evolved if bar.get_height()] == [0.5, 0.5]
    assert response.get_title("left") == "Outputs of all units"
    labels = response.get_yticklabels()
    assert [label.get_text() for label in labels] == ["unit1", "unit2 · CTCF", "unit3"]
    assert [label.get_fontweight() for label in labels] == ["normal", "bold", "normal"]
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named == ["mean", "best", "2 sequences of the genetic algorithm", "2 random sequences"]


def test_genetic_shows_the_units_that_differ_most_of_many(outputs):
    outputs["unit25"] = [2.0, 2.0, 0.0, 1.0]
    response = plots.genetic(HISTORY, outputs, NAMED, "unit7", "min").axes[3]
    labels = [label.get_text() for label in response.get_yticklabels()]
    assert response.get_title("left") == "Outputs of 20 of 25 units"
    assert len(labels) == 20
    assert {"unit2 · CTCF", "unit7", "unit25"} <= set(labels)


def test_genetic_of_a_target_shows_its_logits(outputs):
    history = HISTORY.assign(distinct=1, converged=False)
    figure = plots.genetic(history, outputs, NAMED, "JUND", "min", [-4.0, -6.0, 0.0, 1.0])
    climb, apart, spread, response = figure.axes
    assert climb.get_title("left") == "JUND, minimised"
    assert climb.get_ylabel() == "Fitness\n(negative logit)"
    assert apart.get_xlabel() == "Generation (not converged after 1)"
    assert spread.get_xlabel() == "Logit of JUND"
    assert [bar.get_x() for bar in spread.containers[1] if bar.get_height()] == pytest.approx([-6, -4.13], abs=0.01)
    labels = response.get_yticklabels()
    assert len(labels) == 20 and {label.get_fontweight() for label in labels} == {"normal"}
    assert figure.legends[0].get_texts()[2].get_text() == "2 sequences of the genetic algorithm (1 distinct)"


def test_genetic_of_a_target_in_regression_shows_its_predictions(outputs):
    climb, _, spread, _ = plots.genetic(HISTORY, outputs, NAMED, "B.Sp", "max", [4.0, 6.0, 0.0, 1.0], "regression").axes
    assert climb.get_ylabel() == "Fitness\n(prediction above the mean)"
    assert spread.get_xlabel() == "Prediction of B.Sp above the mean"


def test_genetic_of_a_silent_unit(outputs):
    outputs["unit1"] = 0.0
    climb, _, spread, _ = plots.genetic(HISTORY.head(1), outputs[["set", "unit1"]], NAMED, "unit1", "min").axes
    assert climb.get_ylabel() == "Fitness\n(negative output)"
    assert [bar.get_height() for bar in spread.containers[1] if bar.get_height()] == [1]
    outputs = outputs[["set", "unit1"]]
    climb = plots.genetic(HISTORY.head(1), outputs, NAMED, "unit1", "min", unchanged=True).axes[0]
    assert climb.get_title("left") == "unit1, minimised: output unchanged"


def test_genetic_shows_what_a_run_began_with(outputs):
    begun = pd.DataFrame({"name": ["e"], "set": "start", "unit1": 0.0, "unit2": 9.0})
    outputs = pd.concat([outputs[["name", "set", "unit1", "unit2"]], begun])
    figure = plots.genetic(HISTORY, outputs, NAMED, "unit2", "min")
    random, start, evolved = figure.axes[2].containers
    assert [sum(bar.get_height() for bar in bars) for bars in (random, start, evolved)] == pytest.approx([1, 1, 1])
    assert to_hex(start[0].get_facecolor()) == plots.WARM
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named[2:] == ["2 sequences of the genetic algorithm", "1 that it began with", "2 random sequences"]


@pytest.mark.parametrize("n_units", [10, 20, 300])
@pytest.mark.parametrize("subject", ["unit3", "LTHSC.34-.BM"])
def test_genetic_labels_can_be_read(n_units, subject):
    rng = np.random.default_rng(1)
    units = [f"unit{number}" for number in range(1, n_units + 1)]
    outputs = pd.DataFrame(rng.gamma(1, 5, (40, n_units)), columns=units)
    outputs.insert(0, "set", ["ga", "random"] * 20)
    named = pd.DataFrame({"unit": units, "tf": ["MEF2C::SOX17", "RARA::RXRA(var.2)"] * (n_units // 2)})
    history = HISTORY.assign(generation=[0, 3000], distinct=19, converged=False)
    logits = None if subject in units else rng.normal(-1000, 20, 40)
    figure = plots.genetic(history, outputs, named, subject, "min", logits)
    texts = texts_in_place(figure)
    assert "unit3 · MEF2C::SOX17, minimised" in texts or "LTHSC.34-.BM, minimised" in texts
    assert sum(" · " in text for text in texts) >= min(n_units, 20)


def enriched_families(n=4):
    """Families, most of them enriched, as `cam.design.enrichment.enrich_families` returns them."""
    table = pd.DataFrame(
        {
            "motif_id": ["MA1", "MA2", "MA3", "MA4"],
            "tf": ["CTCF", "JUND", "SMAD2::SMAD3::SMAD4", "MAX"],
            "members": [2, 30, 1, 33],
            "ga_hits": [200, 99, 30, 20],
            "ga_total": 200,
            "random_hits": [4, 40, 41, 30],
            "random_total": 1000,
            "ratio": [117.47, 3.5, 0.5, 1.2],
            "log2_ratio": [5.5, 3.0, -1.0, 0.5],
            "q_value": [0, 2e-9, 1e-3, 0.2],
            "ga_per_sequence": [5.5, 0.75, 0.25, 0.5],
            "random_per_sequence": [0.004, 0.05, 0.3, 0.45],
        }
    )
    return table.iloc[np.arange(n) % 4]


PPMS = {
    "MA1": np.eye(4)[[0, 1, 2, 3] * 5],
    "MA2": np.vstack([np.full((2, 4), 0.25), np.eye(4)]),
    "MA3": np.eye(4),
    "MA4": np.full((5, 4), 0.25),
}


def test_enrichment_draws_the_enriched_families():
    figure = plots.enrichment(enriched_families(), PPMS, "unit8", "min", 0.01)
    *logos, bars = figure.axes
    assert bars.get_title("left") == "unit8, minimised: 2 families of known motifs enriched (q < 0.01)"
    assert [label.get_text() for label in bars.get_yticklabels()] == ["CTCF  +1", "JUND  +29"]
    assert bars.get_xlabel() == "Hits per sequence"
    drawn = [[(bar.get_width(), to_hex(bar.get_facecolor())) for bar in group] for group in bars.containers]
    assert drawn == [[(5.5, plots.COOL), (0.75, plots.COOL)], [(0.004, plots.PALE), (0.05, plots.PALE)]]
    assert texts(bars) == [
        *("GA", "100.0%", "49.5%", "Random", "0.4%", "4.0%"),
        *("Ratio", "117.5", "3.5", "q-value", "< 1e-300", "2e-09"),
    ]
    assert [logo.get_xlim()[1] + 0.5 for logo in logos] == [20, 4]  # of the second, without its flanks


def test_enrichment_draws_the_first_of_many_families():
    bars = plots.enrichment(enriched_families().head(2), PPMS, "CTCF", "max", 0.01, top=1).axes[-1]
    assert bars.get_title("left") == "CTCF, maximised: the first 1 of 2 families of known motifs enriched (q < 0.01)"
    assert [to_hex(bar.get_facecolor()) for bar in bars.patches] == [plots.WARM, plots.PALE]
    bars = plots.enrichment(enriched_families(1), PPMS, "unit1", "max", 1e-5).axes[-1]
    assert bars.get_title("left") == "unit1, maximised: 1 family of known motifs enriched (q < 1e-05)"


def test_enrichment_of_a_motif_without_information_has_no_logo():
    (bars,) = plots.enrichment(enriched_families().tail(1), PPMS, "unit1", "max", 0.5).axes
    assert [label.get_text() for label in bars.get_yticklabels()] == ["MAX  +32"]


@pytest.mark.parametrize("table", [enriched_families().iloc[2:3], enriched_families().tail(1), enriched_families(0)])
def test_enrichment_says_so_where_there_is_none(table):
    (axes,) = plots.enrichment(table, PPMS, "unit3", "max", 0.01).axes
    assert axes.get_title("left") == "unit3, maximised"
    assert texts(axes) == ["No known motif is enriched (q < 0.01)."]


def test_enrichment_draws_what_was_lost():
    table = enriched_families().assign(start_hits=100, start_total=200, start_per_sequence=[9.0, 2.0, 1.0, 1.0])
    figure = plots.enrichment(table, PPMS, "unit8", "min", 0.01)
    bars = figure.axes[-1]
    assert bars.get_title("left") == "unit8, minimised: 1 family of known motifs lost (q < 0.01)"
    drawn = [[(bar.get_width(), to_hex(bar.get_facecolor())) for bar in group] for group in bars.containers]
    assert drawn == [[(0.25, plots.COOL)], [(1.0, plots.WARM)]]
    assert texts(bars) == ["GA", "15.0%", "Start", "50.0%", "Ratio", "0.5", "q-value", "1e-03"]


def test_enrichment_says_so_where_the_output_is_unchanged():
    (axes,) = plots.enrichment(enriched_families(0), PPMS, "unit3", "min", 0.01, True).axes
    assert texts(axes) == ["Output unchanged: these sequences say nothing of it."]


@pytest.mark.parametrize("n", [1, 2, 12])
def test_enrichment_labels_can_be_read(n):
    table = enriched_families(n).assign(q_value=0, log2_ratio=10.0, ratio=1234.5, ga_hits=200, random_hits=1000)
    figure = plots.enrichment(table, PPMS, "a target with a long name", "max", 0.01)
    figure.draw_without_rendering()
    *logos, bars = figure.axes
    labels = [label for label in bars.findobj(Text) if label.get_text() and label.get_visible()]
    assert {"CTCF  +1", "q-value", "Hits per sequence", bars.get_title("left")} <= {
        label.get_text() for label in labels
    }
    boxes = [artist.get_window_extent() for artist in (*labels, *logos, bars)]
    assert not any(first.overlaps(second) for first, second in combinations(boxes, 2))
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert all(figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1 for box in boxes)


def test_save_writes_the_same_bytes_again(tmp_path, predictions):
    for turn in "ab":
        plots.save(plots.performance(predictions, TARGETS), tmp_path / f"{turn}.svg", tmp_path / f"{turn}.png")
        heat, _ = heat_map([[1, 0, 1], [0, 2, 0.1]])
        plots.save(heat, tmp_path / f"heat.{turn}.svg", tmp_path / f"heat.{turn}.png")
    for name in ("{}.svg", "{}.png", "heat.{}.svg", "heat.{}.png"):
        first, second = ((tmp_path / name.format(turn)).read_bytes() for turn in "ab")
        assert first == second
    svg = (tmp_path / "a.svg").read_text()
    assert "dc:date" not in svg
    assert svg.startswith("<?xml")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["a.svg", "a.png", "b.svg", "b.png", "heat.a.svg", "heat.a.png", "heat.b.svg", "heat.b.png"]
    )


def test_save_knows_svg_and_png_only(tmp_path):
    with pytest.raises(KeyError, match="pdf"):
        plots.save(plots.logo(np.eye(4)), tmp_path / "a.pdf")


def test_nothing_global_is_left_behind(predictions):
    before = dict(matplotlib.rcParams)
    plots.performance(predictions, ["CTCF"])
    plots.logo(np.eye(4))
    assert dict(matplotlib.rcParams) == before
    assert sys.modules["matplotlib.pyplot"].get_fignums() == []  # logomaker imports it


def test_names_with_dollar_signs_are_no_formulas(tmp_path):
    frame = pd.DataFrame({"a$b$^.label": [1, 0], "a$b$^.probability": [0.9, 0.1]})
    plots.save(plots.performance({"cam": frame}, ["a$b$^"]), tmp_path / "a.png")


def test_places_do_not_depend_on_addresses_in_memory(tmp_path, predictions):
    """From which the solver of the layout starts, so that the last digits differ from process to process."""
    figure = plots.performance(predictions, TARGETS)
    plots.save(figure, tmp_path / "figure.png")
    for axes in figure.axes:
        bounds = np.array(axes.get_position(original=True).bounds)
        np.testing.assert_array_equal(bounds, np.round(bounds, 6))


def test_places_are_given_in_inches():
    figure = Figure(figsize=(8, 4))
    assert at_inches(figure, 2, 3) == (0.25, 0.75)
    assert axes_at(figure, 1, 1, 4, 2).get_position().bounds == (0.125, 0.25, 0.5, 0.5)


def test_a_scale_has_its_title_ticks_and_ends():
    figure = Figure(figsize=(4, 2))
    shades = matplotlib.cm.ScalarMappable(matplotlib.colors.Normalize(-2, 2), "RdBu_r")
    draw_scale(figure, (1, 1, 2, 0.1), shades, "Effect", [-2, 0, 2], "{x:.1f}", 7.5, fontsize=8)
    (scale,) = figure.axes
    figure.draw_without_rendering()
    assert "Effect" in {scale.get_title(place) for place in ("left", "center")}
    assert [tick.get_text() for tick in scale.get_xticklabels()] == ["−2.0", "0.0", "2.0"]
    assert scale.get_position().bounds == pytest.approx((0.25, 0.5, 0.5, 0.05))
