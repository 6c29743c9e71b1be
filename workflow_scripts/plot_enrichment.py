"""Figure: the clusters of known motifs that are most enriched in the artificial sequences of a unit or a target."""

import json
from pathlib import Path

from cam import logs, plots
from cam.io.tables import read_table
from cam.motifs.formats import read_motifs

logs.start(snakemake.log[0])
paths, wildcards = snakemake.input, snakemake.wildcards
ppms = {motif.matrix_id: motif.ppm for motif in read_motifs(paths.database)[0]}
clusters, q_value = read_table(paths.clusters), snakemake.params.q_value
unchanged = json.loads(Path(paths.run).read_text())["output_unchanged"]
figure = plots.enrichment(clusters, ppms, wildcards.subject, wildcards.direction, q_value, unchanged)
plots.save(figure, snakemake.output.svg, snakemake.output.png)
