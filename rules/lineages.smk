"""Which units serve which lineages of targets, which of them cooperate, and which known regulators came back."""

REPLICATE_MATCHES = [
    (rules.tomtom.output.table if seed == config["interpret"]["seed"] else f"{OUT}/tomtom/replicates/seed{seed}.tsv")
    for seed in REPLICATES
]
REPLICATE_RESPONSES = rules.cooperativity.input.responses


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


rule lineages:
    input:
        responses=REPLICATE_RESPONSES,
        detectors=rules.detectors.output.table,
        matches=rules.tomtom.output.table,
        database=PROFILES,
        families=CLUSTERS,
        lineages=LINEAGES,
        regulators=REGULATORS,
        members=[rules.consistency.output.members] if len(REPLICATES) > 1 else [],
    output:
        tests=shown("interpretation/lineage_tests.tsv", "lineage_tests", IN_LINEAGES, "Tests between lineages (table)"),
        regulators=shown(
            "interpretation/lineage_regulators.tsv",
            "lineage_regulators",
            IN_LINEAGES,
            "Regulators of each lineage (table)",
        ),
        groups=shown("interpretation/unit_clusters.tsv", "unit_clusters", IN_LINEAGES, "Groups of units (table)"),
        pairs=shown("interpretation/unit_pairs.tsv", "unit_pairs", IN_LINEAGES, "Pairs of units (table)"),
        units=f"{OUT}/interpretation/lineage_units.tsv",
    log:
        f"{OUT}/logs/lineages.log",
    benchmark:
        f"{OUT}/benchmarks/lineages.tsv"
    conda:
        "../envs/plots.yaml"
    resources:
        **WHOLE_DATA,
    params:
        seeds=REPLICATES,
        seed=config["interpret"]["seed"],
        q_value=config["tomtom"]["q_value"],
    script:
        "../workflow_scripts/units_by_lineage.py"


rule plot_lineages:
    input:
        effects=rules.final_weights.output.effects,
        units=rules.lineages.output.units,
        groups=rules.lineages.output.groups,
        lineages=LINEAGES,
    output:
        **figure("interpretation/lineages", "lineages", IN_LINEAGES, "What each unit adds in each target"),
    log:
        f"{OUT}/logs/plot_lineages.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_lineages.py"


if REGULATORS:

    rule known_regulators:
        input:
            matches=REPLICATE_MATCHES,
            responses=REPLICATE_RESPONSES,
            database=PROFILES,
            lineages=LINEAGES,
            regulators=REGULATORS,
        output:
            table=shown(
                "interpretation/known_regulators.tsv",
                "known_regulators_table",
                IN_LINEAGES,
                "Known regulators (table)",
            ),
        log:
            f"{OUT}/logs/known_regulators.log",
        conda:
            "../envs/plots.yaml"
        resources:
            **SUMMARY,
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
            **figure("interpretation/known_regulators", "known_regulators", IN_LINEAGES, "Known regulators"),
        log:
            f"{OUT}/logs/plot_known_regulators.log",
        conda:
            "../envs/plots.yaml"
        resources:
            **DRAWING,
        params:
            seeds=REPLICATES,
        script:
            "../workflow_scripts/plot_known_regulators.py"
