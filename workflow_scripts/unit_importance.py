"""The contributions of every unit over the test regions that activate it, and over the others."""

import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.interpretation.contributions import unit_importance
from cam.interpretation.effects import profiles
from cam.interpretation.responses import peak_activations
from cam.io.tables import write_table
from cam.models.predict import predict
from cam.models.storage import load_cam

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
model, _ = load_cam(snakemake.input.model)
dataset = load_dataset(snakemake.input.dataset)
codes, _ = dataset.part("test")
outputs, peaks = predict(model.unit_outputs, codes), peak_activations(model, codes)
weights = model.final_weights().detach().numpy()
if not snakemake.params.binding:
    weights = profiles(weights)
table = unit_importance(outputs, peaks, weights, dataset.targets, snakemake.params.threshold)
write_table(table, snakemake.output.table)
log.info("%d units on %d test regions", model.units, len(codes))
