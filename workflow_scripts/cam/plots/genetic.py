"""Figure of the genetic algorithm."""

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .style import COOL, INK, LINES, PALE, STYLE, WARM, box_style, text_width, unit_labels


@rc_context(STYLE)
def genetic(history, outputs, annotation, subject, direction, logits=None, task="binding", unchanged=False, most=20):
    """Draw how the genetic algorithm climbed, and how all units respond to the sequences it ended with.

    Parameters
    ----------
    history : pandas.DataFrame
        As from :func:`cam.design.genetic.evolve`.
    outputs : pandas.DataFrame
        ``set`` (``ga``, ``random``, and ``start`` if it began with other sequences than random ones) and one column of
        outputs per unit; a row per sequence.
    annotation : pandas.DataFrame
        ``unit tf``, by which units are named.
    subject : str
        The unit whose output was optimised, or the target whose logit or prediction was.
    direction : {"max", "min"}
    logits : array-like of float, shape (n,), optional
        Of the target, for the rows of ``outputs``; in regression its predictions less their mean over targets.
    task : {"binding", "regression"}
    unchanged : bool
        Whether the run left the output as it was; the title says so.
    most : int
        How many units to draw at most: those whose outputs differ most, and the subject.

    Returns
    -------
    matplotlib.figure.Figure
        Four panels: fitness per generation; distance between the sequences per generation; the subject's output on
        GA and random sequences, and on those of the start; every unit's output on these (median, quartiles, 5th and
        95th percentile).
    """
    units = [column for column in outputs.columns if column not in ("name", "set")]
    chosen_rows = {kind: (outputs["set"] == kind).to_numpy() for kind in ("ga", "start", "random")}
    evolved, begun, random = (outputs.loc[rows, units] for rows in chosen_rows.values())
    shift = ((evolved.mean() - random.mean()) / (random.std() + 1e-9)).abs()
    if subject in units:
        shift[subject] = np.inf
    chosen = set(shift.nlargest(most).index)
    shown = [unit for unit in units if unit in chosen]
    labels = dict(zip(units, unit_labels(units, annotation), strict=True))
    colour, verb, sign = {"max": (WARM, "maximised", ""), "min": (COOL, "minimised", "negative ")}[direction]
    climbed = measured = "output" if logits is None else "logit" if task == "binding" else "prediction"
    if logits is None and direction == "max":
        climbed = "pre-activation"
    beyond = "" if logits is None or task == "binding" else " above the mean"
    values = outputs[subject].to_numpy() if logits is None else np.asarray(logits)

    title = f"{labels.get(subject, subject)}, {verb}" + (": output unchanged" if unchanged else "")
    looks = {"random": PALE, "start": WARM, "ga": colour}
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
    for kind, look in looks.items():
        rows = chosen_rows[kind]
        if rows.any():
            weights = np.full(rows.sum(), 1 / rows.sum())
            spread.hist(values[rows], bins=bins, weights=weights, color=look, alpha=0.75)
    spread.set(xlabel=f"{measured.capitalize()} of {subject}{beyond}", ylabel="Share of\nthe sequences")
    spread.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    spread.grid(True, axis="y")

    frames = [
        (frame, looks[kind]) for kind, frame in (("ga", evolved), ("start", begun), ("random", random)) if len(frame)
    ]
    apart_by = 0.8 / len(frames)
    for number, (frame, look) in enumerate(frames):
        response.boxplot(
            frame[shown].to_numpy(),
            positions=np.arange(len(shown)) + apart_by * (number - (len(frames) - 1) / 2),
            widths=0.85 * apart_by,
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
    handles = [
        Line2D([], [], color=colour, linewidth=1.8, label="mean"),
        Line2D([], [], color=INK, linewidth=1.1, linestyle=LINES[1], label="best"),
        Patch(facecolor=colour, label=kept),
        Patch(facecolor=PALE, label=f"{len(random):,} random sequences"),
    ]
    if len(begun):
        handles.insert(3, Patch(facecolor=WARM, label=f"{len(begun):,} that it began with"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4 if len(handles) == 4 else 3)
    return figure
