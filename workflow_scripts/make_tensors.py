"""Sequences, labels and split of the experiment as tensors."""

from cam import logs
from cam.dataset import from_regions, save_dataset
from cam.files import read_table
from cam.sequences import read_windows
from cam.sources.published_matrix import read_sequences

log = logs.start(snakemake.log[0])
params = snakemake.params
regions = read_table(snakemake.input.regions, dtype={"chrom": str})
if params.kind == "published_matrix":
    codes = read_sequences(snakemake.input.sequences, regions, params.width)
else:
    codes = read_windows(snakemake.input.sequences[0], regions)
save_dataset(snakemake.output.dataset, from_regions(regions, codes, params.targets))
log.info("%d sequences of %d bp, %d targets", *codes.shape, len(params.targets))
