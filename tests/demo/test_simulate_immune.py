import hashlib

import numpy as np
import pandas as pd
import pytest
from cam.bases import encode, reverse_complement
from cam.demo.binding import choose_profile, log_odds
from cam.demo.immune import ACTIVITY, PROFILE, activities, quantile_normalise, simulate_immune
from cam.errors import InputError
from cam.io.fasta import read_fasta
from cam.io.tables import read_table
from cam.motifs.formats import jaspar_motifs
from cam.sources.immgen import read_heights, read_peaks

SMALL = {"regions": 1500, "chromosomes": 3, "chromosome_length": 250_000}
CELL_TYPES = {
    "B": ["B.Fo.Sp", "B.Sp", "B.PC.Sp", "proB.CLP.BM"],
    "myeloid": ["MF.PC", "GN.BM"],
    "innate.lym": ["NK.27+11b-.BM", "NK.27-11b+.Sp"],
    "abT": ["T.4.Nve.Sp", "T.8.Nve.Sp"],
    "gdT": ["Tgd.Sp"],
    "T.act": ["T8.TE.LCMV.d7.Sp", "T.4.Sp.aCD3+CD40.18hr"],
    "stem": ["LTHSC.34+.BM", "MMP3.48+.BM"],
}
LINEAGES = pd.DataFrame(
    [(target, lineage, "") for lineage, targets in CELL_TYPES.items() for target in targets],
    columns=["target", "lineage", "alias"],
)
HOME = {
    "PAX5": "B", "EBF1": "B", "SPI1": "myeloid", "CEBPA": "myeloid", "TBX21": "innate.lym", "EOMES": "innate.lym",
    "TCF7": "abT", "RUNX3": "T.act", "NFIX": "stem", "HOXA9": "stem",
}  # fmt: skip


@pytest.fixture(scope="module")
def profiles():
    return jaspar_motifs("JASPAR2020")


class Demo:
    """A simulated folder, read back."""

    def __init__(self, folder, truth):
        self.folder, self.truth = folder, truth
        self.genome = dict(read_fasta(folder / "genome.fa"))
        self.peaks = read_peaks(folder / "ImmGenATAC1219.peak_matched.txt", 251)
        names, self.values, self.skipped = read_heights(
            folder / "mouse_peak_heights.csv", LINEAGES["target"].tolist(), LINEAGES
        )
        assert names == self.peaks["name"].tolist()
        self.codes = encode([self.genome[peak.chrom][peak.start : peak.end] for peak in self.peaks.itertuples()])


@pytest.fixture(scope="module")
def demo(tmp_path_factory, profiles):
    folder = tmp_path_factory.mktemp("immune")
    return Demo(folder, simulate_immune(folder, LINEAGES, profiles, 1, **SMALL))


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_same_seed_same_bytes(demo, profiles, tmp_path):
    expected = digests(demo.folder)
    assert sorted(expected) == [
        "ImmGenATAC1219.peak_matched.txt",
        "genome.fa",
        "mouse_peak_heights.csv",
        "planted.tsv.gz",
        "regulators.tsv",
    ]
    simulate_immune(tmp_path / "again", LINEAGES, profiles, 1, **SMALL)
    assert digests(tmp_path / "again") == expected
    simulate_immune(tmp_path / "other", LINEAGES, profiles, 2, **SMALL)
    same = {name for name, digest in digests(tmp_path / "other").items() if digest == expected[name]}
    assert same == {"regulators.tsv"}  # the mean activities are no matter of chance


def test_genome_and_peaks(demo):
    assert {name: len(sequence) for name, sequence in demo.genome.items()} == dict.fromkeys(
        ["chr1", "chr2", "chr3", "chrX"], 250_000
    )
    assert demo.peaks["chrom"].value_counts(sort=False).to_dict() == {"chr1": 501, "chr2": 501, "chr3": 501, "chrX": 60}
    unknown = (demo.codes == 4).any(axis=1)
    assert demo.peaks.loc[unknown, ["chrom", "start"]].values.tolist() == [["chr1", 875], ["chr2", 875], ["chr3", 875]]
    autosomal = demo.codes[(demo.peaks["chrom"] != "chrX") & ~unknown]
    assert 0.38 < np.isin(autosomal, (1, 2)).mean() < 0.5


def test_positions_in_the_file_count_from_1_and_include_both_ends(demo):
    with open(demo.folder / "ImmGenATAC1219.peak_matched.txt") as lines:
        name, chrom, start, stop = next(lines).split()
    assert (name, chrom) == ("ImmGenATAC1219.peak_1", "chr1")
    assert int(stop) - int(start) + 1 == 251
    assert int(start) == demo.peaks["start"][0] + 1


def test_stray_characters_stand_between_the_heights(demo):
    lines = (demo.folder / "mouse_peak_heights.csv").read_bytes().split(b"\n")
    assert lines.count(b"\x1a") == demo.skipped == 5
    assert len(lines) == 1 + 1563 + 5 + 1
    assert lines[0].decode() == ",".join(["", *LINEAGES["target"]])


def test_planted_sites_are_where_the_truth_says(demo, profiles):
    pd.testing.assert_frame_equal(read_table(demo.folder / "planted.tsv.gz"), demo.truth, rtol=1e-5)
    regions = demo.peaks.set_index("name")
    for site in demo.truth.itertuples():
        region = regions.loc[site.region]
        assert (site.chrom == region["chrom"]) and region["start"] <= site.start < site.end <= region["end"]
        bases = encode([demo.genome[site.chrom][site.start : site.end]])
        bases = reverse_complement(bases) if site.strand == "-" else bases
        np.testing.assert_array_equal(bases, encode([site.site_sequence]))
    for tf, sites in demo.truth.groupby("tf"):
        profile = choose_profile(PROFILE.get(tf, tf), profiles)
        assert set(sites["matrix_id"]) == {profile.matrix_id}
        assert (log_odds(profile, encode(sites["site_sequence"].tolist())) > 5).all()


def test_regulators_of_a_programme_stand_together(demo):
    regions = demo.truth.groupby("tf")["region"].agg(set)
    pax5, ebf1, spi1 = regions["PAX5"], regions["EBF1"], regions["SPI1"]
    assert len(pax5 & ebf1) > 0.55 * max(len(pax5), len(ebf1))
    assert len(pax5 & spi1) < 0.1 * len(pax5)


@pytest.mark.parametrize("tf", HOME)
def test_a_region_with_a_site_is_higher_where_its_regulator_is_active(demo, tf):
    has_site = demo.peaks["name"].isin(demo.truth.loc[demo.truth["tf"] == tf, "region"]).to_numpy()
    effect = demo.values[has_site].mean(axis=0) - demo.values[~has_site].mean(axis=0)
    in_lineage = pd.Series(effect).groupby(LINEAGES["lineage"].to_numpy()).mean()
    assert in_lineage.idxmax() == HOME[tf]
    activity = activities(LINEAGES)[list(ACTIVITY).index(tf)]
    assert np.corrcoef(effect, activity)[0, 1] > 0.8


def test_ctcf_opens_everywhere(demo):
    has_site = demo.peaks["name"].isin(demo.truth.loc[demo.truth["tf"] == "CTCF", "region"]).to_numpy()
    effect = demo.values[has_site].mean(axis=0) - demo.values[~has_site].mean(axis=0)
    assert (effect > 0.2).all()


def test_the_true_activities_of_lineages(demo):
    table = read_table(demo.folder / "regulators.tsv").set_index("tf")
    assert table.columns.tolist() == list(CELL_TYPES)
    assert table.drop(index="CTCF").idxmax(axis=1).to_dict() == HOME
    assert (table.loc["CTCF"] == 1).all()
    assert table.loc["PAX5", "B"] == pytest.approx((1 + 1 + 0.2 + 0.1) / 4)
    assert table.loc["TBX21", "T.act"] == pytest.approx(0.4 / 2)


def test_the_last_pattern_that_fits_holds():
    lineages = pd.DataFrame({"target": ["NK.27+11b-.BM", "T8.TN.P14.Sp", "T8.MP.LCMV.d7.Sp"], "lineage": "innate.lym"})
    np.testing.assert_array_equal(activities(lineages)[list(ACTIVITY).index("TBX21")], [1.0, 0.0, 0.4])


def test_values_have_one_distribution_and_a_floor(demo):
    ordered = np.sort(demo.values, axis=0)
    assert np.abs(ordered - ordered[:, :1]).mean() < 0.1  # but for values that are equal
    at_floor = demo.values == demo.values.min(axis=0)
    assert 0.05 < at_floor.mean() < 0.3
    assert 1.0 < demo.values.min() < 1.2


def test_without_effect_and_noise_cell_types_differ_by_counting_alone(tmp_path, profiles):
    simulate_immune(tmp_path, LINEAGES, profiles, 1, **SMALL, effect=0, noise=0)
    _, values, _ = read_heights(tmp_path / "mouse_peak_heights.csv", LINEAGES["target"].tolist(), LINEAGES)
    correlations = np.corrcoef(values - values.mean(axis=1, keepdims=True), rowvar=False)
    assert np.abs(correlations[np.triu_indices(15, 1)] + 1 / 14).max() < 0.12


def test_quantile_normalise():
    values = np.array([[1.0, 10.0], [2.0, 30.0], [2.0, 20.0]])
    # The sorted rows have the means 5.5, 11, 16; the two equal values share those of their ranks.
    np.testing.assert_allclose(quantile_normalise(values), [[5.5, 5.5], [13.5, 16.0], [13.5, 11.0]])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"chromosomes": 20}, "chromosomes: found 20, expected 1 to 19"),
        ({"effect": -1.0}, "effect: found -1.0, expected a number from 0 up"),
        ({"noise": float("nan")}, "noise: found nan, expected a number from 0 up"),
        ({"chromosome_length": 100_000}, "chromosome_length: found 100000, expected 201400 or more for 1500 open"),
    ],
)
def test_wrong_options(tmp_path, profiles, options, sentence):
    with pytest.raises(InputError, match=sentence):
        simulate_immune(tmp_path, LINEAGES, profiles, 1, **SMALL | options)
    assert not list(tmp_path.iterdir())


def test_a_regulator_without_a_profile(tmp_path, profiles):
    with pytest.raises(InputError, match="found the TF 'CTCF', expected one with a JASPAR profile"):
        simulate_immune(tmp_path, LINEAGES, [p for p in profiles if not p.name.startswith("CTCF")], 1, **SMALL)
