"""JASPAR's CORE vertebrate profiles as a MEME file."""

from cam import logs
from cam.motifs import UNIFORM, jaspar_motifs, write_meme

log = logs.start(snakemake.log[0])
motifs = jaspar_motifs(snakemake.wildcards.release)
write_meme(snakemake.output.meme, motifs, UNIFORM)
log.info("%s: %d profiles", snakemake.wildcards.release, len(motifs))
