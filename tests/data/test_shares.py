"""Shares of the training regions: nested, with what belongs together on one side."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from cam.bases import reverse_complement
from cam.data.dataset import Dataset
from cam.data.shares import draw_share


@pytest.fixture
def dataset():
    """200 regions for training, 40 of each of the others; the label and the weight of a region are its row."""
    rng = np.random.default_rng(1)
    split = rng.permutation(np.repeat([0, 1, 2], [200, 40, 40])).astype(np.uint8)
    codes = rng.integers(0, 4, (280, 60), dtype=np.uint8)
    rows = np.arange(280, dtype=np.float32)
    return Dataset(codes, rows[:, None], split, ("T",), "regression", rows)


def positions(starts):
    starts = np.asarray(starts)
    return pd.DataFrame({"chrom": "chr1", "start": starts, "end": starts + 60})


def rows(dataset):
    return set(dataset.labels[:, 0].astype(int))


def trained_on(dataset):
    return set(dataset.labels[dataset.split == 0, 0].astype(int))


def test_smaller_shares_are_parts_of_larger_ones_and_nothing_else_changes(dataset):
    regions = positions(100 * np.arange(280))
    found = {share: draw_share(dataset, regions, share, seed=3) for share in (0.25, 0.5, 1.0)}
    assert [(part.split == 0).sum() for part in found.values()] == [50, 100, 200]
    assert trained_on(found[0.25]) < trained_on(found[0.5]) < trained_on(found[1.0])
    for part in found.values():
        assert rows(dataset) - rows(part) == trained_on(dataset) - trained_on(part)
        kept = part.labels[:, 0].astype(int)
        assert (np.diff(kept) > 0).all()
        np.testing.assert_array_equal(part.sequences, dataset.sequences[kept])
        np.testing.assert_array_equal(part.split, dataset.split[kept])
        np.testing.assert_array_equal(part.weights, kept)
        assert (part.targets, part.task) == (dataset.targets, dataset.task)
    assert trained_on(draw_share(dataset, regions, 0.5, seed=4)) != trained_on(found[0.5])
    assert draw_share(replace(dataset, weights=None), regions, 0.5).weights is None


def test_regions_that_overlap_are_drawn_together(dataset):
    regions = positions(100 * (np.arange(280) // 2) + 20 * (np.arange(280) % 2))  # two and two overlap
    drawn, before = trained_on(draw_share(dataset, regions, 0.5)), trained_on(dataset)
    pairs = [{row, row + 1} for row in range(0, 280, 2) if {row, row + 1} <= before]
    assert len(pairs) > 50
    assert {len(pair & drawn) for pair in pairs} == {0, 2}


@pytest.mark.parametrize("chrom", [None, "its own"])
def test_of_sequences_without_positions_near_duplicates_are_drawn_together(dataset, chrom):
    codes = dataset.sequences.copy()
    twins = np.flatnonzero(dataset.split == 0).reshape(-1, 2)
    codes[twins[:, 1]] = reverse_complement(codes[twins[:, 0]])
    codes[twins[:, 1], 5] = 0  # and a base of some is another
    names = [f"sequence{row}" if chrom else None for row in range(280)]
    regions = pd.DataFrame({"chrom": pd.Series(names, dtype=object), "start": 0, "end": 60})
    drawn = trained_on(draw_share(replace(dataset, sequences=codes), regions, 0.5))
    assert 90 <= len(drawn) <= 110
    assert {len(set(pair) & drawn) for pair in twins.tolist()} == {0, 2}
    apart = trained_on(draw_share(dataset, regions, 0.5))
    assert 1 in {len(set(pair) & apart) for pair in twins.tolist()}


def test_known_groups_are_drawn_together_whatever_the_sequences_say(dataset):
    """As are a sequence and the shuffled one made of it, which are not alike."""
    names = np.array([f"s{row}" for row in range(280)])
    regions = pd.DataFrame({"chrom": names, "start": 0, "end": 60, "name": names})
    twins = np.flatnonzero(dataset.split == 0).reshape(-1, 2)
    group = np.arange(280)
    group[twins[:, 1]] = group[twins[:, 0]]
    groups = pd.DataFrame({"name": names, "group": group}).sample(frac=1, random_state=1)
    drawn = trained_on(draw_share(dataset, regions, 0.5, groups=groups))
    assert 90 <= len(drawn) <= 110
    assert {len(set(pair) & drawn) for pair in twins.tolist()} == {0, 2}
