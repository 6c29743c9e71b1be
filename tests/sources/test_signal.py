import gzip
import os

import h5py
import numpy as np
import pandas as pd
import pytest
from cam.errors import InputError
from cam.sources import signal
from cam.sources.signal import apart, bigwig_sizes, parse_regions, read_signal, read_split, signal_targets, summarise
from scipy import sparse
from signal_files import CRESTED, CRESTED_MEANS, write_bigwig, write_h5ad, write_parquet

SIZES = {"chr1": 2_500_000, "chr2": 3_000}
REGIONS = ["chr1:0-10", "chr1-20-30", "HLA-A*01:01:5-15"]
PARSED = [("chr1", 0, 10), ("chr1", 20, 30), ("HLA-A*01:01", 5, 15)]


def rows(regions):
    return list(regions.itertuples(index=False, name=None))


# --- bigWig -----------------------------------------------------------------------------------------------------------


def draw_entries(rng):
    """Intervals with and without gaps, near each other and far apart, and the value of every base."""
    bases = {chrom: np.full(size, np.nan, dtype=np.float32) for chrom, size in SIZES.items()}
    entries = []
    for chrom, size in SIZES.items():
        edges = np.unique(rng.integers(0, size, 400))
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if rng.random() < 0.5:
                value = np.float32(rng.normal())
                end = min(end, start + int(rng.integers(1, 3_000)))
                entries.append((chrom, start, end, value))
                bases[chrom][start:end] = value
    return entries, bases


def draw_windows(rng, n):
    chroms = rng.choice([*SIZES, "chr3"], n)
    middle = np.array([rng.integers(SIZES.get(chrom, 1000)) for chrom in chroms])
    start = middle - rng.integers(0, 2_000, n)
    return pd.DataFrame({"chrom": chroms, "start": start, "end": middle + rng.integers(1, 2_000, n)})


def summarise_by_base(bases, windows, summary):
    """The reference: every base of every window by itself."""
    values, known = [], []
    for chrom, start, end in rows(windows):
        own = [float(bases[chrom][at]) for at in range(max(start, 0), min(end, SIZES.get(chrom, 0)))]
        there = [value for value in own if not np.isnan(value)]
        filled = [0.0 if np.isnan(value) else value for value in own]
        functions = {"sum": sum, "max": max, "mean": lambda found: sum(found) / len(found)}
        values.append(functions[summary](filled) if filled else 0.0)
        known.append(len(there) > 0)
    return values, known


@pytest.mark.parametrize("summary", ["mean", "max", "sum"])
@pytest.mark.parametrize("seed", range(3))
def test_signal_is_that_of_every_base(tmp_path, seed, summary):
    rng = np.random.default_rng(seed)
    entries, bases = draw_entries(rng)
    write_bigwig(tmp_path / "a.bw", SIZES, entries)
    windows = draw_windows(rng, 150)
    values, known = summarise(tmp_path / "a.bw", windows, summary)
    expected, covered = summarise_by_base(bases, windows, summary)
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
    assert known.tolist() == covered
    assert len(set(covered)) == 2 and len({chrom for chrom, *_ in rows(windows)}) == 3


def test_a_window_has_the_same_signal_whatever_is_read_beside_it(tmp_path):
    """Windows near each other are read together: it changes no bit."""
    rng = np.random.default_rng(5)
    write_bigwig(tmp_path / "a.bw", SIZES, draw_entries(rng)[0])
    windows = draw_windows(rng, 60)
    together, _ = summarise(tmp_path / "a.bw", windows)
    alone = [summarise(tmp_path / "a.bw", windows[row : row + 1])[0][0] for row in range(len(windows))]
    np.testing.assert_array_equal(together, alone)


def test_windows_at_ends_and_without_data(tmp_path):
    write_bigwig(tmp_path / "a.bw", SIZES, [("chr1", 100, 104, 2), ("chr2", 2_996, 3_000, -1)])
    windows = pd.DataFrame(
        [("chr1", 96, 104), ("chr1", -4, 4), ("chr2", 2_992, 4_000), ("chr9", 0, 8)], columns=["chrom", "start", "end"]
    )
    for summary, expected in {"mean": [1, 0, -0.5, 0], "max": [2, 0, 0, 0], "sum": [8, 0, -4, 0]}.items():
        values, known = summarise(tmp_path / "a.bw", windows, summary)
        assert values.tolist() == expected
        assert known.tolist() == [True, False, True, False]
    values, known = summarise(tmp_path / "a.bw", windows[:0])
    assert values.shape == known.shape == (0,)


def test_sizes_of_chromosomes(tmp_path):
    write_bigwig(tmp_path / "a.bw", SIZES, [("chr2", 0, 5, 1)])
    assert bigwig_sizes(tmp_path / "a.bw") == SIZES


def test_files_that_are_no_bigwig(tmp_path):
    contents = {
        "text": b"chr1\t0\t5\t1.5\n",
        "bigBed": b"\xeb\xf2\x89\x87" + bytes(60),
        "parquet": b"PAR1" + bytes(60),
    }
    for found, content in contents.items():
        (tmp_path / "a.bw").write_bytes(content)
        with pytest.raises(InputError, match=f"a.bw: found {found}, expected a bigWig file"):
            bigwig_sizes(tmp_path / "a.bw")
    with pytest.raises(InputError, match="none.bw: no such file"):
        bigwig_sizes(tmp_path / "none.bw")
    with pytest.raises(InputError, match=": found a folder, expected a file"):
        bigwig_sizes(tmp_path)


def test_infinite_signal_is_an_error(tmp_path):
    write_bigwig(tmp_path / "a.bw", SIZES, [("chr1", 10, 20, np.inf)])
    windows = pd.DataFrame({"chrom": ["chr1", "chr1"], "start": [30, 15], "end": [40, 25]})
    with pytest.raises(InputError, match="a.bw: found an infinite value in chr1:15-25, expected real numbers"):
        summarise(tmp_path / "a.bw", windows)


def test_a_bigwig_without_any_value_is_an_error(tmp_path):
    write_bigwig(tmp_path / "a.bw", SIZES, [])
    with pytest.raises(InputError, match="a.bw: found no value in it, expected signal"):
        summarise(tmp_path / "a.bw", pd.DataFrame({"chrom": ["chr1"], "start": [15], "end": [25]}))


def test_a_bigwig_that_was_cut_off_is_one_sentence_or_complete(tmp_path):
    """Some of these end the process that reads them."""
    rng = np.random.default_rng(1)
    sizes = {"chr1": 4_000}
    values = rng.random(40)
    write_bigwig(tmp_path / "a.bw", sizes, [("chr1", 100 * i, 100 * i + 60, v) for i, v in enumerate(values)])
    windows = pd.DataFrame({"chrom": "chr1", "start": np.arange(0, 4_000, 100), "end": np.arange(60, 4_060, 100)})
    content, outcomes = (tmp_path / "a.bw").read_bytes(), set()
    for length in [*range(4, len(content), 37), len(content)]:
        (tmp_path / "b.bw").write_bytes(content[:length])
        try:
            ((found, _),) = apart(summarise, [(tmp_path / "b.bw", windows)])
        except InputError as error:
            outcomes.add("damaged")
            assert "b.bw" in str(error) and "damaged" in str(error)
        else:
            outcomes.add("complete")
            np.testing.assert_allclose(found, values, rtol=1e-6)
    assert outcomes == {"damaged", "complete"}


# --- Processes of their own -------------------------------------------------------------------------------------------


def act(path, what):
    """Stand in for a reader: some files are fine, some are refused, some end the process or keep it busy."""
    if what == "refuse":
        raise InputError(f"{path}: refused")
    if what == "end":
        os.abort()
    while what == "hang":
        pass
    return f"{path} read"


def test_what_ends_a_process_is_one_sentence_that_names_the_file():
    fine = [(f"file{number}", "read") for number in range(5)]
    assert list(apart(act, fine, threads=2)) == [f"file{number} read" for number in range(5)]
    for what, sentence in {
        "end": "bad: reading it broke off or came to no end; it is damaged, or memory ran out",
        "hang": "bad: reading it broke off or came to no end; it is damaged, or memory ran out",
        "refuse": "bad: refused",
    }.items():
        found = []
        with pytest.raises(InputError, match=f"^{sentence}"):
            for each in apart(act, [*fine[:3], ("bad", what), *fine[3:]], threads=2, seconds=1):
                found.append(each)
        assert found == ["file0 read", "file1 read", "file2 read"]


# --- Tables -----------------------------------------------------------------------------------------------------------


def write_table(path, header, *lines, separator="\t"):
    content = "".join(separator.join(map(str, line)) + "\n" for line in (header, *lines)).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.mark.parametrize(("name", "separator"), [("t.tsv", "\t"), ("t.csv", ","), ("t.tsv.gz", "\t"), ("t.txt", ";")])
@pytest.mark.parametrize("column", ["region", "name", "", "peak"])
def test_tables_with_names_of_regions(tmp_path, name, separator, column):
    lines = [(region, f"{place}.5", 10**place) for place, region in enumerate(REGIONS)]
    write_table(tmp_path / name, (column, "CD8 T cell", "B"), *lines, separator=separator)
    assert signal_targets(tmp_path / name) == ["CD8 T cell", "B"]
    regions, values = read_signal(tmp_path / name, ["B", "CD8 T cell"])
    assert rows(regions) == PARSED
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, [[1, 0.5], [10, 1.5], [100, 2.5]])


def test_tables_with_three_columns_of_positions(tmp_path):
    write_table(tmp_path / "t.tsv", ("A", "chrom", "start", "end", "name"), (1, "chr1", 5, 9, "x"), (2, 2, 6, 8, "x"))
    assert signal_targets(tmp_path / "t.tsv") == ["A"]
    regions, values = read_signal(tmp_path / "t.tsv", ["A"])
    assert rows(regions) == [("chr1", 5, 9), ("2", 6, 8)]
    assert values.tolist() == [[1], [2]]


def test_missing_values_quotes_and_empty_lines(tmp_path):
    text = 'region,"A, or B",C\n"chr1:0-10",,1e-3\n\nchr1:10-20,NA,-2\n,,\nchr1:20-30, nan ,3\r\n'
    (tmp_path / "t.csv").write_text(text)
    regions, values = read_signal(tmp_path / "t.csv", ["A, or B", "C"])
    assert rows(regions) == [("chr1", 0, 10), ("chr1", 10, 20), ("chr1", 20, 30)]
    np.testing.assert_allclose(values, [[np.nan, 1e-3], [np.nan, -2], [np.nan, 3]])


def test_a_table_is_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(signal, "_ROWS_AT_ONCE", 7)
    lines = [(f"chr1:{10 * n}-{10 * n + 5}", n, -n) for n in range(20)]
    write_table(tmp_path / "t.tsv", ("region", "A", "B"), *lines)
    regions, values = read_signal(tmp_path / "t.tsv", ["A", "B"])
    assert regions["start"].tolist() == list(range(0, 200, 10))
    np.testing.assert_array_equal(values, [[n, -n] for n in range(20)])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("region\tA\nchr1:0-9\tx\n", "t.tsv, line 2, column 'A': found 'x', expected a real number, or nothing where"),
        ("region\tA\n\nchr1:0-9\tinf\n", "t.tsv, line 3, column 'A': found 'inf', expected a real number"),
        ("region\tA\nchr1:0-9\t1e39\n", "t.tsv, line 2, column 'A': found '1e39', expected a real number"),
        ("region\tA\nchr1:0-9\tTrue\n", "t.tsv, line 2, column 'A': found 'True', expected a real number"),
        ("region\tA\nchr1:0-9\t1,5\n", "t.tsv, line 2, column 'A': found '1,5', expected a real number"),
        ("region\tA\nchr1:0-9\n", "t.tsv, line 2: found 1 fields, expected 2 as in the header"),
        ("region\tA\nchr1:0-9\t1\t2\n", "t.tsv, line 2: found 3 fields, expected 2 as in the header"),
        (
            "region\tA\nchr1:9-9\t1\n",
            "t.tsv, line 2: found the region 'chr1:9-9', expected chrom:start-end or",
        ),
        ("region\tA\nchr1\t1\n", "t.tsv, line 2: found the region 'chr1', expected chrom:start-end"),
        ("region\tA\nchr1:-5-9\t1\n", "t.tsv, line 2: found the region 'chr1:-5-9', expected chrom:start-end"),
        ("region\tA\nchr 1:0-9\t1\n", "t.tsv, line 2: found the region 'chr 1:0-9', expected chrom:start-end"),
        (f"region\tA\nchr1:0-{10**18}\t1\n", "t.tsv, line 2: found the region 'chr1:0-10+', expected chrom:start-end"),
        ("region\tA\nchr1:0-9\t1\nchr1-0-9\t2\n", "t.tsv, line 3: found the region 'chr1-0-9' again, expected every o"),
        ("chrom\tstart\tend\tA\n1\t2.0\t9\t1\n", "t.tsv, line 2: found the region '1:2.0-9', expected chrom:start-end"),
        ("chrom\tstart\tA\n1\t2\t1\n", "t.tsv: found no 'end'; known are"),
        ("region\tB\nchr1:0-9\t1\n", "t.tsv: found no 'A'; known are 'B', 'region'"),
        ("region\tA\tA\nchr1:0-9\t1\t1\n", "t.tsv: found 'A' twice, expected it once"),
        ("region\tA\n", "t.tsv: found no row below the header, expected one for every region"),
        ('region\tA\nchr1:0-9\t"1\n', r"t.tsv, line 2: cannot be read as fields \(unexpected end of data\); check the"),
        ("region\tA\nchr1:0-9\t1\0\n", "t.tsv: found a NUL byte, expected text"),
    ],
)
def test_what_is_wrong_in_a_table_is_one_sentence(tmp_path, text, sentence):
    (tmp_path / "t.tsv").write_text(text)
    with pytest.raises(InputError, match=sentence) as caught:
        read_signal(tmp_path / "t.tsv", ["A"])
    assert str(tmp_path) in str(caught.value)


def test_regions_by_name():
    assert rows(parse_regions(REGIONS, "t.tsv")) == PARSED
    assert rows(parse_regions([], "t.tsv")) == []


def test_a_layer_is_of_anndata_only(tmp_path):
    write_table(tmp_path / "t.tsv", ("region", "A"), ("chr1:0-9", 1))
    with pytest.raises(InputError, match="config, source.layer: found 'raw', expected none, since .*t.tsv is no Ann"):
        read_signal(tmp_path / "t.tsv", ["A"], "raw")


@pytest.mark.parametrize("content", [b"\x26\xfc\x8f\x88", b"\xeb\xf2\x89\x87"])
def test_signal_of_single_targets_is_no_table(tmp_path, content):
    (tmp_path / "a").write_bytes(content + bytes(60))
    for read in (signal_targets, lambda path: read_signal(path, ["A"])):
        with pytest.raises(InputError, match="a: found big..., expected a table .text or parquet. or an AnnData"):
            read(tmp_path / "a")


# --- parquet ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["t.parquet", "a [1]* {b}?.pq"])
def test_parquet(tmp_path, name):
    """DuckDB takes some letters of a path for a pattern of several."""
    (tmp_path / "a 1 b.pq").write_text("another file")
    write_parquet(tmp_path / name, {"CD8 T cell": [1.5, None, 3.0], "B": [1, 2, 3], "__index_level_0__": REGIONS})
    assert signal_targets(tmp_path / name) == ["CD8 T cell", "B"]
    regions, values = read_signal(tmp_path / name, ["B", "CD8 T cell"])
    assert rows(regions) == PARSED
    np.testing.assert_array_equal(values, np.array([[1, 1.5], [2, np.nan], [3, 3]], dtype=np.float32))
    assert values.dtype == np.float32


def test_parquet_with_columns_of_positions(tmp_path):
    columns = {"A": [1, 2], "chrom": ["chr1", "2"], "start": [0, 5], "end": [10, 6], "note": ["x", "y"]}
    write_parquet(tmp_path / "t.pq", columns)
    assert signal_targets(tmp_path / "t.pq") == ["A"]
    regions, values = read_signal(tmp_path / "t.pq", ["A"])
    assert rows(regions) == [("chr1", 0, 10), ("2", 5, 6)] and values.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"region": ["chr1:0-9"], "B": [1]}, "t.pq: found no 'A'; known are 'B', 'region'"),
        ({"region": ["chr1:0-9"], "A": ["1"]}, "t.pq: found no numbers in the column 'A', expected real ones"),
        ({"region": ["chr1:0-9"], "A": [[1.5, 2.5]]}, "t.pq: found no numbers in the column 'A', expected real ones"),
        ({"region": ["chr1:0-9"], "A": [float("inf")]}, "t.pq: found inf for A in chr1:0-9, expected a real number"),
        ({"region": ["chr1:0-9"], "A": [1e39]}, r"t.pq: found 1e\+39 for A in chr1:0-9, expected a real number"),
        ({"region": ["chr1:0-9"] * 2, "A": [1, 2]}, "t.pq: found the region 'chr1:0-9' again, expected every one"),
        ({"region": [None], "A": [1]}, "t.pq: found the region '', expected chrom:start-end"),
        (
            {"B": [1], "A": [1]},
            "t.pq: found no column of text among B, A, expected the names of regions, or the columns",
        ),
    ],
)
def test_what_is_wrong_in_parquet_is_one_sentence(tmp_path, columns, sentence):
    write_parquet(tmp_path / "t.pq", columns)
    with pytest.raises(InputError, match=sentence):
        read_signal(tmp_path / "t.pq", ["A"])


def test_damaged_parquet_is_one_sentence(tmp_path):
    write_parquet(tmp_path / "t.pq", {"region": REGIONS, "A": [1, 2, 3]})
    content = (tmp_path / "t.pq").read_bytes()
    (tmp_path / "t.pq").write_bytes(content[: len(content) // 2])
    for read in (signal_targets, lambda path: read_signal(path, ["A"])):
        with pytest.raises(InputError, match="t.pq: found a damaged parquet file .*; copy or download it again"):
            read(tmp_path / "t.pq")


# --- AnnData ----------------------------------------------------------------------------------------------------------

TARGETS = ["CD8 T cell", "B"]
VALUES = np.array([[1, 0, 2.5], [0, 0, -3]])


def test_a_file_of_crested(tmp_path):
    (tmp_path / "crested.h5ad").write_bytes(CRESTED)
    assert signal_targets(tmp_path / "crested.h5ad") == ["B", "CD8 T cell"]
    regions, values = read_signal(tmp_path / "crested.h5ad", ["CD8 T cell", "B"])
    assert rows(regions) == [("chr1", 0, 500), ("chr1", 1000, 1500), ("chr2", 90, 590)]
    np.testing.assert_allclose(values, np.tile(CRESTED_MEANS, (2, 1)).T, rtol=1e-6)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
@pytest.mark.parametrize("regions_are", ["obs", "var"])
def test_matrices_of_either_form_and_orientation(tmp_path, regions_are, form):
    axes, values = ((TARGETS, REGIONS), VALUES) if regions_are == "var" else ((REGIONS, TARGETS), VALUES.T)
    layers = {"raw": form(2 * values), "counts": form(values.astype(int))}
    write_h5ad(tmp_path / "a.h5ad", *axes, form(values), layers, nullable=regions_are == "obs")
    assert signal_targets(tmp_path / "a.h5ad") == TARGETS
    for layer, expected in {None: VALUES, "raw": 2 * VALUES, "counts": VALUES.astype(int)}.items():
        regions, found = read_signal(tmp_path / "a.h5ad", ["B", "CD8 T cell"], layer)
        assert rows(regions) == PARSED
        np.testing.assert_array_equal(found, expected[::-1].T.astype(np.float32))
        assert found.dtype == np.float32 and isinstance(found, np.ndarray)
        assert read_signal(tmp_path / "a.h5ad", ["B"], layer)[1].shape == (3, 1)


@pytest.mark.parametrize(
    ("obs", "var", "values", "sentence"),
    [
        (["A", "B"], REGIONS, np.full((2, 3), np.inf), "a.h5ad: found inf for A in chr1:0-10, expected a real number"),
        (["B"], REGIONS, VALUES[:1], "a.h5ad: found no 'A'; known are 'B'"),
        (["A", "A"], REGIONS, VALUES, "a.h5ad: found 'A' twice, expected it once"),
        (
            ["A", "B"],
            [*REGIONS[:2], "chr1:20-30"],
            VALUES,
            "a.h5ad: found the region 'chr1:20-30' again, expected",
        ),
        (["A"], ["chr1:9-9"], [[1.0]], "a.h5ad: found the region 'chr1:9-9', expected chrom:start-end"),
        (["A", "B"], ["x", "y", "z"], VALUES, r"a.h5ad: found the names 'A' … \(obs\) and 'x' … \(var\), expected tho"),
        (REGIONS[:2], REGIONS, VALUES, r"a.h5ad: found the names 'chr1:0-10' … \(obs\) and 'chr1:0-10' … \(var\), exp"),
        (["A", "B"], [*REGIONS[:2], "chr1"], VALUES, "a.h5ad: found the names .* expected those of regions"),
        (["A", "B"], REGIONS, VALUES.T, r"a.h5ad: cannot be read as an AnnData file \(its values are float64 of shape"),
        (["A"], REGIONS[:1], [["text"]], "a.h5ad: cannot be read as an AnnData file .its values are object of shape"),
    ],
)
def test_what_is_wrong_in_anndata_is_one_sentence(tmp_path, obs, var, values, sentence):
    write_h5ad(tmp_path / "a.h5ad", obs, var, values)
    with pytest.raises(InputError, match=sentence):
        read_signal(tmp_path / "a.h5ad", ["A"])


@pytest.mark.parametrize("axis", ["obs", "var"])
def test_the_split_of_the_regions_is_read(tmp_path, axis):
    axes = (TARGETS, REGIONS, VALUES) if axis == "var" else (REGIONS, TARGETS, VALUES.T)
    write_h5ad(tmp_path / "a.h5ad", *axes, split=["train", None, "val"], split_axis=axis)
    assert read_split(tmp_path / "a.h5ad") == ["train", "", "val"]
    assert signal_targets(tmp_path / "a.h5ad") == TARGETS
    for words, expected in {("test", "val", "train"): ["test", "val", "train"], (0, 1, 2): ["0", "1", "2"]}.items():
        with h5py.File(tmp_path / "a.h5ad", "r+") as file:
            del file[axis]["split"]
            file[axis]["split"] = list(words)  # as they are, without categories
        assert read_split(tmp_path / "a.h5ad") == expected


def test_most_files_state_no_split(tmp_path):
    write_h5ad(tmp_path / "a.h5ad", TARGETS, REGIONS, VALUES, split=["train", "val"], split_axis="obs")
    assert read_split(tmp_path / "a.h5ad") is None  # that of the targets is none of regions
    (tmp_path / "crested.h5ad").write_bytes(CRESTED)
    assert read_split(tmp_path / "crested.h5ad") is None
    write_table(tmp_path / "t.tsv", ("region", "A"), ("chr1:0-9", 1))
    assert read_split(tmp_path / "t.tsv") is None
    write_parquet(tmp_path / "t.parquet", {"region": ["chr1:0-9"], "A": [1.0]})
    assert read_split(tmp_path / "t.parquet") is None
    (tmp_path / "t.bed").write_text("chr1\t0\t9\n")
    assert read_split(tmp_path / "t.bed") is None


def test_the_split_of_a_table_is_read_and_is_no_target(tmp_path):
    rows = [("chr1:0-9", "train", 1.5), ("chr1:20-29", "", 2), ("chr2:0-9", "test", 0)]
    write_table(tmp_path / "t.tsv", ("region", "split", "A"), *rows)
    names, words, values = zip(*rows, strict=True)
    columns = {"split": [word or None for word in words], "peak": list(names), "A": list(values)}
    write_parquet(tmp_path / "t.parquet", columns)
    for path in (tmp_path / "t.tsv", tmp_path / "t.parquet"):
        assert signal_targets(path) == ["A"]
        assert read_split(path) == ["train", "", "test"]
        assert read_signal(path, ["A"])[1].ravel().tolist() == [1.5, 2, 0]


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [([0, 1], "its column split has 2 rows, 3 regions"), ([0, -2, 1], "category -2"), ([0, 7, 1], "out of bounds")],
)
def test_a_damaged_split_is_one_sentence(tmp_path, codes, sentence):
    write_h5ad(tmp_path / "a.h5ad", TARGETS, REGIONS, VALUES, split=["train", "test", "val"])
    with h5py.File(tmp_path / "a.h5ad", "r+") as file:
        del file["var/split/codes"]
        file["var/split/codes"] = codes
    with pytest.raises(InputError, match=f"a.h5ad: cannot be read as an AnnData file .*{sentence}"):
        read_split(tmp_path / "a.h5ad")


def test_missing_layers_are_named(tmp_path):
    write_h5ad(tmp_path / "a.h5ad", TARGETS, REGIONS, VALUES, {"counts": VALUES})
    with pytest.raises(InputError, match=r"a.h5ad: found no layer 'count' \(source.layer\); did you mean 'counts'\?"):
        read_signal(tmp_path / "a.h5ad", ["B"], "count")


def test_single_cells_are_too_many_targets(tmp_path):
    cells = [f"AACG{number}-1" for number in range(10_001)]
    write_h5ad(tmp_path / "a.h5ad", cells, REGIONS, np.zeros((len(cells), 3), dtype=np.int8))
    with pytest.raises(InputError, match="found 10001 targets, expected from 1 to 10000; sum single cells by type"):
        signal_targets(tmp_path / "a.h5ad")


def damaged(change):
    """An AnnData file in which something has been changed."""

    def write(path):
        write_h5ad(path, TARGETS, REGIONS, sparse.csr_matrix(VALUES))
        with h5py.File(path, "r+") as file:
            change(file)

    return write


def replace(name, value):
    def change(file):
        del file[name]
        file[name] = value

    return damaged(change)


def external(file):
    del file["X"]
    file.create_dataset("X", (2, 3), dtype=np.uint8, external=[(file.filename, 0, 6)])


def unallocated(file):
    del file["X"]
    file.create_dataset("X", (10**6, 10**6), dtype=float, chunks=(1000, 1000))


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100)),
        lambda path: path.write_bytes(CRESTED[:9000]),
        damaged(lambda file: file.__delitem__("obs")),
        damaged(lambda file: file.__delitem__("X")),
        damaged(lambda file: file["var"].attrs.__delitem__("_index")),
        damaged(lambda file: file["X"].attrs.__setitem__("shape", [3, 3])),
        damaged(lambda file: file["X"].attrs.__setitem__("encoding-type", "coo_matrix")),
        replace("X/indices", [0, 2, 3]),
        replace("X/indices", [0, -1, 2]),
        replace("X/indptr", [0, 5, 3]),
        replace("X/indptr", [0, 10**9, 10**9]),
        replace("obs/_index", [1, 2]),
        damaged(external),
        damaged(unallocated),
    ],
)
def test_damaged_anndata_is_one_sentence(tmp_path, write):
    write(tmp_path / "a.h5ad")
    with pytest.raises(InputError, match="a.h5ad: cannot be read as an AnnData file .*; if it is one, copy or"):
        read_signal(tmp_path / "a.h5ad", ["B"])
