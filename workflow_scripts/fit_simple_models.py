"""What short words and GC content alone tell of the test regions: models without a neural network."""

import time
from dataclasses import replace

import numpy as np
import pandas as pd
from cam import logs
from cam.data.dataset import load_dataset
from cam.evaluation.kmers import predict_from_words
from cam.evaluation.usable import CENTRE, GC, WORDS, predict_from_gc
from cam.io.tables import write_table
from cam.io.tensors import write_safetensors
from safetensors.numpy import save

log = logs.start(snakemake.log[0])
dataset = load_dataset(snakemake.input.dataset)
quarter = dataset.sequences.shape[1] // 4
centre = replace(dataset, sequences=dataset.sequences[:, quarter : dataset.sequences.shape[1] - quarter])
logits, costs = {}, []
for name, data in {WORDS: dataset, CENTRE: centre, GC: dataset}.items():
    began = time.perf_counter()
    if name == GC:
        logits[name], n_regions = predict_from_gc(data), int((data.split == 0).sum())
    else:
        logits[name], n_regions = predict_from_words(data, snakemake.params.seed)
    costs.append({"model": name, "regions": n_regions, "seconds": time.perf_counter() - began})
write_table(pd.DataFrame(costs), snakemake.output.costs)
tensors = {name: np.ascontiguousarray(found, dtype=np.float32) for name, found in logits.items()}
write_safetensors(snakemake.output.logits, save(tensors, {"format_version": "1"}))
log.info("models without a neural network\n%s", pd.DataFrame(costs).to_string(index=False))
