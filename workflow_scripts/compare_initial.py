"""What became of units that began as known motifs."""

from cam import logs
from cam.io.tables import read_table, write_table
from cam.models.storage import load_cam
from cam.motifs.formats import read_motifs
from cam.motifs.initial import compare_with_initial
from cam.units import unit_names

log = logs.start(snakemake.log[0])
paths = snakemake.input
model, description = load_cam(paths.model)
families = read_table(paths.families, ["cluster", "motif_id"]).set_index("motif_id")["cluster"].to_dict()
table = compare_with_initial(
    unit_names(model.units), model.convolution.weight.detach().numpy(), description["initial_motifs"],
    read_motifs(*paths.initial)[0], read_table(paths.annotation), families,
)  # fmt: skip
write_table(table, snakemake.output.table)
log.info("units and the motifs that they began as\n%s", table.to_string(index=False))
