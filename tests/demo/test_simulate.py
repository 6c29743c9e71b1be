import gzip
import hashlib
import tarfile

import numpy as np
import pandas as pd
import pytest
from cam.bases import encode, reverse_complement
from cam.demo.binding import DECOYS, SITE_SD, choose_profile, log_odds, sample_sites, simulate
from cam.errors import InputError
from cam.io.fasta import read_fasta
from cam.io.tables import read_table
from cam.motifs.formats import Motif, jaspar_motifs
from cam.sources import encode_dhs, remap, unibind
from sklearn.metrics import roc_auc_score

TARGETS = ["CTCF", "JUND", "FOXA1"]
SMALL = {"chromosomes": 3, "chromosome_length": 400_000, "open_regions": 2400, "cobinding": {"JUND": {"FOXA1": 0.3}}}


@pytest.fixture(scope="module")
def profiles():
    return jaspar_motifs("JASPAR2020")


class Demo:
    """A simulated folder, read back."""

    def __init__(self, folder, truth):
        self.folder, self.truth = folder, truth
        self.genome = dict(read_fasta(folder / "genome.fa"))
        self.summits = remap.read_summits(folder / "remap.bed.gz", TARGETS)
        self.sites = unibind.read_sites(folder / "unibind.tar.gz", TARGETS)
        clusters = encode_dhs.read_clusters(folder / "wgEncodeRegDnaseClustered.txt.gz")
        clusters = clusters[clusters["chrom"].isin(self.genome)].reset_index(drop=True)
        centres = (clusters["start"] + clusters["end"]) // 2
        self.regions = clusters.assign(start=centres - 100, end=centres + 100)
        self.regions["region"] = [f"{r.chrom}:{r.start}-{r.end}" for r in self.regions.itertuples()]
        # Half of the first region of a chromosome is in the gap; the demo has one such a chromosome.
        self.in_gap = self.regions["start"] == 900

    def hits(self, intervals, tf):
        """Which regions an interval of a TF overlaps, the slow and plain way."""
        found = np.zeros(len(self.regions), dtype=bool)
        for chrom, regions in self.regions.groupby("chrom"):
            own = intervals[(intervals["chrom"] == chrom) & (intervals["tf"] == tf)]
            start, end = own["start"].to_numpy(), own["end"].to_numpy()
            for row in regions.itertuples():
                found[row.Index] = ((start < row.end) & (end > row.start)).any()
        return found

    def planted(self, tf, kind="target"):
        """Regions with a planted site of a TF."""
        rows = self.truth[(self.truth["tf"] == tf) & (self.truth["kind"] == kind)]
        return self.regions["region"].isin(rows["region"]).to_numpy()

    def bound(self, tf):
        """Regions that a TF binds, according to the truth."""
        rows = self.truth[(self.truth["tf"] == tf) & (self.truth["bound"] == 1)]
        return self.regions["region"].isin(rows["region"]).to_numpy()


@pytest.fixture(scope="module")
def demo(tmp_path_factory, profiles):
    folder = tmp_path_factory.mktemp("demo")
    return Demo(folder, simulate(folder, TARGETS, profiles, 1, **SMALL))


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_same_seed_same_bytes(demo, profiles, tmp_path):
    expected = digests(demo.folder)
    assert sorted(expected) == [
        "blacklist.bed.gz",
        "genome.fa",
        "planted.tsv.gz",
        "remap.bed.gz",
        "unibind.tar.gz",
        "wgEncodeRegDnaseClustered.txt.gz",
        "wgEncodeRegDnaseClusteredSources.txt.gz",
    ]
    simulate(tmp_path / "again", TARGETS, profiles, 1, **SMALL)
    assert digests(tmp_path / "again") == expected
    simulate(tmp_path / "other", TARGETS, profiles, 2, **SMALL)
    same = {name for name, digest in digests(tmp_path / "other").items() if digest == expected[name]}
    assert same == {"wgEncodeRegDnaseClusteredSources.txt.gz"}


def test_genome(demo):
    assert {name: len(sequence) for name, sequence in demo.genome.items()} == dict.fromkeys(
        ["chr1", "chr2", "chr3"], 400_000
    )
    with open(demo.folder / "genome.fa") as lines:
        assert next(lines) == ">chr1\n"
        assert next(lines) == "N" * 60 + "\n"
    for sequence in demo.genome.values():
        assert set(sequence[:1000]) == {"N"}
        assert set(sequence[1000:]) == set("ACGT")


def test_composition(demo):
    codes = encode(list(demo.genome.values()))[:, 1000:]
    c, g = codes == 1, codes == 2
    gc = (c | g).mean()
    assert 0.38 < gc < 0.48
    cpg = (c[:, :-1] & g[:, 1:]).mean() / (c.mean() * g.mean())
    assert 0.2 < cpg < 0.4
    gpc = (g[:, :-1] & c[:, 1:]).mean() / (c.mean() * g.mean())
    assert 0.95 < gpc < 1.1  # the depletion is one of CpG, not of the bases
    windows = (c | g)[:, :390_000].reshape(-1, 10_000).mean(axis=1)
    assert windows.std() > 0.02  # a constant GC content would give 0.005


def test_regions(demo):
    assert len(demo.regions) == 2400 + 3
    assert demo.in_gap.sum() == 3
    clusters = encode_dhs.read_clusters(demo.folder / "wgEncodeRegDnaseClustered.txt.gz")
    width = clusters["end"] - clusters["start"]
    assert (width.min(), width.max()) == (150, 350)
    with gzip.open(demo.folder / "wgEncodeRegDnaseClustered.txt.gz", "rt") as lines:
        contigs = {line.split("\t")[1] for line in lines}
    assert contigs - {"chr1", "chr2", "chr3"} == {
        "chr1_KI270706v1_random",
        "chr14_GL000225v1_random",
        "chrUn_GL000220v1",
    }
    for chrom, regions in demo.regions.groupby("chrom"):
        assert regions["end"].max() < len(demo.genome[chrom])
        assert np.diff(regions["start"]).min() >= 400


def test_blacklist_covers_some_regions(demo):
    blacklist = pd.read_csv(demo.folder / "blacklist.bed.gz", sep="\t", names=["chrom", "start", "end", "reason"])
    assert blacklist["chrom"].tolist() == ["chr1", "chr1", "chr2", "chr2", "chr3", "chr3"]
    assert set(blacklist["reason"]) <= {"High Signal Region", "Low Mappability"}
    covered = demo.hits(blacklist.assign(tf="any"), "any")
    assert 6 <= covered.sum() < 30


def test_truth_is_in_the_genome(demo):
    pd.testing.assert_frame_equal(read_table(demo.folder / "planted.tsv.gz"), demo.truth)
    assert set(demo.truth["kind"]) == {"target", "decoy", "background"}
    assert set(demo.truth["tf"]) == {*TARGETS, *DECOYS}
    windows = demo.regions.set_index("region")
    for site in demo.truth.itertuples():
        sequence = encode([demo.genome[site.chrom][site.start : site.end]])
        oriented = sequence if site.strand == "+" else reverse_complement(sequence)
        assert (oriented == encode([site.site_sequence])).all()
        window = windows.loc[site.region]
        assert window["chrom"] == site.chrom
        assert window["start"] <= site.start < site.end <= window["end"]


def test_planted_sites_do_not_overlap(demo):
    planted = demo.truth[demo.truth["kind"] != "background"]
    for _, sites in planted.groupby("chrom"):
        assert (sites["start"].to_numpy()[1:] >= sites["end"].to_numpy()[:-1]).all()


def test_planted_sites_are_real(demo, profiles):
    for tf in TARGETS:
        motif = choose_profile(tf, profiles)
        planted = demo.truth[(demo.truth["tf"] == tf) & (demo.truth["kind"] == "target")]
        assert (planted["matrix_id"] == motif.matrix_id).all()
        scores = log_odds(motif, encode(planted["site_sequence"].tolist()))
        assert scores.min() > 9 and scores.std() > 0.5  # strong, but not one like the other
        assert 0.4 < (planted["strand"] == "+").mean() < 0.6
        left = planted["region"].str.extract(r":(\d+)-")[0].astype(int)
        offset = (planted["start"] + planted["end"]) / 2 - left - 100
        assert abs(offset.mean()) < 5
        assert SITE_SD - 5 < offset.std() < SITE_SD + 10


def test_files_agree_with_the_truth(demo):
    for tf in TARGETS:
        in_remap, in_unibind = demo.hits(demo.summits, tf), demo.hits(demo.sites, tf)
        bound = demo.bound(tf)
        one = in_remap ^ in_unibind
        assert 0.02 < one.mean() < 0.045  # single_source
        assert 0.3 < in_remap[one].mean() < 0.7
        assert (in_remap[~one] == bound[~one]).all()
        assert (in_unibind[~one] == bound[~one]).all()
        motif = demo.planted(tf)
        assert 0.005 < (~motif)[bound].mean() < 0.045  # bound_without_motif
        assert 0.01 < motif[~bound].mean() < 0.03  # motif_without_binding
        truth = demo.truth[(demo.truth["tf"] == tf) & (demo.truth["kind"] == "background")]
        assert len(truth) and (truth["bound"] == 1).all()


def test_unibind_gives_the_planted_sites(demo):
    columns = ["chrom", "start", "end", "strand", "tf", "matrix_id"]
    called = demo.sites.rename(columns={"matrix": "matrix_id"})[columns].drop_duplicates()
    known = demo.truth[columns].merge(called, how="left", indicator=True)
    targets = (demo.truth["bound"] == 1) & demo.truth["tf"].isin(TARGETS)
    assert (known["_merge"] == "both")[targets.to_numpy()].mean() > 0.97  # all but those that only ReMap calls


def test_cobinding(demo):
    foxa1, jund, ctcf = demo.bound("FOXA1"), demo.bound("JUND"), demo.bound("CTCF")
    assert 0.42 < jund[foxa1].mean() < 0.58  # 0.2 + 0.3
    assert 0.15 < jund[~foxa1].mean() < 0.25
    assert 0.15 < ctcf[foxa1].mean() < 0.25
    assert 0.4 < (foxa1 | jund | ctcf).mean() < 0.55


def test_pairs_of_others_have_no_effect(profiles, tmp_path):
    options = {"chromosomes": 1, "chromosome_length": 50_000, "open_regions": 50}
    simulate(tmp_path / "none", ["CTCF"], profiles, 1, **options)
    pairs = {"cobinding": {"JUND": {"FOXA1": 0.3}}, "exclusion": {"FOXA1": {"CTCF": 0.9}}}
    simulate(tmp_path / "other", ["CTCF"], profiles, 1, **options, **pairs)
    assert digests(tmp_path / "none") == digests(tmp_path / "other")


def test_exclusion_keeps_the_motif_and_takes_the_binding(profiles, tmp_path):
    options = SMALL | {"cobinding": {}, "exclusion": {"FOXA1": {"CTCF": 0.9}}}
    demo = Demo(tmp_path, simulate(tmp_path, TARGETS, profiles, 1, **options))
    foxa1, ctcf = demo.bound("FOXA1"), demo.bound("CTCF")
    assert 0.005 < foxa1[ctcf].mean() < 0.05  # 0.2 * (1 - 0.9)
    assert 0.15 < foxa1[~ctcf].mean() < 0.25
    assert 0.15 < demo.planted("FOXA1", "target")[ctcf].mean() < 0.25
    assert 0.15 < ctcf.mean() < 0.25


def test_decoys_tell_nothing(demo):
    bound = np.logical_or.reduce([demo.bound(tf) for tf in TARGETS]) & ~demo.in_gap
    unbound = ~bound & ~demo.in_gap
    for tf in DECOYS:
        decoy = demo.planted(tf, "decoy")
        assert 0.15 < decoy[bound].mean() < 0.25
        assert 0.15 < decoy[unbound].mean() < 0.25


def test_experiments(demo):
    summits, sites = demo.summits, demo.sites
    assert summits.groupby("tf")["experiment"].nunique().between(2, 3).all()
    assert set(sites["experiment"]) == set(summits["experiment"])
    every = remap.read_summits(demo.folder / "remap.bed.gz", [*TARGETS, *DECOYS])
    assert set(every["tf"]) == {*TARGETS, *DECOYS}
    with gzip.open(demo.folder / "remap.bed.gz", "rt") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    positions = [(row[0], int(row[1])) for row in rows]
    assert positions == sorted(positions)
    widths = [int(row[2]) - int(row[1]) for row in rows]
    assert min(widths) >= 200 and max(widths) <= 400
    assert all(int(row[7]) == int(row[6]) + 1 and row[5] == "." and row[8].count(",") == 2 for row in rows)
    with tarfile.open(demo.folder / "unibind.tar.gz") as archive:
        names = archive.getnames()
    assert {name.split(".MA")[0].rsplit(".", 1)[1] for name in names} == {*TARGETS, *DECOYS}


def test_cell_types_are_open_where_something_binds(demo):
    cell_types = dict(
        line.split("\t")
        for line in gzip.decompress((demo.folder / "wgEncodeRegDnaseClusteredSources.txt.gz").read_bytes())
        .decode()
        .splitlines()
    )
    assert list(cell_types.values()) == ["K562", "HepG2", "MCF-7", "A549", "GM12878"]
    columns = ["bin", "chrom", "start", "end", "name", "score", "count", "ids", "scores"]
    path = demo.folder / "wgEncodeRegDnaseClustered.txt.gz"
    clusters = pd.read_csv(path, sep="\t", names=columns)
    clusters = clusters[clusters["chrom"].isin(demo.genome)].reset_index(drop=True)
    opened = clusters["ids"].str.contains(r"\b1,")
    k562 = demo.summits[demo.summits["biotype"] == "K-562"]
    assert len(k562)
    for tf in TARGETS:
        assert opened[demo.hits(k562, tf)].all()
    assert (clusters["ids"].str.count(",") == clusters["count"]).all()


def test_best_possible_model(demo, profiles):
    """What the strongest match to the real profile says: the labels can be learned, but not perfectly."""
    windows = encode([demo.genome[row.chrom][row.start : row.end] for row in demo.regions[~demo.in_gap].itertuples()])
    for tf in TARGETS:
        motif = choose_profile(tf, profiles)
        length = len(motif.ppm)
        best = np.max(
            [
                log_odds(motif, strand[:, start : start + length])
                for strand in (windows, reverse_complement(windows))
                for start in range(200 - length + 1)
            ],
            axis=0,
        )
        in_remap, in_unibind = demo.hits(demo.summits, tf), demo.hits(demo.sites, tf)
        known = (in_remap == in_unibind)[~demo.in_gap]
        assert 0.96 < roc_auc_score(in_remap[~demo.in_gap][known], best[known]) < 0.995


def test_no_noise(profiles, tmp_path):
    clean = {"bound_without_motif": 0, "motif_without_binding": 0, "single_source": 0, "decoys": []}
    options = {"chromosomes": 1, "chromosome_length": 100_000, "open_regions": 200, "bound_rate": 0.5}
    demo = Demo(tmp_path, simulate(tmp_path, TARGETS, profiles, 1, **options, **clean))
    for tf in TARGETS:
        assert (demo.hits(demo.summits, tf) == demo.planted(tf)).all()
        assert (demo.hits(demo.sites, tf) == demo.planted(tf)).all()
        assert 0.35 < demo.planted(tf).mean() < 0.65


def test_crowded_regions(profiles, tmp_path):
    """Where every TF binds everywhere there is no room for all sites, and the truth says so."""
    options = {"chromosomes": 1, "chromosome_length": 50_000, "open_regions": 50, "bound_rate": 1}
    targets = ["CTCF", "REST", "ZNF143", "TAL1", "GATA1", "TEAD4"]
    truth = simulate(tmp_path, targets, profiles, 1, **options, motif_without_binding=1, single_source=0)
    assert (truth["bound"] == 1).all()
    assert truth.groupby("region")["tf"].nunique().eq(11).all()
    assert {"target", "decoy", "background"} == set(truth["kind"])
    planted = truth[truth["kind"] != "background"]
    assert (planted["start"].to_numpy()[1:] >= planted["end"].to_numpy()[:-1]).all()


def test_choose_profile(profiles):
    chosen = {tf: choose_profile(tf, profiles).matrix_id for tf in ["CTCF", "jund", "FOXA1", "REST", "TAL1", "GATA1"]}
    assert chosen == {
        "CTCF": "MA0139.1",
        "jund": "MA0491.2",
        "FOXA1": "MA0148.4",
        "REST": "MA0138.2",
        "TAL1": "MA0091.1",  # TAL1::TCF3, for there is none of TAL1 alone
        "GATA1": "MA0035.4",  # and not GATA1::TAL1
    }
    assert choose_profile("GATA1::TAL1", profiles).matrix_id == "MA0140.2"


def test_choose_profile_of_several():
    ppm = np.full((4, 4), 0.25)
    several = [Motif(matrix, "A", ppm, 10) for matrix in ("MA0002.1", "MA0001.2", "MA0001.10", "MA0003.1")]
    assert choose_profile("a", several).matrix_id == "MA0001.10"


def test_unknown_tf(profiles, tmp_path):
    with pytest.raises(InputError, match=r"targets or simulation: found the TF 'CTFC'.*; did you mean .*'CTCF'"):
        simulate(tmp_path, ["CTFC"], profiles, 1, **SMALL)
    with pytest.raises(InputError, match=r"found the TF 'JUNDD'.*; did you mean 'JUND'"):
        simulate(tmp_path, ["CTCF"], profiles, 1, cobinding={"JUNDD": {"CTCF": 0.1}})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bound_rate": 1.2}, r"bound_rate: found 1.2, expected a probability from 0 to 1"),
        ({"single_source": -0.1}, r"single_source: found -0.1, expected a probability"),
        ({"cobinding": {"JUND": {"FOXA1": 3}}}, r"cobinding.JUND.FOXA1: found 3, expected a probability"),
        ({"exclusion": {"JUND": {"FOXA1": -1}}}, r"exclusion.JUND.FOXA1: found -1, expected a probability"),
        ({"chromosomes": 23}, r"chromosomes: found 23, expected 1 to 22"),
        (
            {"chromosomes": 2, "chromosome_length": 20_000, "open_regions": 100},
            r"chromosome_length: found 20000, expected 21400 or more for 100 open regions on 2 chromosomes",
        ),
        ({"decoys": ["sp1", "ctcf"]}, r"decoys: found 'ctcf', which is a target; expected other TFs"),
    ],
)
def test_bad_options(profiles, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        simulate(tmp_path, TARGETS, profiles, 1, **options)
    assert not list(tmp_path.iterdir())


def test_sample_sites():
    # A given 9-mer has a p-value of 4e-6; with one of the 24 that differ in one base it would be more than 1e-5.
    ppm = np.full((9, 4), [0.97, 0.01, 0.01, 0.01])
    ppm[1] = [0, 1, 0, 0]
    codes = sample_sites(Motif("M", "M", ppm, 1000), 500, np.random.default_rng(1))
    assert codes.shape == (500, 9) and codes.dtype == np.uint8
    assert (codes == [0, 1, 0, 0, 0, 0, 0, 0, 0]).all()


def test_sample_sites_of_a_short_profile():
    # No 4-mer is rare enough, so that the strongest tenth is kept: all four As, for 0.7⁴ is a quarter.
    codes = sample_sites(Motif("M", "M", np.full((4, 4), [0.7, 0.1, 0.1, 0.1]), 1000), 500, np.random.default_rng(1))
    assert codes.shape == (500, 4)
    assert (codes == 0).all()
