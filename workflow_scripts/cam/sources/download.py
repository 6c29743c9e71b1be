"""Files from public servers: resumed and retried where the way is bad, checked, and there only when whole."""

import fcntl
import gzip
import hashlib
import json
import logging
import os
import re
import time
import zlib
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from urllib3.exceptions import HTTPError, InvalidHeader, ReadTimeoutError
from urllib3.util import Retry

from .. import __version__
from ..errors import InputError
from ..io.files import GZIPPED, atomic, write_text
from ..logs import progress

logger = logging.getLogger("cam")

_PASSING = frozenset({408, 429, 500, 502, 503, 504})  # status codes that may be another one in a while
_LONGEST_PAUSE = 60  # s before another attempt, unless the server asks for more
_LONGEST_WAIT = 3600  # s, whatever the server asks for
_BLOCK = 2**18  # bytes at most that are read and written at once
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)


class _Broken(Exception):
    """An attempt that failed in a way that another one may not; ``wait`` is what the server asks for, in seconds."""

    def __init__(self, reason, wait=None):
        super().__init__(reason)
        self.wait = wait


def download(url, path, *, sha256=None, md5=None, size=None, attempts=8, pause=1.0, interval=60.0, least=2**16):
    """Fetch a file, or find that it is there.

    What has arrived is kept as ``{path}.part``, so that a transfer that was broken off, or killed, goes on where it
    stood if the server's file is still the same (by its entity tag or date), and starts anew if not. The file gets its
    own name when it is whole: it has the size that the server announced and the checksums that are known, it is no
    page of HTML, and, where it is named like a gzip file and no checksum is known, it can be decompressed to its end.

    The SHA-256 of the first file is recorded in ``{path}.sha256`` (``sha256sum -c`` reads it) and later ones have to
    have it too, so that two runs of an experiment never see different data without being told. A file that is there
    already is checked in the same way, and nothing is downloaded. Processes take turns in a folder.

    Parameters
    ----------
    url : str
        An http or https address. A local file (its path, or a ``file://`` address) is checked and linked.
    path : str or Path
        Where the file shall be. Its folder is made if it is missing.
    sha256, md5 : str, optional
        Known checksums, in hexadecimal digits.
    size : int, optional
        Known size, in bytes.
    attempts : int
        How often in a row an attempt may fail without getting ``least`` bytes further.
    pause : float
        Seconds between the first two attempts; each later pause is twice as long, up to a minute. A server that says
        when to come back (``Retry-After``) is obeyed.
    interval : float
        Seconds that a server may take to answer, and over which the speed is watched.
    least : int
        Bytes: an attempt ends if fewer arrive in an interval.

    Raises
    ------
    InputError
        If the server does not have the file, keeps failing, or sends something else; or if the file cannot be written.
    """
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    known = {"sha256": sha256, "md5": md5, "size": size}
    local = _local(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _turn_in(path.parent):
            if path.exists():
                _check(path, path, path, **known)
            elif local:
                _check(local, path, local, **known)
                with atomic(path) as link:
                    link.symlink_to(local.resolve())
            else:
                for once_more in (True, False):
                    patched = _fetch(url, part, size, attempts, pause, interval, least)
                    try:
                        _check(part, path, url, **known)
                        break
                    except InputError as error:
                        _discard(part)
                        if not (patched and once_more):
                            raise
                        logger.warning("%s; it came in pieces, so it is tried from the start once more", error)
                os.replace(part, path)
                _discard(part)
    except OSError as error:
        raise InputError(f"{error.filename or path}: {error.strerror or error}") from None


def _local(url):
    """The local file that an address names, or None if it is on a server."""
    parts = urlsplit(str(url))
    if parts.scheme not in ("", "file"):
        return None
    local = Path(unquote(parts.path) if parts.scheme else url)
    if not local.is_file():
        raise InputError(f"{local}: no such file")
    return local


@contextmanager
def _turn_in(folder):
    """Wait until no other process downloads into a folder, where its file system can tell."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.info("%s: waiting for another download into this folder", folder)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:  # some network file systems have no locks
            pass
        yield
    finally:
        os.close(handle)


def _fetch(url, part, size, attempts, pause, interval, least):
    """Try until the partial file is complete; return whether it was put together from more than one attempt."""
    failures, furthest = 0, _length(part)
    with requests.Session() as session:
        # A file is wanted as it lies on the server, not compressed once more for the way.
        session.headers.update({"User-Agent": f"cam-pipeline/{__version__}", "Accept-Encoding": "identity"})
        while True:
            try:
                return _transfer(session, url, part, size, interval, least)
            except _Broken as broken:
                reached = _length(part)
                failures = 1 if reached >= furthest + least else failures + 1
                furthest = max(furthest, reached)
                if failures >= attempts:
                    raise InputError(
                        f"{url}: {broken}, the last of {failures} attempts without headway; run again to go on "
                        "from what has arrived"
                    ) from None
                wait = broken.wait
                if wait is None:
                    wait = min(pause * 2 ** (failures - 1), _LONGEST_PAUSE)
                logger.warning("%s: %s; trying again in %.3g s", url, broken, wait)
                time.sleep(wait)


def _transfer(session, url, part, size, interval, least):
    """One attempt; return whether it went on from an earlier one."""
    start, before = _state(part, url)
    if start and start == before["size"]:  # it was complete, and ended before it was checked
        return True
    headers = {"Range": f"bytes={start}-", "If-Range": before["validator"]} if start else {}
    with _answer(session, url, headers, interval) as response:
        status, total = response.status_code, response.headers.get("Content-Length", "")
        total = int(total) if re.fullmatch("[0-9]{1,18}", total) else None
        if start and status == 206:
            match = re.fullmatch("bytes ([0-9]{1,18})-[0-9]+/([0-9]{1,18})", response.headers.get("Content-Range", ""))
            total = int(match[2]) if match else None
            unchanged = _validator(response) in (None, before["validator"]) and total == before["size"]
            if not match or int(match[1]) != start or not unchanged:
                _discard(part)
                raise _Broken("the file has changed on the server", wait=0)
        elif start and status == 416:
            _discard(part)
            raise _Broken("the file has become shorter on the server", wait=0)
        elif status == 200:
            start = 0
        else:
            raise InputError(f"{url}: found status {status} ({response.reason}), expected the file")
        done, earlier, since = start, start, time.monotonic()
        try:
            block = response.raw.read1(_BLOCK, decode_content=False)
            if not start:  # what is there already is given up for a file only, not for a server's excuse
                _refuse_page(url, block)
                if size is not None and total not in (None, size):
                    raise InputError(f"{url}: found {total} bytes, expected {size}")
            with (
                open(part, "ab" if start else "wb") as out,
                progress(total=total, initial=start, unit="B", unit_scale=True, desc=part.stem) as bar,
            ):
                if not start:  # after the file was emptied: the note is never about the bytes of another one
                    with write_text(_note(part)) as text:
                        json.dump({"url": url, "validator": _validator(response), "size": total}, text)
                while block:
                    out.write(block)
                    bar.update(len(block))
                    done += len(block)
                    now = time.monotonic()
                    if now - since >= interval:
                        if done - earlier < least:
                            raise _Broken(f"only {done - earlier} bytes came in {interval:g} s")
                        logger.info("%s: %d of %s bytes", url, done, total or "unknown")
                        earlier, since = done, now
                    block = response.raw.read1(_BLOCK, decode_content=False)
        except ReadTimeoutError:
            raise _Broken(f"nothing came in {interval:g} s after {done} of {total or 'unknown'} bytes") from None
        except HTTPError:
            raise _Broken(f"the connection broke off after {done} of {total or 'unknown'} bytes") from None
    if total is not None and done != total:
        raise _Broken(f"the server sent {done} of {total} bytes")
    return start > 0


def _answer(session, url, headers, interval):
    """The server's response, its body unread, unless another attempt has to be made."""
    try:
        response = session.get(url, headers=headers, stream=True, timeout=interval)
    except requests.TooManyRedirects:
        raise InputError(f"{url}: found {session.max_redirects} redirects in a row, expected the file") from None
    except requests.exceptions.SSLError as error:
        raise InputError(f"{url}: the server cannot be trusted ({error})") from None
    except requests.Timeout:
        raise _Broken(f"no answer in {interval:g} s") from None
    except requests.RequestException as error:
        if isinstance(error, ValueError):  # what requests raises for an address that is none
            raise InputError(f"{url}: not an address ({error})") from None
        raise _Broken("the server cannot be reached") from None
    if response.status_code in _PASSING:
        with response:
            try:
                wait = Retry().get_retry_after(response.raw)
                wait = wait and min(wait, _LONGEST_WAIT)
            except (InvalidHeader, ValueError, OverflowError):
                wait = None
            raise _Broken(f"found status {response.status_code} ({response.reason})", wait)
    return response


def _validator(response):
    """What tells whether the server's file is still the same: its strong entity tag, or its date."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified")


def _note(part):
    """The file that says what a partial file is part of."""
    return part.with_name(f"{part.name}.json")


def _state(part, url):
    """How many bytes there are to go on from, and what they are part of."""
    try:
        before = json.loads(_note(part).read_text())
        if (
            before["url"] == url
            and isinstance(before["validator"] or 0, str)
            and isinstance(before["size"], int | None)
        ):
            return _length(part), before
    except (OSError, ValueError, KeyError, TypeError, RecursionError):  # it may be absent, or damaged
        pass
    return 0, {}


def _length(path):
    return path.stat().st_size if path.exists() else 0


def _discard(part):
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _check(file, path, name, sha256, md5, size):
    """See that a file, called ``name``, is what shall be at ``path``, and record its checksum if none is recorded."""
    record = path.with_name(f"{path.name}.sha256")
    recorded = record.read_bytes().partition(b" ")[0].strip().decode(errors="replace") if record.exists() else ""
    if recorded and not re.fullmatch("[0-9a-f]{64}", recorded):
        raise InputError(f"{record}: found '{recorded}', expected a SHA-256 checksum; delete this record")
    with open(file, "rb") as raw:
        _refuse_page(name, raw.read(512))
        length = raw.seek(0, os.SEEK_END)
        if length == 0 or (size is not None and length != size):
            raise InputError(f"{name}: found {length} bytes, expected {size or 'more'}")
        found = {}
        for algorithm in ("sha256", "md5") if md5 else ("sha256",):
            raw.seek(0)
            found[algorithm] = hashlib.file_digest(raw, algorithm).hexdigest()
    for algorithm, expected in (("sha256", sha256), ("md5", md5)):
        if expected and found[algorithm] != expected.lower():
            raise InputError(f"{name}: found {algorithm} {found[algorithm]}, expected {expected.lower()}")
    if not sha256 and recorded and found["sha256"] != recorded:
        raise InputError(
            f"{name}: found sha256 {found['sha256']}, expected {recorded}, recorded in {record} at an earlier "
            "download; delete that record if the new file is the right one"
        )
    if path.suffix in GZIPPED and not (sha256 or md5 or recorded):
        _check_gzip(file, name)
    if recorded != found["sha256"]:
        with write_text(record) as text:
            text.write(f"{found['sha256']}  {path.name}\n")
    logger.info("%s: %d bytes, sha256 %s", path, length, found["sha256"])


def _check_gzip(file, name):
    """See that a gzip file can be decompressed to its end."""
    try:
        with gzip.open(file) as packed:
            while packed.read(2**20):
                pass
    except EOFError:
        raise InputError(f"{name}: the gzip file is truncated; expected it to be whole") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{name}: found a damaged gzip file ({error}), expected a whole one") from None


def _refuse_page(name, head):
    if _PAGE.match(head):
        raise InputError(f"{name}: found a page of HTML, expected a data file")
