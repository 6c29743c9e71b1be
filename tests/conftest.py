"""What tests share: the devices to run on, and the real data that is never part of the repository."""

import os
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[1]
SLOW = ROOT / "tests" / "slow"  # its folders are the kinds of slow tests: truth and machine
# In one process, for one small run.
TOGETHER = {"test_browser", "test_faults", "test_provenance", "test_slurm", "test_workflow"}
LONGEST = {*TOGETHER, "test_demo", "test_immune"}


@pytest.fixture(autouse=True)
def one_thread():
    """One CPU thread for small models, test by test, since other libraries change OpenMP's number for the process."""
    torch.set_num_threads(1)


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request):
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA GPU here")
    return request.param


@pytest.fixture(scope="session")
def shared_data():
    """The folder with real data: CAM_SHARED_DATA, or ../shared/data beside the repository."""
    folder = Path(os.environ.get("CAM_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data: no folder {folder} (set CAM_SHARED_DATA)")
    return folder


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their markers
def pytest_collection_modifyitems(items):
    """Slow are whole runs and what a folder says is so; the longest first, so that at the end no process waits."""
    for item in items:
        if item.path.is_relative_to(SLOW):
            item.add_marker(item.path.relative_to(SLOW).parts[0])
        if "small" in item.fixturenames or item.get_closest_marker("truth") or item.get_closest_marker("machine"):
            item.add_marker("slow")
    items.sort(key=lambda item: item.path.stem not in LONGEST)


def pytest_make_parametrize_id(val):
    """Bytes are named by their length: what gzip writes holds the time, so that two processes would differ in names."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With several processes, the tests of a file run in one, and so do those of some files."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "together" if Path(file).stem in TOGETHER else file

    return Together(config, log)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The folder of a finished small run; there is a space in its own path and in that of its results."""
    from running import SMALL, succeed  # which imports this module

    folder = tmp_path_factory.mktemp("workflow") / "small run"
    succeed(folder, config=SMALL)
    return folder
