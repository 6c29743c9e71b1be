"""Figure: the known regulators that came back, with their motifs and the replicates."""

from cam import logs, plots
from cam.io.tables import read_table
from cam.motifs.formats import read_motifs
from cam.sources.target_tables import read_lineages

logs.start(snakemake.log[0])
paths = snakemake.input
units = {
    (seed, motif.matrix_id): motif.ppm
    for seed, path in zip(snakemake.params.seeds, paths.motifs, strict=True)
    for motif in read_motifs(path)[0]
}
database = {motif.matrix_id: motif.ppm for motif in read_motifs(paths.database)[0]}
figure = plots.known_regulators(read_table(paths.table), units, database, read_lineages(paths.lineages))
plots.save(figure, snakemake.output.svg, snakemake.output.png)
