"""Figures of motifs: logos, and what is enriched."""

from functools import cache

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from ..design.enrichment import is_loss, significant
from ..motifs.matrices import information_content, trim
from .style import BASES, COOL, INK, MUTED, PALE, STYLE, WARM, axes_at, text_width


@rc_context(STYLE)
def logo(ppm, compact=False):
    """Draw a motif as a sequence logo: letters as high as their share of the information, the largest on top.

    Parameters
    ----------
    ppm : numpy.ndarray, shape=(length, 4)
        Probabilities of A, C, G, T.
    compact : bool
        Without axes, in the size of a table row; a position has the same width in all compact logos.

    Returns
    -------
    matplotlib.figure.Figure
        Flanks without information (outside :func:`cam.motifs.matrices.trim`) are veiled, grey or, in a compact logo,
        white.
    """
    length = len(ppm)
    if compact:
        figure = Figure(figsize=(0.13 * length, 0.42))
        draw_logo(figure.add_axes((0, 0, 1, 1)), ppm, veil="white")
        return figure
    figure = Figure(figsize=(0.9 + 0.3 * length, 2.1), layout="constrained")
    axes = figure.add_subplot()
    draw_logo(axes, ppm, veil="#eef1f4")
    axes.set_axis_on()
    axes.set(xlabel="Position", ylabel="Information (bits)", yticks=[0, 0.5, 1, 1.5, 2])
    axes.set_xticks(np.arange(length), np.arange(1, length + 1))
    axes.tick_params(axis="x", length=0)
    return figure


def draw_logo(axes, ppm, veil=None):
    """Draw the logo of a motif as logomaker does, whose letters are made once here and not once for every place.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    ppm : numpy.ndarray, shape=(length, 4)
    veil : str, optional
        The colour of what lies over flanks without information.
    """
    heights = ppm * information_content(ppm)[:, None]
    for position, (row, order) in enumerate(zip(heights, heights.argsort(axis=1), strict=True)):
        floor = 0.0
        for base in order[row[order] > 0]:
            letter = _letters()[base]
            path = Path(letter.vertices * [1, row[base]] + [position, floor], letter.codes)
            # Not add_patch, which measures each letter for limits of the axes.
            axes.add_artist(PathPatch(path, facecolor=BASES["ACGT"[base]], linewidth=0, zorder=0))
            floor += row[base]
    axes.axhline(zorder=-1, color="black", linewidth=0.5)
    core = trim(ppm)
    for start, stop in ((0, core.start), (core.stop, len(ppm))):
        if veil and stop > start:
            axes.axvspan(start - 0.5, stop - 0.5, color=veil, alpha=0.7, linewidth=0, zorder=3)
    axes.set(xlim=(-0.5, len(ppm) - 0.5), ylim=(0, 2))
    axes.set_axis_off()


@cache
def _letters():
    """Outlines of A, C, G, T as logomaker draws them, at position 0 and one bit high."""
    from logomaker import Glyph

    axes = Figure().add_subplot()
    return [Glyph(0, base, 0, 1, ax=axes, font_name="DejaVu Sans").patch.get_path() for base in "ACGT"]


@rc_context(STYLE)
def enrichment(table, ppms, subject, direction, q_value, unchanged=False, top=10):
    """Draw the families of motifs that are enriched in the sequences of the genetic algorithm, or were lost from them.

    Parameters
    ----------
    table : pandas.DataFrame
        As returned by :func:`cam.design.enrichment.enrich_families`: a row per family, the first the most enriched.
    ppms : dict of str to numpy.ndarray, shape=(length, 4)
        Motif id to PPM, of which the logos show the informative core.
    subject : str
        The unit or target whose output was optimised.
    direction : {"max", "min"}
    q_value : float
        What is below counts as enriched, or lost; nothing else is drawn.
    unchanged : bool
        Whether the run left the output as it was. Then nothing is drawn, and the figure says so.
    top : int
        How many families to draw at most.

    Returns
    -------
    matplotlib.figure.Figure
        A row per family: the logo and the TF of the motif that stands for it and how many other motifs it has, bars
        for the mean number of hits in a sequence, the shares of the sequences with a hit, their ratio and the q-value.
        Beside the sequences of the genetic algorithm stand those they are compared with.
    """
    enriched = significant(table, q_value)
    rows = enriched.head(top)
    lost = is_loss(table)
    other, change = ("start", "lost") if lost else ("random", "enriched")
    colour, verb = {"max": (WARM, "maximised"), "min": (COOL, "minimised")}[direction]
    paler = WARM if lost else PALE
    title = f"{subject}, {verb}"
    edge, gap, bars, columns = 0.15, 0.12, 2.4, (0.6, 1.25, 1.8, 2.55)  # in inches
    if rows.empty:
        figure = Figure(figsize=(6.5, 1.2))
        axes = axes_at(figure, edge, edge, 6.5 - 2 * edge, 0.6)
        axes.set_axis_off()
        axes.set_title(title)
        said = f"No known motif is {change} (q < {q_value:g})."
        if unchanged:
            said = "Output unchanged: these sequences say nothing of it."
        axes.text(0.5, 0.5, said, ha="center", va="center", color=MUTED)
        return figure

    shown = "1 family of known motifs" if len(enriched) == 1 else f"{len(enriched)} families of known motifs"
    if len(enriched) > len(rows):
        shown = f"the first {len(rows)} of {shown}"
    title = f"{title}: {shown} {change} (q < {q_value:g})"
    logos = [ppms[motif_id][trim(ppms[motif_id])] for motif_id in rows["motif_id"]]
    others = rows["members"] - 1
    labels = [tf if not more else f"{tf}  +{more}" for tf, more in zip(rows["tf"], others, strict=True)]
    row, letter, above, below = 0.4, 0.09, 0.72, 0.55
    widest = letter * max(map(len, logos))
    left = edge + widest + gap + text_width(labels, 8.5) + gap
    tall = row * len(rows)
    width = max(left + bars + columns[-1] + edge, 2 * edge + 1.1 * text_width([title], 10))
    figure = Figure(figsize=(width, below + tall + above))
    for place, ppm in enumerate(logos):
        bottom = below + row * (len(rows) - 1 - place + 0.08)
        if len(ppm):
            draw_logo(axes_at(figure, edge + widest - letter * len(ppm), bottom, letter * len(ppm), 0.84 * row), ppm)

    axes = axes_at(figure, left, below, bars, tall)
    places = np.arange(len(rows))
    axes.barh(places - 0.1, rows["ga_per_sequence"], height=0.42, color=colour)
    axes.barh(places + 0.21, rows[f"{other}_per_sequence"], height=0.2, color=paler)
    most = rows[["ga_per_sequence", f"{other}_per_sequence"]].to_numpy().max()
    axes.set(xlim=(0, 1.04 * most), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlabel("Hits per sequence")
    axes.set_yticks(places, labels, fontsize=8.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(True, axis="x")
    axes.set_title(title, x=(edge - left) / bars, pad=72 * 0.38)

    texts = {
        "GA": [f"{hits / total:.1%}" for hits, total in zip(rows["ga_hits"], rows["ga_total"], strict=True)],
        other.capitalize(): [
            f"{hits / total:.1%}" for hits, total in zip(rows[f"{other}_hits"], rows[f"{other}_total"], strict=True)
        ],
        "Ratio": [f"{ratio:.2g}" if ratio < 1 else f"{ratio:.1f}" for ratio in rows["ratio"]],
        "q-value": [f"{q:.0e}" if q > 1e-300 else "< 1e-300" for q in rows["q_value"]],
    }
    colours = {"GA": colour, "Random": MUTED, "Start": WARM}
    for right, (heading, column) in zip(columns, texts.items(), strict=True):
        for y, text in [(-0.75, heading), *enumerate(column)]:
            axes.annotate(
                text, (1, y), (72 * right, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                ha="right", va="center", fontsize=8, color=colours.get(heading, INK), annotation_clip=False,
                fontweight="bold" if y < 0 else "normal",
            )  # fmt: skip
    return figure
