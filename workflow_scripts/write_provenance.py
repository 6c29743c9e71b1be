"""Where the results come from."""

import json

from cam import logs
from cam.io.records import read_record, write_record
from cam.provenance import checksums, make_record

log = logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
sources = checksums(paths.sources, params.addresses, made=paths.regions)
for path, found in sources.items():
    if "newer_than_results" in found:
        log.warning("%s: it is newer than %s, which may have been made of an earlier version", path, paths.regions)
record = make_record(
    params.config,
    json.loads(snakemake.resources.call),
    inputs=sources | checksums(paths.others, params.addresses),
    outputs=checksums([paths.regions, paths.dataset, *paths.models, paths.motifs]),
    trainings=[read_record(path)["training"] for path in paths.metrics],
    environments=paths.environments,
)
write_record(snakemake.output.record, record, indent=1, ensure_ascii=False)
log.info("checksums of %d inputs and %d outputs", len(record["inputs"]), len(record["outputs"]))
