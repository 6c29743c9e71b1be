"""The demo of accessibility: a genome, and ImmGen's files about immune cell types in it."""

from pathlib import Path

from cam import logs
from cam.demo.immune import simulate_immune
from cam.motifs.formats import read_motifs
from cam.sources.target_tables import read_lineages
from pyfaidx import Faidx

log = logs.start(snakemake.log[0])
profiles, _ = read_motifs(snakemake.input.profiles)
params = snakemake.params
planted = simulate_immune(
    Path(snakemake.output.genome).parent,
    read_lineages(snakemake.input.lineages),
    profiles,
    params.seed,
    **params.settings,
)
Faidx(snakemake.output.genome)
log.info("planted sites\n%s", planted.groupby("tf").size().to_string())
