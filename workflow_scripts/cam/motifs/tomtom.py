"""Tomtom: which known motif a motif resembles, by the MEME Suite's own program or by memelite, with the same answer.

Both backends use the MEME Suite's defaults: Euclidean distance of columns, complete scores, any overlap, both strands,
a pseudocount of 0.1. E-values multiply the p-value by the number of targets. q-values are computed for each query from
the p-values of all targets in both orientations, with Storey's estimate of the fraction of them that is null.
"""

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from .formats import UNIFORM, write_meme
from .matrices import PSEUDOCOUNT, consensus, reverse_complement, smooth

COLUMNS = [
    "Query_ID",
    "Target_ID",
    "Optimal_offset",
    "p-value",
    "E-value",
    "q-value",
    "Overlap",
    "Query_consensus",
    "Target_consensus",
    "Orientation",
]
_NUMBERS = {"Optimal_offset": int, "p-value": float, "E-value": float, "q-value": float, "Overlap": int}
# memelite finds the median score of a column in a histogram of so many bins. Its default of 1,000 moves p-values by up
# to half an order of magnitude; with these they agree with MEME's to four digits and it takes no longer.
_MEDIAN_BINS = 100_000


def compare(queries, targets, backend="auto", background=UNIFORM, threshold=0.5):
    """Compare every query motif with every target motif.

    Parameters
    ----------
    queries, targets : sequence of Motif
    backend : str
        ``meme`` runs the MEME Suite's ``tomtom``, ``memelite`` its re-implementation in Python, ``auto`` the first of
        the two that is installed.
    background : array_like, shape=(4,)
        Base frequencies in the sequences of the queries; what the pseudocounts are shared out by.
    threshold : float
        The largest q-value to report, from 0 to 1.

    Returns
    -------
    pandas.DataFrame
        The columns of the MEME Suite's ``tomtom.tsv``. A row per match: queries in their order, the matches of each
        from the lowest p-value up. ``Optimal_offset`` is the position in the target, read in the given orientation,
        at which the query begins; ``Target_consensus`` is in that orientation too.

    Raises
    ------
    InputError
        If the backend is unknown or not installed, there are no queries or targets, or ``tomtom`` fails.
    """
    run = _choose(backend)
    for kind, motifs in {"query": queries, "target": targets}.items():
        if not motifs:
            raise InputError(f"tomtom: found no {kind} motifs, expected at least one")
    # The MEME Suite averages the background over both strands.
    background = (np.asarray(background) + np.asarray(background)[::-1]) / 2
    return run(queries, targets, background, threshold)


def annotate(table, targets, units, q_value):
    """Name the best match of every unit.

    Parameters
    ----------
    table : pandas.DataFrame
        What :func:`compare` returned.
    targets : sequence of Motif
        The database it was compared with: it has the name of each target's transcription factor.
    units : sequence of str
        The names of the units, in the order to list them.
    q_value : float
        The largest q-value that counts as a match.

    Returns
    -------
    pandas.DataFrame
        ``unit target_id tf q_value``, a row per unit: the match of the lowest p-value, of equal ones that of the
        smallest target id; missing where no match is good enough.

    Raises
    ------
    InputError
        If the table names a target that the database does not have.
    """
    factors = {motif.matrix_id: motif.name for motif in targets}
    matches = table[table["q-value"] <= q_value]
    unknown = sorted(set(matches["Target_ID"]) - set(factors))
    if unknown:
        raise InputError(
            f"tomtom table: found target '{unknown[0]}', expected one of the motif database; "
            f"{nearest(unknown[0], factors)}"
        )
    best = matches.sort_values(["p-value", "Target_ID"]).drop_duplicates("Query_ID").set_index("Query_ID")
    best = best.reindex(units)
    return pd.DataFrame(
        {
            "unit": list(units),
            "target_id": best["Target_ID"].to_numpy(),
            "tf": best["Target_ID"].map(factors).to_numpy(),
            "q_value": best["q-value"].to_numpy(),
        }
    )


def parse_tsv(text):
    """Read the table that the MEME Suite's ``tomtom -text`` prints, without the comments after it.

    Raises
    ------
    InputError
        If its columns are not those of ``tomtom.tsv``, or there is anything else in them.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines or lines[0].split("\t") != COLUMNS:
        found = lines[0][:60] if lines else "nothing"
        raise InputError(f"output of tomtom, line 1: found '{found}', expected the columns {', '.join(COLUMNS)}")
    rows = [line.split("\t") for line in lines[1:]]
    for row in rows:
        if len(row) != len(COLUMNS):
            raise InputError(f"output of tomtom: found a row of {len(row)} columns, expected {len(COLUMNS)}")
    try:
        return pd.DataFrame(rows, columns=COLUMNS).astype(_NUMBERS)
    except (ValueError, OverflowError) as error:
        raise InputError(f"output of tomtom: cannot be read as its table ({error})") from None


def q_values(p_values):
    """Convert p-values to q-values as the MEME Suite does.

    They are Benjamini and Hochberg's times the fraction of true null hypotheses. That is Storey's estimate: for each
    cut-off of a grid up to 0.5, the share of p-values above it divided by the share of a uniform distribution above it;
    the one taken has the least mean squared error, from the smallest of them, over bootstrap samples of 1,000 p-values.
    MEME draws 100 samples; here the error is that of endlessly many, which has a closed form (the number above a
    cut-off is binomial) and needs no seed.

    Parameters
    ----------
    p_values : numpy.ndarray, shape=(n,)
        All p-values of a family of tests. With 100 or fewer, the fraction is taken as 1.

    Returns
    -------
    numpy.ndarray, shape=(n,)
    """
    from scipy.stats import false_discovery_control

    n, null_fraction = len(p_values), 1.0
    if n > 100:
        cut_offs = np.arange(1, 101) / 100 * 0.5
        above = 1 - np.searchsorted(np.sort(p_values), cut_offs, side="left") / n
        estimates = above / (1 - cut_offs)
        # No p-value above a cut-off says nothing about the fraction, which is not zero.
        estimates[above == 0] = np.inf
        if np.isfinite(estimates).any():
            variance = above * (1 - above) / 1000 / (1 - cut_offs) ** 2
            error = variance + (estimates - estimates.min()) ** 2
            null_fraction = min(1.0, estimates[np.argmin(error)])
    return null_fraction * false_discovery_control(p_values)


def _choose(backend):
    """The function of a backend, after a look whether it can run here."""
    runs = {"meme": _run_meme, "memelite": _run_memelite}
    installed = {
        "meme": shutil.which("tomtom") is not None,
        "memelite": importlib.util.find_spec("memelite") is not None,
    }
    if backend == "auto":
        backend = next((name for name in runs if installed[name]), None)
        if backend is None:
            raise InputError(
                "tomtom backend 'auto': found neither the MEME Suite's tomtom nor memelite, expected one "
                "(conda install -c bioconda meme, or pip install memelite)"
            )
    if backend not in runs:
        raise InputError(f"tomtom backend: found '{backend}', expected auto, meme or memelite")
    if not installed[backend]:
        what = {"meme": "the MEME Suite's program 'tomtom' on the PATH", "memelite": "the Python package memelite"}
        raise InputError(f"tomtom backend '{backend}': not installed here; expected {what[backend]}")
    return runs[backend]


def _run_meme(queries, targets, background, threshold):
    with tempfile.TemporaryDirectory() as folder:
        query_path, target_path = Path(folder, "queries.meme"), Path(folder, "targets.meme")
        write_meme(query_path, queries, background)
        write_meme(target_path, targets, background)
        options = {"-dist": "ed", "-min-overlap": 1, "-motif-pseudo": PSEUDOCOUNT, "-thresh": threshold}
        words = [str(word) for option in options.items() for word in option]
        done = subprocess.run(
            ["tomtom", "-text", "-verbosity", "1", *words, query_path, target_path], capture_output=True, text=True
        )
    if done.returncode != 0:
        said = " ".join(done.stderr.split()[-60:])
        raise InputError(f"tomtom (MEME Suite): ended with status {done.returncode}, expected 0; it said: {said}")
    return parse_tsv(done.stdout)


def _run_memelite(queries, targets, background, threshold):
    # Only here: the MEME Suite's users need not have it.
    from .compiled import import_tomtom

    tomtom = import_tomtom()
    query_ppms = [smooth(motif.ppm, motif.n_sites, background) for motif in queries]
    target_ppms = [smooth(motif.ppm, motif.n_sites, background) for motif in targets]
    target_ppms += [reverse_complement(ppm) for ppm in target_ppms]
    strands = np.repeat(["+", "-"], len(targets))
    # The orientations go in as targets of their own, since MEME's q-values need the p-values of both.
    p_values, _, offsets, overlaps, _ = tomtom(
        [ppm.T for ppm in query_ppms],
        [ppm.T for ppm in target_ppms],
        n_median_bins=_MEDIAN_BINS,
        n_target_bins=None,
        reverse_complement=False,
        n_jobs=1,
    )
    # That the better of two orientations scores so well: 1 - (1 - p)**2, without losing the smallest p-values.
    p_values = p_values * (2 - p_values)
    q = np.array([q_values(row) for row in p_values])

    query, target = np.nonzero(q <= threshold)
    query_consensus = np.array([consensus(ppm) for ppm in query_ppms])
    target_consensus = np.array([consensus(ppm) for ppm in target_ppms])
    table = pd.DataFrame(
        {
            "query": query,
            "Query_ID": np.array([motif.matrix_id for motif in queries])[query],
            "Target_ID": np.array([motif.matrix_id for motif in targets] * 2)[target],
            "Optimal_offset": offsets[query, target].astype(int),
            "p-value": p_values[query, target],
            "E-value": p_values[query, target] * len(targets),
            "q-value": q[query, target],
            "Overlap": overlaps[query, target].astype(int),
            "Query_consensus": query_consensus[query],
            "Target_consensus": target_consensus[target],
            "Orientation": strands[target],
        }
    )
    # MEME's order; of a target's two orientations it keeps the one that comes first.
    table["overhang"] = -table["Overlap"]
    table = table.sort_values(["query", "p-value", "overhang", "Orientation", "Target_ID"])
    return table.drop_duplicates(["query", "Target_ID"])[COLUMNS].reset_index(drop=True)
