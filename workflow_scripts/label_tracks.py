"""Candidate regions from open chromatin, labelled by ReMap and UniBind."""

import pandas as pd
from cam import logs
from cam.data.chromosomes import choose, expect_agreement
from cam.data.intervals import COORDINATES
from cam.data.labels import label, label_by_biosample
from cam.data.open_regions import on_chromosomes, usable_windows
from cam.data.sequences import chromosome_sizes
from cam.io.files import watch
from cam.io.tables import write_table
from cam.sources import bed, biosamples, encode_dhs, remap, unibind

log = logs.start(snakemake.log[0])
paths, params, output = snakemake.input, snakemake.params, snakemake.output
expect_unchanged = watch(paths)
samples, open_in = [], {}
if paths.biosamples:
    samples = biosamples.read_biosamples(paths.biosamples)
    cell_types = encode_dhs.read_sources(paths.dhs_sources)
    open_in = encode_dhs.source_ids(cell_types, {sample.name: sample.dhs for sample in samples}, paths.biosamples)
sizes = chromosome_sizes(paths.genome)
chosen = choose(sizes, params.chromosomes, paths.genome)
found = encode_dhs.read_clusters(paths.dhs, open_in)
clusters, elsewhere = on_chromosomes(found, chosen, params.chromosomes, sizes, paths.dhs, paths.genome)
blacklist = bed.read_bed(paths.blacklist)
summits, sites = remap.read_summits(paths.remap, params.targets), unibind.read_sites(paths.unibind, params.targets)
for path, intervals in ((paths.blacklist, blacklist), (paths.remap, summits), (paths.unibind, sites)):
    expect_agreement(intervals["chrom"], sizes, path, paths.genome)
    n_elsewhere = (~intervals["chrom"].isin(chosen)).sum()
    log.info("%s: %d intervals, %d of them elsewhere than the regions", path, len(intervals), n_elsewhere)
regions, left_out = usable_windows(clusters, params.width, params.overlapping, sizes, paths.genome, blacklist)
evidence = regions, summits, sites, params.targets
labels, counts = label_by_biosample(*evidence, samples, params.labels) if samples else label(*evidence, params.labels)
expect_unchanged()
write_table(pd.concat([regions[[*COORDINATES, "gc", "repeats", "copies"]], labels], axis=1), output.candidates)
write_table(pd.concat([elsewhere, left_out]), output.dropped)
write_table(counts, output.evidence)
log.info("%d open regions, %d candidates, %d summits, %d sites", len(clusters), len(regions), len(summits), len(sites))
log.info("regions by evidence\n%s", counts.to_string(index=False))
