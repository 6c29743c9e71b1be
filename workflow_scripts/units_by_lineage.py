"""Which units serve which lineages: tests of their weights, regulators, groups of units, and pairs that cooperate."""

import pandas as pd
from cam import logs
from cam.interpretation.regulators import lineage_tables
from cam.interpretation.responses import load_responses
from cam.io.tables import read_table, write_table
from cam.motifs.factors import expect_profiles
from cam.motifs.formats import read_motifs
from cam.sources.target_tables import read_lineages, read_regulators

log = logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
lineages, regulators = read_lineages(paths.lineages), pd.DataFrame(columns=["tf", "lineage"])
if paths.regulators:
    regulators = read_regulators(paths.regulators, lineages["lineage"])
database, _ = read_motifs(paths.database)
expect_profiles(regulators["tf"], database, (paths.regulators, paths.database))
tables = lineage_tables(
    {seed: load_responses(path, units=True) for seed, path in zip(params.seeds, paths.responses, strict=True)},
    params.seed,
    lineages,
    read_table(paths.detectors),
    read_table(paths.matches),
    database,
    regulators,
    read_table(paths.families, ["cluster", "motif_id"]),
    read_table(paths.members[0], ["motif", "seed", "unit"]) if paths.members else None,
    params.q_value,
)
for name, table in tables.items():
    write_table(table, snakemake.output[name])
found = tables["regulators"][["lineage", "unit", "tf", "q_value", "effect"]]
log.info("regulators\n%s", found.to_string(index=False))
