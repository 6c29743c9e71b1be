"""A web server on the loopback interface that can be told to misbehave."""

import hashlib
import re
import threading
from collections import defaultdict, deque
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server:
    """Serves files from memory: ``with Server({"a/b.gz": content}) as server: server.url("a/b.gz")``.

    Parameters
    ----------
    files : dict of str to bytes
        May be changed while the server runs.
    ranges : bool
        Whether it can send a part of a file.
    validator : {"ETag", "Last-Modified"}
        What it says of a file's version.
    heeds_if_range : bool
        Whether it sends the whole file where the version asked for is gone, as it should.

    Attributes
    ----------
    requests : list of (str, dict)
        The name and the headers of every request so far.
    """

    def __init__(self, files=None, ranges=True, validator="ETag", heeds_if_range=True):
        self.files = dict(files or {})
        self.ranges, self.validator, self.heeds_if_range = ranges, validator, heeds_if_range
        self.requests = []
        self.faults = defaultdict(deque)
        self.closing = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.owner = self

    def __enter__(self):
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    def url(self, name):
        return f"http://127.0.0.1:{self._http.server_port}/{name}"

    def misbehave(self, name, *faults):
        """Answer the next requests for a file with these faults, one each; the later ones are answered well."""
        self.faults[name].extend(faults)

    def version(self, content):
        """The header that tells the version of a file."""
        digest = hashlib.sha256(content).hexdigest()
        value = {"ETag": f'"{digest[:8]}"', "Last-Modified": formatdate(int(digest[:7], 16), usegmt=True)}
        return {self.validator: value[self.validator]}


def status(code, **headers):
    """Answer with a status code; a header's underscores are hyphens."""

    def fault(handler, content):
        handler.begin(code, {key.replace("_", "-"): value for key, value in headers.items()}, 0)

    return fault


def drop(share):
    """Close the connection when this share of the file is sent."""

    def fault(handler, content):
        handler.send(content, int(share * len(content)))
        handler.close_connection = True

    return fault


def hang(share):
    """Send nothing more when this share of the file is sent."""

    def fault(handler, content):
        drop(share)(handler, content)
        handler.wfile.flush()
        handler.owner.closing.wait(10)

    return fault


def trickle(share):
    """Send byte after byte when this share of the file is sent."""

    def fault(handler, content):
        reached = handler.send(content, int(share * len(content)))
        handler.close_connection = True
        for position in range(reached, min(reached + 1000, len(content))):
            handler.wfile.write(content[position : position + 1])
            if handler.owner.closing.wait(0.01):
                break

    return fault


def chunked(share):
    """Announce no length, and close the connection when this share of the file is sent; a share of 1 is well."""

    def fault(handler, content):
        handler.begin(200, {"Transfer-Encoding": "chunked"})
        sent = content[: int(share * len(content))]
        for start in range(0, len(sent), 100_000):
            chunk = sent[start : start + 100_000]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        handler.wfile.write(b"0\r\n\r\n" if share == 1 else b"")
        handler.close_connection = True

    return fault


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that goes away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self):
        self.owner, name = self.server.owner, self.path.lstrip("/")
        self.owner.requests.append((name, dict(self.headers)))
        content = self.owner.files.get(name)
        if self.owner.faults[name]:
            self.owner.faults[name].popleft()(self, content)
        elif content is None:
            self.begin(404, {}, 0)
        else:
            self.send(content, len(content))

    def begin(self, code, headers, length=None):
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def send(self, content, end):
        """Announce a file, or the range asked for, send it up to a position, and return the position reached."""
        version = self.owner.version(content)
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = not self.owner.heeds_if_range or self.headers.get("If-Range") in (None, *version.values())
        start = int(match[1]) if match and self.owner.ranges and same else 0
        if start >= len(content) > 0:
            self.begin(416, {"Content-Range": f"bytes */{len(content)}"}, 0)
            return start
        span = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        self.begin(206 if start else 200, {**version, **span}, len(content) - start)
        self.wfile.write(content[start:end])
        return max(start, end)

    def log_message(self, *_):
        pass
