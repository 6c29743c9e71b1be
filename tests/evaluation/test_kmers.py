"""Gapped k-mers against counting them one by one, and what a model of them learns."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from cam.bases import decode, reverse_complement
from cam.data.dataset import Dataset
from cam.evaluation import kmers
from cam.evaluation.kmers import PATTERNS, count_words, predict_from_words
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_thread_of_algebra():
    """As in a job: on a busy machine more threads, for vectors as short as these, wait for each other."""
    with threadpool_limits(1):
        yield


def test_words_have_six_bases_and_at_most_one_place_between():
    assert PATTERNS == [
        (0, 1, 2, 3, 4, 5),
        (0, 1, 2, 3, 4, 6), (0, 1, 2, 3, 5, 6), (0, 1, 2, 4, 5, 6), (0, 1, 3, 4, 5, 6), (0, 2, 3, 4, 5, 6),
    ]  # fmt: skip


def words(sequence):
    """The words of a sequence and how often they are there: each as text with dots, on the strand that comes first."""
    complement = str.maketrans("ACGT", "TGCA")
    found = Counter()
    for places in PATTERNS:
        for start in range(len(sequence) - places[-1]):
            word = "".join(sequence[start + at] if at in places else "." for at in range(places[-1] + 1))
            if "N" not in word:
                found[min(word, word[::-1].translate(complement))] += 1
    return found


@pytest.mark.parametrize("n_share", [0.0, 0.1])
def test_counts_are_those_of_words_counted_one_by_one(n_share):
    rng = np.random.default_rng(1)
    codes = rng.choice(5, (12, 40), p=[*[(1 - n_share) / 4] * 4, n_share]).astype(np.uint8)
    codes[0], codes[1, 3:] = 0, 4  # one word only, and none at all
    counts = count_words(codes)
    assert counts.dtype == np.float32 and counts.shape == (12, 6 * 4**6)
    expected = [words(sequence) for sequence in decode(codes)]
    for row, found in enumerate(expected):
        values = np.array(sorted(found.values()), dtype=float)
        own = counts[[row]].toarray()[0]
        np.testing.assert_allclose(np.sort(own[own > 0]), values / np.sqrt((values**2).sum() or 1), rtol=1e-5)
    # Sequences have in common what they have in common counted one by one.
    length = [np.sqrt(sum(n**2 for n in found.values())) or 1 for found in expected]
    shared = [
        [sum(one[word] * other[word] for word in one) / (a * b) for other, b in zip(expected, length, strict=True)]
        for one, a in zip(expected, length, strict=True)
    ]
    np.testing.assert_allclose((counts @ counts.T).toarray(), shared, atol=1e-5)


def test_strands_are_alike_and_padding_does_not_count():
    codes = np.random.default_rng(2).integers(0, 4, (5, 30), dtype=np.uint8)
    padded = np.pad(codes, [(0, 0), (4, 9)], constant_values=4)
    for other in (reverse_complement(codes), padded):
        assert abs(count_words(codes) - count_words(other)).max() == pytest.approx(0, abs=1e-7)
    assert count_words(codes[:, :4]).nnz == 0


def planted(n=900, length=50, task="binding", seed=1):
    """Sequences of which half have TGACTCA, A, in either direction; B is missing for a third; C is 0 for all."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, length), dtype=np.uint8)
    bound = rng.random(n) < 0.5
    for row in np.flatnonzero(bound):
        start = rng.integers(length - 7)
        codes[row, start : start + 7] = [3, 2, 0, 1, 3, 1, 0] if rng.random() < 0.5 else [3, 2, 0, 2, 3, 1, 0]
    a = bound + (rng.normal(0, 0.1, n) if task == "regression" else 0)
    b = np.where(rng.random(n) < 1 / 3, np.nan, a) if task == "binding" else -2 * a
    labels = np.column_stack([a, b, np.zeros(n)]).astype(np.float32)
    return Dataset(codes, labels, np.repeat([0, 1, 2], n // 3).astype(np.uint8), ("A", "B", "C"), task)


def test_a_planted_word_is_found():
    dataset = planted()
    logits, n_regions = predict_from_words(dataset)
    assert logits.dtype == np.float32 and logits.shape == (300, 3) and n_regions == 300
    _, labels = dataset.part("test")
    known = ~np.isnan(labels[:, 1])
    assert roc_auc_score(labels[:, 0], logits[:, 0]) > 0.95
    assert roc_auc_score(labels[known, 1], logits[known, 1]) > 0.9
    assert (logits[:, 2] == 0).all()
    told = (logits[:, 0] > 0) == (labels[:, 0] == 1)
    assert told.mean() > 0.85  # logits, and no other scores


def test_nothing_is_found_where_labels_are_those_of_other_sequences():
    dataset = planted()
    shuffled = replace(dataset, labels=np.random.default_rng(1).permutation(dataset.labels))
    area = roc_auc_score(shuffled.part("test")[1][:, 0], predict_from_words(shuffled)[0][:, 0])
    assert abs(area - 0.5) < 0.1


def test_real_numbers_are_predicted_as_they_are():
    dataset = planted(task="regression")
    logits, _ = predict_from_words(dataset)
    _, values = dataset.part("test")
    assert np.corrcoef(values[:, 0], logits[:, 0])[0, 1] > 0.8
    assert np.polyfit(logits[:, 1], values[:, 1], 1)[0] == pytest.approx(1, abs=0.35)
    assert abs(logits[:, 1].mean() - values[:, 1].mean()) < 0.15


def test_the_test_regions_decide_nothing():
    dataset = planted()
    other = dataset.labels.copy()
    other[dataset.split == 2] = 1 - other[dataset.split == 2]
    logits, _ = predict_from_words(dataset)
    np.testing.assert_array_equal(logits, predict_from_words(replace(dataset, labels=other))[0])


def test_the_strength_is_that_of_the_lowest_loss_on_validation():
    dataset = planted()
    (train, labels), (validation, wanted) = map(dataset.part, ("train", "validation"))
    words, others = count_words(train), count_words(validation)
    weights, strength = kmers._fit(words, labels[:, 0], others, wanted[:, 0], "binding")
    losses = []
    for candidate in kmers.STRENGTHS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kmers, "STRENGTHS", (candidate,))
            found, _ = kmers._fit(words, labels[:, 0], others, wanted[:, 0], "binding")
        logits = others @ found[:-1] + found[-1]
        losses.append(np.mean(np.logaddexp(0, logits) - wanted[:, 0] * logits))
    assert strength == kmers.STRENGTHS[int(np.argmin(losses))] and len(weights) == words.shape[1] + 1


def test_of_too_many_regions_some_are_drawn(monkeypatch):
    monkeypatch.setattr(kmers, "_MOST_WORDS", 120 * (6 * 44 + 1))
    logits, n_regions = predict_from_words(planted())
    assert n_regions == 120 and len(logits) == 300
    np.testing.assert_array_equal(logits, predict_from_words(planted())[0])
    assert (logits != predict_from_words(planted(), seed=2)[0]).any()
