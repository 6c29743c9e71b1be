"""Figures: the families of known motifs that are most enriched in artificial sequences, for each run."""

from cam import logs, plots
from cam.io.records import read_record
from cam.io.tables import read_table
from cam.motifs.formats import read_motifs

logs.start(snakemake.log[0])
paths, output = snakemake.input, snakemake.output
ppms = {motif.matrix_id: motif.ppm for motif in read_motifs(paths.database)[0]}
for number, path in enumerate(logs.progress(paths.runs, desc="figures")):
    run, families = read_record(path), read_table(paths.clusters[number])
    figure = plots.enrichment(
        families, ppms, run["subject"], run["direction"], snakemake.params.q_value, run["output_unchanged"]
    )
    plots.save(figure, output.svg[number], output.png[number])
