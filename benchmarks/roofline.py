"""Where the time of a training step goes, and how near it comes to what the machine can do.

    PYTHONPATH=workflow_scripts python benchmarks/roofline.py

The ceilings are measured: floating-point operations per second of a product of two 2048 × 2048 matrices, and bytes per
second of a large copy, read and written. A step is forward, backward and optimiser, for 128 regions of 200 bp and 3
targets. It is counted operator by operator of PyTorch:

products  two operations for each term of a matrix product or a convolution
lookups   one for each number of a table that is added up
others    one for each value of an operator's largest tensor; none where values are only moved
bytes     of all tensors that operators take and give, as if nothing stayed in a cache between them; so it is an upper
          bound of what goes through the memory

What NumPy does (it sorts 4-mers) is in the time and in no count. The convolution with its max pool, forward and
backward, is also counted and timed by itself, beside PyTorch's dense convolution and max pool of one-hot sequences.
"""

import argparse
import platform
import statistics
import time
from collections import Counter

import torch
import torch.nn.functional as F
from cam.models.cam import CAM
from cam.models.functional import keep_freed_memory, one_hot, pooled_responses
from cam.models.predict import choose_device
from cam.training.losses import masked_binary_cross_entropy
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

BATCH, LENGTH, TARGETS = 128, 200, 3
PHASES = ("forward", "backward", "optimiser")
OPERATIONS = ("products", "lookups", "others")
aten = torch.ops.aten
UNTOUCHED = {aten._unsafe_view, aten.empty, aten.empty_like, aten.new_empty, aten.new_empty_strided}
MOVED = {
    aten._to_copy, aten.cat, aten.clone, aten.constant_pad_nd, aten.copy_, aten.embedding, aten.fill_, aten.index,
    aten.ones_like, aten.zeros, aten.zeros_like,
}  # fmt: skip
LOOKED_UP = {aten._embedding_bag, aten._embedding_bag_forward_only}


class Counting(TorchDispatchMode):
    """Counts the operations and bytes of every operator that is called."""

    def __init__(self):
        super().__init__()
        self.counts = Counter()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = function(*args, **kwargs)
        operator = function.overloadpacket
        if function.is_view or operator in UNTOUCHED:
            return result
        tensors = [x for x in tree_leaves((args, kwargs, result)) if isinstance(x, torch.Tensor)]
        self.counts["bytes"] += sum(x.numel() * x.element_size() for x in tensors)
        if operator in flop_registry:
            self.counts["products"] += flop_registry[operator](*args, **kwargs, out_val=result)
        elif operator in LOOKED_UP:
            table, rows = args[:2]
            self.counts["lookups"] += rows.numel() * table.shape[1]
        elif operator not in MOVED:
            self.counts["others"] += max((x.numel() for x in tensors if x.is_floating_point()), default=0)
        return result


class Step:
    """A training step of a CAM, in its three phases."""

    def __init__(self, units, device):
        torch.manual_seed(1)
        self.model = CAM(LENGTH, TARGETS, units).to(device).train()
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=1e-3, fused=True)
        self.codes = torch.randint(0, 4, (BATCH, LENGTH), dtype=torch.uint8, device=device)
        self.labels = torch.randint(0, 2, (BATCH, TARGETS), device=device).float()

    def forward(self):
        self.loss = masked_binary_cross_entropy(self.model(self.codes), self.labels)

    def backward(self):
        self.optimiser.zero_grad()
        self.loss.backward()

    def optimise(self):
        self.optimiser.step()
        with torch.no_grad():
            self.model.final.weight.clamp_(min=0)

    def phases(self):
        return zip(PHASES, (self.forward, self.backward, self.optimise), strict=True)


def counted(function):
    """Operations and bytes of a call."""
    with Counting() as counting:
        function()
    return counting.counts


def seconds(function, device):
    """How long a call takes, with what it leaves a GPU to do."""
    began = time.perf_counter()
    function()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began


def ceilings(device):
    """Operations per second of a matrix product, and bytes per second of a copy: the best of several."""
    a, b = torch.rand(2, 2048, 2048, device=device)
    product = torch.empty_like(a)
    flops = 2 * 2048**3 / min(seconds(lambda: torch.mm(a, b, out=product), device) for _ in range(10))
    source = torch.zeros(2**26, device=device)
    copy = torch.zeros_like(source)
    moved = 2 * 4 * 2**26 / min(seconds(lambda: copy.copy_(source), device) for _ in range(10))
    return flops, moved


def row(name, counts, time_taken=None, flops=None, moved=None):
    """A line of the table; without a time, of counts only."""
    done = sum(counts[kind] for kind in OPERATIONS)
    timed = f"{1000 * time_taken:9.2f}" if time_taken else f"{'':9}"
    millions = "".join(f"{counts[kind] / 1e6:10.1f}" for kind in OPERATIONS)
    print(f"{name:34}{timed}{millions}{counts['bytes'] / 1e6:9.1f}", end="")
    if time_taken:
        rate, transfer = done / time_taken, counts["bytes"] / time_taken
        print(f"{rate / 1e9:10.1f}{rate / flops:8.0%}{transfer / 1e9:8.1f}{transfer / moved:8.0%}", end="")
    print()


def convolutions(step, device):
    """Our convolution with its max pool, and PyTorch's dense one, forward and backward."""
    filters = step.model.convolution.weight.detach().requires_grad_()
    sequences, pool = one_hot(step.codes).contiguous(), step.model.pool
    gradient = torch.rand_like(pooled_responses(step.codes, filters, pool))

    def ours():
        torch.autograd.grad(pooled_responses(step.codes, filters, pool), filters, gradient)

    def dense():
        torch.autograd.grad(F.max_pool1d(F.conv1d(sequences, filters), pool), filters, gradient.permute(2, 0, 1))

    return ours, dense


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, nargs="+", default=[10, 100, 300])
    parser.add_argument("--steps", type=int, default=30, help="of which the medians are taken")
    parser.add_argument("--top", type=int, default=8, help="operators to list, by their own share of the time")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    if device.type == "cpu":
        keep_freed_memory()  # as training does
    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU"
    print(f"{where}, {options.threads} threads, torch {torch.__version__}; operations are in millions")
    flops, moved = ceilings(device)
    print(f"ceilings: matrix product {flops / 1e9:.0f} GFLOP/s, copy {moved / 1e9:.1f} GB/s")

    for units in options.units:
        step = Step(units, device)
        for _ in range(3):
            for _, run in step.phases():
                run()
        taken = {name: [] for name in PHASES}
        for _ in range(options.steps):
            for name, run in step.phases():
                taken[name].append(seconds(run, device))
        counts = {name: counted(run) for name, run in step.phases()}
        name = f"{units} units"
        columns = f"{'ms':>9}{'products':>10}{'lookups':>10}{'others':>10}{'MB':>9}"
        print(f"\n{name:34}{columns}{'GFLOP/s':>10}{'of peak':>8}{'GB/s':>8}{'of copy':>8}")
        for name in PHASES:
            row(name, counts[name], statistics.median(taken[name]), flops, moved)
        whole = sum(counts.values(), Counter())
        row("whole step", whole, statistics.median(map(sum, zip(*taken.values(), strict=True))), flops, moved)
        ours, dense = convolutions(step, device)
        for name, run in (("  of it, convolution and max pool", ours), ("  the same, dense", dense)):
            run()
            row(name, counted(run), statistics.median(seconds(run, device) for _ in range(options.steps)), flops, moved)
        row("whole step, with that", whole - counted(ours) + counted(dense))
        activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (device.type == "cuda")
        with profile(activities=activities) as profiled:
            for _ in range(options.steps):
                for _, run in step.phases():
                    run()
        own = "self_device_time_total" if device.type == "cuda" else "self_cpu_time_total"
        # A GPU's kernels are events too; their time is that of the operators that started them.
        operators = [each for each in profiled.key_averages() if each.device_type == DeviceType.CPU]
        operators.sort(key=lambda each: -getattr(each, own))
        total = sum(getattr(each, own) for each in operators)
        for each in operators[: options.top]:
            print(f"{getattr(each, own) / total:8.1%}  {each.key}")


if __name__ == "__main__":
    main()
