"""The figures: data frames and arrays in, a matplotlib figure out, and :func:`save` to write it.

Every function draws on a :class:`matplotlib.figure.Figure` of its own, so nothing is shared through pyplot. The look is
one dictionary, ``STYLE``; targets have the same colours everywhere (:func:`target_colours`). The colours are Okabe and
Ito's and Tol's, which can be told apart with any kind of colour vision.
"""

import warnings
from itertools import cycle
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .files import atomic
from .motifs import information_content, trim

INK, MUTED, GRID, PALE = "#1f2933", "#66727f", "#e3e7eb", "#b4bec8"
COOL, WARM = "#0072b2", "#d55e00"
OKABE_ITO = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
TOL = ("#332288", "#882255", "#999933", "#117733", "#aa4499", "#777777")
PALETTE = OKABE_ITO + TOL
SHADES = ((0, 0), (0, 0.4), (1, 0.45))  # (towards black or white, how far) in each round through the palette
BASES = {"A": "#009e73", "C": "#0072b2", "G": "#e69f00", "T": "#d55e00"}
LINES = ("solid", (0, (3.5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)))
WEIGHTS, SIGNED_WEIGHTS = "Blues", "RdBu_r"
CONSTRAINTS = {  # of the final weights, in the unit sweep
    True: {"color": COOL, "marker": "o", "label": "CAM, non-negative final weights"},
    False: {"color": WARM, "marker": "D", "label": "CAM, free final weights"},
}

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
    for path in map(Path, paths):
        unstamped = {".svg": {"Date": None}, ".png": {"Software": None}}[path.suffix]
        with atomic(path) as part:
            figure.savefig(part, format=path.suffix[1:], metadata=unstamped)


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


@rc_context(STYLE)
def performance(predictions, targets):
    """Draw ROC and precision-recall curves: one colour per target, one line style per model.

    Parameters
    ----------
    predictions : dict of str to pandas.DataFrame
        Model to its predictions for the test regions, with columns ``{target}.label`` (1, 0, NaN where missing) and
        ``{target}.probability``.
    targets : sequence of str

    Returns
    -------
    matplotlib.figure.Figure
        The areas under the curves stand in the legends; "n/a" where a target has only one class of known labels.
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

    colours = target_colours(targets)
    blocks = 1 + (len(targets) > 12)
    rows = -(-len(targets) // blocks)
    figure = Figure(
        figsize=(max(8.6, 2 * blocks * (1.3 + 0.95 * len(predictions))), 4.8 + 0.17 * rows), layout="constrained"
    )
    roc, pr = figure.subplots(1, 2)
    areas = {"AUROC": {}, "AUPRC": {}}
    for model, line in zip(predictions, cycle(LINES), strict=False):
        for target in targets:
            known = predictions[model][[f"{target}.label", f"{target}.probability"]].dropna()
            label, probability = known.to_numpy(float).T
            if len(np.unique(label)) < 2:
                continue
            look = {"color": colours[target], "linestyle": line, "linewidth": 1.5, "label": f"{target} {model}"}
            false_positives, true_positives, _ = roc_curve(label, probability)
            roc.plot(false_positives, true_positives, **look)
            precision, recall, _ = precision_recall_curve(label, probability, drop_intermediate=True)
            pr.plot(recall, precision, drawstyle="steps-post", **look)
            pr.plot(1.02, label.mean(), marker=9, markersize=5, color=colours[target], clip_on=False, linestyle="none")
            areas["AUROC"][target, model] = roc_auc_score(label, probability)
            areas["AUPRC"][target, model] = average_precision_score(label, probability)
    roc.plot([0, 1], [0, 1], color=PALE, linewidth=1, zorder=1)
    roc.set(title="ROC", xlabel="False positive rate", ylabel="True positive rate")
    pr.set(title="Precision and recall", xlabel="Recall", ylabel="Precision")
    for axes, (area, values) in zip((roc, pr), areas.items(), strict=True):
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), box_aspect=1, anchor="N")
        axes.grid(True)
        # A legend is filled column by column, so it can be a table: targets, then the areas of each model.
        cells = []
        for block in range(blocks):
            names = list(targets[block * rows : (block + 1) * rows])
            cells += _legend_column([area, *names], [None] * (rows + 1), rows)
            for model, line in zip(predictions, cycle(LINES), strict=False):
                numbers = [f"{values[name, model]:.3f}" if (name, model) in values else "n/a" for name in names]
                looks = [(INK, line), *((colours[name], line) for name in names)]
                cells += _legend_column([model, *numbers], looks, rows)
        legend = axes.legend(
            handles=cells,
            ncols=blocks * (1 + len(predictions)),
            loc="upper center",
            bbox_to_anchor=(0.48, -0.14),
            handlelength=2.55,
            columnspacing=1.2,
        )
        for column in range(0, len(cells), rows + 1):
            legend.get_texts()[column].set_fontweight("bold")
    return figure


def _legend_column(labels, looks, rows):
    """Cells of one column of a legend that is a table: a heading and ``rows`` entries, blank where there are fewer."""
    blank = Line2D([], [], linestyle="none", label=" ")
    cells = [
        Line2D([], [], linestyle="none", label=label)
        if look is None
        else Line2D([], [], color=look[0], linestyle=look[1], linewidth=1.5, label=label)
        for label, look in zip(labels, looks, strict=False)
    ]
    return cells + [blank] * (rows + 1 - len(cells))


@rc_context(STYLE)
def confusion(predictions, thresholds, targets):
    """Draw the confusion matrices of every target, the models beside each other.

    Parameters
    ----------
    predictions : dict of str to pandas.DataFrame
        As for :func:`performance`.
    thresholds : dict of str to dict of str to float
        Model to target to the probability from which on a region is called bound.
    targets : sequence of str

    Returns
    -------
    matplotlib.figure.Figure
        A cell holds the count and, below it and as its shade, the share of its row (of what is truly bound, unbound).
    """
    from sklearn.metrics import confusion_matrix

    models = list(predictions)
    colours = target_colours(targets)
    across = max(1, min(len(targets), 6 // len(models)))
    down = -(-len(targets) // across)
    side = 1.2
    figure = Figure(figsize=(across * (len(models) * side + 0.7), down * (side + 0.85)), layout="constrained")
    blocks = np.ravel(figure.subfigures(down, across, squeeze=False, wspace=0.05, hspace=0.03))
    for target, block in zip(targets, blocks, strict=False):
        block.suptitle(target, fontweight="bold", fontsize=10, color=colours[target])
        for column, (model, axes) in enumerate(
            zip(models, block.subplots(1, len(models), squeeze=False)[0], strict=True)
        ):
            known = predictions[model][[f"{target}.label", f"{target}.probability"]].dropna()
            label, probability = known.to_numpy(float).T
            counts = confusion_matrix(label, probability >= thresholds[model][target], labels=[0, 1])
            shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
            axes.imshow(shares, cmap=WEIGHTS, vmin=0, vmax=1.15)
            for row, call in np.ndindex(2, 2):
                colour = "white" if shares[row, call] > 0.6 else INK
                look = {"ha": "center", "color": colour}
                axes.text(
                    call, row - 0.02, f"{counts[row, call]:,}", va="bottom", fontweight="bold", fontsize=8.5, **look
                )
                axes.text(call, row + 0.08, f"{shares[row, call]:.1%}", va="top", fontsize=7.5, **look)
            axes.set_title(model, fontsize=8.5, fontweight="normal", loc="center")
            axes.set_xticks([0, 1], ["unbound", "bound"], fontsize=7.5)
            axes.set_yticks(
                [0, 1], ["unbound", "bound"] if column == 0 else ["", ""], fontsize=7.5, rotation=90, va="center"
            )
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
            axes.set_xlabel("predicted", fontsize=8)
            if column == 0:
                axes.set_ylabel("true", fontsize=8)
    return figure


@rc_context(STYLE)
def calibration(predictions, targets):
    """Draw how many regions of a predicted probability are bound and, below, how often that probability is predicted.

    Parameters
    ----------
    predictions : dict of str to pandas.DataFrame
        As for :func:`performance`.
    targets : sequence of str

    Returns
    -------
    matplotlib.figure.Figure
        A panel per target, a line per model; the legends tell the expected calibration errors, "n/a" where a target has
        only one class of known labels. If there are more than twelve targets, a panel per model, a line per target, and
        the calibration errors of all targets beside them.
    """
    from .metrics import calibration_error

    known = {}
    for model, frame in predictions.items():
        for target in targets:
            found = frame[[f"{target}.label", f"{target}.probability"]].dropna().to_numpy(float).T
            if len(np.unique(found[0])) == 2:
                known[model, target] = found
    errors = {run: calibration_error(*found) for run, found in known.items()}
    colours = target_colours(targets)
    if len(targets) > 12:
        return _calibration_of_many(known, errors, list(predictions), colours)

    across = len(targets) if len(targets) < 5 else 3 if len(targets) in (5, 6, 9) else 4
    down = -(-len(targets) // across)
    figure = Figure(figsize=(0.4 + 2.5 * across, (3.8 + 0.18 * len(predictions)) * down), layout="constrained")
    panels = figure.subplots(2 * down, across, squeeze=False, height_ratios=[3.3, 1] * down)
    pairs = list(zip(panels[::2].flat, panels[1::2].flat, strict=True))
    for target, (curve, shares) in zip(targets, pairs, strict=False):
        for model, line, marker in zip(predictions, cycle(LINES), cycle("os^D"), strict=False):
            error = f"{errors[model, target]:.3f}" if (model, target) in errors else "n/a"
            look = {"color": colours[target], "linestyle": line, "linewidth": 1.4}
            face = "white" if marker in "sD" else colours[target]
            marks = {"marker": marker, "markersize": 4, "markerfacecolor": face}
            _draw_reliability(curve, shares, known.get((model, target)), look, marks | {"label": f"{model}  {error}"})
        _finish_reliability(curve, shares)
        curve.set_title(target, color=colours[target])
        shares.legend(
            *curve.get_legend_handles_labels(), title="Calibration error", title_fontsize=8, alignment="left",
            loc="upper center", bbox_to_anchor=(0.5, -0.62), handlelength=2.6,
        )  # fmt: skip
    for curve, shares in pairs[len(targets) :]:
        curve.remove()
        shares.remove()
    for curve, shares in zip(panels[::2, 0], panels[1::2, 0], strict=True):
        curve.set_ylabel("Share that is bound")
        shares.set_ylabel("Share of\nregions")
    return figure


def _draw_reliability(curve, shares, found, look, marks):
    """One model and target: the reliability curve, and the histogram of predictions."""
    from .metrics import reliability

    bins = reliability(*found) if found is not None else {"predicted": [], "observed": []}
    curve.plot(bins["predicted"], bins["observed"], **look, **marks)
    if found is not None:
        n = len(found[1])
        shares.hist(found[1], bins=np.linspace(0, 1, 21), weights=np.full(n, 1 / n), histtype="step", **look)


def _finish_reliability(curve, shares):
    curve.plot([0, 1], [0, 1], color=PALE, linewidth=1, zorder=1)
    curve.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=np.linspace(0, 1, 6), yticks=np.linspace(0, 1, 6))
    curve.tick_params(labelbottom=False)
    curve.grid(True)
    shares.set(xlim=(-0.02, 1.02), xticks=np.linspace(0, 1, 6), xlabel="Predicted probability")
    shares.yaxis.set_major_locator(MaxNLocator(2))
    shares.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    shares.grid(True, axis="y")


def _calibration_of_many(known, errors, models, colours):
    """A panel per model, a line per target; and the calibration errors, of which the largest are named."""
    figure = Figure(figsize=(0.5 + 2.7 * len(models) + 1.2 + 0.9 * len(models), 4.0), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(2.7 * len(models), 1.2 + 0.9 * len(models)))
    panels = left.subplots(2, len(models), squeeze=False, height_ratios=[3.3, 1])
    for model, (curve, shares) in zip(models, panels.T, strict=True):
        for target, colour in colours.items():
            look = {"color": colour, "linewidth": 0.8, "alpha": 0.6}
            _draw_reliability(curve, shares, known.get((model, target)), look, {"label": target})
        _finish_reliability(curve, shares)
        curve.set_title(model)
    panels[0, 0].set_ylabel("Share that is bound")
    panels[1, 0].set_ylabel("Share of\nregions")
    axes = right.subplots()
    for x, model in enumerate(models):
        found = sorted((error, target) for (name, target), error in errors.items() if name == model)
        values = [error for error, _ in found]
        axes.boxplot(
            values, positions=[x], widths=0.5, showfliers=False, manage_ticks=False, whis=(5, 95),
            boxprops={"color": PALE}, whiskerprops={"color": PALE}, capprops={"linewidth": 0},
            medianprops={"color": INK},
        )  # fmt: skip
        spread = x + np.random.default_rng(0).uniform(-0.18, 0.18, len(found))
        dots = [colours[target] for _, target in found]
        axes.scatter(spread, values, s=11, color=dots, alpha=0.8, linewidth=0, zorder=3)
        for place, (error, target) in list(zip(spread, found, strict=True))[-1:]:
            above = {"xytext": (0, 4), "textcoords": "offset points", "ha": "center"}
            axes.annotate(target, (place, error), **above, fontsize=7.5, color=MUTED)
    axes.set(title="Calibration error", xlim=(-0.6, len(models) - 0.4))
    axes.set_ylim(bottom=0)
    axes.set_xticks(range(len(models)), models)
    axes.tick_params(axis="x", length=0)
    axes.grid(True, axis="y")
    return figure


@rc_context(STYLE)
def training_history(histories, best_epochs):
    """Draw the loss of every epoch, a panel per model, a line per replicate; the epoch kept is marked.

    Parameters
    ----------
    histories : dict of (str, int) to pandas.DataFrame
        Model and seed to its history, with columns ``epoch train_loss validation_loss``.
    best_epochs : dict of (str, int) to int or None
        Model and seed to the epoch whose weights were kept; None of an imported model, whose history is empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    models = list(dict.fromkeys(model for model, _ in histories))
    across = min(3, len(models))
    down = -(-len(models) // across)
    figure = Figure(figsize=(1.2 + 3.2 * across, 0.6 + 2.7 * down), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False, sharey=True)
    for axes in panels.flat[len(models) :]:
        axes.remove()
    for model, axes in zip(models, panels.flat, strict=False):
        runs = [run for run in histories if run[0] == model]
        if best_epochs[runs[0]] is None:
            axes.set_title(model)
            axes.text(0.5, 0.5, "trained elsewhere", transform=axes.transAxes, ha="center", color=MUTED)
            axes.set_xticks([])
            continue
        for run in runs:
            history = histories[run]
            best = history[history["epoch"] == best_epochs[run]]
            look = {"linewidth": 1.6, "alpha": 1} if len(runs) == 1 else {"linewidth": 1.1, "alpha": 0.75}
            look["marker"] = "o" if len(history) == 1 else None
            axes.plot(history["epoch"], history["train_loss"], color=PALE, label="training", **look)
            axes.plot(history["epoch"], history["validation_loss"], color=COOL, label="validation", **look)
            axes.plot(best["epoch"], best["validation_loss"], "o", color=WARM, markersize=5, zorder=5, label="kept")
        kept = ", ".join(str(best_epochs[run]) for run in runs)
        axes.set_title(model)
        axes.set_title(f"kept: epoch {kept}", loc="right", fontsize=8, fontweight="normal", color=MUTED)
        axes.set_xlabel("Epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.grid(True, axis="y")
    for axes in panels[:, 0]:
        axes.set_ylabel("Loss")
    figure.legend(
        handles=[
            Line2D([], [], color=PALE, linewidth=1.8, label="training"),
            Line2D([], [], color=COOL, linewidth=1.8, label="validation"),
            Line2D([], [], color=WARM, marker="o", markersize=5, linestyle="none", label="epoch kept"),
        ],
        loc="outside lower center",
        ncols=3,
    )
    return figure


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
        _draw_logo(figure.add_axes((0, 0, 1, 1)), ppm, veil="white")
        return figure
    figure = Figure(figsize=(0.9 + 0.3 * length, 2.1), layout="constrained")
    axes = figure.add_subplot()
    _draw_logo(axes, ppm, veil="#eef1f4")
    axes.set_axis_on()
    axes.set(xlabel="Position", ylabel="Information (bits)", yticks=[0, 0.5, 1, 1.5, 2])
    axes.set_xticks(np.arange(length), np.arange(1, length + 1))
    axes.tick_params(axis="x", length=0)
    return figure


def _draw_logo(axes, ppm, veil=None):
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
def final_weights(weights, annotation):
    """Draw the final weights as a heat map, targets and units clustered (Euclidean distance, average linkage).

    Parameters
    ----------
    weights : pandas.DataFrame
        ``target`` and one column per unit; targets in the order of the configuration.
    annotation : pandas.DataFrame
        ``unit`` and ``tf``: the TF whose motif a unit reads; missing where there is none.

    Returns
    -------
    matplotlib.figure.Figure
        It grows with the matrix, so that every label can be read.
    """
    weights = weights.set_index("target")
    values = weights.to_numpy(dtype=float)
    n_targets, n_units = values.shape
    tfs = annotation.dropna(subset="tf").set_index("unit")["tf"]
    names = [f"{unit} · {tfs[unit]}" if unit in tfs.index else unit for unit in weights.columns]
    colours = target_colours(weights.index)

    # All is measured in inches, so that labels of any length and trees stand beside cells of any number.
    width, height = np.clip(6.5 / n_units, 0.13, 0.6), np.clip(3.2 / n_targets, 0.14, 0.45)
    size_x, size_y = min(8.5, 58 * width), min(9.5, 58 * height)
    tree, strip, gap, edge = 0.8, 0.09, 0.06, 0.15
    right = _text_width(weights.index, size_y) + strip + 3 * gap + edge
    below = _text_width(names, size_x) + 2 * gap + edge
    left, map_width, map_height = edge + 1.3 + gap, n_units * width, n_targets * height
    figure = Figure(figsize=(left + map_width + right, below + map_height + gap + tree + edge))

    rows = _draw_tree(_axes(figure, left - gap - tree, below, tree, map_height), values, "left")
    columns = _draw_tree(_axes(figure, left, below + map_height + gap, map_width, tree), values.T, "top")

    axes = _axes(figure, left, below, map_width, map_height)
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

    swatches = _axes(figure, left + map_width + gap, below, strip, map_height)
    swatches.set(xlim=(0, 1), ylim=(n_targets, 0))
    swatches.set_axis_off()
    for y, row in enumerate(rows):
        swatches.add_patch(Rectangle((0, y + 0.08), 1, 0.84, color=colours[weights.index[row]], linewidth=0))

    scale = _axes(figure, edge + 0.12, below + map_height + gap + 0.42, 1.0, 0.1)
    figure.colorbar(image, cax=scale, orientation="horizontal")
    scale.set_title("Final weight", fontsize=8.5, fontweight="normal", pad=4)
    scale.set_xticks([-reach, 0, reach] if low < 0 else [0, reach])
    scale.xaxis.set_major_formatter("{x:.3g}")
    scale.tick_params(labelsize=7.5, length=2, pad=2)
    scale.spines[:].set_visible(False)
    return figure


def _axes(figure, left, bottom, width, height):
    """Axes at a place given in inches."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def _text_width(labels, size):
    """Width in inches of the widest of some labels."""
    return max(TextPath((0, 0), label, size=size).get_extents().width for label in map(str, labels)) / 72


def _draw_tree(axes, vectors, side):
    """Cluster the rows of a matrix, draw the tree beside it and return the order of its leaves."""
    from scipy.cluster.hierarchy import dendrogram, linkage

    axes.set_axis_off()
    if (vectors == vectors[0]).all():
        return list(range(len(vectors)))
    tree = dendrogram(linkage(vectors, method="average", metric="euclidean", optimal_ordering=True), no_plot=True)
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


@rc_context(STYLE)
def label_counts(counts):
    """Draw how many regions are bound, unbound and of missing label, per target and split.

    Parameters
    ----------
    counts : pandas.DataFrame
        ``target split bound unbound missing``; targets and splits are drawn in the order in which they appear.

    Returns
    -------
    matplotlib.figure.Figure
        A panel per split, each on its own scale.
    """
    targets, splits = counts["target"].unique(), counts["split"].unique()
    colours = target_colours(targets)
    figure = Figure(figsize=(0.6 + 3.0 * len(splits), 1.25 + 0.3 * len(targets)), layout="constrained")
    panels = figure.subplots(1, len(splits), squeeze=False, sharey=True)[0]
    for split, axes in zip(splits, panels, strict=True):
        rows = counts[counts["split"] == split].set_index("target").reindex(targets)
        looks = {
            "bound": {"color": [colours[target] for target in targets]},
            "unbound": {"color": PALE},
            "missing": {"color": "white", "edgecolor": PALE, "hatch": "/////", "linewidth": 0.6},
        }
        start = np.zeros(len(targets))
        for label, look in looks.items():
            axes.barh(range(len(targets)), rows[label], left=start, height=0.68, label=label, **look)
            start = start + rows[label].to_numpy()
        for y, bound in enumerate(rows["bound"]):
            axes.text(start[y] + 0.015 * start.max(), y, f"{bound:,} bound", va="center", fontsize=7.5, color=MUTED)
        axes.set(title=split, xlabel="Regions", xlim=(0, 1.32 * start.max()), ylim=(len(targets) - 0.5, -0.5))
        axes.set_yticks(range(len(targets)), targets)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.grid(True, axis="x")
    figure.legend(
        handles=[
            tuple(Patch(facecolor=colours[target]) for target in targets[:3]),
            Patch(facecolor=PALE),
            Patch(facecolor="white", edgecolor=PALE, hatch="/////"),
        ],
        labels=["bound", "unbound", "missing"],
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0)},
        loc="outside lower center",
        ncols=3,
    )
    return figure


@rc_context(STYLE)
def region_quality(gc, evidence=None):
    """Draw what the labels rest on: the evidence of both sources, and the GC content of bound and unbound regions.

    Parameters
    ----------
    gc : pandas.DataFrame
        ``target label gc regions``, as from :func:`cam.regions.count_gc`.
    evidence : pandas.DataFrame, optional
        ``biosample target both remap_only unibind_only neither``, as from :func:`cam.regions.label`.

    Returns
    -------
    matplotlib.figure.Figure
        A row per target: how many regions both sources, or one of them, call bound (if there is evidence); the
        distribution of GC content.
    """
    targets = gc["target"].unique()
    colours = target_colours(targets)
    columns = 1 if evidence is None else 2
    figure = Figure(figsize=(4.2 * columns, 0.9 + 1.05 * len(targets)), layout="constrained")
    panels = figure.subplots(len(targets), columns, squeeze=False, sharex="col")
    for target, row in zip(targets, panels, strict=True):
        axes = row[-1]
        for label, look in {"unbound": {"color": MUTED}, "bound": {"color": colours[target], "linewidth": 1.8}}.items():
            counts = gc[(gc["target"] == target) & (gc["label"] == label)]
            share = counts["regions"] / max(counts["regions"].sum(), 1)
            edges = [*counts["gc"], 1.0]
            axes.stairs(share, edges, label=label, **look)
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.yaxis.set_major_locator(MaxNLocator(3))
        axes.grid(True, axis="y")
        axes.set_xlim(0, 1)
        if evidence is None:
            axes.set_ylabel(target)
            continue
        called = evidence[evidence["target"] == target][["both", "remap_only", "unibind_only"]].sum()
        shades = (colours[target], to_hex(0.5 + 0.5 * np.array(to_rgb(colours[target]))), PALE)
        row[0].barh(range(3), called, color=shades, height=0.7)
        for y, count in enumerate(called):
            row[0].annotate(f"{count:,}", (count, y), (4, 0), textcoords="offset points", va="center", fontsize=7.5)
        row[0].set_yticks(range(3), ["both", "ReMap only", "UniBind only"])
        row[0].tick_params(axis="y", length=0)
        row[0].set_title(target)
        row[0].set_ylim(2.5, -0.5)
    panels[0, -1].legend(loc="upper right")
    panels[-1, -1].set_xlabel("GC content of the regions used")
    if evidence is not None:
        most = evidence.groupby("target")[["both", "remap_only", "unibind_only"]].sum().to_numpy().max()
        panels[-1, 0].set(xlabel="Open regions called bound by", xlim=(0, 1.2 * max(most, 1)))
        panels[-1, 0].xaxis.set_major_formatter("{x:,.0f}")
        panels[-1, 0].xaxis.set_major_locator(MaxNLocator(4))
    return figure


@rc_context(STYLE)
def genetic(history, outputs, unit, direction):
    """Draw how the genetic algorithm climbed, and how all units respond to the sequences it ended with.

    Parameters
    ----------
    history : pandas.DataFrame
        ``generation mean_fitness best_fitness``.
    outputs : pandas.DataFrame
        ``set`` (``ga`` or ``random``) and one column of outputs per unit; a row per sequence.
    unit : str
        The unit whose output was optimised.
    direction : {"max", "min"}

    Returns
    -------
    matplotlib.figure.Figure
        Three panels: fitness per generation; that unit's output on GA and random sequences; every unit's output on
        both (median, quartiles, 5th and 95th percentile), or that of the 20 units that differ most if there are more.
    """
    units = [column for column in outputs.columns if column not in ("name", "set")]
    evolved, random = (outputs.loc[outputs["set"] == kind, units] for kind in ("ga", "random"))
    shown = units
    if len(units) > 20:
        shift = ((evolved.mean() - random.mean()) / (random.std() + 1e-9)).abs()
        shown = [name for name in units if name in {unit, *shift.drop(unit).nlargest(19).index}]
    colour, verb, fitness = {
        "max": (WARM, "maximised", "Fitness (pre-activation)"),
        "min": (COOL, "minimised", "Fitness (negative pre-activation)"),
    }[direction]
    room = 0.27 * max(10, len(shown))
    figure = Figure(figsize=(6.4 + room, 3.4), layout="constrained")
    climb, spread, response = figure.subplots(1, 3, width_ratios=(2.7, 2.7, room))

    dot = "o" if len(history) == 1 else None
    climb.plot(history["generation"], history["best_fitness"], color=INK, linewidth=1.1, linestyle=LINES[1], marker=dot)
    climb.plot(history["generation"], history["mean_fitness"], color=colour, linewidth=1.8, marker=dot)
    climb.set(title=f"{unit}, {verb}", xlabel="Generation", ylabel=fitness)
    climb.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    climb.grid(True, axis="y")

    bins = np.histogram_bin_edges(pd.concat([evolved[unit], random[unit]]), bins=30)
    for frame, look in ((random, PALE), (evolved, colour)):
        spread.hist(frame[unit], bins=bins, weights=np.full(len(frame), 1 / len(frame)), color=look, alpha=0.75)
    spread.set(title=f"Output of {unit}", xlabel="Unit output", ylabel="Share of the sequences")
    spread.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    spread.grid(True, axis="y")

    for offset, frame, look in ((-0.2, random, PALE), (0.2, evolved, colour)):
        response.boxplot(
            frame[shown].to_numpy(),
            positions=np.arange(len(shown)) + offset,
            widths=0.34,
            whis=(5, 95),
            showfliers=False,
            patch_artist=True,
            boxprops={"facecolor": look, "edgecolor": look, "linewidth": 0.8},
            whiskerprops={"color": look, "linewidth": 1.1},
            capprops={"linewidth": 0},
            medianprops={"color": INK, "linewidth": 1.1},
            manage_ticks=False,
        )
    title = "Outputs of all units" if shown == units else f"Outputs of {len(shown)} of {len(units)} units"
    response.set(title=title, ylabel="Unit output", xlim=(-0.6, len(shown) - 0.4))
    response.set_xticks(range(len(shown)), shown, rotation=90)
    response.tick_params(axis="x", length=0)
    response.get_xticklabels()[shown.index(unit)].set(color=colour, fontweight="bold")
    response.grid(True, axis="y")
    figure.legend(
        handles=[
            Line2D([], [], color=colour, linewidth=1.8, label="mean fitness"),
            Line2D([], [], color=INK, linewidth=1.1, linestyle=LINES[1], label="best fitness"),
            Patch(facecolor=colour, label=f"{len(evolved):,} sequences of the genetic algorithm"),
            Patch(facecolor=PALE, label=f"{len(random):,} random sequences"),
        ],
        loc="outside lower center",
        ncols=4,
    )
    return figure


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
    left = edge + gap + (_text_width(labels, 8.5) if labels else 0)
    tall = row * max(len(rows), 1)
    figure = Figure(figsize=(left + bars + gap + letter * longest + edge, below + tall + edge))
    axes = _axes(figure, left, below, bars, tall)
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
            _draw_logo(_axes(figure, left + bars + gap, bottom, letter * len(ppm), 0.84 * row), ppm)
    return figure


@rc_context(STYLE)
def sweep_performance(table, targets):
    """Draw how well CAMs predict against their number of units, beside the baselines.

    Parameters
    ----------
    table : pandas.DataFrame
        As from :func:`cam.sweep.summarise`.
    targets : sequence of str

    Returns
    -------
    matplotlib.figure.Figure
        A row for the mean of the targets, if there are several, and for every target; MCC on the left, AUROC on the
        right, each panel on its own scale.
    """
    rows = {target: target for target in targets}
    if len(targets) > 1:
        rows = {"macro": "Mean of the targets", **rows}
    figure = Figure(figsize=(6.8, 1.0 + 1.7 * len(rows)), layout="constrained")
    panels = figure.subplots(len(rows), 2, squeeze=False, sharex=True)
    for (target, title), (left, right) in zip(rows.items(), panels, strict=True):
        for axes, metric in ((left, "mcc"), (right, "auroc")):
            _draw_sweep(axes, table, f"{target}.{metric}")
            axes.set_ylabel(metric.upper())
            axes.yaxis.set_major_locator(MaxNLocator(5))
        left.set_title(title)
    _finish_sweep(figure, panels[-1], table)
    return figure


@rc_context(STYLE)
def sweep_training_time(table):
    """Draw how long CAMs train against their number of units, beside the baselines.

    Parameters
    ----------
    table : pandas.DataFrame
        As from :func:`cam.sweep.summarise`.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels: the whole training, and its fastest epoch.
    """
    figure = Figure(figsize=(6.8, 3.2), layout="constrained")
    panels = figure.subplots(1, 2)
    devices = [{"cpu": "CPU", "cuda": "GPU"}[device] for device in table["device"].unique()]
    columns = {"seconds": "Training", "seconds_per_epoch": "Fastest epoch"}
    for axes, (column, title) in zip(panels, columns.items(), strict=True):
        _draw_sweep(axes, table, column)
        axes.set(title=title, ylabel=f"Seconds ({', '.join(devices)})")
        axes.set_ylim(0, 1.06 * table[column].max())
    _finish_sweep(figure, panels, table)
    return figure


def _draw_sweep(axes, table, column):
    """One figure of all runs: a line of medians per constraint, a point per replicate, a band per baseline."""
    cams, baselines = table.dropna(subset="units"), table[table["units"].isna()]
    for line, (_, values) in zip(cycle(LINES), baselines.groupby("model", sort=False)[column], strict=False):
        axes.axhspan(values.min(), values.max(), color=PALE, alpha=0.4, linewidth=0)
        axes.axhline(values.median(), color=MUTED, linewidth=1.3, linestyle=line)
    units = sorted(int(number) for number in cams["units"].unique())
    low, high = units[0] / 1.3, units[-1] * 1.3
    for (non_negative, look), side in zip(CONSTRAINTS.items(), (-1, 1), strict=True):
        runs = cams[cams["non_negative"] == non_negative]
        medians = runs.groupby("units")[column].median()
        beside = (high / low) ** (0.007 * side)  # so that neither hides the other
        axes.plot(medians.index * beside, medians, color=look["color"], linewidth=1.4)
        axes.plot(runs["units"] * beside, runs[column], **look, markersize=3.6, alpha=0.7, linestyle="none")
    axes.set(xscale="log", xlim=(low, high))
    named = []  # of the ticks; numbers that are too close to the one before are left out
    for number in units:
        if not named or number >= named[-1] * (high / low) ** 0.09:
            named.append(number)
    axes.set_xticks(units, [number if number in named else "" for number in units])
    axes.set_xticks([], minor=True)
    axes.grid(True, axis="y")


def _finish_sweep(figure, lowest, table):
    """The axis of units, and the legend."""
    for axes in lowest:
        axes.set_xlabel("Number of units")
    handles = [Line2D([], [], **look, linewidth=1.6, markersize=4) for look in CONSTRAINTS.values()]
    labels = [look["label"] for look in CONSTRAINTS.values()]
    for line, name in zip(cycle(LINES), table.loc[table["units"].isna(), "model"].unique(), strict=False):
        handles.append((Patch(color=PALE, alpha=0.4), Line2D([], [], color=MUTED, linewidth=1.3, linestyle=line)))
        labels.append(name)
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
