"""Tables: filter nullification beside the final weights of all models, and the time that both take."""

import pandas as pd
from cam import logs
from cam.interpretation.agreement import summarise
from cam.io.tables import read_table, write_table

log = logs.start(snakemake.log[0])
seconds = pd.concat([read_table(path) for path in snakemake.input.seconds])
about = seconds.drop_duplicates("model").set_index("model").drop(columns=["way", "seconds"])
summary = summarise(dict(zip(about.index, map(read_table, snakemake.input.tables), strict=True)), about)
write_table(summary, snakemake.output.table)
write_table(seconds, snakemake.output.seconds)
log.info("agreement with the final weights\n%s", summary.to_string(index=False))
