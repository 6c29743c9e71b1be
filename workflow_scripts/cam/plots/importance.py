"""Figure of unit importance."""

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from .style import MUTED, PALE, STYLE, axes_at, box_style, target_colours, text_width, unit_labels

MOST_TARGETS, MOST_UNITS = 8, 20


@rc_context(STYLE)
def importance(table, annotation):
    """Draw the distribution of every unit's contribution to every target, where the unit is active and elsewhere.

    Parameters
    ----------
    table : pandas.DataFrame
        As from :func:`cam.importance.unit_importance`, targets in the order of the configuration.
    annotation : pandas.DataFrame
        ``unit`` and ``tf``: the TF whose motif a unit reads; missing where there is none.

    Returns
    -------
    matplotlib.figure.Figure
        A panel per target, each on its own scale, and two boxes per unit: quartiles, and lines from the 5th to the
        95th percentile. At most the 8 targets and the 20 units whose contributions are spread over the widest ranges;
        the figure says if there are more.
    """
    every = {"unit": table["unit"].unique(), "target": table["target"].unique()}
    colours = target_colours(every["target"])
    spread = table[["q95", "rest_q95"]].max(axis=1) - table[["q05", "rest_q05"]].min(axis=1)
    most = {"unit": MOST_UNITS, "target": MOST_TARGETS}
    leading = {key: spread.groupby(table[key], sort=False).max().nlargest(most[key]).index for key in most}
    units, targets = ([name for name in every[key] if name in leading[key]] for key in ("unit", "target"))
    labels = unit_labels(units, annotation)
    rows = table.set_index(["target", "unit"])

    # In inches, as the heat map of the final weights.
    edge, gap, panel, between = 0.15, 0.08, 1.05, 0.3
    column = np.clip(6.5 / len(units), 0.34, 0.62)
    left, wide = 0.75, column * len(units)
    below = text_width(labels, 8) + edge + 2 * gap + 0.3
    notes = [f"the {len(units)} of {len(every['unit'])} units"] * (len(units) < len(every["unit"]))
    notes += [f"the {len(targets)} of {len(every['target'])} targets"] * (len(targets) < len(every["target"]))
    above = 0.5 + 0.25 * bool(notes)
    across, tall = max(left + wide + edge, 5.6), below + (panel + between) * len(targets) + above
    figure = Figure(figsize=(across, tall))
    if notes:
        note = f"{' and '.join(notes)} with the widest ranges of contributions".capitalize()
        figure.text(edge / across, 1 - edge / tall, note, va="top", fontsize=8, color=MUTED)

    for number, target in enumerate(targets):
        bottom = below + (panel + between) * (len(targets) - 1 - number)
        axes = axes_at(figure, left, bottom, wide, panel)
        for prefix, offset, look in (("rest_", 0.2, PALE), ("", -0.2, colours[target])):
            drawn = rows.loc[target].loc[units].reset_index(drop=True)
            drawn = drawn[drawn[f"{prefix}median"].notna()]
            boxes = [
                {"whislo": low, "q1": first, "med": median, "q3": third, "whishi": high}
                for low, first, median, third, high in drawn[
                    [prefix + name for name in ("q05", "q25", "median", "q75", "q95")]
                ].to_numpy()
            ]
            axes.bxp(
                boxes,
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
        bbox_to_anchor=(edge / across, edge / 2 / tall),
        borderaxespad=0,
        ncols=2,
    )
    return figure
