"""Sequences, labels and split of the experiment as tensors."""

import numpy as np
from cam import logs
from cam.data.dataset import from_regions, save_dataset
from cam.data.selection import is_shuffled
from cam.data.sequences import read_windows, shuffle_dinucleotides
from cam.io.files import watch
from cam.io.tables import read_table
from cam.sources.immgen import read_array_sequences
from cam.sources.published_matrix import read_sequences

log = logs.start(snakemake.log[0])
params, sources = snakemake.params, snakemake.input.sequences
expect_unchanged = watch(snakemake.input)
regions = read_table(snakemake.input.regions, dtype={"chrom": str, "name": str})
if params.kind == "published_matrix":
    codes = read_sequences(sources, regions, params.width)
elif params.kind == "arrays":
    codes = read_array_sequences(*sources, regions["name"], params.width)
else:
    codes = read_windows(sources[0], regions)
shuffled = is_shuffled(regions) if params.shuffled else np.zeros(len(regions), dtype=bool)
codes[shuffled] = shuffle_dinucleotides(codes[shuffled], np.random.default_rng(params.seed))
expect_unchanged()
targets = list(regions.columns[regions.columns.get_loc("split") + 1 :])
weights = snakemake.input.weights
weights = read_table(weights, ["name", "weight"], dtype={"name": str}) if weights else None
save_dataset(snakemake.output.dataset, from_regions(regions, codes, targets, params.task, weights))
log.info("%d sequences of %d bp, %d of them shuffled; %d targets", *codes.shape, shuffled.sum(), len(targets))
