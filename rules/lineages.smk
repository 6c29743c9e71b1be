"""Which units serve which lineages of targets, which of them cooperate, and which known regulators came back."""

REPLICATE_MATCHES = [
    (
        rules.tomtom.output.table
        if seed == config["interpret"]["seed"]
        else f"{OUT}/tomtom/replicates/seed{seed}.tsv"
    )
    for seed in REPLICATES
]
REPLICATE_DETECTORS = [
    (
        rules.detectors.output.table
        if seed == config["interpret"]["seed"]
        else f"{REPLICATE}/detectors.tsv".format(seed=seed)
    )
    for seed in REPLICATES
]
REPLICATE_WEIGHTS = expand(f"{REPLICATE}/final_weights.tsv", seed=REPLICATES)


use rule tomtom as replicate_tomtom with:
    input:
        units=rules.replicate_motifs.output.meme,
        database=PROFILES,
    output:
        table=f"{OUT}/tomtom/replicates/seed{{seed}}.tsv",
        annotation=f"{OUT}/tomtom/replicates/seed{{seed}}.annotation.tsv",
    log:
        f"{OUT}/logs/tomtom/seed{{seed}}.log",
    benchmark:
        f"{OUT}/benchmarks/tomtom/seed{{seed}}.tsv"


use rule final_weights as replicate_weights with:
    input:
        model=f"{REPLICATE}/model.safetensors",
    output:
        table=f"{REPLICATE}/final_weights.tsv",
    log:
        f"{OUT}/logs/final_weights/seed{{seed}}.log",


use rule detectors as replicate_detectors with:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{REPLICATE}/model.safetensors",
        annotation=rules.replicate_tomtom.output.annotation,
    output:
        table=f"{REPLICATE}/detectors.tsv",
    log:
        f"{OUT}/logs/detectors/seed{{seed}}.log",


rule lineages:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
        weights=rules.final_weights.output.table,
        detectors=rules.detectors.output.table,
        matches=rules.tomtom.output.table,
        database=PROFILES,
        motif_clusters=CLUSTERS,
        lineages=LINEAGES,
        regulators=REGULATORS or [],
        consistency=[rules.consistency.output.table] if len(REPLICATES) > 1 else [],
        replicate_weights=REPLICATE_WEIGHTS,
    output:
        tests=report(
            f"{OUT}/interpretation/lineage_tests.tsv",
            caption="../resources/report/captions/lineage_tests.rst",
            category="7 Lineages",
            labels={"result": "Tests between lineages (table)"},
        ),
        regulators=report(
            f"{OUT}/interpretation/lineage_regulators.tsv",
            caption="../resources/report/captions/lineage_regulators.rst",
            category="7 Lineages",
            labels={"result": "Regulators of each lineage (table)"},
        ),
        clusters=report(
            f"{OUT}/interpretation/unit_clusters.tsv",
            caption="../resources/report/captions/unit_clusters.rst",
            category="7 Lineages",
            labels={"result": "Clusters of units (table)"},
        ),
        pairs=report(
            f"{OUT}/interpretation/unit_pairs.tsv",
            caption="../resources/report/captions/unit_pairs.rst",
            category="7 Lineages",
            labels={"result": "Pairs of units (table)"},
        ),
        units=f"{OUT}/interpretation/lineage_units.tsv",
    log:
        f"{OUT}/logs/lineages.log",
    benchmark:
        f"{OUT}/benchmarks/lineages.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        seeds=REPLICATES,
        seed=config["interpret"]["seed"],
        threshold=config["motifs"]["threshold"],
        q_value=config["tomtom"]["q_value"],
    script:
        "../workflow_scripts/units_by_lineage.py"


rule plot_lineages:
    input:
        weights=rules.final_weights.output.table,
        detectors=rules.detectors.output.table,
        units=rules.lineages.output.units,
        clusters=rules.lineages.output.clusters,
        lineages=LINEAGES,
    output:
        svg=report(
            f"{OUT}/interpretation/lineages.svg",
            caption="../resources/report/captions/lineages.rst",
            category="7 Lineages",
            labels={"result": "What each unit adds in each target"},
        ),
        png=f"{OUT}/interpretation/lineages.png",
    log:
        f"{OUT}/logs/plot_lineages.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../workflow_scripts/plot_lineages.py"


if REGULATORS:

    rule known_regulators:
        input:
            matches=REPLICATE_MATCHES,
            weights=REPLICATE_WEIGHTS,
            detectors=REPLICATE_DETECTORS,
            database=PROFILES,
            lineages=LINEAGES,
            regulators=REGULATORS,
        output:
            table=report(
                f"{OUT}/interpretation/known_regulators.tsv",
                caption="../resources/report/captions/known_regulators_table.rst",
                category="7 Lineages",
                labels={"result": "Known regulators (table)"},
            ),
        log:
            f"{OUT}/logs/known_regulators.log",
        conda:
            "../envs/plots.yaml"
        threads: 1
        resources:
            mem_mb=growing(2000),
            runtime=growing(30),
        params:
            seeds=REPLICATES,
            q_value=config["tomtom"]["q_value"],
        script:
            "../workflow_scripts/find_regulators.py"

    rule plot_known_regulators:
        input:
            table=rules.known_regulators.output.table,
            motifs=REPLICATE_MOTIFS,
            database=PROFILES,
            lineages=LINEAGES,
        output:
            svg=report(
                f"{OUT}/interpretation/known_regulators.svg",
                caption="../resources/report/captions/known_regulators.rst",
                category="7 Lineages",
                labels={"result": "Known regulators"},
            ),
            png=f"{OUT}/interpretation/known_regulators.png",
        log:
            f"{OUT}/logs/plot_known_regulators.log",
        conda:
            "../envs/plots.yaml"
        threads: 1
        resources:
            mem_mb=growing(2000),
            runtime=growing(10),
        params:
            seeds=REPLICATES,
        script:
            "../workflow_scripts/plot_known_regulators.py"
