import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import torch
from cam import plots
from cam.bases import encode, reverse_complement
from cam.errors import InputError
from cam.interpretation.single_regions import (
    SITE_COLUMNS,
    choose_regions,
    contribution_table,
    find_regions,
    firing_sites,
    region_losses,
)
from cam.io.tables import read_table, write_table
from cam.models.cam import CAM
from cam.models.predict import predict
from cam.units import unit_names
from figures import LINEAGES, texts_in_place
from matplotlib.patches import Polygon, Rectangle

NAN = np.nan
TARGETS = ["CTCF", "JUND", "FOXA1"]


@pytest.fixture
def codes():
    return np.random.default_rng(0).choice([0, 1, 2, 3, 4], (40, 61), p=[0.24, 0.24, 0.24, 0.24, 0.04]).astype(np.uint8)


def settled(codes, **settings):
    """A CAM whose batch norms are not at their beginning, in evaluation mode."""
    torch.manual_seed(0)
    model = CAM(61, 3, units=5, filter_length=11, **settings)
    with torch.no_grad():
        for _ in range(3):
            model.train()(torch.from_numpy(codes))
    return model.eval()


# --- Which regions -------------------------------------------------------------------------------------------------


def test_losses_count_a_missing_label_as_a_guess():
    labels, logits = np.array([[1, 0], [1, NAN], [0, 1]]), np.log([[3, 1], [3, 999], [1 / 4, 1 / 4]])
    expected = [(np.log(4 / 3) + np.log(2)) / 2, (np.log(4 / 3) + np.log(2)) / 2, (np.log(5 / 4) + np.log(5)) / 2]
    np.testing.assert_allclose(region_losses(labels, logits), expected)


def test_losses_of_regression_are_correlations_across_targets():
    labels = np.array([[1, 2, 3], [1, 2, 3], [1, 2, 3.0]])
    predictions = np.array([[10, 20, 30], [3, 2, 1], [1, 3, 2.0]])
    np.testing.assert_allclose(region_losses(labels, predictions, task="regression"), [0, 2, 0.5], atol=1e-9)


def test_losses_of_fewer_than_three_targets_of_real_numbers_are_squared_errors():
    labels, predictions = np.array([[1, 2], [1, 2.0]]), np.array([[1, 3], [3, 2.5]])
    np.testing.assert_allclose(region_losses(labels, predictions, task="regression"), [0.5, 2.125])
    np.testing.assert_allclose(region_losses(labels[:, :1], predictions[:, :1], task="regression"), [0, 4])
    assert choose_regions("best", labels[:, :1], predictions[:, :1], 1, task="regression").tolist() == [0]
    assert choose_regions("worst", labels[:, :1], predictions[:, :1], 1, task="regression").tolist() == [1]


@pytest.mark.parametrize(
    ("choice", "expected"),
    # The best is row 0. Of those bound by other targets, 2 is the best; row 4 is the only one that FOXA1 binds. Now all
    # targets have one, and 1 is the best that is left. The worst is row 3, as a missing label counts as a guess.
    [("best", [0, 2, 4, 1, 3]), ("worst", [3, 4, 1, 2, 0])],
)
def test_best_and_worst_are_of_all_targets_in_turn(choice, expected):
    labels = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, NAN], [0, 0, 1], [0, 0, 0]])
    right = np.array([9, 8, 7, 4, 2, 99])  # how sure the model is, and rightly
    logits = right[:, None] * np.where(labels == 1, 1.0, -1.0)
    assert choose_regions(choice, labels, logits, 5).tolist() == expected
    assert choose_regions(choice, labels, logits, 2).tolist() == expected[:2]
    assert choose_regions(choice, labels, logits, 100).tolist() == expected  # the unbound one never


def test_nothing_bound_is_neither_best_nor_worst():
    assert choose_regions("best", np.zeros((4, 2)), np.zeros((4, 2)), 3).tolist() == []


def test_regression_has_no_bound_regions():
    labels = np.array([[1, 2, 3], [1, 2, 3], [1, 2, 3.0]])
    predictions = np.array([[1, 3, 2], [3, 2, 1], [10, 20, 30.0]])
    assert choose_regions("best", labels, predictions, 2, task="regression").tolist() == [2, 0]
    assert choose_regions("worst", labels, predictions, 9, task="regression").tolist() == [1, 0, 2]


def test_random_regions_depend_on_the_seed():
    labels = np.zeros((1000, 2))
    first, again, other = (choose_regions("random", labels, labels, 20, seed).tolist() for seed in (1, 1, 2))
    assert first == again == sorted(set(first))
    assert len(first) == 20 and max(first) < 1000
    assert first != other
    assert choose_regions("random", labels[:3], labels[:3], 20).tolist() == [0, 1, 2]


@pytest.fixture
def regions():
    starts = [100, 300, 500, 900]
    frame = pd.DataFrame({"chrom": ["chr1"] * 3 + ["chr2"], "start": starts, "end": [s + 200 for s in starts]})
    frame["name"] = ["chr1:100-300", "chr1:300-500", "chr1:500-700", "chr2:900-1100_shuffled1"]
    return frame


def test_regions_are_found_by_name(regions):
    assert find_regions(["chr2:900-1100_shuffled1", "chr1:300-500"], regions).tolist() == [3, 1]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "chr1:480-680",
            "found 'chr1:480-680', expected a name in regions.tsv.gz; the nearest are 'chr1:500-700', 'chr1:300-500'",
        ),
        ("17::chr1:100-300", "found '17::chr1:100-300', .*the nearest are 'chr1:100-300', 'chr1:300-500'"),
        ("chr3:900-1100_shufled1", "did you mean 'chr2:900-1100_shuffled1'"),
        ("peak7", "known are 'chr1:100-300', 'chr1:300-500'"),
    ],
)
def test_an_unknown_name_is_one_sentence_with_the_nearest(regions, name, message):
    with pytest.raises(InputError, match=message):
        find_regions(["chr1:100-300", name], regions)


def test_chosen_regions_need_names(regions):
    with pytest.raises(InputError, match="config, local.names: found none, expected names"):
        find_regions([], regions)


# --- What units contribute -----------------------------------------------------------------------------------------


def table_of(model, codes, labels):
    names = [f"region{number}" for number in range(len(codes))]
    outputs, weights = predict(model.unit_outputs, codes), model.final_weights().detach().numpy()
    return contribution_table(names, labels, outputs, weights, model.final.bias.detach().numpy(), TARGETS)


@pytest.mark.parametrize("activation", ["exp", "relu"])
@pytest.mark.parametrize("non_negative", [True, False])
def test_bias_and_contributions_sum_to_the_logit(codes, activation, non_negative, tmp_path):
    model = settled(codes, activation=activation, non_negative=non_negative)
    assert (model.final.weight < 0).any() != non_negative
    table = table_of(model, codes, np.zeros((40, 3)))
    units = unit_names(5)
    logits = predict(model, codes)  # the mean of both strands
    np.testing.assert_allclose(table["bias"] + table[units].sum(axis=1), logits.ravel(), atol=1e-5)
    np.testing.assert_allclose(table["probability"], 1 / (1 + np.exp(-logits.ravel())), atol=1e-5)

    # On either strand alone, too, where the model says so itself.
    with torch.no_grad():
        for strand in (codes, reverse_complement(codes)):
            contributions = model.contributions(torch.from_numpy(strand))
            expected = model(torch.from_numpy(strand))
            torch.testing.assert_close(contributions.sum(2) + model.final.bias, expected, atol=1e-5, rtol=0)

    # In the file, they do to the last digit.
    write_table(table, tmp_path / "table.tsv", float_format="%.12g")
    printed = read_table(tmp_path / "table.tsv", dtype=str)
    for _, row in printed.iterrows():
        assert sum(map(Decimal, row[["bias", *units]])) == Decimal(row["logit"])


def test_the_table_of_contributions():
    outputs, weights = np.array([[2, 0.5], [0, 1]], dtype=np.float32), np.array([[1, 0], [0.25, -2], [0, 3.0]])
    labels = np.array([[1, 0, NAN], [0, 1, 1]])
    table = contribution_table(["a", "b"], labels, outputs, weights, [-1, 0, 0.5], TARGETS)
    expected = [
        ["a", "CTCF", 1, 1, -1, 2, 0],
        ["a", "JUND", 0, -0.5, 0, 0.5, -1],
        ["a", "FOXA1", NAN, 2, 0.5, 0, 1.5],
        ["b", "CTCF", 0, -1, -1, 0, 0],
        ["b", "JUND", 1, -2, 0, 0, -2],
        ["b", "FOXA1", 1, 3.5, 0.5, 0, 3],
    ]
    columns = ["region", "target", "label", "logit", "bias", "unit1", "unit2"]
    pd.testing.assert_frame_equal(table[columns], pd.DataFrame(expected, columns=columns), check_dtype=False)
    assert list(table)[:5] == ["region", "target", "label", "probability", "logit"]
    np.testing.assert_allclose(table["probability"], 1 / (1 + np.exp(-table["logit"])))

    table = contribution_table(["a"], [[3.5, -1, 0]], outputs[:1], weights, [-1, 0, 0.5], TARGETS, task="regression")
    assert list(table) == ["region", "target", "label", "prediction", "bias", "unit1", "unit2"]
    assert table["prediction"].tolist() == [1, -0.5, 2]
    assert table["label"].tolist() == [3.5, -1, 0]


# --- Where units fired ---------------------------------------------------------------------------------------------

WORD, DROW = "GATTACAG", "CTGTAATC"  # and its reverse complement


@pytest.fixture
def reader():
    """A unit that reads a word, and one that nothing activates; pools of 7 cover 28 of the 31 positions."""
    model = CAM(38, 2, units=2, filter_length=8, pool=7, activation="relu", non_negative=False).eval()
    with torch.no_grad():
        model.convolution.weight.fill_(-1.0)
        model.convolution.weight[0, torch.from_numpy(encode([WORD])[0]).long(), range(8)] = 1.0
        model.convolution.bias.copy_(torch.tensor([0.0, -100.0]))
        model.norm1.bias.zero_()
        model.final.weight.copy_(torch.tensor([[0.5, 1.0], [-2.0, 0.0]]))
    return model


def planted(*places):
    """38 bp of T, with words at places."""
    sequence = "T" * 38
    for start, word in places:
        sequence = sequence[:start] + word + sequence[start + len(word) :]
    return sequence


def test_sites_are_found_where_words_are_planted(reader, device):
    sequences = encode(
        [
            planted((5, WORD)),
            planted((3, DROW), (20, WORD)),
            planted(),
            planted((10, WORD[:5] + "N" + WORD[6:])),
            planted((29, WORD)),  # behind the last pool of the given strand
            planted((1, DROW)),  # and of the other one
            planted((27, WORD), (3, DROW)),  # just in the last pools
        ]
    )
    names = list("abcdefg")
    maxima = np.array([8.0, 0.0])
    sites = firing_sites(reader.to(device), sequences, names, ["JUND", "CTCF"], maxima, 0.5, device)
    assert list(sites) == SITE_COLUMNS
    found = sites[["region", "unit", "start", "end", "strand", "sequence", "target"]].to_numpy().tolist()
    assert found == [
        ["a", "unit1", 5, 13, "+", WORD, "CTCF"],
        ["b", "unit1", 3, 11, "-", WORD, "CTCF"],
        ["b", "unit1", 20, 28, "+", WORD, "CTCF"],
        ["d", "unit1", 10, 18, "+", "GATTANAG", "CTCF"],
        ["g", "unit1", 3, 11, "-", WORD, "CTCF"],
        ["g", "unit1", 27, 35, "+", WORD, "CTCF"],
    ]
    np.testing.assert_allclose(sites["activation"], [8, 8, 8, 6.5, 8, 8], rtol=1e-4)
    np.testing.assert_allclose(sites["share"], [1, 1, 1, 6.5 / 8, 1, 1], rtol=1e-4)
    outputs = predict(reader.unit_outputs, sequences, device)[[0, 1, 1, 3, 6, 6], 0]
    np.testing.assert_allclose(sites["output"], outputs, rtol=1e-5)
    np.testing.assert_allclose(sites["contribution"], -2 * outputs, rtol=1e-5)
    given, other = (
        predict(reader.unit_outputs, s, device, "given") for s in (sequences, reverse_complement(sequences))
    )
    on_strand = [given[0, 0], other[1, 0], given[1, 0], given[3, 0], other[6, 0], given[6, 0]]
    np.testing.assert_allclose(sites["strand_output"], on_strand, rtol=1e-5)


def test_sites_in_regression_are_of_the_target_that_the_unit_tells_from_the_others(reader):
    sequences = encode([planted((5, WORD))])
    with torch.no_grad():
        reader.final.weight[:, 0] = torch.tensor([2.0, 1.0])
    maxima = np.array([8.0, 0.0])
    output = predict(reader.unit_outputs, sequences)[0, 0]
    for task, contribution in (("binding", 2.0), ("regression", 0.5)):
        (site,) = firing_sites(reader, sequences, ["a"], ["JUND", "CTCF"], maxima, task=task).itertuples()
        assert site.target == "JUND"
        assert site.contribution == pytest.approx(contribution * output)


def maxima_of(model, codes):
    """Each filter's largest activation on either strand, of what the pools cover."""
    both = torch.from_numpy(np.concatenate([codes, reverse_complement(codes)]))
    with torch.no_grad():
        return model.peak_activations(both).numpy().max(axis=0)


def test_maxima_are_those_of_the_peaks(reader):
    sequences = encode([planted((5, WORD[:6])), planted((9, DROW))])
    assert maxima_of(reader, sequences).tolist() == pytest.approx([8, 0], rel=1e-4)
    maxima = np.array([8.0, 0.0])
    for threshold, expected in ((0.4, ["a", "b"]), (0.6, ["b"])):  # six letters of eight: 6 − 2 = 4 of 8
        sites = firing_sites(reader, sequences, ["a", "b"], ["JUND", "CTCF"], maxima, threshold)
        assert sites["region"].tolist() == expected


def test_sites_of_a_unit_and_strand_do_not_overlap_and_miss_nothing(codes):
    model = settled(codes)
    torch.nn.init.zeros_(model.norm1.bias)
    names, units = [f"r{number}" for number in range(40)], unit_names(5)
    maxima = maxima_of(model, codes)
    sites = firing_sites(model, codes, names, TARGETS, maxima, 0.3)
    assert len(sites) > 200
    for strand, sequences in {"+": codes, "-": reverse_complement(codes)}.items():
        with torch.no_grad():
            activations = model.activations(torch.from_numpy(sequences)).numpy()[:, :, :49]
        on_strand = sites[sites["strand"] == strand]
        for row, unit in np.ndindex(40, 5):
            mine = on_strand[(on_strand["region"] == names[row]) & (on_strand["unit"] == units[unit])]
            starts = mine["start"] if strand == "+" else 61 - mine["end"]
            assert (np.diff(np.sort(starts)) >= 11).all()
            np.testing.assert_allclose(mine["activation"], activations[row, unit, starts], rtol=1e-6)
            over = np.flatnonzero(activations[row, unit] > 0.3 * maxima[unit])
            for position in over:  # each is a site or overlaps one that is at least as high
                near = mine[(np.abs(starts - position) < 11).to_numpy()]
                assert near["activation"].max() >= activations[row, unit, position] - 1e-6
            assert len(mine) <= len(over)


def test_no_regions_have_no_sites(reader):
    sites = firing_sites(reader, encode([planted()]), ["a"], ["JUND", "CTCF"], np.array([8.0, 0.0]))
    assert list(sites) == SITE_COLUMNS
    assert sites.empty


# --- The figure ----------------------------------------------------------------------------------------------------


def made_up(n_targets, n_units, task="binding", signed=False):
    """Contributions, sites, annotation, motifs and width of six regions, as large as the real ones get."""
    rng = np.random.default_rng(0)
    targets = LINEAGES["target"][::-1][:n_targets].tolist()
    names = ["chr10:124837651-124837851", "ImmGenATAC1219.peak_123456_shuffled12", *(f"chr1:{n}-9" for n in range(4))]
    weights = rng.gamma(0.3, size=(n_targets, n_units)) * (rng.choice([-1, 1], (n_targets, n_units)) if signed else 1)
    outputs = rng.gamma(0.5, 2, (6, n_units))
    labels = rng.choice([0, 1, NAN], (6, n_targets)) if task == "binding" else rng.normal(0, 9, (6, n_targets))
    contributions = contribution_table(names, labels, outputs, weights, -5 * rng.random(n_targets), targets, task)
    sites = []
    for row, unit in [(row, unit) for row in (0, 4) for unit in rng.choice(n_units, min(n_units, 5), False)]:
        start, main = int(rng.integers(181)), np.abs(weights[:, unit]).argmax()
        site = [names[row], f"unit{unit + 1}", start, start + 20, rng.choice(["+", "-"]), 1.0, rng.uniform(0.5, 1)]
        sites.append(
            [*site, "A" * 20, 0.0, outputs[row, unit], targets[main], outputs[row, unit] * weights[main, unit]]
        )
    annotation = pd.DataFrame({"unit": unit_names(n_units), "tf": rng.choice(["MEF2C::SOX17", "CTCF", NAN], n_units)})
    annotation["tf"] = annotation["tf"].replace("nan", NAN)
    motifs = dict(zip(unit_names(n_units), rng.dirichlet([0.3] * 4, (n_units, 20)), strict=True))
    return contributions, pd.DataFrame(sites, columns=SITE_COLUMNS), annotation, motifs, 200


@pytest.mark.parametrize(
    ("n_targets", "n_units", "signed"), [(1, 2, False), (3, 10, False), (6, 20, True), (81, 300, False)]
)
def test_all_texts_of_the_figure_can_be_read(n_targets, n_units, signed):
    contributions, *others = made_up(n_targets, n_units, signed=signed)
    figure = plots.single_regions(contributions, *others)
    texts = texts_in_place(figure)
    assert figure.get_size_inches()[0] < 12
    assert {"Probability", "Bias", "bound"} <= set(texts)
    assert set(contributions["region"]) <= set(texts)
    assert ("10 of 81 targets of each region: those with the highest labels and predictions" in texts) == (
        n_targets > 10
    )
    assert ("20 of 300 units: those that contribute most" in texts) == (n_units > 20)
    assert ("Others" in texts) == (n_units > 20)
    assert texts.count("No unit fired.") == 4


def test_the_figure_says_what_the_table_does():
    contributions = contribution_table(
        ["chr1:5-205"],
        [[1, 0, NAN]],
        np.array([[2, 0.5]]),
        np.array([[3, 0], [0.25, 2], [0, 0.01]]),
        [-1, -4, -2],
        TARGETS,
    )
    site = ["chr1:5-205", "unit2", 40, 60, "-", 1.0, 0.8, "A" * 20, 0.0, 0.5, "JUND", 1.0]
    annotation = pd.DataFrame({"unit": ["unit1", "unit2"], "tf": ["CTCF", NAN]})
    motifs = dict.fromkeys(["unit1", "unit2"], np.eye(4)[[0, 1, 2, 3] * 5])
    figure = plots.single_regions(contributions, pd.DataFrame([site], columns=SITE_COLUMNS), annotation, motifs, 200)
    texts = texts_in_place(figure)
    assert [text for text in texts if text.startswith("unit")] == ["unit1 · CTCF", "unit2", "unit2"]  # one has a lane
    assert {"6.0", "0.5", "1.0"} <= set(texts)  # contributions; 0.005 is not printed
    assert {"0.99", "0.08", "0.12"} <= set(texts)  # probabilities of the logits 5, −2.5, −1.995
    assert "+1.0 JUND" in texts
    axes = figure.axes[0]
    bold = [text.get_text() for text in axes.texts if text.get_fontweight() == "bold"]
    assert bold == ["chr1:5-205", "2", "12"]  # the region, the unit that fired, the key


@pytest.mark.parametrize("draw", [plots.single_regions, plots.single_region_profiles])
def test_a_figure_of_no_regions_says_so(draw):
    contributions, sites, *others = made_up(3, 4)
    assert texts_in_place(draw(contributions[:0], sites[:0], *others)) == ["There are no such regions."]


@pytest.mark.parametrize(("n_targets", "n_units", "lineages"), [(2, 2, None), (3, 10, None), (81, 300, LINEAGES)])
def test_all_texts_of_the_figure_of_regression_can_be_read(n_targets, n_units, lineages):
    contributions, *others = made_up(n_targets, n_units, task="regression")
    figure = plots.single_region_profiles(contributions, *others, lineages)
    texts = texts_in_place(figure)
    assert figure.get_size_inches()[0] < 14
    assert set(contributions["region"]) | set(contributions["target"]) <= set(texts)
    assert sum(text.startswith("unit") for text in texts) <= 5 * 6
    assert texts.count("all other units, bias") == 6
    assert set(LINEAGES["lineage"]) <= set(texts) or lineages is None
    assert "no correlation: values or predictions are constant" not in texts


@pytest.mark.parametrize("scale", [1e-4, 1, 1000])
@pytest.mark.parametrize("n_units", [2, 30])
def test_the_figure_of_a_single_target_in_regression_can_be_read_whatever_the_scale(n_units, scale):
    contributions, sites, *others = made_up(1, n_units, task="regression", signed=True)
    numbers = contributions.columns[2:]
    contributions[numbers] *= scale
    figure = plots.single_region_profiles(contributions, sites.assign(contribution=scale), *others)
    texts = texts_in_place(figure)
    assert {"Value", "Bias", "Prediction", "measured value", "prediction", *contributions["region"]} <= set(texts)
    assert not {"Label", "Probability", "bound"} & set(texts)
    assert len({text for text in texts if re.fullmatch(r"-?\d+(\.\d+)?", text)}) > 20  # they are not all 0


def test_the_figure_of_a_single_target_in_regression_draws_its_values_and_contributions_as_they_are():
    # The value is −1, of a range from −1 to 3; the prediction 0.5 + 2 · 1.5 − 1 · 0.5 = 3.
    contributions = contribution_table(
        ["chr1:5-205"], [[-1.0]], np.array([[2.0, 1.0]]), np.array([[1.5, -0.5]]), [0.5], ["JUND"], task="regression"
    )
    site = ["chr1:5-205", "unit1", 40, 60, "-", 1.0, 0.8, "A" * 20, 0.0, 2.0, "JUND", 3.0]
    annotation = pd.DataFrame({"unit": unit_names(2), "tf": ["FOS", NAN]})
    motifs = dict.fromkeys(unit_names(2), np.eye(4)[[0, 1, 2, 3] * 5])
    given = contributions, pd.DataFrame([site], columns=SITE_COLUMNS), annotation, motifs, 200
    figure = plots.single_region_profiles(*given)
    axes, texts = figure.axes[0], texts_in_place(figure)
    (mesh,) = axes.collections
    np.testing.assert_allclose(mesh.get_array().ravel(), [3, -0.5])
    assert {"3.0", "-0.5", "0.5", "-1.0", "+3.0 JUND"} <= set(texts)
    box, bar = [patch for patch in axes.patches if isinstance(patch, Rectangle)][:2]
    zero = box.get_x() + box.get_width() / 4
    assert bar.get_x() + bar.get_width() == pytest.approx(box.get_x()) and bar.get_x() == pytest.approx(zero)
    (dot,) = axes.lines[0].get_xdata()
    assert dot == pytest.approx(box.get_x() + box.get_width())


def test_the_figure_of_regression_draws_values_predictions_and_contributions_less_their_means():
    # Predictions are 10 + outputs × weights: 14, 12, 13. All units add the same to all targets, but for the first.
    contributions = contribution_table(
        ["chr1:5-205"],
        [[3.0, 1.0, 2.0]],
        np.array([[2.0, 1.0, 1.0]]),
        np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.5, 1.0, 1.0]]),
        [10.0, 10.0, 10.0],
        TARGETS,
        task="regression",
    )
    site = ["chr1:5-205", "unit1", 40, 60, "-", 1.0, 0.8, "A" * 20, 0.0, 2.0, "CTCF", 1.0]
    annotation = pd.DataFrame({"unit": unit_names(3), "tf": ["PAX5", NAN, NAN]})
    motifs = dict.fromkeys(unit_names(3), np.eye(4)[[0, 1, 2, 3] * 5])
    # FOXA1 and CTCF are of one lineage and stand together.
    table = pd.DataFrame({"target": ["FOXA1", "JUND", "CTCF"], "lineage": ["B", "T", "B"]})
    figure = plots.single_region_profiles(
        contributions, pd.DataFrame([site], columns=SITE_COLUMNS), annotation, motifs, 200, table
    )
    texts = texts_in_place(figure)
    assert [text for text in texts if text in TARGETS] == ["CTCF", "FOXA1", "JUND"]
    assert [text for text in texts if text.startswith("unit")] == ["unit1 · PAX5"]
    assert "r = 1.00" in texts
    axes = figure.axes[0]
    rows = [mesh.get_array().ravel().tolist() for mesh in axes.collections]
    np.testing.assert_allclose(rows, [[1, 0, -1], [0, 0, 0]], atol=1e-9)
    heights = [bar.get_height() / 0.15 for bar in axes.patches if isinstance(bar, Rectangle)]  # 0.15 inch for an s.d.
    np.testing.assert_allclose(heights, [-(1.5**0.5), 0, 1.5**0.5], atol=1e-9)
    assert len([patch for patch in axes.patches if isinstance(patch, Polygon)]) == 3  # a site and two in the key


def test_the_same_figure_is_the_same_file(tmp_path):
    for turn in "ab":
        plots.save(plots.single_regions(*made_up(2, 3)), tmp_path / f"{turn}.svg", tmp_path / f"{turn}.png")
    for ending in ("svg", "png"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
