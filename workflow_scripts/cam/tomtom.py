"""The earlier name of :mod:`cam.motifs.tomtom`, for one version."""

from .motifs.tomtom import *  # noqa: F403
