"""Figure: the evidence behind the labels, and the GC content and repeats of bound and unbound regions."""

from cam import logs, plots
from cam.io.tables import read_table

logs.start(snakemake.log[0])
evidence = read_table(snakemake.input.evidence) if snakemake.input.evidence else None
composition = read_table(snakemake.input.composition) if snakemake.input.composition else None
figure = plots.region_quality(read_table(snakemake.input.gc), evidence, composition)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
