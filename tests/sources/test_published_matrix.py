import gzip
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from cam.bases import decode
from cam.data.candidates import read_published
from cam.errors import InputError
from cam.setup.tf_index import read_index
from cam.sources.published_matrix import read_columns, read_regions, read_sequences


def write_pickle(path, value, protocol=None):
    path.write_bytes(gzip.compress(pickle.dumps(value, protocol=protocol)))
    return path


@pytest.fixture
def published(tmp_path):
    """The three kinds of file, for two chromosomes and three TFs."""
    matrix = np.array([[1, 0, np.nan], [0, 1, 1], [np.nan, np.nan, 1], [0, 0, 0]], dtype=float)
    np.savez_compressed(tmp_path / "matrix2d.ReMap+UniBind.sparse.npz", matrix)
    write_pickle(tmp_path / "tfs_idx.pickle.gz", {"CTCF": 0, "JUND": 1, "MAX": 2})
    sequences = {
        "chr1": [(0, 100, "ACGTACGT"), (2, 300, "aaaaaaaa")],
        "chr2": [(3, 50, "GGGGNNCC"), (1, 10, "TTTTTTTT")],
    }
    for chrom, records in sequences.items():
        text = "".join(f">{row}::{chrom}:{start}-{start + 8}\n{sequence}\n" for row, start, sequence in records)
        (tmp_path / f"sequences.200bp.{chrom}.fa.gz").write_bytes(gzip.compress(text.encode()))
    return tmp_path


def paths(folder):
    fastas = sorted(folder.glob("sequences*.fa.gz"))
    return fastas, folder / "matrix2d.ReMap+UniBind.sparse.npz", folder / "tfs_idx.pickle.gz"


def test_candidates_have_the_labels_of_their_row(published):
    frame = read_published(*paths(published), ["JUND", "CTCF"], 8)
    assert frame["name"].tolist() == ["chr1:100-108", "chr2:10-18", "chr2:50-58"]
    np.testing.assert_array_equal(frame[["JUND", "CTCF"]], [[0, 1], [1, 0], [0, 0]])
    np.testing.assert_allclose(frame["gc"], [0.5, 0, 1])
    codes = read_sequences(paths(published)[0], frame, 8)
    assert decode(codes) == ["ACGTACGT", "TTTTTTTT", "GGGGNNCC"]


def test_columns_are_the_same_however_many_rows_are_read_at_once(published):
    whole = read_columns(paths(published)[1], [2, 0])
    np.testing.assert_array_equal(whole, [[np.nan, 1], [1, 0], [1, np.nan], [0, 0]])
    np.testing.assert_array_equal(read_columns(paths(published)[1], [2, 0], rows_at_once=3), whole)


def test_unknown_target_gets_the_nearest_names(published):
    with pytest.raises(InputError, match="config, targets: 'JUN' is not in .*tfs_idx.pickle.gz; did you mean 'JUND'?"):
        read_published(*paths(published), ["JUN"], 8)


def test_wrong_width_is_named(published):
    with pytest.raises(
        InputError, match=r"chr1.fa.gz, record 1 \(>0::chr1:100-108\): found a width of 8 bp, expected 200"
    ):
        read_published(*paths(published), ["CTCF"], 200)


def test_wrong_header_is_named(tmp_path):
    path = tmp_path / "s.fa.gz"
    path.write_bytes(gzip.compress(b">chr1:1-9\nACGTACGT\n"))
    with pytest.raises(InputError, match="record 1: found header '>chr1:1-9', expected '>INDEX::chrom:start-end'"):
        read_regions(path, 8)


def test_truncated_fasta_is_named(published):
    path = paths(published)[0][0]
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(InputError, match="sequences.200bp.chr1.fa.gz: the gzip file is truncated"):
        read_published(*paths(published), ["CTCF"], 8)


def test_truncated_matrix_is_named(published):
    path = paths(published)[1]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="matrix2d.*npz: found a damaged .npz file"):
        read_published(*paths(published), ["CTCF"], 8)


@pytest.mark.parametrize("value", [2, -1, 0.5, np.inf])
def test_a_value_that_is_no_label_is_named(published, value):
    matrix = np.array([[1, 0, np.nan], [0, value, 1]])
    np.savez_compressed(published / "matrix2d.ReMap+UniBind.sparse.npz", matrix)
    assert read_columns(paths(published)[1], [0, 2]).shape == (2, 2)
    with pytest.raises(InputError, match=f"sparse.npz, row 1, column 1: found {value:g}, expected 1, 0 or NaN"):
        read_columns(paths(published)[1], [0, 1])


def test_index_beyond_the_matrix_is_named(published):
    text = b">9::chr1:0-8\nACGTACGT\n"
    (published / "sequences.200bp.chr1.fa.gz").write_bytes(gzip.compress(text))
    with pytest.raises(InputError, match="found index 9, expected at most 3"):
        read_published(*paths(published), ["CTCF"], 8)


class Malicious:
    def __reduce__(self):
        return os.mkdir, ("executed",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_runs_code_is_refused(tmp_path, monkeypatch, protocol):
    monkeypatch.chdir(tmp_path)
    path = write_pickle(tmp_path / "tfs_idx.pickle.gz", {"CTCF": Malicious()}, protocol)
    with pytest.raises(InputError, match="tfs_idx.pickle.gz: refused"):
        read_index(path)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("value", [["CTCF"], {"CTCF": "0"}, {0: 0}, {"CTCF": True}, {"CTCF": -1}, 5])
def test_anything_but_a_dict_of_names_to_columns_is_refused(tmp_path, value):
    with pytest.raises(InputError, match="expected a dict of TF name to column number"):
        read_index(write_pickle(tmp_path / "tfs_idx.pickle.gz", value))


@pytest.mark.parametrize(
    "content",
    [b"", gzip.compress(b""), gzip.compress(pickle.dumps({"A": 1}))[:-9], gzip.compress(b"\x80\x04.")],
    ids=["no byte", "nothing", "cut", "an empty pickle"],
)
def test_damaged_index_is_one_sentence(tmp_path, content):
    path = tmp_path / "tfs_idx.pickle.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="tfs_idx.pickle.gz: "):
        read_index(path)


@pytest.mark.truth
def test_real_matrix_within_4_gb_of_memory(shared_data):
    """The counts of protocol P1, and the labels that the data's own README states for these chromosomes."""
    code = """
import resource, sys
from pathlib import Path
from cam.data.candidates import read_published
from cam.data.selection import select
folder = Path(sys.argv[1])
targets = ["CTCF", "JUND", "FOXA1"]
frame = read_published(sorted(folder.glob("sequences*.fa.gz")), folder / "matrix2d.ReMap+UniBind.sparse.npz",
                        folder / "tfs_idx.pickle.gz", targets, 200)
print([int((frame[t] == value).sum()) for t in targets for value in (1, 0)])
split = {"validation": ["chr18"], "test": ["chr14"]}
print(select(frame, targets, split, "drop", 0)[0].groupby("split").size().tolist())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    command = [sys.executable, "-c", code, str(shared_data / "tf-binding-matrix")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    lines = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.splitlines()
    assert lines[0] == "[7085, 92473, 10349, 107345, 14564, 70479]"
    assert lines[1] == "[2852, 10263, 1817]"  # test, train, validation
    assert int(lines[2]) < 4_000_000  # KiB
