"""Controls: what chance gives, beside which every claim about the units stands."""


rule untrained_units:
    input:
        dataset=rules.tensors.output.dataset,
        model=f"{MODEL}/model.safetensors",
    output:
        model=f"{OUT}/controls/untrained.safetensors",
    log:
        f"{OUT}/logs/untrained_units.log",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        units=config["controls"]["units"],
        seed=config["seed"],
    script:
        "../workflow_scripts/untrained_units.py"
