"""The environments: each gives its rules what they reach and nothing else, and what is missing is one sentence."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
import yaml
from cam.setup.environments import missing_packages, read_environment
from conftest import ROOT
from packaging.requirements import Requirement
from reached import SCRIPTS, reached
from running import command, environment, write_own_files

ENVIRONMENTS = sorted(path.stem for path in (ROOT / "envs").iterdir())
EXPERIMENTS = sorted((ROOT / "experiments").iterdir())
# Of those which read the published matrix: its FASTA files need not be here if they are on the web.
ELSEWHERE = {"source": {"kind": "published_matrix", "directory": "https://example.org/matrix"}}


def _name(distribution):
    """The name of a distribution as package indices write it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


PINNED = dict(
    line.split("==") for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")
)
PINNED = {_name(name): version for name, version in PINNED.items()}

# --- What the rules reach -----------------------------------------------------------------------------------------

LIST_RULES = """
import json, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

listed = []
for files, values in json.loads(sys.argv[2]):
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        settings = ConfigSettings(config=values, configfiles=[Path(file) for file in files])
        loaded = api.workflow(ResourceSettings(), config_settings=settings, snakefile=Path(sys.argv[1]))
        listed += [(rule.name, rule.conda_env, rule.script, rule.shellcmd) for rule in loaded._workflow.rules]
print(json.dumps(listed))
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """Every rule of the workflow, of whatever experiment: (name, environment file, script, shell command)."""
    variants, folder = [([], {})], tmp_path_factory.mktemp("rules")
    for path in EXPERIMENTS:
        published = yaml.safe_load(path.read_text())["source"]["kind"] == "published_matrix"
        variants.append(([str(path)], ELSEWHERE if published else {}))
        source = yaml.safe_load(path.read_text())["source"]
        write_own_files(source | ({"directory": "resources/downloads/example.org/matrix"} if published else {}), folder)
    for name in ("signal.h5ad", "genome.fa"):
        (folder / name).touch()
    variants.append(([], {"source": {"kind": "signal", "h5ad": "signal.h5ad", "genome": "genome.fa"}}))
    (folder / "motifs.meme").write_text("MEME version 4\n")  # rules that are there only for a database of one's own
    variants.append(([], {"tomtom": {"database": "motifs.meme"}, "training": {"initial_motifs": "all"}}))
    call = [sys.executable, "-c", LIST_RULES, ROOT / "Snakefile", json.dumps(variants)]
    done = subprocess.run(call, env=environment(), cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {tuple(rule) for rule in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def scripts(rules):
    """Environment → the scripts of its rules."""
    return {
        stem: {Path(script).stem for _, file, script, _ in rules if script and file == f"../envs/{stem}.yaml"}
        for stem in ENVIRONMENTS
    }


def test_every_rule_and_script_is_looked_at_and_has_an_environment(rules, scripts):
    text = "".join(path.read_text() for path in [ROOT / "Snakefile", *(ROOT / "rules").iterdir()])
    assert {name for name, *_ in rules} == set(
        re.findall(r"^ *(?:rule|checkpoint|use rule \w+ as) (\w+)", text, re.MULTILINE)
    )
    assert set().union(*scripts.values()) == {path.stem for path in SCRIPTS.glob("*.py")}
    assert {name for name, file, *_ in rules if not file} == {"all", "sweep", "usable"}
    assert {Path(file).stem for _, file, *_ in rules if file} == set(ENVIRONMENTS)


def test_what_shell_commands_run_is_on_every_system(rules):
    commands = [shell for *_, shell in rules if shell]
    assert len(commands) == 1
    assert all(word == "cat" for shell in commands for word in re.findall(r"(?:^|[|;&]\s*)(\w+)", shell))


@pytest.mark.parametrize("stem", ENVIRONMENTS)
def test_an_environment_lists_what_its_scripts_reach_and_nothing_else(stem, scripts):
    listed = read_environment(ROOT / "envs" / f"{stem}.yaml")
    distributions = packages_distributions()
    users = {}  # what is needed → the scripts that need it
    for script in scripts[stem]:
        packages, programs = reached(script)
        for name in programs | {_name(owner) for package in packages for owner in distributions[package]}:
            users.setdefault(name, []).append(script)
    given = {**listed.packages, **listed.programs}
    assert {name: users[name] for name in users if name not in given} == {}, "not listed"
    assert sorted(set(given) - set(users)) == [], "listed, but no script reaches it"


@pytest.mark.parametrize("stem", ENVIRONMENTS)
def test_an_environment_is_pinned_like_the_requirements(stem):
    path = ROOT / "envs" / f"{stem}.yaml"
    listed = read_environment(path)
    assert listed.channels == ["conda-forge", "bioconda", "nodefaults"]
    assert listed.python == "3.11"
    assert listed.packages == {name: PINNED.get(name) for name in listed.packages}
    programs = {"bedtools": "2.31.1", "tomtom": "5.5.9"}
    assert listed.programs == {name: programs[name] for name in listed.programs}
    for part in yaml.safe_load(path.read_text())["dependencies"]:
        lines = part["pip"] if isinstance(part, dict) else [part]
        assert lines == sorted(lines)


def test_the_requirements_are_all_that_is_needed_and_torch_is_exact():
    """By pip there is one environment for everything: all of the environments, Snakemake, and what they require."""
    assert PINNED["torch"] == "2.13.0"
    listed = set().union(*(read_environment(ROOT / "envs" / f"{stem}.yaml").packages for stem in ENVIRONMENTS))
    stated = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    assert stated == listed | {"jsonschema"}  # it checks the configuration, in Snakemake's own Python
    needed = _closure({*listed, "snakemake", "snakemake-executor-plugin-slurm"})
    assert needed - {"setuptools"} <= set(PINNED)


def _closure(names):
    """Distributions and all that they require, of what is installed here."""
    found, waiting = set(), {_name(name) for name in names}
    while waiting:
        name = waiting.pop()
        found.add(name)
        for line in requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting |= {_name(requirement.name)} - found
    return found


IMPORT_ALL = """
import json, sys

refused, statements, packages = json.load(sys.stdin)


class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"No module named '{name}' in this environment", name=name)


sys.meta_path.insert(0, Refusal())
for statement in statements:
    exec(statement)
for package in packages:
    __import__(package)
"""


@pytest.mark.machine
@pytest.mark.parametrize("stem", ENVIRONMENTS)
def test_scripts_can_be_imported_where_there_is_only_their_environment(stem, scripts):
    """Every other package is refused: what is in the environment, and what that requires, is enough."""
    owned = _closure(read_environment(ROOT / "envs" / f"{stem}.yaml").packages) | {"cam-pipeline"}
    refused = [package for package, owners in packages_distributions().items() if not owned & set(map(_name, owners))]
    statements, packages = set(), set()
    for script in scripts[stem]:
        tree = ast.parse((SCRIPTS / f"{script}.py").read_text())
        statements |= {ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)}
        packages |= reached(script)[0]
    call = [sys.executable, "-c", IMPORT_ALL]
    done = subprocess.run(
        call, input=json.dumps([refused, sorted(statements), sorted(packages)]), capture_output=True, text=True,
        env=environment() | {"PYTHONPATH": str(SCRIPTS)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# --- Containers ---------------------------------------------------------------------------------------------------

# All that Snakemake asks conda for before it makes an environment: where it is, for which platform, and how it is set.
CONDA = """#!/bin/sh
case "$*" in
  "info --json") echo '{"conda_prefix": "/opt/conda", "platform": "linux-64"}' ;;
  "--version") echo "conda 26.1.0" ;;
  "config --get channel_priority --json") echo '{"get": {"channel_priority": "strict"}}' ;;
  *) exit 1 ;;
esac
"""


@pytest.mark.machine
@pytest.mark.parametrize("experiment", [None, "immune_demo.yaml"])
def test_containerize_prints_a_dockerfile_with_every_environment(tmp_path, experiment):
    (tmp_path / "conda").write_text(CONDA)
    (tmp_path / "conda").chmod(0o755)
    files = ["--configfile", ROOT / "experiments" / experiment] if experiment else []
    call = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--containerize", *files]
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(call, env=environment() | {"PATH": path}, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("FROM ")
    copied = {source: target for word, source, target in (line.split() for line in lines if line.startswith("COPY"))}
    assert {os.path.abspath(tmp_path / source) for source in copied} == {
        str(ROOT / "envs" / f"{stem}.yaml") for stem in ENVIRONMENTS
    }
    for target in copied.values():
        assert f"conda env create --prefix {os.path.dirname(target)} --file {target}" in done.stdout
    for stem in ENVIRONMENTS:
        for line in (ROOT / "envs" / f"{stem}.yaml").read_text().splitlines():
            assert f"#   {line}" in lines


@pytest.mark.machine
def test_the_image_has_all_that_the_workflow_reads(tmp_path):
    """What .dockerignore lets through is enough to run a job and to plan the others; the pins are the same file."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    ignored = shutil.ignore_patterns(*(Path(line).name for line in lines[2:] if not line.startswith("!")))
    for name in (line[1:] for line in lines if line.startswith("!")):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    instructions = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^COPY (.*)$", instructions, re.MULTILINE) == ["requirements.txt .", ". ."]
    assert "pip install --no-cache-dir -r requirements.txt\n" in instructions
    (tmp_path / "work").mkdir()
    entry = json.loads(re.search("^ENTRYPOINT (.*)$", instructions, re.MULTILINE)[1])
    program, *arguments = [word.replace("/opt/cam", str(tmp_path)) for word in entry]
    immune = ["--configfile", tmp_path / "experiments" / "immune_demo.yaml", "--dry-run"]
    for wanted in ["resources/downloads/jaspar/JASPAR2020.meme"], immune:
        call = [sys.executable, "-m", program, *arguments, "--cores", "1", *wanted]
        done = subprocess.run(call, env=environment(), cwd=tmp_path / "work", capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "profiles/default" in done.stderr
    assert (tmp_path / "work" / "resources" / "downloads" / "jaspar" / "JASPAR2020.meme").is_file()


# --- What is missing is one sentence ------------------------------------------------------------------------------


def _refused(folder, *call, **variables):
    """Run Snakemake where something is missing: what it prints. There is no traceback, and no job has run."""
    done = subprocess.run(call, env=environment() | variables, cwd=folder, capture_output=True, text=True)
    printed = done.stdout + done.stderr
    assert done.returncode == 1, printed[-5000:]
    assert "Traceback" not in printed
    assert not list(folder.rglob("logs"))
    return printed


@pytest.fixture
def programs(tmp_path_factory):
    """A folder with the programs of this system, to leave some out of the PATH."""
    folder = tmp_path_factory.mktemp("programs")
    for directory in ("/bin", "/usr/bin"):
        for path in Path(directory).iterdir():
            if not (folder / path.name).is_symlink():
                (folder / path.name).symlink_to(path)
    return folder


def _without(programs, name):
    (programs / name).unlink(missing_ok=True)
    return str(programs)


def test_use_conda_without_conda_is_one_sentence(tmp_path, programs):
    printed = _refused(tmp_path, *command(tmp_path, "--use-conda"), PATH=_without(programs, "conda"))
    assert "--use-conda: found no conda on the PATH, expected one" in printed


def test_a_snakemake_that_is_too_old_is_one_sentence(tmp_path):
    """Only the version is feigned; 7.32.4, 8.0.1 and 8.30.0 themselves, tried by hand, say the same."""
    run = "import sys, snakemake.common; snakemake.common.__version__ = '8.30.0'; import snakemake.cli as c; c.main()"
    printed = _refused(tmp_path, sys.executable, "-c", run, *command(tmp_path)[3:])
    assert "Expecting Snakemake version 9.0 or higher (you are currently using 8.30.0)." in printed


@pytest.mark.machine
def test_a_missing_python_package_is_one_sentence_before_the_first_job(tmp_path):
    """A Python that has all the packages but PyTorch."""
    (tmp_path / "site").mkdir()
    for path in Path(sys.prefix).glob("lib/python*/site-packages/*"):
        if not path.name.startswith(("torch", "functorch")):
            (tmp_path / "site" / path.name).symlink_to(path)
    run = [sys.executable, "-S", *command(tmp_path / "run")[1:]]
    (tmp_path / "run").mkdir()
    printed = _refused(tmp_path / "run", *run, PYTHONPATH=str(tmp_path / "site"))
    assert re.search(r"envs/torch.yaml, which \w+ needs: found no torch in .*, expected these Python packages", printed)


@pytest.mark.machine
def test_missing_bedtools_is_one_sentence(tmp_path, programs):
    """bedtools is looked for by the rule that runs it; what was made before it stays."""
    config = {
        "outdir": "results",
        "targets": ["CTCF"],
        "simulation": {"chromosomes": 3, "chromosome_length": 50_000, "open_regions": 100},
        "split": {"validation": ["chr2"], "test": ["chr3"]},
    }
    call = command(tmp_path, config=config, targets=["results/regions/evidence.tsv"])
    variables = environment() | {"PATH": _without(programs, "bedtools")}
    done = subprocess.run(call, env=variables, capture_output=True, text=True)
    printed = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Traceback" not in printed
    assert "Error: bedtools: not found on PATH; install it (apt install bedtools, brew install bedtools, or" in printed
    assert list((tmp_path / "results" / "regions").glob("*")) == []


def test_the_meme_suite_makes_memelite_superfluous(tmp_path, monkeypatch):
    """Either runs Tomtom: with the MEME Suite's, memelite and what compiles it are not missed."""
    path = ROOT / "envs" / "motifs.yaml"
    monkeypatch.setattr("cam.setup.environments._installed", lambda name: name not in ("memelite", "pyjaspar"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_packages(path) == ["pyjaspar", "memelite"]
    (tmp_path / "tomtom").write_text("#!/bin/sh\n")
    (tmp_path / "tomtom").chmod(0o755)
    assert missing_packages(path) == ["pyjaspar"]
