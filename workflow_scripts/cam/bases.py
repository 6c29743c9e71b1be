"""Base codes: DNA as rows of uint8, A C G T N = 0 1 2 3 4.

Codes take a quarter of the memory of one-hot rows, so they are what is stored and sent to the device; one-hot encoding
happens there, batch by batch.
"""

import numpy as np

from .errors import InputError

ALPHABET = "ACGT"
N_CODE = 4
_AMBIGUOUS = "NRYSWKMBDHVUX"  # IUPAC's other codes, each of which becomes N
NO_CODE = 255

CODE_OF_BYTE = np.full(256, NO_CODE, dtype=np.uint8)
for _code, _bases in enumerate([*ALPHABET, _AMBIGUOUS]):
    for _base in _bases:
        CODE_OF_BYTE[ord(_base)] = CODE_OF_BYTE[ord(_base.lower())] = _code
_BYTE_OF_CODE = np.frombuffer(b"ACGTN", dtype=np.uint8)
_COMPLEMENT = np.array([3, 2, 1, 0, 4], dtype=np.uint8)


def encode(sequences):
    """Base codes of sequences of one length.

    Parameters
    ----------
    sequences : sequence of str
        Letters in any case. N and the other IUPAC codes for more than one base become N.

    Returns
    -------
    numpy.ndarray of uint8, shape (n, length)

    Raises
    ------
    InputError
        If the sequences differ in length or hold anything else.
    """
    if not sequences:
        return np.zeros((0, 0), dtype=np.uint8)
    length = len(sequences[0])
    for number, sequence in enumerate(sequences, 1):
        if len(sequence) != length:
            raise InputError(f"sequence {number}: found length {len(sequence)}, expected {length} like the first")
    letters = np.frombuffer("".join(sequences).encode("ascii", "replace"), dtype=np.uint8)
    codes = CODE_OF_BYTE[letters].reshape(len(sequences), length)
    if codes.max(initial=0) == NO_CODE:
        row, column = np.argwhere(codes == NO_CODE)[0]
        raise InputError(
            f"sequence {row + 1}: found the character '{sequences[row][column]}', expected DNA (A, C, G, T, or "
            "IUPAC's codes)"
        )
    return codes


def decode(codes):
    """Letters of base codes, the inverse of :func:`encode`.

    Parameters
    ----------
    codes : numpy.ndarray of uint8, shape (n, length)

    Returns
    -------
    list of str
    """
    letters = _BYTE_OF_CODE[np.asarray(codes, dtype=np.uint8)]
    return [row.tobytes().decode("ascii") for row in np.ascontiguousarray(letters)]


def reverse_complement(codes):
    """Reverse complements of base codes: uint8, shape (n, length), to the same shape."""
    return _COMPLEMENT[codes[:, ::-1]]
