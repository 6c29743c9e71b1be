import numpy as np
import pandas as pd
import pytest
import torch
from cam.errors import InputError
from cam.genetic import Settings, evolve, subject_fitness, summarise
from cam.models import CAM
from cam.sequences import decode, encode
from cam.training import predict

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


def evolve_slowly(fitness_of, population, settings, seed):
    """The same algorithm with the same random numbers, one pair and one base after the other."""
    n, length = population.shape
    generator = torch.Generator().manual_seed(seed)
    population = [row.tolist() for row in population]
    for _ in range(settings.generations):
        population = [population[-1], *population[:-1]]
        cuts = (torch.rand(2, n // 2, 1, generator=generator)[..., 0] * (length + 1)).tolist()
        chances = torch.rand(n // 2, 1, generator=generator)[:, 0].tolist()
        children = []
        for pair, (*ends, chance) in enumerate(zip(*cuts, chances, strict=True)):
            one, other = population[2 * pair], population[2 * pair + 1]
            first, last = sorted(map(int, ends))
            children += [one.copy(), other.copy()]
            if chance >= settings.crossover:
                continue
            differ = [place for place in range(length) if one[place] != other[place]]
            inside = [place for place in differ if first <= place < last]
            outside = [place for place in differ if not first <= place < last]
            for place in inside if len(inside) <= len(outside) else outside:
                children[-2][place], children[-1][place] = other[place], one[place]
        n_mutations = round(settings.mutations * n)
        places = torch.randint(n * length, (n_mutations,), generator=generator).tolist()
        shifts = torch.randint(1, 4, (n_mutations,), generator=generator, dtype=torch.uint8).tolist()
        for place, shift in zip(places, shifts, strict=True):
            sequence = children[place // length]
            sequence[place % length] = (sequence[place % length] + shift) % 4
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
    population, _, _ = evolve(count_g, start(20, 12), settings, 3)
    assert sorted(population.tolist()) == sorted(evolve_slowly(count_g, start(20, 12), settings, 3))


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
    fitness_of = subject_fitness(word_detector().to(device), TARGETS, "unit2", "max")
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


def test_minimised_a_unit_loses_its_word():
    codes = start(200, LENGTH)
    codes[:, 20 : 20 + len(WORD)] = torch.from_numpy(encode([WORD])[0])
    population, fitness, history = evolve(
        subject_fitness(word_detector(), TARGETS, "unit2", "min"), codes, Settings(), 1
    )
    assert history["mean_fitness"][0] == pytest.approx(-1, abs=1e-3)
    assert fitness.min() > -1e-3
    matches = best_match(population.numpy())
    assert matches.max() <= 5
    assert matches.mean() < best_match(start(200, LENGTH).numpy()).mean() - 1  # fewer than by chance
    assert history["distance"].iloc[-1] > 0.7


@pytest.mark.parametrize("direction", ["max", "min"])
def test_it_moves_a_unit_where_its_output_is_flat(direction, device):
    """Random sequences leave the unit silent; its pre-activation still shows the way, in both directions."""
    torch.manual_seed(0)
    model = CAM(60, 2, units=3, filter_length=8, activation="exp").eval()
    with torch.no_grad():
        model.norm3.running_mean.fill_(5.0)
    model.to(device)
    codes = start(100, 60, device)
    before = predict(model.pre_activations, codes.cpu().numpy(), device, "given")[:, 1]
    assert (before < 0).all()
    fitness_of = subject_fitness(model, TARGETS, "unit2", direction)
    population, fitness, _ = evolve(fitness_of, codes, Settings(generations=200), 1)
    after = predict(model.pre_activations, population.cpu().numpy(), device, "given")[:, 1]
    sign = 1 if direction == "max" else -1
    np.testing.assert_allclose(fitness.cpu(), sign * after, atol=1e-5)
    assert (sign * after).min() > (sign * before).max()


@pytest.mark.parametrize(("direction", "sign"), [("max", 1), ("min", -1)])
@pytest.mark.parametrize("target", TARGETS)
def test_the_fitness_for_a_target_is_the_logit_as_it_is_predicted(target, direction, sign, device):
    torch.manual_seed(0)
    model = CAM(60, 2, units=3, filter_length=8, activation="exp", non_negative=False).eval().to(device)
    fitness_of = subject_fitness(model, TARGETS, target, direction)
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
    fitness = subject_fitness(model, targets, "B", direction, binding=False)(codes).detach().numpy()
    np.testing.assert_allclose(fitness, sign * (predictions[:, 1] - predictions.mean(1)), atol=1e-6)
    single = CAM(60, 1, units=3, filter_length=8, activation="exp").eval()
    fitness = subject_fitness(single, ["A"], "A", direction, binding=False)(codes).detach().numpy()
    np.testing.assert_allclose(fitness, sign * predict(single, codes.numpy())[:, 0], atol=1e-6)


@pytest.mark.parametrize(("subject", "near"), [("unit4", "'unit3'"), ("CTFC", "'CTCF'"), ("unit0", "'unit")])
def test_an_unknown_subject_gets_the_nearest_names(subject, near):
    with pytest.raises(InputError, match=f"no unit or target '{subject}'; did you mean .*{near}"):
        subject_fitness(CAM(60, 2, units=3), TARGETS, subject, "max")


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
    summary = summarise([("unit1", "max", history, outputs), ("unit2", "min", history.head(1), outputs)])
    expected = pd.DataFrame(
        {
            "run": ["unit1_max", "unit2_min"],
            "subject": ["unit1", "unit2"],
            "direction": ["max", "min"],
            "generations": [1, 0],
            "converged": [True, False],
            "mean_fitness": [2.5, 0.0],
            "best_fitness": [3.0, 1.0],
            "distinct": [3, 4],
            "distance": [0.7, 0.75],
            "median_output": [5.5, 0.5],
            "median_random_output": [1.0, 3.0],
        }
    )
    pd.testing.assert_frame_equal(summary, expected)
    assert list(summarise([])) == list(expected)
