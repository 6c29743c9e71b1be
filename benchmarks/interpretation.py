"""Reading the model: how long each analysis takes beside the program one would use otherwise, and with what answer.

    pip install -r benchmarks/requirements.txt
    export PYTHONPATH=workflow_scripts
    python benchmarks/interpretation.py
    python benchmarks/interpretation.py --only motifs tomtom

Ours and theirs get the same input in one process and the same number of threads, and each is warmed up first: what is
compiled or read only once is told apart. Times are the medians of some rounds in which they take turns. A peer that is
not installed, or real data that is not there, is said in one line. The real data is that of the tests: the folder
CAM_SHARED_DATA, or ../shared/data.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch
from cam.bases import decode, encode
from cam.data.sequences import random_sequences
from cam.design.enrichment import enrich
from cam.design.genetic import Settings, evolve, subject_fitness
from cam.io.fasta import read_fasta
from cam.models.explainn import read_explainn
from cam.models.functional import one_hot
from cam.motifs.filters import filter_motifs
from cam.motifs.formats import UNIFORM, jaspar_motifs, read_motifs
from cam.motifs.matrices import pwm, reverse_complement
from cam.motifs.scan import find_hits, integer_scores, score_threshold
from cam.motifs.tomtom import annotate, compare, parse_tsv
from threadpoolctl import threadpool_limits

DATA = Path(os.environ.get("CAM_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


class Row(NamedTuple):
    """A line of the table; seconds are None where there was nothing to measure, the goal is a ratio or None."""

    what: str
    peer: str
    their_seconds: float | None
    our_seconds: float | None
    goal: float | None
    agreement: str


class Absent(Exception):
    """What a section cannot do without is not here; the sentence says what."""


def in_turns(*functions, rounds=3):
    """Median seconds of each function, called in turns after one call to warm up, and what each returned."""
    seconds, results = [[] for _ in functions], [function() for function in functions]
    for _ in range(rounds):
        for number, function in enumerate(functions):
            began = time.perf_counter()
            results[number] = function()
            seconds[number].append(time.perf_counter() - began)
    return [statistics.median(each) for each in seconds], results


def real_data(*names):
    """A file or folder of the real data."""
    path = DATA.joinpath(*names)
    if not path.exists():
        raise Absent(f"no {path} (set CAM_SHARED_DATA)")
    return path


def real_sequences(n):
    """Codes of the first regions of chromosome 14 in the published TF-binding matrix: uint8, shape (n, 200)."""
    fasta = real_data("tf-binding-matrix", "sequences.200bp.chr14.fa.gz")
    return encode([sequence for _, sequence in islice(read_fasta(fasta), n)]).copy()


def motifs(options):
    """Filters to motifs: the package's two functions on its published model of 100 units."""
    path, codes = real_data("explainn", "model_epoch_best_4.pth"), real_sequences(5000)
    model, _ = read_explainn(path, codes.shape[1])
    what = f"filters to motifs: {len(codes):,} sequences × {model.units} units"

    def ours():
        return filter_motifs(model, codes, strands="given")[0]

    try:
        from explainn.interpretation import interpretation
        from explainn.models.networks import ExplaiNN
    except ImportError as error:
        (seconds,), _ = in_turns(ours)
        yield Row(what, "explainn", None, seconds, 10, "")
        raise Absent(f"the package explainn is not installed ({error})") from None
    interpretation.tqdm = lambda iterable, **_: iterable  # without its progress bars
    sequences = one_hot(torch.from_numpy(codes)).contiguous()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(sequences, sequences[:, 0, :1]), 128)
    peer = ExplaiNN(model.units, codes.shape[1], model.final.out_features, model.filter_length)
    peer.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    peer.eval()

    def theirs():
        activations = interpretation.get_explainn_unit_activations(loader, peer, torch.device("cpu"))
        return interpretation.get_pwms_explainn(activations, sequences.numpy(), None, model.filter_length)

    seconds, (expected, found) = in_turns(theirs, ours)
    difference = np.abs(found.transpose(0, 2, 1) - expected).max()
    yield Row(what, "explainn", *seconds, 10, f"PPMs differ by at most {difference:.0e}")


def tomtom(options):
    """Tomtom: the MEME Suite's program beside memelite, its published output, and what compilation costs memelite."""
    queries, background = read_motifs(real_data("explainn", "explainn_filters.meme"))
    targets, _ = read_motifs(real_data("explainn", "JASPAR2020_CORE_vertebrates_non-redundant_pfms_meme.txt"))
    published = parse_tsv(real_data("explainn", "MAX_JUND_FOXA1_tomtom.tsv").read_text())
    what = f"Tomtom: {len(queries)} filters × {len(targets)} profiles"

    def agreement(theirs, found):
        names = [query.matrix_id for query in queries]
        best = [annotate(table, targets, names, 0.05)["target_id"] for table in (theirs, found)]
        same = (best[0] == best[1])[best[0].notna()]
        both = theirs.merge(found, on=["Query_ID", "Target_ID"], suffixes=("", " ours"))
        logs = np.log10(both[["p-value", "p-value ours"]])
        return (
            f"{len(both):,} of {len(theirs):,} matches, log10 p correlate {np.corrcoef(logs.T)[0, 1]:.7f}, "
            f"best match the same for {same.sum()} of {len(same)} filters at q < 0.05"
        )

    (seconds,), (found,) = in_turns(lambda: compare(queries, targets, "memelite", background))
    if shutil.which("tomtom"):
        (their_seconds,), (theirs,) = in_turns(lambda: compare(queries, targets, "meme", background), rounds=1)
        yield Row(what, "MEME Suite", their_seconds, seconds, 100, agreement(theirs, found))
    yield Row(what, "its own output", None, seconds, None, f"{agreement(published, found)} (published, 5.4.1)")

    # In processes of their own, start-up and reading included: with nothing compiled, then with what that one has left.
    script = "import sys; from cam.motifs.matrices import *; from cam.motifs.tomtom import *; "
    script += "queries, background = read_motifs(sys.argv[1]); compare(queries, queries, 'memelite', background)"
    with TemporaryDirectory() as cache:
        for note in ("the first process of all, which compiles", "any other process"):
            began = time.perf_counter()
            command = [sys.executable, "-c", script, real_data("explainn", "explainn_filters.meme")]
            subprocess.run(command, check=True, env={**os.environ, "NUMBA_CACHE_DIR": cache})
            yield Row(f"  {note}", "–", None, time.perf_counter() - began, None, "")
    if not shutil.which("tomtom"):
        raise Absent("the MEME Suite's program 'tomtom' is not on the PATH; the goal is 100 times its speed")


def enrichment(options):
    """Known motifs in artificial sequences, and the scan that it takes, beside MOODS."""
    rng = np.random.default_rng(options.seed)
    profiles = jaspar_motifs("JASPAR2020")
    ga, random = (random_sequences(1000, 200, UNIFORM, rng) for _ in range(2))
    (seconds,), _ = in_turns(lambda: enrich(profiles, ga, random))
    what = f"enrichment: 1,000 + 1,000 sequences × {len(profiles)} profiles"
    yield Row(what, "–", None, seconds, None, "at most 5 s wanted")
    try:
        import MOODS.scan
        import MOODS.tools
    except ImportError as error:
        raise Absent(f"the package MOODS-python is not installed ({error})") from None

    def moods(matrices, thresholds, codes):
        scanner = MOODS.scan.Scanner(7)
        strands = [*matrices, *map(reverse_complement, matrices)]
        scanner.set_motifs([matrix.T.tolist() for matrix in strands], UNIFORM.tolist(), [*thresholds, *thresholds])
        hits = np.zeros((len(codes), len(matrices)), dtype=bool)
        for number, found in enumerate(scanner.scan("N".join(decode(codes)))):
            hits[[hit.pos // (codes.shape[1] + 1) for hit in found], number % len(matrices)] = True
        return hits

    def theirs(some_profiles, codes):
        matrices = [pwm(profile.ppm, profile.n_sites) for profile in some_profiles]
        thresholds = [MOODS.tools.threshold_from_p(matrix.T.tolist(), UNIFORM.tolist(), 1e-4) for matrix in matrices]
        return moods(matrices, thresholds, codes)

    codes = np.concatenate([ga, random])
    seconds, (expected, found) = in_turns(lambda: theirs(profiles, codes), lambda: find_hits(profiles, codes))
    scores = [integer_scores(profile) for profile in profiles]
    thresholds = [score_threshold(score) - 0.5 for score in scores]
    same = (moods([score.astype(float) for score in scores], thresholds, codes) == found).all()
    shared = (expected & found).sum() / (expected | found).sum()
    words = np.indices((4,) * 8).reshape(8, -1).T.astype(np.uint8)
    of_eight = [profile for profile in profiles if len(profile.ppm) == 8]
    largest = [hits.mean(axis=0).max() for hits in (find_hits(of_eight, words), theirs(of_eight, words))]
    agreement = (
        f"{'all' if same else 'NOT all'} {found.sum():,} hits the same with our thresholds, {shared:.1%} with its own; "
        f"of all words of 8 bp a profile hits at most {largest[0]:.2e}, in MOODS {largest[1]:.2e} (2e-04 is right)"
    )
    yield Row(f"motif scan: {len(codes):,} sequences × {len(profiles)} profiles", "MOODS", *seconds, None, agreement)


def genetic(options):
    """The genetic algorithm: a generation, and the way to a mean fitness, beside PyGAD with the same batched fitness.

    PyGAD keeps its steady-state selection, with half of the population as parents, and runs with its own defaults (one
    cut, a tenth of all bases mutated) and with our rates (two cuts in 80 % of the pairs, one mutation).
    """
    model, _ = read_explainn(real_data("explainn", "model_epoch_best_4.pth"), 200)
    fitness_of, _ = subject_fitness(model, [], "unit1", "max")
    start = torch.from_numpy(random_sequences(1000, 200, UNIFORM, np.random.default_rng(options.seed)))
    what = "GA, 1,000 sequences of 200 bp: a generation"

    def ours(generations, population=start):
        settings = Settings(generations=generations, patience=generations + 1)
        return evolve(fitness_of, population, settings, options.seed)[2]

    try:
        import pygad
    except ImportError as error:
        (seconds,), _ = in_turns(lambda: ours(10))
        yield Row(what, "PyGAD", None, seconds / 10, 50, "")
        raise Absent(f"the package pygad is not installed ({error})") from None

    def fitness_func(_, solutions, indices):
        with torch.inference_mode():
            return fitness_of(torch.from_numpy(np.asarray(solutions, dtype=np.uint8))).tolist()

    def theirs(generations, rates):
        run = pygad.GA(
            generations, len(start) // 2, fitness_func, fitness_batch_size=len(start), gene_type=np.uint8,
            initial_population=start.numpy().copy(), gene_space=[0, 1, 2, 3], random_seed=options.seed,
            suppress_warnings=True, **rates,
        )  # fmt: skip
        run.run()
        return ours(0, torch.from_numpy(run.population)).iloc[0]

    history = ours(2000)
    for name, rates in {
        "defaults": {},
        "our rates": {"crossover_type": "two_points", "crossover_probability": 0.8, "mutation_num_genes": 1},
    }.items():
        seconds, _ = in_turns(lambda rates=rates: theirs(10, rates), lambda: ours(10))
        yield Row(what, f"PyGAD, {name}", *(each / 10 for each in seconds), 50, "")
        for generations in (20, 200):
            (their_seconds,), (end,) = in_turns(lambda g=generations, rates=rates: theirs(g, rates), rounds=1)
            reached = history[history["mean_fitness"] >= end["mean_fitness"]].head(1)
            agreement = f"mean fitness {end['mean_fitness']:.2f}, distance {end['distance']:.2f}; ours "
            if reached.empty:
                our_seconds = None
                agreement += f"comes to {history['mean_fitness'].iloc[-1]:.2f} in 2,000 generations"
            else:
                (row,) = reached.index
                (our_seconds,), _ = in_turns(lambda row=row: ours(row))
                agreement += f"after {row} generations, distance {history['distance'][row]:.2f}"
            what_for = f"  to the mean fitness that PyGAD has after {generations}"
            yield Row(what_for, f"PyGAD, {name}", their_seconds, our_seconds, 50, agreement)


SECTIONS = {"motifs": motifs, "tomtom": tomtom, "enrichment": enrichment, "genetic": genetic}


def show(row):
    """A row as a line: who needs how long, how many times faster ours is, what it should be, and what came out."""

    def number(value, digits):
        return "–" if value is None else f"{value:.{digits}f}"

    both = row.their_seconds is not None and row.our_seconds is not None
    ratio = row.their_seconds / row.our_seconds if both else None
    goal = "" if row.goal is None else f"≥ {row.goal:g}"
    seconds = f"{number(row.their_seconds, 4):>11}{number(row.our_seconds, 4):>11}{number(ratio, 1):>9}"
    print(f"{row.what:60}{row.peer:>16}{seconds}{goal:>8}  {row.agreement}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=SECTIONS, nargs="+", default=list(SECTIONS), help="these sections alone")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1, help="of whatever is random")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"{platform.machine()} CPU, {options.threads} threads, torch {torch.__version__}\n")
    print(f"{'seconds':60}{'peer':>16}{'theirs':>11}{'ours':>11}{'ratio':>9}{'goal':>8}  agreement")
    with threadpool_limits(options.threads):
        for name in options.only:
            try:
                for row in SECTIONS[name](options):
                    show(row)
            except Absent as absent:
                print(f"{name}: not measured, {absent}", file=sys.stderr)


if __name__ == "__main__":
    main()
