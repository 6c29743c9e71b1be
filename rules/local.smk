"""What the model says of single regions and where in them units fired, and how much each unit matters over all."""


rule local:
    input:
        dataset=rules.tensors.output.dataset,
        regions=rules.select_regions.output.regions,
        model=f"{MODEL}/model.safetensors",
    output:
        contributions=report(
            f"{OUT}/interpretation/local/{{choice}}.tsv",
            caption="../resources/report/captions/local_table.rst",
            category="5 Interpretation",
            subcategory="Single regions",
            labels={"regions": "{choice} (table)"},
        ),
        sites=report(
            f"{OUT}/interpretation/local/{{choice}}.sites.tsv",
            caption="../resources/report/captions/local_sites.rst",
            category="5 Interpretation",
            subcategory="Single regions",
            labels={"regions": "{choice}, sites (table)"},
        ),
    log:
        f"{OUT}/logs/local/{{choice}}.log",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        names=regions_of,
        regions=config["local"]["regions"],
        threshold=config["motifs"]["threshold"],
        seed=config["seed"],
        binding=not REGRESSION,
    script:
        "../workflow_scripts/interpret_regions.py"


rule plot_local:
    input:
        contributions=rules.local.output.contributions,
        sites=rules.local.output.sites,
        annotation=rules.detectors.output.table,
        motifs=rules.motifs.output.meme,
        lineages=LINEAGES or [],
    output:
        svg=report(
            f"{OUT}/interpretation/local/{{choice}}.svg",
            caption="../resources/report/captions/local.rst",
            category="5 Interpretation",
            subcategory="Single regions",
            labels={"regions": "{choice}"},
        ),
        png=f"{OUT}/interpretation/local/{{choice}}.png",
    log:
        f"{OUT}/logs/plot_local/{{choice}}.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        width=config["regions"]["width"],
        binding=not REGRESSION,
    script:
        "../workflow_scripts/plot_local.py"


rule importance:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
    output:
        table=report(
            f"{OUT}/interpretation/importance.tsv",
            caption="../resources/report/captions/importance_table.rst",
            category="5 Interpretation",
            subcategory="Units",
            labels={"result": "Contributions of each unit (table)"},
        ),
    log:
        f"{OUT}/logs/importance.log",
    benchmark:
        f"{OUT}/benchmarks/importance.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        threshold=config["motifs"]["threshold"],
        binding=not REGRESSION,
    script:
        "../workflow_scripts/unit_importance.py"


rule plot_importance:
    input:
        table=rules.importance.output.table,
        annotation=rules.detectors.output.table,
        lineages=LINEAGES or [],
    output:
        svg=report(
            f"{OUT}/interpretation/importance.svg",
            caption="../resources/report/captions/importance.rst",
            category="5 Interpretation",
            subcategory="Units",
            labels={"result": "Contributions of each unit"},
        ),
        png=f"{OUT}/interpretation/importance.png",
    log:
        f"{OUT}/logs/plot_importance.log",
    conda:
        "../envs/plots.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        binding=not REGRESSION,
    script:
        "../workflow_scripts/plot_importance.py"
