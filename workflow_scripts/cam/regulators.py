"""The earlier name of :mod:`cam.interpretation.regulators`, for one version."""

from .interpretation.regulators import *  # noqa: F403
