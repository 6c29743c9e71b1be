"""Figure: the motifs that come back in replicates, with their logos."""

from cam import logs, plots
from cam.io.tables import read_table
from cam.motifs.formats import read_motifs

logs.start(snakemake.log[0])
seeds, paths = snakemake.params.seeds, snakemake.input
ppms = {
    (seed, motif.matrix_id): motif.ppm
    for seed, path in zip(seeds, paths.motifs, strict=True)
    for motif in read_motifs(path)[0]
}
figure = plots.consistency(read_table(paths.table), read_table(paths.members), ppms, seeds)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
