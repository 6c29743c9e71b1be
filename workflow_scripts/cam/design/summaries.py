"""How the runs of the genetic algorithm ended."""

import pandas as pd

SUMMARY_COLUMNS = [
    "run", "subject", "direction", "start", "generations", "converged", "mean_fitness", "best_fitness", "distinct",
    "distance", "median_output", "median_random_output", "median_start_output", "output_unchanged",
]  # fmt: skip


def summarise(runs):
    """Put the ends of several runs beside each other.

    Parameters
    ----------
    runs : iterable of (dict, pandas.DataFrame, pandas.DataFrame)
        What is known of the run (``subject direction start output_unchanged``), its history as from :func:`evolve`, and
        the outputs of all units: ``set`` (``ga``, ``random``, and ``start`` where it began with other sequences than
        random ones) and one column per unit.

    Returns
    -------
    pandas.DataFrame
        ``run subject direction start generations converged mean_fitness best_fitness distinct distance median_output
        median_random_output median_start_output output_unchanged``; a row per run. Medians are of the subject's own
        output.
    """
    rows = []
    for run, history, outputs in runs:
        end, medians = history.iloc[-1], outputs.groupby("set")[run["subject"]].median()
        rows.append(
            {
                "run": f"{run['subject']}_{run['direction']}",
                "subject": run["subject"],
                "direction": run["direction"],
                "start": run["start"],
                "generations": end["generation"],
                "converged": end["converged"],
                "mean_fitness": end["mean_fitness"],
                "best_fitness": end["best_fitness"],
                "distinct": end["distinct"],
                "distance": end["distance"],
                "median_output": medians["ga"],
                "median_random_output": medians["random"],
                "median_start_output": medians.get("start", medians["random"]),
                "output_unchanged": run["output_unchanged"],
            }
        )
    return pd.DataFrame(rows, columns=SUMMARY_COLUMNS)


def booleans_as_text(table):
    """A table whose truth values are the words ``true`` and ``false``, as they are written."""
    texts = {name: column.map({True: "true", False: "false"}) for name, column in table.select_dtypes(bool).items()}
    return table.assign(**texts)
