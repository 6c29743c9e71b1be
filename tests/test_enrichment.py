from math import comb

import numpy as np
import pandas as pd
import pytest
from cam.data.sequences import random_sequences
from cam.design.enrichment import (
    COLUMNS,
    compare_hits,
    differences,
    enrich,
    enrich_families,
    is_loss,
    significant,
    strongest,
    strongest_of_runs,
    thresholds,
)
from cam.errors import InputError
from cam.motifs.families import find_families
from cam.motifs.formats import Motif, jaspar_motifs


def exact_p_value(some, total, fewer, other_total):
    """Fisher's exact test, one-sided, from whole numbers: that as many of all hits or more are among the first."""
    hits, without = some + fewer, total + other_total - some - fewer
    ways = sum(comb(hits, k) * comb(without, total - k) for k in range(some, min(hits, total) + 1))
    return ways / comb(total + other_total, total)


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
    p_value = exact_p_value(6, 10, 1, 20)
    expected = pd.DataFrame(
        [
            ["MA0002.1", "planted", 6, 10, 1, 20, (6.5 / 11) / (1.5 / 21), p_value, 3 * p_value],
            ["MA0001.1", "absent1", 0, 10, 0, 20, (0.5 / 11) / (0.5 / 21), 1.0, 1.0],
            ["MA0003.1", "absent2", 0, 10, 0, 20, (0.5 / 11) / (0.5 / 21), 1.0, 1.0],
        ],
        columns=[column for column in COLUMNS if column != "log2_ratio"],
    )
    expected.insert(7, "log2_ratio", np.log2(expected["ratio"]))
    expected["ga_per_sequence"], expected["random_per_sequence"] = [0.6, 0, 0], [0.05, 0, 0]
    names = "motif_id tf ga_hits ga_total random_hits random_total ratio log2_ratio p_value q_value"
    assert names.split() == COLUMNS
    pd.testing.assert_frame_equal(table, expected)


def test_what_was_lost_is_told_against_the_sequences_at_the_start():
    start = sequences("GATTACAG", 16, 20)
    start[:4, 14:20] = [3] * 6
    table = enrich(MOTIFS, sequences("GATTACAG", 1, 10), sequences("GATTACAG", 1, 20), start_codes=start)
    assert is_loss(table) and not is_loss(table[COLUMNS])
    row = table.iloc[0]
    assert row["tf"] == "planted"
    assert row[["ga_hits", "ga_total", "random_hits", "random_total"]].tolist() == [1, 10, 1, 20]
    assert row[["start_hits", "start_total", "start_per_sequence"]].tolist() == [16, 20, 0.8]
    assert row["ratio"] == pytest.approx((1.5 / 11) / (16.5 / 21))
    assert row["p_value"] == pytest.approx(exact_p_value(16, 20, 1, 10))
    assert table["p_value"].tolist()[1:] == [1, 1]
    families = pd.DataFrame({"cluster": ["a", "b", "b"], "motif_id": ["MA0002.1", "MA0001.1", "MA0003.1"]})
    found = enrich_families(table, families)
    assert found["tf"].iloc[0] == "planted"
    assert differences(found).tolist() == pytest.approx([0.7, 0])
    assert significant(found, 0.01)["tf"].tolist() == ["planted"]
    assert significant(found.assign(log2_ratio=1.0), 0.01).empty


def test_the_strongest_motif_of_a_run_is_the_significant_one_that_came_most():
    table = motif_table([1e-9, 1e-8], [1.5, 3.0], random=0.5).assign(cluster=["a", "b"], q_value=[1e-9, 0.5])
    assert strongest(table, 0.01) == {
        "change": "enriched", "family": "a", "motif_id": "m1", "tf": "M1", "per_sequence": 1.5, "compared": 0.5,
        "difference": 1.0,
    }  # fmt: skip
    nothing = strongest(table, 1e-12)
    assert (nothing["change"], nothing["tf"], nothing["difference"]) == ("enriched", None, 0)
    assert strongest(table.head(0).assign(start_hits=0), 0.01)["change"] == "lost"


def test_the_strongest_motif_of_every_run_is_that_of_its_own_sequences():
    random, families = sequences("GATTACAG", 1, 40), pd.DataFrame({"cluster": "all", "motif_id": ["MA0002.1"]})
    runs = [
        ("unit1", "max", sequences("GATTACAG", 30, 30), False),  # made of it
        ("unit1", "min", sequences("GATTACAG", 3, 30), False),  # and from these, it is lost
        ("unit2", "max", sequences("GATTACAG", 30, 30), True),  # unchanged: says nothing, whatever there is
        ("unit2", "min", sequences("GATTACAG", 30, 30), False),  # against its own start nothing is lost
    ]
    table = strongest_of_runs(iter(runs), random, MOTIFS[1:2], families, 1e-4, 0.01)
    told = table[["unit", "direction", "output_unchanged", "change", "tf", "difference"]].fillna("")
    assert told.values.tolist() == [
        ["unit1", "max", False, "enriched", "planted", 1 - 1 / 40], ["unit1", "min", False, "lost", "planted", 0.9],
        ["unit2", "max", True, "enriched", "", 0], ["unit2", "min", False, "lost", "", 0],
    ]  # fmt: skip
    assert table["family"].tolist()[:2] == ["all", "all"]


def test_thresholds_are_what_untrained_units_seldom_exceed():
    runs = pd.DataFrame({"change": ["enriched"] * 41 + ["lost"] * 9, "difference": [*range(41), *[9.0] * 9]})
    table = thresholds(runs)
    assert table["runs"].tolist() == [41, 9]
    assert table["threshold"][0] == 38 and np.isnan(table["threshold"][1])
    assert thresholds(runs.head(10))["threshold"][0] == 9


@pytest.mark.parametrize(("ga_hits", "random_hits"), [(0, 0), (0, 9), (5, 0), (12, 30), (3, 7), (12, 0), (1, 40)])
def test_enrich_is_fishers_exact_test(ga_hits, random_hits):
    table = enrich(MOTIFS[1:2], sequences("GATTACAG", ga_hits, 12), sequences("GATTACAG", random_hits, 40))
    assert table.loc[0, ["ga_hits", "random_hits"]].tolist() == [ga_hits, random_hits]
    assert table.loc[0, "p_value"] == pytest.approx(exact_p_value(ga_hits, 12, random_hits, 40), rel=1e-12)


@pytest.mark.parametrize(("n", "n_random"), [(100, 900), (500, 600), (300, 20_000)])
def test_p_values_are_exact_however_small(n, n_random):
    rng = np.random.default_rng(0)
    shares = np.concatenate([rng.random((2, 40)), [[1, 1, 0.9, 0, 0], [0, 0.02, 0.01, 0.5, 0]]], axis=1)
    ga, random = np.rint(shares * [[n], [n_random]]).astype(int)
    motifs = [exact_motif(f"{place:02}", "", "A") for place in range(len(ga))]
    hits = [np.arange(total)[:, None] < with_hit for total, with_hit in ((n, ga), (n_random, random))]
    found = compare_hits(motifs, *hits).sort_values("motif_id")
    expected = np.array(
        [exact_p_value(some, n, other, n_random) for some, other in zip(ga.tolist(), random.tolist(), strict=True)]
    )
    shown = expected > 1e-300
    np.testing.assert_allclose(found["p_value"][shown], expected[shown], rtol=1e-9)
    assert (found["p_value"][~shown] < 1e-299).all() and expected.min() < 1e-100


def test_q_values_are_benjamini_and_hochbergs():
    hits = np.arange(12)[:, None] < [12, 9, 9, 3, 0]
    table = compare_hits(
        [exact_motif(f"{place}", "", "A") for place in range(5)], hits, np.arange(40)[:, None] < [0, 3, 5, 9, 9]
    )
    p_values = table["p_value"].to_numpy()
    assert (np.diff(p_values) >= 0).all()
    expected = [min(1, *(5 * p / rank for rank, p in enumerate(p_values, 1) if rank >= own)) for own in range(1, 6)]
    assert table["q_value"].tolist() == pytest.approx(expected, rel=1e-12)


def test_enrich_takes_the_background_from_the_random_sequences():
    # AAAAAAA is rarer than 1e-4 where bases are equally frequent, and common where most are A or T.
    motif = exact_motif("MA0001.1", "polyA", "AAAAAAA")
    rng = np.random.default_rng(1)
    even = rng.choice(4, size=(50, 30)).astype(np.uint8)
    rich = rng.choice(4, size=(50, 30), p=[0.4, 0.1, 0.1, 0.4]).astype(np.uint8)
    ga = np.zeros((5, 30), dtype=np.uint8)
    assert enrich([motif], ga, even).loc[0, "ga_hits"] == 5
    assert enrich([motif], ga, rich).loc[0, "ga_hits"] == 0


def test_enrich_counts_a_hit_on_either_strand_and_none_across_n():
    ga = sequences("GATTACAG", 3, 3)
    ga[1] = 3 - ga[1, ::-1]
    ga[2, 8] = 4
    table = enrich(MOTIFS, ga, sequences("", 0, 4)).set_index("tf")
    assert table.loc["planted", ["ga_hits", "ga_total", "random_hits", "random_total"]].tolist() == [2, 3, 0, 4]


def test_enrich_of_hits_too_many_for_a_number():
    table = enrich(MOTIFS[1:2], sequences("GATTACAG", 900, 900), sequences("GATTACAG", 0, 900))
    assert (table.loc[0, "p_value"], table.loc[0, "q_value"]) == (0, 0)
    assert table.loc[0, "ratio"] == (900.5 / 901) / (0.5 / 901)


def motif_table(p_values, per_sequence, random=0.25):
    """What `enrich` returns, of motifs m1, m2, …, in its order."""
    names = [f"m{number + 1}" for number in range(len(p_values))]
    table = pd.DataFrame({"motif_id": names, "tf": [name.upper() for name in names], "ga_hits": 5, "ga_total": 10})
    table = table.assign(random_hits=1, random_total=20, ratio=4.0, log2_ratio=2.0, p_value=p_values, q_value=0.5)
    table = table.assign(ga_per_sequence=per_sequence, random_per_sequence=random)
    return table.sort_values("p_value", kind="stable", ignore_index=True)


def test_enrich_families_takes_the_most_frequent_motif_of_each_and_pays_for_the_choice():
    table = motif_table(
        [0.02, 1e-6, 1e-9, 0.3, 0.4, 0.5], [1.0, 4.5, 0.5, 9.0, 0.5, 0.5], [0.1, 0.1, 0.1, 8.0, 0.1, 0.1]
    )
    families = pd.DataFrame({"cluster": ["a", "a", "a", "b", "c", "c"], "motif_id": [f"m{n}" for n in range(1, 7)]})
    found = enrich_families(table, families)
    assert list(found.columns) == [
        "cluster", "motif_id", "tf", "members", *COLUMNS[2:], "ga_per_sequence", "random_per_sequence",
    ]  # fmt: skip
    assert found[["cluster", "motif_id", "tf", "members"]].values.tolist() == [
        ["a", "m2", "M2", 3], ["b", "m4", "M4", 1], ["c", "m5", "M5", 2],
    ]  # fmt: skip
    assert found["p_value"].tolist() == pytest.approx([3e-6, 0.3, 0.8])
    assert found["q_value"].tolist() == pytest.approx([9e-6, 0.45, 0.8])
    assert found["ga_per_sequence"].tolist() == [4.5, 9, 0.5]


def test_enrich_families_has_no_p_value_above_one():
    families = pd.DataFrame({"cluster": ["a"] * 3, "motif_id": ["m1", "m2", "m3"]})
    found = enrich_families(motif_table([0.4, 0.5, 1.0], [2, 2, 1]), families)
    assert found[["motif_id", "p_value", "q_value"]].values.tolist() == [["m1", 1, 1]]


def test_enrich_families_wants_every_motif_in_a_family():
    families = pd.DataFrame({"cluster": ["a"], "motif_id": ["m1"]})
    with pytest.raises(InputError, match="found motif m2 in no family, expected each to be in one"):
        enrich_families(motif_table([0.1, 0.2], [2, 1]), families)


def test_what_is_repeated_comes_before_what_came_along():
    """All sequences have both motifs, but one has three sites in each: it comes first, though the other is as rare."""
    random = sequences("", 0, 50, 60)
    ga = sequences("GATTACAG", 50, 50, 60)
    for start in (20, 40):
        ga[:, start : start + 8] = ga[:, 5:13]
    ga[:, 30:38] = 3
    motifs = [*MOTIFS, exact_motif("MA0004.1", "palindrome", "TTTTTTT")]
    table = enrich(motifs, ga, random)
    assert table.set_index("tf")["ga_per_sequence"].to_dict() == {
        "planted": 3,
        "absent2": 1,
        "palindrome": 1,
        "absent1": 0,
    }
    families = pd.DataFrame({"cluster": ["T", "planted", "G", "T"], "motif_id": [motif.matrix_id for motif in motifs]})
    found = enrich_families(table, families)
    assert found[["cluster", "ga_hits", "ga_per_sequence"]].values.tolist() == [
        ["planted", 50, 3], ["T", 50, 1], ["G", 0, 0],
    ]  # fmt: skip


@pytest.fixture(scope="module")
def jaspar():
    motifs = jaspar_motifs("JASPAR2020")
    return motifs, find_families(motifs)


def test_a_planted_profile_is_one_row_and_the_first(jaspar):
    """FOXA1's sites in half of the sequences, on either strand: of 28 forkhead profiles one row, before all others."""
    motifs, families = jaspar
    rng = np.random.default_rng(1)
    ga, random = (random_sequences(200, 200, [0.28, 0.22, 0.22, 0.28], rng) for _ in range(2))
    foxa1 = next(motif for motif in motifs if motif.name == "FOXA1")
    for sequence in ga[::2]:
        site = np.array([rng.choice(4, p=row) for row in foxa1.ppm])
        start = rng.integers(200 - len(site))
        sequence[start : start + len(site)] = site if rng.random() < 0.5 else 3 - site[::-1]

    table = enrich(motifs, ga, random)
    forkhead = table["tf"].str.upper().str.startswith("FOX")
    assert forkhead.head(10).all()
    found = enrich_families(table, families)
    assert found.loc[0, "tf"].upper().startswith("FOX")
    assert found.loc[0, "members"] >= 25
    assert found.loc[0, "q_value"] < 1e-10
    assert (families.loc[families["cluster"] == found.loc[0, "cluster"], "tf"] == "FOXA1").any()
    assert len(found) == families["cluster"].nunique()
    assert (found["q_value"] < 0.01).sum() <= 5 < (table["q_value"] < 0.01).sum()
    assert found["members"].sum() == len(motifs)


def test_families_in_random_sequences_are_seldom_significant(jaspar):
    """Not more than 5 % of them have p < 0.05, though they are represented by the best of up to 88 profiles."""
    motifs, families = jaspar
    rng = np.random.default_rng(4)
    paid, unpaid = [], []
    for _ in range(10):
        one, other = (random_sequences(100, 200, [0.28, 0.22, 0.22, 0.28], rng) for _ in range(2))
        table = enrich(motifs, one, other)
        found = enrich_families(table, families)
        large = found.loc[found["members"] > 10, ["motif_id", "p_value"]]
        paid.append((large["p_value"] < 0.05).mean())
        unpaid.append((table.set_index("motif_id").loc[large["motif_id"], "p_value"] < 0.05).mean())
        assert (found["p_value"] < 0.05).mean() < 0.05
        assert found["q_value"].min() > 0.05
    assert np.mean(paid) < 0.05
    assert np.mean(unpaid) > 0.1  # what the representatives' own p-values would be


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
