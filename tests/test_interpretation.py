import numpy as np
import pandas as pd
import torch
from cam.interpretation.effects import final_weights_table, profiles
from cam.models.cam import CAM


def test_final_weights_table():
    model = CAM(30, 2, units=3, non_negative=False)
    with torch.no_grad():
        model.final.weight.copy_(torch.tensor([[1.0, -1.0, 0.5], [0.0, 2.0, -0.5]]))
    table = final_weights_table(model, ["A", "B"])
    assert list(table.columns) == ["target", "unit1", "unit2", "unit3"]
    assert table.to_numpy().tolist() == [["A", 1.0, -1.0, 0.5], ["B", 0.0, 2.0, -0.5]]


def test_profiles_are_weights_less_their_mean_over_targets():
    weights = np.array([[1.0, 0.0], [3.0, 0.5], [2.0, 1.0]])
    assert profiles(weights).tolist() == [[-1, -0.5], [1, 0], [0, 0.5]]
    assert profiles(weights + np.array([5, -7])).tolist() == profiles(weights).tolist()
    assert profiles(pd.DataFrame(weights)).to_numpy().tolist() == profiles(weights).tolist()
    assert profiles(weights[:1]).tolist() == [[1, 0]]
