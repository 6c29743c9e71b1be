"""Filters to motifs, and the known motifs they resemble."""


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
