"""Predictions of a trained model on validation and test regions, and their metrics."""

import json

import pandas as pd
import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.evaluation.binding import best_threshold, binding, intervals
from cam.evaluation.bootstrap import blocks_of
from cam.evaluation.summaries import training_record
from cam.io.files import write_text
from cam.io.tables import read_table, write_table
from cam.models.predict import predict
from cam.models.storage import load_model
from scipy.special import expit

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
dataset = load_dataset(snakemake.input.dataset)
targets = dataset.targets
model, description = load_model(snakemake.input.model)
history = read_table(snakemake.input.history)
regions = read_table(snakemake.input.regions, dtype={"chrom": str, "name": str})
regions = regions[regions["split"] == "test"]
blocks, size = blocks_of(regions)

metrics = {}
for part in ("validation", "test"):
    codes, labels = dataset.part(part)
    probabilities = expit(predict(model, codes))
    if part == "validation":
        thresholds = [best_threshold(labels[:, t], probabilities[:, t]) for t in range(len(targets))]
    metrics[part] = binding(labels, probabilities, thresholds, targets)
found = intervals(labels, probabilities, thresholds, targets, seed=snakemake.params.seed, blocks=blocks)
for name, of_name in found.items():
    metrics["test"][name] |= of_name
metrics["test"]["macro"] |= {"blocks": int(blocks.max()) + 1, "block_size": size}
metrics["training"] = training_record(history, description, model)
predictions = pd.DataFrame({"name": regions["name"]})
for t, target in enumerate(targets):
    predictions[f"{target}.label"] = labels[:, t]
    predictions[f"{target}.probability"] = probabilities[:, t]
write_table(predictions, snakemake.output.predictions, float_format="%.9g")  # all digits of a float32
with write_text(snakemake.output.metrics) as text:
    json.dump(metrics, text, indent=1)
log.info("test AUROC, macro: %.4f", metrics["test"]["macro"]["auroc"])
