import gzip
import os
import random
import re
import struct

import numpy as np
import pandas as pd
import pytest
from cam.bases import decode, encode, reverse_complement
from cam.data.sequences import (
    base_frequencies,
    chromosome_sizes,
    copies,
    dinucleotide_frequencies,
    gc_content,
    hash_sequences,
    random_sequences,
    read_masked_windows,
    read_windows,
    shuffle_dinucleotides,
    unpack_genome,
)
from cam.errors import InputError
from cam.io.fasta import read_fasta


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


def test_dinucleotide_frequencies_pool_strands_and_leave_out_n():
    table = dinucleotide_frequencies(encode(["ACNN", "NNNN"]))
    np.testing.assert_allclose(table, table.T[::-1, ::-1])
    assert table[0, 1] == table[2, 3] == table.max()  # AC, and GT on the other strand
    np.testing.assert_allclose(dinucleotide_frequencies(encode(["NNNN"])), np.full((4, 4), 1 / 16))
    assert table.sum() == pytest.approx(1)
    np.testing.assert_allclose(table.sum(axis=0), table.sum(axis=1))


def test_random_sequences_of_first_order_have_the_dinucleotides():
    seen = encode(["ACGTACGTTTAAACGCG" * 3, "TTTTTGCAAAAACCATG" * 3])
    table = dinucleotide_frequencies(seen)
    codes = random_sequences(2000, 100, table, np.random.default_rng(0))
    np.testing.assert_allclose(dinucleotide_frequencies(codes), table, atol=0.003)
    assert np.bincount(codes[:, 0], minlength=4) / 2000 == pytest.approx(table.sum(axis=1), abs=0.03)
    np.testing.assert_allclose(np.bincount(codes[:, 1:].ravel()) / (2000 * 99), table.sum(axis=1), atol=0.004)


def dinucleotides(codes):
    return [np.bincount(row[:-1] * 5 + row[1:], minlength=25).tolist() for row in codes.astype(int)]


def test_shuffles_keep_dinucleotides():
    rng = np.random.default_rng(0)
    codes = rng.choice(5, size=(500, 100), p=[0.3, 0.2, 0.2, 0.28, 0.02]).astype(np.uint8)
    repeats = encode(["AC" * 25 + "GT" * 25, "A" * 50 + "C" * 50, "AC" * 49 + "GA", "ACGTN" * 20, "A" * 100])
    codes = np.concatenate([codes, np.repeat(repeats, 20, axis=0)])
    shuffled = shuffle_dinucleotides(codes, rng)
    assert shuffled.dtype == np.uint8
    assert dinucleotides(shuffled) == dinucleotides(codes)
    np.testing.assert_array_equal(shuffled[:, [0, -1]], codes[:, [0, -1]])
    assert (shuffled == codes)[:500].mean() < 0.4
    again = shuffle_dinucleotides(codes, np.random.default_rng(3))
    np.testing.assert_array_equal(again, shuffle_dinucleotides(codes, np.random.default_rng(3)))


def test_shuffles_are_drawn_uniformly():
    walks = decode(shuffle_dinucleotides(encode(["AACATCA"] * 12_000), np.random.default_rng(1)))
    counts = {walk: walks.count(walk) for walk in set(walks)}
    # A A and A T C and A C are the three loops from A to A: 3! orders.
    assert sorted(counts) == ["AACATCA", "AATCACA", "ACAATCA", "ACATCAA", "ATCAACA", "ATCACAA"]
    assert min(counts.values()) > 1850 and max(counts.values()) < 2150


def test_short_sequences_have_no_other_order():
    for sequence in ("", "A", "AC"):
        assert decode(shuffle_dinucleotides(encode([sequence]), np.random.default_rng(0))) == [sequence]
    assert shuffle_dinucleotides(np.zeros((0, 9), dtype=np.uint8), np.random.default_rng(0)).shape == (0, 9)


@pytest.fixture
def genome(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_text(">chr1\nACGTAC\nGTNN\n>chr2\nttttgggg\n")
    return path


def test_read_windows_keeps_the_order_of_the_regions(genome):
    regions = pd.DataFrame({"chrom": ["chr2", "chr1", "chr2"], "start": [3, 6, 0], "end": [7, 10, 4]})
    assert decode(read_windows(genome, regions)) == ["TGGG", "GTNN", "TTTT"]


def test_bases_in_lower_case_are_repeats(genome):
    genome.write_text(">chr1\nACGtaC\nGTNN\n>chr2\nttttggGG\n")
    regions = pd.DataFrame({"chrom": ["chr2", "chr1", "chr2", "chr1"], "start": [3, 6, 0, 3], "end": [7, 10, 4, 7]})
    codes, repeats = read_masked_windows(genome, regions)
    assert decode(codes) == ["TGGG", "GTNN", "TTTT", "TACG"]
    assert repeats.tolist() == [0.75, 0, 1, 0.5]
    assert read_masked_windows(genome, regions[:0])[1].shape == (0,)


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


@pytest.mark.parametrize("letter", ["E", "*", "-", "1", " ", "é"])
def test_letters_that_no_base_has(tmp_path, letter):
    with pytest.raises(InputError, match=rf"sequence 2: found the character '{re.escape(letter)}', expected DNA"):
        encode(["ACGT", f"AC{letter}T"])
    path = tmp_path / "genome.fa"
    path.write_text(f">chr1\nACGTAC{letter}TNN\n", encoding="latin-1")
    window = pd.DataFrame({"chrom": ["chr1"], "start": [4], "end": [8]})
    with pytest.raises(InputError, match=r"genome.fa: .*(found the character|cannot be)"):
        read_windows(path, window)


def test_iupac_codes_are_unknown_bases():
    assert decode(encode(["ACGTNRYSWKMBDHV", "acgtnryswkmbdhv"])) == ["ACGT" + 11 * "N"] * 2


def test_a_genome_that_was_cut_off_after_it_was_indexed(genome):
    assert chromosome_sizes(genome) == {"chr1": 10, "chr2": 8}
    index = genome.with_name("genome.fa.fai")
    genome.write_text(genome.read_text()[:-5])
    os.utime(index, (2e9, 2e9))  # so that it is taken for the newer of the two
    with pytest.raises(InputError, match=r"genome.fa.fai: found a chromosome 'chr2' that is not within the 28 bytes"):
        chromosome_sizes(genome)


def test_unpack_genome(genome, tmp_path):
    packed = tmp_path / "packed.fa.gz"
    packed.write_bytes(gzip.compress(genome.read_bytes()))
    assert unpack_genome(packed, tmp_path / "plain.fa", tmp_path / "sizes") == {"chr1": 10, "chr2": 8}
    assert (tmp_path / "plain.fa").read_bytes() == genome.read_bytes()
    assert (tmp_path / "plain.fa.fai").exists()
    assert (tmp_path / "sizes").read_text() == "chr1\t10\nchr2\t8\n"


def block_gzip(content, size=7):
    """As bgzip writes it: small gzip members, one after the other, and an empty one at the end."""
    parts = [content[begin : begin + size] for begin in range(0, len(content), size)]
    return b"".join(map(gzip.compress, [*parts, b""]))


@pytest.mark.parametrize("name", ["genome.fa.bgz", "genome.fa.gz", "genome.bgz", "genome.fasta.gzip", "genome"])
def test_a_gzipped_genome_of_any_name(genome, tmp_path, name):
    packed = tmp_path / "packed" / name
    packed.parent.mkdir()
    packed.write_bytes(block_gzip(genome.read_bytes()))
    assert unpack_genome(packed, tmp_path / "plain.fa", tmp_path / "sizes") == {"chr1": 10, "chr2": 8}
    assert (tmp_path / "plain.fa").read_bytes() == genome.read_bytes()


def test_a_damaged_bgz_is_one_sentence(genome, tmp_path):
    packed = tmp_path / "packed.fa.bgz"
    for content, sentence in {
        block_gzip(genome.read_bytes())[:-30]: "the gzip file is truncated; copy or download it again",
        genome.read_bytes(): "found a damaged gzip file (.*); copy or download it again",
    }.items():
        packed.write_bytes(content)
        with pytest.raises(InputError, match=f"packed.fa.bgz: {sentence}"):
            unpack_genome(packed, tmp_path / "plain.fa", tmp_path / "sizes")
        assert not (tmp_path / "plain.fa").exists()


def twobit(sequences, order="<"):
    """A 2bit file, as UCSC describes it: T C A G are 0 1 2 3; N and small letters are blocks beside them."""

    def blocks(pattern, sequence):
        found = [match.span() for match in re.finditer(pattern, sequence)]
        values = [len(found), *(start for start, _ in found), *(end - start for start, end in found)]
        return struct.pack(f"{order}{len(values)}I", *values)

    records = []
    for sequence in sequences.values():
        code = ["TCAG".find(base) % 4 for base in sequence.upper().replace("N", "T")] + [0] * (-len(sequence) % 4)
        packed = bytes(sum(code[n + k] << (6 - 2 * k) for k in range(4)) for n in range(0, len(code), 4))
        records.append(
            struct.pack(f"{order}I", len(sequence))
            + blocks("[Nn]+", sequence)
            + blocks("[a-z]+", sequence)
            + bytes(4)
            + packed
            + bytes(-len(packed) % 4)
        )
    offset = 16 + sum(5 + len(name) for name in sequences)
    index = b""
    for name, record in zip(sequences, records, strict=True):
        index += bytes([len(name)]) + name.encode() + struct.pack(f"{order}I", offset)
        offset += len(record)
    return struct.pack(f"{order}4I", 0x1A412743, 0, len(sequences), 0) + index + b"".join(records)


def some_genome(rng):
    letters = "".join(rng.choice("ACGT") for _ in range(400))
    return {
        "chr1": f"NNNNN{letters[:150]}{letters[150:230].lower()}nnNNN{letters[230:333]}N",
        "chr2": letters[333:].lower(),
        "chrUn_KI270302v1": "ACGT",
    }


@pytest.mark.parametrize("order", "<>")
def test_a_2bit_genome_is_the_same_as_its_fasta(tmp_path, monkeypatch, order):
    sequences = some_genome(random.Random(0))
    fasta, packed = tmp_path / "genome.fa", tmp_path / "genome.2bit"
    fasta.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in sequences.items()))
    packed.write_bytes(twobit(sequences, order))
    monkeypatch.setattr("cam.data.sequences._AT_ONCE", 120)
    lengths = unpack_genome(packed, tmp_path / "plain.fa", tmp_path / "sizes")
    assert lengths == {name: len(sequence) for name, sequence in sequences.items()}
    assert dict(read_fasta(tmp_path / "plain.fa")) == sequences
    regions = pd.DataFrame([(c, start, start + 4) for c, n in lengths.items() for start in range(n - 3)])
    regions.columns = ["chrom", "start", "end"]
    np.testing.assert_array_equal(read_windows(tmp_path / "plain.fa", regions), read_windows(fasta, regions))


def test_a_damaged_2bit_genome_is_one_sentence(tmp_path):
    rng = random.Random(0)
    whole = twobit(some_genome(rng))
    packed, plain = tmp_path / "genome.2bit", tmp_path / "plain.fa"
    damaged = [whole[:size] for size in range(4, len(whole), 11)]
    damaged += [twobit({"two names": "ACGT"}), twobit({"chr1\n": "ACGT"}), twobit({"": "ACGT"})]
    damaged.append(whole[:33] + b"\xff\xff\xff\xff" + whole[37:])
    for content in damaged:
        packed.write_bytes(content)
        with pytest.raises(
            InputError, match=r"genome.2bit: found a damaged 2bit file \(.+\); copy or download it again"
        ):
            unpack_genome(packed, plain, tmp_path / "sizes")
        assert not plain.exists()


def test_copies_on_either_strand():
    codes = encode(["AACG", "TTTT", "CGTT", "ACGT", "AAAA", "AACG", "NACG"])
    assert copies(hash_sequences(codes)).tolist() == [1, 2, 1, 0, 2, 1, 0]
    assert copies(hash_sequences(codes[:1])).tolist() == [0]
