"""Known motifs, and families of them, in the artificial sequences of units and targets: enriched, or lost."""

from functools import lru_cache
from pathlib import Path

import pandas as pd
from cam import logs
from cam.bases import encode
from cam.design.enrichment import COLUMNS, FAMILY_COLUMNS, background_of, compare_hits, enrich_families
from cam.io.fasta import read_sequences
from cam.io.records import read_record
from cam.io.tables import read_table, write_table
from cam.motifs.formats import read_motifs
from cam.motifs.scan import count_hits

log = logs.start(snakemake.log[0])
paths, output = snakemake.input, snakemake.output
motifs, families = read_motifs(paths.database)[0], read_table(paths.families, ["cluster", "motif_id"])
files = {Path(path).stem: path for path in [paths.random, *paths.start, *paths.fasta]}
codes_of = lru_cache(4)(lambda name: encode(read_sequences(files[name])))
background = background_of(codes_of("random"))
hits_of = lru_cache(4)(lambda name: count_hits(motifs, codes_of(name), snakemake.params.p_value, background))
random = hits_of("random")
for number, path in enumerate(logs.progress(paths.runs, desc="enrichment")):
    run = read_record(path)
    name = f"{run['subject']}_{run['direction']}"
    if run["output_unchanged"]:
        table, found = pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=FAMILY_COLUMNS)
        log.info("%s: the output is unchanged, so there is nothing to compare", name)
    else:
        start = [] if run["start"] == "random" else [hits_of(run["start"])]
        table = compare_hits(motifs, hits_of(name), random, *start)
        found = enrich_families(table, families)
        log.info("%s, from %s sequences\n%s", name, run["start"], found.head(5).to_string(index=False))
        table = table.drop(columns=[column for column in table if column.endswith("per_sequence")])
    write_table(table, output.table[number])
    write_table(found, output.clusters[number])
