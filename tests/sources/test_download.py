import gzip
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import yaml
from cam.errors import InputError
from cam.setup.addresses import genome_place, place
from cam.sources.download import download
from conftest import ROOT
from http_server import Server, chunked, drop, hang, status, trickle

CONTENT = np.random.default_rng(1).bytes(1_000_000)
OTHER = np.random.default_rng(2).bytes(1_000_000)
QUICK = {"attempts": 3, "pause": 0.01, "interval": 5, "least": 1000}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def fetch(server, path, name="file.bin", **options):
    """Download as impatiently as a test has to be."""
    download(server.url(name), path, **{**QUICK, **options})


def listing(path):
    return sorted(p.name for p in path.parent.iterdir())


def ranges(server):
    return [headers.get("Range") for _, headers in server.requests]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "downloads" / "file.bin"


@pytest.fixture
def server():
    with Server({"file.bin": CONTENT}) as server:
        yield server


def test_a_file_arrives_and_its_checksum_is_recorded(server, path):
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert listing(path) == ["file.bin", "file.bin.sha256"]
    assert subprocess.run(["sha256sum", "-c", "file.bin.sha256"], cwd=path.parent, capture_output=True).returncode == 0


def test_a_second_call_downloads_nothing(server, path):
    fetch(server, path)
    fetch(server, path)
    assert len(server.requests) == 1


def test_a_dropped_connection_is_resumed(server, path):
    server.misbehave("file.bin", drop(0.6), drop(0.8))
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert ranges(server) == [None, "bytes=600000-", "bytes=800000-"]
    assert server.requests[1][1]["If-Range"] == server.version(CONTENT)["ETag"]
    assert listing(path) == ["file.bin", "file.bin.sha256"]


def test_headway_is_worth_more_attempts(server, path):
    server.misbehave("file.bin", *[drop(n / 10) for n in range(1, 10)])
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert len(server.requests) == 10


def test_a_server_that_is_busy_twice_is_asked_again(server, path, caplog):
    server.misbehave("file.bin", status(503), status(503))
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert len(server.requests) == 3
    assert re.findall("trying again in (.*)", caplog.text) == ["0.01 s", "0.02 s"]


@pytest.mark.parametrize(("wait", "seconds"), [("1", 1), ("soon", 0)])
def test_a_server_that_says_when_to_come_back_is_obeyed(server, path, wait, seconds):
    server.misbehave("file.bin", status(429, Retry_After=wait))
    began = time.monotonic()
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert time.monotonic() - began >= seconds


def test_a_server_that_stays_busy_is_given_up(server, path):
    server.misbehave("file.bin", *[status(503)] * 3)
    with pytest.raises(InputError, match=r"file.bin: found status 503 \(Service Unavailable\), the last of 3 attempts"):
        fetch(server, path)
    assert len(server.requests) == 3
    assert listing(path) == []


@pytest.mark.parametrize("code", [403, 404])
def test_an_absent_file_is_asked_for_once(server, path, code):
    server.misbehave("file.bin", status(code))
    with pytest.raises(InputError, match=rf"http://.*/file.bin: found status {code} \(.*\), expected the file"):
        fetch(server, path)
    assert len(server.requests) == 1
    assert listing(path) == []


def test_an_unreachable_server_is_named(path):
    with Server() as server:
        pass
    with pytest.raises(InputError, match=r"file.bin: the server cannot be reached, the last of 3 attempts"):
        fetch(server, path)


def test_an_address_has_to_be_one(path):
    with pytest.raises(InputError, match="not an address"):
        download("http://:x/file.bin", path)


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_a_wrong_checksum_leaves_nothing(server, path, algorithm):
    expected = hashlib.new(algorithm, OTHER).hexdigest()
    found = hashlib.new(algorithm, CONTENT).hexdigest()
    with pytest.raises(InputError, match=f"file.bin: found {algorithm} {found}, expected {expected}"):
        fetch(server, path, **{algorithm: expected})
    assert listing(path) == []
    fetch(server, path, **{algorithm: found.upper()})
    assert path.read_bytes() == CONTENT


def test_a_wrong_size_is_not_even_downloaded(server, path):
    with pytest.raises(InputError, match=r"file.bin: found 1000000 bytes, expected 1000001"):
        fetch(server, path, size=1_000_001)
    assert listing(path) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(CONTENT)[:-1000], "the gzip file is truncated"),
        (gzip.compress(CONTENT)[:-8] + b"12345678", r"found a damaged gzip file \(CRC"),
        (CONTENT, r"found a damaged gzip file \(Not a gzipped file"),
        (b"", "found 0 bytes, expected more"),
        (b"<!DOCTYPE html>\n<html>sorry</html>", "found a page of HTML, expected a data file"),
        (b"\n <HTML><body>sorry</body>", "found a page of HTML, expected a data file"),
    ],
)
def test_what_is_no_whole_gzip_file_leaves_nothing(path, content, sentence):
    path = path.with_name("peaks.bed.gz")
    with Server({"peaks.bed.gz": content}) as server:
        with pytest.raises(InputError, match=f"http://.*/peaks.bed.gz: {sentence}"):
            fetch(server, path, "peaks.bed.gz")
        assert len(server.requests) == 1
    assert listing(path) == []


def test_a_gzip_file_of_many_members_is_stored_as_it_is(path):
    content = gzip.compress(b"chr1\t1\t2\n") + gzip.compress(b"chr2\t1\t2\n")
    path = path.with_name("peaks.bed.gz")
    with Server({"peaks.bed.gz": content}) as server:
        server.misbehave("peaks.bed.gz", compressed_for_the_way)
        fetch(server, path, "peaks.bed.gz")
    assert path.read_bytes() == content


def compressed_for_the_way(handler, content):
    """What some servers say of a file that is a gzip file by itself; a browser would then unpack it."""
    handler.begin(200, {"Content-Encoding": "gzip"}, len(content))
    handler.wfile.write(content)


def test_a_page_of_html_does_not_cost_what_has_arrived(server, path):
    server.misbehave("file.bin", *[drop(0.6)] * 3)
    with pytest.raises(InputError, match="broke off after 600000 of 1000000 bytes"):
        fetch(server, path)
    server.misbehave(
        "file.bin", lambda handler, _: (handler.begin(200, {}, 14), handler.wfile.write(b"<html>a</html>"))
    )
    with pytest.raises(InputError, match="found a page of HTML"):
        fetch(server, path)
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert ranges(server)[-1] == "bytes=600000-"


def test_without_ranges_the_file_is_fetched_anew(path):
    with Server({"file.bin": CONTENT}, ranges=False) as server:
        server.misbehave("file.bin", drop(0.6))
        fetch(server, path)
        assert path.read_bytes() == CONTENT
        path.unlink()
        server.misbehave("file.bin", *[drop(0.6)] * 9)
        with pytest.raises(InputError, match="the connection broke off after 600000 of 1000000 bytes, the last of 3"):
            fetch(server, path)
    assert not path.exists()


@pytest.mark.parametrize("heeds_if_range", [True, False])
@pytest.mark.parametrize("validator", ["ETag", "Last-Modified"])
def test_a_file_that_changed_is_fetched_anew(path, validator, heeds_if_range):
    with Server({"file.bin": CONTENT}, validator=validator, heeds_if_range=heeds_if_range) as server:
        server.misbehave("file.bin", *[drop(0.6)] * 3)
        with pytest.raises(InputError):
            fetch(server, path)
        server.files["file.bin"] = OTHER
        fetch(server, path)
        assert ranges(server)[3] == "bytes=600000-"
    assert path.read_bytes() == OTHER


def test_a_file_of_unannounced_length_is_whole_or_fetched_anew(server, path):
    server.misbehave("file.bin", chunked(0.6), chunked(1))
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert ranges(server) == [None, None]


def test_a_file_that_became_shorter_is_fetched_anew(path):
    with Server({"file.bin": CONTENT}, heeds_if_range=False) as server:
        server.misbehave("file.bin", drop(0.6), drop(0.6))
        with pytest.raises(InputError):
            fetch(server, path, attempts=2)
        server.files["file.bin"] = OTHER[:1000]
        fetch(server, path)
    assert path.read_bytes() == OTHER[:1000]


@pytest.mark.parametrize("version", [{}, {"ETag": 'W/"much the same"'}])
def test_a_file_of_no_exact_version_is_fetched_anew(server, path, version):
    server.version = lambda content: version
    server.misbehave("file.bin", drop(0.6))
    fetch(server, path)
    assert ranges(server) == [None, None]
    assert path.read_bytes() == CONTENT


def test_a_file_of_another_length_is_fetched_anew(server, path):
    server.version = lambda content: {"ETag": '"never another"'}
    server.misbehave("file.bin", *[drop(0.6)] * 3)
    with pytest.raises(InputError):
        fetch(server, path)
    server.files["file.bin"] = OTHER[:700_000]
    fetch(server, path)
    assert path.read_bytes() == OTHER[:700_000]


def test_what_was_patched_together_wrongly_is_fetched_once_more(server, path):
    server.version = lambda content: {"ETag": '"never another"'}
    server.files["file.bin"] = OTHER
    server.misbehave("file.bin", *[drop(0.6)] * 3)
    with pytest.raises(InputError):
        fetch(server, path)
    server.files["file.bin"] = CONTENT
    fetch(server, path, sha256=sha256(CONTENT))
    assert ranges(server)[3:] == ["bytes=600000-", None]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("fault", [hang, trickle])
def test_a_stalled_transfer_is_broken_off_and_resumed(server, path, fault):
    server.misbehave("file.bin", fault(0.3))
    fetch(server, path, interval=0.4)
    assert path.read_bytes() == CONTENT
    assert len(server.requests) == 2
    assert re.fullmatch(r"bytes=300\d\d\d-", ranges(server)[1])


def test_a_server_that_only_trickles_is_given_up(server, path):
    server.misbehave("file.bin", *[trickle(0.3)] * 3)
    with pytest.raises(InputError, match=r"file.bin: only \d+ bytes came in 0.4 s, the last of 3 attempts"):
        fetch(server, path, interval=0.4)
    assert not path.exists()


def test_a_server_that_never_answers_is_given_up(server, path):
    server.misbehave("file.bin", *[lambda handler, _: handler.owner.closing.wait(1)] * 2)
    with pytest.raises(InputError, match=r"file.bin: no answer in 0.2 s, the last of 2 attempts"):
        fetch(server, path, attempts=2, interval=0.2)


def test_redirects_are_followed(server, path):
    server.misbehave("old.bin", status(301, Location="/older.bin"), status(301, Location="/older.bin"))
    server.misbehave("older.bin", status(302, Location=server.url("file.bin")), status(302, Location="/file.bin"))
    server.misbehave("file.bin", drop(0.6))
    fetch(server, path, "old.bin")
    assert path.read_bytes() == CONTENT
    assert ranges(server) == [None] * 3 + ["bytes=600000-"] * 3


def test_redirects_in_a_circle_are_an_error(server, path):
    server.misbehave("loop.bin", *[status(302, Location="/loop.bin")] * 40)
    with pytest.raises(InputError, match="loop.bin: found 30 redirects in a row"):
        fetch(server, path, "loop.bin")


def test_a_later_file_with_another_checksum_is_refused(server, path):
    fetch(server, path)
    server.files["file.bin"] = OTHER
    path.unlink()
    with pytest.raises(
        InputError, match=f"found sha256 {sha256(OTHER)}, expected {sha256(CONTENT)}, recorded in .*256"
    ):
        fetch(server, path)
    assert listing(path) == ["file.bin.sha256"]
    path.with_name("file.bin.sha256").unlink()
    fetch(server, path)
    assert path.read_bytes() == OTHER
    path.write_bytes(CONTENT)
    with pytest.raises(InputError, match=f"file.bin: found sha256 {sha256(CONTENT)}, expected {sha256(OTHER)}"):
        fetch(server, path)
    assert path.read_bytes() == CONTENT


def test_a_known_checksum_outweighs_a_recorded_one(server, path):
    fetch(server, path)
    path.write_bytes(OTHER)
    fetch(server, path, sha256=sha256(OTHER))
    assert path.with_name("file.bin.sha256").read_text() == f"{sha256(OTHER)}  file.bin\n"


def test_a_killed_download_goes_on_where_it_stood(server, path):
    server.misbehave("file.bin", hang(0.6))
    code = "import sys; from cam.sources.download import download; download(sys.argv[1], sys.argv[2])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow_scripts")}
    process = subprocess.Popen([sys.executable, "-c", code, server.url("file.bin"), str(path)], env=environment)
    part = path.with_name("file.bin.part")
    deadline = time.monotonic() + 10
    while not (part.exists() and part.stat().st_size > 500_000):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert listing(path) == ["file.bin.part", "file.bin.part.json"]
    have = part.stat().st_size
    fetch(server, path)
    assert ranges(server) == [None, f"bytes={have}-"]
    assert path.read_bytes() == CONTENT
    assert listing(path) == ["file.bin", "file.bin.sha256"]


def test_a_download_killed_at_its_very_end_asks_for_nothing(server, path):
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(CONTENT)
    note = {"url": server.url("file.bin"), "validator": '"a"', "size": len(CONTENT)}
    path.with_name("file.bin.part.json").write_text(json.dumps(note))
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.requests == []


@pytest.mark.parametrize(("first", "later"), [(0, None), (600_000, "bytes=700000-")])
def test_another_range_than_was_asked_for_does_no_harm(server, path, first, later):
    def fault(handler, content):
        span = {"Content-Range": f"bytes {first}-999999/1000000"}
        handler.begin(206, {**server.version(content), **span}, 100_000)
        handler.wfile.write(content[first : first + 100_000])

    server.misbehave("file.bin", drop(0.6), fault)
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert ranges(server) == [None, "bytes=600000-", later]


@pytest.mark.parametrize("note", ["{", "[]", '{"url": "http://elsewhere/file.bin", "validator": VERSION, "size": 9}'])
def test_a_partial_file_of_another_origin_is_not_used(server, path, note):
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(b"of something else")
    version = json.dumps(server.version(CONTENT)["ETag"])
    path.with_name("file.bin.part.json").write_text(note.replace("VERSION", version))
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert ranges(server) == [None]


def test_two_processes_take_turns(server, path):
    server.misbehave("file.bin", lambda handler, content: (time.sleep(0.1), handler.send(content, len(content))))
    threads = [threading.Thread(target=fetch, args=(server, path)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_a_damaged_file_that_is_there_is_named_and_kept(path):
    path.parent.mkdir()
    path = path.with_name("peaks.bed.gz")
    path.write_bytes(gzip.compress(CONTENT)[:-1000])
    with pytest.raises(InputError, match=f"{path}: the gzip file is truncated"):
        download("http://127.0.0.1:9/peaks.bed.gz", path)
    path.write_bytes(b"<html>saved with a browser</html>")
    with pytest.raises(InputError, match=f"{path}: found a page of HTML"):
        download("http://127.0.0.1:9/peaks.bed.gz", path)
    assert listing(path) == ["peaks.bed.gz"]


@pytest.mark.parametrize("address", ["{}", "file://{}"])
def test_a_local_file_is_linked(path, tmp_path, address):
    local = tmp_path / "my file.bin"
    local.write_bytes(CONTENT)
    address = address.format(local if address == "{}" else str(local).replace(" ", "%20"))
    with pytest.raises(InputError, match=f"{local}: found sha256"):
        download(address, path, sha256=sha256(OTHER))
    download(address, path, sha256=sha256(CONTENT))
    assert path.read_bytes() == CONTENT
    assert path.resolve() == local
    assert listing(path) == ["file.bin", "file.bin.sha256"]


def test_an_absent_local_file_is_named(path):
    with pytest.raises(InputError, match="none/file.bin: no such file"):
        download("none/file.bin", path)


def test_a_place_that_cannot_be_written_is_named(server, tmp_path):
    (tmp_path / "downloads").write_text("not a folder")
    with pytest.raises(InputError, match=f"{tmp_path}/downloads: File exists"):
        fetch(server, tmp_path / "downloads" / "file.bin")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.org/b/c.gz", "downloads/a.org/b/c.gz"),
        ("http://A.org:8080/b//./c.gz", "downloads/a.org_8080/b/c.gz"),
        ("https://user:secret@a.org/../../c.gz", "downloads/a.org/c.gz"),
        ("https://a.org/b/../d/c.gz", "downloads/a.org/d/c.gz"),
        ("https://a.org/c.gz?download=1&v=2/3", "downloads/a.org/download=1%26v=2%2F3/c.gz"),
        ("file:///data/c.gz", "downloads/localhost/data/c.gz"),
        ("data/c.gz", "data/c.gz"),
    ],
)
def test_every_address_has_its_place(url, expected):
    assert place(url, "downloads") == expected


@pytest.mark.parametrize("url", ["ftp://a.org/c.gz", "https://a.org", "https://a.org/b/", "https://a.org/b/.."])
def test_an_address_without_a_place_is_named(url):
    with pytest.raises(InputError, match=f"{url}: .*expected"):
        place(url, "downloads")


def test_genomes_of_one_name_have_a_place_each(tmp_path):
    addresses = [f"https://a.org/{path}/genome.fa{end}" for path in ("human", "mouse") for end in ("", ".gz")]
    for number in range(2):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "genome.fa").write_text(">chr1\nACGT\n")
        addresses.append(str(tmp_path / f"{number}" / "genome.fa"))
    places = [genome_place(address, "downloads") for address in addresses]
    assert len(set(places)) == len(places)
    assert all(re.fullmatch(r"downloads/genomes/genome\.[0-9a-f]{16}\.fa", place) for place in places)
    assert [genome_place(address, "downloads") for address in addresses] == places
    assert genome_place(f"file://{addresses[-1]}", "downloads") == places[-1]
    with pytest.raises(InputError, match="expected http, https or file"):
        genome_place("ftp://a.org/hg38.fa", "downloads")


def test_a_genome_that_is_replaced_has_another_place_even_if_it_is_older(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_text(">chr1\nACGT\n")
    before = genome_place(path, "downloads")
    path.write_text(">chr1\nTTTT\n")
    os.utime(path, ns=(0, 0))
    assert genome_place(path, "downloads") != before


def test_what_is_known_of_public_files_can_be_used():
    known = yaml.safe_load((ROOT / "resources" / "downloads.yaml").read_text())
    assert len(known) > 5
    for url, facts in known.items():
        assert place(url, "downloads").startswith("downloads/")
        assert set(facts) <= {"size", "md5", "sha256"}
        assert all(re.fullmatch(r"\d+|[0-9a-f]{32}|[0-9a-f]{64}", str(value)) for value in facts.values())
