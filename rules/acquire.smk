"""Sources and motif databases. The demo's files are in the formats of the public ones."""


rule jaspar:
    output:
        meme=f"{DOWNLOADS}/jaspar/{{release}}.meme",
    log:
        f"{OUT}/logs/{{release}}.log",
    conda:
        "../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    script:
        "../workflow_scripts/fetch_jaspar.py"


if OWN_DATABASE:

    rule profiles:
        input:
            database=DATABASE,
            regulators=REGULATORS or [],
        output:
            meme=PROFILES,
        log:
            f"{OUT}/logs/profiles.log",
        priority: 1  # what is wrong with a database is said before models are trained
        conda:
            "../envs/motifs.yaml"
        threads: 1
        resources:
            mem_mb=growing(2000),
            runtime=growing(30),
        params:
            pattern=config["tomtom"].get("tf_pattern"),
        script:
            "../workflow_scripts/convert_database.py"


rule download:
    output:
        file=f"{DOWNLOADS}/{{address}}",
    log:
        f"{OUT}/logs/download/{{address}}.log",
    localrule: True
    conda:
        "../envs/download.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(1440),
        downloads=1,
    params:
        url=address_of,
        known=known_of,
    script:
        "../workflow_scripts/download_file.py"


rule merge_remap:
    input:
        data_sets=[place(url, DOWNLOADS) for url in REMAP_DATA_SETS],
    output:
        peaks=f"{OUT}/sources/remap.bed.gz",
    log:
        f"{OUT}/logs/merge_remap.log",
    conda:
        "../envs/download.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
    shell:
        "cat {input.data_sets:q} > {output.peaks:q} 2> {log:q}"  # gzip files put together are a gzip file


rule unpack_genome:
    input:
        packed=place(URLS["genome"], DOWNLOADS),
    output:
        genome=GENOME,
        index=f"{GENOME}.fai",
        sizes=f"{GENOME}.sizes",
    log:
        f"{OUT}/logs/unpack_genome.log",
    benchmark:
        f"{OUT}/benchmarks/unpack_genome.tsv"
    conda:
        "../envs/intervals.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    script:
        "../workflow_scripts/unpack_genome.py"


if KIND == "immgen_demo":

    rule simulate_immune:
        input:
            profiles=PROFILES,
            lineages=LINEAGES,
        output:
            genome=f"{OUT}/simulation/genome.fa",
            index=f"{OUT}/simulation/genome.fa.fai",
            peaks=f"{OUT}/simulation/{IMMGEN['peaks']}",
            heights=f"{OUT}/simulation/{IMMGEN['heights']}",
            planted=f"{OUT}/simulation/planted.tsv.gz",
            regulators=f"{OUT}/simulation/regulators.tsv",
        log:
            f"{OUT}/logs/simulate_immune.log",
        benchmark:
            f"{OUT}/benchmarks/simulate_immune.tsv"
        conda:
            "../envs/intervals.yaml"
        threads: 1
        resources:
            mem_mb=growing(2000),
            runtime=growing(30),
        params:
            settings=config["immune_simulation"],
            seed=config["seed"],
        script:
            "../workflow_scripts/simulate_immune.py"

else:

    rule simulate:
        input:
            profiles=PROFILES,
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
        threads: 1
        resources:
            mem_mb=growing(2000),
            runtime=growing(30),
        params:
            targets=TARGETS,
            settings=config["simulation"],
            seed=config["seed"],
        script:
            "../workflow_scripts/simulate_sources.py"
