"""One page that tells the whole experiment."""


rule report_page:
    input:
        selection=rules.select_regions.output.selection,
        counts=rules.select_regions.output.counts,
        counts_figure=rules.plot_label_counts.output.png,
        metrics=expand("{folder}/metrics.json", folder=EVALUATED),
        curves=rules.plot_performance.output.curves_png,
        confusion=rules.plot_performance.output.confusion_png,
        history=rules.plot_performance.output.history_png,
        units=rules.motifs.output.table,
        logos=rules.logos.output.png,
        annotation=rules.tomtom.output.annotation,
        weights=rules.final_weights.output.table,
        heat_map=rules.plot_final_weights.output.png,
        genetic=expand(
            f"{OUT}/ga/{{unit}}_{{direction}}.png", unit=UNITS, direction=DIRECTIONS
        ),
        enrichment=ENRICHMENT,
        template=f"{workflow.basedir}/resources/report/page.html.j2",
    output:
        page=f"{OUT}/report/index.html",
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
