"""Artificial sequences to which a unit, or the model for a target, responds most or least."""


rule random_sequences:
    input:
        dataset=rules.tensors.output.dataset,
    output:
        fasta=f"{OUT}/ga/random.fa",
    log:
        f"{OUT}/logs/random_sequences.log",
    conda:
        "../envs/intervals.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
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
        start=start_of,
    output:
        fasta=report(
            f"{OUT}/ga/{{subject}}_{{direction}}.fa",
            caption="../resources/report/captions/sequences.rst",
            category="6 Artificial sequences",
            subcategory=folder_of("Sequences"),
            labels=run_of,
        ),
        history=f"{OUT}/ga/{{subject}}_{{direction}}.history.tsv",
        outputs=f"{OUT}/ga/{{subject}}_{{direction}}.outputs.tsv",
        run=f"{OUT}/ga/{{subject}}_{{direction}}.run.json",
    log:
        f"{OUT}/logs/ga/{{subject}}_{{direction}}.log",
    benchmark:
        f"{OUT}/benchmarks/ga/{{subject}}_{{direction}}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
        # It takes a GPU where it finds one, but asks a cluster for none.
        device="cpu" if INTERPRETED["training"]["device"] == "cpu" else "auto",
    params:
        settings=GENETIC_SETTINGS,
        binding=not REGRESSION,
        seed=config["seed"],
    script:
        "../workflow_scripts/evolve_sequences.py"


rule summarise_genetic:
    input:
        histories=expand(
            f"{OUT}/ga/{{unit}}_{{direction}}.history.tsv",
            unit=EVOLVED,
            direction=DIRECTIONS,
        ),
        outputs=expand(
            f"{OUT}/ga/{{unit}}_{{direction}}.outputs.tsv",
            unit=EVOLVED,
            direction=DIRECTIONS,
        ),
        runs=expand(
            f"{OUT}/ga/{{unit}}_{{direction}}.run.json",
            unit=EVOLVED,
            direction=DIRECTIONS,
        ),
    output:
        summary=report(
            f"{OUT}/ga/summary.tsv",
            caption="../resources/report/captions/genetic_summary.rst",
            category="6 Artificial sequences",
            subcategory="Overview",
            labels={"result": "How each run ended (table)"},
        ),
    log:
        f"{OUT}/logs/summarise_genetic.log",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    script:
        "../workflow_scripts/summarise_genetic.py"


if EVOLVED:

    rule plot_genetic:
        input:
            histories=expand(
                f"{OUT}/ga/{{unit}}_{{{{direction}}}}.history.tsv", unit=EVOLVED
            ),
            outputs=expand(
                f"{OUT}/ga/{{unit}}_{{{{direction}}}}.outputs.tsv", unit=EVOLVED
            ),
            runs=expand(f"{OUT}/ga/{{unit}}_{{{{direction}}}}.run.json", unit=EVOLVED),
            annotation=rules.detectors.output.table,
        output:
            svg=[
                report(
                    f"{OUT}/ga/{unit}_{{direction}}.svg",
                    caption="../resources/report/captions/genetic.rst",
                    category="6 Artificial sequences",
                    subcategory="Genetic algorithm",
                    labels={"unit": number_of(unit), "direction": "{direction}"},
                )
                for unit in EVOLVED
            ],
            png=expand(f"{OUT}/ga/{{unit}}_{{{{direction}}}}.png", unit=EVOLVED),
        log:
            f"{OUT}/logs/plot_genetic/{{direction}}.log",
        conda:
            "../envs/plots.yaml"
        threads: 1
        resources:
            mem_mb=growing(2000),
            runtime=growing(10),
        params:
            subjects=EVOLVED,
            binding=not REGRESSION,
        script:
            "../workflow_scripts/plot_genetic.py"


# A target, or a unit that `all` writes no sequences for.
rule plot_genetic_of_one:
    input:
        fasta=f"{OUT}/ga/{{subject}}_{{direction}}.fa",
        histories=[f"{OUT}/ga/{{subject}}_{{direction}}.history.tsv"],
        outputs=[f"{OUT}/ga/{{subject}}_{{direction}}.outputs.tsv"],
        runs=[f"{OUT}/ga/{{subject}}_{{direction}}.run.json"],
        annotation=rules.detectors.output.table,
        weights=weights_of_target,
    output:
        svg=report(
            [f"{OUT}/ga/{{subject}}_{{direction}}.svg"],
            caption="../resources/report/captions/genetic.rst",
            category="6 Artificial sequences",
            subcategory=folder_of("Genetic algorithm"),
            labels=run_of,
        ),
        png=[f"{OUT}/ga/{{subject}}_{{direction}}.png"],
    log:
        f"{OUT}/logs/plot_genetic/{{subject}}_{{direction}}.log",
    wildcard_constraints:
        subject="|".join(map(re.escape, [*OTHER_UNITS, *TARGETS])),
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        subjects=lambda wildcards: [wildcards.subject],
        binding=not REGRESSION,
    script:
        "../workflow_scripts/plot_genetic.py"
