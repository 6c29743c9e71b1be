from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
import torch
from cam import plots
from cam.bases import encode, reverse_complement
from cam.data.dataset import Dataset
from cam.errors import InputError
from cam.interpretation.contributions import unit_contributions
from cam.interpretation.responses import Responses, load_responses, respond, save_responses
from cam.models.baselines import Basset
from cam.models.cam import CAM
from cam.units import unit_names
from figures import LINEAGES, texts_in_place
from matplotlib.colors import to_rgb
from pandas.testing import assert_frame_equal
from responded import responses

NAN = np.nan
STATISTICS = ["mean", "q05", "q25", "median", "q75", "q95"]


@pytest.fixture
def codes():
    return np.random.default_rng(0).choice([0, 1, 2, 3, 4], (60, 30), p=[0.24, 0.24, 0.24, 0.24, 0.04]).astype(np.uint8)


def slow_importance(outputs, peaks, weights, targets, threshold):
    """Unit by unit, target by target, sequence by sequence."""
    rows = []
    for u in range(outputs.shape[1]):
        largest = max(peaks[:, u])
        for t, target in enumerate(targets):
            groups = {True: [], False: []}
            for n in range(len(outputs)):
                groups[bool(peaks[n, u] > threshold * largest)].append(weights[t, u] * outputs[n, u])
            row = [f"unit{u + 1}", target, len(groups[True]), len(outputs)]
            for active in (True, False):
                values = groups[active]
                quantiles = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]) if values else [NAN] * 5
                row += [np.mean(values) if values else NAN, *quantiles]
            rows.append(row)
    return pd.DataFrame(rows, columns=["unit", "target", "n", "of", *STATISTICS, *(f"rest_{s}" for s in STATISTICS)])


def as_dataset(codes):
    """All of them for testing, but for one for validation."""
    labels = np.random.default_rng(1).choice([0, 1, NAN], (len(codes) + 1, 2)).astype(np.float32)
    split = np.append(np.full(len(codes), 2), 1).astype(np.uint8)
    return Dataset(np.concatenate([codes, codes[:1]]), labels, split, ("A", "B"))


@pytest.mark.parametrize("activation", ["exp", "relu"])
def test_responses_equal_the_slow_reference(codes, device, activation):
    """Sequence by sequence, unit by unit, window by window, each strand by itself."""
    torch.manual_seed(0)
    model = CAM(30, 2, units=4, filter_length=6, activation=activation, pool=7).eval()
    torch.nn.init.zeros_(model.norm1.bias)  # so that filters with ReLU respond, untrained as they are
    n, covered = len(codes), 21  # three pools of 7; four more positions are in no pool
    strands = [torch.from_numpy(codes), torch.from_numpy(reverse_complement(codes))]
    with torch.no_grad():
        activations = [model.activations(strand).numpy()[:, :, :covered] for strand in strands]
        outputs = [model.unit_outputs(strand).numpy() for strand in strands]
        logits = [model(strand).numpy() for strand in strands]
    peaks, starts, sides, at_site = np.zeros((n, 4)), np.zeros((n, 4)), np.zeros((n, 4)), np.zeros((n, 4))
    for row, u in np.ndindex(n, 4):
        side = int(activations[1][row, u].max() > activations[0][row, u].max())
        place = int(activations[side][row, u].argmax())
        peaks[row, u], sides[row, u] = activations[side][row, u, place], side
        starts[row, u], at_site[row, u] = (30 - place - 6 if side else place), outputs[side][row, u]
    dataset = as_dataset(codes)
    found = respond(model.to(device), {"architecture": "cam", "strands": "both"}, dataset, 0.4, device=device)
    for name, expected in {
        "logits": sum(logits) / 2, "outputs": sum(outputs) / 2, "peaks": peaks, "site_outputs": at_site,
    }.items():  # fmt: skip
        np.testing.assert_allclose(getattr(found, name), expected, atol=1e-5, rtol=1e-5)
    assert (found.peak_starts == starts).mean() > 0.99 and (found.peak_strands == sides).mean() > 0.99
    np.testing.assert_array_equal(found.labels, dataset.labels[:-1])
    np.testing.assert_array_equal(found.fired, found.peaks > 0.4 * found.peaks.max(0))
    np.testing.assert_allclose(found.logits, found.outputs @ found.weights.T + found.bias, atol=1e-5)
    assert found.validation_logits.shape == (1, 2)
    assert found.model == {
        "architecture": "cam",
        "strands": "both",
        "parameters": sum(p.numel() for p in model.parameters()),
    }


def test_responses_come_back_from_their_file(codes, tmp_path):
    found = respond(
        CAM(30, 2, units=3, filter_length=6).eval(), {"architecture": "cam", "strands": "both"}, as_dataset(codes), 0.4
    )
    for turn in ("one", "two"):
        save_responses(tmp_path / turn, found)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    again = load_responses(tmp_path / "one", units=True)
    for field in fields(Responses):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(found, field.name))
        assert type(getattr(again, field.name)) is type(getattr(found, field.name))


def test_responses_of_a_cnn_have_no_units(codes, tmp_path):
    dataset = as_dataset(codes)
    found = respond(Basset(30, 2).eval(), {"architecture": "basset", "strands": "both"}, dataset)
    assert found.outputs is None and found.logits.shape == (len(codes), 2)
    cam = CAM(30, 2, units=3, filter_length=6).eval()
    alone = respond(cam, {"strands": "both"}, dataset, units=False)
    assert alone.outputs is None
    np.testing.assert_allclose(alone.logits, respond(cam, {"strands": "both"}, dataset).logits, atol=1e-6)
    save_responses(tmp_path / "basset", found)
    with pytest.raises(InputError, match="found the responses of a model without units, expected those of a CAM"):
        load_responses(tmp_path / "basset", units=True)


def test_a_peak_is_found_on_either_strand():
    model = CAM(12, 1, units=1, filter_length=4, pool=3).eval()
    with torch.no_grad():
        model.convolution.weight.fill_(-1.0)
        model.convolution.weight[0, torch.from_numpy(encode(["GATA"])[0]).long(), range(4)] = 1.0
        model.convolution.bias.fill_(0.0)
        model.norm1.bias.fill_(0.0)
    codes = encode(["CCGATACCCCCC", "CCCCCTATCCCC", "CCCCCCCCCCCC", "NNNNNNNNNNNN", "CCCCCCCCGATA"])
    dataset = Dataset(codes, np.ones((5, 1), np.float32), np.full(5, 2, np.uint8), ("A",))
    found = respond(model, {"strands": "both"}, dataset)
    np.testing.assert_allclose(found.peaks[:, 0], [4, 4, 0, 0, 4], atol=1e-4)
    assert found.peak_strands[[0, 1, 4], 0].tolist() == [0, 1, 0]
    assert found.peak_starts[[0, 1, 4], 0].tolist() == [2, 5, 8]
    assert found.fired[:, 0].tolist() == [True, True, False, False, True]


def test_an_absence_detector_is_off_on_the_strand_of_the_site(device):
    """Its output is 1 less what is left of GATA's activation, whichever strand GATA is on: the mean is half of it."""
    model = CAM(12, 1, units=1, filter_length=4, pool=3, hidden=1).eval()
    with torch.no_grad():
        model.convolution.weight.fill_(-1.0)
        model.convolution.weight[0, torch.from_numpy(encode(["GATA"])[0]).long(), range(4)] = 1.0
        model.convolution.bias.fill_(0.0)
        model.norm1.bias.fill_(0.0)
        model.weight1.fill_(1.0)
        model.weight2.fill_(-0.25)
        model.norm3.bias.fill_(1.0)
    codes = encode(["AAGATAAAAAAA", "TTTTTTATCTTT", "AAAAAAAAAAAA"])
    dataset = Dataset(codes, np.ones((3, 1), np.float32), np.full(3, 2, np.uint8), ("A",))
    found = respond(model.to(device), {"strands": "both"}, dataset, device=device)
    np.testing.assert_allclose(found.outputs[:, 0], [0.5, 0.5, 1], atol=1e-4)
    np.testing.assert_allclose(found.site_outputs[:, 0], [0, 0, 1], atol=1e-4)


def test_importance_equals_the_slow_reference():
    rng = np.random.default_rng(1)
    outputs, peaks = rng.gamma(0.5, size=(200, 5)).astype(np.float32), rng.gamma(0.5, size=(200, 5)).astype(np.float32)
    weights = rng.normal(size=(3, 5)).astype(np.float32)
    table = unit_contributions(responses(weights, outputs, peaks, ["A", "B", "C"], threshold=0.3))
    expected = slow_importance(outputs.astype(float), peaks, weights.astype(float), ["A", "B", "C"], 0.3)
    assert_frame_equal(table, expected, rtol=1e-9)


def test_an_absence_detector_speaks_where_its_motif_is_not():
    outputs, peaks = np.array([[0.0], [0.0], [2.0], [4.0]]), np.array([[10.0], [5.1], [5.0], [0.0]])
    table = unit_contributions(responses([[0.5], [-1.0]], outputs, peaks, ["JUND", "CTCF"]))
    assert table[["unit", "target", "n", "of"]].to_numpy().tolist() == [
        ["unit1", "JUND", 2, 4],
        ["unit1", "CTCF", 2, 4],
    ]
    assert table["median"].tolist() == [0, 0]
    assert table["rest_median"].tolist() == [1.5, -3]
    np.testing.assert_allclose(table[["rest_q05", "rest_q95"]], [[1.05, 1.95], [-3.9, -2.1]])
    assert not np.signbit(table["q05"]).any()


def test_a_silent_unit_is_active_nowhere():
    table = unit_contributions(responses([[1.0]], np.ones((3, 1)), np.zeros((3, 1))))
    assert table["n"].tolist() == [0]
    assert table[STATISTICS].isna().all(axis=None)
    assert table["rest_mean"].tolist() == [1]


def test_a_unit_that_is_active_everywhere_has_no_rest():
    table = unit_contributions(responses([[1.0]], np.ones((3, 1)), np.ones((3, 1))))
    assert table["n"].tolist() == [3]
    assert table[[f"rest_{name}" for name in STATISTICS]].isna().all(axis=None)


# --- The figure ----------------------------------------------------------------------------------------------------


def made_up(n_targets, n_units):
    rng = np.random.default_rng(0)
    targets = LINEAGES["target"][::-1].tolist()
    weights, outputs = rng.normal(size=(n_targets, n_units)), rng.gamma(0.5, size=(300, n_units))
    peaks = rng.random((300, n_units))
    peaks[:, 0], peaks[:, 1] = 0, 1  # active nowhere and everywhere
    annotation = pd.DataFrame({"unit": unit_names(n_units), "tf": ["MEF2C::SOX17", NAN] * (n_units // 2)})
    return unit_contributions(responses(weights, outputs, peaks, targets[:n_targets], threshold=0.9)), annotation


@pytest.mark.parametrize(("n_targets", "n_units"), [(1, 2), (3, 10), (8, 30)])
def test_all_texts_of_the_figure_can_be_read(n_targets, n_units):
    figure = plots.contributions(*made_up(n_targets, n_units))
    texts = texts_in_place(figure)
    assert figure.get_size_inches()[0] < 9
    assert len(figure.axes) == n_targets
    assert sum(text.startswith("unit") for text in texts) == min(n_units, 20)
    assert ("The 20 of 30 units with the widest ranges of contributions" in texts) == (n_units > 20)


@pytest.mark.parametrize(("n_targets", "n_units", "lineages"), [(9, 1, None), (81, 30, LINEAGES), (81, 300, LINEAGES)])
def test_many_targets_are_columns_that_can_be_read(n_targets, n_units, lineages):
    table, annotation = made_up(n_targets, max(n_units, 2))
    table = table[table["unit"].isin(unit_names(n_units))]
    figure = plots.contributions(table, annotation, lineages)
    texts = texts_in_place(figure)
    assert figure.get_size_inches()[0] < 14
    assert set(table["target"]) <= set(texts)
    assert sum(text.startswith("unit") for text in texts) == min(n_units, 40)
    assert ("The 40 of 300 units with the widest ranges of contributions" in texts) == (n_units > 40)
    assert set(LINEAGES["lineage"]) <= set(texts) or lineages is None


def test_many_targets_show_what_activation_adds_and_the_boxes_of_the_leading_one():
    targets = list("ABCDEFGHI")
    outputs = np.array([[0.0, 4.0], [0.0, 4.0], [3.0, 1.0], [3.0, 1.0]])
    peaks = np.array([[0.0, 0.0], [0.0, 0.0], [9.0, 9.0], [9.0, 9.0]])
    weights = np.zeros((9, 2))
    weights[2, 0], weights[5, 1], weights[6, 1] = 2.0, -1.0, 0.5
    table = unit_contributions(responses(weights, outputs, peaks, targets))
    lineages = pd.DataFrame({"target": targets, "lineage": list("XYXYXYXYX")})
    figure = plots.contributions(table, pd.DataFrame({"unit": unit_names(2), "tf": ["CTCF", NAN]}), lineages)
    boxes, shades, swatches, _ = figure.axes
    names = [label.get_text() for label in shades.get_xticklabels()]
    assert names == list("ACEGIBDFH")
    added = pd.DataFrame(shades.images[0].get_array(), index=unit_names(2), columns=names)
    assert added.loc["unit1"].to_dict() == dict.fromkeys(targets, 0) | {"C": 6}
    assert added.loc["unit2"].to_dict() == dict.fromkeys(targets, 0) | {"F": 3, "G": -1.5}
    assert [text.get_text() for text in boxes.texts] == ["50%", "C", "50%", "F"]
    medians = [line.get_xdata()[0] for line in boxes.lines if line.get_color() == "#1f2933"]
    assert medians == [0, -4, 6, -1]  # elsewhere, then where active
    colours = plots.lineage_colours(["X", "Y"])
    shown = swatches.images[0].get_array()[0]
    np.testing.assert_allclose(shown[[0, 4, 5]], [to_rgb(colours[name]) for name in "XXY"])


def test_the_figure_draws_the_quantiles():
    outputs, peaks = [[0.0], [1], [2], [3], [4], [8]], [[9.0], [9], [9], [9], [9], [1]]
    table = unit_contributions(responses([[2.0]], np.array(outputs), peaks, ["CTCF"]))
    figure = plots.contributions(table, pd.DataFrame({"unit": ["unit1"], "tf": ["CTCF"]}))
    (axes,) = figure.axes
    boxes = [box.get_path().get_extents() for box in axes.patches]
    np.testing.assert_allclose([[box.ymin, box.ymax] for box in boxes], [[16, 16], [2, 6]])
    medians = [line.get_ydata().tolist() for line in axes.lines if line.get_color() == "#1f2933"]
    assert medians == [[16, 16], [4, 4]]
    assert "83%" in texts_in_place(figure)
