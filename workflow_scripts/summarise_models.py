"""Tables: all models and seeds, and how the model that is interpreted differs from the others on the same resamples."""

import json
from itertools import product
from pathlib import Path

import pandas as pd
from cam import logs
from cam.files import read_table, write_table
from cam.metrics import compare, summarise

log = logs.start(snakemake.log[0])
params, output = snakemake.params, snakemake.output
runs = list(product(params.models, params.seeds))
metrics = {run: json.loads(Path(path).read_text()) for run, path in zip(runs, snakemake.input.metrics, strict=True)}
models = {}
for run, path in zip(runs, snakemake.input.predictions, strict=True):
    table = read_table(path, dtype={f"{target}.probability": "float32" for target in params.targets})
    labels = table[[f"{target}.label" for target in params.targets]].to_numpy(float)
    probabilities = table[[f"{target}.probability" for target in params.targets]].to_numpy()
    models[run] = probabilities, [metrics[run]["test"][target]["threshold"] for target in params.targets]

parts = []
for other, seed in runs:
    if other != params.model:
        found = compare(labels, models[params.model, seed], models[other, seed], params.targets, seed=params.seed)
        parts.append(pd.DataFrame({"model": params.model, "other": other, "seed": seed, **found}))
columns = ["model", "other", "seed", "target", "metric", "difference", "low", "high"]
summary = summarise(metrics)
write_table(summary, output.summary)
write_table(pd.concat(parts) if parts else pd.DataFrame(columns=columns), output.comparison)
log.info("test regions, mean of the targets\n%s", summary.to_string(index=False))
