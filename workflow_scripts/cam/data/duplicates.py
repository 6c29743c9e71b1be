"""Sequences that are copies of one another, or nearly, and so must not stand on two sides of a split.

Positions say which windows of a genome share bases. Without them, the bases themselves have to: two sequences are
near-duplicates if one has at least half of the other's different k-mers, on either strand. So are windows that overlap
by over half, and variants of one element that differ in fewer than one of 20 bases.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from ..bases import N_CODE, decode, reverse_complement
from .split import SPLITS

K = 15  # so long that two sequences of 200 bp share one by chance with a probability of 1e-4
SHARE = 0.5  # of the k-mers of the one that has fewer
_ROW_BITS = 32  # of a number that holds a k-mer and a row
_ROWS_AT_ONCE = 4096
_PRODUCTS_AT_ONCE = 10**7  # which take some 100 MB


def canonical(codes):
    """Write sequences so that those that are the same on either strand, whatever N pads them, are the same text.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)
        Base codes.

    Returns
    -------
    list of str, length n
        Without N at the ends, and on the strand that comes first in alphabetical order.
    """
    strands = (decode(codes), decode(reverse_complement(codes)))
    return [min(one.strip("N"), other.strip("N")) for one, other in zip(*strands, strict=True)]


def group_duplicates(codes, k=K, share=SHARE):
    """Group sequences that are copies or near-duplicates of one another, directly or through others.

    Near-duplicates are two sequences the shorter of which, by its number of different k-mers, has at least a share of
    them in common with the other. A k-mer and its reverse complement are one, and those with an N do not count. So the
    parts that many sequences have in common, such as adaptors and repeats, make no near-duplicates unless they are half
    of a sequence.

    All pairs are compared but for those that cannot be near-duplicates and those that are in one group already. Of the
    k-mers that two sequences must share, some are not among the most frequent ones of the shorter (Chaudhuri et al.
    2006, prefix filtering), so sequences are not compared because of an adaptor; and k-mers all of whose sequences have
    been joined are passed over, so that ten thousand variants of one element are not compared pair by pair.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)
        Base codes.
    k : int
        At most 15.
    share : float
        In (0, 1].

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        The group of each sequence, from 0, in the order in which they appear.
    """
    same = pd.factorize(np.array(canonical(codes), dtype=object))[0]
    kmers, sizes = _kmers(codes[np.unique(same, return_index=True)[1]], k)
    return pd.factorize(_join(*_shared(kmers), np.ceil(share * sizes).astype(np.int64))[same])[0]


def merge_copies(table, codes, targets, task):
    """Merge the labels of copies of a sequence, of the same strand and in the same split.

    Binding: what is known of any copy is known of the sequence. A target that binds one copy and does not bind another
    tells nothing, so that label is missing; there is no way to say which of them is right. Regression: copies with the
    same values are one, and those with different values, which are replicates, stay.

    Reverse complements are not merged: an assay may tell the strands apart.

    Parameters
    ----------
    table : pandas.DataFrame
        ``split``, which may be empty text, and a column per target.
    codes : numpy.ndarray of uint8, shape (n, length)
    targets : sequence of str
    task : {"binding", "regression"}

    Returns
    -------
    table : pandas.DataFrame
        With merged labels in the first of some copies.
    merged : pandas.Series of bool
        Which rows are the others, and are to be left out.
    counts : pandas.DataFrame
        ``kind sequences groups``.
    """
    text = pd.Series([row.tobytes() for row in codes], index=table.index)
    copy = text.groupby([text, table["split"]], sort=False).ngroup()
    several = copy.duplicated(keep=False)
    if task == "binding":
        labels = table.loc[several, targets].groupby(copy[several])
        low, high = labels.min(), labels.max()
        merged = copy.duplicated()
        first = several & ~merged
        table = table.copy()
        table.loc[first, targets] = high.where(low == high).loc[copy[first]].to_numpy()
        contrary = (low < high).any(axis=1)
        odd = ("copies with contrary labels, which count as missing", copy.isin(contrary.index[contrary]))
    else:
        merged = table[targets].assign(copy=copy).duplicated()
        odd = (
            "copies with different values, all kept",
            copy[~merged].duplicated(keep=False).reindex(copy.index, fill_value=False),
        )
    kinds = [("copies, of which one is kept", copy.isin(copy[merged])), odd]
    counts = [(kind, int(rows.sum()), copy[rows].nunique()) for kind, rows in kinds]
    return table, merged, pd.DataFrame(counts, columns=["kind", "sequences", "groups"])


def count_duplicates(codes, group, split):
    """Count duplicates, and those that are on two sides of the split.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)
    group : numpy.ndarray of int, shape (n,)
        From :func:`group_duplicates`.
    split : numpy.ndarray of str, shape (n,)

    Returns
    -------
    across : numpy.ndarray of bool, shape (n,)
        Which training sequences are in a group with one for validation or test.
    counts : pandas.DataFrame
        ``kind sequences groups``.
    """
    text = pd.DataFrame({"strand": [text.strip("N") for text in decode(codes)], "same": canonical(codes)})
    both = text.groupby("same")["strand"].transform("nunique") > 1
    size = np.bincount(group)[group]
    in_split = {name: np.isin(group, group[split == name]) for name in SPLITS}
    held_out = in_split["validation"] | in_split["test"]
    kinds = [
        ("both strands of a sequence", both.to_numpy(), text["same"].to_numpy()),
        ("near-duplicates, copies and reverse complements among them", size > 1, group),
        ("the largest group of these", (size > 1) & (size == size.max(initial=0)), group),
        ("training sequences in a group with one of validation or test", held_out & (split == "train"), group),
        ("validation sequences in a group with one of test", in_split["test"] & (split == "validation"), group),
    ]
    counts = [(kind, int(rows.sum()), len(set(of[rows]))) for kind, rows, of in kinds]
    return kinds[3][1], pd.DataFrame(counts, columns=["kind", "sequences", "groups"])


def _kmers(codes, k):
    """The different k-mers of each sequence, each with its row in one number, and how many each has."""
    n, length = codes.shape
    found, sizes = [np.zeros(0, np.int64)], np.zeros(n, dtype=np.int64)
    for first in range(0, n if length >= k else 0, _ROWS_AT_ONCE):
        windows = np.lib.stride_tricks.sliding_window_view(codes[first : first + _ROWS_AT_ONCE], k, axis=1)
        forward = backward = np.zeros(windows.shape[:2], dtype=np.int64)
        known = np.ones(windows.shape[:2], dtype=bool)
        for place in range(k):
            base = windows[:, :, place].astype(np.int64)
            forward = forward * 4 + base
            backward = backward + ((3 - base) << 2 * place)
            known &= base != N_CODE
        kmers = np.sort(np.where(known, np.minimum(forward, backward), -1), axis=1)
        new = kmers >= 0
        new[:, 1:] &= kmers[:, 1:] != kmers[:, :-1]
        sizes[first : first + len(kmers)] = new.sum(axis=1)
        found.append(kmers[new] << _ROW_BITS | (np.nonzero(new)[0] + first))
    return np.concatenate(found), sizes


def _shared(kmers):
    """Rows and columns, as :func:`_join` takes them, of the k-mers that several rows have; sorts what it gets."""
    kmers.sort()
    begins = np.flatnonzero(np.diff(kmers >> _ROW_BITS, prepend=-1))
    counts = np.diff(begins, append=len(kmers))
    rows = kmers[np.repeat(counts > 1, counts)] & (2**_ROW_BITS - 1)
    counts = counts[counts > 1]
    rank = np.empty(len(counts), dtype=np.int64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    ranked = np.sort(np.repeat(rank, counts) << _ROW_BITS | rows)
    return (ranked & (2**_ROW_BITS - 1)).astype(np.int32), (ranked >> _ROW_BITS).astype(np.int32)


def _join(rows, columns, least):
    """Join rows that share enough columns, directly or through others.

    Parameters
    ----------
    rows, columns : numpy.ndarray of int, shape (n_entries,)
        Which row has which column, sorted by column, the rarest first.
    least : numpy.ndarray of int, shape (n,)
        How many columns a row must share with one of which this number is not smaller.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        A number that is the same for all that are joined.
    """
    n = len(least)
    joined, open_rows = np.arange(n), np.random.default_rng(0).permutation(n)
    fewest = -(-least // 2)  # of the shared columns, that are not among the ``least - fewest`` most frequent of a row
    changed, work = True, np.inf
    while len(open_rows):
        if changed and work > 10 * len(rows):  # columns all of whose rows are joined say nothing new
            changed, work = False, 0
            begins = np.flatnonzero(np.diff(columns, prepend=-1))
            groups = joined[rows]
            divided = np.minimum.reduceat(groups, begins) < np.maximum.reduceat(groups, begins)
            kept = np.repeat(divided, np.diff(begins, append=len(rows)))
            rows, columns = rows[kept], np.cumsum(np.diff(columns[kept], prepend=-1) > 0, dtype=np.int32) - 1
            has = csr_array((np.ones(len(rows), np.int32), (rows, columns)), shape=(n, columns.max(initial=-1) + 1))
            had_by, held = has.T.tocsr(), np.diff(has.indptr)
            # The first columns of a row, without its most frequent ones; none where there are too few to be alike.
            leading = np.where(held < least, 0, held - least + fewest)
            place = np.arange(has.nnz) - np.repeat(has.indptr[:-1], held)
            begin = csr_array((has.data * (place < np.repeat(leading, held)), has.indices, has.indptr), shape=has.shape)
            cost = begin @ np.diff(had_by.indptr)
        open_rows = open_rows[cost[open_rows] > 0]
        until = np.searchsorted(np.cumsum(cost[open_rows]), _PRODUCTS_AT_ONCE) + 1
        some, open_rows = open_rows[:until], open_rows[until:]
        work += cost[some].sum()
        first = begin[some]
        first.eliminate_zeros()
        pairs = (first @ had_by).tocoo()
        one, other = some[pairs.row], pairs.col
        likely = (pairs.data >= fewest[one]) & (joined[one] != joined[other])
        one, other = one[likely], other[likely]
        alike = _n_shared(has, one, other) >= np.minimum(least[one], least[other])
        if alike.any():
            changed = True
            links = np.ones(alike.sum(), bool), (joined[one[alike]], joined[other[alike]])
            joined = connected_components(coo_array(links, shape=(n, n)), directed=False)[1][joined]
    return joined


def _n_shared(has, one, other):
    """How many columns two rows share, for many pairs of rows."""
    parts = np.array_split(np.arange(len(one)), np.diff(has.indptr)[one].sum() // _PRODUCTS_AT_ONCE + 1)
    return np.concatenate([has[one[some]].multiply(has[other[some]]).sum(axis=1) for some in parts])
