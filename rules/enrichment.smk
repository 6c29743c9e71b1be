"""Known motifs in the artificial sequences of a unit or a target, against random sequences."""


rule motif_clusters:
    input:
        database=PROFILES,
    output:
        table=CLUSTERS,
    log:
        f"{OUT}/logs/motif_clusters.log",
    conda:
        "../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    script:
        "../workflow_scripts/cluster_motifs.py"


rule enrichment:
    input:
        fasta=f"{OUT}/ga/{{subject}}_{{direction}}.fa",
        run=f"{OUT}/ga/{{subject}}_{{direction}}.run.json",
        random=rules.random_sequences.output.fasta,
        start=start_of,
        database=PROFILES,
        clusters=rules.motif_clusters.output.table,
    output:
        table=f"{OUT}/enrichment/{{subject}}_{{direction}}.tsv",
        clusters=report(
            f"{OUT}/enrichment/{{subject}}_{{direction}}.clusters.tsv",
            caption="../resources/report/captions/enrichment_table.rst",
            category="6 Artificial sequences",
            subcategory=folder_of("Enriched motifs (tables)"),
            labels=run_of,
        ),
    log:
        f"{OUT}/logs/enrichment/{{subject}}_{{direction}}.log",
    benchmark:
        f"{OUT}/benchmarks/enrichment/{{subject}}_{{direction}}.tsv"
    conda:
        "../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
        # As its run of the genetic algorithm, with which a cluster may do it in one job.
        device="cpu" if INTERPRETED["training"]["device"] == "cpu" else "auto",
    params:
        p_value=config["enrichment"]["p_value"],
    script:
        "../workflow_scripts/enrich_motifs.py"


rule untrained_enrichment:
    input:
        model=rules.untrained_units.output.model,
        dataset=rules.tensors.output.dataset,
        random=rules.random_sequences.output.fasta,
        database=PROFILES,
        clusters=rules.motif_clusters.output.table,
    output:
        runs=f"{OUT}/controls/enrichment.tsv",
        thresholds=report(
            f"{OUT}/controls/enrichment_thresholds.tsv",
            caption="../resources/report/captions/enrichment_thresholds.rst",
            category="6 Artificial sequences",
            subcategory="Overview",
            labels={"result": "What untrained units give (table)"},
        ),
    log:
        f"{OUT}/logs/untrained_enrichment.log",
    benchmark:
        f"{OUT}/benchmarks/untrained_enrichment.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        settings=CONTROL_SETTINGS,
        units=min(config["controls"]["evolved"], config["controls"]["units"]),
        p_value=config["enrichment"]["p_value"],
        q_value=config["enrichment"]["q_value"],
        seed=config["seed"],
    script:
        "../workflow_scripts/evolve_untrained.py"


rule plot_enrichment:
    input:
        clusters=rules.enrichment.output.clusters,
        run=rules.genetic_algorithm.output.run,
        database=PROFILES,
    output:
        svg=report(
            f"{OUT}/enrichment/{{subject}}_{{direction}}.svg",
            caption="../resources/report/captions/enrichment.rst",
            category="6 Artificial sequences",
            subcategory=folder_of("Enriched motifs"),
            labels=run_of,
        ),
        png=f"{OUT}/enrichment/{{subject}}_{{direction}}.png",
    log:
        f"{OUT}/logs/plot_enrichment/{{subject}}_{{direction}}.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        q_value=config["enrichment"]["q_value"],
    script:
        "../workflow_scripts/plot_enrichment.py"
