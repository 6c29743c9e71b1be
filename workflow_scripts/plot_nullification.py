"""Figure: filter nullification beside the final weights, and the time that both take."""

from cam import logs, plots
from cam.interpretation.effects import read_effects
from cam.io.tables import read_table
from cam.sources.target_tables import read_lineages

logs.start(snakemake.log[0])
params, paths = snakemake.params, snakemake.input
tables = dict(zip(params.models, map(read_table, paths.tables), strict=True))
figure = plots.nullification(
    tables,
    read_table(paths.summary),
    read_table(paths.seconds),
    params.model,
    read_lineages(paths.lineages),
    read_effects(paths.effects).task,
)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
