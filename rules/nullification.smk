"""Filter nullification, for the CAM and the baselines: what the final weights tell without it."""


rule nullify:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{OUT}/models/{{model}}/seed{config['interpret']['seed']}/model.safetensors",
    output:
        table=f"{OUT}/interpretation/nullification/{{model}}.tsv",
        seconds=f"{OUT}/interpretation/nullification/{{model}}.seconds.tsv",
    log:
        f"{OUT}/logs/nullify/{{model}}.log",
    benchmark:
        f"{OUT}/benchmarks/nullify/{{model}}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        regions=config["nullification"]["regions"],
        seed=config["seed"],
        binding=not REGRESSION,
    script:
        "../workflow_scripts/nullify_filters.py"


rule summarise_nullification:
    input:
        tables=expand(
            f"{OUT}/interpretation/nullification/{{model}}.tsv", model=config["models"]
        ),
        seconds=expand(
            f"{OUT}/interpretation/nullification/{{model}}.seconds.tsv",
            model=config["models"],
        ),
    output:
        table=report(
            f"{OUT}/interpretation/nullification.tsv",
            caption="../resources/report/captions/nullification_table.rst",
            category="5 Interpretation",
            subcategory="Filter nullification",
            labels={"result": "Strongest filters (table)"},
        ),
        seconds=f"{OUT}/interpretation/nullification.seconds.tsv",
    log:
        f"{OUT}/logs/summarise_nullification.log",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    script:
        "../workflow_scripts/summarise_nullification.py"


rule plot_nullification:
    input:
        tables=rules.summarise_nullification.input.tables,
        summary=rules.summarise_nullification.output.table,
        seconds=rules.summarise_nullification.output.seconds,
        lineages=LINEAGES or [],
    output:
        svg=report(
            f"{OUT}/interpretation/nullification.svg",
            caption="../resources/report/captions/nullification.rst",
            category="5 Interpretation",
            subcategory="Filter nullification",
            labels={"result": "Nullification against final weights"},
        ),
        png=f"{OUT}/interpretation/nullification.png",
    log:
        f"{OUT}/logs/plot_nullification.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        models=list(config["models"]),
        model=config["interpret"]["model"],
        binding=not REGRESSION,
    script:
        "../workflow_scripts/plot_nullification.py"
