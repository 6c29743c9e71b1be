"""Units like those of the interpreted model, with initial weights."""

import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.models.storage import load_cam, save_model
from cam.motifs.formats import read_motifs
from cam.motifs.initial import known_filters
from cam.training.controls import untrained_cam

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
model, description = load_cam(snakemake.input.model)
codes, _ = load_dataset(snakemake.input.dataset).part("train")
units, initial = snakemake.params.units, ()
if snakemake.input.initial:
    motifs, _ = read_motifs(*snakemake.input.initial)
    _, initial = known_filters(motifs, units, model.filter_length)
untrained = untrained_cam(model, codes, units, snakemake.params.seed, description["strands"], initial)
description["settings"]["units"] = untrained.units
save_model(snakemake.output.model, untrained, description | {"best_epoch": 0})
log.info("%d untrained units", untrained.units)
