"""Base codes of all regions from a genome: whole chromosomes at a time, beside a fetch for each region.

    python benchmarks/tensors.py --scale 0.05

At scale 1: 2 million regions of 200 bp and a genome of 3 Gb. Each line of the table is a process of its own; what it
costs to index the FASTA file is left out for all, and for ours reading the chromosomes is told apart from the rest.
Goal: 500,000 regions per second of CPU time after reading, and at most 2 GB. pyfaidx gets a twentieth of the regions.
"""

import argparse
import os
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ROOT = Path(__file__).parents[1]
CHROMOSOMES = 24
LINE = 60

OURS = """
import time
import pandas as pd
from cam.data.sequences import read_windows
from pyfaidx import FastaRecord
reading, whole = 0, FastaRecord.__getitem__
def timed(record, part):
    global reading
    began = time.process_time()
    bases = whole(record, part)
    reading += time.process_time() - began
    return bases
FastaRecord.__getitem__ = timed
regions = pd.read_csv("regions.bed", sep="\\t", names=["chrom", "start", "end"])
began = time.process_time()
codes = read_windows("genome.fa", regions)
print(time.process_time() - began, reading)
"""
PYFAIDX = """
import time
import pandas as pd
from pyfaidx import Fasta
regions = pd.read_csv("regions.bed", sep="\\t", names=["chrom", "start", "end"]).iloc[::20]
genome = Fasta("genome.fa", as_raw=True)
began = time.process_time()
sequences = [genome[chrom][start:end] for chrom, start, end in regions.itertuples(index=False)]
print(20 * (time.process_time() - began))
"""


def simulate(folder, n_bases, n_regions):
    """Write a genome with its index, and sorted regions in it."""
    rng = np.random.default_rng(1)
    shares = np.linspace(10, 1, CHROMOSOMES)  # the first is as long as human chr1
    shares /= shares.sum()
    with (
        open(folder / "genome.fa", "wb") as fasta,
        open(folder / "genome.fa.fai", "w") as index,
        open(folder / "regions.bed", "w") as bed,
    ):
        for number, share in enumerate(shares):
            chrom, lines = f"chr{number + 1:02}", int(n_bases * share) // LINE
            fasta.write(f">{chrom}\n".encode())
            index.write(f"{chrom}\t{lines * LINE}\t{fasta.tell()}\t{LINE}\t{LINE + 1}\n")
            for first in range(0, lines, 500_000):
                text = np.full((min(500_000, lines - first), LINE + 1), ord("\n"), dtype=np.uint8)
                text[:, :LINE] = np.frombuffer(b"ACGTacgtACGTacgN", dtype=np.uint8)[
                    rng.integers(0, 16, (len(text), LINE), dtype=np.uint8)
                ]
                fasta.write(text.tobytes())
            starts = np.sort(rng.integers(0, lines * LINE - 200, int(n_regions * share))).tolist()
            bed.writelines(f"{chrom}\t{start}\t{start + 200}\n" for start in starts)


def run(command, folder, **options):
    """Output, CPU seconds and peak memory (GB) of a command."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow_scripts")}
    process = subprocess.Popen(command, cwd=folder, env=environment, text=True, **options)
    output = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {command}")
    return output, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="1: as in the text above")
    parser.add_argument("--folder", help="where to put the files (some 4 GB at scale 1), which are removed afterwards")
    options = parser.parse_args()
    n_bases, n_regions = int(3e9 * options.scale), int(2e6 * options.scale)
    with TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        # In a process of its own: what the system says of the memory of a process includes that of its parent.
        simulation = get_context("spawn").Process(target=simulate, args=(folder, n_bases, n_regions))
        simulation.start()
        simulation.join()
        time.sleep(1)  # for the index to be newer than the genome
        (folder / "genome.fa.fai").touch()
        print(f"{n_regions:,} regions of 200 bp, genome of {n_bases / 1e9:.2f} Gb; seconds are of CPU time\n")
        output, _, memory = run([sys.executable, "-c", OURS], folder, stdout=subprocess.PIPE)
        ours, reading = map(float, output.split())
        lines = [("ours", ours, memory), ("ours, after reading", ours - reading, memory)]
        output, _, memory = run([sys.executable, "-c", PYFAIDX], folder, stdout=subprocess.PIPE)
        lines.append(("pyfaidx, region by region", float(output), memory))
        with open(os.devnull, "w") as nowhere:
            command = ["bedtools", "getfasta", "-fi", "genome.fa", "-bed", "regions.bed"]
            _, seconds, memory = run(command, folder, stdout=nowhere)
        lines.append(("bedtools getfasta", seconds, memory))
        print(f"{'':34}{'CPU s':>9}{'regions/s':>14}{'peak GB':>9}{'ratio to ours':>15}")
        for label, seconds, memory in lines:
            print(f"{label:34}{seconds:9.2f}{n_regions / seconds:14,.0f}{memory:9.2f}{seconds / ours:15.2f}")
        print(f"{'goal, after reading':34}{n_regions / 500_000:9.2f}{500_000:14,}{2:9.2f}")


if __name__ == "__main__":
    main()
