"""From peaks and their heights, or from a lab's own signal, to regions with a value for every target."""

if plan.kind == "signal":
    MEASURED = ("layer", "summary", "signal_width", "transform", "weights", "variable")
    WEIGHTS = {"weights": f"{OUT}/regions/weights.tsv.gz"} if config["source"]["weights"] == "strength" else {}

    checkpoint targets:
        input:
            signal=[] if plan.samples else plan.signal_files,
        output:
            names=plan.names,
        log:
            f"{OUT}/logs/targets.log",
        conda:
            "../envs/intervals.yaml"
        resources:
            **SUMMARY,
        params:
            names=[sample.name for sample in plan.samples],
            sheet=config["source"].get("samples"),
            targets=config["targets"],
        script:
            "../workflow_scripts/write_targets.py"

    rule select_regions:
        input:
            names=plan.names,
            signal=plan.signal_files,
            regions=config["source"].get("regions", []),
            genome=plan.track("genome"),
            blacklist=plan.blacklist,
        output:
            **WEIGHTS,
            regions=f"{OUT}/regions/regions.tsv.gz",
            selection=shown("regions/selection.tsv", "selection", IN_REGIONS, "Selection of regions (table)"),
            counts=shown("regions/counts.tsv", "region_counts", IN_REGIONS, "Regions per split (table)"),
            gc=f"{OUT}/regions/gc.tsv",
            values=shown("regions/values.tsv", "peak_values_table", IN_REGIONS, "Values of each target (table)"),
            signal=shown("regions/signal.tsv", "signal_table", IN_REGIONS, "Signal of each target (table)"),
        log:
            f"{OUT}/logs/select_regions.log",
        benchmark:
            f"{OUT}/benchmarks/select_regions.tsv"
        conda:
            "../envs/intervals.yaml"
        threads: 4
        resources:
            **needs(4000 + 10 * len(TARGETS), minutes=240),
        params:
            samples=[sample.target for sample in plan.samples],
            width=config["regions"]["width"],
            chromosomes=config["regions"]["chromosomes"],
            settings={key: config["source"][key] for key in MEASURED if key in config["source"]},
            split=config["split"],
            seed=config["seed"],
        script:
            "../workflow_scripts/measure_signal.py"

else:

    rule select_regions:
        input:
            **plan.peaks,
            lineages=LINEAGES,
        output:
            regions=f"{OUT}/regions/regions.tsv.gz",
            selection=shown("regions/selection.tsv", "selection", IN_REGIONS, "Selection of regions (table)"),
            counts=shown("regions/counts.tsv", "region_counts", IN_REGIONS, "Regions per split (table)"),
            gc=f"{OUT}/regions/gc.tsv",
            values=shown("regions/values.tsv", "peak_values_table", IN_REGIONS, "Values of each cell type (table)"),
        log:
            f"{OUT}/logs/select_regions.log",
        benchmark:
            f"{OUT}/benchmarks/select_regions.tsv"
        conda:
            "../envs/intervals.yaml"
        resources:
            **WHOLE_DATA,
        params:
            format=plan.format,
            directory=plan.directory,
            targets=TARGETS,
            width=config["regions"]["width"],
            chromosomes=config["regions"]["chromosomes"],
            split=config["split"],
            seed=config["seed"],
        script:
            "../workflow_scripts/select_peaks.py"


rule plot_labels:
    input:
        values=rules.select_regions.output.values,
        lineages=LINEAGES,
    output:
        **figure("regions/counts", "peak_values", IN_REGIONS, "Values of each cell type"),
    log:
        f"{OUT}/logs/plot_labels.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_peak_values.py"


rule plot_region_quality:
    input:
        gc=rules.select_regions.output.gc,
    output:
        **figure("regions/quality", "peak_gc", IN_REGIONS, "GC content"),
    log:
        f"{OUT}/logs/plot_region_quality.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_peak_gc.py"
