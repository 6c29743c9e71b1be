"""One pass over the test regions: logits, unit outputs and peak activations, for all that tells of them."""

import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.interpretation.responses import respond, save_responses
from cam.models.storage import load_model

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
params = snakemake.params
model, description = load_model(snakemake.input.model)
responses = respond(model, description, load_dataset(snakemake.input.dataset), params.threshold, params.units)
save_responses(snakemake.output.responses, responses)
log.info("%d test regions, %d for validation", len(responses.labels), len(responses.validation_labels))
