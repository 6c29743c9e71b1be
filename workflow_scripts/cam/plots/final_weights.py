"""Figure of the final weights."""

import numpy as np
from matplotlib import rc_context
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..interpretation.cooperativity import cosines
from ..interpretation.effects import profiles
from .style import (
    INK,
    MUTED,
    SIGNED_WEIGHTS,
    STYLE,
    WEIGHTS,
    axes_at,
    colours_of,
    lineage_keys,
    text_width,
    unit_labels,
)


@rc_context(STYLE)
def final_weights(weights, annotation, lineages=None, binding=True):
    """Draw the final weights as a heat map, with what is alike together.

    Targets and units are clustered by cosine (:mod:`cam.interpretation.cooperativity` says why), average linkage, of
    the weights times the standard deviation of the unit outputs. In regression all weights are taken less their mean
    over targets.

    Parameters
    ----------
    weights : pandas.DataFrame
        ``target`` and one column per unit; targets in the order of the configuration.
    annotation : pandas.DataFrame
        ``unit tf detector output_sd``, as from :func:`cam.interpretation.detectors.detection`. Units are named by it;
        without the standard deviations, all outputs are taken to have the same one.
    lineages : pandas.DataFrame, optional
        ``target lineage``: by these targets are coloured.
    binding : bool

    Returns
    -------
    matplotlib.figure.Figure
        It grows with the matrix, so that every label can be read.
    """
    weights = weights.set_index("target")
    values = weights.to_numpy(dtype=float)
    if not binding:
        values = profiles(values)
    n_targets, n_units = values.shape
    names = unit_labels(weights.columns, annotation)
    moved = values
    if "output_sd" in annotation:
        moved = values * annotation.set_index("unit").loc[weights.columns, "output_sd"].to_numpy()
    colours = colours_of(weights.index, lineages)

    # All is measured in inches, so that labels of any length and trees stand beside cells of any number.
    width, height = np.clip(6.5 / n_units, 0.13, 0.6), np.clip(3.2 / n_targets, 0.14, 0.45)
    size_x, size_y = min(8.5, 58 * width), min(9.5, 58 * height)
    tree, strip, gap, edge = 0.8, 0.09, 0.06, 0.15
    right = text_width(weights.index, size_y) + strip + 3 * gap + edge
    below = text_width(names, size_x) + 2 * gap + edge
    left, map_width, map_height = edge + 1.3 + gap, n_units * width, n_targets * height
    figure = Figure(figsize=(left + map_width + right, below + map_height + gap + tree + edge))

    rows = draw_tree(axes_at(figure, left - gap - tree, below, tree, map_height), moved, "left")
    columns = draw_tree(axes_at(figure, left, below + map_height + gap, map_width, tree), moved.T, "top")

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

    scale = axes_at(figure, edge + 0.16, below + map_height + gap + 0.42, 1.0, 0.1)
    figure.colorbar(image, cax=scale, orientation="horizontal")
    title = "Final weight" if binding or n_targets == 1 else "Final weight less\nits mean over targets"
    scale.set_title(title, fontsize=8.5, fontweight="normal", pad=4)
    scale.set_xticks([-reach, 0, reach] if low < 0 else [0, reach])
    scale.xaxis.set_major_formatter("{x:.3g}")
    scale.tick_params(labelsize=7.5, length=2, pad=2)
    scale.spines[:].set_visible(False)
    if keys := lineage_keys(weights.index, lineages):
        corner = ((edge + 0.1) / figure.get_figwidth(), (below + map_height + gap + 0.2) / figure.get_figheight())
        figure.legend(
            handles=keys, loc="upper left", bbox_to_anchor=corner, borderaxespad=0, handlelength=0.9, fontsize=7
        )
    return figure


def draw_tree(axes, vectors, side):
    """Cluster the rows of a matrix by cosine, draw the tree beside it and return the order of its leaves."""

    from scipy.cluster.hierarchy import dendrogram, linkage
    from scipy.spatial.distance import squareform

    axes.set_axis_off()
    distances = squareform(1 - cosines(vectors), checks=False).clip(min=0)
    if not distances.any():
        return list(range(len(vectors)))
    tree = dendrogram(linkage(distances, method="average", optimal_ordering=True), no_plot=True)
    along, height = np.array(tree["icoord"]) / 10 - 0.5, np.array(tree["dcoord"])
    top = 1.03 * height.max()
    lines = np.stack([along, height] if side == "top" else [height, along], axis=-1)
    axes.add_collection(LineCollection(lines, colors=MUTED, linewidths=0.8))
    span = (-0.5, len(vectors) - 0.5)
    if side == "top":
        axes.set(xlim=span, ylim=(0, top))
    else:
        axes.set(xlim=(top, 0), ylim=span[::-1])
    return tree["leaves"]
