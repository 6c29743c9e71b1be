"""One page that tells the whole experiment."""


rule report_page:
    input:
        template=f"{workflow.basedir}/resources/report/page.html.j2",
        selection=rules.select_regions.output.selection,
        counts=rules.select_regions.output.counts,
        label_counts=rules.plot_label_counts.output.png,
        region_quality=rules.plot_region_quality.output.png,
        metrics=expand("{folder}/metrics.json", folder=EVALUATED),
        summary=rules.summarise_models.output.summary,
        comparison=rules.summarise_models.output.comparison,
        performance=rules.plot_performance.output.curves_png,
        calibration=rules.plot_performance.output.calibration_png,
        confusion=rules.plot_performance.output.confusion_png,
        training_history=rules.plot_performance.output.history_png,
        motifs=rules.motifs.output.meme,
        logos=rules.logos.output.compact,
        annotation=rules.tomtom.output.annotation,
        described=rules.describe_units.output.table,
        weights=rules.final_weights.output.table,
        units=rules.plot_units.output.png,
        importance=rules.plot_importance.output.png,
        final_weights=rules.plot_final_weights.output.png,
        cooperativity=rules.plot_cooperativity.output.png,
        nullification=rules.plot_nullification.output.png,
        others=[
            *([rules.plot_consistency.output.png] if len(REPLICATES) > 1 else []),
            *(figure.removesuffix("svg") + "png" for figure in LOCAL),
        ],
        histories=expand(
            f"{OUT}/ga/{{unit}}_{{direction}}.history.tsv",
            unit=UNITS,
            direction=DIRECTIONS,
        ),
        genetic_figures=expand(
            f"{OUT}/ga/{{unit}}_{{direction}}.png", unit=UNITS, direction=DIRECTIONS
        ),
        enrichment=CLUSTERED,
        enrichment_figures=expand(
            f"{OUT}/enrichment/{{unit}}_{{direction}}.png",
            unit=UNITS,
            direction=DIRECTIONS,
        ),
    output:
        page=report(
            f"{OUT}/report/index.html",
            caption="../resources/report/captions/page.rst",
            category="Summary",
        ),
    log:
        f"{OUT}/logs/report_page.log",
    conda:
        "../envs/plots.yaml"
    params:
        config=config,
        units=UNITS,
        directions=DIRECTIONS,
    script:
        "../workflow_scripts/write_report.py"
