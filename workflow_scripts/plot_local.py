"""Figure: what every unit contributes to the predictions of single regions, and where in them it fired."""

from cam import logs, plots
from cam.interpretation.lineages import read_lineages
from cam.io.tables import read_table
from cam.motifs.formats import read_motifs

logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
figure = (plots.local if params.binding else plots.local_profiles)(
    read_table(paths.contributions, dtype={"region": str, "target": str}),
    read_table(paths.sites, dtype={"region": str, "target": str}),
    read_table(paths.annotation),
    {motif.matrix_id: motif.ppm for motif in read_motifs(paths.motifs)[0]},
    params.width,
    read_lineages(paths.lineages) if paths.lineages else None,
)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
