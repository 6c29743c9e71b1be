"""Table: how the genetic algorithm ended, for all units and both directions."""

from cam import logs
from cam.design.summaries import booleans_as_text, summarise
from cam.io.records import read_record
from cam.io.tables import read_table, write_table

log = logs.start(snakemake.log[0])
paths = snakemake.input
runs = map(read_record, paths.runs)
histories, outputs = (map(read_table, each) for each in (paths.histories, paths.outputs))
summary = summarise(zip(runs, histories, outputs, strict=True))
log.info("%d of %d runs converged", summary["converged"].sum(), len(summary))
write_table(booleans_as_text(summary), snakemake.output.summary)
