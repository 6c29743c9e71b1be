"""Figures: how well the CAM and the baseline predict the test regions, and their losses."""

from itertools import product

from cam import logs, plots
from cam.interpretation.responses import load_responses
from cam.io.records import read_record
from cam.io.tables import read_table
from cam.sources.target_tables import read_lineages

logs.start(snakemake.log[0])
paths, params, output = snakemake.input, snakemake.params, snakemake.output
runs = list(product(params.models, params.seeds))
metrics = {run: read_record(path) for run, path in zip(runs, paths.metrics, strict=True)}
responses = {run: load_responses(path) for run, path in zip(runs, paths.responses, strict=True)}
if responses[runs[0]].task == "binding":
    figures = plots.binding_performance(responses, metrics, params.seed)
else:
    lineages = read_lineages(paths.lineages)
    figures = plots.regression_performance(
        responses, metrics, params.seed, params.model, params.well_predicted, params.losses, lineages
    )
histories = {run: read_table(path) for run, path in zip(runs, paths.histories, strict=True)}
best_epochs = {run: found["training"]["best_epoch"] for run, found in metrics.items()}
figures["history"] = plots.training_history(histories, best_epochs, params.losses)
for name in figures.keys() & set(output.keys()):
    plots.save(figures[name], output[name], output[f"{name}_png"])
