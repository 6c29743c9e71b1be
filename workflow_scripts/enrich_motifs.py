"""Known motifs, and clusters of them, in the artificial sequences of a unit or a target, against random sequences."""

from cam import logs
from cam.enrichment import COLUMNS, enrich, enrich_clusters
from cam.files import read_fasta, read_table, write_table
from cam.motifs import read_meme
from cam.sequences import encode

log = logs.start(snakemake.log[0])
paths, output = snakemake.input, snakemake.output
motifs, _ = read_meme(paths.database)
artificial, random = (encode([sequence for _, sequence in read_fasta(path)]) for path in (paths.fasta, paths.random))
table = enrich(motifs, artificial, random, snakemake.params.p_value)
clusters = enrich_clusters(table, read_table(paths.clusters, ["cluster", "motif_id"]))
write_table(table[COLUMNS], output.table)
write_table(clusters, output.clusters)
log.info("most enriched\n%s", clusters.head(5).to_string(index=False))
