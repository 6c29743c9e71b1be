"""The regions of an experiment from labelled sequences without coordinates, split; and the sequences as FASTA."""

import pandas as pd
from cam import logs
from cam.bases import decode
from cam.data.own_sequences import expect_task, fit_lengths, select_sequences
from cam.data.selection import expect_variation
from cam.data.sequences import chromosome_sizes, gc_content
from cam.data.summaries import count_gc, count_gc_of_splits, count_labels, count_split, describe_values
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
options = params.seed, params.unbound, source["drop_leaking"], params.lacking
regions, codes, steps, duplicates = select_sequences(found, codes, params.task, params.split, *options)
targets, gc = list(regions.columns[5:]), gc_content(codes)
expect_unchanged()
if params.task == "regression":
    expect_variation(regions, targets)
    write_table(count_split(regions), out.counts)
    write_table(count_gc_of_splits(regions["split"].to_numpy(), gc), out.gc)
    write_table(describe_values(regions, targets), out.values)
else:
    write_table(count_labels(regions, targets), out.counts)
    write_table(count_gc(regions, gc, targets), out.gc)
write_table(regions, out.regions, float_format="%.9g")
write_fasta(out.sequences, regions["name"], decode(codes))
chromosome_sizes(out.sequences)  # which makes the index
write_table(steps, out.selection)
write_table(duplicates, out.duplicates)
write_table(pd.DataFrame({"target": map(safe_name, found.targets), "name": found.targets}), out.targets)
log.info("regions\n%s\n%s", steps.to_string(index=False), duplicates.to_string(index=False))
