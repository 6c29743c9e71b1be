"""Training: masked loss, reverse complements, one-cycle learning rate, early stopping, checkpoints."""

import gc
import hashlib
import json
import logging
import platform
import re
import time
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save

from ..data.split import SPLITS
from ..errors import InputError
from ..io.tensors import write_safetensors
from ..logs import progress
from ..models.cam import CAM, SideBySide
from ..models.functional import keep_freed_memory
from ..models.predict import on_strands, predict, reverse_complement
from ..setup.provenance import processor
from .choice import choose_units, fit_final
from .losses import LOSSES, mean_squared_error, targets_alike
from .transfer import WithNewUnits, fit_dictionary, take_units

logger = logging.getLogger("cam")

_CHOSEN_BY = 20_000  # training regions, at most, by which units are chosen


@dataclass(frozen=True)
class Settings:
    """How to train; see the keys of the same names under ``training`` in ``config.yaml``."""

    epochs: int = 12
    batch_size: int = 128
    learning_rate: float = 2e-2
    weight_decay: float = 0.0
    warm_up: float = 0.3
    patience: int = 10
    starts: int = 12
    tuning_epochs: int = 6
    tuning_learning_rate: float = 2e-3
    strands: str = "both"
    loss: str = "binding"
    average: str = "labels"
    freeze: bool | int = False
    tune: str | None = None


def environment(device):
    """What the last digits of a training depend on, besides configuration, seed and data.

    Parameters
    ----------
    device : torch.device

    Returns
    -------
    dict of str to str
        ``python torch numpy blas cpu`` and, on a GPU, ``gpu cuda``. A CPU is told by its maker and the instructions
        that PyTorch uses on it, by which linear algebra chooses its code.
    """
    blas = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    found = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "blas": blas[1] if blas else "unknown",
        "cpu": f"{processor()} {torch.backends.cpu.get_cpu_capability()}",
    }
    if device.type == "cuda":
        found |= {"gpu": torch.cuda.get_device_name(device), "cuda": torch.version.cuda}
    return found


def train(make_model, dataset, settings, seed=1, device="cpu", checkpoint=None, initial=None, dictionary=None):
    """Train a model and give it the weights of the epoch with the lowest validation loss.

    Each region is shown as it is or as its reverse complement, at random; the validation loss is that of the mean logit
    of both. With ``strands`` given, sequences have a direction, as in a reporter assay, and are shown and predicted as
    they are. The learning rate follows one cycle (Smith & Topin 2018): up to ``learning_rate`` during the first
    ``warm_up`` of all steps, then down to almost zero.

    A CAM is trained in two stages, unless ``starts`` is 1. A unit reads one motif, and which one is decided by chance
    in the first epochs. So ``starts`` CAMs are trained side by side, each from its own initial weights, and from the
    units of all of them those are chosen that together explain the training labels best
    (:func:`cam.training.choice.choose_units`). The CAM of the chosen units is then tuned for ``tuning_epochs``, with
    the mean logit of both strands, on which the units were chosen.

    Where final weights have to be non-negative, they are free in the first stage, so that a unit may lower a
    prediction. For the choice every unit stands twice, as it is and turned around (:meth:`cam.models.cam.CAM.turn`),
    because what lowers a prediction by its presence raises it by its absence. From then on, and from the first step on
    where there is one start, weights are projected after every step (:meth:`cam.models.cam.CAM.project`).

    Any other model is trained ``starts`` times, one after the other, each time from other initial weights, and the best
    epoch of all is kept.

    With a dictionary, a CAM that is trained already, its units are taken over, and the final weights are fitted to
    their outputs (:func:`cam.training.transfer.fit_dictionary`); ``tune`` says what is trained besides: nothing
    (``final``), the whole model, for ``tuning_epochs`` (``all``), or the units that the model has beyond the
    dictionary's, which stay as they are, for ``epochs`` (``new units``).

    If the GPU's memory is not enough, training starts again with batches of half the size, and says so.

    Parameters
    ----------
    make_model : callable
        Without arguments, gives an untrained model: from codes to logits.
    dataset : cam.data.dataset.Dataset
    settings : Settings
    seed : int
        Of the initial weights, of the order of regions, of their strands and of dropout. The same seed gives the same
        weights on the same kind of CPU with the same number of threads.
    device : str or torch.device
    initial : numpy.ndarray of float32, shape (n_known, 4, filter_length), optional
        Filters that units of a CAM begin as (:func:`cam.motifs.initial.known_filters`); all others begin at random.
        With ``freeze`` they stay so: for as many epochs, or for ever.
    dictionary : CAM, optional
        Whose units are the first of the model's.
    checkpoint : str or Path, optional
        A file written after every epoch. If it is there and belongs to the same model, data, settings and seed,
        training goes on from it and ends as it would have without the break.

    Returns
    -------
    model : torch.nn.Module
        In evaluation mode. Of a CAM, ``origins`` says which of the initial filters each unit began as, −1 for none.
    history : list of dict
        Per epoch ``epoch train_loss validation_loss learning_rate seconds``, the last being those since the epoch
        before. Of CAMs side by side, losses are those of the one with the lowest validation loss. Of several trainings
        one after the other, ``start`` says besides which one it is, from 1.
    best_epoch : int
        1-based.

    Raises
    ------
    InputError
        If there is nothing to train on or to validate with, a label that is to be a count is negative, or the loss is
        not a number any more.
    """
    for part in ("train", "validation"):
        if not (dataset.split == SPLITS.index(part)).any():
            raise InputError(f"training: found no {part} regions, expected some; see split in the config")
    if settings.loss == "poisson" and (dataset.labels < 0).any():
        row, column = np.argwhere(dataset.labels < 0)[0]
        raise InputError(
            f"config, training.loss: found poisson, but the value {dataset.labels[row, column]:g} for "
            f"'{dataset.targets[column]}' in region {row + 1}, expected values that are not negative; take mse, or "
            "another source.transform"
        )
    if torch.device(device).type == "cpu":
        keep_freed_memory()
    while True:
        try:
            return _Training(make_model, dataset, settings, seed, device, checkpoint, initial, dictionary).run()
        except torch.OutOfMemoryError:
            smaller = min(settings.batch_size, int((dataset.split == 0).sum())) // 2
            if smaller < 2:
                raise InputError("training: the GPU's memory is not enough even for batches of 2 regions") from None
            logger.warning(
                "the GPU's memory is not enough for batches of %d; training starts again with batches of %d",
                settings.batch_size, smaller,
            )  # fmt: skip
            settings = replace(settings, batch_size=smaller)
        gc.collect()
        torch.cuda.empty_cache()


class _Training:
    """One training: its data on the device, its random numbers, its history, and the best weights so far."""

    def __init__(self, make_model, dataset, settings, seed, device, checkpoint, initial=None, dictionary=None):
        self.settings, self.device, self.checkpoint = settings, device, checkpoint
        self.loss, self.clock = LOSSES[settings.loss], time.perf_counter()
        torch.manual_seed(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.model = make_model().to(device)
        codes, labels = dataset.part("train")
        codes = torch.from_numpy(codes).to(device)
        self.shown = torch.cat([codes, reverse_complement(codes)]) if settings.strands == "both" else codes
        self.labels = torch.from_numpy(labels).to(device)
        if settings.average == "targets":
            self.loss = partial(self.loss, of_targets=targets_alike(self.labels))
        self.validation = dataset.part("validation")
        weights, self.validation_weights = map(_tensor, map(dataset.weights_of, ("train", "validation")))
        self.weights = None if weights is None else weights.to(device)
        # Batch norm needs two values at least, so the last few regions of an epoch wait for the next one's order.
        self.batch_size = min(settings.batch_size, len(labels))
        self.steps = len(labels) // self.batch_size
        self.history, self.best, self.best_weights = [], {"epoch": 0, "loss": float("inf")}, {}
        self.initial = np.empty((0, 0, 0), dtype=np.float32) if initial is None else initial
        self.dictionary = dictionary
        begins = [self.initial, *([] if dictionary is None else map(_array, dictionary.state_dict().values()))]
        self.fingerprint = fingerprint_of(self.model, dataset, settings, seed, *begins)
        self.resumed = load_checkpoint(checkpoint, self.fingerprint) if checkpoint else None
        self.make_model, self.start = make_model, None  # which of several trainings is under way, from 1
        self.origins = np.empty(0, dtype=int)  # which initial filter each of the units in training began as

    def run(self):
        settings, model = self.settings, self.model
        if self.dictionary is not None:
            model = self._tuned()
        elif isinstance(model, CAM) and settings.starts > 1:
            if not self.resumed or self.resumed[0]["stage"] == "starts":
                cams = [model, *(self.make_model() for _ in range(settings.starts - 1))]
                self._begin_as_known(cams)
                several = SideBySide(cams).to(self.device)
                self._fit(several, "starts", settings.epochs, settings.learning_rate)
                model = self._chosen(several, model)
                self._keep(model, self._validation_loss(model)[0])
            self._fit(model, "tuning", settings.tuning_epochs, settings.tuning_learning_rate)
        else:
            if isinstance(model, CAM):
                self._begin_as_known([model])
            self.start = first = self.resumed[0].get("start", 1) if self.resumed else 1
            self._fit(model, "training", settings.epochs, settings.learning_rate)
            for self.start in range(first + 1, settings.starts + 1):
                model = self.make_model().to(self.device)
                self._fit(model, "training", settings.epochs, settings.learning_rate)
        model.load_state_dict(self.best_weights)
        model = model.merged() if isinstance(model, WithNewUnits) else model
        model.origins = self.origins.tolist()
        return model.eval(), self.history, self.best["epoch"]

    def _tuned(self):
        """The dictionary's units for these targets, and what is trained besides; the best weights are kept."""
        settings, n_known = self.settings, self.dictionary.units
        known = self.model.subset(range(n_known)) if settings.tune == "new units" else self.model
        known = model = take_units(self.dictionary, known)
        if settings.tune == "new units":
            model = WithNewUnits(known, self.model.subset(range(n_known, self.model.units))).to(self.device)
        if not self.resumed:
            train_loss, validation_loss = self._fit_final(known)
            began, self.clock = self.clock, time.perf_counter()
            row = {"epoch": 1, "train_loss": train_loss, "validation_loss": validation_loss, "learning_rate": 0.0}
            self.history.append(row | {"seconds": self.clock - began})
            logger.info("final weights fitted: train loss %.4f, validation loss %.4f", train_loss, validation_loss)
            if settings.tune == "new units":
                model.begin(partial(self._keep, loss=validation_loss))
            else:
                self._keep(model, validation_loss)
        if settings.tune == "all":
            self._fit(model, "tuning", settings.tuning_epochs, settings.tuning_learning_rate)
        elif settings.tune == "new units":
            self._fit(model, "training", settings.epochs, settings.learning_rate)
        return model

    def _fit_final(self, model):
        """Fit a CAM's final weights to its units' outputs; the training and the validation loss."""
        parts, losses = [], []
        shown = self.shown[: len(self.labels)].cpu().numpy()
        for codes, labels, weights in (
            (shown, self.labels.cpu(), self._weights(slice(None))),
            (self.validation[0], torch.from_numpy(self.validation[1]), self.validation_weights),
        ):
            outputs = predict(model.eval().unit_outputs, codes, self.device, self.settings.strands)
            parts.append((torch.from_numpy(outputs), labels))
            losses.append(partial(self.loss, weights=None if weights is None else weights.cpu()))
        wanted, fitted_by = parts, losses
        if self.settings.loss == "pearson":  # which gives no scale
            wanted = [(outputs, labels - labels.mean(1, keepdim=True)) for outputs, labels in parts]
            fitted_by = [partial(mean_squared_error, **loss.keywords) for loss in losses]
        weight, bias = fit_dictionary(*wanted, fitted_by, model.non_negative)
        with torch.no_grad():
            model.final.weight.copy_(weight)
            model.final.bias.copy_(bias)
        # Later epochs are compared with it, so it is the loss of training in any case.
        return [
            float(loss(F.linear(outputs, weight, bias), labels))
            for (outputs, labels), loss in zip(parts, losses, strict=True)
        ]

    @torch.no_grad()
    def _begin_as_known(self, cams):
        """Give units of several CAMs the initial filters."""
        origins = deal(len(self.initial), cams[0].units, len(cams))
        for cam, numbers in zip(cams, origins, strict=True):
            for unit in np.flatnonzero(numbers >= 0):
                cam.convolution.weight[unit] = torch.from_numpy(self.initial[numbers[unit]]).to(self.device)
        self.origins = origins.ravel()

    def _frozen(self, model):
        """The filters of a CAM, or of several, and which of them stay as they are in this epoch; None if none do."""
        frozen = self.settings.freeze is True or len(self.history) < self.settings.freeze
        if not frozen or not (self.origins >= 0).any():
            return None
        cam = model.together if isinstance(model, SideBySide) else model
        return cam.convolution.weight, torch.from_numpy(np.flatnonzero(self.origins >= 0)).to(self.device)

    def _keep(self, model, loss):
        """Take a model's weights down as the best so far."""
        self.best = {"epoch": len(self.history), "loss": float(loss)}
        self.best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}

    def _own(self):
        """What the rows of the history say of the training under way, where the best of several is kept."""
        return {} if self.start is None or self.settings.starts == 1 else {"start": self.start}

    def _epochs_since_best(self):
        """How many epochs ago the training under way had its lowest validation loss."""
        if not self._own():
            return len(self.history) - self.best["epoch"]
        losses = [row["validation_loss"] for row in self.history if row["start"] == self.start]
        return len(losses) - 1 - int(np.argmin(losses)) if losses else 0

    def _fit(self, model, stage, epochs, learning_rate):
        """One cycle of the learning rate; the best weights are kept."""
        settings = self.settings
        optimiser = torch.optim.AdamW(
            [p for p in model.parameters() if p.requires_grad],
            lr=learning_rate, weight_decay=settings.weight_decay, fused=True,
        )  # fmt: skip
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, learning_rate, total_steps=epochs * self.steps, pct_start=settings.warm_up
        )
        if self.resumed:
            self._restore(model, optimiser, schedule)
            logger.info("going on after epoch %d from %s", len(self.history), self.checkpoint)
        done, total = schedule.last_epoch // self.steps, epochs * self.steps
        with progress(total=total, initial=done * self.steps, unit="step", desc=stage) as bar:
            for _ in range(done, epochs):
                if self._epochs_since_best() >= settings.patience:
                    logger.info("stopped early: no better validation loss for %d epochs", settings.patience)
                    break
                strands = settings.strands if stage == "tuning" else "given"
                train_losses = self._epoch(model, optimiser, schedule, bar, strands)
                validation_losses = self._validation_loss(model)
                best = int(np.argmin(np.nan_to_num(validation_losses, nan=np.inf)))  # one may have diverged
                train_loss, validation_loss = float(train_losses[best]), float(validation_losses[best])
                began, self.clock = self.clock, time.perf_counter()
                self.history.append(
                    {
                        "epoch": len(self.history) + 1,
                        "train_loss": train_loss,
                        "validation_loss": validation_loss,
                        "learning_rate": schedule.get_last_lr()[0],
                        "seconds": self.clock - began,
                        **self._own(),
                    }
                )
                if not (np.isfinite(train_loss) and np.isfinite(validation_loss)):
                    raise InputError(
                        f"training: the loss of epoch {len(self.history)} is not a number; "
                        f"lower training.learning_rate (found {settings.learning_rate:g})"
                    )
                better = validation_loss < self.best["loss"]
                if better:
                    self._keep(model, validation_loss)
                logger.info(
                    "epoch %3d  train loss %.4f  validation loss %.4f%s",
                    len(self.history), train_loss, validation_loss, "  *" if better else "",
                )  # fmt: skip
                bar.set_postfix(train=f"{train_loss:.3f}", validation=f"{validation_loss:.3f}")
                if self.checkpoint:
                    self._save_checkpoint(stage, model, optimiser, schedule)

    def _epoch(self, model, optimiser, schedule, bar, strands):
        """One pass over the training regions; the mean loss of its steps, of each of the models side by side.

        With ``given``, a region is shown on one strand: its own, or where the two are alike, one at random. With
        ``both``, its logit is the mean of the two.
        """
        model.train()
        n, frozen = len(self.labels), self._frozen(model)
        if frozen:
            filters, rows_of_known = frozen
            known = filters.detach()[rows_of_known].clone()
        order = torch.randperm(n, generator=self.generator)
        strand = torch.randint(len(self.shown) // n, (n,), generator=self.generator)
        rows, shown = order.to(self.device), (order + n * strand).to(self.device)
        total = 0.0
        for start in range(0, self.steps * self.batch_size, self.batch_size):
            batch = slice(start, start + self.batch_size)
            logits = on_strands(model, self.shown[shown[batch]], strands)
            losses = self.loss(logits, self.labels[rows[batch]], self._weights(rows[batch]))
            optimiser.zero_grad()
            losses.sum().backward()
            optimiser.step()
            schedule.step()
            if frozen:
                filters.data[rows_of_known] = known
            if isinstance(model, CAM | WithNewUnits):
                model.project()
            total += losses.detach()
            bar.update()
        return np.atleast_1d((total / self.steps).cpu().numpy())

    def _validation_loss(self, model):
        """Of each of the models side by side."""
        codes, labels = self.validation
        logits = predict(lambda batch: model.eval()(batch).movedim(-2, 0), codes, self.device, self.settings.strands)
        logits = torch.from_numpy(logits).movedim(0, -2)
        return np.atleast_1d(self.loss(logits, torch.from_numpy(labels), self.validation_weights).numpy())

    def _weights(self, rows):
        """Those of training regions, or None."""
        return None if self.weights is None else self.weights[rows]

    def _save_checkpoint(self, stage, model, optimiser, schedule):
        """All that the rest of the training depends on, as safetensors."""
        tensors = {"generator": self.generator.get_state(), "cpu_generator": torch.get_rng_state()}
        if torch.cuda.is_available():
            tensors["cuda_generator"] = torch.cuda.get_rng_state()
        tensors |= {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best_weights.items()}
        for number, values in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{name}": tensor for name, tensor in values.items()}
        state = {
            "stage": stage,
            "start": self.start,
            "history": self.history,
            "best": self.best,
            "param_groups": optimiser.state_dict()["param_groups"],
            "step": schedule.last_epoch,
            "origins": self.origins.tolist(),
        }
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        metadata = {"fingerprint": self.fingerprint, "state": json.dumps(state)}
        metadata["digest"] = digest_of(metadata["state"], tensors)
        write_safetensors(self.checkpoint, save(tensors, metadata))

    def _restore(self, model, optimiser, schedule):
        """Put everything back to where a checkpoint was written."""
        (state, tensors), self.resumed = self.resumed, None
        model.load_state_dict(under(tensors, "model."))
        per_parameter = {}
        for key, tensor in under(tensors, "optimiser.").items():
            number, name = key.split(".")
            per_parameter.setdefault(int(number), {})[name] = tensor
        optimiser.load_state_dict({"state": per_parameter, "param_groups": state["param_groups"]})
        schedule.last_epoch = state["step"]
        schedule._last_lr = [group["lr"] for group in optimiser.param_groups]
        self.generator.set_state(tensors["generator"])
        torch.set_rng_state(tensors["cpu_generator"])
        if "cuda_generator" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["cuda_generator"])
        self.history, self.best, self.best_weights = state["history"], state["best"], under(tensors, "best.")
        self.origins = np.array(state["origins"], dtype=int)

    def _chosen(self, several, wanted):
        """One CAM of units from all those trained side by side, as many as another CAM has."""
        several, non_negative = several.eval().together, wanted.non_negative
        rows = torch.randperm(len(self.labels), generator=self.generator)[:_CHOSEN_BY].to(self.device)

        def both_ways(codes):
            values = several.pre_activations(codes)
            return torch.cat([values, -values], 1).relu() if non_negative else values.relu()

        codes, labels = self.shown[rows].cpu().numpy(), self.labels[rows].cpu()
        outputs = predict(both_ways, codes, self.device, self.settings.strands)
        outputs = np.where(np.isfinite(outputs).all(0), outputs, 0)  # a unit that has diverged is silent
        values, wished, loss = labels, labels, self.loss
        weights = None if self.weights is None else self.weights[rows].cpu()
        if self.settings.loss == "pearson":
            # Regions count alike, however much they vary. The weights, to which correlation gives no scale, get that of
            # the values by least squares; without a scale they shrink away, and steps of tuning are too long for them.
            values, loss = labels - labels.mean(1, keepdim=True), mean_squared_error
            wished = F.normalize(values, dim=1)
        turned_around = np.roll(np.arange(outputs.shape[1]), several.units) if non_negative else None
        chosen = choose_units(outputs, wished.numpy(), wanted.units, non_negative, turned_around)
        units = [unit % several.units for unit in chosen]
        model, self.origins = several.subset(units), self.origins[units]
        model.turn([place for place, unit in enumerate(chosen) if unit >= several.units])
        weight, bias = fit_final(
            torch.from_numpy(outputs[:, chosen]), values, partial(loss, weights=weights), non_negative
        )
        with torch.no_grad():
            model.final.weight.copy_(weight)
            model.final.bias.copy_(bias)
        logger.info("chose %d of %d units", wanted.units, several.units)
        return model


def _tensor(array):
    return None if array is None else torch.from_numpy(array)


def _array(tensor):
    return tensor.detach().cpu().numpy()


def deal(n_known, units, starts):
    """Which known filter each unit begins as, where several CAMs are trained side by side.

    They are dealt out in turn, so that each CAM begins with motifs of large families.

    Parameters
    ----------
    n_known, units, starts : int
        Known filters, units of a CAM, CAMs.

    Returns
    -------
    numpy.ndarray of int, shape (starts, units)
        The number of the filter; −1 where a unit begins at random.
    """
    dealt = np.arange(units) * starts + np.arange(starts)[:, None]
    return np.where(dealt < n_known, dealt, -1)


def fingerprint_of(model, dataset, settings, seed, *begins):
    """A hash of all that decides a training, so that a checkpoint of another one is not taken up."""
    digest = hashlib.sha256()
    digest.update(json.dumps([str(model), asdict(settings), seed, list(dataset.targets)]).encode())
    arrays = (dataset.sequences, dataset.labels, dataset.split, dataset.weights, *begins)
    for array in (array for array in arrays if array is not None):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def load_checkpoint(path, fingerprint):
    """State and tensors of a checkpoint, or None if there is none that belongs to this training."""
    try:
        with safe_open(str(path), framework="pt") as stored:
            metadata = stored.metadata() or {}
            if metadata.get("fingerprint") != fingerprint:
                logger.info("%s belongs to another configuration or other data; training starts anew", path)
                return None
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        if metadata["digest"] != digest_of(metadata["state"], tensors):
            raise ValueError("it is not as it was written")
        return json.loads(metadata["state"]), tensors
    except FileNotFoundError:
        return None
    except Exception as error:  # of any kind, since a damaged file can hold any bytes
        logger.info("%s cannot be read (%s); training starts anew", path, error)
        return None


def digest_of(state, tensors):
    """A hash of all that is in a checkpoint, so that a damaged one is not taken up."""
    digest = hashlib.sha256(state.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def under(tensors, prefix):
    """The tensors whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
