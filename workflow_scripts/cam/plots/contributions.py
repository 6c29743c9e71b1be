"""Figure of unit importance."""

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from .style import (
    GRID,
    MUTED,
    PALE,
    SIGNED_WEIGHTS,
    STYLE,
    WARM,
    at_inches,
    axes_at,
    box_style,
    colours_of,
    draw_scale,
    in_lineages,
    lineage_keys,
    target_colours,
    text_width,
    unit_labels,
)

MOST_TARGETS, MOST_UNITS = 8, 20
MOST_ROWS = 40  # units, where there are more targets than panels for them


@rc_context(STYLE)
def contributions(table, annotation, lineages=None):
    """Draw the distribution of every unit's contribution to every target, where the unit is active and elsewhere.

    Parameters
    ----------
    table : pandas.DataFrame
        As from :func:`cam.interpretation.contributions.unit_importance`, targets in the order of the configuration.
    annotation : pandas.DataFrame
        ``unit`` and ``tf``: the TF whose motif a unit reads; missing where there is none.
    lineages : pandas.DataFrame, optional
        ``target lineage``: by these more than 8 targets are put together.

    Returns
    -------
    matplotlib.figure.Figure
        Of up to 8 targets a panel per target, each on its own scale, and two boxes per unit: quartiles, and lines from
        the 5th to the 95th percentile. Of more targets a row per unit: the boxes for the target to which its
        contributions have the widest range, and, for all targets, by how much more it contributes where it is active.
        At most the 20 units, or the 40 rows, of the widest ranges; the figure says if there are more.
    """
    table = table.assign(spread=table[["q95", "rest_q95"]].max(axis=1) - table[["q05", "rest_q05"]].min(axis=1))
    if table["target"].nunique() > MOST_TARGETS:
        return _by_unit(table, annotation, lineages)
    every, targets = table["unit"].unique(), list(table["target"].unique())
    colours = target_colours(targets)
    leading = table.groupby("unit", sort=False)["spread"].max().nlargest(MOST_UNITS).index
    units = [unit for unit in every if unit in leading]
    labels = unit_labels(units, annotation)
    rows = table.set_index(["target", "unit"])

    # In inches, as the heat map of the final weights.
    edge, gap, panel, between = 0.15, 0.08, 1.05, 0.3
    column = np.clip(6.5 / len(units), 0.34, 0.62)
    left, wide = 0.75, column * len(units)
    below = text_width(labels, 8) + edge + 2 * gap + 0.3
    above = 0.5 + 0.25 * (len(units) < len(every))
    across, tall = max(left + wide + edge, 5.6), below + (panel + between) * len(targets) + above
    figure = Figure(figsize=(across, tall))
    if len(units) < len(every):
        note = f"The {len(units)} of {len(every)} units with the widest ranges of contributions"
        figure.text(*at_inches(figure, edge, tall - edge), note, va="top", fontsize=8, color=MUTED)

    for number, target in enumerate(targets):
        bottom = below + (panel + between) * (len(targets) - 1 - number)
        axes = axes_at(figure, left, bottom, wide, panel)
        for prefix, offset, look in (("rest_", 0.2, PALE), ("", -0.2, colours[target])):
            drawn = rows.loc[target].loc[units].reset_index(drop=True)
            drawn = drawn[drawn[f"{prefix}median"].notna()]
            axes.bxp(
                _boxes(drawn, prefix),
                positions=drawn.index.to_numpy() + offset,
                widths=0.34,
                **box_style(look),
            )
        axes.set(title=target, xlim=(-0.5, len(units) - 0.5), ylabel="Contribution")
        axes.set_xticks(range(len(units)), labels if target == targets[-1] else [], rotation=90, fontsize=8)
        axes.tick_params(axis="x", length=0)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.grid(True, axis="y")
        if number == 0:
            first = rows.loc[target].loc[units]
            for place, share in enumerate(first["n"] / first["of"]):
                axes.annotate(
                    f"{share:.0%}", (place, 1), (0, 21), xycoords=("data", "axes fraction"),
                    textcoords="offset points", ha="center", fontsize=7, color=MUTED,
                )  # fmt: skip
    figure.legend(
        handles=[
            Patch(facecolor=colours[targets[0]], label="sequences that activate the unit (% of all: on top)"),
            Patch(facecolor=PALE, label="all others"),
        ],
        loc="lower left",
        bbox_to_anchor=at_inches(figure, edge, edge / 2),
        borderaxespad=0,
        ncols=2,
    )
    return figure


def _boxes(rows, prefix):
    """Rows of quantiles as matplotlib's statistics of boxes."""
    names = {"whislo": "q05", "q1": "q25", "med": "median", "q3": "q75", "whishi": "q95"}
    return [{key: row[prefix + name] for key, name in names.items()} for _, row in rows.iterrows()]


def _by_unit(table, annotation, lineages):
    """A row per unit: the boxes for its leading target, and what a site of its motif adds for all targets."""
    names, targets = table["unit"].unique(), in_lineages(table["target"].unique(), lineages)
    leading = table.loc[table.groupby("unit", sort=False)["spread"].idxmax()].set_index("unit")
    leading = leading.nlargest(MOST_ROWS, "spread")
    units = list(leading.index)
    labels, n_units, n_targets = unit_labels(units, annotation), len(units), len(targets)
    colours = colours_of(table["target"].unique(), lineages)

    # In inches, as the heat map of the final weights.
    edge, gap, row, boxes, strip = 0.15, 0.08, 0.24, 2.6, 0.08
    cell = float(np.clip(7.8 / n_targets, 0.095, 0.45))
    size, wide, tall = min(8, 60 * cell), cell * n_targets, row * n_units
    left = edge + text_width(labels, 7.5) + 0.55 + gap
    at_names = left + boxes + gap
    at_map = at_names + 1.05 * text_width(leading["target"], 6.5) + 2 * gap
    keys = lineage_keys(targets, lineages)
    below, above = 0.75 + 0.25 * bool(keys), 0.4 + text_width(targets, size) + strip + 3 * gap
    across, up = at_map + wide + edge, below + tall + above
    figure = Figure(figsize=(across, up))
    if n_units < len(names):
        note = f"The {n_units} of {len(names)} units with the widest ranges of contributions"
        figure.text(*at_inches(figure, edge, up - edge), note, va="top", fontsize=8, color=MUTED)

    axes = axes_at(figure, left, below, boxes, tall)
    for prefix, offset, look in (("rest_", 0.2, PALE), ("", -0.2, WARM)):
        drawn = leading.reset_index()
        drawn = drawn[drawn[f"{prefix}median"].notna()]
        places = drawn.index.to_numpy() + offset
        axes.bxp(_boxes(drawn, prefix), positions=places, widths=0.34, orientation="horizontal", **box_style(look))
    axes.set(ylim=(n_units - 0.5, -0.5), xlabel="Contribution to the target on the right")
    axes.set_yticks(range(n_units), labels, fontsize=7.5)
    axes.tick_params(axis="y", length=0, pad=72 * 0.55)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(True, axis="x")
    for place, (target, share) in enumerate(zip(leading["target"], leading["n"] / leading["of"], strict=True)):
        at = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
        axes.annotate(f"{share:.0%}", (0, place), (-5, 0), ha="right", fontsize=6.5, color=MUTED, **at)
        axes.annotate(target, (1, place), (72 * gap, 0), fontsize=6.5, annotation_clip=False, **at)

    added = (table["mean"] - table["rest_mean"]).to_numpy(float)
    added = table.assign(added=added).pivot(index="unit", columns="target", values="added").loc[units, targets]
    reach = np.nanmax(np.abs(added.to_numpy()), initial=0) or 1.0
    shades = axes_at(figure, at_map, below, wide, tall)
    shades.set_facecolor(GRID)  # where there is nothing to compare
    image = shades.imshow(
        added.to_numpy(), aspect="auto", interpolation="nearest", cmap=SIGNED_WEIGHTS, vmin=-reach, vmax=reach
    )
    shades.xaxis.tick_top()
    shades.set_xticks(range(n_targets), targets, rotation=90, fontsize=size)
    shades.set_yticks([])
    shades.tick_params(length=0, pad=72 * (2 * gap + strip))
    shades.spines[:].set_visible(False)
    swatches = axes_at(figure, at_map, below + tall + gap, wide, strip)
    swatches.imshow([[to_rgb(colours[target]) for target in targets]], aspect="auto", interpolation="nearest")
    swatches.set_axis_off()

    draw_scale(
        figure, (at_map + 0.15, below - 0.35, 1.4, 0.09), image, "Mean contribution where active, less that elsewhere",
        [-reach, 0, reach], "{x:.2g}", x=-0.1, fontsize=8, pad=3,
    )  # fmt: skip
    look = {"borderaxespad": 0, "handlelength": 0.9, "handletextpad": 0.4, "columnspacing": 1.2}
    active = [
        Patch(facecolor=WARM, label="regions that activate the unit (% of all: on the left)"),
        Patch(facecolor=PALE, label="all others"),
    ]
    figure.legend(handles=active, loc="lower left", bbox_to_anchor=at_inches(figure, edge, 0.1), ncols=2, **look)
    if keys:
        place = at_inches(figure, across - edge, 0.1)
        figure.legend(handles=keys, loc="lower right", bbox_to_anchor=place, ncols=len(keys), **look)
    return figure
