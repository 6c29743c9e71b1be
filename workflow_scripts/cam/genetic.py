"""A genetic algorithm that writes sequences to which a unit responds most, or least."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from .logs import progress


@dataclass(frozen=True)
class Settings:
    """How to evolve; see the keys of the same names under ``ga`` in ``config.yaml``."""

    population: int = 200
    generations: int = 1000
    crossover: float = 0.8
    mutations: float = 1.0
    patience: int = 50
    tolerance: float = 0.01


@torch.inference_mode()
def evolve(fitness_of, population, settings, seed=1):
    """Evolve sequences towards higher fitness, keeping them different from each other.

    In every generation the sequences are paired at random. Each pair has two children by two-point crossover and point
    mutations, and each child takes the place of the parent it resembles more, if it is fitter (deterministic crowding;
    Mahfoud 1992). Selection thus acts between relatives: the best is never lost, and the population does not shrink to
    copies of one sequence, whose chance features would pass for enriched motifs.

    It stops when the mean fitness has risen over the last ``patience`` generations by less than ``tolerance`` of its
    whole rise so far, or after ``generations``.

    Parameters
    ----------
    fitness_of : callable
        From codes (torch.Tensor of uint8, shape (n, length)) to fitness (float32, shape (n,)).
    population : torch.Tensor of uint8, shape (n, length)
        The first generation, n even; on the device of ``fitness_of``. Codes 0 to 3.
    settings : Settings
        ``crossover`` is the share of pairs that recombine, ``mutations`` the mean number of mutations per child.
    seed : int

    Returns
    -------
    population : torch.Tensor of uint8, shape (n, length)
        The final sequences, best first.
    fitness : torch.Tensor of float32, shape (n,)
    history : pandas.DataFrame
        ``generation mean_fitness best_fitness distinct distance``: the number of distinct sequences, and the mean share
        of positions in which two of them differ. Generation 0 is the given population.
    converged : bool
        Whether it stopped by the criterion rather than at the last generation.
    """
    device, (n, length) = population.device, population.shape
    generator = torch.Generator(device=device).manual_seed(seed)
    fitness = fitness_of(population)
    history = [_describe(0, population, fitness)]
    converged = False

    def uniform(*shape):
        return torch.rand(*shape, generator=generator, device=device)

    for generation in progress(range(1, settings.generations + 1), desc="generations"):
        order = torch.randperm(n, generator=generator, device=device).view(2, -1)
        parents = population[order]
        cuts = (uniform(2, n // 2) * (length + 1)).long().sort(0).values
        position = torch.arange(length, device=device)
        swap = (position >= cuts[0][:, None]) & (position < cuts[1][:, None])
        swap &= uniform(n // 2, 1) < settings.crossover
        children = torch.where(swap, parents.flip(0), parents)
        mutate = uniform(2, n // 2, length) < settings.mutations / length
        shift = (uniform(2, n // 2, length) * 3).to(torch.uint8) + 1
        children = torch.where(mutate, (children + shift) % 4, children)

        own = (children != parents).sum(2).sum(0)
        other = (children != parents.flip(0)).sum(2).sum(0)
        children = torch.where((other < own)[:, None], children.flip(0), children)
        child_fitness = fitness_of(children.reshape(n, length)).view(2, -1)
        fitter = child_fitness > fitness[order]
        population[order] = torch.where(fitter[..., None], children, parents)
        fitness[order] = torch.where(fitter, child_fitness, fitness[order])

        history.append(_describe(generation, population, fitness))
        if generation >= settings.patience:
            means = [row["mean_fitness"] for row in (history[0], history[-1 - settings.patience], history[-1])]
            if means[2] - means[1] < settings.tolerance * (means[2] - means[0]) or means[2] == means[0]:
                converged = True
                break
    best_first = torch.sort(fitness, descending=True, stable=True).indices
    return population[best_first], fitness[best_first], pd.DataFrame(history), converged


def _describe(generation, population, fitness):
    counts = torch.stack([(population == base).sum(0) for base in range(4)]).double()
    n = len(population)
    alike = (counts * (counts - 1)).sum(0) / max(n * (n - 1), 1)
    return {
        "generation": generation,
        "mean_fitness": float(fitness.mean()),
        "best_fitness": float(fitness.max()),
        "distinct": len(np.unique(population.cpu().numpy(), axis=0)),
        "distance": float(1 - alike.mean()),
    }


def unit_fitness(model, unit, direction):
    """The fitness of a unit: its pre-activation, or for ``min`` its negative.

    After its last ReLU a unit that is silent is flat zero, and there would be nothing to climb.

    Parameters
    ----------
    model : cam.models.CAM
        In evaluation mode.
    unit : int
        0-based.
    direction : {"max", "min"}

    Returns
    -------
    callable
        For :func:`evolve`.
    """
    single, sign = model.subset([unit]), {"max": 1, "min": -1}[direction]
    return lambda codes: sign * single.pre_activations(codes)[:, 0]
