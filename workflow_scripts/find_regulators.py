"""In which replicates a unit's motif is that of a known regulator, and which lineage that unit serves."""

import pandas as pd
from cam import logs
from cam.interpretation.effects import relative
from cam.interpretation.regulators import known_regulators
from cam.interpretation.responses import load_responses
from cam.io.tables import read_table, write_table
from cam.motifs.factors import expect_profiles
from cam.motifs.formats import read_motifs
from cam.sources.target_tables import read_lineages, read_regulators
from cam.units import unit_names

log = logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
lineages = read_lineages(paths.lineages)
matches, effects = {}, {}
for seed, path, responses in zip(params.seeds, paths.matches, paths.responses, strict=True):
    matches[seed], found = read_table(path), load_responses(responses, units=True)
    effects[seed] = pd.DataFrame(relative(found.effects), columns=unit_names(found.effects.shape[1]))
of_target = lineages.set_index("target")["lineage"].loc[list(found.targets)]
regulators = read_regulators(paths.regulators, lineages["lineage"])
database, _ = read_motifs(paths.database)
expect_profiles(regulators["tf"], database, (paths.regulators, paths.database))
table = known_regulators(regulators, database, matches, effects, of_target, params.q_value)
write_table(table, snakemake.output.table)
found = table[table["found"]].groupby("tf", sort=False)["seed"].nunique()
log.info("replicates in which regulators came back\n%s", found.to_string())
