"""Which targets use the same units: similarity, groups, and how far both can be trusted.

Two profiles tell what a target uses the units for. By its *weights*: final weights times the standard deviation of the
unit outputs, that is, how far each unit moves the target's logit. A unit with twice the outputs and half the weights is
the same unit, so raw weights do not compare between units. By its *contributions* on sequences: how much more each unit
adds to the logit where the target is bound than elsewhere.

Profiles are compared by their cosine: 1 where two targets use the same units in the same proportions, 0 where they
share none. It does not ask how large the logits are, as a distance would, by which one target with large weights stands
against all others; and a unit that neither target uses makes them no more alike, as it would in a correlation.

Targets are one group only if they are more alike than chance makes any two of them: than they are if each target's
profile is permuted over the units (:func:`chance_similarity`). So there may be one group, several, or none.

In regression final weights and labels are taken less their means over targets: what a unit does for all targets makes
no two of them alike.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

LEVEL = 0.05  # how often, by chance, any two of all targets are as alike as those of a group have to be
FEWEST = 4  # targets; of fewer no groups are told
_REGIONS = 500  # held at a time as products of all pairs of targets
_VALUES = 2_000_000  # held at a time of permuted profiles
_ROUNDING = 1e-9  # of cosines


@dataclass(frozen=True)
class Groups:
    """Targets grouped by their profiles, with the support of replicates.

    Attributes
    ----------
    similarity : numpy.ndarray of float, shape (n_targets, n_targets)
        Cosines of the profiles, the median of the replicates.
    tree : numpy.ndarray of float, shape (n_targets − 1, 4)
        Of the similarity: a linkage matrix as SciPy has it, average linkage on 1 − similarity.
    node_support : numpy.ndarray of float, shape (n_targets − 1,)
        Share of the replicates whose own tree has the same node: one that joins exactly the same targets.
    chance : float
        The cosine above which targets are a group, as from :func:`chance_similarity`; missing with fewer than four
        targets.
    group : numpy.ndarray of int, shape (n_targets,)
        From 1, in the order of the targets; 0 for a target that is in no group.
    replicates : numpy.ndarray of int, shape (n, n_targets)
        The same of every replicate: its own tree, cut at the same ``chance``.
    resampled : bool
        Whether the replicates are resamples of the units of one model.
    """

    similarity: np.ndarray
    tree: np.ndarray
    node_support: np.ndarray
    chance: float
    group: np.ndarray
    replicates: np.ndarray
    resampled: bool

    @property
    def together(self):
        """Share of the replicates in which two targets are in one group: float, shape (n_targets, n_targets)."""
        return _same_group(self.replicates).mean(0)

    @property
    def support(self):
        """Share of the replicates in which a target is in one group with the same others, or in none again."""
        return (_same_group(self.replicates) == _same_group(self.group)).all(2).mean(0)


def _same_group(group):
    """Whether two targets are in one group: bool, shape (…, n_targets, n_targets)."""
    return (group[..., :, None] == group[..., None, :]) & (group[..., :, None] > 0)


def contribution_profiles(weights, outputs, labels):
    """What the units add to a target's logit where the target is bound, above what they add elsewhere.

    More precisely the covariance of contribution and label over the regions whose label is known. Of bound and unbound
    regions that is the difference of the mean contributions, times a factor that no cosine sees; and it is defined for
    accessibilities as well.

    Parameters
    ----------
    weights : numpy.ndarray of float, shape (n_targets, units)
        Final weights.
    outputs : numpy.ndarray of float, shape (n, units)
        Unit outputs.
    labels : numpy.ndarray of float, shape (n, n_targets)
        NaN where missing.

    Returns
    -------
    numpy.ndarray of float64, shape (n_targets, units)
    """
    known = ~np.isnan(labels)
    n_known = np.maximum(known.sum(axis=0), 1)
    labels = np.where(known, labels, 0.0).astype(float)
    centred = np.where(known, labels - labels.sum(axis=0) / n_known, 0)
    return weights * (centred.T @ outputs / n_known[:, None])


def cosines(profiles):
    """Cosine of every two rows: shape (n, n). A row of nothing but zeros is like no other."""
    lengths = np.linalg.norm(profiles, axis=1, keepdims=True)
    unit_vectors = np.divide(profiles, lengths, out=np.zeros(profiles.shape), where=lengths > 0)
    found = np.clip(unit_vectors @ unit_vectors.T, -1, 1)
    np.fill_diagonal(found, 1)
    return found


def co_use(weights, outputs):
    """How alike are the contributions to two targets within a region: the mean cosine over the regions.

    Parameters
    ----------
    weights : numpy.ndarray of float, shape (n_targets, units)
        Final weights.
    outputs : numpy.ndarray of float, shape (n, units)
        Unit outputs.

    Returns
    -------
    numpy.ndarray of float64, shape (n_targets, n_targets)
        A region in which a target gets no contribution counts as 0 for its pairs.
    """
    n_targets = len(weights)
    # The product of two targets' contributions is that of their weights, times the square of the unit output.
    products = (weights[:, None] * weights[None]).reshape(n_targets**2, -1).T
    total = np.zeros((n_targets, n_targets))
    for start in range(0, len(outputs), _REGIONS):
        dots = (outputs[start : start + _REGIONS] ** 2 @ products).reshape(-1, n_targets, n_targets)
        lengths = np.sqrt(np.einsum("ntt->nt", dots))
        scale = np.divide(1, lengths, out=np.zeros(lengths.shape), where=lengths > 0)
        total += np.einsum("nab,na,nb->ab", dots, scale, scale, optimize=True)
    found = total / len(outputs)
    np.fill_diagonal(found, 1)
    return found


def chance_similarity(profiles, seed=1, permutations=1000):
    """How alike the most alike two of all targets are by chance, if each uses the units regardless of the others.

    Each target's profile is permuted over the units, in every replicate anew, so that it keeps its values and loses
    what they are for. Of the highest cosine of any two targets, the value that is exceeded in 5 % of the permutations
    is what groups are held against. With few units, of which each target uses mostly one, it is close to 1.

    Parameters
    ----------
    profiles : sequence of numpy.ndarray of float, each of shape (n_targets, units)
        One per replicate; at least two targets.
    seed : int
    permutations : int

    Returns
    -------
    float
        A cosine; of several replicates, their median.
    """
    rng, highest = np.random.default_rng(seed), []
    above = np.triu_indices(len(profiles[0]), 1)
    at_a_time = max(1, _VALUES // (len(profiles) * max(profiles[0].size, len(above[0]))))
    for start in range(0, permutations, at_a_time):
        count = min(at_a_time, permutations - start)
        similarities = []
        for profile in profiles:
            lengths = np.linalg.norm(profile, axis=1, keepdims=True)
            vectors = np.divide(profile, lengths, out=np.zeros(profile.shape), where=lengths > 0)
            permuted = rng.permuted(np.broadcast_to(vectors, (count, *vectors.shape)), axis=2)
            similarities.append((permuted @ permuted.transpose(0, 2, 1))[:, *above])
        highest.append(np.median(similarities, axis=0).max(axis=1))
    return float(np.quantile(np.concatenate(highest), 1 - LEVEL))


def group_targets(profiles, seed=1, resamples=1000):
    """Group targets by their profiles and say how often replicates agree.

    The tree is that of the median similarity. The groups are its branches within which targets have a mean cosine above
    what chance gives for the most alike two of all targets (:func:`chance_similarity`), at every node; a target that
    joins none is in no group. Independent profiles thus have groups in one of twenty cases. Fewer than four targets
    have no groups. Support comes from the replicates, whose own trees are cut at the same level; of a single model, its
    units are drawn again with replacement, as characters are in the bootstrap of phylogenies (Felsenstein 1985).

    Parameters
    ----------
    profiles : sequence of numpy.ndarray of float, each of shape (n_targets, units)
        One per replicate, by weights or by contributions.
    seed : int
        Of the permutations and of the resamples.
    resamples : int
        Of the units, where there is one replicate.

    Returns
    -------
    Groups
    """
    n_targets, n_units = profiles[0].shape
    similarities = [cosines(profile) for profile in profiles]
    similarity = np.median(similarities, axis=0)
    chance = chance_similarity(profiles, seed) if n_targets >= FEWEST else np.nan
    if len(profiles) == 1:
        drawn = np.random.default_rng(seed).integers(n_units, size=(resamples, n_units))
        similarities = [cosines(profiles[0][:, units]) for units in drawn]

    tree = _tree(similarity, ordered=True)
    nodes = _nodes(tree)
    trees = [_tree(replicate) for replicate in similarities]
    own_nodes = [_nodes(own) for own in trees]
    node_support = np.mean([(nodes[:, None] == own).all(2).any(1) for own in own_nodes], axis=0)
    replicates = np.array([_cut(*own, chance) for own in zip(trees, own_nodes, strict=True)])
    return Groups(similarity, tree, node_support, chance, _cut(tree, nodes, chance), replicates, len(profiles) == 1)


def order_alike(profiles):
    """An order of profiles in which those that are alike stand together: that of the leaves of their tree.

    Parameters
    ----------
    profiles : numpy.ndarray of float, shape (n, n_values)

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        Rows. Where all are alike they stay as they are.
    """
    from scipy.cluster.hierarchy import leaves_list

    similarity = cosines(profiles)
    return leaves_list(_tree(similarity, ordered=True)) if (similarity < 1).any() else np.arange(len(profiles))


def _tree(similarity, ordered=False):
    """Average linkage on 1 − similarity, its leaves maybe in the order in which neighbours are most alike."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    if len(similarity) == 1:
        return np.empty((0, 4))
    return linkage(squareform(1 - similarity, checks=False), method="average", optimal_ordering=ordered)


def _nodes(tree):
    """Which targets each node of a tree joins: bool, shape (n_targets − 1, n_targets)."""
    n_targets = len(tree) + 1
    members = np.vstack([np.eye(n_targets, dtype=bool), np.zeros((n_targets - 1, n_targets), dtype=bool)])
    for node, (left, right) in enumerate(tree[:, :2].astype(int), n_targets):
        members[node] = members[left] | members[right]
    return members[n_targets:]


def _cut(tree, nodes, chance):
    """The branches of a tree above a similarity, numbered from 1 in the order of the targets; 0 for single targets."""
    group = np.zeros(nodes.shape[1], dtype=int)
    for node in nodes[1 - tree[:, 2] > chance + _ROUNDING]:  # from the closest on, so that a branch overwrites its own
        group[node] = np.flatnonzero(node)[0] + 1
    numbers = np.unique(group[group > 0])
    return np.where(group > 0, np.searchsorted(numbers, group) + 1, 0)


def cooperativity_tables(targets, by_weights, by_contributions, used_together, seeds):
    """What was found, as tables.

    Parameters
    ----------
    targets : sequence of str
    by_weights, by_contributions : Groups
    used_together : numpy.ndarray of float, shape (n_targets, n_targets)
        As from :func:`co_use`.
    seeds : sequence of int
        Of the replicates.

    Returns
    -------
    pairs : pandas.DataFrame
        ``target_a target_b similarity_weights similarity_contributions chance_weights chance_contributions co_use
        together``, the last by weights, and ``n`` and ``over``: the number of ``replicates``, or of ``resampled
        units``, in which they were together. ``chance_…`` is what the similarities within a group exceed, the same in
        every row.
    groups : pandas.DataFrame
        ``target group support contribution_group contribution_support``: the numbers of the groups, missing for a
        target in none, and with replicates a column for the groups by weights in each (``seed1`` …).
    trees : pandas.DataFrame
        A row per node: ``profile`` (``weights`` or ``contributions``), the ``left`` and ``right`` it joins (targets
        have the numbers from 1 on, in their order; nodes the numbers after them, in theirs), ``height`` (1 − cosine),
        ``support`` and ``targets``, separated by commas.
    """
    a, b = np.triu_indices(len(targets), 1)
    names = np.array(targets, dtype=object)
    told = len(targets) >= FEWEST
    pairs = pd.DataFrame(
        {
            "target_a": names[a],
            "target_b": names[b],
            "similarity_weights": by_weights.similarity[a, b],
            "similarity_contributions": by_contributions.similarity[a, b],
            "chance_weights": by_weights.chance,
            "chance_contributions": by_contributions.chance,
            "co_use": used_together[a, b],
            "together": by_weights.together[a, b] if told else np.nan,
            "n": len(by_weights.replicates),
            "over": "resampled units" if by_weights.resampled else "replicates",
        }
    )
    groups = pd.DataFrame({"target": names})
    for prefix, found in {"": by_weights, "contribution_": by_contributions}.items():
        groups[f"{prefix}group"] = _numbers(found.group)
        groups[f"{prefix}support"] = found.support if told else np.nan
    if not by_weights.resampled:
        for seed, replicate in zip(seeds, by_weights.replicates, strict=True):
            groups[f"seed{seed}"] = _numbers(replicate)
    trees = pd.concat(
        pd.DataFrame(
            {
                "profile": profile,
                "left": found.tree[:, 0].astype(int) + 1,
                "right": found.tree[:, 1].astype(int) + 1,
                "height": found.tree[:, 2],
                "support": found.node_support,
                "targets": [",".join(names[members]) for members in _nodes(found.tree)],
            }
        )
        for profile, found in {"weights": by_weights, "contributions": by_contributions}.items()
    )
    return pairs, groups, trees


def _numbers(group):
    """The numbers of groups as a column: missing for a target that is in none."""
    return pd.array(np.where(group > 0, group, None), dtype="Int64")
