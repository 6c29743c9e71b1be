"""One model of all transcription factors: how well it predicts each, by its number of units and by what it is beside.

    python benchmarks/all_tfs.py results/all_tfs/tensors/dataset.safetensors --models 100 300

A model is a number of units of the CAM of ``experiments/all_tfs.yaml`` (``100``), with non-negative final weights
(``100+``), with every label counting alike (``100l``), or the baseline CNN of the experiment (``basset``). Each is
trained once for each seed. Printed are the mean and the median AUROC and the mean AUPRC over the factors with at least
20 bound regions, on the test regions (or, to choose a recipe, with ``--split validation``, on those), the mean
prevalence, which is the AUPRC of a guess, the seconds of an epoch and those of the training.
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from cam.data.dataset import load_dataset  # noqa: E402
from cam.models.predict import predict  # noqa: E402
from cam.models.storage import build, describe, save_model  # noqa: E402
from cam.training.loop import Settings, environment, train  # noqa: E402
from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: E402

_LEAST = 20  # bound regions of a factor that is counted


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", help="dataset.safetensors of experiments/all_tfs.yaml")
    parser.add_argument("--models", nargs="+", default=["100", "300"], help="(default: 100 300)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="(default: 1)")
    parser.add_argument("--epochs", type=int, help="those of the experiment if not given")
    parser.add_argument("--threads", type=int, default=2, help="(default: %(default)s)")
    parser.add_argument("--split", choices=["validation", "test"], default="test", help="(default: %(default)s)")
    parser.add_argument("--table", help="a TSV file of all factors to write")
    parser.add_argument("--save", help="a folder to write the models into")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dataset, rows = load_dataset(options.dataset), []
    codes, labels = dataset.part(options.split)
    print(
        f"{'model':10}{'seed':>5}{'AUROC':>8}{'median':>8}{'AUPRC':>8}{'guess':>8}{'epochs':>8}{'s/epoch':>9}{'s':>8}"
    )
    for name in options.models:
        for seed in options.seeds:
            began = time.perf_counter()
            model, history, description = trained(name, dataset, options, seed)
            seconds = time.perf_counter() - began
            table = scores(predict(model, codes), labels, dataset.targets)
            counted = table[table["bound"] >= _LEAST]
            per_epoch = np.median([row["seconds"] for row in history])
            print(
                f"{name:10}{seed:5}{counted['auroc'].mean():8.3f}{counted['auroc'].median():8.3f}"
                f"{counted['auprc'].mean():8.3f}{counted['prevalence'].mean():8.3f}{len(history):8}{per_epoch:9.1f}"
                f"{seconds:8.0f}", flush=True
            )  # fmt: skip
            rows.append(table.assign(model=name, seed=seed))
            if options.save:
                Path(options.save).mkdir(parents=True, exist_ok=True)
                save_model(Path(options.save, f"{name}.seed{seed}.safetensors"), model, description)
    print(f"factors with at least {_LEAST} bound regions: {len(counted)} of {len(table)}")
    if options.table:
        pd.concat(rows).to_csv(options.table, sep="\t", index=False)


def trained(name, dataset, options, seed):
    """A model of a name, its history and its description."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    experiment = yaml.safe_load((ROOT / "experiments" / "all_tfs.yaml").read_text())
    model = config["models"]["cam" if name != "basset" else "baseline"]
    model = model | experiment["models"]["cam" if name != "basset" else "baseline"]
    training = config["training"] | experiment["training"]
    if name == "basset":
        training |= config["models"]["baseline"]["training"] | model.pop("training")
    else:
        model |= {"units": int(name.rstrip("+l")), "non_negative": name.endswith("+")}
        training |= {"average": "labels"} if name.endswith("l") else {}
    training |= {"epochs": options.epochs} if options.epochs else {}
    training = {key: value for key, value in training.items() if key != "device"}
    settings = {key: value for key, value in model.items() if key not in ("architecture", "training")}
    length, architecture = dataset.sequences.shape[1], model["architecture"]
    make = partial(build, architecture, length, len(dataset.targets), **settings)
    network, history, best = train(make, dataset, Settings(**training), seed)
    description = describe(
        architecture, settings, length, dataset.targets, dataset.task, best_epoch=best, trainings=training["starts"],
        environment=environment(torch.device("cpu")),
    )  # fmt: skip
    return network, history, description


def scores(logits, labels, targets):
    """A row per factor: ``target bound prevalence auroc auprc``."""
    rows = []
    for target, own, logit in zip(targets, labels.T, logits.T, strict=True):
        known = ~np.isnan(own)
        own, logit = own[known], logit[known]
        both = len(np.unique(own)) == 2
        areas = (roc_auc_score(own, logit), average_precision_score(own, logit)) if both else (np.nan, np.nan)
        rows.append((target, int(own.sum()), own.mean(), *areas))
    return pd.DataFrame(rows, columns=["target", "bound", "prevalence", "auroc", "auprc"])


if __name__ == "__main__":
    main()
