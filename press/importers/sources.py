import hashlib
import os

from . import files
from .item import Capture
from .messages import NotARelease


class SourceError(Exception):
    pass


class Sources:
    def __init__(self, names, manifest=None):
        self.paths = files.find(names)

    def captures(self, start=0):
        for path in self.paths[start:]:
            try:
                yield Capture(str(path), files.read_bytes(path), folder=path.parent)
            except NotARelease as refusal:
                yield Capture(str(path), problem=refusal.message)

    def fingerprint(self):
        told = "\n".join(
            f"{path} {os.path.exists(path) and path.stat().st_mtime_ns}" for path in self.paths
        )
        return hashlib.sha256(told.encode(errors="replace")).hexdigest()

    def total(self):
        return len(self.paths)
