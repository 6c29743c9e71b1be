"""Figures of the regions: their labels, and what these rest on."""

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .style import (
    COOL,
    INK,
    MUTED,
    PALE,
    STYLE,
    WARM,
    axes_at,
    colours_of,
    in_lineages,
    lineage_keys,
    target_colours,
    text_width,
)


@rc_context(STYLE)
def label_counts(counts):
    """Draw how many regions are bound, unbound and of missing label, per target and split.

    Parameters
    ----------
    counts : pandas.DataFrame
        ``target split bound unbound missing``; targets and splits are drawn in the order in which they appear.

    Returns
    -------
    matplotlib.figure.Figure
        A panel per split, each on its own scale.
    """
    targets, splits = counts["target"].unique(), counts["split"].unique()
    colours = target_colours(targets)
    figure = Figure(figsize=(0.6 + 3.0 * len(splits), 1.25 + 0.3 * len(targets)), layout="constrained")
    panels = figure.subplots(1, len(splits), squeeze=False, sharey=True)[0]
    for split, axes in zip(splits, panels, strict=True):
        rows = counts[counts["split"] == split].set_index("target").reindex(targets)
        looks = {
            "bound": {"color": [colours[target] for target in targets]},
            "unbound": {"color": PALE},
            "missing": {"color": "white", "edgecolor": PALE, "hatch": "/////", "linewidth": 0.6},
        }
        start = np.zeros(len(targets))
        for label, look in looks.items():
            axes.barh(range(len(targets)), rows[label], left=start, height=0.68, label=label, **look)
            start = start + rows[label].to_numpy()
        for y, bound in enumerate(rows["bound"]):
            axes.text(start[y] + 0.015 * start.max(), y, f"{bound:,} bound", va="center", fontsize=7.5, color=MUTED)
        axes.set(title=split, xlabel="Regions", xlim=(0, 1.32 * start.max()), ylim=(len(targets) - 0.5, -0.5))
        axes.set_yticks(range(len(targets)), targets)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.grid(True, axis="x")
    figure.legend(
        handles=[
            tuple(Patch(facecolor=colours[target]) for target in targets[:3]),
            Patch(facecolor=PALE),
            Patch(facecolor="white", edgecolor=PALE, hatch="/////"),
        ],
        labels=["bound", "unbound", "missing"],
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0)},
        loc="outside lower center",
        ncols=3,
    )
    return figure


@rc_context(STYLE)
def region_quality(gc, evidence=None, composition=None):
    """Draw what the labels rest on: the evidence of both sources, and the GC content of bound and unbound regions.

    Parameters
    ----------
    gc : pandas.DataFrame
        ``target label gc regions``, as from :func:`cam.data.summaries.count_gc`.
    evidence : pandas.DataFrame, optional
        ``biosample target both remap_only unibind_only neither``, as from :func:`cam.data.labels.label`.
    composition : pandas.DataFrame, optional
        As from :func:`cam.data.composition.describe_composition`.

    Returns
    -------
    matplotlib.figure.Figure
        A row per target: how many regions both sources, or one of them, call bound (if there is evidence); the
        distribution of GC content; and that of repeats (if they are known).
    """
    targets = gc["target"].unique()
    colours = target_colours(targets)
    of_repeats = composition is not None and composition["repeats"].notna().any()
    columns = 1 + (evidence is not None) + of_repeats
    blocks = 6 // columns if len(targets) > 20 else 1  # beside each other, or the figure would be metres high
    down = -(-len(targets) // blocks)
    width = 4.2 if blocks == 1 else 2.6
    figure = Figure(figsize=(width * columns * blocks, 0.9 + 1.05 * down), layout="constrained")
    panels = figure.subplots(down, columns * blocks, squeeze=False, sharex="col")
    panels = np.concatenate(np.split(panels, blocks, axis=1))
    for axes in panels[len(targets) :].flat:
        axes.remove()
    panels = panels[: len(targets)]
    last = [*range(down - 1, len(targets) - 1, down), len(targets) - 1]  # of every block
    gc_column = 0 if evidence is None else 1
    for target, row in zip(targets, panels, strict=True):
        axes = row[gc_column]
        looks = {"unbound": {"color": MUTED}, "bound": {"color": colours[target], "linewidth": 1.8}}
        for label, look in looks.items():
            counts = gc[(gc["target"] == target) & (gc["label"] == label)]
            share = counts["regions"] / max(counts["regions"].sum(), 1)
            edges = [*counts["gc"], 1.0]
            axes.stairs(share, edges, label=label, **look)
        axes.set_xlim(0, 1)
        if of_repeats:
            _draw_repeats(row[-1], composition[composition["target"] == target].set_index("label"), looks)
        for drawn in row[gc_column:]:
            drawn.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
            drawn.yaxis.set_major_locator(MaxNLocator(3))
            drawn.grid(True, axis="y")
        if evidence is None:
            axes.set_ylabel(target)
            continue
        called = evidence[evidence["target"] == target][["both", "remap_only", "unibind_only"]].sum()
        shades = (colours[target], to_hex(0.5 + 0.5 * np.array(to_rgb(colours[target]))), PALE)
        row[0].barh(range(3), called, color=shades, height=0.7)
        for y, count in enumerate(called):
            row[0].annotate(f"{count:,}", (count, y), (4, 0), textcoords="offset points", va="center", fontsize=7.5)
        row[0].set_yticks(range(3), ["both", "ReMap only", "UniBind only"])
        row[0].tick_params(axis="y", length=0)
        row[0].set_title(target)
        row[0].set_ylim(2.5, -0.5)
    panels[0, gc_column].legend(loc="upper right")
    for axes in panels[last]:
        axes[gc_column].set_xlabel("GC content of the regions used")
        if of_repeats:
            axes[-1].set_xlabel("Repeats in the regions used")
    if evidence is not None:
        most = evidence.groupby("target")[["both", "remap_only", "unibind_only"]].sum().to_numpy().max()
        for axes in panels[last, 0]:
            axes.set(xlabel="Open regions called bound by", xlim=(0, 1.2 * max(most, 1)))
            axes.xaxis.set_major_formatter("{x:,.0f}")
            axes.xaxis.set_major_locator(MaxNLocator(4))
    return figure


def _draw_repeats(axes, composition, looks):
    """Shares of the regions by how many of their bases are repeats; ``composition`` is of one target, by label."""
    names = [name for name in composition if name.startswith("repeats_")]
    for label, look in looks.items():
        axes.stairs(composition.loc[label, names].astype(float), np.arange(len(names) + 1) - 0.5, **look)
    most = [name.removeprefix("repeats_") for name in names]
    axes.set_xticks(range(len(names)), ["none", *(f"to {percent}%" for percent in most[1:])])
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(names) - 0.5)


@rc_context(STYLE)
def peak_values(values, lineages=None):
    """Draw how the values of each target are distributed.

    Parameters
    ----------
    values : pandas.DataFrame
        As from :func:`cam.data.summaries.describe_values`.
    lineages : pandas.DataFrame, optional
        ``target lineage``; with it, targets of a lineage stand together and have its colour.

    Returns
    -------
    matplotlib.figure.Figure
        For each target a box of the training values, and the medians of validation and test.
    """
    targets = in_lineages(values["target"].unique(), lineages)
    colours = colours_of(targets, lineages)
    size = 6 if len(targets) > 30 else 8
    width = max(1.12 * size / 72 * len(targets), 4)
    below = text_width(targets, size) + 0.2
    keys = lineage_keys(targets, lineages)
    n_columns = 9 if width > 7 else 4
    figure = Figure(figsize=(width + 0.75, below + 2.6 + 0.18 * ((len(keys) + 1) // n_columns + 1)))
    axes = axes_at(figure, 0.6, below, width, 2.4)
    of = {name: rows.set_index("target").loc[targets] for name, rows in values.groupby("split")}
    places, train = np.arange(len(targets)), of["train"]
    shades = [colours[target] for target in targets]
    axes.vlines(places, train["minimum"], train["maximum"], color=shades, linewidth=0.8)
    quartiles = train["lower_quartile"], train["upper_quartile"] - train["lower_quartile"]
    axes.bar(places, quartiles[1], bottom=quartiles[0], width=0.7, color=shades)
    axes.hlines(train["median"], places - 0.35, places + 0.35, color=INK, linewidth=1)
    dots = {
        "validation": {"markerfacecolor": "white", "markeredgecolor": INK},
        "test": {"markerfacecolor": INK, "markeredgecolor": INK},
    }
    for shift, (name, look) in zip((-0.17, 0.17), dots.items(), strict=True):
        look |= {"marker": "o", "markersize": 2.4, "markeredgewidth": 0.5, "linestyle": "none"}
        axes.plot(places + shift, of[name]["median"], **look)
    axes.set_xticks(places, targets, rotation=90, fontsize=size)
    axes.tick_params(axis="x", length=0)
    axes.set(xlim=(-0.7, len(targets) - 0.3), ylabel="Value of a region")
    axes.grid(True, axis="y")
    keys += [Line2D([], [], label=f"{name} median", **look) for name, look in dots.items()]
    figure.legend(handles=keys, loc="upper left", ncols=n_columns, handlelength=1.2, columnspacing=1.2)
    return figure


@rc_context(STYLE)
def peak_gc(gc):
    """Draw the distribution of GC content of the regions of each split.

    Parameters
    ----------
    gc : pandas.DataFrame
        As from :func:`cam.data.summaries.count_gc_of_splits`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(4.6, 2.6), layout="constrained")
    axes = figure.subplots()
    looks = {"train": {"color": MUTED, "linewidth": 2.6}, "validation": {"color": WARM}, "test": {"color": COOL}}
    for name, look in looks.items():
        rows = gc[gc["split"] == name]
        label = f"{name} ({rows['regions'].sum():,})"
        axes.stairs(rows["regions"] / rows["regions"].sum(), [*rows["gc"], 1.0], label=label, **look)
    axes.set(xlabel="GC content of the regions", ylabel="Share of the regions", xlim=(0, 1))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.grid(True, axis="y")
    axes.legend(loc="upper right")
    return figure
