"""Known motifs that are much alike, in families."""

from cam import logs
from cam.io.tables import write_table
from cam.motifs.families import find_families
from cam.motifs.formats import read_motifs

log = logs.start(snakemake.log[0])
motifs, _ = read_motifs(snakemake.input.database)
table = find_families(motifs)
write_table(table, snakemake.output.table)
sizes = table["cluster"].value_counts(sort=False)
log.info("%d motifs in %d families\n%s", len(table), len(sizes), sizes.head(10).to_string())
