import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

pytest.importorskip("numba")

SOURCE = ROOT / "workflow_scripts"
LIBRARY = """
import numba

@numba.njit(cache=True)
def twice(x):
    return 2 * x
"""
# As the library does it, with a module that compiles in a second instead of memelite.
CALL = """
import sys
import numba
sys.path[:0] = sys.argv[1:]
from cam.motifs.compiled import ContentLocator
numba.config.CACHE_LOCATOR_CLASSES = "cam.motifs.compiled.ContentLocator"
from tiny import twice
assert twice(21) == 42
print(sum(twice.stats.cache_hits.values()), twice.stats.cache_path)
"""
IMPORT = """
import sys
sys.path[:0] = sys.argv[1:]
from cam.motifs.compiled import import_tomtom
import_tomtom()
from memelite.tomtom import _tomtom
print(_tomtom._cache.cache_path)
"""


def start(script, cache, *folders, **variables):
    """A Python process that finds modules in the folders and has this cache folder."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), **variables}
    words = [sys.executable, "-W", "error", "-c", script, *map(str, folders), SOURCE]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def said(process):
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return out.split(maxsplit=1), errors


@pytest.fixture
def environments(tmp_path):
    """Two environments with the same package in them."""
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        (folder / "tiny").mkdir(parents=True)
        (folder / "tiny" / "__init__.py").write_text(LIBRARY)
    return folders


def test_what_was_compiled_in_one_environment_is_found_from_another(tmp_path, environments):
    one, other = environments
    cache = tmp_path / "cache"
    (hits, path), _ = said(start(CALL, cache, one))
    assert hits == "0" and path.startswith(f"{cache}/numba/tiny_")
    (hits, again), _ = said(start(CALL, cache, other))
    assert hits == "1" and again == path
    (other / "tiny" / "__init__.py").write_text(LIBRARY.replace("2 * x", "x + x"))
    (hits, third), _ = said(start(CALL, cache, other))
    assert hits == "0" and third != path


@pytest.mark.machine
def test_processes_that_compile_at_once_do_not_disturb_each_other(tmp_path, environments):
    processes = [start(CALL, tmp_path / "cache", environments[number % 2]) for number in range(4)]
    for process in processes:
        said(process)
    (hits, _), _ = said(start(CALL, tmp_path / "cache", environments[0]))
    assert hits == "1"
    assert not list((tmp_path / "cache").rglob("*.tmp.*"))


@pytest.mark.machine
def test_where_compiled_code_is_kept(tmp_path):
    pytest.importorskip("memelite")
    (path,), errors = said(start(IMPORT, tmp_path / "cache", NUMBA_CACHE_DIR=""))
    assert path.startswith(f"{tmp_path}/cache/numba/memelite_") and not errors
    (path,), _ = said(start(IMPORT, tmp_path / "cache", NUMBA_CACHE_DIR=str(tmp_path / "chosen")))
    assert path.startswith(f"{tmp_path}/chosen/memelite_")


@pytest.mark.machine
def test_without_a_folder_to_keep_it_in(tmp_path):
    """Neither the user's cache folder nor that of the package can be written to: files are in their places."""
    memelite = pytest.importorskip("memelite")
    (tmp_path / "memelite").mkdir()
    for path in Path(memelite.__file__).parent.glob("*.py"):
        (tmp_path / "memelite" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "memelite" / "__pycache__").write_text("")
    (tmp_path / "cache").write_text("")
    (path,), errors = said(start(IMPORT, tmp_path / "cache", tmp_path, NUMBA_CACHE_DIR="", TMPDIR=str(tmp_path)))
    assert path.startswith(f"{tmp_path}/numba")
    assert "tomtom: no folder to keep compiled code in can be written to; set NUMBA_CACHE_DIR to one" in errors
    assert not Path(path).exists()
