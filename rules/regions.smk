"""From peaks, binding sites and open chromatin to labelled regions."""


rule label_tracks:
    input:
        genome=plan.track("genome"),
        remap=plan.track("remap"),
        unibind=plan.track("unibind"),
        dhs=plan.track("dhs"),
        blacklist=plan.track("blacklist"),
        biosamples=plan.biosamples,
        dhs_sources=plan.track("dhs_sources") if plan.biosamples else [],
    output:
        candidates=f"{OUT}/regions/candidates.tracks.tsv.gz",
        dropped=f"{OUT}/regions/dropped.tracks.tsv",
        evidence=shown("regions/evidence.tsv", "evidence", IN_REGIONS, "Evidence for each target (table)"),
    log:
        f"{OUT}/logs/label_tracks.log",
    benchmark:
        f"{OUT}/benchmarks/label_tracks.tsv"
    conda:
        "../envs/intervals.yaml"
    threads: 2
    resources:
        **WHOLE_DATA,
    params:
        targets=TARGETS,
        width=config["regions"]["width"],
        chromosomes=config["regions"]["chromosomes"],
        labels=config["regions"]["labels"],
        overlapping=config["regions"]["overlapping"],
    script:
        "../workflow_scripts/label_tracks.py"


rule label_peaks:
    input:
        genome=plan.track("genome"),
        peaks=plan.sample_files,
        open=list(plan.open_regions.values()),
        blacklist=plan.blacklist,
    output:
        candidates=f"{OUT}/regions/candidates.peaks.tsv.gz",
        dropped=f"{OUT}/regions/dropped.peaks.tsv",
        targets=plan.names,
        peaks=shown("regions/peaks.tsv", "peaks_table", IN_REGIONS, "Peaks (table)"),
        overlap=shown("regions/peak_overlap.tsv", "peak_overlap", IN_REGIONS, "Agreement of peaks (table)"),
    log:
        f"{OUT}/logs/label_peaks.log",
    benchmark:
        f"{OUT}/benchmarks/label_peaks.tsv"
    conda:
        "../envs/intervals.yaml"
    resources:
        **needs(2000 + 10 * len(plan.samples), minutes=60),
    params:
        samples=[vars(sample) for sample in plan.samples],
        sheet=config["source"].get("samples"),
        biosamples=list(plan.open_regions),
        targets=TARGETS,
        width=config["regions"]["width"],
        chromosomes=config["regions"]["chromosomes"],
        overlapping=config["regions"]["overlapping"],
        unbound=config["regions"]["unbound"],
        negatives=config["regions"]["negatives"],
        consensus=config["source"].get("consensus"),
        seed=config["seed"],
    script:
        "../workflow_scripts/label_peaks.py"


rule label_published_matrix:
    input:
        matrix=plan.place(plan.matrix[0]),
        index=plan.place(plan.matrix[1]),
        fastas=plan.places(plan.fastas),
    output:
        candidates=f"{OUT}/regions/candidates.published_matrix.tsv.gz",
        dropped=f"{OUT}/regions/dropped.published_matrix.tsv",
    log:
        f"{OUT}/logs/label_published_matrix.log",
    benchmark:
        f"{OUT}/benchmarks/label_published_matrix.tsv"
    conda:
        "../envs/intervals.yaml"
    resources:
        **needs(2000 + 40 * len(TARGETS), minutes=60),
    params:
        targets=TARGETS,
        width=config["regions"]["width"],
    script:
        "../workflow_scripts/label_published_matrix.py"


rule select_regions:
    input:
        candidates=f"{OUT}/regions/candidates.{plan.labelled}.tsv.gz",
        dropped=f"{OUT}/regions/dropped.{plan.labelled}.tsv",
    output:
        regions=f"{OUT}/regions/regions.tsv.gz",
        selection=shown("regions/selection.tsv", "selection", IN_REGIONS, "Selection of regions (table)"),
        counts=shown("regions/counts.tsv", "label_counts_table", IN_REGIONS, "Labels per split (table)"),
        gc=f"{OUT}/regions/gc.tsv",
        composition=shown("regions/composition.tsv", "composition", IN_REGIONS, "GC content and repeats (table)"),
    log:
        f"{OUT}/logs/select_regions.log",
    conda:
        "../envs/intervals.yaml"
    resources:
        **needs(4000 + 40 * len(TARGETS), minutes=60),
    params:
        targets=TARGETS,
        split=config["split"],
        missing=config["regions"]["missing"],
        unbound=config["regions"]["unbound"],
        negatives=config["regions"]["negatives"],
        min_known=config["regions"].get("min_known"),
        min_positives=config["regions"]["min_positives"],
        test=config["regions"]["test"],
        seed=config["seed"],
    script:
        "../workflow_scripts/select_regions.py"


rule bed:
    input:
        regions=rules.select_regions.output.regions,
    output:
        beds=[f"{OUT}/regions/{target}.{label}.bed" for target, label in plan.beds],
    log:
        f"{OUT}/logs/bed.log",
    conda:
        "../envs/intervals.yaml"
    resources:
        **DRAWING,
    params:
        beds=plan.beds,
    script:
        "../workflow_scripts/write_bed.py"


rule plot_labels:
    input:
        counts=rules.select_regions.output.counts,
    output:
        **figure("regions/counts", "label_counts", IN_REGIONS, "Labels per split"),
    log:
        f"{OUT}/logs/plot_labels.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_labels.py"


rule plot_region_quality:
    input:
        gc=rules.select_regions.output.gc,
        composition=rules.select_regions.output.composition,
        evidence=rules.label_tracks.output.evidence if plan.labelled == "tracks" else [],
    output:
        **figure("regions/quality", "region_quality", IN_REGIONS, "Evidence and GC content"),
    log:
        f"{OUT}/logs/plot_region_quality.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_region_quality.py"


rule plot_peak_quality:
    input:
        peaks=rules.label_peaks.output.peaks,
        overlap=rules.label_peaks.output.overlap,
    output:
        **figure("regions/peak_quality", "peak_quality", IN_REGIONS, "Quality of the peaks"),
    log:
        f"{OUT}/logs/plot_peak_quality.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    params:
        targets=TARGETS,
    script:
        "../workflow_scripts/plot_peak_quality.py"
