import gzip

import pandas as pd
import pytest
from cam.errors import InputError, nearest
from cam.files import atomic, read_fasta, read_table, read_text, remove_parts, write_fasta, write_table, write_text
from cam.units import unit_index, unit_name, unit_names


def test_nearest_names_what_is_near_and_else_what_is_known():
    assert nearest("ctcf", ["CTCF", "JUND"]) == "did you mean 'CTCF'?"
    assert nearest("XYZ", ["CTCF", "JUND"]) == "known are 'CTCF', 'JUND'"


def test_units_are_numbered_from_1():
    assert unit_names(3) == ["unit1", "unit2", "unit3"]
    assert [unit_index(unit_name(i)) for i in range(20)] == list(range(20))
    with pytest.raises(InputError, match="found 'unit0', expected unit1"):
        unit_index("unit0")


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), write_text(tmp_path / "table.tsv") as text:
        text.write("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic(path) as part:
        part.write_text("new")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.tsv"]


def test_gzipped_tables_are_the_same_bytes_and_come_back(tmp_path):
    frame = pd.DataFrame({"name": ["NA", "b"], "value": [1.0, float("nan")]})
    for name in ("one.tsv.gz", "two.tsv.gz"):
        write_table(frame, tmp_path / name)
    assert (tmp_path / "one.tsv.gz").read_bytes() == (tmp_path / "two.tsv.gz").read_bytes()
    pd.testing.assert_frame_equal(read_table(tmp_path / "one.tsv.gz"), frame)


def test_a_missing_column_is_named(tmp_path):
    write_table(pd.DataFrame({"a": [1]}), tmp_path / "t.tsv")
    with pytest.raises(InputError, match="t.tsv: column 'b' is missing; found a"):
        read_table(tmp_path / "t.tsv", ["a", "b"])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(b">a\nACGT\n" * 1000)[:-20], "the gzip file is truncated"),
        (b"plain text", "found a damaged gzip file"),
        (gzip.compress("é".encode("latin-1")), "found bytes that are not UTF-8"),
    ],
)
def test_damaged_gzip_files_are_named(tmp_path, content, sentence):
    path = tmp_path / "s.fa.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"s.fa.gz: {sentence}"), read_text(path) as text:
        text.read()


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(InputError, match="none.fa: no such file"):
        list(read_fasta(tmp_path / "none.fa"))


def test_fasta_comes_back(tmp_path):
    write_fasta(tmp_path / "s.fa.gz", ["a x=1", "b"], ["ACGT", "NNNN"])
    assert list(read_fasta(tmp_path / "s.fa.gz")) == [("a x=1", "ACGT"), ("b", "NNNN")]


def test_fasta_must_begin_with_a_header(tmp_path):
    (tmp_path / "s.fa").write_text("ACGT\n")
    with pytest.raises(InputError, match="s.fa, line 1: found 'ACGT', expected a FASTA header"):
        list(read_fasta(tmp_path / "s.fa"))


def test_what_a_killed_process_had_begun_to_write_is_removed(tmp_path):
    with atomic(tmp_path / "deep" / "a.tsv") as part:
        left = part
        left.touch()
    left.touch()  # as a killed process leaves it
    others = [left.with_name("a.tsv"), *(tmp_path / name for name in (".deadbeef", ".snakemake_timestamp"))]
    for path in others:
        path.touch()
    remove_parts(tmp_path, older_than=60)
    assert left.exists()
    remove_parts(tmp_path)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(others)
    remove_parts(tmp_path / "nowhere")
