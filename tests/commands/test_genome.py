"""A genome, looked into: in which form, how far, and that the names of its chromosomes are found wherever parts end."""

import gzip

import pytest
from cam.commands.genome import disagreement, looked_into
from cam.errors import InputError

FASTA = ">chr1 first\nACGTACGTNN\nacg\n>chr2\r\nTTTT\r\n>chr3\n>chrUn_4 >not this\nAC"
NAMES = ["chr1", "chr2", "chr3", "chrUn_4"]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_bytes(FASTA.encode())
    return path


@pytest.mark.parametrize("part", [*range(1, 45), 1000])
def test_names_are_found_whatever_the_parts(path, monkeypatch, part):
    monkeypatch.setattr("cam.commands.genome._INDEXED", 0)
    monkeypatch.setattr("cam.commands.genome._PART", part)
    packed = path.with_name("packed.fa.gz")
    packed.write_bytes(gzip.compress(FASTA.encode()))
    for name in (path, packed):
        with looked_into(str(name)) as genome:
            assert (genome.names, genome.sizes, genome.fetch) == (NAMES, None, None)


def test_a_small_genome_is_read_and_its_folder_left_alone(tmp_path):
    text = ">chr1 first\nACGTACGTNN\nacg\n>chr2\nTTTT\n"
    packed = tmp_path / "small.fa.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    (tmp_path / "small.fa").write_text(text)
    for path in (packed, tmp_path / "small.fa"):
        with looked_into(str(path)) as genome:
            assert genome.sizes == {"chr1": 13, "chr2": 4} and genome.unseen == ""
            assert (genome.fetch("chr1", 8, 12), genome.fetch("chr2", 0, 4)) == ("NNac", "TTTT")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.fa", "small.fa.gz"]


def test_an_index_is_used_where_there_is_one(path, monkeypatch):
    monkeypatch.setattr("cam.commands.genome._SCANNED", 0)
    monkeypatch.setattr("cam.commands.genome._INDEXED", 0)
    with looked_into(str(path)) as genome:
        assert genome.names is None and genome.unseen.endswith("so it was not looked into")
    path.with_name("genome.fa.fai").write_text("chr1\t13\t12\t10\t11\n")
    with looked_into(str(path)) as genome:
        assert genome.sizes == {"chr1": 13} and genome.fetch("chr1", 0, 4) == "ACGT"


def test_assemblies_addresses_and_what_is_no_genome(path):
    for name in ("hg38", "https://example.org/genome.fa.gz"):
        with looked_into(name) as genome:
            assert (genome.names, genome.unseen.startswith(name)) == (None, True)
    path.write_text("chr1\t1\t2\n")
    with pytest.raises(InputError, match="genome.fa"), looked_into(str(path)):
        pass


def test_clashes():
    assert disagreement(["chr1"], ["chr1", "chr2"], "a.bed", "g.fa") == ""
    assert "which g.fa calls 'chr1'" in disagreement(["1"], ["chr1"], "a.bed", "g.fa")
    with looked_into("hg38") as genome:
        assert "which hg38, from UCSC, does not have" in genome.clash(["1", "2", "X", "GL000192.1"], "a.bed")
        assert genome.clash(["chr1", "chr2"], "a.bed") == ""
    with looked_into("https://example.org/1.fa") as genome:
        assert genome.clash(["1", "2"], "a.bed") == ""
