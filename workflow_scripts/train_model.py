"""Train one model from one seed."""

from functools import partial
from pathlib import Path

import pandas as pd
import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.io.tables import write_table
from cam.models.predict import choose_device
from cam.models.storage import build, describe, save_model
from cam.training.controls import shuffle_labels
from cam.training.loop import Settings, environment, train

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
settings, training = dict(snakemake.params.architecture), Settings(**snakemake.params.training)
architecture, seed = settings.pop("architecture"), int(snakemake.wildcards.seed)
device = choose_device(snakemake.resources.device)
dataset = load_dataset(snakemake.input.dataset)
if snakemake.params.get("shuffled"):
    dataset = shuffle_labels(dataset, seed)
length, targets = dataset.sequences.shape[1], dataset.targets
make_model = partial(build, architecture, length, len(targets), **settings)
checkpoint = Path(snakemake.output.model).with_name("checkpoint.safetensors")
model, history, best_epoch = train(make_model, dataset, training, seed, device, checkpoint)
log.info(
    "%s with %d parameters trained on %s; best epoch %d",
    architecture, sum(p.numel() for p in model.parameters()), device, best_epoch,
)  # fmt: skip
description = describe(
    architecture, settings, length, targets, dataset.task, training.strands, device.type, best_epoch, training.starts,
    environment(device),
)  # fmt: skip
write_table(pd.DataFrame(history), snakemake.output.history)
save_model(snakemake.output.model, model, description)
checkpoint.unlink()
