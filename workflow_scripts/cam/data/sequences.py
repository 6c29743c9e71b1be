"""DNA as arrays: base codes, one-hot encoding, reverse complements, random sequences.

A sequence is a row of *base codes*: uint8, A C G T N = 0 1 2 3 4. Codes take a quarter of the memory of one-hot
rows, so they are what is stored and sent to the device; one-hot encoding happens there, batch by batch.
"""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from ..bases import CODE_OF_BYTE, N_CODE, NO_CODE, reverse_complement
from ..errors import InputError, nearest
from ..io.files import GZIPPED, atomic, cannot_read, read_bytes, write_text

_TWOBIT = (b"\x43\x27\x41\x1a", b"\x1a\x41\x27\x43")  # how a 2bit file begins, in either order of bytes
_FIRST_LOWER = ord("a")
_LINE = 60  # bases in a line of FASTA
_AT_ONCE = _LINE * 2**14  # bases of a 2bit file that are unpacked at a time


def gc_content(codes):
    """Fraction of G and C among the known bases of each sequence.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)

    Returns
    -------
    numpy.ndarray of float64, shape (n,)
        In [0, 1]; 0 where no base is known.
    """
    known = (codes != N_CODE).sum(axis=1)
    return ((codes == 1) | (codes == 2)).sum(axis=1) / np.maximum(known, 1)


def base_frequencies(codes):
    """Frequencies of A, C, G, T among the known bases, both strands pooled.

    Strands are pooled because a region has no strand: A and T, C and G get the same frequency.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)

    Returns
    -------
    numpy.ndarray of float64, shape (4,)
        Summing to 1.
    """
    counts = np.bincount(codes.ravel(), minlength=5)[:4].astype(float)
    counts = counts + counts[::-1]
    return counts / counts.sum() if counts.sum() else np.full(4, 0.25)


def dinucleotide_frequencies(codes):
    """Frequencies of the dinucleotides, both strands pooled: the first-order composition of sequences.

    They are those of a chain in which each base depends on the one before, and which has the same base frequencies at
    every position. CpG, for instance, is five times rarer in human DNA than its bases would have it.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)
        Base codes. Each dinucleotide is counted once more than it is there, so that none has the frequency zero.

    Returns
    -------
    numpy.ndarray of float64, shape (4, 4)
        Of the base in the row followed by that in the column, summing to 1; rows and columns have the same sums.
    """
    pairs = 5 * codes[:, :-1].astype(np.int64) + codes[:, 1:]
    counts = np.bincount(pairs.ravel(), minlength=25).reshape(5, 5)[:4, :4] + 1.0
    counts += counts.T[::-1, ::-1]
    transitions = counts / counts.sum(axis=1, keepdims=True)
    frequencies = np.linalg.matrix_power(transitions, 64)[0][:, None] * transitions  # base frequencies × transitions
    return (frequencies + frequencies.T[::-1, ::-1]) / 2


def random_sequences(n, length, frequencies, rng):
    """Base codes of random sequences.

    Parameters
    ----------
    n, length : int
    frequencies : array-like of float, shape (4,) or (4, 4)
        Of A, C, G, T at every position; or of dinucleotides, as from :func:`dinucleotide_frequencies`, where each base
        depends on the one before.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of uint8, shape (n, length)
    """
    frequencies = np.asarray(frequencies, dtype=float)
    if frequencies.ndim == 1:
        return np.searchsorted(np.cumsum(frequencies)[:3], rng.random((n, length)), side="right").astype(np.uint8)
    edges = np.cumsum(frequencies / frequencies.sum(axis=1, keepdims=True), axis=1)[:, :3]
    codes, drawn = np.empty((n, length), dtype=np.uint8), rng.random((n, length))
    codes[:, 0] = np.searchsorted(np.cumsum(frequencies.sum(axis=1))[:3], drawn[:, 0], side="right")
    for place in range(1, length):
        codes[:, place] = (drawn[:, place, None] >= edges[codes[:, place - 1]]).sum(axis=1)
    return codes


def shuffle_dinucleotides(codes, rng):
    """Shuffle sequences so that each keeps its number of every dinucleotide, and its first and last base.

    A sequence is a walk over a graph whose edges are its dinucleotides. Another walk over the same edges is drawn, any
    with the same probability (Altschul & Erickson 1985): the edges of each base are taken in random order, on condition
    that the edges taken last lead from every base to the one that the sequence ends with.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)
        Base codes; N is a base like the others.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of uint8, shape (n, length)
    """
    n, length = codes.shape
    if length < 3:
        return codes.copy()
    source, target, end = codes[:, :-1], codes[:, 1:], codes[:, -1]
    turn = np.empty(source.shape)  # each base takes its edges from the lowest turn to the highest
    rows = np.arange(n)
    while len(rows):
        turn[rows] = rng.random((len(rows), length - 1))
        # What each base leads to at last. An edge to itself cannot be the last one, and the end has no need of any.
        leads_to = np.tile(np.arange(N_CODE + 1), (len(rows), 1))
        for base in range(N_CODE + 1):
            leaves = (source[rows] == base) & (target[rows] != base) & (end[rows] != base)[:, None]
            last = np.where(leaves, turn[rows], -1).argmax(axis=1)
            has = leaves.any(axis=1)
            leads_to[has, base] = target[rows[has], last[has]]
            turn[rows[has], last[has]] += 1
        for _ in range(3):  # 1, 2, 4, 8 steps, where there are at most five bases
            leads_to = np.take_along_axis(leads_to, leads_to, axis=1)
        present = (source[rows][:, :, None] == np.arange(N_CODE + 1)).any(axis=1)
        rows = rows[((leads_to != end[rows, None]) & present).any(axis=1)]
    edges = np.argsort(turn + 2 * source.astype(float), axis=1)
    targets = np.take_along_axis(target, edges, axis=1)
    counts = (source[:, :, None] == np.arange(N_CODE + 1)).sum(axis=1)
    next_edge = np.cumsum(counts, axis=1) - counts
    walk, rows = codes.copy(), np.arange(n)
    for position in range(1, length):
        base = walk[:, position - 1]
        walk[:, position] = targets[rows, next_edge[rows, base]]
        next_edge[rows, base] += 1
    return walk


def hash_sequences(codes):
    """Numbers that are equal for equal sequences and their reverse complements.

    Of two million different sequences, any two have the same number with a probability of less than 1e-6.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)
        Base codes.

    Returns
    -------
    numpy.ndarray of uint64, shape (n,)
    """
    factors = 2 * np.random.default_rng(0).integers(2**63, size=codes.shape[1], dtype=np.uint64) + 1
    strands = [strand.astype(np.uint64) @ factors for strand in (codes, reverse_complement(codes))]
    return np.minimum(*strands)


def copies(hashes):
    """Find the regions that share their sequence with others, on either strand.

    Parameters
    ----------
    hashes : numpy.ndarray of uint64, shape (n,)
        From :func:`hash_sequences`.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        0 where no other region has the sequence; else a number, from 1, that is the same for all that have it.
    """
    shared = pd.Series(hashes).duplicated(keep=False).to_numpy()
    numbers = np.zeros(len(hashes), dtype=np.int64)
    numbers[shared] = pd.factorize(hashes[shared])[0] + 1
    return numbers


def chromosome_sizes(fasta):
    """Length of every chromosome of a FASTA file, in bp; see :func:`read_windows` for the file and the errors."""
    with _open(fasta) as genome:
        return {chrom: len(record) for chrom, record in genome.items()}


def _open(fasta):
    from pyfaidx import Fasta

    try:
        size = os.stat(fasta).st_size
        with open(fasta, "rb"):
            pass
    except OSError as error:
        raise cannot_read(fasta, error) from None
    try:
        genome = Fasta(str(fasta), as_raw=True)
    except Exception as error:  # of any kind, since any bytes can be in the file and in its index
        raise InputError(
            f"{fasta}: cannot be indexed as FASTA ({error}); it has to be FASTA, in a folder that can be written to"
        ) from None
    for chrom, record in genome.faidx.index.items():
        breaks = max(record.rlen - 1, 0) // max(record.lenc, 1) * (record.lenb - record.lenc)
        within = Path(fasta).suffix in GZIPPED or record.offset + record.rlen + breaks <= size
        if min(record.rlen, record.offset, record.lenc, record.lenb - record.lenc) < 0 or not within:
            genome.close()
            raise InputError(
                f"{fasta}.fai: found a chromosome '{chrom}' that is not within the {size} bytes of {fasta}; delete "
                "this index, and it is made anew"
            )
    return genome


def unpack_genome(packed, fasta, sizes):
    """Write a genome as plain FASTA, with its index beside it and the lengths of its chromosomes.

    Parameters
    ----------
    packed : str or Path
        A FASTA file, plain, gzipped or bgzipped, or a 2bit file of UCSC's, which takes minutes for a large genome.
    fasta, sizes : str or Path
        Where to; a row of the second is a chromosome and its length.

    Returns
    -------
    dict of str to int
        The lengths, in bp.

    Raises
    ------
    InputError
        If the file cannot be read or is neither.
    """
    with atomic(fasta) as part, open(part, "wb") as plain:
        with read_bytes(packed) as source:
            twobit = source.peek(4)[:4] in _TWOBIT
            if not twobit:
                shutil.copyfileobj(source, plain, 2**20)
        if twobit:
            _unpack_twobit(packed, plain)
    lengths = chromosome_sizes(fasta)
    with write_text(sizes) as text:
        text.writelines(f"{chrom}\t{length}\n" for chrom, length in lengths.items())
    return lengths


def _unpack_twobit(packed, plain):
    """Write the chromosomes of a 2bit file as FASTA, with masked bases in small letters and unknown ones as N."""
    from twobitreader import TwoBitFile  # here, since no later stage needs it

    try:
        with TwoBitFile(str(packed)) as genome:
            lengths = genome.sequence_sizes()
            if sum(lengths.values()) > 4 * os.path.getsize(packed):  # four bases are a byte
                raise ValueError(f"it states {sum(lengths.values())} bases, more than it can hold")
            for chrom, length in lengths.items():
                if not chrom.isprintable() or not chrom.split() == [chrom]:
                    raise ValueError(f"it has a chromosome called {chrom!r}")
                plain.write(f">{chrom}\n".encode())
                for start in range(0, length, _AT_ONCE):
                    letters = genome[chrom][start : start + _AT_ONCE].encode("ascii")
                    lines = [letters[begin : begin + _LINE] for begin in range(0, len(letters), _LINE)]
                    plain.write(b"\n".join([*lines, b""]))
    except Exception as error:  # of any kind, since any bytes can be in the file
        raise InputError(
            f"{packed}: found a damaged 2bit file ({error or type(error).__name__}); copy or download it again"
        ) from None


def read_windows(fasta, regions):
    """Base codes of genomic windows: those of :func:`read_masked_windows`."""
    return read_masked_windows(fasta, regions)[0]


def read_masked_windows(fasta, regions):
    """Base codes of genomic windows, and how much of them the genome marks as repeats. Each chromosome is read once.

    Parameters
    ----------
    fasta : str or Path
        An uncompressed or bgzipped FASTA file; its index is made beside it if it is missing.
    regions : pandas.DataFrame
        Columns ``chrom``, ``start``, ``end`` (0-based, half-open), all of one width.

    Returns
    -------
    codes : numpy.ndarray of uint8, shape (n, width)
    repeats : numpy.ndarray of float, shape (n,)
        The share of the bases that are in lower case (soft-masked), as RepeatMasker's and Tandem Repeats Finder's are
        in UCSC's genomes.

    Raises
    ------
    InputError
        If the file cannot be read, a chromosome is not in it, or a window leaves its chromosome.
    """
    starts, ends = regions["start"].to_numpy(), regions["end"].to_numpy()
    width = int(ends[0] - starts[0]) if len(regions) else 0
    if not (ends - starts == width).all():
        raise InputError(f"regions: found widths from {(ends - starts).min()} to {(ends - starts).max()}, expected one")
    codes, repeats = np.empty((len(regions), width), dtype=np.uint8), np.zeros(len(regions))
    with _open(fasta) as genome:
        for chrom, rows in regions.reset_index(drop=True).groupby("chrom", sort=False).indices.items():
            if chrom not in genome:
                raise InputError(f"{fasta}: chromosome '{chrom}' is not in it; {nearest(chrom, genome.keys())}")
            letters = np.frombuffer(_letters(fasta, genome, chrom), dtype=np.uint8)
            if starts[rows].min() < 0 or ends[rows].max() > len(letters):
                row = rows[(starts[rows] < 0) | (ends[rows] > len(letters))][0]
                raise InputError(
                    f"{fasta}: region {chrom}:{starts[row]}-{ends[row]} leaves the chromosome of {len(letters)} bp"
                )
            found = np.lib.stride_tricks.sliding_window_view(letters, width)[starts[rows]]
            codes[rows], repeats[rows] = CODE_OF_BYTE[found], (found >= _FIRST_LOWER).mean(axis=1)
            wrong = rows[(codes[rows] == NO_CODE).any(axis=1)]
            if len(wrong):
                start = starts[wrong[0]]
                found = chr(letters[start : start + width][codes[wrong[0]] == NO_CODE][0])
                raise InputError(
                    f"{fasta}: found the character '{found}' in {chrom}:{start}-{start + width}, expected DNA"
                )
    return codes, repeats


def _letters(fasta, genome, chrom):
    """The bases of a chromosome as bytes."""
    try:
        return genome[chrom][:].encode("ascii")
    except ValueError as error:  # what pyfaidx raises, and UnicodeError
        raise InputError(f"{fasta}: found a chromosome '{chrom}' that cannot be read as DNA ({error})") from None
