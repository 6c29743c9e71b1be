"""Random sequences with the base composition of the training regions."""

import numpy as np
from cam import logs
from cam.dataset import load_dataset
from cam.files import write_fasta
from cam.sequences import base_frequencies, decode, random_sequences

log = logs.start(snakemake.log[0])
codes, _ = load_dataset(snakemake.input.dataset).part("train")
frequencies = base_frequencies(codes)
n = snakemake.params.n
sequences = random_sequences(n, codes.shape[1], frequencies, np.random.default_rng(snakemake.params.seed))
write_fasta(snakemake.output.fasta, [f"random_{number}" for number in range(1, n + 1)], decode(sequences))
log.info("%d sequences of %d bp; A C G T %s", n, codes.shape[1], " ".join(f"{f:.3f}" for f in frequencies))
