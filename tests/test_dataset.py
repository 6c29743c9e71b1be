import hashlib

import numpy as np
import pandas as pd
import pytest
from cam.data.dataset import Dataset, from_regions, load_dataset, save_dataset
from cam.errors import InputError
from safetensors import safe_open
from safetensors.numpy import save_file


def small():
    regions = pd.DataFrame(
        {"split": ["train", "test", "validation"], "CTCF": [1.0, 0.0, np.nan], "JUND": [0.0, 1.0, 1.0]}
    )
    codes = np.array([[0, 1, 2], [3, 4, 0], [1, 1, 1]], dtype=np.uint8)
    return from_regions(regions, codes, ["JUND", "CTCF"])


def test_a_dataset_comes_back_as_it_was(tmp_path):
    save_dataset(tmp_path / "d.safetensors", small())
    dataset = load_dataset(tmp_path / "d.safetensors")
    np.testing.assert_array_equal(dataset.sequences, [[0, 1, 2], [3, 4, 0], [1, 1, 1]])
    np.testing.assert_array_equal(dataset.labels, [[0, 1], [1, 0], [1, np.nan]])
    np.testing.assert_array_equal(dataset.split, [0, 2, 1])
    assert dataset.targets == ("JUND", "CTCF")
    assert (dataset.sequences.dtype, dataset.labels.dtype, dataset.split.dtype) == (np.uint8, np.float32, np.uint8)


def test_the_order_of_an_array_in_memory_does_not_matter(tmp_path):
    dataset = small()
    transposed = Dataset(
        np.asfortranarray(dataset.sequences), np.asfortranarray(dataset.labels), dataset.split, dataset.targets
    )
    save_dataset(tmp_path / "c.safetensors", dataset)
    save_dataset(tmp_path / "f.safetensors", transposed)
    assert (tmp_path / "c.safetensors").read_bytes() == (tmp_path / "f.safetensors").read_bytes()


def test_metadata_of_the_file(tmp_path):
    save_dataset(tmp_path / "d.safetensors", small())
    with safe_open(tmp_path / "d.safetensors", framework="numpy") as stored:
        assert stored.metadata() == {"format_version": "2", "targets": "JUND\tCTCF", "task": "binding", "width": "3"}


def test_parts():
    codes, labels = small().part("test")
    np.testing.assert_array_equal(codes, [[3, 4, 0]])
    np.testing.assert_array_equal(labels, [[1, 0]])


def test_weights_of_regions(tmp_path):
    regions = pd.DataFrame({"name": ["a", "b", "c"], "split": ["train", "test", "train"], "A": [1.5, 0, 2]})
    weights = pd.DataFrame({"name": ["a", "b", "c"], "weight": [0.5, 1, 2.5]})
    codes = np.zeros((3, 4), dtype=np.uint8)
    save_dataset(tmp_path / "d.safetensors", from_regions(regions, codes, ["A"], "regression", weights))
    dataset = load_dataset(tmp_path / "d.safetensors")
    assert dataset.weights.dtype == np.float32 and dataset.weights.tolist() == [0.5, 1, 2.5]
    assert dataset.weights_of("train").tolist() == [0.5, 2.5] and dataset.weights_of("validation").tolist() == []
    with pytest.raises(InputError, match="weights: found other names than those of the regions; delete them, and they"):
        from_regions(regions, codes, ["A"], "regression", weights[::-1])


def test_a_dataset_without_weights_is_the_file_that_it_always_was(tmp_path):
    save_dataset(tmp_path / "d.safetensors", small())
    with safe_open(tmp_path / "d.safetensors", framework="numpy") as stored:
        assert sorted(stored.keys()) == ["labels", "sequences", "split"]
    dataset = load_dataset(tmp_path / "d.safetensors")
    assert dataset.weights is None and dataset.weights_of("train") is None
    content = hashlib.sha256((tmp_path / "d.safetensors").read_bytes()).hexdigest()
    assert content == "1af409b5e6eefea0c2b3cd34c0d2129e15e40795c5014a251f963b17a598533b"


def test_wrong_files_are_named(tmp_path):
    with pytest.raises(InputError, match="none.safetensors: no such file"):
        load_dataset(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("not tensors")
    with pytest.raises(InputError, match="text.safetensors: not a safetensors file"):
        load_dataset(tmp_path / "text.safetensors")
    save_file({name: np.zeros(3) for name in ("sequences", "labels", "split")}, tmp_path / "other.safetensors")
    with pytest.raises(InputError, match="found dataset format version none, expected 2"):
        load_dataset(tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("sequences", np.full((4, 3), 5, dtype=np.uint8), "sequences: found 5, expected at most 4"),
        ("sequences", np.zeros((4, 3), dtype=np.int64), r"sequences: found int64 of shape \(4, 3\), expected uint8 of"),
        ("split", np.full(4, 3, dtype=np.uint8), "split: found 3, expected at most 2"),
        ("labels", np.full((4, 2), np.inf, dtype=np.float32), "labels: found an infinite one, expected numbers"),
        (
            "labels",
            np.zeros((4, 3), dtype=np.float32),
            r"labels: found float32 of shape \(4, 3\), expected float32 of \(4, 2",
        ),
        ("weights", np.ones(4), "weights: found float64 of shape .4,., expected float32 of"),
        (
            "weights",
            np.array([1, 1, 1, -0.5], dtype=np.float32),
            "weights: found -0.5, expected numbers that are not neg",
        ),
        (
            "weights",
            np.array([1, np.nan, 1, 1], dtype=np.float32),
            "weights: found nan, expected numbers that are not neg",
        ),
        ("other", np.zeros(3), "found the tensors .*other.*, expected those of a dataset"),
    ],
)
def test_other_values_are_named(tmp_path, name, values, sentence):
    tensors = {
        "sequences": np.zeros((4, 3), dtype=np.uint8),
        "labels": np.full((4, 2), np.nan, dtype=np.float32),
        "split": np.zeros(4, dtype=np.uint8),
    }
    metadata = {"format_version": "2", "targets": "JUND\tCTCF", "task": "binding", "width": "3"}
    path = tmp_path / "d.safetensors"
    save_file(tensors, path, metadata)
    assert load_dataset(path).targets == ("JUND", "CTCF")
    save_file(tensors, path, metadata | {"task": "ranking"})
    with pytest.raises(InputError, match="d.safetensors: found the task 'ranking', expected binding or regression"):
        load_dataset(path)
    save_file(tensors | {name: values}, path, metadata)
    with pytest.raises(InputError, match=f"d.safetensors.*{sentence}"):
        load_dataset(path)
