"""How much each filter of a model matters, by nullification, and the time that takes."""

import numpy as np
import pandas as pd
import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.interpretation.nullification import compare_ways, filter_table
from cam.interpretation.responses import load_responses
from cam.io.tables import write_table
from cam.models.storage import load_model
from cam.units import unit_names

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
path, name = snakemake.input.model, snakemake.wildcards.model
codes, _ = load_dataset(snakemake.input.dataset).part("test")
rng = np.random.default_rng(snakemake.params.seed)
codes = codes[np.sort(rng.permutation(len(codes))[: snakemake.params.regions])]
responses = load_responses(snakemake.input.responses)
centred, strands = responses.task == "regression", responses.model["strands"]
effect, rms, seconds = compare_ways(lambda: load_model(path)[0], codes, name, centred, strands)
if responses.weights is None:
    filters, of_weights = [f"filter{number}" for number in range(1, rms.shape[1] + 1)], {}
else:
    filters = unit_names(rms.shape[1])
    of_weights = {"weights": responses.effective_weights, "effects": responses.effects}
table = filter_table(filters, responses.targets, effect, rms, **of_weights)
about = {"model": name, "architecture": responses.model["architecture"], "filters": len(filters), "regions": len(codes)}
times = pd.DataFrame({**about, "way": list(seconds), "seconds": list(seconds.values())})
write_table(table, snakemake.output.table)
write_table(times, snakemake.output.seconds)
log.info("%d filters, %d test regions\n%s", len(filters), len(codes), times[["way", "seconds"]].to_string(index=False))
