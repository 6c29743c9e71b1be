"""Candidate regions and their labels from the published TF-binding matrix."""

import pandas as pd
from cam import logs
from cam.data.candidates import read_published
from cam.io.files import watch
from cam.io.tables import write_table

log = logs.start(snakemake.log[0])
paths, targets = snakemake.input, snakemake.params.targets
expect_unchanged = watch(paths)
candidates = read_published(paths.fastas, paths.matrix, paths.index, targets, snakemake.params.width)
expect_unchanged()
write_table(candidates, snakemake.output.candidates)
write_table(pd.DataFrame({"step": [], "regions": []}), snakemake.output.dropped)
log.info("%d regions with a known label of %s", len(candidates), ", ".join(targets))
