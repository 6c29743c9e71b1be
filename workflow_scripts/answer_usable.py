"""Tables: whether the interpreted model is usable, as far as this run can tell."""

from functools import cache

from cam import logs
from cam.data.dataset import load_dataset
from cam.evaluation import usable
from cam.evaluation.bootstrap import read_test_regions
from cam.interpretation.responses import load_responses
from cam.io.records import read_record
from cam.io.tables import read_table, write_table
from cam.io.tensors import read_safetensors

log = logs.start(snakemake.log[0])
paths, params, output = snakemake.input, snakemake.params, snakemake.output
dataset, costs = load_dataset(paths.dataset), read_table(paths.costs).set_index("model")
_, blocks, _ = read_test_regions(paths.regions, paths.groups)
metrics = usable.metrics_of(dataset.task, params.loss)
read = cache(lambda path: usable.score(load_responses(path), blocks, params.seed))
runs = [
    usable.Run(*run, (load_dataset(drawn).split == 0).sum(), read_table(history)["seconds"].sum(), read(responses))
    for run, drawn, history, responses in zip(params.runs, paths.drawn, paths.histories, paths.curve, strict=True)
]
scores = {model: read(path) for model, path in zip(params.models, paths.responses, strict=True)}
for model, path in zip(params.models, paths.metrics, strict=True):
    costs.loc[model] = (dataset.split == 0).sum(), read_record(path)["training"]["seconds"]
known, (_, simple) = load_responses(paths.responses[0]), read_safetensors(paths.simple, "predictions", "1", "numpy")
scores |= {model: usable.score(known, blocks, params.seed, simple[model]) for model in usable.SIMPLE}
curve = usable.learning_curve(runs, metrics)
models = usable.compare_models(scores, metrics, costs["seconds"], costs["regions"])
replicates = [read_record(path)["test"]["macro"][metrics[0]] for path in paths.replicates]
shared = usable.shared_with_training(dataset, scores[params.models[0]], metrics[0])
orientations = read_table(paths.orientations) if paths.orientations else None
told = curve, models, replicates, shared, read_table(paths.selection), orientations
answers = usable.answers(*told, params.kind, blocks.max() + 1 if paths.groups else None)
for table, path in ((answers, output.answers), (curve, output.curve), (models, output.models)):
    write_table(table, path)
log.info("is it usable?\n%s", "\n".join(answers["sentence"]))
