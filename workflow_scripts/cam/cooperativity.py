"""Which targets use the same units: similarity, clusters, and how far both can be trusted.

Two profiles tell what a target uses the units for. By its *weights*: final weights times the standard deviation of the
unit outputs, that is, how far each unit moves the target's logit. A unit with twice the outputs and half the weights is
the same unit, so raw weights do not compare between units. By its *contributions* on sequences: how much more each unit
adds to the logit where the target is bound than elsewhere.

Profiles are compared by their cosine: 1 where two targets use the same units in the same proportions, 0 where they
share none. It does not ask how large the logits are, as a distance would, by which one target with large weights stands
against all others; and a unit that neither target uses makes them no more alike, as it would in a correlation.

In regression final weights and labels are taken less their means over targets: what a unit does for all targets makes
no two of them alike.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

_REGIONS = 500  # held at a time as products of all pairs of targets


@dataclass(frozen=True)
class Clusters:
    """Targets clustered by their profiles, with the support of replicates.

    Attributes
    ----------
    similarity : numpy.ndarray of float, shape (n_targets, n_targets)
        Cosines of the profiles, the median of the replicates.
    tree : numpy.ndarray of float, shape (n_targets − 1, 4)
        Of the similarity: a linkage matrix as SciPy has it, average linkage on 1 − similarity.
    node_support : numpy.ndarray of float, shape (n_targets − 1,)
        Share of the replicates whose own tree has the same node: one that joins exactly the same targets.
    cluster : numpy.ndarray of int, shape (n_targets,)
        From 1, in the order of the targets.
    replicates : numpy.ndarray of int, shape (n, n_targets)
        The same of every replicate, its own tree cut into as many clusters.
    resampled : bool
        Whether the replicates are resamples of the units of one model.
    """

    similarity: np.ndarray
    tree: np.ndarray
    node_support: np.ndarray
    cluster: np.ndarray
    replicates: np.ndarray
    resampled: bool

    @property
    def together(self):
        """Share of the replicates in which two targets are in one cluster: float, shape (n_targets, n_targets)."""
        return (self.replicates[:, :, None] == self.replicates[:, None]).mean(0)

    @property
    def support(self):
        """Share of the replicates that have exactly the cluster in which a target is: float, shape (n_targets,)."""
        both_together = self.replicates[:, :, None] == self.replicates[:, None]
        return (both_together == (self.cluster[:, None] == self.cluster)).all(2).mean(0)


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


def cluster_targets(profiles, seed=1, resamples=1000):
    """Cluster targets by their profiles and say how often replicates agree.

    The tree is that of the median similarity. It is cut into the number of clusters, from 2 to one less than there are
    targets, whose silhouette (Rousseeuw 1987) is the largest. Fewer than three targets are one cluster. Support comes
    from the replicates; of a single model, its units are drawn again with replacement, as characters are in the
    bootstrap of phylogenies (Felsenstein 1985).

    Parameters
    ----------
    profiles : sequence of numpy.ndarray of float, each of shape (n_targets, units)
        One per replicate, by weights or by contributions.
    seed : int
        Of the resamples.
    resamples : int
        Of the units, where there is one replicate.

    Returns
    -------
    Clusters
    """
    from sklearn.metrics import silhouette_score

    n_targets, n_units = profiles[0].shape
    similarities = [cosines(profile) for profile in profiles]
    similarity = np.median(similarities, axis=0)
    if len(profiles) == 1:
        drawn = np.random.default_rng(seed).integers(n_units, size=(resamples, n_units))
        similarities = [cosines(profiles[0][:, units]) for units in drawn]

    tree = _tree(similarity)
    nodes, distance = _nodes(tree), 1 - similarity
    cuts = {count: _cut(nodes, count) for count in range(2, n_targets)}
    silhouettes = {count: silhouette_score(distance, cut, metric="precomputed") for count, cut in cuts.items()}
    count = max(silhouettes, key=silhouettes.get, default=1)

    own_nodes = [_nodes(_tree(replicate)) for replicate in similarities]
    node_support = np.mean([(nodes[:, None] == own).all(2).any(1) for own in own_nodes], axis=0)
    replicates = np.array([_cut(own, count) for own in own_nodes])
    return Clusters(similarity, tree, node_support, _cut(nodes, count), replicates, len(profiles) == 1)


def _tree(similarity):
    """Average linkage on 1 − similarity."""
    if len(similarity) == 1:
        return np.empty((0, 4))
    return linkage(squareform(1 - similarity, checks=False), method="average", optimal_ordering=True)


def _nodes(tree):
    """Which targets each node of a tree joins: bool, shape (n_targets − 1, n_targets)."""
    n_targets = len(tree) + 1
    members = np.vstack([np.eye(n_targets, dtype=bool), np.zeros((n_targets - 1, n_targets), dtype=bool)])
    for node, (left, right) in enumerate(tree[:, :2].astype(int), n_targets):
        members[node] = members[left] | members[right]
    return members[n_targets:]


def _cut(nodes, count):
    """Cut a tree into some number of clusters, numbered from 1 in the order of the targets."""
    n_targets = nodes.shape[1]
    cluster = np.arange(n_targets)
    for node in nodes[: n_targets - count]:
        cluster[node] = cluster[node].min()
    return np.unique(cluster, return_inverse=True)[1] + 1


def cooperativity_tables(targets, by_weights, by_contributions, used_together, seeds):
    """What was found, as tables.

    Parameters
    ----------
    targets : sequence of str
    by_weights, by_contributions : Clusters
    used_together : numpy.ndarray of float, shape (n_targets, n_targets)
        As from :func:`co_use`.
    seeds : sequence of int
        Of the replicates.

    Returns
    -------
    pairs : pandas.DataFrame
        ``target_a target_b similarity_weights similarity_contributions co_use together``, the last by weights, and
        ``n`` and ``over``: the number of ``replicates``, or of ``resampled units``, in which they were together.
    clusters : pandas.DataFrame
        ``target cluster support contribution_cluster contribution_support`` and, with replicates, a column for the
        clusters by weights in each (``seed1`` …).
    trees : pandas.DataFrame
        A row per node: ``profile`` (``weights`` or ``contributions``), the ``left`` and ``right`` it joins (targets
        have the numbers from 1 on, in their order; nodes the numbers after them, in theirs), ``height`` (1 − cosine),
        ``support`` and ``targets``, separated by commas.
    """
    a, b = np.triu_indices(len(targets), 1)
    names = np.array(targets, dtype=object)
    pairs = pd.DataFrame(
        {
            "target_a": names[a],
            "target_b": names[b],
            "similarity_weights": by_weights.similarity[a, b],
            "similarity_contributions": by_contributions.similarity[a, b],
            "co_use": used_together[a, b],
            "together": by_weights.together[a, b] if len(targets) > 2 else np.nan,
            "n": len(by_weights.replicates),
            "over": "resampled units" if by_weights.resampled else "replicates",
        }
    )
    clusters = pd.DataFrame({"target": names})
    for prefix, found in {"": by_weights, "contribution_": by_contributions}.items():
        clusters[f"{prefix}cluster"] = found.cluster
        clusters[f"{prefix}support"] = found.support if len(targets) > 2 else np.nan
    if not by_weights.resampled:
        for seed, replicate in zip(seeds, by_weights.replicates, strict=True):
            clusters[f"seed{seed}"] = replicate
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
    return pairs, clusters, trees
