"""What every unit contributes to the predictions of single regions, and where in them it fired."""

import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.data.split import SPLITS
from cam.interpretation.responses import peak_activations
from cam.interpretation.single_regions import choose_regions, contribution_table, find_regions, firing_sites
from cam.io.tables import read_table, write_table
from cam.models.predict import predict
from cam.models.storage import load_cam

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
params, choice = snakemake.params, snakemake.wildcards.choice
model, _ = load_cam(snakemake.input.model)
dataset = load_dataset(snakemake.input.dataset)
regions = read_table(snakemake.input.regions, dtype={"chrom": str, "name": str})
test = (dataset.split == SPLITS.index("test")).nonzero()[0]
if params.names is None:
    predicted = predict(model, dataset.sequences[test])
    rows = test[choose_regions(choice, dataset.labels[test], predicted, params.regions, params.seed, params.binding)]
else:
    rows = find_regions(params.names, regions)

names, codes = regions["name"].to_numpy()[rows], dataset.sequences[rows]
outputs, weights = predict(model.unit_outputs, codes), model.final_weights().detach().numpy()
bias = model.final.bias.detach().numpy()
table = contribution_table(names, dataset.labels[rows], outputs, weights, bias, dataset.targets, params.binding)
maxima = peak_activations(model, dataset.sequences[test]).max(axis=0)
sites = firing_sites(model, codes, names, dataset.targets, maxima, params.threshold, binding=params.binding)
write_table(table, snakemake.output.contributions, float_format="%.12g")  # so that what is printed adds up
write_table(sites, snakemake.output.sites)
log.info("%s: %d regions, %d sites", choice, len(rows), len(sites))
