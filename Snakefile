"""Convolutional additive models of regulatory DNA: from public data to a model one can read."""

from snakemake.utils import min_version

min_version("9.0")


configfile: f"{workflow.current_basedir}/config.yaml"


report: "resources/report/captions/workflow.rst"


include: "rules/common.smk"  # checked configuration, plan
include: "rules/acquire.smk"  # sources and motif databases
include: "rules/peaks.smk" if REGRESSION else "rules/regions.smk"  # labelled regions, split
include: "rules/models.smk"  # sequences and labels as tensors; CAM, baselines, unit sweep
include: "rules/correlation.smk" if REGRESSION else "rules/performance.smk"  # how well they predict
include: "rules/motifs.smk"  # filters to motifs, Tomtom
include: "rules/interpret.smk"  # what the model uses each unit for
include: "rules/controls.smk"  # what chance gives
include: "rules/local.smk"  # what it says of single regions, and how much each unit matters
include: "rules/nullification.smk"  # how much each filter matters, and what the final weights tell of it for free
include: "rules/cooperativity.smk"  # which targets use the same units


if LINEAGES:

    include: "rules/lineages.smk"  # which units serve which lineages, and their known regulators


include: "rules/design.smk"  # artificial sequences for every unit, known motifs in them
include: "rules/units.smk"  # what each unit detects, in a sentence
include: "rules/report.smk"  # where it all comes from, and one page


rule all:
    default_target: True
    input:
        rules.report_page.output.page,
        [] if REGRESSION else rules.bed.output.beds,
        of_all_runs(rules.genetic_algorithm.output.fasta),
        of_all_runs(rules.enrichment.output.table),
        LOCAL,


rule sweep:
    input:
        rules.plot_sweep.output,
