"""Predictions of real numbers by a trained model on validation and test regions, and their correlations."""

import json

import pandas as pd
import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.evaluation.bootstrap import blocks_of
from cam.evaluation.regression import intervals, pearson, regression, with_profile
from cam.evaluation.summaries import training_record
from cam.io.files import write_text
from cam.io.tables import read_table, write_table
from cam.models.predict import predict
from cam.models.storage import load_model

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
dataset = load_dataset(snakemake.input.dataset)
targets = dataset.targets
model, description = load_model(snakemake.input.model)
history = read_table(snakemake.input.history)
columns = ["chrom", "start", "end", "name", "split"]
regions = read_table(snakemake.input.regions, usecols=columns, dtype={"chrom": str, "name": str})
regions = regions[regions["split"] == "test"]
blocks, size = blocks_of(regions)

profile = dataset.part("train")[1].mean(axis=0, dtype=float)
metrics = {}
for part in ("validation", "test"):
    codes, values = dataset.part(part)
    predicted = predict(model, codes)
    metrics[part] = regression(values, predicted, profile, targets)
found = intervals(values, predicted, targets, seed=snakemake.params.seed, blocks=blocks)
for name, of_name in found.items():
    metrics["test"][name] |= of_name
metrics["test"]["macro"] |= {"blocks": int(blocks.max()) + 1, "block_size": size}
metrics["training"] = training_record(history, description, model)
columns = {
    "name": regions["name"],
    "pearson": pearson(values, predicted, axis=1),
    "mean_profile": with_profile(values, profile),
}
for t, target in enumerate(targets):
    columns |= {f"{target}.value": values[:, t], f"{target}.prediction": predicted[:, t]}
write_table(pd.DataFrame(columns), snakemake.output.predictions, float_format="%.9g")  # all digits of a float32
with write_text(snakemake.output.metrics) as text:
    json.dump(metrics, text, indent=1)
log.info("test, mean over regions of their correlations: %s", metrics["test"]["macro"]["region_pearson"])
