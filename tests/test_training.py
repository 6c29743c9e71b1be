import os
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from cam.data.dataset import Dataset, save_dataset
from cam.errors import InputError
from cam.models.predict import choose_device, on_strands, predict, reverse_complement
from cam.models.storage import build
from cam.training import loop as training
from cam.training.loop import Settings, train
from cam.training.losses import masked_binary_cross_entropy, mean_squared_error, pearson_loss
from sklearn.metrics import roc_auc_score

SMALL = {"units": 4, "filter_length": 8, "hidden": 16, "activation": "exp"}


@pytest.fixture(scope="module")
def dataset():
    """Two targets, each bound where its word stands on either strand."""
    rng = np.random.default_rng(0)
    n, length = 1500, 40
    codes = rng.integers(0, 4, (n, length)).astype(np.uint8)
    labels = np.zeros((n, 2), dtype=np.float32)
    for target, word in enumerate(([3, 2, 0, 1, 3, 1, 0, 0], [2, 2, 0, 0, 0, 3, 1, 1])):
        bound = rng.random(n) < 0.4
        labels[bound, target] = 1
        for row in np.flatnonzero(bound):
            start = rng.integers(target * 20, target * 20 + 12)
            codes[row, start : start + 8] = word if rng.random() < 0.5 else [3 - b for b in word[::-1]]
    labels[rng.random(labels.shape) < 0.1] = np.nan
    split = rng.choice([0, 0, 0, 1, 2], n).astype(np.uint8)
    return Dataset(codes, labels, split, ("A", "B"))


def make(**settings):
    return partial(build, "cam", 40, 2, **{**SMALL, **settings})


def test_masked_loss_equals_the_loss_of_the_known_labels():
    logits = torch.tensor([[0.5, -1.0], [2.0, 3.0]], requires_grad=True)
    labels = torch.tensor([[1.0, float("nan")], [0.0, 1.0]])
    loss = masked_binary_cross_entropy(logits, labels)
    known = torch.nn.functional.binary_cross_entropy_with_logits(logits.flatten()[[0, 2, 3]], torch.tensor([1.0, 0, 1]))
    torch.testing.assert_close(loss, known)
    loss.backward()
    assert logits.grad[0, 1] == 0 and torch.isfinite(logits.grad).all()


def test_a_batch_without_known_labels_has_no_gradient():
    logits = torch.ones(2, 2, requires_grad=True)
    loss = masked_binary_cross_entropy(logits, torch.full((2, 2), float("nan")))
    loss.backward()
    assert loss == 0 and not logits.grad.any()


def test_mean_squared_error_of_one_model_and_of_several():
    values = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
    predictions = torch.stack([values, values + torch.tensor([1.0, 3.0])])
    assert mean_squared_error(predictions[1], values) == 5
    assert mean_squared_error(predictions, values).tolist() == [0, 5]


def test_pearson_loss():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 6, 5))
    expected = 1 - np.mean([np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)])
    assert float(pearson_loss(torch.tensor(a), torch.tensor(b))) == pytest.approx(expected)


def test_both_strands_are_averaged():
    codes = torch.tensor([[0, 1, 2], [3, 4, 0]], dtype=torch.uint8)
    first = on_strands(lambda c: c[:, :1].float(), codes, "both")
    assert first.tolist() == [[0.5], [3.0]]  # A and C; T and T
    assert on_strands(lambda c: c[:, :1].float(), codes, "given").tolist() == [[0.0], [3.0]]


@pytest.mark.parametrize("architecture", ["cam", "basset", "aitac"])
@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        (np.zeros((3, 96), np.uint8), "found a length of 96 bp, expected the model's 100 bp; cut or widen them to it"),
        (np.zeros((3, 101), np.uint8), "found a length of 101 bp, .* or train a model with regions.width: 101"),
        (np.zeros((3, 10), np.uint8), "found a length of 10 bp, expected the model's 100 bp"),
        (
            np.zeros((3, 100), np.float32),
            r"found float32 of shape \(3, 100\), expected base codes, uint8 of",
        ),
        (
            np.zeros((3, 4, 100), np.uint8),
            r"found uint8 of shape \(3, 4, 100\), expected base codes, .*from cam.bases",
        ),
        (np.zeros(100, np.uint8), r"found uint8 of shape \(100,\), expected base codes"),
        (np.full((3, 100), 5, np.uint8), "found the code 5, expected base codes, 0 to 4"),
    ],
)
def test_sequences_that_are_not_the_model_s_are_one_sentence(architecture, codes, sentence):
    model = build(architecture, 100, 2).eval()
    functions = [model, *([model.unit_outputs, model.subset([1]).pre_activations] if architecture == "cam" else [])]
    for function in functions:
        with pytest.raises(InputError, match=f"^sequences: {sentence}"):
            predict(function, codes)


def test_predictions_do_not_depend_on_the_batch_size(dataset):
    model = make()().eval()
    codes = dataset.sequences[:70]
    whole = predict(model, codes)
    np.testing.assert_allclose(predict(model, codes, batch_size=32), whole, atol=1e-6)
    np.testing.assert_allclose(predict(model, reverse_complement(torch.from_numpy(codes)).numpy()), whole, atol=1e-6)


@pytest.mark.parametrize(("activation", "non_negative"), [("relu", True), ("exp", True), ("exp", False)])
def test_a_cam_learns_two_words(dataset, device, activation, non_negative):
    settings = Settings(epochs=14, batch_size=64, learning_rate=0.02, starts=3, tuning_epochs=4)
    cam = make(activation=activation, non_negative=non_negative, units=8)
    model, history, best_epoch = train(cam, dataset, settings, 1, device)
    codes, labels = dataset.part("test")
    # Of seeds 1 to 8 the lowest is 0.979.
    probabilities = predict(model, codes, device)
    for target in range(2):
        known = ~np.isnan(labels[:, target])
        assert roc_auc_score(labels[known, target], probabilities[known, target]) > 0.9
    assert (model.final_weights().min() >= 0) == non_negative
    assert [row["epoch"] for row in history] == list(range(1, len(history) + 1))
    assert len(history) == 18 and best_epoch >= 14


def test_final_weights_leave_zero(dataset):
    """Where all of them begin at zero, those that raise a target's prediction where it is bound come back."""

    def at_zero():
        cam = make(units=8)()
        torch.nn.init.zeros_(cam.final.weight)
        return cam

    settings = Settings(epochs=14, batch_size=64, learning_rate=0.02, starts=1)
    model, _, _ = train(at_zero, dataset, settings, 1)
    weights = model.final_weights()
    assert weights.min() >= 0
    assert (weights.amax(1) > 0.2).all()  # of seeds 1 to 8 the lowest is 0.66
    codes, labels = dataset.part("test")
    known = ~np.isnan(labels)
    logits = predict(model, codes)
    assert all(roc_auc_score(labels[k, t], logits[k, t]) > 0.75 for t, k in enumerate(known.T))


def test_a_cam_learns_profiles(dataset):
    """Each word raises two of six cell types; regions are of very different height, which correlation does not see."""
    rng = np.random.default_rng(1)
    bound = np.nan_to_num(dataset.labels)
    values = bound @ np.array([[2, 2, 0, 0, 0, 0], [0, 0, 0, 2, 2, 0]]) + rng.normal(0, 0.5, (len(bound), 6))
    values = (values + rng.normal(0, 3, (len(bound), 1))).astype(np.float32)
    regression = Dataset(dataset.sequences, values, dataset.split, tuple("abcdef"))
    settings = Settings(epochs=6, batch_size=64, learning_rate=0.02, starts=3, tuning_epochs=3, loss="pearson")
    model, history, best_epoch = train(partial(build, "cam", 40, 6, **SMALL), regression, settings, 1)
    codes, values = regression.part("test")
    predictions = predict(model, codes)
    assert float(pearson_loss(torch.from_numpy(predictions), torch.from_numpy(values))) < 0.7  # by chance 1
    assert best_epoch > 6 and history[6]["validation_loss"] < 1.1 * history[5]["validation_loss"]
    # Any scale would do for correlation; tuning begins with that of the values.
    spread = [np.std(each - each.mean(axis=1, keepdims=True)) for each in (predictions, values)]
    assert 0.3 < spread[0] / spread[1] < 1.5


def test_the_best_weights_are_kept(dataset):
    model, history, best_epoch = train(make(), dataset, Settings(epochs=6, batch_size=64, starts=1), 1)
    codes, labels = dataset.part("validation")
    loss = masked_binary_cross_entropy(torch.from_numpy(predict(model, codes)), torch.from_numpy(labels))
    assert float(loss) == pytest.approx(history[best_epoch - 1]["validation_loss"], abs=1e-6)


def weights(model):
    return {name: tensor.numpy() for name, tensor in model.state_dict().items()}


def assert_same(first, second):
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def without_seconds(history):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history]


def test_the_same_seed_gives_the_same_model_and_another_does_not(dataset):
    settings = Settings(epochs=2, starts=2, tuning_epochs=1)
    first, second, other = (train(make(), dataset, settings, seed) for seed in (1, 1, 2))
    assert_same(weights(first[0]), weights(second[0]))
    assert without_seconds(first[1]) == without_seconds(second[1])
    assert (weights(first[0])["final.weight"] != weights(other[0])["final.weight"]).any()


SCRIPT = """
import sys, time, torch
torch.set_num_threads(1)
from functools import partial
from cam.training import loop as training
from cam.data.dataset import load_dataset
from cam.models.storage import build
saved = training._Training._save_checkpoint
def slow(*arguments):
    saved(*arguments)
    print("saved", flush=True)
    time.sleep(0.2)
training._Training._save_checkpoint = slow
model = partial(build, "cam", 40, 2, units=4, filter_length=8, hidden=16, activation="exp")
settings = training.Settings(epochs=3, starts=2, tuning_epochs=3)
training.train(model, load_dataset(sys.argv[1]), settings, 3, "cpu", sys.argv[2])
"""


@pytest.mark.machine
@pytest.mark.parametrize("epochs", [2, 3, 4])
def test_a_killed_training_goes_on_where_it_stood(epochs, dataset, tmp_path, caplog):
    """Among the starts, between them and the tuning, and in the tuning."""
    save_dataset(tmp_path / "d.safetensors", dataset)
    checkpoint = tmp_path / "checkpoint.safetensors"
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "d.safetensors"), str(checkpoint)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for _ in range(epochs):
            assert process.stdout.readline() == "saved\n"
        process.send_signal(signal.SIGKILL)
    settings = Settings(epochs=3, starts=2, tuning_epochs=3)
    with caplog.at_level("INFO", logger="cam"):
        resumed, history, best_epoch = train(make(), dataset, settings, 3, "cpu", checkpoint)
    assert f"going on after epoch {epochs}" in caplog.text and "epoch   1" not in caplog.text
    undisturbed, whole_history, whole_best = train(make(), dataset, settings, 3)
    assert without_seconds(history) == without_seconds(whole_history)
    assert best_epoch == whole_best
    assert_same(weights(resumed), weights(undisturbed))


def small_network():
    """No CAM, and with dropout, so that all random numbers count."""
    return torch.nn.Sequential(
        OneHot(), torch.nn.Conv1d(4, 8, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.AdaptiveMaxPool1d(1),
        torch.nn.Flatten(), torch.nn.Dropout(0.2), torch.nn.Linear(8, 2),
    )  # fmt: skip


class OneHot(torch.nn.Module):
    def forward(self, codes):
        return torch.nn.functional.one_hot(codes.long().clamp(max=3), 4).movedim(-1, 1).float()


BEST_OF_THREE = Settings(epochs=4, batch_size=64, learning_rate=0.02, patience=2, starts=3)


def test_a_model_that_is_no_cam_is_the_best_of_several_trainings(dataset):
    model, history, best_epoch = train(small_network, dataset, BEST_OF_THREE, 5)
    _, single_history, _ = train(small_network, dataset, replace(BEST_OF_THREE, starts=1), 5)
    starts = [row["start"] for row in history]
    assert starts == sorted(starts) and set(starts) == {1, 2, 3}
    assert [row["epoch"] for row in history] == list(range(1, len(history) + 1))
    # The first is the one that there would be alone; each other begins anew, with a patience of its own.
    assert [{**row, "start": 1} for row in without_seconds(single_history)] == without_seconds(history)[
        : starts.count(1)
    ]
    rates = [[row["learning_rate"] for row in history if row["start"] == start] for start in (1, 2, 3)]
    assert len({each[0] for each in rates}) == 1
    losses = [row["validation_loss"] for row in history]
    assert best_epoch == 1 + int(np.argmin(losses))
    assert len({losses[starts.index(start)] for start in (1, 2, 3)}) == 3
    for start in (1, 2, 3):
        own = [loss for loss, of in zip(losses, starts, strict=True) if of == start]
        assert len(own) == 4 or len(own) - 1 - int(np.argmin(own)) == 2
    codes, labels = dataset.part("validation")
    loss = masked_binary_cross_entropy(torch.from_numpy(predict(model, codes)), torch.from_numpy(labels))
    assert float(loss) == pytest.approx(min(losses), abs=1e-6)


@pytest.mark.parametrize("epochs", [1, 4, 6, 9])
def test_several_trainings_go_on_where_they_stood(epochs, dataset, tmp_path, monkeypatch):
    """In the first, between it and the second, in the second, in the third; all that is told is of all of them."""
    settings = replace(BEST_OF_THREE, patience=9)
    save = training._Training._save_checkpoint

    def interrupted(self, *arguments):
        save(self, *arguments)
        if len(self.history) == epochs:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training._Training, "_save_checkpoint", interrupted)
        train(small_network, dataset, settings, 5, "cpu", tmp_path / "checkpoint.safetensors")
    torch.manual_seed(99)
    resumed, history, best_epoch = train(
        small_network, dataset, settings, 5, "cpu", tmp_path / "checkpoint.safetensors"
    )
    undisturbed, whole_history, whole_best = train(small_network, dataset, settings, 5)
    assert without_seconds(history) == without_seconds(whole_history) and len(history) == 12
    assert all(row["seconds"] > 0 for row in history)
    assert best_epoch == whole_best
    assert_same(weights(resumed), weights(undisturbed))


def test_a_checkpoint_of_another_training_is_not_taken_up(dataset, tmp_path, caplog):
    checkpoint = tmp_path / "checkpoint.safetensors"
    train(make(), dataset, Settings(epochs=1, starts=1), 1, "cpu", checkpoint)
    with caplog.at_level("INFO", logger="cam"):
        train(make(), dataset, Settings(epochs=2, starts=1), 1, "cpu", checkpoint)
    assert "belongs to another configuration or other data; training starts anew" in caplog.text
    for other in ({"activation": "relu"}, {"non_negative": False}, {"dropout": 0.1}, {"pool": 6}):
        caplog.clear()
        train(make(), dataset, Settings(epochs=1, starts=1), 1, "cpu", checkpoint)
        with caplog.at_level("INFO", logger="cam"):
            train(make(**other), dataset, Settings(epochs=1, starts=1), 1, "cpu", checkpoint)
        assert "belongs to another configuration" in caplog.text
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    with caplog.at_level("INFO", logger="cam"):
        _, history, _ = train(make(), dataset, Settings(epochs=1, starts=1), 1, "cpu", checkpoint)
    assert "cannot be read" in caplog.text and len(history) == 1


@pytest.mark.parametrize("place", [-1, -1000, 400])
def test_a_damaged_checkpoint_is_not_taken_up(dataset, tmp_path, caplog, place):
    """One bit of it, in the tensors or in the state."""
    checkpoint = tmp_path / "checkpoint.safetensors"
    settings = Settings(epochs=1, starts=1)
    undisturbed, _, _ = train(make(), dataset, settings, 1, "cpu", checkpoint)
    damaged = bytearray(checkpoint.read_bytes())
    damaged[place] ^= 1
    checkpoint.write_bytes(damaged)
    with caplog.at_level("INFO", logger="cam"):
        again, history, _ = train(make(), dataset, settings, 1, "cpu", checkpoint)
    assert "training starts anew" in caplog.text and len(history) == 1
    assert_same(weights(again), weights(undisturbed))


def test_training_stops_early(dataset):
    shuffled = Dataset(
        dataset.sequences, np.random.default_rng(0).permutation(dataset.labels), dataset.split, dataset.targets
    )
    settings = Settings(epochs=30, batch_size=64, patience=2, starts=1)
    _, history, best_epoch = train(make(), shuffled, settings, 1)
    assert len(history) == best_epoch + 2 < 30


@pytest.mark.parametrize("batch_size", [10_000, 899])
def test_one_giant_batch_and_a_last_batch_of_one(dataset, batch_size):
    rows = np.flatnonzero(dataset.split == 0)[:900]
    rows = np.concatenate([rows, np.flatnonzero(dataset.split > 0)])
    part = Dataset(dataset.sequences[rows], dataset.labels[rows], dataset.split[rows], dataset.targets)
    _, history, _ = train(make(), part, Settings(epochs=2, batch_size=batch_size, starts=1), 1)
    assert np.isfinite(history[-1]["train_loss"])


def test_a_loss_that_is_not_a_number_is_told(dataset):
    with pytest.raises(
        InputError, match=r"training: the loss of epoch \d+ is not a number; lower training.learning_rate"
    ):
        train(make(), dataset, Settings(epochs=3, learning_rate=1e8, starts=1), 1)


def test_cuda_that_is_not_there():
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert choose_device("auto") == torch.device("cpu")
    with pytest.raises(InputError, match="config, training.device: found 'cuda', but PyTorch sees no CUDA GPU"):
        choose_device("cuda")


def short_of_memory(model, most):
    """A model on a device whose memory is not enough for more than so many sequences at a time."""

    def check(module, inputs):
        if len(inputs[0]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")

    model.register_forward_pre_hook(check)
    return model


def test_too_little_gpu_memory_means_smaller_batches(dataset, caplog):
    with caplog.at_level("WARNING", logger="cam"):
        model, _, _ = train(
            lambda: short_of_memory(make()(), 20), dataset, Settings(epochs=1, batch_size=64, starts=1), 1
        )
    assert "not enough for batches of 64; training starts again with batches of 32" in caplog.text
    assert "batches of 32; training starts again with batches of 16" in caplog.text
    assert "not enough for 256 sequences at a time; trying 128" in caplog.text
    smaller, _, _ = train(make(), dataset, Settings(epochs=1, batch_size=16, starts=1), 1)
    assert_same(weights(model), weights(smaller))
    with pytest.raises(InputError, match="memory is not enough even for batches of 2 regions"):
        train(lambda: short_of_memory(make()(), 1), dataset, Settings(epochs=1, starts=1), 1)
    with pytest.raises(InputError, match="memory is not enough even for one sequence"):
        predict(short_of_memory(make()().eval(), 0), dataset.sequences[:4])


def test_a_target_without_positives(dataset):
    labels = dataset.labels.copy()
    labels[:, 1] = 0
    without = Dataset(dataset.sequences, labels, dataset.split, dataset.targets)
    settings = Settings(epochs=3, batch_size=64, starts=2, tuning_epochs=1)
    model, history, _ = train(make(), without, settings, 1)
    assert np.isfinite([row["validation_loss"] for row in history]).all()
    assert np.isfinite(predict(model, dataset.sequences)).all()


def test_a_target_that_is_not_known_at_all(dataset):
    labels = dataset.labels.copy()
    labels[:, 1] = np.nan
    without = Dataset(dataset.sequences, labels, dataset.split, dataset.targets)
    _, history, _ = train(make(), without, Settings(epochs=3, batch_size=64, starts=2, tuning_epochs=1), 1)
    assert np.isfinite([row["validation_loss"] for row in history]).all()


@pytest.mark.parametrize("part", ["train", "validation"])
def test_nothing_to_train_on(dataset, part):
    split = np.full_like(dataset.split, 1 if part == "train" else 0)
    with pytest.raises(InputError, match=f"training: found no {part} regions, expected some; see split in the config"):
        train(make(), Dataset(dataset.sequences, dataset.labels, split, dataset.targets), Settings(), 1)


KILLED_WHILE_SAVING = """
import os, signal, sys
from functools import partial
from pathlib import Path
from cam.io import files
from cam.training import loop as training
from cam.data.dataset import load_dataset
from cam.models.storage import build
replace, count = os.replace, 0
def killed(*arguments):
    global count
    count += 1
    if count == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*arguments)
os.replace = Path.replace = killed
model = partial(build, "cam", 40, 2, units=4, filter_length=8, hidden=16, activation="exp")
training.train(model, load_dataset(sys.argv[1]), training.Settings(epochs=3, starts=1), 3, "cpu", sys.argv[2])
"""


@pytest.mark.machine
def test_killed_while_a_checkpoint_is_written(dataset, tmp_path, caplog):
    save_dataset(tmp_path / "d.safetensors", dataset)
    checkpoint = tmp_path / "checkpoint.safetensors"
    command = [sys.executable, "-c", KILLED_WHILE_SAVING, str(tmp_path / "d.safetensors"), str(checkpoint)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    assert subprocess.run(command, env=environment).returncode == -signal.SIGKILL
    with caplog.at_level("INFO", logger="cam"):
        resumed, history, _ = train(make(), dataset, Settings(epochs=3, starts=1), 3, "cpu", checkpoint)
    assert "going on after epoch 1 " in caplog.text
    undisturbed, whole, _ = train(make(), dataset, Settings(epochs=3, starts=1), 3)
    assert without_seconds(history) == without_seconds(whole)
    assert_same(weights(resumed), weights(undisturbed))


def test_one_diverged_start_among_several_is_left_out(dataset, monkeypatch):
    """Its units are not chosen, and the others train as if it were not there."""
    several = training.SideBySide.__init__

    def broken(self, cams):
        several(self, cams)
        with torch.no_grad():
            self.together.convolution.weight[:4] = torch.nan

    monkeypatch.setattr(training.SideBySide, "__init__", broken)
    settings = Settings(epochs=4, batch_size=64, starts=3, tuning_epochs=1)
    model, history, _ = train(make(), dataset, settings, 1)
    assert np.isfinite([row["validation_loss"] for row in history]).all()
    assert np.isfinite(predict(model, dataset.sequences)).all()
