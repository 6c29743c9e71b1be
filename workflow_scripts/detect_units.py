"""What each unit reads, and how its output depends on whether its motif is there."""

import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.interpretation.detectors import detection
from cam.interpretation.responses import outputs_at_site, peak_activations
from cam.io.tables import read_table, write_table
from cam.models.predict import predict
from cam.models.storage import load_cam

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
model, _ = load_cam(snakemake.input.model)
codes, _ = load_dataset(snakemake.input.dataset).part("test")
peaks = peak_activations(model, codes)
has_site = peaks > snakemake.params.threshold * peaks.max(axis=0)
detected = detection(predict(model.unit_outputs, codes), has_site, outputs_at_site(model, codes))
table = read_table(snakemake.input.annotation).merge(detected, on="unit", validate="1:1")
write_table(table, snakemake.output.table)
log.info("%d test regions\n%s", len(codes), table.to_string(index=False))
