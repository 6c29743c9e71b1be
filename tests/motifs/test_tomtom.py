import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cam.errors import InputError
from cam.motifs.formats import Motif, jaspar_motifs, read_motifs
from cam.motifs.matrices import reverse_complement
from cam.motifs.tomtom import COLUMNS, annotate, compare, parse_tsv, q_values
from conftest import ROOT
from scipy.stats import false_discovery_control

SHARED = Path(os.environ.get("CAM_SHARED_DATA", ROOT.parent / "shared" / "data")) / "explainn"

# The layout of the MEME Suite's output: a header, rows by query, an empty line, comments.
RECORDED = (
    "\t".join(COLUMNS) + "\n"
    "unit1\tMA0139.1\t-1\t1.5e-12\t1.119e-09\t2.2e-09\t19\tATGGCCACCAGGGGGCGCTAG\tTGGCCACCAGGGGGCGCTA\t+\n"
    "unit1\tMA1102.2\t3\t0.00025\t0.1865\t0.18\t9\tATGGCCACCAGGGGGCGCTAG\tCCGCCAGGGGGC\t-\n"
    "unit3\tNA\t0\t1e-05\t0.00746\t0.0149\t7\tTGACTCA\tTGACTCA\t-\n"
    "\n"
    "# Tomtom (Motif Comparison Tool): Version 5.5.5 compiled on Jan  1 2024 at 00:00:00\n"
    "# The format of this file is described at https://meme-suite.org/meme/doc/tomtom-output-format.html.\n"
    "# tomtom -text queries.meme targets.meme\n"
)

ONE = [Motif("unit1", "unit1", np.eye(4)[[0, 1, 2, 3, 2, 2, 2]], 50)]


@pytest.fixture(scope="module")
def jaspar():
    return jaspar_motifs("JASPAR2020")


def test_parse_tsv():
    table = parse_tsv(RECORDED)
    assert list(table.columns) == COLUMNS
    assert table["Query_ID"].tolist() == ["unit1", "unit1", "unit3"]
    assert table["Target_ID"].tolist() == ["MA0139.1", "MA1102.2", "NA"]
    assert table["Optimal_offset"].tolist() == [-1, 3, 0]
    assert table["p-value"].tolist() == [1.5e-12, 0.00025, 1e-05]
    assert table["E-value"].tolist() == [1.119e-09, 0.1865, 0.00746]
    assert table["q-value"].tolist() == [2.2e-09, 0.18, 0.0149]
    assert table["Overlap"].tolist() == [19, 9, 7]
    assert table["Orientation"].tolist() == ["+", "-", "-"]


def test_parse_tsv_without_matches():
    table = parse_tsv("\t".join(COLUMNS) + "\n\n# Tomtom\n")
    assert list(table.columns) == COLUMNS
    assert len(table) == 0
    assert table["q-value"].dtype == float


@pytest.mark.parametrize("text", ["", "Query ID\tTarget ID\n", RECORDED.replace("Overlap\t", "")])
def test_parse_tsv_of_something_else(text):
    with pytest.raises(
        InputError, match=r"output of tomtom, line 1: found .* expected the columns Query_ID, Target_ID"
    ):
        parse_tsv(text)


def test_q_values_of_few_are_benjamini_and_hochbergs():
    p_values = np.array([0.01, 0.9, 0.02, 0.5])
    np.testing.assert_allclose(q_values(p_values), [0.04, 0.9, 0.04, 2 / 3])
    p_values = np.random.default_rng(0).random(100)
    np.testing.assert_allclose(q_values(p_values), false_discovery_control(p_values))


def test_q_values_estimate_the_null_fraction():
    # A fifth of the p-values are tiny, the others uniform: the fraction of true null hypotheses is 0.8.
    p_values = np.concatenate([np.full(200, 1e-9), (np.arange(800) + 0.5) / 800])
    ratio = q_values(p_values) / false_discovery_control(p_values)
    np.testing.assert_allclose(ratio, ratio[0])
    assert ratio[0] == pytest.approx(0.8, abs=0.005)


def test_q_values_without_large_p_values():
    p_values = np.full(200, 1e-9)
    np.testing.assert_allclose(q_values(p_values), 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_q_values_agree_with_a_bootstrap(seed):
    rng = np.random.default_rng(seed)
    p_values = np.concatenate([rng.beta(0.2, 3, 400), rng.random(1000)])
    cut_offs = np.arange(1, 101) / 200
    estimates = np.array([(p_values >= cut).mean() / (1 - cut) for cut in cut_offs])
    samples = rng.choice(p_values, size=(4000, 1000))
    bootstrap = np.array([(samples >= cut).mean(axis=1) / (1 - cut) for cut in cut_offs])
    best = ((bootstrap - estimates.min()) ** 2).mean(axis=1).argmin()
    ratio = q_values(p_values).min() / false_discovery_control(p_values).min()
    assert ratio == pytest.approx(estimates[best], rel=0.01)


def test_annotate():
    table = parse_tsv(RECORDED)
    tie = table.iloc[[2]].assign(Target_ID="MA0099.3")
    targets = [Motif(i, tf, ONE[0].ppm, 20) for i, tf in {"MA0139.1": "CTCF", "NA": "x", "MA0099.3": "JUN"}.items()]
    annotation = annotate(pd.concat([table, tie]), targets, ["unit1", "unit2", "unit3"], 0.05)
    expected = pd.DataFrame(
        {
            "unit": ["unit1", "unit2", "unit3"],
            "target_id": ["MA0139.1", np.nan, "MA0099.3"],
            "tf": ["CTCF", np.nan, "JUN"],
            "q_value": [2.2e-09, np.nan, 0.0149],
        }
    )
    pd.testing.assert_frame_equal(annotation, expected, check_dtype=False)
    assert annotate(table, targets, ["unit1", "unit3"], 1e-10)["target_id"].isna().all()


def test_annotate_with_another_database():
    with pytest.raises(InputError, match=r"tomtom table: found target 'NA', expected one of the motif database"):
        annotate(parse_tsv(RECORDED), [Motif("MA0139.1", "CTCF", ONE[0].ppm, 20)], ["unit1"], 0.05)


def fake_tomtom(folder, monkeypatch, script):
    """Put a program on the PATH that keeps its arguments and the files they name, then runs a line of shell."""
    program = folder / "tomtom"
    program.write_text(f'#!/bin/sh\ncd "{folder}"\necho "$@" > arguments\ncat "${{12}}" > query\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


@pytest.mark.parametrize("backend", ["meme", "auto"])
def test_compare_with_the_meme_suite(tmp_path, monkeypatch, backend):
    (tmp_path / "output").write_text(RECORDED)
    fake_tomtom(tmp_path, monkeypatch, "cat output")
    table = compare(ONE, ONE, backend, background=[0.4, 0.2, 0.2, 0.2])
    pd.testing.assert_frame_equal(table, parse_tsv(RECORDED))
    arguments = (tmp_path / "arguments").read_text()
    assert arguments.startswith("-text -verbosity 1 -dist ed -min-overlap 1 -motif-pseudo 0.1 -thresh 0.5 /")
    assert "A 0.300000 C 0.200000 G 0.200000 T 0.300000" in (tmp_path / "query").read_text()


def test_compare_when_the_meme_suite_fails(tmp_path, monkeypatch):
    fake_tomtom(tmp_path, monkeypatch, "echo FATAL: no such option >&2; exit 1")
    with pytest.raises(InputError, match=r"ended with status 1, expected 0; it said: FATAL: no such option"):
        compare(ONE, ONE, "meme")


def test_compare_with_an_unknown_backend():
    with pytest.raises(InputError, match=r"tomtom backend: found 'homer', expected auto, meme or memelite"):
        compare(ONE, ONE, "homer")


def test_compare_with_a_backend_that_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"backend 'meme': not installed here; expected the MEME Suite's program"):
        compare(ONE, ONE, "meme")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"backend 'memelite': not installed here"):
        compare(ONE, ONE, "memelite")
    with pytest.raises(InputError, match=r"'auto': found neither the MEME Suite's tomtom nor memelite"):
        compare(ONE, ONE)


@pytest.mark.parametrize(("queries", "targets", "kind"), [([], ONE, "query"), (ONE, [], "target")])
def test_compare_without_motifs(tmp_path, monkeypatch, queries, targets, kind):
    fake_tomtom(tmp_path, monkeypatch, "exit 1")
    with pytest.raises(InputError, match=f"tomtom: found no {kind} motifs"):
        compare(queries, targets)


def test_compare_finds_known_motifs(jaspar):
    pytest.importorskip("memelite")
    ctcf = next(motif for motif in jaspar if motif.name == "CTCF")
    queries = [
        Motif("same", "same", ctcf.ppm, 1000),
        Motif("other_strand", "other_strand", reverse_complement(ctcf.ppm), 1000),
        Motif("inner", "inner", ctcf.ppm[3:15], 1000),
        Motif("longer", "longer", np.vstack([np.full((2, 4), 0.25), ctcf.ppm]), 1000),
        Motif("dead", "dead", np.full((19, 4), 0.25), 0),
    ]
    table = compare(queries, jaspar, "memelite")
    best = table.drop_duplicates("Query_ID").set_index("Query_ID")
    alive = best.loc[["same", "other_strand", "inner", "longer"]]
    assert alive["Target_ID"].tolist() == ["MA0139.1"] * 4
    assert alive["Optimal_offset"].tolist() == [0, 0, 3, -2]
    assert alive["Overlap"].tolist() == [19, 19, 12, 19]
    assert alive["Orientation"].tolist() == ["+", "-", "+", "+"]
    assert alive["Query_consensus"].tolist()[:2] == ["TGGCCACCAGGGGGCGCTA", "TAGCGCCCCCTGGTGGCCA"]
    assert alive["Target_consensus"].tolist()[:2] == ["TGGCCACCAGGGGGCGCTA", "TAGCGCCCCCTGGTGGCCA"]
    np.testing.assert_allclose(table["E-value"], table["p-value"] * 746)
    assert (table["q-value"] <= 0.5).all()
    assert not table.duplicated(["Query_ID", "Target_ID"]).any()

    annotation = annotate(table, jaspar, [query.matrix_id for query in queries], 0.05)
    assert annotation["tf"].tolist()[:4] == ["CTCF"] * 4
    assert annotation["tf"].isna().tolist() == [False] * 4 + [True]


def test_compare_reports_down_to_the_threshold(jaspar):
    pytest.importorskip("memelite")
    everything = compare(ONE, jaspar, "memelite", threshold=1)
    assert len(everything) == 746
    some = compare(ONE, jaspar, "memelite", threshold=0.3)
    assert 0 < len(some) < 746
    pd.testing.assert_frame_equal(some, everything[everything["q-value"] <= 0.3])


@pytest.fixture(scope="module")
def golden():
    """What MEME's Tomtom 5.4.1 printed for a published model, and what memelite finds for the same files."""
    pytest.importorskip("memelite")
    if not SHARED.exists():
        pytest.skip(f"needs the shared data: {SHARED} is absent")
    queries, background = read_motifs(SHARED / "explainn_filters.meme")
    targets, _ = read_motifs(SHARED / "JASPAR2020_CORE_vertebrates_non-redundant_pfms_meme.txt")
    meme = parse_tsv((SHARED / "MAX_JUND_FOXA1_tomtom.tsv").read_text())
    return queries, targets, meme, compare(queries, targets, "memelite", background)


def test_golden_same_matches_in_the_same_order(golden):
    _, _, meme, ours = golden
    # A match at the threshold may fall on either side: MEME draws its bootstrap samples at random.
    clear = [table[table["q-value"] < 0.49][["Query_ID", "Target_ID"]].reset_index(drop=True) for table in (meme, ours)]
    pd.testing.assert_frame_equal(*clear)
    pd.testing.assert_series_equal(ours.dtypes, meme.dtypes)
    assert len(meme) == 2437
    assert abs(len(ours) - len(meme)) <= 3


def test_golden_same_values(golden):
    queries, targets, meme, ours = golden
    both = meme.merge(ours, on=["Query_ID", "Target_ID"], suffixes=("", " ours"))
    assert len(both) >= 2434
    for column in ["Optimal_offset", "Overlap", "Orientation"]:
        assert (both[column] == both[f"{column} ours"]).all(), column
    np.testing.assert_allclose(both["p-value ours"], both["p-value"], rtol=1e-3)
    np.testing.assert_allclose(both["E-value ours"], both["E-value"], rtol=1e-3)
    np.testing.assert_allclose(both["q-value ours"], both["q-value"], rtol=5e-3)
    assert np.corrcoef(np.log10(both["p-value"]), np.log10(both["p-value ours"]))[0, 1] > 0.999999

    # Consensus sequences differ where bases are equally probable and nowhere else: MEME compares rounded numbers.
    ppms = {motif.matrix_id: motif.ppm for motif in queries + targets}
    for row in both.itertuples(index=False, name=None):
        match = dict(zip(both.columns, row, strict=True))
        for kind in ["Query", "Target"]:
            ppm = ppms[match[f"{kind}_ID"]]
            ppm = reverse_complement(ppm) if kind == "Target" and match["Orientation"] == "-" else ppm
            rows = np.arange(len(ppm))
            theirs, mine = (
                ["ACGT".index(base) for base in match[f"{kind}_consensus{whose}"]] for whose in ("", " ours")
            )
            np.testing.assert_allclose(ppm[rows, theirs], ppm[rows, mine], atol=2e-6)


def test_golden_same_best_matches(golden):
    queries, targets, meme, ours = golden
    names = [query.matrix_id for query in queries]
    expected, found = (annotate(table, targets, names, 0.05) for table in (meme, ours))
    assert expected["target_id"].notna().sum() == 29
    pd.testing.assert_frame_equal(found, expected, rtol=5e-3)
