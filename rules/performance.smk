"""How well the CAM and the baseline CNN predict binding in regions that they have not seen."""


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
        "../workflow_scripts/evaluate_model.py"


rule evaluate_gc_content:
    input:
        dataset=rules.tensors.output.dataset,
        regions=rules.select_regions.output.regions,
    output:
        table=report(
            f"{OUT}/models/gc_content.tsv",
            caption="../resources/report/captions/gc_content.rst",
            category="3 Models",
            subcategory="Test regions",
            labels={"result": "What GC content alone tells (table)"},
        ),
    log:
        f"{OUT}/logs/evaluate/gc_content.log",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        seed=config["seed"],
    script:
        "../workflow_scripts/evaluate_gc_content.py"


rule summarise_models:
    input:
        regions=rules.select_regions.output.regions,
        predictions=expand("{folder}/predictions.tsv.gz", folder=EVALUATED),
        metrics=expand("{folder}/metrics.json", folder=EVALUATED),
    output:
        summary=report(
            f"{OUT}/models/summary.tsv",
            caption="../resources/report/captions/model_summary.rst",
            category="3 Models",
            subcategory="Test regions",
            labels={"result": "All models and seeds (table)"},
        ),
        comparison=report(
            f"{OUT}/models/comparison.tsv",
            caption="../resources/report/captions/model_comparison.rst",
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
        "../workflow_scripts/summarise_models.py"


rule plot_performance:
    input:
        predictions=expand("{folder}/predictions.tsv.gz", folder=EVALUATED),
        metrics=expand("{folder}/metrics.json", folder=EVALUATED),
        histories=expand("{folder}/history.tsv", folder=EVALUATED),
    output:
        curves=report(
            f"{OUT}/models/curves.svg",
            caption="../resources/report/captions/performance.rst",
            category="3 Models",
            subcategory="Test regions",
            labels={"result": "ROC and precision-recall curves"},
        ),
        curves_png=f"{OUT}/models/curves.png",
        calibration=report(
            f"{OUT}/models/calibration.svg",
            caption="../resources/report/captions/calibration.rst",
            category="3 Models",
            subcategory="Test regions",
            labels={"result": "Calibration"},
        ),
        calibration_png=f"{OUT}/models/calibration.png",
        confusion=report(
            f"{OUT}/models/confusion.svg",
            caption="../resources/report/captions/confusion.rst",
            category="3 Models",
            subcategory="Test regions",
            labels={"result": "Confusion matrices"},
        ),
        confusion_png=f"{OUT}/models/confusion.png",
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
        seed=config["interpret"]["seed"],
    script:
        "../workflow_scripts/plot_performance.py"
