"""Tables: all models and seeds, and how the model that is interpreted differs from the others on the same resamples."""

import json
from itertools import product
from pathlib import Path

import pandas as pd
from cam import logs
from cam.evaluation.binding import compare
from cam.evaluation.bootstrap import blocks_of
from cam.evaluation.summaries import summarise, with_spread
from cam.io.tables import read_table, write_table

log = logs.start(snakemake.log[0])
params, output = snakemake.params, snakemake.output
runs = list(product(params.models, params.seeds))
metrics = {run: json.loads(Path(path).read_text()) for run, path in zip(runs, snakemake.input.metrics, strict=True)}
regions = read_table(snakemake.input.regions, dtype={"chrom": str, "name": str})
blocks, _ = blocks_of(regions[regions["split"] == "test"])
models, targets = {}, [target for target in params.targets if target in metrics[runs[0]]["test"]]
for run, path in zip(runs, snakemake.input.predictions, strict=True):
    table = read_table(path, dtype={f"{target}.probability": "float32" for target in targets})
    labels = table[[f"{target}.label" for target in targets]].to_numpy(float)
    probabilities = table[[f"{target}.probability" for target in targets]].to_numpy()
    models[run] = probabilities, [metrics[run]["test"][target]["threshold"] for target in targets]

parts = []
for other, seed in runs:
    if other != params.model:
        pair = models[params.model, seed], models[other, seed]
        found = compare(labels, *pair, targets, seed=params.seed, blocks=blocks)
        parts.append(pd.DataFrame({"model": params.model, "other": other, "seed": seed, **found}))
columns = ["model", "other", "seed", "target", "metric", "difference", "low", "high"]
summary = summarise(metrics)
comparison = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
write_table(summary, output.summary)
write_table(with_spread(comparison, ["difference"], ["model", "other"], ["target", "metric"]), output.comparison)
log.info("test regions, mean of the targets\n%s", summary.to_string(index=False))
