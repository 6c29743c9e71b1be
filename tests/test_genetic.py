import numpy as np
import pytest
import torch
from cam.genetic import Settings, evolve, unit_fitness
from cam.models import CAM
from cam.training import predict


def start(n=60, length=30, device="cpu"):
    return torch.from_numpy(np.random.default_rng(0).integers(0, 4, (n, length)).astype(np.uint8)).to(device)


def count_g(codes):
    return (codes == 2).sum(1).float()


def test_it_finds_the_optimum_of_an_easy_fitness(device):
    population, fitness, history, converged = evolve(count_g, start(device=device), Settings(generations=400), 1)
    assert converged
    assert fitness[0] == 30
    assert fitness.mean() > 27
    assert (fitness[:-1] >= fitness[1:]).all()
    torch.testing.assert_close(fitness, count_g(population))
    assert history["best_fitness"].is_monotonic_increasing
    assert history["mean_fitness"].is_monotonic_increasing
    assert history["generation"].tolist() == list(range(len(history)))


def test_the_first_row_describes_the_start():
    codes = torch.tensor([[0, 0], [0, 1], [0, 1], [0, 3]], dtype=torch.uint8)
    _, _, history, _ = evolve(count_g, codes, Settings(generations=1, patience=5), 1)
    assert history.loc[0].to_dict() == {
        "generation": 0, "mean_fitness": 0, "best_fitness": 0, "distinct": 3, "distance": pytest.approx(5 / 12),
    }  # fmt: skip


def test_it_stays_diverse_where_many_sequences_are_as_fit():
    """A fitness that asks only for one word: the rest of each sequence stays its own."""
    word = torch.tensor([2, 0, 3, 0], dtype=torch.uint8)

    def best_match(codes):
        return (codes.unfold(1, 4, 1) == word).sum(2).amax(1).float()

    _, fitness, history, _ = evolve(best_match, start(100, 40), Settings(generations=300), 1)
    assert (fitness == 4).all()
    assert history["distinct"].iloc[-1] == 100
    assert history["distance"].iloc[-1] > 0.6


def test_the_given_population_decides_with_the_seed():
    results = [evolve(count_g, start(), Settings(generations=20), seed)[0] for seed in (1, 1, 2)]
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_a_flat_fitness_converges_at_once():
    _, _, history, converged = evolve(lambda c: torch.zeros(len(c)), start(), Settings(patience=10), 1)
    assert converged and len(history) == 11


@pytest.mark.parametrize("direction", ["max", "min"])
def test_it_moves_a_unit_where_its_output_is_flat(direction):
    """Random sequences leave the unit silent; its pre-activation still shows the way, in both directions."""
    torch.manual_seed(0)
    model = CAM(60, 2, units=3, filter_length=8, activation="exp").eval()
    with torch.no_grad():
        model.norm3.running_mean.fill_(5.0)
    codes = start(100, 60)
    before = predict(model.pre_activations, codes.numpy(), strands="given")[:, 1]
    assert (before < 0).all()
    population, fitness, _, _ = evolve(unit_fitness(model, 1, direction), codes.clone(), Settings(generations=200), 1)
    after = predict(model.pre_activations, population.numpy(), strands="given")[:, 1]
    sign = 1 if direction == "max" else -1
    np.testing.assert_allclose(fitness, sign * after, atol=1e-5)
    assert (sign * after).min() > (sign * before).max()
