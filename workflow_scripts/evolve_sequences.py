"""Write sequences to which one unit responds most, or least."""

import numpy as np
import pandas as pd
import torch
from cam import logs
from cam.dataset import load_dataset
from cam.files import read_fasta, write_fasta, write_table
from cam.genetic import Settings, evolve, unit_fitness
from cam.models import load_cam
from cam.sequences import base_frequencies, decode, encode, random_sequences
from cam.training import predict
from cam.units import unit_index, unit_names

log = logs.start(snakemake.log[0])
torch.set_num_threads(1)
unit, direction = snakemake.wildcards.unit, snakemake.wildcards.direction
index, settings = unit_index(unit), Settings(**snakemake.params.settings)
model, _ = load_cam(snakemake.input.model)
codes, _ = load_dataset(snakemake.input.dataset).part("train")
rng = np.random.default_rng([snakemake.params.seed, index, direction == "max"])
start = random_sequences(settings.population, codes.shape[1], base_frequencies(codes), rng)
seed = int(rng.integers(2**31))
final, fitness, history, converged = evolve(
    unit_fitness(model, index, direction), torch.from_numpy(start), settings, seed
)
log.info("%s after %d generations", "converged" if converged else "not converged", len(history) - 1)

random = encode([sequence for _, sequence in read_fasta(snakemake.input.random)])
names = [f"{unit}_{direction}_{rank}" for rank in range(1, len(final) + 1)]
sets = {"ga": (final.numpy(), names), "random": (random, [f"random_{n}" for n in range(1, len(random) + 1)])}
tables = []
for name, (sequences, ids) in sets.items():
    outputs = predict(model.unit_outputs, sequences, strands="given")
    table = pd.DataFrame(outputs, columns=unit_names(model.units))
    table.insert(0, "name", ids)
    table.insert(1, "set", name)
    tables.append(table)
headers = [
    f"{n} output={o:.6g} fitness={f:.6g}" for n, o, f in zip(names, tables[0][unit], fitness.tolist(), strict=True)
]
write_table(history, snakemake.output.history)
write_table(pd.concat(tables), snakemake.output.outputs)
write_fasta(snakemake.output.fasta, headers, decode(final.numpy()))
