"""JASPAR's CORE profiles of vertebrates, or of another taxon that is named after the release, as a MEME file."""

from cam import logs
from cam.motifs.formats import UNIFORM, jaspar_motifs, write_meme

log = logs.start(snakemake.log[0])
release, _, taxon = snakemake.wildcards.release.partition(".")
motifs = jaspar_motifs(release, taxon or "vertebrates")
write_meme(snakemake.output.meme, motifs, UNIFORM)
log.info("%s: %d profiles", snakemake.wildcards.release, len(motifs))
