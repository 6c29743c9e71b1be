"""What all figures share: colours, type, measures, and how a figure is written."""

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Patch
from matplotlib.textpath import TextPath

from ..io.files import atomic

INK, MUTED, GRID, PALE = "#1f2933", "#66727f", "#e3e7eb", "#b4bec8"
COOL, WARM = "#0072b2", "#d55e00"
OKABE_ITO = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
TOL = ("#332288", "#882255", "#999933", "#117733", "#aa4499", "#777777")
PALETTE = OKABE_ITO + TOL
SHADES = ((0, 0), (0, 0.4), (1, 0.45))  # (towards black or white, how far) in each round through the palette
BASES = {"A": "#009e73", "C": "#0072b2", "G": "#e69f00", "T": "#d55e00"}
LINES = ("solid", (0, (3.5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)))
WEIGHTS, SIGNED_WEIGHTS = "Blues", "RdBu_r"

STYLE = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,  # a name with dollar signs is no formula
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.08,
    "savefig.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "cam",
}


@rc_context(STYLE)
def save(figure, *paths):
    """Write a figure, the same byte for byte each time it is drawn from the same data.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    *paths : str or Path
        Where to; the format is told by the ending, ``.svg`` or ``.png``.
    """
    # The solver that lays out a figure starts from addresses in memory, so that places differ in their last digits, and
    # a line now and then by a pixel.
    figure.set_dpi(STYLE["savefig.dpi"])
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(np.round(axes.get_position(original=True).bounds, 6))
    canvases = {".svg": (FigureCanvasSVG, {"Date": None}), ".png": (FigureCanvasAgg, {"Software": None})}
    for path in map(Path, paths):
        canvas, unstamped = canvases[path.suffix]
        figure.set_dpi(STYLE["savefig.dpi"])  # that of SVG has changed it
        with atomic(path) as part:  # by the canvas itself, since `savefig` draws twice
            getattr(canvas(figure), f"print_{path.suffix[1:]}")(part, metadata=unstamped)


def target_colours(targets):
    """Give every target its colour: the same for the same list of targets, in every figure and on the page.

    Parameters
    ----------
    targets : sequence of str
        All targets of the experiment, in the order of the configuration.

    Returns
    -------
    dict of str to str
        Target to ``#rrggbb``. After the twelfth, the colours come again, first darker, then lighter, then the same.
    """
    colours = {}
    for index, target in enumerate(targets):
        towards, share = SHADES[index // len(PALETTE) % len(SHADES)]
        colour = np.array(to_rgb(PALETTE[index % len(PALETTE)]))
        colours[target] = to_hex(colour + share * (towards - colour))
    return colours


def lineage_colours(names):
    """Give every lineage its colour, the same in every figure.

    Parameters
    ----------
    names : sequence of str
        The lineage of every target, in the order of the lineage table (not of the configured targets), so that a
        lineage keeps its colour whichever targets are chosen; a name may come again.

    Returns
    -------
    dict of str to str
        Lineage, in order of first appearance, to ``#rrggbb``. The first seven can be told apart with any kind of
        colour vision.
    """
    return target_colours(dict.fromkeys(names))


def colours_of(targets, lineages=None):
    """The colours of targets: those of their lineages, or, where these are not known, colours of their own.

    Parameters
    ----------
    targets : sequence of str
        All of the experiment, in the order of the configuration.
    lineages : pandas.DataFrame, optional
        ``target lineage``, as from :func:`cam.sources.target_tables.read_lineages`; all targets are in it.

    Returns
    -------
    dict of str to str
        Target to ``#rrggbb``.
    """
    if lineages is None:
        return target_colours(targets)
    colours, lineage = lineage_colours(lineages["lineage"]), lineages.set_index("target")["lineage"]
    return {target: colours[lineage[target]] for target in targets}


def in_lineages(targets, lineages=None):
    """Targets in the order to draw them: those of a lineage together, in the order of the table; else as they are.

    Parameters
    ----------
    targets, lineages
        As for :func:`colours_of`.

    Returns
    -------
    list of str
    """
    if lineages is None:
        return list(targets)
    names, lineage = list(lineages["lineage"].unique()), lineages.set_index("target")["lineage"]
    return sorted(targets, key=lambda target: names.index(lineage[target]))


def lineage_keys(targets, lineages=None):
    """Handles of a legend that tells the colours of the targets' lineages; none where these are not known."""
    if lineages is None:
        return []
    colours, present = lineage_colours(lineages["lineage"]), lineages[lineages["target"].isin(targets)]
    return [Patch(facecolor=colours[name], label=name) for name in present["lineage"].unique()]


def at_inches(figure, across, up):
    """A place given in inches from the lower left corner, as shares of the figure, as matplotlib wants it."""
    width, height = figure.get_size_inches()
    return across / width, up / height


def axes_at(figure, left, bottom, width, height):
    """Axes at a place given in inches."""
    return figure.add_axes((*at_inches(figure, left, bottom), *at_inches(figure, width, height)))


def draw_scale(figure, place, shades, title, ticks, numbers, size=7.0, extend="neither", **look):
    """Draw what the colours of a heat map mean.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    place : tuple of float
        Left, bottom, width and height, in inches.
    shades : matplotlib.cm.ScalarMappable
    title : str
        It stands above.
    ticks : sequence of float
    numbers : str
        How these are written, such as ``{x:.2g}``.
    size : float
        Of these numbers, in points.
    extend : {"neither", "both"}
        Whether there are values beyond the ends.
    **look
        Keywords of the title.
    """
    scale = axes_at(figure, *place)
    figure.colorbar(shades, cax=scale, orientation="horizontal", extend=extend)
    scale.set_title(title, fontweight="normal", **look)
    scale.set_xticks(ticks)
    scale.xaxis.set_major_formatter(numbers)
    scale.tick_params(labelsize=size, length=2, pad=2)
    scale.spines[:].set_visible(False)


def text_width(labels, size):
    """Width in inches of the widest of some labels."""
    return max((_width(label, size) for label in map(str, labels) if label), default=0) / 72


def _width(text, size):
    """In points. The points of a letter's outline reach as far as its curves, after which get_extents searches long."""
    path = TextPath((0, 0), text, size=size)
    return np.ptp(path.vertices[path.codes != path.CLOSEPOLY, 0])


def unit_labels(units, annotation):
    """Name units after the TFs whose motifs they read: ``unit2 · CTCF``, or ``unit2`` where none is known.

    A unit that detects the absence of CTCF's motif, be it partly, is ``unit4 · no CTCF``.

    Parameters
    ----------
    units : sequence of str
    annotation : pandas.DataFrame
        ``unit`` and ``tf``, missing where there is none; and ``detector``, as from
        :func:`cam.interpretation.detectors.detection`, if that is known.

    Returns
    -------
    list of str
    """
    named = annotation.dropna(subset="tf").set_index("unit")
    tfs = named["tf"].astype(object)  # a column without any TF is read as numbers
    if "detector" in named:
        tfs = tfs.where(~named["detector"].str.endswith("absence"), "no " + tfs)
    return [f"{unit} · {tfs[unit]}" if unit in tfs.index else unit for unit in units]


def box_style(colour):
    """Keywords for matplotlib's box plots: filled, without caps and outliers."""
    return {
        "showfliers": False,
        "patch_artist": True,
        "boxprops": {"facecolor": colour, "edgecolor": colour, "linewidth": 0.8},
        "whiskerprops": {"color": colour, "linewidth": 1.1},
        "capprops": {"linewidth": 0},
        "medianprops": {"color": INK, "linewidth": 1.1},
        "manage_ticks": False,
    }
