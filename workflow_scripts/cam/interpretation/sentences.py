"""What each unit detects, and for which targets it counts: as numbers, and as a sentence."""

import pandas as pd

from .detectors import PARTLY
from .effects import moved_targets

MAJORITY = 0.5  # of a lineage's targets: of more a sentence tells how many they are, and not their names
NAMED = 6  # targets and lineages at most in a sentence


def describe(detected, motifs, effects, enriched, recurrence=None, lineages=None, families=None):
    """Describe every unit, from all that the other analyses found.

    Parameters
    ----------
    detected : pandas.DataFrame
        As from :func:`detection`, with ``target_id tf q_value``: the known motif that is like the unit's, missing where
        none is.
    motifs : pandas.DataFrame
        ``unit n_sites consensus``.
    effects : cam.interpretation.effects.Effects
    enriched : dict of (str, str) to dict or None
        As from :func:`enriched_motifs`.
    recurrence : dict of str to (int, int), optional
        Unit to the number of replicates in which its motif came back, and of all replicates.
    lineages : pandas.DataFrame, optional
        ``target lineage``. If a unit raises most of a lineage, the sentence tells its name and how many.
    families : dict of str to str, optional
        Id of a known motif to its family, in which those are that are much alike.

    Returns
    -------
    pandas.DataFrame
        A row per unit: ``unit tf target_id q_value detector auroc``, ``raises`` and ``lowers`` (targets,
        the one it moves most first, separated by commas), ``effect`` (the largest of its effects on a logit, or in
        regression on a prediction relative to the other targets') and ``sentence``.
    """
    task, effect = effects.task, effects.effects
    moved = moved_targets(effect, task)
    facts = detected.merge(motifs, on="unit", validate="1:1")
    rows = []
    for unit in facts.itertuples():
        order = effect[unit.unit].abs().sort_values(ascending=False, kind="stable").index
        pro, con = ([target for target in order if moved.loc[target, unit.unit] == sign] for sign in (1, -1))
        parts = [
            _reads(unit),
            _counts(
                unit,
                *(_by_lineage(targets, effect.index, lineages) for targets in (pro, con)),
                relative=task == "regression" and len(effect) > 1,
            ),
            _evolves(
                unit,
                {way: enriched[unit.unit, way] for way in ("max", "min") if (unit.unit, way) in enriched},
                families.get(unit.target_id) if families else None,
            ),
            _recurs(*recurrence[unit.unit]) if recurrence and unit.unit in recurrence else "",
        ]
        rows.append(
            {
                "unit": unit.unit,
                "tf": unit.tf,
                "target_id": unit.target_id,
                "q_value": unit.q_value,
                "detector": unit.detector,
                "auroc": unit.auroc,
                "raises": ",".join(pro),
                "lowers": ",".join(con),
                "effect": effect[unit.unit].abs().max(),
                "sentence": " ".join(part for part in parts if part),
            }
        )
    return pd.DataFrame(rows)


def recurrences(consistency, members, seed):
    """In how many replicates the motif of each unit came back.

    Parameters
    ----------
    consistency, members : pandas.DataFrame
        As from :func:`cam.motifs.replicates.recurring_motifs`.
    seed : int
        Of the replicate whose units are asked for.

    Returns
    -------
    dict of str to (int, int)
        Unit to the number of replicates with its motif and of all replicates. Units without a motif are not in it.
    """
    own = members[members["seed"] == seed].merge(consistency[["motif", "replicates", "of"]], on="motif")
    return {row.unit: (row.replicates, row.of) for row in own.itertuples()}


def _reads(unit):
    """The motif of a unit, and whether its presence or its absence is detected."""
    if unit.detector == "silent":
        return f"{unit.unit} is silent: its output is the same for every test region."
    if pd.notna(unit.tf):
        motif = f"the motif of {unit.tf} ({unit.target_id}, q {scientific(unit.q_value)})"
    elif unit.n_sites:
        motif = f"a motif like no known one (consensus {unit.consensus})"
    else:
        return f"{unit.unit} reads no motif: its filter never responds."
    if unit.detector == "undecided":
        return f"{unit.unit} reads {motif}; {_sites(unit)} to say how its output depends on it."
    at_site, mean = _level(unit.output_at_site), _level(unit.output_with)
    with_site = f"{mean} with a site"
    if at_site != mean:
        with_site = f"{at_site} on the strand with a site ({mean} as the mean of both strands)"
    levels = f"median output {with_site}, {_level(unit.output_without)} without"
    if unit.detector == "neither" and abs(unit.auroc - 0.5) >= PARTLY:
        return f"{unit.unit} reads {motif}, but a site hardly changes its output: {levels}."
    if unit.detector == "neither":
        tells = f"its output does not clearly tell whether there is a site (AUROC {unit.auroc:.2f})"
        return f"{unit.unit} reads {motif}, but {tells}: {levels}."
    partly = unit.detector.startswith("partly")
    what = f"{'partly ' if partly else ''}detects the {unit.detector.removeprefix('partly ')}"
    return f"{unit.unit} {what} of {motif}: {levels}{f' (AUROC {unit.auroc:.2f})' if partly else ''}."


def _sites(unit):
    """How many test regions have a site, where that is too few or too many for a comparison."""
    n = unit.n_with + unit.n_without
    if unit.n_with > unit.n_without:
        some = f"all but {unit.n_without:,} of {n:,}" if unit.n_without else f"all {n:,}"
        return f"{some} test regions have a site, too many"
    some, verb = (f"only {unit.n_with:,}", "has" if unit.n_with == 1 else "have") if unit.n_with else ("none", "has")
    return f"{some} of {n:,} test regions {verb} a site, too few"


def _level(output):
    """An output in words, with as many digits as tell it from zero."""
    return f"{output:.2f}" if output >= 0.05 or output == 0 else f"{output:.1e}"


def _by_lineage(names, targets, lineages):
    """Targets in words: a lineage, and how many of it, in the place of the first if most of it are among them."""
    if lineages is None:
        return names
    lineage = lineages.set_index("target")["lineage"].loc[targets]
    named, of = lineage[names].value_counts(), lineage.value_counts()
    said = {
        name: f"{name} ({'all' if named[name] == of[name] else f'{named[name]} of'} {of[name]})"
        for name in named.index
        if named[name] > MAJORITY * of[name] and of[name] > 1
    }
    return list(dict.fromkeys(said.get(lineage[name], name) for name in names))


def _counts(unit, pro, con, relative):
    """The targets a unit counts for, on their own or relative to all others."""
    if unit.detector == "silent":
        return ""
    if not pro and not con:
        return "No target depends on it as much as on the average unit."
    sides = [(verb, targets) for verb, targets in (("raises", pro), ("lowers", con)) if targets]
    said = " and ".join(
        f"{verb} {'that' if number else 'the prediction'} for {_listed(targets)}"
        for number, (verb, targets) in enumerate(sides)
    )
    return f"Relative to the other targets, it {said}." if relative else f"It {said}."


def _evolves(unit, found, family):
    """The known motifs that came or went in the sequences that were evolved for it; none is named for both directions.

    Nothing is said of a motif that contradicts what the unit detects.
    """
    up, down = found.get("max"), found.get("min")
    absence, presence = (way in unit.detector for way in ("absence", "presence"))
    if up and down and down["change"] == "enriched" and up["family"] == down["family"]:
        return "Sequences that maximise it and such that minimise it are enriched in one motif, so it explains neither."
    parts = []
    if up and not (absence and up["family"] == family):
        taken = down and down["change"] == "lost" and down["family"] == up["family"]
        left = f"; once its output is taken away, {_number(down['per_sequence'])} are left" if taken else ""
        parts.append(f"Artificial sequences that maximise it have {_hits(up)}{left}.")
        down = None if taken else down
    lost = down and down["change"] == "lost"
    if lost and not (absence and down["family"] == family):
        change = f"{_number(down['compared'])} each before, {_number(down['per_sequence'])} after"
        parts.append(f"Those that maximise it lose hits of {down['tf']} when its output is taken away: {change}.")
    elif down and not lost and not (presence and down["family"] == family):
        parts.append(f"Artificial sequences that minimise it have {_hits(down)}.")
    ways = [f"{way}imise" for way in ("max", "min") if way in found and found[way] is None]
    if ways:
        parts.append(f"Artificial sequences made to {' or to '.join(ways)} it leave its output unchanged.")
    return " ".join(parts)


def _hits(motif):
    """``5.1 hits of CTCF each, random ones 0.06 (85 times as many)``."""
    said = f"{_number(motif['per_sequence'])} hits of {motif['tf']} each, random ones"
    if not motif["compared"]:
        return f"{said} none"
    return f"{said} {_number(motif['compared'])} ({_number(motif['per_sequence'] / motif['compared'])} times as many)"


def _number(value):
    """Two digits that count: ``0.063``, ``5.1``, ``130``."""
    return f"{float(f'{value:.2g}'):g}"


def _recurs(found, total):
    if total == 1:
        return ""
    return "The motif is in no other replicate." if found == 1 else f"The motif is in {found} of {total} replicates."


def scientific(value):
    """``= 1.5e-07``, or ``< 1e-300`` for what is too small for a number."""
    return f"= {value:.1e}" if value >= 1e-300 else "< 1e-300"


def _listed(names, most=NAMED):
    """``A``, ``A and B``, ``A, B and C``; of very many the first."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
