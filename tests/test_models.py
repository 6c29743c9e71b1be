import numpy as np
import pytest
import torch
from cam.errors import InputError
from cam.models.cam import CAM, SideBySide
from cam.models.functional import one_hot
from cam.models.storage import build, describe, load_cam, load_model, save_model
from safetensors.torch import load_file, save_file
from torch import nn


@pytest.fixture
def codes():
    return torch.randint(0, 5, (16, 60), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(1)


def settled(model, codes):
    """A model whose batch norms are not at their beginning, in evaluation mode."""
    with torch.no_grad():
        for _ in range(3):
            model.train()(codes)
        for norm in (m for m in model.modules() if isinstance(m, nn.BatchNorm1d)):
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.5, 0.5)
    return model.eval()


class Exp(nn.Module):
    def forward(self, x):
        return x.exp()


def one_filter_cnn(cam, unit):
    """One unit as a plain network of PyTorch's own layers, in the order of the paper, with its weights from a CAM."""
    n_pooled = cam.weight1.shape[2]
    network = nn.Sequential(
        nn.Conv1d(4, 1, cam.filter_length),
        nn.BatchNorm1d(1),
        Exp() if cam.activation == "exp" else nn.ReLU(),
        nn.MaxPool1d(cam.pool, cam.pool),
        nn.Flatten(),
        nn.Linear(n_pooled, cam.hidden, bias=False),
        nn.BatchNorm1d(cam.hidden),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(cam.hidden, 1, bias=False),
        nn.BatchNorm1d(1),
        nn.ReLU(),
    )
    hidden = slice(unit * cam.hidden, (unit + 1) * cam.hidden)
    one = slice(unit, unit + 1)
    with torch.no_grad():
        network[0].weight.copy_(cam.convolution.weight[one])
        network[0].bias.copy_(cam.convolution.bias[one])
        network[5].weight.copy_(cam.weight1[unit])
        network[9].weight.copy_(cam.weight2[one])
        for norm, source, rows in (
            (network[1], cam.norm1, one),
            (network[6], cam.norm2, hidden),
            (network[10], cam.norm3, one),
        ):
            for name in ("weight", "bias", "running_mean", "running_var"):
                getattr(norm, name).copy_(getattr(source, name)[rows])
    return network.eval()


@pytest.mark.parametrize("activation", ["exp", "relu"])
@pytest.mark.parametrize("non_negative", [True, False])
def test_units_together_equal_separate_one_filter_cnns(codes, device, activation, non_negative):
    model = CAM(60, 3, units=5, filter_length=11, activation=activation, non_negative=non_negative)
    model = settled(model, codes).to(device)
    codes = codes.to(device)
    networks = [one_filter_cnn(model, unit).to(device) for unit in range(5)]
    with torch.no_grad():
        outputs = torch.cat([network(one_hot(codes)) for network in networks], dim=1)
        weights = model.final.weight.clamp(min=0) if non_negative else model.final.weight
        logits = outputs @ weights.T + model.final.bias
        assert outputs.std() > 0.01
        torch.testing.assert_close(model.unit_outputs(codes), outputs, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(model(codes), logits, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(
            model.activations(codes)[:, 2:3], networks[2][:3](one_hot(codes)), atol=1e-5, rtol=1e-5
        )


def test_units_together_train_like_separate_ones(codes):
    """In training mode too: batch statistics and gradients of one unit do not see the others."""
    model = settled(CAM(60, 2, units=4, filter_length=9, dropout=0.0), codes)
    network = one_filter_cnn(model, 2)
    network[8].p = 0.0
    model.train()
    network.train()
    model.unit_outputs(codes)[:, 2].square().sum().backward()
    network(one_hot(codes)).square().sum().backward()
    torch.testing.assert_close(model.convolution.weight.grad[2:3], network[0].weight.grad, atol=1e-4, rtol=1e-4)
    assert not model.convolution.weight.grad[[0, 1, 3]].any()
    torch.testing.assert_close(model.weight1.grad[2], network[5].weight.grad, atol=1e-4, rtol=1e-4)


def test_contributions_and_bias_sum_to_the_logit(codes):
    model = settled(CAM(60, 3, units=5, filter_length=11), codes)
    with torch.no_grad():
        summed = model.contributions(codes).sum(2) + model.final.bias
        torch.testing.assert_close(summed, model(codes), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("activation", ["exp", "relu"])
def test_peak_activations_are_the_largest_of_the_positions_in_a_pool(codes, device, activation):
    model = settled(CAM(60, 2, units=4, filter_length=11, activation=activation), codes).to(device)
    with torch.no_grad():
        activations = model.activations(codes.to(device))
        assert activations.shape == (16, 4, 50)  # seven pools of 7 and one position that is in none
        torch.testing.assert_close(model.peak_activations(codes.to(device)), activations[:, :, :49].amax(2))


def test_final_weights_are_non_negative():
    model = CAM(60, 3, units=50)
    assert (model.final_weights() > 0).all()
    with torch.no_grad():
        model.final.weight[:, ::2] = -1
    model.project()
    assert (model.final_weights()[:, ::2] == 0).all() and (model.final_weights()[:, 1::2] > 0).all()
    free = CAM(60, 3, units=50, non_negative=False)
    before = free.final_weights().clone()
    assert (before < 0).any()
    free.project()
    assert (free.final_weights() == before).all()


def test_a_final_weight_of_zero_has_a_gradient(codes):
    model = settled(CAM(60, 2, units=5, filter_length=11), codes)
    with torch.no_grad():
        model.final.weight.zero_()
        responds = model.unit_outputs(codes).amax(0) > 0
    model(codes).square().sum().backward()
    assert responds.sum() > 2
    assert (model.final.weight.grad[:, responds] != 0).all()


def test_a_non_negative_model_with_a_negative_weight_is_refused(tmp_path):
    model = CAM(60, 2, units=3, filter_length=11)
    with torch.no_grad():
        model.final.weight[1, 2] = -0.25
    settings = {"units": 3, "filter_length": 11}
    description = {"architecture": "cam", "length": 60, "targets": ["A", "B"], "task": "binding", "settings": settings}
    save_model(tmp_path / "model.safetensors", model, description)
    with pytest.raises(InputError, match=r"final.weight: found -0.25, expected at least 0 \(non_negative\)"):
        load_cam(tmp_path / "model.safetensors")
    description["settings"] = settings | {"non_negative": False}
    save_model(tmp_path / "model.safetensors", model, description)
    assert load_cam(tmp_path / "model.safetensors")[0].final.weight.min() == -0.25


def test_units_can_be_turned_around(codes):
    model = settled(CAM(60, 2, units=3, filter_length=11), codes)
    with torch.no_grad():
        before = model.pre_activations(codes)
        model.turn([1])
        torch.testing.assert_close(model.pre_activations(codes), before * torch.tensor([1.0, -1.0, 1.0]))


def test_side_by_side_cams_have_the_logits_and_gradients_of_each(codes):
    cams = [CAM(60, 2, units=3, filter_length=11, dropout=0.0, non_negative=False) for _ in range(3)]
    several = SideBySide(cams)
    for cam in cams:
        cam(codes).square().mean().backward()
    logits = several(codes)
    assert logits.shape == (3, 16, 2)
    logits.square().mean((1, 2)).sum().backward()
    for number, cam in enumerate(cams):
        torch.testing.assert_close(logits[number], cam(codes), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(several.weight.grad[number], cam.final.weight.grad, atol=1e-5, rtol=1e-4)
        gradient = several.together.convolution.weight.grad[3 * number : 3 * number + 3]
        torch.testing.assert_close(gradient, cam.convolution.weight.grad, atol=1e-5, rtol=1e-4)


def test_a_subset_of_units(codes):
    model = settled(CAM(60, 3, units=5, filter_length=11, activation="relu", pool=6, hidden=8), codes)
    with torch.no_grad():
        for unit in range(5):
            torch.testing.assert_close(
                model.subset([unit]).pre_activations(codes)[:, 0], model.pre_activations(codes)[:, unit]
            )


@pytest.mark.parametrize(
    ("architecture", "first"),
    [("cam", "convolution.weight"), ("basset", "convolutions.0.weight"), ("aitac", "convolutions.0.weight")],
)
def test_architectures(architecture, first):
    model = build(architecture, 200, 3)
    shapes = {"cam": (10, 4, 20), "basset": (100, 4, 19), "aitac": (300, 4, 19)}
    assert model.state_dict()[first].shape == shapes[architecture]
    assert model(torch.zeros(4, 200, dtype=torch.uint8)).shape == (4, 3)


def test_a_model_comes_back_as_it_was(codes, tmp_path):
    model = settled(CAM(60, 2, units=3, filter_length=11, activation="relu", pool=5, hidden=7), codes)
    settings = {"units": 3, "filter_length": 11, "activation": "relu", "pool": 5, "hidden": 7}
    description = describe("cam", settings, 60, ("A", "B"), "binding", "both", "cpu", 3, 12, {"torch": "2"})
    for name in ("one.safetensors", "two.safetensors"):
        save_model(tmp_path / name, model, description)
    assert (tmp_path / "one.safetensors").read_bytes() == (tmp_path / "two.safetensors").read_bytes()
    loaded, stored = load_cam(tmp_path / "one.safetensors")
    assert stored == description == {
        "architecture": "cam", "settings": settings, "length": 60, "targets": ["A", "B"], "task": "binding",
        "strands": "both", "device": "cpu", "best_epoch": 3, "trainings": 12, "environment": {"torch": "2"},
    }  # fmt: skip
    np.testing.assert_array_equal(loaded(codes).detach(), model(codes).detach())


def test_wrong_model_files_are_named(codes, tmp_path):
    path = tmp_path / "model.safetensors"
    with pytest.raises(InputError, match="model.safetensors: no such file"):
        load_model(path)
    path.write_bytes(b"\x80\x04N.")
    with pytest.raises(InputError, match="model.safetensors: not a safetensors file"):
        load_model(path)
    save_model(
        path,
        build("basset", 60, 1),
        {"architecture": "basset", "length": 60, "targets": ["A"], "task": "binding", "settings": {}},
    )
    with pytest.raises(InputError, match="found the architecture 'basset', expected 'cam'"):
        load_cam(path)
    save_file(load_file(path), path)
    with pytest.raises(InputError, match="found model format version none, expected 1"):
        load_model(path)
    save_model(
        path,
        build("basset", 60, 1),
        {"architecture": "basset", "length": 60, "targets": ["A", "B"], "task": "binding", "settings": {}},
    )
    with pytest.raises(InputError, match="its tensors do not fit its description"):
        load_model(path)


def test_filters_and_pools_that_do_not_fit():
    with pytest.raises(InputError, match="filter_length: found 61, expected at most the region's 60 bp"):
        CAM(60, 1, filter_length=61)
    with pytest.raises(InputError, match="pool: found 50, expected at most 41"):
        CAM(60, 1, pool=50)
    with pytest.raises(InputError, match="too short for three pools of 3"):
        build("basset", 12, 1)
    with pytest.raises(InputError, match="too short for pools of 3, 4 and 4"):
        build("aitac", 4, 1)


def test_aitac_against_the_steps_of_its_paper(device):
    """Sequences as images of height 4, as its authors have them: padding, ReLU, max pool, batch norm in that order."""
    codes = torch.randint(0, 4, (8, 251), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    model = settled(build("aitac", 251, 5), codes).to(device)
    codes = codes.to(device)
    image = one_hot(codes).unsqueeze(1)
    with torch.no_grad():
        for number, pool in enumerate((3, 4, 4)):
            convolution, norm = model.convolutions[4 * number], model.convolutions[4 * number + 3]
            weight = convolution.weight.unsqueeze(1 if number == 0 else 2)
            reach = weight.shape[-1] // 2
            image = nn.functional.conv2d(nn.functional.pad(image, (reach, reach)), weight, convolution.bias).relu()
            image = nn.functional.max_pool2d(image, (1, pool), padding=(0, 1)).squeeze(2)
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            image = (image - norm.running_mean[:, None]) * scale[:, None] + norm.bias[:, None]
            image = image.unsqueeze(2)
        values = image.flatten(1)
        assert values.shape == (8, 1000)
        for number, layer in enumerate(layer for layer in model.head if isinstance(layer, nn.Linear)):
            values = values @ layer.weight.T + layer.bias
            values = values.relu() if number < 2 else values
        torch.testing.assert_close(model(codes), values, rtol=1e-4, atol=1e-5)


def test_aitac_has_the_shape_of_its_authors():
    """Maslova et al. 2020: 251 bp leave 84, 21 and 5 positions behind the pools, so 1000 values enter the head."""
    model = build("aitac", 251, 81)
    assert sum(p.numel() for p in model.parameters()) == 3_047_981
    shapes = [tuple(layer.weight.shape) for layer in (*model.convolutions, *model.head) if hasattr(layer, "weight")]
    assert shapes == [
        (300, 4, 19), (300,), (200, 300, 11), (200,), (200, 200, 7), (200,), (1000, 1000), (1000, 1000), (81, 1000)
    ]  # fmt: skip
