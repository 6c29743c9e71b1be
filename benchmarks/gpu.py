"""Whether a GPU computes what it should, and how fast, beside the authors' `explainn` package: all in eight minutes.

    export PYTHONPATH=workflow_scripts
    python benchmarks/gpu.py --json gpu.json
    python benchmarks/gpu.py --device cpu --small    # half a minute at most, to try the script

It needs no network and nothing that is not in requirements.txt. Where `explainn` is installed (see
benchmarks/requirements.txt) it is timed side by side, else its column says that it is not. Stages, in their order:

correctness   forward, gradients, statistics of batch norms, CAMs side by side, a subset of the units and the genetic
              algorithm, beside plain layers of PyTorch, unit by unit, in float64 on the CPU. Differences are shares of
              the largest value; those of gradients, of the gradient's length. On a GPU all is checked twice: in float32
              throughout, and in the precision of the timings, for which PyTorch's own setting is to use TF32 in
              convolutions.
ceilings      what the card does at best: a large matrix product, and a large copy, read and written
steps         a training step (forward, backward, optimiser, non-negative weights) and a batch of inference, of 200 bp
              and 3 targets. The batch is on the device already, ours as base codes, theirs one-hot. Operations and
              bytes are counted as in benchmarks/roofline.py, without a cache, so bytes are an upper bound.
side_by_side  a step of 12 CAMs of 10 units together, per CAM
immune        an epoch of the immune setting by `cam.training.loop.train`, and ten: 300,000 random regions of 251 bp, 81
              targets, 300 units, batches of 100; 80 % of the regions are trained on and 10 % validate. Theirs is
              trained by its own function, a few steps of it. What is told from a few steps says so.
genetic       generations per second of the genetic algorithm, for a unit and for a target

Times are medians, after calls to warm up. The ratio says how many times as fast ours is. The exit status is 1 where a
difference is above its tolerance or a stage breaks. Results are printed as they come; with --json they are written as
well, after every line.
"""

import argparse
import copy
import gc
import json
import math
import platform
import resource
import statistics
import sys
import time
import traceback
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from operator import attrgetter

import numpy as np
import torch
from cam.data.dataset import Dataset
from cam.design import genetic
from cam.errors import InputError
from cam.io.files import write_text
from cam.models.cam import CAM, SideBySide
from cam.models.functional import keep_freed_memory, one_hot, summed_hidden
from cam.models.predict import choose_device, on_strands, predict
from cam.training import loop
from cam.training.losses import masked_binary_cross_entropy, pearson_loss
from roofline import OPERATIONS, counted, seconds
from torch import nn

try:
    import peer
except ImportError:  # the package, or what it needs besides
    peer = None

LENGTH, TARGETS, FILTER_LENGTH = 200, 3, 19
NO_PEER = "not installed"
NOT_THEIRS = "–"
NAME = 40  # columns
# Of values and of gradients, which jump where rounding decides between two positions or two sides of a ReLU.
TOLERANCES = {"float32": (1e-4, 5e-3), "tf32": (1e-2, 0.1)}


@dataclass(frozen=True)
class Sizes:
    """How much is computed."""

    checked: tuple = (32, 256)  # units, regions
    units: tuple = (10, 100, 300)
    batches: tuple = (128, 1024, 8192)
    together: int = 12
    together_batches: tuple = (128, 1024)
    repeats: int = 50  # of a measurement, at most
    limit: float = 1.5  # seconds of a measurement, as far as one call does not take longer
    matrix: int = 8192
    copied: int = 2**30  # bytes
    regions: int = 300_000
    width: int = 251
    cells: int = 81
    immune_units: int = 300
    immune_batch: int = 100
    steps: int = 50  # of an epoch that is not trained in full
    population: int = 1000
    generations: int = 200


FULL = Sizes()
ON_CPU = replace(FULL, batches=(128, 1024), matrix=2048, copied=2**28)
SMALL = Sizes(
    checked=(3, 24), units=(4,), batches=(16,), together=3, together_batches=(16,), repeats=3, limit=0.2, matrix=128,
    copied=2**20, regions=100, immune_units=4, immune_batch=20, steps=2, population=20, generations=5,
)  # fmt: skip


class OutOfTime(Exception):
    """The time budget is used up."""


class Report:
    """What is found: printed and written as it comes, stage by stage, as long as there is time.

    Parameters
    ----------
    header : dict
        What the file says besides the stages.
    device : torch.device
    budget : float
        In seconds.
    path : str, optional
        A file to write as JSON.
    """

    def __init__(self, header, device, budget, path=None):
        self.device, self.path, self.end = device, path, time.perf_counter() + budget
        self.stages = {}
        self.found = {**header, "ok": True, "stages": self.stages}

    def left(self):
        """Seconds that are left."""
        return self.end - time.perf_counter()

    def expect_time(self):
        """Raise :class:`OutOfTime` if nothing is left."""
        if self.left() <= 0:
            raise OutOfTime

    def write(self):
        """Write the file as it stands."""
        if self.path:
            with write_text(self.path) as file:
                json.dump(self.found, file, indent=1, allow_nan=False)

    def add(self, line, **row):
        """Print a line, and keep what it says in the stage under way."""
        print(line, flush=True)
        rows = next(reversed(self.stages.values()))["rows"]
        rows.append({name: None if not_a_number(value) else value for name, value in row.items()})
        self.write()

    def run(self, name, stage):
        """Run a stage; a broken one, and one for which there is no time, is told of and does not end the others."""
        told = self.stages[name] = {"status": "done", "rows": []}
        print(f"\n{name.replace('_', ' ')}", flush=True)
        self.peak, began = 0.0, time.perf_counter()
        self.new_peak()
        try:
            self.expect_time()
            stage()
        except OutOfTime:
            told["status"] = "cut short" if told["rows"] else "skipped"
            print(f"{told['status']}: no time is left", flush=True)
        except Exception as error:  # of any kind: what else there is to know should not be lost
            told["status"], self.found["ok"] = f"broken: {error!r}", False
            traceback.print_exc()
            print(f"broken: {error!r}", flush=True)
        self.new_peak()
        told |= {"seconds": time.perf_counter() - began, "peak_gb": self.peak}
        print(f"{told['seconds']:.1f} s, {self.memory_words(self.peak)}", flush=True)
        self.write()

    def new_peak(self):
        """Begin to measure memory anew; the peak since the last time, in GB."""
        if self.device.type == "cuda":
            peak = torch.cuda.max_memory_allocated() / 1e9
            gc.collect()
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        else:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if sys.platform == "linux" else 1) / 1e9
        self.peak = max(self.peak, peak)
        return peak

    def memory_words(self, peak):
        """A peak of memory in words."""
        return f"{peak:.2f} GB " + ("on the GPU at most" if self.device.type == "cuda" else "in the process so far")


def not_a_number(value):
    """Whether a value is a float that JSON does not have."""
    return isinstance(value, float) and not math.isfinite(value)


class Bench:
    """A device, the sizes of what is run on it, and where results go."""

    def __init__(self, device, sizes, report, tf32=False):
        self.device, self.sizes, self.report, self.tf32 = device, sizes, report, tf32
        self.ceilings = {}

    def timed(self, function):
        """Median seconds of a call, after some to warm up: fewer, where one takes long."""
        self.report.expect_time()
        limit, taken = self.sizes.limit, []
        while len(taken) < 3 and sum(taken) < limit:
            taken.append(seconds(function, self.device))
        repeats = min(self.sizes.repeats, max(1, int(limit / taken[-1])))
        if self.device.type == "cuda":
            return statistics.median(between_events(function, repeats))
        return statistics.median(seconds(function, self.device) for _ in range(repeats))

    def measured(self, make, forgiven=torch.OutOfMemoryError):
        """Median seconds of what ``make`` gives and the peak memory in GB; words where it cannot be run."""
        self.report.new_peak()
        taken = attempted(lambda: self.timed(make()), forgiven)
        return taken, self.report.new_peak()

    def compare(self, name, make, make_theirs, share=1):
        """Measure ours and theirs and tell of both, in milliseconds; ours is divided by ``share``."""
        ours, memory = self.measured(make)
        theirs, their_memory = self.measured(make_theirs, RuntimeError) if peer else (NO_PEER, None)
        counts = counted(make()) if isinstance(ours, float) and self.ceilings else None
        rates = self.rates(counts, ours)
        ours = 1000 * ours / share if isinstance(ours, float) else ours
        theirs = 1000 * theirs if isinstance(theirs, float) else theirs
        memory = {"peak_gb": memory, "explainn_peak_gb": their_memory} if self.device.type == "cuda" else {}
        self.tell(name, "ms", ours, theirs, **rates, **memory)

    def rates(self, counts, taken):
        """Achieved operations and bytes per second, and their shares of the ceilings."""
        if not counts:
            return {}
        flops, moved = sum(counts[kind] for kind in OPERATIONS) / taken, counts["bytes"] / taken
        return {
            "gflops": flops / 1e9,
            "of_float32": flops / self.ceilings["float32"],
            "gbs": moved / 1e9,
            "of_copy": moved / self.ceilings["copy"],
        }

    def heading(self):
        """Name the columns of :meth:`tell`."""
        rates = f"{'GFLOP/s':>10}{'of fp32':>9}{'GB/s':>8}{'of copy':>9}{'GB':>7}{'theirs':>8}"
        print(f"{'':{NAME}}{'ours':>10}{'explainn':>15}{'ratio':>8}{rates}", flush=True)

    def tell(self, name, unit, ours, theirs, note="", **more):
        """Tell of one measurement of ours and theirs, numbers or words."""
        ratio = theirs / ours if isinstance(ours, float) and isinstance(theirs, float) else None
        cells = [cell(ours, 10, ".3f"), cell(theirs, 15, ".3f"), cell(ratio, 8, ".2f")]
        cells += [
            cell(more.get(key), width, form)
            for key, width, form in (
                ("gflops", 10, ".1f"), ("of_float32", 9, ".1%"), ("gbs", 8, ".1f"), ("of_copy", 9, ".1%"),
                ("peak_gb", 7, ".2f"), ("explainn_peak_gb", 8, ".2f"),
            )
        ]  # fmt: skip
        line = f"{f'{name}, {unit}':{NAME}}{''.join(cells)}  {note}".rstrip()
        self.report.add(line, name=name, unit=unit, ours=ours, explainn=theirs, ratio=ratio, note=note, **more)


def attempted(function, forgiven):
    """What a function gives, or words if it raises an error that is forgiven."""
    try:
        return function()
    except forgiven as error:
        return "no memory" if isinstance(error, torch.OutOfMemoryError) else "fails"


def cell(value, width, form):
    """A value in a column: a number, words, or nothing."""
    text = "" if value is None else value if isinstance(value, str) else format(value, form)
    return f"{text:>{width}}"


def between_events(function, repeats):
    """Seconds of each of so many calls one after the other, by the GPU's own clock."""
    marks = [torch.cuda.Event(enable_timing=True) for _ in range(repeats + 1)]
    marks[0].record()
    for mark in marks[1:]:
        function()
        mark.record()
    torch.cuda.synchronize()
    return [before.elapsed_time(after) / 1000 for before, after in pairwise(marks)]


@contextmanager
def precision(convolutions, products):
    """Whether TF32 may be used in convolutions and in matrix products; afterwards it is as it was."""
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = convolutions, products
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


def random_codes(n, length, letters=4, seed=1):
    """Base codes of random sequences, on the CPU."""
    return torch.randint(0, letters, (n, length), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def random_labels(n, n_targets):
    """Random labels, 0 or 1, on the CPU."""
    return torch.randint(0, 2, (n, n_targets), generator=torch.Generator().manual_seed(2)).float()


# Correctness: the slow reference


class Exp(nn.Module):
    def forward(self, values):
        return values.exp()


class PlainUnits(nn.Module):
    """A CAM as plain layers of PyTorch, one small network per unit, in float64 on the CPU; there is no dropout.

    Parameters
    ----------
    cam : CAM
        Whose weights and running statistics it has.
    """

    def __init__(self, cam):
        super().__init__()
        self.networks = nn.ModuleList(plain_unit(cam) for _ in range(cam.units))
        self.final = nn.Linear(cam.units, cam.final.out_features)
        self.double().train(cam.training)
        with torch.no_grad():
            for name, tensor in cam.state_dict().items():
                if name.startswith("final."):
                    attrgetter(name)(self).copy_(tensor)
                elif tensor.ndim:
                    for part, values in zip(self.parts(name), tensor.chunk(cam.units), strict=True):
                        part.copy_(values.view_as(part))

    def parts(self, name):
        """The tensors of all units that are together one of the CAM, by its name there."""
        name = {"weight1": "linear1.weight", "weight2": "linear2.weight"}.get(name, name)
        return [attrgetter(name)(network) for network in self.networks]

    def statistic(self, name):
        """Running statistics under a CAM's name, of all units, flat."""
        return torch.cat([part.flatten() for part in self.parts(name)])

    def gradient(self, name):
        """The gradient of the CAM's parameter of that name, flat."""
        parts = [attrgetter(name)(self)] if name.startswith("final.") else self.parts(name)
        return torch.cat([part.grad.flatten() for part in parts])

    def pre_activations(self, codes):
        """As those of the CAM, in float64; codes may be on any device."""
        letters = torch.cat([torch.eye(4), torch.full((1, 4), 0.25)]).double()
        sequences = letters[codes.cpu().long()].transpose(1, 2)
        return torch.cat([network(sequences) for network in self.networks], 1)

    def unit_outputs(self, codes):
        return self.pre_activations(codes).relu()

    def forward(self, codes):
        return self.final(self.unit_outputs(codes))


def plain_unit(cam):
    """One unit of a CAM's shape, up to its pre-activation, in the order of the paper."""
    layers = {
        "convolution": nn.Conv1d(4, 1, cam.filter_length),
        "norm1": nn.BatchNorm1d(1),
        "activation": Exp() if cam.activation == "exp" else nn.ReLU(),
        "pool": nn.MaxPool1d(cam.pool),
        "flatten": nn.Flatten(),
        "linear1": nn.Linear(cam.weight1.shape[2], cam.hidden, bias=False),
        "norm2": nn.BatchNorm1d(cam.hidden),
        "relu": nn.ReLU(),
        "linear2": nn.Linear(cam.hidden, 1, bias=False),
        "norm3": nn.BatchNorm1d(1),
    }
    return nn.Sequential(OrderedDict(layers))


def settled(activation, units, codes):
    """A CAM without dropout whose batch norms are not at their beginning, in evaluation mode, on the CPU."""
    torch.manual_seed(1)
    model = CAM(codes.shape[1], TARGETS, units, FILTER_LENGTH, activation, dropout=0.0, non_negative=False)
    with torch.no_grad():
        for _ in range(3):
            model.train()(codes)
        for norm in (model.norm1, model.norm2, model.norm3):
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.5, 0.5)
    return model.eval()


def difference(found, expected):
    """The largest difference of two tensors, as a share of the largest value expected."""
    found, expected = (each.detach().cpu().double().flatten() for each in (found, expected))
    return float((found - expected).abs().max()) / float(expected.abs().max())


@torch.inference_mode()
def check_inference(model, codes):
    """What a model gives in evaluation mode: names and differences."""
    plain, device, some = PlainUnits(model), model.final.bias.device, [model.units - 1, 0]
    both = torch.from_numpy(predict(model, codes.cpu().numpy(), device))
    expected, part = plain.pre_activations(codes), model.subset(some).pre_activations(codes)
    return [
        ("forward: unit outputs", difference(model.unit_outputs(codes), expected.relu())),
        ("forward: logits", difference(model(codes), plain(codes))),
        ("forward: logits of both strands", difference(both, on_strands(plain, codes.cpu(), "both"))),
        ("subset of the units", difference(part, expected[:, some])),
    ]


def check_training(model, codes):
    """What a training step of a model does: names and differences."""
    model = copy.deepcopy(model).train()
    plain, labels = PlainUnits(model), random_labels(len(codes), TARGETS)
    labels[0, 0] = math.nan
    logits, expected = model(codes), plain(codes)
    yield "training: logits", difference(logits, expected)
    for norm in ("norm1", "norm2", "norm3"):
        names = [f"{norm}.running_{moment}" for moment in ("mean", "var")]
        worst = max(difference(attrgetter(name)(model), plain.statistic(name)) for name in names)
        yield f"training: running statistics of {norm}", worst
    masked_binary_cross_entropy(logits, labels.to(logits.device)).backward()
    masked_binary_cross_entropy(expected, labels).backward()
    gradients = {name: plain.gradient(name) for name, _ in model.named_parameters()}
    longest = max(gradient.norm() for gradient in gradients.values())
    for name, parameter in model.named_parameters():
        apart = parameter.grad.cpu().flatten() - gradients[name]
        length = max(gradients[name].norm(), longest / 1000)  # some are zero but for rounding
        yield f"training: gradient of {name}", float(apart.norm() / length)


def check_side_by_side(model, codes):
    """The logits of CAMs side by side in training mode: names and differences."""
    cams = [copy.deepcopy(model).train() for _ in range(3)]
    for number, cam in enumerate(cams):
        with torch.no_grad():
            cam.weight2.mul_(1 - 2 * (number % 2)).add_(0.01 * number)
    expected = torch.stack([PlainUnits(cam)(codes) for cam in cams])
    yield "side by side: logits", difference(SideBySide(cams).to(codes.device).train()(codes), expected)


def check_dropout(device):
    """Leaving out hidden values, forward and backward: names and differences."""
    torch.manual_seed(3)
    tensors = [torch.randn(shape).double() for shape in ((4, 9, 50), (4, 20, 9), (4, 20), (4, 20))]
    kept = torch.rand(20, 50) > 0.3
    limit = torch.where(kept, math.inf, 0.0).to(device)
    ours = [each.float().to(device).requires_grad_() for each in tensors]
    theirs = [each.requires_grad_() for each in tensors]
    values, weight, bias, weight2 = theirs
    found = summed_hidden(*ours, limit)
    expected = (weight2.unsqueeze(2) * (weight @ values + bias.unsqueeze(2)).relu() * kept).sum(1)
    yield "dropout: forward", difference(found, expected)
    for each in (found, expected):
        each.square().sum().backward()
    yield "dropout: gradients", max(difference(a.grad, b.grad) for a, b in zip(ours, theirs, strict=True))


def check_genetic(model, codes, generations):
    """The final fitness of a run for a unit and of one for a target, computed anew: names and differences."""
    plain, targets = PlainUnits(model), [f"target{number}" for number in range(1, TARGETS + 1)]
    anew = {
        "unit1": lambda codes: plain.pre_activations(codes)[:, 0],
        "target1": lambda codes: on_strands(plain, codes, "both")[:, 0],
    }
    settings = genetic.Settings(population=len(codes), generations=generations, patience=generations + 1)
    for subject, fitness_anew in anew.items():
        fitness_of, ceiling = genetic.subject_fitness(model, targets, subject, "max")
        final, fitness, history = genetic.evolve(fitness_of, codes, settings, ceiling=ceiling)
        yield f"genetic algorithm: fitness, {subject}", difference(fitness, fitness_anew(final.cpu()))
        fall = -float(history["mean_fitness"].diff().min()) / float(fitness.abs().max())
        yield f"genetic algorithm: mean never falls, {subject}", max(fall, 0.0)


def checks(bench):
    """All checks on the device, as names and differences."""
    units, n = bench.sizes.checked
    codes = random_codes(n, LENGTH, letters=5)
    for activation in ("relu", "exp"):
        model, there = settled(activation, units, codes).to(bench.device), codes.to(bench.device)
        for check in (check_inference, check_training, check_side_by_side):
            for name, found in check(model, there):
                yield f"{activation}, {name}", found
    yield from check_dropout(bench.device)
    yield from check_genetic(model, random_codes(2 * (n // 2), LENGTH).to(bench.device), 2 * bench.sizes.generations)


def correctness(bench):
    """Print every check as name, largest difference, tolerance, and ok or FAILED."""
    modes = [("float32", precision(False, False), *TOLERANCES["float32"])]
    if bench.device.type == "cuda":
        modes.append(("as timed", precision(True, bench.tf32), *TOLERANCES["tf32"]))
    print(f"{'':{NAME + 22}}{'difference':>12}{'tolerance':>12}", flush=True)
    for mode, set_precision, of_values, of_gradients in modes:
        with set_precision:
            for name, found in checks(bench):
                bench.report.expect_time()
                allowed = of_gradients if "gradient" in name else of_values
                ok = found <= allowed  # not so if it is not a number
                bench.report.found["ok"] &= ok
                line = f"{f'{name} ({mode})':{NAME + 22}}{found:12.1e}{allowed:12.1e}  {'ok' if ok else 'FAILED'}"
                row = {"name": name, "precision": mode, "difference": found, "tolerance": allowed}
                bench.report.add(line, **row, ok=ok)


# Times


def ceilings(bench):
    """Operations per second of matrix products in several precisions, and bytes per second of a copy."""
    size, copied, on_gpu = bench.sizes.matrix, bench.sizes.copied, bench.device.type == "cuda"
    a, b = torch.rand(2, size, size, device=bench.device)
    kinds = [("float32", torch.float32, False)]
    if on_gpu:
        kinds += [("tf32", torch.float32, True), ("bfloat16", torch.bfloat16, False)]
    for name, dtype, tf32 in kinds:
        x, y = a.to(dtype), b.to(dtype)
        product = torch.empty_like(x)
        with precision(tf32, tf32):
            bench.ceilings[name] = rate = 2 * size**3 / bench.timed(partial(torch.mm, x, y, out=product))
        title = f"matrix product, {name}"
        bench.report.add(f"{title:{NAME}}{rate / 1e12:10.2f} TFLOP/s", name=name, unit="FLOP/s", ours=rate)
    source = torch.zeros(copied, dtype=torch.uint8, device=bench.device)
    target = torch.zeros_like(source)
    bench.ceilings["copy"] = rate = 2 * copied / bench.timed(partial(target.copy_, source))
    bench.report.add(f"{'copy':{NAME}}{rate / 1e9:10.1f} GB/s", name="copy", unit="bytes/s", ours=rate)


def our_step(model, batch, device):
    """A training step as a function without arguments, of a CAM or of several side by side."""
    model = model.to(device).train()
    codes, labels = random_codes(batch, LENGTH).to(device), random_labels(batch, TARGETS).to(device)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.0, fused=True)

    def step():
        losses = masked_binary_cross_entropy(model(codes), labels)
        optimiser.zero_grad()
        losses.sum().backward()
        optimiser.step()
        if isinstance(model, CAM):
            model.project()

    return step


def their_step(units, batch, device):
    """A training step of the package's model, as its own training function does it."""
    model, optimiser = make_theirs(units, LENGTH, TARGETS, device)
    sequences = one_hot(random_codes(batch, LENGTH).to(device)).contiguous()
    labels, criterion = random_labels(batch, TARGETS).to(device), nn.BCEWithLogitsLoss()

    def step():
        optimiser.zero_grad()
        loss = criterion(model(sequences), labels)
        loss.backward()
        optimiser.step()
        model.final.weight.data.clamp_(0)

    return step


def make_theirs(units, length, n_targets, device):
    """The package's model and its optimiser, in training mode."""
    model, optimiser = peer.make(units, length, n_targets, device)
    return model.train(), optimiser


def inference(model, batch, device, encode=None):
    """Logits of a batch that lies on the device, as a function without arguments."""
    model, inputs = model.to(device).eval(), random_codes(batch, LENGTH).to(device)
    inputs = encode(inputs).contiguous() if encode else inputs

    @torch.inference_mode()
    def logits():
        return model(inputs)

    return logits


def our_model(units):
    """An untrained CAM of the package's architecture."""
    return CAM(LENGTH, TARGETS, units, FILTER_LENGTH, "exp")


def steps(bench):
    """Training steps and inference, by units and batch."""
    bench.heading()
    device = bench.device
    for units in bench.sizes.units:
        for batch in bench.sizes.batches:
            size = f"{units} × {batch:,}"
            bench.compare(
                f"training step, {size}",
                lambda units=units, batch=batch: our_step(our_model(units), batch, device),
                partial(their_step, units, batch, device),
            )
            bench.compare(
                f"inference, {size}",
                lambda units=units, batch=batch: inference(our_model(units), batch, device),
                lambda units=units, batch=batch: inference(
                    make_theirs(units, LENGTH, TARGETS, device)[0], batch, device, one_hot
                ),
            )


def side_by_side(bench):
    """Training steps of several small CAMs together, per CAM."""
    bench.heading()
    together, units = bench.sizes.together, bench.sizes.units[0]
    for batch in bench.sizes.together_batches:
        bench.compare(
            f"step per CAM, {together} of {units} × {batch:,}",
            lambda batch=batch: our_step(SideBySide([our_model(units) for _ in range(together)]), batch, bench.device),
            partial(their_step, units, batch, bench.device),
            share=together,
        )


def immune_dataset(sizes, steps=None):
    """Random regions: as many as in the immune setting, or for so many steps of an epoch and two to validate with."""
    n_train, n_held_out = round(0.8 * sizes.regions), sizes.regions // 10
    if steps:
        n_train, n_held_out = steps * sizes.immune_batch, 2
    n, rng = n_train + n_held_out, np.random.default_rng(1)
    codes = rng.integers(0, 4, (n, sizes.width), dtype=np.uint8)
    values = rng.normal(2, 1, (n, sizes.cells)).astype(np.float32)
    split = np.repeat(np.array([0, 1], dtype=np.uint8), [n_train, n_held_out])
    return Dataset(codes, values, split, tuple(f"cell{number}" for number in range(1, sizes.cells + 1)))


def our_epochs(bench, dataset, epochs):
    """Train the CAM of the immune setting; the model, and the seconds of each epoch."""
    sizes = bench.sizes
    settings = loop.Settings(
        epochs=epochs, batch_size=sizes.immune_batch, learning_rate=0.01, patience=epochs, starts=1, loss="pearson"
    )
    make = partial(CAM, sizes.width, sizes.cells, sizes.immune_units, FILTER_LENGTH, "exp")
    model, history, _ = loop.train(make, dataset, settings, device=bench.device)
    return model, [row["seconds"] for row in history]


def their_epoch(bench, dataset, whole):
    """Seconds of an epoch by the package's own training function, from some steps and some batches of validation."""
    sizes, before = bench.sizes, peer.BATCH_SIZE
    peer.BATCH_SIZE = sizes.immune_batch
    try:
        model, optimiser = make_theirs(sizes.immune_units, sizes.width, sizes.cells, bench.device)
        train, held_out = (peer.loader(*peer.tensors(dataset, part)) for part in ("train", "validation"))
        epoch = partial(peer.epoch, model, optimiser, train, held_out, bench.device, pearson_loss)
        taken = [seconds(epoch, bench.device) for _ in range(2)][1]
    finally:
        peer.BATCH_SIZE = before
    return taken * whole / sizes.steps + validation(bench, peer.logits(model.eval()), dataset, "given")


def validation(bench, function, dataset, strands):
    """Seconds of predicting all regions that validate, from some of them."""
    codes = dataset.part("train")[0][: 10 * bench.sizes.immune_batch]
    taken = seconds(lambda: predict(function, codes, bench.device, strands), bench.device)
    return taken * (bench.sizes.regions // 10) / len(codes)


def epochs_in(bench, one):
    """How many epochs of so many seconds there is time for in half of what is left: ten, one or none."""
    possible = 0.5 * bench.report.left() / (1.1 * one)
    return 10 if possible >= 10 else 1 if possible >= 1 else 0


def immune(bench):
    """An epoch of the immune setting, and ten."""
    bench.heading()
    sizes, on_gpu = bench.sizes, bench.device.type == "cuda"
    whole, part = round(0.8 * sizes.regions) // sizes.immune_batch, immune_dataset(sizes, sizes.steps)
    model, taken = our_epochs(bench, part, 3)
    one = statistics.median(taken[1:]) * whole / sizes.steps + validation(bench, model, part, "both")
    bench.report.expect_time()
    epochs = epochs_in(bench, one)
    if epochs:
        taken = our_epochs(bench, immune_dataset(sizes), epochs)
        one = statistics.median(taken[1])
    memory = {"peak_gb": bench.report.new_peak()} if on_gpu else {}
    theirs = NO_PEER
    if peer:
        enough = bench.report.left() > 0
        theirs = attempted(lambda: their_epoch(bench, part, whole), RuntimeError) if enough else "no time"
        memory |= {"explainn_peak_gb": bench.report.new_peak()} if on_gpu else {}
    estimated = isinstance(theirs, float)
    note = f"; explainn from {sizes.steps} steps" if estimated else ""
    origin = "measured" if epochs else f"from {sizes.steps} steps"
    bench.tell("one epoch", "s", one, theirs, origin + note, extrapolated=not epochs, **memory)
    ten = sum(taken[1]) if epochs == 10 else 10 * one
    origin = "from one epoch" if epochs == 1 else origin
    bench.tell("ten epochs", "s", ten, 10 * theirs if estimated else theirs, origin + note, extrapolated=epochs < 10)


def generations_per_second(bench, fitness_of, population, ceiling, n):
    """How fast a run of so many generations is."""
    settings = genetic.Settings(population=len(population), generations=n, patience=n + 1)
    return n / seconds(lambda: genetic.evolve(fitness_of, population, settings, ceiling=ceiling), bench.device)


def genetic_algorithm(bench):
    """Generations per second, for a unit and for a target of a CAM; the package has no genetic algorithm."""
    bench.heading()
    sizes, model = bench.sizes, our_model(10).to(bench.device).eval()
    population = random_codes(sizes.population, LENGTH).to(bench.device)
    targets = [f"target{number}" for number in range(1, TARGETS + 1)]
    for subject in ("unit1", "target1"):
        fitness_of, ceiling = genetic.subject_fitness(model, targets, subject, "max")
        bench.report.expect_time()
        at_first = generations_per_second(bench, fitness_of, population, ceiling, 5)
        n = max(5, min(sizes.generations, int(2 * sizes.limit * at_first)))
        rate = generations_per_second(bench, fitness_of, population, ceiling, n)
        bench.tell(f"{subject}, {sizes.population:,} sequences", "generations/s", rate, NOT_THEIRS)


STAGES = {
    "correctness": correctness,
    "ceilings": ceilings,
    "steps": steps,
    "side_by_side": side_by_side,
    "immune": immune,
    "genetic": genetic_algorithm,
}


def described(device, tf32):
    """What the results are of: the card or the CPU, and the versions."""
    header = {
        "card": torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU",
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "explainn": sys.modules["explainn"].__version__ if peer else None,
    }
    if device.type == "cuda":
        card = torch.cuda.get_device_properties(device)
        header |= {
            "cuda": torch.version.cuda,
            "memory_gb": round(card.total_memory / 1e9, 1),
            "tf32": "convolutions and products" if tf32 else "convolutions",
        }
    return header


def sizes_for(options, device):
    """The sizes that the options ask for."""
    sizes = SMALL if options.small else FULL if device.type == "cuda" else ON_CPU
    chosen = {name: tuple(getattr(options, name)) for name in ("units", "batches") if getattr(options, name)}
    return replace(sizes, **chosen)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["auto", "cuda", "cpu"], default="auto")
    parser.add_argument(
        "--seconds", type=float, default=480, help="the time budget; when it is used up, stages are skipped"
    )
    parser.add_argument("--json", metavar="FILE", help="to write the results to as well")
    parser.add_argument("--small", action="store_true", help="everything in little, to try the script")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES), metavar="STAGE")
    parser.add_argument("--units", type=int, nargs="+", help="of the steps, instead of 10, 100 and 300")
    parser.add_argument(
        "--batches", type=int, nargs="+", help="of the steps, instead of 128, 1,024 and, on a GPU, 8,192"
    )
    parser.add_argument("--tf32", action="store_true", help="time with TF32 in matrix products, too, on a GPU")
    parser.add_argument("--threads", type=int, help="of the CPU; PyTorch's own number unless given")
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    if device.type == "cpu":
        keep_freed_memory()  # as training does
    header = described(device, options.tf32)
    print(", ".join(f"{name} {value}" if name != "card" else value for name, value in header.items()), flush=True)
    report = Report(header, device, options.seconds, options.json)
    bench = Bench(device, sizes_for(options, device), report, options.tf32)
    with precision(torch.backends.cudnn.allow_tf32, options.tf32):
        for name in (name for name in STAGES if name in options.stages):
            report.run(name, partial(STAGES[name], bench))
    ok, checked = report.found["ok"], report.stages.get("correctness", {}).get("status") == "done"
    good = "all is as it should be" if checked else "nothing failed, but correctness was not checked in full"
    print("\n" + (good if ok else "FAILED, see above"), flush=True)
    return 0 if ok else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except InputError as error:
        sys.exit(str(error))
