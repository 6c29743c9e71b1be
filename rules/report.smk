"""One page that tells the whole experiment."""

FIGURES = {
    "label_counts": rules.plot_label_counts.output.png,
    "region_quality": rules.plot_region_quality.output.png,
    "training_history": rules.plot_performance.output.history_png,
    "units": rules.plot_units.output.png,
    "importance": rules.plot_importance.output.png,
    "final_weights": rules.plot_final_weights.output.png,
    "cooperativity": rules.plot_cooperativity.output.png,
    "nullification": rules.plot_nullification.output.png,
}
if REGRESSION:
    FIGURES["correlations"] = rules.plot_performance.output.correlations_png
    FIGURES["cell_types"] = rules.plot_performance.output.cell_types_png
else:
    FIGURES["performance"] = rules.plot_performance.output.curves_png
    FIGURES["calibration"] = rules.plot_performance.output.calibration_png
    FIGURES["confusion"] = rules.plot_performance.output.confusion_png
if len(REPLICATES) > 1:
    FIGURES["consistency"] = rules.plot_consistency.output.png
if LINEAGES:
    FIGURES["lineages"] = rules.plot_lineages.output.png
if REGULATORS:
    FIGURES["known_regulators"] = rules.plot_known_regulators.output.png
for figure in LOCAL:
    FIGURES[Path(figure).stem] = figure.removesuffix("svg") + "png"

PAGE = f"{OUT}/report/index.html"
# Browsers show no page of more than 2 MB that is written into another one, as it would be in `--report report.html`.
ZIPPED = any(word.endswith(".zip") for word in sys.argv)


rule report_page:
    input:
        **FIGURES,
        template=own(
            f"{RESOURCES}/report/{'regression' if REGRESSION else 'binding'}.html.j2"
        ),
        parts=[
            own(f"{RESOURCES}/report/{part}.html.j2")
            for part in ("page", "lineages", "provenance")
        ],
        provenance=rules.provenance.output.record,
        selection=rules.select_regions.output.selection,
        counts=rules.select_regions.output.counts,
        metrics=expand("{folder}/metrics.json", folder=EVALUATED),
        gc_content=[] if REGRESSION else rules.evaluate_gc_content.output.table,
        summary=rules.summarise_models.output.summary,
        comparison=rules.summarise_models.output.comparison,
        motifs=rules.motifs.output.meme,
        logos=rules.logos.output.compact,
        annotation=rules.tomtom.output.annotation,
        described=rules.describe_units.output.table,
        controls=rules.controls.output.table,
        weights=rules.final_weights.output.table,
        lineage_table=LINEAGES or [],
        regulators=rules.lineages.output.regulators if LINEAGES else [],
        pairs=rules.lineages.output.pairs if LINEAGES else [],
        genetic=rules.summarise_genetic.output.summary,
        thresholds=rules.untrained_enrichment.output.thresholds if EVOLVED else [],
        histories=expand(
            f"{OUT}/ga/{{unit}}_{{direction}}.history.tsv",
            unit=EVOLVED,
            direction=DIRECTIONS,
        ),
        genetic_figures=expand(
            f"{OUT}/ga/{{unit}}_{{direction}}.png", unit=EVOLVED, direction=DIRECTIONS
        ),
        enrichment=CLUSTERED,
        enrichment_figures=expand(
            f"{OUT}/enrichment/{{unit}}_{{direction}}.png",
            unit=EVOLVED,
            direction=DIRECTIONS,
        ),
    output:
        page=(
            report(
                PAGE,
                caption="../resources/report/captions/page.rst",
                category="1 Summary",
                labels={"result": "The whole experiment on one page"},
            )
            if ZIPPED
            else PAGE
        ),
    log:
        f"{OUT}/logs/report_page.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        config=config,
        figures=list(FIGURES),
        units=UNITS,
        evolved=EVOLVED,
        directions=DIRECTIONS,
    script:
        "../workflow_scripts/write_report.py"
