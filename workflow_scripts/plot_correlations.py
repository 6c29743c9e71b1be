"""Figures: correlations of regions and of cell types, losses; CAM beside the baseline."""

import json
from itertools import product
from pathlib import Path

import pandas as pd
from cam import logs, plots
from cam.interpretation.lineages import read_lineages
from cam.io.tables import read_table

logs.start(snakemake.log[0])
params, output = snakemake.params, snakemake.output
runs = list(product(params.models, params.seeds))
metrics = {run: json.loads(Path(path).read_text()) for run, path in zip(runs, snakemake.input.metrics, strict=True)}
histories = {run: read_table(path) for run, path in zip(runs, snakemake.input.histories, strict=True)}
paths = snakemake.input.predictions
found = {
    run: read_table(path, usecols=["pearson"])["pearson"].to_numpy(float) for run, path in zip(runs, paths, strict=True)
}
# The values of the regions, and how the mean training region correlates with them, are the same whatever the model.
values = read_table(paths[0], usecols=["mean_profile", *(f"{target}.value" for target in params.targets)], dtype=float)
mean_profile = values.pop("mean_profile").to_numpy()
scores = {
    model: pd.DataFrame(
        [
            (score["centred_pearson"], *(score["centred_pearson_interval"] or (None, None)))
            for score in (metrics[model, params.seed]["test"][target] for target in params.targets)
        ],
        index=params.targets,
        columns=["centred_pearson", "low", "high"],
    )
    for model in params.models
}
best_epochs = {run: of_run["training"]["best_epoch"] for run, of_run in metrics.items()}
figure = plots.correlations(
    found, mean_profile, values.std(axis=1, ddof=0).to_numpy(), params.model, params.seed, params.well_predicted
)
plots.save(figure, output.correlations, output.correlations_png)
lineages = read_lineages(snakemake.input.lineages) if snakemake.input.lineages else None
figure = plots.cell_types(scores, lineages)
plots.save(figure, output.cell_types, output.cell_types_png)
figure = plots.training_history(histories, best_epochs, params.losses)
plots.save(figure, output.history, output.history_png)
