"""How much each filter of a model matters, by nullification, and the time that takes."""

import numpy as np
import pandas as pd
import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.interpretation.nullification import nullify, timed
from cam.interpretation.responses import load_responses
from cam.io.tables import write_table
from cam.models.predict import predict
from cam.models.storage import load_model
from cam.units import unit_names

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
path = snakemake.input.model
model, description = load_model(path)
is_cam = description["architecture"] == "cam"
codes, _ = load_dataset(snakemake.input.dataset).part("test")
rng = np.random.default_rng(snakemake.params.seed)
codes = codes[np.sort(rng.permutation(len(codes))[: snakemake.params.regions])]
responses = load_responses(snakemake.input.responses)
options = {"description": snakemake.wildcards.model, "centred": responses.task == "regression"}

# Each from the file of the model on, with the sequences in memory.
seconds = {}
if is_cam:
    _, seconds["final weights"] = timed(lambda: load_model(path)[0].final_weights().detach().numpy())
(effect, rms), seconds["nullification"] = timed(
    lambda: nullify(load_model(path)[0], codes, **options), warm_up=lambda: nullify(model, codes[:1], **options)
)
n_targets, n_filters = rms.shape
(_, loading), (_, prediction) = timed(lambda: load_model(path)), timed(lambda: predict(model, codes))
seconds["a prediction per filter"] = np.median(loading) + n_filters * np.median(prediction)

filters = unit_names(n_filters) if is_cam else [f"filter{number}" for number in range(1, n_filters + 1)]
table = pd.DataFrame(
    {
        "filter": np.repeat(filters, n_targets),
        "target": np.tile(description["targets"], n_filters),
        "effect": effect.T.ravel(),
        "rms": rms.T.ravel(),
        "weight": responses.effective_weights.T.ravel() if is_cam else np.nan,
        "effective_weight": responses.effects.T.ravel() if is_cam else np.nan,
    }
)
write_table(table, snakemake.output.table)
times = pd.DataFrame({"way": seconds.keys(), "seconds": [np.median(times) for times in seconds.values()]})
about = {"model": snakemake.wildcards.model, "architecture": description["architecture"], "filters": n_filters}
write_table(times.assign(**about, regions=len(codes))[[*about, "regions", "way", "seconds"]], snakemake.output.seconds)
log.info("%d filters, %d test regions\n%s", n_filters, len(codes), times.to_string(index=False))
