"""Files of one's own, clean ones, and what the command line says of them."""

import gzip
import os
import re

import numpy as np
import yaml
from cam.commands import main

CHROMS = [f"chr{number}" for number in range(1, 11)]
LENGTH = 100_000  # bp of each


def bases(rng, n, gc=0.5):
    return "".join(rng.choice(list("ACGT"), n, p=[(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2]))


def write_genome(path, chroms=CHROMS, length=LENGTH, gc=0.5):
    rng = np.random.default_rng(0)
    with open(path, "w") as text:
        for chrom in chroms:
            letters = bases(rng, length, gc)
            text.write(f">{chrom} of a test\n" + "\n".join(letters[i : i + 60] for i in range(0, length, 60)) + "\n")


def intervals(seed, n=600, chroms=CHROMS, widths=(180, 320)):
    """Peaks: chromosome, start, width, and the offset of the summit."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        width = int(rng.integers(*widths))
        start, summit = int(rng.integers(500, LENGTH - 1000)), width // 2 + int(rng.integers(-20, 20))
        yield str(rng.choice(chroms)), start, width, summit


def write_peaks(path, peaks, n_columns=10):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with (gzip.open if str(path).endswith(".gz") else open)(path, "wt") as text:
        for number, (chrom, start, width, summit) in enumerate(peaks):
            fields = [
                chrom,
                start,
                start + width,
                f"peak{number}",
                100 + number % 900,
                ".",
                1 + number % 97,
                5,
                3,
                summit,
            ]
            text.write("\t".join(map(str, fields[:n_columns])) + "\n")


def written_peaks():
    """Write two targets, one of which has two replicates, and their genome; the files of peaks."""
    write_genome("genome.fa")
    ctcf = list(intervals(1, 900))
    files = [
        f"peaks/{name}" for name in ("CTCF_rep1_peaks.narrowPeak", "CTCF_rep2_peaks.narrowPeak.gz", "JUND.narrowPeak")
    ]
    write_peaks(files[0], ctcf)
    write_peaks(files[1], [(c, s + 11, w, o) for c, s, w, o in ctcf[:700]])
    write_peaks(files[2], intervals(3, 800))
    return files


def init(capsys, *arguments):
    """Run `cam init`; all that it prints."""
    status = main(["init", *map(str, arguments)])
    printed = capsys.readouterr()
    assert (status, printed.err) == (0, ""), printed.err
    return printed.out


def refused(capsys, *arguments, command="init"):
    """The one sentence with which it ends."""
    status = main([command, *map(str, arguments)])
    printed = capsys.readouterr()
    assert status == 1
    assert re.fullmatch(r"Error: [^\n]+\n", printed.err)
    return printed.err


def warnings(printed):
    """The sentences about what looks wrong."""
    return re.findall(r"^  - (.*)$", printed.partition("Looks wrong:")[2].partition("Chosen, in")[0], re.MULTILINE)


def read(path):
    return yaml.safe_load(path.read_text())


def write_fasta(path, sequences):
    with open(path, "w") as text:
        text.writelines(f">s{number}\n{sequence}\n" for number, sequence in enumerate(sequences))


def write_table(path, sequences, columns):
    with open(path, "w") as text:
        text.write("\t".join(["sequence", *columns]) + "\n")
        for row in zip(sequences, *columns.values(), strict=True):
            text.write("\t".join(map(str, row)) + "\n")


def write_values(path, columns, n=2100):
    with open(path, "w") as text:
        text.write("\t".join(["chrom", "start", "end", *columns]) + "\n")
        for (chrom, start, width, _), *values in zip(intervals(1, n), *columns.values(), strict=True):
            text.write("\t".join(map(str, [chrom, start, start + width, *values])) + "\n")
