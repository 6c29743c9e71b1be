"""The earlier name of :mod:`cam.models.explainn`, for one version."""

from .models.explainn import *  # noqa: F403
