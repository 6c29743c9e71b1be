"""Figures of the unit sweep."""

from itertools import cycle

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from .style import COOL, LINES, MUTED, PALE, STYLE, WARM

CONSTRAINTS = {  # of the final weights, in the unit sweep
    True: {"color": COOL, "marker": "o", "label": "CAM, non-negative final weights"},
    False: {"color": WARM, "marker": "D", "label": "CAM, free final weights"},
}


@rc_context(STYLE)
def sweep_performance(table, targets):
    """Draw how well CAMs predict against their number of units, beside the baselines.

    Parameters
    ----------
    table : pandas.DataFrame
        As from :func:`cam.evaluation.sweep.summarise`.
    targets : sequence of str

    Returns
    -------
    matplotlib.figure.Figure
        A row for the mean of the targets, if there are several, and for every target; MCC on the left, AUROC on the
        right, each panel on its own scale. Where real numbers are predicted there is one row: the mean correlation of
        the regions, and the mean centred correlation of the targets; or that of a single target across the regions.
    """
    metrics = {"mcc": "MCC", "auroc": "AUROC"}
    rows = {target: target for target in targets}
    if "macro.region_pearson" in table:
        metrics = {"region_pearson": "Pearson correlation", "centred_pearson": "Centred correlation"}
        rows = {"macro": "Mean of the regions, mean of the targets"}
    elif "macro.pearson" in table:  # of a single target
        metrics, rows = {"pearson": "Pearson correlation"}, {"macro": "Across the test regions"}
    elif len(targets) > 1:
        rows = {"macro": "Mean of the targets", **rows}
    figure = Figure(figsize=(6.8, 1.0 + 1.7 * len(rows)), layout="constrained")
    panels = figure.subplots(len(rows), len(metrics), squeeze=False, sharex=True)
    for (target, title), row in zip(rows.items(), panels, strict=True):
        for axes, (metric, name) in zip(row, metrics.items(), strict=True):
            _draw_sweep(axes, table, f"{target}.{metric}")
            axes.set_ylabel(name)
            axes.yaxis.set_major_locator(MaxNLocator(5))
        row[0].set_title(title)
    _finish_sweep(figure, panels[-1], table)
    return figure


@rc_context(STYLE)
def sweep_training_time(table):
    """Draw how long CAMs train against their number of units, beside the baselines.

    Parameters
    ----------
    table : pandas.DataFrame
        As from :func:`cam.evaluation.sweep.summarise`.

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
