"""Figures of motifs: logos, and what is enriched."""

import warnings

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from ..motifs import information_content, trim
from .style import (
    BASES,
    COOL,
    MUTED,
    PALE,
    STYLE,
    axes_at,
    text_width,
)


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
        Flanks without information (outside :func:`cam.motifs.trim`) are veiled, grey or, in a compact logo, white.
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
    import logomaker

    heights = pd.DataFrame(ppm * information_content(ppm)[:, None], columns=list("ACGT"))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Attempting to set identical low and high ylims")  # no information at all
        logomaker.Logo(heights, ax=axes, color_scheme=BASES, font_name="DejaVu Sans")
    core = trim(ppm)
    for start, stop in ((0, core.start), (core.stop, len(ppm))):
        if veil and stop > start:
            axes.axvspan(start - 0.5, stop - 0.5, color=veil, alpha=0.7, linewidth=0, zorder=3)
    axes.set(xlim=(-0.5, len(ppm) - 0.5), ylim=(0, 2))
    axes.set_axis_off()


@rc_context(STYLE)
def enrichment(table, motifs, q_value, top=10):
    """Draw the motifs that are most enriched in the sequences of the genetic algorithm.

    Parameters
    ----------
    table : pandas.DataFrame
        ``motif_id tf log2_ratio q_value``, the most enriched first.
    motifs : dict of str to numpy.ndarray, shape=(length, 4)
        Motif id to PPM, for the logos beside the bars; motifs that are not in it have none.
    q_value : float
        Bars of motifs that do not reach it are pale.
    top : int
        How many motifs to draw at most.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = table[table["log2_ratio"] > 0].head(top)
    labels = [f"{tf}  {motif_id}" for tf, motif_id in zip(rows["tf"], rows["motif_id"], strict=True)]
    longest = max((len(motifs[motif_id]) for motif_id in rows["motif_id"] if motif_id in motifs), default=0)

    # In inches, as the heat map of the final weights.
    row, letter, edge, gap, below, bars = 0.4, 0.09, 0.15, 0.12, 0.55, 3.6
    left = edge + gap + (text_width(labels, 8.5) if labels else 0)
    tall = row * max(len(rows), 1)
    figure = Figure(figsize=(left + bars + gap + letter * longest + edge, below + tall + edge))
    axes = axes_at(figure, left, below, bars, tall)
    if rows.empty:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "No motif is enriched.", ha="center", va="center", color=MUTED)
        return figure
    looks = [COOL if q < q_value else PALE for q in rows["q_value"]]
    axes.barh(range(len(rows)), rows["log2_ratio"], height=0.62, color=looks)
    for y, (ratio, q) in enumerate(zip(rows["log2_ratio"], rows["q_value"], strict=True)):
        plain = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.annotate(
            f"q = {q:.1e}", (ratio, y), (4, 0), textcoords="offset points",
            va="center", fontsize=7.5, color=MUTED, bbox=plain,
        )  # fmt: skip
    axes.set(xlim=(0, 1.3 * rows["log2_ratio"].max()), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlabel("log2 ratio (GA / random)")
    axes.set_yticks(range(len(rows)), labels, fontsize=8.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(True, axis="x")
    for y, motif_id in enumerate(rows["motif_id"]):
        if motif_id in motifs:
            ppm = motifs[motif_id]
            bottom = below + row * (len(rows) - 1 - y + 0.08)
            draw_logo(axes_at(figure, left + bars + gap, bottom, letter * len(ppm), 0.84 * row), ppm)
    return figure
