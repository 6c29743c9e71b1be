"""A training that is broken off."""

from contextlib import contextmanager

import pytest
from cam.training.loop import _Training


@contextmanager
def broken_off(monkeypatch, after):
    """Break off what is trained inside once so many checkpoints are written, as Ctrl-C does."""
    write, written = _Training._save_checkpoint, []

    def break_off(self, *arguments):
        write(self, *arguments)
        written.append(1)
        if len(written) == after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(_Training, "_save_checkpoint", break_off)
        yield
