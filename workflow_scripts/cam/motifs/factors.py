"""Transcription factors by name: which factor a motif of a database is of, whatever way the database names it."""

import re
from dataclasses import replace

from ..errors import InputError

# How databases write the factor; in the part `tf` is its symbol, with `species` its entry name in UniProt.
_STYLES = [
    re.compile(pattern)
    for pattern in (
        r"(?P<tf>[^_\s]+)_(?P<species>HUMAN|MOUSE)(?:\.H\d+\w+(?:\.\w+)*|\.\d+)?$",  # HOCOMOCO: CTCF_HUMAN.H11MO.0.A
        r"(?P<tf>[^\s]+?)\.H\d+[A-Z]+(?:\.\w+)*$",  # HOCOMOCO from v12 on: PAX5.H12CORE.0.P.B
        r"\((?P<tf>[^()]+)\)_\([A-Za-z].*\)$",  # CIS-BP in the MEME Suite: (PAX5)_(Mus_musculus)_(DBD_1.00)
        r"(?P<tf>[^/\s(,]+)(?:\([^()]*\)(?:,[^/]*)?/.+|(?:,[^/]*)?/.*/Homer.*)$",  # HOMER: CTCF(Zf)/…/Homer
        r"[A-Z]{2,3}\d{4,}\.\d+[._](?P<tf>\S.*)$",  # JASPAR with the id before the name: MA0139.1.CTCF
        r"(?P<tf>[^_\s]+)_(?:primary|secondary)$",  # UniPROBE: Gata3_primary
        r"(?P<tf>[^_\s]+)_(?:DBD|full)(?:_\d+)*$",  # Jolma et al. 2013: CTCF_full
        r"(?P<tf>[^_\s]+)_(?:known|disc)\d+$",  # ENCODE: PAX5_known1
        r"(?P<tf>[^.\s]+)\.p\d+$",  # SwissRegulon: PAX5.p2
        r"V\$(?P<tf>[^_\s]+)_\w+$",  # TRANSFAC: V$PAX5_01
    )
]

# Entry names of UniProt that are not the gene's symbol, by rule and one by one.
_RULES = [
    (re.compile(pattern), symbol)
    for pattern, symbol in (
        (r"HX([A-D]\d+)", r"HOX\1"),
        (r"PO(\d)F(\d)", r"POU\1F\2"),
        (r"ZN(\d+)", r"ZNF\1"),
        (r"ZBT(\d+[AB]?)", r"ZBTB\1"),
        (r"NKX(\d)(\d)", r"NKX\1-\2"),
        (r"NFAC(\d)", r"NFATC\1"),
        (r"AP2([A-E])", r"TFAP2\1"),
        (r"CR3L(\d)", r"CREB3L\1"),
        (r"STA(5[AB])", r"STAT\1"),
        (r"P([567]3)", r"TP\1"),
    )
]
_SYMBOLS = {
    "ANDR": "AR", "ARI3A": "ARID3A", "ARI5B": "ARID5B", "BC11A": "BCL11A", "BHA15": "BHLHA15", "BHE22": "BHLHE22",
    "BHE40": "BHLHE40", "BHE41": "BHLHE41", "BRAC": "TBXT", "COE1": "EBF1", "COT1": "NR2F1", "COT2": "NR2F2",
    "ERR1": "ESRRA", "ERR2": "ESRRB", "ERR3": "ESRRG", "EVI1": "MECOM", "GCR": "NR3C1", "HEN1": "NHLH1",
    "HNF6": "ONECUT1", "HTF4": "TCF12", "ITF2": "TCF4", "KAISO": "ZBTB33", "MCR": "NR3C2", "MGAP": "MGA",
    "MYBA": "MYBL1", "MYBB": "MYBL2", "NDF1": "NEUROD1", "NDF2": "NEUROD2", "NF2L1": "NFE2L1", "NF2L2": "NFE2L2",
    "NGN2": "NEUROG2", "PIT1": "POU1F1", "PRD14": "PRDM14", "PRGR": "PGR", "RORG": "RORC", "SRBP1": "SREBF1",
    "SRBP2": "SREBF2", "STF1": "NR5A1", "SUH": "RBPJ", "TF2L1": "TFCP2L1", "TF65": "RELA", "TF7L1": "TCF7L1",
    "TF7L2": "TCF7L2", "TFE2": "TCF3", "THA": "THRA", "THB": "THRB", "TWST1": "TWIST1", "TYY1": "YY1", "TYY2": "YY2",
    "ZEP1": "HIVEP1", "ZEP2": "HIVEP2",
}  # fmt: skip


def factor_of(name):
    """The transcription factor in the name of a motif, as HOCOMOCO, CIS-BP, HOMER, JASPAR and others write it.

    Parameters
    ----------
    name : str
        Of the motif. JASPAR's own, such as ``FOS::JUN(var.2)``, is the factor already, as is any of another style.

    Returns
    -------
    str
    """
    match = next(filter(None, (style.match(name) for style in _STYLES)), None)
    if not match:
        return name
    symbol = match["tf"]
    return _symbol(symbol) if match.groupdict().get("species") else symbol


def _symbol(entry):
    """The symbol of a gene from the first part of its entry name in UniProt."""
    for pattern, symbol in _RULES:
        if match := pattern.fullmatch(entry):
            return match.expand(symbol)
    return _SYMBOLS.get(entry, entry)


def with_factors(motifs, pattern=None):
    """Call motifs after their factors alone.

    Parameters
    ----------
    motifs : sequence of Motif
    pattern : str, optional
        A regular expression that is searched for in id and name, with a blank between; its first group is the factor.
        Without it, or where it is not found, the ways of the known databases are tried (:func:`factor_of`).

    Returns
    -------
    list of Motif

    Raises
    ------
    InputError
        If the pattern is found in none of them.
    """
    if pattern is None:
        return [replace(motif, name=factor_of(motif.name)) for motif in motifs]
    named = []
    for motif in motifs:
        title = motif.matrix_id if motif.name == motif.matrix_id else f"{motif.matrix_id} {motif.name}"
        match = re.search(pattern, title)
        named.append(((match and match[1]) or "").strip())
    if not any(named):
        raise InputError(
            f"config, tomtom.tf_pattern: found '{pattern}' in no name of the motif database, such as '{title[:60]}', "
            "expected a regular expression whose first group is the transcription factor"
        )
    return [replace(motif, name=name or factor_of(motif.name)) for motif, name in zip(motifs, named, strict=True)]


def matrices_of(tf, database):
    """The matrix ids of a TF's own profiles: ``RORA(var.2)`` is one of RORA, ``GATA1::TAL1`` none of GATA1.

    Upper and lower case are the same: JASPAR has ``SPI1`` for man and ``Mafb`` for mouse. So are the ways in which
    databases name a factor.

    Parameters
    ----------
    tf : str
    database : sequence of Motif

    Returns
    -------
    list of str
    """
    return [motif.matrix_id for motif in database if _bare(factor_of(motif.name)) == _bare(tf)]


def expect_profiles(regulators, database, names):
    """Check that the database has a profile of at least one of the regulators.

    Parameters
    ----------
    regulators : iterable of str
        Their names.
    database : sequence of Motif
    names : tuple of str
        What the two are called in the sentence: the table of regulators and the database.

    Raises
    ------
    InputError
        If it has none: then the factors are named in another way, or are those of other species.
    """
    known = {_bare(factor_of(motif.name)) for motif in database}
    regulators = list(dict.fromkeys(regulators))
    if regulators and not any(_bare(tf) in known for tf in regulators):
        example = factor_of(database[0].name)[:60]
        raise InputError(
            f"{names[1]}: found no profile of any of the {len(regulators)} regulators in {names[0]}, expected at least "
            f"one; its factors are called such as '{example}': say by tomtom.tf_pattern where the factor's name is, "
            "take another tomtom.database, or set regulators to null"
        )


def _bare(factor):
    """A factor without what tells its variants apart, in capitals."""
    return re.split(r"\s*\(", factor, maxsplit=1)[0].upper()
