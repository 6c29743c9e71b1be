"""Figure of the genetic algorithm."""

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .style import COOL, INK, LINES, PALE, STYLE, WARM, box_style, text_width, unit_labels


@rc_context(STYLE)
def genetic(history, outputs, annotation, subject, direction, logits=None, binding=True, most=20):
    """Draw how the genetic algorithm climbed, and how all units respond to the sequences it ended with.

    Parameters
    ----------
    history : pandas.DataFrame
        As from :func:`cam.genetic.evolve`.
    outputs : pandas.DataFrame
        ``set`` (``ga`` or ``random``) and one column of outputs per unit; a row per sequence.
    annotation : pandas.DataFrame
        ``unit tf``, by which units are named.
    subject : str
        The unit whose output was optimised, or the target whose logit or prediction was.
    direction : {"max", "min"}
    logits : array-like of float, shape (n,), optional
        Of the target, for the rows of ``outputs``; in regression its predictions less their mean over targets.
    binding : bool
    most : int
        How many units to draw at most: those whose outputs differ most, and the subject.

    Returns
    -------
    matplotlib.figure.Figure
        Four panels: fitness per generation; distance between the sequences per generation; the subject's output on
        GA and random sequences; every unit's output on both (median, quartiles, 5th and 95th percentile).
    """
    units = [column for column in outputs.columns if column not in ("name", "set")]
    is_ga = (outputs["set"] == "ga").to_numpy()
    evolved, random = outputs.loc[is_ga, units], outputs.loc[~is_ga, units]
    shift = ((evolved.mean() - random.mean()) / (random.std() + 1e-9)).abs()
    if subject in units:
        shift[subject] = np.inf
    chosen = set(shift.nlargest(most).index)
    shown = [unit for unit in units if unit in chosen]
    labels = dict(zip(units, unit_labels(units, annotation), strict=True))
    colour, verb, sign = {"max": (WARM, "maximised", ""), "min": (COOL, "minimised", "negative ")}[direction]
    climbed, measured = ("pre-activation", "output") if logits is None else 2 * ("logit" if binding else "prediction",)
    beyond = "" if logits is None or binding else " above the mean"
    values = outputs[subject].to_numpy() if logits is None else np.asarray(logits)

    title = f"{labels.get(subject, subject)}, {verb}"
    left, height = max(3.3, 1.1 * text_width([title], 10)), max(5.2, 1.3 + 0.27 * len(shown))
    figure = Figure(figsize=(left + 4.6, height), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(left, 3.2), height_ratios=(3.8, 1.7))
    above = grid[0, 0].subgridspec(2, 1, height_ratios=(2.4, 1))
    climb = figure.add_subplot(above[0])
    apart = figure.add_subplot(above[1], sharex=climb)
    spread, response = figure.add_subplot(grid[1, 0]), figure.add_subplot(grid[:, 1])

    dot, generations = "o" if len(history) == 1 else None, history["generation"]
    climb.plot(generations, history["best_fitness"], color=INK, linewidth=1.1, linestyle=LINES[1], marker=dot)
    climb.plot(generations, history["mean_fitness"], color=colour, linewidth=1.8, marker=dot)
    climb.set(title=title, ylabel=f"Fitness\n({sign}{climbed}{beyond})")
    climb.tick_params(axis="x", labelbottom=False)
    climb.grid(True, axis="y")
    apart.axhline(history["distance"].iloc[0], color=PALE, linewidth=1.8)
    apart.plot(generations, history["distance"], color=colour, linewidth=1.8, marker=dot)
    end = history.iloc[-1]
    outcome = "converged after" if end["converged"] else "not converged after"
    apart.set(ylim=(0, 0.85), ylabel="Distance", xlabel=f"Generation ({outcome} {end['generation']:,})")
    apart.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    apart.grid(True, axis="y")

    bins = np.histogram_bin_edges(values, bins=30)
    for rows, look in ((~is_ga, PALE), (is_ga, colour)):
        spread.hist(values[rows], bins=bins, weights=np.full(rows.sum(), 1 / rows.sum()), color=look, alpha=0.75)
    spread.set(xlabel=f"{measured.capitalize()} of {subject}{beyond}", ylabel="Share of\nthe sequences")
    spread.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    spread.grid(True, axis="y")

    for offset, frame, look in ((-0.2, evolved, colour), (0.2, random, PALE)):
        response.boxplot(
            frame[shown].to_numpy(),
            positions=np.arange(len(shown)) + offset,
            widths=0.34,
            whis=(5, 95),
            orientation="horizontal",
            **box_style(look),
        )
    name = "Outputs of all units" if shown == units else f"Outputs of {len(shown)} of {len(units)} units"
    response.set(title=name, xlabel="Unit output", ylim=(len(shown) - 0.4, -0.6))
    response.set_yticks(range(len(shown)), [labels[unit] for unit in shown])
    response.tick_params(axis="y", length=0)
    if subject in shown:
        response.get_yticklabels()[shown.index(subject)].set(color=colour, fontweight="bold")
    response.grid(True, axis="x")
    kept = f"{len(evolved):,} sequences of the genetic algorithm"
    if end["distinct"] < len(evolved):
        kept += f" ({end['distinct']:,} distinct)"
    figure.legend(
        handles=[
            Line2D([], [], color=colour, linewidth=1.8, label="mean"),
            Line2D([], [], color=INK, linewidth=1.1, linestyle=LINES[1], label="best"),
            Patch(facecolor=colour, label=kept),
            Patch(facecolor=PALE, label=f"{len(random):,} random sequences"),
        ],
        loc="outside lower center",
        ncols=4,
    )
    return figure
