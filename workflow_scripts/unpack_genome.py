"""The genome as plain FASTA, with its index and the lengths of its chromosomes."""

import shutil

from cam import logs
from cam.files import atomic, read_text, watch, write_text
from pyfaidx import Faidx

log = logs.start(snakemake.log[0])
expect_unchanged = watch(snakemake.input)
with read_text(snakemake.input.packed) as text, atomic(snakemake.output.genome) as part, open(part, "wb") as fasta:
    shutil.copyfileobj(text.buffer, fasta, 2**20)
    expect_unchanged()
with Faidx(snakemake.output.genome) as genome, write_text(snakemake.output.sizes) as text:
    for chrom, record in genome.index.items():
        text.write(f"{chrom}\t{record.rlen}\n")
    log.info("%d sequences, %d bp", len(genome.index), sum(record.rlen for record in genome.index.values()))
