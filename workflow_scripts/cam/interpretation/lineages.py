"""Which units serve which lineages, and so which regulators do: tests, groups of units, and pairs that go together.

A unit's *profile* is its final weights minus their mean over the targets (:func:`cam.interpretation.effects.relative`),
its *effect* the profile times the standard deviation of its output (:func:`cam.interpretation.effects.effect_table`):
by how much more than in the average target the unit moves the prediction. A constant in all weights of a unit shifts
all targets of a region alike, which is not what a lineage is told by.

The targets of a lineage are related cell types, not independent samples of it. The p-values of the tests between
lineages are therefore too small: they rank the units, and separate them from units whose weights are no different, but
do not say how likely a next cell type of the lineage would show the same.
"""

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, leaves_list, linkage
from scipy.spatial.distance import squareform
from scipy.stats import false_discovery_control, hypergeom, kruskal, mannwhitneyu

from .cooperativity import cosines

Q_VALUE = 0.05  # below this a unit's weights differ between lineages
CORRELATION = 0.6  # of the profiles of two groups' units, on average: from this on they are one group
SHARE = 0.1  # of the largest effect of any unit; units that nowhere add as much hardly matter


def leading_lineages(profile, lineages):
    """The lineage in which each unit's mean profile is the highest.

    Parameters
    ----------
    profile : pandas.DataFrame
        Targets × units.
    lineages : sequence of str, length n_targets

    Returns
    -------
    pandas.Series
        Unit to lineage, missing where the profile is the same in all targets.
    """
    means = profile.groupby(np.asarray(lineages), sort=False).mean()
    return means.idxmax().where(np.ptp(profile.to_numpy(), axis=0) > 0)


def matters(effects):
    """Which units add or take, in some target, at least a tenth of what the strongest does: bool per unit."""
    largest = effects.abs().max()
    return (largest > 0) & (largest >= SHARE * largest.max())


def lineage_tests(profile, lineages):
    """Test whether the weights of each unit differ between lineages, and in which they are higher than elsewhere.

    Two rank tests, which no constant and no scale of a unit's weights changes: over all lineages Kruskal and Wallis's;
    for each lineage against all other targets Mann and Whitney's U, one-sided (exact with at most 8 targets on a side
    and without ties, else the normal approximation). q-values are Benjamini and Hochberg's, over the units and over all
    pairs of unit and lineage. (What p-values of related cell types mean, the module says.)

    Parameters
    ----------
    profile : pandas.DataFrame
        Targets × units.
    lineages : sequence of str, length n_targets

    Returns
    -------
    pandas.DataFrame
        A row per unit and lineage, in their order: ``unit lineage n mean_weight mean_elsewhere auc p_value q_value
        kruskal_p kruskal_q``. ``n`` is the number of targets, ``auc`` = U / (n₁ n₂) the probability that a target of
        the lineage has the larger weight of two (0.5 if equal); the means are of the profile. Where fewer than two
        targets are in a lineage or outside it, or all weights of a unit are equal, there is nothing to test: p = 1.
        Lineages of one target are left out of the test of Kruskal and Wallis.
    """
    values, lineages = profile.to_numpy(), np.asarray(lineages)
    names = list(dict.fromkeys(lineages))
    differs = np.ptp(values, axis=0) > 0
    groups = [values[lineages == name] for name in names if (lineages == name).sum() > 1]
    kruskal_p = np.ones(values.shape[1])
    if len(groups) > 1:
        for unit in np.flatnonzero(np.ptp(np.concatenate(groups), axis=0) > 0):
            kruskal_p[unit] = kruskal(*(group[:, unit] for group in groups)).pvalue
    tables = []
    for name in names:
        inside, outside = values[lineages == name], values[lineages != name]
        testable = min(len(inside), len(outside)) > 1
        auc, p_value = np.full(values.shape[1], 0.5 if len(outside) else np.nan), np.ones(values.shape[1])
        for unit in np.flatnonzero(differs) if len(outside) else []:
            # One by one: SciPy takes the approximation for all if there are ties in one.
            u, p = mannwhitneyu(inside[:, unit], outside[:, unit], alternative="greater")
            auc[unit], p_value[unit] = u / (len(inside) * len(outside)), p if testable else 1
        tables.append(
            pd.DataFrame(
                {
                    "unit": profile.columns,
                    "lineage": name,
                    "n": len(inside),
                    "mean_weight": inside.mean(axis=0),
                    "mean_elsewhere": outside.mean(axis=0) if len(outside) else np.nan,
                    "auc": auc,
                    "p_value": p_value,
                    "kruskal_p": kruskal_p,
                    "kruskal_q": false_discovery_control(kruskal_p),
                    "number": range(values.shape[1]),
                }
            )
        )
    table = pd.concat(tables).sort_values("number", kind="stable", ignore_index=True)
    table.insert(7, "q_value", false_discovery_control(table["p_value"]))
    return table.drop(columns="number")


def group_units(effects, lineages, tests, named):
    """Group the units whose weights differ between lineages by their profiles, and say which lineage each serves.

    Average linkage on 1 − the correlation of the profiles across targets; groups are joined for as long as their units
    have a mean correlation of at least 0.6, so that what is one group does not depend on what else there is. A group
    serves the lineages in which the mean effect of its units is higher than elsewhere (one-sided Mann–Whitney U over
    the targets, Benjamini–Hochberg over groups and lineages), and the one in which it is highest.

    Parameters
    ----------
    effects : pandas.DataFrame
        Targets × units.
    lineages : sequence of str, length n_targets
    tests : pandas.DataFrame
        As from :func:`lineage_tests`; grouped are units with a ``kruskal_q`` below 0.05 that matter.
    named : pandas.DataFrame
        As from :func:`name_units`.

    Returns
    -------
    pandas.DataFrame
        A row per unit: ``group lineage unit tf detector order effect``. Groups have numbers from 1, in the order of the
        lineages, those of the largest effect first. ``lineage`` is the one of the highest mean, and others that pass,
        as in ``B + stem``; ``order`` is the unit's place in the group's tree, from 1 over all groups; ``effect`` the
        difference of the unit's mean effects in the first lineage and elsewhere.
    """
    columns = ["group", "lineage", "unit", "tf", "detector", "order", "effect"]
    matter = matters(effects)
    differ = [unit for unit in tests.loc[tests["kruskal_q"] < Q_VALUE, "unit"].unique() if matter[unit]]
    if not differ:
        return pd.DataFrame(columns=columns)
    values, lineages = effects[differ].to_numpy(), np.asarray(lineages)
    numbers, leaves = np.ones(1, dtype=int), np.zeros(1, dtype=int)
    if len(differ) > 1:
        # The columns have a mean of zero, so their cosines are correlations.
        distances = squareform(1 - cosines(values.T), checks=False).clip(min=0).round(12)
        tree = linkage(distances, method="average", optimal_ordering=True)
        numbers, leaves = fcluster(tree, 1 - CORRELATION + 1e-9, criterion="distance"), leaves_list(tree)

    means = {number: effects[differ].loc[:, numbers == number].mean(axis=1) for number in np.unique(numbers)}
    means = pd.DataFrame(means)
    names = list(dict.fromkeys(lineages))
    served = lineage_tests(means, lineages)
    passed = served[served["q_value"] < Q_VALUE].groupby("unit")["lineage"].agg(set)
    groups = []
    for number, mean in means.groupby(lineages, sort=False).mean().items():
        ranked = mean.sort_values(ascending=False, kind="stable").index
        serves = [ranked[0], *(name for name in ranked[1:] if name in passed.get(number, ()))]
        members = [unit for unit in leaves if numbers[unit] == number]
        inside = lineages == ranked[0]
        difference = values[inside].mean(axis=0) - (values[~inside].mean(axis=0) if not inside.all() else 0)
        groups.append((names.index(ranked[0]), -difference[members].sum(), serves, members, difference))
    groups.sort(key=lambda group: group[:2])
    rows = [
        (number, " + ".join(serves), differ[unit], difference[unit])
        for number, (_, _, serves, members, difference) in enumerate(groups, 1)
        for unit in members
    ]
    table = pd.DataFrame(rows, columns=["group", "lineage", "unit", "effect"])
    table["order"] = np.arange(1, len(table) + 1)
    return table.merge(named[["unit", "tf", "detector"]], on="unit", validate="1:1")[columns]


def unit_pairs(groups, effects, fired, named, families):
    """The pairs of units that may cooperate: of one group, with different motifs, and how often both fire.

    Motifs are different if they are in different families of the database and no known regulator matches both. Whether
    both filters fire in a region more often than by chance is told by Fisher's exact test, one-sided.

    Parameters
    ----------
    groups : pandas.DataFrame
        As from :func:`group_units`.
    effects : pandas.DataFrame
        Targets × units.
    fired : numpy.ndarray of bool, shape (n, units)
        Whether the filter of each unit of the model fires in each region.
    named : pandas.DataFrame
        As from :func:`name_units`, all units of the model in their order.
    families : pandas.DataFrame
        ``cluster motif_id``, as from :func:`cam.motifs.families.find_families`.

    Returns
    -------
    pandas.DataFrame
        ``group lineage unit_a tf_a unit_b tf_b profile_correlation regions_both expected odds_ratio p_value
        q_value``, the lowest p-value first. The odds ratio is that of the sample, missing where it is 0 / 0; q-values
        are Benjamini and Hochberg's over the pairs.
    """
    columns = [
        "group", "lineage", "unit_a", "tf_a", "unit_b", "tf_b", "profile_correlation", "regions_both", "expected",
        "odds_ratio", "p_value", "q_value",
    ]  # fmt: skip
    facts = named.set_index("unit").assign(number=range(len(named)))
    family_of = dict(zip(families["motif_id"], families["cluster"], strict=True))
    known = {unit: set(text.split(",")) for unit, text in facts["known"].dropna().items()}
    rows = []
    for number, group in groups.dropna(subset="tf").groupby("group"):
        units = sorted(group["unit"], key=facts["number"].get)
        for place, a in enumerate(units):
            for b in units[place + 1 :]:
                alike = family_of.get(facts["target_id"][a]) == family_of.get(facts["target_id"][b])
                if not alike and not known.get(a, set()) & known.get(b, set()):
                    rows.append((number, group["lineage"].iloc[0], a, facts["tf"][a], b, facts["tf"][b]))
    if not rows:
        return pd.DataFrame(columns=columns)
    table = pd.DataFrame(rows, columns=columns[:6])
    a, b = facts["number"][table["unit_a"]].to_numpy(), facts["number"][table["unit_b"]].to_numpy()
    n, total = len(fired), fired.sum(axis=0).astype(np.int64)
    together = (fired.astype(np.float32).T @ fired.astype(np.float32)).astype(np.int64)
    both = together[a, b]
    only_a, only_b = total[a] - both, total[b] - both
    neither = n - both - only_a - only_b
    values = effects.to_numpy()
    table["profile_correlation"] = cosines(values.T)[a, b]
    table["regions_both"] = both
    table["expected"] = total[a] * total[b] / n
    with np.errstate(divide="ignore", invalid="ignore"):
        table["odds_ratio"] = (both * neither) / (only_a * only_b).astype(float)
    table["p_value"] = hypergeom.sf(both - 1, n, total[a], total[b]).clip(0, 1)
    table["q_value"] = false_discovery_control(table["p_value"])
    return table.sort_values(["p_value", "group"], kind="stable", ignore_index=True)
