import gzip
import io
import random
import tarfile
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from cam.errors import InputError
from cam.sources import bed, encode_dhs, remap, rows, unibind

REMAP = (
    "chr1\t100\t400\tGSE1.CTCF.K-562\t12.5\t.\t250\t251\t1,2,3\n"
    "chr1\t150\t420\tGSE2.JUND.MCF-7_E2.1h.rep.2\t3\t.\t300\t301\t1,2,3\n"
    "chr1\t160\t420\tGSE2.CTCFL.MCF-7\t3\t.\t300\t301\t1,2,3\n"
    "chr2\t10\t90\tENCSR000AAA.CTCF.Hep-G2\t7\t.\t10\t11\t4,5,6\n"
)
CLUSTERS = (
    "585\tchr1\t9980\t10410\t8\t72\t2\t88,71,\t72,38,\n"
    "585\tchr1_KI270706v1_random\t5000\t5200\t1\t13\t1\t113,\t13,\n"
    "586\tchrX\t136680\t136830\t1\t29\t1\t73,\t29,\n"
    "585\tchrM\t100\t300\t1\t29\t1\t73,\t29,\n"
)
MEMBERS = {
    "CTCF/ENCSR1.K562_leukemia.CTCF.MA0139.1.damo.bed": "chr1\t200\t219\tx\t12.1\t-\nchr2\t20\t39\tx\t13\t+\n",
    "CTCF/ENCSR2.MCF-7.E2.1h.CTCF.MA0139.1.pwm.bed": "chr1\t500\t519\n",
    "JUND/ENCSR3.A549.JUND.MA0491.2.damo.bed": "chr3\t5\t18\tx\t9\t+\textra\n",
    "README.txt": "not\ta table",
}


def write(path, content):
    """Text is gzipped if the name says so; bytes are written as they are."""
    if isinstance(content, str):
        content = gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode()
    path.write_bytes(content)
    return path


def write_tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        folder = tarfile.TarInfo("CTCF")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize("name", ["remap.bed", "remap.bed.gz"])
def test_remap_summits(tmp_path, name):
    summits = remap.read_summits(write(tmp_path / name, REMAP), ["ctcf", "JunD"])
    expected = pd.DataFrame(
        {
            "chrom": ["chr1", "chr1", "chr2"],
            "start": [250, 300, 10],
            "end": [251, 301, 11],
            "tf": ["ctcf", "JunD", "ctcf"],
            "experiment": ["GSE1", "GSE2", "ENCSR000AAA"],
            "biotype": ["K-562", "MCF-7_E2.1h.rep.2", "Hep-G2"],
        }
    )
    pd.testing.assert_frame_equal(summits, expected)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("chr2\t10\t90", "chr2\t10", r"line 4: found 8 tab-separated columns, expected 9 or more"),
        ("chr2\t10\t90", "chr2\t10\t9O", r"line 4, column 3: found '9O', expected a whole number"),
        ("chr2\t10\t90", "chr2\t-10\t90", r"line 4, column 2: found '-10', expected a whole number"),
        ("chr2\t10\t90", "chr2\t90\t90", r"line 4: found start 90 and end 90, expected start < end"),
        ("\t10\t11\t", "\t1e1\t11\t", r"line 4, column 7: found '1e1', expected a whole number"),
        ("\t10\t11\t", "\t0\t1\t", r"line 4, column 7: found the summit 0, expected one in 10-90"),
        ("AAA.CTCF.Hep-G2", "AAA.CTCF", r"line 4, column 4: found the name 'ENCSR000AAA.CTCF', expected EXPERIMENT.TF"),
        ("CTCF.Hep-G2", "ctcf.", r"line 4, column 4: found the name 'ENCSR000AAA.ctcf.', expected EXPERIMENT.TF.BIO"),
        ("chr2\t10\t90", "\n\nchr2\t10\t9_0", r"line 6, column 3: found '9_0', expected a whole number"),
    ],
)
def test_remap_bad_rows(tmp_path, old, new, message):
    assert REMAP.count(old) == 1
    path = write(tmp_path / "remap.bed.gz", REMAP.replace(old, new))
    with pytest.raises(InputError, match=rf"{path}, {message}"):
        remap.read_summits(path, ["CTCF"])


def test_remap_without_the_tf(tmp_path):
    path = write(tmp_path / "remap.bed", REMAP)
    with pytest.raises(InputError, match=r"remap.bed: found no data set of TF 'CTFC'; did you mean 'CTCF'"):
        remap.read_summits(path, ["JUND", "CTFC"])
    with pytest.raises(InputError, match=r"empty.bed: found no data set of any TF"):
        remap.read_summits(write(tmp_path / "empty.bed", ""), ["JUND"])


def test_remap_bad_files(tmp_path):
    whole = gzip.compress(REMAP.encode())
    with pytest.raises(InputError, match=r"truncated.bed.gz: the gzip file is truncated"):
        remap.read_summits(write(tmp_path / "truncated.bed.gz", whole[:-12]), ["CTCF"])
    with pytest.raises(InputError, match=r"plain.bed.gz: found a damaged gzip file"):
        remap.read_summits(write(tmp_path / "plain.bed.gz", REMAP.encode()), ["CTCF"])
    with pytest.raises(InputError, match=r"absent.bed.gz: no such file"):
        remap.read_summits(tmp_path / "absent.bed.gz", ["CTCF"])


def test_remap_checks_the_rows_of_wanted_tfs_only(tmp_path):
    broken = REMAP.replace("chr1\t160\t420\tGSE2.CTCFL.MCF-7\t3\t.\t", "\nCTCFL\tx\t\r\n.ctcf-like.JUND_KO\t")
    summits = remap.read_summits(write(tmp_path / "remap.bed", broken), ["CTCF"])
    assert summits["start"].tolist() == [250, 10]
    with pytest.raises(InputError, match=r"line 4: found 3 tab-separated columns, expected 9 or more"):
        remap.read_summits(tmp_path / "remap.bed", ["CTCF", "MYC"])  # to name the TFs there are, all rows are read


def test_remap_a_tf_in_the_biotype_of_another(tmp_path):
    text = REMAP + "chr3\t10\t90\tGSE3.JUND.K-562.CTCF.KO\t7\t.\t20\t21\t4,5,6\n"
    path = write(tmp_path / "remap.bed", text)
    assert remap.read_summits(path, ["CTCF"])["start"].tolist() == [250, 10]
    assert remap.read_summits(path, ["CTCF", "JUND"])["biotype"].tolist()[-1] == "K-562.CTCF.KO"


@pytest.mark.parametrize("size", [1, 7, 50, 60, 1000])
def test_remap_in_blocks(tmp_path, monkeypatch, size):
    path = write(tmp_path / "remap.bed.gz", REMAP.removesuffix("\n").replace("\n", "\r\n"))
    whole = remap.read_summits(path, ["CTCF", "JUND"])
    monkeypatch.setattr(rows.read_blocks, "__defaults__", (size,))
    pd.testing.assert_frame_equal(remap.read_summits(path, ["CTCF", "JUND"]), whole)
    assert whole["start"].tolist() == [250, 300, 10]


@pytest.mark.parametrize("size", [1, 1000, 2**19])
def test_blocks_of_any_gzip_file(tmp_path, size):
    texts = [b"abc\nd", b"", b"ef\n" * 700, bytes(range(11, 256)) * 9]
    members = [gzip.compress(text) for text in texts]
    path = tmp_path / "file.gz"
    for packed in (b"".join(members), b"\0\0".join(members) + b"\0\0\0"):
        path.write_bytes(packed)
        blocks = list(rows.read_blocks(path, size))
        whole = b"".join(texts) + b"\n"
        assert b"".join(lines for _, lines in blocks) == whole
        assert all(lines.endswith(b"\n") for _, lines in blocks)
        assert [number for number, _ in blocks][:3] == [1, 2, 3][: len(blocks)] or size > 1
    path.write_bytes(b"")
    assert not list(rows.read_blocks(path, size))
    for cut in (1, 9, len(members[0]) + 3, len(b"".join(members)) - 1):
        path.write_bytes(b"".join(members)[:cut])
        with pytest.raises(InputError, match=r"file.gz: the gzip file is truncated"):
            list(rows.read_blocks(path, size))
    for damaged in (members[2] + b"text", members[2][:-6] + b"xx" + members[2][-4:]):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"file.gz: found a damaged gzip file"):
            list(rows.read_blocks(path, size))


def test_remap_memory_does_not_grow_with_the_catalogue(tmp_path):
    row = "chr1\t100\t400\tGSE9.MYC.K-562\t12.5\t.\t250\t251\t1,2,3\n"
    path = write(tmp_path / "remap.bed.gz", REMAP + row * 1_000_000)  # 50 MB
    tracemalloc.start()
    assert len(remap.read_summits(path, ["CTCF"])) == 2
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15e6


def test_remap_round_trip(tmp_path):
    peaks = pd.DataFrame(
        {
            "chrom": ["chr1", "chr1"],
            "start": [100, 150],
            "end": [400, 420],
            "experiment": ["GSE1", "GSE2"],
            "tf": ["CTCF", "JUND"],
            "biotype": ["K-562", "MCF-7_E2.1h"],
            "score": [12, 3],
            "summit": [250, 300],
            "rgb": ["1,2,3", "1,2,3"],
        }
    )
    path = tmp_path / "remap.bed.gz"
    remap.write_peaks(path, peaks)
    assert gzip.decompress(path.read_bytes()).decode() == (
        "chr1\t100\t400\tGSE1.CTCF.K-562\t12\t.\t250\t251\t1,2,3\n"
        "chr1\t150\t420\tGSE2.JUND.MCF-7_E2.1h\t3\t.\t300\t301\t1,2,3\n"
    )
    summits = remap.read_summits(path, ["CTCF", "JUND"])
    assert summits["start"].tolist() == [250, 300]
    assert summits["biotype"].tolist() == ["K-562", "MCF-7_E2.1h"]


def test_unibind_sites(tmp_path):
    sites = unibind.read_sites(write_tar(tmp_path / "sites.tar.gz", MEMBERS), ["ctcf"])
    expected = pd.DataFrame(
        {
            "chrom": ["chr1", "chr2", "chr1"],
            "start": [200, 20, 500],
            "end": [219, 39, 519],
            "tf": ["ctcf", "ctcf", "ctcf"],
            "experiment": ["ENCSR1", "ENCSR1", "ENCSR2"],
            "sample": ["K562_leukemia", "K562_leukemia", "MCF-7.E2.1h"],
            "matrix": ["MA0139.1", "MA0139.1", "MA0139.1"],
            "strand": ["-", "+", "."],
        }
    )
    pd.testing.assert_frame_equal(sites, expected)


def test_unibind_skips_unwanted_members_unread(tmp_path):
    members = MEMBERS | {
        "ENCSR4.A549.MYC.MA0147.3.damo.bed": "this is no BED\n",
        "ENCSR5.A549.JUND.MA0491.2.damo.bed": "",
    }
    sites = unibind.read_sites(write_tar(tmp_path / "sites.tar.gz", members), ["JUND"])
    assert sites[["chrom", "start", "end", "strand"]].to_numpy().tolist() == [["chr3", 5, 18, "+"]]


@pytest.mark.parametrize(
    ("member", "text", "message"),
    [
        (
            "A.B.CTCF.MA0139.1.damo.bed",
            "chr1\t5\t9\n\n9\n\n",
            r", line 3: found 1 tab-separated column, expected 3 or more",
        ),
        ("A.B.CTCF.MA0139.1.damo.bed", "chr1\t5\tx\n", r", line 1, column 3: found 'x', expected a whole number"),
        ("A.B.CTCF.MA0139.1.damo.bed", "chr1\t5\t9\tx\t0\t*\n", r", line 1, column 6: found the strand '\*'"),
        ("f/B.CTCF.MA0139.1.damo.bed", "", r": expected a name EXPERIMENT.SAMPLE.TF.MATRIX.VERSION.damo.bed"),
        ("CTCF.bed", "", r": expected a name EXPERIMENT.SAMPLE.TF.MATRIX.VERSION.damo.bed"),
    ],
)
def test_unibind_bad_members(tmp_path, member, text, message):
    path = write_tar(tmp_path / "sites.tar.gz", {member: text})
    with pytest.raises(InputError, match=rf"{path}, {member}{message}"):
        unibind.read_sites(path, ["CTCF"])


def test_unibind_without_the_tf(tmp_path):
    path = write_tar(tmp_path / "sites.tar.gz", MEMBERS)
    with pytest.raises(InputError, match=r"sites.tar.gz: found no data set of TF 'JUN'; did you mean 'JUND'"):
        unibind.read_sites(path, ["CTCF", "JUN"])
    with pytest.raises(InputError, match=r"none.tar.gz: found no data set of any TF"):
        unibind.read_sites(write_tar(tmp_path / "none.tar.gz", {"README": ""}), ["CTCF"])


def test_unibind_truncated_anywhere(tmp_path):
    rows = random.Random(0)
    text = "".join(f"chr1\t{start}\t{start + 19}\n" for start in rows.choices(range(10**8), k=5000))
    whole = write_tar(tmp_path / "whole.tar.gz", MEMBERS | {"A.B.MYC.MA0147.3.damo.bed": text}).read_bytes()
    for size in np.linspace(30, len(whole) - 1, 25).astype(int):
        with pytest.raises(InputError, match=r"cut.tar.gz: the gzip file is truncated"):
            unibind.read_sites(write(tmp_path / "cut.tar.gz", whole[:size]), ["CTCF"])


def test_unibind_bad_archives(tmp_path):
    with pytest.raises(
        InputError, match=r"sites.tar.gz: found text, expected a tar archive; source.urls.unibind takes"
    ):
        unibind.read_sites(write(tmp_path / "sites.tar.gz", "chr1\t5\t9\n" * 1000), ["CTCF"])
    with pytest.raises(InputError, match=r"plain.tar.gz: found a damaged gzip file"):
        unibind.read_sites(write(tmp_path / "plain.tar.gz", b"chr1\t5\t9\n"), ["CTCF"])
    with pytest.raises(InputError, match=r"absent.tar.gz: no such file"):
        unibind.read_sites(tmp_path / "absent.tar.gz", ["CTCF"])
    cut = gzip.decompress(write_tar(tmp_path / "whole.tar.gz", MEMBERS).read_bytes())[: 512 * 2 + 10]
    with pytest.raises(InputError, match=r"cut.tar.gz: found a damaged tar archive"):
        unibind.read_sites(write(tmp_path / "cut.tar.gz", gzip.compress(cut)), ["CTCF"])


def test_unibind_round_trip(tmp_path):
    sites = pd.DataFrame(
        {
            "chrom": ["chr1", "chr2", "chr1"],
            "start": [10, 20, 30],
            "end": [29, 39, 43],
            "tf": ["CTCF", "CTCF", "JUND"],
            "experiment": ["GSE2", "GSE2", "GSE1"],
            "sample": ["K562.x", "K562.x", "A549"],
            "matrix": ["MA0139.1", "MA0139.1", "MA0491.2"],
            "score": [17.25, 12.0, 9.5],
            "strand": ["+", "-", "+"],
        }
    )
    path = tmp_path / "sites.tar.gz"
    unibind.write_archive(path, sites)
    with tarfile.open(path) as archive:
        assert archive.getnames() == ["GSE1.A549.JUND.MA0491.2.damo.bed", "GSE2.K562.x.CTCF.MA0139.1.damo.bed"]
        content = archive.extractfile("GSE2.K562.x.CTCF.MA0139.1.damo.bed").read()
    assert content == b"chr1\t10\t29\tMA0139.1\t17.25\t+\nchr2\t20\t39\tMA0139.1\t12.0\t-\n"
    columns = ["chrom", "start", "end", "tf", "experiment", "sample", "matrix", "strand"]
    expected = sites.iloc[[2, 0, 1]][columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(unibind.read_sites(path, ["CTCF", "JUND"]), expected)


def test_unibind_archive_or_folder(tmp_path):
    """An archive that somebody unpacked, into any folders, is as good."""
    rows = [
        ("chr1", 10, 29, "GSE1", "K562", "CTCF", "MA0139.1", 1.0, "+"),
        ("chr2", 20, 39, "GSE2", "K562", "JUND", "MA0491.2", 2.0, "-"),
    ]
    columns = ["chrom", "start", "end", "experiment", "sample", "tf", "matrix", "score", "strand"]
    sites = pd.DataFrame(rows, columns=columns)
    unibind.write_archive(tmp_path / "sites.tar.gz", sites)
    with tarfile.open(tmp_path / "sites.tar.gz") as archive:
        archive.extractall(tmp_path / "sites")
    from_archive = unibind.read_sites(tmp_path / "sites.tar.gz", ["JUND", "CTCF"])
    pd.testing.assert_frame_equal(unibind.read_sites(tmp_path / "sites", ["JUND", "CTCF"]), from_archive)
    assert len(from_archive) == 2
    with pytest.raises(InputError, match="sites: found no data set of TF 'MAX'"):
        unibind.read_sites(tmp_path / "sites", ["MAX"])


@pytest.mark.parametrize("name", ["dhs.txt", "dhs.txt.gz"])
def test_dhs_clusters(tmp_path, name):
    clusters = encode_dhs.read_clusters(write(tmp_path / name, CLUSTERS))
    expected = pd.DataFrame(
        {
            "chrom": ["chr1", "chr1_KI270706v1_random", "chrX", "chrM"],
            "start": [9980, 5000, 136680, 100],
            "end": [10410, 5200, 136830, 300],
            "name": ["8", "1", "1", "1"],
        }
    )
    pd.testing.assert_frame_equal(clusters, expected)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("586\tchrX", "chrX", r", line 3: found 8 tab-separated columns, expected 9 or more"),
        ("586\tchrX", "bin\tchrX", r", line 3, column 1: found 'bin', expected a whole number"),
        ("136680", "136.680", r", line 3, column 3: found '136.680', expected a whole number"),
        ("136680", "136830", r", line 3: found start 136830 and end 136830, expected start < end"),
        (CLUSTERS, "", r": found an empty file"),
    ],
)
def test_dhs_bad_rows(tmp_path, old, new, message):
    path = write(tmp_path / "dhs.txt.gz", CLUSTERS.replace(old, new))
    with pytest.raises(InputError, match=rf"{path}{message}"):
        encode_dhs.read_clusters(path)


def test_dhs_round_trip(tmp_path):
    clusters = pd.DataFrame(
        {
            "chrom": ["chr1", "chr1"],
            "start": [9980, 136680],
            "end": [10410, 136830],
            "source_ids": [[88, 71], [73]],
            "source_scores": [[72, 38], [29]],
        }
    )
    path = tmp_path / "dhs.txt.gz"
    encode_dhs.write_clusters(path, clusters)
    assert gzip.decompress(path.read_bytes()).decode() == (
        "585\tchr1\t9980\t10410\t2\t72\t2\t88,71,\t72,38,\n586\tchr1\t136680\t136830\t1\t29\t1\t73,\t29,\n"
    )
    assert encode_dhs.read_clusters(path)["start"].tolist() == [9980, 136680]


def test_dhs_sources(tmp_path):
    encode_dhs.write_sources(tmp_path / "sources.txt", ["K562", "HepG2"])
    assert (tmp_path / "sources.txt").read_text() == "1\tK562\n2\tHepG2\n"


def test_ucsc_bins():
    # 131,072 bp to a bin of the smallest kind; intervals over an edge go to a larger bin.
    start = np.array([0, 136680, 131000, 1048500, 67108000, 248000000])
    end = np.array([100, 136830, 131100, 1048600, 67109000, 248000100])
    assert encode_dhs.ucsc_bin(start, end).tolist() == [585, 586, 73, 9, 0, 2477]


def test_dhs_sources_round_trip(tmp_path):
    encode_dhs.write_sources(tmp_path / "sources.txt.gz", ["K562", "HepG2", "K562"])
    cell_types = encode_dhs.read_sources(tmp_path / "sources.txt.gz")
    assert cell_types == {1: "K562", 2: "HepG2", 3: "K562"}
    ids = encode_dhs.source_ids(cell_types, {"blood": ["K562"], "any": ["HepG2", "K562"], "none": []}, "table")
    assert ids == {"blood": {1, 3}, "any": {1, 2, 3}, "none": set()}
    with pytest.raises(InputError, match=r"table: biosample 'b' has the DHS cell type 'K526', .* did you mean 'K562'"):
        encode_dhs.source_ids(cell_types, {"b": ["K526"]}, "table")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\tK562\n2\n", r"line 2: found 1 tab-separated column, expected 2 or more"),
        ("id\tname\n", r"line 1, column 1: found 'id', expected a new whole number"),
        ("1\tK562\n1\tHepG2\n", r"line 2, column 1: found '1', expected a new whole number"),
        ("", r": found an empty file"),
    ],
)
def test_dhs_bad_sources(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        encode_dhs.read_sources(write(tmp_path / "sources.txt", text))


def test_dhs_clusters_of_biosamples(tmp_path):
    path = write(tmp_path / "dhs.txt.gz", CLUSTERS)
    clusters = encode_dhs.read_clusters(path, {"a": {71, 73}, "b": {8}, "c": {88}})
    assert clusters.loc[[0, 2], ["a", "b", "c"]].to_numpy().tolist() == [[True, False, True], [True, False, False]]
    for bad in ("88,71", "88,,", "88,x,", ",", ""):
        path = write(tmp_path / "dhs.txt", CLUSTERS.replace("88,71,", bad))
        assert len(encode_dhs.read_clusters(path)) == 4
        with pytest.raises(
            InputError, match=rf"line 1, column 8: found '{bad}', expected whole numbers, each with a comma"
        ):
            encode_dhs.read_clusters(path, {"a": {71}})


def test_bed_without_the_lines_for_browsers(tmp_path):
    text = "browser position chr1:1-9\ntrack name=x\n#chrom\nchr1\t5\t9\tHigh Signal\n\nchr2\t0\t4\r\n"
    expected = pd.DataFrame({"chrom": ["chr1", "chr2"], "start": [5, 0], "end": [9, 4]})
    for name in ("a.bed", "a.bed.gz"):
        pd.testing.assert_frame_equal(bed.read_bed(write(tmp_path / name, text)), expected)
    empty = bed.read_bed(write(tmp_path / "empty.bed", ""))
    assert list(empty) == ["chrom", "start", "end"] and empty.empty
    for old, new, message in [
        ("chr2\t0\t4", "chr2 0 4", "line 6: found 1 tab-separated column, expected 3 or more"),
        ("chr2\t0\t4", "chr2\t4\t4", "line 6: found start 4 and end 4, expected start < end"),
        ("chr2\t0\t4", "chr2 \t0\t4", "line 6, column 1: found 'chr2 ', expected the name of a chromosome"),
        ("chr2\t0\t4", "chr2\t0\t4\rchr3\t0\t4", "line 6: found a carriage return inside it"),
    ]:
        with pytest.raises(InputError, match=f"a.bed, {message}"):
            bed.read_bed(write(tmp_path / "a.bed", text.replace(old, new)))


@pytest.mark.parametrize(
    ("read", "content", "found", "key"),
    [
        (remap.read_summits, "chr1\t5\t90\tpeak_1\t9\t.\t5.1\t10.2\t8.0\t40\n", "found the name 'peak_1'", "remap"),
        (remap.read_summits, "chr1\t5\t90\n", "line 1: found 3 tab-separated columns", "remap"),
        (unibind.read_sites, "chr1\t5\t90\n", "found text, expected a tar archive", "unibind"),
        (lambda path, _: encode_dhs.read_clusters(path), "chr1\t5\t90\n", "line 1: found 3 tab-separated", "dhs"),
        (
            lambda path, _: encode_dhs.read_clusters(path),
            "chr1\t5\t90\tpeak_1\t9\t.\t5.1\t10.2\t8.0\t40\n",
            "line 1, column 1: found 'chr1'",
            "dhs",
        ),
    ],
)
@pytest.mark.parametrize("name", ["own.bed", "own.bed.gz"])
def test_own_peaks_in_the_place_of_a_catalogue_are_told_what_the_key_takes(tmp_path, read, content, found, key, name):
    with pytest.raises(
        InputError, match=f"{name}.*{found}.*; source.urls.{key} takes .*; other .* have to be written so"
    ):
        read(write(tmp_path / name, content * 40), ["CTCF"])
