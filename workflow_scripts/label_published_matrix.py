"""Candidate regions and their labels from the published TF-binding matrix."""

import pandas as pd
from cam import logs
from cam.files import watch, write_table
from cam.sources.published_matrix import read_candidates

log = logs.start(snakemake.log[0])
paths, targets = snakemake.input, snakemake.params.targets
expect_unchanged = watch(paths)
candidates = read_candidates(paths.fastas, paths.matrix, paths.index, targets, snakemake.params.width)
expect_unchanged()
write_table(candidates, snakemake.output.candidates)
write_table(pd.DataFrame({"step": [], "regions": []}), snakemake.output.dropped)
log.info("%d regions with a known label of %s", len(candidates), ", ".join(targets))
