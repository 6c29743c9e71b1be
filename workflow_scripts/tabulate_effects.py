"""Final weights and effects: what the model uses each unit for."""

from cam import logs
from cam.interpretation.effects import effect_table, final_weights_table
from cam.interpretation.responses import load_responses
from cam.io.tables import write_table

log = logs.start(snakemake.log[0])
responses = load_responses(snakemake.input.responses, units=True)
table = final_weights_table(responses.weights, responses.targets)
write_table(table, snakemake.output.weights)
write_table(effect_table(responses), snakemake.output.effects, float_format="%.9g")  # all digits of a float32
log.info("final weights\n%s", table.to_string(index=False))
