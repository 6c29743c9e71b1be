"""Figure: how the values of each target are distributed."""

from cam import logs, plots
from cam.io.tables import read_table
from cam.sources.target_tables import read_lineages

logs.start(snakemake.log[0])
lineages = read_lineages(snakemake.input.lineages)
figure = plots.peak_values(read_table(snakemake.input.values), lineages)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
