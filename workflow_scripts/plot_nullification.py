"""Figure: filter nullification beside the final weights, and the time that both take."""

from cam import logs, plots
from cam.files import read_table

logs.start(snakemake.log[0])
params, paths = snakemake.params, snakemake.input
tables = dict(zip(params.models, map(read_table, paths.tables), strict=True))
figure = plots.nullification(tables, read_table(paths.summary), read_table(paths.seconds), params.model)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
