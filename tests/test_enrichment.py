import numpy as np
import pandas as pd
import pytest
from cam.enrichment import enrich
from cam.errors import InputError
from cam.motifs import Motif
from scipy.stats import fisher_exact

COLUMNS = ["motif_id", "tf", "ga_hits", "ga_total", "random_hits", "random_total"]
COLUMNS += ["ratio", "log2_ratio", "p_value", "q_value"]


def exact_motif(matrix_id, name, site):
    return Motif(matrix_id, name, np.eye(4)[["ACGT".index(base) for base in site]], 100)


def sequences(site, n_with, n, length=20):
    """Sequences of alternating A and C, the first of them with a site in the middle."""
    codes = np.tile(np.array([0, 1], dtype=np.uint8), (n, length // 2))
    codes[:n_with, 5 : 5 + len(site)] = ["ACGT".index(base) for base in site]
    return codes


MOTIFS = [
    exact_motif("MA0003.1", "absent2", "TTTTTTTT"),
    exact_motif("MA0002.1", "planted", "GATTACAG"),
    exact_motif("MA0001.1", "absent1", "GGGGGGGG"),
]


def test_enrich():
    table = enrich(MOTIFS, sequences("GATTACAG", 6, 10), sequences("GATTACAG", 1, 20))
    p_value = fisher_exact([[6, 4], [1, 19]], alternative="greater").pvalue
    expected = pd.DataFrame(
        [
            ["MA0002.1", "planted", 6, 10, 1, 20, (6.5 / 11) / (1.5 / 21), p_value, 3 * p_value],
            ["MA0001.1", "absent1", 0, 10, 0, 20, (0.5 / 11) / (0.5 / 21), 1.0, 1.0],
            ["MA0003.1", "absent2", 0, 10, 0, 20, (0.5 / 11) / (0.5 / 21), 1.0, 1.0],
        ],
        columns=[column for column in COLUMNS if column != "log2_ratio"],
    )
    expected.insert(7, "log2_ratio", np.log2(expected["ratio"]))
    assert list(table.columns) == COLUMNS
    pd.testing.assert_frame_equal(table, expected)


@pytest.mark.parametrize(("ga_hits", "random_hits"), [(0, 0), (0, 9), (5, 0), (12, 30), (3, 7), (12, 0), (1, 40)])
def test_enrich_is_fishers_exact_test(ga_hits, random_hits):
    table = enrich(MOTIFS[1:2], sequences("GATTACAG", ga_hits, 12), sequences("GATTACAG", random_hits, 40))
    counts = [[ga_hits, 12 - ga_hits], [random_hits, 40 - random_hits]]
    assert table.loc[0, ["ga_hits", "random_hits"]].tolist() == [ga_hits, random_hits]
    assert table.loc[0, "p_value"] == pytest.approx(fisher_exact(counts, alternative="greater").pvalue, rel=1e-9)


def test_enrich_takes_the_background_from_the_random_sequences():
    # AAAAAAA is rarer than 1e-4 where bases are equally frequent, and common where most are A or T.
    motif = exact_motif("MA0001.1", "polyA", "AAAAAAA")
    rng = np.random.default_rng(1)
    even = rng.choice(4, size=(50, 30)).astype(np.uint8)
    rich = rng.choice(4, size=(50, 30), p=[0.4, 0.1, 0.1, 0.4]).astype(np.uint8)
    ga = np.zeros((5, 30), dtype=np.uint8)
    assert enrich([motif], ga, even).loc[0, "ga_hits"] == 5
    assert enrich([motif], ga, rich).loc[0, "ga_hits"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], sequences("", 0, 2), sequences("", 0, 2)), "found no motifs, expected at least one"),
        ((MOTIFS, sequences("", 0, 0), sequences("", 0, 2)), "found no artificial sequences"),
        ((MOTIFS, sequences("", 0, 2), sequences("", 0, 0)), "found no random sequences"),
        ((MOTIFS, sequences("", 0, 2), sequences("", 0, 2, 22)), "of length 20 and random sequences of length 22"),
        ((MOTIFS, sequences("", 0, 2), sequences("", 0, 2), 1e-4 - 1e-4), "found a hit p-value of 0.0, expected"),
        ((MOTIFS, np.zeros(4, np.uint8), np.zeros(4, np.uint8)), r"expected a matrix \(sequences, length\)"),
    ],
)
def test_enrich_says_what_is_wrong(arguments, message):
    with pytest.raises(InputError, match=message):
        enrich(*arguments)
