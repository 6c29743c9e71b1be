"""The contributions of every unit over the test regions that activate it, and over the others."""

from cam import logs
from cam.interpretation.contributions import unit_contributions
from cam.interpretation.responses import load_responses
from cam.io.tables import write_table

log = logs.start(snakemake.log[0])
responses = load_responses(snakemake.input.responses, units=True)
write_table(unit_contributions(responses), snakemake.output.table)
log.info("%d units on %d test regions", responses.outputs.shape[1], len(responses.outputs))
