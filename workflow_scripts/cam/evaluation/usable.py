"""Is a model usable? What a run can tell of it: a number with its interval, and a sentence, for each question.

A sentence says that one thing is better than another only if the 95 % interval of their difference, both scored on the
same resamples of the test regions, excludes 0.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logit

from ..data.duplicates import group_duplicates
from ..data.sequences import gc_content, hash_sequences
from ..data.split import SPLITS
from .binding import from_gc_content
from .bootstrap import LEAST_BLOCKS, bootstrap, interval
from .tasks import TASKS

METRICS = {  # by which models are judged: what they are called, and what chance gives
    "auroc": ("AUROC", 0.5),
    "auprc": ("AUPRC", None),
    "pearson": ("correlation", 0.0),
    "region_pearson": ("correlation per region", 0.0),
}
WORDS, CENTRE, GC = "gapped k-mers", "gapped k-mers of the centre", "GC content"
SIMPLE = (WORDS, CENTRE, GC)  # their names have blanks, which no other model's has
WIDE = 0.1  # an interval of a difference that has 0 in it, and reaches further, tells nothing
MUCH = 0.02  # by which another model has to be better for more than the price of one that can be read
NAMED = 6  # targets at most in a sentence
# What to do about test regions that are nearly in training, by the kind of source. Windows of a genome that overlap are
# never on two sides of a split, so these lie in what a genome has more than once.
_REMEDIES = {
    "sequences": "set source.drop_leaking to true, which leaves such sequences out of training",
    **dict.fromkeys(
        ("peaks", "signal"), "put the repeats and duplications they lie in on the blacklist (source.blacklist)"
    ),
    "public_tracks": "put the repeats and duplications they lie in on the blacklist (source.urls.blacklist)",
}
_EARLIER = "same sequence|another split|duplicate"  # of steps that took out what two splits would have shared


@dataclass(frozen=True)
class Scores:
    """How well a model predicts the test regions, and resamples of them.

    Attributes
    ----------
    score : callable
        See :func:`cam.evaluation.bootstrap.bootstrap`.
    own : dict of (str, str) to float
        ``macro`` or target, and metric, to the score; missing where it does not exist.
    drawn : dict of (str, str) to numpy.ndarray of float, shape (n_resamples,)
    """

    score: object
    own: dict
    drawn: dict


@dataclass(frozen=True)
class Run:
    """One training on a share of the training regions: how many these were, and how long it took."""

    share: float
    seed: int
    regions: int
    seconds: float
    scores: Scores


def metrics_of(task, loss):
    """The metrics by which a model is judged; sentences tell the first.

    Parameters
    ----------
    task : {"binding", "regression"}
    loss : str
        Trained by the correlation of each region across targets, a model never learns what correlates across regions.
    """
    if task == "binding":
        return ("auroc", "auprc")
    return ("region_pearson",) if loss == "pearson" else ("pearson",)


def score(responses, blocks, seed=1, logits=None):
    """Score a model on the test regions and on resamples of them, which are the same for all models.

    Parameters
    ----------
    responses : cam.interpretation.responses.Responses
    blocks : numpy.ndarray of int, shape (n,)
        See :func:`cam.evaluation.bootstrap.blocks_of`.
    seed : int
    logits : numpy.ndarray of float, shape (n, n_targets), optional
        Those of another model, whose responses are not known, to the same regions; in regression its predictions.

    Returns
    -------
    Scores
    """
    task, logits = TASKS[responses.task], responses.logits if logits is None else logits
    found = task.resampler(responses.labels, task.predictions(logits), task.reference(responses), responses.targets)
    own = {key: float(value[0]) for key, value in found(np.ones((1, len(blocks)), dtype=int)).items()}
    return Scores(found, own, bootstrap(found, blocks, seed=seed))


def predict_from_gc(dataset):
    """Predict the test regions from nothing but their GC content, by a model for each target.

    Parameters
    ----------
    dataset : cam.data.dataset.Dataset

    Returns
    -------
    numpy.ndarray of float, shape (n_test, n_targets)
        Logits of logistic regressions; in regression the predictions of linear ones.
    """
    (train, labels), (test, _) = ((gc_content(codes), wanted) for codes, wanted in map(dataset.part, ("train", "test")))
    if dataset.task == "binding":
        return logit(np.clip(from_gc_content(train, labels, test), 1e-6, 1 - 1e-6))
    known, asked = (np.column_stack([gc, np.ones_like(gc)]) for gc in (train, test))
    return asked @ np.linalg.lstsq(known, labels, rcond=None)[0]


def shared_with_training(dataset, scores, metric):
    """How many test sequences are among those of training, on either strand, and what the others say of a model.

    Parameters
    ----------
    dataset : cam.data.dataset.Dataset
    scores : Scores
        Of the model.
    metric : str

    Returns
    -------
    pandas.DataFrame
        Columns ``copies``, of the very sequence, and ``near``, of nearly the same one
        (:func:`cam.data.duplicates.group_duplicates`) that are no copies; rows ``regions``, of ``all`` test regions,
        and ``without``, the model's score on the others, as the mean of the targets; missing where it is that of all.
    """
    train, test = (dataset.split == SPLITS.index(name) for name in ("train", "test"))
    known = [hash_sequences(dataset.sequences), group_duplicates(dataset.sequences)]
    copies, near = (np.isin(found[test], found[train]) for found in known)
    told = {}
    for kind, shared in {"copies": copies, "near": near & ~copies}.items():
        some = shared.any() and not shared.all()
        without = scores.score((~shared)[None].astype(int))["macro", metric][0] if some else np.nan
        told[kind] = {"regions": shared.sum(), "all": len(shared), "without": without}
    return pd.DataFrame(told)


def learning_curve(runs, metrics):
    """The scores of a model by the share of the training regions that it learned from.

    Parameters
    ----------
    runs : sequence of Run
        Of every seed there is one with a share of 1.
    metrics : sequence of str

    Returns
    -------
    pandas.DataFrame
        ``share regions seed target metric value low high difference difference_low difference_high seconds``, a row for
        every run, ``macro`` and target, and metric; low and high are of 95 % intervals. The difference is what all
        training regions give more, with the same seed. After the runs of several seeds, their ``mean``.
    """
    rows, seeds = [], dict.fromkeys(run.seed for run in runs)
    whole = {run.seed: run.scores for run in runs if run.share == 1}
    for share in sorted({run.share for run in runs}):
        of_share = [run for run in runs if run.share == share]
        groups = {str(run.seed): [run] for run in of_share} | ({"mean": of_share} if len(seeds) > 1 else {})
        for seed, group in groups.items():
            regions, seconds = (np.mean([getattr(run, name) for run in group]) for name in ("regions", "seconds"))
            first, second = _mean([whole[run.seed] for run in group]), _mean([run.scores for run in group])
            about = {"share": share, "regions": round(regions), "seed": seed}
            rows += [
                about | row | {"seconds": round(float(seconds), 3)}
                for row in _rows(second, metrics, first if share < 1 else None)
            ]
    return pd.DataFrame(rows)


def compare_models(scores, metrics, seconds, regions):
    """The scores of the model that is interpreted, and of others on the same test regions.

    Parameters
    ----------
    scores : dict of str to Scores
        By the names of the models, the interpreted one first; among them ``WORDS``, ``CENTRE`` and ``GC``.
    metrics : sequence of str
    seconds, regions : dict of str to number
        How long their training took, and of how many training regions.

    Returns
    -------
    pandas.DataFrame
        ``model compared_with target metric value low high difference difference_low difference_high regions seconds``.
        The difference is what the model that it is compared with has more: the interpreted one, or of ``CENTRE`` that
        of all ``WORDS``.
    """
    rows, interpreted = [], next(iter(scores))
    for model, found in scores.items():
        other = None if model == interpreted else WORDS if model == CENTRE else interpreted
        about = {"model": model, "compared_with": other}
        cost = {"regions": regions[model], "seconds": round(float(seconds[model]), 3)}
        rows += [about | row | cost for row in _rows(found, metrics, scores.get(other))]
    return pd.DataFrame(rows)


def _mean(several):
    """The means of several models' scores, on each resample too."""
    names = several[0].own
    own = {key: float(np.mean([scores.own[key] for scores in several])) for key in names}
    return Scores(None, own, {key: np.mean([scores.drawn[key] for scores in several], axis=0) for key in names})


def _rows(scores, metrics, other):
    """A model's scores with intervals, and what another has more."""
    for target, metric in scores.own:
        if metric in metrics:
            key, nothing = (target, metric), (np.nan, np.nan)
            low, high = interval(scores.drawn[key]) or nothing
            row = {"target": target, "metric": metric, "value": scores.own[key], "low": low, "high": high}
            lower, upper = (interval(other.drawn[key] - scores.drawn[key]) if other else None) or nothing
            more = other.own[key] - scores.own[key] if other else np.nan
            yield row | {"difference": more, "difference_low": lower, "difference_high": upper}


# --- Sentences --------------------------------------------------------------------------------------------------------


def answers(curve, models, seeds, shared, selection, orientations=None, kind="demo", n_groups=None):
    """What the tables say, as a number with its interval and a sentence for each question.

    Parameters
    ----------
    curve : pandas.DataFrame
        As from :func:`learning_curve`.
    models : pandas.DataFrame
        As from :func:`compare_models`.
    seeds : sequence of float
        The score of the model from each seed that it was trained from, as the mean of the targets.
    shared : pandas.DataFrame
        As from :func:`shared_with_training`.
    selection : pandas.DataFrame
        ``step regions``.
    orientations : pandas.DataFrame, optional
        As from :func:`cam.evaluation.orientations.compare_orientations`.
    kind : str
        Of the source.
    n_groups : int, optional
        How many groups of near-duplicates the test regions form, where these are what resamples draw.

    Returns
    -------
    pandas.DataFrame
        ``question number low high sentence``; the first row is the verdict.
    """
    metric = models["metric"].iloc[0]
    models, (name, chance) = models[models["metric"] == metric], METRICS[metric]
    macro = models[models["target"] == "macro"].set_index("model")
    model, own = macro.index[0], f"the {name} of {macro.index[0]}"
    others = [other for other in macro.index[1:] if other not in SIMPLE]
    rows = [
        _verdict(macro, chance, shared, n_groups),
        _chance(macro.iloc[0], name, chance, 1 if metric == "region_pearson" else models["target"].nunique() - 1),
        _composition(own, macro.loc[GC]),
        *_of_targets(models[(models["model"] == GC) & (models["target"] != "macro")]),
        _words(own, macro.loc[WORDS]),
        *(_baseline(own, other, macro.loc[other]) for other in others),
        _units(model, macro.loc[[*others, WORDS]]),
        _data(name, curve[(curve["metric"] == metric) & (curve["target"] == "macro")]),
        _width(name, macro.loc[CENTRE]),
        _replicates(name, seeds),
        *(_shared(name, of, shared[of], _REMEDIES.get(kind)) for of in shared),
        *_left_out(selection),
        *_orientations(orientations),
    ]
    table = pd.DataFrame(rows, columns=["question", "number", "low", "high", "sentence"])
    return table.assign(sentence=table["sentence"].str[:1].str.upper() + table["sentence"].str[1:])


def _is(low, high, either_way=False):
    """What an interval says of a difference: ``more`` or ``less`` than 0, or else ``same``, unless it is ``open``.

    That is, the difference may well be large: above ``WIDE``, or, if both count, as far below 0.
    """
    if low > 0 or high < 0:
        return "more" if low > 0 else "less"
    return "same" if (max(high, -low) if either_way else high) <= WIDE else "open"


def _difference(row):
    return row["difference"], row["difference_low"], row["difference_high"]


def _verdict(macro, chance, shared, n_groups):
    own = macro.iloc[0]
    found = {
        "chance": _is(own["low"] - chance, own["high"] - chance),
        "GC content alone": _is(*_difference(macro.loc[GC])[1:]),
    }
    weak = [other for other, state in found.items() if state in ("same", "less")]
    unknown = [other for other, state in found.items() if state == "open"]
    flaws = []
    if _is(*_difference(macro.loc[WORDS])[1:]) == "less":
        flaws.append("a linear model on short words is better")
    if shared.loc["regions", "copies"]:
        flaws.append("some test regions were in training")
    n, counted = int(shared.loc["all"].iloc[0]), "test regions"
    if n_groups is not None:
        n, counted = n_groups, "groups of near-duplicates in the test regions"
    if n < LEAST_BLOCKS:
        sentence = f"Not known: {n} {counted} are too few, and intervals of so few cannot be trusted."
    elif weak:
        sentence = f"Not usable: it is no better than {weak[0]}."
    elif unknown:
        sentence = f"Not known: the test regions are too few to tell it from {unknown[0]}."
    else:
        but = f", but {' and '.join(flaws)}" if flaws else ""
        sentence = f"Usable: it is better than chance and than GC content alone{but}."
    return "Is it usable?", own["value"], own["low"], own["high"], sentence


def _chance(own, name, chance, n_targets):
    mean = f", as the mean of {n_targets} targets," if n_targets > 1 else ""
    state = _is(own["low"] - chance, own["high"] - chance)
    found = {"more": "better than", "less": "worse than"}.get(state, "not told apart from")
    sentence = f"The {name} on the test regions{mean} is {own['value']:.3f}, {found} chance ({chance:g})."
    return "Is it better than chance?", own["value"], own["low"], own["high"], sentence


def _composition(own, row):
    number = _difference(row)
    sentence = {
        "more": f"{own} is {number[0]:.3f} above that of GC content alone.",
        "less": f"{own} is {-number[0]:.3f} below that of GC content alone: it learned less than composition.",
        "same": f"{own} is not told apart from that of GC content alone: it learned composition, or nothing.",
        "open": f"The test regions are too few to tell {own} from that of GC content alone.",
    }[_is(*number[1:])]
    return "Is it better than GC content?", *number, sentence


def _of_targets(rows):
    """The targets that GC content predicts as well, where there are several and each has a score of its own."""
    if len(rows) > 1:
        weak = rows.loc[~(rows["difference_low"] > 0), "target"].tolist()
        named = ", ".join(weak[:NAMED]) + (f" and {len(weak) - NAMED} more" if len(weak) > NAMED else "")
        sentence = f"{len(weak)} of {len(rows)} targets are not" if weak else f"All {len(rows)} targets are"
        sentence += f" predicted better than by GC content{': ' if weak else ''}{named}."
        yield "Which targets are no better than GC content?", len(weak), np.nan, np.nan, sentence


def _words(own, row):
    number, words = _difference(row), "that of a linear model on gapped k-mers"
    sentence = {
        "more": f"{own} is {number[0]:.3f} above {words}: units read more than short words.",
        "less": f"{own} is {-number[0]:.3f} below {words}, which has words that no unit reads.",
        "same": f"{own} is not told apart from {words}: short words would do.",
        "open": f"The test regions are too few to tell {own} from {words}.",
    }[_is(*number[1:], either_way=True)]
    return "Is it better than short words?", *number, sentence


def _baseline(own, other, row):
    number = _difference(row)
    price = (
        "a sum of units misses something, such as motifs that need each other"
        if number[0] <= -MUCH
        else "a small price for a model that can be read"
    )
    sentence = {
        "more": f"{own} is {number[0]:.3f} above that of {other}.",
        "less": f"{own} is {-number[0]:.3f} below that of {other}: {price}.",
        "same": f"{own} is not told apart from that of {other}.",
        "open": f"The test regions are too few to tell {own} from that of {other}.",
    }[_is(*number[1:], either_way=True)]
    return f"Is it as good as {other}?", *number, sentence


def _units(model, rows):
    """What is found in the same regions by another model is there to be found by more units, or is no sum of units."""
    best = rows.iloc[rows["difference"].fillna(np.inf).argmin()]
    number = _difference(best)
    sentence = (
        f"Perhaps: {best.name} finds more than {model} in the same regions; the target sweep tries numbers of units."
        if _is(*number[1:]) == "less"
        else f"Nothing says so: no other model finds more than {model} in the same regions."
    )
    return "Would more units help?", *number, sentence


def _data(name, curve):
    question, fewer = "Would more data help?", curve[curve["share"] < 1]
    if fewer.empty:
        return question, np.nan, np.nan, np.nan, "Not known: the model was not trained on fewer regions."
    share = fewer["share"].iloc[(fewer["share"] - 0.5).abs().argmin()]
    runs = fewer[fewer["share"] == share]
    number, single = _difference(runs.iloc[-1]), runs[runs["seed"] != "mean"]  # of the mean, or the only one
    n_regions, part = f"{curve['regions'].max():,} training regions", f"{100 * share:g} % of them"
    state = _is(*number[1:])
    if state == "more" and (single["difference"] > 0).all():
        sentence = f"With all {n_regions} the {name} is {number[0]:.3f} above that with {part}, "
        sentence += (
            f"for each of {len(single)} seeds: more data would help."
            if len(single) > 1
            else "for one seed: more data may help, or another seed."
        )
    elif state == "open":
        sentence = f"The test regions are too few to tell whether all {n_regions} give more than {part}."
    else:
        sentence = f"All {n_regions} do not give reliably more than {part}: nothing says that more data would help."
    return question, *number, sentence


def _width(name, row):
    number = _difference(row)
    sentence = {
        "more": f"Perhaps: the {name} of gapped k-mers is {number[0]:.3f} above that of their central half alone.",
        "open": "The test regions are too few to tell whether the outer halves of regions say anything.",
    }.get(_is(*number[1:]), "Nothing says so: gapped k-mers of the central half alone tell as much.")
    return "Would wider regions help?", *number, sentence


def _replicates(name, seeds):
    question, low, high = "How much is left to chance in training?", min(seeds), max(seeds)
    if len(seeds) < 2:
        sentence = "One seed was trained, which says nothing of how far another would lie (seeds)."
        return question, np.nan, np.nan, np.nan, sentence
    sentence = f"The {name} of {len(seeds)} seeds is from {low:.3f} to {high:.3f}, a range of {high - low:.3f}."
    return question, high - low, low, high, sentence


def _shared(name, of, found, remedy):
    n, sequence = int(found["regions"]), {"copies": "the sequence", "near": "nearly the sequence"}[of]
    question = f"Does a test region have {sequence} of a training region?"
    if not n:
        return question, 0, np.nan, np.nan, f"No test region has {sequence} of a training region, on either strand."
    sentence = f"{n:,} of {int(found['all']):,} test regions have {sequence} of a training region"
    if pd.notna(found["without"]):
        sentence += f"; without them the {name} is {found['without']:.3f}"
        remedy = remedy or "judge the model by the latter"
    return question, n, np.nan, np.nan, f"{sentence}: {remedy or 'split the regions in another way (split)'}."


def _left_out(selection):
    """The steps that took out what two splits would have shared."""
    steps = selection[selection["step"].str.contains(_EARLIER) & (selection["regions"] > 0)]
    for step, n in steps[["step", "regions"]].itertuples(index=False):
        yield "What was left out before?", n, np.nan, np.nan, f"{n:,} regions were {step}."


def _orientations(table):
    """How far the values of both orientations agree; nothing where no sequence is there in both."""
    question = "How far do the two orientations of a sequence agree?"
    for row in [] if table is None else table[table["target"] == "macro"].itertuples():
        mean = f", as the mean of {len(table) - 1} targets," if len(table) > 2 else ","
        sentence = (
            f"The values of the two orientations of {row.pairs:,} sequences correlate by {row.pearson:.3f}{mean} so "
            f"{100 * row.differing:.0f} % of their variance is from orientation or noise, and a model that predicts "
            f"the same for both strands correlates with them by at most {row.limit:.3f}."
        )
        if row.pairs < LEAST_BLOCKS:
            sentence = f"{row.pairs:,} sequences are there in both orientations, which are too few to tell."
        if pd.notna(row.pearson):
            yield question, row.pearson, row.low, row.high, sentence
