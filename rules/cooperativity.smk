"""Which targets use the same units, and whether replicates agree."""


rule cooperativity:
    input:
        dataset=rules.tensors.output.dataset,
        models=expand(
            f"{OUT}/models/{config['interpret']['model']}/seed{{seed}}/model.safetensors",
            seed=REPLICATES,
        ),
    output:
        pairs=report(
            f"{OUT}/interpretation/cooperativity.tsv",
            caption="../resources/report/captions/cooperativity_table.rst",
            category="5 Interpretation",
            subcategory="Targets",
            labels={"result": "Targets that use the same units (table)"},
        ),
        clusters=report(
            f"{OUT}/interpretation/target_clusters.tsv",
            caption="../resources/report/captions/target_clusters.rst",
            category="5 Interpretation",
            subcategory="Targets",
            labels={"result": "Groups of targets (table)"},
        ),
        trees=f"{OUT}/interpretation/target_trees.tsv",
    log:
        f"{OUT}/logs/cooperativity.log",
    benchmark:
        f"{OUT}/benchmarks/cooperativity.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        seeds=REPLICATES,
        seed=config["seed"],
        binding=not REGRESSION,
    script:
        "../workflow_scripts/cluster_targets.py"


rule plot_cooperativity:
    input:
        pairs=rules.cooperativity.output.pairs,
        clusters=rules.cooperativity.output.clusters,
        trees=rules.cooperativity.output.trees,
        lineages=LINEAGES or [],
    output:
        svg=report(
            f"{OUT}/interpretation/cooperativity.svg",
            caption="../resources/report/captions/cooperativity.rst",
            category="5 Interpretation",
            subcategory="Targets",
            labels={"result": "Targets that use the same units"},
        ),
        png=f"{OUT}/interpretation/cooperativity.png",
    log:
        f"{OUT}/logs/plot_cooperativity.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        binding=not REGRESSION,
    script:
        "../workflow_scripts/plot_cooperativity.py"
