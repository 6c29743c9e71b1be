"""Which regulators units read, and which of them serve which lineage."""

import numpy as np
import pandas as pd

from ..motifs.factors import matrices_of
from ..setup.target_tables import EVERYWHERE
from ..units import unit_names
from .effects import relative
from .lineages import Q_VALUE, group_units, leading_lineages, lineage_tests, matters, unit_pairs


def lineage_tables(
    replicates, seed, lineages, detected, matches, database, regulators, families, members=None, q_value=0.05
):
    """All that is told of units and lineages.

    Weights are tested between lineages; units are named after regulators that are known for the lineage in which they
    lead; those that pass the tests serve a lineage, are grouped, and within a group may cooperate.

    Parameters
    ----------
    replicates : dict of int to cam.interpretation.responses.Responses
        Seed to the responses of that replicate, with units.
    seed : int
        Of the replicate that is interpreted.
    lineages : pandas.DataFrame
        ``target lineage``; all targets are in it.
    detected, matches, database, regulators, q_value
        As for :func:`name_units`, of the interpreted replicate.
    families : pandas.DataFrame
        ``cluster motif_id``, as from :func:`cam.motifs.families.find_families`.
    members : pandas.DataFrame, optional
        ``motif seed unit``, as from :func:`cam.motifs.replicates.recurring_motifs`, where there are several replicates.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``tests`` (:func:`cam.interpretation.lineages.lineage_tests`), ``regulators`` (:func:`lineage_regulators`),
        ``groups`` (:func:`cam.interpretation.lineages.group_units`), ``pairs``
        (:func:`cam.interpretation.lineages.unit_pairs`) and ``units`` (:func:`name_units`).
    """
    own = replicates[seed]
    of_target = lineages.set_index("target")["lineage"].loc[list(own.targets)].to_numpy()
    units = unit_names(own.weights.shape[1])
    weights = {
        number: pd.DataFrame(relative(found.weights), list(own.targets), units) for number, found in replicates.items()
    }
    effects = pd.DataFrame(relative(own.effects), list(own.targets), units)
    leading = {number: leading_lineages(profile, of_target) for number, profile in weights.items()}
    tests = lineage_tests(weights[seed], of_target)
    named = name_units(detected, matches, database, regulators, leading[seed], q_value)
    recurring = {} if members is None else recurrences_in_lineage(members, leading, seed)
    groups = group_units(effects, of_target, tests, named)
    return {
        "tests": tests,
        "regulators": lineage_regulators(tests, effects, of_target, named, recurring, len(replicates)),
        "groups": groups,
        "pairs": unit_pairs(groups, effects, own.fired, named, families),
        "units": named,
    }


def name_units(detected, matches, database, regulators, leading, q_value=0.05):
    """Name each unit after a known regulator, if its motif matches that of one, else after its best match.

    TFs of a family have the same motif, and which of them is meant a motif cannot tell; what is known of the lineage
    can. So of the known regulators that match, those known for the lineage that the unit leads in (or for all) come
    first, each kind by p-value.

    Parameters
    ----------
    detected : pandas.DataFrame
        ``unit target_id tf q_value detector``: the best match in the database, missing where there is none.
    matches : pandas.DataFrame
        As from :func:`cam.motifs.tomtom.compare`.
    database : sequence of Motif
    regulators : pandas.DataFrame
        As from :func:`read_regulators`.
    leading : pandas.Series
        As from :func:`leading_lineages`.
    q_value : float
        The largest q-value that counts as a match.

    Returns
    -------
    pandas.DataFrame
        A row per unit: ``unit tf target_id motif_q known detector``. ``known`` are all known regulators that match,
        separated by commas; missing where none does.
    """
    lineages_of = regulators.groupby("tf", sort=False)["lineage"].agg(set)
    owners = pd.DataFrame(
        [(matrix, tf) for tf in lineages_of.index for matrix in matrices_of(tf, database)], columns=["Target_ID", "tf"]
    )
    # The p-value decides between equals no further than the many digits of it that every machine has.
    hits = matches[matches["q-value"] <= q_value].merge(owners, on="Target_ID")
    hits["elsewhere"] = [
        not lineages_of[hit.tf] & {leading.get(hit.Query_ID), EVERYWHERE} for hit in hits.itertuples()
    ]  # fmt: skip
    hits = hits.sort_values(["elsewhere", "p-value", "tf"], kind="stable").drop_duplicates(["Query_ID", "tf"])
    best = hits.drop_duplicates("Query_ID").set_index("Query_ID")
    known = hits.groupby("Query_ID", sort=False)["tf"].agg(",".join)

    named = detected[["unit", "tf", "target_id", "q_value", "detector"]].rename(columns={"q_value": "motif_q"})
    named = named.astype({"tf": object, "target_id": object}).set_index("unit")  # a column without any is of numbers
    named.insert(3, "known", known.reindex(named.index).astype(object))
    chosen = named.index.intersection(best.index)
    named.loc[chosen, "tf"] = best["tf"]
    named.loc[chosen, "target_id"] = best["Target_ID"]
    named.loc[chosen, "motif_q"] = best["q-value"]
    return named.reset_index()


def recurrences_in_lineage(members, leading, seed):
    """In how many replicates the motif of each unit came back in a unit that leads in the same lineage.

    Parameters
    ----------
    members : pandas.DataFrame
        ``motif seed unit``, as from :func:`cam.motifs.replicates.recurring_motifs`.
    leading : dict of int to pandas.Series
        Seed to the leading lineages of its units, as from :func:`leading_lineages`.
    seed : int
        Of the replicate whose units are asked for.

    Returns
    -------
    dict of str to int
        Units without a motif are not in it.
    """
    found = {}
    for _, units in members.groupby("motif"):
        served = [(row.seed, row.unit, leading[row.seed].get(row.unit)) for row in units.itertuples()]
        for number, unit, lineage in served:
            if number == seed:
                found[unit] = len({other for other, _, serves in served if serves == lineage} | {seed})
    return found


def lineage_regulators(tests, effects, lineages, named, replicates, n_replicates):
    """The units that serve each lineage: their weights there are higher than elsewhere, and the highest there.

    Parameters
    ----------
    tests : pandas.DataFrame
        As from :func:`lineage_tests`.
    effects : pandas.DataFrame
        Targets × units: the profiles times the standard deviation of the unit outputs.
    lineages : sequence of str, length n_targets
    named : pandas.DataFrame
        As from :func:`name_units`.
    replicates : dict of str to int
        As from :func:`recurrences_in_lineage`; a unit that is not in it is in its own replicate alone.
    n_replicates : int
        Of all.

    Returns
    -------
    pandas.DataFrame
        ``lineage rank unit tf target_id motif_q known mean_weight mean_elsewhere auc q_value effect detector replicates
        of``: lineages in their order, in each the units with q < 0.05 that matter (:func:`matters`), ranked by
        ``effect``, the mean effect in the lineage minus that elsewhere. The ``detector`` ``absence`` says that it is
        the absence of the motif by which the unit serves the lineage.
    """
    leading, matter = leading_lineages(effects, lineages), matters(effects)
    serving = tests[(tests["q_value"] < Q_VALUE) & (tests["unit"].map(leading) == tests["lineage"])]
    serving = serving[serving["unit"].map(matter).astype(bool)]
    lineages = np.asarray(lineages)
    differences = {
        name: effects[lineages == name].mean() - effects[lineages != name].mean() for name in dict.fromkeys(lineages)
    }
    table = serving.merge(named, on="unit", validate="m:1")
    table["effect"] = [differences[row.lineage][row.unit] for row in table.itertuples()]
    table["replicates"] = [replicates.get(unit, 1) for unit in table["unit"]]
    table["of"] = n_replicates
    place = {name: number for number, name in enumerate(differences)}
    table["place"] = table["lineage"].map(place)
    table = table.sort_values(["place", "effect"], ascending=[True, False], kind="stable", ignore_index=True)
    table["rank"] = table.groupby("lineage").cumcount() + 1
    return table[
        [
            "lineage", "rank", "unit", "tf", "target_id", "motif_q", "known", "mean_weight", "mean_elsewhere", "auc",
            "q_value", "effect", "detector", "replicates", "of",
        ]
    ]  # fmt: skip


def known_regulators(regulators, database, matches, effects, lineages, q_value=0.05):
    """Say in which replicates a unit's motif matched that of each known regulator, and which lineage that unit serves.

    Where several units of a replicate match, it is the one of the largest effect: it is what the model uses the motif
    for, while others may say the same again, or by the motif's absence.

    Parameters
    ----------
    regulators : pandas.DataFrame
        As from :func:`read_regulators`.
    database : sequence of Motif
    matches : dict of int to pandas.DataFrame
        Seed to the matches of its units, as from :func:`cam.motifs.tomtom.compare`.
    effects : dict of int to pandas.DataFrame
        Seed to the effects of its units, targets × units.
    lineages : sequence of str, length n_targets
    q_value : float
        The largest q-value that counts as a match.

    Returns
    -------
    pandas.DataFrame
        A row per regulator, lineage and seed: ``tf lineage matrix_id seed unit q_value offset orientation found
        lineage_of_unit``: that match, whether it counts (``found``), how the two motifs align (as Tomtom says: the
        profile's position, in that orientation, at which the unit's begins), and the lineage in which the unit's
        weights are highest. Where no match counts it is the best one; missing where no unit is like the regulator at
        all, or the database does not have it.
    """
    size = {seed: (table**2).sum() for seed, table in effects.items()}
    leading = {seed: leading_lineages(table, lineages) for seed, table in effects.items()}
    rows = []
    for tf, lineage in regulators[["tf", "lineage"]].itertuples(index=False):
        matrices = matrices_of(tf, database)
        for seed, table in matches.items():
            row = {"tf": tf, "lineage": lineage, "matrix_id": matrices[0] if matrices else None, "seed": seed}
            hits = table[table["Target_ID"].isin(matrices)].sort_values("p-value", kind="stable")
            counting = hits[hits["q-value"] <= q_value]
            if len(hits):
                by_size = counting["Query_ID"].map(size[seed]).sort_values(ascending=False, kind="stable").index
                best = hits.loc[by_size[0]] if len(counting) else hits.iloc[0]
                row |= {"matrix_id": best["Target_ID"], "unit": best["Query_ID"], "q_value": best["q-value"]}
                row |= {"offset": best["Optimal_offset"], "orientation": best["Orientation"]}
                row |= {"lineage_of_unit": leading[seed].get(best["Query_ID"])}
            rows.append(row | {"found": len(counting) > 0})
    return pd.DataFrame(
        rows,
        columns=[
            "tf", "lineage", "matrix_id", "seed", "unit", "q_value", "offset", "orientation", "found",
            "lineage_of_unit",
        ],
    ).astype({"offset": "Int64"})  # fmt: skip
