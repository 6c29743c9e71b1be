"""Figures of how well real numbers are predicted, such as accessibility: by region, and by cell type."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ..evaluation.regression import pearson, with_profile
from .style import (
    COOL,
    GRID,
    INK,
    MUTED,
    PALE,
    STYLE,
    WEIGHTS,
    at_inches,
    axes_at,
    box_style,
    colours_of,
    lineage_colours,
    target_colours,
    text_width,
)

MARKERS = "oDs^"  # of models
FEW = 500  # regions, below which each is drawn as a dot


@rc_context(STYLE)
def correlations(found, mean_profile, deviations, model, seed, well_predicted):
    """Draw how well single regions are predicted: the correlations of their values and predictions over cell types.

    Parameters
    ----------
    found : dict of (str, int) to numpy.ndarray of float, shape (n,)
        Model and seed to the correlation of every test region; missing where it is constant.
    mean_profile : numpy.ndarray of float, shape (n,)
        The correlation of every region with the mean training region.
    deviations : numpy.ndarray of float, shape (n,)
        The standard deviation of every region's values over cell types.
    model : str
        The one that is interpreted, which the others are compared with.
    seed : int
        Of the replicate that is drawn in full; the others are thin lines.
    well_predicted : float
        The correlation above which a region is called well predicted (0.75: Maslova et al. 2020).

    Returns
    -------
    matplotlib.figure.Figure
        The distributions; the interpreted model against each of the others, region by region; and the distributions in
        quarters of the regions, from those whose values vary least over cell types to those that vary most.
    """
    models = list(dict.fromkeys(name for name, _ in found))
    shown = {name: found[name, seed] for name in models}
    if np.isnan(list(shown.values())).all():
        figure = Figure(figsize=(6, 1.2))
        figure.text(0.5, 0.5, "No region has a correlation: all are constant.", ha="center", va="center", color=MUTED)
        return figure

    colours = target_colours(models)
    others = [name for name in models if name != model]
    figure = Figure(figsize=(3.5 * (2 + len(others)), 3.6 + 0.19 * (1 + len(models))), layout="constrained")
    distribution, *pairs, quarters = figure.subplots(1, 2 + len(others))
    _draw_distributions(distribution, found, mean_profile, seed, colours)
    distribution.axvline(well_predicted, color=MUTED, linewidth=1, linestyle=(0, (1, 1.5)), zorder=1)
    for axes, other in zip(pairs, others, strict=True):
        _draw_pair(axes, shown[other], shown[model], other, model)
    boxes = [(PALE, mean_profile), *((colours[name], shown[name]) for name in models)]
    _draw_quarters(quarters, boxes, deviations)
    handles = []
    for name in models:
        replicates = {replicate: r for (of_model, replicate), r in found.items() if of_model == name}
        label = f"{name}: {_told(replicates, seed, well_predicted)}"
        handles.append(Line2D([], [], color=colours[name], linewidth=2, label=label))
    label = f"mean training region: {_told({seed: mean_profile}, seed, well_predicted)}"
    handles.append(Patch(color=PALE, alpha=0.6, label=label))
    figure.legend(handles=handles, loc="outside lower left", handlelength=1.6)
    return figure


def _told(found, seed, well_predicted):
    """What the legend says of a model, or of the mean region: of the replicate drawn in full, and of all together."""
    known = {replicate: r[~np.isnan(r)] for replicate, r in found.items() if not np.isnan(r).all()}
    if seed not in known:
        return "n/a"
    told = f"median {np.median(known[seed]):.3f}, {np.mean(known[seed] > well_predicted):.1%} above {well_predicted:g}"
    medians = [np.median(r) for r in known.values()]
    if len(medians) > 1:
        told += f"; medians of {len(medians)} seeds from {min(medians):.3f} to {max(medians):.3f}"
    return told


def _draw_distributions(axes, found, mean_profile, seed, colours):
    """Shares of the regions by their correlation, a line per model and seed."""
    n = len(mean_profile)
    bins = np.linspace(-1, 1, 21 if n < FEW else 51)

    def draw(r, **look):
        known = r[~np.isnan(r)]
        axes.hist(known, bins=bins, weights=np.full(len(known), 1 / n), **look)

    draw(mean_profile, color=PALE, alpha=0.6)
    for (name, replicate), r in found.items():
        drawn = replicate == seed
        look = {"linewidth": 1.8, "zorder": 4} if drawn else {"linewidth": 0.6, "alpha": 0.6, "zorder": 3}
        draw(r, histtype="step", color=colours[name], **look)
        if drawn and not np.isnan(r).all():
            axes.axvline(np.nanmedian(r), color=colours[name], linewidth=1.1, linestyle=(0, (4, 2)), zorder=2)
    axes.set(title="Correlation of each region", xlabel="Pearson correlation over targets", ylabel="Share of regions")
    axes.set_xlim(_lowest(found.values()), 1)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.grid(True, axis="y")


def _lowest(found):
    """Where an axis of correlations begins: few are lower."""
    return max(-1, np.floor(10 * np.nanquantile(np.concatenate(list(found)), 0.002) - 0.5) / 10)


def _draw_pair(axes, x, y, other, model):
    """Two models' correlations of the same regions."""
    low = _lowest([x, y])
    known = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[known], y[known]
    axes.plot([low, 1], [low, 1], color=INK, linewidth=0.9, zorder=3)
    if len(x) < FEW:
        axes.scatter(x, y, s=9, color=MUTED, alpha=0.6, linewidth=0, clip_on=False)
    else:
        axes.hexbin(x, y, gridsize=50, extent=(low, 1, low, 1), bins="log", mincnt=1, cmap=WEIGHTS, linewidths=0.1)
    axes.set(title="Region by region", xlabel=f"Correlation, {other}", ylabel=f"Correlation, {model}")
    axes.set(xlim=(low, 1), ylim=(low, 1), box_aspect=1)
    if not known.any():
        return
    better = {"transform": axes.transAxes, "fontsize": 8, "zorder": 4}
    axes.text(0.03, 0.97, f"{model} better:\n{np.mean(y > x):.1%}", va="top", **better)
    axes.text(0.97, 0.03, f"{other} better:\n{np.mean(x > y):.1%}", ha="right", **better)


def _draw_quarters(axes, boxes, deviations):
    """Boxes of correlations in quarters of the regions that vary, by the standard deviation of their values."""
    varying = np.flatnonzero(deviations > 0)
    order = varying[np.argsort(deviations[varying], kind="stable")]
    parts = [part for part in np.array_split(order, 4) if len(part)]
    width = 0.8 / len(boxes)
    for place, (colour, r) in enumerate(boxes):
        at = np.arange(len(parts)) + (place - (len(boxes) - 1) / 2) * width
        known = [r[part][~np.isnan(r[part])] for part in parts]
        axes.boxplot(known, positions=at, widths=0.8 * width, whis=(5, 95), **box_style(colour))
    labels = [f"{deviations[part].min():.2f}–{deviations[part].max():.2f}" for part in parts]
    axes.set_xticks(range(len(parts)), labels, fontsize=7.5)
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel("S.d. over targets, in quarters of regions")
    axes.set(title="By how much a region varies", ylabel="Pearson correlation over targets")
    axes.set_ylim(top=1)
    axes.grid(True, axis="y")


@rc_context(STYLE)
def cell_types(scores, lineages=None):
    """Draw how well every cell type is predicted, lineage by lineage: a dot per model, with its 95 % interval.

    Parameters
    ----------
    scores : dict of str to pandas.DataFrame
        Model to a table ``centred_pearson low high``, or of a single target ``pearson low high``, a row per target;
        missing where a target is constant.
    lineages : pandas.DataFrame, optional
        As from :func:`cam.sources.target_tables.read_lineages`; all targets are in it.

    Returns
    -------
    matplotlib.figure.Figure
        Lineages stand in the order of their first target in the table, with the colours they have everywhere; without
        lineages, every target has a colour of its own.
    """
    targets, metric = next(iter(scores.values())).index, next(iter(scores.values())).columns[0]
    of_lineages = lineages is not None
    if not of_lineages:
        lineages = pd.DataFrame({"target": targets, "lineage": targets})
        colours = colours_of(targets)
    else:
        colours = lineage_colours(lineages["lineage"])
    rows = lineages[lineages["target"].isin(targets)].set_index("target")["lineage"]
    rows = rows.sort_values(key=lambda names: names.map(list(colours).index), kind="stable")
    pitch = max(0.12, 5.5 / len(rows))
    size = min(8, 55 * pitch)
    edge, left, gap, strip, tall, top = 0.15, 0.75, 0.05, 0.09, 2.6, 0.88  # in inches
    bottom = edge + text_width(rows.index, size) + 3 * gap + strip
    wide = pitch * len(rows)
    figure = Figure(figsize=(left + wide + edge, bottom + tall + top))
    axes = axes_at(figure, left, bottom, wide, tall)
    shift = 0.5 / len(scores)
    for place, ((_, table), marker) in enumerate(zip(scores.items(), cycle(MARKERS), strict=False)):
        table = table.loc[rows.index].astype(float)
        x = np.arange(len(rows)) + (place - (len(scores) - 1) / 2) * shift
        colour = rows.map(colours).to_list()
        axes.vlines(x, table["low"], table["high"], color=colour, linewidth=0.8)
        face = colour if place == 0 else "white"
        axes.scatter(x, table[metric], s=13, marker=marker, color=face, edgecolor=colour, linewidth=0.9, zorder=3)
    for first in np.flatnonzero(rows.to_numpy()[1:] != rows.to_numpy()[:-1]):
        axes.axvline(first + 0.5, color=GRID, linewidth=0.9, zorder=1)
    axes.set_xlim(-0.5, len(rows) - 0.5)
    axes.set_ylabel("Pearson correlation, centred" if metric == "centred_pearson" else "Pearson correlation")
    axes.grid(True, axis="y")
    axes.tick_params(axis="x", length=0, labelbottom=False)
    band = axes_at(figure, left, bottom - gap - strip, wide, strip)
    band.bar(range(len(rows)), 1, width=1, color=rows.map(colours).to_list())
    band.set(xlim=(-0.5, len(rows) - 0.5), ylim=(0, 1), yticks=[])
    band.set_xticks(range(len(rows)), rows.index, fontsize=size, rotation=90)
    band.tick_params(axis="x", length=0, pad=72 * gap)
    band.spines[:].set_visible(False)
    marks = [
        Line2D(
            [], [], linestyle="none", marker=marker, markersize=4.5, color=INK, label=model,
            markerfacecolor=INK if place == 0 else "white",
        )
        for place, (model, marker) in enumerate(zip(scores, cycle(MARKERS), strict=False))
    ]  # fmt: skip
    patches = [Patch(color=colours[name], label=name) for name in rows.unique()] if of_lineages else []
    for handles, up in ((marks, 0.32), (patches, 0.1)):
        place = at_inches(figure, left, bottom + tall + up)
        figure.legend(
            handles=handles, loc="lower left", bbox_to_anchor=place, ncols=len(handles) or 1, borderaxespad=0,
            borderpad=0, handlelength=1.0, columnspacing=1.4,
        )  # fmt: skip
    axes.set_title("Correlation of each target across regions", pad=72 * 0.62)
    return figure


@rc_context(STYLE)
def predictions(measured, predicted, scores, seed, losses):
    """Draw the predictions for a single target against its measured values, a panel per model.

    Parameters
    ----------
    measured : numpy.ndarray of float, shape (n,)
        Of the test regions.
    predicted : dict of (str, int) to numpy.ndarray of float, shape (n,)
        By model and seed.
    scores : dict of (str, int) to (float or None, sequence of float or None)
        Likewise, the Pearson correlation and its 95 % interval.
    seed : int
        Of the replicate that is drawn; of the others, the correlations are told.
    losses : dict of str to str
        What each model is trained by. Where it is ``mse``, predictions are on the scale of the values, and a line shows
        where they would equal them.

    Returns
    -------
    matplotlib.figure.Figure
        A dot per region; of 500 regions or more, shades tell how many there are.
    """
    models = list(dict.fromkeys(name for name, _ in predicted))
    figure = Figure(figsize=(0.5 + 3.2 * len(models), 4.2), layout="constrained")
    panels = figure.subplots(1, len(models), squeeze=False, sharex=True)[0]
    for name, axes in zip(models, panels, strict=True):
        drawn = predicted[name, seed]
        if losses[name] == "mse":
            ends = [max(measured.min(), drawn.min()), min(measured.max(), drawn.max())]
            axes.plot(ends, ends, color=PALE, linewidth=1.2, zorder=1)
        if len(measured) < FEW:
            axes.scatter(measured, drawn, s=9, color=COOL, alpha=0.6, linewidth=0, zorder=2)
        else:
            axes.hexbin(measured, drawn, gridsize=50, bins="log", mincnt=1, cmap=WEIGHTS, linewidths=0.1, zorder=2)
        said = _scored(*scores[name, seed])
        others = [score for (model, _), (score, _) in scores.items() if model == name and score is not None]
        if len(others) > 1:
            said += f"\n{len(others)} seeds: from {min(others):.3f} to {max(others):.3f}"
        axes.set_title(name, pad=18 + 11 * ("\n" in said))
        axes.annotate(said, (0, 1), (0, 5), "axes fraction", textcoords="offset points", fontsize=8, color=MUTED)
        axes.set(xlabel="Measured value", ylabel="Prediction", box_aspect=1)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.grid(True)
    return figure


def _scored(score, interval):
    if score is None:
        return "no correlation: values or predictions are constant"
    return f"r = {score:.3f}" + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def regression_performance(responses, metrics, seed, model, well_predicted, losses, lineages=None):
    """The figures of how well models predict real numbers.

    Parameters
    ----------
    responses : dict of (str, int) to cam.interpretation.responses.Responses
        By model and seed.
    metrics : dict of (str, int) to dict
        The contents of ``metrics.json``, likewise.
    seed, model
        Those that are interpreted.
    well_predicted : float
        See :func:`correlations`.
    losses : dict of str to str
        See :func:`predictions`.
    lineages : pandas.DataFrame, optional
        ``target lineage``.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``correlations cell_types``. Of a single target, across which nothing correlates, there is ``predictions``, too,
        and the first of the two is the same.
    """
    found = {run: pearson(each.labels, each.logits, 1) for run, each in responses.items()}
    # The values of the regions, and how the mean training region correlates with them, are the same whatever the model.
    any_of_them = next(iter(responses.values()))
    mean_profile = with_profile(any_of_them.labels, any_of_them.train_means)
    deviations = any_of_them.labels.astype(float).std(axis=1)
    single = len(any_of_them.targets) == 1
    metric = "pearson" if single else "centred_pearson"
    scores = {
        name: pd.DataFrame(
            [
                (score[metric], *(score[f"{metric}_interval"] or (None, None)))
                for score in (metrics[name, seed]["test"][target] for target in any_of_them.targets)
            ],
            index=any_of_them.targets,
            columns=[metric, "low", "high"],
        )
        for name in dict.fromkeys(name for name, _ in responses)
    }
    figures = {"cell_types": cell_types(scores, lineages)}
    if not single:
        return figures | {"correlations": correlations(found, mean_profile, deviations, model, seed, well_predicted)}
    (target,) = any_of_them.targets
    tested = {run: each["test"][target] for run, each in metrics.items()}
    told = {run: (score["pearson"], score["pearson_interval"]) for run, score in tested.items()}
    predicted = {run: each.logits[:, 0] for run, each in responses.items()}
    drawn = predictions(any_of_them.labels[:, 0], predicted, told, seed, losses)
    return figures | {"predictions": drawn, "correlations": drawn}
