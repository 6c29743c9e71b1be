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


rule plot_final_weights:
    input:
        weights=rules.final_weights.output.table,
        annotation=rules.tomtom.output.annotation,
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
    script:
        "../workflow_scripts/plot_final_weights.py"
