"""A genetic algorithm that writes sequences to which a unit, or the model for a target, responds most or least."""

from dataclasses import dataclass

import pandas as pd
import torch

from .errors import InputError, nearest
from .logs import progress
from .operations import keep_freed_memory
from .training import on_strands
from .units import unit_index, unit_names

SUMMARY_COLUMNS = [
    "run", "subject", "direction", "generations", "converged", "mean_fitness", "best_fitness", "distinct", "distance",
    "median_output", "median_random_output",
]  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """How to evolve; see the keys of the same names under ``ga`` in ``config.yaml``."""

    population: int = 1000
    generations: int = 3000
    crossover: float = 0.8
    mutations: float = 1.0
    patience: int = 50
    tolerance: float = 0.01


@torch.inference_mode()
def evolve(fitness_of, population, settings, seed=1):
    """Evolve sequences towards higher fitness, keeping them different from each other.

    Sequences stand in a ring, and in every generation each mates with a neighbour, with one and with the other by
    turns. A pair has two children by two-point crossover and point mutations, and each child takes the place of the
    parent that it has more of, unless it is less fit (deterministic crowding; Mahfoud 1992). So the best is never lost.

    Selection acts between relatives alone, and what is good spreads from place to place instead of all over at once.
    Sequences far apart in the ring thus find solutions of their own, where any two mating at random would soon leave
    copies of one, whose chance features would pass for enriched motifs. A child that is just as fit takes the place
    too, so bases that do not matter keep changing.

    It has converged, and stops, when the mean fitness has risen over the last ``patience`` generations by less than
    ``tolerance`` of its whole rise so far. Else it stops after ``generations``.

    Parameters
    ----------
    fitness_of : callable
        From codes (torch.Tensor of uint8, shape (n, length)) to fitness (float32, shape (n,)).
    population : torch.Tensor of uint8, shape (n, length)
        The first generation, on the device of ``fitness_of``; n is even. Codes 0 to 3.
    settings : Settings
        ``crossover`` is the share of pairs that recombine, ``mutations`` the mean number of mutations per child.
    seed : int
        The same seed gives the same sequences on the same kind of device.

    Returns
    -------
    population : torch.Tensor of uint8, shape (n, length)
        The final sequences, best first.
    fitness : torch.Tensor of float32, shape (n,)
    history : pandas.DataFrame
        ``generation mean_fitness best_fitness distinct distance converged``: the number of distinct sequences, the mean
        share of positions in which two of them differ (0.75 for random ones with equal base frequencies), and whether
        the criterion is met, as only the last row can tell. Generation 0 is the given population.

    Raises
    ------
    InputError
        If there are no sequences, or an odd number of them.
    """
    device, (n, length) = population.device, population.shape
    if n < 2 or n % 2:
        raise InputError(f"population: found {n} sequences, expected an even number, since they mate in pairs")
    if device.type == "cpu":
        keep_freed_memory()
    generator, rows = torch.Generator(device=device).manual_seed(seed), torch.arange(n, device=device)
    fitness = fitness_of(population)
    history = [_describe(0, population, fitness)]

    for generation in progress(range(1, settings.generations + 1), desc="generations"):
        population, fitness = population.roll(1, 0), fitness.roll(1)  # the other neighbour's turn
        children = _recombine(population.view(-1, 2, length), settings.crossover, generator)
        _mutate(children, settings.mutations, generator)
        child_fitness = fitness_of(children)
        better = child_fitness >= fitness
        population = torch.cat([population, children])[rows + n * better]
        fitness = torch.where(better, child_fitness, fitness)

        history.append(_describe(generation, population, fitness))
        if generation >= settings.patience:
            first, before, now = (history[row]["mean_fitness"] for row in (0, -1 - settings.patience, -1))
            if now - before < settings.tolerance * (now - first) or now == first:
                history[-1]["converged"] = True
                break
    best_first = torch.sort(fitness, descending=True, stable=True).indices
    return population[best_first], fitness[best_first], pd.DataFrame(history)


def _recombine(pairs, share, generator):
    """Two-point crossover of a share of the pairs: children of shape (2 n_pairs, length), each in its parent's place.

    What is between the cuts changes hands, or all the rest: that with fewer of the bases in which the parents differ.
    """
    n_pairs, _, length = pairs.shape
    place = torch.arange(length, device=pairs.device)
    before = place < torch.arange(length + 1, device=pairs.device)[:, None]  # which bases are before each cut
    cuts = torch.rand(2, n_pairs, generator=generator, device=pairs.device) * (length + 1)
    recombining = torch.rand(n_pairs, 1, generator=generator, device=pairs.device) < share
    one_cut, other_cut = cuts.long()
    swapped = before[one_cut] ^ before[other_cut]
    difference = pairs[:, 0] ^ pairs[:, 1]  # x ^ (x ^ y) = y
    differ = difference > 0
    swapped ^= (2 * (differ & swapped).sum(1) > differ.sum(1))[:, None]
    swapped &= recombining
    return (pairs ^ (difference * swapped)[:, None]).view(-1, length)


def _mutate(codes, mean, generator):
    """Change bases in place, so many per sequence on average. Places drawn twice are changed twice, in any order."""
    n_mutations = max(1, round(mean * len(codes)))
    places = torch.randint(codes.numel(), (n_mutations,), generator=generator, device=codes.device)
    shifts = torch.randint(1, 4, (n_mutations,), generator=generator, device=codes.device, dtype=torch.uint8)
    codes.view(-1).index_add_(0, places, shifts)
    codes.bitwise_and_(3)


def _describe(generation, population, fitness):
    n, length = population.shape
    column = 4 * torch.arange(length, device=population.device, dtype=torch.int32)
    counts = (population + column).flatten().bincount(minlength=4 * length)
    alike = (counts * (counts - 1)).sum() / max(n * (n - 1) * length, 1)
    sequences = population.contiguous().cpu().numpy().view(f"V{length}").ravel().tolist()
    return {
        "generation": generation,
        "mean_fitness": float(fitness.double().mean()),
        "best_fitness": float(fitness.max()),
        "distinct": len(set(sequences)),
        "distance": float(1 - alike),
        "converged": False,
    }


def subject_fitness(model, targets, subject, direction, binding=True):
    """The fitness of sequences for a unit or a target.

    For a unit it is the pre-activation on the given strand: after its last ReLU a unit that is silent is flat zero, and
    there would be nothing to climb. For a target it is the logit as the pipeline predicts it, the mean over both
    strands. Of predictions of real numbers it is how far that of the target is above their mean over targets: what is
    alike in all targets means nothing to a model that is trained by correlation across them, and is not climbed. To
    minimise, it is the negative of that.

    Parameters
    ----------
    model : cam.models.CAM
        In evaluation mode.
    targets : sequence of str
        Of the model.
    subject : str
        A unit, such as ``unit8``, or a target.
    direction : {"max", "min"}
    binding : bool
        Whether the model predicts binding; otherwise, real numbers.

    Returns
    -------
    callable
        From codes (torch.Tensor of uint8, shape (n, length)) to float32, shape (n,), for :func:`evolve`.

    Raises
    ------
    InputError
        If there is no such unit or target.
    """
    sign, units = {"max": 1, "min": -1}[direction], unit_names(model.units)
    if subject in units:
        single = model.subset([unit_index(subject)])
        return lambda codes: sign * single.pre_activations(codes)[:, 0]
    if subject in targets:
        target, alone = list(targets).index(subject), binding or len(targets) == 1

        def of_target(codes):
            outputs = on_strands(model, codes, "both")
            return sign * (outputs[:, target] if alone else outputs[:, target] - outputs.mean(1))

        return of_target
    known = nearest(subject, [*targets, *units])
    raise InputError(f"genetic algorithm: there is no unit or target '{subject}'; {known}")


def summarise(runs):
    """Put the ends of several runs beside each other.

    Parameters
    ----------
    runs : iterable of (str, str, pandas.DataFrame, pandas.DataFrame)
        Unit, direction, history as from :func:`evolve`, and the outputs of all units: ``set`` (``ga`` or ``random``)
        and one column per unit.

    Returns
    -------
    pandas.DataFrame
        ``run subject direction generations converged mean_fitness best_fitness distinct distance median_output
        median_random_output``; a row per run. Medians are of the subject's own output.
    """
    rows = []
    for subject, direction, history, outputs in runs:
        end, medians = history.iloc[-1], outputs.groupby("set")[subject].median()
        rows.append(
            {
                "run": f"{subject}_{direction}",
                "subject": subject,
                "direction": direction,
                "generations": end["generation"],
                "converged": end["converged"],
                "mean_fitness": end["mean_fitness"],
                "best_fitness": end["best_fitness"],
                "distinct": end["distinct"],
                "distance": end["distance"],
                "median_output": medians["ga"],
                "median_random_output": medians["random"],
            }
        )
    return pd.DataFrame(rows, columns=SUMMARY_COLUMNS)
