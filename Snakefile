"""Convolutional additive models of regulatory DNA: from public data to a model one can read."""

from snakemake.utils import min_version

min_version("9.0")


configfile: f"{workflow.current_basedir}/config.yaml"


report: "resources/report/captions/workflow.rst"


include: "rules/common.smk"  # checked configuration, plan
include: "rules/acquire.smk"  # sources and motif databases
include: f"rules/{plan.stage}.smk"  # labelled regions, split
include: "rules/models.smk"  # sequences and labels as tensors; CAM, baselines, unit sweep
include: "rules/performance.smk"  # how well they predict
include: "rules/motifs.smk"  # filters to motifs, Tomtom
include: "rules/interpret.smk"  # what it uses each unit for, in general and in single regions
include: "rules/controls.smk"  # what chance gives


if LINEAGES:

    include: "rules/lineages.smk"  # which units serve which lineages, and their known regulators


include: "rules/design.smk"  # artificial sequences for every unit, known motifs in them
include: "rules/usable.smk"  # is the model usable: less data, simpler models
include: "rules/report.smk"  # what each unit detects, where it all comes from, and one page


rule all:
    default_target: True
    input:
        rules.report_page.output.page,
        beds_of_all,
        of_all_runs(SEQUENCES),
        of_all_runs(rules.enrichment.output.table),
        LOCAL,


rule sweep:
    input:
        rules.plot_sweep.output,


rule usable:
    input:
        rules.usable_tables.output,
        rules.plot_usable.output,
