"""Training: masked loss, reverse complements, one-cycle learning rate, early stopping, checkpoints."""

import hashlib
import json
import logging
import time
from dataclasses import asdict, dataclass

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from .errors import InputError
from .files import write_safetensors
from .logs import progress

logger = logging.getLogger("cam")

_COMPLEMENT = torch.tensor([3, 2, 1, 0, 4], dtype=torch.uint8)


@dataclass(frozen=True)
class Settings:
    """How to train; see the keys of the same names under ``training`` in ``config.yaml``."""

    epochs: int = 25
    batch_size: int = 128
    learning_rate: float = 2e-2
    weight_decay: float = 0.0
    warm_up: float = 0.3
    patience: int = 10
    starts: int = 6
    start_epochs: int = 4
    loss: str = "binding"


def choose_device(name="auto"):
    """The device to compute on: ``auto`` is a CUDA GPU if there is one, else the CPU."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("config, training.device: found 'cuda', but PyTorch sees no CUDA GPU here; use auto or cpu")
    return torch.device(name)


def reverse_complement(codes):
    """Reverse complements of base codes: uint8 tensor, shape (n, length), to the same shape."""
    return _COMPLEMENT.to(codes.device)[codes.flip(1).int()]


def masked_binary_cross_entropy(logits, labels):
    """Mean binary cross-entropy over the labels that are not missing.

    Parameters
    ----------
    logits, labels : torch.Tensor of float32, shape (n, n_targets)
        A label is 1, 0 or NaN.

    Returns
    -------
    torch.Tensor, scalar
        0 (with a gradient of 0) where every label is missing.
    """
    known = ~labels.isnan()
    losses = F.binary_cross_entropy_with_logits(logits, torch.where(known, labels, 0.0), reduction="none")
    return (losses * known).sum() / known.sum().clamp(min=1)


def pearson_loss(predictions, values):
    """1 − the Pearson correlation of each region across targets, averaged over regions (Maslova et al. 2020).

    Parameters
    ----------
    predictions, values : torch.Tensor of float32, shape (n, n_targets)

    Returns
    -------
    torch.Tensor, scalar
    """
    return (
        1
        - F.cosine_similarity(
            predictions - predictions.mean(1, keepdim=True), values - values.mean(1, keepdim=True), dim=1
        ).mean()
    )


LOSSES = {"binding": masked_binary_cross_entropy, "pearson": pearson_loss}


def on_strands(function, codes, strands):
    """Apply a function of sequences to the given strand, or to both and average.

    A region has no strand, but a filter reads one. Logits, unit outputs and contributions are all averaged alike, so
    what is additive for one strand stays additive for both.

    Parameters
    ----------
    function : callable
        From codes of shape (n, length) to a tensor whose first axis is n.
    codes : torch.Tensor of uint8, shape (n, length)
    strands : {"both", "given"}

    Returns
    -------
    torch.Tensor
    """
    if strands == "given":
        return function(codes)
    forward, reverse = function(torch.cat([codes, reverse_complement(codes)])).chunk(2)
    return (forward + reverse) / 2


@torch.inference_mode()
def predict(function, codes, device="cpu", strands="both", batch_size=1024):
    """Apply a model, or one of its methods, to many sequences in batches.

    Parameters
    ----------
    function : callable
        A model in evaluation mode or a method of it, such as ``model.unit_outputs``.
    codes : numpy.ndarray of uint8, shape (n, length)
    device : str or torch.device
        Where the model is.
    strands : {"both", "given"}
        See :func:`on_strands`.
    batch_size : int

    Returns
    -------
    numpy.ndarray of float32, shape (n, …)
    """
    batches = torch.from_numpy(np.ascontiguousarray(codes)).split(batch_size)
    return torch.cat([on_strands(function, batch.to(device), strands).cpu() for batch in batches]).numpy()


def _epoch(model, codes, labels, optimiser, schedule, settings, generator, bar):
    """One pass over the training regions; the mean loss of its steps."""
    model.train()
    n, device = len(codes), codes.device
    # Batch norm needs two values at least, so the last few regions of an epoch wait for the next one's order.
    batch_size = min(settings.batch_size, n)
    order = torch.randperm(n, generator=generator).to(device)
    constrained = getattr(model, "non_negative", False) and not model.free
    total = 0.0
    for rows in order[: n - n % batch_size].split(batch_size):
        flip = torch.rand(len(rows), 1, generator=generator).to(device) < 0.5
        batch = torch.where(flip, reverse_complement(codes[rows]), codes[rows])
        loss = LOSSES[settings.loss](model(batch), labels[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if constrained:
            with torch.no_grad():
                model.final.weight.clamp_(min=0)
        total += loss.detach()
        bar.update()
    return float(total) / (n // batch_size)


def _one_cycle(model, settings, steps):
    """AdamW, and a learning rate that follows one cycle."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, total_steps=steps, pct_start=settings.warm_up
    )
    return optimiser, schedule


def _best_start(make_model, dataset, settings, generator, device):
    """Train briefly from several initial weights, and keep the model with the lowest validation loss.

    A unit reads one motif, and which one is decided within a few epochs. A start that has missed a motif seldom finds
    it later, so the cheapest way to a good model is to choose the start.
    """
    codes, labels = (torch.from_numpy(array).to(device) for array in dataset.part("train"))
    validation_codes, validation_labels = dataset.part("validation")
    steps = settings.start_epochs * (len(codes) // min(settings.batch_size, len(codes)))
    best, lowest = None, float("inf")
    with progress(total=settings.starts * steps, unit="step", desc="starts") as bar:
        for number in range(1, settings.starts + 1):
            model = make_model().to(device)
            model.free = True
            optimiser, schedule = _one_cycle(model, settings, steps)
            for _ in range(settings.start_epochs):
                _epoch(model, codes, labels, optimiser, schedule, settings, generator, bar)
            loss = _loss_on(model, validation_codes, validation_labels, settings, device)
            logger.info("start %d of %d  validation loss %.4f", number, settings.starts, loss)
            if best is None or loss < lowest:
                best, lowest = model, loss
    best.free = False
    if getattr(best, "non_negative", False):
        best.turn_units()
    return best


def _loss_on(model, codes, labels, settings, device):
    model.eval()
    return float(LOSSES[settings.loss](torch.from_numpy(predict(model, codes, device)), torch.from_numpy(labels)))


def train(make_model, dataset, settings, seed=1, device="cpu", checkpoint=None):
    """Train a model and give it the weights of the epoch with the lowest validation loss.

    Each region is shown as it is or as its reverse complement, by chance; the validation loss is that of the mean logit
    of both. The learning rate follows one cycle (Smith & Topin 2018): up to ``learning_rate`` during the first
    ``warm_up`` of all steps, then down to almost zero. Before that, ``starts`` models are trained for ``start_epochs``,
    each from its own initial weights and with a cycle of its own, and the best of them goes on.

    Final weights of a CAM that have to be non-negative are free during the starts. Then units that speak against their
    targets are turned around (:meth:`cam.models.CAM.turn_units`), and from there on negative weights are set to zero
    after every step. Constrained from the first step on, units often repeat each other and whole targets stay
    unexplained. A single start is left out where there is no such constraint.

    Parameters
    ----------
    make_model : callable
        Without arguments, gives an untrained model: from codes to logits.
    dataset : cam.dataset.Dataset
    settings : Settings
    seed : int
        Of the initial weights, of the order of regions, of their strands and of dropout. The same seed gives the same
        weights on the same kind of CPU with the same number of threads.
    device : str or torch.device
    checkpoint : str or Path, optional
        A file written after every epoch. If it is there and belongs to the same model, data, settings and seed,
        training goes on from it and ends as it would have without the break.

    Returns
    -------
    model : torch.nn.Module
        In evaluation mode.
    history : list of dict
        Per epoch ``epoch train_loss validation_loss learning_rate seconds``; the first epoch's seconds include those of
        the starts.
    best_epoch : int
        1-based.

    Raises
    ------
    InputError
        If the loss is not a number any more.
    """
    began = time.perf_counter()
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = make_model().to(device)
    fingerprint = _fingerprint(model, dataset, settings, seed)
    resumed = _load_checkpoint(checkpoint, fingerprint) if checkpoint else None
    if not resumed and (settings.starts > 1 or getattr(model, "non_negative", False)):
        model = _best_start(make_model, dataset, settings, generator, device)

    codes, labels = (torch.from_numpy(array).to(device) for array in dataset.part("train"))
    steps = len(codes) // min(settings.batch_size, len(codes))
    optimiser, schedule = _one_cycle(model, settings, settings.epochs * steps)
    history, best, best_weights = [], {"epoch": 0, "loss": float("inf")}, {}
    if resumed:
        history, best, best_weights = _restore(resumed, model, optimiser, schedule, generator)
        logger.info("going on after epoch %d from %s", len(history), checkpoint)

    with progress(total=settings.epochs * steps, initial=len(history) * steps, unit="step", desc="training") as bar:
        for epoch in range(len(history) + 1, settings.epochs + 1):
            if epoch - best["epoch"] > settings.patience:
                logger.info("stopped early: no better validation loss for %d epochs", settings.patience)
                break
            train_loss = _epoch(model, codes, labels, optimiser, schedule, settings, generator, bar)
            validation_loss = _loss_on(model, *dataset.part("validation"), settings, device)
            if not (np.isfinite(train_loss) and np.isfinite(validation_loss)):
                raise InputError(
                    f"training: the loss of epoch {epoch} is not a number; "
                    f"lower training.learning_rate (found {settings.learning_rate:g})"
                )
            if validation_loss < best["loss"]:
                best = {"epoch": epoch, "loss": validation_loss}
                best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
            history.append(
                {
                    "epoch": epoch,
                    "train_loss": train_loss,
                    "validation_loss": validation_loss,
                    "learning_rate": schedule.get_last_lr()[0],
                    "seconds": time.perf_counter() - began,
                }
            )
            began = time.perf_counter()
            marker = "  *" if best["epoch"] == epoch else ""
            logger.info(
                "epoch %3d  train loss %.4f  validation loss %.4f%s", epoch, train_loss, validation_loss, marker
            )
            bar.set_postfix(train=f"{train_loss:.3f}", validation=f"{validation_loss:.3f}")
            if checkpoint:
                _save_checkpoint(
                    checkpoint, fingerprint, model, optimiser, schedule, generator, history, best, best_weights
                )
    model.load_state_dict(best_weights)
    return model.eval(), history, best["epoch"]


def _fingerprint(model, dataset, settings, seed):
    """A hash of all that decides a training, so that a checkpoint of another one is not taken up."""
    digest = hashlib.sha256()
    digest.update(json.dumps([str(model), asdict(settings), seed, list(dataset.targets)]).encode())
    for array in (dataset.sequences, dataset.labels, dataset.split):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _save_checkpoint(path, fingerprint, model, optimiser, schedule, generator, history, best, best_weights):
    """All that the rest of the training depends on, as safetensors."""
    tensors = {"generator": generator.get_state(), "cpu_generator": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["cuda_generator"] = torch.cuda.get_rng_state()
    tensors |= {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in best_weights.items()}
    for number, values in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": tensor for name, tensor in values.items()}
    state = {
        "history": history,
        "best": best,
        "param_groups": optimiser.state_dict()["param_groups"],
        "step": schedule.last_epoch,
    }
    metadata = {"fingerprint": fingerprint, "state": json.dumps(state)}
    write_safetensors(path, save({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, metadata))


def _load_checkpoint(path, fingerprint):
    """State and tensors of a checkpoint, or None if there is none that belongs to this training."""
    try:
        with safe_open(str(path), framework="pt") as stored:
            metadata = stored.metadata() or {}
            if metadata.get("fingerprint") != fingerprint:
                logger.info("%s belongs to another configuration or other data; training starts anew", path)
                return None
            return json.loads(metadata["state"]), {k: stored.get_tensor(k) for k in stored.keys()}  # noqa: SIM118
    except FileNotFoundError:
        return None
    except (SafetensorError, OSError, KeyError) as error:
        logger.info("%s cannot be read (%s); training starts anew", path, error)
        return None


def _restore(resumed, model, optimiser, schedule, generator):
    """Put everything back to where a checkpoint was written."""
    state, tensors = resumed
    model.load_state_dict(_under(tensors, "model."))
    per_parameter = {}
    for key, tensor in _under(tensors, "optimiser.").items():
        number, name = key.split(".")
        per_parameter.setdefault(int(number), {})[name] = tensor
    optimiser.load_state_dict({"state": per_parameter, "param_groups": state["param_groups"]})
    schedule.last_epoch = state["step"]
    schedule._last_lr = [group["lr"] for group in optimiser.param_groups]
    generator.set_state(tensors["generator"])
    torch.set_rng_state(tensors["cpu_generator"])
    if "cuda_generator" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["cuda_generator"])
    return state["history"], state["best"], _under(tensors, "best.")


def _under(tensors, prefix):
    """The tensors whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
