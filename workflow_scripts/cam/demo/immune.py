"""The demo of accessibility: a genome, and ImmGen's two files about immune cell types in it, simulated.

The truth of this small world is known, so that every later stage can be checked against it:

- Each open region belongs to a programme, such as that of B cells, or to none. Each regulator of a programme has a site
  in many of its regions, so that those of one programme, such as PAX5 and EBF1, often stand together. Sites are sampled
  from the real profiles and lie around the centre of the region, on either strand (:mod:`cam.demo.binding`). Now and
  then a regulator has a site in a region of another programme.
- A regulator has an activity in each cell type (``ACTIVITY``): high in one lineage and, as in reality, weak in some
  others. Around that the activity varies from cell type to cell type. It is by this that CTCF, which is active
  everywhere, can be seen at all: what raises a region by as much in every cell type does not change the correlation of
  that region's values with any prediction, and a model trained on this correlation has no reason to learn it.
- The logarithm of the expected number of reads is the level of the region, plus, for each of its regulators, the effect
  of the site times the activity, plus what no motif tells: a part that the cell types of a lineage share, and one of
  each cell type by itself.
- Reads are counted, with the Poisson noise of small numbers and a floor where there are none. Heights are logarithms
  of the counts, made to have the same distribution in every cell type (quantile normalisation), as ImmGen's.
"""

from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError
from ..io.tables import write_table
from ..setup.addresses import IMMGEN
from ..sources.immgen import write_heights, write_peaks
from .binding import GAP, background, choose_profile, place_regions, place_sites, plant, write_genome

WIDTH = 251  # bp of a region
ON_X = 60  # regions on chrX, which a careful reader drops
STRAY = 5  # stray end-of-file characters among the heights
ELSEWHERE = 0.01  # probability of a regulator's site in a region of another programme
EFFECT_SD = 0.5  # of the logarithm to base 2 of a site's effect
ACTIVITY_SD = 0.3  # of that of an activity, around the one below
LEVEL = (0.9, 1.5)  # shape and scale of the gamma distribution of levels, in log2 of reads
PSEUDOCOUNT, DEPTH = 2.1, 0.5  # heights are log2(PSEUDOCOUNT + DEPTH × reads)

# NFI proteins bind as dimers, to both halves of TTGGCNNNNNGCCAA; the profile that is called NFIX is of one half.
PROFILE = {"NFIX": "NFIX(var.2)"}
# How active a regulator is in the cell types of a lineage, or in those whose names match a pattern. Of several that fit
# a cell type the last one holds; where none does, the regulator is not there.
ACTIVITY = {
    "PAX5": {"B": 1.0, "B.P[BC].*": 0.2, "proB.CLP.BM": 0.1, "proB.FrA.BM": 0.7},
    "EBF1": {"B": 1.0, "B.P[BC].*": 0.3, "proB.CLP.BM": 0.4},
    "SPI1": {"myeloid": 1.0, "DC.pDC.Sp": 0.5, "B": 0.4, "stem": 0.4, "preT.DN1.Th": 0.3},
    "CEBPA": {"myeloid": 1.0, "DC.*": 0.2, "stem": 0.2},
    "TBX21": {"NK.*": 1.0, "ILC*": 0.2, "NKT.*": 0.4, "T8.*": 0.4, "T8.TN.*": 0.0, "Tgd.g1.1+d1.LN": 0.4},
    "EOMES": {"NK.27+11b-*": 1.0, "NK.27+11b+*": 0.8, "NK.27-*": 0.6, "T8.Tcm*": 0.4, "T8.MP*": 0.4},
    "TCF7": {"abT": 1.0, "gdT": 0.5, "T.act": 0.3, "T8.T[EI]*": 0.1, "Treg*": 0.6, "preT.DN1.Th": 0.3, "NKT.Sp": 0.5},
    "RUNX3": {"T.act": 1.0, "T8.TN.*": 0.5, "T.8.*": 0.7, "NKT.Sp": 0.7, "gdT": 0.5, "NK.*": 0.6, "ILC*": 0.4},
    "NFIX": {"stem": 1.2, "LTHSC*": 1.6, "proB.CLP.BM": 0.4, "preT.DN1.Th": 0.3},
    "HOXA9": {"stem": 1.6, "LTHSC*": 1.2, "proB.CLP.BM": 0.8, "proB.FrA.BM": 0.2, "preT.DN1.Th": 0.5, "GN.*": 0.1},
    "CTCF": {"*": 1.0},
}
# The share of the regions that belong to a programme, and in what share of them each of its regulators has a site.
PROGRAMMES = {
    "B": (0.15, {"PAX5": 0.7, "EBF1": 0.7}),
    "myeloid": (0.15, {"SPI1": 0.7, "CEBPA": 0.6}),
    "innate.lym": (0.12, {"TBX21": 0.5, "EOMES": 0.5, "RUNX3": 0.2}),
    "T": (0.2, {"TCF7": 0.6, "RUNX3": 0.5}),
    "stem": (0.14, {"NFIX": 0.5, "HOXA9": 0.65}),
    "insulator": (0.08, {"CTCF": 1.0}),
}


def simulate_immune(
    directory,
    lineages,
    profiles,
    seed,
    *,
    regions=10_000,
    chromosomes=6,
    chromosome_length=1_000_000,
    effect=1.3,
    noise=0.45,
):
    """Simulate a genome and ImmGen's files about it, and write them into a folder.

    The same arguments give the same files, byte for byte:

    ``genome.fa``
        chr1, chr2, …, chrX.
    ``ImmGenATAC1219.peak_matched.txt``
        The open regions, and some on chrX or half in a gap of the genome, which a careful reader drops.
    ``mouse_peak_heights.csv``
        Their heights, with some stray end-of-file characters between the lines.
    ``planted.tsv.gz``
        The truth about sites, as returned.
    ``regulators.tsv``
        The truth about regulators: ``tf``, and for every lineage the mean activity in its cell types.

    Parameters
    ----------
    directory : str or Path
        Made if it is missing.
    lineages : pandas.DataFrame
        ``target lineage``, as from :func:`cam.sources.target_tables.read_lineages`: the cell types.
    profiles : sequence of cam.motifs.formats.Motif
        Where the profiles of the regulators are found by name, see :func:`cam.demo.binding.choose_profile`.
    seed : int
    regions : int
        Number of open regions, besides those to be dropped.
    chromosomes : int
        From 1 to 19, besides chrX.
    chromosome_length : int
        In bp, of every chromosome.
    effect : float
        The median effect of a site where its regulator has the activity 1: by so much log2 of the expected reads is
        higher.
    noise : float
        Standard deviation, in log2 of the expected reads, of what the cell types of a lineage share beside the motifs,
        and of what each cell type has by itself.

    Returns
    -------
    pandas.DataFrame
        One site per row: ``chrom start end strand tf matrix_id site_sequence region effect``. The sequence reads along
        the strand; the region is the name of the peak.

    Raises
    ------
    InputError
        If a regulator has no profile, an option is out of its range, or the regions do not fit on the chromosomes.
    """
    for key, value in {"effect": effect, "noise": noise}.items():
        if not 0 <= value < np.inf:
            raise InputError(f"{key}: found {value}, expected a number from 0 up")
    if not 1 <= chromosomes <= 19:
        raise InputError(f"chromosomes: found {chromosomes}, expected 1 to 19, the autosomes of the mouse")
    tfs = list(ACTIVITY)
    motifs = [choose_profile(PROFILE.get(tf, tf), profiles) for tf in tfs]
    rng = np.random.default_rng(seed)

    on_autosomes = place_regions(rng, regions, chromosomes, chromosome_length)
    on_x = place_regions(rng, ON_X, 1, chromosome_length).assign(chromosome=chromosomes, chrom="chrX")
    table = pd.concat([on_autosomes, on_x], ignore_index=True)
    genome = background(rng, table, chromosomes + 1, chromosome_length)

    wanted = _programmes(rng, len(table), tfs)
    sites = place_sites(rng, wanted, np.zeros_like(wanted), motifs, WIDTH).join(table, on="region")
    sites["start"] = sites["centre"] - WIDTH // 2 + sites["offset"]
    sites["end"] = sites["start"] + sites["length"]
    plant(rng, genome, sites, motifs)
    sites["effect"] = effect * np.exp2(rng.normal(0, EFFECT_SD, len(sites)))

    mean_activity = activities(lineages)
    activity = mean_activity * np.exp2(rng.normal(0, ACTIVITY_SD, mean_activity.shape))
    at_gaps = on_autosomes.drop_duplicates("chrom").assign(centre=GAP)
    peaks = pd.concat([table, at_gaps], ignore_index=True)
    peaks["start"] = peaks["centre"] - WIDTH // 2
    peaks["end"] = peaks["start"] + WIDTH
    peaks["name"] = [f"ImmGenATAC1219.peak_{number}" for number in range(1, len(peaks) + 1)]
    effects = np.zeros((len(peaks), len(tfs)))
    np.maximum.at(effects, (sites["region"], sites["motif"]), sites["effect"])  # of two sites the stronger one counts
    heights = _heights(rng, effects @ activity, lineages["lineage"], noise).astype(np.float32)

    sites["region"] = peaks["name"].to_numpy()[sites["region"]]
    sites["tf"] = np.array(tfs)[sites["motif"]]
    sites["matrix_id"] = np.array([motif.matrix_id for motif in motifs])[sites["motif"]]
    sites["strand"] = np.where(sites["minus"], "-", "+")
    columns = ["chrom", "start", "end", "strand", "tf", "matrix_id", "site_sequence", "region", "effect"]
    truth = sites[columns].sort_values(["chrom", "start", "end", "tf"], kind="stable", ignore_index=True)

    directory = Path(directory)
    write_genome(directory / "genome.fa", table["chrom"].unique(), genome)
    write_peaks(directory / IMMGEN["peaks"], peaks)
    names = peaks["name"].to_numpy(dtype=object, copy=True)
    stray = rng.choice(len(names), STRAY, replace=False)
    names[stray] = "\x1a\n" + names[stray]  # lines of their own
    write_heights(directory / IMMGEN["heights"], names, lineages["target"], heights)
    write_table(truth, directory / "planted.tsv.gz")
    by_lineage = pd.DataFrame(mean_activity.T, columns=tfs).groupby(lineages["lineage"].to_numpy(), sort=False).mean()
    write_table(by_lineage.T.rename_axis("tf").reset_index(), directory / "regulators.tsv")
    return truth


def activities(lineages):
    """The activity of every regulator in every cell type, before it varies.

    Parameters
    ----------
    lineages : pandas.DataFrame
        ``target lineage``.

    Returns
    -------
    numpy.ndarray of float, shape (n_regulators, n_targets)
        In the order of ``ACTIVITY``; 0 where a regulator is not there.
    """
    table = np.zeros((len(ACTIVITY), len(lineages)))
    for row, patterns in zip(table, ACTIVITY.values(), strict=True):
        for pattern, activity in patterns.items():
            fits = [fnmatchcase(target, pattern) for target in lineages["target"]]
            row[(lineages["lineage"] == pattern).to_numpy() | fits] = activity
    return table


def _programmes(rng, n, tfs):
    """Draw the programmes of regions, and which regulators have a site in each: bool, shape (n, n_tfs)."""
    shares = [share for share, _ in PROGRAMMES.values()]
    chances = np.full((len(PROGRAMMES) + 1, len(tfs)), ELSEWHERE)
    for row, (_, members) in zip(chances, PROGRAMMES.values(), strict=False):
        row[[tfs.index(tf) for tf in members]] = list(members.values())
    programme = rng.choice(len(chances), n, p=[*shares, 1 - sum(shares)])
    return rng.random((n, len(tfs))) < chances[programme]


def _heights(rng, regulated, lineages, noise):
    """Heights of peaks from what regulators add to log2 of the expected reads: shape (n, n_targets) to the same."""
    n, n_targets = regulated.shape
    lineage, known = pd.factorize(lineages)
    expected = rng.gamma(*LEVEL, (n, 1)) + regulated
    expected += rng.normal(0, noise, (n, len(known)))[:, lineage] + rng.normal(0, noise, (n, n_targets))
    return quantile_normalise(np.log2(PSEUDOCOUNT + DEPTH * rng.poisson(np.exp2(expected))))


def quantile_normalise(values):
    """Give every column the same distribution, the mean of all of them; equal values of a column stay equal.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n, n_columns)

    Returns
    -------
    numpy.ndarray of float, shape (n, n_columns)
        Each value is the mean of the sorted columns at its rank; equal values share the mean over their ranks.
    """
    reference = np.sort(values, axis=0).mean(axis=1)
    normalised = np.empty_like(values)
    for number, column in enumerate(values.T):
        _, place, counts = np.unique(column, return_inverse=True, return_counts=True)
        normalised[:, number] = (np.add.reduceat(reference, np.cumsum(counts) - counts) / counts)[place]
    return normalised
