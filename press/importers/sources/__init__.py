"""What an operator names, as one candidate after another: pages, rows and records of archives.

places    which files there are, and of what kind
pages     files that are pages
tables    rows of .jsonl, .json and .csv
zips      members of .zip
warcs     responses in .warc
manifest  what is known of pages from outside
beside    the files that pages name
"""

import hashlib
import os
from dataclasses import replace
from itertools import islice

from ..messages import message
from ..readers.item import Capture
from . import pages, tables, warcs, zips
from .found import failed
from .manifest import Manifest, SourceError
from .places import find

__all__ = ["SourceError", "Sources"]

READERS = {"page": pages, "table": tables, "zip": zips, "warc": warcs}
COUNTABLE = 200_000_000  # bytes of tables that are read once more for the sake of a progress bar


class Sources:
    """The captures that names (files, folders, patterns) stand for, each once, in a stable order.

    Nothing is read before it is asked for, and nothing is kept: a source may be larger than memory.
    What is wrong with a source is the problem of a capture. manifest: path of a CSV file with what is
    known of pages from outside; raises SourceError when it cannot be relied on.
    """

    def __init__(self, names, manifest=None):
        self.manifest = Manifest(manifest)
        self.places = [each for each in find(names) if not self.manifest.is_at(each.path)]
        archives = tuple(str(each.path) for each in self.places if each.kind == "warc")
        self.places = [replace(each, archives=archives) for each in self.places]

    def __iter__(self):
        return self.captures()

    def captures(self, start=0):
        """All captures but the first start of them, of which as little as possible is read."""
        for found, row in islice(self._described(), start, None):
            capture = captured(found)
            if row:
                capture.url, capture.captured_at, capture.language = row.known
            yield capture

    def total(self):
        """How many captures there are, None when counting them would take long."""
        kinds = {each.kind for each in self.places}
        size = sum(size_of(each) for each in self.places if each.kind in ("table", "zip"))
        if "warc" in kinds or size > COUNTABLE:
            return None
        return sum(1 for _ in self._described())

    def fingerprint(self):
        """A digest of names, sizes and times of all files: another one when any of them changed."""
        digest = hashlib.sha256(self.manifest.data)
        for place in self.places:
            try:
                stat = os.stat(place.path)
                seen = (stat.st_size, stat.st_mtime_ns)
            except (OSError, ValueError):
                seen = ()
            digest.update(f"{os.path.abspath(place.path)!a} {seen}\n".encode())
        return digest.hexdigest()

    def _described(self):
        """(Found, the Row of the manifest that is about it or None); rows about nothing at the end."""
        taken = set()
        for found in self._found():
            row = self.manifest.row_about(found)
            if row and row.number in taken:
                yield failed(found.path, message("named_already", row.path)), None
                continue
            if row:
                taken.add(row.number)
            yield found, row
        for row in self.manifest.rows:
            if row.number not in taken:
                path = f"{self.manifest.path}:{row.number}"
                yield failed(path, message("not_in_sources", row.path)), None

    def _found(self):
        for place in self.places:
            try:
                yield from READERS[place.kind].found(place)
            except Exception as error:  # whatever one file does to us, the others can come
                yield failed(place.path, unexpected(error))


def captured(found):
    try:
        return found.load()
    except Exception as error:
        return Capture(found.path, problem=unexpected(error))


def unexpected(error):
    return message("unexpected", f"{type(error).__name__}: {error}")


def size_of(place):
    try:
        return os.path.getsize(place.path)
    except (OSError, ValueError):
        return 0
