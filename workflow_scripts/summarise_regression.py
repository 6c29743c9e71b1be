"""Tables: all models and seeds, and how the model that is interpreted differs from the others on the same resamples."""

import json
from itertools import product
from pathlib import Path

import pandas as pd
from cam import logs
from cam.evaluation.bootstrap import blocks_of
from cam.evaluation.regression import BOOTSTRAPPED, compare
from cam.evaluation.summaries import summarise, with_spread
from cam.io.tables import read_table, write_table

log = logs.start(snakemake.log[0])
params, output = snakemake.params, snakemake.output
runs = list(product(params.models, params.seeds))
metrics = {run: json.loads(Path(path).read_text()) for run, path in zip(runs, snakemake.input.metrics, strict=True)}
columns = ["chrom", "start", "end", "split"]
regions = read_table(snakemake.input.regions, usecols=columns, dtype={"chrom": str})
blocks, _ = blocks_of(regions[regions["split"] == "test"])
paths = dict(zip(runs, snakemake.input.predictions, strict=True))


def read(run, kind):
    """The values or predictions of the test regions, shape (n, n_targets)."""
    names = [f"{target}.{kind}" for target in params.targets]
    return read_table(paths[run], usecols=names, dtype="float32")[names].to_numpy()


parts = []
for other, seed in runs:
    if other != params.model:
        own = params.model, seed
        found = compare(
            read(own, "value"), read(own, "prediction"), read((other, seed), "prediction"), params.targets,
            seed=params.seed, blocks=blocks,
        )  # fmt: skip
        parts.append(pd.DataFrame({"model": params.model, "other": other, "seed": seed, **found}))
columns = ["model", "other", "seed", "target", "metric", "difference", "low", "high"]
summary = summarise(metrics, BOOTSTRAPPED, ["mean_profile"])
write_table(summary, output.summary)
comparison = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
write_table(with_spread(comparison, ["difference"], ["model", "other"], ["target", "metric"]), output.comparison)
log.info("test regions\n%s", summary.to_string(index=False))
