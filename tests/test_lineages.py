"""Which units serve which lineages: tests, regulators, groups and pairs of units, and their figures."""

import numpy as np
import pandas as pd
import pytest
from cam import plots
from cam.errors import InputError
from cam.interpretation.lineages import group_units, leading_lineages, lineage_tests, matters, unit_pairs
from cam.interpretation.regulators import (
    known_regulators,
    lineage_regulators,
    lineage_tables,
    name_units,
    recurrences_in_lineage,
)
from cam.motifs.formats import Motif
from cam.sources.target_tables import read_lineages, read_regulators
from conftest import ROOT
from figures import texts_in_place
from responded import responses
from scipy.stats import false_discovery_control, fisher_exact, kruskal, mannwhitneyu

RESOURCES = ROOT / "resources" / "immgen"
IMMUNE = read_lineages(RESOURCES / "lineages.tsv")
LINEAGES = ["B", "B", "B", "T", "T", "T", "stem", "stem", "stem"]
TARGETS = [f"target{number}" for number in range(1, 10)]


def frame(**units):
    return pd.DataFrame(units, index=TARGETS, dtype=float)


PROFILE = frame(
    unit1=[5, 6, 7, -3, -3, -3, -3, -3, -3],
    unit2=[-2, -2, -2, 4, 4, 4, -2, -2, -2],
    unit3=[0] * 9,
    unit4=[-1, 0, 1, -1, 0, 1, -1, 0, 1],
)


def written(path, text):
    path.write_text(text)
    return path


def test_the_lineages_that_come_with_the_pipeline():
    assert len(IMMUNE) == 81
    assert IMMUNE["lineage"].value_counts().to_dict() == {
        "B": 18, "myeloid": 16, "abT": 15, "T.act": 10, "innate.lym": 10, "gdT": 7, "stem": 5
    }  # fmt: skip
    regulators = read_regulators(RESOURCES / "regulators.tsv", IMMUNE["lineage"])
    pairs = set(regulators.itertuples(index=False, name=None))
    assert {("PAX5", "B"), ("EBF1", "B"), ("SPI1", "myeloid"), ("EOMES", "innate.lym"), ("CTCF", "all")} <= pairs
    assert {("TBX20", "innate.lym"), ("Ascl2", "abT")} <= pairs  # which the paper names


def test_lineages_without_aliases(tmp_path):
    table = read_lineages(written(tmp_path / "x.tsv", "target\tlineage\nK562\tblood\nHepG2\tliver\n"))
    assert table.values.tolist() == [["K562", "blood", ""], ["HepG2", "liver", ""]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("target\tgroup\nA\tx\n", "column 'lineage' is missing"),
        ("target\tlineage\nA\tx\nB\t\n", "line 3: found no lineage, expected one"),
        ("target\tlineage\nA\tx\nA\ty\n", "found 'A' twice, expected every target and alias once"),
        ("target\tlineage\talias\nA\tx\tB\nB\ty\t\n", "found 'B' twice"),
    ],
)
def test_mistakes_in_a_table_of_lineages(tmp_path, text, sentence):
    with pytest.raises(InputError, match=sentence):
        read_lineages(written(tmp_path / "x.tsv", text))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tf\tlineage\nPAX5\t\n", "line 2: found no lineage, expected one"),
        ("tf\tlineage\nPAX5\tBcell\n", "line 2: found the lineage 'Bcell'; "),
        ("tf\tlineage\nPAX5\tB\nPAX5\tB\n", "line 3: found 'PAX5' for 'B' twice"),
    ],
)
def test_mistakes_in_a_table_of_regulators(tmp_path, text, sentence):
    with pytest.raises(InputError, match=sentence):
        read_regulators(written(tmp_path / "x.tsv", text), ["B", "T"])


def test_the_leading_lineage_is_that_of_the_highest_mean():
    leading = leading_lineages(PROFILE, LINEAGES)
    assert leading["unit1"] == "B" and leading["unit2"] == "T"
    assert pd.isna(leading["unit3"])


def test_tests_between_lineages_against_scipy_one_by_one():
    table = lineage_tests(PROFILE, LINEAGES)
    assert len(table) == 4 * 3
    one = table.set_index(["unit", "lineage"])
    assert one.loc[("unit1", "B"), ["n", "mean_weight", "mean_elsewhere", "auc"]].tolist() == [3, 6, -3, 1]
    assert one.loc[("unit2", "T"), "auc"] == 1 and one.loc[("unit2", "B"), "auc"] == 0.25
    assert one.loc["unit4", "auc"].tolist() == [0.5] * 3
    assert (one.loc["unit3", ["p_value", "kruskal_p"]] == 1).all().all()  # a silent unit
    lineages = np.array(LINEAGES)
    for (unit, lineage), row in one.drop("unit3").iterrows():
        inside, outside = PROFILE.loc[lineages == lineage, unit], PROFILE.loc[lineages != lineage, unit]
        assert row["p_value"] == mannwhitneyu(inside, outside, alternative="greater").pvalue
        groups = [PROFILE.loc[lineages == name, unit] for name in ("B", "T", "stem")]
        assert row["kruskal_p"] == pytest.approx(kruskal(*groups).pvalue)
    np.testing.assert_allclose(table["q_value"], false_discovery_control(table["p_value"]))
    per_unit = one["kruskal_p"].groupby("unit", sort=False).first()
    np.testing.assert_allclose(one["kruskal_q"].groupby("unit", sort=False).first(), false_discovery_control(per_unit))


def test_what_cannot_be_tested_is_not_significant():
    single = lineage_tests(PROFILE, ["B"] * 9)
    assert (single[["p_value", "kruskal_p"]] == 1).all().all()
    alone = lineage_tests(PROFILE, ["B"] + ["T"] * 8).set_index(["unit", "lineage"])
    assert (alone.loc[(slice(None), "B"), "p_value"] == 1).all()


def motif(matrix, name):
    return Motif(matrix, name, np.full((8, 4), 0.25), 100)


DATABASE = [
    motif(f"MA{number}", name) for number, name in enumerate(["PAX5", "Pax1", "EBF1", "SPI1", "SPIB", "RORA(var.2)"], 1)
]
REGULATORS = pd.DataFrame(
    [("PAX5", "B"), ("EBF1", "B"), ("SPI1", "T"), ("SPIB", "B"), ("RORA", "T"), ("CTCF", "all")],
    columns=["tf", "lineage"],
)
MATCHES = pd.DataFrame(
    [
        ("unit1", "MA2", 1e-9, 1e-8), ("unit1", "MA1", 1e-8, 1e-7), ("unit2", "MA4", 1e-7, 1e-6),
        ("unit2", "MA5", 1e-6, 1e-5), ("unit3", "MA3", 0.01, 0.2), ("unit4", "MA3", 1e-5, 1e-4),
    ],
    columns=["Query_ID", "Target_ID", "p-value", "q-value"],
).assign(Optimal_offset=2, Orientation="+")  # fmt: skip
DETECTED = pd.DataFrame(
    [
        ("unit1", "MA2", "Pax1", 1e-8, "presence"), ("unit2", "MA4", "SPI1", 1e-6, "absence"),
        ("unit3", None, None, np.nan, "neither"), ("unit4", "MA3", "EBF1", 1e-4, "presence"),
    ],
    columns=["unit", "target_id", "tf", "q_value", "detector"],
)  # fmt: skip


def named(leading):
    return name_units(DETECTED, MATCHES, DATABASE, REGULATORS, pd.Series(leading)).set_index("unit")


def test_units_are_named_after_known_regulators_of_their_lineage():
    names = named({"unit1": "B", "unit2": "B", "unit4": "T"})
    assert names["tf"].fillna("").tolist() == ["PAX5", "SPIB", "", "EBF1"]  # SPI1 is known for T
    assert names.loc["unit1", ["target_id", "motif_q"]].tolist() == ["MA1", 1e-7]
    assert names["known"].fillna("").tolist() == ["PAX5", "SPIB,SPI1", "", "EBF1"]
    assert named({"unit1": "B", "unit2": "T", "unit4": "B"}).loc["unit2", "tf"] == "SPI1"
    assert names.loc["unit2", "detector"] == "absence"


def test_recurrences_count_replicates_that_lead_in_the_same_lineage():
    members = pd.DataFrame(
        [("motif1", 1, "unit1"), ("motif1", 2, "unit5"), ("motif1", 3, "unit2"), ("motif1", 3, "unit4"),
         ("motif2", 1, "unit2")],
        columns=["motif", "seed", "unit"],
    )  # fmt: skip
    leading = {1: {"unit1": "B", "unit2": "T"}, 2: {"unit5": "B"}, 3: {"unit2": "T", "unit4": "stem"}}
    assert recurrences_in_lineage(members, leading, 1) == {"unit1": 2, "unit2": 1}


def test_the_regulators_of_a_lineage():
    wide = pd.concat([PROFILE] * 4)  # enough targets for a test to be significant
    lineages = LINEAGES * 4
    tests = lineage_tests(wide, lineages)
    table = lineage_regulators(tests, 2 * wide, lineages, named({}).reset_index(), {"unit1": 2}, 3)
    assert table[["lineage", "rank", "unit", "tf", "effect", "replicates", "of"]].values.tolist() == [
        ["B", 1, "unit1", "PAX5", 18.0, 2, 3],
        ["T", 1, "unit2", "SPI1", 12.0, 1, 3],
    ]
    assert (table["q_value"] < 1e-3).all()


def planted(n_units, rng, noise=0.3):
    """Effects of units that serve one lineage each, in turn, for 81 cell types; the last fifth serves none."""
    names = [*dict.fromkeys(IMMUNE["lineage"])]
    serves = np.array([names[number % len(names)] if number < 0.8 * n_units else "" for number in range(n_units)])
    values = rng.normal(0, noise, (81, n_units)) + 2 * (IMMUNE["lineage"].to_numpy()[:, None] == serves)
    effects = pd.DataFrame(values, IMMUNE["target"], [f"unit{number + 1}" for number in range(n_units)])
    return effects - effects.mean(), serves


def annotated(effects, rng):
    tfs = ["PAX5", "MEF2C::SOX17", "TBX21", "NFIC(var.2)", "EBF1", "RUNX3", None]
    return pd.DataFrame(
        {
            "unit": effects.columns,
            "tf": [tfs[number % 7] for number in range(effects.shape[1])],
            "target_id": [f"MA{number % 7}" for number in range(effects.shape[1])],
            "known": None,
            "detector": rng.choice(["presence", "absence"], effects.shape[1]),
        }
    )


def test_groups_are_the_units_planted_for_a_lineage():
    rng = np.random.default_rng(1)
    effects, serves = planted(30, rng)
    names = annotated(effects, rng)
    tests = lineage_tests(effects, IMMUNE["lineage"])
    groups = group_units(effects, IMMUNE["lineage"], tests, names)
    of_unit = groups.set_index("unit")["lineage"]
    assert of_unit.to_dict() == {unit: lineage for unit, lineage in zip(effects, serves, strict=True) if lineage}
    assert groups.groupby("lineage")["group"].nunique().eq(1).all()
    assert groups["order"].tolist() == list(range(1, 25))
    none = group_units(effects * 0, IMMUNE["lineage"], lineage_tests(effects * 0, IMMUNE["lineage"]), names)
    assert none.empty


def test_pairs_against_fisher_one_by_one():
    rng = np.random.default_rng(2)
    effects, _ = planted(14, rng, noise=0.05)
    names = annotated(effects, rng).assign(tf="TF", known=None)
    names["target_id"] = [f"MA{number}" for number in range(14)]
    groups = group_units(effects, IMMUNE["lineage"], lineage_tests(effects, IMMUNE["lineage"]), names)
    fired = rng.random((200, 14)) < 0.3
    fired[:, 7] |= fired[:, 0]  # units 1 and 8 are of one lineage, and fire together
    families = pd.DataFrame({"motif_id": names["target_id"], "cluster": [*range(12), 20, 20]})
    pairs = unit_pairs(groups, effects, fired, names, families)
    assert pairs.loc[0, ["unit_a", "unit_b"]].tolist() == ["unit1", "unit8"]
    assert {row.lineage for row in pairs.itertuples()} <= set(IMMUNE["lineage"])
    column = {unit: number for number, unit in enumerate(names["unit"])}
    for row in pairs.itertuples():
        a, b = fired[:, column[row.unit_a]], fired[:, column[row.unit_b]]
        counts = [[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]]
        expected = fisher_exact(counts, alternative="greater")
        assert row.p_value == pytest.approx(expected.pvalue) and row.regions_both == counts[0][0]
        assert row.odds_ratio == pytest.approx(expected.statistic)
        assert row.expected == pytest.approx(a.mean() * b.mean() * 200)
    np.testing.assert_allclose(pairs["q_value"], false_discovery_control(pairs["p_value"]))
    same = families.assign(cluster=1)  # all motifs alike: nothing to cooperate
    assert unit_pairs(groups, effects, fired, names, same).empty


def test_the_tables_of_lineages_follow_from_each_other():
    """Four units of which the first serves B and the second T, in two replicates; in the second they have traded."""
    rng = np.random.default_rng(5)
    targets = [f"target{number}" for number in range(1, 37)]
    table = pd.DataFrame({"target": targets, "lineage": LINEAGES * 4})
    weights = np.tile(PROFILE.to_numpy(), (4, 1)) + 7
    outputs = rng.random((50, 4))
    found = {
        seed: responses(weights[:, order], outputs[:, order], rng.random((50, 4)), targets, "regression")
        for seed, order in ((1, [0, 1, 2, 3]), (2, [1, 0, 2, 3]))
    }
    members = pd.DataFrame(
        [("motif1", 1, "unit1"), ("motif1", 2, "unit2"), ("motif2", 1, "unit2"), ("motif2", 2, "unit2")],
        columns=["motif", "seed", "unit"],
    )
    families = pd.DataFrame({"motif_id": [f"MA{n}" for n in range(1, 7)], "cluster": range(6)})
    given = found, 1, table, DETECTED, MATCHES, DATABASE, REGULATORS, families
    tables = lineage_tables(*given, members)
    assert list(tables) == ["tests", "regulators", "groups", "pairs", "units"]
    effects = pd.DataFrame(found[1].effects, targets, PROFILE.columns)
    profile = pd.DataFrame(weights - weights.mean(axis=0), targets, PROFILE.columns)
    lineages = table["lineage"].to_numpy()
    pd.testing.assert_frame_equal(tables["tests"], lineage_tests(profile, lineages))
    pd.testing.assert_frame_equal(tables["units"], named({"unit1": "B", "unit2": "T", "unit4": "B"}).reset_index())
    expected = group_units(effects, lineages, tables["tests"], tables["units"])
    pd.testing.assert_frame_equal(tables["groups"], expected)
    assert len(expected) and tables["pairs"].empty  # one unit for each lineage: no two to cooperate
    regulators = tables["regulators"]
    assert regulators[["lineage", "unit", "tf", "replicates", "of"]].values.tolist() == [
        ["B", "unit1", "PAX5", 2, 2], ["T", "unit2", "SPI1", 1, 2],
    ]  # fmt: skip
    alone = lineage_tables(*given)["regulators"]  # without the members of recurring motifs
    assert alone["replicates"].tolist() == [1, 1]


def test_known_regulators_in_replicates():
    matches = pd.concat([MATCHES, MATCHES.iloc[[5]].assign(Query_ID="unit2", **{"p-value": 1e-9, "q-value": 1e-8})])
    matches = matches.reset_index(drop=True)
    effects = {1: PROFILE * [1, 1, 1, 9], 2: PROFILE}  # in the first replicate unit 4 is stronger than unit 2
    table = known_regulators(REGULATORS, DATABASE, {1: matches, 2: matches.iloc[4:]}, effects, LINEAGES)
    one = table.set_index(["tf", "seed"])
    assert one.loc[("PAX5", 1), ["matrix_id", "unit", "found", "lineage_of_unit"]].tolist() == [
        "MA1",
        "unit1",
        True,
        "B",
    ]
    assert not one.loc[("PAX5", 2), "found"] and pd.isna(one.loc[("PAX5", 2), "unit"])
    assert one.loc[("EBF1", 1), ["unit", "q_value", "found"]].tolist() == ["unit4", 1e-4, True]
    assert one.loc[("EBF1", 2), ["unit", "q_value", "lineage_of_unit"]].tolist() == ["unit2", 1e-8, "T"]
    assert one.loc[("RORA", 1), "matrix_id"] == "MA6" and not one.loc[("RORA", 1), "found"]
    assert pd.isna(one.loc[("CTCF", 1), "matrix_id"])


def test_units_that_hardly_matter_are_neither_regulators_nor_in_groups():
    wide, lineages = pd.concat([PROFILE] * 4) * [0.09, 1.75, 1, 1], LINEAGES * 4
    tests = lineage_tests(wide, lineages)
    assert (tests.loc[tests["unit"] == "unit1", "kruskal_q"] < 0.05).all()
    names = named({}).reset_index()
    assert lineage_regulators(tests, wide, lineages, names, {}, 1)["unit"].tolist() == ["unit2"]
    assert group_units(wide, lineages, tests, names)["unit"].tolist() == ["unit2"]
    assert matters(wide).tolist() == [False, True, False, True]


@pytest.mark.parametrize("n_units", [1, 12, 30, 300])
def test_the_heat_map_fits_a_page_and_can_be_read(n_units):
    rng = np.random.default_rng(3)
    effects, _ = planted(n_units, rng)
    names = annotated(effects, rng)
    groups = group_units(effects, IMMUNE["lineage"], lineage_tests(effects, IMMUNE["lineage"]), names)
    figure = plots.lineages(effects, names, groups, IMMUNE)
    width, height = figure.get_size_inches()
    assert width <= 7.2 and height <= 9.8
    texts = texts_in_place(figure)
    assert {"ILC3.NKp46-CCR6-.SI", "innate.lym"} <= set(texts)


def test_a_heat_map_of_few_targets_where_nothing_differs():
    effects = frame(unit1=[0] * 9, unit2=[1, -1, 0] * 3)
    table = pd.DataFrame({"target": TARGETS, "lineage": LINEAGES})
    names = DETECTED.iloc[:2]
    groups = group_units(effects, LINEAGES, lineage_tests(effects, LINEAGES), named({}).reset_index())
    texts = texts_in_place(plots.lineages(effects, names, groups, table))
    assert any(text.startswith("0 of 2 units differ") for text in texts)


@pytest.mark.parametrize("seeds", [[1], [1, 2], list(range(1, 11))])
def test_the_figure_of_known_regulators_can_be_read(seeds):
    rng = np.random.default_rng(4)
    regulators = read_regulators(RESOURCES / "regulators.tsv", IMMUNE["lineage"])
    rows = [
        (tf, lineage, f"MA{tf}", seed, "unit1", 1e-5, 1, "-", bool(rng.random() < 0.4), "B")
        for tf, lineage in regulators.itertuples(index=False)
        for seed in seeds
    ]
    columns = ["tf", "lineage", "matrix_id", "seed", "unit", "q_value", "offset", "orientation", "found"]
    columns.append("lineage_of_unit")
    found = pd.DataFrame(rows, columns=columns)
    ppm = rng.dirichlet([0.3] * 4, 12)
    units = {(seed, "unit1"): ppm for seed in seeds}
    figure = plots.known_regulators(found, units, {f"MA{tf}": ppm for tf in regulators["tf"]}, IMMUNE)
    assert any("known regulators came back" in text for text in texts_in_place(figure))
    nothing = plots.known_regulators(found.assign(found=False), units, {}, IMMUNE)
    assert "No unit of any replicate matches a known regulator." in texts_in_place(nothing)
