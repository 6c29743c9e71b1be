import torch
from cam.interpretation import final_weights_table
from cam.models import CAM


def test_final_weights_table():
    model = CAM(30, 2, units=3)
    with torch.no_grad():
        model.final.weight.copy_(torch.tensor([[1.0, -1.0, 0.5], [0.0, 2.0, -0.5]]))
    table = final_weights_table(model, ["A", "B"])
    assert list(table.columns) == ["target", "unit1", "unit2", "unit3"]
    assert table.to_numpy().tolist() == [["A", 1.0, 0.0, 0.5], ["B", 0.0, 2.0, 0.0]]
