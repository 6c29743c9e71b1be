"""Artificial sequences that a unit likes most, or least, and the motifs in them."""


rule random_sequences:
    input:
        dataset=rules.tensors.output.dataset,
    output:
        fasta=f"{OUT}/ga/random.fa",
    log:
        f"{OUT}/logs/random_sequences.log",
    conda:
        "../envs/intervals.yaml"
    params:
        n=config["ga"]["random"],
        seed=config["seed"],
    script:
        "../workflow_scripts/random_sequences.py"


rule genetic_algorithm:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
        random=rules.random_sequences.output.fasta,
    output:
        fasta=f"{OUT}/ga/{{unit}}_{{direction}}.fa",
        history=f"{OUT}/ga/{{unit}}_{{direction}}.history.tsv",
        outputs=f"{OUT}/ga/{{unit}}_{{direction}}.outputs.tsv",
    log:
        f"{OUT}/logs/ga/{{unit}}_{{direction}}.log",
    benchmark:
        f"{OUT}/benchmarks/ga/{{unit}}_{{direction}}.tsv"
    conda:
        "../envs/torch.yaml"
    params:
        settings={k: v for k, v in config["ga"].items() if k != "random"},
        seed=config["seed"],
    script:
        "../workflow_scripts/evolve_sequences.py"


rule enrichment:
    input:
        fasta=rules.genetic_algorithm.output.fasta,
        random=rules.random_sequences.output.fasta,
        database=PROFILES,
    output:
        table=f"{OUT}/enrichment/{{unit}}_{{direction}}.tsv",
    log:
        f"{OUT}/logs/enrichment/{{unit}}_{{direction}}.log",
    benchmark:
        f"{OUT}/benchmarks/enrichment/{{unit}}_{{direction}}.tsv"
    conda:
        "../envs/motifs.yaml"
    params:
        p_value=config["enrichment"]["p_value"],
    script:
        "../workflow_scripts/enrich_motifs.py"


rule plot_genetic:
    input:
        histories=expand(f"{OUT}/ga/{{unit}}_{{{{direction}}}}.history.tsv", unit=UNITS),
        outputs=expand(f"{OUT}/ga/{{unit}}_{{{{direction}}}}.outputs.tsv", unit=UNITS),
        tables=expand(f"{OUT}/enrichment/{{unit}}_{{{{direction}}}}.tsv", unit=UNITS),
        database=PROFILES,
    output:
        genetic=report(
            expand(f"{OUT}/ga/{{unit}}_{{{{direction}}}}.svg", unit=UNITS),
            caption="../resources/report/captions/genetic.rst",
            category="Genetic algorithm",
        ),
        genetic_png=expand(f"{OUT}/ga/{{unit}}_{{{{direction}}}}.png", unit=UNITS),
        enrichment=report(
            expand(f"{OUT}/enrichment/{{unit}}_{{{{direction}}}}.svg", unit=UNITS),
            caption="../resources/report/captions/enrichment.rst",
            category="Genetic algorithm",
        ),
        enrichment_png=expand(
            f"{OUT}/enrichment/{{unit}}_{{{{direction}}}}.png", unit=UNITS
        ),
    log:
        f"{OUT}/logs/plot_genetic/{{direction}}.log",
    conda:
        "../envs/plots.yaml"
    params:
        units=UNITS,
        q_value=config["enrichment"]["q_value"],
    script:
        "../workflow_scripts/plot_genetic.py"
