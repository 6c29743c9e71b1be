"""The regions of an experiment from labelled sequences without coordinates, split; and the sequences as FASTA."""

import pandas as pd
from cam import logs
from cam.bases import decode
from cam.data.own_sequences import expect_task, fit_lengths, select_sequences
from cam.data.selection import expect_variation
from cam.data.sequences import chromosome_sizes, gc_content
from cam.data.summaries import count_gc, count_gc_of_splits, count_labels, count_split, describe_values
from cam.evaluation.orientations import compare_orientations
from cam.io.fasta import write_fasta
from cam.io.files import watch
from cam.io.tables import write_table
from cam.setup.own_data import safe_name
from cam.sources.labelled_sequences import read_labelled

log = logs.start(snakemake.log[0])
params, source, out = snakemake.params, snakemake.params.source, snakemake.output
expect_unchanged = watch(snakemake.input)
found = read_labelled(source, snakemake.input.labelled).of_targets(params.targets)
expect_task(found, params.task, params.stated)
codes = fit_lengths(found, params.width, source["trim"], source.get("length"))
options = params.seed, params.unbound, source["drop_leaking"], params.min_positives
regions, codes, groups, steps, duplicates = select_sequences(found, codes, params.task, params.split, *options)
targets, gc = list(regions.columns[5:]), gc_content(codes)
expect_unchanged()
if params.task == "regression":
    expect_variation(regions, targets)
    orientations = compare_orientations(codes, regions[targets], targets, groups["group"].to_numpy(), params.seed)
    tables = {"counts": count_split(regions), "gc": count_gc_of_splits(regions["split"].to_numpy(), gc)}
    tables |= {"values": describe_values(regions, targets), "orientations": orientations}
else:
    tables = {"counts": count_labels(regions, targets), "gc": count_gc(regions, gc, targets)}
names = pd.DataFrame({"target": map(safe_name, found.targets), "name": found.targets})
for name, table in (tables | {"groups": groups, "selection": steps, "duplicates": duplicates, "names": names}).items():
    write_table(table, out[name])
write_table(regions, out.regions, float_format="%.9g")
write_fasta(out.sequences, regions["name"], decode(codes))
chromosome_sizes(out.sequences)  # which makes the index
log.info("regions\n%s\n%s", steps.to_string(index=False), duplicates.to_string(index=False))
