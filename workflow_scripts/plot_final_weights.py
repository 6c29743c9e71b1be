"""Figure: the final weights as a clustered heat map, units named by what they detect."""

from cam import logs, plots
from cam.interpretation.effects import read_effects
from cam.io.tables import read_table
from cam.sources.target_tables import read_lineages

logs.start(snakemake.log[0])
paths = snakemake.input
figure = plots.final_weights(
    read_effects(paths.effects),
    read_table(paths.detectors),
    read_lineages(paths.lineages),
)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
