"""Candidate regions from open chromatin, labelled by ReMap and UniBind."""

import pandas as pd
from cam import logs
from cam.files import read_table, write_table
from cam.regions import INTERVAL, label, usable, windows
from cam.sequences import chromosome_sizes, gc_content, read_windows
from cam.sources import encode_dhs, remap, unibind

log = logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
clusters = encode_dhs.read_clusters(paths.dhs)
regions = windows(clusters, params.width, chromosome_sizes(paths.genome))
outside = pd.DataFrame(
    {"step": ["left out: window of another, or beyond the chromosome"], "regions": [len(clusters) - len(regions)]}
)
codes = read_windows(paths.genome, regions)
blacklist = read_table(paths.blacklist, header=None, usecols=[0, 1, 2], names=INTERVAL)
keep, dropped = usable(regions, codes, blacklist)
regions = regions[keep].reset_index(drop=True).assign(gc=gc_content(codes[keep]))
summits, sites = remap.read_summits(paths.remap, params.targets), unibind.read_sites(paths.unibind, params.targets)
labels = label(regions, summits, sites, params.targets, params.labels)
write_table(pd.concat([regions, labels], axis=1), snakemake.output.candidates)
write_table(pd.concat([outside, dropped]), snakemake.output.dropped)
log.info("%d open regions, %d candidates, %d summits, %d sites", len(clusters), len(regions), len(summits), len(sites))
