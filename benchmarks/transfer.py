"""What a dictionary is worth: few positives of a factor, with the units of a model that never saw it, and without.

    python benchmarks/transfer.py results/all_tfs/tensors/dataset.safetensors

Factors are drawn that have enough bound training and test regions, and a CAM, the dictionary, is trained on all others.
For each of them and each number of positives, training and validation regions are drawn several times, with five
unbound ones for each, and models are trained on these alone: a CAM from scratch, as ``cam init`` writes it for few
sequences; a linear model on gapped k-mers; and the dictionary, with its final weights fitted (``tune: final``), trained
on as a whole (``all``), and with new units. Printed is the AUROC on all test regions known for the factor: for each
factor the median of the draws, and over factors the mean of these, for those of whose structural family (JASPAR) the
dictionary knew a member and for the others. The last column is the control: the dictionary's units, fitted to labels
that belong to other regions.
"""

import argparse
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from cam.commands.choices import RECIPE  # noqa: E402
from cam.data.dataset import Dataset, load_dataset  # noqa: E402
from cam.evaluation.kmers import predict_from_words  # noqa: E402
from cam.models.predict import predict  # noqa: E402
from cam.models.storage import build, describe, load_cam, save_model  # noqa: E402
from cam.motifs.formats import jaspar_families  # noqa: E402
from cam.training.loop import Settings, train  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402
from tqdm import tqdm  # noqa: E402

WAYS = ["scratch", "k-mers", "final", "all", "new units", "permuted"]
_UNBOUND = 5  # per bound region that is drawn
_LEAST = 700, 50  # bound training and test regions of a factor that is left out
EXPERIMENT = ROOT / "experiments" / "all_tfs.yaml"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", help="dataset.safetensors of experiments/all_tfs.yaml")
    parser.add_argument("--factors", type=int, default=10, help="left out of the dictionary (default: %(default)s)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 30, 100, 500], help="(default: %(default)s)")
    parser.add_argument("--draws", type=int, default=10, help="(default: %(default)s)")
    parser.add_argument("--units", type=int, help="of the dictionary; those of the experiment if not given")
    parser.add_argument("--epochs", type=int, help="of its training; those of the experiment if not given")
    parser.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS, help="(default: all)")
    parser.add_argument("--dictionary", help="a file to keep the dictionary in, and to take it from")
    parser.add_argument("--threads", type=int, default=2, help="(default: %(default)s)")
    parser.add_argument("--table", help="a TSV file of all draws to write")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    whole = load_dataset(options.dataset)
    left_out = draw_factors(whole, options.factors)
    dictionary = train_dictionary(whole, left_out, options)
    related, rows = relatives(whole.targets, left_out), []
    draws = [(name, size, draw) for name in left_out for size in options.sizes for draw in range(options.draws)]
    for name, size, draw in tqdm(draws, "trainings"):
        rows += [
            {"factor": name, "positives": size, "draw": draw, "way": way, "auroc": auroc}
            for way, auroc in compare(few(whole, name, size, draw), dictionary, draw, options.ways).items()
        ]
    table = pd.DataFrame(rows)
    if options.table:
        table.to_csv(options.table, sep="\t", index=False)
    medians = table.groupby(["factor", "positives", "way"], sort=False)["auroc"].median().unstack("way")
    medians = medians[list(dict.fromkeys(table["way"]))]
    print(medians.round(3).to_string(), flush=True)
    for kin, told in ((True, "a member of the family is in the dictionary"), (False, "none is")):
        names = [name for name in left_out if bool(related[name]) == kin]
        if names:
            print(f"\n{told}: {', '.join(names)}")
            print(medians.loc[names].groupby("positives").mean().round(3).to_string(), flush=True)


def draw_factors(dataset, count):
    """Factors at random among those with enough bound regions."""
    enough = [
        target
        for number, target in enumerate(dataset.targets)
        if all(
            (dataset.part(part)[1][:, number] == 1).sum() >= n
            for part, n in zip(("train", "test"), _LEAST, strict=True)
        )
    ]
    return sorted(np.random.default_rng(1).permutation(enough)[:count])


def relatives(targets, left_out):
    """Of each factor the others, not left out, of its structural family."""
    family_of = jaspar_families("JASPAR2020")
    return {
        name: [
            other
            for other in targets
            if other not in left_out and family_of.get(other.upper(), other) == family_of.get(name.upper())
        ]
        for name in left_out
    }


def train_dictionary(dataset, left_out, options):
    """A CAM of all other factors, by the recipe of the experiment."""
    experiment = yaml.safe_load(EXPERIMENT.read_text())
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    cam = config["models"]["cam"] | experiment["models"]["cam"]
    training = config["training"] | experiment["training"] | cam.pop("training", {})
    training = {key: value for key, value in training.items() if key != "device"}
    training |= {"epochs": options.epochs} if options.epochs else {}
    settings = {key: value for key, value in cam.items() if key != "architecture"}
    settings |= {"units": options.units} if options.units else {}
    kept = [number for number, target in enumerate(dataset.targets) if target not in left_out]
    others = replace(dataset, labels=dataset.labels[:, kept], targets=tuple(dataset.targets[k] for k in kept))
    length, began = dataset.sequences.shape[1], time.perf_counter()
    make = partial(build, "cam", length, len(kept), **settings)
    if options.dictionary and Path(options.dictionary).exists():
        model, _ = load_cam(options.dictionary)
    else:
        model, _, _ = train(make, others, Settings(**training), 1)
        if options.dictionary:
            save_model(options.dictionary, model, describe("cam", settings, length, others.targets, others.task))
    scores = aurocs(predict(model, others.part("validation")[0]), others.part("validation")[1])
    print(
        f"dictionary: {model.units} units, {len(kept)} factors, {time.perf_counter() - began:.0f} s, "
        f"validation AUROC {np.nanmean(scores):.3f}; left out: {', '.join(left_out)}", flush=True
    )  # fmt: skip
    return model, settings


def few(dataset, name, size, draw):
    """The regions of one factor: some bound ones and more unbound ones to train on, a quarter as many to validate."""
    labels, rng = dataset.labels[:, dataset.targets.index(name)], np.random.default_rng([draw, size])
    rows = [np.flatnonzero((dataset.split == 2) & ~np.isnan(labels))]
    for split, n in ((0, size), (1, max(size // 4, 5))):
        for value, count in ((1, n), (0, _UNBOUND * n)):
            rows.append(rng.permutation(np.flatnonzero((dataset.split == split) & (labels == value)))[:count])
    rows = np.sort(np.concatenate(rows))
    return Dataset(dataset.sequences[rows], labels[rows, None], dataset.split[rows], (name,))


def compare(dataset, dictionary, seed, ways):
    """The AUROC on the test regions, by how the few regions are learnt from."""
    (model, settings), length = dictionary, dataset.sequences.shape[1]
    codes, labels = dataset.part("test")

    def score(model):
        return aurocs(predict(model, codes), labels)[0]

    def tuned(how, dataset=dataset, new_units=0):
        make = partial(build, "cam", length, 1, **settings | {"units": model.units + new_units})
        return score(train(make, dataset, Settings(tune=how), seed, dictionary=model)[0])

    recipe = {key: value for key, value in RECIPE.items() if "." not in key}
    scratch = partial(build, "cam", length, 1, **recipe)
    permuted = np.arange(len(dataset.split))
    learnt_from = np.flatnonzero(dataset.split != 2)
    permuted[learnt_from] = np.random.default_rng(seed).permutation(learnt_from)
    score_of = {
        "scratch": lambda: score(train(scratch, dataset, Settings(starts=RECIPE["training.starts"]), seed)[0]),
        "k-mers": lambda: aurocs(predict_from_words(dataset)[0], labels)[0],
        "final": lambda: tuned("final"),
        "all": lambda: tuned("all"),
        "new units": lambda: tuned("new units", new_units=5),
        "permuted": lambda: tuned("final", replace(dataset, labels=dataset.labels[permuted])),
    }
    return {way: score_of[way]() for way in ways}


def aurocs(logits, labels):
    """Of each target, on the regions known for it."""
    found = np.full(labels.shape[1], np.nan)
    for target, own in enumerate(labels.T):
        known = ~np.isnan(own)
        if len(np.unique(own[known])) == 2:
            found[target] = roc_auc_score(own[known], logits[known, target])
    return found


if __name__ == "__main__":
    main()
