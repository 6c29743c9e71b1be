"""A sentence per target: what moves its prediction most, and whether that is a motif of its own."""

import pandas as pd
from cam import logs
from cam.interpretation.effects import read_effects
from cam.interpretation.targets import describe_targets, family_agreement, own_families, own_motifs_found
from cam.io.records import read_record
from cam.io.tables import read_table, write_table
from cam.motifs.formats import jaspar_families, read_motifs

log = logs.start(snakemake.log[0])
paths = snakemake.input
effects, units = read_effects(paths.effects), read_table(paths.units)
family_of = read_table(paths.families, ["cluster", "motif_id"]).set_index("motif_id")["cluster"].to_dict()
counts = read_table(paths.counts, ["target", "split", "bound"])
learnt_from = counts[counts["split"] == "train"].set_index("target")["bound"].to_dict()
families = own_families(effects.effects.index, read_motifs(paths.database)[0], family_of)
table = describe_targets(effects, units, families, family_of, read_record(paths.metrics)["test"], learnt_from)
found = [own_motifs_found(table, units, families, family_of, least) for least in snakemake.params.least]
groups = read_table(paths.groups, ["target", "group"]).dropna(subset="group").set_index("target")["group"].to_dict()
known = jaspar_families(snakemake.params.release, "all") if snakemake.params.release else {}
structural = {target: known[target.upper()] for target in table["target"] if target.upper() in known}
agreement = family_agreement(groups, structural)
table.insert(1, "family", table["target"].map(structural))
table.insert(2, "group", table["target"].map(groups).astype("Int64"))
write_table(table, snakemake.output.table)
write_table(pd.DataFrame([agreement]), snakemake.output.agreement)
write_table(pd.DataFrame(found), snakemake.output.found)
log.info("what the predictions for the targets rest on\n%s", "\n".join(table["sentence"]))
