"""Write sequences to which one unit, or the model for one target, responds most or least."""

import json
from zlib import crc32

import numpy as np
import pandas as pd
import torch
from cam import logs
from cam.bases import decode, encode
from cam.data.dataset import load_dataset
from cam.data.sequences import dinucleotide_frequencies, random_sequences
from cam.design.genetic import Settings, above_floor, evolve, subject_fitness, unchanged
from cam.io.fasta import read_fasta, write_fasta
from cam.io.files import write_text
from cam.io.tables import write_table
from cam.models.predict import choose_device, predict
from cam.models.storage import load_cam
from cam.units import unit_names

log = logs.start(snakemake.log[0])
torch.set_num_threads(1)
subject, direction, paths = snakemake.wildcards.subject, snakemake.wildcards.direction, snakemake.input
run, settings = f"{subject}_{direction}", Settings(**snakemake.params.settings)
device = choose_device(snakemake.resources.device)
model, description = load_cam(paths.model, device)
targets, units = description["targets"], unit_names(model.units)
fitness_of, ceiling = subject_fitness(model, targets, subject, direction, description["task"])
codes, _ = load_dataset(paths.dataset).part("train")
composition = dinucleotide_frequencies(codes)
rng = np.random.default_rng([snakemake.params.seed, crc32(run.encode())])


def outputs_of(sequences, kind, ids):
    """The outputs of all units, as the model predicts with them."""
    table = pd.DataFrame(predict(model.unit_outputs, sequences, device), columns=units)
    table.insert(0, "name", ids)
    table.insert(1, "set", kind)
    return table


random = encode([sequence for _, sequence in read_fasta(paths.random)])
tables = [outputs_of(random, "random", [f"random_{number}" for number in range(1, len(random) + 1)])]
if paths.start and not above_floor(tables[0][subject]):
    origin = f"{subject}_max"
    start = encode([sequence for _, sequence in read_fasta(paths.start)])
    tables.append(outputs_of(start, "start", [f"{origin}_{rank}" for rank in range(1, len(start) + 1)]))
else:
    origin = "random"
    start = random_sequences(settings.population, codes.shape[1], composition, rng)
seed = int(rng.integers(2**31))
final, fitness, history = evolve(fitness_of, torch.from_numpy(start).to(device), settings, seed, composition, ceiling)
final, fitness, end = final.cpu().numpy(), fitness.cpu().numpy(), history.iloc[-1]
names = [f"{run}_{rank}" for rank in range(1, len(final) + 1)]
tables.insert(0, outputs_of(final, "ga", names))
outputs = tables[0][subject] if subject in units else fitness if direction == "max" else -fitness
if subject in units:
    same, bias = unchanged(tables[-1][subject], outputs), None
else:  # a logit has no floor
    same = bool(end["mean_fitness"] == history["mean_fitness"].iloc[0])
    biases = model.final.bias.detach().cpu().numpy().astype(float)
    alone = description["task"] == "binding" or len(targets) == 1  # else the logit is less the mean over targets
    bias = biases[list(targets).index(subject)] - (0 if alone else biases.mean())
log.info(
    "from %s sequences, %s on %s after %d generations; output %s; mean fitness %.4g, %d distinct, distance %.2f",
    origin, "converged" if end["converged"] else "not converged", device, end["generation"],
    "unchanged" if same else "changed", end["mean_fitness"], end["distinct"], end["distance"],
)  # fmt: skip

headers = [f"{n} output={o:.6g} fitness={f:.6g}" for n, o, f in zip(names, outputs, fitness, strict=True)]
history["converged"] = history["converged"].astype(str).str.lower()
write_table(history, snakemake.output.history)
write_table(pd.concat(tables), snakemake.output.outputs)
write_fasta(snakemake.output.fasta, headers, decode(final))
with write_text(snakemake.output.run) as text:
    run = {"subject": subject, "direction": direction, "start": origin, "output_unchanged": same, "bias": bias}
    json.dump(run, text)
