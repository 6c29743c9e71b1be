"""Is the interpreted model usable? Fewer training regions, simpler models, replicates, and what splits share."""

IN_USABLE = ("3 Models", "Usability")


rule draw_share:
    input:
        dataset=rules.tensors.output.dataset,
        regions=rules.select_regions.output.regions,
        groups=plan.groups,
    output:
        dataset=f"{OUT}/usable/share{{share}}/seed{{seed}}.safetensors",
    log:
        f"{OUT}/logs/usable/share{{share}}.seed{{seed}}.log",
    conda:
        "../envs/intervals.yaml"
    resources:
        **WHOLE_DATA,
    script:
        "../workflow_scripts/draw_share.py"


use rule train as train_share with:
    input:
        dataset=rules.draw_share.output.dataset,
        initial=plan.initial_of,
        dictionary=plan.dictionary_of,
    output:
        model=f"{OUT}/usable/share{{share}}/{{model}}/seed{{seed}}/model.safetensors",
        history=f"{OUT}/usable/share{{share}}/{{model}}/seed{{seed}}/history.tsv",
    log:
        f"{OUT}/logs/usable/train/share{{share}}.{{model}}.seed{{seed}}.log",
    benchmark:
        f"{OUT}/benchmarks/usable/share{{share}}.{{model}}.seed{{seed}}.tsv"
    params:
        architecture=architecture_of,
        training=plan.training_of_share,


use rule responses as responses_of_share with:
    input:
        dataset=rules.tensors.output.dataset,
        model=rules.train_share.output.model,
    output:
        responses=f"{OUT}/usable/share{{share}}/{{model}}/seed{{seed}}/responses.safetensors",
    log:
        f"{OUT}/logs/usable/responses/share{{share}}.{{model}}.seed{{seed}}.log",
    benchmark:
        f"{OUT}/benchmarks/usable/responses/share{{share}}.{{model}}.seed{{seed}}.tsv"
    params:
        threshold=config["motifs"]["threshold"],
        units=False,


rule simple_models:
    input:
        dataset=rules.tensors.output.dataset,
    output:
        logits=f"{OUT}/usable/simple_models.safetensors",
        costs=f"{OUT}/usable/simple_models.tsv",
    log:
        f"{OUT}/logs/usable/simple_models.log",
    benchmark:
        f"{OUT}/benchmarks/usable/simple_models.tsv"
    conda:
        "../envs/plots.yaml"
    resources:
        **needs(4000, minutes=240),
    params:
        seed=config["seed"],
    script:
        "../workflow_scripts/fit_simple_models.py"


rule usable_tables:
    input:
        dataset=rules.tensors.output.dataset,
        regions=rules.select_regions.output.regions,
        groups=plan.groups,
        orientations=plan.orientations,
        selection=rules.select_regions.output.selection,
        responses=expand(rules.responses.output.responses, model=plan.compared, seed=config["interpret"]["seed"]),
        metrics=expand(rules.evaluate.output.metrics, model=plan.compared, seed=config["interpret"]["seed"]),
        replicates=expand(f"{REPLICATE}/metrics.json", seed=REPLICATES),
        simple=rules.simple_models.output.logits,
        costs=rules.simple_models.output.costs,
        drawn=plan.of_curve(rules.draw_share.output.dataset, rules.tensors.output.dataset),
        histories=plan.of_curve(rules.train_share.output.history, rules.train.output.history),
        curve=plan.of_curve(rules.responses_of_share.output.responses, rules.responses.output.responses),
    output:
        answers=shown("usable/usable.tsv", "usable", IN_USABLE, "Is it usable? (table)"),
        curve=shown("usable/learning_curve.tsv", "usable_curve", IN_USABLE, "By the share of training regions (table)"),
        models=shown("usable/models.tsv", "usable_models", IN_USABLE, "Beside simpler models (table)"),
    log:
        f"{OUT}/logs/usable/tables.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **WHOLE_DATA,
    params:
        models=plan.compared,
        loss=INTERPRETED["training"]["loss"],
        kind=plan.kind,
        runs=plan.curve,
        seed=config["seed"],
    script:
        "../workflow_scripts/answer_usable.py"


rule plot_usable:
    input:
        curve=rules.usable_tables.output.curve,
        models=rules.usable_tables.output.models,
    output:
        **figure("usable/usable", "usable_figure", IN_USABLE, "Learning curve and simpler models"),
    log:
        f"{OUT}/logs/usable/plot.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_usable.py"
