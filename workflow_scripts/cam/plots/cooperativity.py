"""Figure of the targets that use the same units."""

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from ..interpretation.cooperativity import FEWEST
from .style import (
    INK,
    MUTED,
    SIGNED_WEIGHTS,
    STYLE,
    WARM,
    WEIGHTS,
    at_inches,
    axes_at,
    colours_of,
    draw_scale,
    lineage_keys,
    text_width,
)

SIDE_BY_SIDE = 30  # targets, at most, with which the maps stand beside each other
NUMBERED = 8  # targets, at most, with which the support of a node is written and not just a shade
TREE, STRIP, GAP, EDGE, TITLE, KEYS = 1.1, 0.09, 0.06, 0.15, 0.5, 1.1  # inches
SUPPORT = {"cmap": "Greys", "vmin": 0, "vmax": 1}
TITLES = {"weights": "By final weights", "contributions": "By contributions on sequences"}


@rc_context(STYLE)
def cooperativity(pairs, groups, trees, lineages=None):
    """Draw which targets use the same units, by their weights and by their contributions, as heat maps with trees.

    Parameters
    ----------
    pairs, groups, trees : pandas.DataFrame
        As from :func:`cam.interpretation.cooperativity.cooperativity_tables`.
    lineages : pandas.DataFrame, optional
        ``target lineage``: by these targets are coloured.

    Returns
    -------
    matplotlib.figure.Figure
        Cosines of every two targets, with the groups framed, and their tree with the support of its nodes and, dashed,
        the cosine above which targets are a group.
    """
    targets = list(groups["target"])
    n = len(targets)
    if n < 2:
        figure = Figure(figsize=(5, 1.2))
        figure.text(0.5, 0.5, "One target: there is none to compare it with", ha="center", va="center", color=MUTED)
        return figure

    cell = float(np.clip(3.2 / n, 0.1, 0.55))
    size = min(8.5, 55 * cell)
    side, labels = n * cell, text_width(targets, size) + 3 * GAP + STRIP
    width, height = TREE + GAP + side + labels + EDGE, TITLE + side + labels - STRIP
    across, keys = 2 if n <= SIDE_BY_SIDE else 1, lineage_keys(targets, lineages)
    colours = colours_of(targets, lineages)
    figure = Figure(figsize=(EDGE + across * (width + EDGE), 2 // across * height + KEYS + 0.2 * bool(keys)))
    up = figure.get_figheight()
    lowest = min(pairs["similarity_weights"].min(), pairs["similarity_contributions"].min())
    colouring = (
        {"cmap": SIGNED_WEIGHTS, "vmin": -1, "vmax": 1} if lowest < -0.1 else {"cmap": WEIGHTS, "vmin": 0, "vmax": 1}
    )
    for place, (profile, title) in enumerate(TITLES.items()):
        left, top = (EDGE + place * (width + EDGE), up) if across == 2 else (EDGE, up - place * height)
        group = groups["group" if profile == "weights" else "contribution_group"]
        chance = pairs[f"chance_{profile}"].iloc[0]
        similarity = pairs.pivot(index="target_a", columns="target_b", values=f"similarity_{profile}")
        similarity = similarity.reindex(index=targets, columns=targets).to_numpy()
        similarity = np.where(np.eye(n, dtype=bool), 1, np.fmax(similarity, similarity.T))
        at = (left, top - TITLE - side, side, cell, size)
        tree = trees[trees["profile"] == profile]
        _draw_map(figure, at, targets, similarity, tree, chance, group.to_numpy(float, na_value=0), colouring, colours)
        figure.text(*at_inches(figure, left, top - 0.2), title, fontsize=10, fontweight="bold", va="center")
        if n >= FEWEST:
            found = {0: "no group", 1: "one group"}.get(group.nunique(), f"{group.nunique()} groups")
            figure.text(*at_inches(figure, left + width - EDGE, top - 0.2), found, ha="right", va="center")
    _draw_keys(figure, colouring, pairs, 0.2 * bool(keys))
    if keys:
        figure.legend(
            handles=keys, ncols=len(keys), loc="lower left", bbox_to_anchor=at_inches(figure, EDGE + 0.1, 0.1),
            borderaxespad=0, columnspacing=1.2, handlelength=0.9, handletextpad=0.4,
        )  # fmt: skip
    return figure


def _draw_map(figure, at, targets, similarity, tree, chance, group, colouring, colours):
    """One heat map with its tree, frames around the groups, and labels."""
    from scipy.cluster.hierarchy import leaves_list

    left, bottom, side, cell, size = at
    n = len(targets)
    linkage = np.column_stack([tree["left"] - 1, tree["right"] - 1, tree["height"], np.zeros(n - 1)])
    order = leaves_list(linkage)
    _draw_tree(axes_at(figure, left, bottom, TREE, side), linkage, order, tree["support"].to_numpy(), chance, cell)

    x = left + TREE + GAP
    axes = axes_at(figure, x, bottom, side, side)
    axes.imshow(similarity[np.ix_(order, order)], aspect="auto", interpolation="nearest", **colouring)
    names = [targets[target] for target in order]
    axes.set_xticks(range(n), names, rotation=90, fontsize=size)
    axes.set_yticks(range(n), names, fontsize=size)
    axes.tick_params(length=0, pad=72 * GAP)
    axes.tick_params(axis="y", labelleft=False, labelright=True, pad=72 * (2 * GAP + STRIP))
    axes.spines[:].set_visible(False)
    if cell >= 0.3:
        for row, column in np.ndindex(n, n):
            value = similarity[order[row], order[column]]
            colour = "white" if abs(value) > 0.6 else INK
            text = f"{value:.2f}".replace("-0.00", "0.00")
            axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color=colour)
    for number in np.unique(group[group > 0]):
        inside = np.flatnonzero(group[order] == number)
        axes.add_patch(
            Rectangle((inside[0] - 0.5, inside[0] - 0.5), len(inside), len(inside), fill=False, edgecolor=INK,
                      linewidth=1.2 if cell >= 0.2 else 0.8, clip_on=False)
        )  # fmt: skip
    swatches = axes_at(figure, x + side + GAP, bottom, STRIP, side)
    swatches.set(xlim=(0, 1), ylim=(n, 0))
    swatches.set_axis_off()
    for y, name in enumerate(names):
        swatches.add_patch(Rectangle((0, y + 0.08), 1, 0.84, color=colours[name], linewidth=0))


def _draw_tree(axes, linkage, order, support, chance, cell):
    """The tree to the left of a map, what chance gives, and the support of every node but the root of any tree."""
    n = len(order)
    height = np.concatenate([np.zeros(n), linkage[:, 2]])
    middle = np.concatenate([np.argsort(order).astype(float), np.zeros(n - 1)])
    lines = []
    for node, (left, right) in enumerate(linkage[:, :2].astype(int), n):
        middle[node] = (middle[left] + middle[right]) / 2
        x, y = height[[left, node, node, right]], middle[[left, left, right, right]]
        lines.append(np.column_stack([x, y]))
    axes.add_collection(LineCollection(lines, colors=MUTED, linewidths=0.8))
    if n >= FEWEST:
        axes.axvline(1 - chance, color=WARM, linewidth=0.9, linestyle=(0, (3, 2)), zorder=1)
    top = (1.3 if n <= NUMBERED else 1.06) * np.nanmax([height.max(), 1 - chance]) or 1.0
    axes.set(xlim=(top, 0), ylim=(n - 0.5, -0.5))
    axes.set_axis_off()
    x, y = height[n:-1], middle[n:-1]
    axes.scatter(
        x, y, s=14 if cell >= 0.2 else 7, c=support[:-1], **SUPPORT, edgecolors=INK, linewidths=0.5,
        zorder=3, clip_on=False,
    )  # fmt: skip
    if n <= NUMBERED:
        halo = [withStroke(linewidth=2, foreground="white")]
        for node in range(n - 2):
            text, at = f"{support[node]:.0%}", (x[node], y[node])
            axes.annotate(
                text, at, (-4, 2), textcoords="offset points", ha="right", va="bottom", fontsize=7, path_effects=halo
            )


def _draw_keys(figure, colouring, pairs, bottom):
    """The scales of the colours and shades, and what the support of the nodes is."""
    keys = {"Cosine": colouring}
    first = pairs.iloc[0]
    if pd.isna(first["together"]):
        text = f"{'Three' if len(pairs) == 3 else 'Two'} targets: too few for groups"
    else:
        text = "Frames: groups, more alike than chance makes any two (dashed)"
    if len(pairs) > 1:
        keys["Support of nodes"] = SUPPORT
        of = "resamples of the units" if first["over"] == "resampled units" else "replicates"
        text += f"\nSupport: share of {first['n']:,} {of} whose own tree has the node"
    for place, (title, look) in enumerate(keys.items()):
        at, colours = (EDGE + 0.1 + 1.6 * place, 0.68 + bottom, 1.0, 0.1), Normalize(look["vmin"], look["vmax"])
        ticks, numbers = np.linspace(look["vmin"], look["vmax"], 3), "{x:.0%}" if look is SUPPORT else "{x:.3g}"
        shades = ScalarMappable(colours, look["cmap"])
        draw_scale(figure, at, shades, title, ticks, numbers, 7.5, fontsize=8.5, pad=4)
    figure.text(*at_inches(figure, EDGE + 0.1, 0.22 + bottom), text, fontsize=8, va="center", linespacing=1.3)
