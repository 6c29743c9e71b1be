"""Groups of targets: planted truth, noise, replicates that disagree, and what the tables and the figure tell."""

import numpy as np
import pytest
from cam import plots
from cam.interpretation import cooperativity
from cam.interpretation.cooperativity import (
    chance_similarity,
    co_use,
    contribution_profiles,
    cooperativity_tables,
    cosines,
    group_targets,
)
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
    found = group_targets([profiles])
    np.testing.assert_allclose(found.similarity, [[1, 0.6, 0.8], [0.6, 1, 0.96], [0.8, 0.96, 1]])
    np.testing.assert_allclose(found.tree[:, 2], [0.04, (0.4 + 0.2) / 2])
    assert [sorted(row) for row in found.tree[:, :2].tolist()] == [[1, 2], [0, 3]]
    assert found.group.tolist() == [0, 0, 0]  # of three targets no groups are told


@pytest.mark.parametrize("seed", range(2))
def test_near_identical_targets_are_one_group(seed):
    rng = np.random.default_rng(seed)
    shared = rng.exponential(size=20)
    alike = [shared * rng.uniform(0.9, 1.1, (6, 20)) for _ in range(3)]
    for profiles in (alike[:1], alike):
        found = group_targets(profiles, seed, resamples=200)
        assert found.group.tolist() == [1] * 6
        assert found.support.min() > 0.95
    assert group_targets([np.tile(shared, (6, 1))], resamples=2).group.tolist() == [1] * 6


@pytest.mark.parametrize("replicates", [1, 3])
def test_independent_targets_are_in_no_group_but_at_the_stated_rate(replicates):
    rng = np.random.default_rng(replicates)
    draws = [[rng.exponential(size=(6, 20)) for _ in range(replicates)] for _ in range(300)]
    grouped = [group_targets(profiles, resamples=2).group.any() for profiles in draws]
    assert 0.02 < np.mean(grouped) < 0.085  # 5 %, within three standard errors


def test_where_each_target_uses_one_of_few_units_chance_makes_targets_alike():
    rng = np.random.default_rng(0)
    profile = 0.02 * rng.random((6, 8))
    profile[range(6), [0, 0, 1, 2, 3, 4]] = 1
    found = group_targets([profile])
    assert found.similarity[0, 1] > 0.99 and found.chance > found.similarity[0, 1] - 0.01
    assert found.group.tolist() == [0] * 6


def test_chance_is_what_permuted_profiles_reach():
    rng = np.random.default_rng(0)
    profiles = [rng.exponential(size=(5, 12)) for _ in range(3)]
    found = chance_similarity(profiles, permutations=2000)
    permuted = np.array([[cosines(rng.permuted(p, axis=1)) for p in profiles] for _ in range(2000)])
    permuted[..., range(5), range(5)] = -1
    assert found == pytest.approx(np.quantile(np.median(permuted, axis=1).max((1, 2)), 0.95), abs=0.03)
    assert chance_similarity([np.ones((5, 1))]) == pytest.approx(1)


def test_groups_that_only_replicates_together_show_have_the_support_of_each():
    """Chance makes two targets of one noisy replicate as alike; the median of five is beyond it, and each has them."""
    rng = np.random.default_rng(3)
    blocks = np.kron(np.eye(2), np.ones((3, 10)))
    five = [blocks * rng.exponential(size=20) + 0.8 * rng.exponential(size=(6, 20)) for _ in range(5)]
    found = group_targets(five)
    assert found.group.tolist() == [1, 1, 1, 2, 2, 2]
    assert any(not group_targets([profile], resamples=2).group.all() for profile in five)
    assert found.support.min() > 0.5 and found.together[0, 1] > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_planted_groups_are_found_with_full_support(seed):
    one = group_targets([two_blocks(seed)], seed)
    assert one.group.tolist() == [1, 1, 1, 2, 2, 2]
    assert one.resampled and len(one.replicates) == 1000
    assert one.support.min() > 0.99
    assert one.together[:3, :3].min() > 0.99 and one.together[:3, 3:].max() < 0.01
    five = group_targets([two_blocks(10 * seed + replicate) for replicate in range(5)])
    assert five.group.tolist() == [1, 1, 1, 2, 2, 2]
    assert not five.resampled
    assert five.replicates.tolist() == [[1, 1, 1, 2, 2, 2]] * 5
    assert five.support.tolist() == [1] * 6
    np.testing.assert_array_equal(five.together, np.kron(np.eye(2), np.ones((3, 3))))


def test_what_a_target_is_like_does_not_depend_on_how_large_its_logits_are():
    """A distance would put a target of large weights against all others."""
    profile = two_blocks(0)
    profile[0] *= 100
    assert group_targets([profile]).group.tolist() == [1, 1, 1, 2, 2, 2]


def test_noise_has_no_support():
    rng = np.random.default_rng(0)
    found = [group_targets([rng.exponential(size=(6, 20)) for _ in range(5)]) for _ in range(10)]
    assert np.mean([groups.node_support[:-1].mean() for groups in found]) < 0.4


def test_replicates_that_disagree_are_counted():
    """Two of three replicates have {A, B} and {C, D}; the third has {A, B, C}, and D by itself."""
    rng = np.random.default_rng(0)
    first, second, third = rng.exponential(size=(3, 40)) * (np.arange(40) % 3 == [[0], [1], [2]])
    agree = np.array([first, first + 0.1 * third, second, second + 0.1 * third])
    other = np.array([first, first + 0.1 * third, first + 0.5 * third, third])
    found = group_targets([agree, other, agree])
    assert found.group.tolist() == [1, 1, 2, 2]
    assert found.replicates.tolist() == [[1, 1, 2, 2], [1, 1, 1, 0], [1, 1, 2, 2]]
    np.testing.assert_allclose(found.support, 2 / 3)
    third = 1 / 3
    expected = [[1, 1, third, 0], [1, 1, third, 0], [third, third, 1, 2 / 3], [0, 0, 2 / 3, 2 / 3]]
    np.testing.assert_allclose(found.together, expected)
    nodes = dict(zip(map(frozenset, found.tree[:, :2].astype(int).tolist()), found.node_support, strict=True))
    assert nodes[frozenset({2, 3})] == pytest.approx(2 / 3)
    assert nodes[frozenset({0, 1})] == pytest.approx(1)  # also a node of the third tree
    assert found.node_support[-1] == 1


def test_the_same_seed_gives_the_same_support():
    profile = np.random.default_rng(1).exponential(size=(6, 10))
    first, again, other = (group_targets([profile], seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.replicates, again.replicates)
    assert (first.replicates != other.replicates).any()


@pytest.mark.parametrize("n_targets", [1, 2, 3])
@pytest.mark.parametrize("replicates", [1, 3])
def test_fewer_than_four_targets_have_no_groups(n_targets, replicates):
    found = group_targets([np.ones((n_targets, 4))] * replicates)
    assert found.group.tolist() == [0] * n_targets
    assert found.tree.shape == (n_targets - 1, 4)
    seeds = range(replicates)
    pairs, groups, trees = cooperativity_tables(list("ABC")[:n_targets], found, found, np.eye(n_targets), seeds)
    assert len(pairs) == n_targets * (n_targets - 1) // 2
    assert pairs[["together", "chance_weights", "chance_contributions"]].isna().all(axis=None)
    assert groups.drop(columns="target").isna().all(axis=None)
    assert len(trees) == 2 * (n_targets - 1)


def test_targets_without_units_are_apart():
    profiles = two_blocks(0)
    profiles[1] = profiles[4] = 0
    found = group_targets([profiles])
    assert found.similarity[1].tolist() == [0, 1, 0, 0, 0, 0]
    assert found.group.tolist() == [1, 0, 1, 2, 0, 2]


def tables(targets, by_weights, by_contributions, seeds):
    return cooperativity_tables(
        targets, group_targets(by_weights), group_targets(by_contributions), np.eye(len(targets)), seeds
    )


def test_tables_of_replicates():
    rng = np.random.default_rng(0)
    first, second = rng.exponential(size=(2, 20)) * (np.arange(20) % 2 == [[0], [1]])
    alone = rng.permutation(first + second)
    by_weights = np.array([first, 2 * first, second, alone])
    by_contributions = np.array([first, second, second, second])
    pairs, groups, trees = tables(list("ABCD"), [by_weights] * 2, [by_contributions] * 2, [1, 7])
    assert list(pairs) == [
        "target_a", "target_b", "similarity_weights", "similarity_contributions", "chance_weights",
        "chance_contributions", "co_use", "together", "n", "over",
    ]  # fmt: skip
    assert (pairs["target_a"] + pairs["target_b"]).tolist() == ["AB", "AC", "AD", "BC", "BD", "CD"]
    np.testing.assert_allclose(pairs["similarity_weights"][[0, 1, 3]], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(pairs["similarity_contributions"], [0, 0, 0, 1, 1, 1], atol=1e-12)
    assert pairs["together"].tolist() == [1, 0, 0, 0, 0, 0]
    assert set(pairs["n"]) == {2} and set(pairs["over"]) == {"replicates"}
    expected = chance_similarity([by_weights] * 2)
    assert pairs["chance_weights"].unique().tolist() == [expected] and 0.5 < expected < 1
    assert list(groups) == [
        "target", "group", "support", "contribution_group", "contribution_support", "seed1", "seed7",
    ]  # fmt: skip
    assert groups["contribution_group"].fillna(0).tolist() == [0, 1, 1, 1]
    for name in ("group", "seed1", "seed7"):
        assert groups[name].fillna(0).tolist() == [1, 1, 0, 0]
    assert groups[["support", "contribution_support"]].eq(1).all(axis=None)
    assert list(trees) == ["profile", "left", "right", "height", "support", "targets"]
    assert trees["targets"].iloc[[0, 2, 5]].tolist() == ["A,B", "A,B,C,D", "A,B,C,D"]
    np.testing.assert_allclose(trees["height"].iloc[[0, 3, 5]], [0, 0, 1], atol=1e-12)


def test_tables_of_one_model_count_resamples():
    pairs, groups, _ = tables(list("ABCDEF"), [two_blocks(0)], [two_blocks(1)], [1])
    assert set(pairs["over"]) == {"resampled units"} and set(pairs["n"]) == {1000}
    assert "seed1" not in groups


def maps(figure):
    return [axes for axes in figure.axes if axes.images]


def test_the_figure_shows_groups_and_support():
    profiles = [two_blocks(0), two_blocks(1), two_blocks(2)[[0, 3, 2, 1, 4, 5]]]  # B and D changed places
    found = tables(list("ABCDEF"), profiles, [two_blocks(0)] * 3, [1, 2, 3])
    figure = plots.cooperativity(*found)
    weights, contributions = maps(figure)
    order = [label.get_text() for label in weights.get_yticklabels()]
    assert {frozenset(order[:3]), frozenset(order[3:])} == {frozenset("ABC"), frozenset("DEF")}
    similarity = group_targets(profiles).similarity
    places = ["ABCDEF".index(name) for name in order]
    np.testing.assert_allclose(weights.images[0].get_array(), similarity[np.ix_(places, places)], atol=1e-6)
    for axes in (weights, contributions):
        frames = [patch.get_bbox().bounds for patch in axes.patches]
        assert sorted(frames) == [(-0.5, -0.5, 3, 3), (2.5, 2.5, 3, 3)]
    support = {text.get_text() for axes in figure.axes for text in axes.texts if "%" in text.get_text()}
    assert {"67%", "100%"} <= support
    assert "share of 3 replicates" in figure.texts[-1].get_text()
    assert [text.get_text() for text in figure.texts].count("2 groups") == 2


@pytest.mark.parametrize(("shared", "said"), [(1.0, "one group"), (0.0, "no group")])
def test_the_figure_shows_one_group_or_none(shared, said):
    rng = np.random.default_rng(0)
    profile = shared * rng.exponential(size=20) + (1 - shared) * rng.exponential(size=(6, 20))
    found = tables(list("ABCDEF"), [profile], [profile], [1])
    figure = plots.cooperativity(*found)
    assert texts_in_place(figure).count(said) == 2
    assert [len(axes.patches) for axes in maps(figure)] == [int(shared)] * 2


@pytest.mark.parametrize("replicates", [1, 5])
@pytest.mark.parametrize(("n_targets", "n_units"), [(2, 10), (3, 10), (6, 20), (30, 50), (31, 50), (81, 60)])
def test_the_figure_can_be_read(n_targets, n_units, replicates):
    rng = np.random.default_rng(0)
    targets = LINEAGES["target"][::-1].tolist()[:n_targets]
    by_weights, by_contributions = (
        [rng.exponential(size=(n_targets, n_units)) for _ in range(replicates)] for _ in range(2)
    )
    found = [group_targets(profiles, resamples=20) for profiles in (by_weights, by_contributions)]
    tables = cooperativity_tables(targets, *found, np.eye(n_targets), range(replicates))
    lineages = LINEAGES if n_targets > 6 else None
    figure = plots.cooperativity(*tables, lineages)
    assert len(maps(figure)) == 2
    shown = texts_in_place(figure)
    assert ("T.act" in shown) == (n_targets > 6)
    assert all(shown.count(target) == 4 for target in targets)  # at both sides of both maps


@pytest.mark.parametrize(
    ("n_targets", "sentence"),
    [
        (1, "One target: there is none"),
        (2, "Two targets: too few for groups"),
        (3, "Three targets: too few for groups"),
    ],
)
def test_the_figure_of_few_targets_says_so(n_targets, sentence):
    found = group_targets([np.eye(n_targets, 3)])
    figure = plots.cooperativity(*cooperativity_tables(list("ABC")[:n_targets], found, found, np.eye(n_targets), [1]))
    assert any(sentence in text for text in texts_in_place(figure))
    assert len(maps(figure)) == (0 if n_targets == 1 else 2)
    assert not any(axes.patches for axes in maps(figure))
