"""What GC content alone tells of the test regions: beside what the models tell."""

from cam import logs
from cam.data.dataset import load_dataset
from cam.data.sequences import gc_content
from cam.evaluation.binding import score_gc_content
from cam.evaluation.bootstrap import read_test_regions
from cam.io.tables import write_table

log = logs.start(snakemake.log[0])
dataset = load_dataset(snakemake.input.dataset)
_, blocks, _ = read_test_regions(snakemake.input.regions, snakemake.input.groups)
train, test = ((gc_content(codes), labels) for codes, labels in map(dataset.part, ("train", "test")))
table = score_gc_content(train, test, dataset.targets, snakemake.params.seed, blocks)
write_table(table, snakemake.output.table)
log.info("GC content alone, test regions\n%s", table.to_string(index=False))
