"""Candidate regions from open chromatin, labelled by ReMap and UniBind."""

import pandas as pd
from cam import logs
from cam.data.chromosomes import choose, expect_agreement, listed, sort_out
from cam.data.intervals import INTERVAL, resolve_overlaps, usable, windows
from cam.data.labels import label, label_by_biosample
from cam.data.sequences import chromosome_sizes, copies, gc_content, hash_sequences, read_windows
from cam.errors import InputError
from cam.io.files import watch
from cam.io.tables import write_table
from cam.sources import encode_dhs, remap, unibind
from cam.sources.bed import read_bed
from cam.sources.biosamples import read_biosamples

log = logs.start(snakemake.log[0])
paths, params = snakemake.input, snakemake.params
expect_unchanged = watch(paths)
biosamples, open_in = [], {}
if paths.biosamples:
    biosamples = read_biosamples(paths.biosamples)
    cell_types = encode_dhs.read_sources(paths.dhs_sources)
    open_in = encode_dhs.source_ids(cell_types, {sample.name: sample.dhs for sample in biosamples}, paths.biosamples)

sizes = chromosome_sizes(paths.genome)
chosen = choose(sizes, params.chromosomes, paths.genome)
found = encode_dhs.read_clusters(paths.dhs, open_in)
expect_agreement(found["chrom"], sizes, paths.dhs, paths.genome)
keep, elsewhere = sort_out(found["chrom"], chosen, params.chromosomes, sizes)
clusters = found[keep]
if clusters.empty:
    raise InputError(f"{paths.dhs}: found no row on the chromosomes {listed(chosen)} (regions.chromosomes)")
centred = windows(clusters, params.width, sizes)
resolved = resolve_overlaps(centred, params.overlapping)
steps = [("left out: window of another, or beyond the chromosome", len(clusters) - len(centred))]
if params.overlapping != "keep":
    steps.append((f"left out: overlapping another (overlapping: {params.overlapping})", len(centred) - len(resolved)))

blacklist = read_bed(paths.blacklist)
summits, sites = remap.read_summits(paths.remap, params.targets), unibind.read_sites(paths.unibind, params.targets)
for path, intervals in ((paths.blacklist, blacklist), (paths.remap, summits), (paths.unibind, sites)):
    expect_agreement(intervals["chrom"], sizes, path, paths.genome)
    log.info(
        "%s: %d intervals, %d of them elsewhere than the regions",
        path,
        len(intervals),
        (~intervals["chrom"].isin(chosen)).sum(),
    )
kept, dropped = [], []
for _, regions in resolved.groupby("chrom"):  # one chromosome's sequences at a time
    codes = read_windows(paths.genome, regions)
    keep, left_out = usable(regions, codes, blacklist)
    kept.append(regions[keep].assign(gc=gc_content(codes[keep]), hash=hash_sequences(codes[keep])))
    dropped.append(left_out)
regions = pd.concat(kept, ignore_index=True)
dropped = (
    pd.concat([elsewhere, pd.DataFrame(steps, columns=["step", "regions"]), *dropped]).groupby("step", sort=False).sum()
)

if biosamples:
    labels, counts = label_by_biosample(regions, summits, sites, params.targets, biosamples, params.labels)
else:
    labels, counts = label(regions, summits, sites, params.targets, params.labels)
described = regions[[*INTERVAL, "name", "gc"]].assign(copies=copies(regions["hash"].to_numpy()))
expect_unchanged()
write_table(pd.concat([described, labels], axis=1), snakemake.output.candidates)
write_table(dropped.reset_index(), snakemake.output.dropped)
write_table(counts, snakemake.output.evidence)
log.info("%d open regions, %d candidates, %d summits, %d sites", len(clusters), len(regions), len(summits), len(sites))
log.info("regions by evidence\n%s", counts.to_string(index=False))
