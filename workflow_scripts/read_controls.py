"""The motifs of the controls' units, and how their outputs depend on these."""

import pandas as pd
import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.data.sequences import base_frequencies
from cam.interpretation.detectors import detection
from cam.interpretation.responses import respond
from cam.io.tables import write_table
from cam.models.storage import load_cam
from cam.motifs.filters import filter_motifs, name_motifs
from cam.motifs.formats import write_meme

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
dataset, threshold = load_dataset(snakemake.input.dataset), snakemake.params.threshold
codes, _ = dataset.part("test")
motifs, detectors = [], []
for control, path in zip(snakemake.params.controls, snakemake.input.models, strict=True):
    model, description = load_cam(path)
    responses = respond(model, description, dataset, threshold)
    detected = detection(responses.outputs, responses.fired)
    detected["unit"] = f"{control}." + detected["unit"]
    detected.insert(0, "control", control)
    detectors.append(detected)
    ppms, n_sites, _ = filter_motifs(model, codes, threshold, description["strands"])
    motifs += name_motifs(detected["unit"], ppms, n_sites)
write_meme(snakemake.output.meme, motifs, base_frequencies(dataset.part("train")[0]))
write_table(pd.concat(detectors), snakemake.output.detectors)
log.info("%d units of %s, on %d test regions", len(motifs), " and ".join(snakemake.params.controls), len(codes))
