"""Every parser of the library with a valid file for it, and what is asked of each whatever the file.

No other exception than InputError, whose message is one line with the file's name in it; an end within seconds; no
gigabyte of memory; and an answer that makes sense.
"""

import gzip
import io
import json
import pickle
import re
import resource
import signal
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import torch
from cam.data import sequences
from cam.data import signal as signal_of_regions
from cam.data.dataset import Dataset, load_dataset, save_dataset
from cam.errors import InputError
from cam.interpretation.responses import load_responses, respond, save_responses
from cam.io import fasta, files, tables
from cam.models import explainn, storage
from cam.models.cam import CAM as Cam
from cam.motifs import formats as motifs
from cam.motifs.tomtom import COLUMNS, parse_tsv
from cam.setup import own_data, stored_models, target_tables, tf_index
from cam.sources import (
    bed,
    biosamples,
    download,
    encode_dhs,
    immgen,
    labelled_sequences,
    peak_files,
    published_matrix,
    remap,
    unibind,
)
from cam.sources import signal as signal_files
from cam.sources import target_tables as tables_of_targets
from cam.training import loop as training
from scipy.sparse import csr_matrix
from signal_files import CRESTED, write_bigwig, write_h5ad, write_parquet

SECONDS = 20  # that a file may take; the slowest need two
MEMORY = 500e6  # bytes; no file here is larger than some ten megabytes
TRIED = Counter()  # how many files were tried, by parser
SAME, SAME_OR_REFUSED, REFUSED, ANY = "same", "same or refused", "refused", "any"
# What is not in a window is not looked at.
OF_GENOME = {"byte order mark": REFUSED, "NUL byte": ANY, "NUL byte at the end": ANY}


# --- The parsers: one entry each ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parser:
    """How a file is read, and one that is valid.

    Parameters
    ----------
    read : callable
        Gets the path.
    name : str
        Of the file.
    sample : bytes or str
        What is in it, before it is packed. Text is a file of lines, in which ends of lines may be written otherwise.
    pack : callable, optional
        What makes the file of it; by default gzip, where the name says so.
    beside : dict of str to bytes
        Other files in its folder.
    expect : dict of str to str
        What shall come of some ugly files, where it is not what :data:`TEXTS` says.
    """

    read: Callable
    name: str
    sample: bytes | str
    pack: Callable | None = None
    beside: dict = field(default_factory=dict)
    expect: dict = field(default_factory=dict)

    @property
    def text(self):
        return isinstance(self.sample, str)

    @property
    def content(self):
        return self.sample.encode() if self.text else self.sample

    def packed(self, content):
        if self.pack:
            return self.pack(content)
        return gzip.compress(content, 1) if self.name.endswith(".gz") else content


def saved(write, *arguments):
    """The bytes that a function writes to a path."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "file"), *arguments)
        return Path(folder, "file").read_bytes()


def array(values):
    stream = io.BytesIO()
    np.save(stream, np.array(values))
    return stream.getvalue()


def zipped(content, name="arr_0.npy", **other):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in {name: content, **other}.items():
            archive.writestr(member, data)
    return stream.getvalue()


def tarred(content, name="ENCSR1.K562.CTCF.MA0139.1.damo.bed"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        for member, data in {name: content, "README": b"text"}.items():
            described = tarfile.TarInfo(member)
            described.size = len(data)
            archive.addfile(described, io.BytesIO(data))
    return stream.getvalue()


def table(**dtypes):
    """A reader of tables; what is in a field may be anything that was written there, line feeds as well."""
    return lambda path: tables.read_table(path, ["a"], dtype=dtypes).to_dict("list")


def in_folder(folder):
    """A reader of a folder, whose file is the one that is changed."""
    return lambda path: folder(path.parent)


def header_of(blob):
    return blob[8 : 8 + int.from_bytes(blob[:8], "little")]


def with_header(blob):
    """What puts a header into a file of safetensors, whatever its length."""
    rest = blob[8 + int.from_bytes(blob[:8], "little") :]
    return lambda header: len(header).to_bytes(8, "little") + header + rest


def torch_archive(blob, name):
    """What puts another member into an archive of torch.save."""

    def pack(content):
        stream = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(blob)) as old, zipfile.ZipFile(stream, "w") as new:
            for member in old.namelist():
                new.writestr(member, content if member.endswith(name) else old.read(member))
        return stream.getvalue()

    return pack


def member(blob, name):
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        return archive.read(next(found for found in archive.namelist() if found.endswith(name)))


LINEAGES = pd.DataFrame({"target": ["MMP3", "B.Sp"], "alias": ["MPP3", None]})
GENOME = ">chr1 one\nACGTN\nacgtn\nRYGT\n>chr2\nTTT\nTT\n"
WINDOWS = pd.DataFrame({"chrom": ["chr1", "chr2", "chr1"], "start": [2, 0, 9], "end": [7, 5, 14]})
DATASET = Dataset(
    np.random.default_rng(0).integers(0, 5, (24, 30), dtype=np.uint8),
    np.random.default_rng(1).choice(np.array([0, 1, np.nan], dtype=np.float32), (24, 2)),
    np.repeat(np.arange(3, dtype=np.uint8), 8),
    ("CTCF", "JUND"),
)
CAM = {"units": 2, "filter_length": 7, "hidden": 3}
DESCRIPTION = {
    "architecture": "cam", "settings": CAM, "length": 30, "targets": ["CTCF", "JUND"], "task": "binding",
    "strands": "both",
}  # fmt: skip
SETTINGS = training.Settings(epochs=2, batch_size=4, starts=1)


def make_cam():
    return Cam(30, 2, **CAM)


def trained(checkpoint):
    """What comes of a training that goes on from a checkpoint: always the same weights."""
    model, history, best = training.train(make_cam, DATASET, SETTINGS, 1, "cpu", checkpoint)
    return model, [{key: value for key, value in row.items() if key != "seconds"} for row in history], best


def checkpoint_of_a_broken_training(path):
    """The checkpoint after the first of two epochs."""
    save = training._Training._save_checkpoint

    def break_off(self, *arguments):
        save(self, *arguments)
        raise KeyboardInterrupt

    training._Training._save_checkpoint = break_off
    try:
        trained(path)
    except KeyboardInterrupt:
        pass
    finally:
        training._Training._save_checkpoint = save


torch.manual_seed(0)
MODEL = saved(storage.save_model, make_cam(), DESCRIPTION)
TENSORS = saved(save_dataset, DATASET)
RESPONSES = saved(save_responses, respond(make_cam().eval(), DESCRIPTION, DATASET))
CHECKPOINT = saved(checkpoint_of_a_broken_training)
EXPLAINN = saved(explainn.write_explainn, Cam(30, 2, units=2, filter_length=7, activation="exp"))
ARRAYS = {
    "one_hot_seqs.npy": array(np.eye(4, dtype=np.int8)[[[0, 3, 2, 1, 0], [1, 1, 1, 1, 1]]].transpose(0, 2, 1)),
    "cell_type_array.npy": array([[1.0, 2, 3], [4, 5, 6]]),
    "peak_names.npy": array([b"p1", b"p2"]),
    "cell_type_names.npy": array(np.array([["0", "B.Sp", "B"], ["1", "NK.BM", "NK"], ["2", "MPP3", "stem"]], object)),
    "ImmGenATAC1219.peak_matched.txt": b"p1\tchr1\t1\t5\np2 chr2 11 15\n",
}
MATRIX = array([[1, 0, np.nan], [0, 1, 1], [np.nan, np.nan, 1], [0, 0, 0.0]])
INDEX = pickle.dumps({"CTCF": 0, "JUND": 1, "MAX": 2}, 2)
JASPAR = """\
>MA0001.1 CTCF
A [ 1 2 3 ]
C [ 4 0 1 ]
G [ 2 5 3 ]
T [ 3 3 3 ]
>MA0002.1 FOS::JUN
A [ 0 9 ]
C [ 1 1 ]
G [ 1 1 ]
T [ 8 1 ]
"""
HOMER = """\
>ATGAC CTCF(Zf)/CD4+-CTCF-ChIP-Seq(GSE12889)/Homer 6.5 -1000 0 T:100.0(10.00%),B:10.0(0.10%)
0.7 0.1 0.1 0.1
0.1 0.1 0.1 0.7
0.05 0.05 0.85 0.05
"""
MEME = """MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.3 C 0.2 G 0.2 T 0.3

MOTIF MA0139.1 CTCF
letter-probability matrix: alength= 4 w= 2 nsites= 20 E= 0
0.1 0.2 0.3 0.4
1 0 0 0

MOTIF unit1
letter-probability matrix: alength= 4 w= 1
 0.25\t0.25 0.25 0.25
URL https://jaspar.example/
"""
REMAP = (
    "chr1\t100\t400\tGSE1.CTCF.K-562\t12.5\t.\t250\t251\t1,2,3\n"
    "chr1\t150\t420\tGSE2.JUND.MCF-7_E2.1h.rep.2\t3\t.\t300\t301\t1,2,3\n"
    "chr1\t160\t420\tGSE2.MAX.MCF-7\t3\t.\t300\t301\t1,2,3\n"
    "chr2\t10\t90\tENCSR000AAA.CTCF.Hep-G2\t7\t.\t10\t11\t4,5,6\n"
)
CLUSTERS = (
    "585\tchr1\t9980\t10410\t8\t72\t2\t88,71,\t72,38,\n"
    "585\tchr1_KI270706v1_random\t5000\t5200\t1\t13\t1\t113,\t13,\n"
    "586\tchrX\t136680\t136830\t1\t29\t1\t73,\t29,\n"
)
SITES = "chr1\t200\t219\tx\t12.1\t-\nchr2\t20\t39\n"
SAMPLE = "biosample\tsource\tname\nblood\tremap\tK-562\nblood\tunibind\tK562\nblood\tdhs\tK562\n"
FASTA = ">0::chr1:100-105\nACGTN\n>2::chr1:300-305\nacg\ntn\n"
HEIGHTS = ',B.Sp,NK.BM,MPP3\np1,1,2,3.5\n"p2",4,5,-6e-1\n'
OCRS = (
    "ImmGenATAC1219.peakID,chrom,Summit,p,genes.within.100Kb,B.Sp,MPP3\n"
    '1,chr1,126,0.5,"Xkr4,Rp1",0,3\nImmGenATAC1219.peak_2,chr2,1000,"1,0",,1,0.5\n'
)
TOMTOM = (
    "\t".join(COLUMNS)
    + "\nunit1\tMA0139.1\t-1\t1.5e-12\t1.1e-09\t2.2e-09\t19\tATGG\tTGGC\t+\n\n# Tomtom: Version 5.5.5\n"
)
IMMGEN_TARGETS = ["MMP3", "B.Sp"]
NARROW_PEAK = "chr1\t100\t400\tp1\t87\t.\t12.5\t8\t6\t150\nchr2\t5\t305\tp2\t870\t+\t3e1\t-1\t-1\t-1\n"
SUMMITS = "track name=summits\nchr1\t250\t251\tp1\t8.5\nchr2\t155\t156\tp2\t4\n"
SHEET = "target,peaks,biosample,min_score,top\nCD8 T,https://a.b/c.bed,K562,5.5,\nB,file:///d.bed.gz,,,100\n"
LABELLED = "name\tsequence\tCTCF\tJUND\tsplit\na\tACGTNACG\t1\t\ttrain\nb\tacgrACGT\t0\t1.5e-1\t\n"
EXPLAINN_ROWS = "a\tACGTNACG\t1.0\t0.0\nb\tACGTACGT\t0.0\t1.0\n"
SIGNAL = "region\tCD8 T cell\tB\nchr1:0-9\t1\t2.5\nchr2-10-20\t\t-3e1\n"
SIGNAL_REGIONS, SIGNAL_TARGETS = ["chr1:0-9", "chr2-10-20"], ["B", "CD8 T cell"]
SIGNAL_OF_BASES = [("chr1", 0, 5, 1.5), ("chr1", 6, 9, 2), ("chr2", 3, 8, -1)]
NOTE = json.dumps({"url": "https://a.b/c", "validator": '"tag"', "size": 7})


def arrays(folder):
    return immgen.read_arrays(folder, IMMGEN_TARGETS, LINEAGES, 5)


def immgen_array(name):
    return Parser(in_folder(arrays), name, ARRAYS[name], beside={k: v for k, v in ARRAYS.items() if k != name})


def labelled(source):
    """A reader of labelled sequences; their places are left out, since they name the file."""
    return lambda path: vars(replace(labelled_sequences.read_labelled(source, [path]), places=[]))


def hdf5(**arrays):
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for key, values in arrays.items():
            file.create_dataset(key, data=values)
    return stream.getvalue()


def signal_table(path):
    return signal_files.read_signal(path, SIGNAL_TARGETS)


def bigwig(path):
    return signal_of_regions.measure([path], WINDOWS, {"chr1": 15, "chr2": 9}, "genome.fa")


def windows(path):
    return sequences.chromosome_sizes(path), sequences.read_windows(path, WINDOWS)


def unpacked(path):
    sequences.unpack_genome(path, path.with_name("out.fa"), path.with_name("out.sizes"))
    return windows(path.with_name("out.fa")), path.with_name("out.sizes").read_text()


def tomtom(path):
    """The text of a program's output, which has no name: it stands for one here."""
    text = read_all(path).decode("utf-8", "replace")
    try:
        return parse_tsv(text)
    except InputError as error:
        assert str(error).startswith("output of tomtom")
        raise InputError(f"{path}: {error}") from None


def checksum_record(path):
    """A record of the checksum of a file that lies beside it."""
    download.download(str(path.with_name("source.txt")), path.with_suffix(""))
    return path.with_suffix("").read_text()


PARSERS = {
    "read_text": Parser(lambda path: text_of(path), "text.txt", "one\ntwo\n"),
    "read_text, gzipped": Parser(lambda path: text_of(path), "text.txt.gz", "one\ntwo\n"),
    "read_bytes": Parser(lambda path: read_all(path), "file.tar", b"\0one\r\ntwo"),
    "read_table": Parser(table(), "t.tsv", "a\tb\tc\n1\tx\t0.5\n2\ty\t\n"),
    "read_table, typed": Parser(table(b=str, c="float32"), "t.tsv.gz", "a\tb\tc\n1\tx\t0.5\n2\ty\t\n"),
    "read_fasta": Parser(lambda path: list(fasta.read_fasta(path)), "s.fa", ">a x=1\nACGT\nAC\n>b\nNNNN\n"),
    "read_motifs": Parser(motifs.read_motifs, "motifs.meme", MEME),
    "read_motifs jaspar": Parser(motifs.read_motifs, "motifs.jaspar", JASPAR),
    "read_motifs homer": Parser(motifs.read_motifs, "motifs.motif", HOMER),
    "remap": Parser(lambda path: remap.read_summits(path, ["CTCF", "jund"]), "remap.bed.gz", REMAP),
    "remap, its TFs": Parser(lambda path: sorted(remap._known_tfs(path)), "remap.bed", REMAP),
    "unibind archive": Parser(
        lambda path: unibind.read_sites(path, ["CTCF"]), "sites.tar.gz", tarred(SITES.encode()), bytes
    ),
    "unibind archive, unpacked": Parser(
        lambda path: unibind.read_sites(path, ["CTCF"]), "sites.tar.gz", gzip.decompress(tarred(SITES.encode())),
    ),
    "unibind member": Parser(lambda path: unibind.read_sites(path, ["CTCF"]), "sites.tar.gz", SITES, tarred),
    "unibind folder": Parser(
        in_folder(lambda folder: unibind.read_sites(folder, ["ctcf"])), "A.B.CTCF.MA0139.1.damo.bed", SITES
    ),
    "dhs clusters": Parser(encode_dhs.read_clusters, "dhs.txt.gz", CLUSTERS),
    "dhs clusters by source": Parser(
        lambda path: encode_dhs.read_clusters(path, {"blood": {88, 73}, "skin": {71}}), "dhs.txt", CLUSTERS
    ),
    "dhs sources": Parser(encode_dhs.read_sources, "sources.txt.gz", "1\tK562\n2\tHepG2\n"),
    "blacklist": Parser(bed.read_bed, "blacklist.bed.gz", "chr1\t0\t750100\tHigh Signal Region\nchr10\t5\t45700\n"),
    "narrowPeak": Parser(peak_files.read_peaks, "peaks.narrowPeak.gz", NARROW_PEAK),
    "bed of summits": Parser(lambda path: peak_files.read_peaks(path, 5, 1), "summits.bed", SUMMITS),
    "sample sheet": Parser(lambda path: own_data.read_samples(path, "peaks"), "samples.csv", SHEET),
    "biosamples": Parser(biosamples.read_biosamples, "biosamples.tsv", SAMPLE),
    "immgen peaks": Parser(
        lambda path: immgen.read_peaks(path, 5), "peaks.txt", "name chrom start stop\np1\tchr1\t1\t5\np2 chr2 11 15\n"
    ),
    "immgen heights": Parser(
        lambda path: immgen.read_heights(path, IMMGEN_TARGETS, LINEAGES), "heights.csv", HEIGHTS
    ),
    "immgen heights, blanks": Parser(
        lambda path: immgen.read_heights(path, IMMGEN_TARGETS, LINEAGES), "heights.csv.gz",
        "B.Sp NK.BM\tMPP3\np1 1 2\t3.5\np2 4 5 -0.6\n",
    ),
    "immgen regions": Parser(lambda path: immgen.read_ocrs(path, IMMGEN_TARGETS, LINEAGES, 4), "ocrs.csv", OCRS),
    "immgen sequences": immgen_array("one_hot_seqs.npy"),
    "immgen values": immgen_array("cell_type_array.npy"),
    "immgen names": immgen_array("peak_names.npy"),
    "immgen cell types": immgen_array("cell_type_names.npy"),
    "immgen positions": Parser(
        in_folder(arrays), "ImmGenATAC1219.peak_matched.txt", "p1\tchr1\t1\t5\np2 chr2 11 15\n",
        beside={name: content for name, content in ARRAYS.items() if name.endswith(".npy")},
    ),
    "published matrix": Parser(lambda path: published_matrix.read_columns(path, [0, 2]), "matrix.npz", zipped(MATRIX)),
    "published matrix, array": Parser(
        lambda path: published_matrix.read_columns(path, [0, 2]), "matrix.npz", MATRIX, zipped
    ),
    "published index": Parser(tf_index.read_index, "tfs_idx.pickle.gz", INDEX),
    "published sequences": Parser(lambda path: published_matrix.read_regions(path, 5), "s.fa.gz", FASTA),
    "genome": Parser(windows, "genome.fa", GENOME, expect=OF_GENOME),
    "genome index": Parser(
        lambda path: windows(path.with_suffix("")), "genome.fa.fai", "chr1\t14\t10\t5\t6\nchr2\t5\t33\t3\t4\n",
        beside={"genome.fa": GENOME.encode()}, expect={"byte order mark": REFUSED},
    ),
    "genome, gzipped": Parser(unpacked, "genome.fa.gz", GENOME, expect=OF_GENOME),
    "labelled table": Parser(labelled({"table": ""}), "table.tsv", LABELLED),
    "labelled table, gzipped": Parser(
        labelled({"table": ""}), "table.csv.gz", LABELLED.replace("\t", ",").replace("ACGTNACG", '"ACGTNACG"')
    ),
    "labelled table, ExplaiNN": Parser(labelled({"table": ""}), "table.tsv.gz", EXPLAINN_ROWS),
    "labelled classes": Parser(
        labelled({"fasta": {"CTCF": {"positives": ""}}}), "s.fa.gz", ">a x=1\nACGT\nRC\n>b\nnnnn\n"
    ),
    "labelled arrays": Parser(
        labelled({"table": ""}), "arrays.h5", hdf5(
            train_in=np.eye(4, dtype="float32")[[[0, 3, 2, 1, 0]] * 3].transpose(0, 2, 1), train_out=np.eye(3)[:, :2],
            test_in=np.full((2, 4, 5), 0.25), test_out=np.array([[1, np.nan]] * 2), target_labels=[b"CTCF", b"JUND"],
        ),
    ),
    "signal table": Parser(signal_table, "table.tsv", SIGNAL),
    "signal table, gzipped": Parser(
        signal_table, "table.csv.gz", 'B,"chrom",start,end,"CD8 T cell"\n2.5,chr1,0,9,1\n-3e1,chr2,10,20,\n'
    ),
    "signal table, its targets": Parser(signal_files.signal_targets, "table.tsv", SIGNAL),
    "signal, parquet": Parser(
        signal_table, "table.parquet",
        saved(write_parquet, {"CD8 T cell": [1, None], "B": [0.5, 2], "region": SIGNAL_REGIONS}),
    ),
    "signal, AnnData": Parser(
        signal_table, "signal.h5ad", saved(write_h5ad, SIGNAL_TARGETS, SIGNAL_REGIONS, csr_matrix([[0, 1], [2.5, 0]]))
    ),
    "signal, AnnData, CREsted": Parser(signal_table, "signal.h5ad", CRESTED),
    "signal, AnnData, its split": Parser(
        signal_files.read_split, "signal.h5ad",
        saved(
            partial(write_h5ad, split=["train", "val"]), SIGNAL_TARGETS, SIGNAL_REGIONS, csr_matrix([[0, 1], [2, 0]]),
        ),
    ),
    "signal, AnnData, its targets": Parser(signal_files.signal_targets, "signal.h5ad", CRESTED),
    "bigWig": Parser(bigwig, "signal.bw", saved(write_bigwig, {"chr1": 15, "chr2": 9}, SIGNAL_OF_BASES)),
    "lineages": Parser(
        target_tables.read_rows, "lineages.tsv", "target\tlineage\talias\nB.Sp\tB\t\nMMP3\tstem\tMPP3\n"
    ),
    "regulators": Parser(
        lambda path: tables_of_targets.read_regulators(path, ["B", "stem"]), "regulators.tsv", 
        "tf\tlineage\nPAX5\tB\nCTCF\tall\n",
    ),
    "explainn": Parser(explainn.read_explainn, "model.pth", EXPLAINN),
    "explainn, pickle": Parser(
        explainn.read_explainn, "model.pth", member(EXPLAINN, "data.pkl"), torch_archive(EXPLAINN, "data.pkl")
    ),
    "model": Parser(storage.load_model, "model.safetensors", MODEL),
    "model, its description": Parser(
        stored_models.read_description, "model.safetensors", header_of(MODEL), with_header(MODEL)
    ),
    "model, header": Parser(storage.load_cam, "model.safetensors", header_of(MODEL), with_header(MODEL)),
    "dataset": Parser(load_dataset, "dataset.safetensors", TENSORS),
    "dataset, header": Parser(load_dataset, "dataset.safetensors", header_of(TENSORS), with_header(TENSORS)),
    "responses": Parser(load_responses, "responses.safetensors", RESPONSES),
    "responses, header": Parser(
        load_responses, "responses.safetensors", header_of(RESPONSES), with_header(RESPONSES)
    ),
    "checkpoint": Parser(trained, "checkpoint.safetensors", CHECKPOINT),
    "checkpoint, header": Parser(trained, "checkpoint.safetensors", header_of(CHECKPOINT), with_header(CHECKPOINT)),
    "tomtom": Parser(tomtom, "tomtom.tsv", TOMTOM, expect={"byte order mark": REFUSED}),
    "download, note": Parser(
        lambda path: download._state(path.with_suffix(""), "https://a.b/c"), "file.part.json", NOTE.encode()
    ),
    "download, checksum": Parser(checksum_record, "data.txt.sha256", b"", beside={"source.txt": b"data"}),
}  # fmt: skip


def text_of(path):
    with files.read_text(path) as text:
        return text.read().removesuffix("\n")


def read_all(path):
    with files.read_bytes(path) as stream:
        return stream.read()


# --- What is asked of each ---------------------------------------------------------------------------------------


@contextmanager
def watched():
    """See that what is done inside neither hangs nor takes much memory."""

    def too_long(*_):
        raise TimeoutError(f"nothing came of it in {SECONDS} s")

    before, limits = resident("VmRSS"), resource.getrlimit(resource.RLIMIT_DATA)
    if limits[1] == resource.RLIM_INFINITY:  # lest the machine go down
        resource.setrlimit(resource.RLIMIT_DATA, (resident("VmData") + 4 * 2**30, limits[1]))
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory begins anew
    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_DATA, limits)
        used = resident("VmHWM") - before
        assert used < MEMORY, f"it took {used / 1e6:.0f} MB"


def resident(key):
    return int(re.search(rf"{key}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024


def attempt(name, place, file_name=None, who=None):
    """Read a file; the answer in a form that can be compared, or None if it was refused in one sentence.

    Parameters
    ----------
    name : str
        Of the parser.
    place : callable or bytes
        Gets the path, and puts something there. Bytes are put there as they are.
    file_name : str, optional
        Instead of the parser's.
    who : callable, optional
        A context to read it in.
    """
    parser = PARSERS[name]
    TRIED[name] += 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, file_name or parser.name)
        for other, content in parser.beside.items():
            path.with_name(other).write_bytes(content)
        place(path) if callable(place) else path.write_bytes(place)
        try:
            with watched(), who() if who else nullcontext():
                answer = parser.read(path)
        except InputError as error:
            sentence = str(error)
            assert sentence.isprintable() and len(sentence) < 1100, sentence
            assert folder in sentence, sentence
            return None
        return plain(answer)


def plain(answer):
    """An answer as tuples, text and bytes, after a look whether it makes sense."""
    if isinstance(answer, pd.DataFrame):
        make_sense(answer)
        return list(answer), [repr(row) for row in answer.itertuples()]
    if isinstance(answer, Dataset):
        assert answer.sequences.max(initial=0) <= 4 and answer.split.max(initial=0) <= 2
        assert not np.isinf(answer.labels).any()
        return plain(vars(answer))
    if isinstance(answer, torch.nn.Module):
        return str(answer), plain(answer.state_dict())
    if isinstance(answer, motifs.Motif):
        np.testing.assert_allclose(answer.ppm.sum(axis=1), 1)
        return plain(vars(answer))
    if isinstance(answer, torch.Tensor):
        return plain(answer.numpy())
    if isinstance(answer, np.ndarray):
        return (answer.tolist() if answer.dtype == object else answer.tobytes()), answer.shape, answer.dtype.str
    if isinstance(answer, dict):
        return [(plain(key), plain(value)) for key, value in answer.items()]
    if isinstance(answer, (list, tuple)):
        return [plain(item) for item in answer]
    return repr(answer)


def make_sense(table):
    if {"start", "end"} <= set(table) and table["start"].notna().any():
        assert (table["start"] < table["end"]).all() and table["end"].max() < 2**62
    for column in table.select_dtypes([object, "string"]):
        for text in table[column].dropna():
            assert isinstance(text, str) and not re.search(r"[\r\n\0]", text), (column, text)
