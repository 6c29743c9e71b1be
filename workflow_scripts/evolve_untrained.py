"""What the genetic algorithm and the enrichment find for untrained units: nothing that a sentence should claim."""

import torch
from cam import logs
from cam.bases import encode
from cam.data.dataset import load_dataset
from cam.data.sequences import dinucleotide_frequencies
from cam.design.enrichment import strongest_of_runs, thresholds
from cam.design.genetic import Settings, evolve_units
from cam.design.summaries import booleans_as_text
from cam.io.fasta import read_sequences
from cam.io.tables import read_table, write_table
from cam.models.storage import load_cam
from cam.motifs.formats import read_motifs

log = logs.start(snakemake.log[0])
torch.set_num_threads(1)
paths, params = snakemake.input, snakemake.params
model, description = load_cam(paths.model)
random = encode(read_sequences(paths.random))
composition = dinucleotide_frequencies(load_dataset(paths.dataset).part("train")[0])
settings = Settings(**params.settings)
some, strands = model.subset(range(params.units)), description["strands"]
runs = evolve_units(some, random, composition, settings, params.seed, strands)
motifs, _ = read_motifs(paths.database)
families = read_table(paths.families, ["cluster", "motif_id"])
table = strongest_of_runs(runs, random, motifs, families, params.p_value, params.q_value)
limits = thresholds(table)
write_table(booleans_as_text(table), snakemake.output.runs)
write_table(limits, snakemake.output.thresholds)
log.info("untrained units, hits per sequence\n%s", limits.to_string(index=False))
