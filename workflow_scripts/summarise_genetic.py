"""Table: how the genetic algorithm ended, for all units and both directions."""

from itertools import product

from cam import logs
from cam.files import read_table, write_table
from cam.genetic import summarise

log = logs.start(snakemake.log[0])
histories, outputs = (map(read_table, paths) for paths in (snakemake.input.histories, snakemake.input.outputs))
runs = product(snakemake.params.units, snakemake.params.directions)
summary = summarise((*run, *tables) for run, *tables in zip(runs, histories, outputs, strict=True))
log.info("%d of %d runs converged", summary["converged"].sum(), len(summary))
summary["converged"] = summary["converged"].astype(str).str.lower()
write_table(summary, snakemake.output.summary)
