"""The commands of docs/your-data.md, given in a folder with such files, in which words are planted to be found."""

import re
import shlex
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from cam.io.tables import read_table
from conftest import ROOT
from running import environment
from signal_files import write_bigwig

WORDS = {"CTCF": "CCACCAGGGGGCGCTA", "JUND": "ATGAGTCATCGTTGCA"}
CHROMS, LENGTH, SITES = [f"chr{number}" for number in range(1, 9)], 150_000, 110
# So small that it takes minutes; what is planted is strong enough to be learned.
SMALL = {
    "models": {"baseline": None, "cam": {"units": 4}},
    "training": {"epochs": 15, "batch_size": 32, "starts": 2, "tuning_epochs": 4, "device": "cpu"},
    "ga": {"units": [1], "population": 20, "generations": 20, "random": 50},
    "controls": {"units": 10, "evolved": 10, "population": 10, "generations": 10, "shuffled": False},
    "nullification": {"regions": 20},
    "local": {"regions": 1},
}


def examples():
    """Title of a section to its commands."""
    sections = (ROOT / "docs" / "your-data.md").read_text(encoding="utf-8").split("\n## ")
    blocks = {
        part.partition("\n")[0]: re.findall(r"^```sh\n(.*?)^```", part, re.MULTILINE | re.DOTALL) for part in sections
    }
    return {title: [line for block in found for line in block.splitlines()] for title, found in blocks.items() if found}


def bases(rng, n):
    return "".join(rng.choice(list("ACGT"), n))


def write_genome(folder, rng):
    """A genome with words in it; where they are: (target, chromosome, position of the middle)."""
    sites, letters = [], {chrom: np.array(list(bases(rng, LENGTH))) for chrom in CHROMS}
    for chrom in CHROMS:
        middles = 600 + 600 * rng.permutation((LENGTH - 1200) // 600)[: 2 * SITES]
        for target, some in zip(WORDS, np.split(middles, 2), strict=True):
            for middle in some:
                word = np.array(list(WORDS[target]))
                letters[chrom][middle - 8 : middle + 8] = word
                sites.append((target, chrom, int(middle)))
    text = "".join(f">{chrom}\n{''.join(letters[chrom])}\n" for chrom in CHROMS)
    (folder / "genome.fa").write_text(text)
    return sites


def write_peaks(folder, rng):
    sites = write_genome(folder, rng)
    (folder / "peaks").mkdir()
    for name, target, share in (("CTCF_rep1", "CTCF", 1), ("CTCF_rep2", "CTCF", 0.9), ("JUND", "JUND", 1)):
        rows = [
            (chrom, middle - 110 - n % 80, middle + 150, f"p{n}", 100 + n % 800, ".", 1 + n % 60, 5, 3, 110 + n % 80)
            for n, (of, chrom, middle) in enumerate(sites)
            if of == target and rng.random() < share
        ]
        pd.DataFrame(rows).to_csv(folder / "peaks" / f"{name}.narrowPeak", sep="\t", header=False, index=False)
    opened = [(chrom, middle - 150, middle + 150) for _, chrom, middle in sites]
    opened += [(chrom, at, at + 300) for chrom in CHROMS for at in range(750, LENGTH - 900, 1200)]
    pd.DataFrame(opened).to_csv(folder / "open.bed", sep="\t", header=False, index=False)


def write_sequences(folder, rng):
    for split, n in (("train", 500), ("test", 120)):
        for kind in ("positives", "negatives"):
            with open(folder / f"nfe2_{kind}_{split}.fa", "w") as text:
                for number in range(n):
                    letters = bases(rng, int(rng.integers(60, 240)))
                    middle = len(letters) // 2
                    if kind == "positives":
                        letters = letters[: middle - 8] + WORDS["JUND"] + letters[middle + 8 :]
                    text.write(f">{kind}{number}\n{letters}\n")
            subprocess.run(["gzip", folder / f"nfe2_{kind}_{split}.fa"], check=True)


def write_signal(folder, rng):
    sites = write_genome(folder, rng)
    (folder / "signal").mkdir()
    regions = sorted((chrom, middle - 150, middle + 150, target) for target, chrom, middle in sites)
    pd.DataFrame(regions).iloc[:, :3].to_csv(folder / "regions.bed", sep="\t", header=False, index=False)
    for cell in ("B cell", "T cell"):
        raised = {"B cell": "CTCF", "T cell": "JUND"}[cell]
        entries = [(c, s, e, 1 + 4 * (target == raised) + rng.random()) for c, s, e, target in regions]
        write_bigwig(folder / "signal" / f"{cell}.bw", dict.fromkeys(CHROMS, LENGTH), entries)


WRITERS = {"Peaks": write_peaks, "Labelled sequences": write_sequences, "Signal on regions": write_signal}


def test_every_example_is_run():
    assert [*examples()] == [*WRITERS, "Is the model usable?"]


@pytest.mark.parametrize("title", WRITERS)
def test_the_commands_of_an_example(title, tmp_path):
    """From the files to the report, with nothing but what the page says; only smaller."""
    WRITERS[title](tmp_path, np.random.default_rng(1))
    # Of what all kinds have in common, the artificial sequences, one example is enough.
    small = SMALL if title == "Peaks" else SMALL | {"ga": SMALL["ga"] | {"units": []}}
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(small))
    printed = []
    for line in examples()[title]:
        words = [word for part in shlex.split(line) for word in sorted(map(str, globbed(tmp_path, part))) or [part]]
        program, *arguments = words
        if program == "snakemake":
            arguments[arguments.index("--snakefile") + 1] = str(ROOT / "Snakefile")
            arguments.insert(arguments.index("--"), "small.yaml")
            arguments[arguments.index("--cores") + 1] = "2"
        module = {"cam": "cam", "snakemake": "snakemake"}[program]
        call = [sys.executable, "-m", module, *arguments]
        python = environment() | {"PYTHONPATH": str(ROOT / "workflow_scripts")}
        done = subprocess.run(call, cwd=tmp_path, env=python, capture_output=True, text=True)
        assert done.returncode == 0, (line, (done.stdout + done.stderr)[-4000:])
        printed.append(done.stdout)
    assert "Looks wrong" not in printed[0] and "accepts it" in printed[1]
    (page,) = tmp_path.glob("results/*/report/index.html")
    summary = read_table(page.parents[1] / "models" / "summary.tsv").iloc[0]
    learned = summary["auroc"] if "auroc" in summary else summary["pearson"]
    assert learned > (0.8 if "auroc" in summary else 0.5), summary
    names = read_table(page.parents[1] / "regions" / "targets.tsv")
    expected = {"Peaks": ["CTCF", "JUND"], "Labelled sequences": ["nfe2"], "Signal on regions": ["B_cell", "T_cell"]}
    assert names["target"].tolist() == expected[title]
    html = page.read_text(encoding="utf-8")
    assert "ReMap" not in html.partition("Configuration")[0] and "immune cell types" not in html.lower()


def globbed(folder, pattern):
    return [path.relative_to(folder) for path in folder.glob(pattern)] if "*" in pattern else []
