"""The CAM and the baseline CNN: training, and models that were trained elsewhere."""


rule train:
    input:
        dataset=rules.tensors.output.dataset,
    output:
        model=f"{OUT}/models/{{model}}/seed{{seed}}/model.safetensors",
        history=f"{OUT}/models/{{model}}/seed{{seed}}/history.tsv",
    log:
        f"{OUT}/logs/train/{{model}}.seed{{seed}}.log",
    benchmark:
        f"{OUT}/benchmarks/train/{{model}}.seed{{seed}}.tsv"
    wildcard_constraints:
        model="|".join(TRAINED) or "(?!)",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(720),
        gpu=gpus_of,
        device=device_of,
    params:
        architecture=architecture_of,
        training=training_of,
    script:
        "../workflow_scripts/train_model.py"


rule import_model:
    input:
        weights=weights_of,
    output:
        model=f"{OUT}/models/{{model}}/seed{{seed}}/model.safetensors",
        history=f"{OUT}/models/{{model}}/seed{{seed}}/history.tsv",
    log:
        f"{OUT}/logs/import_model/{{model}}.seed{{seed}}.log",
    wildcard_constraints:
        model="|".join(IMPORTED) or "(?!)",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        architecture=architecture_of,
        length=config["regions"]["width"],
        targets=TARGETS,
    script:
        "../workflow_scripts/import_model.py"


rule export_explainn:
    input:
        model=f"{OUT}/models/{{model}}/seed{{seed}}/model.safetensors",
    output:
        weights=f"{OUT}/models/{{model}}/seed{{seed}}/explainn.pth",
    log:
        f"{OUT}/logs/export_explainn/{{model}}.seed{{seed}}.log",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    script:
        "../workflow_scripts/export_explainn.py"
