"""Figure: what every unit contributes to the predictions of single regions, and where in them it fired."""

from cam import logs, plots
from cam.files import read_table
from cam.motifs import read_meme

logs.start(snakemake.log[0])
paths = snakemake.input
figure = plots.local(
    read_table(paths.contributions, dtype={"region": str, "target": str}),
    read_table(paths.sites, dtype={"region": str, "target": str}),
    read_table(paths.annotation),
    {motif.matrix_id: motif.ppm for motif in read_meme(paths.motifs)[0]},
    snakemake.params.width,
)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
