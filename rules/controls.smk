"""Controls: what chance gives, beside which every claim about the units stands."""


rule untrained_units:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
        initial=plan.initial_motifs,
    output:
        model=f"{OUT}/controls/untrained.safetensors",
    log:
        f"{OUT}/logs/untrained_units.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **WHOLE_DATA,
    params:
        units=config["controls"]["units"],
        seed=config["seed"],
    script:
        "../workflow_scripts/untrained_units.py"


# The interpreted model's own recipe, on labels that belong to other regions. A model from a file has no recipe.
SHUFFLED = (
    [f"{OUT}/controls/shuffled/{{model}}/seed{{seed}}/model.safetensors".format(**config["interpret"])]
    if config["controls"]["shuffled"] and plan.learns
    else []
)
CONTROLS = ["shuffled"] * len(SHUFFLED) + ["untrained"]


use rule train as train_shuffled with:
    output:
        model=f"{OUT}/controls/shuffled/{{model}}/seed{{seed}}/model.safetensors",
        history=f"{OUT}/controls/shuffled/{{model}}/seed{{seed}}/history.tsv",
    log:
        f"{OUT}/logs/controls/shuffled/{{model}}.seed{{seed}}.log",
    benchmark:
        f"{OUT}/benchmarks/controls/shuffled/{{model}}.seed{{seed}}.tsv"
    params:
        architecture=architecture_of,
        training=training_of,
        shuffled=True,


rule read_controls:
    input:
        dataset=rules.tensors.output.dataset,
        models=[*SHUFFLED, rules.untrained_units.output.model],
    output:
        meme=f"{OUT}/controls/units.meme",
        detectors=f"{OUT}/controls/detectors.tsv",
    log:
        f"{OUT}/logs/controls/read_controls.log",
    benchmark:
        f"{OUT}/benchmarks/controls/read_controls.tsv"
    conda:
        "../envs/torch.yaml"
    resources:
        **WHOLE_DATA,
    params:
        controls=CONTROLS,
        threshold=config["motifs"]["threshold"],
    script:
        "../workflow_scripts/read_controls.py"


use rule tomtom as control_tomtom with:
    input:
        units=rules.read_controls.output.meme,
        database=PROFILES,
    output:
        table=f"{OUT}/controls/tomtom.tsv",
        annotation=f"{OUT}/controls/annotation.tsv",
    log:
        f"{OUT}/logs/controls/tomtom.log",
    benchmark:
        f"{OUT}/benchmarks/controls/tomtom.tsv"


rule controls:
    input:
        trained=rules.detectors.output.table,
        trained_matches=rules.tomtom.output.table,
        detectors=rules.read_controls.output.detectors,
        annotation=rules.control_tomtom.output.annotation,
        matches=rules.control_tomtom.output.table,
        database=PROFILES,
        lineages=LINEAGES,
        regulators=REGULATORS,
    output:
        table=shown("controls/summary.tsv", "controls", IN_UNITS, "What chance gives (table)"),
    log:
        f"{OUT}/logs/controls/summary.log",
    conda:
        "../envs/plots.yaml"
    resources:
        **SUMMARY,
    params:
        q_value=config["tomtom"]["q_value"],
    script:
        "../workflow_scripts/compare_with_controls.py"
