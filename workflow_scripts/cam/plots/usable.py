"""The figure of whether a model is usable: how it grows with the data, and simpler models beside it."""

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..evaluation.usable import METRICS
from .style import COOL, INK, MUTED, PALE, STYLE


@rc_context(STYLE)
def usable(curve, models):
    """Draw scores by the number of training regions, and beside those of other models.

    Parameters
    ----------
    curve : pandas.DataFrame
        As from :func:`cam.evaluation.usable.learning_curve`; the seeds are text.
    models : pandas.DataFrame
        As from :func:`cam.evaluation.usable.compare_models`.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each metric, of the mean of the targets. Bars are 95 % intervals, small dots single seeds where there
        are several, and a grey line is chance.
    """
    metrics, n_models = models["metric"].unique(), models["model"].nunique()
    figure = Figure(figsize=(7.4, 0.5 + len(metrics) * max(2.2, 0.9 + 0.25 * n_models)), layout="constrained")
    panels = figure.subplots(len(metrics), 2, squeeze=False)
    for metric, (left, right) in zip(metrics, panels, strict=True):
        name, chance = METRICS[metric]
        name = name[0].upper() + name[1:]
        _draw_curve(left, curve[(curve["metric"] == metric) & (curve["target"] == "macro")])
        _draw_models(right, models[(models["metric"] == metric) & (models["target"] == "macro")])
        if chance is not None:
            right.axvline(chance, color=PALE, linewidth=1, zorder=1)
        left.set_ylabel(name)
        right.set_xlabel(name)
    panels[0, 0].set_title("With fewer training regions")
    panels[0, 1].set_title("Beside other models")
    panels[-1, 0].set_xlabel("Training regions")
    return figure


def _draw_curve(axes, curve):
    """The mean of the seeds, or the only one, with its interval; and the seeds."""
    several = (curve["seed"] == "mean").any()
    shown = curve[curve["seed"] == "mean"] if several else curve
    look = {"color": COOL, "marker": "o", "markersize": 4.5, "linewidth": 1.4, "elinewidth": 1.1, "capsize": 0}
    axes.errorbar(shown["regions"], shown["value"], _reach(shown), **look)
    if several:
        single = curve[curve["seed"] != "mean"]
        axes.plot(single["regions"], single["value"], "o", color=INK, markersize=2, linestyle="none", zorder=3)
    axes.set_xlim(0, 1.08 * curve["regions"].max())
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(True, axis="y")


def _draw_models(axes, models):
    """A dot with its interval for each model, the interpreted one on top."""
    names = list(models["model"])
    for place in range(len(names)):
        row, colour = models.iloc[[place]], MUTED if place else COOL
        axes.errorbar(row["value"], [place], xerr=_reach(row), color=colour, marker="o", markersize=4.5, elinewidth=1.1)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(True, axis="x")


def _reach(table):
    """How far the intervals reach, below and above."""
    return [table["value"] - table["low"], table["high"] - table["value"]]
