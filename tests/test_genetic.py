from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from cam.bases import decode, encode
from cam.data.sequences import dinucleotide_frequencies, random_sequences
from cam.design.enrichment import enrich
from cam.design.genetic import Settings, above_floor, evolve, evolve_subject, evolve_units, subject_fitness, unchanged
from cam.design.summaries import booleans_as_text, summarise
from cam.errors import InputError
from cam.models.cam import CAM
from cam.models.predict import predict
from cam.motifs.formats import Motif

WORD = "TGAGTCAT"
LENGTH = 56  # 49 windows of the word, 7 pools of 7
TARGETS = ["CTCF", "TAL1::GATA1"]


def start(n=60, length=30, device="cpu"):
    return torch.from_numpy(np.random.default_rng(0).integers(0, 4, (n, length)).astype(np.uint8)).to(device)


def count_g(codes):
    return (codes == 2).sum(1).float()


def flat(codes):
    return torch.zeros(len(codes), device=codes.device)


@torch.no_grad()
def word_detector():
    """A CAM of two units, the second of which has a pre-activation of 1 where the word is anywhere, else near 0."""
    model = CAM(LENGTH, len(TARGETS), units=2, filter_length=len(WORD), activation="exp", hidden=2).eval()
    word = torch.from_numpy(encode([WORD])[0]).long()
    model.convolution.weight[1] = 3 * torch.eye(4)[word].T  # a base that does not match costs a factor of exp(3)
    model.convolution.bias[1] = -3 * len(WORD)
    model.weight1[1] = 1
    model.norm2.bias[2:] = torch.tensor([0.0, -1.0])  # x and x − 1; the difference of their ReLUs ends at 1
    model.weight2[1] = torch.tensor([1.0, -1.0])
    return model


def best_match(codes):
    """The most bases of the word that any window has, per sequence: shape (n,)."""
    windows = np.lib.stride_tricks.sliding_window_view(codes, len(WORD), axis=1)
    return (windows == encode([WORD])[0]).sum(2).max(1)


def mean_distance(codes):
    """The mean share of positions in which two sequences differ, pair by pair."""
    return np.mean([(one != other).mean() for row, one in enumerate(codes) for other in codes[:row]])


def composition(gc=0.41, cpg=0.2):
    """Dinucleotide frequencies with a GC content, where CpG is so many times as frequent as its bases would have it."""
    bases = np.array([1 - gc, gc, gc, 1 - gc]) / 2
    table = np.outer(bases, bases)
    table[1, 2] *= cpg
    for _ in range(100):
        table *= (bases / table.sum(axis=1))[:, None]
        table *= bases / table.sum(axis=0)
    return table


def probability(sequence, table):
    """Of a sequence, a list of codes, in a first-order chain with these dinucleotide frequencies."""
    bases = table.sum(axis=1)
    return bases[sequence[0]] * np.prod([table[one, other] / bases[one] for one, other in pairwise(sequence)])


def evolve_slowly(fitness_of, population, settings, seed, table):
    """The same algorithm with the same random numbers, one pair and one base after the other."""
    n, length = population.shape
    generator = torch.Generator().manual_seed(seed)
    population = [row.tolist() for row in population]
    for generation in range(1, settings.generations + 1):
        population = [population[-1], *population[:-1]]
        cuts = (torch.rand(2, n // 2, generator=generator) * (length + 1)).tolist()
        chances = torch.rand(n // 2, generator=generator).tolist()
        children = []
        for pair, (*ends, chance) in enumerate(zip(*cuts, chances, strict=True)):
            one, other = population[2 * pair].copy(), population[2 * pair + 1].copy()
            first, last = sorted(map(int, ends))
            before = probability(one, table) * probability(other, table)
            differ = [place for place in range(length) if one[place] != other[place]]
            inside = [place for place in differ if first <= place < last]
            outside = [place for place in differ if not first <= place < last]
            for place in inside if len(inside) <= len(outside) else outside:
                one[place], other[place] = other[place], one[place]
            after = probability(one, table) * probability(other, table)
            swapped = chance < settings.crossover * min(1, after / before)
            children += [one, other] if swapped else [population[2 * pair].copy(), population[2 * pair + 1].copy()]
        offset, n_mutations = generation % 2, round(settings.mutations * n)
        columns = (length - offset + 1) // 2
        places = sorted(set(torch.randint(n * columns, (n_mutations,), generator=generator).tolist()))
        for place, drawn in zip(places, torch.rand(len(places), generator=generator).tolist(), strict=True):
            sequence, column = children[place // columns], offset + 2 * (place % columns)
            each = [probability([*sequence[:column], base, *sequence[column + 1 :]], table) for base in range(4)]
            sequence[column] = int((drawn >= np.cumsum(each)[:3] / sum(each)).sum())
        before, after = (fitness_of(torch.tensor(codes)).tolist() for codes in (population, children))
        population = [children[row] if after[row] >= before[row] else population[row] for row in range(n)]
    return sorted(population, key=lambda sequence: -float(fitness_of(torch.tensor([sequence]))))


def test_it_finds_the_optimum_of_an_easy_fitness(device):
    population, fitness, history = evolve(count_g, start(device=device), Settings(generations=600), 1)
    assert fitness[0] == 30
    assert fitness.mean() > 27
    assert (fitness[:-1] >= fitness[1:]).all()
    torch.testing.assert_close(fitness, count_g(population))
    assert history["best_fitness"].is_monotonic_increasing
    assert history["mean_fitness"].is_monotonic_increasing
    assert history["generation"].tolist() == list(range(len(history)))


@pytest.mark.parametrize("crossover", [0, 0.7, 1])
def test_it_is_what_one_gets_base_by_base(crossover):
    settings = Settings(generations=12, crossover=crossover, mutations=1.5)
    population, _, _ = evolve(count_g, start(20, 12), settings, 3, composition())
    assert sorted(population.tolist()) == sorted(evolve_slowly(count_g, start(20, 12), settings, 3, composition()))


def test_the_first_row_describes_the_start():
    codes = torch.tensor([[0, 0], [0, 1], [0, 1], [0, 3]], dtype=torch.uint8)
    _, _, history = evolve(count_g, codes, Settings(generations=1, patience=5), 1)
    assert history.loc[0].to_dict() == {
        "generation": 0, "mean_fitness": 0, "best_fitness": 0, "distinct": 3, "distance": pytest.approx(5 / 12),
        "converged": False,
    }  # fmt: skip


def test_the_last_row_describes_the_end():
    population, fitness, history = evolve(count_g, start(20, 6), Settings(generations=30), 1)
    end = history.iloc[-1]
    assert end["mean_fitness"] == pytest.approx(float(fitness.mean()))
    assert end["best_fitness"] == fitness[0]
    assert end["distinct"] == len(np.unique(population.numpy(), axis=0)) < 20
    assert end["distance"] == pytest.approx(mean_distance(population.numpy()))


def test_it_has_converged_when_the_mean_fitness_hardly_rises():
    settings = Settings(generations=600, patience=20, tolerance=0.05)
    _, _, history = evolve(count_g, start(), settings, 1)
    means = history["mean_fitness"]
    enough = (means - means.shift(20) < 0.05 * (means - means[0])) & (history["generation"] >= 20)
    assert enough.tolist() == history["converged"].tolist() == [False] * (len(history) - 1) + [True]


def test_it_has_not_converged_where_it_is_ended_before():
    _, _, history = evolve(count_g, start(), Settings(generations=30, patience=20), 1)
    assert history["generation"].iloc[-1] == 30
    assert not history["converged"].any()


def test_a_flat_fitness_converges_at_once_and_stays_random():
    _, _, history = evolve(flat, start(), Settings(patience=10), 1)
    assert len(history) == 11 and history["converged"].iloc[-1]
    assert history["distance"].iloc[-1] == pytest.approx(history["distance"][0], abs=0.02)


@pytest.mark.parametrize(("gc", "cpg"), [(0.35, 1), (0.41, 0.2), (0.65, 0.3), (0.5, 4)])
def test_where_nothing_is_selected_sequences_stay_random_ones_of_the_composition(gc, cpg):
    """After so many generations that hardly a base is as it was, dinucleotides and 6-mers are as in the beginning."""
    table, settings = composition(gc, cpg), Settings(generations=400, mutations=8, patience=1000)
    rng = np.random.default_rng(1)
    begun, control = (random_sequences(1000, 60, table, rng) for _ in range(2))
    population, _, history = evolve(flat, torch.from_numpy(begun), settings, 1, table)
    codes = population.numpy()
    assert len(history) == 401
    pairs = np.bincount((4 * codes[:, :-1].astype(int) + codes[:, 1:]).ravel(), minlength=16).reshape(4, 4)
    np.testing.assert_allclose(pairs / pairs.sum(), table, atol=0.003)
    words = rng.integers(0, 4, (300, 6))
    motifs = [Motif(f"m{number}", "", np.eye(4)[word], 100) for number, word in enumerate(words)]
    found = enrich(motifs, codes, control, p_value=0.002)
    assert (found["q_value"] < 0.01).sum() <= 3
    assert (found["p_value"] < 0.05).mean() < 0.08  # no more than chance gives


def test_a_neutral_population_keeps_the_composition_it_is_told_whatever_it_began_with():
    table = composition(0.65, 0.3)
    begun = random_sequences(400, 60, np.full((4, 4), 1 / 16), np.random.default_rng(1))
    settings = Settings(generations=300, mutations=8, patience=999)
    population, _, _ = evolve(flat, torch.from_numpy(begun), settings, 1, table)
    np.testing.assert_allclose(dinucleotide_frequencies(population.numpy()), table, atol=0.004)


def test_a_sequence_at_the_ceiling_stays_as_it_is_and_the_run_ends_when_all_are():
    def few_g(codes):
        return -count_g(codes)

    begun = start()
    begun[:30, ::2] = 0
    begun[:30, 1::2] = 1  # no G
    population, fitness, history = evolve(few_g, begun, Settings(generations=600), 1, ceiling=0)
    assert (fitness == 0).all() and (population != 2).all()
    assert history["converged"].tolist() == [False] * (len(history) - 1) + [True]
    kept = (population[:, None] == begun[None, :30]).all(2).any(1)
    assert kept.sum() == 30
    _, _, history = evolve(few_g, begun[:30], Settings(), 1, ceiling=0)
    assert history["generation"].tolist() == [0] and history["converged"].all()


def test_the_seed_decides_and_the_given_population_stays_as_it_is():
    given = start()
    results = [evolve(count_g, given, Settings(generations=20), seed) for seed in (1, 1, 2)]
    assert torch.equal(results[0][0], results[1][0])
    pd.testing.assert_frame_equal(results[0][2], results[1][2])
    assert not torch.equal(results[0][0], results[2][0])
    assert torch.equal(given, start())


@pytest.mark.parametrize("n", [0, 51])
def test_an_odd_or_empty_population_is_refused(n):
    with pytest.raises(InputError, match=f"population: found {n} sequences, expected an even number"):
        evolve(count_g, start(n), Settings(), 1)


def test_maximised_a_unit_gets_its_word_and_nothing_else_is_fixed(device):
    fitness_of, ceiling = subject_fitness(word_detector().to(device), TARGETS, "unit2", "max")
    assert ceiling == float("inf")
    population, fitness, history = evolve(fitness_of, start(200, LENGTH, device), Settings(), 1)
    assert history["converged"].iloc[-1]
    assert history["best_fitness"].iloc[-1] == pytest.approx(1, abs=1e-4)
    codes = population.cpu().numpy()
    has_word = best_match(codes) == len(WORD)
    np.testing.assert_array_equal(has_word, fitness.cpu().numpy() > 0.99)
    assert has_word.mean() > 0.95
    # The words stand in many places, and the bases around them are as far apart as random ones.
    sequences = decode(codes[has_word])
    places = [sequence.index(WORD) for sequence in sequences]
    assert len(set(places)) >= 10
    others = encode([s[:place] + s[place + len(WORD) :] for s, place in zip(sequences, places, strict=True)])
    assert mean_distance(others) > 0.7
    assert history["distinct"].iloc[-1] == 200
    assert history["distance"].iloc[-1] > 0.65


def test_minimised_a_unit_loses_its_word_and_no_more():
    """What the model uses is the mean of both strands, so the word goes from both; nothing goes beyond that."""
    codes = start(200, LENGTH)
    word = torch.from_numpy(encode([WORD])[0])
    codes[:100, 20 : 20 + len(WORD)] = word
    codes[100:, 20 : 20 + len(WORD)] = 3 - word.flip(0)
    model = word_detector()
    fitness_of, ceiling = subject_fitness(model, TARGETS, "unit2", "min")
    population, fitness, history = evolve(fitness_of, codes, Settings(), 1, ceiling=ceiling)
    outputs = predict(model.unit_outputs, population.numpy())[:, 1]
    np.testing.assert_allclose(fitness, -outputs, atol=1e-5)
    assert ceiling == 0
    assert history["mean_fitness"][0] == pytest.approx(-0.5, abs=0.03)
    assert fitness.min() > -0.05
    both = np.maximum(best_match(population.numpy()), best_match(3 - population.numpy()[:, ::-1]))
    assert both.max() < len(WORD)
    assert history["distance"].iloc[-1] > 0.6


def test_it_raises_a_unit_where_its_output_is_flat(device):
    """Random sequences leave the unit silent; its pre-activation still shows the way up. Down there is no way."""
    torch.manual_seed(0)
    model = CAM(60, 2, units=3, filter_length=8, activation="exp").eval()
    with torch.no_grad():
        model.norm3.running_mean.fill_(5.0)
    model.to(device)
    codes = start(100, 60, device)
    before = predict(model.pre_activations, codes.cpu().numpy(), device, "given")[:, 1]
    assert (before < 0).all()
    fitness_of, _ = subject_fitness(model, TARGETS, "unit2", "max")
    population, fitness, _ = evolve(fitness_of, codes, Settings(generations=200), 1)
    after = predict(model.pre_activations, population.cpu().numpy(), device, "given")[:, 1]
    np.testing.assert_allclose(fitness.cpu(), after, atol=1e-5)
    assert after.min() > before.max()

    fitness_of, ceiling = subject_fitness(model, TARGETS, "unit2", "min")
    population, fitness, history = evolve(fitness_of, codes, Settings(generations=200), 1, ceiling=ceiling)
    assert len(history) == 1 and not fitness.any()
    assert torch.equal(population.sort(0).values, codes.sort(0).values)


def test_outputs_at_their_floor_are_no_start_and_no_change():
    silent, active = np.zeros(10), np.array([0, 0, 1, 2, 3, 2, 1, 4, 2, 3.0])
    assert not above_floor(silent) and not above_floor(active - 2) and above_floor(active)
    assert unchanged(silent, silent) and unchanged(active, active[::-1]) and unchanged(active, active + 0.2)
    assert not unchanged(active, active + 0.5) and not unchanged(active, silent)


@pytest.mark.parametrize(("direction", "sign"), [("max", 1), ("min", -1)])
@pytest.mark.parametrize("target", TARGETS)
def test_the_fitness_for_a_target_is_the_logit_as_it_is_predicted(target, direction, sign, device):
    torch.manual_seed(0)
    model = CAM(60, 2, units=3, filter_length=8, activation="exp", non_negative=False).eval().to(device)
    fitness_of, _ = subject_fitness(model, TARGETS, target, direction)
    codes = start(40, 60, device)
    population, fitness, history = evolve(fitness_of, codes, Settings(generations=50), 1)
    logits = [predict(model, each.cpu().numpy(), device)[:, TARGETS.index(target)] for each in (codes, population)]
    np.testing.assert_allclose(fitness.cpu(), sign * logits[1], atol=1e-5)
    assert history["mean_fitness"][0] == pytest.approx(sign * logits[0].mean(), abs=1e-5)
    assert history["mean_fitness"].iloc[-1] > history["mean_fitness"][0]


@pytest.mark.parametrize(("direction", "sign"), [("max", 1), ("min", -1)])
def test_of_real_numbers_it_is_what_a_target_has_above_the_mean(direction, sign):
    torch.manual_seed(0)
    model = CAM(60, 3, units=3, filter_length=8, activation="exp").eval()
    targets, codes = ["A", "B", "C"], start(40, 60, "cpu")
    predictions = predict(model, codes.numpy())
    fitness = subject_fitness(model, targets, "B", direction, task="regression")[0](codes).detach().numpy()
    np.testing.assert_allclose(fitness, sign * (predictions[:, 1] - predictions.mean(1)), atol=1e-6)
    single = CAM(60, 1, units=3, filter_length=8, activation="exp").eval()
    fitness = subject_fitness(single, ["A"], "A", direction, task="regression")[0](codes).detach().numpy()
    np.testing.assert_allclose(fitness, sign * predict(single, codes.numpy())[:, 0], atol=1e-6)


@pytest.mark.parametrize(("subject", "near"), [("unit4", "'unit3'"), ("CTFC", "'CTCF'"), ("unit0", "'unit")])
def test_an_unknown_subject_gets_the_nearest_names(subject, near):
    with pytest.raises(InputError, match=f"no unit or target '{subject}'; did you mean .*{near}"):
        subject_fitness(CAM(60, 2, units=3), TARGETS, subject, "max")


def test_units_are_evolved_for_one_after_the_other_and_minimised_from_their_own():
    table, settings = composition(0.5, 1), Settings(population=20, generations=40, patience=10)
    random = random_sequences(50, LENGTH, table, np.random.default_rng(0))
    model = word_detector()
    runs = list(evolve_units(model, random, table, settings, 1))
    assert [(unit, direction) for unit, direction, _, _ in runs] == [
        ("unit1", "max"), ("unit1", "min"), ("unit2", "max"), ("unit2", "min"),
    ]  # fmt: skip
    means = [predict(model.unit_outputs, codes)[:, 1].mean() for _, _, codes, _ in runs[2:]]
    assert means[0] > 2 * predict(model.unit_outputs, random)[:, 1].mean() and means[0] > 2 * means[1]
    assert (runs[3][2][:, None] == runs[2][2]).mean(2).max(1).mean() > 0.5  # they are still like those
    again = list(evolve_units(model, random, table, settings, 1))
    assert all((one[2] == other[2]).all() for one, other in zip(runs, again, strict=True))
    assert not runs[2][3]


def test_every_final_sequence_has_a_header_with_its_output_and_fitness():
    model, random = word_detector(), np.zeros((4, LENGTH), dtype=np.uint8)
    description = {"targets": TARGETS, "task": "binding", "strands": "both"}
    settings = Settings(population=6, generations=3)
    found = evolve_subject(model, description, "unit2", "max", random, random, None, settings)
    evolved = found.outputs[found.outputs["set"] == "ga"]
    assert len(found.headers) == len(found.codes) == 6
    for rank, header in enumerate(found.headers, 1):
        name, output, fitness = header.split(" ")
        assert name == f"unit2_max_{rank}"
        assert float(output.removeprefix("output=")) == pytest.approx(evolved["unit2"].iloc[rank - 1], rel=1e-5)
        assert float(fitness.removeprefix("fitness=")) == pytest.approx(found.fitness[rank - 1], rel=1e-5)


def test_summary():
    history = pd.DataFrame(
        {
            "generation": [0, 1], "mean_fitness": [0.0, 2.5], "best_fitness": [1.0, 3.0], "distinct": [4, 3],
            "distance": [0.75, 0.7], "converged": [False, True],
        }
    )  # fmt: skip
    outputs = pd.DataFrame(
        {"set": ["ga", "ga", "random", "random", "random"], "unit1": [5, 6, 1, 0, 9], "unit2": [0, 1, 2, 3, 9]}
    )
    runs = [
        {"subject": "unit1", "direction": "max", "start": "random", "output_unchanged": False},
        {"subject": "unit2", "direction": "min", "start": "unit2_max", "output_unchanged": True},
    ]
    begun = pd.DataFrame({"set": ["start"], "unit1": 0, "unit2": 7})
    summary = summarise([(runs[0], history, outputs), (runs[1], history.head(1), pd.concat([outputs, begun]))])
    expected = pd.DataFrame(
        {
            "run": ["unit1_max", "unit2_min"],
            "subject": ["unit1", "unit2"],
            "direction": ["max", "min"],
            "start": ["random", "unit2_max"],
            "generations": [1, 0],
            "converged": [True, False],
            "mean_fitness": [2.5, 0.0],
            "best_fitness": [3.0, 1.0],
            "distinct": [3, 4],
            "distance": [0.7, 0.75],
            "median_output": [5.5, 0.5],
            "median_random_output": [1.0, 3.0],
            "median_start_output": [1.0, 7.0],
            "output_unchanged": [False, True],
        }
    )
    pd.testing.assert_frame_equal(summary, expected)
    assert list(summarise([])) == list(expected)
    texts = {"converged": ["true", "false"], "output_unchanged": ["false", "true"]}
    pd.testing.assert_frame_equal(booleans_as_text(summary), expected.assign(**texts))
