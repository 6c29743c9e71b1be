"""Filter nullification against recomputing every model step by step, and against what the weights say."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from cam import plots
from cam.bases import encode
from cam.errors import InputError
from cam.interpretation.agreement import summarise
from cam.interpretation.nullification import compare_ways, filter_table, hold, nullify, timed
from cam.io.fasta import read_fasta
from cam.models.baselines import AITAC, Basset
from cam.models.cam import CAM
from cam.models.explainn import read_explainn
from cam.models.functional import one_hot
from cam.models.predict import predict, reverse_complement
from figures import LINEAGES, texts_in_place
from torch import nn

NAN = np.nan


def as_trained(model):
    """Batch norms of all kinds, as training leaves them, and weights with which changes are no rounding errors."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter *= 3
        for norm in model.modules():
            if isinstance(norm, nn.BatchNorm1d):
                norm.weight.uniform_(0.5, 1.5)
                norm.bias.uniform_(-0.3, 0.5)
                norm.running_mean.uniform_(-0.3, 0.3)
                norm.running_var.uniform_(0.5, 1.5)
    return model.eval()


def random_cam(seed=1, **settings):
    torch.manual_seed(seed)
    return as_trained(CAM(60, 3, **{"units": 5, "filter_length": 11, "hidden": 8, "non_negative": False, **settings}))


@pytest.fixture
def codes():
    return np.random.default_rng(0).integers(0, 5, (30, 60)).astype(np.uint8)


def of_strands(codes, strands):
    given = torch.from_numpy(codes)
    return [given] if strands == "given" else [given, reverse_complement(given)]


@torch.inference_mode()
def slow_cam(model, codes, strands):
    """Every unit by itself, layer by layer, with and without its filter: the changes, shape (units, n, n_targets)."""
    strands = of_strands(codes, strands)
    means = torch.cat([model.activations(batch) for batch in strands]).mean((0, 2))
    changes = []
    for unit in range(model.units):
        change = 0
        for batch in strands:
            with_filter = model.activations(batch)[:, unit]
            outputs = []
            for response in (with_filter, torch.full_like(with_filter, means[unit])):
                hidden = F.max_pool1d(response, model.pool) @ model.weight1[unit].t()
                of_unit = slice(unit * model.hidden, (unit + 1) * model.hidden)
                norm = model.norm2
                scale = norm.weight[of_unit] / (norm.running_var[of_unit] + norm.eps).sqrt()
                hidden = ((hidden - norm.running_mean[of_unit]) * scale + norm.bias[of_unit]).relu()
                norm = model.norm3
                scale = norm.weight[unit] / (norm.running_var[unit] + norm.eps).sqrt()
                value = (hidden @ model.weight2[unit] - norm.running_mean[unit]) * scale + norm.bias[unit]
                outputs.append(value.relu())
            change = change + (outputs[1] - outputs[0])[:, None] * model.final_weights()[:, unit] / len(strands)
        changes.append(change)
    return torch.stack(changes).double().numpy()


@torch.inference_mode()
def slow_cnn(model, codes, strands, filters):
    """Whole predictions with a hook behind the first activation: the changes, shape (filters, n, n_targets)."""
    strands = of_strands(codes, strands)
    first = next(number for number, layer in enumerate(model.convolutions) if isinstance(layer, torch.nn.ReLU))
    layer = model.convolutions[first]
    means = torch.cat([model.convolutions[: first + 1](one_hot(batch)) for batch in strands]).mean((0, 2))
    full = sum(model(batch) for batch in strands) / len(strands)
    changes = []
    for filter in filters:

        def set_to_mean(_, __, responses, filter=filter):
            responses[:, filter] = means[filter]

        hook = layer.register_forward_hook(set_to_mean)
        changes.append(sum(model(batch) for batch in strands) / len(strands) - full)
        hook.remove()
    return torch.stack(changes).double().numpy()


@pytest.mark.parametrize("strands", ["both", "given"])
@pytest.mark.parametrize("activation", ["relu", "exp"])
def test_units_of_a_cam_against_layer_by_layer(codes, activation, strands, device):
    model = random_cam(activation=activation)
    changes = slow_cam(model, codes, strands)
    assert np.abs(changes).max() > 0.1
    effect, rms = nullify(model.to(device), codes, device, strands, batch_size=7)
    np.testing.assert_allclose(effect, changes.mean(1).T, rtol=0, atol=1e-5)
    np.testing.assert_allclose(rms, np.sqrt((changes**2).mean(1)).T, rtol=0, atol=1e-5)


@pytest.mark.parametrize("strands", ["both", "given"])
@pytest.mark.parametrize(("architecture", "filters"), [(Basset, range(0, 100, 9)), (AITAC, [0, 7, 299])])
def test_filters_of_a_cnn_against_hooks(codes, architecture, filters, strands, device):
    torch.manual_seed(2)
    model = as_trained(architecture(60, 3))
    changes = slow_cnn(model, codes, strands, filters)
    assert np.abs(changes).max() > 0.1
    effect, rms = nullify(model.to(device), codes, device, strands, batch_size=16)
    assert effect.shape == rms.shape == (3, 300 if architecture is AITAC else 100)
    np.testing.assert_allclose(effect[:, filters], changes.mean(1).T, rtol=0, atol=1e-5)
    np.testing.assert_allclose(rms[:, filters], np.sqrt((changes**2).mean(1)).T, rtol=0, atol=1e-5)


@pytest.mark.parametrize("architecture", [CAM, AITAC])
def test_in_regression_what_all_predictions_lose_alike_is_no_change(codes, architecture):
    torch.manual_seed(2)
    model = random_cam() if architecture is CAM else as_trained(AITAC(60, 3))
    filters = range(model.units) if architecture is CAM else [0, 7, 299]
    changes = slow_cam(model, codes, "both") if architecture is CAM else slow_cnn(model, codes, "both", filters)
    centred = changes - changes.mean(2, keepdims=True)
    effect, rms = nullify(model, codes, centred=True)
    np.testing.assert_allclose(effect[:, filters], centred.mean(1).T, rtol=0, atol=1e-5)
    np.testing.assert_allclose(rms[:, filters], np.sqrt((centred**2).mean(1)).T, rtol=0, atol=1e-5)
    if architecture is CAM:
        with torch.no_grad():
            model.final.weight += 3.0  # to all targets alike
        np.testing.assert_allclose(nullify(model, codes, centred=True)[1], rms, rtol=0, atol=1e-4)
        assert np.abs(nullify(model, codes)[1] - rms).max() > 0.1


@pytest.mark.parametrize("architecture", [Basset, AITAC])
def test_a_held_model_predicts_what_nullification_says(codes, architecture):
    """The plain way, without hooks: a copy of the model for each filter."""
    torch.manual_seed(3)
    model = as_trained(architecture(60, 3))
    given = torch.from_numpy(codes)
    with torch.inference_mode():
        means = model.responses(given).mean((0, 2))
    effect, _ = nullify(model, codes, strands="given")
    for filter in (0, 50):
        held = predict(hold(model, means, filter), codes, strands="given")
        change = (held - predict(model, codes, strands="given")).astype(float)
        np.testing.assert_allclose(effect[:, filter], change.mean(0), rtol=0, atol=1e-5)
    tensors = zip(hold(model, means).state_dict().values(), model.state_dict().values(), strict=True)
    assert not all(torch.equal(*pair) for pair in tensors)


def test_a_filter_that_nothing_listens_to_has_no_influence(codes):
    torch.manual_seed(4)
    model = as_trained(Basset(60, 3))
    with torch.no_grad():
        model.convolutions[4].weight[:, 3] = 0
    effect, rms = nullify(model, codes)
    assert (effect[:, 3] == 0).all() and (rms[:, 3] == 0).all()
    assert (np.delete(rms, 3, axis=1) > 0).all()


def test_a_unit_that_speaks_by_its_motif_is_missed():
    """One unit whose output is 2 where TTTTT is and 0 elsewhere: held at its mean it is silent, and logits fall."""
    model = CAM(40, 2, units=1, filter_length=5, pool=6, hidden=1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.convolution.weight[0, 3] = 1  # counts T in a window
        model.norm1.weight.fill_(1)
        model.norm1.bias.fill_(-4)  # so that only five of them give 1
        for weight in (model.weight1, model.norm2.weight, model.weight2, model.norm3.weight):
            weight.fill_(1)
        model.norm2.bias.fill_(-0.5)
        model.norm3.bias.fill_(0)
        model.final.weight[:, 0] = torch.tensor([4.0, 0.0])
        model.norm1.eps = model.norm2.eps = model.norm3.eps = 0
    codes = np.zeros((4, 40), dtype=np.uint8)
    codes[0, 12:17] = 3
    assert model.eval().unit_outputs(torch.from_numpy(codes)).tolist() == [[0.5], [0], [0], [0]]
    effect, rms = nullify(model, codes, strands="given")
    assert effect.tolist() == [[-0.5], [0]]  # of four sequences one falls by 0.5 × 4; the second target has no weight
    assert rms.tolist() == [[1.0], [0]]


@pytest.fixture(params=["made up", "published"])
def cam(request, codes):
    """A CAM and sequences: of the tests, and a published one of 100 units with exponential activations."""
    if request.param == "made up":
        return random_cam(non_negative=True), codes
    shared_data = request.getfixturevalue("shared_data")
    fasta = shared_data / "tf-binding-matrix" / "sequences.200bp.chr14.fa.gz"
    model, _ = read_explainn(shared_data / "explainn" / "model_epoch_best_4.pth", 200, ["MAX", "FOXA1", "JUND"])
    return model, encode([sequence for _, sequence in itertools.islice(read_fasta(fasta), 300)])


def test_what_weights_tell_exactly(cam):
    """A unit's *output* at its mean changes the logit by |w| × s.d.; its filter at its mean, by little more."""
    model, codes = cam
    weights, outputs = model.final_weights().detach().numpy().astype(float), predict(model.unit_outputs, codes)
    outputs = outputs.astype(float)
    logits = predict(model, codes)
    effective = np.abs(weights) * outputs.std(0)
    for unit in range(0, model.units, 9 if model.units > 9 else 1):
        held = outputs.copy()
        held[:, unit] = outputs[:, unit].mean()
        change = held @ weights.T + model.final.bias.detach().numpy() - logits
        np.testing.assert_allclose(np.sqrt((change**2).mean(0)), effective[:, unit], rtol=0, atol=1e-5)

    means = torch.from_numpy(predict(lambda batch: model.activations(batch).mean(2), codes).mean(0))
    constants = predict(hold(model, means).unit_outputs, codes[:1])[0]
    _, rms = nullify(model, codes)
    shifted = np.abs(weights) * np.sqrt(outputs.var(0) + (constants - outputs.mean(0)) ** 2)
    np.testing.assert_allclose(rms, shifted, rtol=0, atol=1e-4)
    assert (rms >= effective - 1e-5).all()


def test_no_sequences_is_one_sentence():
    with pytest.raises(InputError, match="nullification: found no test regions, expected some; see split"):
        nullify(random_cam(), np.zeros((0, 60), dtype=np.uint8))


def table(rms, weight=None, targets=("A", "B"), name="unit"):
    """A row per filter and target, from arrays of filters × targets."""
    rms = np.asarray(rms, dtype=float)
    return pd.DataFrame(
        {
            "filter": np.repeat([f"{name}{n + 1}" for n in range(len(rms))], len(targets)),
            "target": np.tile(targets, len(rms)),
            "effect": 0.0,
            "rms": rms.ravel(),
            "weight": NAN if weight is None else np.ravel(weight).astype(float),
            "effective_weight": NAN if weight is None else np.ravel(weight) * 2.0,
        }
    )


def times(*models):
    ways = {"cam": ["final weights"], "basset": []}
    return pd.DataFrame(
        [
            {"model": model, "architecture": kind, "filters": 3, "regions": 500, "way": way, "seconds": seconds}
            for model, kind in models
            for way, seconds in zip(
                [*ways[kind], "nullification", "a prediction per filter"], (0.004, 2, 130), strict=False
            )
        ]
    )


def test_times_are_of_later_calls_than_the_first(monkeypatch):
    """The clock goes on by 100 seconds in the first call, then by 3, 1, 2, …; no test waits for any."""
    clock = iter([100, 3, 1, 2, 9, 4])
    now = 0.0

    def call():
        nonlocal now
        now += next(clock)
        return now

    monkeypatch.setattr("time.perf_counter", lambda: now)
    assert timed(call, repeats=3) == (106, [3, 1, 2])
    assert timed(call, warm_up=lambda: None, repeats=5, enough=10) == (119, [9, 4])


@pytest.mark.parametrize("architecture", ["cam", "basset"])
def test_ways_are_compared_on_the_same_nullification(monkeypatch, codes, architecture):
    model = random_cam() if architecture == "cam" else as_trained(Basset(60, 3))
    monkeypatch.setattr("cam.interpretation.nullification.timed", lambda call, warm_up=None: (call(), [1.0, 9.0, 2.0]))
    effect, rms, seconds = compare_ways(lambda: model, codes[:6], centred=True)
    for found, expected in zip((effect, rms), nullify(model, codes[:6], centred=True), strict=True):
        np.testing.assert_array_equal(found, expected)
    n_filters = rms.shape[1]
    expected = {"nullification": 2.0, "a prediction per filter": 2.0 + n_filters * 2.0}
    assert seconds == ({"final weights": 2.0} if architecture == "cam" else {}) | expected


def test_a_row_per_filter_and_target():
    effect, rms = np.array([[-1.0, -2.0, -3.0], [1.0, 2.0, 3.0]]), np.arange(6.0).reshape(2, 3)
    found = filter_table(["unit1", "unit2", "unit3"], ("A", "B"), effect, rms, 10 * rms, 100 * rms)
    assert list(found.columns) == ["filter", "target", "effect", "rms", "weight", "effective_weight"]
    assert found.iloc[[0, 1, 4]].values.tolist() == [
        ["unit1", "A", -1.0, 0.0, 0.0, 0.0], ["unit1", "B", 1.0, 3.0, 30.0, 300.0],
        ["unit3", "A", -3.0, 2.0, 20.0, 200.0],
    ]  # fmt: skip
    baseline = filter_table(["filter1", "filter2", "filter3"], ("A", "B"), effect, rms)
    assert len(baseline) == 6 and baseline[["weight", "effective_weight"]].isna().all(axis=None)


def test_summarise_tells_agreement_and_the_strongest_filter():
    about = pd.DataFrame({"architecture": ["cam", "basset"]}, index=["cam", "baseline"])
    weight = [[1, 0], [-2, 0], [3, 0]]
    tables = {"cam": table([[1, 5], [2, 6], [4, 1]], weight), "baseline": table([[0, 1], [3, 2]], name="filter")}
    found = summarise(tables, about)
    assert found[["model", "architecture", "target", "strongest", "rms"]].values.tolist() == [
        ["cam", "cam", "A", "unit3", 4],
        ["cam", "cam", "B", "unit2", 6],
        ["baseline", "basset", "A", "filter2", 3],
        ["baseline", "basset", "B", "filter2", 2],
    ]
    # |weights| 1, 2, 3 with 1, 2, 4: 3 / sqrt(2 × 14 / 3).
    assert found["pearson"].iloc[0] == pytest.approx(3 / np.sqrt(28 / 3))
    assert found["pearson_effective"].iloc[0] == pytest.approx(3 / np.sqrt(28 / 3))
    assert found["spearman"].iloc[0] == pytest.approx(1)
    assert found[["pearson", "spearman", "pearson_effective", "spearman_effective"]].iloc[1:].isna().all(axis=None)


def test_the_figure_names_correlations_and_times():
    weight = [[1, 1], [-2, 2], [3, 0]]
    tables = {"cam": table([[2, 2], [4, 4], [6, 1]], weight), "baseline": table([[0, 1], [3, 2]], name="filter")}
    seconds = times(("cam", "cam"), ("baseline", "basset"))
    summary = summarise(tables, seconds.drop_duplicates("model").set_index("model")[["architecture"]])
    figure = plots.nullification(tables, summary, seconds, "cam")
    weights, effective, ranks, durations = (axes for part in figure.subfigs for axes in part.axes)
    assert weights.collections[0].get_offsets().tolist() == [[1, 2], [1, 2], [2, 4], [2, 4], [3, 6], [0, 1]]
    assert (weights.get_xlabel(), weights.get_ylabel()) == ("|Final weight|", "r.m.s. change of the logit")
    legend = [text.get_text() for text in effective.get_legend().get_texts()]
    assert legend == ["A  r = 1.000", f"B  r = {summary['pearson_effective'].iloc[1]:.3f}"]
    assert [line.get_ydata().tolist() for line in ranks.lines] == [[4, 3.5, 2], [2.5, 0.5]]
    assert [line.get_label() for line in ranks.lines] == ["cam, unit2 first", "baseline, filter2 first"]
    assert [text.get_text() for text in durations.texts] == ["4 ms", "2 s", "130 s", "4 ms", "2 s"]


def test_one_target_of_real_numbers_has_no_mean_over_targets():
    tables = {"cam": table([[2], [4]], [[1], [2]], targets=["A"])}
    seconds = times(("cam", "cam"))
    summary = summarise(tables, seconds.drop_duplicates("model").set_index("model")[["architecture"]])
    figure = plots.nullification(tables, summary, seconds, "cam", task="regression")
    assert figure.subfigs[0].axes[0].get_xlabel() == "Final weight"


def test_two_filters_have_no_correlation():
    """It would be 1 or −1 whatever they do."""
    about = pd.DataFrame({"architecture": ["cam"]}, index=["cam"])
    found = summarise({"cam": table([[1, 5], [2, 6]], [[1, 0], [-2, 1]])}, about)
    assert found[["pearson", "spearman", "pearson_effective", "spearman_effective"]].isna().all(axis=None)


@pytest.mark.parametrize("n_units", [1, 2, 4])
def test_ranks_of_few_units_and_no_baseline_are_plain_numbers(n_units):
    tables = {"cam": table(np.arange(1, n_units + 1).repeat(2).reshape(-1, 2), np.ones((n_units, 2)))}
    seconds = times(("cam", "cam"))
    summary = summarise(tables, seconds.drop_duplicates("model").set_index("model")[["architecture"]])
    figure = plots.nullification(tables, summary, seconds, "cam")
    texts = texts_in_place(figure)
    assert "1" in texts
    assert not [text for text in texts if "$" in text]


@pytest.mark.parametrize(
    ("n_targets", "n_units", "binding"),
    [(1, 1, True), (3, 10, True), (6, 20, True), (12, 20, True), (81, 300, True), (3, 10, False), (81, 300, False)],
)
def test_the_figure_can_be_read(n_targets, n_units, binding):
    rng = np.random.default_rng(0)
    targets = LINEAGES["target"][::-1].tolist()[:n_targets]
    weight = rng.exponential(size=(n_units, n_targets))
    seconds = times(("cam", "cam"), ("a_long_baseline", "basset"))
    tables = {
        "cam": table(weight * 1.1, weight, targets),
        "a_long_baseline": table(rng.exponential(size=(100, n_targets)), None, targets, "filter"),
    }
    summary = summarise(tables, seconds.drop_duplicates("model").set_index("model")[["architecture"]])
    figure = plots.nullification(
        tables, summary, seconds, "cam", None if binding else LINEAGES, "binding" if binding else "regression"
    )
    texts = texts_in_place(figure)
    assert texts.count(f"r.m.s. change of the {'logit' if binding else 'prediction'}") == 3
    assert ("|Final weight − its mean| × s.d. of the unit output" in texts) == (not binding)
    assert ("B" in texts) == (not binding)  # the lineage of the first target
    panels = [axes for part in figure.subfigs for axes in part.axes]
    assert len(panels) > 2 and all(axes.get_window_extent().width > 2 * figure.dpi for axes in panels)
    assert all(axes.get_window_extent().height > 1.2 * figure.dpi for axes in panels)
