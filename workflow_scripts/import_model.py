"""Make a model of ours of one that was trained elsewhere."""

from pathlib import Path

import pandas as pd
from cam import logs
from cam.io.files import watch
from cam.io.tables import write_table
from cam.models.explainn import read_explainn
from cam.models.storage import describe, for_targets, load_cam, save_model

log = logs.start(snakemake.log[0])
params = snakemake.params
stated = dict(params.architecture)
architecture = stated.pop("architecture")
expect_unchanged = watch(snakemake.input)
if snakemake.input.weights.endswith(".safetensors"):
    stored, origin = load_cam(snakemake.input.weights)
    model, settings, strands = for_targets(stored, origin, params.targets), origin["settings"], origin["strands"]
else:
    model, settings = read_explainn(snakemake.input.weights, params.length, params.targets, **stated)
    strands = "both"
log.info("%d units and %d targets from %s", model.units, len(params.targets), snakemake.input.weights)
expect_unchanged()
description = describe(architecture, settings, params.length, params.targets, params.task, strands)
description["weights"] = Path(snakemake.input.weights).name
columns = ["epoch", "train_loss", "validation_loss", "learning_rate", "seconds"]
write_table(pd.DataFrame(columns=columns), snakemake.output.history)
save_model(snakemake.output.model, model, description)
