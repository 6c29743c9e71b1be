"""Every parser of the library on ugly files: a right answer, or one sentence that names the file.

The same answer is expected where a file means the same. ``CAM_FUZZ_EXAMPLES=1000`` tries so many mutations of every
valid file instead of a few, other ones each time, and says how many inputs were tried.
"""

import ast
import copy
import datetime
import gzip
import os
import random
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from cam.errors import InputError
from cam.io import files
from cam.setup import config
from cam.setup.addresses import place as place_of
from cam.units import unit_index
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parsers import ANY, PARSERS, REFUSED, SAME, SAME_OR_REFUSED, TRIED, attempt, watched

EXAMPLES = int(os.environ.get("CAM_FUZZ_EXAMPLES", 0))

# --- A corpus of ugly files --------------------------------------------------------------------------------------

LONG = 10**7  # bytes


def numbers(replacement):
    """Put something in the place of the numbers of the second line, which is a row even where there is a header."""

    def change(content):
        lines = content.split(b"\n")
        lines[1] = re.sub(rb"\d+", replacement, lines[1])
        return b"\n".join(lines)

    return change


TEXTS = {
    "crlf": (lambda text: text.replace(b"\n", b"\r\n"), SAME),
    "no last line feed": (lambda text: text.removesuffix(b"\n"), SAME),
    "byte order mark": (lambda text: b"\xef\xbb\xbf" + text, SAME),
    "lone cr": (lambda text: text.replace(b"\n", b"\r"), SAME_OR_REFUSED),
    "one lone cr": (lambda text: text.replace(b"\n", b"\r", 1), SAME_OR_REFUSED),
    "empty lines at the end": (lambda text: text + b"\n\r\n", SAME_OR_REFUSED),
    "blanks for tabs": (lambda text: text.replace(b"\t", b" "), SAME_OR_REFUSED),
    "two tabs for one": (lambda text: text.replace(b"\t", b"\t\t"), ANY),
    "blanks about tabs": (lambda text: text.replace(b"\t", b" \t "), ANY),
    "blanks at the ends": (lambda text: text.replace(b"\n", b" \n"), ANY),
    "header": (lambda text: b"#chrom\tstart\tend\n" + text, SAME_OR_REFUSED),
    "track line": (lambda text: b'track name="a b" description="c"\n' + text, SAME_OR_REFUSED),
    "browser line": (lambda text: b"browser position chr7:127471196-127495720\n" + text, SAME_OR_REFUSED),
    "comment": (lambda text: text.replace(b"\n", b"\n# comment\n", 1), ANY),
    "no first line": (lambda text: text.split(b"\n", 1)[1], ANY),
    "no second line": (lambda text: b"\n".join([text.split(b"\n", 2)[0], text.split(b"\n", 2)[2]]), ANY),
    "all twice": (lambda text: text * 2, ANY),
    "every line twice": (lambda text: b"".join(line * 2 for line in text.splitlines(True)), ANY),
    "negative numbers": (numbers(rb"-\g<0>"), ANY),
    "start after end": (numbers(b"7"), ANY),
    "numbers beyond 64 bits": (numbers(b"18446744073709551617"), ANY),
    "numbers at 64 bits": (numbers(b"9223372036854775807"), ANY),
    "numbers of 18 digits": (numbers(b"999999999999999999"), ANY),
    "numbers of 5000 digits": (numbers(b"9" * 5000), ANY),
    "infinite numbers": (numbers(b"1e999"), ANY),
    "numbers of another script": (numbers("٣".encode()), ANY),
    "superscripts": (numbers("²".encode()), ANY),
    "nan": (numbers(b"nan"), ANY),
    "lower case": (bytes.lower, ANY),
    "IUPAC": (lambda text: text.replace(b"ACG", b"RYKMSWBDHV"), ANY),
    "protein": (lambda text: text.replace(b"ACG", b"EFILPQZ*-"), ANY),
    "UTF-16": (lambda text: text.decode().encode("utf-16"), SAME_OR_REFUSED),
    "UTF-16, half a character": (lambda text: text.decode().encode("utf-16")[:-1], REFUSED),
    "UTF-16, big-endian, no mark": (lambda text: text.decode().encode("utf-16-be"), REFUSED),
    "UTF-16, little-endian, no mark": (lambda text: text.decode().encode("utf-16-le"), REFUSED),
    "Latin 1": (lambda text: text.replace(b"\t", b"\xe9\t").replace(b"\n", b"\xe9\n"), ANY),
    "NUL byte": (lambda text: text[:7] + b"\0" + text[7:], REFUSED),
    "NUL byte at the end": (lambda text: text + b"\0", REFUSED),
    "quotation mark": (lambda text: text.replace(b"\n", b'\n"', 1), ANY),
    "two quotation marks": (lambda text: text.replace(b"\n", b'\n"\t', 1) + b'"', ANY),
    "long line": (lambda text: text + b"A" * LONG, ANY),
    "long field": (lambda text: text.replace(b"\t", b"\t" + b"1" * LONG, 1), ANY),
    "long first line": (lambda text: text.replace(b"\n", b"C" * LONG + b"\n", 1), ANY),
    "long line of tabs": (lambda text: text + b"\t" * LONG, ANY),
    "long line of blanks": (lambda text: text + b" " * LONG + b"x", ANY),
    "long line of commas": (lambda text: text + b"1," * (LONG // 2), ANY),
}  # fmt: skip
BINARY = {
    "empty": (lambda _: b"", ANY),
    "line feed": (lambda _: b"\n", ANY),
    "white space": (lambda _: b" \t \r\n \x0b\x0c\n" * 5, ANY),
    "long line alone": (lambda _: b"A" * LONG, ANY),
    "zeros": (lambda _: bytes(LONG), ANY),
    "half": (lambda content: content[: len(content) // 2], ANY),
    "without the last byte": (lambda content: content[:-1], ANY),
    "something after it": (lambda content: content + b"more", ANY),
    "twice": (lambda content: content * 2, ANY),
    **{f"noise {n}": (lambda _, n=n: random.Random(n).randbytes(n), ANY) for n in (1, 9, 100, 1000, 10**5)},
    "noise after the first bytes": (lambda content: content[:16] + random.Random(0).randbytes(5000), ANY),
}
# Of packed files; what is changed are their bytes on disk.
GZIPPED = {
    "padded": (lambda packed: packed + bytes(100), SAME),
    "something after it": (lambda packed: packed + b"more", REFUSED),
    "truncated in the header": (lambda packed: packed[:5], REFUSED),
    "truncated": (lambda packed: packed[: len(packed) // 2], REFUSED),
    "without the checksum": (lambda packed: packed[:-8], REFUSED),
    "another checksum": (lambda packed: packed[:-8] + b"abcd" + packed[-4:], REFUSED),
    "without the last byte": (lambda packed: packed[:-1], REFUSED),
    "not gzipped": (gzip.decompress, REFUSED),
    "gzipped twice": (gzip.compress, ANY),
    "a bomb": (lambda _: gzip.compress(bytes(10**6), 9) * 10, REFUSED),
    "a bomb of lines": (lambda packed: packed + gzip.compress(b"\n" * 10**6, 9) * 10, REFUSED),
}


def is_folder(path):
    path.mkdir()


def is_symlink_to_nothing(path):
    path.symlink_to("nothing")


def is_symlink_to_itself(path):
    path.symlink_to(path.name)


def is_absent(path):
    pass


PLACES = [is_folder, is_symlink_to_nothing, is_symlink_to_itself, is_absent]
VERBATIM = ("read_text", "read_text, gzipped", "read_bytes")  # whose answer is what is in the file
# What need not be there, or is made anew if it cannot be read.
FIXED = ("genome", "genome index", "genome, gzipped", "unibind folder", "immgen positions", "tomtom")  # names of files
OPTIONAL = (
    "checkpoint",
    "checkpoint, header",
    "genome index",
    "download, note",
    "download, checksum",
    "immgen positions",
)


def corpus(parser):
    """Every ugly file for a parser: its name, the bytes on disk, and what shall come of it."""
    for label, (change, expected) in {**BINARY, **(TEXTS if parser.text else {})}.items():
        yield label, parser.packed(change(parser.content)), parser.expect.get(label, expected)
    packed = parser.packed(parser.content)
    if parser.name.endswith(".gz") and parser.pack in (None, bytes):
        for label, (change, expected) in GZIPPED.items():
            yield f"gzip: {label}", change(packed), expected
    elif parser.text:
        yield "gzip: not named so", gzip.compress(packed), SAME_OR_REFUSED


@pytest.fixture(autouse=True)
def small_bombs(monkeypatch):
    """So that a file that unpacks to too much is a matter of megabytes; tests/test_untrusted.py has a large one."""
    monkeypatch.setattr(files, "_MUCH", 2**22)


@pytest.mark.parametrize("name", PARSERS)
def test_ugly_files(name):
    parser = PARSERS[name]
    clean = attempt(name, parser.packed(parser.content))
    assert clean is not None
    wrong = []
    for label, content, expected in corpus(parser):
        try:
            answer = attempt(name, content)
        except Exception as error:
            wrong.append(f"{label}: {type(error).__name__}: {str(error)[:300]}")
            continue
        if expected == REFUSED and answer is not None and name not in OPTIONAL:
            wrong.append(f"{label}: expected a refusal, found {str(answer)[:200]}")
        if name in VERBATIM and expected == SAME_OR_REFUSED:
            continue
        if answer != clean and (expected == SAME or (expected == SAME_OR_REFUSED and answer is not None)):
            wrong.append(f"{label}: expected {expected}, found {str(answer)[:200]}")
    assert not wrong, "\n".join(wrong)


@contextmanager
def as_nobody():
    """Without the rights of the superuser, for whom no file is unreadable."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", PARSERS)
def test_what_is_no_file(name, place):
    answer = attempt(name, place)
    assert answer is None or name in OPTIONAL


@pytest.mark.parametrize("name", PARSERS)
def test_unreadable_files(name):
    parser = PARSERS[name]

    def place(path):
        path.write_bytes(parser.packed(parser.content))
        path.parent.chmod(0o777)
        path.chmod(0)

    assert attempt(name, place, who=as_nobody) is None or name in OPTIONAL


# --- Mutations of valid files ------------------------------------------------------------------------------------

UGLY = [
    "", " ", "\t", "\n", "\r", "\r\n", "\0", "\x0b", "\x1a", "\u2028", "\ufeff", "é", "٣", "²", "-", "-1", "0", "1",
    "1.5", "1e3", "1e999", "nan", "-inf", "9223372036854775807", "18446744073709551616", "9" * 20, "9" * 5000, "0x10",
    "1_0", ",", ",,", '"', "'", '"a\nb"', "#", ">", "chr1", "CTCF", "a b", "MOTIF x", "w= 0", "nsites= 1e400",
    "None", "true", "[1]", "{}", "..", "/", "\\", "%s", "{x}", "$(x)", "A" * 200, "N", "U", "*", "::", ":", "=", "(",
    "[" * 2000,
]  # fmt: skip
PAYLOADS = st.one_of(st.sampled_from([ugly.encode() for ugly in UGLY]), st.binary(max_size=12))
EDITS = st.lists(
    st.tuples(
        st.sampled_from(
            ["insert", "replace", "delete", "repeat", "cut", "field", "drop_field", "line", "no line", "swap"]
        ),
        st.integers(0, 2**20),
        st.integers(0, 2**20),
        PAYLOADS,
    ),
    min_size=1,
    max_size=4,
)


def edited(content, edits):
    """Content after some changes of its bytes, fields or lines."""
    for kind, first, second, payload in edits:
        at = first % (len(content) + 1)
        span = second % 9 + 1
        lines = content.split(b"\n")
        row, other = first % len(lines), second % len(lines)
        places = [match.span() for match in re.finditer(rb"[^\t\n ,:=]+", content)]
        start, end = places[first % len(places)] if places else (0, 0)
        if kind == "insert":
            content = content[:at] + payload + content[at:]
        elif kind == "replace":
            content = content[:at] + payload + content[at + span :]
        elif kind == "delete":
            content = content[:at] + content[at + span :]
        elif kind == "repeat":
            content = content[: at + span] + content[at:]
        elif kind == "cut":
            content = content[:at]
        elif kind == "field":
            content = content[:start] + payload + content[end:]
        elif kind == "drop_field":
            content = content[:start] + content[end + 1 :]
        else:
            lines[row : row + (kind == "no line")] = {
                "line": [lines[other]] * 2,
                "no line": [],
                "swap": [lines[other]],
            }[kind]
            content = b"\n".join(lines)
    return content


def otherwise(name, content):
    """The same text in other bytes: with other ends of lines, and packed or not."""
    parser = PARSERS[name]
    if b"\r" not in content:
        yield parser.name, parser.packed(content.replace(b"\n", b"\r\n"))
    if parser.pack is None and not content.startswith(b"\x1f\x8b") and name not in FIXED:
        zipped = parser.name.endswith(".gz")
        yield (parser.name[:-3], content) if zipped else (f"{parser.name}.gz", gzip.compress(content, 1))


def many(examples, *strategies):
    """Try a test with so many examples, or as many as the environment says; then they are other ones each time."""

    def decorated(test):
        return settings(
            max_examples=EXAMPLES or examples,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(given(*strategies)(test))

    return decorated


@pytest.mark.parametrize("name", PARSERS)
def test_mutations(name):
    parser = PARSERS[name]

    @many(20, EDITS)
    def mutated(edits):
        content = edited(parser.content, edits)
        answer = attempt(name, parser.packed(content))
        if parser.text:
            for file_name, same in otherwise(name, content):
                found = attempt(name, same, file_name)
                assert found == answer or (name.startswith("genome") and None in (found, answer))  # as pyfaidx has it

    mutated()


# --- The configuration, addresses and names ----------------------------------------------------------------------

SCHEMA = yaml.safe_load((ROOT / "resources" / "config.schema.yaml").read_text())
DEFAULT = (ROOT / "config.yaml").read_text()


def keys(section, path=()):
    """Every key of the schema, with those of the sections it is in."""
    if "$ref" in section:
        section = SCHEMA["$defs"][section["$ref"].rsplit("/", 1)[1]]
    for name, sub in section.get("properties", {}).items():
        yield (*path, name)
        yield from keys(sub, (*path, name))
    if path == ("models",):
        for name in ("cam", "baseline"):
            yield (*path, name)
            yield from keys(section["additionalProperties"], (*path, name))


KEYS = sorted(keys(SCHEMA))
TEXT = st.one_of(
    st.sampled_from(UGLY), st.sampled_from(["a" * 300, "/x" * 3000, "http://[", "http://h:x/a"]), st.text()
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 300), st.integers(), st.floats(), TEXT, st.binary(max_size=3),
    st.sampled_from([10**400, 2**63, datetime.date(2024, 1, 1), float("inf"), 1e308, 5.0, "nan", "1e400", "0x10"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.integers() | st.none(), inner, max_size=3),
    max_leaves=6,
)


def checked(values):
    """What the check of a configuration says: the configuration, or None if it is refused in one sentence."""
    TRIED["configuration"] += 1
    try:
        with watched():
            answer = config.check(values, SCHEMA, ROOT / "resources")
    except InputError as error:
        assert str(error).isprintable() and len(str(error)) < 1100
        assert str(error).startswith("config") or str(ROOT / "resources") in str(error)
        return None
    assert all(re.fullmatch(r"[\w.+:()-]{1,100}", name, re.ASCII) for name in [*answer["targets"], *answer["models"]])
    assert config.check(copy.deepcopy(answer), SCHEMA, ROOT / "resources") == answer
    return answer


def test_configurations():
    @many(300, st.lists(st.tuples(st.sampled_from(KEYS), VALUES), min_size=1, max_size=3))
    def changed(changes):
        values = yaml.safe_load(DEFAULT)
        for (*parents, key), value in changes:
            section = values
            for parent in parents:
                section = section.setdefault(parent, {}) if isinstance(section, dict) else {}
            if isinstance(section, dict):
                section[key] = value
        checked(values)

    changed()


def test_configurations_as_text():
    @many(100, EDITS)
    def changed(edits):
        try:
            values = yaml.safe_load(edited(DEFAULT.encode(), edits))
        except Exception:
            return  # it is Snakemake that reads it, and says so
        if isinstance(values, dict):
            checked(values)

    changed()


def test_addresses_and_names():
    @many(100, TEXT, st.sampled_from(["", "http://", "https://h/", "file:///", "ftp://"]))
    def tried(text, scheme):
        TRIED["address"] += 1
        try:
            found = Path(place_of(scheme + text, "downloads"))
            assert "://" not in scheme + text or (".." not in found.parts and found.parts[0] == "downloads")
        except InputError as error:
            assert str(error).isprintable()
        try:
            assert unit_index(text) >= 0
        except InputError as error:
            assert str(error).isprintable()

    tried()


# --- Nothing is left out -----------------------------------------------------------------------------------------


def test_every_parser_is_tried():
    """A function of the library that reads, loads or parses something is in the registry, or in one that is."""
    within = {
        "read_rows": "lineages", "read_blocks": "remap", "read_parts": "read_text", "parse_digits": "remap",
        "read_header": "immgen values", "read_array": "immgen values", "read_safetensors": "model",
        "read_sequences": "published sequences", "read_array_sequences": "immgen sequences",
        "read_lineages": "lineages", "read_published": "published matrix", "read_accessibility": "immgen values",
        "load_checkpoint": "checkpoint", "read_effects": "text of a table of the pipeline's own",
        "read_image": "figures, which are not from outside",
        "read_environment": "the pipeline's own environments",
        "read_files": "narrowPeak", "read_classes": "labelled sequences", "read_hdf5": "labelled sequences",
        "parse_regions": "signal", "parse_split": "signal, AnnData, its split", "read_masked_windows": "genome",
        "read_names": "text of a table of the pipeline's own",
        "read_record": "records of the pipeline's own", "read_evolutions": "tables of the pipeline's own",
        "read_test_regions": "tables of the pipeline's own",
        "read_caption": "the pipeline's own captions", "read_experiment": "the configuration, by tests of its own",
    }  # fmt: skip
    named = {
        node.name
        for path in (ROOT / "workflow_scripts" / "cam").rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith(("read_", "load_", "parse_"))
    }
    registry = (ROOT / "tests" / "parsers.py").read_text()
    assert {name for name in named if f"{name}" not in registry} - set(within) == set()
    assert len(named) > 30


@pytest.fixture(scope="module", autouse=True)
def count(request):
    """Say at the end how many inputs were tried, where many are asked for."""
    yield
    if EXAMPLES:
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(f"\n{sum(TRIED.values())} inputs tried:")
            print("\n".join(f"{number:8d} {name}" for name, number in sorted(TRIED.items())))
