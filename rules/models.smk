"""Sequences and labels as tensors, and what is trained on them: CAM, baselines, and the unit sweep's CAMs."""


rule tensors:
    input:
        regions=rules.select_regions.output.regions,
        sequences=plan.sequences,
        weights=plan.weights,
    output:
        dataset=f"{OUT}/tensors/dataset.safetensors",
    log:
        f"{OUT}/logs/tensors.log",
    benchmark:
        f"{OUT}/benchmarks/tensors.tsv"
    conda:
        "../envs/intervals.yaml"
    resources:
        **WHOLE_DATA,
    params:
        kind="arrays" if plan.format == "arrays" else plan.kind,
        task=TASK,
        width=config["regions"]["width"],
        # Else no sequence is to be shuffled, whatever regions are called.
        shuffled=plan.kind != "sequences" and config["regions"]["negatives"] == "shuffled",
        seed=config["seed"],
    script:
        "../workflow_scripts/make_tensors.py"


rule train:
    input:
        dataset=rules.tensors.output.dataset,
        initial=plan.initial_of,
        dictionary=plan.dictionary_of,
    output:
        model=f"{OUT}/models/{{model}}/seed{{seed}}/model.safetensors",
        history=f"{OUT}/models/{{model}}/seed{{seed}}/history.tsv",
    log:
        f"{OUT}/logs/train/{{model}}.seed{{seed}}.log",
    benchmark:
        f"{OUT}/benchmarks/train/{{model}}.seed{{seed}}.tsv"
    wildcard_constraints:
        model=either(plan.trained),
    conda:
        "../envs/torch.yaml"
    resources:
        **needs(8000, minutes=720),
        gpu=plan.gpus_of,
        device=plan.device_of,
    params:
        architecture=plan.architecture_of,
        training=plan.training_of,
    script:
        "../workflow_scripts/train_model.py"


rule import_model:
    input:
        weights=plan.weights_of,
    output:
        model=rules.train.output.model,
        history=rules.train.output.history,
    log:
        f"{OUT}/logs/import_model/{{model}}.seed{{seed}}.log",
    wildcard_constraints:
        model=either(plan.imported),
    conda:
        "../envs/torch.yaml"
    resources:
        **WHOLE_DATA,
    params:
        architecture=plan.architecture_of,
        length=config["regions"]["width"],
        targets=TARGETS,
        task=TASK,
    script:
        "../workflow_scripts/import_model.py"


rule export_explainn:
    input:
        model=rules.train.output.model,
    output:
        weights=f"{OUT}/models/{{model}}/seed{{seed}}/explainn.pth",
    log:
        f"{OUT}/logs/export_explainn/{{model}}.seed{{seed}}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **WHOLE_DATA,
    script:
        "../workflow_scripts/export_explainn.py"


# Performance and training time against the number of units, with and without the constraint.
rule sweep_table:
    input:
        metrics=expand("{folder}/metrics.json", folder=plan.sweep),
        histories=expand("{folder}/history.tsv", folder=plan.sweep),
    output:
        table=shown("sweep/units.tsv", "sweep_table", IN_SWEEP, "All runs (table)"),
    log:
        f"{OUT}/logs/sweep_table.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **SUMMARY,
    params:
        models=plan.swept,
        seeds=config["sweep"]["seeds"],
    script:
        "../workflow_scripts/sweep_table.py"


rule plot_sweep:
    input:
        table=rules.sweep_table.output.table,
    output:
        **figure(
            "sweep/performance",
            "sweep_correlation" if REGRESSION else "sweep_performance",
            IN_SWEEP,
            "Performance",
            name="performance",
        ),
        **figure("sweep/training_time", "sweep_training_time", IN_SWEEP, "Training time", name="training_time"),
    log:
        f"{OUT}/logs/plot_sweep.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_sweep.py"
