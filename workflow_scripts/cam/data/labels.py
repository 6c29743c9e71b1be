"""Labelled regions: windows around open chromatin, their labels, their selection and their split.

Intervals are data frames with the columns ``chrom``, ``start``, ``end`` (0-based, half-open), as in BED. A table of
*candidates* has ``chrom start end name gc copies`` and one float column per target: 1 bound, 0 unbound, NaN not known.
Set operations on intervals are bedtools' (Quinlan & Hall 2010), through pybedtools.
"""

import numpy as np
import pandas as pd

from ..errors import InputError
from .intervals import INTERVAL, overlaps_by_group


def evidence(regions, summits, sites, targets):
    """What the two sources say about each region and target.

    A region is ReMap-bound by a TF if a ReMap summit of that TF falls in it, and UniBind-bound if a UniBind site of
    that TF overlaps it.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``.
    summits, sites : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, ``tf``.
    targets : sequence of str

    Returns
    -------
    remap, unibind : numpy.ndarray of bool, shape (n_regions, n_targets)
    """
    n, number_of = len(targets), {target: number for number, target in enumerate(targets)}
    both = pd.concat([summits[[*INTERVAL, "tf"]], sites[[*INTERVAL, "tf"]]], ignore_index=True)
    target = both["tf"].map(number_of).fillna(-1).to_numpy(dtype=int)
    groups = np.where((both.index >= len(summits)) & (target >= 0), target + n, target)
    found = overlaps_by_group(regions, both[INTERVAL], groups, 2 * n)
    return found[:, :n], found[:, n:]


def combine(remap, unibind, rule="sparse"):
    """Labels from the two sources of evidence.

    Parameters
    ----------
    remap, unibind : numpy.ndarray of bool, shape (n_regions, n_targets)
    rule : {"sparse", "less_sparse"}
        ``sparse``: both sources → 1, neither → 0, one of the two → NaN. ``less_sparse``: both → 1, anything else → 0.

    Returns
    -------
    numpy.ndarray of float, shape (n_regions, n_targets)
    """
    labels = (remap & unibind).astype(float)
    if rule == "sparse":
        labels[remap ^ unibind] = np.nan
    return labels


def label(regions, summits, sites, targets, rule="sparse"):
    """Label regions, cell-type agnostic: any data set of a TF is evidence.

    Parameters
    ----------
    regions, summits, sites, targets
        See :func:`evidence`.
    rule : {"sparse", "less_sparse"}
        See :func:`combine`.

    Returns
    -------
    labels : pandas.DataFrame of float
        One column per target, one row per region.
    counts : pandas.DataFrame
        ``biosample target both remap_only unibind_only neither``: regions by evidence; the biosample is ``any``.
    """
    remap, unibind = evidence(regions, summits, sites, targets)
    labels = pd.DataFrame(combine(remap, unibind, rule), columns=list(targets), index=regions.index)
    return labels, _count_evidence("any", remap, unibind, targets)


def label_by_biosample(regions, summits, sites, targets, biosamples, rule="sparse"):
    """Label regions, cell-type aware: a region is labelled by the evidence of the biosamples that it is open in.

    In each biosample, the regions open there are labelled for the TFs assayed there, that is, those of which both
    sources have a data set. A region's label is the maximum over biosamples: 1 if it is 1 in any, else 0 if it is 0 in
    any, else NaN.

    Parameters
    ----------
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, and one of bool for each biosample: whether a region is open in it.
    summits : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, ``tf``, ``biotype``.
    sites : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end``, ``tf``, ``sample``.
    targets : sequence of str
    biosamples : sequence of cam.sources.biosamples.Biosample
    rule : {"sparse", "less_sparse"}
        See :func:`combine`.

    Returns
    -------
    labels : pandas.DataFrame of float
        One column per target, one row per region.
    counts : pandas.DataFrame
        ``biosample target both remap_only unibind_only neither``: the open regions of each biosample by evidence, for
        the TFs assayed there.

    Raises
    ------
    InputError
        If a target is not assayed in any of the biosamples.
    """
    labels = np.full((len(regions), len(targets)), np.nan)
    counts, ever_assayed = [], set()
    for biosample in biosamples:
        own_summits = summits[summits["biotype"].isin(biosample.remap)]
        own_sites = sites[sites["sample"].isin(biosample.unibind)]
        assayed = set(own_summits["tf"]) & set(own_sites["tf"])
        columns = [column for column, target in enumerate(targets) if target in assayed]
        if not columns:
            continue
        ever_assayed |= assayed
        names = [targets[column] for column in columns]
        rows = np.flatnonzero(regions[biosample.name])
        remap, unibind = evidence(regions.iloc[rows], own_summits, own_sites, names)
        here = np.ix_(rows, columns)
        labels[here] = np.fmax(labels[here], combine(remap, unibind, rule))
        counts.append(_count_evidence(biosample.name, remap, unibind, names))
    for target in targets:
        if target not in ever_assayed:
            raise InputError(
                f"config, targets: no biosample of the table has a data set of '{target}' in both ReMap and UniBind; "
                f"ReMap has it in {_listed(summits, target, 'biotype')}, UniBind in {_listed(sites, target, 'sample')}"
            )
    return pd.DataFrame(labels, columns=list(targets), index=regions.index), pd.concat(counts, ignore_index=True)


def _count_evidence(biosample, remap, unibind, targets):
    return pd.DataFrame(
        {
            "biosample": biosample,
            "target": list(targets),
            "both": (remap & unibind).sum(axis=0),
            "remap_only": (remap & ~unibind).sum(axis=0),
            "unibind_only": (~remap & unibind).sum(axis=0),
            "neither": (~remap & ~unibind).sum(axis=0),
        }
    )


def _listed(frame, tf, column, most=5):
    """The values of a column in the rows of a TF, as text."""
    values = sorted(set(frame.loc[frame["tf"] == tf, column]))
    return ", ".join(f"'{value}'" for value in values[:most]) + ", …" * (len(values) > most)
