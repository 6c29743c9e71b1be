"""How often units match a known motif and are called detectors, beside units that have learnt nothing."""

import pandas as pd
from cam import logs
from cam.interpretation.controls import compare_with_controls
from cam.interpretation.regulators import matrices_of
from cam.io.tables import read_table, write_table
from cam.motifs.formats import read_motifs
from cam.sources.target_tables import read_lineages, read_regulators

log = logs.start(snakemake.log[0])
paths = snakemake.input
trained = read_table(paths.trained).assign(control="trained")
controls = read_table(paths.detectors).merge(read_table(paths.annotation), on="unit", validate="1:1")
control_of, matches = controls.set_index("unit")["control"], read_table(paths.matches)
matches = pd.concat(
    [read_table(paths.trained_matches).assign(control="trained"),
     matches.assign(control=matches["Query_ID"].map(control_of))]
)  # fmt: skip
matrices = None
if paths.regulators:
    known = read_regulators(paths.regulators, read_lineages(paths.lineages)["lineage"])
    database, _ = read_motifs(paths.database)
    matrices = {tf: matrices_of(tf, database) for tf in known["tf"].unique()}
units = pd.concat([trained, controls])[["control", "unit", "target_id", "detector"]]
table = compare_with_controls(units, matches, matrices, snakemake.params.q_value)
write_table(table, snakemake.output.table)
log.info("what chance gives\n%s", table.to_string(index=False))
