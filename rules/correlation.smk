"""How well the CAM and the baseline CNN predict real numbers, such as accessibility, in regions they have not seen."""


rule evaluate:
    input:
        dataset=rules.tensors.output.dataset,
        regions=rules.select_regions.output.regions,
        model=rules.train.output.model,
        history=rules.train.output.history,
    output:
        metrics=f"{OUT}/models/{{model}}/seed{{seed}}/metrics.json",
        predictions=f"{OUT}/models/{{model}}/seed{{seed}}/predictions.tsv.gz",
    log:
        f"{OUT}/logs/evaluate/{{model}}.seed{{seed}}.log",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        seed=config["seed"],
    script:
        "../workflow_scripts/evaluate_regression.py"


rule summarise_models:
    input:
        regions=rules.select_regions.output.regions,
        predictions=expand("{folder}/predictions.tsv.gz", folder=EVALUATED),
        metrics=expand("{folder}/metrics.json", folder=EVALUATED),
    output:
        summary=report(
            f"{OUT}/models/summary.tsv",
            caption="../resources/report/captions/correlation_summary.rst",
            category="3 Models",
            subcategory="Test regions",
            labels={"result": "All models and seeds (table)"},
        ),
        comparison=report(
            f"{OUT}/models/comparison.tsv",
            caption="../resources/report/captions/correlation_comparison.rst",
            category="3 Models",
            subcategory="Test regions",
            labels={"result": "Models compared (table)"},
        ),
    log:
        f"{OUT}/logs/summarise_models.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        targets=TARGETS,
        models=list(config["models"]),
        seeds=config["seeds"],
        model=config["interpret"]["model"],
        seed=config["seed"],
    script:
        "../workflow_scripts/summarise_regression.py"


rule plot_performance:
    input:
        predictions=expand("{folder}/predictions.tsv.gz", folder=EVALUATED),
        metrics=expand("{folder}/metrics.json", folder=EVALUATED),
        histories=expand("{folder}/history.tsv", folder=EVALUATED),
        lineages=LINEAGES or [],
    output:
        correlations=report(
            f"{OUT}/models/correlations.svg",
            caption="../resources/report/captions/correlations.rst",
            category="3 Models",
            subcategory="Test regions",
            labels={"result": "Correlations of the regions"},
        ),
        correlations_png=f"{OUT}/models/correlations.png",
        cell_types=report(
            f"{OUT}/models/cell_types.svg",
            caption="../resources/report/captions/cell_types.rst",
            category="3 Models",
            subcategory="Test regions",
            labels={"result": "Correlations of the cell types"},
        ),
        cell_types_png=f"{OUT}/models/cell_types.png",
        history=report(
            f"{OUT}/models/history.svg",
            caption="../resources/report/captions/training_history.rst",
            category="3 Models",
            subcategory="Test regions",
            labels={"result": "Loss per epoch"},
        ),
        history_png=f"{OUT}/models/history.png",
    log:
        f"{OUT}/logs/plot_performance.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        targets=TARGETS,
        models=list(config["models"]),
        seeds=config["seeds"],
        model=config["interpret"]["model"],
        seed=config["interpret"]["seed"],
        well_predicted=config["motifs"]["correlation"],
        losses={
            name: model["training"]["loss"] for name, model in config["models"].items()
        },
    script:
        "../workflow_scripts/plot_correlations.py"
