"""The unit sweep: its models, its table, its figures, and its own target in the workflow."""

import json
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from cam import plots
from cam.errors import InputError
from cam.evaluation.sweep import summarise
from cam.io.tables import read_table, write_table
from cam.setup.config import check, sweep_models
from figures import texts_in_place
from matplotlib.colors import to_hex
from running import SMALL, plan, planned, succeed
from test_config import SCHEMA, changed
from test_workflow import MATRIX, write_matrix

# --- Its models ----------------------------------------------------------------------------------------------------


def test_the_sweep_makes_a_constrained_and_a_free_cam_for_every_number_of_units():
    config = check(changed(sweep={"units": [1, 5]}, models__cam__hidden=30, models__cam__non_negative=False), SCHEMA)
    models = sweep_models(config)
    varied = {name: (model["units"], model["non_negative"]) for name, model in models.items() if name != "baseline"}
    assert varied == {
        "cam_u1": (1, True),
        "cam_u5": (5, True),
        "cam_free_u1": (1, False),
        "cam_free_u5": (5, False),
    }
    assert models["cam_u5"] == {**config["models"]["cam"], "units": 5, "non_negative": True}
    assert models["cam_free_u1"]["hidden"] == 30
    assert models["baseline"] == config["models"]["baseline"]
    assert set(config["models"]) == {"cam", "baseline"}


def test_the_sweep_reads_the_interpreted_model_and_the_seeds_if_nothing_else_is_said():
    others = {"small": {"architecture": "cam"}, "wide": {"architecture": "aitac"}}
    config = check(changed(models={**changed()["models"], **others}, seeds=[1, 3], interpret__model="small"), SCHEMA)
    assert config["sweep"] == {"model": "small", "units": [1, 2, 5, 10, 20, 50], "seeds": [1, 3]}
    assert list(sweep_models(config))[::6] == ["small_u1", "small_free_u1", "baseline"]
    assert list(sweep_models(config))[12:] == ["baseline", "wide"]
    config = check(changed(sweep={"model": "cam", "units": ["4"], "seeds": [7]}, interpret__model="cam"), SCHEMA)
    assert list(sweep_models(config)) == ["cam_u4", "cam_free_u4", "baseline"]
    assert config["sweep"]["seeds"] == [7]


def imported(**changes):
    theirs = {"architecture": "cam", "weights": __file__, "units": 100}
    return changed(models__theirs=theirs, interpret__model="theirs", **changes)


def test_an_imported_model_is_no_matter_until_it_is_to_be_swept():
    assert sweep_models(check(imported(), SCHEMA)) == {}
    with pytest.raises(InputError, match="config, sweep.model: the key is missing, and the model of interpret has its"):
        summarise({}, {}, {}, ["CTCF"])
    models = sweep_models(check(imported(sweep={"model": "cam", "units": [2]}), SCHEMA))
    assert list(models) == ["cam_u2", "cam_free_u2", "baseline"]
    with pytest.raises(InputError, match=r"config, sweep.model: 'theirs' has its weights from a file \(models.theirs"):
        check(imported(sweep={"model": "theirs"}), SCHEMA)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sweep": {"unit": [1]}}, "config, sweep: unknown key 'unit'; did you mean 'units'?"),
        ({"sweep": {"model": "cams"}}, "config, sweep.model: 'cams' is not under models; did you mean 'cam'?"),
        ({"sweep": {"model": "baseline"}}, "config, sweep.model: 'baseline' is a basset, expected a cam"),
        ({"sweep": {"units": []}}, "config, sweep.units: found .*, expected at least one item"),
        ({"sweep": {"units": [5, 0]}}, "config, sweep.units.1: found 0, expected at least 1"),
        ({"sweep": {"units": [5, 5]}}, r"config, sweep.units: found \[5, 5\], expected every item once"),
        (
            {"models__cam_free_u5": {"architecture": "cam"}},
            r"config, models.cam_free_u5: the unit sweep makes a model of this name \(sweep.units\), expected another",
        ),
    ],
)
def test_a_mistake_in_the_sweep_is_one_sentence(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        check(changed(**changes), SCHEMA)


# --- Its table -----------------------------------------------------------------------------------------------------

MODELS = {
    "cam_u2": {"units": 2, "non_negative": True},
    "cam_free_u2": {"units": 2, "non_negative": False},
    "baseline": {"architecture": "basset"},
}


def run(macro, ctcf, jund, seconds):
    scores = {
        target: dict(zip(("mcc", "auroc", "auprc"), values, strict=True))
        for target, values in {"macro": macro, "CTCF": ctcf, "JUND": jund}.items()
    }
    training = {"seconds": sum(seconds), "epochs": len(seconds), "device": "cpu", "parameters": 40}
    return {"test": scores, "training": training}, pd.DataFrame({"seconds": seconds})


def test_the_table_has_a_row_per_run():
    nothing = (None, None, None)
    runs = {
        ("cam_u2", 1): run((0.5, 0.8, 0.7), (0.5, 0.8, 0.7), nothing, [9.0, 2.0, 1.0, 3.0]),
        ("cam_free_u2", 1): run((0.6, 0.9, 0.8), (0.6, 0.9, 0.8), nothing, [8.0]),
        ("baseline", 1): run((0.4, 0.7, 0.6), (0.4, 0.7, 0.6), nothing, [4.0, 5.0]),
    }
    metrics, histories = ({key: found[part] for key, found in runs.items()} for part in (0, 1))
    table = summarise(MODELS, metrics, histories, ["CTCF", "JUND"])
    scores = [f"{target}.{metric}" for target in ("macro", "CTCF", "JUND") for metric in ("mcc", "auroc", "auprc")]
    expected = pd.DataFrame(
        [
            ("cam_u2", 2, True, 1, "cpu", 40, 4, 15.0, 1.0, 0.5, 0.8, 0.7, 0.5, 0.8, 0.7, *nothing),
            ("cam_free_u2", 2, False, 1, "cpu", 40, 1, 8.0, 8.0, 0.6, 0.9, 0.8, 0.6, 0.9, 0.8, *nothing),
            ("baseline", pd.NA, pd.NA, 1, "cpu", 40, 2, 9.0, 4.0, 0.4, 0.7, 0.6, 0.4, 0.7, 0.6, *nothing),
        ],
        columns=[
            *("model", "units", "non_negative", "seed", "device", "parameters", "epochs"),
            *("seconds", "seconds_per_epoch", *scores),
        ],
    )
    expected = expected.astype({"units": "Int64", "non_negative": "boolean"})
    pd.testing.assert_frame_equal(table, expected)


def test_the_table_of_real_numbers_has_their_correlations():
    of_target = {"pearson": 0.3, "centred_pearson": 0.25, "n": 10}
    test = {"macro": {"region_pearson": 0.5, **of_target}, "B": of_target, "NK": {**of_target, "pearson": None}}
    training = {"seconds": 3.0, "epochs": 1, "device": "cpu", "parameters": 40}
    metrics = {(model, 1): {"test": test, "training": training} for model in MODELS}
    histories = {run: pd.DataFrame({"seconds": [3.0]}) for run in metrics}
    table = summarise(MODELS, metrics, histories, ["B", "NK"])
    assert list(table)[9:] == [
        "macro.region_pearson", "macro.pearson", "macro.centred_pearson",
        "B.pearson", "B.centred_pearson", "NK.pearson", "NK.centred_pearson",
    ]  # fmt: skip
    assert table.iloc[0, 9:].tolist() == [0.5, 0.3, 0.25, 0.3, 0.25, None, 0.25]
    figure = plots.sweep_performance(table, ["B", "NK"])
    regions, targets = figure.axes
    assert (regions.get_ylabel(), targets.get_ylabel()) == ("Pearson correlation", "Centred correlation")
    assert drawn(regions)[plots.COOL] == [[(2, 0.5)], [(2, 0.5)]]
    assert drawn(targets)[plots.COOL] == [[(2, 0.25)], [(2, 0.25)]]
    texts_in_place(figure)


def test_a_single_target_of_real_numbers_has_a_panel_of_its_correlation():
    training = {"seconds": 3.0, "epochs": 1, "device": "cpu", "parameters": 40}
    test = {name: {"pearson": 0.25, "n": 10} for name in ("macro", "activity")}
    metrics = {(model, 1): {"test": test, "training": training} for model in MODELS}
    histories = {run: pd.DataFrame({"seconds": [3.0]}) for run in metrics}
    table = summarise(MODELS, metrics, histories, ["activity"])
    assert list(table)[9:] == ["macro.pearson", "activity.pearson"]
    figure = plots.sweep_performance(table, ["activity"])
    (axes,) = figure.axes
    assert axes.get_ylabel() == "Pearson correlation" and drawn(axes)[plots.COOL] == [[(2, 0.25)], [(2, 0.25)]]
    texts_in_place(figure)


# --- Its figures ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=["from memory", "from a file"])
def table(request, tmp_path):
    """One and four units, both constraints, two seeds, and a baseline; JUND has no score."""
    models = {f"cam{free}_u{n}": {"units": n, "non_negative": not free} for free in ("", "_free") for n in (1, 4)}
    metrics, histories = {}, {}
    for place, model in enumerate([*models, "baseline"]):
        for seed in (1, 2):
            score = (0.1 * place + 0.02 * seed,) * 3
            metrics[model, seed], histories[model, seed] = run(score, score, (None,) * 3, [10.0 * (place + seed)] * 2)
    table = summarise({**models, "baseline": {}}, metrics, histories, ["CTCF", "JUND"])
    if request.param == "from memory":
        return table
    write_table(table, tmp_path / "units.tsv")
    return read_table(tmp_path / "units.tsv")


def drawn(axes):
    """Colour to what is drawn in it: [(x, y), …] of the line of medians and of the points; y of a baseline's line."""
    found = {}
    for line in axes.lines:
        xy = [(round(float(x)), pytest.approx(float(y))) for x, y in line.get_xydata() if not np.isnan(y)]
        found.setdefault(to_hex(line.get_color()), []).append(xy)
    return found


def test_performance_has_a_row_per_target_and_a_line_per_constraint(table):
    figure = plots.sweep_performance(table, ["CTCF", "JUND"])
    mcc, auroc = figure.axes[2:4]
    assert [axes.get_title("left") for axes in figure.axes[::2]] == ["Mean of the targets", "CTCF", "JUND"]
    assert [axes.get_ylabel() for axes in (mcc, auroc)] == ["MCC", "AUROC"]
    assert [axes.get_xlabel() for axes in figure.axes] == [""] * 4 + ["Number of units"] * 2
    for axes in (mcc, auroc):
        found = drawn(axes)
        assert found[plots.COOL] == [[(1, 0.03), (4, 0.13)], [(1, 0.02), (1, 0.04), (4, 0.12), (4, 0.14)]]
        assert found[plots.WARM] == [[(1, 0.23), (4, 0.33)], [(1, 0.22), (1, 0.24), (4, 0.32), (4, 0.34)]]
        assert found[plots.MUTED] == [[(0, 0.43), (1, 0.43)]]
        (band,) = axes.patches
        assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((0.42, 0.44))
        assert axes.get_xscale() == "log"
    assert [label.get_text() for label in figure.axes[5].get_xticklabels()] == ["1", "4"]
    assert drawn(figure.axes[4])[plots.COOL] == [[], []]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["CAM, non-negative final weights", "CAM, free final weights", "baseline"]


def test_performance_of_one_target_has_no_mean(table):
    figure = plots.sweep_performance(table, ["CTCF"])
    assert [axes.get_title("left") for axes in figure.axes] == ["CTCF", ""]


def test_training_time_starts_at_zero_and_names_the_device(table):
    whole, epoch = plots.sweep_training_time(table).axes
    assert [axes.get_title("left") for axes in (whole, epoch)] == ["Training", "Fastest epoch"]
    assert [axes.get_ylabel() for axes in (whole, epoch)] == ["Seconds (CPU)"] * 2
    assert drawn(whole)[plots.WARM][0] == [(1, 70), (4, 90)]
    assert drawn(epoch)[plots.WARM][0] == [(1, 35), (4, 45)]
    assert drawn(epoch)[plots.MUTED] == [[(0, 55), (1, 55)]]
    assert epoch.get_ylim() == pytest.approx((0, 1.06 * 60))
    (axes, _) = plots.sweep_training_time(table.assign(device=["cuda"] * 8 + ["cpu"] * 2)).axes
    assert axes.get_ylabel() == "Seconds (GPU, CPU)"


def test_many_numbers_of_units_do_not_overlap():
    units = [*range(1, 13), 15, 20, 30, 50, 100, 200, 300]
    many = pd.DataFrame({"units": units, "non_negative": True, "model": "cam", "device": "cpu"})
    figure = plots.sweep_training_time(many.assign(seconds=1.0, seconds_per_epoch=1.0))
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_xticklabels() if label.get_text()]
    assert len(boxes) > 6
    assert all(first.x1 + 3 < second.x0 for first, second in pairwise(boxes))


# --- Its target ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_sweep_is_a_target_of_its_own(tmp_path):
    write_matrix(tmp_path / "matrix")
    training = {"epochs": 2, "starts": 2, "tuning_epochs": 1, "device": "cpu"}
    config = {**MATRIX, "training": training, "sweep": {"units": [2]}}
    succeed(tmp_path, config=config, targets=["sweep"])
    out = tmp_path / "my results"
    figures = {f"{name}.{ending}" for name in ("performance", "training_time") for ending in ("svg", "png")}
    assert {path.name for path in (out / "sweep").iterdir()} == {"units.tsv", *figures}
    table = read_table(out / "sweep" / "units.tsv").set_index("model")
    assert table["epochs"].to_dict() == {"cam_u2": 3, "cam_free_u2": 3, "baseline": 1}
    for model, row in table.iterrows():
        metrics = json.loads((out / "models" / model / "seed1" / "metrics.json").read_text())
        assert row["CTCF.auroc"] == pytest.approx(metrics["test"]["CTCF"]["auroc"], abs=1e-6)
        assert row["parameters"] == metrics["training"]["parameters"]

    # Another device is no reason to train again, and one number of units more trains that alone.
    more = {**config, "training": {**training, "device": "auto"}, "sweep": {"units": [2, 3]}}
    expected = {"train": 2, "responses": 2, "evaluate": 2, "sweep_table": 1, "plot_sweep": 1, "sweep": 1}
    assert plan(tmp_path, config=more, targets=["sweep"]) == expected
    succeed(tmp_path, "--report", tmp_path / "report.html", config=config, targets=["sweep"])
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "units.tsv" in text and "training_time.svg" in text


def test_all_leaves_the_sweep_out(tmp_path):
    with planned(tmp_path, SMALL) as workflow:
        made = [str(file) for job in workflow.dag.jobs for file in job.output]
    assert "my results/models/cam/seed1/model.safetensors" in made
    assert not [file for file in made if re.search("models/cam_(u|free)|my results/sweep", file)]
