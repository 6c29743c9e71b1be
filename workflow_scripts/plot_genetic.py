"""Figures: how the sequences of every unit evolved, and the motifs in them."""

from cam import logs, plots
from cam.files import read_table
from cam.motifs import read_meme

logs.start(snakemake.log[0])
paths, output, params = snakemake.input, snakemake.output, snakemake.params
ppms = {motif.matrix_id: motif.ppm for motif in read_meme(paths.database)[0]}
for number, unit in enumerate(logs.progress(params.units, desc="units")):
    history, outputs = read_table(paths.histories[number]), read_table(paths.outputs[number])
    figure = plots.genetic(history, outputs, unit, snakemake.wildcards.direction)
    plots.save(figure, output.genetic[number], output.genetic_png[number])
    figure = plots.enrichment(read_table(paths.tables[number]), ppms, params.q_value)
    plots.save(figure, output.enrichment[number], output.enrichment_png[number])
