"""What imports what: packages in one order, no circle, and a wall around what the Snakefile itself imports."""

import ast
import graphlib
import subprocess
import sys
import tomllib

import pytest
from conftest import ROOT

LIBRARY = ROOT / "workflow_scripts" / "cam"
ORDER = [
    "errors", "units", "bases", "io", "setup", "logs", "sources", "data", "models", "training", "evaluation", "motifs",
    "interpretation", "apply", "design", "demo", "plots", "report", "provenance",
    "sequences", "tomtom", "explainn", "regulators",  # earlier names, for one version
    "commands", "__main__",
]  # fmt: skip
LONGEST_SCRIPT = 40  # lines


def imports():
    """Module → the modules of the library that it imports, anywhere in it."""
    found = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        module = path.relative_to(LIBRARY).with_suffix("").parts
        name = ".".join(module)
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = list(module[: len(module) - node.level]) + (node.module.split(".") if node.module else [])
                found[name] |= {".".join(base)} if node.module else {".".join([*base, a.name]) for a in node.names}
    return found


@pytest.fixture(scope="module")
def graph():
    found = imports()
    assert len(found) > 70
    return found


def test_packages_import_only_from_those_before_them(graph):
    upward = [
        (module, other)
        for module, others in graph.items()
        for other in others - {"__version__"}
        if module != "__init__" and ORDER.index(other.split(".")[0]) > ORDER.index(module.split(".")[0])
    ]
    assert upward == []
    assert any(others for others in graph.values())


def test_every_package_is_installed():
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    packages = [path.parent.relative_to(LIBRARY.parent).parts for path in LIBRARY.rglob("__init__.py")]
    assert stated == sorted(".".join(parts) for parts in packages)


def test_there_is_no_circle(graph):
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) >= len(graph)


def test_a_circle_would_be_found(graph):
    with pytest.raises(graphlib.CycleError):
        list(graphlib.TopologicalSorter(graph | {"errors": {"report"}}).static_order())


@pytest.mark.parametrize("room", ["io", "setup"])
def test_what_the_snakefile_imports_needs_nothing_but_snakemakes_python(room):
    """Whatever else is imported fails: in that Python there may be no NumPy."""
    modules = [f"cam.{room}.{path.stem}" for path in sorted((LIBRARY / room).glob("[a-z]*.py"))]
    allowed = {"yaml", "jsonschema"} if room == "setup" else set()
    program = (
        "import importlib, sys\n"
        "class Wall:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] not in {allowed | {'cam'}!r} | sys.stdlib_module_names and path is None:\n"
        "            raise ImportError(f'the wall: {name}')\n"
        f"{''.join(f'import {name}{chr(10)}' for name in sorted(allowed))}"
        "sys.meta_path.insert(0, Wall())\n"
        f"for module in {modules!r}: importlib.import_module(module)\n"
        "try:\n    import numpy\nexcept ImportError: print('held')\n"
    )
    call = [sys.executable, "-c", program]
    done = subprocess.run(call, env={"PYTHONPATH": str(LIBRARY.parent)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr[-500:]) == (0, "held\n", "")
    assert len(modules) > 3


def test_scripts_are_short():
    lengths = {path.name: len(path.read_text().splitlines()) for path in LIBRARY.parent.glob("*.py")}
    assert len(lengths) > 50
    assert {name: length for name, length in lengths.items() if length > LONGEST_SCRIPT} == {}


def test_earlier_names_are_there_for_one_version():
    program = (
        "from cam.motifs import Motif, count_hits, read_meme, read_motifs, write_meme\n"
        "from cam.sequences import encode, gc_content\n"
        "from cam.tomtom import compare\n"
        "from cam.explainn import read_explainn, write_explainn\n"
        "from cam.models import CAM, load_model\n"
        "from cam.regulators import matrices_of\n"
        "print(read_meme is read_motifs)"
    )
    call = [sys.executable, "-c", program]
    done = subprocess.run(call, env={"PYTHONPATH": str(LIBRARY.parent)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
