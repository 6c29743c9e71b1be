"""Table: how the genetic algorithm ended, for all units and both directions."""

import json
from pathlib import Path

from cam import logs
from cam.design.summaries import summarise
from cam.io.tables import read_table, write_table

log = logs.start(snakemake.log[0])
paths = snakemake.input
runs = [json.loads(Path(path).read_text()) for path in paths.runs]
histories, outputs = (map(read_table, each) for each in (paths.histories, paths.outputs))
summary = summarise(zip(runs, histories, outputs, strict=True))
log.info("%d of %d runs converged", summary["converged"].sum(), len(summary))
for column in ("converged", "output_unchanged"):
    summary[column] = summary[column].astype(str).str.lower()
write_table(summary, snakemake.output.summary)
