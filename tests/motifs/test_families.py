import itertools

import numpy as np
import pytest
from cam.errors import InputError
from cam.motifs.families import find_families, score_correlation
from cam.motifs.formats import Motif, jaspar_motifs
from cam.motifs.matrices import pwm, reverse_complement


def exact_motif(matrix_id, name, site):
    return Motif(matrix_id, name, np.eye(4)[["ACGT".index(base) for base in site]], 100)


def scores_of_all_words(ppm, before, after):
    """Scores of all words of `before + length + after` bases, the motif `before` bases from their beginning."""
    log_odds = pwm(ppm, 9, pseudocount=1)
    words = np.array(list(itertools.product(range(4), repeat=before + len(ppm) + after)))
    return log_odds[np.arange(len(ppm)), words[:, before : before + len(ppm)]].sum(axis=1)


def test_score_correlation_is_that_of_the_scores_of_all_words():
    rng = np.random.default_rng(0)
    short, long = (rng.dirichlet(np.full(4, 0.5), size=width) for width in (2, 3))
    best = 0
    for other in (short, reverse_complement(short)):
        for offset in range(-1, 3):
            before, after = max(0, -offset), max(0, offset + 2 - 3)
            one = scores_of_all_words(long, before, after)
            two = scores_of_all_words(other, offset + before, 3 + before + after - (offset + before + 2))
            best = max(best, np.corrcoef(one, two)[0, 1])
    found = score_correlation([Motif("short", "short", short, 20), Motif("long", "long", long, 5000)])
    np.testing.assert_allclose(found, [[1, best], [best, 1]], rtol=1e-11)
    assert 0.1 < best < 0.9


def test_score_correlation_of_parts_and_strands():
    whole = exact_motif("M1", "whole", "GATTACAG")
    others = {
        "GATTACAG": 1,
        "CTGTAATC": 1,  # its reverse complement
        "GATTAC": np.sqrt(6 / 8),
        "TTTGATTACAGAAAAA": np.sqrt(8 / 16),
        "TTTGATTACAAAAAAA": (7 - 1 / 3) / np.sqrt(8 * 16),  # a mismatch counts against it
    }
    motifs = [whole, *(exact_motif(site, site, site) for site in others)]
    correlation = score_correlation(motifs)
    np.testing.assert_allclose(correlation[0], [1, *others.values()])
    np.testing.assert_array_equal(correlation, correlation.T)


def test_score_correlation_counts_for_nothing_what_has_no_information():
    core = exact_motif("M1", "core", "GATTACAG").ppm
    flank = np.full((5, 4), 0.25)
    motifs = [
        Motif("a", "a", core, 20),
        Motif("b", "b", np.vstack([flank, core, flank]), 20),
        Motif("c", "c", flank, 9),
    ]
    np.testing.assert_allclose(score_correlation(motifs), [[1, 1, 0], [1, 1, 0], [0, 0, 1]], atol=1e-12)


def test_find_families():
    motifs = [
        exact_motif("M1", "alone", "CCGGAAGTCC"),
        exact_motif("M2", "longer", "TGATTACAGTA"),
        exact_motif("M3", "centre", "GATTACAGT"),
        exact_motif("M4", "other strand", "ACTGTAATC"),
        exact_motif("M5", "shorter", "GATTACA"),
    ]
    table = find_families(motifs)
    assert table[["cluster", "motif_id", "tf"]].values.tolist() == [
        ["centre", "M3", "centre"],
        ["centre", "M4", "other strand"],
        ["centre", "M2", "longer"],
        ["centre", "M5", "shorter"],
        ["alone", "M1", "alone"],
    ]
    np.testing.assert_allclose(table["correlation"], [1, 1, np.sqrt(9 / 11), np.sqrt(7 / 9), 1])


def test_families_of_one_name_have_the_matrix_id_with_it():
    motifs = [
        exact_motif("M1", "CTCF", "GATTACAG"),
        exact_motif("M2", "CTCF", "CCGGAAGT"),
        exact_motif("M3", "X", "AAAAAA"),
    ]
    assert find_families(motifs)["cluster"].tolist() == ["CTCF (M1)", "CTCF (M2)", "X"]
    assert find_families(motifs[:1])["cluster"].tolist() == ["CTCF"]


def test_families_of_no_motif():
    with pytest.raises(InputError, match="motif families: found no motifs, expected at least one"):
        find_families([])


@pytest.fixture(scope="module")
def jaspar():
    return find_families(jaspar_motifs("JASPAR2020"))


def test_jaspar_is_much_fewer_families_than_profiles(jaspar):
    sizes = jaspar["cluster"].value_counts()
    assert (len(jaspar), jaspar["motif_id"].nunique()) == (746, 746)
    assert 150 <= len(sizes) <= 200
    assert sizes.max() < 100
    assert (sizes == 1).sum() < 100
    assert sizes[jaspar["cluster"].unique()].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("tfs", "size"),
    [
        (["JUND", "JUNB", "FOS::JUN", "FOSL1", "BATF", "BATF3", "BACH1", "NFE2"], (25, 35)),
        (["JUND(var.2)", "JUN", "ATF7", "CREB1", "ATF3"], (20, 28)),  # one base more between the half-sites
        (["FOXA1", "FOXA2", "FOXK2", "Foxo1", "FOXC1"], (25, 32)),
        (["ETS1", "GABPA", "ELK4", "FLI1", "SPI1"], (24, 30)),
        (["GATA1", "GATA2", "GATA4", "GATA1::TAL1"], (6, 9)),
        (["MAX", "MYC", "USF1", "HES5", "CLOCK"], (30, 36)),  # E-box CACGTG
        (["Atoh1", "NEUROD1", "OLIG2", "TAL1::TCF3"], (20, 26)),  # E-box CATATG
        (["TEAD1", "TEAD2", "TEAD3", "TEAD4"], (4, 4)),
        (["CTCF", "CTCFL"], (2, 2)),
        (["REST"], (1, 1)),
        (["ZNF143"], (1, 1)),
        (["NRF1"], (1, 1)),
    ],
)
def test_families_of_tfs_are_families_of_jaspar(jaspar, tfs, size):
    (family,) = jaspar.loc[jaspar["tf"].isin(tfs), "cluster"].unique()
    assert set(tfs) <= set(jaspar["tf"])
    assert size[0] <= (jaspar["cluster"] == family).sum() <= size[1]
