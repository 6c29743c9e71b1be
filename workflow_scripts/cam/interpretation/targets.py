"""What moves the prediction for each target most, and whether it is a motif of its own."""

import numpy as np
import pandas as pd

from ..motifs.factors import factor_of

TOLD = 3  # largest effects that are told of a target
_PERMUTATIONS = 10_000


def factors_in(name):
    """The transcription factors in the name of a motif, in capitals: those of a dimer are two.

    Parameters
    ----------
    name : str
        As JASPAR and other databases write it, such as ``FOS::JUN(var.2)``.

    Returns
    -------
    set of str
    """
    return set(factor_of(name).split("(")[0].upper().split("::"))


def own_families(targets, motifs, family_of):
    """The families of motifs that each target has a motif in.

    Parameters
    ----------
    targets : sequence of str
    motifs : sequence of Motif
        Of the database.
    family_of : dict of str to int or str
        Matrix id to the family of motifs that are much alike.

    Returns
    -------
    dict of str to set
        Empty for a target that the database has no motif of, such as a cell type.
    """
    families = {target: set() for target in targets}
    by_factor = {target.upper(): target for target in targets}
    for motif in motifs:
        for factor in factors_in(motif.name) & by_factor.keys():
            families[by_factor[factor]].add(family_of[motif.matrix_id])
    return families


def describe_targets(effects, units, families, family_of, scores, learnt_from):
    """Describe every target.

    Parameters
    ----------
    effects : cam.interpretation.effects.Effects
    units : pandas.DataFrame
        ``unit tf target_id detector``, as from :func:`cam.interpretation.sentences.describe`.
    families : dict of str to set
        As from :func:`own_families`.
    family_of : dict of str to int or str
        Matrix id to its family.
    scores : dict of str to dict
        By target ``n positives auroc auprc auroc_interval``, on the test regions.
    learnt_from : dict of str to int
        By target how many bound training regions there are.

    Returns
    -------
    pandas.DataFrame
        A row per target: ``target learnt_from regions bound auroc auprc``; ``told``, whether the model tells its bound
        regions from others at all (the interval of the AUROC lies above 0.5); the units with the largest effects, the
        largest first, as ``units``, ``effects`` and ``tfs`` (what the unit detects the presence of, with a minus the
        absence, with a question mark the one or the other), separated by commas; ``own_motif``, whether there is one
        in the database; ``own_unit`` and ``own_rank``, the unit that reads it, and the place of its effect, from 1,
        where one does; and ``sentence``.
    """
    units = units.set_index("unit")
    read = {unit: family_of.get(motif) for unit, motif in units["target_id"].dropna().items()}
    rows = []
    for target in effects.effects.index:
        effect, score = effects.effects.loc[target], scores[target]
        order = effect.abs().sort_values(ascending=False, kind="stable").index
        order = [unit for unit in order if effect[unit] != 0]
        own = [rank for rank, unit in enumerate(order, 1) if read.get(unit) in families[target] and unit in read]
        row = {
            "target": target,
            "learnt_from": learnt_from[target],
            "regions": score["n"],
            "bound": score["positives"],
            "auroc": score["auroc"],
            "auprc": score["auprc"],
            "told": bool(score["auroc_interval"] and score["auroc_interval"][0] > 0.5),
            "units": ",".join(order[:TOLD]),
            "effects": ",".join(f"{effect[unit]:.3g}" for unit in order[:TOLD]),
            "tfs": ",".join(_motif(units.loc[unit]) for unit in order[:TOLD]),
            "own_motif": bool(families[target]),
            "own_unit": order[own[0] - 1] if own else None,
            "own_rank": own[0] if own else None,
        }
        rows.append(row | {"sentence": _sentence(row)})
    return pd.DataFrame(rows).astype({"own_rank": "Int64"})


def own_motifs_found(described, units, families, family_of, least=1, seed=1):
    """For how many targets a motif of their own is among the largest effects, and for how many by chance.

    Chance is other targets' motifs: the targets that have a motif in the database are permuted, and it is counted for
    how many the largest effects have a motif of the target that came in its place. What is common, such as a motif that
    opens chromatin everywhere, is found there, too.

    Parameters
    ----------
    described : pandas.DataFrame
        As from :func:`describe_targets`.
    units, families, family_of
        As for it.
    least : int
        Bound training regions that a target needs to be counted.
    seed : int

    Returns
    -------
    dict
        ``learnt_from``, the least number; ``targets`` that are counted, ``found`` of them, ``by_chance``, the mean over
        permutations, ``p_value``.
    """
    counted = described[described["own_motif"] & (described["learnt_from"] >= least)]
    matched = units.dropna(subset=["target_id"]).set_index("unit")["target_id"].map(family_of)
    largest = [{matched.get(unit) for unit in str(names).split(",")} - {None} for names in counted["units"].fillna("")]
    of_another = np.array(
        [[bool(found & families[target]) for target in counted["target"]] for found in largest], dtype=bool
    ).reshape(len(counted), len(counted))
    rng, places = np.random.default_rng(seed), np.arange(len(counted))
    by_chance = np.array([of_another[places, rng.permutation(places)].sum() for _ in range(_PERMUTATIONS)])
    found = int(of_another.diagonal().sum())
    return {
        "learnt_from": least,
        "targets": len(counted),
        "found": found,
        "by_chance": by_chance.mean(),
        "p_value": (1 + (by_chance >= found).sum()) / (1 + _PERMUTATIONS),
    }


def family_agreement(group_of, family_of_target, seed=1):
    """How far the groups of targets that use the same units are structural families of transcription factors.

    Parameters
    ----------
    group_of : dict of str to int
        Of the targets that are in a group.
    family_of_target : dict of str to str
        Of the targets whose family is known.
    seed : int

    Returns
    -------
    dict
        ``targets`` that have both, ``groups`` and ``families`` of them, ``rand_index``, the adjusted Rand index (Hubert
        & Arabie 1985), ``by_chance``, its mean where families are permuted over the targets, and ``p_value``. With
        fewer than three targets the last three are missing.
    """
    from sklearn.metrics import adjusted_rand_score

    both = [target for target in group_of if target in family_of_target]
    groups = np.array([group_of[target] for target in both])
    families = np.unique([family_of_target[target] for target in both], return_inverse=True)[1]
    counted = {"targets": len(both), "groups": len(set(groups.tolist())), "families": len(set(families.tolist()))}
    if len(both) < 3:
        return counted | dict.fromkeys(("rand_index", "by_chance", "p_value"), np.nan)
    rng, found = np.random.default_rng(seed), adjusted_rand_score(groups, families)
    by_chance = np.array([adjusted_rand_score(groups, rng.permutation(families)) for _ in range(_PERMUTATIONS // 10)])
    p_value = (1 + (by_chance >= found - 1e-12).sum()) / (1 + len(by_chance))
    return counted | {"rand_index": found, "by_chance": by_chance.mean(), "p_value": p_value}


def _motif(unit):
    """What a unit reads, in a word: before it a minus for its absence, a question mark where that is not decided."""
    if pd.isna(unit["tf"]):
        return "."
    detector = str(unit["detector"])
    return f"{'' if 'presence' in detector else '−' if 'absence' in detector else '?'}{unit['tf']}"


def _in_words(motif):
    """The same, in words."""
    if motif == ".":
        return "no known motif"
    if motif.startswith("?"):
        return f"presence or absence of {motif[1:]}"
    return motif.replace("−", "absence of ")


def _sentence(row):
    """One or two sentences."""
    measured = f"{row['target']} binds {row['bound']:,} of {row['regions']:,} test regions"
    if not row["told"]:
        return f"{measured}; the model does not tell them from the others, so its units say nothing about it."
    names = [
        f"{unit} ({_in_words(tf)}, {'−' if float(effect) < 0 else '+'}{abs(float(effect)):.2f})"
        for unit, tf, effect in zip(
            row["units"].split(","), row["tfs"].split(","), row["effects"].split(","), strict=True
        )
        if unit
    ]
    if not names:
        return f"{measured}; no unit has an effect on its prediction."
    largest = f"the largest effect on its prediction is that of {names[0]}"
    if len(names) > 1:
        largest = f"the largest effects on its prediction are those of {', '.join(names[:-1])} and {names[-1]}"
    sentence = f"{measured} (AUROC {row['auroc']:.2f}); {largest}."
    if not row["own_motif"]:
        return f"{sentence} The motif database has no motif of {row['target']}."
    if row["own_rank"] is None:
        return f"{sentence} No unit matches a motif of {row['target']}."
    if row["own_rank"] <= TOLD:
        return f"{sentence} {row['own_unit']} matches a motif of {row['target']} or one much like it."
    place = f"whose effect is number {row['own_rank']} by size"
    return f"{sentence} A motif of {row['target']} is matched by {row['own_unit']}, {place}."
