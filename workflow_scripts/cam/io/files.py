"""Files that are whole or absent, and the same byte for byte when made again."""

import codecs
import gzip
import io
import os
import re
import secrets
import time
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import InputError

_PART = 2**17  # bytes that are read at a time
GZIPPED = (".gz", ".bgz")  # ends of names of gzip files, those of blocks (bgzip) among them
# All but NUL, the tab, ends of lines, and DOS's end of file, which is in some files of data.
_CONTROLS = bytes([*range(1, 9), 0x0B, 0x0C, *range(0x0E, 0x1A), *range(0x1B, 0x20), 0x7F])
_MUCH, _MOST_TIMES = (
    2**26,
    200,
)  # a gzip file of more bytes than that must not unpack to more than so many times its size
_PART_NAME = re.compile(r"\.[0-9a-f]{8}\..+")  # of a file that is being written


@contextmanager
def atomic(path):
    """Write a file under a temporary name and give it its own name only when it is whole.

    Parameters
    ----------
    path : str or Path
        The final name. Its folder is made if it is missing.

    Yields
    ------
    Path
        A name in the same folder, with the same ending, to write to. It is renamed to ``path`` when the block ends
        well and removed when it does not.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{secrets.token_hex(4)}.{path.name}")
    try:
        yield part
        os.replace(part, path)
    except IsADirectoryError:
        raise InputError(f"{path}: found a folder where a file is to be written") from None
    finally:
        part.unlink(missing_ok=True)


def remove_parts(folder, older_than=0):
    """Remove what :func:`atomic` had begun to write when it was killed.

    Parameters
    ----------
    folder : str or Path
        It is searched to its depths, and need not exist.
    older_than : float
        Seconds; what was written to later may be another process's and stays.
    """
    for path in Path(folder).rglob(".*"):
        with suppress(FileNotFoundError):
            if _PART_NAME.fullmatch(path.name) and time.time() - path.stat().st_mtime >= older_than:
                path.unlink()


@contextmanager
def write_text(path):
    """Open a text file for atomic writing, gzipped (without a time stamp) if its name ends in ``.gz``."""
    with atomic(path) as part, open(part, "wb") as raw:
        zipped = str(path).endswith(".gz")
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) if zipped else raw
        with packed, io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text:
            yield text


@contextmanager
def read_text(path):
    """Open a text file for reading, gunzipping it if it is gzipped. A byte order mark is passed over.

    Raises
    ------
    InputError
        As :func:`read_parts`, or if it is not UTF-8 or UTF-16 text, or holds control characters, which neither
        terminals nor SVG can show; also when that shows only while it is being read.
    """
    with io.TextIOWrapper(io.BufferedReader(_Joined(_without_controls(path)), _PART), encoding="utf-8") as text:
        try:
            yield text
        except UnicodeDecodeError as error:
            found = error.object[error.start : error.end]
            raise InputError(
                f"{path}: found bytes that are not UTF-8 text ({found!r}); save the file in this encoding"
            ) from None


def _without_controls(path):
    for part in read_parts(path):
        kept = part.translate(None, _CONTROLS)
        if len(kept) < len(part):
            found = next(byte for byte in part if byte in _CONTROLS)
            raise InputError(f"{path}: found the control character {bytes([found])!r}, expected text; take it out")
        yield part


def read_bytes(path):
    """Open a binary file for reading, gunzipping it if it is gzipped; for the errors see :func:`read_parts`.

    Returns
    -------
    io.BufferedReader
    """
    return io.BufferedReader(_Joined(_unpacked(path, _PART)), _PART)


def read_parts(path, size=_PART):
    """Read the bytes of a text file in parts, gunzipping it if it is gzipped.

    Parameters
    ----------
    path : str or Path
    size : int
        Bytes at most in a part.

    Yields
    ------
    bytes
        UTF-8 where the file is UTF-16 with a byte order mark, as spreadsheets save it; no part has such a mark.

    Raises
    ------
    InputError
        If the file is absent, cannot be read, is not gzipped though its name says so, is truncated, unpacks to more
        than data ever do, or holds NUL bytes.
    """
    yield from text_parts(_unpacked(path, size), path)


def text_parts(parts, where):
    """Pass on the parts of a text as UTF-8, without a byte order mark; for errors see :func:`read_parts`."""
    begun, decoder = False, None
    for part in parts:
        if not begun and part.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            decoder = codecs.getincrementaldecoder("utf-16")()
        if decoder:
            part = _as_utf8(decoder, part, where)
        if b"\0" in part:
            raise InputError(f"{where}: found a NUL byte, expected text; save the file as UTF-8")
        yield part if begun else part.removeprefix(codecs.BOM_UTF8)
        begun = True
    if decoder:
        _as_utf8(decoder, b"", where, final=True)


def _as_utf8(decoder, part, where, final=False):
    try:
        return decoder.decode(part, final).encode()
    except UnicodeError:
        raise InputError(f"{where}: found bytes that are not UTF-16 text; save the file as UTF-8") from None


def _unpacked(path, size):
    """The bytes of a file in parts, gunzipped if it is a gzip file, which one that is named so has to be."""
    try:
        with open(path, "rb") as file:
            zipped = file.peek(2)[:2] == b"\x1f\x8b"
            if zipped or Path(path).suffix in GZIPPED:
                yield from _gunzip(file, size, path)
            else:
                yield from iter(lambda: file.read(size), b"")
    except EOFError:
        raise InputError(f"{path}: the gzip file is truncated; copy or download it again") from None
    except zlib.error as error:
        raise InputError(f"{path}: found a damaged gzip file ({error}); copy or download it again") from None
    except OSError as error:
        raise cannot_read(path, error) from None


def cannot_read(path, error):
    """What there is to say of a file that the operating system does not give.

    Parameters
    ----------
    path : str or Path
    error : OSError

    Returns
    -------
    InputError
        To be raised.
    """
    if isinstance(error, FileNotFoundError):
        return InputError(f"{path}: no such file")
    if isinstance(error, IsADirectoryError):
        return InputError(f"{path}: found a folder, expected a file")
    return InputError(f"{path}: cannot be read ({error.strerror or error})")


def _gunzip(file, size, path):
    """What a gzip file of any number of members holds, in parts of ``size`` at most.

    The gzip module unpacks 8 kB at a time and asks for the interpreter's lock each time, so that little is done at the
    same time by another thread.
    """
    member, begun, more, packed, unpacked = zlib.decompressobj(wbits=31), False, False, b"", 0
    while more or packed or (packed := file.read(_PART)):
        if member.eof:
            packed = packed.lstrip(b"\0")  # padding is allowed between members
            if not packed:
                continue
            member = zlib.decompressobj(wbits=31)
        begun = True
        part = member.decompress(packed, size)
        more = len(part) == size and not member.eof  # there may be some left of what it has been given
        packed = member.unused_data if member.eof else member.unconsumed_tail
        unpacked += len(part)
        if unpacked > _MUCH and unpacked > _MOST_TIMES * file.tell():
            raise InputError(
                f"{path}: found a gzip file that unpacks to over {_MOST_TIMES} times its size, expected data, which "
                "never do; if it is right, unpack it first"
            )
        if part:
            yield part
    if begun and not member.eof:
        raise EOFError


class _Joined(io.RawIOBase):
    """Parts of bytes as one binary file."""

    def __init__(self, parts):
        self._parts, self._rest = parts, b""

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self._rest:
            self._rest = next(self._parts, b"")
        n = min(len(buffer), len(self._rest))
        buffer[:n], self._rest = self._rest[:n], self._rest[n:]
        return n

    def close(self):
        self._parts.close()
        super().close()


def watch(paths):
    """Note the state of files before they are read, to see afterwards that they are still the same.

    What is made from a file that changes in the meantime would be of neither version, and newer than both, so that it
    would not be made again.

    Parameters
    ----------
    paths : iterable of str or Path
        Files, and folders with all that is in them.

    Returns
    -------
    callable
        To be called before anything is written. It raises an :class:`InputError` that names the first file whose size
        or time of change differs, or that is there no more, or newly there.
    """
    paths = list(map(Path, paths))
    before = _states(paths)

    def expect_unchanged():
        now = _states(paths)
        changed = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
        if changed:
            raise InputError(f"{changed[0]}: found it changed while it was being read, expected it to stay; run again")

    return expect_unchanged


def _states(paths):
    files = [file for path in paths for file in ([path, *path.rglob("*")] if path.is_dir() else [path])]
    return {file: (state.st_size, state.st_mtime_ns) for file in files if (state := _stat(file))}


def _stat(path):
    with suppress(FileNotFoundError):
        return path.stat()
