"""Figures of the lineages: which units serve which, and which known regulators came back."""

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..interpretation.cooperativity import cosines
from ..motifs.matrices import trim
from ..motifs.replicates import as_known
from .motifs import draw_logo
from .style import INK, MUTED, PALE, SIGNED_WEIGHTS, STYLE, at_inches, axes_at, lineage_colours, text_width, unit_labels

PAGE = 7.1  # inches: two columns of a journal
PIXEL = 1 / STYLE["savefig.dpi"]  # inches: cells of whole pixels are all of one size
SMALL = 5.5  # points, the smallest type
MOTIF = 6.0  # points, of the motifs above the units
REST = 3  # how much narrower units are drawn whose weights do not differ between lineages
MOTIFS = 3  # named above the units of a lineage


@rc_context(STYLE)
def lineages(effects, detected, grouped, table):
    """Draw what each unit adds in each target as a heat map, targets by lineage and units by the lineage they serve.

    Parameters
    ----------
    effects : pandas.DataFrame
        Targets × units, as from :func:`cam.interpretation.effects.effect_table`.
    detected : pandas.DataFrame
        ``unit tf detector``, what units are named by: see :func:`cam.plots.style.unit_labels`.
    grouped : pandas.DataFrame
        As from :func:`cam.interpretation.lineages.group_units`.
    table : pandas.DataFrame
        ``target lineage``, as from :func:`cam.sources.target_tables.read_lineages`; all targets are in it.

    Returns
    -------
    matplotlib.figure.Figure
        As wide as a page of a journal at most, and no higher with 81 targets. Groups of units are framed where they
        meet the lineages they serve; above are the lineage and the leading motifs. Units whose weights do not differ
        between lineages stand to the right, narrower. Where not all units can be labelled, those with the largest
        effects are, and the title says how many.
    """
    colours = lineage_colours(table["lineage"])
    lineage_of = dict(zip(table["target"], table["lineage"], strict=True))
    of_row = np.array([lineage_of[target] for target in effects.index])
    names = [name for name in colours if name in of_row]
    rows = [row for name in names for row in _ordered(effects.to_numpy(), np.flatnonzero(of_row == name))]
    of_row = of_row[rows]
    grouped = grouped.sort_values("order")
    differ = list(grouped["unit"])
    rest = [unit for unit in effects.columns if unit not in set(differ)]
    rest = [rest[place] for place in _ordered(effects[rest].to_numpy().T, np.arange(len(rest)))]
    first = grouped["lineage"].str.split(" + ", regex=False).str[0].tolist()

    # All is measured in inches, and the map drawn on axes of inches, so that gaps, frames and leaders fit in.
    pitch = PIXEL * np.clip(7.05 / len(rows) // PIXEL, 13, 38)
    size = min(8.0, 63.5 * pitch)
    edge, gap = 0.1, 4 * PIXEL
    left = PIXEL * np.ceil(max(1.15, edge + text_width(effects.index, size) + 0.22) / PIXEL)
    right = text_width(names, 7) * 1.1 + 0.2 + edge
    groups = [*dict.fromkeys(first), *([""] if rest else [])]
    free = PAGE - left - right - gap * len(groups)
    thin = REST if differ else 1
    cell = PIXEL * np.clip(free / (len(differ) + len(rest) / thin) // PIXEL, 2, 45)
    widths = np.array([cell] * len(differ) + [max(PIXEL, cell / thin // PIXEL * PIXEL)] * len(rest))
    starts = np.cumsum(widths) - widths + gap * np.array([groups.index(name) for name in [*first, *[""] * len(rest)]])
    middles, across = starts + widths / 2, starts[-1] + widths[-1]
    tops = pitch * np.arange(len(rows)) + 3 * PIXEL * np.array([names.index(name) for name in of_row])
    down = tops[-1] + pitch

    order = [*differ, *rest]
    heads, head_widths = _heads(groups, first, grouped, len(rest))
    head_width = max(across, head_widths.sum())
    labels = dict(zip(order, unit_labels(order, detected), strict=True))
    labelled, said = _labelled(order, grouped, detected, across)
    below = 0.18 + text_width([labels[unit] for unit in labelled], SMALL) + edge / 2
    below = PIXEL * np.ceil(max(below, 0.95) / PIXEL)
    title = f"{len(rows)} targets × {len(order)} units"
    n_groups = grouped["group"].nunique()
    in_groups = f", in {n_groups} {'group' if n_groups == 1 else 'groups'}" if differ else ""
    lines = [
        f"{len(differ)} of {len(order)} units differ between lineages (q < 0.05), and not just a little{in_groups}.",
        said,
    ]
    lines = [line for line in lines if line]
    above = 0.57 + 0.11 * max(map(len, heads)) + 0.13 * len(lines)
    width = max(left + max(across, head_width) + right, 2 * edge + text_width(lines, 7) * 1.05, 3.2)
    figure = Figure(figsize=(width, below + down + above))

    axes = axes_at(figure, left, below, across, down)
    reach = np.quantile(np.abs(effects.to_numpy()), 0.995) or np.abs(effects.to_numpy()).max() or 1.0
    colouring = {"cmap": SIGNED_WEIGHTS, "norm": Normalize(-reach, reach)}
    values = effects[order].to_numpy()[rows]
    of_column = np.array([*first, *[""] * len(rest)])
    for name in names:
        inside = np.flatnonzero(of_row == name)
        high, low = tops[inside[0]], tops[inside[-1]] + pitch
        for group in groups:
            columns = np.flatnonzero(of_column == group)
            extent = (starts[columns[0]], starts[columns[-1]] + widths[columns[-1]], low, high)
            axes.imshow(
                values[np.ix_(inside, columns)], extent=extent, aspect="auto", interpolation="none", **colouring
            )
        axes.add_patch(Rectangle((-0.11, high), 0.07, low - high, color=colours[name], linewidth=0, clip_on=False))
        axes.add_patch(
            Rectangle((across + 0.04, high), 0.04, low - high, color=colours[name], linewidth=0, clip_on=False)
        )
    for target, top in zip(effects.index[rows], tops, strict=True):
        axes.text(-0.15, top + pitch / 2, target, ha="right", va="center_baseline", fontsize=size)
    wanted = [tops[of_row == name].mean() + pitch / 2 for name in names]
    for name, y in zip(names, spread(wanted, np.full(len(names), 0.115), 0, down), strict=True):
        axes.text(across + 0.13, y, name, va="center", color=colours[name], fontsize=7, fontweight="bold")

    for _, group in grouped.groupby("group"):
        columns = [order.index(unit) for unit in group["unit"]]
        start, stop = starts[min(columns)], starts[max(columns)] + widths[max(columns)]
        serves = group["lineage"].iloc[0].split(" + ")
        axes.add_patch(
            Rectangle((start, -0.075), max(stop - start - PIXEL, PIXEL), 0.05, color=colours[serves[0]], linewidth=0,
                      clip_on=False)
        )  # fmt: skip
        if stop - start < 4 * PIXEL:
            continue  # a frame would hide what it frames
        for name in serves:
            inside = np.flatnonzero(of_row == name)
            if len(inside):
                corner, tall = (start, tops[inside[0]]), tops[inside[-1]] + pitch - tops[inside[0]]
                axes.add_patch(
                    Rectangle(corner, stop - start, tall, fill=False, edgecolor=INK, linewidth=0.6, clip_on=False)
                )

    leaders = []
    centres = [middles[of_column == group].mean() for group in groups]
    places = spread(centres, head_widths, 0, head_width)
    for group, centre, place, texts in zip(groups, centres, places, heads, strict=True):
        leaders.append([(centre, -0.085), (centre, -0.11), (place, -0.2), (place, -0.23)])
        for number, text in enumerate(reversed(texts)):
            bold = group and number == len(texts) - 1
            axes.text(
                place, -0.25 - 0.11 * number, text, ha="center", va="bottom", fontsize=7 if bold else MOTIF,
                fontweight="bold" if bold else "normal", color=colours[group] if bold else INK if group else MUTED,
            )  # fmt: skip
    wanted = [middles[order.index(unit)] for unit in labelled]
    for unit, x, place in zip(
        labelled, wanted, spread(wanted, np.full(len(wanted), 0.088), -0.04, across + 0.04), strict=True
    ):
        leaders.append([(x, down + 0.02), (x, down + 0.04), (place, down + 0.14), (place, down + 0.16)])
        axes.text(place, down + 0.17, labels[unit], ha="center", va="top", rotation=90, fontsize=SMALL)
    axes.add_collection(LineCollection(leaders, colors=MUTED, linewidths=0.4, clip_on=False))
    axes.set(xlim=(0, across), ylim=(down, 0))
    axes.set_axis_off()

    up = figure.get_figheight() - edge
    figure.text(*at_inches(figure, edge, up), title, fontsize=9, fontweight="bold", va="top")
    figure.text(
        *at_inches(figure, edge, up - 0.19), "\n".join(lines), fontsize=7, va="top", color=MUTED, linespacing=1.25
    )
    bar = axes_at(figure, edge + 0.08, below - 0.62, left - edge - 0.35, 0.07)
    figure.colorbar(ScalarMappable(**colouring), cax=bar, orientation="horizontal", extend="both")
    bar.set_xticks([-reach, 0, reach], [f"−{reach:.2g}", "0", f"{reach:.2g}"])
    bar.tick_params(labelsize=SMALL, length=2, pad=1)
    figure.text(
        *at_inches(figure, edge, below - 0.5), "Final weight less its\nmean over targets,\n× s.d. of the output",
        fontsize=SMALL, va="bottom", linespacing=1.1,
    )  # fmt: skip
    return figure


def _ordered(vectors, members):
    """Some rows of a matrix, what is alike together: the leaves of their tree by cosine, average linkage."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(members) < 3:
        return list(members)
    distances = squareform(1 - cosines(vectors[members]), checks=False).clip(min=0).round(12)
    return list(members[leaves_list(linkage(distances, method="average", optimal_ordering=True))])


def _heads(groups, first, grouped, n_rest):
    """What stands above each group of units, as lines of text, and the widths they take."""
    heads = []
    for group in groups:
        if not group:
            heads.append([f"{n_rest} {'unit' if n_rest == 1 else 'units'}", "hardly differ"])
            continue
        units = grouped[np.array(first) == group].dropna(subset="tf").sort_values("effect", ascending=False)
        absent = units["detector"].str.endswith("absence")
        tfs = units["tf"].where(~absent, "no " + units["tf"].astype(str)).drop_duplicates()
        heads.append([group, *tfs.head(MOTIFS), *(["…"] if len(tfs) > MOTIFS else [])])
    widths = [max(1.15 * text_width(texts[:1], 7), 1.05 * text_width(texts[1:], MOTIF)) + 0.06 for texts in heads]
    return heads, np.array(widths)


def _labelled(order, grouped, detected, across):
    """The units that there is room to label, in their order, and a sentence that says which if not all."""
    room = max(1, int((across + 0.08) / 0.088))
    if len(order) <= room:
        return order, ""
    sizes = grouped.set_index("unit")["effect"].abs()
    known = set(detected.dropna(subset="tf")["unit"])
    candidates = sizes[[unit in known for unit in sizes.index]].sort_values(ascending=False, kind="stable")
    chosen = set(candidates.index[:room])
    if not chosen:
        return [], "None of them is like a known motif."
    which = "All" if len(chosen) == len(candidates) else f"The {len(chosen)} of largest effect of"
    return [unit for unit in order if unit in chosen], f"{which} {len(candidates)} with a known motif are labelled."


def spread(wanted, sizes, low, high):
    """Move labels along a line no further apart than they need: the least sum of squared moves without overlaps.

    Parameters
    ----------
    wanted : sequence of float
        Where the middles of the labels should be, ascending.
    sizes : numpy.ndarray of float
        What each takes of the line.
    low, high : float
        The ends of the line. Where it is too short for all labels, they begin at ``low``.

    Returns
    -------
    numpy.ndarray of float
        Their middles.
    """
    from scipy.optimize import isotonic_regression

    if not len(wanted):
        return np.array([])
    before = np.cumsum(sizes) - sizes / 2
    moved = isotonic_regression(np.asarray(wanted) - before).x
    return before + np.clip(moved, low, max(low, high - np.sum(sizes)))


@rc_context(STYLE)
def known_regulators(found, units, database, table):
    """Draw the known regulators that came back: their profiles, the motifs of the units, and in which replicates.

    Parameters
    ----------
    found : pandas.DataFrame
        As from :func:`cam.interpretation.regulators.known_regulators`.
    units : dict of (int, str) to numpy.ndarray, shape=(length, 4)
        Seed and unit to the unit's motif.
    database : dict of str to numpy.ndarray, shape=(length, 4)
        Matrix id to the known profile.
    table : pandas.DataFrame
        ``target lineage``, as from :func:`cam.sources.target_tables.read_lineages`.

    Returns
    -------
    matplotlib.figure.Figure
        A row per regulator that any replicate found, by lineage: squares for the lineages it is known for, its profile,
        the motif of the unit that is most like it, aligned, and a dot per replicate: in the colour of the lineage in
        which the unit's weights are highest, the larger the lower the q-value. Regulators that none found are listed.
    """
    colours = lineage_colours(table["lineage"])
    known = [name for name in colours if name in set(found["lineage"])] + ["all"] * ("all" in set(found["lineage"]))
    looks = colours | {"all": INK}
    seeds = list(dict.fromkeys(found["seed"]))
    lineages_of = found.groupby("tf", sort=False)["lineage"].agg(set)
    by_tf = found.drop_duplicates(["tf", "seed"]).set_index(["tf", "seed"])
    counts = by_tf["found"].groupby("tf", sort=False).sum()
    rank = sorted(counts.index, key=lambda tf: (min(map(known.index, lineages_of[tf])), -counts[tf]))
    rows, absent = [tf for tf in rank if counts[tf]], [tf for tf in rank if not counts[tf]]

    edge, row, square, letter, gap, step = 0.15, 0.3, 0.15, 0.075, 0.14, 0.24
    head = 0.55 + text_width(known, 7.5) * 1.1
    title = f"{len(rows)} of {len(rank)} known regulators " + (
        f"came back, {(counts == len(seeds)).sum()} of them in {'both' if len(seeds) == 2 else f'all {len(seeds)}'} "
        "replicates"
        if len(seeds) > 1
        else "came back"
    )
    pairs = {tf: _aligned(tf, by_tf.loc[tf], units, database) for tf in rows}
    logo = letter * max([len(profile) for profile, _, _ in pairs.values()] or [12])
    names = edge + square * len(known) + gap
    at_known = names + text_width(rows or [""], 8.5) + gap
    at_unit = at_known + logo + 2 * gap
    at_text = at_unit + logo + gap
    at_dots = at_text + text_width([text for _, _, text in pairs.values()] or [""], 7) + gap
    width = max(at_dots + step * len(seeds) + 0.65 + edge, 6.8, 2 * edge + 1.1 * text_width([title], 10))
    text = _wrapped("No unit matches: ", absent, width - 2 * edge, 8) if absent else ""
    foot = 0.5 + 0.17 * (text.count("\n") + 1 if text else 0)
    tall = row * len(rows)
    figure = Figure(figsize=(width, head + tall + foot))
    up = figure.get_figheight()
    figure.text(*at_inches(figure, edge, up - edge), title, fontsize=10, fontweight="bold", va="top")
    if text:
        figure.text(*at_inches(figure, edge, edge), text, fontsize=8, color=MUTED, va="bottom", linespacing=1.25)
    if not rows:
        said = "No unit of any replicate matches a known regulator."
        figure.text(*at_inches(figure, width / 2, foot + 0.25), said, ha="center", color=MUTED)
        return figure

    axes = axes_at(figure, 0, foot, width, tall)
    axes.set(xlim=(0, width), ylim=(tall, 0))
    axes.set_axis_off()
    for place, name in enumerate(known):
        x = edge + square * (place + 0.5)
        axes.text(x, -0.08, name, rotation=90, ha="center", va="bottom", fontsize=7.5, color=looks[name])
    for x, heading in ((at_known, "Known profile"), (at_unit, "Most similar unit")):
        axes.text(x, -0.08, heading, va="bottom", fontsize=8)
    for place, seed in enumerate(seeds):
        axes.text(
            at_dots + step * (place + 0.5), -0.08, f"seed {seed}", rotation=90, ha="center", va="bottom", fontsize=7
        )
    last = None
    for number, tf in enumerate(rows):
        y = row * (number + 0.5)
        leads = min(lineages_of[tf], key=known.index)
        if last is not None and leads != last:
            axes.axhline(row * number, color=PALE, linewidth=0.6, xmin=edge / width, xmax=1 - edge / width)
        last = leads
        for place, name in enumerate(known):
            colour, side = (looks[name], 0.11) if name in lineages_of[tf] else (PALE, 0.025)
            corner = (edge + square * (place + 0.5) - side / 2, y - side / 2)
            axes.add_patch(Rectangle(corner, side, side, color=colour, linewidth=0))
        axes.text(names, y, tf, va="center", fontsize=8.5)
        profile, motif, said = pairs[tf]
        low = foot + tall - row * (number + 0.94)
        for x, ppm in ((at_known, profile), (at_unit, motif)):
            draw_logo(axes_at(figure, x, low, letter * len(ppm), 0.88 * row), ppm)
        axes.text(at_text, y, said, va="center", fontsize=7, color=MUTED)
        for place, seed in enumerate(seeds):
            hit, x = by_tf.loc[tf, seed], at_dots + step * (place + 0.5)
            if hit["found"]:
                served = hit["lineage_of_unit"]
                colour = looks[served] if pd.notna(served) else MUTED
                axes.scatter(x, y, s=_area(hit["q_value"]), color=colour, linewidth=0)
            else:
                axes.scatter(x, y, s=8, facecolor="none", edgecolor=PALE, linewidth=0.8)
        axes.text(at_dots + step * len(seeds) + 0.08, y, f"{counts[tf]} of {len(seeds)}", va="center", fontsize=8)

    y, x = tall + 0.17, edge
    for q, label in ((0.05, "q = 0.05"), (1e-4, "0.0001"), (1e-8, "≤ 1e-8")):
        axes.scatter(x + 0.06, y, s=_area(q), color=MUTED, linewidth=0, clip_on=False)
        axes.text(x + 0.18, y, label, va="center", fontsize=7.5)
        x += 0.36 + text_width([label], 7.5)
    axes.text(x + 0.1, y, "dots in the colour of the lineage in which the unit's weights are highest", va="center",
              fontsize=7.5, color=MUTED)  # fmt: skip
    return figure


def _area(q_value):
    """The area of a dot, in square points: from 12 at a q-value of 0.05 to 90 at 1e-8."""
    return np.interp(-np.log10(max(q_value, 1e-300)), [-np.log10(0.05), 8], [12, 90])


def _aligned(tf, hits, units, database):
    """The profile and the unit's motif most like it, over the same positions, and which unit that is."""
    best = hits[hits["found"]].sort_values("q_value", kind="stable").iloc[0]
    seed = hits[hits["found"]].sort_values("q_value", kind="stable").index[0]
    profile, motif = database[best["matrix_id"]], as_known(units[seed, best["unit"]], best["orientation"])
    # Tomtom turns the known motif; here it stands as it is and the unit's is turned.
    start = int(best["offset"])
    if best["orientation"] == "-":
        start = len(profile) - start - len(motif)
    core, own = trim(profile), trim(motif)
    first, last = min(core.start, start + own.start), max(core.stop, start + own.stop)
    shown = []
    for ppm, at in ((profile, 0), (motif, start)):
        window = np.full((last - first, 4), 0.25)
        place = np.arange(len(ppm)) + at - first
        inside = (place >= 0) & (place < len(window))
        window[place[inside]] = ppm[inside]
        shown.append(window)
    name = best["unit"] if len(hits) == 1 else f"seed{seed}.{best['unit']}"
    return *shown, f"{name}\nq = {best['q_value']:.0e}"


def _wrapped(beginning, names, width, size):
    """Names in lines of no more than a width in inches."""
    lines = [beginning]
    for number, name in enumerate(names):
        piece = name + ("," if number < len(names) - 1 else "")
        if text_width([lines[-1] + piece], size) > 0.95 * width:
            lines.append("")
        lines[-1] += piece + " "
    return "\n".join(line.rstrip() for line in lines)
