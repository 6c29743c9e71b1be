"""What it costs to begin with known motifs: filters that begin at random, as known motifs, and that stay these.

    python benchmarks/initial_motifs.py results/matrix/tensors/dataset.safetensors

The CAM of ``config.yaml`` is trained from several seeds in each way on the training regions, and measured on the
validation regions; the test regions are never looked at. A line is a way: the mean AUROC of the targets (median of the
seeds, lowest and highest), how many units match a known motif and how many families these are of (medians), how many of
those families two seeds have in common, the similarity of the filters to what they began as, and how many of the units
that began as a known motif now match another family. The last line has as many units that begin as known motifs and
have learnt nothing: what matches there is no finding.
"""

import argparse
import sys
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from cam.data.dataset import load_dataset  # noqa: E402
from cam.data.sequences import base_frequencies  # noqa: E402
from cam.models.predict import predict  # noqa: E402
from cam.models.storage import build  # noqa: E402
from cam.motifs.families import find_families  # noqa: E402
from cam.motifs.filters import filter_motifs, name_motifs  # noqa: E402
from cam.motifs.formats import jaspar_motifs, read_motifs  # noqa: E402
from cam.motifs.initial import compare_with_initial, known_filters, names_of  # noqa: E402
from cam.motifs.tomtom import annotate, compare  # noqa: E402
from cam.training.controls import untrained_cam  # noqa: E402
from cam.training.loop import Settings, train  # noqa: E402
from cam.units import unit_names  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402
from tqdm import tqdm  # noqa: E402

WAYS = {"at random": None, "known motifs": False, "known motifs, frozen": True}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", help="dataset.safetensors of a binding experiment")
    parser.add_argument("--motifs", default="JASPAR2020", help="a JASPAR release or a file (default: %(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="(default: %(default)s)")
    parser.add_argument("--units", type=int, help="of the CAM; that of config.yaml if not given")
    options = parser.parse_args()
    torch.set_num_threads(1)
    dataset = load_dataset(options.dataset)
    motifs = read_motifs(options.motifs)[0] if Path(options.motifs).is_file() else jaspar_motifs(options.motifs)
    family_of = find_families(motifs).set_index("motif_id")["cluster"].to_dict()
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    settings = {key: value for key, value in config["models"]["cam"].items() if key != "architecture"}
    settings |= {"units": options.units} if options.units else {}
    training = {key: value for key, value in config["training"].items() if key != "device"}
    length, n_targets = dataset.sequences.shape[1], len(dataset.targets)
    make = partial(build, "cam", length, n_targets, **settings)
    n_filters = settings["units"] * training["starts"]
    known, filters = known_filters(motifs, n_filters, settings["filter_length"])
    print(f"{len(known)} of {len(motifs)} known motifs for {n_filters} filters; {settings['units']} units are chosen")
    print(f"{'filters begin':22}{'AUROC':>22}{'matched':>9}{'families':>10}{'shared':>8}{'similarity':>12}{'other':>7}")
    for way, freeze in WAYS.items():
        initial = None if freeze is None else filters
        rows = []
        for seed in tqdm(options.seeds, way, leave=False):
            model, _, _ = train(make, dataset, Settings(**training, freeze=bool(freeze)), seed, initial=initial)
            names = names_of(known if freeze is not None else [], model.origins) or [None] * model.units
            rows.append((auroc(model, dataset), *read(model, names, dataset, motifs, family_of)))
        show(way, rows)
    untrained = untrained_cam(make(), dataset.part("train")[0], settings["units"], initial=filters[: settings["units"]])
    show("the same, untrained", [(np.nan, *read(untrained, known[: settings["units"]], dataset, motifs, family_of))])


def auroc(model, dataset):
    """The mean over targets on the validation regions."""
    codes, labels = dataset.part("validation")
    logits, found = predict(model, codes), []
    for target in range(labels.shape[1]):
        rows = ~np.isnan(labels[:, target])
        if len(np.unique(labels[rows, target])) == 2:
            found.append(roc_auc_score(labels[rows, target], logits[rows, target]))
    return float(np.mean(found))


def read(model, names, dataset, motifs, family_of):
    """What the units match: how many do, their families, and what became of those that began as known motifs."""
    ppms, n_sites, _ = filter_motifs(model, dataset.part("validation")[0])
    units = unit_names(model.units)
    table = compare(name_motifs(units, ppms, n_sites), motifs, "memelite", base_frequencies(dataset.part("train")[0]))
    annotation = annotate(table, motifs, units, 0.01)
    weights = model.convolution.weight.detach().numpy()
    became = compare_with_initial(units, weights, names, motifs, annotation, family_of)
    matched = annotation["target_id"].dropna()
    families = {family_of[name] for name in matched if name}
    return int((matched != "").sum()), families, became["similarity"].mean(), (became["same_family"] == "false").sum()


def show(way, rows):
    scores, matched, families, similarity, other = zip(*rows, strict=True)
    told = f"{np.median(scores):.3f} ({min(scores):.3f}, {max(scores):.3f})" if np.isfinite(scores).all() else ""
    shared = np.mean([len(one & two) for one, two in combinations(families, 2)]) if len(families) > 1 else np.nan
    print(
        f"{way:22}{told:>22}{np.median(matched):9.0f}{np.median([*map(len, families)]):10.0f}{shared:8.1f}"
        f"{np.mean(similarity):12.2f}{np.mean(other):7.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
