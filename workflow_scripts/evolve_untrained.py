"""What the genetic algorithm and the enrichment find for untrained units: nothing that a sentence should claim."""

import pandas as pd
import torch
from cam import logs
from cam.dataset import load_dataset
from cam.enrichment import enrich, enrich_clusters, strongest, thresholds
from cam.files import read_fasta, read_table, write_table
from cam.genetic import Settings, evolve_units
from cam.models import load_cam
from cam.motifs import read_meme
from cam.sequences import dinucleotide_frequencies, encode

log = logs.start(snakemake.log[0])
torch.set_num_threads(1)
paths, params = snakemake.input, snakemake.params
model, _ = load_cam(paths.model)
model = model.subset(range(min(params.units, model.units)))
composition = dinucleotide_frequencies(load_dataset(paths.dataset).part("train")[0])
random = encode([sequence for _, sequence in read_fasta(paths.random)])
motifs, _ = read_meme(paths.database)
clusters = read_table(paths.clusters, ["cluster", "motif_id"])
rows = []
for unit, direction, start, final, same in evolve_units(model, random, composition, Settings(**params.settings), params.seed):
    table = enrich_clusters(enrich(motifs, final, random, params.p_value, start), clusters)
    found = strongest(table.head(0) if same else table, params.q_value)
    rows.append({"unit": unit, "direction": direction, "output_unchanged": str(same).lower(), **found})
runs = pd.DataFrame(rows)
limits = thresholds(runs)
write_table(runs, snakemake.output.runs)
write_table(limits, snakemake.output.thresholds)
log.info("untrained units, hits per sequence\n%s", limits.to_string(index=False))
