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
targets, transform = named["target"].tolist(), params.settings["transform"]
peaks, measured, steps = signal.read_signal(
    paths, named, params.samples, params.width, params.chromosomes, params.settings, snakemake.threads
)
described = signal.describe_signal(measured, targets, transform)
if uneven := signal.uneven_libraries(described):
    log.warning("%s", uneven)
values = signal.transform(measured, transform, targets)
varies, less_variable = signal.most_variable(values, params.settings.get("variable"))
peaks, measured, values = peaks[varies].reset_index(drop=True), measured[varies], values[varies]
codes = read_windows(paths.genome, peaks)
keep, regions, selected = select_peaks(peaks, codes, values, targets, params.split, params.seed)
expect_variation(regions, targets)
steps = pd.concat([steps, less_variable, selected])
expect_unchanged()
write_table(regions, out.regions, float_format="%.9g")
write_table(steps, out.selection)
write_table(count_split(regions), out.counts)
write_table(count_gc_of_splits(regions["split"].to_numpy(), gc_content(codes[keep])), out.gc)
write_table(describe_values(regions, targets), out.values)
write_table(described, out.signal)
if params.settings["weights"] == "strength":
    weights = signal.strength_weights(measured)[keep]
    write_table(pd.DataFrame({"name": regions["name"], "weight": weights}), out.weights, float_format="%.9g")
log.info("regions\n%s", steps.to_string(index=False))
