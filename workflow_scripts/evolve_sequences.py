"""Write sequences to which one unit, or the model for one target, responds most, and such to which it does least."""

import torch
from cam import logs
from cam.bases import decode, encode
from cam.data.dataset import load_dataset
from cam.design.genetic import Settings, evolve_subject
from cam.design.summaries import booleans_as_text
from cam.io.fasta import read_sequences, write_fasta
from cam.io.records import write_record
from cam.io.tables import write_table
from cam.models.predict import choose_device
from cam.models.storage import load_cam

log = logs.start(snakemake.log[0])
torch.set_num_threads(1)
paths, params, output, subject = snakemake.input, snakemake.params, snakemake.output, snakemake.wildcards.subject
device = choose_device(snakemake.resources.device)
model, description = load_cam(paths.model, device)
codes, random = load_dataset(paths.dataset).part("train")[0], encode(read_sequences(paths.random))
settings, maximised = Settings(**params.settings), None
for number, direction in enumerate(params.directions):
    found = evolve_subject(
        model, description, subject, direction, codes, random, maximised, settings, params.seed, device
    )
    end, maximised = found.history.iloc[-1], found.codes if direction == "max" else None
    log.info(
        "%s, from %s sequences, %s on %s, generation %d; output %s; mean fitness %.4g, %d distinct, distance %.2f",
        direction, found.origin, "converged" if end["converged"] else "not converged", device, end["generation"],
        "unchanged" if found.unchanged else "changed", end["mean_fitness"], end["distinct"], end["distance"],
    )  # fmt: skip
    run = {"subject": subject, "direction": direction, "start": found.origin}
    write_record(output.run[number], run | {"output_unchanged": found.unchanged, "bias": found.bias})
    write_table(booleans_as_text(found.history), output.history[number])
    write_table(found.outputs, output.outputs[number])
    write_fasta(output.fasta[number], found.headers, decode(found.codes))
