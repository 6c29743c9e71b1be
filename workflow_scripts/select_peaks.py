"""The regions of a regression experiment: peaks with their heights in every cell type, split."""

import pandas as pd
from cam import logs
from cam.data.candidates import read_accessibility
from cam.data.selection import expect_variation, select_peaks
from cam.data.sequences import gc_content
from cam.data.summaries import count_gc_of_splits, count_split, describe_values
from cam.io.files import watch
from cam.io.tables import write_table
from cam.sources.target_tables import read_lineages

log = logs.start(snakemake.log[0])
params, source, out = snakemake.params, snakemake.input, snakemake.output
expect_unchanged, paths = watch(source), {**source, "directory": params.directory}
lineages = read_lineages(source.lineages) if source.lineages else None
peaks, codes, values, read = read_accessibility(
    params.format, paths, params.targets, lineages, params.width, params.chromosomes
)
keep, regions, selected = select_peaks(peaks, codes, values, params.targets, params.split, params.seed)
expect_variation(regions, params.targets)
steps = pd.concat([read, selected])
expect_unchanged()
write_table(regions, out.regions, float_format="%.9g")
write_table(steps, out.selection)
write_table(count_split(regions), out.counts)
write_table(count_gc_of_splits(regions["split"].to_numpy(), gc_content(codes[keep])), out.gc)
write_table(describe_values(regions, params.targets), out.values)
log.info("regions\n%s", steps.to_string(index=False))
