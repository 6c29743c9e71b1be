"""Candidate regions from open chromatin, labelled by ReMap and UniBind."""

import pandas as pd
from cam import logs
from cam.files import write_table
from cam.regions import label, overlaps, windows
from cam.sequences import N_CODE, gc_content, read_windows
from cam.sources import encode_dhs, remap, unibind

log = logs.start(snakemake.log[0])
targets = snakemake.params.targets
clusters = encode_dhs.read_clusters(snakemake.input.dhs)
regions = windows(clusters, snakemake.params.width)
blacklist = pd.read_csv(
    snakemake.input.blacklist, sep="\t", header=None, usecols=[0, 1, 2], names=["chrom", "start", "end"]
)
listed = overlaps(regions, blacklist)
codes = read_windows(snakemake.input.genome, regions)
unknown = (codes == N_CODE).mean(axis=1) > 0.05
dropped = pd.DataFrame(
    {
        "step": [
            "left out: same window as another, or beyond the chromosome",
            "left out: in the blacklist",
            "left out: over 5 % N",
        ],
        "regions": [len(clusters) - len(regions), listed.sum(), (unknown & ~listed).sum()],
    }
)
kept = ~listed & ~unknown
regions, codes = regions[kept].reset_index(drop=True), codes[kept]
regions["gc"] = gc_content(codes)
labels = label(
    regions,
    remap.read_summits(snakemake.input.remap, targets),
    unibind.read_sites(snakemake.input.unibind, targets),
    targets,
    snakemake.params.labels,
)
write_table(pd.concat([regions, labels], axis=1), snakemake.output.candidates)
write_table(dropped, snakemake.output.dropped)
log.info("%d open regions, %d candidates", len(clusters), len(regions))
