"""What comes from others is harmless: it is not executed, written elsewhere, nor larger than its file lets expect."""

import copy
import gzip
import io
import json
import os
import pickle
import re
import shutil
import tarfile
import zipfile
from collections import OrderedDict
from xml.etree import ElementTree

import h5py
import numpy as np
import pandas as pd
import parsers
import pytest
import torch
import yaml
from cam import plots
from cam.data.intervals import overlaps
from cam.errors import InputError
from cam.io.fasta import read_fasta
from cam.report import render
from cam.setup.config import check
from cam.sources import unibind
from cam.sources.download import download
from conftest import ROOT
from http_server import Server, status
from parsers import PARSERS, attempt
from running import snakemake, succeed
from test_report import TEMPLATE, Page, inputs, regression_inputs

# --- Nothing is executed -----------------------------------------------------------------------------------------


class Canary:
    """An object whose pickle makes a folder when it is loaded."""

    def __reduce__(self):
        return os.mkdir, ("executed",)


def torch_file(value, new):
    stream = io.BytesIO()
    torch.save(value, stream, _use_new_zipfile_serialization=new)
    return stream.getvalue()


def pickles():
    """Files that hold the object, in every form that anything of ours could take for its own."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        yield pickle.dumps({"CTCF": Canary()}, protocol)
        yield pickle.dumps(Canary(), protocol)
    array = io.BytesIO()
    np.save(array, np.array([Canary(), Canary()]), allow_pickle=True)
    yield array.getvalue()
    yield parsers.zipped(array.getvalue())
    for new in (True, False):
        yield torch_file({"linears.0.weight": Canary(), "final.weight": torch.zeros(1)}, new)


@pytest.mark.parametrize("name", PARSERS)
def test_no_pickle_is_executed(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for content in pickles():
        attempt(name, content)
        attempt(name, PARSERS[name].packed(content))
        attempt(name, gzip.compress(content))
    assert list(tmp_path.iterdir()) == []
    pickle.loads(pickle.dumps(Canary()))  # as it would be otherwise
    assert [path.name for path in tmp_path.iterdir()] == ["executed"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("!!python/object/apply:os.mkdir [executed]", "Config file is not valid JSON or YAML"),
        ("!!python/name:os.mkdir", "config, experiment: found <built-in function mkdir>, expected text"),
    ],
)
def test_no_object_of_a_configuration_is_called(tmp_path, text, sentence):
    """Snakemake, which reads the file, refuses calls; a name of something that it has imported comes through to us."""
    (tmp_path / "evil.yaml").write_text(f"experiment: {text}\n")
    code, printed = snakemake(tmp_path, "--dry-run", "--configfile", tmp_path / "evil.yaml")
    assert code and sentence in printed
    assert not (tmp_path / "executed").exists()


def test_all_yaml_that_is_read_here_is_read_safely():
    calls = [
        call
        for folder in ("workflow_scripts", "rules")
        for path in [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.smk")]
        for call in re.findall(r"yaml\.\w*load\w*", path.read_text())
    ]
    assert calls and set(calls) == {"yaml.safe_load"}
    loads = [
        path for path in (ROOT / "workflow_scripts").rglob("*.py") if re.search(r"allow_pickle=True", path.read_text())
    ]
    assert not loads


# --- Nothing is larger than its file lets expect ------------------------------------------------------------------


def npy(header, values=b""):
    """An array whose header says anything."""
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header.encode() + values


def described(shape, descr="<f8"):
    return repr({"descr": descr, "fortran_order": False, "shape": shape}) + "\n"


def safetensors(header, values=b""):
    text = header.encode() if isinstance(header, str) else header
    return len(text).to_bytes(8, "little") + text + values


def nested(depth):
    """A pickle of a dict whose key is a tuple in a tuple in a tuple …, whose hash would be computed to that depth."""
    return b"\x80\x02}" + b"(" * depth + b"t" * depth + b"K\x01s."


def sparse_tar(size):
    """An archive with a file that is said to be of any size, of which nothing is there."""
    member = tarfile.TarInfo("A.B.CTCF.MA0139.1.damo.bed")
    member.type, member.size = tarfile.GNUTYPE_SPARSE, 0
    block = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    block[483:495] = b"\x80" + size.to_bytes(11, "big")  # GNU's field of the real size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + bytes(1024)


def one_value(shape, dtype=torch.float32):
    """A tensor of any shape all of whose elements are the same few bytes."""
    return torch.zeros(1, dtype=dtype).expand(shape)


def explainn_with(**tensors):
    state = torch.load(io.BytesIO(parsers.EXPLAINN)) | {name.replace("_", "."): t for name, t in tensors.items()}
    return torch_file(state, True)


def packed_tensor(n):
    """A file of PyTorch with a tensor of zeros, packed."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return ("storage", torch.FloatStorage, "0", "cpu", n) if isinstance(value, Storage) else None

    class Storage:
        pass

    class Tensor:
        def __reduce__(self):
            return torch._utils._rebuild_tensor_v2, (Storage(), 0, (n,), (1,), False, OrderedDict())

    stream = io.BytesIO()
    Pickler(stream, 2).dump({"linears.0.weight": Tensor(), "final.weight": Tensor()})
    archive = packed_times(b"", bytes(4 * 10**6), n // 10**6, "a/data/0")
    for name, content in {"a/data.pkl": stream.getvalue(), "a/version": b"3\n", "a/byteorder": b"little"}.items():
        archive = appended(archive, name, content)
    return archive


def appended(archive, name, content):
    stream = io.BytesIO(archive)
    with zipfile.ZipFile(stream, "a") as members:
        members.writestr(name, content)
    return stream.getvalue()


def stated_arrays(shape, dtype="f4"):
    """An HDF5 file with an array of any shape, of which nothing is there."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_dataset("train_in", shape, dtype, chunks=True)
        file.create_dataset("train_out", (shape[0], 1), "f4", chunks=True)
    return stream.getvalue()


def stated_signal(name, shape, dtype):
    """An AnnData file in which an array is said to be of any shape, of which nothing is there."""
    stream = io.BytesIO(parsers.CRESTED)
    with h5py.File(stream, "r+") as file:
        del file[name]
        file.create_dataset(name, shape, dtype, chunks=True)
    return stream.getvalue()


def with_description(**changes):
    header = yaml.safe_load(parsers.header_of(parsers.MODEL))  # JSON is YAML
    description = yaml.safe_load(header["__metadata__"]["description"])
    settings = description["settings"] | {key: changes.pop(key) for key in list(changes) if key in ("units", "hidden")}
    header["__metadata__"]["description"] = json.dumps(description | changes | {"settings": settings})
    return parsers.with_header(parsers.MODEL)(json.dumps(header).encode())


def gigabytes(content):
    """The same very often, in a few megabytes."""
    return gzip.compress(content * (10**7 // len(content)), 9) * 400


def packed_times(begin, part, times, name="arr_0.npy"):
    """A zip archive of a file that is the same very often."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        member.write(begin)
        for _ in range(times):
            member.write(part)
    return stream.getvalue()


HUGE = 10**12
TOO_LARGE = {
    "zeros": ("read_text, gzipped", lambda: gigabytes(b"\0")),
    "zeros for a track": ("remap", lambda: gigabytes(b"\0")),
    "zeros in an archive": ("unibind archive", lambda: gigabytes(b"\0")),
    "zeros for an index": ("published index", lambda: gigabytes(b"\0")),
    "zeros for a genome": ("genome, gzipped", lambda: gigabytes(b"\0")),
    "empty lines": ("dhs clusters", lambda: gigabytes(b"\n")),
    "one row many times": ("dhs clusters", lambda: gigabytes(parsers.CLUSTERS.encode())),
    "a sparse file": ("unibind archive", lambda: gzip.compress(sparse_tar(2 * 10**9))),
    "rows of a matrix": ("published matrix", lambda: parsers.zipped(npy(described((HUGE, 3))))),
    "columns of a matrix": ("published matrix", lambda: parsers.zipped(npy(described((3, HUGE))))),
    "the header of a matrix": (
        "published matrix", lambda: packed_times(b"\x93NUMPY\2\0\xff\xff\xff\xff", b" " * 10**7, 100)
    ),
    "a matrix of nothing": ("published matrix", lambda: parsers.zipped(npy(described((HUGE, HUGE), "|V0")))),
    "sequences": ("immgen sequences", lambda: npy(described((HUGE, 4, 5), "|i1"))),
    "sequences of nothing": ("immgen sequences", lambda: npy(described((HUGE, 4, 5), "|V0"))),
    "values": ("immgen values", lambda: npy(described((HUGE, HUGE)))),
    "names whose bytes are 0 in 64 bits": ("immgen names", lambda: npy(described((2**62,), "|S4"))),
    "names": ("immgen names", lambda: npy(described((HUGE,), "|S26"))),
    "names of nothing": ("immgen names", lambda: npy(described((HUGE,), "|S0"))),
    "names in a pickle": ("immgen names", lambda: npy(described((HUGE,), "|O"), values=b"\x80\x02]r\0\0\0\4.")),
    "the memo of a pickle": ("published index", lambda: gzip.compress(b"\x80\x02}r\0\0\0\4.")),  # 2 ** 26 entries
    "a text in a pickle": ("published index", lambda: gzip.compress(b"\x80\x04\x8d\0\0\0\0\0\1\0\0x.")),
    "a frame of a pickle": ("published index", lambda: gzip.compress(b"\x80\x04\x95\0\0\0\0\0\1\0\0}.")),
    "a deep pickle": ("published index", lambda: gzip.compress(nested(10**6))),
    "a tensor": (
        "dataset", lambda: safetensors('{"a": {"dtype": "U8", "shape": [1000000000], "data_offsets": [0, 1000000000]}}')
    ),
    "the header of tensors": ("dataset", lambda: HUGE.to_bytes(8, "little") + b"{}"),
    "a deep header": ("dataset", lambda: safetensors("[" * 10**6)),
    "units": ("model", lambda: with_description(units=2 * 10**7)),
    "hidden values": ("model", lambda: with_description(hidden=10**8)),
    "the length": ("model", lambda: with_description(length=10**15)),
    "targets": ("model", lambda: with_description(targets="CTCF" * 10**6)),
    "a deep description": ("model", lambda: parsers.with_header(parsers.MODEL)(
        b'{"__metadata__": {"format_version": "1", "description": "' + b"[" * 10**5 + b'"}}')),
    "an expanded tensor": ("explainn", lambda: explainn_with(final_weight=one_value((10**6, 10**6)))),
    "an expanded half tensor": ("explainn", lambda: explainn_with(final_bias=one_value((10**10,), torch.half))),
    "a packed tensor": ("explainn", lambda: packed_tensor(2 * 10**8)),
    "the index of a genome": ("genome index", lambda: b"chr1\t%d\t10\t5\t6\nchr2\t5\t33\t3\t4\n" % 10**15),
    "labelled arrays": ("labelled arrays", lambda: stated_arrays((HUGE, 4, 200))),
    "labelled arrays of one sequence": ("labelled arrays", lambda: stated_arrays((1, 4, HUGE))),
    "a matrix of signal": ("signal, AnnData, CREsted", lambda: stated_signal("X", (HUGE, HUGE), "f4")),
    "names of targets": ("signal, AnnData, CREsted", lambda: stated_signal("obs/_index", (HUGE,), h5py.string_dtype())),
    "a motif": ("read_motifs", lambda: parsers.MEME.replace("w= 2", f"w= {HUGE}").encode()),
}  # fmt: skip


@pytest.mark.parametrize("case", TOO_LARGE)
def test_what_states_to_be_large_is_refused(case):
    name, make = TOO_LARGE[case]
    assert attempt(name, make()) is None


def test_a_configuration_that_multiplies_itself_is_refused(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    (tmp_path / "evil.yaml").write_text("\n".join([*lines, "targets: *a9"]))
    code, printed = snakemake(tmp_path, "--dry-run", "--configfile", tmp_path / "evil.yaml")
    assert code and "config: found over 100000 values, expected fewer" in printed
    assert "Traceback" not in printed


# --- Nothing is written elsewhere, and nothing followed -------------------------------------------------------------


def test_members_of_an_archive_stay_in_it(tmp_path):
    """Their names are looked at and their bytes are read; there is no file that they could become."""
    secret = tmp_path / "secret.bed"
    secret.write_text("chr1\t1\t2\n")
    evil = "A.B.CTCF.MA0139.1.damo.bed"
    kinds = {
        tarfile.SYMTYPE: str(secret), tarfile.LNKTYPE: str(secret), tarfile.CHRTYPE: "", tarfile.BLKTYPE: "",
        tarfile.FIFOTYPE: "", tarfile.DIRTYPE: "",
    }  # fmt: skip
    names = [
        f"../../{evil}",
        f"{tmp_path}/{evil}",
        f"a/../../{evil}",
        "x" * 10_000 + f"/{evil}",
        f"-x/{evil}",
        f"$(x)/{evil}",
    ]
    with tarfile.open(tmp_path / "sites.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for number, (kind, target) in enumerate(kinds.items()):
            member = tarfile.TarInfo(f"{number}/{evil}")
            member.type, member.linkname = kind, target
            archive.addfile(member)
        for number, name in enumerate(names):
            content = b"chr2\t%d\t%d\n" % (number, number + 9)
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    before = sorted(tmp_path.parent.rglob("*"))
    sites = unibind.read_sites(tmp_path / "sites.tar.gz", ["CTCF"])
    assert sites[["chrom", "start"]].values.tolist() == [["chr2", number] for number in range(len(names))]
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_server_cannot_choose_where_a_file_goes_nor_how_long_it_takes(tmp_path, monkeypatch):
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    quick = {"attempts": 2, "pause": 0.01, "interval": 5}
    with Server({"file": b"data" * 100}) as server:
        for headers in (
            {"Content_Disposition": "attachment; filename=../../evil"}, {"Retry_After": "9" * 5000},
            {"Retry_After": "10000000000"}, {"Retry_After": "Fri, 31 Dec 999999 23:59:59 GMT"}, {"Retry_After": "²"},
        ):  # fmt: skip
            server.misbehave("file", status(503, **headers))
            download(server.url("file"), tmp_path / "downloads" / "file", **quick)
            assert sorted(path.name for path in tmp_path.rglob("*")) == ["downloads", "file", "file.sha256"]
            (tmp_path / "downloads" / "file").unlink()
        for length in ("²", "9" * 5000, "-1", "1e3"):
            server.misbehave(
                "file", lambda handler, content, length=length: handler.begin(200, {"Content-Length": length})
            )
            with pytest.raises(InputError, match="/file: "):
                download(server.url("file"), tmp_path / "other", attempts=1, pause=0.01, interval=1)
    assert max(slept) <= 3600


# --- Text stays text ------------------------------------------------------------------------------------------------

EVIL = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&lt;--></svg>]]>{{ 6 * 7 }}{% raw %}$x^2$"


def poisoned(value, keep=()):
    """All text of an input of the report, replaced."""
    if isinstance(value, pd.DataFrame):
        texts = [column for column in value.select_dtypes(["object", "string"]) if column not in keep]
        return value.assign(
            **{column: value[column].map(lambda text: EVIL if isinstance(text, str) else text) for column in texts}
        )
    return value


@pytest.mark.parametrize("template", ["binding.html.j2", "regression.html.j2"])
def test_markup_in_any_text_of_the_report_stays_text(template):
    """Names of experiments, regions, motifs and TFs, versions, sentences and the configuration as it is shown."""
    given = inputs() if template.startswith("binding") else regression_inputs()
    clean = Page(render(TEMPLATE.with_name(template), **given))
    keys = ("unit", "unit_a", "unit_b", "target", "model", "other", "seed", "metric", "split", "lineage")
    evil = {name: poisoned(value, keys) for name, value in given.items()}
    provenance = evil["provenance"] = copy.deepcopy(given["provenance"])
    for name in ("inputs", "outputs"):
        provenance[name] = {f"{path}{EVIL}": file for path, file in provenance[name].items()}
    for file in provenance["inputs"].values():
        file.update({name: EVIL for name in file.keys() & {"address"}})
    provenance["trained_with"] = {run: dict.fromkeys(found, EVIL) for run, found in provenance["trained_with"].items()}
    provenance["software"]["found"] = dict.fromkeys(provenance["software"]["found"], EVIL)
    words = len(provenance["run"]["command"].split(" "))  # each is an element of its own
    provenance["run"] = dict.fromkeys(provenance["run"], EVIL) | {"command": " ".join([EVIL.replace(" ", "_")] * words)}
    evil["config"] = given["config"] | {"experiment": EVIL, "outdir": EVIL}
    evil["config"]["tomtom"] = given["config"]["tomtom"] | {"database": EVIL}
    evil["config"]["source"] = given["config"]["source"] | {"directory": EVIL}
    if evil["evolutions"]:
        evil["evolutions"] = [
            type(run)(**(vars(run) | {"enrichment": poisoned(run.enrichment)})) for run in evil["evolutions"]
        ]
    if "tables" in evil:
        evil["tables"] = {name: poisoned(table, keys) for name, table in evil["tables"].items()}
    html = render(TEMPLATE.with_name(template), **evil)
    page = Page(html)
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in clean.tags]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "alert(1)" in html and "42" not in re.findall(r"<h1>(.*)</h1>", html)[0]
    assert len(re.findall("<script", html)) == 1


def test_markup_in_a_figure_stays_text(tmp_path):
    """SVG is XML that browsers execute."""
    table = inputs()["evolutions"][0].enrichment.assign(tf=EVIL)
    ppms = {name: np.full((8, 4), 0.25) for name in table["motif_id"]}
    figure = plots.enrichment(table, ppms, "unit1", "max", 0.01)
    plots.save(figure, tmp_path / "figure.svg")
    assert "alert(1)" in (tmp_path / "figure.svg").read_text()  # in a comment: letters are drawn
    tags = {element.tag.partition("}")[2] for element in ElementTree.parse(tmp_path / "figure.svg").iter()}
    assert tags == {
        "svg",
        "metadata",
        "RDF",
        "Work",
        "type",
        "format",
        "creator",
        "Agent",
        "title",
        "defs",
        "style",
    } | {"g", "path", "use", "rect", "clipPath"}


def test_a_sentence_cannot_take_over_the_terminal():
    error = str(InputError("file: found '\x1b[2J\x07\r\n\u202e\ud800\0', expected text" + "x" * 10**7))
    assert error.isprintable() and len(error) < 1100
    assert error.startswith(r"file: found '\x1b[2J\x07 \u202e\ud800\x00', expected text")


def test_chromosomes_that_bedtools_would_take_for_headers_are_none():
    regions = pd.DataFrame({"chrom": ["chr1", "chr2"], "start": [100, 5], "end": [300, 205]})
    names = ["track", "browser", "#chr1", "chr1", "", " "]
    intervals = pd.DataFrame({"chrom": names, "start": 0, "end": 999_999_999_999_999_999})
    assert overlaps(regions, intervals).tolist() == [True, False]
    assert overlaps(regions, intervals[:3]).tolist() == [False, False]


# --- Names ----------------------------------------------------------------------------------------------------------

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
SCHEMA = yaml.safe_load((ROOT / "resources" / "config.schema.yaml").read_text())


def checked(**changes):
    return check({**copy.deepcopy(CONFIG), **changes}, SCHEMA)


@pytest.mark.parametrize(
    "name", ["NKX3-1", "TAL1::GATA1", "GATA1_TAL1", "NK+BM", "RORA(var2)", "Z" * 100, "Unit", "random"]
)
def test_names_of_targets_that_are_odd(name):
    assert checked(targets=["CTCF", name])["targets"] == ["CTCF", name]


UNFIT = [
    "A/B", "..", ".", "-x", "{x}", "*", "$(touch x)", "a\\b", "a\nb", "a\n", "a b", " ", "Åβ", "é", "Z" * 300, "'a'",
    '"a"', "a;b", "a&b", "a|b", "<b>", "%s", "~", "7SK", "#a", "a\0", "\u202ea", "١",
]  # fmt: skip
TAKEN = [
    "chrom",
    "start",
    "end",
    "name",
    "split",
    "gc",
    "copies",
    "row",
    "macro",
    "unit3",
    "Unit3",
    "NaN",
    "inf",
    "True",
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(
            (name, "expected a letter and at most 99 letters, digits and . _ [+] - : [(] [)], as files")
            for name in UNFIT
        ),
        *((name, "expected another name, since this one has a meaning in the tables") for name in TAKEN),
        ("ctcf", "and 'ctcf', expected names that differ in more than case"),
        ("RORA(var.2)", "expected a name without dots, which separate names in ReMap's files"),
    ],
)
def test_names_of_targets_that_are_refused(name, expected):
    with pytest.raises(InputError, match=f"^config, targets: found .*{expected}") as caught:
        checked(targets=["CTCF", name])
    assert str(caught.value).isprintable() and len(str(caught.value)) < 500


@pytest.mark.parametrize("name", ["a\n", "a/b", "é", "x" * 300])
def test_names_of_models_that_are_refused(name):
    with pytest.raises(InputError, match="^config, .*models"):
        checked(models={**CONFIG["models"], name: {"architecture": "basset"}})
    with pytest.raises(InputError, match="found 'cam' and 'Cam', expected names that differ in more than case"):
        checked(models={**CONFIG["models"], "Cam": {"architecture": "basset"}})


@pytest.mark.parametrize("path", ["a{b}", "a\nb", "a\0b", "\x1b[2J"])
@pytest.mark.parametrize("key", ["outdir", "downloads"])
def test_paths_that_are_refused(key, path):
    with pytest.raises(InputError, match=f"^config, {key}: found .*, expected a path without braces and control"):
        checked(**{key: path})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"models": {1: {}}}, "config, models: found the key 1, expected text"),
        ({"seed": 2**32}, "config, seed: found 4294967296, expected at most 4294967295"),
        ({"ga": {"tolerance": float("nan")}}, "config, ga.tolerance: found nan, expected a finite number"),
        ({"ga": {"tolerance": "inf"}}, "config, ga.tolerance: found 'inf', expected a number"),
        ({"regions": {"width": 10**20}}, "config, regions.width: found 1[0]+, expected at most 1000000"),
        ({"tomtom": {"database": "x" * 10_000}}, "config, tomtom.database: found 'x+ … x+', expected a JASPAR release"),
        ({"source": {"urls": {"remap": "http://[a/b.gz"}}}, "config, source.urls.remap: .*not an address"),
        ({"source": {"urls": {"remap": "http://h:x/b.gz"}}}, "config, source.urls.remap: .*not an address"),
        (
            {"source": {"urls": {"remap": "http://../b.gz"}}},
            "config, source.urls.remap: .*expected an address of a ser",
        ),
    ],
)
def test_values_that_nothing_can_be_done_with(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        checked(**changes)


def test_a_list_that_holds_itself():
    loop = []
    loop.append(loop)
    with pytest.raises(InputError, match="config: found over 100000 values"):
        checked(targets=loop)


def test_a_whole_number_may_have_a_point():
    """As in 1e3, which YAML takes for text or for a real number."""
    epochs = checked(training={"epochs": 3.0})["training"]["epochs"]
    assert epochs == 3 and isinstance(epochs, int)


@pytest.mark.slow
def test_odd_names_and_folders_through_the_workflow(tmp_path):
    """Targets, experiment and folders that shells, Snakemake's own language and HTML would read otherwise."""
    folder, out = tmp_path / "a 'folder'", 'resül\'ts "of" $(touch x) & ; # %s [a] *'
    config = {
        "experiment": '<i>\'"é"</i>',
        "outdir": out,
        "downloads": "down & loads",
        "targets": ["NKX3-1", "GATA1::TAL1"],
        "simulation": {"chromosomes": 3, "chromosome_length": 100_000, "open_regions": 400, "cobinding": {}},
        "split": {"validation": ["chr2"], "test": ["chr3"]},
        "training": {"epochs": 1, "batch_size": 32, "starts": 1, "device": "cpu"},
        "models": {"cam": {"units": 1}, "baseline": None},
        "ga": {"population": 20, "generations": 3, "random": 20},
    }
    beds = [f"{out}/regions/{name}.bed" for name in ("NKX3-1.positive", "GATA1::TAL1.negative")]
    succeed(folder, config=config, targets=[*beds, f"{out}/enrichment/GATA1::TAL1_max.svg"])
    assert next(read_fasta(folder / out / "ga" / "GATA1::TAL1_max.fa"))[0].startswith("GATA1::TAL1_max_1 output=")
    expected = [(folder / bed).read_text() for bed in beds]
    assert all("chr1\t" in text for text in expected)

    # The same from files that somebody has, in folders with such names.
    simulated, own = folder / out / "simulation", folder / "$own 'files'"
    (own / "re map").mkdir(parents=True)
    shutil.copy(simulated / "remap.bed.gz", own / "re map" / "it's.bed.gz")
    (own / "genome #1.fa.gz").write_bytes(gzip.compress((simulated / "genome.fa").read_bytes()))
    urls = {
        "remap": str(own / "re map"),
        "unibind": str(simulated / "unibind.tar.gz"),
        "dhs": str(simulated / "wgEncodeRegDnaseClustered.txt.gz"),
        "dhs_sources": str(simulated / "wgEncodeRegDnaseClusteredSources.txt.gz"),
        "genome": str(own / "genome #1.fa.gz"),
        "blacklist": str(simulated / "blacklist.bed.gz"),
    }
    other = config | {"outdir": f"{out} 2", "source": {"kind": "public_tracks", "urls": urls}}
    succeed(folder, config=other, targets=[bed.replace(out, f"{out} 2") for bed in beds])
    assert [(folder / bed.replace(out, f"{out} 2")).read_text() for bed in beds] == expected
    assert not list(tmp_path.rglob("x"))
