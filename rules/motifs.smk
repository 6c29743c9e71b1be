"""Filters to motifs, the known motifs they resemble, and which of them come back in replicates."""


rule motifs:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
        metrics=[] if REGRESSION else f"{MODEL}/metrics.json",
    output:
        meme=report(
            f"{OUT}/motifs/units.meme",
            caption="../resources/report/captions/motifs.rst",
            category="4 Motifs",
            subcategory="Matches",
            labels={"result": "Motifs of the units (MEME format)"},
        ),
        table=report(
            f"{OUT}/motifs/units.tsv",
            caption="../resources/report/captions/motifs_table.rst",
            category="4 Motifs",
            subcategory="Matches",
            labels={"result": "Motifs of the units (table)"},
        ),
    log:
        f"{OUT}/logs/motifs.log",
    benchmark:
        f"{OUT}/benchmarks/motifs.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        regions=config["motifs"]["regions"],
        correlation=config["motifs"]["correlation"],
        threshold=config["motifs"]["threshold"],
        binding=not REGRESSION,
    script:
        "../workflow_scripts/filters_to_motifs.py"


use rule motifs as replicate_motifs with:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{REPLICATE}/model.safetensors",
        metrics=[] if REGRESSION else f"{REPLICATE}/metrics.json",
    output:
        meme=f"{OUT}/motifs/replicates/seed{{seed}}.meme",
        table=f"{OUT}/motifs/replicates/seed{{seed}}.tsv",
    log:
        f"{OUT}/logs/motifs/seed{{seed}}.log",
    benchmark:
        f"{OUT}/benchmarks/motifs/seed{{seed}}.tsv"


rule logos:
    input:
        meme=rules.motifs.output.meme,
    output:
        svg=[
            report(
                f"{OUT}/motifs/{unit}.svg",
                caption="../resources/report/captions/logo.rst",
                category="4 Motifs",
                subcategory="Logos",
                labels={"unit": number_of(unit)},
            )
            for unit in UNITS
        ],
        png=expand(f"{OUT}/motifs/{{unit}}.png", unit=UNITS),
        compact_svg=expand(f"{OUT}/motifs/{{unit}}.compact.svg", unit=UNITS),
        compact=expand(f"{OUT}/motifs/{{unit}}.compact.png", unit=UNITS),
    log:
        f"{OUT}/logs/logos.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../workflow_scripts/plot_logos.py"


rule tomtom:
    input:
        units=rules.motifs.output.meme,
        database=PROFILES,
    output:
        table=report(
            f"{OUT}/tomtom/tomtom.tsv",
            caption="../resources/report/captions/tomtom.rst",
            category="4 Motifs",
            subcategory="Matches",
            labels={"result": "All matches with known motifs (table)"},
        ),
        annotation=report(
            f"{OUT}/tomtom/annotation.tsv",
            caption="../resources/report/captions/annotation.rst",
            category="4 Motifs",
            subcategory="Matches",
            labels={"result": "Best match of each unit (table)"},
        ),
    log:
        f"{OUT}/logs/tomtom.log",
    benchmark:
        f"{OUT}/benchmarks/tomtom.tsv"
    conda:
        "../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        backend=config["tomtom"]["backend"],
        q_value=config["tomtom"]["q_value"],
    script:
        "../workflow_scripts/compare_motifs.py"


rule consistency:
    input:
        motifs=REPLICATE_MOTIFS,
        database=PROFILES,
    output:
        table=report(
            f"{OUT}/interpretation/consistency.tsv",
            caption="../resources/report/captions/consistency_table.rst",
            category="4 Motifs",
            subcategory="Replicates",
            labels={"result": "Motifs that came back (table)"},
        ),
    log:
        f"{OUT}/logs/consistency.log",
    benchmark:
        f"{OUT}/benchmarks/consistency.tsv"
    conda:
        "../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        seeds=REPLICATES,
        backend=config["tomtom"]["backend"],
        q_value=config["tomtom"]["q_value"],
    script:
        "../workflow_scripts/compare_replicates.py"


rule plot_consistency:
    input:
        table=rules.consistency.output.table,
        motifs=REPLICATE_MOTIFS,
    output:
        svg=report(
            f"{OUT}/interpretation/consistency.svg",
            caption="../resources/report/captions/consistency.rst",
            category="4 Motifs",
            subcategory="Replicates",
            labels={"result": "Motifs that came back"},
        ),
        png=f"{OUT}/interpretation/consistency.png",
    log:
        f"{OUT}/logs/plot_consistency.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        seeds=REPLICATES,
    script:
        "../workflow_scripts/plot_consistency.py"
