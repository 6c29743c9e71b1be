"""The earlier name of :mod:`cam.bases` and :mod:`cam.data.sequences`, for one version."""

from .bases import *  # noqa: F403
from .data.sequences import *  # noqa: F403
