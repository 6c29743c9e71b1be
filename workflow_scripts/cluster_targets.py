"""Which targets use the same units, in every replicate of the interpreted model."""

import numpy as np
import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.evaluation.regression import centre
from cam.interpretation.cooperativity import co_use, contribution_profiles, cooperativity_tables, group_targets
from cam.interpretation.effects import profiles
from cam.io.tables import write_table
from cam.logs import progress
from cam.models.predict import predict
from cam.models.storage import load_cam

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
dataset = load_dataset(snakemake.input.dataset)
codes, labels = dataset.part("test")
binding = snakemake.params.binding
if not binding:
    labels = centre(labels)
by_weights, by_contributions, used_together = [], [], []
for path in progress(snakemake.input.models, unit="replicate"):
    model, _ = load_cam(path)
    weights, outputs = model.final_weights().detach().numpy(), predict(model.unit_outputs, codes)
    if not binding:
        weights = profiles(weights)
    by_weights.append(weights * outputs.std(0))
    by_contributions.append(contribution_profiles(weights, outputs, labels))
    used_together.append(co_use(weights, outputs))
seed, seeds = snakemake.params.seed, snakemake.params.seeds
pairs, groups, trees = cooperativity_tables(
    dataset.targets,
    group_targets(by_weights, seed),
    group_targets(by_contributions, seed),
    np.median(used_together, axis=0),
    seeds,
)
write_table(pairs, snakemake.output.pairs)
write_table(groups, snakemake.output.clusters)
write_table(trees, snakemake.output.trees)
log.info("%d test regions, %d replicates\n%s", len(codes), len(by_weights), groups.to_string(index=False))
