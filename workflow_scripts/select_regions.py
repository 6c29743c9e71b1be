"""The regions of the experiment: bound ones, unbound ones to compare with, split by chromosome."""

import pandas as pd
from cam import logs
from cam.data.composition import describe_composition
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
    params.min_known,
    params.min_positives,
    params.test,
)
targets = [target for target in params.targets if target in regions]
counts = count_labels(regions, targets)
write_table(regions, snakemake.output.regions)
write_table(pd.concat([read_table(snakemake.input.dropped), steps]), snakemake.output.selection)
write_table(counts, snakemake.output.counts)
used = candidates.set_index("name").loc[
    region_names(regions)
]  # by position, since shuffled ones have names of their own
gc, repeats = used["gc"].to_numpy(), used["repeats"].to_numpy() if "repeats" in used else None
write_table(count_gc(regions, gc, targets), snakemake.output.gc)
write_table(describe_composition(regions, gc, repeats, targets), snakemake.output.composition)
log.info("regions\n%s\n%s", steps.to_string(index=False), counts.to_string(index=False))
