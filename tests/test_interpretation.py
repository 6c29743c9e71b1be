import numpy as np
import pandas as pd
from cam.interpretation.cooperativity import cosines
from cam.interpretation.effects import effect_table, final_weights_table, moved_targets, read_effects, relative
from cam.io.tables import write_table
from responded import effects, responses


def test_final_weights_table():
    table = final_weights_table(np.array([[1.0, -1.0, 0.5], [0.0, 2.0, -0.5]]), ["A", "B"])
    assert list(table.columns) == ["target", "unit1", "unit2", "unit3"]
    assert table.to_numpy().tolist() == [["A", 1.0, -1.0, 0.5], ["B", 0.0, 2.0, -0.5]]


def test_relative_is_less_the_mean_over_targets():
    weights = np.array([[1.0, 0.0], [3.0, 0.5], [2.0, 1.0]])
    assert relative(weights).tolist() == [[-1, -0.5], [1, 0], [0, 0.5]]
    assert relative(weights + np.array([5, -7])).tolist() == relative(weights).tolist()
    assert relative(pd.DataFrame(weights)).to_numpy().tolist() == relative(weights).tolist()
    assert relative(weights[:1]).tolist() == [[1, 0]]


def test_effects_come_back_from_their_table(tmp_path):
    rng = np.random.default_rng(0)
    weights, outputs = rng.normal(size=(4, 6)).astype(np.float32), rng.gamma(0.5, size=(50, 6)).astype(np.float32)
    for task in ("binding", "regression"):
        found = responses(weights, outputs, targets=["true", "inf", "1e3", "B.Sp"], task=task)
        write_table(effect_table(found), tmp_path / "effects.tsv", float_format="%.9g")
        read = read_effects(tmp_path / "effects.tsv")
        assert read.task == task
        expected = weights - weights.mean(0) if task == "regression" else weights
        np.testing.assert_array_equal(read.weights.to_numpy(np.float32), expected)
        np.testing.assert_array_equal(read.effects.to_numpy(np.float32), expected * outputs.std(0))
        assert list(read.effects.index) == list(found.targets)


def test_the_order_of_the_heat_map_puts_together_what_is_alike():
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(2, 8))
    rows = np.array([one, other, 2 * one, 3 * other, 1.1 * one + 0.01])
    found = effects(pd.DataFrame(rows, list("ABCDE"), [f"unit{n}" for n in range(1, 9)]))
    assert {frozenset(found.targets[:3]), frozenset(found.targets[:2])} & {frozenset("ACE"), frozenset("BD")}
    assert sorted(found.units) == sorted(found.effects.columns)
    assert cosines(rows)[0, 2] > 0.999


def test_a_target_is_moved_by_units_with_an_equal_share_at_least():
    moved = moved_targets(pd.DataFrame({"unit1": [2.0, 0.1], "unit2": [-1.0, 3.0]}, ["A", "B"]), "binding")
    assert moved.to_numpy().tolist() == [[1, 0], [0, 1]]
