"""Which files the names that an operator gives stand for, and of what kind each is."""

import glob
import os
from dataclasses import dataclass
from pathlib import Path

KINDS = {
    **dict.fromkeys([".html", ".htm", ".txt"], "page"),
    **dict.fromkeys([".jsonl", ".ndjson", ".json", ".csv"], "table"),
    **dict.fromkeys([".zip"], "zip"),
    **dict.fromkeys([".warc", ".warc.gz"], "warc"),
}
BEGINNINGS = {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x1f\x8b": "warc", b"WARC/": "warc"}


@dataclass(frozen=True)
class Place:
    """A file with something to import.

    root: the folder that was named, or that the file is in; kind: one of KINDS; archives: all web
    archives of this import, among which the files that pages name are looked for.
    """

    path: Path
    root: Path
    kind: str
    archives: tuple = ()

    @property
    def inside(self):
        return os.path.relpath(self.path, self.root)


def find(names):
    """The Places that names (files, folders, patterns) stand for, each file once, in a stable order.

    A name that stands for nothing is given back as it is, so that reading it fails by name.
    """
    found = {}
    for name in names:
        path = Path(name)
        if name and os.path.isdir(name):  # unlike pathlib's, os.path's questions never raise
            files = sorted(each for each in path.rglob("*") if is_source(each))
            places = [Place(each, path, kind_by_name(each.name)) for each in files]
        elif os.path.exists(name):
            places = [Place(path, path.parent, kind_of(path))]
        else:
            files = map(Path, sorted(glob.glob(name, recursive=True)))
            places = [Place(each, each.parent, kind_of(each)) for each in files if each.is_file()]
        for place in places or [Place(path, path.parent, "page")]:
            found.setdefault(os.path.realpath(place.path), place)
    return list(found.values())


def is_source(path):
    # A broken link is taken, to fail by name; a pipe is not, it would hang.
    is_readable = os.path.isfile(path) or os.path.islink(path)
    return is_readable and bool(kind_by_name(path.name)) and not path.name.startswith(".")


def kind_by_name(name):
    """The kind of a file by the end of its name; None when that tells nothing."""
    ends = (end for end in KINDS if name.lower().endswith(end))
    return KINDS.get(next(ends, None))


def kind_of(path):
    """The kind of a file by its name, else by how it begins; what tells nothing is taken as a page."""
    if kind := kind_by_name(path.name):
        return kind
    if not os.path.isfile(path):
        return "page"  # a pipe would be empty afterwards
    try:
        with open(path, "rb") as file:
            start = file.read(100)
    except (OSError, ValueError):
        return "page"
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return "table"
    return next((kind for mark, kind in BEGINNINGS.items() if start.startswith(mark)), "page")
