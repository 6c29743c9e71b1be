"""All models and seeds in one table."""

import pandas as pd

from . import binding, regression

SPREAD = {"median": "median", "lowest": "min", "highest": "max"}  # over seeds


def training_record(history, model):
    """Tell of a training what belongs beside the metrics of its model.

    Parameters
    ----------
    history : pandas.DataFrame
        A row per epoch, with a column ``seconds``.
    model : dict
        Its description, as from :func:`cam.models.storage.load_model`, and its number of ``parameters``.

    Returns
    -------
    dict
        ``trainings seconds epochs best_epoch device environment parameters``; see
        :func:`cam.training.loop.environment`. Trainings are how many the model was made of: the CAMs from which units
        were chosen, or those of which it is the best. It is None, as others are, of a model that was trained elsewhere.
    """
    return {
        "trainings": model.get("trainings"),
        "seconds": round(float(history["seconds"].sum()), 3),
        "epochs": len(history),
        "best_epoch": model["best_epoch"],
        "device": model["device"],
        "environment": model.get("environment"),
        "parameters": model["parameters"],
    }


def summarise(metrics):
    """Put the macro test metrics of all runs into one table.

    Parameters
    ----------
    metrics : dict of (str, int) to dict
        Model and seed to the contents of its ``metrics.json``.

    Returns
    -------
    pandas.DataFrame
        A row per run: ``model seed``, then ``auroc auroc_low auroc_high`` and so on for the task's metrics that have
        an interval (low and high are of the 95 % interval), those that have none, ``trainings seconds parameters``. A
        model with several seeds has rows more, as from :func:`with_spread`, which have no intervals.
    """
    told = next(iter(metrics.values()))["test"]["macro"]
    bootstrapped = [name for task in (binding, regression) for name in task.BOOTSTRAPPED if name in told]
    others = [name for task in (binding, regression) for name in task.OTHERS if name in told]
    rows = []
    for (model, seed), run in metrics.items():
        macro = run["test"]["macro"]
        row = {"model": model, "seed": str(seed)}
        for metric in bootstrapped:
            low, high = macro[f"{metric}_interval"] or (None, None)
            row |= {metric: macro[metric], f"{metric}_low": low, f"{metric}_high": high}
        row |= {name: macro[name] for name in others}
        rows.append(row | {name: run["training"].get(name) for name in ("trainings", "seconds", "parameters")})
    table = pd.DataFrame(rows).astype({name: float for name in rows[0] if name not in ("model", "seed")})
    table = with_spread(table, [*bootstrapped, *others, "trainings", "seconds", "parameters"])
    return table.astype({"trainings": "Int64", "parameters": "Int64"})


def with_spread(table, columns, of=("model",), each=()):
    """Put after the rows of several seeds those of their ``median``, ``lowest`` and ``highest``.

    How far seeds lie apart says how much training is left to chance; intervals over regions do not contain it.

    Parameters
    ----------
    table : pandas.DataFrame
        With a column ``seed``.
    columns : sequence of str
        The numbers, each of which is summarised by itself.
    of : sequence of str
        The columns by which runs with several seeds belong together.
    each : sequence of str
        The columns that tell apart the rows of a run.

    Returns
    -------
    pandas.DataFrame
        The columns of ``table``; in the new rows, those neither named nor given are missing.
    """
    parts = []
    for _, runs in table.groupby(list(of), sort=False):
        parts.append(runs)
        if runs["seed"].nunique() > 1:
            by = runs.groupby([*of, *each], sort=False)[list(columns)]
            parts += [by.agg(function).reset_index().assign(seed=name) for name, function in SPREAD.items()]
    return pd.concat(parts or [table], ignore_index=True)[list(table)]
