"""Which units serve which lineages: tests of their weights, regulators, clusters of units, and pairs that cooperate."""

import pandas as pd
from cam import logs
from cam.interpretation.effects import relative
from cam.interpretation.lineages import cluster_units, leading_lineages, lineage_tests, unit_pairs
from cam.interpretation.regulators import lineage_regulators, name_units, recurrences_in_lineage
from cam.interpretation.responses import load_responses
from cam.io.tables import read_table, write_table
from cam.motifs.factors import expect_profiles
from cam.motifs.formats import read_motifs
from cam.sources.target_tables import read_lineages, read_regulators
from cam.units import unit_names

log = logs.start(snakemake.log[0])
paths, params, output = snakemake.input, snakemake.params, snakemake.output
table, detected = read_lineages(paths.lineages), read_table(paths.detectors)
replicates = {seed: load_responses(path, units=True) for seed, path in zip(params.seeds, paths.responses, strict=True)}
own = replicates[params.seed]
lineages = table.set_index("target")["lineage"].loc[list(own.targets)].to_numpy()
known = pd.DataFrame(columns=["tf", "lineage"])
if paths.regulators:
    known = read_regulators(paths.regulators, table["lineage"])
units = unit_names(own.weights.shape[1])
weights = {
    seed: pd.DataFrame(relative(found.weights), list(found.targets), units) for seed, found in replicates.items()
}
leading = {seed: leading_lineages(of_seed, lineages) for seed, of_seed in weights.items()}
effects = pd.DataFrame(relative(own.effects), list(own.targets), units)

tests = lineage_tests(weights[params.seed], lineages)
database, _ = read_motifs(paths.database)
if paths.regulators:
    expect_profiles(known["tf"], database, (paths.regulators, paths.database))
named = name_units(detected, read_table(paths.matches), database, known, leading[params.seed], params.q_value)
recurring = {}
if paths.consistency:
    recurring = recurrences_in_lineage(read_table(paths.consistency[0]), leading, params.seed)
regulators = lineage_regulators(tests, effects, lineages, named, recurring, len(params.seeds))
clusters = cluster_units(effects, lineages, tests, named)
families = read_table(paths.motif_clusters, ["cluster", "motif_id"])
pairs = unit_pairs(clusters, effects, own.fired, named, families)
write_table(tests, output.tests)
write_table(regulators, output.regulators)
write_table(clusters, output.clusters)
write_table(pairs, output.pairs)
write_table(named, output.units)
log.info("regulators\n%s", regulators[["lineage", "unit", "tf", "q_value", "effect"]].to_string(index=False))
