import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from cam.errors import InputError
from cam.motifs.formats import UNIFORM, Motif, jaspar_motifs, read_motifs, write_meme
from cam.motifs.matrices import consensus, information_content, pwm, reverse_complement, smooth, trim
from cam.motifs.scan import SCORE_STEP, count_hits, find_hits, integer_scores, score_threshold
from conftest import ROOT

SHARED = Path(os.environ.get("CAM_SHARED_DATA", ROOT.parent / "shared" / "data")) / "explainn"

PPM = np.array([[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0.1, 0.2, 0.3, 0.4]])

MEME = """MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.3 C 0.2 G 0.2 T 0.3

MOTIF MA0001.1 FOS::JUN (var. 2)
letter-probability matrix: alength= 4 w= 2 nsites= 24 E= 0
 0.125000  0.375000  0.500000  0.000000
 1.000000  0.000000  0.000000  0.000000
URL http://example.org/MA0001.1

MOTIF unit1
letter-probability matrix: alength= 4 w= 1
0.25\t0.25\t0.25\t0.25
"""


def meme_file(tmp_path, text):
    path = tmp_path / "motifs.meme"
    path.write_text(text)
    return path


def test_write_meme(tmp_path):
    path = tmp_path / "motifs.meme"
    motifs = [Motif("MA0001.1", "Ahr::Arnt", np.array([[1 / 3, 2 / 3, 0, 0]]), 24), Motif("unit1", "unit1", PPM[:1], 7)]
    write_meme(path, motifs, [0.3, 0.2, 0.2, 0.3])
    assert path.read_text() == (
        "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n"
        "Background letter frequencies\nA 0.300000 C 0.200000 G 0.200000 T 0.300000\n\n"
        "MOTIF MA0001.1 Ahr::Arnt\nletter-probability matrix: alength= 4 w= 1 nsites= 24 E= 0\n"
        "0.33333333 0.66666667 0.00000000 0.00000000\n\n"
        "MOTIF unit1\nletter-probability matrix: alength= 4 w= 1 nsites= 7 E= 0\n"
        "1.00000000 0.00000000 0.00000000 0.00000000\n"
    )


def test_read_meme(tmp_path):
    (first, second), background = read_motifs(meme_file(tmp_path, MEME))
    assert (first.matrix_id, first.name, first.n_sites) == ("MA0001.1", "FOS::JUN (var. 2)", 24)
    np.testing.assert_array_equal(first.ppm, [[0.125, 0.375, 0.5, 0], [1, 0, 0, 0]])
    assert (second.matrix_id, second.name, second.n_sites) == ("unit1", "unit1", 20)
    np.testing.assert_array_equal(second.ppm, [[0.25] * 4])
    np.testing.assert_allclose(background, [0.3, 0.2, 0.2, 0.3])


def test_read_meme_without_background_is_uniform(tmp_path):
    _, background = read_motifs(meme_file(tmp_path, MEME.replace("Background letter frequencies\nA 0.3", "URL A 0.3")))
    np.testing.assert_array_equal(background, UNIFORM)


def test_meme_round_trip(tmp_path):
    motifs = jaspar_motifs("JASPAR2020")
    path = tmp_path / "jaspar.meme.gz"
    write_meme(path, motifs)
    again, _ = read_motifs(path)
    for before, after in zip(motifs, again, strict=True):
        assert (before.matrix_id, before.name, before.n_sites) == (after.matrix_id, after.name, after.n_sites)
        np.testing.assert_allclose(before.ppm, after.ppm, atol=1e-8)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "MEME version 4",
            "meme",
            r"motifs\.meme, line 1: found 'meme', expected motifs in the MEME Suite's text format",
        ),
        ("ALPHABET= ACGT", "ALPHABET= ACGU", r"line 3: found 'ALPHABET= ACGU', expected 'ALPHABET= ACGT'"),
        ("A 0.3 C", "A 0.5 C", r"line 8: found 'A 0\.5 .*', expected 'A … C … G … T …' with frequencies that sum to 1"),
        ("A 0.3 C", "C 0.3 A", r"line 8: found 'C 0\.3 .*', expected 'A … C … G … T …'"),
        ("MOTIF MA0001.1 FOS::JUN (var. 2)", "MOTIF", r"line 10: found 'MOTIF', expected 'MOTIF' and a name"),
        ("w= 2", "w= 0", r"line 11: .* expected a width 'w= …' of at least 1, or none, for motif MA0001\.1"),
        ("w= 2", "w= two", r"line 11: .* expected a width"),
        ("w= 2", "w 2", r"line 11: .* expected keys with values, such as 'w= 8 nsites= 20', for motif MA0001\.1"),
        (
            "alength= 4",
            "alength= 20",
            r"line 11: .* expected 'alength= 4' for motif MA0001\.1, since DNA has four bases",
        ),
        ("nsites= 24", "nsites= many", r"line 11: .* expected 'nsites= ' and a number for motif MA0001\.1"),
        ("nsites= 24", "nsites= 1e400", r"line 11: .* expected 'nsites= ' and a number for motif MA0001\.1"),
        ("w= 2", "w= " + "9" * 5000, r"line 11: .* expected a width"),
        ("w= 2", "w= 3", r"line 14: found 'URL .*', expected four probabilities that sum to 1, row 3 of 3 of motif MA"),
        (
            "w= 2",
            "w= 1",
            r"line 13: found '1\.000000 .*', expected no more than 1 rows for motif MA0001\.1; correct its 'w='",
        ),
        ("0.125000", "0.425000", r"line 12: .* row 1 of 2"),
        ("0.125000", "-0.12500", r"line 12: .* row 1 of 2"),
        ("0.125000", "nan", r"line 12: .* row 1 of 2"),
        ("0.125000", "A", r"line 12: .* row 1 of 2"),
        (" 0.125000 ", "", r"line 12: .* row 1 of 2"),
        ("0.25\t0.25\t0.25\t0.25\n", "", r"line 17: found 'the end of the file', expected four prob.* of motif unit1"),
        (MEME, "", r"line 1: found 'the end of the file', expected motifs in the MEME Suite's"),
        (MEME[MEME.index("MOTIF") :], "", r"motifs\.meme: found no motif with a matrix, expected at least one"),
        (
            "MOTIF MA0001.1 FOS::JUN (var. 2)\n",
            "",
            r"line 10: found 'letter-.*', expected 'MOTIF' and a name before the",
        ),
        (
            "URL http",
            "letter-probability matrix:\n1 0 0 0\nURL http",
            r"line 14: .* one such matrix for motif MA0001\.1",
        ),
        ("A 0.3 C 0.2 G 0.2 T 0.3\n", "A 0.3 C 0.2\n", r"line 10: found 'MOTIF .*', expected 'A … C … G … T …'"),
        (
            "ALPHABET= ACGT",
            'ALPHABET "RNA" RNA-LIKE\nA\nC\nG\nU\nEND ALPHABET',
            r"line 3: .* expected an alphabet whose",
        ),
    ],
)
def test_read_meme_says_what_is_wrong(tmp_path, old, new, message):
    assert old in MEME
    with pytest.raises(InputError, match=message):
        read_motifs(meme_file(tmp_path, MEME.replace(old, new, 1)))


HEAD = "MEME version 4\n\n"
ROWS = "0.1 0.2 0.3 0.4\n0.7 0.1 0.1 0.1\n0.0 0.0 1.0 0.0\n"
MATRIX = "letter-probability matrix: alength= 4 w= 3 nsites= 20 E= 0\n" + ROWS
SCORES = """log-odds matrix: alength= 4 w= 3 n= 0 bayes= 0 E= 0
 -132 -32 26 68
 149 -132 -132 -132
 -9000 -9000 200 -9000
"""
STREME = """****\nSTREME - Sensitive, Thorough, Rapid, Enriched Motif Elicitation\n****
MEME version 5.5.5 (Release date: Thu Sep 14 08:48:04 2023 +1000)

For further information on how to interpret these results please access https://meme-suite.org/meme.
****\nREFERENCE\n****\n
ALPHABET "DNA" DNA-LIKE
A "Adenine" CC0000 ~ T "Thymine" CC0000
C "Cytosine" 0000CC ~ G "Guanine" FFB300
N "Any base" = ACGT
END ALPHABET

strands: + -

Background letter frequencies (from dataset):
A 0.25 C 0.25 G 0.25 T 0.25

MOTIF 1-AGT STREME-1
"""
DREME = (
    "# DREME 5.1.0\n# Host: x\n"
    + HEAD
    + "ALPHABET= ACGT\n\nMOTIF AGR DREME-1\n\n#   Word    RC Word  Pos\n# BEST AGR\n\n"
)
OUTPUT = """****\nMEME - Motif discovery tool\n****\nMEME version 5.5.5 (Release date: x)\n
DATAFILE= x.fa
ALPHABET= ACGT
Sequence name            Weight Length  Sequence name            Weight Length
-------------            ------ ------  -------------            ------ ------
1                        1.0000    105  2                        1.0000    105
Letter frequencies in dataset:
A 0.3 C 0.2 G 0.2 T 0.3
Background letter frequencies (from file dataset with add-one prior applied):
A 0.25 C 0.25
G 0.25 T 0.25
****
MOTIF AGT MEME-1\twidth =   3  sites =  20  llr = 190  p-value = 1.1e-1  E-value = 1.1e-009
****
\tMotif AGT MEME-1 in BLOCKS format
BL   MOTIF AGT width=3 seqs=20
lacZ (    9) TGT  1
//
\tMotif AGT MEME-1 position-specific scoring matrix
----
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (HEAD + "MOTIF m1 TF1\n" + MATRIX.replace("w= 3 nsites= 20 E= 0", ""), ["m1 TF1"]),
        (HEAD + "MOTIF m1 TF1\nletter-probability matrix:\n" + ROWS, ["m1 TF1"]),
        (HEAD + "MOTIF m1\nletter-probability matrix:\n" + ROWS + "MOTIF m2\n" + MATRIX, ["m1 m1", "m2 m2"]),
        (HEAD + "MOTIF m1 TF1\n" + SCORES + "\n" + MATRIX, ["m1 TF1"]),
        (HEAD + "MOTIF m1 TF1\n" + MATRIX + SCORES + "URL x\n", ["m1 TF1"]),
        (HEAD + "URL http://x\nMOTIF m1 TF1\nURL http://x\n\nsee there\n" + MATRIX, ["m1 TF1"]),
        (HEAD + "Background letter frequencies\nA 0.25\nC 0.25\n\nG 0.25 T\n0.25\nMOTIF m1\n" + MATRIX, ["m1 m1"]),
        (HEAD + "MOTIF m1\n" + MATRIX + "Background letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n", ["m1 m1"]),
        (HEAD + "strands: +\nMOTIF m1\n" + MATRIX.replace("\n", " \t\r\n"), ["m1 m1"]),
        ("\ufeff" + HEAD.lower() + "MOTIF m1\nLetter - Probability  Matrix : w=3 ALENGTH=4\n" + ROWS, ["m1 m1"]),
        (HEAD + "MOTIF m1 TF1\n" + MATRIX + "MOTIF m2\n" + MATRIX + "MOTIF m1 TF1\n" + MATRIX, ["m1 TF1", "m2 m2"]),
        (HEAD + "MOTIF 1 A\n" + MATRIX + "MOTIF 2 B\n\nMOTIF 3 C\n" + MATRIX, ["1 A", "3 C"]),
        (STREME + MATRIX + "\n****\nCOMMAND:\tstreme --p x.fa\n****\nCPU:\t\thost\n", ["1-AGT STREME-1"]),
        (DREME + MATRIX + "\nTime 1.02 secs.\n", ["AGR DREME-1"]),
        (OUTPUT + SCORES + "----\n\n" + MATRIX + "----\nMOTIF DIAGRAM\n", ["AGT MEME-1"]),
    ],
)
def test_read_meme_takes_what_the_meme_suite_takes(tmp_path, text, names):
    motifs, background = read_motifs(meme_file(tmp_path, text))
    assert [f"{motif.matrix_id} {motif.name}" for motif in motifs] == names
    for motif in motifs:
        np.testing.assert_allclose(motif.ppm, [[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1], [0, 0, 1, 0]])
        assert motif.n_sites == 20
    np.testing.assert_array_equal(background, UNIFORM)


def test_read_meme_tells_what_it_leaves_out(tmp_path, caplog):
    text = HEAD + "MOTIF m1\n" + MATRIX + "MOTIF m1\n" + MATRIX + "MOTIF m2\n"
    assert len(read_motifs(meme_file(tmp_path, text))[0]) == 1
    without, twice = (record.getMessage() for record in caplog.records)
    assert "motifs.meme, line 13: the motif 'm2' is left out, since no line 'letter-probability matrix:'" in without
    assert "motifs.meme, line 8: the motif 'm1' is left out, since line 3 has one of this id" in twice


def test_read_meme_scales_rows_within_the_tolerance_of_the_meme_suite(tmp_path):
    (motif,), _ = read_motifs(
        meme_file(tmp_path, HEAD + "MOTIF m\nletter-probability matrix:\n0.33 0.33 0.33 0\n0.3 0.3 0.3 0\n")
    )
    np.testing.assert_allclose(motif.ppm, [[1 / 3, 1 / 3, 1 / 3, 0]] * 2)
    with pytest.raises(
        InputError, match="line 5: found '0.3 0.3 0.28 0', expected four probabilities that sum to 1, row 1"
    ):
        read_motifs(meme_file(tmp_path, HEAD + "MOTIF m\nletter-probability matrix: w= 1\n0.3 0.3 0.28 0\n"))


def test_read_meme_makes_probabilities_of_log_odds_alone(tmp_path):
    head = HEAD + "Background letter frequencies\nA 0.3 C 0.2 G 0.2 T 0.3\nMOTIF m1\n"
    # 0.6 and 0.4 / 3 of 20 sites, 0.01 sites shared out among the bases as in the background, in hundredths of a bit.
    ppm = np.array([[0.6, 0.4 / 3, 0.4 / 3, 0.4 / 3], [0, 0, 0.5, 0.5]])
    background = np.array([0.3, 0.2, 0.2, 0.3])
    scores = 100 * np.log2((20 * ppm + 0.01 * background) / 20.01 / background)
    rows = "\n".join(" ".join(f"{score:.3f}" for score in row) for row in scores)
    (motif,), _ = read_motifs(meme_file(tmp_path, head + "log-odds matrix: alength= 4 w= 2\n" + rows + "\n"))
    np.testing.assert_allclose(motif.ppm, ppm, atol=1e-5)


@pytest.mark.parametrize(("nsites", "expected"), [("0", 0), ("0.4", 1), ("1e3", 1000), ("20.6", 21), ("0.0", 0)])
def test_read_meme_without_sites_is_not_flat(tmp_path, nsites, expected):
    text = MEME.replace("nsites= 24", f"nsites= {nsites}")
    motif = read_motifs(meme_file(tmp_path, text))[0][0]
    assert motif.n_sites == expected
    weight = expected or 20
    np.testing.assert_allclose(pwm(motif.ppm, motif.n_sites)[1, 0], np.log2((weight + 0.025) / (weight + 0.1) * 4))
    write_meme(tmp_path / "again.meme", [motif])
    np.testing.assert_allclose(read_motifs(tmp_path / "again.meme")[0][0].ppm, motif.ppm, atol=1e-8)


def test_hits_and_matches_do_not_depend_on_sites_that_nobody_counted():
    from cam.motifs.tomtom import compare

    rng = np.random.default_rng(1)
    known = [Motif(f"m{n}", f"m{n}", rng.dirichlet(np.full(4, 0.1), size=12), 20) for n in range(20)]
    unknown = [Motif(motif.matrix_id, motif.name, motif.ppm, 0) for motif in known]
    codes = np.argmax(known[0].ppm, axis=1)[None].astype(np.uint8)
    assert count_hits(unknown[:1], codes).tolist() == count_hits(known[:1], codes).tolist() == [[1]]
    tables = [compare(known[:1], motifs, backend="memelite") for motifs in (known, unknown)]
    assert tables[0].equals(tables[1]) and tables[1]["Target_ID"][0] == "m0"


JASPAR = """>MA0004.1\tArnt
A  [     4     19      0 ]
C  [    16      0     20 ]
G  [     0      1      0 ]
T  [     0      0      0 ]

>MA0006.1 Ahr::Arnt
0 10
10 0
0 0
0 0
"""
HOMER = """>CAC\tArnt(bHLH)/Liver-Arnt-ChIP-Seq(GSE1)/Homer\t6.67\t-15606.2\t0\tT:10109.0(44.36%),B:2.0(0.1%),P:1e-6777
0.200\t0.800\t0.000\t0.000
0.950\t0.000\t0.050\t0.000
0.001\t0.997\t0.001\t0.001
>CAC\t1-CAC,BestGuess:Arnt(bHLH)/Liver/Homer(0.9)\t6.67
0.2 0.8 0 0
0.9 0 0.05 0
"""


def test_read_jaspar(tmp_path):
    motifs, background = read_motifs(meme_file(tmp_path, JASPAR))
    assert [(m.matrix_id, m.name, m.n_sites) for m in motifs] == [
        ("MA0004.1", "Arnt", 20),
        ("MA0006.1", "Ahr::Arnt", 10),
    ]
    np.testing.assert_allclose(motifs[0].ppm, [[0.2, 0.8, 0, 0], [0.95, 0, 0.05, 0], [0, 1, 0, 0]])
    np.testing.assert_allclose(motifs[1].ppm, [[0, 1, 0, 0], [1, 0, 0, 0]])
    np.testing.assert_array_equal(background, UNIFORM)


def test_read_jaspar_without_a_name_is_named_after_the_file(tmp_path):
    (tmp_path / "my TF.pfm").write_text("4 19 0\n16 0 20\n0 1 0\n0 0 0\n")
    (motif,), _ = read_motifs(tmp_path / "my TF.pfm")
    assert (motif.matrix_id, motif.name, consensus(motif.ppm)) == ("my_TF", "my_TF", "CAC")


def test_read_homer(tmp_path):
    (first, second), _ = read_motifs(meme_file(tmp_path, HOMER))
    assert first.matrix_id == first.name == "Arnt(bHLH)/Liver-Arnt-ChIP-Seq(GSE1)/Homer"
    assert (first.n_sites, second.n_sites) == (10109, 20)
    np.testing.assert_allclose(first.ppm[:2], [[0.2, 0.8, 0, 0], [0.95, 0, 0.05, 0]])
    np.testing.assert_allclose(second.ppm[1], [0.9 / 0.95, 0, 0.05 / 0.95, 0])


def test_read_counts_by_position(tmp_path):
    # As HOCOMOCO gives them (pcm).
    (motif,), _ = read_motifs(meme_file(tmp_path, ">AHR_HUMAN.H11MO.0.B\n10 20 30 40\n70 10 10 10\n"))
    assert (motif.matrix_id, motif.n_sites) == ("AHR_HUMAN.H11MO.0.B", 100)
    np.testing.assert_allclose(motif.ppm, [[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            JASPAR.replace("C  [", "A  ["),
            r"line 5: found 'T .*', expected a row for each of A, C, G and T for motif MA0004",
        ),
        (JASPAR.replace("    1      0 ]", "    1 ]"), r"line 4: found 'G .*', expected 3 numbers, as in the first row"),
        (
            JASPAR.replace("19", "-19"),
            r"line 2: .* expected counts or probabilities of motif MA0004\.1.*; log-odds have",
        ),
        (JASPAR.replace("19", "n"), r"line 2: .* expected counts or probabilities of motif MA0004"),
        (
            JASPAR.replace("10 0\n0 0\n0 0\n", "10 0\n0 0\n"),
            r"line 8: .* expected four rows, one for each base, or rows of four",
        ),
        (
            JASPAR.replace("19      0 ]", "19      0 ]").replace("     0     20 ]", "     0      0 ]"),
            r"line 2: .* at least one count",
        ),
        (">m1\n>m2\n1 0 0 0\n", r"line 1: found '>m1', expected rows of counts after it"),
        (">\n1 0 0 0\n", r"line 1: found '>', expected '>' and a name"),
        ("<?xml version='1.0'?>\n<MEME>\n", r"line 1: .*; in place of XML or HTML give the text file"),
        (
            "AC  M1\nP0  A C G T\n01  1 0 0 0\n",
            r"line 1: found 'AC  M1', .*; other formats have to be converted to one",
        ),
    ],
)
def test_read_motifs_says_what_is_wrong(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_motifs(meme_file(tmp_path, text))


@pytest.mark.parametrize(("taxon", "number"), [("plants", 530), ("insects", 143), ("all", 1646)])
def test_jaspar_motifs_of_other_taxa(taxon, number):
    motifs = jaspar_motifs("JASPAR2020", taxon)
    assert len(motifs) == number == len({motif.matrix_id for motif in motifs})


def test_jaspar_motifs_of_a_taxon_that_the_release_lacks():
    with pytest.raises(InputError, match="tomtom.taxon: found 'diatoms', of which JASPAR2020 has no CORE motifs"):
        jaspar_motifs("JASPAR2020", "diatoms")


def test_jaspar_motifs():
    motifs = jaspar_motifs("JASPAR2020")
    assert len(motifs) == 746
    assert [motif.matrix_id for motif in motifs] == sorted(motif.matrix_id for motif in motifs)
    ctcf = next(motif for motif in motifs if motif.name == "CTCF")
    assert (ctcf.matrix_id, ctcf.n_sites, consensus(ctcf.ppm)) == ("MA0139.1", 913, "TGGCCACCAGGGGGCGCTA")
    assert all(np.allclose(motif.ppm.sum(axis=1), 1) for motif in motifs)


def test_jaspar_motifs_of_an_unknown_release():
    with pytest.raises(InputError, match=r"JASPAR release: found 'JASPAR2021', .* did you mean 'JASPAR20"):
        jaspar_motifs("JASPAR2021")


@pytest.mark.skipif(not SHARED.exists(), reason=f"needs the shared data: {SHARED} is absent")
def test_jaspar_motifs_are_those_of_the_jaspar_site():
    published = {
        motif.matrix_id: motif
        for motif in read_motifs(SHARED / "JASPAR2020_CORE_vertebrates_non-redundant_pfms_meme.txt")[0]
    }
    motifs = jaspar_motifs("JASPAR2020")
    assert {motif.matrix_id for motif in motifs} == set(published)
    for motif in motifs:
        other = published[motif.matrix_id]
        assert motif.name == other.name
        assert abs(motif.n_sites - other.n_sites) <= 1  # one PFM has fractions of counts
        np.testing.assert_allclose(motif.ppm, other.ppm, atol=2e-6)


@pytest.mark.skipif(not SHARED.exists(), reason=f"needs the shared data: {SHARED} is absent")
def test_read_meme_of_another_program():
    motifs, background = read_motifs(SHARED / "explainn_filters.meme")
    assert [motif.matrix_id for motif in motifs] == [f"filter{i}" for i in range(100)]
    assert {motif.ppm.shape for motif in motifs} == {(19, 4)}
    assert consensus(motifs[0].ppm) == "CAGTTATTTACCTGGTTTA"
    np.testing.assert_array_equal(background, UNIFORM)


def test_reverse_complement():
    expected = [[0.4, 0.3, 0.2, 0.1], [0, 0.5, 0, 0.5], [0, 0, 0, 1]]
    np.testing.assert_array_equal(reverse_complement(PPM), expected)


def test_consensus():
    assert consensus(PPM) == "AAT"


def test_information_content():
    np.testing.assert_allclose(information_content(PPM), [2, 1, 0.1535607], atol=1e-6)
    np.testing.assert_allclose(information_content(PPM, [0.5, 0.1, 0.25, 0.15]), [1, 0.5, 0.6127325], atol=1e-6)
    np.testing.assert_allclose(information_content(PPM[2:], PPM[2]), [0])


def test_trim():
    ppm = np.array([[0.25] * 4, [1, 0, 0, 0], [0.25] * 4, [0, 0.5, 0.5, 0], [0.3, 0.2, 0.2, 0.3]])
    assert trim(ppm) == slice(1, 4)
    assert trim(ppm, min_bits=1.5) == slice(1, 2)
    assert trim(ppm[:1]) == slice(0, 0)
    assert ppm[trim(ppm)].shape == (3, 4)


def test_smooth():
    np.testing.assert_allclose(smooth(PPM[:1], 9, [0.4, 0.1, 0.1, 0.4], 1), [[0.94, 0.01, 0.01, 0.04]])
    # Nobody knows of how many sites: as many as the MEME Suite takes for it.
    np.testing.assert_array_equal(smooth(PPM, 0), smooth(PPM, 20))


def test_pwm():
    expected = np.log2([[0.94 / 0.4, 0.01 / 0.1, 0.01 / 0.1, 0.04 / 0.4]])
    np.testing.assert_allclose(pwm(PPM[:1], 9, [0.4, 0.1, 0.1, 0.4], 1), expected)


def test_integer_scores():
    motif = Motif("m", "m", np.array([[0.94, 0.01, 0.01, 0.04], [0.25] * 4]), 10**9)
    expected = [[100 * np.log2(94), 0, 0, 200], [0, 0, 0, 0]]
    np.testing.assert_array_equal(integer_scores(motif), np.rint(expected))
    richer = np.log2(0.94 / 0.4) - np.log2(0.01 / 0.1)
    assert integer_scores(motif, [0.4, 0.1, 0.1, 0.4])[0].tolist() == [round(100 * richer), 0, 0, 0]


@pytest.mark.parametrize(
    ("p_value", "threshold"), [(0.9, 1), (0.8125, 1), (0.8, 2), (0.25, 2), (0.2, 4), (0.1875, 4), (0.1, 5)]
)
def test_score_threshold(p_value, threshold):
    # Scores of 0, 1, 3 and 4 have probabilities of 0.1875, 0.5625, 0.0625 and 0.1875.
    assert score_threshold(np.array([[0, 0, 0, 3], [0, 1, 1, 1]]), p_value=p_value) == threshold


def test_score_threshold_on_a_background():
    assert score_threshold(np.array([[0, 0, 0, 3]]), [0.5, 0.2, 0.2, 0.1], 0.1) == 1
    assert score_threshold(np.array([[3, 0, 0, 0]]), [0.5, 0.2, 0.2, 0.1], 0.1) == 4


@pytest.mark.parametrize("p_value", [0.1, 0.01, 1 / 1024, 0.0009])
@pytest.mark.parametrize("background", [[0.25] * 4, [0.4, 0.3, 0.1, 0.2]])
def test_find_hits_has_the_p_values_of_enumeration(p_value, background):
    width = 5
    motif = Motif("m", "m", np.random.default_rng(3).dirichlet(np.full(4, 0.4), size=width), 30)
    words = np.array(list(itertools.product(range(4), repeat=width)), dtype=np.uint8)

    both = (np.array(background) + np.array(background)[::-1]) / 2  # both strands are scanned
    log_odds = pwm(motif.ppm, motif.n_sites, both)
    steps = np.rint((log_odds - log_odds.min(axis=1, keepdims=True)) / SCORE_STEP)
    score = steps[np.arange(width), words].sum(axis=1)
    probability = both[words].prod(axis=1)
    exact = np.array([probability[score >= one].sum() for one in score])
    forward = dict(zip(map(bytes, words), exact <= p_value + 1e-12, strict=True))
    expected = [forward[bytes(word)] or forward[bytes(3 - word[::-1])] for word in words]

    hits = find_hits([motif], words, p_value, background)
    assert hits.shape == (1024, 1)
    np.testing.assert_array_equal(hits[:, 0], expected)


def test_find_hits_of_a_motif_that_is_too_short():
    motif = Motif("m", "m", np.eye(4)[[0, 1, 2, 3, 0, 0]], 100)
    codes = np.array([[0, 1, 2, 3, 0, 0]], dtype=np.uint8)
    assert find_hits([motif], codes, p_value=4.0**-6).tolist() == [[True]]
    assert find_hits([motif], codes, p_value=1e-4).tolist() == [[False]]


def test_find_hits_anywhere_on_both_strands():
    site = np.array([0, 0, 1, 2, 1, 1, 2, 0], dtype=np.uint8)
    motif = Motif("m", "m", np.eye(4)[site], 100)
    codes = np.full((5, 12), 3, dtype=np.uint8)
    codes[0, :8] = site
    codes[1, 4:] = site
    codes[2, 2:10] = 3 - site[::-1]
    codes[3, 2:10] = site[::-1]
    codes[4, 2:10] = site
    codes[4, 5] = 4  # N: the least likely base
    assert find_hits([motif, motif], codes).tolist() == [[True] * 2] * 3 + [[False] * 2] * 2


def brute_force_hits(motifs, codes, p_value):
    """Every window of every sequence, one by one, against the p-values of all words, on a uniform background."""
    hits = np.zeros((len(codes), len(motifs)), dtype=bool)
    for number, motif in enumerate(motifs):
        width = len(motif.ppm)
        log_odds = pwm(motif.ppm, motif.n_sites)
        steps = np.rint((log_odds - log_odds.min(axis=1, keepdims=True)) / SCORE_STEP)
        words = np.array(list(itertools.product(range(4), repeat=width)))
        best = np.sort(steps[np.arange(width), words].sum(axis=1))[::-1]
        rarity = {score: np.count_nonzero(best >= score) / 4**width for score in set(best)}
        steps = np.column_stack([steps, steps.min(axis=1)])  # N is the least likely base
        for row, sequence in enumerate(codes):
            complement = np.array([3, 2, 1, 0, 4])[sequence[::-1]]
            windows = [
                strand[i : i + width] for strand in (sequence, complement) for i in range(len(sequence) - width + 1)
            ]
            scores = [steps[np.arange(width), window].sum() for window in windows]
            hits[row, number] = bool(scores) and rarity[max(scores)] <= p_value * (1 + 1e-9)
    return hits


def test_find_hits_is_brute_force():
    # Widths that fill their last 4-mer and widths that do not; N; the best word at the very end and beginning.
    rng = np.random.default_rng(5)
    motifs = [
        Motif(f"m{width}", "m", rng.dirichlet(np.full(4, 0.3), size=width), int(rng.integers(5, 20000)))
        for width in [1, 2, 3, 4, 5, 6, 6, 7]
    ]
    codes = rng.integers(0, 4, (60, 11)).astype(np.uint8)
    codes[rng.random(codes.shape) < 0.05] = 4
    codes[:8, -7:] = motifs[-1].ppm.argmax(axis=1)
    codes[8:16, :7] = 3 - motifs[-1].ppm.argmax(axis=1)[::-1]
    for p_value in (0.25, 0.02, 1e-3):
        expected = brute_force_hits(motifs, codes, p_value)
        assert 0 < expected.mean() < 1
        np.testing.assert_array_equal(find_hits(motifs, codes, p_value), expected)
    expected = brute_force_hits(motifs, codes[:, :5], 0.02)
    np.testing.assert_array_equal(find_hits(motifs, codes[:, :5], 0.02), expected)


def test_find_hits_does_not_depend_on_what_is_scanned_at_a_time(monkeypatch):
    motifs = jaspar_motifs("JASPAR2020")[::7]
    codes = np.random.default_rng(2).integers(0, 4, (40, 50)).astype(np.uint8)
    together = find_hits(motifs, codes, 1e-3)
    assert 0 < together.mean() < 1
    monkeypatch.setattr("cam.motifs.scan._SCAN_MOTIFS", 5)
    monkeypatch.setattr("cam.motifs.scan._SCAN_WINDOWS", 90)
    np.testing.assert_array_equal(find_hits(motifs, codes, 1e-3), together)
    one_by_one = np.column_stack([find_hits([motif], codes, 1e-3) for motif in motifs])
    np.testing.assert_array_equal(one_by_one, together)


def test_find_hits_of_a_motif_whose_losses_need_wider_numbers():
    # A mismatch loses 1,629 steps of 0.01 bits and 22 of them are allowed; 60 do not fit into 16 bits, where they would
    # be as little as 19.
    site = np.random.default_rng(0).integers(0, 4, 60)
    motif = Motif("m", "m", np.eye(4)[site], 2000)
    codes = np.tile(site, (4, 1)).astype(np.uint8)
    for row, n_mismatches in enumerate([0, 22, 26, 60]):
        codes[row, :n_mismatches] = 3 - codes[row, :n_mismatches]
    assert find_hits([motif], codes, 1e-9)[:, 0].tolist() == [True, True, False, False]


def test_count_hits_counts_what_is_close_once():
    motif = Motif("m", "m", np.eye(4)[[0, 1, 2, 3, 2, 3]], 100)  # ACGTGT, and ACACGT on the other strand
    palindrome = Motif("p", "p", np.eye(4)[[0, 0, 2, 1, 3, 3]], 100)
    sequences = [
        "ACGTGTTTTTTTTTTTTTTTTTTT",
        "ACGTGTTTTTACACGTTTTACGTG",
        "ACACGTGTTTTTTTTTTTAAGCTT",
        "AAGCTTAAGCTTAACACGTACGTGT",
    ]
    expected = [[1, 0], [2, 0], [1, 1], [2, 2]]
    for sequence, counts in zip(sequences, expected, strict=True):
        codes = np.array([["ACGT".index(base) for base in sequence]], dtype=np.uint8)
        assert count_hits([motif, palindrome], codes, 4.0**-6).tolist() == [counts]


def test_count_hits_of_a_repeat():
    motif = Motif("m", "m", np.eye(4)[[0] * 7], 100)
    codes = np.array([[0] * 30, [0] * 12 + [1] + [0] * 17, [0] * 7 + [1] + [0] * 7 + [1] * 15], dtype=np.uint8)
    assert count_hits([motif], codes).tolist() == [[1], [2], [2]]
    assert find_hits([motif], codes).tolist() == [[True]] * 3


def test_find_hits_of_no_motif_and_of_no_sequence():
    assert find_hits([], np.zeros((3, 8), dtype=np.uint8)).shape == (3, 0)
    assert find_hits(jaspar_motifs("JASPAR2020")[:2], np.zeros((0, 30), dtype=np.uint8)).shape == (0, 2)


def test_find_hits_of_motifs_longer_than_the_sequences():
    motif = Motif("m", "m", np.eye(4)[[0] * 9], 100)
    assert find_hits([motif], np.zeros((3, 8), dtype=np.uint8)).tolist() == [[False]] * 3


def test_find_hits_of_known_motifs():
    background = np.array([0.3, 0.2, 0.2, 0.3])
    motifs = [motif for motif in jaspar_motifs("JASPAR2020") if len(motif.ppm) >= 10]
    codes = np.random.default_rng(0).choice(4, size=(500, 200), p=background).astype(np.uint8)
    hits = find_hits(motifs, codes, 1e-4, background)

    # Fewer sequences have a hit than if windows were independent: those of palindromes and repeats are not.
    expected = [1 - (1 - 1e-4) ** (2 * (200 - len(motif.ppm) + 1)) for motif in motifs]
    assert 0.8 < hits.mean() / np.mean(expected) < 1.05

    for motif, hit in list(zip(motifs, hits.T, strict=True))[::50]:
        width = len(motif.ppm)
        log_odds = pwm(motif.ppm, motif.n_sites, background)
        windows = np.lib.stride_tricks.sliding_window_view(codes, width, axis=1)
        strands = [scores[np.arange(width), windows].sum(axis=2) for scores in (log_odds, reverse_complement(log_odds))]
        best = np.maximum(*strands).max(axis=1)
        assert 0 < hit.sum() < 500
        assert best[hit].min() >= best[~hit].max() - width * SCORE_STEP


@pytest.mark.parametrize(
    "codes",
    [np.zeros(5, dtype=np.uint8), np.zeros((2, 5)), np.full((2, 5), 5), np.full((2, 5), -1)],
)
def test_find_hits_wants_base_codes(codes):
    with pytest.raises(InputError, match=r"sequences: found an array of shape .* expected a matrix"):
        find_hits([Motif("m", "m", PPM, 20)], codes)
