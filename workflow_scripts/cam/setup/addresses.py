"""Where files lie, and what they are called."""

import hashlib
import posixpath
import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from ..errors import InputError

# The files of ImmGen's atlas, as those who published them called them.
IMMGEN = {
    "peaks": "ImmGenATAC1219.peak_matched.txt",
    "heights": "mouse_peak_heights.csv",
    "ocrs": "ImmGenATAC18_AllOCRsInfo.csv",
    "sequences": "one_hot_seqs.npy",
    "values": "cell_type_array.npy",
    "names": "peak_names.npy",
    "cell_types": "cell_type_names.npy",
}
# Which of them there are in each form that the data come in; see source.format.
IMMGEN_FORMATS = {
    "peaks": ("peaks", "heights"),
    "ocrs": ("ocrs",),
    "arrays": ("sequences", "values", "names", "cell_types"),
}


def place(url, folder):
    """Where the file of an address lies.

    Other servers and other folders on them have other places, so that one folder of downloads can serve experiments
    with different releases of a source.

    Parameters
    ----------
    url : str
        An http, https or ``file://`` address, or the path of a local file.
    folder : str or Path
        Of downloads.

    Returns
    -------
    str
        ``folder/server/path/on/the/server``; a local path as it is.

    Raises
    ------
    InputError
        If the address is of another kind or ends in no file name.
    """
    try:
        parts = urlsplit(str(url))
        host = f"{parts.hostname or 'localhost'}{f'_{parts.port}' if parts.port else ''}"
    except ValueError as error:
        raise InputError(f"{url}: not an address ({error})") from None
    if not parts.scheme:
        return str(url)
    if parts.scheme not in ("http", "https", "file"):
        raise InputError(f"{url}: found an address of kind '{parts.scheme}', expected http, https or file")
    if parts.path.rpartition("/")[2] in ("", ".", "..") or host in (".", ".."):
        raise InputError(f"{url}: expected an address of a server that ends in the name of a file")
    folders, name = posixpath.split(posixpath.normpath(f"/{parts.path.lstrip('/')}"))
    query = [quote(parts.query, safe="=")] if parts.query else []
    return str(Path(folder, host, folders.lstrip("/"), *query, name))


def genome_place(url, folder):
    """Where the unpacked genome of an address lies: no two genomes share a place, whatever their files are called.

    A file on a server is known by its address. A local one may be replaced by another, so it is known by its path, its
    size and the time of its last change.

    Parameters
    ----------
    url, folder
        See :func:`place`.

    Returns
    -------
    str
        ``folder/genomes/name.key.fa``, whose key is 16 hexadecimal digits.

    Raises
    ------
    InputError
        As :func:`place`.
    """
    place(url, folder)  # or else it has none
    parts, known_by = urlsplit(str(url)), [str(url)]
    if parts.scheme in ("", "file"):
        path = Path(unquote(parts.path) if parts.scheme else url).resolve()
        known_by = [str(path)]
        if path.exists():
            state = path.stat()
            known_by += [str(state.st_size), str(state.st_mtime_ns)]
    key = hashlib.sha256("\t".join(known_by).encode()).hexdigest()[:16]
    name = re.sub(r"(\.(fa|fasta|fna|2bit))?(\.b?gz)?$", "", Path(parts.path).name, flags=re.IGNORECASE)
    return str(Path(folder, "genomes", f"{name}.{key}.fa"))
