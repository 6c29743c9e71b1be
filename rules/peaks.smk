"""From peaks and their heights to regions with a value for every cell type."""


rule select_regions:
    input:
        **peak_sources(),
        lineages=LINEAGES or [],
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
            caption="../resources/report/captions/region_counts.rst",
            category="2 Regions",
            labels={"result": "Regions per split (table)"},
        ),
        gc=f"{OUT}/regions/gc.tsv",
        values=report(
            f"{OUT}/regions/values.tsv",
            caption="../resources/report/captions/peak_values_table.rst",
            category="2 Regions",
            labels={"result": "Values of each cell type (table)"},
        ),
    log:
        f"{OUT}/logs/select_regions.log",
    benchmark:
        f"{OUT}/benchmarks/select_regions.tsv"
    conda:
        "../envs/intervals.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        format=FORMAT,
        directory=DIRECTORY,
        targets=TARGETS,
        width=config["regions"]["width"],
        chromosomes=config["regions"]["chromosomes"],
        split=config["split"],
        seed=config["seed"],
    script:
        "../workflow_scripts/select_peaks.py"


rule plot_label_counts:
    input:
        values=rules.select_regions.output.values,
        lineages=LINEAGES or [],
    output:
        svg=report(
            f"{OUT}/regions/counts.svg",
            caption="../resources/report/captions/peak_values.rst",
            category="2 Regions",
            labels={"result": "Values of each cell type"},
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
        "../workflow_scripts/plot_peak_values.py"


rule plot_region_quality:
    input:
        gc=rules.select_regions.output.gc,
    output:
        svg=report(
            f"{OUT}/regions/quality.svg",
            caption="../resources/report/captions/peak_gc.rst",
            category="2 Regions",
            labels={"result": "GC content"},
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
        "../workflow_scripts/plot_peak_gc.py"
