"""Known motifs, and clusters of them, in the artificial sequences of a unit or a target: enriched, or lost."""

import json
from pathlib import Path

import pandas as pd
from cam import logs
from cam.bases import encode
from cam.design.enrichment import CLUSTER_COLUMNS, COLUMNS, enrich, enrich_clusters
from cam.io.fasta import read_fasta
from cam.io.tables import read_table, write_table
from cam.motifs.formats import read_motifs

log = logs.start(snakemake.log[0])
paths, output = snakemake.input, snakemake.output
run = json.loads(Path(paths.run).read_text())
if run["output_unchanged"]:
    table, clusters = pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=CLUSTER_COLUMNS)
    log.info("the output is unchanged: there is nothing to compare")
else:
    motifs, _ = read_motifs(paths.database)
    kinds = ["fasta", "random"] + ["start"] * (run["start"] != "random")
    codes = [encode([sequence for _, sequence in read_fasta(paths[kind])]) for kind in kinds]
    table = enrich(motifs, *codes[:2], snakemake.params.p_value, *codes[2:])
    clusters = enrich_clusters(table, read_table(paths.clusters, ["cluster", "motif_id"]))
    log.info("from %s sequences\n%s", run["start"], clusters.head(5).to_string(index=False))
    table = table.drop(columns=[column for column in table if column.endswith("per_sequence")])
write_table(table, output.table)
write_table(clusters, output.clusters)
