"""The genome as plain FASTA, with its index and the lengths of its chromosomes."""

from cam import logs
from cam.data.sequences import unpack_genome
from cam.io.files import watch

log = logs.start(snakemake.log[0])
expect_unchanged = watch(snakemake.input)
lengths = unpack_genome(snakemake.input.packed, snakemake.output.genome, snakemake.output.sizes)
expect_unchanged()
log.info("%d sequences, %d bp", len(lengths), sum(lengths.values()))
