"""GC content and repeats of bound and unbound regions: matched cell by cell, and described."""

import numpy as np
import pandas as pd
import pytest
from cam.data.composition import (
    bins_of_gc,
    bins_of_repeats,
    describe_composition,
    expect_repeats,
    match_composition,
)
from cam.data.selection import select
from cam.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st


def test_the_distribution_of_gc_content_is_that_of_the_bound():
    rng = np.random.default_rng(0)
    gc = np.concatenate([rng.normal(0.6, 0.03, 500), rng.uniform(0.2, 0.8, 20_000)])
    bound = np.arange(len(gc)) < 500
    chosen = match_composition(gc, bound, 2.0, rng)
    assert not (chosen & bound).any()
    assert chosen.sum() == 1000
    assert abs(gc[chosen].mean() - gc[bound].mean()) < 0.01
    assert abs(gc[~bound].mean() - gc[bound].mean()) > 0.05


def test_nothing_is_taken_from_other_bins():
    gc, bound = np.array([0.5, 0.5, 0.9, 0.9, 0.5]), np.array([True, False, False, False, False])
    rng, repeats = np.random.default_rng(0), np.array([0.3, 0.5, 0.3, 0.3, 0.2])
    assert match_composition(gc, bound, 3.0, rng).tolist() == [False, True, False, False, True]
    assert match_composition(gc, bound, 3.0, rng, repeats).tolist() == [False, True, False, False, False]


def test_bins_of_repeats():
    shares = np.array([0, 0.005, 0.25, 0.255, 0.5, 0.75, 0.8, 1])
    assert bins_of_repeats(shares).tolist() == [0, 1, 1, 2, 2, 3, 4, 4]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 400))
def test_in_every_cell_there_are_as_many_unbound_as_bound_as_far_as_there_are_candidates(seed, ratio, n_bound):
    rng = np.random.default_rng(seed)
    n = 2000
    repeats = rng.choice([0, 1], n) * rng.beta(0.6, 0.6, n)
    gc = np.clip(rng.normal(0.5 - 0.1 * repeats, 0.1), 0, 1)
    bound = np.zeros(n, dtype=bool)
    bound[np.argsort(repeats + rng.random(n))[:n_bound]] = True  # those that are bound avoid repeats
    chosen = match_composition(gc, bound, ratio, rng, repeats)
    assert not (chosen & bound).any()
    cells = 5 * bins_of_gc(gc) + bins_of_repeats(repeats)
    counts = pd.crosstab(cells, np.select([bound, chosen], ["bound", "chosen"], "left"))
    counts = counts.reindex(columns=["bound", "chosen", "left"], fill_value=0)
    available = counts["chosen"] + counts["left"]
    assert (counts["chosen"] == np.minimum(ratio * counts["bound"], available)).all()


def frame(n=4000, seed=1):
    """Candidates on three chromosomes; those in repeats are bound four times less often."""
    rng = np.random.default_rng(seed)
    repeats = np.where(rng.random(n) < 0.6, rng.random(n), 0)
    bound = rng.random(n) < np.where(repeats > 0.25, 0.05, 0.2)
    start = 1000 * np.arange(n)
    table = pd.DataFrame({"chrom": rng.choice(["chr1", "chr2", "chr3"], n), "start": start, "end": start + 100})
    table["name"] = [f"{c}:{s}" for c, s in zip(table["chrom"], start, strict=True)]
    return table.assign(gc=rng.normal(0.5, 0.05, n), repeats=repeats, A=bound.astype(float))


SPLIT = {"validation": ["chr2"], "test": ["chr3"]}


def test_unbound_regions_have_the_repeats_of_bound_ones_in_every_split_where_that_is_asked_for():
    candidates = frame()
    repeats = candidates.set_index("name")["repeats"]

    def difference(negatives):
        regions, steps = select(candidates, ["A"], SPLIT, negatives=negatives)
        of = regions.assign(repeats=repeats[regions["name"]].to_numpy()).groupby(["split", "A"])["repeats"]
        assert (regions["A"].value_counts().diff().iloc[1:].abs() < 30).all()
        return (of.mean().xs(0, level="A") - of.mean().xs(1, level="A")).abs(), steps["step"].tolist()

    matched, steps = difference("gc_and_repeat_matched")
    assert (matched < 0.02).all() and len(matched) == 3
    assert "left out: unbound, beyond 1 per bound region in each bin of GC content and repeats" in steps
    by_gc, steps = difference("gc_matched")
    assert (by_gc > 0.1).all()
    assert "left out: unbound, beyond 1 per bound region in each bin of GC content" in steps


@pytest.mark.parametrize(("share", "found"), [(0.0, "no base"), (1.0, "all bases")])
def test_a_genome_that_does_not_mark_repeats_is_one_sentence(share, found):
    sentence = (
        f"config, regions.negatives: found gc_and_repeat_matched, but {found} of the 4000 candidate regions in lower "
        "case, which marks repeats in a genome, expected some; take a soft-masked genome, such as UCSC's, or gc_matched"
    )
    with pytest.raises(InputError, match=sentence):
        select(frame().assign(repeats=share), ["A"], SPLIT, negatives="gc_and_repeat_matched")
    expect_repeats(np.array([0, 0.01]))


def test_composition_of_a_small_table():
    regions = pd.DataFrame({"A": [1, 1, 0, 0, np.nan], "B": [1, 1, 1, np.nan, np.nan]})
    gc, repeats = np.array([0.25, 0.75, 0.5, 0.25, 1]), np.array([0, 0.5, 0.125, 1, 1])
    found = describe_composition(regions, gc, repeats, ["A", "B"])
    columns = ["gc", "repeats", "repeats_0", "repeats_25", "repeats_50", "repeats_75", "repeats_100"]
    assert list(found) == ["target", "label", "regions", *columns]
    assert found[["target", "label", "regions"]].to_numpy().tolist() == [
        ["A", "bound", 2], ["A", "unbound", 2], ["B", "bound", 3], ["B", "unbound", 0], ["any target", "bound", 3],
        ["any target", "unbound", 0],
    ]  # fmt: skip
    third = 1 / 3
    np.testing.assert_allclose(
        found[columns],
        [
            [0.5, 0.25, 0.5, 0, 0.5, 0, 0],
            [0.375, 0.5625, 0, 0.5, 0, 0, 0.5],
            *([0.5, 0.625 / 3, third, third, third, 0, 0], [np.nan] * 7) * 2,
        ],
    )
    alone = describe_composition(regions, gc, repeats, ["A"])
    pd.testing.assert_frame_equal(alone, found[:2])
    for unknown in (None, np.zeros(5)):
        without = describe_composition(regions, gc, unknown, ["A", "B"])
        pd.testing.assert_series_equal(without["gc"], found["gc"])
        assert without[columns[1:]].isna().all(axis=None)
