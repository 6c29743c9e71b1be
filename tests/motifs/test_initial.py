import numpy as np
import pandas as pd
import pytest
from cam.motifs.formats import Motif, jaspar_motifs
from cam.motifs.initial import choose_motifs, compare_with_initial, filter_of, known_filters, names_of, similarity
from cam.motifs.matrices import consensus, information_content, trim


def motif(site, matrix_id="M1", flanks=0):
    ppm = np.full((len(site) + 2 * flanks, 4), 0.25)
    ppm[flanks : flanks + len(site)] = 0.02
    ppm[np.arange(flanks, flanks + len(site)), ["ACGT".index(base) for base in site]] = 0.94
    return Motif(matrix_id, f"TF{matrix_id}", ppm, 100)


def responses(weights, codes):
    """Of a filter to windows of its own length, base by base."""
    return np.array([sum(weights[base, place] for place, base in enumerate(window)) for window in codes])


@pytest.mark.parametrize("length", [8, 11, 20])
def test_a_filter_responds_most_to_its_motif_and_to_random_sequence_like_an_initial_one(length):
    weights = filter_of(motif("GATTACAG", flanks=3), length)
    before = (length - 8) // 2
    assert weights.shape == (4, length) and weights.dtype == np.float32
    inside = weights[:, before : before + 8]
    assert "".join("ACGT"[base] for base in inside.argmax(axis=0)) == "GATTACAG"
    assert not np.delete(weights, np.s_[before : before + 8], axis=1).any()
    np.testing.assert_allclose(weights.mean(axis=0), 0, atol=1e-7)
    rng = np.random.default_rng(0)
    random = responses(weights, rng.integers(0, 4, (20_000, length)))
    initial = rng.uniform(-1, 1, (500, 4, length)) / np.sqrt(4 * length)  # of torch.nn.Conv1d
    theirs = [responses(one, rng.integers(0, 4, (100, length))).std() for one in initial]
    assert random.std() == pytest.approx(0.25, rel=0.05) and np.mean(theirs) == pytest.approx(0.25, rel=0.05)


def test_of_a_long_motif_the_most_informative_part_is_read():
    ppm = motif("ACGTACGTACGT").ppm
    ppm[:6] = 0.4 * ppm[:6] + 0.15  # still above the least information, but weaker
    assert (information_content(ppm) >= 0.25).all()
    weights = filter_of(Motif("M1", "M1", ppm, 100), 6)
    assert "".join("ACGT"[base] for base in weights.argmax(axis=0)) == "GTACGT"


def test_a_motif_that_says_nothing_is_a_filter_of_zeros():
    assert not filter_of(Motif("M1", "M1", np.full((6, 4), 0.25), 10), 10).any()


def test_of_more_motifs_than_filters_one_of_each_family_is_taken():
    motifs = [motif("GATTACAG", "M1"), motif("GATTACAG", "M2"), motif("CCGGTTCC", "M3"), motif("TTTTTTTT", "M4")]
    assert [one.matrix_id for one in choose_motifs(motifs, 4)] == ["M1", "M2", "M3", "M4"]
    chosen = [one.matrix_id for one in choose_motifs(motifs, 3)]
    assert len(chosen) == 3 and len({"M1", "M2"} & set(chosen)) == 1
    assert choose_motifs(motifs, 1)[0].matrix_id in {"M1", "M2"}  # the largest family


def test_all_motifs_of_jaspar_are_filters():
    motifs = jaspar_motifs("JASPAR2020")
    names, filters = known_filters(motifs, 1000, 19)
    assert len(names) == len(set(names)) == len(motifs) > 700
    assert filters.shape == (len(motifs), 4, 19) and np.isfinite(filters).all() and filters.any(axis=(1, 2)).all()
    for one, weights in list(zip(motifs, filters, strict=True))[::40]:
        core = one.ppm[trim(one.ppm)]
        read = "".join("ACGT"[base] for base in weights.argmax(axis=0)[weights.any(axis=0)])
        assert read in consensus(core)
    assert known_filters([], 10, 19)[1].shape == (0, 4, 19)


def test_similarity():
    began = filter_of(motif("GATTACAG"), 12)
    assert similarity(began, began) == pytest.approx(1)
    assert similarity(began * 3 + 5, began) == pytest.approx(1)  # neither scale nor shift is seen by batch norm
    assert similarity(-began, began) == pytest.approx(-1)
    noise = np.random.default_rng(0).normal(size=(200, *began.shape))
    assert abs(np.mean([similarity(one, began) for one in noise])) < 0.05
    assert np.isnan(similarity(np.zeros_like(began), began))


def test_what_became_of_units_is_told():
    motifs = [motif("GATTACAG", "M1"), motif("CCGGTTCC", "M2"), motif("TTAATTAA", "M3")]
    _, filters = known_filters(motifs, 3, 10)
    names = names_of(["M1", "M2", "M3"], [1, -1, 0, 2])
    assert names == ["M2", None, "M1", "M3"] and names_of([], [-1, -1]) == []
    weights = np.stack([filters[1], filters[2], -filters[0], filters[2]])
    annotation = pd.DataFrame(
        {"unit": [f"unit{n}" for n in range(1, 5)], "target_id": ["M2", np.nan, "M3", np.nan], "tf": ["B", "", "C", ""]}
    )  # fmt: skip
    families = {"M1": "one", "M2": "two", "M3": "three"}
    table = compare_with_initial(annotation["unit"], weights, names, motifs, annotation, families)
    assert table["motif_id"].tolist() == ["M2", "", "M1", "M3"] and table["tf"].tolist() == ["TFM2", "", "TFM1", "TFM3"]
    np.testing.assert_allclose(table["similarity"], [1, np.nan, -1, 1], rtol=1e-5)
    assert table["match_id"].tolist() == ["M2", "", "M3", ""] and table["same_family"].tolist() == [
        "true",
        "",
        "false",
        "",
    ]
