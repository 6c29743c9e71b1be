"""Predictions of a model on validation and test regions, and their metrics."""

from cam import logs
from cam.evaluation.bootstrap import read_test_regions
from cam.evaluation.summaries import training_record
from cam.evaluation.tasks import evaluate, prediction_table
from cam.interpretation.responses import load_responses
from cam.io.records import write_record
from cam.io.tables import read_table, write_table

log = logs.start(snakemake.log[0])
paths, output = snakemake.input, snakemake.output
responses = load_responses(paths.responses)
names, blocks, size = read_test_regions(paths.regions, paths.groups)
metrics = evaluate(responses, snakemake.params.seed, blocks)
metrics["test"]["macro"] |= {"blocks": int(blocks.max()) + 1, "block_size": size}
if paths.groups:
    metrics["test"]["macro"]["block"] = "group of near-duplicates"
metrics["training"] = training_record(read_table(paths.history), responses.model)
table = prediction_table(names, responses)
write_table(table, output.predictions, float_format="%.9g")  # all digits of a float32
write_record(output.metrics, metrics, indent=1)
macro = metrics["test"]["macro"]
log.info("test, macro: %s", {name: value for name, value in macro.items() if isinstance(value, float)})
