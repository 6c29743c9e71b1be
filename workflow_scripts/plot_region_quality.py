"""Figure: the evidence behind the labels, and the GC content of bound and unbound regions."""

from cam import logs, plots
from cam.io.tables import read_table

logs.start(snakemake.log[0])
evidence = read_table(snakemake.input.evidence) if snakemake.input.evidence else None
figure = plots.region_quality(read_table(snakemake.input.gc), evidence)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
