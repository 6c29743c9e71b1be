"""A sentence per unit: what it detects, and for which targets it counts."""

from itertools import product

from cam import logs
from cam.design.enrichment import enriched_motifs
from cam.interpretation.effects import read_effects
from cam.interpretation.sentences import describe, recurrences
from cam.io.tables import read_table, write_table
from cam.sources.target_tables import read_lineages

log = logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
runs = product(params.units, params.directions)
tables = {run: read_table(path) for run, path in zip(runs, paths.enrichment, strict=True)}
table = describe(
    read_table(paths.detectors),
    read_table(paths.motifs),
    read_effects(paths.effects),
    enriched_motifs(read_table(paths.genetic), tables, read_table(paths.thresholds), params.q_value) if tables else {},
    recurrences(*map(read_table, paths.consistency), params.seed) if paths.consistency else None,
    read_lineages(paths.lineages),
    read_table(paths.families, ["cluster", "motif_id"]).set_index("motif_id")["cluster"].to_dict(),
)
write_table(table, snakemake.output.table)
log.info("what the units detect\n%s", "\n".join(table["sentence"]))
