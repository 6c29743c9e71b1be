"""In which replicates a unit's motif is that of a known regulator, and which lineage that unit serves."""

from cam import logs
from cam.files import read_table, write_table
from cam.interpretation import profiles
from cam.lineages import read_lineages
from cam.motifs import read_meme
from cam.regulators import known_regulators, leading_lineages, read_regulators

log = logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
lineages = read_lineages(paths.lineages)
of_target = lineages.set_index("target")["lineage"]
matches, leading = {}, {}
for seed, tomtom, path in zip(params.seeds, paths.matches, paths.weights, strict=True):
    weights = read_table(path).set_index("target")
    matches[seed] = read_table(tomtom)
    leading[seed] = leading_lineages(profiles(weights), of_target.loc[weights.index])
regulators = read_regulators(paths.regulators, lineages["lineage"])
database, _ = read_meme(paths.database)
table = known_regulators(regulators, database, matches, leading, params.q_value)
write_table(table, snakemake.output.table)
found = table[table["found"]].groupby("tf", sort=False)["seed"].nunique()
log.info("replicates in which regulators came back\n%s", found.to_string())
