"""Figures: how the sequences of some units, or of a target, evolved."""

import json
from pathlib import Path

from cam import logs, plots
from cam.interpretation.effects import profiles
from cam.io.fasta import read_fasta
from cam.io.tables import read_table

logs.start(snakemake.log[0])
paths, output = snakemake.input, snakemake.output
annotation = read_table(paths.annotation)
for number, subject in enumerate(logs.progress(snakemake.params.subjects, desc="figures")):
    history, outputs = read_table(paths.histories[number]), read_table(paths.outputs[number])
    logits = None
    if paths.get("weights"):
        # It is the sum of the contributions and the bias, which the first sequence's header tells.
        weights = read_table(paths.weights).set_index("target")
        weights = (weights if snakemake.params.binding else profiles(weights)).loc[subject]
        logits = outputs[weights.index].to_numpy() @ weights.to_numpy(float)
        header, _ = next(read_fasta(paths.fasta))
        logits += float(header.split()[1].removeprefix("output=")) - logits[0]
    unchanged = json.loads(Path(paths.runs[number]).read_text())["output_unchanged"]
    figure = plots.genetic(
        history,
        outputs,
        annotation,
        subject,
        snakemake.wildcards.direction,
        logits,
        snakemake.params.binding,
        unchanged,
    )
    plots.save(figure, output.svg[number], output.png[number])
