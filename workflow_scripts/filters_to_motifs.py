"""The filters of the interpreted model as motifs."""

import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.data.sequences import base_frequencies
from cam.evaluation.tasks import well_predicted
from cam.interpretation.responses import load_responses
from cam.io.tables import write_table
from cam.models.storage import load_cam
from cam.motifs.filters import filter_motifs, motif_table, name_motifs
from cam.motifs.formats import write_meme
from cam.units import unit_names

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
model, description = load_cam(snakemake.input.model)
dataset = load_dataset(snakemake.input.dataset)
params = snakemake.params
codes, _ = dataset.part("test")
if params.regions == "well_predicted":
    codes = codes[well_predicted(load_responses(snakemake.input.responses), params.correlation)]
background = base_frequencies(dataset.part("train")[0])
ppms, n_sites, n_sequences = filter_motifs(model, codes, params.threshold, description["strands"])
motifs = name_motifs(unit_names(model.units), ppms, n_sites)
table = motif_table(motifs, n_sequences, background)
write_meme(snakemake.output.meme, motifs, background)
write_table(table, snakemake.output.table)
strands, text = description["strands"], table.to_string(index=False)
log.info("%d filters read on %d regions, strands: %s\n%s", model.units, len(codes), strands, text)
