"""The authors' `explainn` package, used as its README shows, for the scripts that measure ours beside it.

Regions are one-hot float tensors made beforehand and come through a DataLoader, 128 to a batch; the loss is
BCEWithLogitsLoss, the optimiser Adam, and final weights are trimmed to be non-negative. The learning rate, 0.003, and
the end, when 10 epochs bring nothing better, are those of the training script in the package's repository.
"""

import copy
import time
from tempfile import TemporaryDirectory

import torch
from cam.models.functional import one_hot
from cam.models.predict import reverse_complement
from explainn import networks, train
from torch.utils.data import DataLoader, TensorDataset

BATCH_SIZE = 128
LEARNING_RATE = 0.003  # scripts/train.py; 0.001 in the README's example
EPOCHS = 50
PATIENCE = 10
FILTER_LENGTH = 19


def tensors(dataset, part):
    """Codes and labels of a part of a dataset, as tensors."""
    return [torch.from_numpy(each) for each in dataset.part(part)]


def loader(codes, labels, shuffle=False):
    """A DataLoader of regions and their labels, both tensors."""
    return DataLoader(TensorDataset(one_hot(codes).contiguous(), labels), BATCH_SIZE, shuffle)


def make(units, length, n_targets, device):
    """An untrained ExplaiNN and its optimiser."""
    model = networks.ExplaiNN(units, length, n_targets, FILTER_LENGTH).to(device)
    return model, torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)


def epoch(model, optimiser, train_loader, validation_loader, device, criterion=None):
    """One epoch of the package's own training function; the validation loss after it."""
    criterion = criterion or torch.nn.BCEWithLogitsLoss()
    with TemporaryDirectory() as folder:
        _, _, losses = train.train_explainn(
            train_loader, validation_loader, model, device, criterion, optimiser,
            num_epochs=1, weights_folder=folder, name_ind="", verbose=False, trim_weights=True,
        )  # fmt: skip
    return losses[0]


def fit(dataset, units, seed, device, complements=False):
    """Train an ExplaiNN and give it the weights of its best epoch.

    The package's function is called an epoch at a time. Called for all epochs at once it never stops early, and after
    every epoch it goes back to the best weights so far, which its later versions do only if told to.

    Parameters
    ----------
    dataset : cam.data.dataset.Dataset
        Without missing labels, which the package does not know.
    units, seed : int
    device : torch.device
    complements : bool
        Whether every training region is there twice, once as its reverse complement (the script's --rev-complement).

    Returns
    -------
    model : explainn.networks.ExplaiNN
        In evaluation mode.
    history : list of (float, float)
        After each epoch, the seconds since the beginning and the validation loss of the given strand.
    """
    torch.manual_seed(seed)
    codes, labels = tensors(dataset, "train")
    if complements:
        codes, labels = torch.cat([codes, reverse_complement(codes)]), torch.cat([labels, labels])
    train_loader, validation_loader = loader(codes, labels, shuffle=True), loader(*tensors(dataset, "validation"))
    began = time.perf_counter()
    model, optimiser = make(units, codes.shape[1], labels.shape[1], device)
    history, best = [], 0
    while len(history) < EPOCHS and len(history) - best < PATIENCE:
        loss = epoch(model, optimiser, train_loader, validation_loader, device)
        if all(loss < earlier for _, earlier in history):
            best, best_weights = len(history) + 1, copy.deepcopy(model.state_dict())
        history.append((time.perf_counter() - began, loss))
    model.load_state_dict(best_weights)
    return model.eval(), history


def logits(model):
    """The model as a function of base codes, for :func:`cam.models.predict.predict`."""
    return lambda codes: model(one_hot(codes))
