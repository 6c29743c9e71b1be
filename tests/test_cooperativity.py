"""Clusters of targets: planted truth, noise, replicates that disagree, and what the tables and the figure tell."""

import numpy as np
import pandas as pd
import pytest
from cam import cooperativity, plots
from cam.cooperativity import cluster_targets, co_use, contribution_profiles, cooperativity_tables, cosines
from figures import LINEAGES, texts_in_place

NAN = np.nan


def two_blocks(seed, noise=0.1, units=20):
    """Profiles of six targets: the first three use one half of the units, the others the other half."""
    rng = np.random.default_rng(seed)
    half = np.repeat([True, False], units // 2)
    uses = np.array([half] * 3 + [~half] * 3)
    return rng.uniform(0.5, 1.5, (6, units)) * uses + noise * rng.random((6, units))


def test_cosines():
    profiles = np.array([[3.0, 4.0, 0.0], [6.0, 8.0, 0.0], [0.0, 0.0, 2.0], [-4.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
    expected = [[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]
    np.testing.assert_allclose(cosines(profiles), expected, atol=1e-12)
    assert cosines(np.array([[1.0, 0.0], [1.0, 1.0]]))[0, 1] == pytest.approx(np.sqrt(0.5))
    assert cosines(np.array([[1.0, 0.0], [-1.0, 0.0]]))[0, 1] == -1


def test_contribution_profiles_are_differences_between_bound_and_unbound():
    weights = np.array([[2.0, 0.0, 1.0], [1.0, 1.0, -1.0]])
    outputs = np.array([[3.0, 1.0, 1.0], [1.0, 1.0, 1.0], [0.0, 5.0, 1.0], [2.0, 1.0, 0.0]])
    labels = np.array([[1, NAN], [1, 1], [0, 0], [NAN, 1]], dtype=np.float32)
    # Target 1: bound in the first two, not in the third: means of 2 and 0, 1 and 5, 1 and 1; times a factor of 2 / 9.
    # Target 2: bound in the second and fourth, not in the third: 1.5 and 0, 1 and 5, 0.5 and 1.
    expected = 2 / 9 * np.array([[2 * 2.0, 0 * -4.0, 1 * 0.0], [1 * 1.5, 1 * -4.0, -1 * -0.5]])
    np.testing.assert_allclose(contribution_profiles(weights, outputs, labels), expected, atol=1e-12)


def test_contribution_profiles_of_accessibilities_and_of_nothing_known():
    outputs = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 3.0]])
    labels = np.array([[10.0, NAN], [20.0, NAN], [30.0, NAN]])
    found = contribution_profiles(np.array([[1.0, 0.5], [1.0, 1.0]]), outputs, labels)
    np.testing.assert_allclose(found, [[20 / 3, 0.5 * 10], [0, 0]])


@pytest.mark.parametrize("block", [2, 500])
def test_co_use_against_region_by_region(monkeypatch, block):
    monkeypatch.setattr(cooperativity, "_REGIONS", block)
    rng = np.random.default_rng(0)
    weights, outputs = rng.normal(size=(4, 5)), rng.exponential(size=(7, 5)) * (rng.random((7, 5)) < 0.6)
    outputs[3] = 0  # a region where no unit says anything
    expected = np.zeros((4, 4))
    for region in outputs:
        contributions = weights * region
        for a, b in np.ndindex(4, 4):
            lengths = np.linalg.norm(contributions[a]) * np.linalg.norm(contributions[b])
            expected[a, b] += contributions[a] @ contributions[b] / lengths / 7 if lengths else 0
    np.fill_diagonal(expected, 1)
    np.testing.assert_allclose(co_use(weights, outputs), expected, atol=1e-12)


def test_a_tree_is_of_average_linkage():
    # Cosines of 0.8 and of 0.6 and 0.96: the second and third are the closest.
    profiles = np.array([[1.0, 0.0], [0.6, 0.8], [0.8, 0.6]])
    found = cluster_targets([profiles])
    np.testing.assert_allclose(found.similarity, [[1, 0.6, 0.8], [0.6, 1, 0.96], [0.8, 0.96, 1]])
    np.testing.assert_allclose(found.tree[:, 2], [0.04, (0.4 + 0.2) / 2])
    assert [sorted(row) for row in found.tree[:, :2].tolist()] == [[1, 2], [0, 3]]
    assert found.cluster.tolist() == [1, 2, 2]


@pytest.mark.parametrize("seed", range(5))
def test_planted_clusters_are_found_with_full_support(seed):
    one = cluster_targets([two_blocks(seed)], seed)
    assert one.cluster.tolist() == [1, 1, 1, 2, 2, 2]
    assert one.resampled and len(one.replicates) == 1000
    assert one.support.min() > 0.99
    assert one.together[:3, :3].min() > 0.99 and one.together[:3, 3:].max() < 0.01
    five = cluster_targets([two_blocks(10 * seed + replicate) for replicate in range(5)])
    assert five.cluster.tolist() == [1, 1, 1, 2, 2, 2]
    assert not five.resampled
    assert five.replicates.tolist() == [[1, 1, 1, 2, 2, 2]] * 5
    assert five.support.tolist() == [1] * 6
    np.testing.assert_array_equal(five.together, np.kron(np.eye(2), np.ones((3, 3))))


def test_what_a_target_is_like_does_not_depend_on_how_large_its_logits_are():
    """A distance would put a target of large weights against all others."""
    profile = two_blocks(0)
    profile[0] *= 100
    assert cluster_targets([profile]).cluster.tolist() == [1, 1, 1, 2, 2, 2]


def test_noise_has_no_support():
    rng = np.random.default_rng(0)
    found = [cluster_targets([rng.exponential(size=(6, 20))], seed, resamples=200) for seed in range(10)]
    assert np.mean([clusters.support.mean() for clusters in found]) < 0.5
    found = [cluster_targets([rng.exponential(size=(6, 20)) for _ in range(5)]) for _ in range(10)]
    assert np.mean([clusters.support.mean() for clusters in found]) < 0.4
    assert np.mean([clusters.node_support[:-1].mean() for clusters in found]) < 0.4


def test_replicates_that_disagree_are_counted():
    """Two of three replicates have {A, B} and {C, D}; the third has {A, B, C} and {D}."""
    agree = np.array([[1.0, 0.1, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.1], [0.0, 1.0, 0.0]])
    other = np.array([[1.0, 0.1, 0.0], [1.0, 0.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.0, 1.0]])
    found = cluster_targets([agree, other, agree])
    assert found.cluster.tolist() == [1, 1, 2, 2]
    assert found.replicates.tolist() == [[1, 1, 2, 2], [1, 1, 1, 2], [1, 1, 2, 2]]
    np.testing.assert_allclose(found.support, 2 / 3)
    third = 1 / 3
    expected = [[1, 1, third, 0], [1, 1, third, 0], [third, third, 1, 2 / 3], [0, 0, 2 / 3, 1]]
    np.testing.assert_allclose(found.together, expected)
    nodes = dict(zip(map(frozenset, found.tree[:, :2].astype(int).tolist()), found.node_support, strict=True))
    assert nodes[frozenset({2, 3})] == pytest.approx(2 / 3)
    assert nodes[frozenset({0, 1})] == pytest.approx(1)  # also a node of the third tree
    assert found.node_support[-1] == 1


def test_the_same_seed_gives_the_same_support():
    profile = np.random.default_rng(1).exponential(size=(6, 10))
    first, again, other = (cluster_targets([profile], seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.replicates, again.replicates)
    assert (first.replicates != other.replicates).any()


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("replicates", [1, 3])
def test_one_or_two_targets_are_one_cluster(n_targets, replicates):
    found = cluster_targets([np.eye(n_targets, 4)] * replicates)
    assert found.cluster.tolist() == [1] * n_targets
    assert found.tree.shape == (n_targets - 1, 4)
    seeds = range(replicates)
    pairs, clusters, trees = cooperativity_tables(["A", "B"][:n_targets], found, found, np.eye(n_targets), seeds)
    assert len(pairs) == n_targets - 1 and pairs["together"].isna().all()
    assert clusters["support"].isna().all()
    assert len(trees) == 2 * (n_targets - 1)


def test_targets_without_units_are_apart():
    profiles = two_blocks(0)
    profiles[1] = profiles[4] = 0
    found = cluster_targets([profiles])
    assert found.similarity[1].tolist() == [0, 1, 0, 0, 0, 0]
    assert found.cluster[0] == found.cluster[2] != found.cluster[3] == found.cluster[5]


def tables(targets, by_weights, by_contributions, seeds):
    return cooperativity_tables(
        targets, cluster_targets(by_weights), cluster_targets(by_contributions), np.eye(len(targets)), seeds
    )


def test_tables_of_replicates():
    first = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
    pairs, clusters, trees = tables(["A", "B", "C"], [first, first], [np.eye(3)[[0, 1, 1]]] * 2, [1, 7])
    expected = pd.DataFrame(
        {
            "target_a": ["A", "A", "B"],
            "target_b": ["B", "C", "C"],
            "similarity_weights": [0.8, 0.0, 0.0],
            "similarity_contributions": [0.0, 0.0, 1.0],
            "co_use": [0.0] * 3,
            "together": [1.0, 0.0, 0.0],
            "n": 2,
            "over": "replicates",
        }
    )
    pd.testing.assert_frame_equal(pairs, expected, check_dtype=False)
    assert list(clusters) == [
        "target", "cluster", "support", "contribution_cluster", "contribution_support", "seed1", "seed7",
    ]  # fmt: skip
    assert clusters.values.tolist() == [["A", 1, 1, 1, 1, 1, 1], ["B", 1, 1, 2, 1, 1, 1], ["C", 2, 1, 2, 1, 2, 2]]
    assert list(trees) == ["profile", "left", "right", "height", "support", "targets"]
    assert trees["targets"].tolist() == ["A,B", "A,B,C", "B,C", "A,B,C"]
    assert [sorted(row) for row in trees[["left", "right"]].values.tolist()] == [[1, 2], [3, 4], [2, 3], [1, 4]]
    np.testing.assert_allclose(trees["height"], [0.2, 1, 0, 1], atol=1e-12)


def test_tables_of_one_model_count_resamples():
    pairs, clusters, _ = tables(list("ABCDEF"), [two_blocks(0)], [two_blocks(1)], [1])
    assert set(pairs["over"]) == {"resampled units"} and set(pairs["n"]) == {1000}
    assert "seed1" not in clusters


def maps(figure):
    return [axes for axes in figure.axes if axes.images]


def test_the_figure_shows_clusters_and_support():
    profiles = [two_blocks(0), two_blocks(1), two_blocks(2)[[0, 3, 2, 1, 4, 5]]]  # B and D changed places
    found = tables(list("ABCDEF"), profiles, [two_blocks(0)] * 3, [1, 2, 3])
    figure = plots.cooperativity(*found)
    weights, contributions = maps(figure)
    order = [label.get_text() for label in weights.get_yticklabels()]
    assert {frozenset(order[:3]), frozenset(order[3:])} == {frozenset("ABC"), frozenset("DEF")}
    similarity = cluster_targets(profiles).similarity
    places = ["ABCDEF".index(name) for name in order]
    np.testing.assert_allclose(weights.images[0].get_array(), similarity[np.ix_(places, places)], atol=1e-6)
    for axes in (weights, contributions):
        frames = [patch.get_bbox().bounds for patch in axes.patches]
        assert sorted(frames) == [(-0.5, -0.5, 3, 3), (2.5, 2.5, 3, 3)]
    support = {text.get_text() for axes in figure.axes for text in axes.texts if "%" in text.get_text()}
    assert {"67%", "100%"} <= support
    assert "share of 3 replicates" in figure.texts[-1].get_text()


@pytest.mark.parametrize("replicates", [1, 5])
@pytest.mark.parametrize(("n_targets", "n_units"), [(2, 10), (3, 10), (6, 20), (30, 50), (31, 50), (81, 300)])
def test_the_figure_can_be_read(n_targets, n_units, replicates):
    rng = np.random.default_rng(0)
    targets = LINEAGES["target"][::-1].tolist()[:n_targets]
    by_weights, by_contributions = (
        [rng.exponential(size=(n_targets, n_units)) for _ in range(replicates)] for _ in range(2)
    )
    found = [cluster_targets(profiles, resamples=20) for profiles in (by_weights, by_contributions)]
    tables = cooperativity_tables(targets, *found, np.eye(n_targets), range(replicates))
    lineages = LINEAGES if n_targets > 6 else None
    figure = plots.cooperativity(*tables, lineages)
    assert len(maps(figure)) == 2
    shown = texts_in_place(figure)
    assert ("T.act" in shown) == (n_targets > 6)
    assert all(shown.count(target) == 4 for target in targets)  # at both sides of both maps


def test_the_figure_of_one_or_two_targets_says_so():
    for n_targets, sentence in ((1, "One target: there is none"), (2, "Two targets: too few to cluster")):
        found = cluster_targets([np.eye(n_targets, 3)])
        figure = plots.cooperativity(
            *cooperativity_tables(["A", "B"][:n_targets], found, found, np.eye(n_targets), [1])
        )
        assert any(sentence in text for text in texts_in_place(figure))
