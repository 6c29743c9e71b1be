"""In which replicates a unit's motif is that of a known regulator, and which lineage that unit serves."""

from cam import logs
from cam.interpretation.effects import effects
from cam.interpretation.lineages import read_lineages
from cam.interpretation.regulators import known_regulators, read_regulators
from cam.io.tables import read_table, write_table
from cam.motifs.factors import expect_profiles
from cam.motifs.formats import read_motifs

log = logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
lineages = read_lineages(paths.lineages)
matches, moved = {}, {}
for seed, *of_seed in zip(params.seeds, paths.matches, paths.weights, paths.detectors, strict=True):
    matches[seed], weights, detected = map(read_table, of_seed)
    moved[seed] = effects(weights, detected.set_index("unit")["output_sd"], binding=False)
of_target = lineages.set_index("target")["lineage"].loc[weights["target"]]
regulators = read_regulators(paths.regulators, lineages["lineage"])
database, _ = read_motifs(paths.database)
expect_profiles(regulators["tf"], database, (paths.regulators, paths.database))
table = known_regulators(regulators, database, matches, moved, of_target, params.q_value)
write_table(table, snakemake.output.table)
found = table[table["found"]].groupby("tf", sort=False)["seed"].nunique()
log.info("replicates in which regulators came back\n%s", found.to_string())
