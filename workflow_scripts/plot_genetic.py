"""Figures: how the sequences of each run of the genetic algorithm evolved."""

from cam import logs, plots
from cam.interpretation.effects import read_effects
from cam.io.records import read_record
from cam.io.tables import read_table

logs.start(snakemake.log[0])
paths, output = snakemake.input, snakemake.output
annotation = read_table(paths.annotation)
for number, path in enumerate(logs.progress(paths.runs, desc="figures")):
    run, task, logits = read_record(path), None, None
    history, outputs = read_table(paths.histories[number]), read_table(paths.outputs[number])
    if run["bias"] is not None:
        effects = read_effects(paths.effects)
        task, weights = effects.task, effects.weights.loc[run["subject"]]
        logits = outputs[weights.index].to_numpy() @ weights.to_numpy(float) + run["bias"]
    subject, direction, unchanged = run["subject"], run["direction"], run["output_unchanged"]
    figure = plots.genetic(history, outputs, annotation, subject, direction, logits, task, unchanged)
    plots.save(figure, output.svg[number], output.png[number])
