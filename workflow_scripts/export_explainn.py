"""A CAM as weights for the ExplaiNN package."""

from cam import logs
from cam.models.explainn import write_explainn
from cam.models.storage import load_cam

log = logs.start(snakemake.log[0])
model, description = load_cam(snakemake.input.model)
write_explainn(snakemake.output.weights, model)
pool, targets = model.pool, description["targets"]
log.info(
    "for explainn.models.networks.ExplaiNN(%d, %d, %d, %d, 2, %d, %d); its outputs are %s",
    model.units, description["length"], len(targets), model.filter_length, pool, pool, ", ".join(targets),
)  # fmt: skip
