"""Reading the model: what it uses each unit for."""


rule final_weights:
    input:
        model=f"{MODEL}/model.safetensors",
    output:
        table=f"{OUT}/interpretation/final_weights.tsv",
    log:
        f"{OUT}/logs/final_weights.log",
    conda:
        "../envs/torch.yaml"
    script:
        "../workflow_scripts/final_weights.py"


rule detectors:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
        annotation=rules.tomtom.output.annotation,
    output:
        table=f"{OUT}/interpretation/detectors.tsv",
    log:
        f"{OUT}/logs/detectors.log",
    conda:
        "../envs/torch.yaml"
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
            category="Interpretation",
        ),
        png=f"{OUT}/interpretation/final_weights.png",
    log:
        f"{OUT}/logs/plot_final_weights.log",
    conda:
        "../envs/plots.yaml"
    params:
        binding=not REGRESSION,
    script:
        "../workflow_scripts/plot_final_weights.py"
