"""What the genetic algorithm and the enrichment find for untrained units: nothing that a sentence should claim."""

import numpy as np
import pandas as pd
import torch
from cam import logs
from cam.bases import encode
from cam.data.dataset import load_dataset
from cam.data.sequences import dinucleotide_frequencies
from cam.design.enrichment import background_of, compare_hits, enrich_clusters, strongest, thresholds
from cam.design.genetic import Settings, evolve_units
from cam.io.fasta import read_fasta
from cam.io.tables import read_table, write_table
from cam.models.storage import load_cam
from cam.motifs.formats import read_motifs
from cam.motifs.scan import count_hits

log = logs.start(snakemake.log[0])
torch.set_num_threads(1)
paths, params = snakemake.input, snakemake.params
model, _ = load_cam(paths.model)
model = model.subset(range(params.units))
composition = dinucleotide_frequencies(load_dataset(paths.dataset).part("train")[0])
random = encode([sequence for _, sequence in read_fasta(paths.random)])
motifs, _ = read_motifs(paths.database)
clusters = read_table(paths.clusters, ["cluster", "motif_id"])
settings = Settings(**params.settings)
runs = list(evolve_units(model, random, composition, settings, params.seed))
# All are scanned at once. Those that minimise a unit are compared with the ones before, which maximise it.
codes = np.concatenate([random, *(final for _, _, final, _ in runs)])
hits = count_hits(motifs, codes, params.p_value, background_of(random))
of_random, of_runs = hits[: len(random)], hits[len(random) :].reshape(len(runs), settings.population, -1)
rows = []
for number, (unit, direction, _, same) in enumerate(runs):
    begun = of_runs[number - 1] if direction == "min" else None
    table = enrich_clusters(compare_hits(motifs, of_runs[number], of_random, begun), clusters)
    found = strongest(table.head(0) if same else table, params.q_value)
    rows.append({"unit": unit, "direction": direction, "output_unchanged": str(same).lower(), **found})
table = pd.DataFrame(rows)
limits = thresholds(table)
write_table(table, snakemake.output.runs)
write_table(limits, snakemake.output.thresholds)
log.info("untrained units, hits per sequence\n%s", limits.to_string(index=False))
