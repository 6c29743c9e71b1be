"""Figure: what each unit detects, and for which targets it counts."""

from cam import logs, plots
from cam.interpretation.effects import effects
from cam.interpretation.lineages import read_lineages
from cam.io.tables import read_table
from cam.motifs.formats import read_motifs

logs.start(snakemake.log[0])
paths, binding = snakemake.input, snakemake.params.binding
detected = read_table(paths.detectors)
figure = plots.units(
    detected,
    effects(read_table(paths.weights), detected.set_index("unit")["output_sd"], binding),
    {motif.matrix_id: motif.ppm for motif in read_motifs(paths.motifs)[0]},
    read_lineages(paths.lineages) if paths.lineages else None,
    binding,
)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
