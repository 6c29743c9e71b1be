import gzip
import os
import pickle
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from cam.bases import decode
from cam.data.candidates import read_accessibility
from cam.data.selection import select_peaks
from cam.errors import InputError
from cam.sources.immgen import (
    read_array_sequences,
    read_arrays,
    read_heights,
    read_ocrs,
    read_peaks,
    write_heights,
    write_peaks,
)
from cam.sources.target_tables import read_lineages
from conftest import ROOT
from immune_files import WIDTH, write_text_formats

LINEAGES = pd.DataFrame(
    {"target": ["B.Sp", "NK.BM", "MMP3"], "lineage": ["B", "innate.lym", "stem"], "alias": ["", "", "MPP3"]}
)
TARGETS = ["MMP3", "B.Sp"]
UNPLACED = "unplaced or alternative sequence, mitochondria or plastids"


def wrong(sentence):
    return pytest.raises(InputError, match=re.escape(sentence))


@pytest.fixture
def file(tmp_path):
    def write(content, name="file.txt"):
        content = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", ["peaks.txt", "peaks.txt.gz"])
@pytest.mark.parametrize("first", ["", "name chrom start stop\n"])
def test_peaks_count_from_1_and_include_both_ends(file, name, first):
    path = file(first + "b chr2\t11  20\na\tchr1\t1\t10\r\n", name)
    assert read_peaks(path, 10).to_dict("list") == {
        "chrom": ["chr2", "chr1"],
        "start": [10, 0],
        "end": [20, 10],
        "name": ["b", "a"],
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a chr1 1 10\nb chr1 1\n", "file.txt, line 2: found 3 fields, expected 4: name, chromosome, start and stop"),
        ("a chr1 1 10\n\nb chr1 1\n", "file.txt, line 3: found 3 fields, expected 4"),
        ("a chr1 1 10 +\n", "file.txt, line 1: found 5 fields, expected 4"),
        ("a chr1 1 1e1\n", "file.txt, line 1, column 4: found '1e1', expected a whole number"),
        ("name chrom begin stop\n", "file.txt, line 1, column 3: found 'begin', expected a whole number"),
        ("a chr1 1 10\nname chrom start stop\n", "file.txt, line 2, column 3: found 'start', expected a whole number"),
        ("a chr1 -1 10\n", "file.txt, line 1, column 3: found '-1', expected a whole number"),
        ("a chr1 0 9\n", "file.txt, line 1: found start 0 and stop 9, expected 1 or more and start ≤ stop"),
        ("a chr1 10 1\n", "file.txt, line 1: found start 10 and stop 1, expected 1 or more and start ≤ stop"),
        ("a chr1 0 10\n", "file.txt, line 1: found start 0 and stop 10, expected 1 or more"),
        ("a chr1 1 11\n", "file.txt, line 1: found a peak of 11 bp, expected 10 (regions.width)"),
        (
            "a chr1 1 10\nb chr1 1 10\na chr1 2 11\n",
            "file.txt, line 3: found 'a' as in line 1, expected every name once",
        ),
        ("name chrom start stop\n", "file.txt: found no peak"),
    ],
)
def test_wrong_peaks_are_named(file, content, sentence):
    with wrong(sentence):
        read_peaks(file(content), 10)


HEIGHTS = {
    "comma": ",B.Sp,NK.BM,MPP3\np1,1,2,3.5\np2,4,5,-6e-1\n",
    "named": "peak,B.Sp,NK.BM,MPP3\np1,1,2,3.5\np2,4,5,-6e-1",
    "quoted": '"B.Sp","NK.BM","MPP3"\n"p1",1,2,3.5\n"p2",4,5,-0.6\n',
    "tab": "\tB.Sp\tNK.BM\tMMP3\np1\t1\t2\t3.5\np2\t4\t5\t-0.6\n",
    "blank": "B.Sp NK.BM  MPP3\np1 1 2  3.5\np2 4 5 -0.6\n",
    "DOS": ",B.Sp,NK.BM,MPP3\r\np1,1,2,3.5\r\np2,4,5,-0.6\r\n",
}


@pytest.mark.parametrize("form", HEIGHTS)
@pytest.mark.parametrize("name", ["heights.csv", "heights.csv.gz"])
def test_heights_in_every_form(file, form, name):
    names, values, n_skipped = read_heights(file(HEIGHTS[form], name), TARGETS, LINEAGES)
    assert names == ["p1", "p2"] and n_skipped == 0
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.array([[3.5, 1], [-0.6, 4]], dtype=np.float32))


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "stray", ["\x1a", "p9,\x1a,2,3", "\x1a,1,2,3", "p9,1,2\x1a,3", "p9,1,2,3,\x1a"], ids=["alone", *"abcd"]
)
def test_lines_with_a_stray_character_are_skipped_and_counted(file, stray, ending):
    lines = [",B.Sp,NK.BM,MPP3", stray, "p1,1,2,3", stray, "p2,4,5,6", "\x1a"]
    names, values, n_skipped = read_heights(file(ending.join(lines)), TARGETS, LINEAGES)
    assert (names, values.tolist(), n_skipped) == (["p1", "p2"], [[3, 1], [6, 4]], 3)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (",B.Sp,NK\np1,1,2\n", "file.txt: cell type 'MMP3' is not in it; known are"),
        (",B.Spl,MMP3\np1,1,2\n", "file.txt: cell type 'B.Sp' is not in it; did you mean 'B.Spl'?"),
        (",B.Sp,MPP3,MPP3\np1,1,2,3\n", "file.txt: found the cell type 'MPP3' twice, expected it once"),
        (",B.Sp,MMP3\np1,1,2\np2,1\n", "file.txt, line 3: found 2 fields, expected 3"),
        (",B.Sp,MMP3\np1,1,2\np2,1,2,3\n", "file.txt, line 3: found 4 fields, expected 3"),
        (",B.Sp,MMP3\n\x1a\np1,1\n", "file.txt, line 3: found 2 fields, expected 3"),
        (",B.Sp,MMP3\np1,1,2\n\n,,\np2,1\n", "file.txt, line 5: found 2 fields, expected 3"),
        ("B.Sp MMP3\np1 1 2\np2 1\n", "file.txt, line 3: found 2 fields, expected 3"),
        (",B.Sp,MMP3\n\x1a\np1,1,2\np2,1,two\n", "file.txt, line 4, column 3: found 'two', expected a number"),
        (",B.Sp,MMP3\np1,,2\n", "file.txt, line 2, column 2: found '', expected a number"),
        (",B.Sp,MMP3\np1,1,2\np2,1,nan\n", "file.txt, line 3, column 3: found 'nan', expected a number"),
        (",B.Sp,MMP3\np1,-inf,2\n", "file.txt, line 2, column 2: found '-inf', expected a number"),
        (",B.Sp,MMP3\np1,1,2\n\x1a\np2,1,2\np1,3,4\n", "file.txt, line 5: found 'p1' as in line 2"),
        (",B.Sp,MMP3\n", "file.txt: found no line with numbers"),
        ("", "file.txt: found no line with numbers"),
        ("\x1a", "file.txt: found no line with numbers"),
        (',B.Sp,MMP3\np1,"1,2\n', "file.txt, line 2: found 2 fields, expected 3"),
    ],
)
def test_wrong_heights_are_named(file, content, sentence):
    with wrong(sentence):
        read_heights(file(content), TARGETS, LINEAGES)


def test_the_line_of_a_wrong_height_is_right_far_down(file):
    lines = ["B.Sp MMP3", *(f"p{number} 1 2" for number in range(2, 45_000))]
    lines[3] = "\x1a"
    lines[41_999] = "p42000 1 x"
    with wrong("file.txt, line 42000, column 3: found 'x', expected a number"):
        read_heights(file("\n".join(lines)), TARGETS, LINEAGES)


def test_damaged_files_are_named(file, tmp_path):
    path = file(HEIGHTS["comma"] * 100, "heights.csv.gz")
    path.write_bytes(path.read_bytes()[:-9])
    with wrong("heights.csv.gz: the gzip file is truncated"):
        read_heights(path, TARGETS, LINEAGES)
    with wrong("none.csv: no such file"):
        read_heights(tmp_path / "none.csv", TARGETS, LINEAGES)


def test_what_is_written_is_read_again(tmp_path):
    frame = pd.DataFrame({"chrom": ["chr2", "chr1"], "start": [0, 7], "end": [251, 258], "name": ["b", "a"]})
    write_peaks(tmp_path / "peaks.txt", frame)
    assert (tmp_path / "peaks.txt").read_text() == "b\tchr2\t1\t251\na\tchr1\t8\t258\n"
    pd.testing.assert_frame_equal(read_peaks(tmp_path / "peaks.txt", 251), frame, check_dtype=False)

    values = np.random.default_rng(0).normal(2, 1, (500, 2)).astype(np.float32)
    names = [f"p{number}" for number in range(500)]
    write_heights(tmp_path / "heights.csv", names, TARGETS, values)
    assert (tmp_path / "heights.csv").read_text().startswith(",MMP3,B.Sp\np0,2.12573")
    read = read_heights(tmp_path / "heights.csv", TARGETS, LINEAGES)
    assert read[0] == names
    np.testing.assert_array_equal(read[1], values)


OCRS = """ImmGenATAC1219.peakID,chrom,Summit,_-log10_bestPvalue,genes.within.100Kb,B.Sp,MPP3,NK.BM
1,chr1,126,0.5,"Xkr4,Rp1",0,3,1
ImmGenATAC1219.peak_2,chr2,1000,"1,0",,1,0.5,7
"""


def test_ocrs_are_around_their_summits_and_in_logarithms(file):
    regions, values, n_skipped = read_ocrs(file(OCRS), TARGETS, LINEAGES, 251)
    assert regions.to_numpy().tolist() == [
        ["chr1", 0, 251, "ImmGenATAC1219.peak_1"],
        ["chr2", 874, 1125, "ImmGenATAC1219.peak_2"],
    ]
    np.testing.assert_allclose(values, [[2, 0], [np.log2(1.5), 1]], rtol=1e-6)
    assert values.dtype == np.float32 and n_skipped == 0
    even = read_ocrs(file(OCRS), TARGETS, LINEAGES, 4)[0]
    assert even[["start", "end"]].to_numpy().tolist() == [[123, 127], [997, 1001]]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("chrom", "Chrom", "line 1: column 'chrom' is missing; did you mean 'Chrom'"),
        ("MPP3", "MP", "cell type 'MMP3' is not in it"),
        ("1000", "1000.5", "line 3, Summit: found '1000.5', expected a position, from 1"),
        ("1000", "0", "line 3, Summit: found '0', expected a position, from 1"),
        ("0,3,1", "0,-3,1", "line 2, MMP3: found -3, expected signal, which is not negative"),
        ("0,3,1", "0,NA,1", "line 2, column 7: found 'NA', expected a number"),
        ('"Xkr4,Rp1"', "Xkr4,Rp1", "line 2: found 9 fields, expected 8"),
        ("ImmGenATAC1219.peak_2", "1", "line 3: found 'ImmGenATAC1219.peak_1' as in line 2"),
    ],
)
def test_wrong_ocrs_are_named(file, old, new, sentence):
    with wrong(sentence):
        read_ocrs(file(OCRS.replace(old, new, 1)), TARGETS, LINEAGES, 251)


@pytest.fixture
def arrays(tmp_path):
    """A folder with three sequences of 5 bp, ACGTA, ACGNA and TTTTT, whose heights are 1 to 9."""

    def one_hot(sequence):  # as AI-TAC's authors do it
        columns = np.zeros((4, len(sequence)), dtype=np.int8)
        for place, base in enumerate(sequence):
            if base in "ATGC":
                columns["ATGC".index(base), place] = 1
        return columns

    np.save(tmp_path / "one_hot_seqs.npy", np.array([one_hot(s) for s in ("ACGTA", "ACGNA", "TTTTT")]))
    np.save(tmp_path / "cell_type_array.npy", np.arange(1, 10.0).reshape(3, 3))
    np.save(tmp_path / "peak_names.npy", np.array([b"p1", b"p2", b"p3"]))
    np.save(tmp_path / "cell_type_names.npy", np.array(["B.Sp", "NK.BM", "MPP3"]))
    return tmp_path


def test_rows_of_one_hot_arrays_are_a_t_g_c(arrays):
    regions, codes, values = read_arrays(arrays, TARGETS, LINEAGES, 5)
    assert decode(codes) == ["ACGTA", "ACGNA", "TTTTT"]
    assert values.tolist() == [[3, 1], [6, 4], [9, 7]] and values.dtype == np.float32
    assert regions["name"].tolist() == ["p1", "p2", "p3"]
    assert list(regions) == ["chrom", "start", "end", "name"] and regions["chrom"].isna().all()
    paths = arrays / "one_hot_seqs.npy", arrays / "peak_names.npy"
    assert decode(read_array_sequences(*paths, ["p3", "p1"], 5)) == ["TTTTT", "ACGTA"]
    with wrong("peak_names.npy: found no region 'p4'"):
        read_array_sequences(*paths, ["p3", "p4"], 5)


@pytest.mark.parametrize("dtype", [np.float32, np.bool_, np.uint8, ">f8"])
def test_one_hot_arrays_of_any_kind(arrays, dtype):
    one_hot = np.load(arrays / "one_hot_seqs.npy")
    np.save(arrays / "one_hot_seqs.npy", np.asfortranarray(one_hot.astype(dtype)))
    assert decode(read_arrays(arrays, TARGETS, LINEAGES, 5)[1]) == ["ACGTA", "ACGNA", "TTTTT"]


@pytest.mark.parametrize("dtype", ["U", object])
def test_names_of_any_kind(arrays, dtype):
    np.save(arrays / "peak_names.npy", np.array(["p1", "p2", "p3"], dtype=dtype))
    table = np.array([["t0", "B.Sp", "B"], ["t1", "NK.BM", np.nan], ["t2", "MPP3", "stem"]], dtype=object)
    for cell_types in (table, np.asfortranarray(table), table[:, 1], table.astype("U")):
        np.save(arrays / "cell_type_names.npy", cell_types)
        regions, _, values = read_arrays(arrays, TARGETS, LINEAGES, 5)
        assert regions["name"].tolist() == ["p1", "p2", "p3"]
        assert values.tolist() == [[3, 1], [6, 4], [9, 7]]


def test_positions_of_arrays(arrays):
    path = arrays / "ImmGenATAC1219.peak_matched.txt"
    path.write_text("p3 chr3 1 5\np9 chr1 1 5\np1 chr1 11 15\np2 chr2 2 6\n")
    regions = read_arrays(arrays, TARGETS, LINEAGES, 5)[0]
    assert regions.to_numpy().tolist() == [["chr1", 10, 15, "p1"], ["chr2", 1, 6, "p2"], ["chr3", 0, 5, "p3"]]
    path.write_text("p3 chr3 1 5\np1 chr1 11 15\n")
    with wrong("peak_matched.txt: found no position of 'p2', which is in the arrays"):
        read_arrays(arrays, TARGETS, LINEAGES, 5)


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        (
            "one_hot_seqs",
            lambda a: a[:, :, :4],
            "found the shape (3, 4, 4), expected (number of regions, 4, 5), where 5",
        ),
        ("one_hot_seqs", lambda a: a.swapaxes(1, 2), "found the shape (3, 5, 4), expected (number of regions, 4, 5)"),
        ("one_hot_seqs", lambda a: a + (a[0, 0] == 1)[None, None], "more than a single 1 at a position of sequence 1"),
        ("one_hot_seqs", lambda a: a * 0.5, "more than a single 1 at a position of sequence 1"),
        ("one_hot_seqs", lambda a: a - (np.arange(3) == 1)[:, None, None], "at a position of sequence 2"),
        ("peak_names", lambda a: a[:2], "found the shape (2,), expected (3,), as many as sequences"),
        ("peak_names", lambda a: a[[0, 1, 0]], "found 'p1' twice, expected every name once"),
        ("cell_type_array", lambda a: a[:2], "found the shape (2, 3), expected (3, 3), as many rows as names"),
        ("cell_type_array", lambda a: a[:, :2], "found the shape (3, 2), expected (3, 3), as many rows as names"),
        ("cell_type_array", lambda a: a / (a != 6), "found inf for p2 in MMP3, expected a number"),
        ("cell_type_names", lambda a: a[[0, 1, 1]], "cell type 'MMP3' is not in it"),
        (
            "cell_type_names",
            lambda a: np.stack([a, a]).T,
            "found the shape (3, 2), expected a list of names, or 3 columns",
        ),
    ],
)
def test_wrong_arrays_are_named(arrays, name, change, sentence):
    with np.errstate(divide="ignore"):
        np.save(arrays / f"{name}.npy", change(np.load(arrays / f"{name}.npy")))
    with wrong(f"{name}.npy: ") as caught:
        read_arrays(arrays, TARGETS, LINEAGES, 5)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("name", ["one_hot_seqs", "cell_type_array", "peak_names", "cell_type_names"])
def test_absent_and_damaged_arrays_are_named(arrays, name):
    path = arrays / f"{name}.npy"
    path.write_bytes(path.read_bytes()[:-1])
    with wrong(f"{name}.npy: "):
        read_arrays(arrays, TARGETS, LINEAGES, 5)
    path.write_bytes(b"no array")
    with wrong(f"{name}.npy: "):
        read_arrays(arrays, TARGETS, LINEAGES, 5)
    path.unlink()
    with wrong(f"{name}.npy: no such file"):
        read_arrays(arrays, TARGETS, LINEAGES, 5)


class Malicious:
    """Unpickled, it would make a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


class Global:
    """Unpickled, it would be a function of numpy that reads any file."""

    def __reduce__(self):
        return np.fromfile, ("/dev/null",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["cell_type_names", "peak_names"])
def test_a_pickle_that_runs_code_is_refused(arrays, name, protocol):
    path, made = arrays / f"{name}.npy", arrays / "made"
    for harm in (Malicious(made), Global()):
        names = np.array([harm, "b", "c"], dtype=object)
        with open(path, "wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": (3,)})
            pickle.dump(names, file, protocol)
        with wrong(f"{name}.npy: refused, expected an array of names and nothing else (it asks for "):
            read_arrays(arrays, TARGETS, LINEAGES, 5)
    assert not made.exists()
    np.load(path, allow_pickle=True)
    np.save(path, np.array([Malicious(made)], dtype=object))
    np.load(path, allow_pickle=True)
    assert made.exists()  # which the same file does where it is trusted


def test_a_pickle_of_something_else_is_refused(arrays):
    path = arrays / "cell_type_names.npy"
    for value in ({"a": 1}, ["a"], None, np.dtype("O"), np.arange(3)):
        with open(path, "wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": (3,)})
            pickle.dump(value, file)
        with wrong("cell_type_names.npy: refused, expected an array of names and nothing else"):
            read_arrays(arrays, TARGETS, LINEAGES, 5)


@pytest.fixture(scope="module")
def reconstructed(shared_data, tmp_path_factory):
    return write_text_formats(tmp_path_factory.mktemp("text"), shared_data / "ai-tac")


@pytest.mark.parametrize("kind", ["peaks", "ocrs"])
def test_real_regions_are_the_same_from_arrays_and_from_text(shared_data, reconstructed, kind):
    lineages = read_lineages(ROOT / "resources" / "immgen" / "lineages.tsv")
    targets = lineages["target"].tolist()
    paths = {
        "directory": shared_data / "ai-tac",
        "genome": reconstructed / "genome.fa",
        "peaks": reconstructed / "ImmGenATAC1219.peak_matched.txt",
        "heights": reconstructed / "mouse_peak_heights.csv",
        "ocrs": reconstructed / "ImmGenATAC18_AllOCRsInfo.csv",
    }
    expected, found = [], []
    for form, results in (("arrays", expected), (kind, found)):
        peaks, codes, values, steps = read_accessibility(form, paths, targets, lineages, WIDTH, "autosomes")
        keep, regions, more = select_peaks(peaks, codes, values, targets, {"validation": 0.1, "test": 0.2}, seed=3)
        results += [codes[keep], regions, dict([*steps.to_numpy().tolist(), *more.to_numpy().tolist()])]
    np.testing.assert_array_equal(found[0], expected[0])
    same = ["name", "split"]
    pd.testing.assert_frame_equal(found[1][same], expected[1][same])
    if kind == "peaks":  # to the last bit
        np.testing.assert_array_equal(found[1][targets], expected[1][targets])
    np.testing.assert_allclose(found[1][targets], expected[1][targets], rtol=3e-6)
    assert expected[1]["split"].value_counts().to_dict() == {"train": 70, "test": 20, "validation": 10}
    assert expected[2] == {
        "candidates": 100,
        "left out: with N in the sequence": 0,
        "left out: overlaps a region of another split, where a long chain of overlapping regions is cut": 0,
        "drawn one by one for the split: positions are not known, so overlaps are not either": 100,
        "left out: of training, same sequence as a validation or test region": 0,
        "kept": 100,
    }
    expected[2].pop("drawn one by one for the split: positions are not known, so overlaps are not either")
    left_out = {
        "peaks": {"candidates": 104, "skipped: lines of heights with a stray end-of-file character": 2},
        "ocrs": {"candidates": 103, "skipped: lines of heights with a stray end-of-file character": 0},
    }[kind]
    if kind == "peaks":
        left_out |= {"left out: peaks without heights": 1, "left out: heights without a peak": 1}
    left_out |= {
        f"left out: on sex chromosomes, {UNPLACED} (regions.chromosomes): chrX": 1,
        "left out: on chromosomes that the genome lacks": 0,
        "left out: not wholly on the chromosome": 1,
        "left out: with N in the sequence": 1,
    }
    assert found[2] == expected[2] | left_out
    first = np.load(shared_data / "ai-tac" / "one_hot_seqs.npy")[0]
    assert decode(found[0][:1]) == ["".join("ATGC"[row] for row in first.argmax(axis=0))]
    assert found[1].loc[0, targets[0]] == pytest.approx(1.268562)


def test_arrays_with_positions_can_be_split_by_chromosome(shared_data, reconstructed, tmp_path):
    folder = shutil.copytree(shared_data / "ai-tac", tmp_path / "arrays")
    shutil.copy(reconstructed / "ImmGenATAC1219.peak_matched.txt", folder)
    lineages = read_lineages(ROOT / "resources" / "immgen" / "lineages.tsv")
    peaks, codes, values, _ = read_accessibility("arrays", {"directory": folder}, ["B.Sp"], lineages, WIDTH)
    regions = select_peaks(peaks, codes, values, ["B.Sp"], {"validation": ["chr3"], "test": ["chr1"]})[1]
    assert regions["split"].tolist() == 34 * ["test"] + 33 * ["train"] + 33 * ["validation"]
    assert regions["chrom"].tolist() == 34 * ["chr1"] + 33 * ["chr2"] + 33 * ["chr3"]
    with wrong("config, split: of 100 regions, none is left for test"):
        select_peaks(peaks, codes, values, ["B.Sp"], {"validation": ["chr1"], "test": []})
