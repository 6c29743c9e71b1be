"""Write sequences to which one unit, or the model for one target, responds most or least."""

import json

import torch
from cam import logs
from cam.bases import decode, encode
from cam.data.dataset import load_dataset
from cam.design.genetic import Settings, evolve_subject
from cam.io.fasta import read_fasta, write_fasta
from cam.io.files import write_text
from cam.io.tables import write_table
from cam.models.predict import choose_device
from cam.models.storage import load_cam

log = logs.start(snakemake.log[0])
torch.set_num_threads(1)
paths, params, output = snakemake.input, snakemake.params, snakemake.output
subject, direction = snakemake.wildcards.subject, snakemake.wildcards.direction
device = choose_device(snakemake.resources.device)
random, maximised = (
    encode([sequence for _, sequence in read_fasta(path)]) if path else None for path in (paths.random, paths.start)
)
found = evolve_subject(
    *load_cam(paths.model, device), subject, direction, load_dataset(paths.dataset).part("train")[0],
    random, maximised, Settings(**params.settings), params.seed, device,
)  # fmt: skip
end, name = found.history.iloc[-1], f"{subject}_{direction}"
log.info(
    "from %s sequences, %s on %s after %d generations; output %s; mean fitness %.4g, %d distinct, distance %.2f",
    found.origin, "converged" if end["converged"] else "not converged", device, end["generation"],
    "unchanged" if found.unchanged else "changed", end["mean_fitness"], end["distinct"], end["distance"],
)  # fmt: skip
scores = enumerate(zip(found.measured, found.fitness, strict=True), 1)
headers = [f"{name}_{rank} output={measured:.6g} fitness={fitness:.6g}" for rank, (measured, fitness) in scores]
write_table(found.history.assign(converged=found.history["converged"].astype(str).str.lower()), output.history)
write_table(found.outputs, output.outputs)
write_fasta(output.fasta, headers, decode(found.codes))
run = {"subject": subject, "direction": direction, "start": found.origin}
with write_text(output.run) as text:
    json.dump(run | {"output_unchanged": found.unchanged, "bias": found.bias}, text)
