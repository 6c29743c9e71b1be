"""Which motifs come back in how many replicates of the interpreted model."""

from cam import logs
from cam.io.tables import write_table
from cam.motifs.formats import read_motifs
from cam.motifs.matrices import trim
from cam.motifs.replicates import recurring_motifs

log = logs.start(snakemake.log[0])
params, paths = snakemake.params, snakemake.input
read = {seed: read_motifs(path) for seed, path in zip(params.seeds, paths.motifs, strict=True)}
database, _ = read_motifs(paths.database)
replicates = {seed: motifs for seed, (motifs, _) in read.items()}
_, background = read[params.seeds[0]]
table, members = recurring_motifs(replicates, database, params.q_value, params.backend, background)
write_table(table, snakemake.output.table)
write_table(members, snakemake.output.members)
flat = sum(trim(motif.ppm) == slice(0, 0) for motifs in replicates.values() for motif in motifs)
log.info("%d motifs, and %d units without one\n%s", len(table), flat, table.drop(columns="members").to_string())
