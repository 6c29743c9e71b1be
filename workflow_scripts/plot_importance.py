"""Figure: the contributions of every unit where it is active, and elsewhere."""

from cam import logs, plots
from cam.files import read_table

logs.start(snakemake.log[0])
figure = plots.importance(
    read_table(snakemake.input.table, dtype={"target": str}), read_table(snakemake.input.annotation)
)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
