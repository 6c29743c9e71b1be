"""How well the CAM and the baseline CNN predict regions that they have not seen."""

# The figures of the test regions: name → caption and label.
SCORES = "correlation" if REGRESSION else "model"
ONE_VALUE = REGRESSION and len(TARGETS) == 1  # across a single target nothing correlates
if ONE_VALUE:
    PERFORMANCE = {"predictions": ("predictions", "Measured and predicted values")}
elif REGRESSION:
    PERFORMANCE = {
        "correlations": ("correlations", "Correlations of the regions"),
        "cell_types": ("cell_types", "Correlations of the cell types"),
    }
else:
    PERFORMANCE = {
        "curves": ("performance", "ROC and precision-recall curves"),
        "calibration": ("calibration", "Calibration"),
        "confusion": ("confusion", "Confusion matrices"),
    }
PERFORMANCE["history"] = ("training_history", "Loss per epoch")


rule responses:
    input:
        dataset=rules.tensors.output.dataset,
        model=rules.train.output.model,
    output:
        responses=f"{OUT}/models/{{model}}/seed{{seed}}/responses.safetensors",
    log:
        f"{OUT}/logs/responses/{{model}}.seed{{seed}}.log",
    benchmark:
        f"{OUT}/benchmarks/responses/{{model}}.seed{{seed}}.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        **WHOLE_DATA,
    params:
        threshold=config["motifs"]["threshold"],
        units=lambda wildcards: wildcards.model in config["models"],
    script:
        "../workflow_scripts/respond.py"


rule evaluate:
    input:
        responses=rules.responses.output.responses,
        regions=rules.select_regions.output.regions,
        groups=plan.groups,
        history=rules.train.output.history,
    output:
        metrics=f"{OUT}/models/{{model}}/seed{{seed}}/metrics.json",
        predictions=f"{OUT}/models/{{model}}/seed{{seed}}/predictions.tsv.gz",
    log:
        f"{OUT}/logs/evaluate/{{model}}.seed{{seed}}.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **WHOLE_DATA,
    params:
        seed=config["seed"],
    script:
        "../workflow_scripts/evaluate_model.py"


if not REGRESSION:

    rule evaluate_gc_content:
        input:
            dataset=rules.tensors.output.dataset,
            regions=rules.select_regions.output.regions,
            groups=plan.groups,
        output:
            table=shown("models/gc_content.tsv", "gc_content", IN_TEST_REGIONS, "What GC content alone tells (table)"),
        log:
            f"{OUT}/logs/evaluate/gc_content.log",
        conda:
            "../envs/plots.yaml"
        resources:
            **WHOLE_DATA,
        params:
            seed=config["seed"],
        script:
            "../workflow_scripts/evaluate_gc_content.py"


rule summarise_models:
    input:
        regions=rules.select_regions.output.regions,
        groups=plan.groups,
        responses=expand("{folder}/responses.safetensors", folder=EVALUATED),
        metrics=expand("{folder}/metrics.json", folder=EVALUATED),
    output:
        summary=shown("models/summary.tsv", f"{SCORES}_summary", IN_TEST_REGIONS, "All models and seeds (table)"),
        comparison=shown("models/comparison.tsv", f"{SCORES}_comparison", IN_TEST_REGIONS, "Models compared (table)"),
    log:
        f"{OUT}/logs/summarise_models.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **WHOLE_DATA,
    params:
        models=list(config["models"]),
        seeds=config["seeds"],
        model=config["interpret"]["model"],
        seed=config["seed"],
    script:
        "../workflow_scripts/summarise_models.py"


rule plot_performance:
    input:
        responses=rules.summarise_models.input.responses,
        metrics=rules.summarise_models.input.metrics,
        histories=expand("{folder}/history.tsv", folder=EVALUATED),
        lineages=LINEAGES,
    output:
        **{
            name: shown(f"models/{name}.svg", caption, IN_TEST_REGIONS, label)
            for name, (caption, label) in PERFORMANCE.items()
        },
        **{f"{name}_png": f"{OUT}/models/{name}.png" for name in PERFORMANCE},
    log:
        f"{OUT}/logs/plot_performance.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    params:
        models=list(config["models"]),
        seeds=config["seeds"],
        model=config["interpret"]["model"],
        seed=config["interpret"]["seed"],
        well_predicted=config["motifs"]["correlation"],
        losses={
            name: model["training"]["loss"] if REGRESSION else "binding" for name, model in config["models"].items()
        },
    script:
        "../workflow_scripts/plot_performance.py"
