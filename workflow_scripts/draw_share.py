"""A dataset with a share of the training regions."""

from cam import logs
from cam.data.dataset import load_dataset, save_dataset
from cam.data.shares import draw_share
from cam.io.tables import read_table

log = logs.start(snakemake.log[0])
paths, wildcards = snakemake.input, snakemake.wildcards
dataset = load_dataset(paths.dataset)
columns = ["chrom", "start", "end", "name"]
regions = read_table(paths.regions, usecols=columns, dtype={"chrom": str, "name": str})
groups = read_table(paths.groups, dtype={"name": str}) if paths.groups else None
drawn = draw_share(dataset, regions, float(wildcards.share), int(wildcards.seed), groups)
save_dataset(snakemake.output.dataset, drawn)
log.info("%d of %d training regions", *((part.split == 0).sum() for part in (drawn, dataset)))
