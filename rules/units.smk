"""What each unit detects, from all that was found about it."""


rule describe_units:
    input:
        detectors=rules.detectors.output.table,
        motifs=rules.motifs.output.table,
        weights=rules.final_weights.output.table,
        genetic=rules.summarise_genetic.output.summary,
        enrichment=CLUSTERED,
        thresholds=rules.untrained_enrichment.output.thresholds if EVOLVED else [],
        families=rules.motif_clusters.output.table,
        consistency=[rules.consistency.output.table] if len(REPLICATES) > 1 else [],
        lineages=LINEAGES or [],
    output:
        table=report(
            f"{OUT}/interpretation/units.tsv",
            caption="../resources/report/captions/unit_descriptions.rst",
            category="5 Interpretation",
            subcategory="Units",
            labels={"result": "A sentence per unit (table)"},
        ),
    log:
        f"{OUT}/logs/describe_units.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        units=EVOLVED,
        directions=DIRECTIONS,
        q_value=config["enrichment"]["q_value"],
        seed=config["interpret"]["seed"],
        binding=not REGRESSION,
    script:
        "../workflow_scripts/describe_units.py"


rule plot_units:
    input:
        detectors=rules.detectors.output.table,
        weights=rules.final_weights.output.table,
        motifs=rules.motifs.output.meme,
        lineages=LINEAGES or [],
    output:
        svg=report(
            f"{OUT}/interpretation/units.svg",
            caption="../resources/report/captions/units.rst",
            category="5 Interpretation",
            subcategory="Units",
            labels={"result": "What each unit detects"},
        ),
        png=f"{OUT}/interpretation/units.png",
    log:
        f"{OUT}/logs/plot_units.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        binding=not REGRESSION,
    script:
        "../workflow_scripts/plot_units.py"
