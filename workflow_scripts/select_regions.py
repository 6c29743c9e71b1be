"""The regions of the experiment: bound ones, unbound ones to compare with, split by chromosome."""

import pandas as pd
from cam import logs
from cam.data.intervals import region_names
from cam.data.selection import select
from cam.data.summaries import count_gc, count_labels
from cam.io.tables import read_table, write_table

log = logs.start(snakemake.log[0])
params = snakemake.params
candidates = read_table(snakemake.input.candidates, dtype={"chrom": str})
regions, steps = select(
    candidates,
    params.targets,
    params.split,
    params.missing,
    params.unbound,
    params.seed,
    params.negatives,
    params.lacking,
)
targets = [target for target in params.targets if target in regions]
counts = count_labels(regions, targets)
write_table(regions, snakemake.output.regions)
write_table(pd.concat([read_table(snakemake.input.dropped), steps]), snakemake.output.selection)
write_table(counts, snakemake.output.counts)
gc = candidates.set_index("name")["gc"][region_names(regions)].to_numpy()
write_table(count_gc(regions, gc, targets), snakemake.output.gc)
log.info("regions\n%s\n%s", steps.to_string(index=False), counts.to_string(index=False))
