"""Figure of filter nullification beside the final weights."""

from itertools import cycle

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from .style import COOL, INK, LINES, MUTED, PALE, STYLE, WARM, colours_of, lineage_keys, text_width

NAMED = 12  # targets at most whose correlations are told one by one
KINDS = {"": "Final weight", "_effective": "Final weight × s.d. of the unit output"}
WAYS = {
    "final weights": ("reading the final weights", COOL),
    "nullification": ("nullifying every filter", WARM),
    "a prediction per filter": ("the same, a whole prediction per filter", PALE),
}


@rc_context(STYLE)
def nullification(tables, summary, seconds, model, lineages=None, task="binding"):
    """Draw what nullifying the filters does against the final weights, and how long both take.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        Model to ``filter target effect rms weight effective_weight``.
    summary : pandas.DataFrame
        As from :func:`cam.interpretation.nullification.summarise`.
    seconds : pandas.DataFrame
        ``model architecture filters regions way seconds``.
    model : str
        The CAM whose weights are drawn.
    lineages : pandas.DataFrame, optional
        ``target lineage``: by these targets are coloured.
    task : {"binding", "regression"}
        In regression the changes are those of predictions relative to the other targets', and so are the weights.

    Returns
    -------
    matplotlib.figure.Figure
        Four panels: the root mean square change of the logit against the final weight, and against its product with
        the standard deviation of the unit output; the changes ranked, for every model; and the times.
    """
    cam, agreement = tables[model], summary[summary["model"] == model].set_index("target")
    targets = list(agreement.index)
    colours = colours_of(targets, lineages)
    named = {suffix: _correlations(agreement[f"pearson{suffix}"]) for suffix in KINDS}
    columns = int(max(1, 4.0 // (text_width([*named[""], *named["_effective"]], 8) + 0.35)))
    labels = [f"{row.model}, {WAYS[row.way][0]}" for row in seconds.itertuples()]
    block = text_width(labels, 8) + 0.3
    keys = lineage_keys(targets, lineages)
    heights = (
        3.6 + 0.18 * -(-len(named[""]) // columns) + 0.25 * bool(keys),
        2.3 + 0.2 * len(tables) + 0.15 * len(labels),
    )
    figure = Figure(figsize=(max(8.6, 4.2 + block + 2.4), sum(heights)), layout="constrained")
    change = f"r.m.s. change of the {'logit' if task == 'binding' else 'prediction'}"
    upper, below = figure.subfigures(2, 1, height_ratios=heights)
    scatters = upper.subplots(1, 2)
    if keys:
        upper.legend(handles=keys, loc="outside upper center", ncols=len(keys), handlelength=0.9, columnspacing=1.2)
    for axes, (suffix, name) in zip(scatters, KINDS.items(), strict=True):
        column = "effective_weight" if suffix else "weight"
        _scatter(axes, cam, column, colours)
        label = f"|{name}|" if (cam["weight"] < 0).any() else name
        if task == "regression" and len(targets) > 1:
            label = name.replace("Final weight", "|Final weight − its mean|")
        axes.set(title=name, xlabel=label, ylabel=change)
        look = {"marker": "o", "markersize": 4, "linestyle": "none"}
        handles = [Line2D([], [], **look, color=colours[target]) for target in targets[: len(named[suffix])]]
        if len(targets) > NAMED:
            handles = [Line2D([], [], linestyle="none")]
        axes.legend(
            handles, named[suffix], loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=columns, handletextpad=0.1,
            columnspacing=1.2,
        )  # fmt: skip
    top = 1.05 * cam["rms"].max() or 1.0
    scatters[1].plot([0, top], [0, top], color=MUTED, linewidth=0.8, zorder=1)
    for axes in scatters:
        axes.set_ylim(-0.02 * top, top)

    ranks, times = below.subplots(1, 2, width_ratios=(4.2, block + 2.4))
    _draw_ranks(ranks, tables, change)
    _draw_times(times, seconds, labels)
    return figure


def _scatter(axes, table, column, colours):
    """A point per filter and target."""
    size, many = (16, False) if len(table) <= 500 else (5, True)
    axes.scatter(
        table[column].abs(), table["rms"], s=size, c=table["target"].map(colours), alpha=0.75, linewidths=0,
        rasterized=many,
    )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlim(left=-0.02 * (table[column].abs().max() or 1.0))
    axes.grid(True)


def _correlations(pearson):
    """Each target's correlation in words, or where there are many their median and range."""
    if len(pearson) <= NAMED:
        return [f"{target}  r = {r:.3f}" if r == r else f"{target}  r n/a" for target, r in pearson.items()]
    known = pearson.dropna()
    return [f"r = {known.median():.3f} ({known.min():.3f} to {known.max():.3f}), {len(known)} targets"]


def _draw_ranks(axes, tables, change):
    """The filters of every model from the most influential on, the mean of the targets."""
    looks = zip(cycle((COOL, WARM, INK)), cycle(LINES), strict=False)
    for (model, table), (colour, line) in zip(tables.items(), looks, strict=False):
        influence = table.groupby("filter", sort=False)["rms"].mean().sort_values(ascending=False)
        label = f"{model}, {influence.index[0]} first"
        rank, dot = np.arange(1, len(influence) + 1), "o" if len(influence) == 1 else None
        axes.plot(rank, influence, color=colour, linestyle=line, linewidth=1.4, marker=dot, markersize=4, label=label)
    axes.set(title="Influence, mean of the targets", xlabel="Rank of the filter", ylabel=change)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("")  # by itself it labels the ticks of an axis that is shorter than a decade
    axes.set(xlim=(0.8, None), ylim=(0, None))
    axes.grid(True)
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, -0.2), handlelength=2.6)


def _draw_times(axes, seconds, labels):
    """A bar per model and way, on a logarithmic axis, with its time written behind it."""
    places = np.arange(len(seconds))
    low = 10 ** np.floor(np.log10(seconds["seconds"].min()) - 0.5)
    axes.barh(places, seconds["seconds"] - low, left=low, color=[WAYS[way][1] for way in seconds["way"]], height=0.62)
    axes.set(xscale="log", xlim=(low, seconds["seconds"].max() * 30), ylim=(len(seconds) - 0.5, -0.5))
    for place, value in zip(places, seconds["seconds"], strict=True):
        axes.text(1.25 * value, place, _duration(value), va="center", fontsize=8)
    axes.set_yticks(places, labels)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    regions = seconds["regions"].iloc[0]
    axes.set(title=f"Time for {regions:,} regions", xlabel="Time")
    axes.xaxis.set_major_formatter(lambda value, _: _duration(value))
    axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(True, axis="x")


def _duration(seconds):
    """A time in words: ``3.2 ms``, ``14 s``, ``1,200 s``."""
    value, unit = (1000 * seconds, "ms") if seconds < 1 else (seconds, "s")
    return f"{value:,.0f} {unit}" if value >= 9.5 else f"{value:.2g} {unit}"
