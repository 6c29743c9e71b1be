"""The unit sweep: how well a CAM predicts, and how long it trains, with few units and with many."""

import pandas as pd

from ..errors import InputError

METRICS = ("mcc", "auroc", "auprc", "region_pearson", "pearson", "centred_pearson")  # those that there are


def summarise(models, metrics, histories, targets):
    """Put all runs of the sweep into one table.

    Parameters
    ----------
    models : dict of str to dict
        Model to its entry, as from :func:`cam.setup.config.sweep_models`.
    metrics : dict of (str, int) to dict
        Model and seed to the contents of its ``metrics.json``.
    histories : dict of (str, int) to pandas.DataFrame
        Model and seed to its history, with a column ``seconds``.
    targets : sequence of str

    Returns
    -------
    pandas.DataFrame
        A row per run: ``model units non_negative seed device parameters epochs seconds seconds_per_epoch``, then the
        metrics on the test regions, for ``macro`` (their means) and for every target: of binding ``{target}.mcc``,
        ``{target}.auroc`` and ``{target}.auprc``; of real numbers ``{target}.pearson`` and
        ``{target}.centred_pearson``, and before them ``macro.region_pearson``. Baselines have no ``units`` and no
        ``non_negative``. ``seconds`` is the whole training, of CAMs with the several that are trained side by side
        first; ``seconds_per_epoch`` is that of the fastest epoch of any stage, which whatever else ran on the machine
        disturbed least.

    Raises
    ------
    InputError
        If there is no model.
    """
    if not models:
        raise InputError(
            "config, sweep.model: the key is missing, and the model of interpret has its weights from a file; "
            "expected a cam that is trained here"
        )
    rows = []
    for (model, seed), run in metrics.items():
        training = run["training"]
        row = {
            "model": model,
            "units": models[model].get("units"),
            "non_negative": models[model].get("non_negative"),
            "seed": seed,
            **{name: training[name] for name in ("device", "parameters", "epochs", "seconds")},
            "seconds_per_epoch": histories[model, seed]["seconds"].min(),
        }
        for target in ("macro", *targets):
            scores = run["test"][target]
            row |= {f"{target}.{metric}": scores[metric] for metric in METRICS if metric in scores}
        rows.append(row)
    return pd.DataFrame(rows).astype({"units": "Int64", "non_negative": "boolean"})
