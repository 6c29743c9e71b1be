"""Files of peaks in the formats that peak callers write, and each mistake in them as one sentence with its place."""

import gzip
import zlib

import numpy as np
import pandas as pd
import pytest
from cam.errors import InputError
from cam.sources import rows
from cam.sources.peak_files import read_peaks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NARROW = (
    "chr1\t100\t400\tpeak_1\t87\t.\t12.5\t8.25\t6\t150\n"
    "chr2\t10\t91\tpeak_2\t1000\t+\t3e1\t-1\t-1\t-1\n"
    "chr1\t50\t60\tpeak_3\t0\t.\t0.5\t1\t1\t0\n"
)
BROAD = "chr1\t100\t400\tpeak_1\t87\t.\t12.5\t8.25\t6\nchr2\t10\t91\tpeak_2\t1000\t+\t30\t-1\t-1\n"
BED = "chr1\t100\t400\tpeak_1\t87\nchr2\t10\t91\tpeak_2\t12.5\n"
SUMMITS = "chr1\t250\t251\tpeak_1\t87\nchr2\t50\t51\tpeak_2\t12.5\n"
TAKES = "; peaks are BED, narrowPeak, broadPeak or summits, with tabs between the columns"


def write(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def bgzipped(content):
    """Blocks of a few bytes, each a gzip member that states its size, and the empty one at the end, as bgzip writes."""
    blocks = []
    for first in [*range(0, len(content), 40), len(content)]:
        part = content[first : first + 40]
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(part) + packer.flush()
        size = (len(packed) + 25).to_bytes(2, "little")
        head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + size
        blocks.append(head + packed + zlib.crc32(part).to_bytes(4, "little") + len(part).to_bytes(4, "little"))
    return b"".join(blocks)


def read(path, **options):
    peaks, counts = read_peaks(path, **options)
    assert peaks.columns.tolist() == ["chrom", "start", "end", "summit", "score"]
    assert isinstance(peaks["chrom"].dtype, pd.CategoricalDtype)
    return peaks.astype(object).where(peaks.notna(), None).to_numpy().tolist(), counts


@pytest.mark.parametrize(
    ("text", "expected", "counts"),
    [
        (
            NARROW,
            [["chr1", 100, 400, 250, 12.5], ["chr2", 10, 91, 50, 30.0], ["chr1", 50, 60, 50, 0.5]],
            ("narrowPeak", "column 7", 3, 1),
        ),
        (BROAD, [["chr1", 100, 400, 250, 12.5], ["chr2", 10, 91, 50, 30.0]], ("broadPeak", "column 7", 2, 2)),
        (BED, [["chr1", 100, 400, 250, 87.0], ["chr2", 10, 91, 50, 12.5]], ("BED", "column 5", 2, 2)),
        (SUMMITS, [["chr1", 250, 251, 250, 87.0], ["chr2", 50, 51, 50, 12.5]], ("summits", "column 5", 2, 0)),
        ("chr1\t100\t400\nchr2\t1\t9\n", [["chr1", 100, 400, 250, None], ["chr2", 1, 9, 5, None]], ("BED", "", 2, 2)),
        ("chr1\t1\t4\ta\t.\t+\n", [["chr1", 1, 4, 2, None]], ("BED", "", 1, 1)),
        ("chr1\t1\t4\ta\tgene\n", [["chr1", 1, 4, 2, None]], ("BED", "", 1, 1)),
        # The thick part and the colour of BED9 (ReMap's) and BED12 are no signal, and a number of blocks is no summit.
        ("chr1\t1\t40\tE.CTCF.K\t7\t.\t20\t21\t1,2,3\n", [["chr1", 1, 40, 20, 7.0]], ("BED", "column 5", 1, 1)),
        ("chr1\t1\t40\tx\t7\t.\t1\t40\t0\n", [["chr1", 1, 40, 20, 7.0]], ("BED", "column 5", 1, 1)),
        ("chr1\t1\t40\tx\t7\t.\t1\t1\t0\t1\t39,\t0,\n", [["chr1", 1, 40, 20, 7.0]], ("BED", "column 5", 1, 1)),
        ("chr1\t1\t40\tx\t7\t.\t0\t0\t0\t2\t3,4\t0,9\n", [["chr1", 1, 40, 20, 7.0]], ("BED", "column 5", 1, 1)),
        ("chr1\t1\t40\tx\t7\t.\tgene\t0\t0\t99\n", [["chr1", 1, 40, 20, 7.0]], ("BED", "column 5", 1, 1)),
        # IDR's 20 columns begin with those of narrowPeak.
        (
            "chr1\t1\t40\t.\t1000\t.\t-1\t200.5\t-1\t17\t5.0\t5.0\t1\t40\t200\t12\t2\t41\t180\t19\n",
            [["chr1", 1, 40, 18, -1.0]],
            ("narrowPeak", "column 7", 1, 0),
        ),
    ],
)  # fmt: skip
def test_formats(tmp_path, text, expected, counts):
    found, counted = read(write(tmp_path / "peaks", text))
    assert found == expected
    assert counted == {
        **dict(zip(("format", "score", "read", "without_summit"), counts, strict=True)),
        "lost_min_score": 0,
        "lost_top": 0,
    }


@pytest.mark.parametrize("name", ["peaks.narrowPeak", "peaks.narrowPeak.gz", "peaks.narrowPeak.bgz", "peaks.bed"])
def test_plain_gzipped_and_bgzipped(tmp_path, name):
    pack = {".gz": gzip.compress, ".bgz": bgzipped}.get((tmp_path / name).suffix, bytes)
    assert read(write(tmp_path / name, pack(NARROW.encode()))) == read(write(tmp_path / "plain", NARROW))
    assert read(write(tmp_path / name, bgzipped(NARROW.encode()))) == read(tmp_path / "plain")


@pytest.mark.parametrize(
    "text",
    [
        f"track type=narrowPeak\n# a comment\nbrowser position chr1\n\n{NARROW}",
        NARROW.replace("chr2", "#x\n\ntrack name=2\nchr2"),
        NARROW.replace("\n", "\r\n"),
        NARROW.removesuffix("\n"),
        f"\ufeff{NARROW}",
        f"chrom\tstart\tend\tname\n{NARROW}",
        f"#chrom\tchromStart\n\nchrom\tchromStart\tchromEnd\n{NARROW}",
    ],
)
@pytest.mark.parametrize("size", [4, 50, 2**19])
def test_lines_that_are_no_rows_and_ends_of_lines(tmp_path, monkeypatch, text, size):
    expected = read(write(tmp_path / "plain", NARROW))
    monkeypatch.setattr(rows.read_blocks, "__defaults__", (size,))
    assert read(write(tmp_path / "peaks", text)) == expected


def test_filters(tmp_path):
    path = write(
        tmp_path / "peaks", "".join(f"chr1\t{n}\t{n + 9}\tx\t{score}\n" for n, score in enumerate([3, 1, 2, 3, 2]))
    )

    def starts(**options):
        peaks, counts = read_peaks(path, **options)
        return peaks["start"].tolist(), counts["lost_min_score"], counts["lost_top"], counts["read"]

    assert starts(min_score=2) == ([0, 2, 3, 4], 1, 0, 5)
    assert starts(top=3) == ([0, 2, 3], 0, 2, 5)  # of equal scores, the first in the file
    assert starts(top=9) == ([0, 1, 2, 3, 4], 0, 0, 5)
    assert starts(min_score=2.5, top=1) == ([0], 3, 1, 5)


def at(old, new, text=NARROW):
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": found no peak in it, expected at least one; leave it out, or give another file"),
        ("# nothing\n\n", ": found no peak in it, expected at least one; leave it out, or give another file"),
        ("chrom\tstart\tend\n", ": found no peak in it, expected at least one; leave it out, or give another file"),
        (at("400", "x"), f", line 1, column 3: found 'x', expected a whole number{TAKES}"),
        (at("100", "-100"), f", line 1, column 2: found '-100', expected a whole number{TAKES}"),
        (at("100", "1e2"), f", line 1, column 2: found '1e2', expected a whole number{TAKES}"),
        (at("\t10\t91", "\t91\t10"), f", line 2: found start 91 and end 10, expected start < end{TAKES}"),
        (at("\t10\t91", "\t91\t91"), f", line 2: found start 91 and end 91, expected start < end{TAKES}"),
        (at("chr2", ""), f", line 2, column 1: found '', expected the name of a chromosome{TAKES}"),
        (at("chr2", "chr 2"), f", line 2, column 1: found 'chr 2', expected the name of a chromosome{TAKES}"),
        (at("3e1", "high"), f", line 2, column 7: found 'high', expected a number{TAKES}"),
        (at("3e1", ""), f", line 2, column 7: found '', expected a number{TAKES}"),
        (at("3e1", "nan"), f", line 2, column 7: found 'nan', expected a number{TAKES}"),
        (at("3e1", "1-1"), f", line 2, column 7: found '1-1', expected a number{TAKES}"),
        (at("3e1", "1e999"), f", line 2, column 7: found '1e999', expected a number{TAKES}"),
        (at("3e1", "9" * 70), f", line 2, column 7: found '{'9' * 70}', expected a number{TAKES}"),
        (at("\t-1\t-1\t-1", "\t-1\t-1"), f", line 2: found 9 tab-separated columns, expected 10 or more{TAKES}"),
        (at("chr2\t10\t91\t", "chr2 10 91 "), f", line 2: found 7 tab-separated columns, expected 10 or more{TAKES}"),
        ("chr1 100 400\n", f", line 1: found 1 tab-separated column, expected 3 or more{TAKES}"),
        ("chrom,start,end\nchr1,100,400\n", f", line 1: found 1 tab-separated column, expected 3 or more{TAKES}"),
        (at("12.5", ".", BED), f", line 2, column 5: found '.', expected a number{TAKES}"),
        (at("\t12.5", "", BED), f", line 2: found 4 tab-separated columns, expected 5 or more{TAKES}"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_line_and_column(tmp_path, text, message):
    path = write(tmp_path / "peaks.bed", text)
    with pytest.raises(InputError) as caught:
        read_peaks(path)
    assert str(caught.value) == f"{path}{message}"


@pytest.mark.parametrize("found", ["150\n", "300\n", "-2\n", "7.5\n", "GENE\n", "\n", "-1 \n"])
def test_a_tenth_column_that_is_no_summit(tmp_path, found):
    path = write(
        tmp_path / "peaks.bed", "#\n" + NARROW.replace("chr1\t50\t60", "chr1\t50\t200").replace("\t0\n", f"\t{found}")
    )
    with pytest.raises(InputError) as caught:
        read_peaks(path)
    assert str(caught.value) == (
        f"{path}, line 4, column 10: found '{found[:-1]}' in a peak of 150 bp, expected its summit, a whole number "
        f"below 150, or -1 for none; if this column is something else, keep the first six (cut -f1-6){TAKES}"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xeb\xf2\x89\x87\x04\0\0\0", "found a bigBed file, expected peaks; convert it with bigBedToBed"),
        (b"\x87\x89\xf2\xeb\0\0\0\x04", "found a bigBed file, expected peaks; convert it with bigBedToBed"),
        (b"\x26\xfc\x8f\x88\x04\0\0\0", "found a bigWig file, which is a signal, expected peaks; call peaks, or use"),
        (gzip.compress(b"BAM\x01\0\0"), "found a BAM file, which is reads, expected peaks; call peaks first"),
        (b"PK\x03\x04\0\0", "found a workbook of a spreadsheet, or a zip archive, expected peaks; save it as text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "found a workbook of a spreadsheet, expected peaks; save it as text with tabs"),
        (b"# MACS\nchr\tstart\tend\tlength\tabs_summit\n", "line 2: found the columns of the table (.xls) of MACS"),
        (b"chr1\t1\t9\n\0\0", "found a NUL byte, expected text"),
        (gzip.compress(NARROW.encode())[:-9], "the gzip file is truncated"),
    ],
)  # fmt: skip
def test_other_files(tmp_path, content, message):
    path = write(tmp_path / "peaks", content)
    with pytest.raises(InputError) as caught:
        read_peaks(path)
    assert message in str(caught.value) and str(caught.value).startswith(str(path))
    with pytest.raises(InputError, match="absent: no such file"):
        read_peaks(tmp_path / "absent")


@pytest.mark.parametrize(("options", "key"), [({"min_score": 1}, "min_score"), ({"top": 5}, "top")])
@pytest.mark.parametrize("text", ["chr1\t100\t400\n", "chr1\t100\t400\tx\t.\n"])
def test_a_filter_without_scores(tmp_path, options, key, text):
    path = write(tmp_path / "peaks", text)
    with pytest.raises(InputError, match=rf"found no score in its peaks, expected one for {key} to go by, in column 5"):
        read_peaks(path, **options)


def test_a_filter_that_nothing_passes(tmp_path):
    path = write(tmp_path / "peaks", BED)
    with pytest.raises(InputError) as caught:
        read_peaks(path, min_score=100, top=1)
    assert str(caught.value) == (
        f"{path}: found no peak with a score of 100 or more (min_score), expected one; the highest of 2 is 87"
    )


numbers = st.one_of(st.integers(-1000, 1000), st.floats(-1e30, 1e30).map(lambda x: float(f"{x:.6g}")))
peak = st.tuples(
    st.sampled_from(["chr1", "chr2", "chrUn_KI270302v1"]), st.integers(0, 10**9), st.integers(1, 5000), numbers,
    st.floats(0, 1, exclude_max=True), st.booleans(),
)  # fmt: skip


@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(peak, min_size=1, max_size=30), st.one_of(st.none(), numbers), st.one_of(st.none(), st.integers(1, 9)))
def test_any_narrow_peaks_line_by_line(tmp_path, peaks, min_score, top):
    """As a reader has them that splits lines and converts field by field."""
    lines = [
        f"{chrom}\t{start}\t{start + width}\t.\t0\t.\t{score}\t0.5\t-1\t{int(share * width) if has else -1}"
        for chrom, start, width, score, share, has in peaks
    ]
    path = write(tmp_path / "peaks", "\n".join(lines))
    expected = []
    for fields in (line.split("\t") for line in lines):
        start, end, offset = int(fields[1]), int(fields[2]), int(fields[9])
        summit = (start + end) // 2 if offset == -1 else start + offset
        expected.append([fields[0], start, end, summit, float(fields[6])])
    passed = [row for row in expected if min_score is None or row[4] >= min_score]
    best = sorted(range(len(passed)), key=lambda row: -passed[row][4])[:top]
    if not passed:
        with pytest.raises(InputError, match=r"found no peak with a score of"):
            read_peaks(path, min_score, top)
        return
    found, counts = read(path, min_score=min_score, top=top)
    assert found == [passed[row] for row in sorted(best)]
    assert counts["lost_min_score"] == len(expected) - len(passed)
    assert counts["lost_top"] == len(passed) - len(best)
    assert np.array([row[1:4] for row in found]).dtype == np.int64
