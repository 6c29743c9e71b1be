"""Which motifs come back when the same model is trained again from another seed."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..errors import InputError
from ..logs import progress
from .formats import UNIFORM
from .matrices import consensus, information_content, reverse_complement, trim
from .tomtom import annotate, compare

COLUMNS = [
    "motif", "replicates", "of", "n_members", "members", "representative", "information_content", "consensus",
    "target_id", "tf", "q_value", "orientation",
]  # fmt: skip
MEMBERS = ["motif", "seed", "unit", "representative"]


def recurring_motifs(replicates, database, q_value=0.05, backend="auto", background=UNIFORM):
    """Group the motifs of replicates into recurring ones, and say in how many replicates each came back.

    What is compared is the informative core of each motif (:func:`cam.motifs.matrices.trim`): flanks without
    information are alike in all. Tomtom compares it with the cores of all replicates and with the database, so that a
    p-value means the same whether there are ten units or thousands. The distance of two motifs is the larger of their
    two q-values (each is once the query) as a share of the cut-off, and 1 from the cut-off on. Clusters are joined, the
    closest first, up to a mean distance of one half (average linkage). So the motifs of a group mostly match each
    other, both ways, and two that have nothing in common are not in one group because each resembles a third, as the
    halves of a long motif resemble the whole.

    Parameters
    ----------
    replicates : dict of int to sequence of Motif
        Seed to the motifs of the model's units. Motifs without an informative position are in no group.
    database : sequence of Motif
        The known motifs.
    q_value : float
        The largest q-value of a match, in (0, 1].
    backend : str
        See :func:`cam.motifs.tomtom.compare`.
    background : array_like, shape=(4,)

    Returns
    -------
    table : pandas.DataFrame
        A row per recurring motif, those of most replicates first, then those of most members:
        ``motif replicates of n_members members representative information_content consensus target_id tf q_value
        orientation``. Members are written ``seed1.unit3``, with spaces between. The representative is the member with
        the smallest mean distance from the others, of equal ones that with the most information, which is told in bits
        of its core. The last columns are its best match in the database, missing where there is none, and in which
        orientation that resembles it; the consensus is that of the core, read as the known motif is.
    members : pandas.DataFrame
        ``motif seed unit representative``: a row per member, with the truth of whether it is the representative.

    Raises
    ------
    InputError
        If there are no replicates, or as :func:`cam.motifs.tomtom.compare`.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if not replicates:
        raise InputError("consistency of motifs: found no replicates, expected at least one")
    motifs, places = {}, {}  # one name for a unit of all replicates, as Tomtom wants it
    for seed, units in replicates.items():
        for motif in units:
            name = f"seed{seed}.{motif.matrix_id}"
            motifs[name], places[name] = motif, (seed, motif.matrix_id)
    cores = [replace(motif, matrix_id=name, ppm=motif.ppm[trim(motif.ppm)]) for name, motif in motifs.items()]
    cores = [core for core in cores if len(core.ppm)]
    if not cores:
        return pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=MEMBERS)
    distances = _distances(cores, database, q_value, backend, background)
    numbers = np.ones(len(cores), dtype=int)
    if len(cores) > 1:
        numbers = fcluster(linkage(squareform(distances, checks=False), method="average"), 0.5, criterion="distance")

    bits = np.array([information_content(core.ppm).sum() for core in cores])
    rows = []
    for number in np.unique(numbers):
        group = np.flatnonzero(numbers == number)
        # Not to the last digits, where the least of differences would decide before the information does.
        among = distances[np.ix_(group, group)].mean(axis=1).round(3)
        central = group[np.lexsort([-bits[group], among])[0]]
        rows.append(
            {
                "replicates": len({places[cores[member].matrix_id][0] for member in group}),
                "of": len(replicates),
                "n_members": len(group),
                "members": [cores[member].matrix_id for member in group],
                "representative": cores[central].matrix_id,
                "information_content": bits[central],
            }
        )
    table = pd.DataFrame(rows).sort_values(
        ["replicates", "n_members", "information_content"], ascending=False, kind="stable", ignore_index=True
    )
    table.insert(0, "motif", [f"motif{number}" for number in range(1, len(table) + 1)])

    queries = [replace(motifs[name], matrix_id=name) for name in table["representative"]]
    matches = compare(queries, database, backend, background, q_value)
    best = annotate(matches, database, table["representative"], q_value)
    table[["target_id", "tf", "q_value"]] = best[["target_id", "tf", "q_value"]]
    matches = matches.set_index(["Query_ID", "Target_ID"])
    pairs = pd.MultiIndex.from_frame(table[["representative", "target_id"]])
    table["orientation"] = matches["Orientation"].reindex(pairs).to_numpy()
    table["consensus"] = [
        consensus(as_known(query.ppm[trim(query.ppm)], orientation))
        for query, orientation in zip(queries, table["orientation"], strict=True)
    ]
    members = [
        (row.motif, *places[name], name == row.representative) for row in table.itertuples() for name in row.members
    ]
    table["members"] = table["members"].str.join(" ")
    return table[COLUMNS], pd.DataFrame(members, columns=MEMBERS)


def as_known(ppm, orientation):
    """A motif as it reads in the orientation of the known motif that it matches; as it is where it matches none."""
    return reverse_complement(ppm) if orientation == "-" else ppm


def _distances(cores, database, q_value, backend, background):
    """The larger of two motifs' q-values as a share of the cut-off, at most 1: shape (n, n), symmetric."""
    place = {core.matrix_id: number for number, core in enumerate(cores)}
    shares = np.ones((len(cores), len(cores)))
    step = 200  # queries at a time, since Tomtom holds a few numbers for every one and every target
    for start in progress(range(0, len(cores), step), desc="tomtom", unit="batch"):
        table = compare(cores[start : start + step], cores + list(database), backend, background, q_value)
        table = table[table["Target_ID"].isin(place)]
        shares[table["Query_ID"].map(place), table["Target_ID"].map(place)] = table["q-value"] / q_value
    distances = np.maximum(shares, shares.T)
    np.fill_diagonal(distances, 0)
    return distances
