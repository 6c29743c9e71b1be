"""Tomtom: the known motifs that each unit's motif resembles, and the best of them."""

from cam import logs
from cam.io.files import watch
from cam.io.tables import write_table
from cam.motifs.formats import read_motifs
from cam.motifs.tomtom import annotate, compare

log = logs.start(snakemake.log[0])
expect_unchanged = watch(snakemake.input)
units, background = read_motifs(snakemake.input.units)
database, _ = read_motifs(snakemake.input.database)
table = compare(units, database, snakemake.params.backend, background)
annotation = annotate(table, database, [unit.matrix_id for unit in units], snakemake.params.q_value)
expect_unchanged()
write_table(table, snakemake.output.table)
write_table(annotation, snakemake.output.annotation)
log.info("best matches\n%s", annotation.to_string(index=False))
