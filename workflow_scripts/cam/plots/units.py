"""Figure of all units: what each detects, and for which targets it counts."""

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .motifs import draw_logo
from .style import (
    COOL,
    INK,
    MUTED,
    PALE,
    SIGNED_WEIGHTS,
    STYLE,
    WARM,
    WEIGHTS,
    at_inches,
    axes_at,
    colours_of,
    in_lineages,
    lineage_keys,
    text_width,
    unit_labels,
)

DETECTORS = {
    "presence": WARM, "partly presence": "#f0b184", "absence": COOL, "partly absence": "#86bcdf", "neither": MUTED,
    "undecided": PALE, "silent": PALE,
}  # fmt: skip


@rc_context(STYLE)
def units(detected, effects, motifs, lineages=None, most=40):
    """Draw a row per unit: its motif, its output with and without a site of it, and how far it moves each target.

    Parameters
    ----------
    detected : pandas.DataFrame
        ``unit tf detector output_at_site output_with output_without``, as from
        :func:`cam.interpretation.detectors.detection`.
    effects : cam.interpretation.effects.Effects
    motifs : dict of str to numpy.ndarray, shape=(length, 4)
        Unit to its PPM.
    lineages : pandas.DataFrame, optional
        ``target lineage``: by these targets are coloured and put together.
    most : int
        How many units to draw at most: those with the largest effects.

    Returns
    -------
    matplotlib.figure.Figure
        Units of the same leading target, or lineage, stand together, the largest effect first.
    """
    binding, effects = effects.task == "binding", effects.effects
    colours = colours_of(effects.index, lineages)
    effects = effects.loc[in_lineages(effects.index, lineages)]
    values = effects.to_numpy(float)
    groups = np.arange(len(effects))
    if lineages is not None:
        groups = pd.factorize(lineages.set_index("target")["lineage"].loc[effects.index])[0]
    rank = np.lexsort((-np.abs(values).max(axis=0), groups[np.abs(values).argmax(axis=0)]))
    leading = set(effects.abs().max().nlargest(most).index)
    shown = [effects.columns[unit] for unit in rank if effects.columns[unit] in leading]
    labels = unit_labels(shown, detected)
    outputs = detected.set_index("unit").loc[shown]
    n_targets, n_units = len(effects), len(shown)
    keys = lineage_keys(effects.index, lineages)

    # In inches, as the heat map of the final weights.
    row, letter, edge, gap, dots = 0.36, 0.085, 0.15, 0.16, 2.6
    cell = 0.6 if n_targets <= 8 else np.clip(6 / n_targets, 0.1, 0.45)
    size = 8.5 if n_targets <= 8 else min(8.0, 58 * cell)
    logos = letter * max(len(motifs[unit]) for unit in shown)
    name_width = text_width(labels, 8.5)
    strip = 0.08 * bool(keys)
    head = 0.3 + text_width(effects.index, size) + 3 * gap / 2 + strip
    left, tall, below = edge + name_width + gap, row * n_units, 0.95 + 0.25 * bool(keys)
    at_dots, at_map = left + logos + gap, left + logos + dots + 2.5 * gap
    meaning = (
        "Effect on the logit\n(final weight × s.d. of the output)"
        if binding
        else "Effect on the prediction\n(final weight × s.d. of the output)"
        if n_targets == 1
        else "Effect relative to the other targets\n(final weight less its mean over targets × s.d. of the output)"
    )
    wide = max(cell * n_targets, text_width(meaning.split("\n"), 8))  # the map, or what stands below a narrow one
    width, height = at_map + wide + edge, below + tall + head
    figure = Figure(figsize=(max(width, 6.8), height))

    for place, unit in enumerate(shown):
        bottom = below + row * (n_units - 1 - place) + 0.06 * row
        draw_logo(axes_at(figure, left, bottom, letter * len(motifs[unit]), 0.88 * row), motifs[unit], veil="white")
    axes = axes_at(figure, at_dots, below, dots, tall)
    for y, (_, found) in enumerate(outputs.iterrows()):
        look = {"color": DETECTORS[found["detector"]], "zorder": 3}
        ends = [found["output_without"], found["output_with"]]
        axes.plot(ends, [y, y], linewidth=1.6, **look)
        axes.plot(ends[0], y, marker="o", markersize=5, markerfacecolor="white", **look)
        axes.plot(ends[1], y, marker="o", markersize=5.5, **look)
        axes.plot(found["output_at_site"], y, marker="|", markersize=11, markeredgewidth=1.8, **look)
    levels = outputs[["output_at_site", "output_with", "output_without"]]
    reach = np.nanmax(levels.to_numpy(), initial=0) or 1.0
    axes.set(ylim=(n_units - 0.5, -0.5), xlim=(-0.05 * reach, 1.07 * reach), xlabel="Unit output (median)")
    axes.set_yticks([])
    axes.set_yticks(np.arange(n_units + 1) - 0.5, minor=True)
    axes.tick_params(axis="y", which="minor", length=0)
    axes.grid(True, axis="x")
    axes.grid(True, axis="y", which="minor")
    axes.spines["left"].set_visible(False)
    for y, label in enumerate(labels):
        place = at_inches(figure, left - gap / 2, below + tall - row * (y + 0.5))
        figure.text(*place, label, ha="right", va="center", fontsize=8.5)

    shades = axes_at(figure, at_map, below, cell * n_targets, tall)
    shown_values = effects[shown].to_numpy(float).T
    largest = np.abs(shown_values).max() or 1.0
    signed = shown_values.min() < 0
    shades.imshow(
        shown_values,
        aspect="auto",
        interpolation="nearest",
        cmap=SIGNED_WEIGHTS if signed else WEIGHTS,
        vmin=-largest if signed else 0,
        vmax=largest,
    )
    shades.xaxis.tick_top()
    shades.set_xticks(range(n_targets), effects.index, rotation=90, fontsize=size)
    if n_targets <= 8:
        for target, tick in zip(effects.index, shades.get_xticklabels(), strict=True):
            tick.set(color=colours[target], fontweight="bold")
    shades.set_yticks([])
    shades.tick_params(length=0, pad=72 * (0.05 + 1.5 * strip))
    shades.spines[:].set_visible(False)
    shades.set_xticks(np.arange(1, n_targets) - 0.5, minor=True)
    shades.set_yticks(np.arange(1, n_units) - 0.5, minor=True)
    shades.tick_params(which="minor", length=0)
    shades.grid(which="minor", color="white", linewidth=1)
    if keys:
        swatches = axes_at(figure, at_map, below + tall + strip / 2, cell * n_targets, strip)
        swatches.imshow([[to_rgb(colours[target]) for target in effects.index]], aspect="auto", interpolation="nearest")
        swatches.set_axis_off()
        figure.legend(
            handles=keys, ncols=len(keys), loc="lower right", bbox_to_anchor=(0.995, 0.0), columnspacing=1.2,
            handlelength=0.9, handletextpad=0.4,
        )  # fmt: skip
    if cell >= 0.45:
        for y, x in np.ndindex(shown_values.shape):
            value = shown_values[y, x]
            ink = "white" if abs(value) > 0.6 * largest else INK
            shades.text(x, y, f"{value.round(2) + 0.0:.2f}", ha="center", va="center", fontsize=7.5, color=ink)

    title = (
        "Units" if n_units == len(detected) else f"{n_units} of {len(detected)} units, those with the largest effects"
    )
    figure.text(*at_inches(figure, edge, height - edge), title, fontsize=10, fontweight="bold", va="top")
    figure.text(*at_inches(figure, at_map + wide / 2, below - 0.12), meaning, ha="center", va="top", fontsize=8)
    mark = {"marker": "o", "linestyle": "none", "markersize": 5.5}
    handles = [
        Line2D([], [], color=DETECTORS["presence"], **mark, label="detects its motif"),
        Line2D([], [], color=DETECTORS["partly presence"], **mark, label="partly"),
        Line2D([], [], color=DETECTORS["absence"], **mark, label="its absence"),
        Line2D([], [], color=DETECTORS["partly absence"], **mark, label="partly"),
        Line2D([], [], color=DETECTORS["neither"], **mark, label="neither"),
        Line2D([], [], color=DETECTORS["undecided"], **mark, label="undecided"),
        Line2D([], [], color=INK, **mark, label="with a site"),
        Line2D([], [], color=INK, **mark, markerfacecolor="white", label="without"),
        Line2D([], [], color=INK, **{**mark, "marker": "|", "markersize": 9}, label="strand of the site"),
    ]
    figure.legend(
        handles=handles, ncols=5, loc="lower left", bbox_to_anchor=(0.005, 0.0), columnspacing=1.2, handletextpad=0.3
    )
    return figure
