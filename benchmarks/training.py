"""Training and inference: how long they take beside the authors' `explainn` package, in one process on the same data.

    pip install -r benchmarks/requirements.txt
    export PYTHONPATH=workflow_scripts
    python benchmarks/training.py
    python benchmarks/training.py --dataset results/published_matrix/tensors/dataset.safetensors

A step is one of the training loop that a user calls, `cam.training.loop.train` or `explainn.train.train_explainn`:
batch, forward, backward, optimiser, non-negative final weights. Regions are random, of 200 bp with 3 targets; both
models have exponential filters of 19 bp, and batches have 128 regions. Ours and theirs take turns, and medians are
told. On a CPU ours lets the process keep the memory it has freed, which helps theirs too; so theirs is measured alone
as well, before ours has run.

With a dataset (without missing labels, such as that of experiments/published_matrix.yaml) each is trained on it with
its own defaults, and the table says when ours has reached the validation loss of the package's best epoch. Each loss is
the one by which that epoch is chosen: the package's of the given strand, ours of the mean logit of both strands.
"""

import argparse
import logging
import platform
import statistics
import sys
import time
from functools import partial

import numpy as np
import peer
import torch
from cam.data.dataset import Dataset, load_dataset
from cam.errors import InputError
from cam.models.cam import CAM
from cam.models.functional import one_hot
from cam.models.predict import choose_device, predict
from cam.training.loop import Settings, train
from cam.training.losses import masked_binary_cross_entropy

LENGTH, TARGETS = 200, 3


class Watched:
    """A DataLoader that notes the seconds of each pass over it, with all that is done with its batches."""

    def __init__(self, loader):
        self.loader, self.seconds = loader, []

    def __len__(self):
        return len(self.loader)

    def __iter__(self):
        began = time.perf_counter()
        yield from self.loader
        self.seconds.append(time.perf_counter() - began)


class Stopwatch(logging.Handler):
    """Notes the first word of every message of a training, and when it came."""

    def __init__(self):
        super().__init__()
        self.began, self.marks = time.perf_counter(), []

    def emit(self, record):
        self.marks.append((record.getMessage().split()[0], time.perf_counter() - self.began))


def random_dataset(n):
    """Random regions: n to train on, and two to validate with, which takes no time."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (n + 2, LENGTH), dtype=np.uint8)
    labels = rng.integers(0, 2, (n + 2, TARGETS)).astype(np.float32)
    split = np.repeat(np.array([0, 1], dtype=np.uint8), [n, 2])
    return Dataset(codes, labels, split, tuple(f"target{number}" for number in range(1, TARGETS + 1)))


def our_model(units):
    """An untrained CAM, of the package's architecture."""
    return CAM(LENGTH, TARGETS, units, peer.FILTER_LENGTH, "exp")


def our_epochs(dataset, units, device, **settings):
    """Seconds of each epoch of our training."""
    settings = Settings(epochs=1, batch_size=peer.BATCH_SIZE, **settings)
    _, history, _ = train(partial(our_model, units), dataset, settings, device=device)
    return [row["seconds"] for row in history]


def their_epoch(dataset, units, device):
    """Seconds of an epoch of the package's training."""
    watched = Watched(peer.loader(*peer.tensors(dataset, "train"), shuffle=True))
    validation = peer.loader(*peer.tensors(dataset, "validation"))
    peer.epoch(*peer.make(units, LENGTH, TARGETS, device), watched, validation, device)
    return watched.seconds[0]


def inference(model, batch, device, repeats):
    """Seconds of so many forward passes in evaluation mode."""
    model.eval()
    with torch.inference_mode():
        began = time.perf_counter()
        for _ in range(repeats):
            model(batch)
        if device.type == "cuda":
            torch.cuda.synchronize()
    return time.perf_counter() - began


def compare_steps(options, device):
    """Print milliseconds per training step and per batch of inference."""
    dataset = random_dataset(peer.BATCH_SIZE * options.steps)
    codes = torch.from_numpy(dataset.sequences[: peer.BATCH_SIZE]).to(device)
    batch = one_hot(codes).contiguous()

    def median(seconds):
        return 1000 / options.steps * statistics.median(seconds[1:])  # the first round makes what is made only once

    alone = [
        median([their_epoch(dataset, units, device) for _ in range(options.rounds + 1)]) for units in options.units
    ]
    print(f"{'milliseconds':34}{'explainn alone':>16}{'explainn':>11}{'ours':>9}{'explainn / ours':>18}")
    batches = []
    for units, by_itself in zip(options.units, alone, strict=True):
        theirs, ours, their_batches, our_batches = [], [], [], []
        their_model, _ = peer.make(units, LENGTH, TARGETS, device)
        model = our_model(units).to(device)
        for _ in range(options.rounds + 1):
            theirs.append(their_epoch(dataset, units, device))
            ours += our_epochs(dataset, units, device, starts=1)
            their_batches.append(inference(their_model, batch, device, options.steps))
            our_batches.append(inference(model, codes, device, options.steps))
        values = median(theirs), median(ours)
        name = f"training step, {units} units"
        print(f"{name:34}{by_itself:16.2f}{values[0]:11.2f}{values[1]:9.2f}{values[0] / values[1]:18.1f}")
        batches.append((units, median(their_batches), median(our_batches)))
    for units, theirs, ours in batches:
        name = f"inference of a batch, {units} units"
        print(f"{name:34}{'':16}{theirs:11.2f}{ours:9.2f}{theirs / ours:18.1f}")


def compare_side_by_side(options, device):
    """Print milliseconds per training step for each CAM of 10 units: alone, and side by side as is our default."""
    dataset = random_dataset(peer.BATCH_SIZE * options.steps)
    starts = Settings().starts
    rounds = [
        (
            their_epoch(dataset, 10, device),
            our_epochs(dataset, 10, device, starts=1)[0],
            our_epochs(dataset, 10, device, tuning_epochs=1)[0],
        )
        for _ in range(options.rounds + 1)
    ]
    theirs, one, several = (1000 / options.steps * statistics.median(each) for each in zip(*rounds[1:], strict=True))
    print(f"\n{'milliseconds per training step and CAM of 10 units':50}{'':20}{'explainn / ours':>18}")
    print(f"{'explainn':50}{theirs:20.2f}")
    print(f"{'ours, one by itself':50}{one:20.2f}{theirs / one:18.1f}")
    print(f"{f'ours, {starts} side by side':50}{several / starts:20.2f}{theirs * starts / several:18.1f}")


def compare_trainings(dataset, seed, device):
    """Print when ours reaches the validation loss that theirs has at best."""
    length, n_targets = dataset.sequences.shape[1], len(dataset.targets)
    codes, labels = dataset.part("validation")

    def validation_loss(function, strands):
        logits = torch.from_numpy(predict(function, codes, device, strands))
        return float(masked_binary_cross_entropy(logits, torch.from_numpy(labels)))

    print(f"explainn, seed {seed} …", file=sys.stderr)
    model, history = peer.fit(dataset, 10, seed, device)
    best = min(range(len(history)), key=lambda number: history[number][1])
    their_seconds, goal = history[best][0], validation_loss(peer.logits(model), "given")
    their_other = validation_loss(peer.logits(model), "both")

    print(f"ours, seed {seed} …", file=sys.stderr)
    logger, settings = logging.getLogger("cam"), Settings()
    logger.setLevel(logging.INFO)
    stopwatch = Stopwatch()
    logger.addHandler(stopwatch)
    model, our_history, _ = train(partial(CAM, length, n_targets), dataset, settings, seed, device)
    finished = time.perf_counter() - stopwatch.began
    logger.removeHandler(stopwatch)
    n_free = [word for word, _ in stopwatch.marks if word in ("epoch", "chose")].index("chose")
    ends = [seconds for word, seconds in stopwatch.marks if word == "epoch"]
    epochs = list(zip(ends, (row["validation_loss"] for row in our_history), strict=True))

    title = f"10 units, seed {seed}"
    print(f"\n{title:50}{'loss':>11}{'seconds':>9}{'explainn / ours':>18}")
    print(f"{f'explainn: best epoch, {best + 1} of {len(history)}':50}{goal:11.4f}{their_seconds:9.1f}")
    print(f"{'  the same, both strands':50}{their_other:11.4f}")
    for name, stage in (
        (f"ours: as low, {settings.starts} CAMs side by side, free weights", epochs[:n_free]),
        ("ours: as low, chosen units, non-negative weights", epochs[n_free:]),
    ):
        reached = [(seconds, loss) for seconds, loss in stage if loss <= goal]
        if reached:
            seconds, loss = reached[0]
            print(f"{name:50}{loss:11.4f}{seconds:9.1f}{their_seconds / seconds:18.1f}")
        else:
            print(f"{name:50}{min(loss for _, loss in stage):11.4f}{'never':>9}")
    loss = validation_loss(model, "both")
    print(f"{'ours: finished, non-negative weights':50}{loss:11.4f}{finished:9.1f}{their_seconds / finished:18.1f}")
    print(f"{'  the same, given strand':50}{validation_loss(model, 'given'):11.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", help="a dataset.safetensors to train both on; that part is left out without it")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="of the trainings on the dataset")
    parser.add_argument("--units", type=int, nargs="+", default=[10, 100, 300])
    parser.add_argument("--steps", type=int, default=40, help="per round")
    parser.add_argument("--rounds", type=int, default=5, help="that count; there is one more, to warm up")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    dataset = load_dataset(options.dataset) if options.dataset else None
    if dataset and np.isnan(dataset.labels).any():
        parser.error(
            f"{options.dataset}: found missing labels, which explainn does not know; see regions.missing: drop"
        )
    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU"
    print(f"{where}, {options.threads} threads, torch {torch.__version__}, batches of {peer.BATCH_SIZE}\n")

    compare_steps(options, device)
    compare_side_by_side(options, device)
    if not dataset:
        print("\nno --dataset: not compared is how long it takes to train as well")
        return
    for seed in options.seeds:
        compare_trainings(dataset, seed, device)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(str(error))
