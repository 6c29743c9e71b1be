"""Where the results come from: code, call, software, configuration, and checksums of what went in and came out."""


rule provenance:
    input:
        sources=sources,
        others=tables,
        environments=sorted(map(own, (BASE / "envs").glob("*.yaml"))),
        regions=rules.select_regions.output.regions,
        dataset=rules.tensors.output.dataset,
        models=expand("{folder}/model.safetensors", folder=EVALUATED),
        metrics=expand("{folder}/metrics.json", folder=EVALUATED),
        motifs=rules.motifs.output.meme,
    output:
        record=report(
            f"{OUT}/provenance.json",
            caption="../resources/report/captions/provenance.rst",
            category="1 Summary",
            labels={"result": "Provenance"},
        ),
    log:
        f"{OUT}/logs/provenance.log",
    localrule: True
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(240),
        call=call_of,
    params:
        config=config,
        addresses=ADDRESSES | {GENOME: URLS["genome"]},
    script:
        "../workflow_scripts/write_provenance.py"
