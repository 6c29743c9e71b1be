"""Write sequences to which one unit, or the model for one target, responds most or least."""

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
paths, params, output = snakemake.input, snakemake.params, snakemake.output
subject, direction = snakemake.wildcards.subject, snakemake.wildcards.direction
device = choose_device(snakemake.resources.device)
random, maximised = (encode(read_sequences(path)) if path else None for path in (paths.random, paths.start))
found = evolve_subject(
    *load_cam(paths.model, device), subject, direction, load_dataset(paths.dataset).part("train")[0],
    random, maximised, Settings(**params.settings), params.seed, device,
)  # fmt: skip
end = found.history.iloc[-1]
log.info(
    "from %s sequences, %s on %s after %d generations; output %s; mean fitness %.4g, %d distinct, distance %.2f",
    found.origin, "converged" if end["converged"] else "not converged", device, end["generation"],
    "unchanged" if found.unchanged else "changed", end["mean_fitness"], end["distinct"], end["distance"],
)  # fmt: skip
run = {"subject": subject, "direction": direction, "start": found.origin}
write_record(output.run, run | {"output_unchanged": found.unchanged, "bias": found.bias})
write_table(booleans_as_text(found.history), output.history)
write_table(found.outputs, output.outputs)
write_fasta(output.fasta, found.headers, decode(found.codes))
