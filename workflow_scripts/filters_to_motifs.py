"""The filters of the interpreted model as motifs."""

import pandas as pd
import torch
from cam import logs
from cam.data.dataset import load_dataset
from cam.data.sequences import base_frequencies
from cam.evaluation.tasks import well_predicted
from cam.interpretation.responses import load_responses
from cam.io.tables import write_table
from cam.models.storage import load_cam
from cam.motifs.filters import filter_motifs
from cam.motifs.formats import Motif, write_meme
from cam.motifs.matrices import consensus, information_content, trim
from cam.units import unit_names

log = logs.start(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
model, _ = load_cam(snakemake.input.model)
dataset = load_dataset(snakemake.input.dataset)
params = snakemake.params
codes, _ = dataset.part("test")
if params.regions == "well_predicted":
    codes = codes[well_predicted(load_responses(snakemake.input.responses), params.correlation)]
background = base_frequencies(dataset.part("train")[0])
ppms, n_sites, n_sequences = filter_motifs(model, codes, params.threshold)
motifs = [Motif(name, name, ppm, int(n)) for name, ppm, n in zip(unit_names(model.units), ppms, n_sites, strict=True)]
write_meme(snakemake.output.meme, motifs, background)
cores = [trim(motif.ppm) for motif in motifs]
table = pd.DataFrame(
    {
        "unit": [motif.matrix_id for motif in motifs],
        "n_sites": n_sites,
        "n_sequences": n_sequences,
        "information_content": [information_content(motif.ppm, background).sum() for motif in motifs],
        "consensus": [consensus(motif.ppm) for motif in motifs],
        # From 1 to the last position, as on the axis of the logo; missing where no position is informative.
        "core_start": pd.array([core.start + 1 if core.stop else None for core in cores], dtype="Int64"),
        "core_end": pd.array([core.stop or None for core in cores], dtype="Int64"),
    }
)
write_table(table, snakemake.output.table)
log.info("%d filters read on %d regions, both strands\n%s", model.units, len(codes), table.to_string(index=False))
