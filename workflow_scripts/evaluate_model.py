"""Predictions of a trained model on validation and test regions, and their metrics."""

import json

import pandas as pd
import torch
from cam import logs
from cam.dataset import load_dataset
from cam.files import read_table, write_table, write_text
from cam.metrics import best_threshold, binding, intervals, training_record
from cam.models import load_model
from cam.training import predict
from scipy.special import expit

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
dataset = load_dataset(snakemake.input.dataset)
targets = dataset.targets
model, description = load_model(snakemake.input.model)
history = read_table(snakemake.input.history)

metrics = {}
for part in ("validation", "test"):
    codes, labels = dataset.part(part)
    probabilities = expit(predict(model, codes))
    if part == "validation":
        thresholds = [best_threshold(labels[:, t], probabilities[:, t]) for t in range(len(targets))]
    metrics[part] = binding(labels, probabilities, thresholds, targets)
for name, found in intervals(labels, probabilities, thresholds, targets, seed=snakemake.params.seed).items():
    metrics["test"][name] |= found
metrics["training"] = training_record(history, description, model)
regions = read_table(snakemake.input.regions, dtype={"chrom": str, "name": str})
predictions = pd.DataFrame({"name": regions.loc[regions["split"] == "test", "name"]})
for t, target in enumerate(targets):
    predictions[f"{target}.label"] = labels[:, t]
    predictions[f"{target}.probability"] = probabilities[:, t]
write_table(predictions, snakemake.output.predictions, float_format="%.9g")  # all digits of a float32
with write_text(snakemake.output.metrics) as text:
    json.dump(metrics, text, indent=1)
log.info("test AUROC, macro: %.4f", metrics["test"]["macro"]["auroc"])
