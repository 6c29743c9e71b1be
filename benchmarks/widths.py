"""Whole runs with wider regions: the demo, smaller, from its files to the page, with time, memory and performance.

    python benchmarks/widths.py --widths 200 500 1000 2114 --cores 2

The genome, the peaks and the splits are the same for all; only ``regions.width`` differs. Each run is deleted but for
what is printed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
SMALLER = [
    "ga={population: 200, generations: 300}",
    "controls={evolved: 10, generations: 100}",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--widths", type=int, nargs="+", default=[200, 500, 1000, 2114], help="bp (default: %(default)s)"
    )
    parser.add_argument("--cores", type=int, default=2, help="of each run (default: %(default)s)")
    parser.add_argument("--regions", type=int, default=3000, help="open ones, in all (default: %(default)s)")
    options = parser.parse_args()
    rows = []
    for width in options.widths:
        with tempfile.TemporaryDirectory() as folder:
            rows.append({"width": width} | run(width, options.regions, Path(folder), options.cores))
        print(pd.DataFrame(rows[-1:]).to_string(index=False, header=len(rows) == 1), flush=True)
    print(f"\n{pd.DataFrame(rows).to_markdown(index=False, floatfmt='.4g')}")


def run(width, regions, folder, cores):
    """Run the demo with a width, and say what it took and gave."""
    begun = time.perf_counter()
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder,
        "--cores", str(cores), "--quiet", "rules", "progress",
        "--config", f"regions={{width: {width}}}", f"simulation={{open_regions: {regions}}}", *SMALLER, "--", "all",
    ]  # fmt: skip
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"width {width}: the run failed\n{(done.stdout + done.stderr)[-2000:]}")
    results = folder / "results"
    folder = results / "benchmarks"
    costs = {
        str(path.relative_to(folder).with_suffix("")): pd.read_csv(path, sep="\t") for path in folder.rglob("*.tsv")
    }
    memory = pd.Series({job: cost["max_rss"].max() for job, cost in costs.items()})
    trained = {path.parts[-3]: path for path in results.glob("models/*/seed1/metrics.json")}
    seconds = {
        name: pd.read_csv(path.with_name("history.tsv"), sep="\t")["seconds"].sum() for name, path in trained.items()
    }
    auroc = {name: json.loads(path.read_text())["test"]["macro"]["auroc"] for name, path in trained.items()}
    return {
        "minutes": (time.perf_counter() - begun) / 60,
        "CAM, training (s)": seconds["cam"],
        "baseline, training (s)": seconds["baseline"],
        "CAM, AUROC": auroc["cam"],
        "baseline, AUROC": auroc["baseline"],
        "largest job (MB)": memory.max(),
        "that is": memory.idxmax(),
    }


if __name__ == "__main__":
    main()
