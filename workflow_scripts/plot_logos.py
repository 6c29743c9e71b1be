"""Figure: the logo of every unit, with axes and without."""

from cam import logs, plots
from cam.motifs.formats import read_motifs

logs.start(snakemake.log[0])
motifs, _ = read_motifs(snakemake.input.meme)
output = snakemake.output
for number, motif in enumerate(logs.progress(motifs, desc="logos", unit="unit")):
    plots.save(plots.logo(motif.ppm), output.svg[number], output.png[number])
    plots.save(plots.logo(motif.ppm, compact=True), output.compact_svg[number], output.compact[number])
