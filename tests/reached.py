"""What a script needs: the Python packages and the programs that can be reached from it, function by function.

Importing a module runs what stands outside its functions and classes. Their bodies count only where something that is
reached names them, so an import inside a function is needed by those alone who can call it.
"""

import ast
import sys
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "workflow_scripts"
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def reached(script):
    """The top-level names of the packages, and the programs, that a script can reach.

    Parameters
    ----------
    script : str
        Of ``workflow_scripts``, without its ending.

    Returns
    -------
    packages, programs : set of str
        Packages of the standard library and the pipeline's own are left out.
    """
    packages, programs = set(), set()
    waiting, seen = [(script, None), *((script, name) for name in _definitions(script))], set()
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        module, name = place
        if name is None:
            waiting += [(parent, None) for parent in _parents(module)]
            body = [node for node in _tree(module).body if not isinstance(node, DEFINITIONS)]
        else:
            body = [_definitions(module)[name]]
        for node in (node for statement in body for node in ast.walk(statement)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                found = _imported(module, node)
                packages |= {origin.split(".")[0] for origin, _ in found if not _path(origin)}
                waiting += [(origin, None) for origin, _ in found if _path(origin)]
            elif isinstance(node, ast.Call):
                programs |= _called(node)
            waiting += _named(module, node)
    return packages - set(sys.stdlib_module_names), programs


def _path(module):
    """The file of a module of the pipeline; None for any other."""
    path = SCRIPTS.joinpath(*module.split("."))
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


def _parents(module):
    """The packages that are imported on the way to a module."""
    steps = module.split(".")
    return [".".join(steps[:n]) for n in range(1, len(steps))]


@cache
def _tree(module):
    return ast.parse(_path(module).read_text())


@cache
def _definitions(module):
    return {node.name: node for node in _tree(module).body if isinstance(node, DEFINITIONS)}


def _imported(module, node):
    """Where the names of an import statement come from: (module, local name) pairs, submodules as modules."""
    if isinstance(node, ast.Import):
        return [(alias.name, alias.asname or alias.name.split(".")[0]) for alias in node.names]
    origin = node.module or ""
    if node.level:
        package = module if _path(module).name == "__init__.py" else module.rpartition(".")[0]
        base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
        origin = f"{base}.{origin}".rstrip(".")
    names = [(f"{origin}.{alias.name}", alias.asname or alias.name) for alias in node.names]
    return [(full if _path(full) else origin, local) for full, local in names]


@cache
def _origins(module):
    """Local name → (module, name there or None for all of it), for what is imported of the pipeline."""
    origins = {}
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for (origin, local), alias in zip(_imported(module, node), node.names, strict=True):
                if _path(origin):
                    whole = isinstance(node, ast.Import) or origin.endswith(f".{alias.name}")
                    origins[local] = (origin, None if whole else alias.name)
    return origins


def _named(module, node):
    """What a name, or an attribute of a module, stands for: places to go on from."""
    if isinstance(node, ast.Name):
        if node.id in _definitions(module):
            return [(module, node.id)]
        origin, name = _origins(module).get(node.id, (None, None))
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        origin, name = _origins(module).get(node.value.id, (None, None))
        name = node.attr if origin and name is None else None
    else:
        return []
    return _resolve(origin, name) if origin and name else []


def _resolve(module, name):
    """A name of a module where it is defined, also if the module has it from another; nothing for a plain value."""
    if name in _definitions(module):
        return [(module, name)]
    origin, there = _origins(module).get(name, (None, None))
    return _resolve(origin, there) if origin and there else []


def _called(call):
    """The program that a call looks for or runs: ``shutil.which("…")``, ``subprocess.run(["…", …])``."""
    function, first = ast.unparse(call.func), call.args[0] if call.args else None
    if isinstance(first, ast.List) and function.startswith("subprocess."):
        first = first.elts[0]
    elif function != "shutil.which":
        return set()
    return {first.value} if isinstance(first, ast.Constant) else {ast.unparse(first)}
