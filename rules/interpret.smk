"""Reading the model: what it uses each unit for."""


rule final_weights:
    input:
        model=f"{MODEL}/model.safetensors",
    output:
        table=report(
            f"{OUT}/interpretation/final_weights.tsv",
            caption="../resources/report/captions/final_weights_table.rst",
            category="5 Interpretation",
            subcategory="Units",
            labels={"result": "Final weights (table)"},
        ),
    log:
        f"{OUT}/logs/final_weights.log",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    script:
        "../workflow_scripts/final_weights.py"


rule detectors:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
        annotation=rules.tomtom.output.annotation,
    output:
        table=report(
            f"{OUT}/interpretation/detectors.tsv",
            caption="../resources/report/captions/detectors.rst",
            category="5 Interpretation",
            subcategory="Units",
            labels={"result": "Outputs with and without a site (table)"},
        ),
    log:
        f"{OUT}/logs/detectors.log",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        threshold=config["motifs"]["threshold"],
    script:
        "../workflow_scripts/detect_units.py"


rule plot_final_weights:
    input:
        weights=rules.final_weights.output.table,
        detectors=rules.detectors.output.table,
        lineages=LINEAGES or [],
    output:
        svg=report(
            f"{OUT}/interpretation/final_weights.svg",
            caption="../resources/report/captions/final_weights.rst",
            category="5 Interpretation",
            subcategory="Units",
            labels={"result": "Final weights"},
        ),
        png=f"{OUT}/interpretation/final_weights.png",
    log:
        f"{OUT}/logs/plot_final_weights.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        binding=not REGRESSION,
    script:
        "../workflow_scripts/plot_final_weights.py"
