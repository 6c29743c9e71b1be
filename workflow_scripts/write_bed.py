"""The bound and the unbound regions of each target as BED."""

from cam import logs
from cam.data.intervals import to_bed
from cam.errors import InputError, nearest
from cam.io.files import write_text
from cam.io.tables import read_table
from cam.setup.target_tables import read_names

log = logs.start(snakemake.log[0])
regions = read_table(snakemake.input.regions, ["chrom", "start", "end", "name"], dtype={"chrom": str})
names = read_names(snakemake.input.names) if snakemake.input.get("names") else None
for (target, label), path in zip(snakemake.params.beds, snakemake.output.beds, strict=True):
    if names and target not in names:
        raise InputError(f"{path}: there is no target '{target}'; {nearest(target, names)}")
    if target in regions:
        bed = to_bed(regions, target, {"positive": 1, "negative": 0}[label])
    else:
        log.warning("%s: left out of this experiment (regions/selection.tsv), so it has no region", target)
        bed = to_bed(regions[["chrom", "start", "end", "name"]][:0].assign(**{target: []}), target, 1)
    with write_text(path) as text:
        bed.to_csv(text, sep="\t", header=False, index=False)
    log.info("%s: %d %s regions", target, len(bed), label)
