"""From whole catalogues to labels: time and memory beside bedtools alone on rows that are sorted and unpacked already.

    python benchmarks/regions.py --scale 0.05

At scale 1: 2.0 million DHS clusters, 50 million ReMap rows of 500 TFs in 2,000 data sets, 5 million UniBind sites. Each
line of the table is a process of its own. Goal: at most 1.5 × bedtools + zcat, and at most 2 GB.
"""

import argparse
import gzip
import io
import os
import subprocess
import sys
import tarfile
import time
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ROOT = Path(__file__).parents[1]
CHROMOSOMES = {f"chr{name}": 249_000_000 - 9_000_000 * i for i, name in enumerate([*range(1, 22), "X"])}
TARGETS = ["CTCF", "JUND", "FOXA1", "REST", "ZNF143", "TAL1", "GATA1", "TEAD4", "MAX", "MYC"]
TFS = [*TARGETS, *(f"TF{number}" for number in range(490))]
CELLS = ["K-562", "Hep-G2", "MCF-7_E2.1h", "A-549", "GM12878"]

OURS = """
import sys, time
from cam.data.labels import label
from cam.data.intervals import windows
from cam.sources import encode_dhs, remap, unibind
folder, targets = sys.argv[1], sys.argv[2:]
began = time.perf_counter()
def lap(step):
    global began
    now = time.perf_counter()
    print(f"    {step}: {now - began:.1f} s", flush=True)
    began = now
clusters = encode_dhs.read_clusters(f"{folder}/dhs.txt.gz")
lap("DHS clusters read")
summits = remap.read_summits(f"{folder}/remap.bed.gz", targets)
lap("ReMap read")
sites = unibind.read_sites(f"{folder}/unibind.tar.gz", targets)
lap("UniBind read")
regions = windows(clusters, 200, {})
lap("windows")
labels, counts = label(regions, summits, sites, targets)
lap("labels")
print(f"    {len(regions):,} regions, {len(summits):,} summits, {len(sites):,} sites of the targets")
print(f"    {int((labels == 1).sum().sum()):,} labels are 1, {int((labels == 0).sum().sum()):,} are 0")
"""


EACH = """
for tf in "$@"; do
    bedtools intersect -sorted -c -a regions.bed -b remap.$tf.bed
    bedtools intersect -sorted -c -a regions.bed -b unibind.$tf.bed
done
"""


def simulate(folder, n_clusters, n_peaks, n_sites):
    """Write the three sources, in their own formats, and the sorted BED files of the targets for bedtools."""
    rng = np.random.default_rng(1)
    chroms, sizes = np.array(list(CHROMOSOMES)), np.array(list(CHROMOSOMES.values()))
    order = np.argsort(chroms)  # as bedtools has it, chr10 before chr2
    chroms, sizes = chroms[order], sizes[order]
    share = sizes / sizes.sum()
    data_sets = [(f"GSE{10_000 + 7 * i}", TFS[i % len(TFS)], CELLS[i % len(CELLS)]) for i in range(2000)]
    names = [".".join(parts) for parts in data_sets]
    wanted = np.array([tf in TARGETS for _, tf, _ in data_sets])
    members = [io.BytesIO() for _ in data_sets]
    with (
        gzip.open(folder / "dhs.txt.gz", "wb", 1) as dhs,
        gzip.open(folder / "remap.bed.gz", "wb", 6) as remap,
        open(folder / "regions.bed", "w") as regions,
        open(folder / "evidence.bed", "w") as evidence,
    ):
        for chrom, size, part in zip(chroms, sizes, share, strict=True):
            centres = np.unique(rng.integers(1000, size - 1000, int(n_clusters * part)))
            lines = [
                f"585\t{chrom}\t{c - 90}\t{c + 90}\t3\t500\t3\t{c % 120},{c % 99},7,\t9,8,7,\n"
                for c in centres.tolist()
            ]
            dhs.write("".join(lines).encode())
            regions.writelines(f"{chrom}\t{c - 100}\t{c + 100}\n" for c in centres.tolist())
            kept = []
            # Four of five peaks and sites are at open chromatin.
            for n, is_peak in ((int(n_peaks * part), True), (int(n_sites * part), False)):
                for first in range(0, n, 2_000_000):
                    m = min(2_000_000, n - first)
                    near = rng.choice(centres, m) + rng.integers(-120, 120, m)
                    at = np.where(rng.random(m) < 0.8, near, rng.integers(1000, size - 1000, m))
                    at.sort()
                    which = rng.integers(0, len(names), m)
                    rows = zip(at.tolist(), which.tolist(), strict=True)
                    if is_peak:
                        text = "".join(
                            f"{chrom}\t{p - 150}\t{p + 140}\t{names[i]}\t{p % 1000}\t.\t{p}\t{p + 1}\t87,{i % 256},12\n"
                            for p, i in rows
                        )
                        remap.write(text.encode())
                    else:
                        for p, i in rows:
                            members[i].write(b"%s\t%d\t%d\tMA0001.1\t12.5\t+\n" % (chrom.encode(), p, p + 15))
                    ours = wanted[which]
                    ends = at[ours] + (1 if is_peak else 15)
                    kept.append(np.stack([at[ours], ends, which[ours]]))
            begin, end, which = np.concatenate(kept, axis=1)
            rows = np.lexsort((end, begin))
            columns = (column[rows].tolist() for column in (begin, end, which))
            evidence.writelines(f"{chrom}\t{b}\t{e}\t{names[i]}\n" for b, e, i in zip(*columns, strict=True))
    with tarfile.open(folder / "unibind.tar.gz", "w:gz", compresslevel=6) as archive:
        for (experiment, tf, cell), member in zip(data_sets, members, strict=True):
            info = tarfile.TarInfo(f"{experiment}.{cell}.{tf}.MA0001.1.damo.bed")
            info.size = member.tell()
            member.seek(0)
            archive.addfile(info, member)


def run(command, **options):
    """Wall-clock seconds, CPU seconds and peak memory (GB) of a command and its children."""
    began = time.perf_counter()
    process = subprocess.Popen(command, **options)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {command}")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="1: as in the text above")
    parser.add_argument(
        "--folder", help="where to put the files (some 3 GB at scale 1); removed afterwards if not given"
    )
    options = parser.parse_args()
    n_clusters, n_peaks, n_sites = (int(n * options.scale) for n in (2_000_000, 50_000_000, 5_000_000))
    with TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        # In a process of its own: what the system says of the memory of a process includes that of its parent.
        simulation = get_context("spawn").Process(target=simulate, args=(folder, n_clusters, n_peaks, n_sites))
        simulation.start()
        simulation.join()
        size = (folder / "remap.bed.gz").stat().st_size / 1e6
        print(f"{n_clusters:,} clusters, {n_peaks:,} ReMap rows ({size:,.0f} MB gzipped), {n_sites:,} sites, 10 TFs")
        intersect = ["bedtools", "intersect", "-sorted", "-wa", "-wb", "-a", "regions.bed", "-b", "evidence.bed"]
        for tf in TARGETS:
            for source, length in (("remap", 1), ("unibind", 15)):
                keep = f"$3 - $2 == {length} && $4 ~ /\\.{tf}\\./"
                with open(folder / f"{source}.{tf}.bed", "w") as bed:
                    subprocess.run(["awk", keep, "evidence.bed"], stdout=bed, cwd=folder, check=True)
        with open(os.devnull, "w") as nowhere:
            zcat = run(["zcat", "remap.bed.gz"], stdout=nowhere, cwd=folder)
            bedtools = run(intersect, stdout=nowhere, cwd=folder)
            each = run(["sh", "-c", EACH, "sh", *TARGETS], stdout=nowhere, cwd=folder)
        print("ours, step by step")
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow_scripts")}
        ours = run([sys.executable, "-c", OURS, str(folder), *TARGETS], env=environment)
        budget = 1.5 * bedtools[0] + zcat[0]
        print(f"\n{'':46}{'seconds':>9}{'CPU s':>9}{'peak GB':>9}{'ratio':>8}")
        for label, values in (
            ("zcat of the ReMap catalogue", zcat),
            ("bedtools intersect -sorted, rows of 10 TFs", bedtools),
            ("  the same, each TF and source by itself (-c)", each),
            ("ours, from the three gzipped sources to labels", ours),
        ):
            print(f"{label:46}{values[0]:9.1f}{values[1]:9.1f}{values[2]:9.2f}{values[0] / budget:8.2f}")
        print(f"{'goal: 1.5 × bedtools + zcat, 2 GB':46}{budget:9.1f}{'':9}{2:9.2f}{1:8.2f}")


if __name__ == "__main__":
    main()
