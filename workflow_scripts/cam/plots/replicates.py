"""Figure of the motifs that come back in replicates."""

import math

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..motifs.matrices import trim
from ..motifs.replicates import as_known
from ..units import unit_index
from .motifs import draw_logo
from .style import COOL, GRID, INK, MUTED, PALE, STYLE, axes_at, text_width


@rc_context(STYLE)
def consistency(table, members, ppms, seeds, top=25):
    """Draw which motifs came back in which replicates, and how many motifs in how many.

    Parameters
    ----------
    table, members : pandas.DataFrame
        As :func:`cam.motifs.replicates.recurring_motifs` returns them.
    ppms : dict of (int, str) to numpy.ndarray, shape=(length, 4)
        The motif of every representative, by its seed and unit.
    seeds : sequence of int
        Of all replicates, in the order to draw them.
    top : int
        How many motifs to draw at most.

    Returns
    -------
    matplotlib.figure.Figure
        A row per motif, with the logo of its representative, read as the known motif is, and that one's TF; a column
        per replicate, filled where the motif came back, with the numbers of the units that read it.
    """
    n, rows = len(seeds), table.head(top)
    edge, gap, row, letter, head = 0.15, 0.12, 0.36, 0.08, 0.75  # in inches
    if rows.empty:
        figure = Figure(figsize=(6.5, 1.0))
        axes = axes_at(figure, edge, edge, 6.5 - 2 * edge, 0.7)
        axes.set_axis_off()
        axes.text(0.5, 0.5, "No unit of any replicate has a motif.", ha="center", va="center", color=MUTED)
        return figure
    title = f"{len(table)} motifs" if len(table) > 1 else "1 motif"
    if len(table) > len(rows):
        title = f"The first {len(rows)} of {title}"
    title += f" of {n} replicates" if n > 1 else " of 1 replicate"
    if n > 1:
        title += f"; {(table['replicates'] > 1).sum()} came back in more than one"

    known = rows["tf"].notna()
    tfs = rows["tf"].astype(object).where(known, "no known motif")
    shown = members[members["representative"]].set_index("motif").loc[rows["motif"]]
    drawn = [ppms[place] for place in zip(shown["seed"], shown["unit"], strict=True)]
    logos = [as_known(ppm[trim(ppm)], orientation) for ppm, orientation in zip(drawn, rows["orientation"], strict=True)]
    widest = letter * max(map(len, logos))
    cell = max(0.16, min(0.55, 7 / n))
    left = edge + widest + gap + text_width(tfs, 8.5) + gap
    tall, counts = row * len(rows), text_width([f"{n} of {n}"], 8) + 2 * gap
    bars = 1.7 if n > 1 else 0
    width = max(left + n * cell + counts + (bars + 0.7 if bars else 0) + edge, 2 * edge + 1.1 * text_width([title], 10))
    height = head + max(tall, 2.0 if bars else 0) + edge
    figure = Figure(figsize=(width, height))
    bottom = height - head - tall
    for place, ppm in enumerate(logos):
        low = bottom + row * (len(rows) - 1 - place + 0.08)
        draw_logo(axes_at(figure, edge + widest - letter * len(ppm), low, letter * len(ppm), 0.84 * row), ppm)

    axes = axes_at(figure, left, bottom, n * cell, tall)
    axes.set(xlim=(0, n), ylim=(len(rows), 0))
    axes.spines[:].set_visible(False)
    axes.set_title(title, x=(edge - left) / (n * cell), pad=72 * 0.42)
    axes.set_yticks([y + 0.5 for y in range(len(rows))], tfs, fontsize=8.5)
    for label, is_known in zip(axes.get_yticklabels(), known, strict=True):
        label.set_color(INK if is_known else MUTED)
    step = math.ceil((text_width(seeds, 8) + 0.06) / cell)
    axes.set_xticks([x + 0.5 for x in range(n)], [seed if x % step == 0 else "" for x, seed in enumerate(seeds)])
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.annotate(
        "Seed", (0, 1), (-4, 5), xycoords="axes fraction", textcoords="offset points", ha="right", color=MUTED
    )
    for y, motif in enumerate(rows.itertuples()):
        own = members[members["motif"] == motif.motif]
        units = {seed: [str(unit_index(unit) + 1) for unit in names] for seed, names in own.groupby("seed")["unit"]}
        for x, seed in enumerate(seeds):
            colour = COOL if seed in units else GRID
            axes.add_patch(Rectangle((x + 0.04, y + 0.08), 0.92, 0.84, color=colour, linewidth=0))
            for text in (", ".join(units.get(seed, [])), f"{len(units.get(seed, []))} units"):
                if seed in units and text_width([text], 6.5) < 0.85 * cell:
                    axes.text(x + 0.5, y + 0.5, text, ha="center", va="center", fontsize=6.5, color="white")
                    break
        axes.annotate(
            f"{motif.replicates} of {n}", (n, y + 0.5), (6, 0), textcoords="offset points",
            va="center", fontsize=8, annotation_clip=False,
        )  # fmt: skip
    if bars:
        panel = axes_at(figure, left + n * cell + counts + 0.55, height - head - 1.5, bars, 1.5)
        numbers = table["replicates"].value_counts().reindex(range(1, n + 1), fill_value=0)
        panel.bar(numbers.index, numbers, width=0.8, color=[PALE] + [COOL] * (n - 1))
        panel.set(xlabel="Replicates", ylabel="Motifs")
        panel.set_xticks([1, n] if n > 12 else range(1, n + 1))
        panel.yaxis.get_major_locator().set_params(integer=True)
        panel.grid(True, axis="y")
    return figure
