"""Immune cells at full size: how long an epoch takes and how much memory, of a CAM of 300 units and of AI-TAC.

    pip install -r benchmarks/requirements.txt
    export PYTHONPATH=workflow_scripts
    python benchmarks/immune.py
    python benchmarks/immune.py --steps 100          # only so many steps of an epoch, where a CPU would take hours

Regions are random, as many and as wide as AI-TAC's, with as many cell types; a tenth is for validation and a tenth for
the test. Both models are trained by `cam.training.loop.train` with the settings of experiments/immune.yaml, in a
process each, whose largest memory is told: one epoch to warm up, then as many as asked for, and the median is told. The
third is the same CAM by the authors' `explainn` package, trained by its own function with the same loss and batches.

With `--steps`, an epoch has only so many steps, and what a whole one would take follows from its seconds per step and
from those of the validation, which is measured at full size.
"""

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
import yaml
from cam.data.dataset import Dataset
from cam.errors import InputError
from cam.models.predict import choose_device, predict
from cam.models.storage import build
from cam.setup.config import check
from cam.training.loop import Settings, train
from cam.training.losses import pearson_loss
from snakemake.utils import update_config

ROOT = Path(__file__).resolve().parent.parent


def settings_of(name):
    """A model of experiments/immune.yaml: its architecture with its settings, and how it is trained."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    update_config(config, yaml.safe_load((ROOT / "experiments" / "immune.yaml").read_text()))
    config["source"]["kind"] = "immgen_demo"  # whose files need not be there
    schema = yaml.safe_load((ROOT / "resources" / "config.schema.yaml").read_text())
    model = dict(check(config, schema, ROOT / "resources")["models"][name])
    training = model.pop("training")
    training.pop("device")
    return model, Settings(**training)


def random_regions(n, width, n_targets):
    """Codes and values of random regions."""
    rng = np.random.default_rng(1)
    return rng.integers(0, 4, (n, width), dtype=np.uint8), rng.normal(2, 1, (n, n_targets)).astype(np.float32)


def measure_explainn(options):
    """Train the package's model; what it took. Its sequences are one-hot, as it wants them."""
    import peer

    device = choose_device(options.device)
    model, settings = settings_of("cam")
    peer.BATCH_SIZE, peer.FILTER_LENGTH = settings.batch_size, model["filter_length"]
    codes, values = map(torch.from_numpy, random_regions(options.regions, options.width, options.targets))
    n_train, n_held_out = round(0.8 * options.regions), options.regions // 10
    n = min(options.steps or n_train, n_train // settings.batch_size) * settings.batch_size
    held_out = peer.loader(codes[n_train : n_train + n_held_out], values[n_train : n_train + n_held_out])
    network, optimiser = peer.make(model["units"], options.width, options.targets, device)
    loader, seconds = peer.loader(codes[:n], values[:n], shuffle=True), []
    for _ in range(options.epochs + 1):
        began = time.perf_counter()
        peer.epoch(network, optimiser, loader, [next(iter(held_out))], device, pearson_loss)
        seconds.append(time.perf_counter() - began)
    began = time.perf_counter()
    with torch.inference_mode():
        for batch, _ in held_out:
            network.eval()(batch.to(device)).cpu()
    scale = (n_train // settings.batch_size) * settings.batch_size / n
    return network, statistics.median(seconds[1:]) * scale + time.perf_counter() - began


def measure_ours(name, options):
    """Train one of our models; what it took."""
    device = choose_device(options.device)
    model, settings = settings_of(name)
    architecture = model.pop("architecture")
    make = partial(build, architecture, options.width, options.targets, **model)
    n_train = round(0.8 * options.regions)
    steps = min(options.steps or n_train, n_train // settings.batch_size)
    codes, values = random_regions(options.regions, options.width, options.targets)
    split = np.full(options.regions, 2, dtype=np.uint8)
    split[: n_train if not options.steps else steps * settings.batch_size] = 0
    held_out = slice(n_train, n_train + options.regions // 10)
    split[held_out if not options.steps else slice(n_train, n_train + 2)] = 1
    dataset = Dataset(codes, values, split, tuple(f"cell{number}" for number in range(1, options.targets + 1)))
    settings = Settings(**{**vars(settings), "epochs": options.epochs + 1, "starts": 1, "patience": options.epochs + 1})
    trained, history, _ = train(make, dataset, settings, device=device)
    seconds = statistics.median(row["seconds"] for row in history[1:])
    if options.steps:
        began = time.perf_counter()
        predict(trained, codes[held_out], device)
        seconds = seconds / steps * (n_train // settings.batch_size) + time.perf_counter() - began
    return trained, seconds


def measure(name, options):
    """Train one model and print what it took, as JSON."""
    torch.set_num_threads(options.threads)
    model, seconds = measure_explainn(options) if name == "explainn" else measure_ours(name, options)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "linux" else 2**30)
    on_gpu = torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_initialized() else None
    parameters = sum(p.numel() for p in model.parameters())
    print(json.dumps({"seconds": seconds, "memory": largest, "gpu": on_gpu, "parameters": parameters}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regions", type=int, default=300_000)
    parser.add_argument("--width", type=int, default=251)
    parser.add_argument("--targets", type=int, default=81)
    parser.add_argument("--epochs", type=int, default=1, help="that count; there is one more, to warm up")
    parser.add_argument("--steps", type=int, default=0, help="of an epoch; 0, all of them")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--models", nargs="+", default=["cam", "aitac", "explainn"])
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)  # in the process of its own
    options = parser.parse_args()
    if options.one:
        measure(options.models[0], options)
        return
    device = choose_device(options.device)
    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU"
    part = f", from {options.steps} steps of an epoch" if options.steps else ""
    print(f"{where}, {options.threads} threads, torch {torch.__version__}")
    print(f"{options.regions:,} regions of {options.width} bp, {options.targets} targets{part}\n")
    print(f"{'':10}{'parameters':>12}{'s per epoch':>14}{'min per 10':>12}{'memory, GB':>12}{'of GPU, GB':>12}")
    found = {}
    for name in options.models:
        command = [sys.executable, __file__, *sys.argv[1:], "--one", "--models", name]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if run.returncode:
            sys.exit(run.returncode)
        found[name] = one = json.loads(run.stdout.splitlines()[-1])
        gpu = f"{one['gpu']:12.2f}" if one["gpu"] is not None else f"{'–':>12}"
        numbers = f"{one['parameters']:12,}{one['seconds']:14.1f}{one['seconds'] / 6:12.1f}{one['memory']:12.2f}"
        print(f"{name:10}{numbers}{gpu}", flush=True)
    print()
    for other in [name for name in found if name != "cam" and "cam" in found]:
        print(f"{other} / cam: {found[other]['seconds'] / found['cam']['seconds']:.1f}")


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(str(error))
