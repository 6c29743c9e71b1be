import itertools
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from cam.bases import encode
from cam.data.candidates import read_published
from cam.errors import InputError
from cam.io.fasta import read_fasta
from cam.models.cam import CAM
from cam.models.explainn import read_explainn, write_explainn
from cam.models.functional import one_hot
from cam.models.predict import predict
from cam.sources.published_matrix import read_sequences
from sklearn.metrics import roc_auc_score

SETTINGS = {
    "units": 3,
    "filter_length": 11,
    "activation": "exp",
    "pool": 7,
    "hidden": 100,
    "dropout": 0.3,
    "non_negative": True,
}
SHAPES = {  # of ExplaiNN(3, 60, 2, 11).state_dict(), in its order
    "linears.0.weight": (3, 4, 11),
    "linears.0.bias": (3,),
    "linears.1.weight": (3,),
    "linears.1.bias": (3,),
    "linears.1.running_mean": (3,),
    "linears.1.running_var": (3,),
    "linears.1.num_batches_tracked": (),
    "linears.6.weight": (300, 7, 1),
    "linears.6.bias": (300,),
    "linears.7.weight": (300,),
    "linears.7.bias": (300,),
    "linears.7.running_mean": (300,),
    "linears.7.running_var": (300,),
    "linears.7.num_batches_tracked": (),
    "linears.10.weight": (3, 100, 1),
    "linears.10.bias": (3,),
    "linears.11.weight": (3,),
    "linears.11.bias": (3,),
    "linears.11.running_mean": (3,),
    "linears.11.running_var": (3,),
    "linears.11.num_batches_tracked": (),
    "final.weight": (2, 3),
    "final.bias": (2,),
}


def random_cam(**settings):
    """A CAM of 3 units for 60 bp and 2 targets, all of whose tensors are as if it were trained."""
    torch.manual_seed(1)
    model = CAM(60, 2, **{**SETTINGS, **settings})
    with torch.no_grad():
        for norm in (model.norm1, model.norm2, model.norm3):
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.5, 0.5)
            norm.running_mean.uniform_(-0.5, 0.5)
            norm.running_var.uniform_(0.5, 1.5)
            norm.num_batches_tracked.fill_(7)
        if model.non_negative:
            model.final.weight.abs_()
    return model.eval()


@pytest.fixture
def codes():
    return torch.randint(0, 5, (50, 60), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def weights(tmp_path):
    """The file of an ExplaiNN."""
    path = tmp_path / "weights.pth"
    write_explainn(path, random_cam())
    return path


def change(path, **changes):
    """Give tensors of a file (dots in their names are underscores) other values, or take them out with None."""
    tensors = torch.load(path)
    for name in list(tensors):
        if name.replace(".", "_") in changes:
            tensors[name] = changes.pop(name.replace(".", "_"))
    tensors |= changes
    torch.save({name: tensor for name, tensor in tensors.items() if tensor is not None}, path)


# --- There and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("non_negative", [True, False])
def test_a_cam_comes_back_as_it_was(tmp_path, codes, non_negative):
    model = random_cam(non_negative=non_negative)
    write_explainn(tmp_path / "weights.pth", model)
    back, settings = read_explainn(tmp_path / "weights.pth", 60, ["A", "B"])
    assert settings == {**SETTINGS, "non_negative": non_negative}
    assert back.state_dict().keys() == model.state_dict().keys()
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(back.state_dict()[name], tensor, rtol=0, atol=0, msg=name)
    assert model.unit_outputs(codes).std() > 0.1
    torch.testing.assert_close(back(codes), model(codes), rtol=0, atol=0)
    assert not back.training


def test_a_final_weight_of_zero_is_written_as_zero(tmp_path, codes):
    model = random_cam()
    with torch.no_grad():
        model.final.weight[0, 1] = -1
    model.project()
    write_explainn(tmp_path / "weights.pth", model)
    back, settings = read_explainn(tmp_path / "weights.pth", 60)
    assert settings["non_negative"]
    assert back.final.weight[0, 1] == 0
    torch.testing.assert_close(back(codes), model(codes), rtol=0, atol=0)


def test_the_file_is_an_explainn_state_dict_and_the_same_bytes_again(tmp_path, weights):
    tensors = torch.load(weights, weights_only=True)
    assert [(name, tuple(tensor.shape)) for name, tensor in tensors.items()] == list(SHAPES.items())
    assert all(tensors[name].dtype == (torch.int64 if "tracked" in name else torch.float32) for name in SHAPES)
    assert not tensors["linears.6.bias"].any() and not tensors["linears.10.bias"].any()
    write_explainn(tmp_path / "again.pth", random_cam())
    assert (tmp_path / "again.pth").read_bytes() == weights.read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["again.pth", "weights.pth"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"activation": "relu"}, "out.pth: found a CAM with activation relu, expected exp, all that ExplaiNN has"),
        ({"hidden": 64}, "out.pth: found a CAM with hidden 64, expected 100, all that ExplaiNN has"),
    ],
)
def test_cams_that_no_explainn_can_be_are_not_written(tmp_path, settings, sentence):
    with pytest.raises(InputError, match=sentence):
        write_explainn(tmp_path / "out.pth", random_cam(**settings))
    assert not (tmp_path / "out.pth").exists()


# --- What the file can be like --------------------------------------------------------------------------------------


def test_biases_before_a_batch_norm_go_into_its_mean(weights, codes):
    """What a layer adds and the batch norm behind it subtracts again makes no difference."""
    before, _ = read_explainn(weights, 60)
    tensors, shift = torch.load(weights), {6: torch.linspace(-1, 1, 300), 10: torch.tensor([0.5, -0.25, 1])}
    change(
        weights,
        linears_6_bias=shift[6],
        linears_7_running_mean=tensors["linears.7.running_mean"] + shift[6],
        linears_10_bias=shift[10],
        linears_11_running_mean=tensors["linears.11.running_mean"] + shift[10],
    )
    after, _ = read_explainn(weights, 60)
    torch.testing.assert_close(after(codes), before(codes), rtol=0, atol=1e-5)
    change(weights, linears_10_bias=torch.zeros(3))
    assert (read_explainn(weights, 60)[0](codes) - before(codes)).abs().max() > 0.1


def test_names_of_data_parallel_are_accepted(weights, codes):
    before, _ = read_explainn(weights, 60)
    torch.save({f"module.{name}": tensor for name, tensor in torch.load(weights).items()}, weights)
    torch.testing.assert_close(read_explainn(weights, 60)[0](codes), before(codes), rtol=0, atol=0)


CHECKPOINTS = {
    "state_dict": lambda state: {"epoch": 5, "state_dict": state},
    "model_state_dict": lambda state: {"model_state_dict": state, "optimizer_state_dict": {"state": {0: {}}}},
    "model": lambda state: {"model": state, "loss": 0.5, "args": {"lr": 0.1, "layers": [1, 2]}},
    "state_dict.model": lambda state: {
        "state_dict": {**{f"model.{name}": tensor for name, tensor in state.items()}, "loss.weight": torch.ones(2)},
        "pytorch-lightning_version": "2.5.0",
        "hyper_parameters": {"lr": 0.001},
    },
    "module": lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
    "net.state_dict.model.module": lambda state: {
        "net": {"state_dict": {f"model.module.{name}": tensor for name, tensor in state.items()}}
    },
}


@pytest.mark.parametrize("where", CHECKPOINTS)
def test_the_state_dict_within_a_checkpoint_is_read(weights, codes, caplog, where):
    before, settings = read_explainn(weights, 60)
    torch.save(CHECKPOINTS[where](torch.load(weights)), weights)
    with caplog.at_level("INFO"):
        after, same = read_explainn(weights, 60, ["A", "B"])
    assert same == settings
    torch.testing.assert_close(after(codes), before(codes), rtol=0, atol=0)
    assert caplog.messages == [f"{weights}: read what it has under {where}"]


def test_of_several_state_dicts_none_is_chosen(weights):
    state = torch.load(weights)
    averaged = {f"module.{name}": tensor.clone() for name, tensor in state.items()}
    torch.save({"model": state, "ema": averaged}, weights)
    with pytest.raises(InputError) as caught:
        read_explainn(weights)
    assert str(caught.value) == (
        f"{weights}: found 2 state dicts, model and ema.module, expected one; save the one to be read by itself, as "
        "torch.save(checkpoint[…], …)"
    )


def test_a_checkpoint_that_holds_itself_or_parts_of_a_model(weights):
    checkpoint = {"epoch": 1, "state_dict": torch.load(weights)}
    checkpoint["self"] = checkpoint
    torch.save(checkpoint, weights)
    assert read_explainn(weights)[1]["units"] == 3
    torch.save(
        {"state_dict": {f"a.{name}": tensor for name, tensor in list(checkpoint["state_dict"].items())[:-2]}}, weights
    )
    with pytest.raises(
        InputError, match="found state_dict, …, expected the state dict of an ExplaiNN .*or a checkpoint"
    ):
        read_explainn(weights)


def test_negative_weights_are_free_and_told(weights, caplog):
    change(weights, final_weight=torch.tensor([[1.0, -2, 0], [-1, 0, 3]]))
    with caplog.at_level("INFO"):
        model, settings = read_explainn(weights)
    assert not settings["non_negative"]
    assert model.final_weights().tolist() == [[1, -2, 0], [-1, 0, 3]]
    assert caplog.messages == [f"{weights}: 2 of the final weights are negative, so non_negative is false"]
    with pytest.raises(InputError, match="found non_negative False, expected True"):
        read_explainn(weights, non_negative=True)


def test_weights_can_be_free_without_being_negative(weights):
    assert not read_explainn(weights, non_negative=False)[1]["non_negative"]


@pytest.mark.parametrize("length", [59, 65])
def test_all_lengths_with_the_same_pools_fit(weights, length):
    model, settings = read_explainn(weights, length, pool=7)
    assert model.weight1.shape == (3, 100, 7)
    assert settings["pool"] == 7


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"units": 10}, "found units 3, expected 10 (the model's entry, units); set it to 3"),
        (
            {"filter_length": 19},
            "found filter_length 11, expected 19 (the model's entry, filter_length); set it to 11",
        ),
        ({"hidden": 50}, "found hidden 100, expected 50 (the model's entry, hidden); set it to 100"),
        (
            {"activation": "relu"},
            "found activation exp, expected relu (the model's entry, activation); set it to exp",
        ),
        (
            {"targets": ["MAX", "JUND", "FOXA1"]},
            "found 2 outputs, expected one for each target: MAX, JUND, FOXA1; list under "
            "targets what the outputs are, in their order",
        ),
        (
            {"length": 200},
            "found weights for sequences of 59 to 65 bp with a pool of 7, expected 200 bp (regions.width; the model's "
            "entry, pool); set these to what it was trained with",
        ),
        (
            {"length": 60, "pool": 5},
            "found weights for sequences of 45 to 49 bp with a pool of 5, expected 60 bp (regions.width; the model's "
            "entry, pool); set these to what it was trained with",
        ),
    ],
)
def test_what_contradicts_the_file_is_one_sentence(weights, known, sentence):
    with pytest.raises(InputError) as caught:
        read_explainn(weights, **known)
    assert str(caught.value) == f"{weights}: {sentence}"


OTHER_LAYERS = {
    0: dict.fromkeys(name.replace(".", "_") for name in SHAPES if name.split(".")[1] in ("6", "7", "10", "11")),
    1: dict.fromkeys(name.replace(".", "_") for name in SHAPES if name.split(".")[1] in ("10", "11")),
    4: {
        "linears_10_weight": None,
        "last_linear.1.weight": torch.zeros(3, 100, 1),
        "linears_bg.0.1.weight": torch.zeros(300, 100, 1),
        "linears_bg.0.2.weight": torch.zeros(300),
        "linears_bg.1.1.weight": torch.zeros(300, 100, 1),
    },
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        *(
            (
                changes,
                f": found an ExplaiNN with {n} fully connected layers per unit (num_fc), expected one with 2; "
                "train it with num_fc=2",
            )
            for n, changes in OTHER_LAYERS.items()
        ),
        ({"linears_7_bias": None}, ": the tensor 'linears.7.bias' of an ExplaiNN is missing"),
        ({"extra": torch.zeros(1)}, ": found the tensor 'extra', which an ExplaiNN does not have"),
        (
            {"linears_0_weight": torch.zeros(3, 5, 11)},
            ", linears.0.weight: found the shape (3, 5, 11), expected (3, 4, 11)",
        ),
        (
            {"linears_0_weight": torch.zeros(())},
            ", linears.0.weight: found the shape (), expected (1, 4, 1)",
        ),
        (
            {"linears_6_weight": torch.zeros(300, 7)},
            ", linears.6.weight: found the shape (300, 7), expected (300, 7, 1)",
        ),
        ({"linears_7_bias": torch.zeros(30)}, ", linears.7.bias: found the shape (30,), expected (300,)"),
        ({"final_weight": torch.zeros(2, 4)}, ", final.weight: found the shape (2, 4), expected (2, 3)"),
        ({"final_weight": torch.zeros(0, 3)}, ", final.weight: found the shape (0, 3), expected (0, 3)"),
        (
            {"final_bias": torch.tensor([0, torch.nan])},
            ", final.bias: found values that are not finite, expected numbers; take an earlier checkpoint of "
            "its training",
        ),
        ({"final_bias": 1.5}, ", final.bias: found a float, expected a tensor"),
        (
            {"linears_0_weight": None},
            ": found linears.0.bias, linears.1.weight, linears.1.bias, …, expected the state dict of an ExplaiNN "
            "(linears.0.weight, …), or a checkpoint with one in it",
        ),
    ],
)
def test_another_model_is_one_sentence(weights, changes, sentence):
    change(weights, **changes)
    with pytest.raises(InputError) as caught:
        read_explainn(weights)
    assert str(caught.value) == f"{weights}{sentence}"


# --- What else the file can be ---------------------------------------------------------------------------------------


class Malicious:
    def __reduce__(self):
        return os.mkdir, ("executed",)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_nothing_in_the_file_is_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state = {"state_dict": {"linears.0.weight": torch.zeros(1), "final.weight": Malicious()}}
    torch.save(state, "zipped.pth")
    torch.save(state, "legacy.pth", _use_new_zipfile_serialization=False)
    for path in ("zipped.pth", "legacy.pth"):
        with pytest.raises(
            InputError, match=f"{path}: found a pickle that asks for posix.mkdir, refused without running"
        ):
            read_explainn(path)
    Path("plain.pth").write_bytes(pickle.dumps(state["state_dict"]["final.weight"]))
    with pytest.raises(InputError, match="plain.pth: found"):
        read_explainn("plain.pth")
    assert not Path("executed").exists()
    torch.load("zipped.pth", weights_only=False)  # it would have worked
    assert Path("executed").exists()


def test_a_whole_model_is_refused_with_what_to_do(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "model.pth")
    with pytest.raises(InputError) as caught:
        read_explainn(tmp_path / "model.pth")
    assert str(caught.value) == (
        f"{tmp_path}/model.pth: found a pickle that asks for torch.nn.modules.linear.Linear, refused without running "
        "it; save the state dict by itself, as torch.save(model.state_dict(), …) or "
        "torch.save(checkpoint['state_dict'], …)"
    )


@pytest.mark.parametrize("content", [b"", b"hello\n", b"PK\x03\x04 but no zip", b"\x80\x02K\x01.", b"\x80\x04N."])
@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_file_of_something_else_is_one_sentence(tmp_path, content):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_explainn(path)
    assert (
        str(caught.value)
        == f"{path}: found a damaged file or none of PyTorch, expected the state dict of an ExplaiNN; "
        "copy it again, or save it anew with torch.save(model.state_dict(), …)"
    )


def test_a_truncated_file_is_one_sentence(weights):
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(
        InputError, match="weights.pth: found a damaged file or none of PyTorch, expected the state dict"
    ):
        read_explainn(weights)


def test_no_file_a_folder_and_other_objects(tmp_path):
    with pytest.raises(InputError, match="none.pth: no such file"):
        read_explainn(tmp_path / "none.pth")
    with pytest.raises(InputError, match=r"found a folder, expected a file"):
        read_explainn(tmp_path)
    for value, sentence in {
        (1, 2): "found a tuple, expected the state dict of an ExplaiNN",
        None: "found a NoneType, expected the state dict of an ExplaiNN",
    }.items():
        torch.save(value, tmp_path / "value.pth")
        with pytest.raises(InputError, match=sentence):
            read_explainn(tmp_path / "value.pth")
    torch.save({"epoch": 3, "model": {}, "loss": 0.1, "more": 1}, tmp_path / "checkpoint.pth")
    with pytest.raises(
        InputError, match=r"found epoch, model, loss, …, expected the state dict of an ExplaiNN \(linears"
    ):
        read_explainn(tmp_path / "checkpoint.pth")


# --- The package itself, and the model published with it --------------------------------------------------------------


@pytest.fixture
def networks():
    return pytest.importorskip("explainn.models.networks", reason="the package explainn is not installed")


@pytest.fixture(scope="module")
def published(shared_data):
    """A trained model (its outputs are MAX, FOXA1 and JUND) and 1,000 real sequences of 200 bp."""
    fasta = shared_data / "tf-binding-matrix" / "sequences.200bp.chr14.fa.gz"
    codes = encode([sequence for _, sequence in itertools.islice(read_fasta(fasta), 1000)])
    return shared_data / "explainn" / "model_epoch_best_4.pth", torch.from_numpy(codes.copy())


def theirs(networks, path, *arguments):
    model = networks.ExplaiNN(*arguments)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=True)
    return model.eval()


@pytest.mark.truth
@torch.inference_mode()
def test_a_published_model_gives_the_logits_that_it_gives_there(networks, published, tmp_path):
    path, codes = published
    expected = theirs(networks, path, 100, 200, 3)(one_hot(codes))
    assert expected.std() > 0.5
    model, settings = read_explainn(path, 200, ["MAX", "FOXA1", "JUND"])
    assert settings == {**SETTINGS, "units": 100, "filter_length": 19, "non_negative": False}
    np.testing.assert_allclose(model(codes), expected, rtol=0, atol=1e-5)

    write_explainn(tmp_path / "again.pth", model)
    again = theirs(networks, tmp_path / "again.pth", 100, 200, 3)
    np.testing.assert_allclose(again(one_hot(codes)), expected, rtol=0, atol=1e-5)


@torch.inference_mode()
def test_a_cam_gives_the_same_logits_there(networks, weights, codes):
    there = theirs(networks, weights, 3, 60, 2, 11, 2, 7, 7)
    assert [(name, tuple(tensor.shape)) for name, tensor in there.state_dict().items()] == list(SHAPES.items())
    np.testing.assert_allclose(there(one_hot(codes)), random_cam()(codes), rtol=0, atol=1e-5)


@pytest.mark.parametrize("layers", [0, 1, 3, 4])
def test_other_numbers_of_layers_are_refused(networks, tmp_path, layers):
    torch.save(networks.ExplaiNN(3, 60, 2, 11, layers).state_dict(), tmp_path / "weights.pth")
    with pytest.raises(InputError, match=f"found an ExplaiNN with {layers} fully connected layers per unit"):
        read_explainn(tmp_path / "weights.pth")


@pytest.mark.truth
def test_a_published_model_predicts_real_regions(shared_data):
    """Which of its outputs is which target is not in the file; the labels tell."""
    folder, targets = shared_data / "tf-binding-matrix", ["MAX", "FOXA1", "JUND"]
    fastas = [folder / "sequences.200bp.chr21.fa.gz"]
    matrix, index = folder / "matrix2d.ReMap+UniBind.sparse.npz", folder / "tfs_idx.pickle.gz"
    regions = read_published(fastas, matrix, index, targets, 200)
    model, _ = read_explainn(shared_data / "explainn" / "model_epoch_best_4.pth", 200, targets)
    logits = predict(model, read_sequences(fastas, regions, 200))
    known = {target: regions[target].notna().to_numpy() for target in targets}
    auroc = [
        [roc_auc_score(regions.loc[rows, target], logits[rows, output]) for output in range(3)]
        for target, rows in known.items()
    ]
    assert np.argmax(auroc, axis=1).tolist() == [0, 1, 2]
    assert np.diag(auroc) == pytest.approx([0.834, 0.897, 0.841], abs=0.002)
