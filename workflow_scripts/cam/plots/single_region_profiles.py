"""Figure of single regions in regression: which targets they are accessible in, and which units say so."""

import numpy as np
from matplotlib import rc_context
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..evaluation.regression import centre, pearson
from .motifs import draw_logo
from .single_regions import draw_positions, draw_site, no_regions, single_regions, site_ends
from .style import (
    GRID,
    INK,
    MUTED,
    PALE,
    SIGNED_WEIGHTS,
    STYLE,
    axes_at,
    colours_of,
    draw_scale,
    in_lineages,
    lineage_keys,
    text_width,
    unit_labels,
)

MOST_UNITS = 5  # of each region
LEAST = 0.1  # of the largest standard deviation of a unit's contributions, for a unit to have a row
REACH = 3.0  # standard deviations to which the bars of a region are drawn
EDGE, GAP, ROW, NAME, AXIS = 0.15, 0.08, 0.27, 0.27, 0.42  # in inches, like all measures below
LETTER, TRACK, BARS, KEYS = 0.05, 2.6, 0.9, 0.75


@rc_context(STYLE)
def single_region_profiles(contributions, sites, annotation, motifs, width, lineages=None):
    """Draw regions one below the other: values and predictions of all targets, contributions, and where units fired.

    Only what differs between targets is drawn: values, predictions and contributions are taken less their mean over
    targets, and values and predictions in their standard deviations, since a correlation knows no other scale. Of a
    single target, which differs from none, all of it is drawn (:func:`cam.plots.single_regions.single_regions`).

    Parameters
    ----------
    contributions : pandas.DataFrame
        As from :func:`cam.interpretation.single_regions.contribution_table` of regression, all targets in the order of
        the configuration.
    sites : pandas.DataFrame
        As from :func:`cam.interpretation.single_regions.firing_sites`.
    annotation : pandas.DataFrame
        ``unit`` and ``tf``: the TF whose motif a unit reads; missing where there is none.
    motifs : dict of str to numpy.ndarray, shape=(length, 4)
        Unit to its PPM, for the logos.
    width : int
        Of the regions, in bp.
    lineages : pandas.DataFrame, optional
        ``target lineage``: by these targets are coloured and put together.

    Returns
    -------
    matplotlib.figure.Figure
        For each region bars for the values and dots for the predictions of all targets, and their correlation; then a
        row for each of the up to five units whose contributions differ most between targets, with the motif and the
        sites at which it fired; all other units are one row.
    """
    if contributions.empty:
        return no_regions()
    if contributions["target"].nunique() == 1:
        return single_regions(contributions, sites, annotation, motifs, width, lineages)
    units = [name for name in contributions.columns if name.startswith("unit")]
    targets = in_lineages(contributions["target"].unique(), lineages)
    colours = colours_of(contributions["target"].unique(), lineages)
    regions = {}
    for name, rows in contributions.groupby("region", sort=False):
        rows = rows.set_index("target").loc[targets]
        pair = rows[["label", "prediction"]].to_numpy().T
        added = centre(rows[units].to_numpy().T)
        deviations = added.std(axis=1)
        leading = [unit for unit in np.argsort(-deviations, kind="stable")[:MOST_UNITS] if deviations[unit] > 0]
        leading = [unit for unit in leading if deviations[unit] >= LEAST * deviations[leading[0]]]
        rest = centre(rows[["prediction"]].to_numpy().T)[0] - added[leading].sum(axis=0)
        shown = {units[unit]: added[unit] for unit in leading}
        regions[name] = _standardised(pair), pearson(*pair[:, None], 1)[0], shown, rest

    n_units, n_targets = len(units), len(targets)
    labels = dict(zip(units, unit_labels(units, annotation), strict=True))
    drawn = sorted({unit for _, _, shown, _ in regions.values() for unit in shown})
    others = "all other units, bias"
    logos = LETTER * max([len(motifs[unit]) for unit in drawn], default=0)
    names = 1.05 * text_width([*(labels[unit] for unit in drawn), others, "standard deviations"], 7)
    cell = float(np.clip(7.8 / n_targets, 0.095, 0.5))
    size, along = min(8, 60 * cell), cell * n_targets
    left = EDGE + names + logos + 2 * GAP
    track_at = left + along + 3 * GAP
    across = track_at + TRACK + EDGE
    notes = [
        "Bars: values, dots: predictions; each less its mean over the targets of the region, in standard deviations.",
        f"Below: what units add, less its mean over the targets: the up to {MOST_UNITS} of {n_units} units of each "
        "region whose contributions differ most between targets.",
    ]  # fmt: skip
    across = max(across, 2 * EDGE + 1.05 * text_width(notes, 8))
    keys = lineage_keys(targets, lineages)
    head = EDGE + 0.18 * len(notes) + 0.3 * bool(keys) + 0.1 + text_width(targets, size) + GAP
    tall = head + KEYS + sum(NAME + BARS + GAP + ROW * (len(r[2]) + 1) + AXIS for r in regions.values())
    figure = Figure(figsize=(across, tall))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, across), ylim=(tall, 0))
    axes.set_axis_off()

    def write(x, y, text, size, **look):
        axes.text(x, y, text, fontsize=size, **{"va": "center_baseline", **look})

    for number, note in enumerate(notes):
        write(EDGE, EDGE + 0.18 * (number + 0.5), note, 8, color=MUTED)
    if keys:
        place = EDGE + 0.18 * len(notes) + 0.02
        figure.legend(
            handles=keys, loc="upper left", bbox_to_anchor=(EDGE / across, 1 - place / tall), ncols=len(keys),
            borderaxespad=0, handlelength=0.9, handletextpad=0.4, columnspacing=1.2,
        )  # fmt: skip
    middles = left + cell * (np.arange(n_targets) + 0.5)
    for x, target in zip(middles, targets, strict=True):
        write(x, head - GAP, target, size, rotation=90, ha="center", va="bottom")
    reach = max(np.abs(values).max() for _, _, shown, _ in regions.values() for values in [0, *shown.values()]) or 1.0
    shades = ScalarMappable(Normalize(-reach, reach), SIGNED_WEIGHTS)

    top = head
    for name, (values, correlation, shown, rest) in regions.items():
        write(EDGE, top + NAME / 2, name, 8.5, fontweight="bold")
        said = f"r = {correlation:.2f}".replace("-", "−")
        if np.isnan(correlation):
            said = "no correlation: values or predictions are constant"
        write(EDGE + 1.12 * text_width([name], 8.5) + 3 * GAP, top + NAME / 2, said, 8)
        top += NAME
        per_sd = BARS / 2 / REACH
        middle = top + BARS / 2
        for step in (-2, 0, 2):
            y = middle - step * per_sd
            axes.plot([left, left + along], [y, y], color=PALE if step == 0 else GRID, linewidth=0.7, zorder=0)
            write(left - GAP, y, str(step).replace("-", "−"), 6.5, ha="right", color=MUTED)
        write(left - GAP - 0.2, middle, "standard deviations", 7, ha="right", color=MUTED)
        clipped = np.clip(values, -REACH, REACH)
        for x, target, value in zip(middles, targets, clipped[0], strict=True):
            corner = (x - 0.42 * cell, middle)
            axes.add_patch(Rectangle(corner, 0.84 * cell, -value * per_sd, color=colours[target], linewidth=0))
        axes.plot(middles, middle - clipped[1] * per_sd, linestyle="none", marker="o", markersize=2.4, color=INK)
        top += BARS + GAP

        for unit, added in [*shown.items(), (others, rest)]:
            edges = left + cell * np.arange(n_targets + 1)
            axes.pcolormesh(edges, [top + 0.02, top + ROW - 0.02], added[None], cmap=shades.cmap, norm=shades.norm)
            middle = top + ROW / 2
            if unit == others:
                write(left - GAP, middle, others, 7, ha="right", color=MUTED)
            else:
                logo = LETTER * len(motifs[unit])
                place = (left - GAP - logo, tall - middle - 0.43 * ROW, logo, 0.86 * ROW)
                draw_logo(axes_at(figure, *place), motifs[unit], veil="white")
                write(left - 2 * GAP - logo, middle, labels[unit], 7, ha="right")
                axes.plot([track_at, track_at + TRACK], [middle, middle], color=GRID, linewidth=1.0)
                fired = sites[(sites["region"] == name) & (sites["unit"] == unit)]
                for site in fired.itertuples():
                    ends = track_at + TRACK * site_ends(site, motifs[unit]) / width
                    draw_site(
                        axes, ends, middle, site.share, {"facecolor": MUTED, "edgecolor": MUTED, "linewidth": 0.8}
                    )
            top += ROW
        draw_positions(axes, track_at, top - ROW, TRACK, width)
        top += AXIS

    beyond = any(np.abs(rest).max() > reach for _, _, _, rest in regions.values())
    draw_scale(
        figure, (EDGE + 0.15, EDGE + 0.2, 1.2, 0.09), shades, "Contribution less its mean", [-reach, 0, reach],
        "{x:.2g}", extend="both" if beyond else "neither", fontsize=7.5, pad=3,
    )  # fmt: skip
    start, look = EDGE + 2.0, {"facecolor": MUTED, "edgecolor": MUTED, "linewidth": 0.8}
    for ends in ([0, 0.08, 0.25, 0.3], [0.7, 0.62, 0.45, 0.4]):
        axes.plot([start + ends[0], start + ends[3]], [tall - 0.4, tall - 0.4], color=GRID, linewidth=1.0)
        draw_site(axes, start + np.array(ends), tall - 0.4, 1, look)
    said = "site on the given strand or on the other; the taller, the higher the activation"
    write(start + 0.7 + GAP, tall - 0.4, said, 7.5, color=MUTED)
    return figure


def _standardised(pair):
    """Less the mean, in standard deviations; zeros where all are the same: shape (2, n_targets)."""
    centred = centre(pair)
    deviations = centred.std(axis=1, keepdims=True)
    return np.divide(centred, deviations, out=np.zeros_like(centred), where=deviations > 0)
