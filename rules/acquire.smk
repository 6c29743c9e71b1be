"""Sources and motif databases. The demo's files are in the formats of the public ones."""


rule jaspar:
    output:
        meme=JASPAR,
    log:
        f"{OUT}/logs/jaspar.log",
    conda:
        "../envs/motifs.yaml"
    params:
        release=config["tomtom"]["database"],
    script:
        "../workflow_scripts/fetch_jaspar.py"


rule simulate:
    input:
        profiles=rules.jaspar.output.meme,
    output:
        genome=f"{OUT}/simulation/genome.fa",
        index=f"{OUT}/simulation/genome.fa.fai",
        remap=f"{OUT}/simulation/remap.bed.gz",
        unibind=f"{OUT}/simulation/unibind.tar.gz",
        dhs=f"{OUT}/simulation/wgEncodeRegDnaseClustered.txt.gz",
        dhs_sources=f"{OUT}/simulation/wgEncodeRegDnaseClusteredSources.txt.gz",
        blacklist=f"{OUT}/simulation/blacklist.bed.gz",
        planted=f"{OUT}/simulation/planted.tsv.gz",
    log:
        f"{OUT}/logs/simulate.log",
    benchmark:
        f"{OUT}/benchmarks/simulate.tsv"
    conda:
        "../envs/intervals.yaml"
    params:
        targets=TARGETS,
        settings=config["simulation"],
        seed=config["seed"],
    script:
        "../workflow_scripts/simulate_sources.py"
