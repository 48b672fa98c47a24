"""The files that a page names, from where the page is itself; nothing is fetched from the network.

Folder here, Zip and WebArchive beside their readers: open_file(src) gives the bytes, or raises
NotARelease with the reason. They hold names only, so that they can be handed to another process.
"""

import posixpath
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from ..messages import NotARelease
from .found import UNREADABLE, read


@dataclass(frozen=True)
class Folder:
    """Files in and below the folder root, named by a page in its subfolder folder."""

    root: str
    folder: str = ""

    def open_file(self, src):
        return first_of(src, self.folder, self._read)

    def _read(self, name):
        root = Path(self.root).resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise NotARelease("file_outside")
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return read(file, settings.UPLOAD_MAX_BYTES)


class Nowhere:
    """Where a capture is alone, such as one that was kept in the ledger."""

    def open_file(self, src):
        raise NotARelease("no_such_file")


def first_of(src, folder, read_below):
    """What read_below gives for the first of the names that src may have. Raises NotARelease."""
    try:
        names, otherwise = names_of(src, folder)
        for name in names:
            if (data := read_below(name)) is not None:
                return data
    except UNREADABLE as error:  # a name too long, with NUL, or half an address
        raise NotARelease("file_unreadable") from error
    raise NotARelease(otherwise)


def names_of(src, folder):
    """(the names below the root that src may have, the code to give when there is none of them).

    An address of the old site stands for its path below the root, with or without the host before it.
    """
    parts = urlsplit(src)
    path = unquote(parts.path)
    if parts.scheme not in ("", "http", "https"):
        return [], "file_remote"
    if parts.netloc:
        names = [path.lstrip("/"), f"{parts.netloc}/{path}"]
        otherwise = "file_remote"
    elif path.startswith("/"):
        names, otherwise = [path.lstrip("/")], "file_outside"
    else:
        names, otherwise = [posixpath.join(folder, path)], "no_such_file"
    names = [posixpath.normpath(name) for name in names]
    if any(name.split("/")[0] == ".." for name in names):
        return [], "file_outside"
    # Programs that save whole sites keep what follows the path in the name of the file.
    queried = [f"{name}?{parts.query}" for name in names if parts.query]
    return queried + names, otherwise
