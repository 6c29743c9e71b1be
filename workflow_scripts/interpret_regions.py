"""What every unit contributes to the predictions of single regions, and where in them it fired."""

import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.data.split import SPLITS
from cam.interpretation.responses import load_responses
from cam.interpretation.single_regions import choose_regions, contribution_table, find_regions, firing_sites
from cam.io.tables import read_table, write_table
from cam.models.predict import predict
from cam.models.storage import load_cam

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
params, paths, output = snakemake.params, snakemake.input, snakemake.output
model, description = load_cam(paths.model)
dataset, responses = load_dataset(paths.dataset), load_responses(paths.responses, units=True)
regions = read_table(paths.regions, usecols=["chrom", "start", "end", "name"], dtype={"chrom": str, "name": str})
test = (dataset.split == SPLITS.index("test")).nonzero()[0]
targets, task, maxima = dataset.targets, dataset.task, responses.peaks.max(axis=0)
for choice, path, path_of_sites in zip(params.choices, output.contributions, output.sites, strict=True):
    if choice in ("best", "worst", "random"):
        rows = test[choose_regions(choice, responses.labels, responses.logits, params.regions, params.seed, task)]
    else:
        rows = find_regions(params.names if choice == "chosen" else [choice], regions)
    names, codes = regions["name"].to_numpy()[rows], dataset.sequences[rows]
    labels, strands = dataset.labels[rows], description["strands"]
    outputs = predict(model.unit_outputs, codes, strands=strands)
    table = contribution_table(names, labels, outputs, responses.weights, responses.bias, targets, task)
    sites = firing_sites(model, codes, names, targets, maxima, responses.threshold, task=task, strands=strands)
    write_table(table, path, float_format="%.12g")  # so that what is printed adds up
    write_table(sites, path_of_sites)
    log.info("%s: %d regions, %d sites", choice, len(rows), len(sites))
