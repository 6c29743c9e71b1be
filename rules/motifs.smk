"""Filters to motifs, the known motifs they resemble, and which of them come back in replicates."""


rule motifs:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
        responses=f"{MODEL}/responses.safetensors",
    output:
        meme=shown("motifs/units.meme", "motifs", IN_MATCHES, "Motifs of the units (MEME format)"),
        table=shown("motifs/units.tsv", "motifs_table", IN_MATCHES, "Motifs of the units (table)"),
    log:
        f"{OUT}/logs/motifs.log",
    benchmark:
        f"{OUT}/benchmarks/motifs.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        **WHOLE_DATA,
    params:
        regions=config["motifs"]["regions"],
        correlation=config["motifs"]["correlation"],
        threshold=config["motifs"]["threshold"],
    script:
        "../workflow_scripts/filters_to_motifs.py"


use rule motifs as replicate_motifs with:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{REPLICATE}/model.safetensors",
        responses=f"{REPLICATE}/responses.safetensors",
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
        svg=[shown(f"motifs/{unit}.svg", "logo", IN_LOGOS, {"unit": number_of(unit)}) for unit in UNITS],
        png=expand(f"{OUT}/motifs/{{unit}}.png", unit=UNITS),
        compact_svg=expand(f"{OUT}/motifs/{{unit}}.compact.svg", unit=UNITS),
        compact=expand(f"{OUT}/motifs/{{unit}}.compact.png", unit=UNITS),
    log:
        f"{OUT}/logs/logos.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_logos.py"


rule tomtom:
    input:
        units=rules.motifs.output.meme,
        database=PROFILES,
    output:
        table=shown("tomtom/tomtom.tsv", "tomtom", IN_MATCHES, "All matches with known motifs (table)"),
        annotation=shown("tomtom/annotation.tsv", "annotation", IN_MATCHES, "Best match of each unit (table)"),
    log:
        f"{OUT}/logs/tomtom.log",
    benchmark:
        f"{OUT}/benchmarks/tomtom.tsv"
    conda:
        "../envs/motifs.yaml"
    resources:
        **SEARCH,
    params:
        backend=config["tomtom"]["backend"],
        q_value=config["tomtom"]["q_value"],
    script:
        "../workflow_scripts/compare_motifs.py"


if plan.initial_motifs:

    rule initial_motifs:
        input:
            model=f"{MODEL}/model.safetensors",
            initial=plan.initial_motifs,
            annotation=rules.tomtom.output.annotation,
            families=CLUSTERS,
        output:
            table=shown("motifs/initial.tsv", "initial_motifs", IN_MATCHES, "What units began as (table)"),
        log:
            f"{OUT}/logs/initial_motifs.log",
        conda:
            "../envs/torch.yaml"
        resources:
            **SUMMARY,
        script:
            "../workflow_scripts/compare_initial.py"


rule consistency:
    input:
        motifs=REPLICATE_MOTIFS,
        database=PROFILES,
    output:
        table=shown(
            "interpretation/consistency.tsv", "consistency_table", IN_REPLICATES, "Motifs that came back (table)"
        ),
        members=f"{OUT}/interpretation/consistency.members.tsv",
    log:
        f"{OUT}/logs/consistency.log",
    benchmark:
        f"{OUT}/benchmarks/consistency.tsv"
    conda:
        "../envs/motifs.yaml"
    resources:
        **needs(2000, minutes=120),
    params:
        seeds=REPLICATES,
        backend=config["tomtom"]["backend"],
        q_value=config["tomtom"]["q_value"],
    script:
        "../workflow_scripts/compare_replicates.py"


rule plot_consistency:
    input:
        table=rules.consistency.output.table,
        members=rules.consistency.output.members,
        motifs=REPLICATE_MOTIFS,
    output:
        **figure("interpretation/consistency", "consistency", IN_REPLICATES, "Motifs that came back"),
    log:
        f"{OUT}/logs/plot_consistency.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    params:
        seeds=REPLICATES,
    script:
        "../workflow_scripts/plot_consistency.py"
