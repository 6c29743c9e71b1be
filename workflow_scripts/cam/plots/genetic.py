"""Figure of the genetic algorithm."""

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .style import COOL, INK, LINES, PALE, STYLE, WARM


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
