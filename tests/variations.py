"""Train the demo under what differs between machines, and print by how much each of its truths holds.

    PYTHONPATH=workflow_scripts python tests/variations.py --seeds 1 2 3 4 5
    PYTHONPATH=workflow_scripts python tests/variations.py --seeds 1 --kinds default threads MKL_CBWR=COMPATIBLE

A kind is ``default``, ``threads`` (training with two threads), ``untrained`` (a control, of which the truths must not
hold: one epoch at a learning rate of almost nothing) or an environment variable with its value: what PyTorch's
libraries read to choose their instructions (``ATEN_CPU_CAPABILITY``, ``MKL_CBWR``, ``ONEDNN_MAX_CPU_ISA``). Other
instructions round differently, and a training makes another model of that.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import pandas as pd
from demo_truths import TABLES, Demo, margins
from running import succeed

UNTRAINED = "training={epochs: 1, starts: 1, learning_rate: 1e-9}"
KINDS = ["default", "threads", "ATEN_CPU_CAPABILITY=default", "MKL_CBWR=COMPATIBLE", "ONEDNN_MAX_CPU_ISA=SSE41"]


def margins_of(seed, kind):
    """The margins of one run: its seed and a second one, as replicates, under one kind of variation."""
    name, _, value = kind.partition("=")
    arguments = ["--set-threads", "train=2"] if kind == "threads" else []
    if value:
        os.environ[name] = value
    with tempfile.TemporaryDirectory() as folder:
        override = [
            f"seeds=[{seed},{seed + 100}]",
            f"interpret={{seed: {seed}}}",
            "models={baseline: null}",
        ]
        override += [UNTRAINED] if kind == "untrained" else []
        targets = [f"results/{table.replace('seed1', f'seed{seed}')}" for table in TABLES]
        succeed(Path(folder), *arguments, targets=targets, override=override)
        return margins(Demo(Path(folder, "results"), seed))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--kinds", nargs="+", default=KINDS)
    options = parser.parse_args()
    table = {}
    before = dict(os.environ)
    for kind in options.kinds:
        for seed in options.seeds:
            table[f"{kind}, seed {seed}"] = margins_of(seed, kind)
            print(f"{kind}, seed {seed}\n{pd.Series(table[f'{kind}, seed {seed}']).round(3).to_string()}\n", flush=True)
            os.environ.clear()
            os.environ.update(before)
    table = pd.DataFrame(table)
    print(pd.DataFrame({"smallest": table.min(axis=1, skipna=False), "median": table.median(axis=1)}).to_string())
    sys.exit(int(not (table > 0).all(axis=None)))


if __name__ == "__main__":
    main()
