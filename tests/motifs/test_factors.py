import numpy as np
import pytest
from cam.errors import InputError
from cam.motifs.factors import expect_profiles, factor_of, matrices_of, with_factors
from cam.motifs.formats import Motif

FLAT = np.full((6, 4), 0.25)
STYLES = {
    "PAX5": "PAX5",
    "Pax5": "Pax5",
    "FOS::JUN(var.2)": "FOS::JUN(var.2)",
    "NKX2-5": "NKX2-5",
    "NFIC::TLX1": "NFIC::TLX1",
    "MZF1_1-4": "MZF1_1-4",
    "Ahr/Arnt": "Ahr/Arnt",
    "unit1": "unit1",
    "PAX5.H12CORE.0.P.B": "PAX5",
    "NKX2-5.H13INVIVO.1.PSM.A": "NKX2-5",
    "PAX5_HUMAN.H11MO.0.A": "PAX5",
    "CTCF_MOUSE.H11MO.0.A": "CTCF",
    "CTCF_HUMAN.H10MO.A": "CTCF",
    "COE1_HUMAN.H11MO.0.A": "EBF1",
    "PO2F2_HUMAN.H11MO.0.A": "POU2F2",
    "HXA9_HUMAN.H11MO.0.B": "HOXA9",
    "NKX25_HUMAN.H11MO.0.B": "NKX2-5",
    "P53_HUMAN.H11MO.0.A": "TP53",
    "ZN143_HUMAN.H11MO.0.A": "ZNF143",
    "ZBT7B_HUMAN.H11MO.0.D": "ZBTB7B",
    "SPI1_HUMAN.H11DI.0.A": "SPI1",
    "(PAX5)_(Mus_musculus)_(DBD_1.00)": "PAX5",
    "(CTCF)_(Homo_sapiens)": "CTCF",
    "CTCF(Zf)/CD4+-CTCF-ChIP-Seq(GSE12889)/Homer": "CTCF",
    "PAX5(Paired,Homeobox),condensed/GM12878-PAX5-ChIP-Seq(GSE32465)/Homer": "PAX5",
    "CRE(bZIP)/Promoter/Homer": "CRE",
    "1-ASTTCCTCTT,BestGuess:PU.1(ETS)/ThioMac-PU.1-ChIP-Seq(GSE21512)/Homer(0.967)": "1-ASTTCCTCTT",
    "MA0139.1.CTCF": "CTCF",
    "Gata3_primary": "Gata3",
    "CTCF_full": "CTCF",
    "Alx1_DBD_1": "Alx1",
    "PAX5_known1": "PAX5",
    "PAX5.p2": "PAX5",
    "V$PAX5_01": "PAX5",
}


def motif(matrix_id, name=None):
    return Motif(matrix_id, name or matrix_id, FLAT, 20)


@pytest.mark.parametrize(("name", "factor"), STYLES.items())
def test_factor_of(name, factor):
    assert factor_of(name) == factor
    assert factor_of(factor) == factor


def test_matrices_of():
    database = [motif(f"m{n}", name) for n, name in enumerate(STYLES)]
    pax5 = [f"m{n}" for n, factor in enumerate(STYLES.values()) if factor.upper() == "PAX5"]
    assert matrices_of("pax5", database) == pax5 and len(pax5) == 9
    assert matrices_of("FOS::JUN", database) == ["m2"]
    assert matrices_of("FOS", database) == matrices_of("PAX", database) == []
    assert matrices_of("RORA(var.2)", [motif("a", "RORA"), motif("b", "Rora(var.2)")]) == ["a", "b"]


def test_with_factors():
    database = [motif("M1_2.00", "Homo_sapiens|PAX5|x"), motif("PAX5.H12CORE.0.P.B")]
    assert [m.name for m in with_factors(database)] == ["Homo_sapiens|PAX5|x", "PAX5"]
    named = with_factors(database, r"\|(\w+)\|")
    assert [(m.matrix_id, m.name) for m in named] == [("M1_2.00", "PAX5"), ("PAX5.H12CORE.0.P.B", "PAX5")]
    assert with_factors(database, "^(M1)_")[0].name == "M1"
    with pytest.raises(InputError, match="tomtom.tf_pattern: found '#.*' in no name .*, such as 'PAX5.H12CORE"):
        with_factors(database, "#(.+)")


def test_expect_profiles():
    database = [motif("M08295_2.00"), motif("PAX5.H12CORE.0.P.B")]
    expect_profiles(["EBF1", "Pax5"], database, ("r.tsv", "d.meme"))
    expect_profiles([], database, ("r.tsv", "d.meme"))
    with pytest.raises(
        InputError, match="d.meme: found no profile of any of the 2 regulators in r.tsv, .* 'M08295_2.00'"
    ):
        expect_profiles(["EBF1", "SPI1", "SPI1"], database, ("r.tsv", "d.meme"))
