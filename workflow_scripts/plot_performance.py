"""Figures: ROC and precision-recall curves, calibration, confusion matrices, losses; CAM beside the baseline."""

import json
from itertools import product
from pathlib import Path

from cam import logs, plots
from cam.io.tables import read_table

logs.start(snakemake.log[0])
params, output = snakemake.params, snakemake.output
runs = list(product(params.models, params.seeds))
metrics = {run: json.loads(Path(path).read_text()) for run, path in zip(runs, snakemake.input.metrics, strict=True)}
targets = [target for target in params.targets if target in metrics[runs[0]]["test"]]
histories = {run: read_table(path) for run, path in zip(runs, snakemake.input.histories, strict=True)}
predictions = {
    model: read_table(path, dtype={f"{target}.probability": "float32" for target in targets})
    for (model, seed), path in zip(runs, snakemake.input.predictions, strict=True)
    if seed == params.seed
}
thresholds = {
    model: {target: metrics[model, params.seed]["test"][target]["threshold"] for target in targets}
    for model in params.models
}
best_epochs = {run: found["training"]["best_epoch"] for run, found in metrics.items()}
losses = dict.fromkeys(params.models, "binding")
plots.save(plots.performance(predictions, targets), output.curves, output.curves_png)
plots.save(plots.calibration(predictions, targets), output.calibration, output.calibration_png)
plots.save(plots.confusion(predictions, thresholds, targets), output.confusion, output.confusion_png)
plots.save(plots.training_history(histories, best_epochs, losses), output.history, output.history_png)
