"""Figure: bound, unbound and missing labels per target and split."""

from cam import logs, plots
from cam.io.tables import read_table

logs.start(snakemake.log[0])
plots.save(plots.label_counts(read_table(snakemake.input.counts)), snakemake.output.svg, snakemake.output.png)
