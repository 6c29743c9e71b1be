"""Choose a CAM for few sequences: cross-validation on the training and validation sequences of an experiment.

    python benchmarks/few_sequences.py results/nanog/tensors/dataset.safetensors

The test sequences are never looked at. Near-duplicates are in one fold. Printed are the default CAM, the one that ``cam
init`` writes for few sequences of one target (``cam.commands.choices.RECIPE``), that one with each of its settings as
the default has it, the baseline CNN of ``config.yaml``, and a linear model on gapped k-mers: AUROC, in regression the
Pearson correlation, as the mean over folds, and that of every fold.
"""

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from cam.commands.choices import RECIPE  # noqa: E402
from cam.data.dataset import load_dataset  # noqa: E402
from cam.data.duplicates import group_duplicates  # noqa: E402
from cam.evaluation.kmers import predict_from_words  # noqa: E402
from cam.models.predict import predict  # noqa: E402
from cam.models.storage import build  # noqa: E402
from cam.training.loop import Settings, train  # noqa: E402
from scipy.stats import pearsonr  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402
from tqdm import tqdm  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", help="dataset.safetensors of one target")
    parser.add_argument("--folds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of folds and trainings (default: %(default)s)")
    parser.add_argument("--models", nargs="+", help="only these, such as default few baseline")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for path in options.datasets:
        dataset = load_dataset(path)
        known = dataset.split != 2
        dataset = replace(
            dataset, sequences=dataset.sequences[known], labels=dataset.labels[known], split=dataset.split[known]
        )
        print(f"\n{path}: {known.sum():,} sequences to train on, {options.folds} folds", flush=True)
        for name, logits_of in models(dataset.task, options.seed).items():
            if not options.models or name in options.models:
                parts = list(folds(dataset, options.folds, options.seed))
                scores = [score(part, logits_of(part)) for part in tqdm(parts, name, leave=False)]
                print(f"{name:24} {np.mean(scores):.3f}   {' '.join(f'{one:.3f}' for one in scores)}", flush=True)


def models(task, seed):
    """What is compared: name → from a dataset to the logits of its test sequences."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    loss = {"loss": "binding" if task == "binding" else "mse"}
    training = {key: value for key, value in config["training"].items() if key != "device"} | loss
    cam = config["models"]["cam"] | {"non_negative": task == "binding"}
    baseline = config["models"]["baseline"]

    def trained(model, dataset):
        architecture = {key: value for key, value in model.items() if key not in ("architecture", "training")}
        settings = Settings(**training | model.get("training", {}))
        make = partial(build, model["architecture"], dataset.sequences.shape[1], 1, **architecture)
        return predict(train(make, dataset, settings, seed)[0], dataset.part("test")[0])

    def with_recipe(recipe):
        starts = {"training": {"starts": recipe.get("training.starts", training["starts"])}}
        return cam | {key: value for key, value in recipe.items() if "." not in key} | starts

    wide = {key: value for key, value in RECIPE.items() if key not in ("units", "training.starts")}
    variants = {"default": {}, "few": RECIPE, "few, but 10 units": wide}
    for key in wide:
        variants[f"few, but {key} {cam[key]}"] = {other: value for other, value in RECIPE.items() if other != key}
    of_cams = {name: partial(trained, with_recipe(recipe)) for name, recipe in variants.items()}
    once = baseline | {"training": {"starts": 1} | baseline["training"]}
    return of_cams | {
        "baseline": partial(trained, once),
        "gapped k-mers": lambda dataset: predict_from_words(dataset)[0],
    }


def folds(dataset, count, seed):
    """The dataset with each fold as its test split in turn, and half of the next one for validation."""
    group = group_duplicates(dataset.sequences)
    part = (np.random.default_rng(seed).permutation(group.max() + 1) % (2 * count))[group]
    for fold in range(count):
        split = np.where(part // 2 == fold, 2, np.where(part == 2 * (fold + 1) % (2 * count), 1, 0))
        yield replace(dataset, split=split.astype(np.uint8))


def score(dataset, logits):
    _, labels = dataset.part("test")
    known = ~np.isnan(labels[:, 0])
    labels, logits = labels[known, 0], logits[known, 0]
    return roc_auc_score(labels, logits) if dataset.task == "binding" else pearsonr(labels, logits).statistic


if __name__ == "__main__":
    main()
