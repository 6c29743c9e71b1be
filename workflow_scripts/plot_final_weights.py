"""Figure: the final weights as a clustered heat map, units named by what they detect."""

from cam import logs, plots
from cam.files import read_table

logs.start(snakemake.log[0])
figure = plots.final_weights(read_table(snakemake.input.weights), read_table(snakemake.input.detectors))
plots.save(figure, snakemake.output.svg, snakemake.output.png)
