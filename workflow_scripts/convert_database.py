"""A motif database of the user's own as a MEME file that every program reads, its motifs named after their factors."""

from cam import logs
from cam.io.files import watch
from cam.io.tables import read_table
from cam.motifs.factors import expect_profiles, with_factors
from cam.motifs.formats import read_motifs, write_meme

log = logs.start(snakemake.log[0])
paths = snakemake.input
expect_unchanged = watch(paths)
motifs, background = read_motifs(paths.database)
motifs = with_factors(motifs, snakemake.params.pattern)
if paths.regulators:
    expect_profiles(read_table(paths.regulators, ["tf"], dtype=str)["tf"], motifs, (paths.regulators, paths.database))
expect_unchanged()
write_meme(snakemake.output.meme, motifs, background)
log.info("%s: %d profiles of %d factors", paths.database, len(motifs), len({motif.name.upper() for motif in motifs}))
