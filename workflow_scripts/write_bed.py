"""The bound or unbound regions of one target as BED."""

from cam import logs
from cam.data.intervals import to_bed
from cam.io.files import write_text
from cam.io.tables import read_table

log = logs.start(snakemake.log[0])
target, label = snakemake.wildcards.target, snakemake.wildcards.label
regions = read_table(snakemake.input.regions, ["chrom", "start", "end", "name"], dtype={"chrom": str})
if target not in regions:
    log.warning("%s: left out of this experiment (regions/selection.tsv), so it has no region", target)
    regions = regions[:0].assign(**{target: []})
bed = to_bed(regions, target, {"positive": 1, "negative": 0}[label])
with write_text(snakemake.output.bed) as text:
    bed.to_csv(text, sep="\t", header=False, index=False)
log.info("%s: %d %s regions", target, len(bed), label)
