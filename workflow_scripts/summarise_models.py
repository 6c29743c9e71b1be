"""Tables: all models and seeds, and how the model that is interpreted differs from the others on the same resamples."""

from itertools import product

import pandas as pd
from cam import logs
from cam.evaluation.bootstrap import read_test_regions
from cam.evaluation.summaries import summarise, with_spread
from cam.evaluation.tasks import compare
from cam.interpretation.responses import load_responses
from cam.io.records import read_record
from cam.io.tables import write_table

log = logs.start(snakemake.log[0])
paths, params, output = snakemake.input, snakemake.params, snakemake.output
runs = list(product(params.models, params.seeds))
metrics = {run: read_record(path) for run, path in zip(runs, paths.metrics, strict=True)}
responses = dict(zip(runs, paths.responses, strict=True))
_, blocks, _ = read_test_regions(paths.regions, paths.groups)
parts = []
for other, seed in runs:
    if other != params.model:
        pair = (load_responses(responses[model, seed]) for model in (params.model, other))
        about = {"model": params.model, "other": other, "seed": seed}
        parts.append(pd.DataFrame({**about, **compare(*pair, params.seed, blocks)}))
columns = ["model", "other", "seed", "target", "metric", "difference", "low", "high"]
comparison = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
summary = summarise(metrics)
write_table(summary, output.summary)
write_table(with_spread(comparison, ["difference"], ["model", "other"], ["target", "metric"]), output.comparison)
log.info("test regions\n%s", summary.to_string(index=False))
