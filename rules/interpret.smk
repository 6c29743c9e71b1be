"""Reading the model: what each unit detects, and what the model uses it for."""


rule motifs:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
        metrics=f"{MODEL}/metrics.json",
    output:
        meme=f"{OUT}/motifs/units.meme",
        table=f"{OUT}/motifs/units.tsv",
    log:
        f"{OUT}/logs/motifs.log",
    benchmark:
        f"{OUT}/benchmarks/motifs.tsv"
    conda:
        "../envs/torch.yaml"
    params:
        regions=config["motifs"]["regions"],
        threshold=config["motifs"]["threshold"],
    script:
        "../workflow_scripts/filters_to_motifs.py"


rule logos:
    input:
        meme=rules.motifs.output.meme,
    output:
        svg=expand(f"{OUT}/motifs/{{unit}}.svg", unit=UNITS),
        png=expand(f"{OUT}/motifs/{{unit}}.png", unit=UNITS),
        compact_svg=expand(f"{OUT}/motifs/{{unit}}.compact.svg", unit=UNITS),
        compact=expand(f"{OUT}/motifs/{{unit}}.compact.png", unit=UNITS),
    log:
        f"{OUT}/logs/logos.log",
    conda:
        "../envs/plots.yaml"
    script:
        "../workflow_scripts/plot_logos.py"


rule tomtom:
    input:
        units=rules.motifs.output.meme,
        database=PROFILES,
    output:
        table=f"{OUT}/tomtom/tomtom.tsv",
        annotation=report(
            f"{OUT}/tomtom/annotation.tsv",
            caption="../resources/report/captions/annotation.rst",
            category="Interpretation",
        ),
    log:
        f"{OUT}/logs/tomtom.log",
    benchmark:
        f"{OUT}/benchmarks/tomtom.tsv"
    conda:
        "../envs/motifs.yaml"
    params:
        backend=config["tomtom"]["backend"],
        q_value=config["tomtom"]["q_value"],
    script:
        "../workflow_scripts/compare_motifs.py"


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
