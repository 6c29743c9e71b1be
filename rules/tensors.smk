"""Sequences and labels as tensors, made once and read by every model."""


rule tensors:
    input:
        regions=rules.select_regions.output.regions,
        sequences=sequence_source,
    output:
        dataset=f"{OUT}/tensors/dataset.safetensors",
    log:
        f"{OUT}/logs/tensors.log",
    benchmark:
        f"{OUT}/benchmarks/tensors.tsv"
    conda:
        "../envs/intervals.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        kind="arrays" if FORMAT == "arrays" else KIND,
        targets=TARGETS,
        width=config["regions"]["width"],
        seed=config["seed"],
    script:
        "../workflow_scripts/make_tensors.py"
