"""What each unit detects, where results come from, and one page that tells the whole experiment."""


rule describe_units:
    input:
        detectors=rules.detectors.output.table,
        motifs=rules.motifs.output.table,
        effects=rules.final_weights.output.effects,
        genetic=rules.summarise_genetic.output.summary,
        enrichment=CLUSTERED,
        thresholds=rules.untrained_enrichment.output.thresholds if EVOLVED else [],
        families=rules.motif_families.output.table,
        consistency=[rules.consistency.output.table, rules.consistency.output.members] if len(REPLICATES) > 1 else [],
        lineages=LINEAGES,
    output:
        table=shown("interpretation/units.tsv", "unit_descriptions", IN_UNITS, "A sentence per unit (table)"),
    log:
        f"{OUT}/logs/describe_units.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **SUMMARY,
    params:
        units=EVOLVED,
        directions=DIRECTIONS,
        q_value=config["enrichment"]["q_value"],
        seed=config["interpret"]["seed"],
    script:
        "../workflow_scripts/describe_units.py"


if not REGRESSION:

    rule describe_targets:
        input:
            effects=rules.final_weights.output.effects,
            units=rules.describe_units.output.table,
            families=CLUSTERS,
            database=PROFILES,
            metrics=f"{MODEL}/metrics.json",
            counts=rules.select_regions.output.counts,
            groups=rules.cooperativity.output.groups,
        output:
            table=shown("interpretation/targets.tsv", "target_descriptions", IN_UNITS, "A sentence per target (table)"),
            found=shown("interpretation/own_motifs.tsv", "own_motifs", IN_UNITS, "Motifs of their own (table)"),
            agreement=shown(
                "interpretation/families.tsv", "family_agreement", IN_SHARED_UNITS, "Groups and families (table)"
            ),
        log:
            f"{OUT}/logs/describe_targets.log",
        conda:
            "../envs/motifs.yaml"
        resources:
            **SUMMARY,
        params:
            least=[1, 500],
            release="" if plan.own_database else config["tomtom"]["database"],
        script:
            "../workflow_scripts/describe_targets.py"


rule plot_units:
    input:
        detectors=rules.detectors.output.table,
        effects=rules.final_weights.output.effects,
        motifs=rules.motifs.output.meme,
        lineages=LINEAGES,
    output:
        **figure("interpretation/units", "units", IN_UNITS, "What each unit detects"),
    log:
        f"{OUT}/logs/plot_units.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **DRAWING,
    script:
        "../workflow_scripts/plot_units.py"


# Code, call, software, configuration, and checksums of what went in and came out.
rule provenance:
    input:
        sources=plan.sources,
        others=[own(path) for path in plan.tables],
        environments=sorted(map(own, (BASE / "envs").glob("*.yaml"))),
        regions=rules.select_regions.output.regions,
        dataset=rules.tensors.output.dataset,
        models=expand(rules.train.output.model, model=config["models"], seed=config["seeds"]),
        metrics=expand(rules.evaluate.output.metrics, model=config["models"], seed=config["seeds"]),
        motifs=rules.motifs.output.meme,
    output:
        record=shown("provenance.json", "provenance", IN_SUMMARY, "Provenance"),
    log:
        f"{OUT}/logs/provenance.log",
    localrule: True
    conda:
        "../envs/plots.yaml"
    resources:
        **needs(1000, minutes=240),
        call=call_of,
    params:
        config=config,
        addresses=plan.addresses | {plan.genome: plan.urls["genome"]},
    script:
        "../workflow_scripts/write_provenance.py"


FIGURES = {
    "label_counts": rules.plot_labels.output.png,
    "region_quality": rules.plot_region_quality.output.png,
    "training_history": rules.plot_performance.output.history_png,
    "units": rules.plot_units.output.png,
    "importance": rules.plot_contributions.output.png,
    "final_weights": rules.plot_final_weights.output.png,
    "nullification": rules.plot_nullification.output.png,
}
if plan.kind == "peaks":
    FIGURES["peak_quality"] = rules.plot_peak_quality.output.png
if len(TARGETS) != 1:
    FIGURES["cooperativity"] = rules.plot_cooperativity.output.png
if ONE_VALUE:
    FIGURES["predictions"] = rules.plot_performance.output.predictions_png
elif REGRESSION:
    FIGURES["correlations"] = rules.plot_performance.output.correlations_png
    FIGURES["cell_types"] = rules.plot_performance.output.cell_types_png
else:
    FIGURES["performance"] = rules.plot_performance.output.curves_png
    FIGURES["calibration"] = rules.plot_performance.output.calibration_png
    if len(TARGETS) <= 20:  # of more targets there are as many matrices
        FIGURES["confusion"] = rules.plot_performance.output.confusion_png
if len(REPLICATES) > 1:
    FIGURES["consistency"] = rules.plot_consistency.output.png
if LINEAGES:
    FIGURES["lineages"] = rules.plot_lineages.output.png
if REGULATORS:
    FIGURES["known_regulators"] = rules.plot_known_regulators.output.png
if config["usable"]["report"]:
    FIGURES["usable"] = rules.plot_usable.output.png
for drawn in LOCAL:
    FIGURES[Path(drawn).stem] = drawn.removesuffix("svg") + "png"

# Browsers show no page of more than 2 MB that is written into another one, as it would be in `--report report.html`.
ZIPPED = any(word.endswith(".zip") for word in sys.argv)


rule report_page:
    input:
        **FIGURES,
        template=own(f"{RESOURCES}/report/{'regression' if REGRESSION else 'binding'}.html.j2"),
        parts=[own(f"{RESOURCES}/report/{part}.html.j2") for part in ("page", "lineages", "provenance")],
        captions=sorted(map(own, (RESOURCES / "report" / "captions").glob("*.rst"))),
        provenance=rules.provenance.output.record,
        selection=rules.select_regions.output.selection,
        counts=rules.select_regions.output.counts,
        metrics=rules.provenance.input.metrics,
        gc_content=[] if REGRESSION else rules.evaluate_gc_content.output.table,
        summary=rules.summarise_models.output.summary,
        comparison=rules.summarise_models.output.comparison,
        motifs=rules.motifs.output.meme,
        logos=rules.logos.output.compact,
        annotation=rules.tomtom.output.annotation,
        described=rules.describe_units.output.table,
        targets=[] if REGRESSION else rules.describe_targets.output.table,
        own_motifs=[] if REGRESSION else rules.describe_targets.output.found,
        families=[] if REGRESSION else rules.describe_targets.output.agreement,
        controls=rules.controls.output.table,
        initial=rules.initial_motifs.output.table if plan.initial_motifs else [],
        answers=rules.usable_tables.output.answers if config["usable"]["report"] else [],
        weights=rules.final_weights.output.weights,
        lineage_table=LINEAGES,
        regulators=rules.lineages.output.regulators if LINEAGES else [],
        pairs=rules.lineages.output.pairs if LINEAGES else [],
        genetic=rules.summarise_genetic.output.summary,
        thresholds=rules.untrained_enrichment.output.thresholds if EVOLVED else [],
        histories=rules.summarise_genetic.input.histories,
        genetic_figures=GENETIC_FIGURES,
        enrichment=CLUSTERED,
        enrichment_figures=ENRICHMENT_FIGURES,
    output:
        page=(
            shown("report/index.html", "page", IN_SUMMARY, "The whole experiment on one page") if ZIPPED else plan.page
        ),
    log:
        f"{OUT}/logs/report_page.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **SUMMARY,
    params:
        config=config,
        figures=list(FIGURES),
        units=UNITS,
        evolved=EVOLVED,
        directions=DIRECTIONS,
    script:
        "../workflow_scripts/write_report.py"
