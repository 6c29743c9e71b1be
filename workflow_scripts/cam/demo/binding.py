"""The embedded demo: a simulated genome, and what the public sources would say about it, in their own formats.

The truth of this small world is known, so that every later stage can be checked against it:

- The genome is a mosaic of GC domains. CpGs are rare, as in vertebrates, except in islands around some open regions.
- Every target binds some of the open regions. A target may recruit another one (``cobinding``) or keep it away though
  its motif is there (``exclusion``).
- A bound region carries a site of the target, at times two, sampled from its real profile: sites differ in strength,
  but none is so weak that it could be there by chance. They lie around the centre of the region, on either strand.
- Decoys are other TFs, whose sites are planted in the same manner, whether or not a target binds. They tell nothing.
- Some bound regions lack the motif, some regions with the motif are not bound, and some calls are made by ReMap only or
  by UniBind only, so that the label is not known.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ..bases import N_CODE, decode, reverse_complement
from ..errors import InputError, nearest
from ..io.files import write_text
from ..io.tables import write_table
from ..motifs.matrices import pwm
from ..motifs.scan import find_hits
from ..sources import encode_dhs, remap, unibind

WIDTH = 200  # bp around the centre of an open region; sites and summits lie within
SPACING = 400  # bp at least between the centres of open regions
GAP = 1000  # bp of N at the start of every chromosome
SITE_SD = 25  # bp between the centre of a site and that of its region
SUMMIT_SD = 15  # bp between a summit and a site
SECOND_SITE = 0.1  # fraction of the planted sites that come with another
SITE_P_VALUE = 1e-5  # of a motif hit: of 300 regions one has such a hit by chance
DOMAIN_LENGTH = (50_000, 200_000)
DOMAIN_GC = (0.36, 0.55)
CPG_LOSS = 0.8  # fraction of CpGs mutated away; what is left is a quarter of what the GC content lets expect
ISLAND_RATE = 0.03  # fraction of the open regions that lie in a CpG island
ISLAND_GC = 0.62
ISLAND_CPG_LOSS = 0.1
SEEN = 0.7  # fraction of the calls of a TF that each of its experiments sees
OPEN = 0.5  # fraction of the cell types in which a region is open though nothing is seen to bind

# What ReMap, UniBind and ENCODE call the same cell type.
CELL_TYPES = (
    ("K-562", "K562_myelogenous_leukemia", "K562"),
    ("Hep-G2", "HepG2_hepatoblastoma", "HepG2"),
    ("MCF-7_E2.1h", "MCF7_Invasive_ductal_breast_carcinoma_E2.1h", "MCF-7"),
    ("A-549", "A549_lung_carcinoma", "A549"),
    ("GM12878", "GM12878_female_B-cells_lymphoblastoid_cell_line", "GM12878"),
)
OTHER_CONTIGS = ("chr1_KI270706v1_random", "chr14_GL000225v1_random", "chrUn_GL000220v1")
DECOYS = ("SP1", "NRF1", "GABPA", "CEBPB", "RFX5")  # of five families


def simulate(
    directory,
    targets,
    profiles,
    seed,
    *,
    chromosomes=6,
    chromosome_length=1_000_000,
    open_regions=12_000,
    bound_rate=0.2,
    cobinding=None,
    exclusion=None,
    decoys=DECOYS,
    bound_without_motif=0.02,
    motif_without_binding=0.02,
    single_source=0.03,
):
    """Simulate a genome and the public files about it, and write them into a folder.

    The same arguments give the same files, byte for byte:

    ``genome.fa``
        chr1, chr2, …
    ``remap.bed.gz``, ``unibind.tar.gz``
        Peaks and sites of the targets and the decoys, from two or three experiments per TF.
    ``wgEncodeRegDnaseClustered.txt.gz``, ``wgEncodeRegDnaseClusteredSources.txt.gz``
        The open regions, and some on other contigs or half in a gap of the genome, which a careful reader drops.
    ``blacklist.bed.gz``
        Intervals that cover a few open regions.
    ``planted.tsv.gz``
        The truth, as returned.

    Parameters
    ----------
    directory : str or Path
        Made if it is missing.
    targets : sequence of str
        TF names.
    profiles : sequence of cam.motifs.formats.Motif
        Where the profiles of targets and decoys are found by name, see :func:`choose_profile`.
    seed : int
    chromosomes : int
        From 1 to 22.
    chromosome_length : int
        In bp, of every chromosome.
    open_regions : int
        Number of open regions.
    bound_rate : float
        Probability that a TF binds an open region of its own accord.
    cobinding : mapping of str to mapping of str to float, optional
        ``{"JUND": {"FOXA1": 0.2}}``: where FOXA1 binds of its own accord, JUND binds with a probability higher by 0.2.
        Pairs that are not both targets have no effect.
    exclusion : mapping of str to mapping of str to float, optional
        ``{"FOXA1": {"CTCF": 0.9}}``: where CTCF binds of its own accord, FOXA1 does not bind with a probability of 0.9,
        though it has its motif where it would have bound. Pairs that are not both targets have no effect.
    decoys : sequence of str
        TF names.
    bound_without_motif : float
        Fraction of the regions bound by a target that carry no site of it.
    motif_without_binding : float
        Fraction of the regions not bound by a target that carry a site of it.
    single_source : float
        Fraction of the pairs of region and TF, bound or not, that only one of ReMap and UniBind calls bound.

    Returns
    -------
    pandas.DataFrame
        One site per row: ``chrom start end strand tf matrix_id site_sequence kind region bound``. The sequence reads
        along the strand. The kind is ``target`` or ``decoy`` for a planted site, and ``background`` for the place that
        UniBind gives as a site where the TF binds without a motif. The region is ``chrom:start-end``, 200 bp wide;
        bound is 1 if the TF binds it and 0 if not.

    Raises
    ------
    InputError
        If a TF has no profile, an option is out of its range, or the regions do not fit on the chromosomes.
    """
    cobinding, exclusion = (
        {(tf, partner): p for tf, partners in (pairs or {}).items() for partner, p in partners.items()}
        for pairs in (cobinding, exclusion)
    )
    _check_probabilities(
        bound_rate=bound_rate,
        bound_without_motif=bound_without_motif,
        motif_without_binding=motif_without_binding,
        single_source=single_source,
        **{f"cobinding.{tf}.{partner}": p for (tf, partner), p in cobinding.items()},
        **{f"exclusion.{tf}.{partner}": p for (tf, partner), p in exclusion.items()},
    )
    for name in [name for pair in [*cobinding, *exclusion] for name in pair]:
        choose_profile(name, profiles)
    for name in decoys:
        if name.lower() in [target.lower() for target in targets]:
            raise InputError(f"decoys: found '{name}', which is a target; expected other TFs")
    tfs = [*targets, *decoys]
    motifs = [choose_profile(tf, profiles) for tf in tfs]
    is_target = np.arange(len(tfs)) < len(targets)
    rng = np.random.default_rng(seed)

    regions = place_regions(rng, open_regions, chromosomes, chromosome_length)
    genome = background(rng, regions, chromosomes, chromosome_length)

    shape = (open_regions, len(tfs))
    unaided = rng.random(shape) < bound_rate
    excluded = np.zeros(shape, dtype=bool)
    for (tf, partner), p in exclusion.items():
        if tf in targets and partner in targets:
            excluded[:, tfs.index(tf)] |= unaided[:, tfs.index(partner)] & (rng.random(open_regions) < p)
    attracted = unaided.copy()
    for (tf, partner), p in cobinding.items():
        if tf in targets and partner in targets:
            # A share p of all regions is a share p / (1 - bound_rate) of those that are not bound unaided.
            recruited = rng.random(open_regions) * (1 - bound_rate) < p
            attracted[:, tfs.index(tf)] |= (unaided & ~excluded)[:, tfs.index(partner)] & recruited
    bound = attracted & ~excluded
    has_motif = np.where(attracted, rng.random(shape) >= bound_without_motif, rng.random(shape) < motif_without_binding)
    has_motif[:, ~is_target] = bound[:, ~is_target]
    one_source, only_remap = rng.random(shape) < single_source, rng.random(shape) < 0.5
    in_remap = np.where(one_source, only_remap, bound)
    in_unibind = np.where(one_source, ~only_remap, bound)

    sites = place_sites(rng, has_motif, bound | in_unibind, motifs, WIDTH).join(regions, on="region")
    sites["start"] = sites["centre"] - WIDTH // 2 + sites["offset"]
    sites["end"] = sites["start"] + sites["length"]
    plant(rng, genome, sites, motifs)
    sites["tf"] = np.array(tfs)[sites["motif"]]
    sites["matrix_id"] = np.array([motif.matrix_id for motif in motifs])[sites["motif"]]
    sites["strand"] = np.where(sites["minus"], "-", "+")
    sites["kind"] = np.where(sites["planted"], np.where(is_target[sites["motif"]], "target", "decoy"), "background")
    sites["bound"] = bound[sites["region"], sites["motif"]].astype(int)

    peaks, calls, open_in = _assays(rng, regions, sites, in_remap, in_unibind, tfs)
    clusters = _clusters(rng, regions, open_in)
    blacklist = _blacklist(rng, regions)
    truth = _truth(sites)

    directory = Path(directory)
    write_genome(directory / "genome.fa", [f"chr{number + 1}" for number in range(chromosomes)], genome)
    remap.write_peaks(directory / "remap.bed.gz", peaks)
    unibind.write_archive(directory / "unibind.tar.gz", calls)
    encode_dhs.write_clusters(directory / "wgEncodeRegDnaseClustered.txt.gz", clusters)
    encode_dhs.write_sources(
        directory / "wgEncodeRegDnaseClusteredSources.txt.gz", [encode for _, _, encode in CELL_TYPES]
    )
    with write_text(directory / "blacklist.bed.gz") as text:
        blacklist.to_csv(text, sep="\t", header=False, index=False, lineterminator="\n")
    write_table(truth, directory / "planted.tsv.gz")
    return truth


def choose_profile(tf, profiles):
    """The profile of a TF: that of its name, or else of a dimer that it is part of.

    Where there are several, the newest version of the first matrix id is taken.

    Parameters
    ----------
    tf : str
        TF name; case does not matter.
    profiles : sequence of cam.motifs.formats.Motif

    Returns
    -------
    cam.motifs.formats.Motif

    Raises
    ------
    InputError
        If there is none.
    """
    name = tf.lower()
    found = [profile for profile in profiles if profile.name.lower() == name] or [
        profile for profile in profiles if name in profile.name.lower().split("::")
    ]
    if not found:
        names = [profile.name for profile in profiles]
        raise InputError(
            f"config, targets or simulation: found the TF '{tf}', expected one with a JASPAR profile; "
            f"{nearest(tf, names)}"
        )

    def newest_of_first(profile):
        matrix, _, version = profile.matrix_id.partition(".")
        return matrix, -int(version or 0)

    return min(found, key=newest_of_first)


def sample_sites(motif, n, rng):
    """Sample binding sites from a profile, without those that cannot be told from chance.

    A profile describes weak sites too, and a region holds some as good by chance. A sampled site is kept if it is a
    motif hit with a p-value of ``SITE_P_VALUE`` or less: nearly every site of a long profile (CTCF), and the stronger
    ones of a short profile (FOXA1). Of a profile too short for that, the strongest tenth is kept.

    Parameters
    ----------
    motif : cam.motifs.formats.Motif
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of uint8, shape (n, length)
        Base codes.
    """
    edges = np.cumsum(motif.ppm, axis=1)[:, :3]
    kept = np.empty((0, len(motif.ppm)), dtype=np.uint8)
    while len(kept) < n:
        codes = (rng.random((n + 1000, len(motif.ppm), 1)) >= edges).sum(axis=2).astype(np.uint8)
        scores = log_odds(motif, codes)
        strong = find_hits([motif], codes, SITE_P_VALUE)[:, 0] | (scores >= np.quantile(scores, 0.9))
        kept = np.concatenate([kept, codes[strong]])
    return kept[:n]


def log_odds(motif, codes):
    """Log-odds of sites as long as a motif, in bits, against a uniform background: shape (n, length) to (n,)."""
    return pwm(motif.ppm, motif.n_sites)[np.arange(len(motif.ppm)), codes].sum(axis=1)


def _check_probabilities(**probabilities):
    for key, value in probabilities.items():
        if not 0 <= value <= 1:
            raise InputError(f"{key}: found {value}, expected a probability from 0 to 1")


def place_regions(rng, open_regions, chromosomes, chromosome_length):
    """Choose where the open regions are, as many on each chromosome.

    Parameters
    ----------
    rng : numpy.random.Generator
    open_regions : int
    chromosomes : int
        From 1 to 22.
    chromosome_length : int
        In bp.

    Returns
    -------
    pandas.DataFrame
        ``chromosome`` (index), ``chrom`` (name) and ``centre`` of each, sorted.

    Raises
    ------
    InputError
        If there are too many chromosomes, or they are too short for the regions.
    """
    if not 1 <= chromosomes <= 22:
        raise InputError(f"chromosomes: found {chromosomes}, expected 1 to 22")
    chromosome = np.sort(np.arange(open_regions) % chromosomes)
    counts = np.bincount(chromosome, minlength=chromosomes)
    needed = GAP + (counts.max() + 1) * SPACING
    if chromosome_length < needed:
        raise InputError(
            f"chromosome_length: found {chromosome_length}, expected {needed} or more for {open_regions} open "
            f"regions on {chromosomes} chromosome{'s' * (chromosomes > 1)}"
        )
    centres = []
    for count in counts:
        room = chromosome_length - GAP - (count + 1) * SPACING
        slack = np.sort(rng.integers(0, room + 1, count))
        centres.append(GAP + SPACING * np.arange(1, count + 1) + slack)
    names = np.array([f"chr{index + 1}" for index in range(chromosomes)])
    return pd.DataFrame({"chromosome": chromosome, "chrom": names[chromosome], "centre": np.concatenate(centres)})


def background(rng, regions, chromosomes, chromosome_length):
    """The genome before anything is planted: base codes, shape (chromosomes, chromosome_length).

    CpGs are lost as they are in vertebrates: they mutate to TpG, or to CpA on the other strand. That costs GC content,
    k·g²/4 of a GC content g where a fraction k of CpGs is lost, so that the bases are drawn with the g for which
    the wanted content is left: g − k·g²/4.
    """
    genome = np.empty((chromosomes, chromosome_length), dtype=np.uint8)
    in_island = rng.random(len(regions)) < ISLAND_RATE
    for index, codes in enumerate(genome):
        lengths = rng.integers(*DOMAIN_LENGTH, chromosome_length // DOMAIN_LENGTH[0] + 1)
        low, high = DOMAIN_GC
        gc = np.repeat(low + (high - low) * rng.beta(1.2, 2.8, len(lengths)), lengths)[:chromosome_length]
        loss = np.full(chromosome_length, CPG_LOSS)
        for centre in regions["centre"][in_island & (regions["chromosome"] == index)]:
            island = slice(centre - rng.integers(200, 500), centre + rng.integers(200, 500))
            gc[island], loss[island] = ISLAND_GC, ISLAND_CPG_LOSS
        drawn_gc = 2 * (1 - np.sqrt(1 - loss * gc)) / loss
        strong, second = rng.random(chromosome_length) < drawn_gc, rng.random(chromosome_length) < 0.5
        codes[:] = np.where(strong, 1 + second, 3 * second)
        lost = np.flatnonzero((codes[:-1] == 1) & (codes[1:] == 2) & (rng.random(chromosome_length - 1) < loss[:-1]))
        to_tpg = rng.random(len(lost)) < 0.5
        codes[lost[to_tpg]] = 3
        codes[lost[~to_tpg] + 1] = 0
        codes[:GAP] = N_CODE
    return genome


def place_sites(rng, has_motif, has_site, motifs, width):
    """Choose where the sites of each region are.

    The centre of a planted site is normally distributed around that of the region, among the places where it overlaps
    no other site. Where no place is left nothing is planted, and a bound TF has one more region without its motif.

    Parameters
    ----------
    rng : numpy.random.Generator
    has_motif : numpy.ndarray of bool, shape (open_regions, n_tfs)
        Where a site is planted, at times two.
    has_site : numpy.ndarray of bool, shape (open_regions, n_tfs)
        Where there has to be a site: any place where none could be planted, background as it is.
    motifs : sequence of cam.motifs.formats.Motif, length n_tfs
    width : int
        Of a region, in bp.

    Returns
    -------
    pandas.DataFrame
        ``region motif`` (indices) ``offset`` (in the region) ``length minus planted``.
    """
    lengths = np.array([len(motif.ppm) for motif in motifs])
    region, motif = np.nonzero(has_motif)
    again = rng.random(len(region)) < SECOND_SITE
    region, motif = np.concatenate([region, region[again]]), np.concatenate([motif, motif[again]])
    order = np.lexsort((rng.random(len(region)), region))
    sites = pd.DataFrame({"region": region, "motif": motif, "offset": -1, "length": lengths[motif]})
    sites = sites.iloc[order].reset_index(drop=True)

    occupied = np.zeros((len(has_motif), width), dtype=bool)
    starts = np.arange(width)
    for _, turn in sites.groupby(sites.groupby("region").cumcount()):  # at each turn, one site per region
        length = turn["length"].to_numpy()[:, None]
        before = np.pad(np.cumsum(occupied[turn["region"]], axis=1), ((0, 0), (1, 0)))
        ends = np.minimum(starts + length, width)
        free = (np.take_along_axis(before, ends, axis=1) == before[:, :-1]) & (starts + length <= width)
        distance = (starts + length / 2 - width / 2) / SITE_SD
        # The greatest of Gumbel-distributed numbers added to log-probabilities is at a place so distributed.
        offset = np.where(free, rng.gumbel(size=free.shape) - distance**2 / 2, -np.inf).argmax(axis=1)
        offset[~free.any(axis=1)] = -1
        sites.loc[turn.index, "offset"] = offset
        offset = offset[:, None]
        occupied[turn["region"]] |= (starts >= offset) & (starts < offset + length) & (offset >= 0)
    sites = sites[sites["offset"] >= 0].assign(planted=True)

    unplanted = has_site.copy()
    unplanted[sites["region"], sites["motif"]] = False
    region, motif = np.nonzero(unplanted)
    offset = rng.integers(0, width - lengths[motif] + 1)
    others = pd.DataFrame({"region": region, "motif": motif, "offset": offset, "length": lengths[motif]})
    sites = pd.concat([sites, others.assign(planted=False)], ignore_index=True)
    return sites.assign(minus=rng.random(len(sites)) < 0.5)


def plant(rng, genome, sites, motifs):
    """Write sampled sites into the genome; add the sequence and the score of every site to the table of sites."""

    def bases(rows):
        positions = rows["start"].to_numpy()[:, None] + np.arange(rows["length"].iat[0])
        return rows["chromosome"].to_numpy()[:, None], positions

    def turned(codes, rows):
        return np.where(rows["minus"].to_numpy()[:, None], reverse_complement(codes), codes)

    for motif, rows in sites[sites["planted"]].groupby("motif"):
        genome[bases(rows)] = turned(sample_sites(motifs[motif], len(rows), rng), rows)
    for motif, rows in sites.groupby("motif"):
        codes = turned(genome[bases(rows)], rows)
        sites.loc[rows.index, "site_sequence"] = decode(codes)
        sites.loc[rows.index, "score"] = log_odds(motifs[motif], codes).round(2)


def _assays(rng, regions, sites, in_remap, in_unibind, tfs):
    """What the experiments see: every call of a TF is seen by one of its experiments at least.

    Returns
    -------
    peaks : pandas.DataFrame
        For :func:`cam.sources.remap.write_peaks`.
    calls : pandas.DataFrame
        For :func:`cam.sources.unibind.write_archive`.
    open_in : numpy.ndarray of bool, shape (open_regions, n_cell_types)
        Where a TF is seen to bind, the region has to be open.
    """
    open_regions = len(regions)
    chrom, centre = regions["chrom"].to_numpy(), regions["centre"].to_numpy()
    open_in = np.zeros((open_regions, len(CELL_TYPES)), dtype=bool)
    peaks, calls = [], []
    for index, tf in enumerate(tfs):
        own = sites[sites["motif"] == index]
        own_regions = own["region"].to_numpy()
        # A summit is near a site, though not at it.
        summit_at = centre.copy()
        summit_at[own_regions] = (own["start"] + own["end"]) // 2
        cell_types = rng.choice(len(CELL_TYPES), rng.integers(2, 4), replace=False)
        colour = ",".join(map(str, rng.integers(0, 256, 3)))
        seen = rng.random((open_regions, len(cell_types))) < SEEN
        seen[np.arange(open_regions), rng.integers(0, len(cell_types), open_regions)] = True
        for cell_type, seen_here in zip(cell_types, seen.T, strict=True):
            experiment = f"GSE{rng.integers(10_000, 100_000)}"
            biotype, sample, _ = CELL_TYPES[cell_type]
            open_in[:, cell_type] |= seen_here & (in_remap | in_unibind)[:, index]
            region = np.flatnonzero(seen_here & in_remap[:, index])
            jitter = rng.normal(0, SUMMIT_SD, len(region)).round().astype(int)
            summit = centre[region] + np.clip(summit_at[region] - centre[region] + jitter, -WIDTH // 2, WIDTH // 2 - 1)
            peaks.append(
                pd.DataFrame(
                    {
                        "chrom": chrom[region],
                        "start": summit - rng.integers(100, 201, len(region)),
                        "end": summit + rng.integers(100, 201, len(region)),
                        "experiment": experiment,
                        "tf": tf,
                        "biotype": biotype,
                        "score": rng.integers(20, 1001, len(region)),
                        "summit": summit,
                        "rgb": colour,
                    }
                )
            )
            called = own[(seen_here & in_unibind[:, index])[own_regions]]
            calls.append(called.assign(experiment=experiment, sample=sample, matrix=called["matrix_id"]))
    peaks = pd.concat(peaks).sort_values(["chrom", "start", "end", "experiment", "tf"], ignore_index=True)
    calls = pd.concat(calls).sort_values(["chrom", "start", "end"], kind="stable", ignore_index=True)
    return peaks, calls, open_in


def _clusters(rng, regions, open_in):
    """The table of open regions, as :func:`cam.sources.encode_dhs.write_clusters` takes it, with some to be dropped."""
    open_in = open_in | (rng.random(open_in.shape) < OPEN)
    open_in[np.arange(len(regions)), rng.integers(0, len(CELL_TYPES), len(regions))] = True
    at_gaps = pd.DataFrame({"chrom": regions["chrom"].unique(), "centre": GAP})
    elsewhere = pd.DataFrame({"chrom": OTHER_CONTIGS, "centre": rng.integers(1000, 100_000, len(OTHER_CONTIGS))})
    clusters = pd.concat([regions[["chrom", "centre"]], at_gaps, elsewhere], ignore_index=True)
    # As wide to the left as to the right, so that the centre of a cluster is that of the region.
    half = rng.integers(75, 176, len(clusters))
    everywhere = np.ones((len(clusters) - len(regions), len(CELL_TYPES)), dtype=bool)
    sources = [(np.flatnonzero(row) + 1).tolist() for row in np.vstack([open_in, everywhere])]
    clusters = clusters.assign(
        start=clusters["centre"] - half,
        end=clusters["centre"] + half,
        source_ids=sources,
        source_scores=[rng.integers(10, 1001, len(ids)).tolist() for ids in sources],
    )
    return clusters.sort_values(["chrom", "start"], ignore_index=True)


def _blacklist(rng, regions):
    """Two intervals a chromosome, each around an open region: ``chrom start end reason``."""
    covered = regions.groupby("chrom").sample(n=2, replace=True, random_state=rng)
    return pd.DataFrame(
        {
            "chrom": covered["chrom"],
            "start": covered["centre"] - rng.integers(150, 600, len(covered)),
            "end": covered["centre"] + rng.integers(150, 600, len(covered)),
            "reason": rng.choice(["High Signal Region", "Low Mappability"], len(covered)),
        }
    ).sort_values(["chrom", "start"])


def _truth(sites):
    """The table of sites as :func:`simulate` returns it."""
    left = sites["centre"] - WIDTH // 2
    truth = sites[sites["planted"] | (sites["bound"] == 1)]
    truth = truth.assign(region=sites["chrom"] + ":" + left.astype(str) + "-" + (left + WIDTH).astype(str))
    columns = ["chrom", "start", "end", "strand", "tf", "matrix_id", "site_sequence", "kind", "region", "bound"]
    return truth[columns].sort_values(["chrom", "start", "end", "tf"], kind="stable", ignore_index=True)


def write_genome(path, names, genome, line=60):
    """Write named chromosomes, base codes of shape (chromosomes, chromosome_length), as FASTA of 60 bases a line."""
    with write_text(path) as text:
        for name, sequence in zip(names, decode(genome), strict=True):
            text.write(f">{name}\n")
            text.writelines(f"{sequence[start : start + line]}\n" for start in range(0, len(sequence), line))
