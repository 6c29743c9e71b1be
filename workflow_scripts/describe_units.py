"""A sentence per unit: what it detects, and for which targets it counts."""

from itertools import product

from cam import logs
from cam.description import describe, recurrences
from cam.files import read_table, write_table

log = logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
enriched = {}
for run, path in zip(product(params.units, params.directions), paths.enrichment, strict=True):
    table = read_table(path)
    found = table[(table["q_value"] < params.q_value) & (table["log2_ratio"] > 0)]
    if len(found):
        enriched[run] = found["tf"].iloc[0], found["q_value"].iloc[0]
table = describe(
    read_table(paths.detectors),
    read_table(paths.motifs),
    read_table(paths.weights),
    enriched,
    recurrences(read_table(paths.consistency[0]), params.seed) if paths.consistency else None,
)
write_table(table, snakemake.output.table)
log.info("what the units detect\n%s", "\n".join(table["sentence"]))
