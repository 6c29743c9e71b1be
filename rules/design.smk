"""Artificial sequences to which a unit, or the model for a target, responds most or least, and the motifs in them."""


rule random_sequences:
    input:
        dataset=rules.tensors.output.dataset,
    output:
        fasta=f"{OUT}/ga/random.fa",
    log:
        f"{OUT}/logs/random_sequences.log",
    conda:
        "../envs/intervals.yaml"
    resources:
        **SUMMARY,
    params:
        n=config["ga"]["random"],
        seed=config["seed"],
    script:
        "../workflow_scripts/random_sequences.py"


# A run, and what it leaves.
EVOLVED_RUN = f"{OUT}/ga/{{subject}}_{{direction}}"
SEQUENCES, RECORD = f"{EVOLVED_RUN}.fa", f"{EVOLVED_RUN}.run.json"
HISTORY, OUTPUTS = f"{EVOLVED_RUN}.history.tsv", f"{EVOLVED_RUN}.outputs.tsv"


# Both runs of a unit, since what maximises it may be where minimising it begins.
rule genetic_algorithm:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
        random=rules.random_sequences.output.fasta,
    output:
        fasta=[
            shown(f"ga/{{subject}}_{direction}.fa", "sequences", in_runs("Sequences"), plan.labels_of(direction))
            for direction in DIRECTIONS
        ],
        history=in_both_directions(HISTORY),
        outputs=in_both_directions(OUTPUTS),
        run=in_both_directions(RECORD),
    log:
        f"{OUT}/logs/ga/{{subject}}.log",
    benchmark:
        f"{OUT}/benchmarks/ga/{{subject}}.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        **SEARCH,
        device=plan.genetic_device,
    params:
        directions=DIRECTIONS,
        settings=plan.genetic_settings,
        seed=config["seed"],
    script:
        "../workflow_scripts/evolve_sequences.py"


rule summarise_genetic:
    input:
        histories=of_all_runs(HISTORY),
        outputs=of_all_runs(OUTPUTS),
        runs=of_all_runs(RECORD),
    output:
        summary=shown("ga/summary.tsv", "genetic_summary", IN_RUNS, "How each run ended (table)"),
    log:
        f"{OUT}/logs/summarise_genetic.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **SUMMARY,
    script:
        "../workflow_scripts/summarise_genetic.py"


# Figures of one run; those that `all` makes are drawn together, see below.
rule plot_genetic_of_one:
    input:
        histories=[HISTORY],
        outputs=[OUTPUTS],
        runs=[RECORD],
        annotation=rules.detectors.output.table,
        effects=lambda wildcards: ([] if wildcards.subject in UNITS else rules.final_weights.output.effects),
    output:
        svg=[shown("ga/{subject}_{direction}.svg", "genetic", in_runs("Genetic algorithm"), plan.labels_of())],
        png=[f"{OUT}/ga/{{subject}}_{{direction}}.png"],
    log:
        f"{OUT}/logs/plot_genetic/{{subject}}_{{direction}}.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_genetic.py"


rule motif_families:
    input:
        database=PROFILES,
    output:
        table=CLUSTERS,
    log:
        f"{OUT}/logs/motif_families.log",
    conda:
        "../envs/motifs.yaml"
    resources:
        **SEARCH,
    script:
        "../workflow_scripts/find_families.py"


# Of one run; those that `all` makes are compared together, see below.
rule enrichment:
    input:
        fasta=[SEQUENCES],
        runs=[RECORD],
        random=rules.random_sequences.output.fasta,
        start=plan.start_of,
        database=PROFILES,
        families=rules.motif_families.output.table,
    output:
        table=[f"{OUT}/enrichment/{{subject}}_{{direction}}.tsv"],
        clusters=[
            shown(
                "enrichment/{subject}_{direction}.clusters.tsv",
                "enrichment_table",
                in_runs("Enriched motifs (tables)"),
                plan.labels_of(),
            )
        ],
    log:
        f"{OUT}/logs/enrichment/{{subject}}_{{direction}}.log",
    benchmark:
        f"{OUT}/benchmarks/enrichment/{{subject}}_{{direction}}.tsv"
    conda:
        "../envs/motifs.yaml"
    resources:
        **SUMMARY,
        # As its run of the genetic algorithm, with which a cluster may do it in one job.
        device=plan.genetic_device,
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
        families=rules.motif_families.output.table,
    output:
        runs=f"{OUT}/controls/enrichment.tsv",
        thresholds=shown(
            "controls/enrichment_thresholds.tsv", "enrichment_thresholds", IN_RUNS, "What untrained units give (table)"
        ),
    log:
        f"{OUT}/logs/untrained_enrichment.log",
    benchmark:
        f"{OUT}/benchmarks/untrained_enrichment.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        **SEARCH,
    params:
        settings=plan.control_settings,
        units=min(config["controls"]["evolved"], config["controls"]["units"]),
        p_value=config["enrichment"]["p_value"],
        q_value=config["enrichment"]["q_value"],
        seed=config["seed"],
    script:
        "../workflow_scripts/evolve_untrained.py"


rule plot_enrichment:
    input:
        clusters=rules.enrichment.output.clusters,
        runs=[RECORD],
        database=PROFILES,
    output:
        svg=[shown("enrichment/{subject}_{direction}.svg", "enrichment", in_runs("Enriched motifs"), plan.labels_of())],
        png=[f"{OUT}/enrichment/{{subject}}_{{direction}}.png"],
    log:
        f"{OUT}/logs/plot_enrichment/{{subject}}_{{direction}}.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    params:
        q_value=config["enrichment"]["q_value"],
    script:
        "../workflow_scripts/plot_enrichment.py"


# --- All runs, each kind of table and figure by one job ---------------------------------------------------------------

CLUSTERED = of_all_runs(rules.enrichment.output.clusters)
GENETIC_FIGURES = of_all_runs(rules.plot_genetic_of_one.output.png)
ENRICHMENT_FIGURES = of_all_runs(rules.plot_enrichment.output.png)


if EVOLVED:

    rule enrichments:
        input:
            fasta=of_all_runs(SEQUENCES),
            runs=rules.summarise_genetic.input.runs,
            random=rules.random_sequences.output.fasta,
            start=[],  # which are among those of all runs
            database=PROFILES,
            families=rules.motif_families.output.table,
        output:
            table=of_all_runs(rules.enrichment.output.table),
            clusters=shown_of_all_runs(
                "enrichment/{subject}_{direction}.clusters.tsv", "enrichment_table", "Enriched motifs (tables)"
            ),
        log:
            f"{OUT}/logs/enrichments.log",
        benchmark:
            f"{OUT}/benchmarks/enrichments.tsv"
        conda:
            "../envs/motifs.yaml"
        resources:
            **SUMMARY,
        params:
            p_value=config["enrichment"]["p_value"],
        script:
            "../workflow_scripts/enrich_motifs.py"

    rule plot_genetic:
        input:
            histories=rules.summarise_genetic.input.histories,
            outputs=rules.summarise_genetic.input.outputs,
            runs=rules.summarise_genetic.input.runs,
            annotation=rules.detectors.output.table,
        output:
            svg=shown_of_all_runs("ga/{subject}_{direction}.svg", "genetic", "Genetic algorithm"),
            png=GENETIC_FIGURES,
        log:
            f"{OUT}/logs/plot_genetic.log",
        conda:
            "../envs/plots.yaml"
        resources:
            **DRAWING,
        script:
            "../workflow_scripts/plot_genetic.py"

    rule plot_enrichments:
        input:
            clusters=CLUSTERED,
            runs=rules.summarise_genetic.input.runs,
            database=PROFILES,
        output:
            svg=shown_of_all_runs("enrichment/{subject}_{direction}.svg", "enrichment", "Enriched motifs"),
            png=ENRICHMENT_FIGURES,
        log:
            f"{OUT}/logs/plot_enrichments.log",
        conda:
            "../envs/plots.yaml"
        resources:
            **DRAWING,
        params:
            q_value=config["enrichment"]["q_value"],
        script:
            "../workflow_scripts/plot_enrichment.py"

    OF_ENRICHMENT = [*rules.enrichments.output, *rules.plot_enrichments.output]
    if plan.together(sys.argv, "enrichments", OF_ENRICHMENT, rules.enrichments.input):

        ruleorder: enrichments > enrichment

    else:

        ruleorder: enrichment > enrichments

    if plan.together(sys.argv, "plot_genetic", rules.plot_genetic.output, rules.plot_genetic.input):

        ruleorder: plot_genetic > plot_genetic_of_one

    else:

        ruleorder: plot_genetic_of_one > plot_genetic

    if plan.together(sys.argv, "plot_enrichments", rules.plot_enrichments.output, rules.plot_enrichments.input):

        ruleorder: plot_enrichments > plot_enrichment

    else:

        ruleorder: plot_enrichment > plot_enrichments
