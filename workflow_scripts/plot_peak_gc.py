"""Figure: GC content of the regions of each split."""

from cam import logs, plots
from cam.io.tables import read_table

logs.start(snakemake.log[0])
plots.save(plots.peak_gc(read_table(snakemake.input.gc)), snakemake.output.svg, snakemake.output.png)
