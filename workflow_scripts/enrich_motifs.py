"""Known motifs in the artificial sequences of one unit, against random sequences."""

from cam import logs
from cam.enrichment import enrich
from cam.files import read_fasta, write_table
from cam.motifs import read_meme
from cam.sequences import encode

log = logs.start(snakemake.log[0])
motifs, _ = read_meme(snakemake.input.database)
artificial = encode([sequence for _, sequence in read_fasta(snakemake.input.fasta)])
random = encode([sequence for _, sequence in read_fasta(snakemake.input.random)])
table = enrich(motifs, artificial, random, snakemake.params.p_value)
write_table(table, snakemake.output.table)
log.info("most enriched\n%s", table.head(5).to_string(index=False))
