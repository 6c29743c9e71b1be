"""Sequences in FASTA files."""

from cam.io.fasta import read_fasta, read_sequences, write_fasta


def test_sequences_are_read_in_order_without_their_names(tmp_path):
    path = tmp_path / "two.fa.gz"
    write_fasta(path, ["b output=1", "a"], ["ACGT", "nnN"])
    assert read_sequences(path) == ["ACGT", "nnN"]
    assert list(read_fasta(path)) == [("b output=1", "ACGT"), ("a", "nnN")]
    (tmp_path / "none.fa").write_text("")
    assert read_sequences(tmp_path / "none.fa") == []
