"""What each unit reads, and how its output depends on whether its motif is there."""

from cam import logs
from cam.interpretation.detectors import detection
from cam.interpretation.responses import load_responses
from cam.io.tables import read_table, write_table

log = logs.start(snakemake.log[0])
responses = load_responses(snakemake.input.responses, units=True)
detected = detection(responses.outputs, responses.fired, responses.site_outputs)
table = read_table(snakemake.input.annotation).merge(detected, on="unit", validate="1:1")
write_table(table, snakemake.output.table)
log.info("%d test regions\n%s", len(responses.outputs), table.to_string(index=False))
