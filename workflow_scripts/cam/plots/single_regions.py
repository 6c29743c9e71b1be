"""Figure of single regions: what every unit adds to their predictions, and where in them it fired."""

import numpy as np
from matplotlib import rc_context
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import MaxNLocator

from ..motifs.matrices import trim
from ..units import unit_index
from .motifs import draw_logo
from .style import (
    GRID,
    INK,
    MUTED,
    PALE,
    SIGNED_WEIGHTS,
    STYLE,
    WEIGHTS,
    axes_at,
    colours_of,
    draw_scale,
    text_width,
    unit_labels,
)

MOST_TARGETS, MOST_UNITS, MOST_LANES = 10, 20, 4
LEAST = 0.1  # of the largest contribution of a unit that fired, for a unit to have a lane
PRINTED = 0.05  # smaller contributions are 0.0 in print, to one decimal
EDGE, GAP, ROW, LANE = 0.15, 0.08, 0.2, 0.3  # in inches, like all measures below
LETTER, SQUARE, SUM, BAR, NUMBER = 0.055, 0.13, 0.4, 1.1, 0.35
TRACK = 4.6  # at least
NAME, AXIS = 0.27, 0.42  # above the contributions of a region, and below its sites


@rc_context(STYLE)
def single_regions(contributions, sites, annotation, motifs, width, lineages=None):
    """Draw regions one below the other: labels, contributions, predictions, and the sites at which units fired.

    Parameters
    ----------
    contributions : pandas.DataFrame
        As from :func:`cam.interpretation.single_regions.contribution_table` of binding, all targets in the order of the
        configuration; or of a single target in regression, of which values stand in place of labels.
    sites : pandas.DataFrame
        As from :func:`cam.interpretation.single_regions.firing_sites`.
    annotation : pandas.DataFrame
        ``unit`` and ``tf``: the TF whose motif a unit reads; missing where there is none.
    motifs : dict of str to numpy.ndarray, shape=(length, 4)
        Unit to its PPM, for the logos beside the sites.
    width : int
        Of the regions, in bp.
    lineages : pandas.DataFrame, optional
        ``target lineage``: by these targets are coloured.

    Returns
    -------
    matplotlib.figure.Figure
        At most the 20 units that contribute most to what is shown, and the 10 targets of each region that have the
        highest labels and predictions; the figure says so. Below the contributions to a region stands a lane for each
        of the up to four units that fired in it and contribute most, with its sites: those on the given strand above
        the line, those on the other below.
    """
    if contributions.empty:
        return no_regions()
    return _Drawing(contributions, sites, annotation, motifs, width, lineages).figure


def no_regions():
    """The figure where there is nothing to draw."""
    figure = Figure(figsize=(6, 1.2))
    figure.text(0.5, 0.5, "There are no such regions.", ha="center", va="center", color=MUTED)
    return figure


class _Drawing:
    """One pair of axes spans the figure; a unit of it is an inch, from the upper left corner."""

    def __init__(self, contributions, sites, annotation, motifs, width, lineages):
        self.motifs, self.width = motifs, width
        targets = contributions["target"].unique()
        units = [name for name in contributions.columns if name.startswith("unit")]
        self.binding = "probability" in contributions
        self.colours = colours_of(targets, lineages)
        self.labels = dict(zip(units, unit_labels(units, annotation), strict=True))

        # What is shown: rows of every region, units of all, lanes of every region.
        regions = contributions.groupby("region", sort=False)
        self.rows = {name: _leading(rows) if self.binding else rows for name, rows in regions}
        sizes = np.max([rows[units].abs().max() for rows in self.rows.values()], axis=0)
        self.units = [units[unit] for unit in np.sort(np.argsort(-sizes, kind="stable")[:MOST_UNITS])]
        others = [unit for unit in units if unit not in self.units]
        self.rows = {name: rows.assign(others=rows[others].sum(axis=1)) for name, rows in self.rows.items()}
        self.sums = ["others"] * bool(others) + ["bias", "logit" if self.binding else "prediction"]
        self.sites = {name: sites[sites["region"] == name] for name in self.rows}
        # Logits are told to one decimal; real numbers are of any scale.
        self.decimals = 1 if self.binding else int(np.clip(1 - np.floor(np.log10(sizes.max() or 1)), 0, 9))
        self.least = PRINTED * 10.0 ** (1 - self.decimals)
        fired = {name: of_region["unit"].unique() for name, of_region in self.sites.items()}
        self.lanes = {name: _lanes(rows, fired[name], self.least) for name, rows in self.rows.items()}
        self._measure(len(units), len(targets))

        top = self._draw_head()
        for name in self.rows:
            top = self._draw_predictions(name, top)
            top = self._draw_sites(name, top)
        self._draw_key(top)

    def _measure(self, n_units, n_targets):
        """How wide and how high everything is, and the figure for it."""
        shown = np.concatenate([rows[self.units].to_numpy(dtype=float) for rows in self.rows.values()])
        self.reach, self.signed = np.abs(shown).max() or 1.0, shown.min() < 0
        colouring = Normalize(-self.reach if self.signed else 0, self.reach)
        self.shades = ScalarMappable(colouring, SIGNED_WEIGHTS if self.signed else WEIGHTS)

        lane_units = sorted({unit for units in self.lanes.values() for unit in units})
        names = text_width([target for rows in self.rows.values() for target in rows["target"]], 8)
        beside = [text_width([self.labels[unit]], 7) + LETTER * len(self.motifs[unit]) + GAP for unit in lane_units]
        sums = np.concatenate([rows[self.sums].to_numpy(dtype=float).ravel() for rows in self.rows.values()])
        self.sum = max(SUM, text_width(map(self._told, sums), 7) + GAP)
        self.cell = max(np.clip(5.0 / len(self.units), 0.25, 0.5), text_width([self._told(-self.reach)], 6) + GAP / 2)
        region_names = 1.15 * text_width(self.rows, 8.5)  # as they are bold
        self.left = EDGE + max(names + 2 * GAP + SQUARE, *beside, region_names, 1.4) + GAP
        self.map_right = self.left + self.cell * len(self.units)
        self.track = max(self.cell * len(self.units), TRACK)
        self.bars = self.map_right + self.sum * len(self.sums) + 2 * GAP
        said = text_width([f"+{self._told(self.reach)} {target}" for target in self.colours], 7)
        if not self.binding:
            values = np.concatenate([rows[["label", "prediction"]].to_numpy().ravel() for rows in self.rows.values()])
            self.lowest, self.highest = min(values.min(), 0.0), max(values.max(), 0.0)
        across = EDGE + max(self.bars + BAR + GAP + NUMBER, self.left + self.track + GAP + said)

        self.notes = [f"{len(self.units)} of {n_units} units: those that contribute most"] * (n_units > MOST_UNITS)
        if n_targets > MOST_TARGETS:
            self.notes.append(
                f"{MOST_TARGETS} of {n_targets} targets of each region: those with the highest labels and predictions"
            )
        self.head = EDGE + 0.18 * len(self.notes) + 2 * GAP
        self.head += max(text_width([self.labels[unit] for unit in self.units], 8), 0.6)
        heights = [
            NAME + ROW * len(rows) + GAP + LANE * max(len(self.lanes[name]), 1) + AXIS
            for name, rows in self.rows.items()
        ]
        self.tall = self.head + sum(heights) + 0.7
        self.figure = Figure(figsize=(max(across, 8), self.tall))
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, max(across, 8)), ylim=(self.tall, 0))
        self.axes.set_axis_off()

    def _write(self, x, y, text, size, **look):
        self.axes.text(x, y, text, fontsize=size, **{"va": "center_baseline", **look})

    def _told(self, value, sign=""):
        return f"{value:{sign}.{self.decimals}f}"

    def _draw_head(self):
        """What is left out, the scale, and the names of columns."""
        for number, note in enumerate(self.notes):
            self._write(EDGE, EDGE + 0.18 * (number + 0.5), note, 8, color=MUTED)
        bottom = self.head - GAP
        for place, unit in enumerate(self.units):
            self._write(self._x(place), bottom, self.labels[unit], 8, rotation=90, ha="center", va="bottom")
        look = {"rotation": 90, "va": "bottom", "color": MUTED}
        if self.binding:
            self._write(self.left - GAP - SQUARE / 2, bottom, "Label", 8, ha="center", **look)
        for place, name in enumerate(self.sums, 1):
            self._write(self.map_right + self.sum * (place - 0.25), bottom, name.capitalize(), 8, ha="center", **look)
        self._write(self.bars, bottom, "Probability" if self.binding else "Value", 8, va="bottom", color=MUTED)

        at = (EDGE + 0.1, self.tall - bottom + 0.2, 0.9, 0.09)
        ticks = [-self.reach, 0, self.reach] if self.signed else [0, self.reach]
        numbers = f"{{x:.{self.decimals}f}}"
        draw_scale(self.figure, at, self.shades, "Contribution", ticks, numbers, fontsize=8, pad=3)
        return self.head

    def _x(self, place):
        """Middle of a column of the contributions."""
        return self.left + (place + 0.5) * self.cell

    def _draw_predictions(self, name, top):
        """Labels, contributions, bias and predictions of a region; where what comes next begins."""
        rows = self.rows[name]
        fired = set(self.sites[name]["unit"])
        self._write(EDGE, top + NAME / 2, name, 8.5, fontweight="bold")
        for place, unit in enumerate(self.units):
            look = {"fontweight": "bold"} if unit in fired else {"color": MUTED}
            self._write(self._x(place), top + NAME * 0.6, unit_index(unit) + 1, 6.5, ha="center", **look)
        top += NAME
        values = rows[self.units].to_numpy(dtype=float)
        across, down = self.left + self.cell * np.arange(len(self.units) + 1), top + ROW * np.arange(len(rows) + 1)
        self.axes.pcolormesh(
            across, down, values, cmap=self.shades.cmap, norm=self.shades.norm, edgecolors=GRID, linewidth=0.6
        )
        for y, x in np.argwhere(np.abs(values) >= self.least):
            ink = "white" if abs(values[y, x]) > 0.6 * self.reach else INK
            self._write(self._x(x), top + (y + 0.5) * ROW, self._told(values[y, x]), 6, ha="center", color=ink)
        for place, (_, row) in enumerate(rows.iterrows()):
            middle, colour = top + (place + 0.5) * ROW, self.colours[row["target"]]
            self._write(self.left - 2 * GAP - SQUARE, middle, row["target"], 8, ha="right")
            for number, value in enumerate(row[self.sums], 1):
                self._write(self.map_right + self.sum * number, middle, self._told(value), 7, ha="right", color=MUTED)
            self.axes.add_patch(Rectangle((self.bars, middle - 0.06), BAR, 0.12, color=GRID, linewidth=0))
            if self.binding:
                self._draw_square(self.left - GAP - SQUARE, middle, row["label"], colour)
                length = BAR * row["probability"]
                self.axes.add_patch(Rectangle((self.bars, middle - 0.06), length, 0.12, **_fill(colour, 1)))
                self._write(self.bars + BAR + GAP, middle, f"{row['probability']:.2f}", 7)
            else:
                start, end, dot = (self.bars + self._along(value) for value in (0, row["label"], row["prediction"]))
                self.axes.add_patch(Rectangle((start, middle - 0.06), end - start, 0.12, **_fill(colour, 1)))
                self.axes.plot(dot, middle, linestyle="none", marker="o", markersize=3, color=INK)
                self._write(self.bars + BAR + GAP, middle, self._told(row["label"]), 7)
        return top + ROW * len(rows) + GAP

    def _along(self, value):
        """Where a value is along the bar of all values, in inches."""
        return BAR * (value - self.lowest) / ((self.highest - self.lowest) or 1.0)

    def _draw_square(self, x, y, label, colour):
        look = {1.0: {"facecolor": colour, "edgecolor": colour}, 0.0: {"facecolor": "white", "edgecolor": MUTED}}
        missing = {"facecolor": "white", "edgecolor": PALE, "hatch": "/////////"}
        self.axes.add_patch(Rectangle((x, y - SQUARE / 2), SQUARE, SQUARE, linewidth=0.8, **look.get(label, missing)))

    def _draw_sites(self, name, top):
        """A lane for every unit that fired in a region and leads, and the positions; where the next region begins."""
        sites = self.sites[name]
        if not self.lanes[name]:
            text = "No unit that fired contributes." if len(sites) else "No unit fired."
            self._write(self.left, top + LANE / 2, text, 7, color=MUTED)
            top += LANE
        for unit, (target, contribution) in self.lanes[name].items():
            middle, lane = top + LANE / 2, sites[sites["unit"] == unit]
            self.axes.plot([self.left, self.left + self.track], [middle, middle], color=GRID, linewidth=1.0)
            shade = 0.25 + 0.75 * min(abs(contribution) / self.reach, 1)
            colour = 1 - shade * (1 - np.array(to_rgb(self.colours[target])))
            for site in lane.itertuples():
                ends = self.left + self.track * site_ends(site, self.motifs[unit]) / self.width
                draw_site(self.axes, ends, middle, site.share, _fill(colour, contribution))
            self._write(self.left + self.track + GAP, middle, f"{self._told(contribution, '+')} {target}", 7)
            logo = LETTER * len(self.motifs[unit])
            place = (self.left - GAP - logo, self.tall - middle - 0.43 * LANE, logo, 0.86 * LANE)
            draw_logo(axes_at(self.figure, *place), self.motifs[unit], veil="white")
            self._write(self.left - 2 * GAP - logo, middle, self.labels[unit], 7, ha="right")
            top += LANE
        draw_positions(self.axes, self.left, top, self.track, self.width)
        return top + AXIS

    def _draw_key(self, top):
        colour, x = next(iter(self.colours.values())), EDGE
        keys = {"bound": 1.0, "unbound": 0.0, "label missing": np.nan} if self.binding else {"measured value": 1.0}
        for text, label in keys.items():
            self._draw_square(x, top + 0.09, label, colour)
            self._write(x + SQUARE + GAP, top + 0.09, text, 7.5, color=MUTED)
            x += SQUARE + 4 * GAP + text_width([text], 7.5)
        if not self.binding:
            self.axes.plot(x + SQUARE / 2, top + 0.09, linestyle="none", marker="o", markersize=3, color=INK)
            self._write(x + SQUARE + GAP, top + 0.09, "prediction", 7.5, color=MUTED)
            x += SQUARE + 4 * GAP + text_width(["prediction"], 7.5)
        self._write(x, top + 0.09, "12", 6.5, fontweight="bold")
        self._write(x + SQUARE + GAP, top + 0.09, "number of a unit that fired", 7.5, color=MUTED)
        for ends in ([0, 0.08, 0.25, 0.3], [0.7, 0.62, 0.45, 0.4]):
            self.axes.plot([EDGE + ends[0], EDGE + ends[3]], [top + 0.35, top + 0.35], color=GRID, linewidth=1.0)
            draw_site(self.axes, EDGE + np.array(ends), top + 0.35, 1, _fill(colour, 1))
        text = "site on the given strand or on the other, of the colour of the target for which the unit counts most:"
        self._write(EDGE + 0.7 + GAP, top + 0.29, text, 7.5, color=MUTED)
        text = "the taller, the higher the activation; the darker, the more the unit adds; low where its motif is vague"
        self._write(EDGE + 0.7 + GAP, top + 0.43, text, 7.5, color=MUTED)


def site_ends(site, ppm):
    """Where the window of a site begins, its informative core begins and ends, and it ends, read along its strand.

    Parameters
    ----------
    site : namedtuple
        ``start end strand``, as from :func:`cam.interpretation.single_regions.firing_sites`.
    ppm : numpy.ndarray, shape=(length, 4)
        The motif of the unit.

    Returns
    -------
    numpy.ndarray of int, shape (4,)
        In bp on the given strand.
    """
    core = trim(ppm)
    onwards = np.array([0, core.start, core.stop, len(ppm)])
    return site.start + onwards if site.strand == "+" else site.end - onwards


def draw_site(axes, ends, middle, share, look):
    """Draw a window as a box that points along its strand, above the line or below; low where the motif says little.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Whose unit is an inch, from the upper left corner.
    ends : array-like of float, shape (4,)
        As from :func:`site_ends`, in inches.
    middle : float
        Height of the line.
    share : float
        The activation, as a share of the largest of the filter; how tall the box is.
    look : dict
        Keywords of the polygon.
    """
    first, core_first, core_last, last = ends
    way = np.sign(last - first)
    high = -way * 0.46 * LANE * min(share, 1)
    low = 0.25 * high
    neck = core_last - way * min(0.06, abs(core_last - core_first) / 2)
    corners = [
        (first, 0), (last, 0), (last, low), (core_last, low), (neck, high), (core_first, high), (core_first, low),
        (first, low),
    ]  # fmt: skip
    axes.add_patch(Polygon([(x, middle + y) for x, y in corners], zorder=3, **look))


def draw_positions(axes, left, top, track, width):
    """Draw the axis of positions below the sites: ``track`` inches for ``width`` bp."""
    axes.plot([left, left + track], [top, top], color=PALE, linewidth=0.8)
    for place in MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(0, width):
        if 0 <= place <= width:
            x, text = left + track * place / width, f"{place:.0f}" if place else "0 bp"
            axes.plot([x, x], [top, top + 0.04], color=PALE, linewidth=0.8)
            axes.text(x, top + 0.11, text, fontsize=6.5, ha="center", va="center_baseline", color=MUTED)


def _lanes(rows, fired, least):
    """Of the units that fired in a region, those that contribute most: unit to its main target and contribution."""
    values = rows.set_index("target")[list(fired)]
    sizes = values.abs().max()
    leading = sizes[(sizes >= LEAST * sizes.max()) & (sizes >= least)].nlargest(MOST_LANES).index
    return {unit: (target := values[unit].abs().idxmax(), values.loc[target, unit]) for unit in leading}


def _fill(colour, value):
    """Look of what stands for a number: filled, or only outlined if it is negative."""
    return {"facecolor": colour if value >= 0 else "white", "edgecolor": colour, "linewidth": 0.8}


def _leading(rows):
    """The rows of a region, or those of the targets with the highest labels and predictions."""
    ranks = rows[["label", "probability"]].rank(pct=True).max(axis=1)
    return rows.loc[ranks.nlargest(MOST_TARGETS).index.sort_values()]
