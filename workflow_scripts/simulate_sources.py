"""The demo: a genome, and the files of ReMap, UniBind and ENCODE DHS about it."""

from pathlib import Path

from cam import logs
from cam.demo.binding import simulate
from cam.motifs.formats import read_motifs
from pyfaidx import Faidx

log = logs.start(snakemake.log[0])
profiles, _ = read_motifs(snakemake.input.profiles)
params = snakemake.params
planted = simulate(Path(snakemake.output.genome).parent, params.targets, profiles, params.seed, **params.settings)
Faidx(snakemake.output.genome)
log.info("planted sites\n%s", planted.groupby(["tf", "kind", "bound"]).size().to_string())
