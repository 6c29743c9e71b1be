"""Figure: the contributions of every unit where it is active, and elsewhere."""

from cam import logs, plots
from cam.io.tables import read_table
from cam.sources.target_tables import read_lineages

logs.start(snakemake.log[0])
paths = snakemake.input
figure = plots.contributions(
    read_table(paths.table, dtype={"target": str}),
    read_table(paths.annotation),
    read_lineages(paths.lineages),
)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
