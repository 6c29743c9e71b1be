"""The page that tells the whole experiment."""

from itertools import product

from cam import logs
from cam.io.files import write_text
from cam.io.records import read_record
from cam.io.tables import read_table
from cam.motifs.formats import read_motifs
from cam.report import read_evolutions, read_image, render
from cam.sources.target_tables import read_lineages

TABLES = "controls", "regulators", "pairs", "thresholds", "answers", "targets", "own_motifs", "families", "initial"
log = logs.start(snakemake.log[0])
paths, params, page = snakemake.input, snakemake.params, snakemake.output.page
runs = product(params.config["models"], params.config["seeds"])
html = render(
    paths.template,
    config=params.config,
    provenance=read_record(paths.provenance),
    metrics={run: read_record(path) for run, path in zip(runs, paths.metrics, strict=True)},
    **{name: read_table(paths[name]) for name in ("counts", "selection", "annotation", "described", "weights")},
    gc_content=read_table(paths.gc_content) if paths.gc_content else None,
    summary=read_table(paths.summary, dtype={"model": str, "seed": str}),
    differences=read_table(paths.comparison, dtype={"model": str, "other": str, "seed": str}),
    motifs=read_motifs(paths.motifs)[0],
    logos={unit: read_image(path, page) for unit, path in zip(params.units, paths.logos, strict=True)},
    figures={name: read_image(paths[name], page) for name in params.figures},
    evolutions=read_evolutions(
        product(params.evolved, params.directions), read_table(paths.genetic), paths.histories, paths.enrichment,
        paths.genetic_figures, paths.enrichment_figures, page,
    ),
    lineages=read_lineages(paths.lineage_table),
    tables={name: read_table(paths[name]) for name in TABLES if paths[name]},
)  # fmt: skip
with write_text(page) as text:
    text.write(html)
log.info("%s: %.1f MB", page, len(html) / 1e6)
