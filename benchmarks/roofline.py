"""Where the time of a training step goes, and how near it comes to what the machine can do.

    PYTHONPATH=workflow_scripts python benchmarks/roofline.py

The ceilings are measured: the floating-point operations per second of a product of two 2048 × 2048 matrices, and the bytes
per second of a large copy, read and written. A step (forward, backward, optimiser; 128 regions of 200 bp, 3 targets) is
counted operator by operator of PyTorch: two FLOPs for each product and sum of a matrix product or convolution, one for each
number added up by a table lookup, one for each value that another operator makes or reads. Its bytes are the sizes of all
that operators take and give, as if nothing stayed in a cache between them: more than 100 % of the copy's bytes per second
says how much did. Operators with less than that to do, and what NumPy sorts, are in the time only.

The convolution with its max pool is counted and timed by itself too, beside the same by PyTorch's dense convolution.
"""

import argparse
import platform
import statistics
import time
from collections import Counter

import torch
import torch.nn.functional as F
from cam.models import CAM
from cam.operations import keep_freed_memory, one_hot, pooled_responses
from cam.training import choose_device, masked_binary_cross_entropy
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

BATCH, LENGTH, TARGETS = 128, 200, 3
PHASES = ("forward", "backward", "optimiser")


class Counting(TorchDispatchMode):
    """Counts the FLOPs and bytes of every operator that is called, views left out."""

    def __init__(self):
        super().__init__()
        self.counts = Counter()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if function.is_view:
            return result
        taken, given = ([x for x in tree_leaves(each) if isinstance(x, torch.Tensor)] for each in ((args, kwargs), result))
        self.counts["bytes"] += sum(x.numel() * x.element_size() for x in taken + given)
        packet = function.overloadpacket
        if packet in flop_registry:
            self.counts["products"] += flop_registry[packet](*args, **(kwargs or {}), out_val=result)
        elif packet == torch.ops.aten._embedding_bag:
            table, looked_up = args[:2]
            self.counts["lookups"] += looked_up.numel() * table.shape[1]
        else:
            self.counts["others"] += max((x.numel() for x in taken + given if x.is_floating_point()), default=0)
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
    """FLOPs and bytes of a call."""
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
    """FLOPs per second of a matrix product, and bytes per second of a copy: the best of several."""
    a, b = torch.rand(2, 2048, 2048, device=device)
    product = torch.empty_like(a)
    flops = 2 * 2048**3 / min(seconds(lambda: torch.mm(a, b, out=product), device) for _ in range(10))
    source = torch.zeros(2**26, device=device)
    copy = torch.zeros_like(source)
    moved = 2 * 4 * 2**26 / min(seconds(lambda: copy.copy_(source), device) for _ in range(10))
    return flops, moved


def line(name, time_taken, counts, flops, moved):
    """A row of the table."""
    done = sum(counts[kind] for kind in ("products", "lookups", "others"))
    cells = "".join(f"{counts[kind] / 1e6:10.1f}" for kind in ("products", "lookups", "others"))
    print(
        f"{name:30}{1000 * time_taken:9.2f}{cells}{done / time_taken / 1e9:10.1f}{done / time_taken / flops:7.0%}"
        f"{counts['bytes'] / 1e6:9.1f}{counts['bytes'] / time_taken / 1e9:8.1f}{counts['bytes'] / time_taken / moved:7.0%}"
    )


def convolutions(step, device):
    """Our convolution with its max pool, and PyTorch's dense one, forward and backward."""
    filters = step.model.convolution.weight.detach().requires_grad_()
    sequences, pool = one_hot(step.codes).contiguous(), step.model.pool
    gradient = torch.rand_like(pooled_responses(step.codes, filters, pool))

    def ours():
        torch.autograd.grad(pooled_responses(step.codes, filters, pool), filters, gradient)

    def dense():
        torch.autograd.grad(F.max_pool1d(F.conv1d(sequences, filters), pool), filters, gradient.permute(2, 0, 1))

    return {"convolution and max pool": ours, "  the same, dense": dense}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, nargs="+", default=[10, 100, 300])
    parser.add_argument("--steps", type=int, default=30, help="of which the medians are taken")
    parser.add_argument("--top", type=int, default=8, help="operators to list for each number of units")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    if device.type == "cpu":
        keep_freed_memory()  # as training does
    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU"
    print(f"{where}, {options.threads} threads, torch {torch.__version__}")
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
        print(f"\n{f'{units} units':30}{'ms':>9}{'MFLOP in products':>10}")
        for name in PHASES:
            line(name, statistics.median(taken[name]), counts[name], flops, moved)
        whole = statistics.median(map(sum, zip(*taken.values(), strict=True)))
        line("whole step", whole, sum(counts.values(), Counter()), flops, moved)
        for name, run in convolutions(step, device).items():
            run()
            time_taken = statistics.median(seconds(run, device) for _ in range(options.steps))
            line(name, time_taken, counted(run), flops, moved)
        activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (device.type == "cuda")
        with profile(activities=activities) as profiled:
            for _ in range(options.steps):
                for _, run in step.phases():
                    run()
        own = "self_device_time_total" if device.type == "cuda" else "self_cpu_time_total"
        operators = sorted(profiled.key_averages(), key=lambda each: -getattr(each, own))
        total = sum(getattr(each, own) for each in operators)
        for each in operators[: options.top]:
            print(f"  {getattr(each, own) / total:6.1%}  {each.key}")


if __name__ == "__main__":
    main()
