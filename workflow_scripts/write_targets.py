"""What the targets of a lab's own signal are called here and in the data, which may be all that names them."""

from cam import logs
from cam.data.signal import name_targets
from cam.io.tables import write_table
from cam.sources.signal import signal_targets

log = logs.start(snakemake.log[0])
params, files = snakemake.params, snakemake.input.signal
where = params.sheet or files[0]
targets = name_targets(params.names or signal_targets(where), params.targets, where)
write_table(targets, snakemake.output.names)
log.info("%d targets", len(targets))
