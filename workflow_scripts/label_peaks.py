"""Candidate regions from open regions or the peaks themselves, labelled by the user's own peaks."""

import pandas as pd
from cam import logs
from cam.data.chromosomes import expect_agreement
from cam.data.intervals import INTERVAL
from cam.data.peak_quality import compare_files, compare_targets, describe_peaks
from cam.data.peaks import label_peaks, open_candidates, peak_candidates, read_files, share_inside, write_candidates
from cam.data.sequences import chromosome_sizes
from cam.io.files import watch
from cam.io.tables import write_table
from cam.setup.own_data import Sample
from cam.sources.bed import read_bed

log = logs.start(snakemake.log[0])
paths, params, out = snakemake.input, snakemake.params, snakemake.output
expect_unchanged = watch(paths)
samples = [Sample(**row) for row in params.samples]
sizes = chromosome_sizes(paths.genome)
axis, files, counts = read_files(samples, paths.peaks, params.chromosomes, params.width, sizes, paths.genome)
blacklist = read_bed(paths.blacklist) if paths.blacklist else pd.DataFrame(columns=INTERVAL)
expect_agreement(blacklist["chrom"], sizes, paths.blacklist, paths.genome)
common = {"overlapping": params.overlapping, "blacklist": blacklist, "axis": axis, "sizes": sizes}
if paths.open:
    beds = dict(zip(params.biosamples, paths.open, strict=True))
    regions, opened, dropped = open_candidates(beds, params.chromosomes, genome=paths.genome, **common)
else:
    ratio = 3 * params.unbound if params.negatives != "shuffled" else 0  # of which the selection takes a third
    drawn = {"ratio": ratio, "seed": params.seed, "match_repeats": params.negatives == "gc_and_repeat_matched"}
    regions, opened, dropped = peak_candidates(files, genome=paths.genome, **drawn, **common)
labels = label_peaks(regions, opened, samples, files, params.targets, axis, params.consensus, params.sheet)
peaks = describe_peaks(counts, files, share_inside(regions, opened, samples, files, axis))
overlap = [compare_files(samples, files, params.seed), compare_targets(labels, params.targets)]
expect_unchanged()
write_candidates(out.candidates, regions, labels, params.targets)
write_table(dropped, out.dropped)
write_table(pd.DataFrame({s.target: s.name for s in samples}.items(), columns=["target", "name"]), out.targets)
write_table(peaks, out.peaks)
write_table(pd.concat(overlap), out.overlap)
log.info("%d candidates\n%s\n%s", len(regions), dropped.to_string(index=False), peaks.to_string(index=False))
