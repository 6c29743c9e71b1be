"""Train one model from one seed."""

from functools import partial
from pathlib import Path

import pandas as pd
import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.io.tables import write_table
from cam.models.predict import choose_device
from cam.models.storage import build, describe, load_cam, save_model
from cam.motifs.formats import read_motifs
from cam.motifs.initial import known_filters, names_of
from cam.training.controls import shuffle_labels
from cam.training.loop import Settings, environment, train

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
settings, training = dict(snakemake.params.architecture), Settings(**snakemake.params.training)
architecture, seed = settings.pop("architecture"), int(snakemake.wildcards.seed)
device, known, filters = choose_device(snakemake.resources.device), [], None
dictionary, origin = load_cam(*snakemake.input.dictionary, device) if snakemake.input.dictionary else (None, None)
if snakemake.input.initial:
    n_filters, (motifs, _) = settings["units"] * training.starts, read_motifs(*snakemake.input.initial)
    known, filters = known_filters(motifs, n_filters, settings["filter_length"])
dataset = load_dataset(snakemake.input.dataset)
dataset = shuffle_labels(dataset, seed) if snakemake.params.get("shuffled") else dataset
length, targets = dataset.sequences.shape[1], dataset.targets
make_model = partial(build, architecture, length, len(targets), **settings)
checkpoint = Path(snakemake.output.model).with_name("checkpoint.safetensors")
model, history, best_epoch = train(make_model, dataset, training, seed, device, checkpoint, filters, dictionary)
log.info("%s trained on %s; best epoch %d", architecture, device, best_epoch)
description = describe(
    architecture, settings, length, targets, dataset.task, training.strands, device.type, best_epoch, training.starts,
    environment(device), names_of(known, model.origins), origin,
)  # fmt: skip
write_table(pd.DataFrame(history), snakemake.output.history)
save_model(snakemake.output.model, model, description)
checkpoint.unlink(missing_ok=True)  # there is none where nothing but the final weights was fitted
