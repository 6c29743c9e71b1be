"""How far two orientations agree, against pairs of values whose correlation is known."""

import numpy as np
import pandas as pd
import pytest
from cam.bases import encode, reverse_complement
from cam.evaluation.orientations import COLUMNS, compare_orientations


def both(n, seed=0, length=30):
    """Sequences, then their reverse complements."""
    codes = np.random.default_rng(seed).integers(0, 4, (n, length), dtype=np.uint8)
    return np.concatenate([codes, reverse_complement(codes)])


def test_the_correlation_of_pairs_whatever_their_order():
    codes, values = both(4), np.array([[1.0], [2.0], [3.0], [4.0], [2.0], [1.0], [4.0], [3.0]])
    order = np.random.default_rng(1).permutation(8)
    alone = np.random.default_rng(2).integers(0, 4, (2, 30), dtype=np.uint8)  # in one orientation: do not count
    found = compare_orientations(
        np.concatenate([codes[order], alone]), np.concatenate([values[order], [[9.0], [-9.0]]]), ["A"],
        np.concatenate([np.tile(np.arange(4), 2)[order], [4, 5]]),
    )  # fmt: skip
    assert list(found) == COLUMNS and found["target"].tolist() == ["macro", "A"]
    assert (found["pairs"] == 4).all()
    # All values have the mean 2.5 and the variance 1.25, and each pair the product of deviations 0.75.
    assert found["pearson"].tolist() == pytest.approx([0.6, 0.6])
    assert found["differing"].tolist() == pytest.approx([0.2, 0.2])
    assert found["limit"].tolist() == pytest.approx([np.sqrt(0.8)] * 2)
    assert (found["low"] <= 0.6).all() and (found["high"] >= 0.6).all()


def test_no_model_that_is_the_same_for_both_strands_passes_the_limit_and_the_mean_of_pairs_reaches_it():
    rng = np.random.default_rng(3)
    element, direction = rng.normal(size=500), rng.normal(1, 2, 500)
    first, second = element + direction, 0.5 * element + rng.normal(size=500)  # unlike in mean and variance
    values = np.concatenate([first, second])
    (limit,) = compare_orientations(both(500), values[:, None], ["A"], np.tile(np.arange(500), 2))["limit"][1:]

    def correlation(prediction):
        return np.corrcoef(np.tile(prediction, 2), values)[0, 1]

    assert correlation((first + second) / 2) == pytest.approx(limit)
    assert max(correlation(element), correlation(first), correlation(first + 2 * second)) < limit
    assert max(correlation((first + second) / 2 + rng.normal(0, 0.1, 500)) for _ in range(50)) < limit


def test_the_interval_is_of_groups_and_holds_the_correlation():
    rng = np.random.default_rng(4)
    # Fifty groups of ten variants of an element, which are as active as it is.
    element = np.repeat(rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 50), 10, axis=0)
    values = (element + 0.1 * rng.normal(size=element.shape)).T.reshape(-1, 1)
    codes, groups = both(500), np.tile(np.repeat(np.arange(50), 10), 2)
    of_groups = compare_orientations(codes, values, ["A"], groups).iloc[1]
    of_pairs = compare_orientations(codes, values, ["A"], np.tile(np.arange(500), 2)).iloc[1]
    assert of_groups["pearson"] == of_pairs["pearson"]
    assert of_groups["low"] < 0.7 < of_groups["high"]
    assert of_groups["high"] - of_groups["low"] > 2 * (of_pairs["high"] - of_pairs["low"])
    again = compare_orientations(codes, values, ["A"], groups).iloc[1]
    pd.testing.assert_series_equal(again, of_groups)


def test_every_target_and_their_mean():
    rng = np.random.default_rng(5)
    element = rng.normal(size=(300, 2))
    noise = rng.normal(size=(2, 300, 2)) * [0.5, 2.0]
    values = np.concatenate([element + noise[0], element + noise[1]])
    found = compare_orientations(both(300), values, ["A", "B"], np.tile(np.arange(300), 2)).set_index("target")
    assert found.loc["A", "pearson"] == pytest.approx(1 / 1.25, abs=0.05)
    assert found.loc["B", "pearson"] == pytest.approx(1 / 5, abs=0.1)
    for column in ("pearson", "differing", "limit"):
        assert found.loc["macro", column] == pytest.approx(found.loc[["A", "B"], column].mean())


def test_copies_are_averaged_and_padding_and_palindromes_do_not_count():
    sequences = ["NNAACAG", "AACAGNN", "NCTGTTN", "GAATTC" + "N", "TTTTTTT", "CCCCCCC", "GGGGGGG"]
    values = np.array([[1.0], [3.0], [5.0], [7.0], [8.0], [0.0], [1.0]])
    found = compare_orientations(encode(sequences), values, ["A"], np.array([0, 0, 0, 1, 2, 3, 3])).iloc[1]
    # Pairs (2, 5) and (0, 1): mean 2, products of deviations 0 and 2, variance 3.5.
    assert (found["pairs"], found["pearson"]) == (2, pytest.approx(1 / 3.5))


def test_without_pairs_there_is_nothing_to_tell():
    found = compare_orientations(both(5)[:5], np.arange(5.0)[:, None], ["A"], np.arange(5))
    assert found.empty and list(found) == COLUMNS


def test_a_target_that_does_not_vary_has_no_correlation():
    values = np.column_stack([np.ones(8), np.arange(8)])
    found = compare_orientations(both(4), values, ["A", "B"], np.tile(np.arange(4), 2)).set_index("target")
    assert found.loc["A"].drop("pairs").isna().all() and found.loc["B", "pearson"] == found.loc["macro", "pearson"]
