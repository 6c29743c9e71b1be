"""Figure: the logo of every unit."""

from cam import logs, plots
from cam.motifs import read_meme

logs.start(snakemake.log[0])
motifs, background = read_meme(snakemake.input.meme)
for motif, svg, png in zip(motifs, snakemake.output.svg, snakemake.output.png, strict=True):
    plots.save(plots.logo(motif.ppm), svg, png)
