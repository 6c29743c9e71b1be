"""Windows around open regions: which are left out, why, and what is told of the others."""

import pandas as pd
import pytest
from cam.data.open_regions import on_chromosomes, usable_windows
from cam.errors import InputError

SIZES = {"chr1": 60, "chr2": 60}
NOWHERE = pd.DataFrame({"chrom": [], "start": [], "end": []})


@pytest.fixture
def genome(tmp_path):
    """Two chromosomes of blocks of ten bases, one unknown; one is another's reverse complement, with a repeat."""
    path = tmp_path / "genome.fa"
    chr1 = ["AAAAAAAAAA", "ACgttACGCA", "GGGGGCCCCC", "NNNNNNNNNN", "AAAAACCCCC", "TTTTTTTTTA"]
    chr2 = ["TGCGTAACGT", "AAAAAAAACC", "AAAAAAAACG", "AAAAAAAAGC", "AAAAAAAAGT", "AAAAAAAATG"]
    path.write_text(f">chr1\n{''.join(chr1)}\n>chr2\n{''.join(chr2)}\n")
    return path


def intervals(*rows, **flags):
    return pd.DataFrame(rows, columns=["chrom", "start", "end"]).assign(**flags)


def test_windows_are_described_and_those_left_out_are_counted(genome):
    opened = intervals(
        ("chr2", 3, 7), ("chr1", 23, 27), ("chr1", 12, 18), ("chr1", 13, 17), ("chr1", 33, 37), ("chr2", 50, 54),
        ("chr1", 0, 4), k562=[True, False, True, False, True, True, True],
    )  # fmt: skip
    regions, steps = usable_windows(opened, 10, "keep", SIZES, genome, intervals(("chr2", 56, 58)))
    assert regions.values.tolist() == [
        ["chr1", 10, 20, "chr1:10-20", True, 0.5, 0.3, 1],
        ["chr1", 20, 30, "chr1:20-30", False, 1.0, 0, 0],
        ["chr2", 0, 10, "chr2:0-10", True, 0.5, 0, 1],
    ]
    assert list(regions.columns) == ["chrom", "start", "end", "name", "k562", "gc", "repeats", "copies"]
    assert dict(steps.values.tolist()) == {
        "left out: window of another, or beyond the chromosome": 2,
        "left out: in the blacklist": 1,
        "left out: over 5% N": 1,
    }


def test_overlapping_windows_are_a_step_of_their_own(genome):
    opened = intervals(("chr2", 3, 7), ("chr2", 8, 12), ("chr2", 23, 27))
    regions, steps = usable_windows(opened, 10, "first", SIZES, genome, NOWHERE)
    assert regions["start"].tolist() == [0, 20]
    assert steps["step"].tolist()[1] == "left out: overlapping another (overlapping: first)"
    assert steps["regions"].tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("rows", "blacklist", "sentence"),
    [
        ([("chr1", 0, 4), ("chr2", 57, 59)], NOWHERE, "regions.width: found 10, but no window .* any of 2 places"),
        ([("chr1", 33, 37)], NOWHERE, "genome.fa: of 1 windows, found none with a known sequence"),
        ([("chr2", 23, 27)], intervals(("chr2", 0, 60)), "found none .* outside the blacklist"),
    ],
)
def test_without_any_window_it_is_one_sentence(genome, rows, blacklist, sentence):
    with pytest.raises(InputError, match=sentence):
        usable_windows(intervals(*rows), 10, "keep", SIZES, genome, blacklist)


def test_open_regions_elsewhere_are_counted():
    opened = intervals(("chr1", 0, 10), ("chr2", 0, 10), ("chrUn_1", 0, 10))
    kept, steps = on_chromosomes(opened, ["chr1", "chr2"], "assembled", SIZES, "dhs.txt", "genome.fa")
    assert kept["chrom"].tolist() == ["chr1", "chr2"]
    assert steps["regions"].tolist() == [0, 1]
    with pytest.raises(InputError, match="dhs.txt: found no row on the chromosomes 'chr2'"):
        on_chromosomes(opened.head(1), ["chr2"], ["chr2"], SIZES, "dhs.txt", "genome.fa")
    with pytest.raises(InputError, match="dhs.txt: found the chromosome '1', which genome.fa calls 'chr1'"):
        on_chromosomes(intervals(("1", 0, 10)), ["chr1"], "assembled", SIZES, "dhs.txt", "genome.fa")
