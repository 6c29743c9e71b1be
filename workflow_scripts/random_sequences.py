"""Random sequences with the dinucleotide composition of the training regions."""

import numpy as np
from cam import logs
from cam.bases import ALPHABET, decode
from cam.data.dataset import load_dataset
from cam.data.sequences import dinucleotide_frequencies, random_sequences
from cam.io.fasta import write_fasta

log = logs.start(snakemake.log[0])
codes, _ = load_dataset(snakemake.input.dataset).part("train")
composition = dinucleotide_frequencies(codes)
n = snakemake.params.n
sequences = random_sequences(n, codes.shape[1], composition, np.random.default_rng(snakemake.params.seed))
write_fasta(snakemake.output.fasta, [f"random_{number}" for number in range(1, n + 1)], decode(sequences))
pairs = [f"{one}{other} {composition[i, j]:.3f}" for i, one in enumerate(ALPHABET) for j, other in enumerate(ALPHABET)]
log.info("%d sequences of %d bp; %s", n, codes.shape[1], ", ".join(pairs))
