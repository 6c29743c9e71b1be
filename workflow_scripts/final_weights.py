"""The final weights of the interpreted model, targets × units."""

from cam import logs
from cam.interpretation.effects import final_weights_table
from cam.io.tables import write_table
from cam.models.storage import load_cam

log = logs.start(snakemake.log[0])
model, description = load_cam(snakemake.input.model)
table = final_weights_table(model, description["targets"])
write_table(table, snakemake.output.table)
log.info("final weights\n%s", table.to_string(index=False))
