"""Figure: what each unit adds in each target, targets by lineage and units by the lineage that they serve."""

from cam import logs, plots
from cam.interpretation.effects import read_effects, relative
from cam.io.tables import read_table
from cam.sources.target_tables import read_lineages

logs.start(snakemake.log[0])
paths = snakemake.input
effects = relative(read_effects(paths.effects).effects)
figure = plots.lineages(
    effects, read_table(paths.units), read_table(paths.groups, ["group"]), read_lineages(paths.lineages)
)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
