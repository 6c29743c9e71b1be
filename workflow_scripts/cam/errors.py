"""The user's mistakes, each told in one sentence."""

import difflib
import re

_LONGEST = 1000  # letters of a sentence; what was found may be ten megabytes without a line feed


class InputError(ValueError):
    """A mistake in the user's input: its message is one sentence.

    The sentence names the file, and the line or key, what was found there and what was expected. The pipeline prints
    it without a traceback and ends with a non-zero status. Whatever was found, it is a single line that a terminal can
    show: the middle of a very long one is left out, line breaks become blanks, and what cannot be printed is escaped.
    """

    def __str__(self):
        sentence = re.sub(r"\s*[\r\n]\s*", " ", _shortened(super().__str__()).strip())
        return _shortened("".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in sentence))


def _shortened(text):
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"


def nearest(name, known, n=3):
    """Say which known names are nearest to an unknown one.

    Parameters
    ----------
    name : str
        The unknown name.
    known : iterable of str
        The names that would have been accepted.
    n : int
        How many to give at most.

    Returns
    -------
    str
        A clause to end an error message with: ``"did you mean 'CTCF' or 'CTCFL'?"``, or, where nothing is near,
        ``"known are 'A', 'B', …"`` with the first ten.
    """
    by_lower = {}
    for candidate in known:
        by_lower.setdefault(str(candidate).lower(), str(candidate))
    matches = difflib.get_close_matches(str(name).lower(), by_lower, n=n, cutoff=0.5)
    if matches:
        return "did you mean " + " or ".join(f"'{by_lower[match]}'" for match in matches) + "?"
    names = sorted(by_lower.values())
    shown = ", ".join(f"'{candidate}'" for candidate in names[:10])
    return f"known are {shown}{', …' if len(names) > 10 else ''}"
