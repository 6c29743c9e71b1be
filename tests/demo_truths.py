"""What must be true of any sound model of the embedded demo, as margins: above 0 it holds.

Two trainings that differ in their seed, in the CPU or in the number of threads give other models that are as good.
Which unit has which number, or which of two units of nearly equal effect is ahead, is no truth about the demo. What is
asked here is asked of motif families: all units that match profiles of one family count together, those whose output is
high where the motif is (presence) apart from those whose output is low there (absence).

    PYTHONPATH=workflow_scripts python tests/demo_truths.py results

prints the margins of a finished run of two seeds (``--config 'seeds=[1, 2]'``); :mod:`variations` those of many.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from cam.io.tables import read_table

FAMILIES = {"CTCF": "(?i)^CTCF", "JUND": "(?i)FOS|JUN|JDP2|BATF|NFE2|BACH|MAF", "FOXA1": "(?i)^FOX"}
PLANTED = {"CTCF": "MA0139.1", "JUND": "MA0491.2", "FOXA1": "MA0148.4"}
# All that the margins are made of, below the folder of results.
TABLES = (
    "interpretation/consistency.tsv",
    "interpretation/cooperativity.tsv",
    "interpretation/detectors.tsv",
    "interpretation/final_weights.tsv",
    "interpretation/importance.tsv",
    "interpretation/local/best.sites.tsv",
    "interpretation/nullification/cam.tsv",
    "models/cam/seed1/metrics.json",
)


class Demo:
    """The tables of a finished run of the demo.

    Attributes
    ----------
    effect : pandas.DataFrame
        Targets × units: final weight times the standard deviation of the unit output.
    presence, absence : dict of str to list of str
        Target to the units that match its motif's family and are high, or low, where the motif is; largest effect on
        the target first.
    units : dict of str to str
        Target to the first of ``presence``.
    """

    def __init__(self, results, seed=1):
        self.results, self.seed = Path(results), seed
        detectors = self.table("interpretation/detectors.tsv").set_index("unit")
        weights = self.table("interpretation/final_weights.tsv").set_index("target")
        self.effect = weights * detectors["output_sd"]
        matched = detectors["q_value"] < 0.05
        self.presence, self.absence = {}, {}
        for target, family in FAMILIES.items():
            of_family = matched & detectors["tf"].fillna("").astype(str).str.contains(family)
            for found, side in (
                (self.presence, detectors["auroc"] >= 0.75),
                (self.absence, detectors["auroc"] <= 0.25),
            ):
                found[target] = self.effect.loc[target, of_family & side].sort_values(ascending=False).index.tolist()
        self.units = {target: units[0] for target, units in self.presence.items() if units}

    def table(self, name):
        """A table of the run by its path under the results."""
        return read_table(self.results / name)


def margins(demo):
    """Every truth of a run and by how much it holds.

    Parameters
    ----------
    demo : Demo

    Returns
    -------
    dict of str to float
        A truth in words to its margin: above 0 it holds, NaN or below it does not.
    """
    found = {}
    for target in FAMILIES:
        found |= {f"{target}: {truth}": margin for truth, margin in _of_target(demo, target).items()}
    return found | _of_all(demo)


def _of_target(demo, target):
    metrics = json.loads((demo.results / f"models/cam/seed{demo.seed}/metrics.json").read_text())
    found = {"AUROC, above 0.95": metrics["test"][target]["auroc"] - 0.95}
    unit = demo.units.get(target)
    if unit is None:
        return found | {"a unit detects the presence of its motif": np.nan}
    others = max(demo.effect.loc[target, demo.presence[other]].sum() for other in FAMILIES if other != target)
    own = demo.effect.loc[target, demo.presence[target]].sum()
    found["effect of its motif's units, times that of another motif's, above 2"] = own / max(others, 1e-6) - 2
    importance = demo.table("interpretation/importance.tsv").set_index(["target", "unit"]).loc[(target, unit)]
    found["median contribution with its motif, above the upper quartile without"] = (
        importance["median"] - importance["rest_q75"]
    )
    found["median contribution with its motif, above 1"] = importance["median"] - 1
    nullified = demo.table("interpretation/nullification/cam.tsv")
    rms = nullified[nullified["target"] == target].set_index("filter")["rms"]
    family = [*demo.presence[target], *demo.absence[target]]
    rest = [name for name in rms.index if name not in family and not any(name in a for a in demo.absence.values())]
    found["change by nullifying its motif's filters, times that of any other, above 1.5"] = (
        np.sqrt((rms[family] ** 2).sum()) / max(rms[rest].max(), 1e-6) - 1.5
    )
    consistency = demo.table("interpretation/consistency.tsv")
    members = consistency["members"].str.split()
    mine = consistency[[f"seed{demo.seed}.{unit}" in names for names in members]]
    named = mine["tf"].str.contains(FAMILIES[target], na=False)
    found["replicates in which its motif came back, of two"] = mine.loc[named, "replicates"].sum() - 1.5
    return found


def _of_all(demo):
    found = {
        "regions in which a unit fires on the site that was planted, share above 0.8": fired_on_planted(demo) - 0.8
    }
    # CTCF keeps FOXA1 away though its motif is there: what is low where CTCF's motif is raises FOXA1.
    absent = demo.effect[demo.absence["CTCF"]].sum(axis=1)
    others = absent.drop("FOXA1").max()
    found["effect of CTCF's absence on FOXA1, times that on another target, above 2"] = (
        absent["FOXA1"] / max(others, 1e-6) - 2 if demo.absence["CTCF"] else np.nan
    )
    # JUND binds where FOXA1 does more often than elsewhere: they share more than other pairs do.
    pairs = demo.table("interpretation/cooperativity.tsv").set_index(["target_a", "target_b"])["similarity_weights"]
    recruited = {frozenset(pair): value for pair, value in pairs.items()}
    together = recruited.pop(frozenset({"JUND", "FOXA1"}))
    found["similarity of JUND and FOXA1, above that of other pairs"] = together - max(recruited.values())
    return found


def fired_on_planted(demo):
    """Of the best predicted regions, the share in which a unit of the bound target's motif fires on a planted site."""
    sites = demo.table("interpretation/local/best.sites.tsv")
    table = demo.table("interpretation/local/best.tsv")
    planted = demo.table("simulation/planted.tsv.gz")
    found = []
    for region, target in table.loc[table["label"] == 1, ["region", "target"]].itertuples(index=False):
        family = [*demo.presence[target], *demo.absence[target]]
        fired = sites[(sites["region"] == region) & sites["unit"].isin(family)]
        begin = int(re.search(r":(\d+)-", region)[1])
        places = planted[(planted["region"] == region) & (planted["tf"] == target)]
        starts, ends = places["start"].to_numpy()[:, None] - begin, places["end"].to_numpy()[:, None] - begin
        shared = np.minimum(ends, fired["end"].to_numpy()) - np.maximum(starts, fired["start"].to_numpy())
        found.append((shared >= (ends - starts) / 2).any())
    return float(np.mean(found)) if len(found) >= 6 else np.nan


if __name__ == "__main__":
    print(pd.Series(margins(Demo(sys.argv[1]))).to_string(float_format="{:+.3f}".format))
