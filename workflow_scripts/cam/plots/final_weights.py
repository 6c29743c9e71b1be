"""Figure of the final weights."""

import numpy as np
from matplotlib import rc_context
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..interpretation.cooperativity import cosines
from .style import (
    INK,
    MUTED,
    SIGNED_WEIGHTS,
    STYLE,
    WEIGHTS,
    at_inches,
    axes_at,
    colours_of,
    draw_scale,
    lineage_keys,
    text_width,
    unit_labels,
)


@rc_context(STYLE)
def final_weights(effects, annotation, lineages=None):
    """Draw the final weights as a heat map, with what is alike together.

    Targets and units stand in the order that the table of effects gives, beside trees by the cosine of their effects
    (:mod:`cam.interpretation.cooperativity` says why), average linkage.

    Parameters
    ----------
    effects : cam.interpretation.effects.Effects
    annotation : pandas.DataFrame
        ``unit tf detector``, as from :func:`cam.interpretation.detectors.detection`: units are named by it.
    lineages : pandas.DataFrame, optional
        ``target lineage``: by these targets are coloured.

    Returns
    -------
    matplotlib.figure.Figure
        It grows with the matrix, so that every label can be read.
    """
    weights = effects.weights
    values = weights.to_numpy()
    n_targets, n_units = values.shape
    names = unit_labels(weights.columns, annotation)
    colours = colours_of(weights.index, lineages)

    # All is measured in inches, so that labels of any length and trees stand beside cells of any number.
    width, height = np.clip(6.5 / n_units, 0.13, 0.6), np.clip(3.2 / n_targets, 0.14, 0.45)
    size_x, size_y = min(8.5, 58 * width), min(9.5, 58 * height)
    tree, strip, gap, edge = 0.8, 0.09, 0.06, 0.15
    right = text_width(weights.index, size_y) + strip + 3 * gap + edge
    below = text_width(names, size_x) + 2 * gap + edge
    left, map_width, map_height = edge + 1.3 + gap, n_units * width, n_targets * height
    figure = Figure(figsize=(left + map_width + right, below + map_height + gap + tree + edge))

    rows, columns = weights.index.get_indexer(effects.targets), weights.columns.get_indexer(effects.units)
    profiles = effects.effects.to_numpy()[np.ix_(rows, columns)]
    draw_tree(axes_at(figure, left - gap - tree, below, tree, map_height), profiles, "left")
    draw_tree(axes_at(figure, left, below + map_height + gap, map_width, tree), profiles.T, "top")

    axes = axes_at(figure, left, below, map_width, map_height)
    low, high = values.min(), values.max()
    reach = max(abs(low), abs(high)) or 1.0
    colouring = (
        {"cmap": WEIGHTS, "vmin": 0, "vmax": reach}
        if low >= 0
        else {"cmap": SIGNED_WEIGHTS, "vmin": -reach, "vmax": reach}
    )
    image = axes.imshow(values[np.ix_(rows, columns)], aspect="auto", interpolation="nearest", **colouring)
    axes.set_xticks(range(n_units), [names[column] for column in columns], rotation=90, fontsize=size_x)
    axes.set_yticks(range(n_targets), [weights.index[row] for row in rows], fontsize=size_y)
    axes.tick_params(length=0, pad=72 * gap)
    axes.tick_params(axis="y", labelleft=False, labelright=True, pad=72 * (2 * gap + strip))
    axes.spines[:].set_visible(False)
    axes.set_xticks(np.arange(1, n_units) - 0.5, minor=True)
    axes.set_yticks(np.arange(1, n_targets) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=min(1.2, 6 * height))
    axes.tick_params(which="minor", length=0)
    if width >= 0.45:
        for y, x in np.ndindex(n_targets, n_units):
            value = values[rows[y], columns[x]]
            colour = "white" if abs(value) > 0.6 * reach else INK
            axes.text(x, y, f"{value:.2f}", ha="center", va="center", fontsize=min(8, size_y), color=colour)

    swatches = axes_at(figure, left + map_width + gap, below, strip, map_height)
    swatches.set(xlim=(0, 1), ylim=(n_targets, 0))
    swatches.set_axis_off()
    for y, row in enumerate(rows):
        swatches.add_patch(Rectangle((0, y + 0.08), 1, 0.84, color=colours[weights.index[row]], linewidth=0))

    alone = effects.task == "binding" or n_targets == 1
    title = "Final weight" if alone else "Final weight less\nits mean over targets"
    place, ticks = (
        (edge + 0.16, below + map_height + gap + 0.42, 1.0, 0.1),
        [-reach, 0, reach] if low < 0 else [0, reach],
    )
    draw_scale(figure, place, image, title, ticks, "{x:.3g}", 7.5, fontsize=8.5, pad=4)
    if keys := lineage_keys(weights.index, lineages):
        corner = at_inches(figure, edge + 0.1, below + map_height + gap + 0.2)
        figure.legend(
            handles=keys, loc="upper left", bbox_to_anchor=corner, borderaxespad=0, handlelength=0.9, fontsize=7
        )
    return figure


def draw_tree(axes, vectors, side):
    """Draw the tree of the rows of a matrix by cosine beside it; they are in the order of its leaves."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    axes.set_axis_off()
    distances = squareform(1 - cosines(vectors), checks=False).clip(min=0)
    if not distances.any():
        return
    ends, lines = [(float(place), 0.0) for place in range(len(vectors))], []
    for left, right, height, _ in linkage(distances, method="average"):
        (x, low), (other, low_other) = ends[int(left)], ends[int(right)]
        lines.append([(x, low), (x, height), (other, height), (other, low_other)])
        ends.append(((x + other) / 2, height))
    lines, top = np.array(lines), 1.03 * ends[-1][1]
    axes.add_collection(LineCollection(lines if side == "top" else lines[..., ::-1], colors=MUTED, linewidths=0.8))
    span = (-0.5, len(vectors) - 0.5)
    if side == "top":
        axes.set(xlim=span, ylim=(0, top))
    else:
        axes.set(xlim=(top, 0), ylim=span[::-1])
