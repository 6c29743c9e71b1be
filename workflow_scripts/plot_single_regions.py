"""Figures: what every unit contributes to the predictions of single regions, and where in them it fired."""

from cam import logs, plots
from cam.interpretation.effects import read_effects
from cam.io.tables import read_table
from cam.motifs.formats import read_motifs
from cam.sources.target_tables import read_lineages

logs.start(snakemake.log[0])
paths, output = snakemake.input, snakemake.output
draw = {"binding": plots.single_regions, "regression": plots.single_region_profiles}[read_effects(paths.effects).task]
lineages = read_lineages(paths.lineages)
motifs = {motif.matrix_id: motif.ppm for motif in read_motifs(paths.motifs)[0]}
for number, path in enumerate(paths.contributions):
    figure = draw(
        read_table(path, dtype={"region": str, "target": str}),
        read_table(paths.sites[number], dtype={"region": str, "target": str}),
        read_table(paths.annotation),
        motifs,
        snakemake.params.width,
        lineages,
    )
    plots.save(figure, output.svg[number], output.png[number])
