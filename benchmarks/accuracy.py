"""How well models predict regions of other chromosomes, beside the authors' `explainn` package.

    pip install -r benchmarks/requirements.txt
    export PYTHONPATH=workflow_scripts
    python benchmarks/accuracy.py --dataset results/published_matrix/tensors/dataset.safetensors --seeds 1 2 3

The dataset is that of experiments/published_matrix.yaml: CTCF, JUND and FOXA1 in the authors' matrix, regions known for
all three and bound by at least one, chr14 for the test. Ours are trained as config.yaml has it and predict the mean
logit of both strands. The package predicts from the given strand; the mean of both is told besides.

cam_relu, cam_exp             the CAM of config.yaml, non-negative, with rectified or exponential filters
cam_free_relu, cam_free_exp   the same with free final weights
baseline                      the CNN of config.yaml, trained once
baseline_best                 the best of three trainings of it on validation, as in experiments/published_matrix.yaml
explainn                      the package's, 10 units, non-negative, by its own training function; see peer.py
explainn_twice                the same, each training region given twice, once as its reverse complement

With --masked, a dataset of all regions that are known for at least one target, cam_masked is the CAM of config.yaml
trained on that. It is scored on the test regions of --dataset, like all others.

Beside the scores stand how many trainings a model is made of, and the seconds of all of them. With --regions, the
regions.tsv.gz of --dataset, other chromosomes than those of its split can be held out: --validation chr18 --test chr13.
"""

import argparse
import dataclasses
import platform
import statistics
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import peer
import torch
import yaml
from cam.data.dataset import load_dataset
from cam.data.split import SPLITS, assign_split
from cam.errors import InputError
from cam.evaluation.binding import binding
from cam.io.tables import read_table
from cam.models.predict import choose_device, predict
from cam.models.storage import build
from cam.setup.config import check
from cam.training.loop import Settings, train
from scipy.special import expit

ROOT = Path(__file__).parents[1]
CAMS = {
    "cam_relu": {"activation": "relu"},
    "cam_exp": {"activation": "exp"},
    "cam_free_relu": {"activation": "relu", "non_negative": False},
    "cam_free_exp": {"activation": "exp", "non_negative": False},
}
BASELINES = {"baseline": {}, "baseline_best": {"starts": 3}}
PEERS = {"explainn": False, "explainn_twice": True}


def defaults():
    """The models of config.yaml, complete."""
    config, schema = (
        yaml.safe_load((ROOT / name).read_text("utf-8")) for name in ("config.yaml", "resources/config.schema.yaml")
    )
    return check(config, schema)["models"]


def train_ours(entry, dataset, seed, device):
    """A trained model from an entry like those of config.yaml, as a function of base codes."""
    settings = dict(entry)
    architecture, training = settings.pop("architecture"), settings.pop("training")
    make_model = partial(build, architecture, dataset.sequences.shape[1], len(dataset.targets), **settings)
    training = Settings(**{key: value for key, value in training.items() if key != "device"})
    return train(make_model, dataset, training, seed, device)[0]


def split_anew(dataset, regions, validation, test):
    """The dataset with other chromosomes held out; the regions are in its order."""
    table = read_table(regions, dtype={"chrom": str, "name": str})
    if len(table) != len(dataset.split):
        sys.exit(f"{regions}: found {len(table)} regions, expected the {len(dataset.split)} of --dataset")
    names = assign_split(table, {"validation": validation, "test": test})
    return dataclasses.replace(dataset, split=np.array([SPLITS.index(name) for name in names], dtype=np.uint8))


def check_masked(path, masked, dataset):
    """See that the two datasets are of one kind, and that none is trained on what the other tests."""
    if masked.targets != dataset.targets or masked.sequences.shape[1] != dataset.sequences.shape[1]:
        sys.exit(f"{path}: found other targets or another width than in --dataset, expected the same")
    tested = {codes.tobytes() for codes in dataset.part("test")[0]}
    seen = tested & {codes.tobytes() for part in ("train", "validation") for codes in masked.part(part)[0]}
    if len(seen) > 0.1 * len(tested):  # a few are repeats in the genome
        sys.exit(
            f"{path}: found {len(seen)} test regions of --dataset in training and validation, expected the same split"
        )


def main():
    known = [*CAMS, *BASELINES, *PEERS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, help="a dataset.safetensors without missing labels")
    parser.add_argument("--masked", help="a dataset.safetensors with missing labels")
    parser.add_argument("--models", nargs="+", choices=known, default=known, metavar="MODEL", help=", ".join(known))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--regions", help="the regions.tsv.gz of --dataset, to hold out other chromosomes")
    parser.add_argument("--validation", nargs="+", default=["chr18"], metavar="CHROMOSOME", help="with --regions")
    parser.add_argument("--test", nargs="+", default=["chr14"], metavar="CHROMOSOME", help="with --regions")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    entries, dataset = defaults(), load_dataset(options.dataset)
    if np.isnan(dataset.labels).any():
        parser.error(f"{options.dataset}: found missing labels, expected none; see regions.missing: drop, and --masked")
    if options.regions:
        dataset = split_anew(dataset, options.regions, options.validation, options.test)
    names = list(options.models)
    if options.masked:
        masked = load_dataset(options.masked)
        check_masked(options.masked, masked, dataset)
        names.append("cam_masked")
    codes, labels = dataset.part("test")
    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU"
    print(f"{where}, {options.threads} threads, torch {torch.__version__}")
    print(f"{len(codes):,} test regions; {np.sum(dataset.split == 0):,} to train on", end="")
    print(f"; cam_masked: {np.sum(masked.split == 0):,}\n" if options.masked else "\n")

    columns = "".join(f"{target:>9}" for target in dataset.targets)
    header = f"{'AUROC':>9}{'AUPRC':>9}{columns}{'trainings':>11}{'seconds':>10}"
    print(f"{'model':32}{'seed':>6}{header}")
    table = {}
    for name in names:
        for seed in options.seeds:
            print(f"{name}, seed {seed} …", file=sys.stderr)
            began = time.perf_counter()
            if name in PEERS:
                trainings = 1
                function = peer.logits(peer.fit(dataset, 10, seed, device, complements=PEERS[name])[0])
                scored = {f"{name}, given strand": "given", f"{name}, both strands": "both"}
            else:
                entry = entries["baseline" if name in BASELINES else "cam"] | CAMS.get(name, {})
                entry["training"] = entry["training"] | BASELINES.get(name, {})
                data = masked if name == "cam_masked" else dataset
                function = train_ours(entry, data, seed, device)
                trainings = entry["training"]["starts"]
                scored = {name: "both"}
            seconds = time.perf_counter() - began
            for label, strands in scored.items():
                probabilities = expit(predict(function, codes, device, strands))
                metrics = binding(labels, probabilities, [0.5] * len(dataset.targets), dataset.targets)
                macro = metrics["macro"]
                each = [metrics[target]["auroc"] for target in dataset.targets]
                table.setdefault(label, []).append((macro["auroc"], macro["auprc"], *each, trainings, seconds))
                print_row(label, seed, table[label][-1])
    for word, of_seeds in (("median", statistics.median), ("lowest", min), ("highest", max)):
        print(f"\n{f'{word} of {len(options.seeds)} seeds':38}{header}")
        for label, rows in table.items():
            print_row(label, "", [of_seeds(column) for column in zip(*rows, strict=True)])


def print_row(label, seed, values):
    """A line of a table: AUROC and AUPRC averaged over targets, AUROC of each target, trainings, seconds."""
    *scores, trainings, seconds = values
    scores = "".join(f"{score:9.4f}" for score in scores)
    print(f"{label:32}{seed:>6}{scores}{trainings:11.0f}{seconds:10.1f}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(str(error))
