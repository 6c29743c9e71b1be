"""Where files lie, and what they are called."""

from pathlib import Path
from urllib.parse import quote, urlsplit

from .errors import InputError

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
    *folders, name = parts.path.split("/")
    if name in ("", ".", "..") or host in (".", ".."):
        raise InputError(f"{url}: expected an address of a server that ends in the name of a file")
    folders = [step for step in folders if step not in ("", ".", "..")]
    query = [quote(parts.query, safe="=")] if parts.query else []
    return str(Path(folder, host, *folders, *query, name))
