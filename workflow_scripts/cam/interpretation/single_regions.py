"""Local interpretation: what every unit adds to the prediction of single regions, and where in them it fired."""

import re

import numpy as np
import pandas as pd
from scipy.special import expit

from ..bases import decode, reverse_complement
from ..data.intervals import INTERVAL
from ..errors import InputError, nearest
from ..evaluation.regression import pearson
from ..models.predict import predict
from ..units import unit_names
from .effects import effective_weights

DECIMALS = 8  # of what is added up in the table, so that it adds up there too
SITE_COLUMNS = [
    "region", "unit", "start", "end", "strand", "activation", "share", "sequence", "strand_output", "output", "target",
    "contribution",
]  # fmt: skip


def region_losses(labels, logits, task="binding"):
    """The loss of every single region.

    Parameters
    ----------
    labels : numpy.ndarray of float, shape (n, n_targets)
        1, 0 or NaN (binding); real numbers (regression).
    logits : numpy.ndarray of float, shape (n, n_targets)
    task : {"binding", "regression"}
        Binary cross-entropy, averaged over targets; a missing label counts log 2, what a guess costs, so that those
        regions of which little is known are neither the best nor the worst. In regression 1 − Pearson's correlation
        across targets or, where there are fewer than three, which say nothing of it, the mean squared error.

    Returns
    -------
    numpy.ndarray of float, shape (n,)
    """
    if task == "regression" and labels.shape[1] < 3:
        return np.square(labels - logits).mean(axis=1)
    if task == "regression":
        return 1 - np.nan_to_num(pearson(labels, logits, axis=1))
    losses = np.logaddexp(0, logits) - logits * labels  # log(1 + exp(x)) − x y
    return np.where(np.isnan(labels), np.log(2), losses).mean(axis=1)


def choose_regions(choice, labels, logits, count, seed=1, task="binding"):
    """Choose regions to look at.

    The best and the worst predicted regions are those of the lowest and the highest loss. In binding they are bound by
    at least one target, and all targets take part: every next region is bound by one of the targets that are bound in
    the fewest of the regions so far.

    Parameters
    ----------
    choice : {"best", "worst", "random"}
    labels, logits, task
        As for :func:`region_losses`.
    count : int
        How many; all there are, if they are fewer.
    seed : int
        Of the random choice.

    Returns
    -------
    numpy.ndarray of int64, shape (at most count,)
        Rows: best or worst first, random ones in order.
    """
    if choice == "random":
        rows = np.random.default_rng(seed).choice(len(labels), min(count, len(labels)), replace=False)
        return np.sort(rows)
    sign = {"best": 1, "worst": -1}[choice]
    order = np.argsort(sign * region_losses(labels, logits, task), kind="stable")
    bound = labels[order] == 1 if task == "binding" else np.ones((len(labels), 1), dtype=bool)
    shown, chosen = np.zeros(bound.shape[1]), []
    while bound.any() and len(chosen) < count:
        times = np.where(bound.any(axis=0), shown, np.inf)
        first = int(bound[:, times == times.min()].any(axis=1).argmax())
        chosen.append(order[first])
        shown += bound[first]
        bound[first] = False
    return np.array(chosen, dtype=np.int64)


def find_regions(names, regions):
    """Find regions by name.

    Parameters
    ----------
    names : sequence of str
    regions : pandas.DataFrame
        ``chrom start end name``.

    Returns
    -------
    numpy.ndarray of int64, shape (n_names,)
        Rows.

    Raises
    ------
    InputError
        If there are no names, or no region of a name. If that reads ``chrom:start-end``, the sentence gives the regions
        nearest to it on the chromosome, else those of a similar name.
    """
    if not names:
        raise InputError("config, local.names: found none, expected names of the regions to show as 'chosen'")
    row_of = {name: row for row, name in enumerate(regions["name"])}
    for name in names:
        if name not in row_of:
            raise InputError(f"region: found '{name}', expected a name in regions.tsv.gz; {_near(name, regions)}")
    return np.array([row_of[name] for name in names], dtype=np.int64)


def _near(name, regions):
    place = re.search(r"([^:]+):(\d+)-(\d+)", name)
    chrom, start, end = regions[INTERVAL].to_numpy().T
    same = np.flatnonzero(chrom == place[1]) if place else []
    if not len(same):
        return nearest(name, regions["name"])
    distance = np.abs((start + end)[same] - int(place[2]) - int(place[3]))
    closest = regions["name"].iloc[same[np.argsort(distance, kind="stable")[:3]]]
    return "the nearest are " + ", ".join(f"'{name}'" for name in closest)


def contribution_table(names, labels, outputs, weights, bias, targets, task="binding"):
    """How the prediction of every region and target comes about: the bias and what each unit adds.

    Parameters
    ----------
    names : sequence of str
        Of the regions.
    labels : numpy.ndarray of float, shape (n, n_targets)
        1, 0 or NaN (binding); real numbers (regression).
    outputs : numpy.ndarray of float, shape (n, units)
        Unit outputs, averaged over strands like the logits.
    weights : numpy.ndarray of float, shape (n_targets, units)
        Final weights.
    bias : numpy.ndarray of float, shape (n_targets,)
        Of the final layer.
    targets : sequence of str
    task : {"binding", "regression"}

    Returns
    -------
    pandas.DataFrame
        A row per region and target: ``region target label probability logit bias unit1 …``; in regression ``region
        target label prediction bias unit1 …``. Numbers are rounded to 8 decimals and then added up, so that bias and
        contributions sum to the logit (the prediction) of the table exactly, and to the model's within float32.
    """
    contributions = (outputs[:, None, :].astype(float) * weights).reshape(-1, weights.shape[1]).round(DECIMALS) + 0.0
    bias = np.tile(np.asarray(bias, dtype=float).round(DECIMALS), len(names))
    total = (contributions.sum(axis=1) + bias).round(DECIMALS)
    columns = {
        "region": np.repeat(np.asarray(names, dtype=object), len(targets)),
        "target": np.tile(np.asarray(targets, dtype=object), len(names)),
        "label": np.asarray(labels, dtype=float).ravel(),
    }
    columns |= {"probability": expit(total), "logit": total} if task == "binding" else {"prediction": total}
    units = pd.DataFrame(contributions, columns=unit_names(weights.shape[1]))
    return pd.concat([pd.DataFrame(columns | {"bias": bias}), units], axis=1)


def firing_sites(model, codes, names, targets, maxima, threshold=0.5, device="cpu", task="binding", strands="both"):
    """Where in regions the units fired: the windows to which their filters responded strongly.

    A window is a site if its activation exceeds ``threshold`` times the filter's largest one. Of windows of one unit
    that overlap on one strand, the one with the largest activation is the site. Windows that begin behind the last pool
    are none, since they do not reach the unit.

    Parameters
    ----------
    model : cam.models.cam.CAM
        In evaluation mode, on ``device``.
    codes : numpy.ndarray of uint8, shape (n, length)
    names : sequence of str
        Of the regions.
    targets : sequence of str
    maxima : numpy.ndarray of float, shape (units,)
        Each filter's largest activation, over the test regions: see
        :func:`cam.interpretation.responses.peak_activations`. A filter of 0 has no sites.
    threshold : float
        In (0, 1).
    device : str or torch.device
    task : {"binding", "regression"}
        In regression weights count less their mean over targets (:func:`cam.interpretation.effects.relative`).
    strands : {"both", "given"}
        Which the model reads.

    Returns
    -------
    pandas.DataFrame
        A row per site, in order of regions and positions: ``region unit start end strand activation share sequence
        strand_output output target contribution``. ``start`` and ``end`` are 0-based, half-open and counted on the
        given strand; ``sequence`` is as the filter reads it, the reverse complement where ``strand`` is ``-``;
        ``share`` is that of the filter's largest activation. ``strand_output`` is the unit's output on the strand of
        the site; ``output`` is that in this region as predicted, the mean over the strands that the model reads, of
        which an absence detector that is off at the site may have half. ``target`` is the one for which the unit has
        the weight of the largest size, and ``contribution`` what it adds to that one's logit; in regression, to its
        prediction more than to all targets' on average.
    """
    length, width = codes.shape[1], model.filter_length
    covered = model.weight1.shape[2] * model.pool
    units = unit_names(model.units)
    outputs = predict(model.unit_outputs, codes, device, strands)
    weights = effective_weights(model.final_weights().detach().cpu().numpy(), task)
    main = np.abs(weights).argmax(axis=0)
    limit = np.where(maxima > 0, threshold * maxima, np.inf)
    sites = []
    of_strand = {"+": codes} | ({"-": reverse_complement(codes)} if strands == "both" else {})
    for strand, sequences in of_strand.items():
        activations = predict(model.activations, sequences, device, strands="given")[:, :, :covered]
        on_strand = predict(model.unit_outputs, sequences, device, strands="given")
        for row, unit in np.argwhere((activations > limit[:, None]).any(axis=2)):
            for start in _separate_peaks(activations[row, unit], limit[unit], width):
                activation = float(activations[row, unit, start])
                sites.append(
                    {
                        "row": row,
                        "region": names[row],
                        "unit": units[unit],
                        "start": start if strand == "+" else length - start - width,
                        "end": start + width if strand == "+" else length - start,
                        "strand": strand,
                        "activation": activation,
                        "share": activation / float(maxima[unit]),
                        "sequence": decode(sequences[row : row + 1, start : start + width])[0],
                        "strand_output": float(on_strand[row, unit]),
                        "output": float(outputs[row, unit]),
                        "target": targets[main[unit]],
                        "contribution": float(outputs[row, unit]) * float(weights[main[unit], unit]),
                    }
                )
    table = pd.DataFrame(sites, columns=["row", *SITE_COLUMNS])
    return table.sort_values(["row", "start", "strand"], kind="stable", ignore_index=True)[SITE_COLUMNS]


def _separate_peaks(activations, limit, width):
    """Positions above the limit, the highest first, each at least a filter's width from those before."""
    kept = []
    for position in np.argsort(-activations, kind="stable")[: np.count_nonzero(activations > limit)].tolist():
        if all(abs(position - other) >= width for other in kept):
            kept.append(position)
    return kept
