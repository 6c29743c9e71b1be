"""A genetic algorithm that writes sequences to which a unit, or the model for a target, responds most or least."""

import math
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F

from ..bases import N_CODE
from ..data.sequences import dinucleotide_frequencies, random_sequences
from ..errors import InputError, nearest
from ..logs import progress
from ..models.functional import keep_freed_memory
from ..models.predict import on_strands, predict
from ..units import unit_index, unit_names

SMALL_EFFECT = 0.2  # standard deviations; a run that moves the mean output by no more left it as it was


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
def evolve(fitness_of, population, settings, seed=1, composition=None, ceiling=math.inf):
    """Evolve sequences towards higher fitness, keeping them different from each other.

    Sequences stand in a ring, and in every generation each mates with a neighbour, with one and with the other by
    turns. A pair has two children by two-point crossover and point mutations, and each child takes the place of the
    parent that it has more of, unless it is less fit (deterministic crowding; Mahfoud 1992). So the best is never lost.

    Selection acts between relatives alone, and what is good spreads from place to place instead of all over at once.
    Sequences far apart in the ring thus find solutions of their own, where any two mating at random would soon leave
    copies of one, whose chance features would pass for enriched motifs. A child that is just as fit takes the place
    too, so bases that do not matter keep changing.

    These drift towards a composition of their own, unless the operators keep it: a mutated base is drawn anew, given
    its neighbours and whatever it was before, and bases are exchanged in as far as the dinucleotides where they meet
    allow it (Gibbs and Metropolis sampling). So where nothing matters, the sequences of any generation are independent
    ones of that composition, as random ones are, and a motif in them more often than in these has been selected.

    It has converged, and stops, when the mean fitness has risen over the last ``patience`` generations by less than
    ``tolerance`` of its whole rise so far, or when all sequences are at the ceiling. Else it stops after
    ``generations``.

    Parameters
    ----------
    fitness_of : callable
        From codes (torch.Tensor of uint8, shape (n, length)) to fitness (float32, shape (n,)).
    population : torch.Tensor of uint8, shape (n, length)
        The first generation, on the device of ``fitness_of``; n is even. Codes 0 to 3.
    settings : Settings
        ``crossover`` is the share of pairs that recombine, ``mutations`` the mean number of bases drawn anew per child,
        more than a quarter of which stay what they were.
    seed : int
        The same seed gives the same sequences on the same kind of device.
    composition : numpy.ndarray of float, shape (4, 4), optional
        Dinucleotide frequencies, all above zero, as from :func:`cam.data.sequences.dinucleotide_frequencies`; those of
        the given population if there are none.
    ceiling : float
        The highest fitness there is. A sequence that has it stays as it is.

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
    if composition is None:
        composition = dinucleotide_frequencies(population.cpu().numpy())
    transitions, edges = (torch.from_numpy(each).float().to(device) for each in _chain(composition))
    generator, rows = torch.Generator(device=device).manual_seed(seed), torch.arange(n, device=device)
    fitness = fitness_of(population)
    history = [_describe(0, population, fitness)]

    for generation in progress(range(1, settings.generations + 1), desc="generations"):
        if (fitness >= ceiling).all():
            break
        population, fitness = population.roll(1, 0), fitness.roll(1)  # the other neighbour's turn
        children = _recombine(population.view(-1, 2, length), settings.crossover, transitions, generator)
        _mutate(children, settings.mutations, edges, generation % min(2, length), generator)
        child_fitness = fitness_of(children)
        better = (child_fitness >= fitness) & (fitness < ceiling)
        population = torch.cat([population, children]).index_select(0, rows + n * better)
        fitness = torch.where(better, child_fitness, fitness)

        history.append(_describe(generation, population, fitness))
        if generation >= settings.patience:
            first, before, now = (history[row]["mean_fitness"] for row in (0, -1 - settings.patience, -1))
            if now - before < settings.tolerance * (now - first) or now == first:
                history[-1]["converged"] = True
                break
    history[-1]["converged"] |= bool((fitness >= ceiling).all())
    best_first = torch.sort(fitness, descending=True, stable=True).indices
    return population[best_first], fitness[best_first], pd.DataFrame(history)


def _chain(composition):
    """What the operators need of a first-order composition; the fifth base, N, is what lies beyond the ends.

    Returns
    -------
    transitions : numpy.ndarray of float, shape (5, 5)
        The probability of a base (column) after another (row). Beyond an end there is nothing to be probable: 1.
    edges : numpy.ndarray of float, shape (5, 5, 3)
        The cumulative probabilities of A, C and G between the base on the left and that on the right.
    """
    composition = np.asarray(composition, dtype=float)
    first = composition.sum(axis=1)
    transitions = np.ones((5, 5))
    transitions[:4, :4] = composition / first[:, None]
    between = np.vstack([transitions[:4, :4], first])[:, None, :] * transitions[:4].T
    return transitions, np.cumsum(between / between.sum(axis=2, keepdims=True), axis=2)[:, :, :3]


def _recombine(pairs, share, transitions, generator):
    """Two-point crossover of a share of the pairs: children of shape (2 n_pairs, length), each in its parent's place.

    What is between the cuts changes hands, or all the rest: that with fewer of the bases in which the parents differ.
    Where that would make a pair of sequences that is less probable, it is done just that much more seldom.
    """
    n_pairs, _, length = pairs.shape
    before = _before_cuts(length, pairs.device)
    cuts = (torch.rand(2, n_pairs, generator=generator, device=pairs.device) * (length + 1)).long()
    chance = torch.rand(n_pairs, generator=generator, device=pairs.device)
    one_cut, other_cut = cuts
    swapped = before.index_select(0, one_cut) ^ before.index_select(0, other_cut)
    difference = pairs[:, 0] ^ pairs[:, 1]  # x ^ (x ^ y) = y
    differ = difference.bool().view(torch.uint8)
    in_swapped, in_all = (bases.sum(1, dtype=torch.int32) for bases in (differ & swapped, differ))
    swapped ^= (2 * in_swapped > in_all).view(torch.uint8)[:, None]
    left, right = (
        F.pad(pairs, (1, 1), value=N_CODE).gather(2, (cuts + side).t()[:, None].expand(-1, 2, -1)).int()
        for side in (0, 1)
    )  # the bases on either side of both cuts: pairs × parents × cuts
    likelihood = [transitions[left, other].prod(1) for other in (right.flip(1), right)]  # with and without
    recombining = chance < share * (likelihood[0] / likelihood[1]).prod(1).clamp(max=1)
    swapped &= recombining.view(torch.uint8)[:, None]
    return (pairs ^ (difference * swapped)[:, None]).view(-1, length)


@lru_cache(maxsize=4)
def _before_cuts(length, device):
    """Which bases are before each cut: shape (length + 1, length), 1 or 0 (PyTorch is slow with truth values)."""
    place = torch.arange(length, device=device)
    return (place < torch.arange(length + 1, device=device)[:, None]).byte()


def _mutate(codes, mean, edges, offset, generator):
    """Draw bases anew in place, given their neighbours: so many per sequence on average, none of them side by side.

    They are at every second position, from the offset on. A place that is drawn twice is changed once.
    """
    n, length = codes.shape
    columns = (length - offset + 1) // 2
    n_mutations = max(1, round(mean * n))
    places = torch.randint(n * columns, (n_mutations,), generator=generator, device=codes.device).unique()
    rows, places = places // columns, offset + 2 * (places % columns)
    padded = F.pad(codes, (1, 1), value=N_CODE)
    around = edges[padded[rows, places].int(), padded[rows, places + 2].int()]
    drawn = torch.rand(len(rows), 1, generator=generator, device=codes.device)
    codes[rows, places] = (drawn >= around).sum(1, dtype=torch.uint8)


def _describe(generation, population, fitness):
    n, length = population.shape
    codes = population.contiguous().cpu().numpy()
    counts = np.array([np.add.reduce(codes == base, axis=0, dtype=np.int32) for base in range(N_CODE)], dtype=np.int64)
    alike = np.float32((counts * (counts - 1)).sum()) / np.float32(max(n * (n - 1) * length, 1))
    sequences = codes.view(f"V{length}").ravel().tolist()
    return {
        "generation": generation,
        "mean_fitness": float(fitness.double().mean()),
        "best_fitness": float(fitness.max()),
        "distinct": len(set(sequences)),
        "distance": float(1 - alike),
        "converged": False,
    }


def subject_fitness(model, targets, subject, direction, task="binding", strands="both"):
    """The fitness of sequences for a unit or a target.

    To maximise a unit it is the pre-activation on the given strand: after its last ReLU a unit that is silent is flat
    zero, and there would be nothing to climb. To minimise one it is the negative of what the model uses, the mean over
    both strands of the pre-activation clipped at 0: below that nothing changes for the model, so there is nothing to
    climb either. For a target it is the logit as the pipeline predicts it, the mean over both strands, or its negative.
    Of predictions of real numbers it is how far that of the target is above their mean over targets: what is alike in
    all targets means nothing to a model that is trained by correlation across them, and is not climbed.

    Parameters
    ----------
    model : cam.models.cam.CAM
        In evaluation mode.
    targets : sequence of str
        Of the model.
    subject : str
        A unit, such as ``unit8``, or a target.
    direction : {"max", "min"}
    task : {"binding", "regression"}
    strands : {"both", "given"}
        Of which predictions are made.

    Returns
    -------
    fitness_of : callable
        From codes (torch.Tensor of uint8, shape (n, length)) to float32, shape (n,), for :func:`evolve`.
    ceiling : float
        The highest fitness there is: 0 where a unit is minimised, else infinite.

    Raises
    ------
    InputError
        If there is no such unit or target.
    """
    sign, units = {"max": 1, "min": -1}[direction], unit_names(model.units)
    if subject in units:
        single = model.subset([unit_index(subject)])
        if direction == "max":
            return lambda codes: single.pre_activations(codes)[:, 0], math.inf
        return lambda codes: 0.0 - on_strands(single.unit_outputs, codes, strands)[:, 0], 0.0  # and no negative zero
    if subject in targets:
        target, alone = list(targets).index(subject), task == "binding" or len(targets) == 1

        def of_target(codes):
            outputs = on_strands(model, codes, strands)
            return sign * (outputs[:, target] if alone else outputs[:, target] - outputs.mean(1))

        return of_target, math.inf
    known = nearest(subject, [*targets, *units])
    raise InputError(f"genetic algorithm: there is no unit or target '{subject}'; {known}")


def above_floor(outputs):
    """Whether most sequences have an output above 0: array-like of float, shape (n,), to bool.

    Of sequences that have none, nothing can be taken away: they are no start for minimising.
    """
    return bool(np.median(outputs) > 0)


def unchanged(before, after):
    """Whether evolution left an output as it was, so that nothing can be said of what changes it.

    That is where the means differ by at most 0.2 standard deviations, a small effect by Cohen's convention; always
    where the output is at its floor before and after.

    Parameters
    ----------
    before, after : array-like of float, shape (n,)
        The outputs of the sequences that a run began with, and of those it ended with.

    Returns
    -------
    bool
    """
    spread = np.sqrt((np.var(before) + np.var(after)) / 2)
    return bool(abs(np.mean(after) - np.mean(before)) <= SMALL_EFFECT * spread)


def evolve_units(model, random, composition, settings, seed=1, strands="both"):
    """Evolve sequences that maximise each unit of a model, and from these such that minimise it, on the CPU.

    Parameters
    ----------
    model : cam.models.cam.CAM
        In evaluation mode.
    random : numpy.ndarray of uint8, shape (n, length)
        Random sequences.
    composition, settings
        As in :func:`evolve`.
    seed : int
    strands : {"both", "given"}

    Yields
    ------
    unit : str
    direction : {"max", "min"}
    final : numpy.ndarray of uint8, shape (population, length)
        For a unit first those that maximise it, then those that minimise it, which began as these.
    same : bool
        Whether the output is unchanged.
    """
    for number, unit in enumerate(unit_names(model.units)):
        single, rng = model.subset([number]), np.random.default_rng([seed, number])
        begun = random_sequences(settings.population, random.shape[1], composition, rng)
        before = predict(single.unit_outputs, random, strands=strands)
        for direction in ("max", "min"):
            fitness_of, ceiling = subject_fitness(single, [], "unit1", direction, strands=strands)
            draw = int(rng.integers(2**31))
            final, _, _ = evolve(fitness_of, torch.from_numpy(begun), settings, draw, composition, ceiling)
            begun = final.numpy()
            after = predict(single.unit_outputs, begun, strands=strands)
            yield unit, direction, begun, unchanged(before, after)
            before = after


@dataclass(frozen=True)
class Evolution:
    """What a run of the genetic algorithm for a unit or a target ended with.

    Attributes
    ----------
    origin : str
        What it began with: ``random``, or the run whose sequences those were.
    codes : numpy.ndarray of uint8, shape (n, length)
        The final population, best first.
    fitness : numpy.ndarray of float32, shape (n,)
    measured : numpy.ndarray of float32, shape (n,)
        The output of the unit, or the logit of the target (in regression its prediction above the mean over targets).
    history : pandas.DataFrame
        As from :func:`evolve`.
    outputs : pandas.DataFrame
        ``name set unit1 …``: the outputs of all units on these sequences (``ga``), on random ones (``random``) and,
        where the run began with others, on those (``start``).
    unchanged : bool
        Whether the run left the output as it was.
    bias : float or None
        What, with the contributions of all units, makes up the target's logit; None of a unit.
    """

    origin: str
    codes: np.ndarray
    fitness: np.ndarray
    measured: np.ndarray
    history: pd.DataFrame
    outputs: pd.DataFrame
    unchanged: bool
    bias: float | None

    @property
    def headers(self):
        """What stands in FASTA over each final sequence: list of ``unit8_max_1 output=… fitness=…``."""
        names = self.outputs.loc[self.outputs["set"] == "ga", "name"]
        scores = zip(names, self.measured, self.fitness, strict=True)
        return [f"{name} output={measured:.6g} fitness={fitness:.6g}" for name, measured, fitness in scores]


def evolve_subject(model, description, subject, direction, codes, random, maximised, settings, seed=1, device="cpu"):
    """Write sequences to which one unit, or the model for one target, responds most or least.

    Parameters
    ----------
    model : cam.models.cam.CAM
        In evaluation mode, on ``device``.
    description : dict
        As from :func:`cam.models.storage.load_cam`.
    subject : str
        A unit or a target.
    direction : {"max", "min"}
    codes : numpy.ndarray of uint8, shape (n, length)
        The training sequences, whose composition random sequences and mutations have.
    random : numpy.ndarray of uint8, shape (m, length)
        Random sequences to compare with.
    maximised : numpy.ndarray of uint8, optional
        Sequences that maximise the subject. A run that minimises a unit begins with them where random ones are at its
        floor.
    settings : Settings
    seed : int
    device : str or torch.device

    Returns
    -------
    Evolution
    """
    run, units = f"{subject}_{direction}", unit_names(model.units)
    targets, task, strands = (description[key] for key in ("targets", "task", "strands"))
    fitness_of, ceiling = subject_fitness(model, targets, subject, direction, task, strands)
    composition = dinucleotide_frequencies(codes)
    rng = np.random.default_rng([seed, crc32(run.encode())])

    def outputs_of(sequences, kind, name):
        table = pd.DataFrame(predict(model.unit_outputs, sequences, device, strands), columns=units)
        table.insert(0, "name", [f"{name}_{rank}" for rank in range(1, len(sequences) + 1)])
        table.insert(1, "set", kind)
        return table

    tables, origin = [outputs_of(random, "random", "random")], "random"
    if maximised is not None and subject in units and not above_floor(tables[0][subject]):
        origin, start = f"{subject}_max", maximised
        tables.append(outputs_of(start, "start", origin))
    else:
        start = random_sequences(settings.population, codes.shape[1], composition, rng)
    start, seed = torch.from_numpy(start).to(device), int(rng.integers(2**31))
    final, fitness, history = evolve(fitness_of, start, settings, seed, composition, ceiling)
    final, fitness = final.cpu().numpy(), fitness.cpu().numpy()
    tables.insert(0, outputs_of(final, "ga", run))
    if subject in units:
        measured = tables[0][subject].to_numpy()
        same, bias = unchanged(tables[-1][subject], tables[0][subject]), None
    else:  # a logit has no floor
        measured, bias = fitness if direction == "max" else -fitness, _bias(model, description, subject)
        same = bool(history["mean_fitness"].iloc[-1] == history["mean_fitness"].iloc[0])
    return Evolution(origin, final, fitness, measured, history, pd.concat(tables), same, bias)


def _bias(model, description, target):
    """The bias of a target's logit; in regression less the mean over targets, like what is climbed."""
    biases, targets = model.final.bias.detach().cpu().numpy().astype(float), list(description["targets"])
    alone = description["task"] == "binding" or len(targets) == 1
    return biases[targets.index(target)] - (0 if alone else biases.mean())
