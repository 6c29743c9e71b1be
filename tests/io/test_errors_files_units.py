import gzip

import pandas as pd
import pytest
from cam.errors import InputError, nearest
from cam.io.fasta import read_fasta, write_fasta
from cam.io.files import atomic, read_text, remove_parts, write_text
from cam.io.tables import read_table, table_rows, write_table
from cam.sources.target_tables import read_regulators
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
    ids=["cut", "plain", "Latin-1"],
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


# --- Small tables ----------------------------------------------------------------------------------------------------

TABLE = "tf\tlineage\nPAX5\tB\nCTCF\tall\n"
WAYS = {
    "as it is": TABLE.encode(),
    "blank lines at the end": f"{TABLE}\n \t\n\n".encode(),
    "blank lines in between": TABLE.replace("\n", "\n\n").encode(),
    "CRLF": TABLE.replace("\n", "\r\n").encode(),
    "no last line feed": TABLE.removesuffix("\n").encode(),
    "quotes": b'"tf"\t"lineage"\n"PAX5"\t"B"\nCTCF\tall\n',
    "commas": TABLE.replace("\t", ",").encode(),
    "commas, empty fields at the end": TABLE.replace("\t", ",").replace("\n", ",,\n").encode() + b",,,\n",
    "semicolons": TABLE.replace("\t", ";").encode(),
    "blanks around fields": TABLE.replace("\t", " \t ").encode(),
    "UTF-8 with a mark": TABLE.encode("utf-8-sig"),
    "UTF-16 as spreadsheets save it": TABLE.replace("\n", "\r\n").encode("utf-16"),
    "UTF-16, big-endian": b"\xfe\xff" + TABLE.encode("utf-16-be"),
    "gzipped": gzip.compress(TABLE.encode()),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_small_table_in_all_the_ways_that_it_is_written(tmp_path, way):
    path = tmp_path / "table.txt"
    path.write_bytes(WAYS[way])
    rows = [{"tf": "PAX5", "lineage": "B"}, {"tf": "CTCF", "lineage": "all"}]
    assert [row for _, row in table_rows(path, ["lineage", "tf"])] == rows
    assert read_regulators(path, ["B"]).to_dict("records") == rows


def test_fields_of_a_small_table_can_hold_separators_and_be_missing(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('name,source,note\n"K562, treated",remap,"a ""b"""\n\nHepG2,dhs\n')
    assert list(table_rows(path, ["name"])) == [
        (2, {"name": "K562, treated", "source": "remap", "note": 'a "b"'}),
        (4, {"name": "HepG2", "source": "dhs", "note": ""}),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "column 'tf' is missing; found an empty first line"),
        ("tf,group\nA,B\n", "column 'lineage' is missing; found tf, group"),
        ("tf,lineage,tf\nA,B,C\n", "found the column 'tf' twice, expected it once"),
        ("tf,lineage\n\nA,B,C\n", "line 3: found 3 fields, expected 2 as in the header; quote a field that has the"),
        ('tf,lineage\n"A,B\nC,D\n', "line 3: cannot be read as fields of a table (.*); check the quotation marks"),
        ("tf,line\0age\n", "found a NUL byte, expected text; save the file as UTF-8"),
    ],
)
def test_mistakes_in_a_small_table(tmp_path, text, sentence):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=f"table.csv.*{sentence}"):
        list(table_rows(path, ["tf", "lineage"]))
