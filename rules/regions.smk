"""From peaks, binding sites and open chromatin to labelled regions."""


rule label_tracks:
    input:
        genome=track("genome"),
        remap=track("remap"),
        unibind=track("unibind"),
        dhs=track("dhs"),
        blacklist=track("blacklist"),
        biosamples=BIOSAMPLES,
        dhs_sources=track("dhs_sources") if BIOSAMPLES else [],
    output:
        candidates=f"{OUT}/regions/candidates.tracks.tsv.gz",
        dropped=f"{OUT}/regions/dropped.tracks.tsv",
        evidence=report(
            f"{OUT}/regions/evidence.tsv",
            caption="../resources/report/captions/evidence.rst",
            category="2 Regions",
            labels={"result": "Evidence for each target (table)"},
        ),
    log:
        f"{OUT}/logs/label_tracks.log",
    benchmark:
        f"{OUT}/benchmarks/label_tracks.tsv"
    conda:
        "../envs/intervals.yaml"
    threads: 2
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        targets=TARGETS,
        width=config["regions"]["width"],
        chromosomes=config["regions"]["chromosomes"],
        labels=config["regions"]["labels"],
        overlapping=config["regions"]["overlapping"],
    script:
        "../workflow_scripts/label_tracks.py"


rule label_published_matrix:
    input:
        matrix=place(PUBLISHED[0], DOWNLOADS),
        index=place(PUBLISHED[1], DOWNLOADS),
        fastas=[place(fasta, DOWNLOADS) for fasta in FASTAS],
    output:
        candidates=f"{OUT}/regions/candidates.published_matrix.tsv.gz",
        dropped=f"{OUT}/regions/dropped.published_matrix.tsv",
    log:
        f"{OUT}/logs/label_published_matrix.log",
    benchmark:
        f"{OUT}/benchmarks/label_published_matrix.tsv"
    conda:
        "../envs/intervals.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000 + 40 * len(TARGETS)),
        runtime=growing(60),
    params:
        targets=TARGETS,
        width=config["regions"]["width"],
    script:
        "../workflow_scripts/label_published_matrix.py"


rule select_regions:
    input:
        candidates=f"{OUT}/regions/candidates.{LABELLED}.tsv.gz",
        dropped=f"{OUT}/regions/dropped.{LABELLED}.tsv",
    output:
        regions=f"{OUT}/regions/regions.tsv.gz",
        selection=report(
            f"{OUT}/regions/selection.tsv",
            caption="../resources/report/captions/selection.rst",
            category="2 Regions",
            labels={"result": "Selection of regions (table)"},
        ),
        counts=report(
            f"{OUT}/regions/counts.tsv",
            caption="../resources/report/captions/label_counts_table.rst",
            category="2 Regions",
            labels={"result": "Labels per split (table)"},
        ),
        gc=f"{OUT}/regions/gc.tsv",
    log:
        f"{OUT}/logs/select_regions.log",
    conda:
        "../envs/intervals.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000 + 40 * len(TARGETS)),
        runtime=growing(60),
    params:
        targets=TARGETS,
        split=config["split"],
        missing=config["regions"]["missing"],
        unbound=config["regions"]["unbound"],
        negatives=config["regions"]["negatives"],
        lacking="leave_out" if ALL_TARGETS else "refuse",
        seed=config["seed"],
    script:
        "../workflow_scripts/select_regions.py"


rule bed:
    input:
        regions=rules.select_regions.output.regions,
    output:
        bed=f"{OUT}/regions/{{target}}.{{label}}.bed",
    log:
        f"{OUT}/logs/bed/{{target}}.{{label}}.log",
    conda:
        "../envs/intervals.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../workflow_scripts/write_bed.py"


rule plot_label_counts:
    input:
        counts=rules.select_regions.output.counts,
    output:
        svg=report(
            f"{OUT}/regions/counts.svg",
            caption="../resources/report/captions/label_counts.rst",
            category="2 Regions",
            labels={"result": "Labels per split"},
        ),
        png=f"{OUT}/regions/counts.png",
    log:
        f"{OUT}/logs/plot_label_counts.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../workflow_scripts/plot_label_counts.py"


rule plot_region_quality:
    input:
        gc=rules.select_regions.output.gc,
        evidence=rules.label_tracks.output.evidence if LABELLED == "tracks" else [],
    output:
        svg=report(
            f"{OUT}/regions/quality.svg",
            caption="../resources/report/captions/region_quality.rst",
            category="2 Regions",
            labels={"result": "Evidence and GC content"},
        ),
        png=f"{OUT}/regions/quality.png",
    log:
        f"{OUT}/logs/plot_region_quality.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../workflow_scripts/plot_region_quality.py"
