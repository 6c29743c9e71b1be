import pandas as pd
import pytest
from cam.data.chromosomes import choose, expect_agreement, sort_out
from cam.errors import InputError

HUMAN = [f"chr{name}" for name in [*range(1, 23), "X", "Y"]]
# Names as UCSC, Ensembl, SGD, TAIR, FlyBase and the sequence archives give them: chromosomes, and what is none.
GENOMES = {
    "hg38": (HUMAN, "chrM chr1_KI270706v1_random chrUn_KI270302v1 chr6_GL000256v2_alt chr1_KZ208905v1_fix chrEBV"),
    "hg19": (HUMAN, "chrM chr6_apd_hap1 chr4_gl000194_random chrUn_gl000211"),
    "GRCh38": ([name[3:] for name in HUMAN], "MT KI270728.1 GL000009.2"),
    "RefSeq": (["NC_000001.11", "NC_000024.10"], "NC_012920.1 NT_187361.1 NW_003315905.1"),
    "GenBank": (["CM000663.2", "CM000686.2"], "KI270706.1 GL000194.1"),
    "mm10": ([f"chr{name}" for name in [*range(1, 20), "X", "Y"]], "chrM chr4_JH584292_random chrUn_GL456239"),
    "zebrafish": ([f"chr{number}" for number in range(1, 26)], "chrM chrUn_KN149680v1 chr1_KZ114877v1_alt"),
    "fly": (["chr2L", "chr2R", "chr3L", "chr3R", "chr4", "chrX", "chrY"], "chrM chrX_DS483655v1_random chr2LHet chrU"),
    "BDGP6": (["2L", "2R", "3L", "3R", "4", "X", "Y"], "mitochondrion_genome 211000022278279 Unmapped_Scaffold_8"),
    "yeast": (["chrI", "chrII", "chrIV", "chrX", "chrXVI"], "chrM"),
    "SGD": (["I", "II", "XVI"], "Mito"),
    "worm": (["chrI", "chrII", "chrIII", "chrIV", "chrV", "chrX"], "chrM"),
    "Arabidopsis": (["Chr1", "Chr2", "Chr5"], "ChrM ChrC"),
    "wheat": (["1A", "1B", "7D"], "Un Pt Mt"),
    "frog": (["chr1L", "chr1S", "chr9_10L"], "chrM chrUn_NW_016694756v1"),
    "chicken": (["chr1", "chr33", "chrZ", "chrW", "chrLGE64"], "chrM chrUn_AADN03009881 AADN05000001.1"),
    "scaffolds only": (["scaffold_1", "scaffold_2"], "MT"),
}  # fmt: skip


@pytest.mark.parametrize("genome", GENOMES)
def test_chromosomes_are_those_of_the_genome(genome):
    chromosomes, others = GENOMES[genome]
    others = others.split()
    assert choose([*others[:1], *chromosomes, *others[1:]], "assembled") == chromosomes
    assert choose([*chromosomes, *others], "all") == [*chromosomes, *others]
    autosomes = choose([*chromosomes, *others], "autosomes")
    assert autosomes == [name for name in chromosomes if name.removeprefix("chr") not in ("X", "Y", "Z", "W")]


def test_chromosomes_by_name_in_the_order_of_the_genome():
    assert choose(HUMAN, ["chrX", "chr2"]) == ["chr2", "chrX"]
    assert choose(HUMAN, ["chr2", "chr24"]) == ["chr2"]
    with pytest.raises(InputError, match=r"regions\.chromosomes: 'chr24' is not in hg38\.fa; did you mean 'chr"):
        choose(HUMAN, ["chr2", "chr24"], "hg38.fa")


@pytest.mark.parametrize(
    ("chroms", "names", "sentence"),
    [
        (["1", "2"], HUMAN, "bl.bed: found the chromosome '1', which hg.fa calls 'chr1'; expected one spelling"),
        (["chr1", "chr2"], ["1", "2"], "bl.bed: found the chromosome 'chr1', which hg.fa calls '1'"),
        (["chr1", "X"], HUMAN, "bl.bed: found the chromosome 'X', which hg.fa calls 'chrX'"),
        (["Chr1"], HUMAN, "bl.bed: found the chromosome 'Chr1', which hg.fa calls 'chr1'"),
        (["2L"], ["chr2L", "chr2R"], "bl.bed: found the chromosome '2L', which hg.fa calls 'chr2L'"),
        (["chr01"], ["chr1"], "bl.bed: found the chromosome 'chr01', which hg.fa calls 'chr1'"),
        (["NC_1.1"], HUMAN, "bl.bed: found the chromosomes 'NC_1.1', none of which is in hg.fa, whose are 'chr1', "),
        (["chr1"], ["chrI", "chrII"], "bl.bed: found the chromosomes 'chr1', none of which is in hg.fa"),
    ],
)
def test_names_that_do_not_agree_are_one_sentence_with_both_spellings(chroms, names, sentence):
    with pytest.raises(InputError) as caught:
        expect_agreement(chroms, names, "bl.bed", "hg.fa")
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("chroms", [[], ["chr1"], ["chr1", "chrUn_x", "chr24"], ["chrM"], ["chr1", "MT"]])
def test_names_may_differ_in_what_is_left_out(chroms):
    expect_agreement(chroms, [*HUMAN, "chrM"], "bl.bed", "hg.fa")


def test_what_is_left_out_is_counted_and_named():
    chroms = pd.Series(["chr1", "chrM", "chr9", "chr1", "chrUn_2", "chrUn_1", "chrUn_3", "chrUn_1"])
    names = ["chr1", "chrM", "chrUn_1", "chrUn_2", "chrUn_3"]
    keep, steps = sort_out(chroms, ["chr1"], "assembled", names)
    assert keep.tolist() == [True, False, False, True, False, False, False, False]
    unplaced = "unplaced or alternative sequence, mitochondria or plastids (regions.chromosomes)"
    assert steps.to_numpy().tolist() == [
        [f"left out: on {unplaced}: chrM, chrUn_1, chrUn_2, …", 5],
        ["left out: on chromosomes that the genome lacks: chr9", 1],
    ]
    assert sort_out(chroms, list(names), "all")[1]["regions"].tolist() == [1, 0]
    listed = sort_out(chroms, ["chr9"], ["chr9"])[1]["step"][0]
    assert listed == ("left out: on chromosomes that are not listed (regions.chromosomes): chr1, chrM, chrUn_1, …")
