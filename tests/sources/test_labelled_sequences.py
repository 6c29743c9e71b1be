import gzip

import h5py
import numpy as np
import pytest
from cam.errors import InputError
from cam.sources.labelled_sequences import read_classes, read_hdf5, read_labelled, read_table

NAN = float("nan")


def written(path, text):
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def rows(found):
    """All but the places, as lists."""
    np.testing.assert_array_equal(found.labels.dtype, np.float32)
    return found.names, found.sequences, found.splits, found.labels.tolist(), found.targets


# --- Tables --------------------------------------------------------------------------------------------------------

TABLE = "sequence\tCTCF\tname\tCD8 T cell\tsplit\nACGTNACG\t1\ta\t\ttrain\n\nacgrykmn\t0.0\tb\t1e0\t\n"


@pytest.mark.parametrize("name", ["t.tsv", "t.tsv.gz", "t.csv"])
def test_a_table(tmp_path, name):
    text = TABLE.replace("\t", ",") if "csv" in name else TABLE
    found = read_table(written(tmp_path / name, text))
    names, sequences, splits, labels, targets = rows(found)
    assert (names, splits, targets) == (["a", "b"], ["train", ""], ["CTCF", "CD8 T cell"])
    assert sequences == ["ACGTNACG", "ACGNNNNN"]  # soft-masked letters are bases, IUPAC's other codes are N
    np.testing.assert_array_equal(labels, [[1, NAN], [0, 1]])
    assert found.places == [f"{tmp_path / name}, line 2", f"{tmp_path / name}, line 4"]


def test_a_table_needs_neither_names_nor_splits(tmp_path):
    found = read_table(written(tmp_path / "t.csv", "activity;sequence\n-1.5e-3;ACGT\n+.5;AC\n"))
    assert rows(found) == (["", ""], ["ACGT", "AC"], ["", ""], [[np.float32(-1.5e-3)], [0.5]], ["activity"])


def test_what_fasta2explainn_writes(tmp_path):
    """No header: the name, the sequence, and a label per class."""
    path = written(tmp_path / "train.tsv.gz", "chr1:1-9\tACGTACGTA\t1.0\t0.0\nb::shuf\tACGTACGTT\t0.0\t1.0\n")
    names, sequences, splits, labels, targets = rows(read_table(path))
    assert (names, sequences, splits) == (["chr1:1-9", "b::shuf"], ["ACGTACGTA", "ACGTACGTT"], ["", ""])
    assert (labels, targets) == ([[1, 0], [0, 1]], ["target1", "target2"])
    path.write_bytes(gzip.compress(b"a\tACGTACGTA\t1.0\t0.0\nb\tACGTACGTT\t0.0\tx\n"))
    with pytest.raises(InputError, match=r"train.tsv.gz, line 2, column 4: found 'x', expected a number"):
        read_table(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seq\tCTCF\nACGT\t1\n", "t.tsv: column 'sequence' is missing; found seq, CTCF"),
        ("sequence\nACGT\n", "t.tsv: found no column of a target beside sequence"),
        ("sequence\tA\tA\nACGT\t1\t1\n", "t.tsv: found the column 'A' twice"),
        ("sequence\tA\n", "t.tsv: found no sequence, expected at least one"),
        ("\nsequence\tA\nACGT\t1\n", "t.tsv: found a first line that is blank or not a whole row"),
        ('sequence\t"A\nB"\nACGT\t1\n', "t.tsv: found a first line that is blank or not a whole row"),
        ("sequence\tA\nACGT\t1\nACGT\n", "t.tsv, line 3: found 1 field, expected 2 as in the first line"),
        ("sequence\tA\nACGT\t1\t2\n", "t.tsv, line 2: found 3 fields, expected 2"),
        ("sequence\tA\nACGT\t1\n\t1\n", "t.tsv, line 3, column sequence: found no sequence"),
        ("sequence\tA\nACGT\t1\nAC-T\t1\n", "t.tsv, line 3, column sequence: found the character '-' at position 3"),
        ("sequence\tA\nACGUT\t1\n", "'U' at position 4 .*; this is RNA, so write T for U"),
        ("sequence\tA\nACGT\tbound\n", "t.tsv, line 2, column A: found 'bound', expected a number, or nothing where"),
        ("sequence\tA\tB\nACGT\t1\tNA\n", "t.tsv, line 2, column B: found 'NA'"),
        *((f"sequence\tA\nACGT\t{word}\n", f"line 2, column A: found '{word}'")
          for word in ("nan", "inf", "1_0", "٣", "1-2", "e5", "0x1")),
        ("sequence\tA\nACGT\t1e39\n", "t.tsv, line 2, column A: found a number beyond ±3.4e[+]38"),
        ("sequence\tA\tsplit\nACGT\t1\tvalid\n", "line 2, column split: found 'valid'; did you mean 'validation'"),
        ('sequence\tA\nACGT\t"1\n', "t.tsv, line 2: cannot be read as fields of a table .*check the quotation marks"),
    ],
)  # fmt: skip
def test_mistakes_in_a_table(tmp_path, text, sentence):
    with pytest.raises(InputError, match=sentence):
        read_table(written(tmp_path / "t.tsv", text))


def test_tables_of_one_split_each(tmp_path):
    """As fasta2explainn writes them."""
    train = written(tmp_path / "train.tsv", "a\tACGTACGTA\t1.0\nb\tACGTACGTT\t0.0\n")
    test = written(tmp_path / "test.tsv", "c\tACGTACGTC\t1.0\n")
    source = {"table": {"train": "train.tsv", "test": "test.tsv"}}
    found = read_labelled(source, [train, test])
    assert rows(found)[2:] == (["train", "train", "test"], [[1], [0], [1]], ["target1"])
    assert found.places[2] == f"{test}, line 1"
    written(test, "c\tACGTACGTC\t1.0\t1.0\n")
    with pytest.raises(
        InputError, match="test.tsv: found the targets target1, target2, expected target1 as in .*train"
    ):
        read_labelled(source, [train, test])


def test_some_of_the_targets(tmp_path):
    found = read_table(written(tmp_path / "t.tsv", TABLE))
    chosen = found.of_targets(["CD8_T_cell"])
    assert chosen.targets == ["CD8 T cell"]
    np.testing.assert_array_equal(chosen.labels, [[NAN], [1]])
    assert found.of_targets([]).targets == found.targets
    with pytest.raises(InputError, match="config, targets: 'CTFC' is not in the data; did you mean 'CTCF'"):
        found.of_targets(["CTFC"])


# --- FASTA ---------------------------------------------------------------------------------------------------------


def test_classes_of_several_targets(tmp_path):
    """Nothing is known of a sequence but what the target's own files say."""
    paths = [
        written(tmp_path / "a.fa", ">x one\nACG\nTAC\n>\nacgn\n"),
        written(tmp_path / "b.fa.gz", ">y\nRCGT\n"),
        written(tmp_path / "c.fa", ">x\nTTTT\n"),
        written(tmp_path / "d.fa", ">z\nACGTAC\n"),
    ]
    classes = {"CTCF": {"positives": ["a.fa", "b.fa.gz"], "negatives": "c.fa"}, "JUND": {"positives": {"test": "d.fa"}}}
    found = read_classes(classes, paths)
    assert found.names == ["x", "", "y", "x", "z"]
    assert found.sequences == ["ACGTAC", "ACGN", "NCGT", "TTTT", "ACGTAC"]
    assert found.splits == ["", "", "", "", "test"]
    np.testing.assert_array_equal(found.labels, [[1, NAN], [1, NAN], [1, NAN], [0, NAN], [NAN, 1]])
    assert found.places[:2] == [f"{paths[0]}, sequence 1 (x)", f"{paths[0]}, sequence 2"]
    assert rows(read_labelled({"fasta": classes}, paths))[0] == found.names


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "s.fa: found no sequence, expected FASTA with at least one"),
        ("ACGT\n", "s.fa, line 1: found 'ACGT', expected a FASTA header"),
        (">a\n>b\nACGT\n", r"s.fa, sequence 1 \(a\): found no sequence"),
        (">a\nACGT\n>b\nAC\nGX\n", r"s.fa, sequence 2 \(b\): found the character 'X' at position 4"),
        (">a\nACGu\n", "'u' at position 4 .*this is RNA"),
    ],
)
def test_mistakes_in_fasta(tmp_path, text, sentence):
    with pytest.raises(InputError, match=sentence):
        read_classes({"CTCF": {"positives": "s.fa"}}, [written(tmp_path / "s.fa", text)])


def test_targets_whose_files_would_have_one_name(tmp_path):
    path = written(tmp_path / "s.fa", ">a\nACGT\n")
    with pytest.raises(InputError, match="config, source.fasta: found the targets 'CD8 T' and 'CD8_T'"):
        read_classes({name: {"positives": "s.fa"} for name in ("CD8 T", "CD8_T")}, [path, path])


# --- HDF5 ----------------------------------------------------------------------------------------------------------

CODES = np.array([[0, 1, 2, 3, 0], [3, 3, 3, 3, 3], [1, 1, 0, 0, 2]])


def arrays(**changes):
    one_hot = np.eye(4, dtype=np.float32)[CODES].transpose(0, 2, 1)
    labels = np.array([[1, 0], [np.nan, 1], [0, 0]], dtype=np.float32)
    parts = {
        f"{split}_{end}": values for split in ("train", "test") for end, values in (("in", one_hot), ("out", labels))
    }
    made = {**parts, "target_labels": [b"CTCF", b"NK cell"], **changes}
    return {key: values for key, values in made.items() if values is not None}


def hdf5(path, **changes):
    with h5py.File(path, "w") as file:
        for key, values in arrays(**changes).items():
            file.create_dataset(key, data=values, compression="gzip") if np.ndim(values) else file.__setitem__(
                key, values
            )
    return path


def test_hdf5(tmp_path):
    names, sequences, splits, labels, targets = rows(read_hdf5(hdf5(tmp_path / "a.h5")))
    assert sequences == ["ACGTA", "TTTTT", "CCAAG"] * 2 and names == [""] * 6
    assert splits == ["train"] * 3 + ["test"] * 3 and targets == ["CTCF", "NK cell"]
    np.testing.assert_array_equal(labels, [[1, 0], [NAN, 1], [0, 0]] * 2)


def test_hdf5_of_basset_with_validation_and_unknown_bases(tmp_path):
    one_hot = np.eye(4)[CODES].transpose(0, 2, 1)[:, :, None]
    one_hot[0, :, 0, 1], one_hot[1, :, 0, 0] = 0.25, 0
    path = hdf5(tmp_path / "a.H5", valid_in=one_hot, valid_out=np.ones((3, 2)), target_labels=None)
    found = read_labelled({"table": "a.H5"}, [path])
    assert found.targets == ["target1", "target2"] and found.splits[3:6] == ["validation"] * 3
    assert found.sequences[3:6] == ["ANGTA", "NTTTT", "CCAAG"]
    assert found.places[4] == f"{path}, valid_in, sequence 2"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"test_in": None}, "a.h5: array 'test_in' is missing; found target_labels, test_out, train_in, train_out"),
        ({"train_in": np.zeros((3, 5, 6))}, r"a.h5, train_in: found float64 of the shape \(3, 5, 6\), expected"),
        ({"train_in": np.zeros((3, 4, 0))}, "a.h5, train_in: found sequences of 0 bp"),
        ({"train_in": np.ones((3, 4, 5))}, r"train_in, sequence 1: found \[1.0, 1.0, 1.0, 1.0\] at position 1"),
        ({"train_in": np.full((3, 4, 5), np.nan)}, "train_in, sequence 1: found"),
        ({"train_out": np.zeros((2, 2))}, r"train_out: found float64 of the shape \(2, 2\), expected numbers \(3, n"),
        ({"train_out": np.array([[b"a"] * 2] * 3)}, "train_out: found .* expected numbers"),
        ({"train_out": np.zeros((3, 3))}, "a.h5: found 2 and 3 targets in different splits"),
        ({"train_out": np.full((3, 2), np.inf)}, "train_in, sequence 1, column CTCF: found a number beyond"),
        ({"target_labels": [b"CTCF"]}, "target_labels: found 1 names, expected 2"),
        ({"target_labels": [b"CTCF", b"CTCF"]}, "target_labels: found 'CTCF', expected a name for every target, each"),
        ({"target_labels": [b"CTCF", b"ctcf"]}, "a.h5: found the targets 'CTCF' and 'ctcf'"),
        ({"train_in": h5py.ExternalLink("b.h5", "x")}, "'train_in', which is no array in this file"),
        ({"train_in": h5py.SoftLink("/test_in")}, "'train_in', which is no array in this file"),
    ],
)  # fmt: skip
def test_mistakes_in_hdf5(tmp_path, changes, sentence):
    hdf5(tmp_path / "b.h5", x=np.zeros((3, 4, 5)))
    with pytest.raises(InputError, match=sentence):
        read_hdf5(hdf5(tmp_path / "a.h5", **changes))


def test_no_file_and_no_hdf5(tmp_path):
    with pytest.raises(InputError, match="a.h5: no such file"):
        read_hdf5(tmp_path / "a.h5")
    with pytest.raises(InputError, match="a.h5: found a damaged HDF5 file"):
        read_hdf5(written(tmp_path / "a.h5", "sequence\tA\n"))


def test_hdf5_that_takes_its_values_from_another_file(tmp_path):
    other = hdf5(tmp_path / "b.h5")
    path = hdf5(tmp_path / "a.h5", train_in=None, test_in=None)
    with h5py.File(path, "a") as file:
        layout = h5py.VirtualLayout((3, 4, 5), "f4")
        layout[:] = h5py.VirtualSource(other, "train_in", (3, 4, 5))
        file.create_virtual_dataset("train_in", layout)
        file.create_dataset("test_in", (3, 4, 5), "f4", external=[(str(other), 0, 240)])
    with pytest.raises(InputError, match="'train_in', which is no array in this file"):
        read_hdf5(path)
    with h5py.File(path, "a") as file:
        del file["train_in"]
        file["train_in"] = arrays()["train_in"]
    with pytest.raises(InputError, match="'test_in', which is no array in this file"):
        read_hdf5(path)


# --- Real data -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "counts", "lengths"),
    [("nanog", (4687, 5017, 960, 964), (200, 200)), ("nfe2", (644, 644, 69, 69), (59, 247))],
)
def test_chip_seq(shared_data, name, counts, lengths):
    parts = [(label, split) for split in ("train", "test") for label in ("positives", "negatives")]
    classes = {name: {label: {"train": "", "test": ""} for label in ("positives", "negatives")}}
    paths = [shared_data / "sequences" / f"{name}_{label}_{split}.fa.gz"
             for label in ("positives", "negatives") for split in ("train", "test")]  # fmt: skip
    found = read_classes(classes, paths)
    table = {
        part: sum(
            (label == (part[0] == "positives")) and split == part[1]
            for label, split in zip(found.labels[:, 0], found.splits, strict=True)
        )
        for part in parts
    }
    assert tuple(table.values()) == counts
    assert (min(map(len, found.sequences)), max(map(len, found.sequences))) == lengths


def test_mpra(shared_data, tmp_path):
    text = gzip.decompress((shared_data / "mpra" / "lentimpra_wtc11.tsv.gz").read_bytes()).decode()
    with pytest.raises(InputError, match="column 'sequence' is missing; found seq, mean_value"):
        read_table(written(tmp_path / "t.tsv", text))
    found = read_table(written(tmp_path / "t.tsv", text.replace("seq\t", "sequence\t", 1)))
    assert len(found.sequences) == 4617 and {len(sequence) for sequence in found.sequences} == {230}
    assert found.targets == ["mean_value"] and not np.isnan(found.labels).any()
