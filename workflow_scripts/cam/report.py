"""The report: one HTML page that holds the whole experiment and asks for no other file."""

import base64
import html
import os
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .design.enrichment import is_loss, significant
from .evaluation.summaries import SPREAD
from .interpretation.sentences import scientific
from .io.tables import read_table
from .motifs.matrices import consensus, information_content
from .plots.style import lineage_colours, target_colours

PIXEL_RATIO = 1.5  # figures have 150 dpi, a page 96: a little sharper than needed, and as large as they were designed
METRICS = {"auroc": "AUROC", "auprc": "AUPRC", "mcc": "MCC"}
CORRELATIONS = {
    "region_pearson": "Per region, mean",
    "region_pearson_median": "Per region, median",
    "centred_pearson": "Per target, centred",
    "pearson": "Per target",
}
ACROSS_REGIONS = {"pearson": "Across regions"}  # of a single target there is no other


@dataclass(frozen=True)
class Image:
    """A figure to stand in the page.

    Parameters
    ----------
    uri : str
        The PNG file itself, as a ``data:`` address.
    width : int
        In CSS pixels.
    vector : str
        Address of the same figure as SVG, relative to the page.
    """

    uri: str
    width: int
    vector: str


@dataclass(frozen=True)
class Evolution:
    """One run of the genetic algorithm, and the motifs in its sequences.

    Parameters
    ----------
    unit : str
    direction : {"max", "min"}
    start : str
        ``random``, or the run whose sequences it began with.
    unchanged : bool
        Whether it left the output as it was.
    history : pandas.DataFrame
        ``generation mean_fitness best_fitness distinct distance converged``.
    enrichment : pandas.DataFrame
        As returned by :func:`cam.design.enrichment.enrich_families`, the most enriched family of motifs first.
    convergence, enriched : Image
        The figures of :func:`cam.plots.genetic` and :func:`cam.plots.enrichment`.
    """

    unit: str
    direction: str
    start: str
    unchanged: bool
    history: pd.DataFrame
    enrichment: pd.DataFrame
    convergence: Image
    enriched: Image


def read_image(path, page):
    """Read a PNG figure beside which its SVG lies.

    Parameters
    ----------
    path : str or Path
    page : str or Path
        The HTML file the figure is for.

    Returns
    -------
    Image
    """
    data = Path(path).read_bytes()
    width = int.from_bytes(data[16:20], "big")  # of the IHDR chunk, which a PNG file begins with
    vector = os.path.relpath(Path(path).with_suffix(".svg"), Path(page).parent)
    return Image("data:image/png;base64," + base64.b64encode(data).decode(), round(width / PIXEL_RATIO), vector)


def read_evolutions(runs, summary, histories, enrichment, figures, enrichment_figures, page):
    """Read what there is of each run of the genetic algorithm.

    Parameters
    ----------
    runs : iterable of (str, str)
        Unit and direction.
    summary : pandas.DataFrame
        As from :func:`cam.design.summaries.summarise`.
    histories, enrichment, figures, enrichment_figures : sequence of str or Path
        The files of every run.
    page : str or Path
        The HTML file the figures are for.

    Returns
    -------
    list of Evolution
    """
    ends = summary.set_index(["subject", "direction"])
    return [
        Evolution(
            *run,
            ends.loc[run, "start"],
            ends.loc[run, "output_unchanged"],
            read_table(history),
            read_table(enriched),
            read_image(figure, page),
            read_image(enrichment_figure, page),
        )
        for run, history, enriched, figure, enrichment_figure in zip(
            runs, histories, enrichment, figures, enrichment_figures, strict=True
        )
    ]


def read_caption(name, folder, config, lineages=None):
    """Read a caption of Snakemake's report for the page, so that what a figure shows is said once.

    Parameters
    ----------
    name : str
    folder : str or Path
        Where it lies, as ``{name}.rst``: a template of jinja2 that asks for ``snakemake.config`` and
        ``snakemake.input.lineages``, whose text has no other markup than ``*emphasis*`` and double backquotes.
    config : dict
        The checked configuration.
    lineages : pandas.DataFrame, optional

    Returns
    -------
    str
        HTML, of which nothing else is markup, whatever the configuration says.
    """
    snakemake = SimpleNamespace(config=config, input=SimpleNamespace(lineages=lineages is not None), wildcards={})
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    source = Path(folder, f"{name}.rst").read_text(encoding="utf-8")
    text = html.escape(" ".join(environment.from_string(source).render(snakemake=snakemake).split()))
    return re.sub(r"\*(.+?)\*", r"<em>\1</em>", re.sub("``(.+?)``", r"<code>\1</code>", text))


def render(
    template,
    *,
    config,
    provenance,
    counts,
    selection,
    metrics,
    summary,
    differences,
    motifs,
    annotation,
    described,
    weights,
    logos,
    figures,
    evolutions,
    gc_content=None,
    lineages=None,
    tables=None,
):
    """Render the page.

    Parameters
    ----------
    template : str or Path
        ``resources/report/binding.html.j2`` or, where labels are real numbers, ``regression.html.j2``. Beside it lies
        the folder ``captions``, of which figures have theirs (:func:`read_caption`).
    config : dict
        The checked configuration.
    provenance : dict
        The contents of ``provenance.json``.
    counts : pandas.DataFrame
        ``target split bound unbound missing``, or for regression ``split regions``.
    selection : pandas.DataFrame
        ``step regions``: how many regions were left out and kept, and why.
    metrics : dict of (str, int) to dict
        Model and seed to the contents of its ``metrics.json``.
    summary : pandas.DataFrame
        As returned by :func:`cam.evaluation.summaries.summarise` or :func:`cam.evaluation.regression.summarise`.
    differences : pandas.DataFrame
        ``model other seed target metric difference low high``: see :func:`cam.evaluation.binding.compare`; the seed is
        text, and of several seeds there are also ``median``, ``lowest`` and ``highest``.
    motifs : sequence of cam.motifs.formats.Motif
        A motif per unit, named after it.
    annotation : pandas.DataFrame
        ``unit target_id tf q_value``.
    described : pandas.DataFrame
        ``unit sentence``, as from :func:`cam.interpretation.sentences.describe`.
    weights : pandas.DataFrame
        The final weights: ``target`` and one column per unit.
    logos : dict of str to Image
        Unit to its compact logo.
    figures : dict of str to Image
        Any of ``label_counts``, ``region_quality``, ``peak_quality``, ``performance``, ``calibration``, ``confusion``,
        ``training_history``, ``units``, ``importance``, ``consistency``, ``final_weights``, ``cooperativity``,
        ``nullification``, ``chosen``, ``best``, ``worst``, ``random``; for regression also ``correlations`` and
        ``cell_types``, or, of a single target, ``predictions``; with lineages ``lineages``, ``known_regulators``;
        ``usable``.
    evolutions : sequence of Evolution
    gc_content : pandas.DataFrame, optional
        Of binding, as returned by :func:`cam.evaluation.binding.score_gc_content`.
    lineages : pandas.DataFrame, optional
        ``target lineage``. Then the weights of a unit are shown by lineage: the means of what they are above or below
        the unit's mean.
    tables : dict of str to pandas.DataFrame, optional
        ``controls``, as from :func:`cam.interpretation.controls.compare_with_controls`; ``answers``, as from
        :func:`cam.evaluation.usable.answers`; of binding ``targets`` and ``own_motifs``, as from
        :mod:`cam.interpretation.targets`; with lineages ``regulators`` and ``pairs``, as from
        :mod:`cam.interpretation.regulators`.

    Returns
    -------
    str
        HTML. The same for the same input: it has no date. All text from outside is escaped.
    """
    template = Path(template)
    environment = Environment(
        loader=FileSystemLoader(template.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"count": _count, "decimal": _decimal, "interval": _interval, "scientific": _scientific}
    page = environment.get_template(template.name)
    named = weights["target"].tolist()  # of those in the configuration, where they are named, some were left out
    targets = named if config["targets"] == "all" else [target for target in config["targets"] if target in named]
    config = config | {"targets": targets}
    regression = config["task"] == "regression"
    correlations = CORRELATIONS if len(targets) > 1 else ACROSS_REGIONS
    names = correlations if regression else METRICS
    sentences = described.set_index("unit")["sentence"]
    matches = annotation.dropna(subset="tf").set_index("unit")
    weights = weights.set_index("target").loc[targets]
    colours = target_colours(targets)
    if lineages is not None:
        of_target = lineages.set_index("target")["lineage"].loc[targets]
        weights = (weights - weights.mean()).groupby(of_target, sort=False).mean()
        colours = colours | lineage_colours(lineages["lineage"])
    reach = weights.abs().to_numpy().max() or 1.0
    signed = weights.to_numpy().min() < 0
    q_value = config["enrichment"]["q_value"]
    trainings = {}
    for run, environment in provenance["trained_with"].items():
        trainings.setdefault(", ".join(f"{name} {value}" for name, value in environment.items()), []).append(run)
    replicates = summary[summary["seed"].isin(map(str, config["seeds"]))].groupby("model", sort=False)[list(names)]
    seed = str(config["interpret"]["seed"])
    spread = differences[differences["seed"].isin(SPREAD)].set_index(["other", "target", "metric", "seed"])[
        "difference"
    ]
    units = [
        {
            "name": motif.matrix_id,
            "logo": logos[motif.matrix_id],
            "consensus": consensus(motif.ppm),
            "sites": motif.n_sites,
            "bits": information_content(motif.ppm).sum(),
            "sentence": sentences[motif.matrix_id],
            "match": matches.loc[motif.matrix_id] if motif.matrix_id in matches.index else None,
            "weights": [(value, _shade(value / reach, signed)) for value in weights[motif.matrix_id]],
            "largest": [
                (target, weights.loc[target, motif.matrix_id]) for target in _largest(weights[motif.matrix_id])
            ],
            "runs": [_summarise(run, q_value) for run in evolutions if run.unit == motif.matrix_id],
        }
        for motif in motifs
    ]
    return page.render(
        caption=partial(read_caption, folder=template.parent / "captions", config=config, lineages=lineages),
        config=config,
        config_text=yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=100),
        provenance=provenance,
        trainings=trainings,
        counts=counts,
        n_regions=(
            counts["regions"].sum()
            if regression
            else counts.loc[counts["target"] == targets[0], ["bound", "unbound", "missing"]].to_numpy().sum()
        ),
        selection=selection,
        metrics=metrics,
        metric_names=names,
        comparison=compare(
            metrics, ["macro"] if regression else [*targets, "macro"], config["interpret"]["seed"], names
        ),
        replicates=replicates.agg(["median", "min", "max"]),
        differences=differences[differences["seed"] == seed],
        spread=spread.unstack("seed") if len(spread) else None,
        gc_content=None if gc_content is None else gc_content.set_index("target").to_dict("index"),
        colours=colours,
        columns=list(weights.index),
        regression=regression,
        by_lineage=lineages is not None,
        tables=tables or {},
        units=units,
        figures=figures,
    )


def compare(metrics, targets, seed, names=METRICS):
    """Put the test metrics of all models of a seed beside each other.

    Parameters
    ----------
    metrics : dict of (str, int) to dict
        As for :func:`render`.
    targets : sequence of str
    seed : int
    names : collection of str
        Of the metrics.

    Returns
    -------
    pandas.DataFrame
        ``target metric model value interval best``: ``interval`` is [low, high] or None; ``best`` is true for the
        models that no other surpasses.
    """
    rows = [
        (target, metric, model, run["test"][target][metric], run["test"][target][f"{metric}_interval"])
        for (model, of_seed), run in metrics.items()
        for target in targets
        for metric in names
        if of_seed == seed
    ]
    result = pd.DataFrame(rows, columns=["target", "metric", "model", "value", "interval"]).astype({"value": float})
    result["best"] = result["value"] == result.groupby(["target", "metric"])["value"].transform("max")
    return result


def _largest(weights, n=5):
    """The targets of the largest weights of a unit, the largest first."""
    order = weights.abs().sort_values(ascending=False, kind="stable").index[:n]
    return [target for target in order if weights[target] != 0]


def _summarise(evolution, q_value):
    """What the page says of a run: how it went, and the five most enriched families of motifs."""
    table, lost = evolution.enrichment, is_loss(evolution.enrichment)
    certain = significant(table, q_value)
    rest = table[(table["log2_ratio"] < 0) if lost else (table["log2_ratio"] > 0)].drop(certain.index)
    return {
        "direction": evolution.direction,
        "began_with": evolution.start,
        "unchanged": evolution.unchanged,
        "other": "start" if lost else "random",
        "change": "lost" if lost else "enriched",
        "start": evolution.history.iloc[0],
        "end": evolution.history.iloc[-1],
        "n_enriched": len(certain),
        "top": pd.concat([certain, rest]).head(5).to_dict("records"),
        "figures": [evolution.convergence, evolution.enriched],
    }


def _shade(share, signed):
    """Colours of a cell whose weight is this share of the largest, in the manner of the heat map."""
    red, green, blue = (33, 102, 172) if share < 0 or not signed else (178, 24, 43)
    text = "#fff" if abs(share) > 0.55 else "#1f2933"
    return f"background: rgba({red}, {green}, {blue}, {abs(share):.2f}); color: {text}"


def _count(value):
    return "–" if pd.isna(value) else f"{value:,.0f}"


def _decimal(value, digits=3):
    return "–" if pd.isna(value) else f"{value:.{digits}f}"


def _interval(bounds):
    return "" if bounds is None else f"[{_decimal(bounds[0])}, {_decimal(bounds[1])}]"


def _scientific(value):
    if pd.isna(value):
        return "–"
    return f"{value:.2g}" if value >= 0.001 else scientific(value).removeprefix("= ")
