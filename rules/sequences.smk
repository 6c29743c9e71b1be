"""From labelled sequences without coordinates to regions, split; each sequence is a region of its own.

A region's chromosome is the name of its sequence in regions/sequences.fa, which is what the BED files go with.
"""

if REGRESSION:
    OF_LABELS = {
        "counts": shown("regions/counts.tsv", "region_counts", IN_REGIONS, "Regions per split (table)"),
        "values": shown("regions/values.tsv", "peak_values_table", IN_REGIONS, "Values of each target (table)"),
        "orientations": shown("regions/orientations.tsv", "orientations", IN_REGIONS, "Two orientations (table)"),
    }
else:
    OF_LABELS = {"counts": shown("regions/counts.tsv", "label_counts_table", IN_REGIONS, "Labels per split (table)")}


# A checkpoint, since the names of the targets may be in the data only.
checkpoint select_regions:
    input:
        labelled=plan.sequence_files,
    output:
        **OF_LABELS,
        regions=f"{OUT}/regions/regions.tsv.gz",
        sequences=plan.sequences[0],
        index=f"{plan.sequences[0]}.fai",
        names=plan.names,
        groups=plan.groups,
        selection=shown("regions/selection.tsv", "selection", IN_REGIONS, "Selection of regions (table)"),
        duplicates=shown("regions/duplicates.tsv", "duplicates", IN_REGIONS, "Duplicates (table)"),
        gc=f"{OUT}/regions/gc.tsv",
    log:
        f"{OUT}/logs/select_regions.log",
    benchmark:
        f"{OUT}/benchmarks/select_regions.tsv"
    conda:
        "../envs/intervals.yaml"
    resources:
        **WHOLE_DATA,
    params:
        source=config["source"],
        targets=TARGETS,
        task=TASK,
        stated="task" in config["source"],
        width=config["regions"]["width"],
        unbound=config["regions"]["unbound"],
        split=config["split"],
        min_positives=config["regions"]["min_positives"],
        seed=config["seed"],
    script:
        "../workflow_scripts/read_sequences.py"


if REGRESSION:

    rule plot_labels:
        input:
            values=rules.select_regions.output.values,
            lineages=LINEAGES,
        output:
            **figure("regions/counts", "peak_values", IN_REGIONS, "Values of each target"),
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

else:

    rule bed:
        input:
            regions=rules.select_regions.output.regions,
            names=rules.select_regions.output.names,
        output:
            beds=[f"{OUT}/regions/{target}.{label}.bed" for target, label in plan.beds],
        log:
            f"{OUT}/logs/bed.log" if plan.named else f"{OUT}/logs/bed/{{target}}.log",
        conda:
            "../envs/intervals.yaml"
        resources:
            **DRAWING,
        params:
            beds=plan.beds_of,
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
            composition=[],
            evidence=[],
        output:
            **figure("regions/quality", "region_quality", IN_REGIONS, "GC content of bound and unbound regions"),
        log:
            f"{OUT}/logs/plot_region_quality.log",
        conda:
            "../envs/plots.yaml"
        resources:
            **DRAWING,
        script:
            "../workflow_scripts/plot_region_quality.py"
