"""Reading the model: what it uses each unit for, in general and in single regions, and which targets use the same."""


rule final_weights:
    input:
        responses=f"{MODEL}/responses.safetensors",
    output:
        weights=shown("interpretation/final_weights.tsv", "final_weights_table", IN_UNITS, "Final weights (table)"),
        effects=shown("interpretation/effects.tsv", "effects_table", IN_UNITS, "Effects (table)"),
    log:
        f"{OUT}/logs/final_weights.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **WHOLE_DATA,
    script:
        "../workflow_scripts/tabulate_effects.py"


rule detectors:
    input:
        responses=f"{MODEL}/responses.safetensors",
        annotation=rules.tomtom.output.annotation,
    output:
        table=shown("interpretation/detectors.tsv", "detectors", IN_UNITS, "Outputs with and without a site (table)"),
    log:
        f"{OUT}/logs/detectors.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **WHOLE_DATA,
    script:
        "../workflow_scripts/detect_units.py"


rule plot_final_weights:
    input:
        effects=rules.final_weights.output.effects,
        detectors=rules.detectors.output.table,
        lineages=LINEAGES,
    output:
        **figure("interpretation/final_weights", "final_weights", IN_UNITS, "Final weights"),
    log:
        f"{OUT}/logs/plot_final_weights.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_final_weights.py"


# The best, the worst and random regions, and the chosen ones if there are any, in one job.
CHOICES = ["best", "worst", "random"] + ["chosen"] * bool(config["local"]["names"])


rule single_regions:
    input:
        dataset=rules.tensors.output.dataset,
        regions=rules.select_regions.output.regions,
        model=f"{MODEL}/model.safetensors",
        responses=f"{MODEL}/responses.safetensors",
    output:
        contributions=[
            shown(
                f"interpretation/local/{choice}.tsv",
                "local_table",
                IN_SINGLE_REGIONS,
                {"regions": f"{choice} (table)"},
            )
            for choice in CHOICES
        ],
        sites=[
            shown(
                f"interpretation/local/{choice}.sites.tsv",
                "local_sites",
                IN_SINGLE_REGIONS,
                {"regions": f"{choice}, sites (table)"},
            )
            for choice in CHOICES
        ],
    log:
        f"{OUT}/logs/single_regions.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **needs(4000, minutes=20),
    params:
        choices=CHOICES,
        names=config["local"]["names"],
        regions=config["local"]["regions"],
        seed=config["seed"],
    script:
        "../workflow_scripts/interpret_regions.py"


use rule single_regions as single_region with:
    output:
        contributions=[
            shown(
                "interpretation/local/{choice}.tsv", "local_table", IN_SINGLE_REGIONS, {"regions": "{choice} (table)"}
            )
        ],
        sites=[
            shown(
                "interpretation/local/{choice}.sites.tsv",
                "local_sites",
                IN_SINGLE_REGIONS,
                {"regions": "{choice}, sites (table)"},
            )
        ],
    log:
        f"{OUT}/logs/single_regions/{{choice}}.log",
    params:
        choices=lambda wildcards: [wildcards.choice],
        names=config["local"]["names"],
        regions=config["local"]["regions"],
        seed=config["seed"],


rule plot_single_regions:
    input:
        contributions=rules.single_regions.output.contributions,
        sites=rules.single_regions.output.sites,
        annotation=rules.detectors.output.table,
        motifs=rules.motifs.output.meme,
        effects=rules.final_weights.output.effects,
        lineages=LINEAGES,
    output:
        svg=[
            shown(f"interpretation/local/{choice}.svg", "local", IN_SINGLE_REGIONS, {"regions": choice})
            for choice in CHOICES
        ],
        png=expand(f"{OUT}/interpretation/local/{{choice}}.png", choice=CHOICES),
    log:
        f"{OUT}/logs/plot_single_regions.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    params:
        width=config["regions"]["width"],
    script:
        "../workflow_scripts/plot_single_regions.py"


use rule plot_single_regions as plot_single_region with:
    input:
        contributions=rules.single_region.output.contributions,
        sites=rules.single_region.output.sites,
        annotation=rules.detectors.output.table,
        motifs=rules.motifs.output.meme,
        effects=rules.final_weights.output.effects,
        lineages=LINEAGES,
    output:
        svg=[shown("interpretation/local/{choice}.svg", "local", IN_SINGLE_REGIONS, {"regions": "{choice}"})],
        png=[f"{OUT}/interpretation/local/{{choice}}.png"],
    log:
        f"{OUT}/logs/plot_single_regions/{{choice}}.log",


rule contributions:
    input:
        responses=f"{MODEL}/responses.safetensors",
    output:
        table=shown("interpretation/importance.tsv", "importance_table", IN_UNITS, "Contributions of each unit (table)"),
    log:
        f"{OUT}/logs/contributions.log",
    benchmark:
        f"{OUT}/benchmarks/contributions.tsv"
    conda:
        "../envs/plots.yaml"
    resources:
        **WHOLE_DATA,
    script:
        "../workflow_scripts/unit_contributions.py"


rule plot_contributions:
    input:
        table=rules.contributions.output.table,
        annotation=rules.detectors.output.table,
        lineages=LINEAGES,
    output:
        **figure("interpretation/importance", "importance", IN_UNITS, "Contributions of each unit"),
    log:
        f"{OUT}/logs/plot_contributions.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_contributions.py"


rule nullify:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{OUT}/models/{{model}}/seed{config['interpret']['seed']}/model.safetensors",
        responses=f"{OUT}/models/{{model}}/seed{config['interpret']['seed']}/responses.safetensors",
    output:
        table=f"{OUT}/interpretation/nullification/{{model}}.tsv",
        seconds=f"{OUT}/interpretation/nullification/{{model}}.seconds.tsv",
    log:
        f"{OUT}/logs/nullify/{{model}}.log",
    benchmark:
        f"{OUT}/benchmarks/nullify/{{model}}.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        **needs(4000, minutes=240),
    params:
        regions=config["nullification"]["regions"],
        seed=config["seed"],
    script:
        "../workflow_scripts/nullify_filters.py"


rule summarise_nullification:
    input:
        tables=expand(f"{OUT}/interpretation/nullification/{{model}}.tsv", model=config["models"]),
        seconds=expand(f"{OUT}/interpretation/nullification/{{model}}.seconds.tsv", model=config["models"]),
    output:
        table=shown(
            "interpretation/nullification.tsv", "nullification_table", IN_NULLIFICATION, "Strongest filters (table)"
        ),
        seconds=f"{OUT}/interpretation/nullification.seconds.tsv",
    log:
        f"{OUT}/logs/summarise_nullification.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **SUMMARY,
    script:
        "../workflow_scripts/summarise_nullification.py"


rule plot_nullification:
    input:
        tables=rules.summarise_nullification.input.tables,
        summary=rules.summarise_nullification.output.table,
        seconds=rules.summarise_nullification.output.seconds,
        effects=rules.final_weights.output.effects,
        lineages=LINEAGES,
    output:
        **figure(
            "interpretation/nullification", "nullification", IN_NULLIFICATION, "Nullification against final weights"
        ),
    log:
        f"{OUT}/logs/plot_nullification.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    params:
        models=list(config["models"]),
        model=config["interpret"]["model"],
    script:
        "../workflow_scripts/plot_nullification.py"


rule cooperativity:
    input:
        responses=expand(f"{REPLICATE}/responses.safetensors", seed=REPLICATES),
    output:
        pairs=shown(
            "interpretation/cooperativity.tsv",
            "cooperativity_table",
            IN_SHARED_UNITS,
            "Targets that use the same units (table)",
        ),
        groups=shown(
            "interpretation/target_clusters.tsv", "target_clusters", IN_SHARED_UNITS, "Groups of targets (table)"
        ),
        trees=f"{OUT}/interpretation/target_trees.tsv",
    log:
        f"{OUT}/logs/cooperativity.log",
    benchmark:
        f"{OUT}/benchmarks/cooperativity.tsv"
    conda:
        "../envs/plots.yaml"
    resources:
        **WHOLE_DATA,
    params:
        seeds=REPLICATES,
        seed=config["seed"],
    script:
        "../workflow_scripts/group_targets.py"


rule plot_cooperativity:
    input:
        pairs=rules.cooperativity.output.pairs,
        groups=rules.cooperativity.output.groups,
        trees=rules.cooperativity.output.trees,
        lineages=LINEAGES,
    output:
        **figure("interpretation/cooperativity", "cooperativity", IN_SHARED_UNITS, "Targets that use the same units"),
    log:
        f"{OUT}/logs/plot_cooperativity.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_cooperativity.py"
