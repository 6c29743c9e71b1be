"""How much each filter of a model matters, by nullification, and the time that takes."""

import time

import numpy as np
import pandas as pd
import torch
from cam import logs
from cam.dataset import load_dataset
from cam.files import write_table
from cam.interpretation import profiles
from cam.models import load_model
from cam.nullification import nullify
from cam.training import predict
from cam.units import unit_names

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
began = time.perf_counter()
model, description = load_model(snakemake.input.model)
is_cam = description["architecture"] == "cam"
seconds = {}
if is_cam:
    weights = model.final_weights().detach().numpy()
    seconds["final weights"] = time.perf_counter() - began
codes, _ = load_dataset(snakemake.input.dataset).part("test")
rng = np.random.default_rng(snakemake.params.seed)
codes = codes[np.sort(rng.permutation(len(codes))[: snakemake.params.regions])]
loaded = time.perf_counter()
centred = not snakemake.params.binding
effect, rms = nullify(model, codes, description=snakemake.wildcards.model, centred=centred)
seconds["nullification"] = time.perf_counter() - began

n_targets, n_filters = rms.shape
again = time.perf_counter()
predict(model, codes)
seconds["a prediction per filter"] = loaded - began + n_filters * (time.perf_counter() - again)

if is_cam and centred:
    weights = profiles(weights)
filters = unit_names(n_filters) if is_cam else [f"filter{number}" for number in range(1, n_filters + 1)]
table = pd.DataFrame(
    {
        "filter": np.repeat(filters, n_targets),
        "target": np.tile(description["targets"], n_filters),
        "effect": effect.T.ravel(),
        "rms": rms.T.ravel(),
        "weight": weights.T.ravel() if is_cam else np.nan,
        "effective_weight": (weights * predict(model.unit_outputs, codes).std(0)).T.ravel() if is_cam else np.nan,
    }
)
write_table(table, snakemake.output.table)
times = pd.DataFrame({"way": seconds.keys(), "seconds": seconds.values()})
about = {"model": snakemake.wildcards.model, "architecture": description["architecture"], "filters": n_filters}
write_table(times.assign(**about, regions=len(codes))[[*about, "regions", "way", "seconds"]], snakemake.output.seconds)
log.info("%d filters, %d test regions\n%s", n_filters, len(codes), times.to_string(index=False))
