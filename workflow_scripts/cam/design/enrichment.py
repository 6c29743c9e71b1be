"""Which known motifs are in artificial sequences more often than in random ones, or were lost from them."""

import numpy as np
import pandas as pd

from ..errors import InputError
from ..motifs.scan import count_hits


def enriched_motifs(summary, tables, limits, q_value):
    """What may be said of the runs of the genetic algorithm: the motif that came or went most in each.

    A run that left the output unchanged says nothing of the unit, whatever motifs its sequences have. Neither does one
    in which no motif came or went by more hits per sequence than in the runs on untrained units, whose sequences look
    like some known motif as well.

    Parameters
    ----------
    summary : pandas.DataFrame
        As from :func:`cam.design.genetic.summarise`.
    tables : dict of (str, str) to pandas.DataFrame
        Unit and direction to the families of known motifs, as from :func:`cam.design.enrichment.enrich_families`.
    limits : pandas.DataFrame
        As from :func:`cam.design.enrichment.thresholds`.
    q_value : float
        Below this a motif is enriched, or lost.

    Returns
    -------
    dict of (str, str) to dict or None
        Unit and direction to what :func:`cam.design.enrichment.strongest` returns, or to None where the output is
        unchanged. Runs without such a motif are not in it.
    """
    same = summary.set_index(["subject", "direction"])["output_unchanged"]
    threshold = limits.set_index("change")["threshold"]
    found = {}
    for run, table in tables.items():
        motif = strongest(table, q_value)
        if same[run]:
            found[run] = None
        elif motif["difference"] > threshold[motif["change"]]:  # of one that is missing, none is above it
            found[run] = motif
    return found


COLUMNS = [
    "motif_id", "tf", "ga_hits", "ga_total", "random_hits", "random_total", "ratio", "log2_ratio", "p_value", "q_value",
]  # fmt: skip

_PERCENTILE = 0.95  # of untrained units, what a run has to exceed
_RUNS = 10  # at least, for that
# A family stands in the column `cluster`, by the name that the tables of families have, `….clusters.tsv`.
FAMILY_COLUMNS = ["cluster", "motif_id", "tf", "members", *COLUMNS[2:], "ga_per_sequence", "random_per_sequence"]


def enrich(motifs, ga_codes, random_codes, p_value=1e-4, start_codes=None):
    """Compare the motif hits of artificial sequences with those of random sequences, or of those they began as.

    What is counted are sequences with at least one hit on either strand (:func:`cam.motifs.scan.count_hits`), with the
    base composition of the random sequences as background. The test is Fisher's exact test, one-sided (more hits in the
    artificial sequences); q-values are Benjamini and Hochberg's.

    Sequences that evolved from others than random ones, to take from them what these had been made for, are tested for
    that: whether they have fewer hits than the sequences they began as.

    Parameters
    ----------
    motifs : sequence of Motif
    ga_codes : numpy.ndarray of uint8, shape=(n_ga, length)
        Base codes of the artificial sequences.
    random_codes : numpy.ndarray of uint8, shape=(n_random, length)
        Base codes of random sequences of the same length.
    p_value : float
        Of a hit.
    start_codes : numpy.ndarray of uint8, shape=(n_start, length), optional
        Base codes of the sequences that the artificial ones began as, if these were not random.

    Returns
    -------
    pandas.DataFrame
        A row per motif, the lowest p-value first: ``motif_id tf ga_hits ga_total random_hits random_total ratio
        log2_ratio p_value q_value`` (COLUMNS), and ``ga_per_sequence random_per_sequence``, the mean number of hits.
        The ratio is that of the two fractions of sequences with a hit, each as (hits + 0.5) / (sequences + 1) so that
        it is finite where there are none. Where motifs are tested for loss, ratio and p-value are against the sequences
        at the start, and ``start_hits start_total start_per_sequence`` are theirs.

    Raises
    ------
    InputError
        If there are no motifs or no sequences, the two sets differ in length, or the p-value is not between 0 and 1.
    """
    if not motifs:
        raise InputError("motif enrichment: found no motifs, expected at least one")
    if not 0 < p_value < 1:
        raise InputError(f"motif enrichment: found a hit p-value of {p_value}, expected a number between 0 and 1")
    ga_codes, random_codes = np.asarray(ga_codes), np.asarray(random_codes)
    sets = {"artificial": ga_codes, "random": random_codes}
    if start_codes is not None:
        sets["starting"] = np.asarray(start_codes)
    for kind, codes in sets.items():
        if codes.size == 0:
            raise InputError(f"motif enrichment: found no {kind} sequences, expected at least one")
        if codes.shape[1:] != ga_codes.shape[1:]:
            raise InputError(
                f"motif enrichment: found artificial sequences of length {ga_codes.shape[-1]} and {kind} sequences of "
                f"length {codes.shape[-1]}, expected one length"
            )

    totals = [len(codes) for codes in sets.values()]
    hits = count_hits(motifs, np.concatenate(list(sets.values())), p_value, background_of(random_codes))
    return compare_hits(motifs, *np.split(hits, np.cumsum(totals)[:-1]))


def background_of(codes):
    """Base frequencies of codes, one of each base more, so that none is zero: float64, shape (4,)."""
    counts = np.bincount(codes.ravel(), minlength=5)[:4] + 1
    return counts / counts.sum()


def compare_hits(motifs, ga, random, start=None):
    """The table of :func:`enrich` from hits that are counted already.

    Parameters
    ----------
    motifs : sequence of Motif
    ga, random, start : numpy.ndarray of int, shape=(n_sequences, n_motifs)
        As from :func:`cam.motifs.scan.count_hits`, of the sets of sequences.

    Returns
    -------
    pandas.DataFrame
    """
    from scipy.stats import false_discovery_control, hypergeom  # which take a second, and figures do without

    each = [ga, random] if start is None else [ga, random, start]
    totals = [len(hits) for hits in each]
    with_hit = [np.count_nonzero(hits, axis=0) for hits in each]
    share = [(number + 0.5) / (total + 1) for number, total in zip(with_hit, totals, strict=True)]
    ratio = share[0] / share[-1]
    more, fewer = (0, 1) if start is None else (2, 0)
    # Fisher's exact test, of all motifs at once: a hypergeometric distribution's upper tail.
    everything, hits = totals[more] + totals[fewer], with_hit[more] + with_hit[fewer]
    p_values = hypergeom.sf(with_hit[more] - 1, everything, hits, totals[more])
    table = pd.DataFrame(
        {
            "motif_id": [motif.matrix_id for motif in motifs],
            "tf": [motif.name for motif in motifs],
            "ga_hits": with_hit[0],
            "ga_total": totals[0],
            "random_hits": with_hit[1],
            "random_total": totals[1],
            "ratio": ratio,
            "log2_ratio": np.log2(ratio),
            "p_value": p_values,
            "q_value": false_discovery_control(p_values),
            "ga_per_sequence": each[0].mean(axis=0),
            "random_per_sequence": each[1].mean(axis=0),
        }
    )
    if start is not None:
        table = table.assign(start_hits=with_hit[2], start_total=totals[2], start_per_sequence=each[2].mean(axis=0))
    order = ["p_value", "ratio", "motif_id"]
    return table.sort_values(order, ascending=[True, start is not None, True], ignore_index=True)


def is_loss(table):
    """Whether a table of :func:`enrich` or :func:`enrich_families` says what was lost, and not what is enriched."""
    return "start_hits" in table


def differences(table):
    """Hits per sequence more than in random sequences, or, where loss was tested, fewer than at the start."""
    if is_loss(table):
        return table["start_per_sequence"] - table["ga_per_sequence"]
    return table["ga_per_sequence"] - table["random_per_sequence"]


def significant(table, q_value):
    """The rows of a table of :func:`enrich` or :func:`enrich_families` that are enriched, or lost, at that q-value."""
    rises = table["log2_ratio"] * (-1 if is_loss(table) else 1) > 0
    return table[(table["q_value"] < q_value) & rises]


def strongest(families, q_value):
    """The family of motifs that came, or went, most: what a sentence may say of a run of the genetic algorithm.

    Parameters
    ----------
    families : pandas.DataFrame
        As returned by :func:`enrich_families`.
    q_value : float

    Returns
    -------
    dict
        ``change`` (``enriched`` or ``lost``), ``family``, ``motif_id``, ``tf``, ``per_sequence``, the hits per
        sequence, ``compared``, those in random sequences or at the start, and ``difference``, how many more or fewer
        they are: 0, and no motif, where none is significant.
    """
    change, other = ("lost", "start") if is_loss(families) else ("enriched", "random")
    found = significant(families, q_value).head(1)
    if found.empty:
        names = dict.fromkeys(["family", "motif_id", "tf"])
        return {"change": change, **names, "per_sequence": np.nan, "compared": np.nan, "difference": 0.0}
    (row,) = found.to_dict("records")
    return {
        "change": change,
        "family": row["cluster"],
        "motif_id": row["motif_id"],
        "tf": row["tf"],
        "per_sequence": row["ga_per_sequence"],
        "compared": row[f"{other}_per_sequence"],
        "difference": differences(found).iloc[0],
    }


def strongest_of_runs(runs, random, motifs, families, p_value, q_value):
    """The motif that came, or went, most in each run on an untrained unit.

    All sequences are scanned at once. A run that minimises a unit is compared with the one before, which maximises it
    and whose sequences it began as.

    Parameters
    ----------
    runs : iterable of (str, str, numpy.ndarray of uint8, bool)
        As from :func:`cam.design.genetic.evolve_units`.
    random : numpy.ndarray of uint8, shape=(n_random, length)
        Base codes of random sequences.
    motifs : sequence of Motif
    families : pandas.DataFrame
        As from :func:`cam.motifs.families.find_families` for the same motifs.
    p_value : float
        Of a hit.
    q_value : float
        Below this a motif is enriched, or lost.

    Returns
    -------
    pandas.DataFrame
        A row per run: ``unit direction output_unchanged`` and what :func:`strongest` says; no motif of a run that left
        the output unchanged.
    """
    runs = list(runs)
    sets = [random, *(final for _, _, final, _ in runs)]
    hits = count_hits(motifs, np.concatenate(sets), p_value, background_of(random))
    of_random, *of_runs = np.split(hits, np.cumsum([len(codes) for codes in sets])[:-1])
    rows = []
    for number, (unit, direction, _, same) in enumerate(runs):
        start = of_runs[number - 1] if direction == "min" else None
        table = enrich_families(compare_hits(motifs, of_runs[number], of_random, start), families)
        found = strongest(table.head(0) if same else table, q_value)
        rows.append({"unit": unit, "direction": direction, "output_unchanged": same, **found})
    return pd.DataFrame(rows)


def thresholds(runs):
    """By how many hits per sequence a motif has to come or go for more than chance: what untrained units need not do.

    Parameters
    ----------
    runs : pandas.DataFrame
        ``change difference``, as from :func:`strongest_of_runs`, a row per run on an untrained unit; a run that left
        the output unchanged has a difference of 0.

    Returns
    -------
    pandas.DataFrame
        ``change runs threshold``: of the runs that were tested for enrichment, and of those tested for loss, how many
        there are and their 95th percentile, rounded up to one of them; missing where there are fewer than ten.
    """
    rows = []
    for change in ("enriched", "lost"):
        found = runs.loc[runs["change"] == change, "difference"]
        enough = len(found) >= _RUNS
        threshold = np.quantile(found, _PERCENTILE, method="higher") if enough else np.nan
        rows.append({"change": change, "runs": len(found), "threshold": threshold})
    return pd.DataFrame(rows)


def enrich_families(table, families):
    """Say which families of motifs are enriched, each by the one of its motifs that stands for it.

    Often every sequence of a genetic algorithm has a hit of many motifs. Then p-values and ratios tell no more than how
    rare the motifs are in random sequences, but the number of hits in a sequence still tells what was repeated in it
    from what came along. So the motif that stands for a family is the one with the most hits per sequence, less those
    in a random sequence, and families are in the order of that difference.

    The counts are those of one motif, so that they mean the same in families of any size. Sequences with a hit of *any*
    motif would not do: of 88 homeobox profiles almost every third random sequence of 200 bp has one, of a single
    profile every thirtieth, and a stricter threshold for the motifs of large families is one that short motifs never
    reach. The p-value is Bonferroni-corrected for the choice of the motif among several: that of the family is that of
    the motif times the number of motifs in the family, at most 1, which holds however the motif was chosen and however
    alike they are. q-values are Benjamini and Hochberg's over the families.

    Parameters
    ----------
    table : pandas.DataFrame
        As returned by :func:`enrich`.
    families : pandas.DataFrame
        ``cluster motif_id``, as returned by :func:`cam.motifs.families.find_families` for the same motifs.

    Returns
    -------
    pandas.DataFrame
        A row per family, the largest difference of hits per sequence first: ``cluster motif_id tf members ga_hits
        ga_total random_hits random_total ratio log2_ratio p_value q_value ga_per_sequence random_per_sequence``
        (FAMILY_COLUMNS), and what the table has of the sequences at the start.

    Raises
    ------
    InputError
        If a motif of the table is in no family.
    """
    from scipy.stats import false_discovery_control

    table = table.merge(families[["cluster", "motif_id"]], on="motif_id", how="left")
    lost = table.loc[table["cluster"].isna(), "motif_id"]
    if len(lost):
        raise InputError(f"motif families: found motif {lost.iloc[0]} in no family, expected each to be in one")
    members = table["cluster"].value_counts()
    best = table.loc[differences(table).sort_values(ascending=False, kind="stable").index].drop_duplicates(
        "cluster", ignore_index=True
    )
    best.insert(2, "members", best["cluster"].map(members))
    best.insert(0, "cluster", best.pop("cluster"))
    best["p_value"] = np.minimum(best["members"] * best["p_value"], 1)
    best["q_value"] = false_discovery_control(best["p_value"].to_numpy())
    return best
