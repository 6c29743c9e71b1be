"""What tests share: the devices to run on, and the real data that is never part of the repository."""

import os
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[1]
OF_THE_SMALL_RUN = {"test_browser", "test_faults", "test_provenance", "test_slurm", "test_workflow"}


@pytest.fixture(autouse=True)
def one_thread():
    """One CPU thread for small models, test by test, since other libraries change OpenMP's number for the process."""
    torch.set_num_threads(1)


@pytest.fixture(params=["cpu", "cuda"])
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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Tests of a file run in one process, and those of all files that look at the small run, which is made but once."""
    from xdist.scheduler import LoadFileScheduling

    class BySmallRun(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "the small run" if Path(file).stem in OF_THE_SMALL_RUN else file

    return BySmallRun(config, log)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The folder of a finished small run; there is a space in its own path and in that of its results."""
    from running import SMALL, succeed  # which imports this module

    folder = tmp_path_factory.mktemp("workflow") / "small run"
    succeed(folder, config=SMALL)
    return folder
