"""Which targets use the same units, in every replicate of the interpreted model."""

import numpy as np
from cam import logs
from cam.evaluation.regression import centre
from cam.interpretation.cooperativity import co_use, contribution_profiles, cooperativity_tables, group_targets
from cam.interpretation.responses import load_responses
from cam.io.tables import write_table
from cam.logs import progress

log = logs.start(snakemake.log[0])
by_weights, by_contributions, used_together = [], [], []
for path in progress(snakemake.input.responses, unit="replicate"):
    found = load_responses(path, units=True)
    weights, labels = found.effective_weights, centre(found.labels) if found.task == "regression" else found.labels
    by_weights.append(found.effects)
    by_contributions.append(contribution_profiles(weights, found.outputs, labels))
    used_together.append(co_use(weights, found.outputs))
seed, seeds = snakemake.params.seed, snakemake.params.seeds
pairs, groups, trees = cooperativity_tables(
    found.targets,
    group_targets(by_weights, seed),
    group_targets(by_contributions, seed),
    np.median(used_together, axis=0),
    seeds,
)
write_table(pairs, snakemake.output.pairs)
write_table(groups, snakemake.output.groups)
write_table(trees, snakemake.output.trees)
log.info("%d test regions, %d replicates\n%s", len(found.outputs), len(by_weights), groups.to_string(index=False))
