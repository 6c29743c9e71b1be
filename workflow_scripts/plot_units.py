"""Figure: what each unit detects, and for which targets it counts."""

from cam import logs, plots
from cam.interpretation.effects import read_effects
from cam.io.tables import read_table
from cam.motifs.formats import read_motifs
from cam.sources.target_tables import read_lineages

logs.start(snakemake.log[0])
paths = snakemake.input
figure = plots.units(
    read_table(paths.detectors),
    read_effects(paths.effects),
    {motif.matrix_id: motif.ppm for motif in read_motifs(paths.motifs)[0]},
    read_lineages(paths.lineages),
)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
