"""Figure: which targets use the same units, by final weights and by contributions."""

from cam import logs, plots
from cam.io.tables import read_table
from cam.sources.target_tables import read_lineages

logs.start(snakemake.log[0])
paths = snakemake.input
figure = plots.cooperativity(
    read_table(paths.pairs),
    read_table(paths.groups, ["group", "contribution_group"]),
    read_table(paths.trees),
    read_lineages(paths.lineages),
)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
