"""Write sequences to which one unit, or the model for one target, responds most or least."""

from zlib import crc32

import numpy as np
import pandas as pd
import torch
from cam import logs
from cam.dataset import load_dataset
from cam.files import read_fasta, write_fasta, write_table
from cam.genetic import Settings, evolve, subject_fitness
from cam.models import load_cam
from cam.sequences import base_frequencies, decode, encode, random_sequences
from cam.training import choose_device, predict
from cam.units import unit_names

log = logs.start(snakemake.log[0])
torch.set_num_threads(1)
subject, direction, paths = snakemake.wildcards.subject, snakemake.wildcards.direction, snakemake.input
run, settings = f"{subject}_{direction}", Settings(**snakemake.params.settings)
device = choose_device(snakemake.resources.device)
model, description = load_cam(paths.model, device)
fitness_of = subject_fitness(model, description["targets"], subject, direction, snakemake.params.binding)
codes, _ = load_dataset(paths.dataset).part("train")
rng = np.random.default_rng([snakemake.params.seed, crc32(run.encode())])
start = random_sequences(settings.population, codes.shape[1], base_frequencies(codes), rng)
final, fitness, history = evolve(fitness_of, torch.from_numpy(start).to(device), settings, int(rng.integers(2**31)))
final, fitness, end = final.cpu().numpy(), fitness.cpu().numpy(), history.iloc[-1]
log.info(
    "%s on %s after %d generations; mean fitness %.4g, %d distinct sequences, distance %.2f",
    "converged" if end["converged"] else "not converged", device, end["generation"], end["mean_fitness"],
    end["distinct"], end["distance"],
)  # fmt: skip

# A unit reads the given strand; predictions of a target are the mean of both, and so are the outputs they are made of.
strands = "given" if subject in unit_names(model.units) else "both"
random = encode([sequence for _, sequence in read_fasta(paths.random)])
names = [f"{run}_{rank}" for rank in range(1, len(final) + 1)]
sets = {"ga": (final, names), "random": (random, [f"random_{n}" for n in range(1, len(random) + 1)])}
tables = []
for name, (sequences, ids) in sets.items():
    table = pd.DataFrame(predict(model.unit_outputs, sequences, device, strands), columns=unit_names(model.units))
    table.insert(0, "name", ids)
    table.insert(1, "set", name)
    tables.append(table)
outputs = tables[0][subject] if strands == "given" else fitness if direction == "max" else -fitness
headers = [f"{n} output={o:.6g} fitness={f:.6g}" for n, o, f in zip(names, outputs, fitness, strict=True)]
history["converged"] = history["converged"].astype(str).str.lower()
write_table(history, snakemake.output.history)
write_table(pd.concat(tables), snakemake.output.outputs)
write_fasta(snakemake.output.fasta, headers, decode(final))
