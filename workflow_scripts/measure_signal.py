"""The regions of a regression experiment on a lab's own signal: windows with a value for every target, split."""

import pandas as pd
from cam import logs
from cam.data import signal
from cam.data.selection import expect_variation, select_peaks
from cam.data.sequences import gc_content, read_windows
from cam.data.summaries import count_gc_of_splits, count_split, describe_values
from cam.io.files import watch
from cam.io.tables import read_table, write_table

log = logs.start(snakemake.log[0])
params, paths, out = snakemake.params, snakemake.input, snakemake.output
expect_unchanged = watch(paths)
named = read_table(paths.names, ["target", "name"], dtype=str)
targets = named["target"].tolist()
peaks, measured, steps = signal.read_signal(
    paths, named, params.samples, params.width, params.chromosomes, params.settings, params.split, snakemake.threads
)
described = signal.describe_signal(measured, targets, params.settings["transform"])
if uneven := signal.uneven_libraries(described):
    log.warning("%s", uneven)
gc = gc_content(codes := read_windows(paths.genome, peaks))
keep, regions, selected = select_peaks(peaks, codes, measured, targets, params.split, params.seed)
regions, varies, weights, less_variable = signal.prepare_values(regions, targets, params.settings)
expect_variation(regions, targets)
steps = pd.concat([steps, selected, less_variable])
expect_unchanged()
write_table(regions, out.regions, float_format="%.9g")
write_table(steps, out.selection)
write_table(count_split(regions), out.counts)
write_table(count_gc_of_splits(regions["split"].to_numpy(), gc[keep][varies]), out.gc)
write_table(describe_values(regions, targets), out.values)
write_table(described, out.signal)
if weights is not None:
    write_table(pd.DataFrame({"name": regions["name"], "weight": weights}), out.weights, float_format="%.9g")
log.info("regions\n%s", steps.to_string(index=False))
