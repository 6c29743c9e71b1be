"""Sources and motif databases. The demo's files are in the formats of the public ones."""

# What is known of files on the web: their sizes and checksums.
KNOWN = yaml.safe_load((RESOURCES / "downloads.yaml").read_text())


rule jaspar:
    output:
        meme=f"{DOWNLOADS}/jaspar/{{release}}.meme",
    log:
        f"{OUT}/logs/{{release}}.log",
    conda:
        "../envs/motifs.yaml"
    resources:
        **SUMMARY,
    script:
        "../workflow_scripts/fetch_jaspar.py"


if plan.own_database:

    rule profiles:
        input:
            database=plan.database,
            regulators=REGULATORS,
        output:
            meme=PROFILES,
        log:
            f"{OUT}/logs/profiles.log",
        priority: 1  # what is wrong with a database is said before models are trained
        conda:
            "../envs/motifs.yaml"
        resources:
            **SUMMARY,
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
    resources:
        **needs(1000, minutes=1440),
        downloads=1,
    params:
        url=plan.address_of,
        known=lambda wildcards: KNOWN.get(plan.address_of(wildcards), {}),
    script:
        "../workflow_scripts/download_file.py"


rule merge_remap:
    input:
        data_sets=plan.places(plan.remap_data_sets),
    output:
        peaks=plan.merged_remap,
    log:
        f"{OUT}/logs/merge_remap.log",
    conda:
        "../envs/download.yaml"
    resources:
        **needs(1000, minutes=60),
    shell:
        "cat {input.data_sets:q} > {output.peaks:q} 2> {log:q}"  # gzip files put together are a gzip file


rule unpack_genome:
    input:
        packed=plan.place(plan.urls["genome"]),
    output:
        genome=plan.genome,
        index=f"{plan.genome}.fai",
        sizes=f"{plan.genome}.sizes",
    log:
        f"{OUT}/logs/unpack_genome.log",
    benchmark:
        f"{OUT}/benchmarks/unpack_genome.tsv"
    conda:
        "../envs/intervals.yaml"
    resources:
        **needs(2000, minutes=60),
    script:
        "../workflow_scripts/unpack_genome.py"


if plan.kind == "immgen_demo":

    rule simulate_immune:
        input:
            profiles=PROFILES,
            lineages=LINEAGES,
        output:
            **plan.simulated,
        log:
            f"{OUT}/logs/simulate_immune.log",
        benchmark:
            f"{OUT}/benchmarks/simulate_immune.tsv"
        conda:
            "../envs/intervals.yaml"
        resources:
            **needs(2000, minutes=30),
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
            **plan.simulated,
        log:
            f"{OUT}/logs/simulate.log",
        benchmark:
            f"{OUT}/benchmarks/simulate.tsv"
        conda:
            "../envs/intervals.yaml"
        resources:
            **needs(2000, minutes=30),
        params:
            targets=TARGETS,
            settings=config["simulation"],
            seed=config["seed"],
        script:
            "../workflow_scripts/simulate_sources.py"
