import numpy as np
import pandas as pd
import pytest
from cam.errors import InputError
from cam.motifs.formats import Motif, jaspar_motifs
from cam.motifs.matrices import consensus, reverse_complement
from cam.motifs.replicates import COLUMNS, MEMBERS, as_known, recurring_motifs
from cam.plots import consistency
from figures import texts_in_place

WIDTH = 20
FLAT = np.full((WIDTH, 4), 0.25)


@pytest.fixture(scope="module")
def jaspar():
    return jaspar_motifs("JASPAR2020")


@pytest.fixture(scope="module")
def known(jaspar):
    return {name: next(m for m in jaspar if m.name == name) for name in ("CTCF", "GATA2", "REST")}


def unit(number, ppm):
    return Motif(f"unit{number}", f"unit{number}", ppm, 300)


def copy_of(ppm, rng, shift, turned):
    """What a filter would show of a motif: at some place of its width, counted from 300 sites, on either strand."""
    wide = np.full((WIDTH + 2 * len(ppm), 4), 0.25)
    wide[len(ppm) + shift : 2 * len(ppm) + shift] = ppm
    wide = wide[len(ppm) : len(ppm) + WIDTH]
    counted = np.array([rng.multinomial(300, row) for row in wide]) / 300
    return reverse_complement(counted) if turned else counted


def random_motif(rng):
    return rng.dirichlet(np.full(4, 0.3), WIDTH)


@pytest.fixture(scope="module")
def planted(known):
    """Five replicates. CTCF is in all, once in two units, GATA2 in four, REST in three; the other units are noise."""
    rng = np.random.default_rng(1)
    replicates = {}
    for seed in range(1, 6):
        ppms = [copy_of(known["CTCF"].ppm, rng, seed % 3 - 1, seed % 2)]
        if seed != 2:
            ppms.append(copy_of(known["GATA2"].ppm, rng, 2 * seed, seed > 3))
        if seed > 2:
            ppms.append(copy_of(known["REST"].ppm, rng, -1, seed == 4))
        if seed == 5:
            ppms.append(copy_of(known["CTCF"].ppm, rng, 1, False))
        ppms += [random_motif(rng), FLAT, random_motif(rng)]
        replicates[seed] = [unit(number, ppm) for number, ppm in enumerate(ppms, 1)]
    return replicates


def test_planted_motifs_come_back(planted, jaspar, known):
    pytest.importorskip("memelite")
    table, members = recurring_motifs(planted, jaspar, backend="memelite")
    assert list(table.columns) == COLUMNS and list(members.columns) == MEMBERS
    assert table["members"].tolist()[:3] == [
        "seed1.unit1 seed2.unit1 seed3.unit1 seed4.unit1 seed5.unit1 seed5.unit4",
        "seed1.unit2 seed3.unit2 seed4.unit2 seed5.unit2",
        "seed3.unit3 seed4.unit3 seed5.unit3",
    ]
    assert table["replicates"].tolist() == [5, 4, 3] + [1] * 10
    assert (table["of"] == 5).all()
    assert table["n_members"].tolist() == [6, 4, 3] + [1] * 10
    assert table["motif"].tolist() == [f"motif{number}" for number in range(1, 14)]
    assert table["tf"].tolist()[::2][:2] == ["CTCF", "REST"] and table["tf"][1].startswith("GATA")
    assert (table["q_value"][:3] < 0.001).all()
    glued = "seed" + members["seed"].astype(str) + "." + members["unit"]
    assert glued.groupby(members["motif"], sort=False).agg(" ".join).tolist() == table["members"].tolist()
    assert glued[members["representative"]].tolist() == table["representative"].tolist()
    # Read as the known motif is: CTCF is in some units turned around.
    assert "CCACCAGGGGGCGC" in table["consensus"][0]
    assert consensus(known["REST"].ppm)[4:18] in table["consensus"][2]


def test_halves_of_a_motif_are_not_one_because_of_the_whole(jaspar, known):
    """Two motifs are not in one group for a third that both resemble; connected components would have one group."""
    pytest.importorskip("memelite")
    rng, rest = np.random.default_rng(2), known["REST"].ppm
    left, right, whole = (FLAT.copy() for _ in range(3))
    left[4:14], right[4:15], whole[:] = rest[:10], rest[10:], rest[:20]
    replicates = {
        seed: [unit(n, copy_of(ppm, rng, 0, False)) for n, ppm in enumerate((left, right, whole), 1)]
        for seed in (1, 2, 3)
    }
    table, _ = recurring_motifs(replicates, jaspar, backend="memelite")
    assert table["members"].tolist() == [
        "seed1.unit1 seed1.unit3 seed2.unit1 seed2.unit3 seed3.unit1 seed3.unit3",
        "seed1.unit2 seed2.unit2 seed3.unit2",
    ]


def test_a_single_replicate(planted, jaspar):
    pytest.importorskip("memelite")
    table, members = recurring_motifs({4: planted[4]}, jaspar, backend="memelite")
    assert set(table["members"]) == {f"seed4.unit{number}" for number in (1, 2, 3, 4, 6)}
    assert (table["replicates"] == 1).all() and (table["of"] == 1).all()
    assert table["information_content"].is_monotonic_decreasing
    assert table["representative"].tolist() == table["members"].tolist()
    assert (members["seed"] == 4).all() and members["representative"].all() and len(members) == len(table)
    one, _ = recurring_motifs({4: planted[4][:1]}, jaspar, backend="memelite")
    assert one["members"].tolist() == ["seed4.unit1"] and one["tf"].tolist() == ["CTCF"]


def test_motifs_without_information_are_in_no_group(jaspar):
    table, members = recurring_motifs({1: [unit(1, FLAT)], 2: [unit(1, FLAT)]}, jaspar)
    assert table.empty and list(table.columns) == COLUMNS
    assert members.empty and list(members.columns) == MEMBERS


def test_no_replicates(jaspar):
    with pytest.raises(InputError, match="consistency of motifs: found no replicates, expected at least one"):
        recurring_motifs({}, jaspar)


def test_the_representative_is_the_most_central(monkeypatch, known):
    """With a Tomtom that says which motifs are alike, and how much: rows query, target, q-value."""
    q = {(1, 2): 0.01, (1, 3): 0.01, (2, 3): 0.02, (3, 4): 0.03}  # of 0.05

    def told(queries, targets, backend, background, threshold):
        rows = []
        for query in queries:
            for target in targets:
                pair = tuple(sorted(int(motif.matrix_id[4]) for motif in (query, target) if motif.name != "known"))
                share = q.get(pair) if target.name != "known" else None
                if query is target:
                    share = 0.0
                if share is not None:
                    # Only the larger of the two counts.
                    rows.append((query.matrix_id, target.matrix_id, share if query.matrix_id < target.matrix_id else 0))
        table = pd.DataFrame(rows, columns=["Query_ID", "Target_ID", "q-value"])
        return table.assign(**{"p-value": table["q-value"], "Orientation": "+"})

    monkeypatch.setattr("cam.motifs.replicates.compare", told)
    motif = copy_of(known["GATA2"].ppm, np.random.default_rng(3), 3, False)
    replicates = {seed: [unit(1, motif)] for seed in (1, 2, 3, 4)}
    table, _ = recurring_motifs(replicates, [Motif("MA1", "known", known["CTCF"].ppm, 20)], 0.05)
    # 4 is 0.6 from 3, but 1 from 1 and 2: 0.87 on average, more than one half.
    assert table["members"].tolist() == ["seed1.unit1 seed2.unit1 seed3.unit1", "seed4.unit1"]
    assert table["representative"].tolist() == ["seed1.unit1", "seed4.unit1"]
    assert table["tf"].isna().all() and table["orientation"].isna().all()


def test_as_known():
    ppm = np.eye(4)[[0, 0, 1]]
    np.testing.assert_array_equal(as_known(ppm, "-"), np.eye(4)[[2, 3, 3]])
    for orientation in ("+", np.nan, None):
        np.testing.assert_array_equal(as_known(ppm, orientation), ppm)


# --- The figure -----------------------------------------------------------------------------------------------------


def made_up(n_motifs, seeds, n_units):
    """Tables as of so many motifs, each in fewer and fewer replicates, and the representatives' motifs."""
    rng = np.random.default_rng(0)
    rows, members, ppms = [], [], {}
    for number in range(1, n_motifs + 1):
        back = seeds[: max(1, round(len(seeds) * (1 - number / n_motifs)))]
        own = [(seed, f"unit{(number * 7 + n) % n_units + 1}") for seed in back for n in range(number % 4 + 1)]
        members += [(f"motif{number}", *place, place == own[0]) for place in own]
        ppms[own[0]] = random_motif(rng) if number % 5 else np.eye(4)[[0, 1, 2, 3]]
        rows.append(
            {
                "motif": f"motif{number}",
                "replicates": len(back),
                "of": len(seeds),
                "tf": ["CTCF", "MEF2C::SOX17(var.2)", np.nan][number % 3],
                "orientation": ["+", "-", np.nan][number % 3],
            }
        )
    return pd.DataFrame(rows), pd.DataFrame(members, columns=MEMBERS), ppms


@pytest.mark.parametrize(
    ("n_motifs", "seeds", "n_units", "title"),
    [
        (10, [1], 10, "10 motifs of 1 replicate"),
        (1, [1], 10, "1 motif of 1 replicate"),
        (2, [1, 2, 3], 10, "2 motifs of 3 replicates; 1 came back in more than one"),
        (25, [1, 2, 3, 4, 5], 20, "25 motifs of 5 replicates; 17 came back in more than one"),
        (400, list(range(1, 11)), 300, "The first 25 of 400 motifs of 10 replicates; 340 came back in more than one"),
        (30, list(range(1001, 1031)), 300, "The first 25 of 30 motifs of 30 replicates; 28 came back in more than one"),
    ],
)
def test_every_label_of_the_figure_can_be_read(n_motifs, seeds, n_units, title):
    table, members, ppms = made_up(n_motifs, seeds, n_units)
    figure = consistency(table, members, ppms, seeds)
    texts = texts_in_place(figure)
    assert title in texts
    shown = table.head(25)
    for label in (f"{row.replicates} of {len(seeds)}" for row in shown.itertuples()):
        assert label in texts
    assert texts.count("CTCF") == (shown["tf"] == "CTCF").sum()
    assert texts.count("no known motif") == shown["tf"].isna().sum()
    assert figure.get_size_inches()[0] < 14


def test_the_boxes_are_filled_where_a_motif_came_back():
    table = pd.DataFrame(
        {
            "motif": ["motif1", "motif2"],
            "replicates": [2, 1],
            "tf": ["CTCF", np.nan],
            "orientation": ["-", np.nan],
        }
    )
    members = pd.DataFrame(
        [("motif1", 1, "unit3", True), ("motif1", 1, "unit7", False), ("motif1", 5, "unit2", False),
         ("motif2", 5, "unit10", True)],
        columns=MEMBERS,
    )  # fmt: skip
    ppms = dict.fromkeys([(1, "unit3"), (5, "unit10")], np.eye(4)[[0, 1, 2]])
    figure = consistency(table, members, ppms, [1, 5])
    boxes = next(axes for axes in figure.axes if len(axes.patches) == 4 and axes.get_title(loc="left"))
    filled = [box.get_facecolor()[:3] == pytest.approx((0, 0x72 / 255, 0xB2 / 255)) for box in boxes.patches]
    assert filled == [True, True, False, True]
    assert [text.get_text() for text in boxes.texts] == ["Seed", "3, 7", "2", "2 of 2", "10", "1 of 2"]


def test_a_figure_of_nothing():
    assert texts_in_place(consistency(pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=MEMBERS), {}, [1, 2])) == [
        "No unit of any replicate has a motif."
    ]
