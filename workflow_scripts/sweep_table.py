"""One table of all runs of the unit sweep: how well they predict, and how long they took."""

from itertools import product

from cam import logs
from cam.evaluation.sweep import summarise
from cam.io.records import read_record
from cam.io.tables import read_table, write_table

log = logs.start(snakemake.log[0])
params = snakemake.params
runs = list(product(params.models, params.seeds))
metrics = {run: read_record(path) for run, path in zip(runs, snakemake.input.metrics, strict=True)}
histories = {run: read_table(path) for run, path in zip(runs, snakemake.input.histories, strict=True)}
targets = [name for name in metrics[runs[0]]["test"] if name != "macro"] if runs else []
table = summarise(params.models, metrics, histories, targets)
write_table(table, snakemake.output.table)
means = [column for column in table if column.startswith("macro.")]
log.info("unit sweep\n%s", table[["model", "seed", *means, "seconds"]].to_string(index=False))
