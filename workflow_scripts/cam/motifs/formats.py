"""Motifs in files: the MEME Suite's text format, as its own reader takes it, JASPAR's, HOMER's; JASPAR's releases.

Which format a file has is told by its content, not by its name.
"""

import logging
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError, nearest
from ..io.files import read_text, write_text

logger = logging.getLogger("cam")

UNIFORM = np.full(4, 0.25)
DEFAULT_SITES = 20  # what the MEME Suite takes for a motif whose file does not say, or says 0
TOLERANCE = 0.1  # by which the sum of a row of probabilities may differ from 1, as in the MEME Suite
_MOST_SITES = 10**15  # more than any file states, and few enough for a whole number in double precision
_ROUNDING = 1e-9
_SCORES_PER_BIT, _SCORE_SITES = 100, 0.01  # in the MEME Suite's log-odds, and the sites that its pseudocount weighs
_MOST_SCORE = 10_000  # either way; the MEME Suite's own are of some ten bits

_VERSION = re.compile(r"\s*MEME\s+version\s+\d", re.IGNORECASE)
_ALPHABET = re.compile(r"\s*ALPHABET\b\s*(=?)\s*(.*?)\s*$", re.IGNORECASE)
_CORE_LETTER = re.compile(r'\s*(\w)(?:\s+"[^"]*")?(?:\s+[0-9A-Fa-f]{6})?\s*~\s*(\w)\b')
_BACKGROUND = re.compile(r"\s*Background\s+letter\s+frequencies\b", re.IGNORECASE)
_MOTIF = re.compile(r"\s*(BL\s+)?MOTIF(?:\s+(.*?))?\s*$")
_MATRIX = re.compile(r"\s*(letter\s*-\s*probability|log\s*-\s*odds)\s+matrix\s*:(.*)$", re.IGNORECASE)
_KEY_VALUE = re.compile(r"\s*([^\s=]+)\s*=\s*([^\s=]+)(?=\s|$)")
_NUMBER = re.compile(r"\+?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_JASPAR_ROW = re.compile(r"\s*([ACGTU])\s*[\[|:]?\s*(.*?)\s*\]?\s*$", re.IGNORECASE)
_HOMER_SITES = re.compile(r"\bT:([0-9]+(?:\.[0-9]+)?)\(")

_READ = "the MEME Suite's text format (a line 'MEME version …'), JASPAR's or HOMER's (lines that begin with >)"


@dataclass(frozen=True, eq=False)
class Motif:
    """A motif with its name.

    Parameters
    ----------
    matrix_id : str
        What names it in a database or a model: ``MA0139.1``, ``unit1``. Without white space.
    name : str
        The transcription factor; a unit's own ``matrix_id``.
    ppm : numpy.ndarray, shape=(length, 4)
        Base probabilities; every row sums to one.
    n_sites : int
        How many aligned sites the probabilities were counted from; 0 if nobody knows.
    """

    matrix_id: str
    name: str
    ppm: np.ndarray
    n_sites: int


def read_motifs(path):
    """Read motifs from a file in the MEME Suite's text format, JASPAR's, or HOMER's.

    Parameters
    ----------
    path : str or Path
        Plain or gzipped. *MEME*: minimal format, or the text that MEME, STREME and DREME write; what need not be there
        in the MEME Suite need not be there here, and what it passes over is passed over. A motif that has log-odds
        alone gets its probabilities from them. *JASPAR*: ``>id name``, then a row of counts for each base, with or
        without letters and brackets; a file of four rows alone is one motif, named after the file. *HOMER*:
        ``>consensus name …``, then a row of probabilities (or counts, as in HOCOMOCO's files) for each position.

    Returns
    -------
    motifs : list of Motif
        In the order of the file, rows scaled to sum to one. A motif whose id was there before, or that has no matrix,
        is left out with a warning.
    background : numpy.ndarray, shape=(4,)
        Uniform where the file gives none.

    Raises
    ------
    InputError
        If the file is in no such format, cannot be read as what it is, or holds no motif.
    """
    with read_text(path) as text:
        lines = [(number, line.rstrip()) for number, line in enumerate(text, 1)]
    first = next((line for line in lines if line[1].strip()), None)
    start = next((place for place, (_, line) in enumerate(lines) if _VERSION.match(line)), None)
    background = UNIFORM
    if first and first[1].lstrip().startswith(">"):
        motifs = _read_matrices(path, lines)
    elif start is not None:
        motifs, background = _Meme(path, lines[start + 1 :]).read()
    elif first and _is_rows_of_bases(lines):
        motifs = _read_matrices(path, [(0, f">{_stem(path)}"), *lines])
    else:
        number, found = first or (1, "the end of the file")
        what = "; in place of XML or HTML give the text file that the program writes beside it" if "<" in found else ""
        raise _error(path, number, found, f"motifs in {_READ}{what or '; other formats have to be converted to one'}")
    if not motifs:
        raise InputError(
            f"{path}: found no motif with a matrix, expected at least one, as a line 'MOTIF …' with a matrix after it"
        )
    seen, kept = {}, []
    for number, motif in motifs:
        if motif.matrix_id in seen:
            before = seen[motif.matrix_id]
            logger.warning(
                "%s, line %d: the motif '%s' is left out, since line %d has one of this id; give it another to keep it",
                path, number, motif.matrix_id, before,
            )  # fmt: skip
            continue
        seen[motif.matrix_id] = number
        kept.append(motif)
    return kept, background


def write_meme(path, motifs, background=UNIFORM):
    """Write motifs in the minimal MEME format.

    Parameters
    ----------
    path : str or Path
    motifs : iterable of Motif
    background : array_like, shape=(4,)
        Base frequencies of the sequences the motifs come from.
    """
    with write_text(path) as text:
        frequencies = " ".join(f"{base} {value:.6f}" for base, value in zip("ACGT", background, strict=True))
        text.write("MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n")
        text.write(f"Background letter frequencies\n{frequencies}\n")
        for motif in motifs:
            title = motif.matrix_id if motif.name == motif.matrix_id else f"{motif.matrix_id} {motif.name}"
            text.write(f"\nMOTIF {title}\n")
            text.write(f"letter-probability matrix: alength= 4 w= {len(motif.ppm)} nsites= {motif.n_sites} E= 0\n")
            for row in motif.ppm:
                text.write(" ".join(f"{value:.8f}" for value in row) + "\n")


def jaspar_motifs(release, taxon="vertebrates"):
    """Read the CORE motifs of a JASPAR release, the newest version of each (the non-redundant set).

    Parameters
    ----------
    release : str
        For example ``JASPAR2020``. pyjaspar carries the releases; nothing is downloaded.
    taxon : str
        One of JASPAR's taxonomic groups, such as ``plants``, or ``all``.

    Returns
    -------
    list of Motif
        Sorted by matrix id.

    Raises
    ------
    InputError
        If pyjaspar has no such release, or the release no motifs of such a group.
    """
    import pyjaspar

    if release not in pyjaspar.jaspar_releases:
        known = nearest(release, pyjaspar.jaspar_releases)
        raise InputError(f"JASPAR release: found '{release}', expected one that pyjaspar carries; {known}")
    database = pyjaspar.jaspardb(release=release)
    groups = None if taxon == "all" else [taxon]
    motifs = []
    for record in database.fetch_motifs(collection="CORE", tax_group=groups, all_versions=False):
        pfm = np.array([record.counts[base] for base in "ACGT"], dtype=float).T
        ppm = pfm / pfm.sum(axis=1, keepdims=True)
        motifs.append(Motif(record.matrix_id, record.name, ppm, round(pfm[0].sum())))
    if not motifs:
        raise InputError(
            f"config, tomtom.taxon: found '{taxon}', of which {release} has no CORE motifs, "
            "expected another taxonomic group or release"
        )
    return sorted(motifs, key=lambda motif: motif.matrix_id)


def jaspar_families(release, taxon="vertebrates"):
    """The structural family of each factor that a JASPAR release has a CORE motif of (TFClass, Wingender et al. 2018).

    Parameters
    ----------
    release, taxon : str
        As for :func:`jaspar_motifs`.

    Returns
    -------
    dict of str to str
        By the factor's name in capitals. A dimer's motif tells those of factors that have no motif of their own.
    """
    import pyjaspar

    groups, families = None if taxon == "all" else [taxon], {}
    records = pyjaspar.jaspardb(release=release).fetch_motifs(collection="CORE", tax_group=groups)
    for record in sorted(
        records, key=lambda record: ("::" in record.name, record.matrix_id)
    ):  # its own motif tells first
        factors, stated = record.name.split("(")[0].upper().split("::"), "::".join(record.tf_family).split("::")
        if len(factors) == len(stated) and all(stated):
            for factor, family in zip(factors, stated, strict=True):
                families.setdefault(factor, family)
    return families


def _error(path, number, found, expected):
    return InputError(f"{path}, line {number}: found '{found.strip()[:60]}', expected {expected}")


def _numbers(text):
    """The numbers in a line, or None if there is anything else in it."""
    try:
        values = np.array(text.replace("_", "?").split(), dtype=float)  # Python's 1_000 is no number elsewhere
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _sites(text):
    """How many sites a number of sites stands for: a whole one, and at least 1 unless it is 0."""
    sites = float(text)
    return max(round(sites), int(sites > 0))


class _Meme:
    """A reader of what follows the line of the version in a file of the MEME Suite.

    Parameters
    ----------
    path : str or Path
    lines : list of (int, str)
        With their numbers.
    """

    def __init__(self, path, lines):
        self.path, self.lines = path, lines
        self.end = (lines[-1][0] if lines else 1, "the end of the file")
        self.place = 0
        self.background = UNIFORM

    def next(self):
        """The next line that is not empty; at the end of the file, that."""
        while self.place < len(self.lines):
            number, line = self.lines[self.place]
            self.place += 1
            if line.strip():
                return number, line
        return self.end

    def read(self):
        """All motifs that have a matrix, each with the number of its line, and the background."""
        current, intros, found = None, [], []
        while (place := self.next()) is not self.end:
            number, line = place
            if intro := _MOTIF.match(line):
                matrix_id, name = self._title(number, line, intro[2])
                # MEME's own output tells a motif twice: BL   MOTIF m1 width=3 seqs=20
                if not (current and current["id"] == matrix_id and current["is_block"] != bool(intro[1])):
                    current = {"number": number, "id": matrix_id, "name": name, "is_block": bool(intro[1])}
                    intros.append(current)
            elif matrix := _MATRIX.match(line):
                if current is None:
                    raise _error(self.path, number, line, "'MOTIF' and a name before the first matrix")
                self._read_matrix(current, number, line, matrix)
            elif _BACKGROUND.match(line):
                self.background = self._read_background()
            elif alphabet := _ALPHABET.match(line):
                self._check_alphabet(number, line, alphabet)
        for motif in intros:
            if "ppm" in motif or "scores" in motif:
                sites = motif.get("sites", DEFAULT_SITES)
                ppm = motif["ppm"] if "ppm" in motif else _probabilities(motif["scores"], self.background, sites)
                found.append((motif["number"], Motif(motif["id"], motif["name"], ppm, sites)))
            else:
                logger.warning(
                    "%s, line %d: the motif '%s' is left out, since no line 'letter-probability matrix:' follows it",
                    self.path, motif["number"], motif["id"],
                )  # fmt: skip
        return found, self.background

    def _title(self, number, line, title):
        """The id and the name; keys such as ``width=18`` belong to neither."""
        matrix_id, *rest = title.split(None, 1) if title else [""]
        if not matrix_id:
            raise _error(self.path, number, line, "'MOTIF' and a name")
        name = re.split(r"\s*\S+\s*=", rest[0], maxsplit=1)[0].strip() if rest else ""
        return matrix_id, name or matrix_id

    def _check_alphabet(self, number, line, alphabet):
        """See that it is that of DNA, in one line or defined letter by letter."""
        if alphabet[1]:
            if alphabet[2].strip("'\"").upper() not in ("ACGT", "DNA"):
                raise _error(self.path, number, line, "'ALPHABET= ACGT', since only DNA has sites here")
            return
        pairs = set()
        while (place := self.next()) is not self.end and not re.match(r"\s*END\s+ALPHABET", place[1], re.IGNORECASE):
            if letter := _CORE_LETTER.match(place[1]):
                pairs |= {letter[1].upper(), letter[2].upper()}
        if pairs != set("ACGT"):
            raise _error(self.path, number, line, "an alphabet whose letters are A ~ T and C ~ G, that of DNA")

    def _read_background(self):
        """The frequencies, on as many lines as they take."""
        expected = "'A … C … G … T …' with frequencies that sum to 1"
        words = []
        while len(words) < 8:
            number, line = place = self.next()
            words += line.split()
            if place is self.end or words[::2] != list("ACGT")[: len(words[::2])] or len(words) > 8:
                raise _error(self.path, number, line, expected)
        values = _numbers(" ".join(words[1::2]))
        if values is None or (values < 0).any() or abs(values.sum() - 1) > TOLERANCE + _ROUNDING:
            raise _error(self.path, number, line, expected)
        return values / values.sum()

    def _read_matrix(self, motif, number, line, matrix):
        """Read the rows of a matrix: as many as its width says, else up to a line that is no row."""
        is_odds = matrix[1].lower().startswith("log")
        key, name = ("scores" if is_odds else "ppm"), motif["id"]
        if key in motif:
            raise _error(self.path, number, line, f"one such matrix for motif {name}, but it has one already")
        options, rest = {}, matrix[2]
        while pair := _KEY_VALUE.match(rest):
            options[pair[1].lower()], rest = pair[2], rest[pair.end() :]
        if rest.strip():
            raise _error(self.path, number, line, f"keys with values, such as 'w= 8 nsites= 20', for motif {name}")
        if options.get("alength", "4") != "4":
            raise _error(self.path, number, line, f"'alength= 4' for motif {name}, since DNA has four bases")
        width = options.get("w")
        if width is not None and not re.fullmatch(r"0*[1-9][0-9]{0,8}", width):
            raise _error(self.path, number, line, f"a width 'w= …' of at least 1, or none, for motif {name}")
        if not is_odds and "nsites" in options:
            text = options["nsites"]
            if not _NUMBER.fullmatch(text) or not float(text) < _MOST_SITES:
                raise _error(self.path, number, line, f"'nsites= ' and a number for motif {name}")
            motif["sites"] = _sites(text)
        check = _is_scores if is_odds else _is_probabilities
        what = "four scores in hundredths of a bit" if is_odds else "four probabilities that sum to 1"
        n_rows = int(width) if width else None
        rows = []
        while n_rows is None or len(rows) < n_rows:
            before = self.place
            row, text = self.next() if n_rows else self._following()
            values = _numbers(text)
            if n_rows is None and (values is None or not len(values)):
                self.place = before
                break
            if not check(values):
                of = f"row {len(rows) + 1}" + (f" of {n_rows}" if n_rows else "")
                advice = ""
                if n_rows and (values is None or not len(values)):
                    advice = "; correct 'w=' if the motif has fewer rows"
                raise _error(self.path, row, text, f"{what}, {of} of motif {name}{advice}")
            rows.append(values)
        if not rows:
            raise _error(self.path, number, line, f"rows of numbers after it, for motif {name}")
        before = self.place
        row, text = self.next()
        if check(_numbers(text)):
            raise _error(self.path, row, text, f"no more than {len(rows)} rows for motif {name}; correct its 'w='")
        self.place = before
        rows = np.array(rows)
        motif[key] = rows if is_odds else rows / rows.sum(axis=1, keepdims=True)

    def _following(self):
        """The next line, be it empty."""
        if self.place == len(self.lines):
            return self.end
        self.place += 1
        return self.lines[self.place - 1]


def _is_probabilities(values):
    return (
        values is not None
        and values.shape == (4,)
        and (values >= 0).all()
        and abs(values.sum() - 1) <= TOLERANCE + _ROUNDING
    )


def _is_scores(values):
    return values is not None and values.shape == (4,) and np.abs(values).max() <= _MOST_SCORE


def _probabilities(scores, background, n_sites):
    """Base probabilities from log-odds, without the pseudocount that the MEME Suite puts into them.

    Parameters
    ----------
    scores : numpy.ndarray, shape=(length, 4)
        In hundredths of a bit.
    background : numpy.ndarray, shape=(4,)
    n_sites : int

    Returns
    -------
    numpy.ndarray, shape=(length, 4)
    """
    sites = n_sites or DEFAULT_SITES
    ppm = background * 2 ** (scores / _SCORES_PER_BIT)
    ppm = ((ppm * (sites + _SCORE_SITES) - _SCORE_SITES * background) / sites).clip(min=0)
    return ppm / ppm.sum(axis=1, keepdims=True)


def _stem(path):
    """What a motif is called that has no name but its file's."""
    return re.sub(r"\s+", "_", Path(path).name.removesuffix(".gz").rsplit(".", 1)[0])


def _is_rows_of_bases(lines):
    """Whether the lines are four rows of numbers, as many in each, one for each base."""
    rows = [_base_row(line)[1] for _, line in lines if line.strip()]
    return len(rows) == 4 and all(row is not None and len(row) for row in rows) and len({len(row) for row in rows}) == 1


def _base_row(line):
    """The base and the numbers of a row of JASPAR's; without a base, None and the numbers."""
    labelled = _JASPAR_ROW.match(line)
    if labelled:
        return labelled[1].upper().replace("U", "T"), _numbers(labelled[2])
    return None, _numbers(line.strip().strip("[]"))


def _read_matrices(path, lines):
    """Read a file whose motifs begin with lines ``>…``: JASPAR's with a row for each base, HOMER's for each position.

    Returns
    -------
    list of (int, Motif)
        With the number of the line that the motif begins in.
    """
    records = []
    for number, line in lines:
        if line.lstrip().startswith(">"):
            records.append((number, line.strip()[1:].strip(), []))
        elif line.strip() and not line.startswith("#"):
            records[-1][2].append((number, line))
    found = []
    for number, title, rows in records:
        fields = title.split("\t") if "\t" in title else title.split(None, 1)
        fields = [field.strip() for field in fields]
        if not title:
            raise _error(path, number, ">", "'>' and a name")
        matrix, is_homer = _matrix_of(path, number, title, rows, len(fields) > 2)
        if is_homer and len(fields) > 1:
            matrix_id, name = re.sub(r"\s+", "_", fields[1]), fields[1]  # the consensus before it may be another's, too
        else:
            matrix_id, *rest = title.split(None, 1)
            name = rest[0] if rest else matrix_id
        sums = matrix.sum(axis=1)
        if np.abs(sums - 1).max() <= TOLERANCE + _ROUNDING:
            stated = _HOMER_SITES.search(title) if is_homer else None
            n_sites = _sites(stated[1]) if stated and float(stated[1]) < _MOST_SITES else DEFAULT_SITES
        elif sums[0] < _MOST_SITES:
            n_sites = _sites(sums[0])
        else:
            raise _error(path, number, f">{title}", "counts of sites, not as many as these")
        found.append((number, Motif(matrix_id, name or matrix_id, matrix / sums[:, None], n_sites)))
    return found


def _matrix_of(path, number, title, rows, has_more_fields):
    """The counts or probabilities of a motif, shape (length, 4), and whether they were given position by position."""
    if not rows:
        raise _error(path, number, f">{title}", "rows of counts after it")
    values = []
    for row_number, line in rows:
        base, row = _base_row(line)
        if row is None or not len(row) or (row < 0).any():
            raise _error(
                path, row_number, line, f"counts or probabilities of motif {title[:40]}; log-odds have to be converted"
            )
        values.append((row_number, line, base, row))
    bases = [base for _, _, base, _ in values]
    widths = {len(row) for *_, row in values}
    if len(widths) > 1:
        row_number, line = next((n, text) for n, text, _, row in values if len(row) != len(values[0][3]))
        raise _error(path, row_number, line, f"{len(values[0][3])} numbers, as in the first row of motif {title[:40]}")
    matrix = np.array([row for *_, row in values])
    if any(bases):
        if sorted(map(str, bases)) != list("ACGT"):
            raise _error(path, rows[-1][0], rows[-1][1], f"a row for each of A, C, G and T for motif {title[:40]}")
        matrix, is_homer = matrix[np.argsort(bases)].T, False
    else:
        is_homer = matrix.shape[1] == 4 and (
            len(matrix) != 4 or has_more_fields or np.abs(matrix.sum(axis=1) - 1).max() <= TOLERANCE + _ROUNDING
        )
        if not is_homer and len(matrix) != 4:
            raise _error(
                path, rows[0][0], rows[0][1],
                f"four rows, one for each base, or rows of four numbers, one for each position, for motif {title[:40]}",
            )  # fmt: skip
        matrix = matrix if is_homer else matrix.T
    if (matrix.sum(axis=1) <= 0).any() or not np.isfinite(matrix.sum(axis=1)).all():
        raise _error(path, rows[0][0], rows[0][1], f"positions with at least one count each, for motif {title[:40]}")
    return matrix, is_homer


read_meme = read_motifs  # its earlier name, for one version
