"""Figures of how well models predict, and how they were trained."""

from itertools import cycle

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter, PercentFormatter, StrMethodFormatter

from ..evaluation.tasks import prediction_table
from .style import COOL, INK, LINES, MUTED, PALE, STYLE, WARM, WEIGHTS, at_inches, axes_at, target_colours

MOST_CURVES = 20  # targets; of more, curves cannot be told from each other
LOSSES = {"binding": "Loss", "pearson": "Loss, 1 − Pearson correlation", "mse": "Loss, mean squared error"}


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
        The areas under the curves stand in the legends; "n/a" where a target has only one class of known labels. Of
        more than 20 targets there are no curves, but a point for each: its area against its number of bound regions.
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

    if len(targets) > MOST_CURVES:
        return _areas(predictions, targets)
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


def _areas(predictions, targets):
    """Draw the areas under the curves of many targets against their numbers of bound regions; a colour per model."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    figure = Figure(figsize=(9.2, 4.6), layout="constrained")
    panels = figure.subplots(1, 2)
    guesses = set()
    for model, colour in zip(predictions, cycle([INK, WARM, COOL, MUTED]), strict=False):
        points = []
        for target in targets:
            known = predictions[model][[f"{target}.label", f"{target}.probability"]].dropna()
            label, probability = known.to_numpy(float).T
            if len(np.unique(label)) == 2:
                areas = roc_auc_score(label, probability), average_precision_score(label, probability)
                points.append((label.sum(), label.mean(), *areas, target))
        if not points:  # every target has only one class of known labels
            continue
        for axes, area in zip(panels, (2, 3), strict=True):
            values = np.array([point[area] for point in points])
            axes.scatter(
                [point[0] for point in points], values, s=16, color=colour, alpha=0.65, linewidth=0, zorder=3,
                label=f"{model}: mean {values.mean():.3f}, median {np.median(values):.3f}",
            )  # fmt: skip
            for point in sorted(points, key=lambda point: point[area])[-3:]:
                axes.annotate(
                    point[4], (point[0], point[area]), (3, 3), textcoords="offset points", fontsize=7, color=colour
                )
        guesses |= {(bound, share) for bound, share, *_ in points}
    panels[0].axhline(0.5, color=PALE, linewidth=1, zorder=1)
    panels[1].scatter(
        *np.array(sorted(guesses)).reshape(-1, 2).T, s=12, marker="_", color=MUTED, linewidth=1, label="of a guess"
    )
    panels[0].set(ylabel="AUROC", title="ROC")
    panels[1].set(ylabel="AUPRC", title="Precision and recall")
    for axes in panels:
        axes.set(xscale="log", xlabel="Bound test regions", ylim=(None, 1.02))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.grid(True)
        if axes.collections:
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=8)
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
    side, gap, head, foot = 1.2, 0.1, 0.55, 0.5  # in inches: a matrix, between two, above and below them
    wide, high = len(models) * (side + gap) + 0.55, head + side + foot
    figure = Figure(figsize=(across * wide, down * high))
    for number, target in enumerate(targets):
        left, bottom = number % across * wide + 0.5, (down - 1 - number // across) * high + foot
        middle = left + (len(models) * (side + gap) - gap) / 2
        figure.text(
            *at_inches(figure, middle, bottom + side + 0.3), target, ha="center", fontweight="bold",
            fontsize=10, color=colours[target],
        )  # fmt: skip
        for column, model in enumerate(models):
            axes = axes_at(figure, left + column * (side + gap), bottom, side, side)
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
    from ..evaluation.binding import calibration_error

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
    from ..evaluation.binding import reliability

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
def training_history(histories, best_epochs, losses):
    """Draw the loss of every epoch, a panel per model, a line per replicate; the epoch kept is marked.

    Parameters
    ----------
    histories : dict of (str, int) to pandas.DataFrame
        Model and seed to its history, with columns ``epoch train_loss validation_loss`` and, of the best of several
        trainings, ``start``.
    best_epochs : dict of (str, int) to int or None
        Model and seed to the epoch whose weights were kept; None of an imported model, whose history is empty.
    losses : dict of str to {"binding", "pearson", "mse"}
        Model to the loss that it was trained with. If they differ, every panel has a scale of its own.

    Returns
    -------
    matplotlib.figure.Figure
    """
    models = list(dict.fromkeys(model for model, _ in histories))
    across = min(3, len(models))
    down = -(-len(models) // across)
    figure = Figure(figsize=(1.2 + 3.2 * across, 0.6 + 2.7 * down), layout="constrained")
    alike = len(set(losses.values())) == 1
    panels = figure.subplots(down, across, squeeze=False, sharey=alike)
    for axes in panels.flat[len(models) :]:
        axes.remove()
    for model, axes in zip(models, panels.flat, strict=False):
        runs = [run for run in histories if run[0] == model]
        if not alike or axes in panels[:, 0]:
            axes.set_ylabel(LOSSES[losses[model]])
        if best_epochs[runs[0]] is None:
            axes.set_title(model)
            axes.text(0.5, 0.5, "trained elsewhere", transform=axes.transAxes, ha="center", color=MUTED)
            axes.set_xticks([])
            continue
        for run in runs:
            history = histories[run]
            best = history[history["epoch"] == best_epochs[run]]
            look = {"linewidth": 1.6, "alpha": 1} if len(runs) == 1 else {"linewidth": 1.1, "alpha": 0.75}
            # The best of several trainings is a line for each.
            for _, own in history.groupby("start") if "start" in history else [(1, history)]:
                look["marker"] = "o" if len(own) == 1 else None
                axes.plot(own["epoch"], own["train_loss"], color=PALE, label="training", **look)
                axes.plot(own["epoch"], own["validation_loss"], color=COOL, label="validation", **look)
            axes.plot(best["epoch"], best["validation_loss"], "o", color=WARM, markersize=5, zorder=5, label="kept")
        kept = ", ".join(str(best_epochs[run]) for run in runs)
        axes.set_title(model)
        axes.set_title(f"kept: epoch {kept}", loc="right", fontsize=8, fontweight="normal", color=MUTED)
        axes.set_xlabel("Epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.grid(True, axis="y")
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


def binding_performance(responses, metrics, seed):
    """The figures of how well models predict binding.

    Parameters
    ----------
    responses : dict of (str, int) to cam.interpretation.responses.Responses
        By model and seed.
    metrics : dict of (str, int) to dict
        The contents of ``metrics.json``, likewise.
    seed : int
        The one that is drawn.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``curves calibration confusion``.
    """
    shown = {model: found for (model, of_seed), found in responses.items() if of_seed == seed}
    targets = next(iter(shown.values())).targets
    predictions = {model: prediction_table(np.arange(len(found.labels)), found) for model, found in shown.items()}
    thresholds = {
        model: {target: metrics[model, seed]["test"][target]["threshold"] for target in targets} for model in shown
    }
    return {
        "curves": performance(predictions, targets),
        "calibration": calibration(predictions, targets),
        "confusion": confusion(predictions, thresholds, targets),
    }
