"""benchmarks/gpu.py in little, on the CPU: that it runs to its end, and that a wrong operation does not pass."""

import json
import math
from pathlib import Path

import pytest
import torch
from cam.design import genetic
from cam.models import cam as models
from cam.models import functional

STAGES = ["correctness", "ceilings", "steps", "side_by_side", "immune", "genetic"]


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    import gpu

    return gpu


@pytest.fixture
def run(gpu, tmp_path, capsys):
    """Run it in little; the exit status, what it printed and what it wrote."""

    def run(*arguments, seconds=60):
        path = tmp_path / "gpu.json"
        status = gpu.main(["--small", "--device", "cpu", "--seconds", str(seconds), "--json", str(path), *arguments])
        return status, capsys.readouterr().out, json.loads(path.read_text())

    return run


def test_all_stages_in_little(run, gpu):
    status, printed, found = run()
    assert (status, found["ok"], list(found["stages"])) == (0, True, STAGES)
    assert {stage["status"] for stage in found["stages"].values()} == {"done"}
    checks = found["stages"]["correctness"]["rows"]
    assert len(checks) > 40 and all(row["ok"] and row["difference"] <= row["tolerance"] for row in checks)
    assert printed.count("  ok\n") == len(checks) and "FAILED" not in printed
    for name in STAGES[1:]:
        rows = found["stages"][name]["rows"]
        assert rows and all(row["ours"] > 0 for row in rows), name
    steps = found["stages"]["steps"]["rows"]
    assert all(row["gflops"] > 0 and row["gbs"] > 0 for row in steps)
    assert found["explainn"] == (None if gpu.peer is None else "0.1.5")
    if gpu.peer:
        assert all(row["ratio"] == row["explainn"] / row["ours"] for row in steps)


def test_without_the_package_its_column_says_so(run, gpu, monkeypatch):
    monkeypatch.setattr(gpu, "peer", None)
    status, printed, found = run("--stages", "side_by_side", "immune")
    rows = [row for stage in found["stages"].values() for row in stage["rows"]]
    assert status == 0 and len(rows) == 3
    assert {row["explainn"] for row in rows} == {"not installed"} and {row["ratio"] for row in rows} == {None}
    assert printed.count("not installed") == 3


def test_stages_are_skipped_when_time_runs_out(run):
    status, printed, found = run(seconds=0)
    assert status == 0 and list(found["stages"]) == STAGES
    assert {stage["status"] for stage in found["stages"].values()} == {"skipped"}
    assert printed.count("skipped: no time is left") == len(STAGES)
    assert printed.rstrip().endswith("nothing failed, but correctness was not checked in full")


def test_epochs_that_time_does_not_allow_are_told_from_a_few_steps(run, gpu, monkeypatch):
    monkeypatch.setattr(gpu, "epochs_in", lambda bench, one: 0)
    rows = run("--stages", "immune")[2]["stages"]["immune"]["rows"]
    assert [row["extrapolated"] for row in rows] == [True, True]
    assert all(row["note"].startswith("from 2 steps") for row in rows)
    assert rows[1]["ours"] == pytest.approx(10 * rows[0]["ours"])


def test_a_package_that_fails_leaves_ours(run, gpu, monkeypatch):
    def fails(*arguments):
        raise RuntimeError("not supported")

    monkeypatch.setattr(gpu, "peer", object())
    monkeypatch.setattr(gpu, "their_step", fails)
    monkeypatch.setattr(gpu, "their_epoch", fails)
    monkeypatch.setattr(gpu, "described", lambda device, tf32: {"card": "CPU"})
    status, _, found = run("--stages", "side_by_side", "immune")
    rows = [row for stage in found["stages"].values() for row in stage["rows"]]
    assert status == 0 and [row["explainn"] for row in rows] == ["fails"] * 3
    assert all(row["ours"] > 0 and row["ratio"] is None for row in rows)


def test_a_broken_stage_does_not_end_the_others(run, gpu, monkeypatch):
    def broken(bench):
        raise ValueError("no such thing")

    monkeypatch.setitem(gpu.STAGES, "ceilings", broken)
    status, _, found = run("--stages", "ceilings", "genetic")
    assert status == 1 and not found["ok"]
    assert found["stages"]["ceilings"]["status"].startswith("broken: ValueError('no such thing'")
    assert found["stages"]["genetic"]["status"] == "done"


def shifted(monkeypatch):
    original = models._scale_and_shift

    def wrong(*arguments):
        scale, shift = original(*arguments)
        return scale, shift + 0.01

    monkeypatch.setattr(models, "_scale_and_shift", wrong)


def without_the_last_base(monkeypatch):
    original = models.pooled_responses

    def wrong(codes, filters, pool):
        return original(codes, torch.cat([filters[:, :, :-1], 0 * filters[:, :, -1:]], 2), pool)

    monkeypatch.setattr(models, "pooled_responses", wrong)


def half_a_gradient(monkeypatch):
    original = functional._SummedHidden.backward

    def wrong(ctx, gradient):
        of_values, of_weight, of_bias, of_weight2, _ = original(ctx, gradient)
        return of_values, of_weight, of_bias, of_weight2 / 2, None

    monkeypatch.setattr(functional._SummedHidden, "backward", staticmethod(wrong))


def biased_variance(monkeypatch):
    original = models._scale_and_shift
    monkeypatch.setattr(
        models, "_scale_and_shift", lambda norm, mean, variance, count: original(norm, mean, variance, 10**9)
    )


def other_units(monkeypatch):
    original = models.CAM.subset
    monkeypatch.setattr(models.CAM, "subset", lambda self, units: original(self, [0 for _ in units]))


def stale_fitness(monkeypatch):
    original = genetic.evolve

    def wrong(*arguments, **options):
        population, fitness, history = original(*arguments, **options)
        return population.roll(1, 0), fitness, history

    monkeypatch.setattr(genetic, "evolve", wrong)


@pytest.mark.parametrize(
    ("break_it", "caught"),
    [
        (shifted, "relu, forward: unit outputs"),
        (without_the_last_base, "exp, training: logits"),
        (half_a_gradient, "relu, training: gradient of weight2"),
        (biased_variance, "relu, training: running statistics of norm2"),
        (other_units, "relu, subset of the units"),
        (stale_fitness, "genetic algorithm: fitness, unit1"),
    ],
)
def test_a_wrong_operation_is_caught(run, monkeypatch, break_it, caught):
    break_it(monkeypatch)
    status, printed, found = run("--stages", "correctness")
    failed = [row["name"] for row in found["stages"]["correctness"]["rows"] if not row["ok"]]
    assert status == 1 and not found["ok"] and caught in failed
    assert printed.count("FAILED\n") == len(failed) and printed.rstrip().endswith("FAILED, see above")


def test_a_difference_that_is_no_number_fails(run, gpu, monkeypatch):
    monkeypatch.setattr(gpu, "checks", lambda bench: [("logits", math.nan)])
    status, _, found = run("--stages", "correctness")
    (row,) = found["stages"]["correctness"]["rows"]
    assert status == 1 and row["difference"] is None and not row["ok"]


def test_help_has_an_example(gpu, capsys):
    with pytest.raises(SystemExit) as ended:
        gpu.main(["--help"])
    assert ended.value.code == 0
    assert "python benchmarks/gpu.py --json gpu.json" in capsys.readouterr().out
