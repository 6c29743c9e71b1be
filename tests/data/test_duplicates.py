import math
import time

import numpy as np
import pandas as pd
import pytest
from cam.bases import decode, encode, reverse_complement
from cam.data import duplicates
from cam.data.duplicates import canonical, count_duplicates, group_duplicates, merge_copies


def random_codes(rng, n, length):
    return rng.integers(0, 4, (n, length)).astype(np.uint8)


def mutate(codes, rate, rng):
    return np.where(rng.random(codes.shape) < rate, rng.integers(0, 4, codes.shape), codes).astype(np.uint8)


def partition(groups):
    return pd.factorize(np.asarray(groups))[0].tolist()


# --- Groups --------------------------------------------------------------------------------------------------------


def slow_groups(codes, k, share):
    """Every pair compared, as the definition says."""
    forward, backward = decode(codes), decode(reverse_complement(codes))
    length = codes.shape[1]
    kmers = [
        {
            min(one[place : place + k], other[length - k - place : length - place])
            for place in range(length - k + 1)
            if "N" not in one[place : place + k]
        }
        for one, other in zip(forward, backward, strict=True)
    ]
    same = [{one.strip("N"), other.strip("N")} for one, other in zip(forward, backward, strict=True)]
    groups = list(range(len(codes)))
    for one in range(len(codes)):
        for other in range(one):
            fewer = min(len(kmers[one]), len(kmers[other]))
            near = fewer > 0 and len(kmers[one] & kmers[other]) >= math.ceil(share * fewer)
            if near or same[one] == same[other]:
                groups = [groups[other] if group == groups[one] else group for group in groups]
    return partition(groups)


def families(rng):
    """Sequences that are alike to all degrees: mutated, shifted, on either strand, padded, with a common part."""
    n, length = int(rng.integers(1, 40)), int(rng.integers(20, 60))
    ancestors = random_codes(rng, max(n // 6, 1), length)
    codes = mutate(ancestors[rng.integers(0, len(ancestors), n)], rng.choice([0, 0.01, 0.03, 0.06], n)[:, None], rng)
    flipped = rng.random(n) < 0.5
    codes[flipped] = reverse_complement(codes[flipped])
    for row in range(n):
        kind, shift = rng.random(), int(rng.integers(1, length // 2))
        if kind < 0.3:
            codes[row] = np.roll(codes[row], shift)
            codes[row, :shift] = random_codes(rng, 1, shift)
        elif kind < 0.5:
            codes[row, : shift // 2] = codes[row, length - (shift + 1) // 2 :] = 4
    if rng.random() < 0.5:
        codes[:, : length // 3] = codes[0, : length // 3]
    return codes


def test_groups_are_those_of_comparing_every_pair(monkeypatch):
    shares_of_groups = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        monkeypatch.setattr(duplicates, "_PRODUCTS_AT_ONCE", int(rng.choice([20, 500, 10**7])))
        monkeypatch.setattr(duplicates, "_ROWS_AT_ONCE", int(rng.choice([3, 4096])))
        codes, k, share = families(rng), int(rng.integers(3, 9)), float(rng.choice([0.3, 0.5, 0.9]))
        expected = slow_groups(codes, k, share)
        assert group_duplicates(codes, k, share).tolist() == expected, seed
        shares_of_groups.append(len(set(expected)) / len(codes))
    assert np.quantile(shares_of_groups, 0.25) < 0.4 < np.quantile(shares_of_groups, 0.75)


def test_groups_with_the_settings_that_are_used():
    rng = np.random.default_rng(0)
    ancestors = random_codes(rng, 12, 200)
    codes = mutate(np.repeat(ancestors, 5, axis=0), np.tile([0, 0, 0.02, 0.04, 0.06], 12)[:, None], rng)
    groups = group_duplicates(codes)
    assert groups.tolist() == slow_groups(codes, 15, 0.5)
    assert 12 < len(set(groups)) < 60 and (groups[::5] == groups[1::5]).all()


@pytest.mark.parametrize(
    ("sequences", "groups"),
    [
        (["ACGTTACCA", "TGGTAACGT", "AAAAAAAAA"], [0, 0, 1]),  # the other strand, which has too few bases for a k-mer
        (["NNACGTTNN", "NNNACGTTN", "NAACGTNNN"], [0, 0, 0]),  # padded, and on the other strand
        (["NNNNNNNNN", "NNNNNNNNN", "ANNNNNNNN"], [0, 0, 1]),
    ],
)
def test_copies_on_either_strand_whatever_their_length(sequences, groups):
    assert group_duplicates(encode(sequences)).tolist() == groups


def test_nothing_to_group():
    assert group_duplicates(np.zeros((0, 20), np.uint8)).tolist() == []
    assert group_duplicates(np.zeros((1, 3), np.uint8)).tolist() == [0]


def test_windows_that_overlap_by_more_than_half():
    genome = random_codes(np.random.default_rng(1), 1, 1000)[0]
    starts = np.array([0, 93, 500, 594])  # with 186 k-mers each
    groups = group_duplicates(np.stack([genome[start : start + 200] for start in starts]))
    assert groups.tolist() == [0, 0, 1, 2]


def test_what_all_sequences_have_in_common_makes_no_duplicates():
    """20,000 sequences with the same first 80 bp, compared pair by pair for it, would take minutes."""
    rng = np.random.default_rng(2)
    codes = random_codes(rng, 20_000, 200)
    codes[:, :80] = codes[0, :80]
    codes[7] = codes[5]
    codes[9] = reverse_complement(codes[5:6])[0]
    start = time.process_time()
    groups = group_duplicates(codes)
    assert len(set(groups)) == 19_998 and groups[5] == groups[7] == groups[9]
    assert time.process_time() - start < 30


def test_many_variants_of_one_element_are_one_group():
    """5,000 variants of each of four elements; the pairs among them are 50 million."""
    rng = np.random.default_rng(3)
    codes = mutate(np.repeat(random_codes(rng, 4, 200), 5000, axis=0), 0.01, rng)
    start = time.process_time()
    groups = group_duplicates(codes)
    assert sorted(np.bincount(groups))[-4:] == pytest.approx([5000] * 4, abs=2)
    assert all(len(set(some[:-1])) <= 3 for some in np.split(groups, 4))
    assert time.process_time() - start < 30


# --- Copies --------------------------------------------------------------------------------------------------------


def merged(sequences, splits, labels, task):
    labels = np.array(labels, dtype=np.float32)
    targets = ["A", "B"][: labels.shape[1]]
    table = pd.DataFrame(labels, columns=targets).assign(split=splits)
    table.index += 7  # rows of a larger table
    table, left_out, counts = merge_copies(table, encode(sequences), targets, task)
    return table.loc[~left_out, targets].to_numpy().tolist(), left_out.tolist(), counts.to_numpy()[:, 1:].tolist()


NAN = float("nan")


def test_copies_of_bound_sequences():
    sequences = ["ACGT", "ACGA", "ACGT", "TCGT", "ACGT", "ACGA", "ACGA"]
    labels = [[1, NAN], [1, 0], [NAN, 0], [0, 0], [1, NAN], [0, NAN], [NAN, NAN]]
    found, left_out, counts = merged(sequences, [""] * 7, labels, "binding")
    # What is known of a copy is known of all; ACGA is bound and not bound by A; TCGT is ACGA on the other strand.
    np.testing.assert_array_equal(found, [[1, 0], [NAN, 0], [0, 0]])
    assert left_out == [False, False, True, False, True, True, True]
    assert counts == [[6, 2], [3, 1]]


def test_copies_in_different_splits_are_not_merged():
    found, left_out, counts = merged(["ACGT"] * 3, ["train", "test", "train"], [[1], [0], [1]], "binding")
    assert (found, left_out, counts) == ([[1], [0]], [False, False, True], [[2, 1], [0, 0]])


def test_copies_with_values():
    """Those with the same values are one, and replicates with other values stay."""
    sequences = ["ACGT", "ACGT", "ACGT", "ACGA", "ACGA", "TTTT"]
    labels = [[0.5, 1], [0.5, 1], [0.5, 2], [1, 1], [1, 1], [3, 3]]
    found, left_out, counts = merged(sequences, [""] * 6, labels, "regression")
    assert found == [[0.5, 1], [0.5, 2], [1, 1], [3, 3]]
    assert left_out == [False, True, False, False, True, False]
    assert counts == [[5, 2], [2, 1]]


def test_no_copies():
    for task in ("binding", "regression"):
        found, left_out, counts = merged(["ACGT", "ACGA"], ["", ""], [[1, 0], [0, 1]], task)
        assert (found, left_out, counts) == ([[1, 0], [0, 1]], [False, False], [[0, 0], [0, 0]])


# --- Counts --------------------------------------------------------------------------------------------------------


def test_canonical_sequences():
    assert canonical(encode(["NTTGN", "CAANN", "NNNNN", "ANCNT"])) == ["CAA", "CAA", "", "ANCNT"]


def test_counts():
    codes = encode(["ACCCN", "GGGTN", "NGGGT", "ACGTN", "ACGTN", "TTTTT", "CCCCC"])
    group = np.array([0, 0, 0, 1, 1, 2, 2])
    split = np.array(["train", "train", "test", "train", "validation", "validation", "test"], dtype=object)
    across, counts = count_duplicates(codes, group, split)
    assert across.tolist() == [True, True, False, True, False, False, False]
    assert counts["kind"].is_unique
    # ACGT is its own reverse complement: only ACCC is there on both strands.
    assert counts[["sequences", "groups"]].to_numpy().tolist() == [[3, 1], [7, 3], [3, 1], [3, 2], [1, 1]]


def test_counts_without_duplicates():
    across, counts = count_duplicates(encode(["ACCCN", "ACTTN"]), np.array([0, 1]), np.array(["train", "test"]))
    assert not across.any() and not counts[["sequences", "groups"]].to_numpy().any()
