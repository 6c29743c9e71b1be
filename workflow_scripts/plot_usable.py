"""Figure: performance by the share of the training regions, and beside simpler models."""

from cam import logs, plots
from cam.io.tables import read_table

logs.start(snakemake.log[0])
paths, output = snakemake.input, snakemake.output
curve = read_table(paths.curve, dtype={"seed": str})
plots.save(plots.usable(curve, read_table(paths.models, dtype={"model": str})), output.svg, output.png)
