"""The unit sweep: performance and training time against the number of units, with and without the constraint."""


rule sweep_table:
    input:
        metrics=expand("{folder}/metrics.json", folder=SWEPT),
        histories=expand("{folder}/history.tsv", folder=SWEPT),
    output:
        table=report(
            f"{OUT}/sweep/units.tsv",
            caption="../resources/report/captions/sweep_table.rst",
            category="3 Models",
            subcategory="Unit sweep",
            labels={"result": "All runs (table)"},
        ),
    log:
        f"{OUT}/logs/sweep_table.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        models=SWEEP,
        seeds=config["sweep"]["seeds"],
        targets=TARGETS,
    script:
        "../workflow_scripts/sweep_table.py"


rule plot_sweep:
    input:
        table=rules.sweep_table.output.table,
    output:
        performance=report(
            f"{OUT}/sweep/performance.svg",
            caption=(
                "../resources/report/captions/sweep_correlation.rst"
                if REGRESSION
                else "../resources/report/captions/sweep_performance.rst"
            ),
            category="3 Models",
            subcategory="Unit sweep",
            labels={"result": "Performance"},
        ),
        performance_png=f"{OUT}/sweep/performance.png",
        training_time=report(
            f"{OUT}/sweep/training_time.svg",
            caption="../resources/report/captions/sweep_training_time.rst",
            category="3 Models",
            subcategory="Unit sweep",
            labels={"result": "Training time"},
        ),
        training_time_png=f"{OUT}/sweep/training_time.png",
    log:
        f"{OUT}/logs/plot_sweep.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        targets=TARGETS,
    script:
        "../workflow_scripts/plot_sweep.py"
