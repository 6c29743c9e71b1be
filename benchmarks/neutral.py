"""The null of the enrichment: what a genetic algorithm finds where nothing is selected, over a range of compositions.

    PYTHONPATH=workflow_scripts python benchmarks/neutral.py
    PYTHONPATH=workflow_scripts python benchmarks/neutral.py --runs 20 --generations 3000

The fitness is constant, so nothing is enriched: of all motif families, at most 1 % may have q < 0.01. Convergence never
ends a run. Compositions are GC contents with CpG as frequent as its bases have it, rarer as in human DNA, or more
frequent, and AA and TT likewise. A row is the mean of some runs, each with random sequences of its own.
"""

import argparse
import time

import numpy as np
import torch
from cam.data.sequences import random_sequences
from cam.design.enrichment import enrich, enrich_families, significant
from cam.design.genetic import Settings, evolve
from cam.motifs.families import find_families
from cam.motifs.formats import jaspar_motifs

COMPOSITIONS = [(0.35, 1, 1), (0.41, 0.2, 1.3), (0.43, 1, 1), (0.5, 1, 1), (0.5, 4, 1), (0.65, 1, 1), (0.65, 0.3, 1.5)]


def composition(gc, cpg, aa):
    """Dinucleotide frequencies, float64 of shape (4, 4): CpG and AA, TT so many times as frequent as by their bases."""
    bases = np.array([1 - gc, gc, gc, 1 - gc]) / 2
    table = np.outer(bases, bases)
    table[1, 2] *= cpg
    table[[0, 3], [0, 3]] *= aa
    for _ in range(200):
        table *= (bases / table.sum(axis=1))[:, None]
        table *= bases / table.sum(axis=0)
        table = (table + table.T[::-1, ::-1]) / 2
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="for each composition")
    parser.add_argument("--generations", type=int, default=3000, help="as many as the longest real run")
    parser.add_argument("--population", type=int, default=1000)
    parser.add_argument("--q-value", type=float, default=0.01)
    options = parser.parse_args()
    torch.set_num_threads(1)
    motifs = jaspar_motifs("JASPAR2020")
    families = find_families(motifs)
    settings = Settings(options.population, options.generations, patience=options.generations + 1)
    print(f"families with q < {options.q_value:g} after {options.generations:,} generations, {options.runs} runs each")
    print("GC    CpG  AA   mean  most  of    share   seconds", flush=True)
    for gc, cpg, aa in COMPOSITIONS:
        table, found, began = composition(gc, cpg, aa), [], time.perf_counter()
        for seed in range(options.runs):
            start, control = random_sequences(2 * options.population, 200, table, np.random.default_rng(seed)).reshape(
                2, options.population, 200
            )
            final, _, _ = evolve(lambda codes: torch.zeros(len(codes)), torch.from_numpy(start), settings, seed, table)
            enriched = enrich_families(enrich(motifs, final.numpy(), control), families)
            found.append(len(significant(enriched, options.q_value)))
        share, seconds = np.mean(found) / len(enriched), time.perf_counter() - began
        numbers = f"{np.mean(found):<4.1f}  {max(found):<4}  {len(enriched):<4}  {share:.2%}   {seconds:.0f}"
        print(f"{gc:.2f}  {cpg:<3g}  {aa:<3g}  {numbers}", flush=True)


if __name__ == "__main__":
    main()
