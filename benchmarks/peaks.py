"""From narrowPeak files to labels: time and memory beside bedtools alone on the same intervals.

    python benchmarks/peaks.py --scale 0.05

At scale 1: 200 gzipped narrowPeak files of 100,000 peaks, one per target, and 300,000 candidates on a genome of 310 Mb.
Ours reads, labels, makes the tables of quality and writes all candidates with the labels of all targets; bedtools has
unpacked, sorted files, and counts per target the peaks and the summits in each candidate. Each line of the table is a
process of its own. Goal: at most 2 minutes and 4 GB.
"""

import argparse
import gzip
import os
import sys
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from regions import ROOT, run

CHROMOSOMES = {f"chr{name}": 24_900_000 - 900_000 * i for i, name in enumerate([*range(1, 22), "X"])}
WIDTH = 200

OURS = """
import sys, time
import pandas as pd
from cam.data.peak_quality import compare_files, compare_targets, describe_peaks
from cam.data.peaks import label_peaks, open_candidates, read_files, share_inside, write_candidates
from cam.data.sequences import chromosome_sizes
from cam.setup.own_data import read_samples
began = time.perf_counter()
def lap(step):
    global began
    now = time.perf_counter()
    print(f"    {step}: {now - began:.1f} s", flush=True)
    began = now
samples = read_samples("samples.tsv", "peaks")
targets = list(dict.fromkeys(sample.target for sample in samples))
sizes = chromosome_sizes("genome.fa")
paths = [sample.path for sample in samples]
axis, files, counts = read_files(samples, paths, "assembled", 200, sizes, "genome.fa")
lap("peaks read")
none = pd.DataFrame(columns=["chrom", "start", "end"])
regions, opened, _ = open_candidates({"": "open.bed"}, "assembled", "keep", none, axis, sizes, "genome.fa")
lap("candidates and their sequences")
labels = label_peaks(regions, opened, samples, files, targets, axis)
lap("labels")
describe_peaks(counts, files, share_inside(regions, opened, samples, files, axis))
compare_files(samples, files)
compare_targets(labels, targets)
lap("quality")
write_candidates("candidates.tsv.gz", regions, labels, targets)
lap("written")
print(f"    {len(regions):,} candidates, {sum(map(len, (f.start for f in files))):,} peaks")
print(f"    {(labels == 1).sum():,} labels are 1, {(labels == 0).sum():,} are 0")
"""

EACH = """
for number in $(seq "$1"); do
    bedtools intersect -sorted -c -a candidates.bed -b peaks.$number.bed
    bedtools intersect -sorted -c -a candidates.bed -b summits.$number.bed
done
"""


def simulate(folder, n_files, n_peaks, n_open):
    """Write the genome, the open regions, the peaks, and sorted BED files of the same for bedtools."""
    rng = np.random.default_rng(1)
    chroms = np.array(sorted(CHROMOSOMES))
    sizes = np.array([CHROMOSOMES[chrom] for chrom in chroms])
    with open(folder / "genome.fa", "wb") as fasta:
        for chrom, size in zip(chroms, sizes, strict=True):
            letters = np.frombuffer(b"ACGT", dtype=np.uint8)[rng.integers(0, 4, size)]
            lines = np.full((size // 60, 61), ord("\n"), dtype=np.uint8)  # sizes are multiples of 60
            lines[:, :60] = letters.reshape(-1, 60)
            fasta.write(f">{chrom}\n".encode() + lines.tobytes())
    at = np.unique(rng.integers(1000, (sizes.sum() - 1000 * len(sizes)), n_open))
    number = np.minimum(np.searchsorted(np.cumsum(sizes), at, side="right"), len(sizes) - 1)
    centre = np.clip(at - (np.cumsum(sizes) - sizes)[number], 1000, sizes[number] - 1000)
    order = np.lexsort((centre, number))
    number, centre = number[order], centre[order]
    write_bed(folder / "open.bed", chroms[number], centre - 150, centre + 150)
    write_bed(folder / "candidates.bed", chroms[number], centre - WIDTH // 2, centre + WIDTH // 2)
    for file in range(1, n_files + 1):
        near = rng.integers(0, len(centre), n_peaks)  # four of five are at open chromatin
        away = rng.random(n_peaks) < 0.2
        summit = np.where(away, rng.integers(1000, sizes[number[near]] - 1000), centre[near] + rng.integers(-120, 120))
        left, right = rng.integers(50, 400, (2, n_peaks))
        start, end = np.maximum(summit - left, 0), np.minimum(summit + right, sizes[number[near]])
        order = np.lexsort((start, number[near]))
        chrom, start, end, summit = chroms[number[near]][order], start[order], end[order], summit[order]
        strength = rng.gamma(2, 20, n_peaks).tolist()
        rows = zip(chrom.tolist(), start.tolist(), end.tolist(), (summit - start).tolist(), strength, strict=True)
        text = "".join(
            f"{c}\t{s}\t{e}\tpeak_{s}\t{int(10 * v)}\t.\t{v:.5f}\t{1.7 * v:.5f}\t{1.1 * v:.5f}\t{o}\n"
            for c, s, e, o, v in rows
        )
        (folder / f"{file}.narrowPeak.gz").write_bytes(gzip.compress(text.encode(), 1))
        write_bed(folder / f"peaks.{file}.bed", chrom, start, end)
        order = np.lexsort((summit, chrom))
        write_bed(folder / f"summits.{file}.bed", chrom[order], summit[order], summit[order] + 1)
    samples = "".join(f"TF{file}\t{file}.narrowPeak.gz\n" for file in range(1, n_files + 1))
    (folder / "samples.tsv").write_text(f"target\tpeaks\n{samples}")


def write_bed(path, chrom, start, end):
    pd.DataFrame({"chrom": chrom, "start": start, "end": end}).to_csv(path, sep="\t", header=False, index=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="1: as in the text above")
    parser.add_argument("--folder", help="where to put the files (some 2 GB at scale 1); removed afterwards")
    options = parser.parse_args()
    n_files = max(1, int(200 * options.scale))
    with TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        # In a process of its own: what the system says of the memory of a process includes that of its parent.
        simulation = get_context("spawn").Process(target=simulate, args=(folder, n_files, 100_000, 300_000))
        simulation.start()
        simulation.join()
        size = sum(path.stat().st_size for path in folder.glob("*.narrowPeak.gz")) / 1e6
        print(f"{n_files} narrowPeak files of 100,000 peaks ({size:,.0f} MB gzipped), 300,000 candidates")
        with open(os.devnull, "w") as nowhere:
            zcat = run(["sh", "-c", "zcat *.narrowPeak.gz"], stdout=nowhere, cwd=folder)
            bedtools = run(["sh", "-c", EACH, "sh", str(n_files)], stdout=nowhere, cwd=folder)
        print("ours, step by step")
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow_scripts")}
        ours = run([sys.executable, "-c", OURS], env=environment, cwd=folder)
        print(f"\n{'':52}{'seconds':>9}{'CPU s':>9}{'peak GB':>9}")
        for label, values in (
            ("zcat of the files", zcat),
            ("bedtools intersect -sorted -c, peaks and summits", bedtools),
            ("ours, from the gzipped files to the written table", ours),
        ):
            print(f"{label:52}{values[0]:9.1f}{values[1]:9.1f}{values[2]:9.2f}")
        print(f"{'goal':52}{120:9.1f}{'':9}{4:9.2f}")


if __name__ == "__main__":
    main()
