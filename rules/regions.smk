"""From peaks, binding sites and open chromatin to labelled regions."""


rule label_tracks:
    input:
        genome=rules.simulate.output.genome,
        remap=rules.simulate.output.remap,
        unibind=rules.simulate.output.unibind,
        dhs=rules.simulate.output.dhs,
        blacklist=rules.simulate.output.blacklist,
    output:
        candidates=f"{OUT}/regions/candidates.demo.tsv.gz",
        dropped=f"{OUT}/regions/dropped.demo.tsv",
    log:
        f"{OUT}/logs/label_tracks.log",
    benchmark:
        f"{OUT}/benchmarks/label_tracks.tsv"
    conda:
        "../envs/intervals.yaml"
    params:
        targets=TARGETS,
        width=config["regions"]["width"],
        labels=config["regions"]["labels"],
    script:
        "../workflow_scripts/label_tracks.py"


rule label_published_matrix:
    input:
        fastas=FASTAS,
        matrix=published_file(MATRIX),
        index=published_file("tfs_idx.pickle.gz"),
    output:
        candidates=f"{OUT}/regions/candidates.published_matrix.tsv.gz",
        dropped=f"{OUT}/regions/dropped.published_matrix.tsv",
    log:
        f"{OUT}/logs/label_published_matrix.log",
    benchmark:
        f"{OUT}/benchmarks/label_published_matrix.tsv"
    conda:
        "../envs/intervals.yaml"
    params:
        targets=TARGETS,
        width=config["regions"]["width"],
    script:
        "../workflow_scripts/label_published_matrix.py"


rule select_regions:
    input:
        candidates=f"{OUT}/regions/candidates.{KIND}.tsv.gz",
        dropped=f"{OUT}/regions/dropped.{KIND}.tsv",
    output:
        regions=f"{OUT}/regions/regions.tsv.gz",
        selection=f"{OUT}/regions/selection.tsv",
        counts=f"{OUT}/regions/counts.tsv",
    log:
        f"{OUT}/logs/select_regions.log",
    conda:
        "../envs/intervals.yaml"
    params:
        targets=TARGETS,
        split=config["split"],
        missing=config["regions"]["missing"],
        unbound=config["regions"]["unbound"],
        seed=config["seed"],
    script:
        "../workflow_scripts/select_regions.py"


rule bed:
    input:
        regions=rules.select_regions.output.regions,
    output:
        bed=f"{OUT}/regions/{{target}}.{{label}}.bed",
    log:
        f"{OUT}/logs/bed/{{target}}.{{label}}.log",
    conda:
        "../envs/intervals.yaml"
    script:
        "../workflow_scripts/write_bed.py"


rule plot_label_counts:
    input:
        counts=rules.select_regions.output.counts,
    output:
        svg=report(
            f"{OUT}/regions/counts.svg",
            caption="../resources/report/captions/label_counts.rst",
            category="Regions",
        ),
        png=f"{OUT}/regions/counts.png",
    log:
        f"{OUT}/logs/plot_label_counts.log",
    conda:
        "../envs/plots.yaml"
    script:
        "../workflow_scripts/plot_label_counts.py"
