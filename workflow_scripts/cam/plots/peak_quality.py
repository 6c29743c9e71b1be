"""Figure of the user's own peaks: how many there are, how wide they are, and how far they agree."""

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, PercentFormatter

from .style import INK, MUTED, PALE, STYLE, target_colours

_FEW, _MOST_NAMED = 30, 100  # files: up to the first they are drawn with room, up to the second they are named
_LONGEST = 28  # letters of a name
_LOST = {
    "filtered": ({"facecolor": "white", "edgecolor": PALE, "hatch": "/////", "linewidth": 0.4}, ["min_score", "top"]),
    "elsewhere": ({"facecolor": PALE}, ["other_chromosomes", "unknown_chromosomes", "beyond_end"]),
}
_MARKS = {  # marker, size, and whether it is filled
    "summit in a candidate": ("o", 4, True),
    "other files of the target: bases (Jaccard)": ("D", 4, False),
    "other files of the target: ranks (Spearman)": ("s", 4, False),
    "most similar target: bound regions (Jaccard)": ("|", 7, True),
}


@rc_context(STYLE)
def peak_quality(peaks, overlap, targets):
    """Draw the quality of files of peaks.

    Parameters
    ----------
    peaks : pandas.DataFrame
        As from :func:`cam.data.peak_quality.describe_peaks`; files are drawn in its order.
    overlap : pandas.DataFrame
        As from :func:`cam.data.peak_quality.compare_files` and :func:`cam.data.peak_quality.compare_targets`.
    targets : sequence of str
        All of the experiment, in the order of the configuration.

    Returns
    -------
    matplotlib.figure.Figure
        A row per file. Left: peaks that are used, in the colour of the target, filtered out, and elsewhere than the
        regions. Middle: the widths of those used, median, quartiles, and from 5 to 95 %. Right: the share with a
        summit in a candidate, and the means of how far they agree with those of other files of the target. Of over
        100 files, the rows are numbered instead of named.
    """
    n = len(peaks)
    letters, height, thick = (
        (8, 0.24, 3.2) if n <= _FEW else (6.5, 0.115, 2.2) if n <= _MOST_NAMED else (8, 11 / n, 1.2)
    )
    figure = Figure(figsize=(10.4, 1.5 + height * max(n, 3)), layout="constrained")
    counts, widths, shares = figure.subplots(1, 3, sharey=True)
    rows = np.arange(1, n + 1)
    colours = target_colours(targets)
    shades = [colours.get(target, MUTED) for target in peaks["target"]]

    counts.barh(rows, peaks["used"], height=0.7, color=shades)
    left = peaks["used"].to_numpy()
    for look, reasons in _LOST.values():
        lost = peaks[[f"lost_{reason}" for reason in reasons]].sum(axis=1).to_numpy()
        counts.barh(rows, lost, left=left, height=0.7, **look)
        left = left + lost
    if n <= _FEW:
        for row, end, used in zip(rows, left, peaks["used"], strict=True):
            counts.annotate(
                f"{used:,}", (end, row), (4, 0), textcoords="offset points", va="center", fontsize=7.5, color=MUTED
            )
    counts.set(title="Peaks", xlabel="Peaks in the file", xlim=(0, (1.25 if n <= _FEW else 1.05) * left.max()))
    counts.xaxis.set_major_locator(MaxNLocator(4))
    counts.xaxis.set_major_formatter("{x:,.0f}")

    widths.hlines(rows, peaks["width_5"], peaks["width_95"], color=shades, linewidth=0.35 * thick)
    widths.hlines(rows, peaks["width_25"], peaks["width_75"], color=shades, linewidth=thick)
    widths.plot(peaks["width_50"], rows, linestyle="none", marker="o", markersize=thick, color=INK)
    widths.set_xscale("log")
    widths.set(title="Widths", xlabel="Width of the peaks used [bp]")
    widths.set_xlim(peaks["width_5"].min() / 1.6, peaks["width_95"].max() * 1.6)
    spans = np.log10(peaks["width_95"].max() / peaks["width_5"].min())
    widths.xaxis.set_major_locator(LogLocator(subs=(1,) if spans > 1.5 else (1, 2, 5), numticks=12))
    widths.xaxis.set_minor_locator(NullLocator())
    widths.xaxis.set_major_formatter("{x:,.0f}")

    marked = dict(zip(_MARKS, [peaks["in_candidates"], *_agreement(peaks, overlap)], strict=True))
    marked = {name: values.to_numpy() for name, values in marked.items() if values.notna().any()}
    handles = [tuple(Patch(facecolor=colours[target]) for target in targets[:3])]
    handles += [Patch(**look) for look, _ in _LOST.values()]
    for name, values in marked.items():
        marker, across, filled = _MARKS[name]
        look = {} if marker == "|" else {"edgecolors": shades}
        shares.scatter(values, rows, s=across**2, marker=marker, c=shades if filled else "white", **look)
        face = INK if filled else "white"
        handles.append(
            Line2D([], [], linestyle="none", marker=marker, markersize=across, color=INK, markerfacecolor=face)
        )
    lowest = min(0, *map(np.nanmin, marked.values()))
    shares.set(title="Agreement", xlabel="Share, or correlation", xlim=(lowest - 0.02, 1.02))
    shares.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))

    room = max(3 - n, 0) / 2  # of one or two bars
    counts.set_ylim(n + 0.6 + room, 0.4 - room)
    if n <= _MOST_NAMED:
        counts.set_yticks(rows, _names(peaks), fontsize=letters)
    else:
        counts.yaxis.set_major_locator(MaxNLocator(11, integer=True))
        counts.set_ylabel("Row of peaks.tsv")
    for axes in (counts, widths, shares):
        axes.tick_params(axis="y", length=0)
        axes.grid(True, axis="x")
    figure.legend(
        handles=handles,
        labels=["used", *_LOST, *marked],
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0)},
        loc="outside lower center",
        ncols=4,
    )
    return figure


def _agreement(peaks, overlap):
    """Per file: mean Jaccard and mean Spearman with other files of its target, largest Jaccard with another target."""
    both = pd.concat([overlap, overlap.rename(columns={"first": "second", "second": "first"})])
    files, pairs = both[both["pairs"] == "files"], both[both["pairs"] == "targets"]
    means = files.groupby(["target", "first"])[["jaccard", "spearman"]].mean()
    found = means.reindex(pd.MultiIndex.from_frame(peaks[["target", "file"]]))
    most = pairs.groupby("first")["jaccard"].max().reindex(peaks["target"])
    return found["jaccard"], found["spearman"], most


def _names(peaks):
    """What the files are called: the target, the biosample if there is one, a number if there are several."""
    biosamples = peaks["biosample"].astype(object).fillna("")
    names = peaks["target"].astype(object) + (", " + biosamples).where(biosamples != "", "")
    number = names.groupby(names).cumcount() + 1
    names = names.where(~names.duplicated(keep=False), names + " · " + number.astype(str))
    half = _LONGEST // 2
    return [name if len(name) <= _LONGEST else f"{name[:half]}…{name[-half:]}" for name in names]
