import numpy as np
import pandas as pd
import pytest
from cam.errors import InputError
from cam.sequences import (
    base_frequencies,
    decode,
    encode,
    gc_content,
    random_sequences,
    read_windows,
    reverse_complement,
)


def test_encode_whole_alphabet():
    np.testing.assert_array_equal(encode(["ACGTN", "acgtr"]), [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]])


def test_decode_is_the_inverse():
    assert decode(encode(["ACGTN", "TTTTT"])) == ["ACGTN", "TTTTT"]


def test_encode_names_the_sequence_of_another_length():
    with pytest.raises(InputError, match="sequence 2: found length 3, expected 4"):
        encode(["ACGT", "ACG"])


def test_reverse_complement():
    assert decode(reverse_complement(encode(["AACGN"]))) == ["NCGTT"]


def test_gc_content_leaves_out_n():
    np.testing.assert_allclose(gc_content(encode(["GCAT", "GCNN", "NNNN"])), [0.5, 1.0, 0.0])


def test_base_frequencies_pool_strands():
    np.testing.assert_allclose(base_frequencies(encode(["AAAC"])), [3 / 8, 1 / 8, 1 / 8, 3 / 8])


def test_random_sequences_have_the_frequencies():
    codes = random_sequences(200, 500, [0.4, 0.1, 0.2, 0.3], np.random.default_rng(0))
    assert codes.dtype == np.uint8
    np.testing.assert_allclose(np.bincount(codes.ravel()) / codes.size, [0.4, 0.1, 0.2, 0.3], atol=0.006)


@pytest.fixture
def genome(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_text(">chr1\nACGTAC\nGTNN\n>chr2\nttttgggg\n")
    return path


def test_read_windows_keeps_the_order_of_the_regions(genome):
    regions = pd.DataFrame({"chrom": ["chr2", "chr1", "chr2"], "start": [3, 6, 0], "end": [7, 10, 4]})
    assert decode(read_windows(genome, regions)) == ["TGGG", "GTNN", "TTTT"]


@pytest.mark.parametrize(
    ("chrom", "start", "end", "sentence"),
    [
        ("chr3", 0, 4, "chromosome 'chr3' is not in it"),
        ("chr2", 5, 9, "region chr2:5-9 leaves the chromosome of 8 bp"),
        ("chr2", -1, 3, "region chr2:-1-3 leaves the chromosome"),
    ],
)
def test_read_windows_outside_the_genome(genome, chrom, start, end, sentence):
    with pytest.raises(InputError, match=sentence):
        read_windows(genome, pd.DataFrame({"chrom": [chrom], "start": [start], "end": [end]}))
