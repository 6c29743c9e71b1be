"""The baseline CNNs that a CAM is measured against."""

from torch import nn

from ..errors import InputError
from .cam import expect_length
from .functional import one_hot


class Basset(nn.Module):
    """The baseline CNN for binding: convolutions of 100 × 19, 200 × 7, 200 × 4 (after Kelley et al. 2016).

    Each convolution is followed by batch norm, ReLU and a max pool of 3; then come two fully connected layers of 1000
    with batch norm, ReLU and dropout, and the output.
    """

    def __init__(self, length, n_targets, dropout=0.3):
        super().__init__()
        self.length = length
        layers, channels = [], 4
        for filters, width in ((100, 19), (200, 7), (200, 4)):
            layers += [
                nn.Conv1d(channels, filters, width, padding=width // 2),
                nn.BatchNorm1d(filters),
                nn.ReLU(),
                nn.MaxPool1d(3),
            ]
            channels = filters
            length = (length + 2 * (width // 2) - width + 1) // 3
        _check_length(length, "three pools of 3")
        self.convolutions = nn.Sequential(*layers, nn.Flatten())
        layers, features = [], channels * length
        for _ in range(2):
            layers += [nn.Linear(features, 1000), nn.BatchNorm1d(1000), nn.ReLU(), nn.Dropout(dropout)]
            features = 1000
        self.head = nn.Sequential(*layers, nn.Linear(features, n_targets))

    def responses(self, codes):
        """The first filters' responses along the sequences: float32 ≥ 0, shape (n, 100, length)."""
        return self.convolutions[:3](one_hot(codes))

    def forward(self, codes):
        expect_length(codes, self.length)
        return self.head(self.convolutions(one_hot(codes)))


class AITAC(nn.Module):
    """The baseline CNN for accessibility: convolutions of 300 × 19, 200 × 11, 200 × 7 (Maslova et al. 2020).

    As its authors have it: each convolution is followed by ReLU, a max pool of 3, 4 and 4, and then batch norm; then
    come two fully connected layers of 1000 with ReLU and dropout, and the output.
    """

    def __init__(self, length, n_targets, dropout=0.03):
        super().__init__()
        self.length = length
        layers, channels = [], 4
        for filters, width, pool in ((300, 19, 3), (200, 11, 4), (200, 7, 4)):
            layers += [
                nn.Conv1d(channels, filters, width, padding=width // 2),
                nn.ReLU(),
                nn.MaxPool1d(pool, padding=1),
                nn.BatchNorm1d(filters),
            ]
            channels, length = filters, (length + 2 - pool) // pool + 1
        _check_length(length, "pools of 3, 4 and 4")
        self.convolutions = nn.Sequential(*layers, nn.Flatten())
        layers, features = [], channels * length
        for _ in range(2):
            layers += [nn.Linear(features, 1000), nn.ReLU(), nn.Dropout(dropout)]
            features = 1000
        self.head = nn.Sequential(*layers, nn.Linear(features, n_targets))

    def responses(self, codes):
        """The first filters' responses along the sequences: float32 ≥ 0, shape (n, 300, length)."""
        return self.convolutions[:2](one_hot(codes))

    def forward(self, codes):
        expect_length(codes, self.length)
        return self.head(self.convolutions(one_hot(codes)))


def _check_length(left, pools):
    if left < 1:
        raise InputError(
            f"regions.width: the sequences are too short for {pools}; raise it, or leave the model out (null)"
        )
