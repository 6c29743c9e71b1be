"""Which units serve which lineages: tests of their weights, regulators, clusters of units, and pairs that cooperate."""

import pandas as pd
import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.interpretation.effects import effects, profiles
from cam.interpretation.lineages import read_lineages
from cam.interpretation.regulators import (
    cluster_units,
    leading_lineages,
    lineage_regulators,
    lineage_tests,
    name_units,
    read_regulators,
    recurrences_in_lineage,
    unit_pairs,
)
from cam.interpretation.responses import peak_activations
from cam.io.tables import read_table, write_table
from cam.models.storage import load_cam
from cam.motifs.factors import expect_profiles
from cam.motifs.formats import read_motifs

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
paths, params, output = snakemake.input, snakemake.params, snakemake.output
weights, detected = read_table(paths.weights), read_table(paths.detectors)
table = read_lineages(paths.lineages)
lineages = table.set_index("target")["lineage"].loc[weights["target"]].to_numpy()
known = pd.DataFrame(columns=["tf", "lineage"])
if paths.regulators:
    known = read_regulators(paths.regulators, table["lineage"])


def leading(path):
    return leading_lineages(profiles(read_table(path).set_index("target")), lineages)


moved = effects(weights, detected.set_index("unit")["output_sd"], binding=False)
tests = lineage_tests(profiles(weights.set_index("target")), lineages)
database, _ = read_motifs(paths.database)
if paths.regulators:
    expect_profiles(known["tf"], database, (paths.regulators, paths.database))
matches = read_table(paths.matches)
named = name_units(detected, matches, database, known, leading(paths.weights), params.q_value)
replicates = {}
if paths.consistency:
    of_seed = {seed: leading(path) for seed, path in zip(params.seeds, paths.replicate_weights, strict=True)}
    replicates = recurrences_in_lineage(read_table(paths.consistency[0]), of_seed, params.seed)
regulators = lineage_regulators(tests, moved, lineages, named, replicates, len(params.seeds))
clusters = cluster_units(moved, lineages, tests, named)

model, _ = load_cam(paths.model)
codes, _ = load_dataset(paths.dataset).part("test")
peaks = peak_activations(model, codes)
fired = peaks > params.threshold * peaks.max(axis=0)
pairs = unit_pairs(clusters, moved, fired, named, read_table(paths.motif_clusters, ["cluster", "motif_id"]))
write_table(tests, output.tests)
write_table(regulators, output.regulators)
write_table(clusters, output.clusters)
write_table(pairs, output.pairs)
write_table(named, output.units)
log.info("regulators\n%s", regulators[["lineage", "unit", "tf", "q_value", "effect"]].to_string(index=False))
