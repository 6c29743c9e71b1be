"""The page that tells the whole experiment."""

import json
from itertools import product
from pathlib import Path

from cam import logs
from cam.io.files import write_text
from cam.io.tables import read_table
from cam.motifs.formats import read_motifs
from cam.report import Evolution, read_image, render
from cam.sources.target_tables import read_lineages

log = logs.start(snakemake.log[0])
paths, params, page = snakemake.input, snakemake.params, snakemake.output.page
config = params.config
runs = list(product(config["models"], config["seeds"]))
genetic = read_table(paths.genetic).set_index(["subject", "direction"])
evolutions = [
    Evolution(
        unit,
        direction,
        genetic.loc[(unit, direction), "start"],
        genetic.loc[(unit, direction), "output_unchanged"],
        read_table(paths.histories[number]),
        read_table(paths.enrichment[number]),
        read_image(paths.genetic_figures[number], page),
        read_image(paths.enrichment_figures[number], page),
    )
    for number, (unit, direction) in enumerate(product(params.evolved, params.directions))
]
tables = {name: read_table(paths[name]) for name in ("controls", "regulators", "pairs", "thresholds") if paths[name]}
html = render(
    paths.template,
    config=config,
    provenance=json.loads(Path(paths.provenance).read_text(encoding="utf-8")),
    counts=read_table(paths.counts),
    selection=read_table(paths.selection),
    metrics={run: json.loads(Path(path).read_text()) for run, path in zip(runs, paths.metrics, strict=True)},
    gc_content=read_table(paths.gc_content) if paths.gc_content else None,
    summary=read_table(paths.summary, dtype={"model": str, "seed": str}),
    differences=read_table(paths.comparison, dtype={"model": str, "other": str, "seed": str}),
    motifs=read_motifs(paths.motifs)[0],
    annotation=read_table(paths.annotation),
    described=read_table(paths.described),
    weights=read_table(paths.weights),
    logos={unit: read_image(path, page) for unit, path in zip(params.units, paths.logos, strict=True)},
    figures={name: read_image(paths[name], page) for name in params.figures},
    evolutions=evolutions,
    lineages=read_lineages(paths.lineage_table),
    tables=tables,
)
with write_text(page) as text:
    text.write(html)
log.info("%s: %.1f MB", page, len(html) / 1e6)
