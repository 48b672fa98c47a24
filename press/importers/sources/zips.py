"""Pages and tables in .zip files, read in place: nothing is ever unpacked to the disk."""

import posixpath
import re
import stat
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from zipfile import ZipFile

from django.conf import settings

from ..messages import NotARelease, message
from . import tables
from .beside import first_of
from .found import LARGEST, MEGABYTE, UNREADABLE, Found, failed, loader, problem_of, read
from .places import kind_by_name

TIGHTEST = 200  # times; texts are packed to a fifth, dull ones to a fiftieth
_LEADS_OUT = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")


def found(place):
    path = str(place.path)
    try:
        with ZipFile(path) as archive:
            yield from members(path, archive)
    except UNREADABLE as error:
        yield failed(path, broken(error))


def broken(error):
    if isinstance(error, FileNotFoundError | PermissionError):
        return problem_of(error)
    return message("broken_archive", error)


def members(path, archive):
    present = [each for each in archive.infolist() if is_source(each)]
    if not present:
        yield failed(path, message("empty_archive"))
        return
    # Members may overlap, so that a small file stands for much: their sum tells.
    packed = archive.fp.seek(0, 2)
    if sum(each.file_size for each in present) > TIGHTEST * packed + MEGABYTE:
        yield failed(path, message("bomb", TIGHTEST))
        return
    for member in sorted(present, key=lambda each: each.filename):
        yield from content(path, archive, member)


def is_source(member):
    name = posixpath.basename(member.filename.replace("\\", "/"))
    is_hidden = name.startswith(".") or member.filename.startswith("__MACOSX/")
    return bool(name and kind_by_name(name)) and not is_hidden


def content(path, archive, member):
    name = f"{path}/{member.filename}"
    if reason := refusal_of(member):
        yield failed(name, message(*reason))
        return
    opened = partial(archive.open, member)
    folder = Zip(path, posixpath.dirname(member.filename))
    if kind_by_name(member.filename) == "table":
        yield from tables.rows(name, opened, folder)
        return
    yield Found(name, loader(name, opened, folder=folder), member.filename)


def refusal_of(member):
    """(code, raw) of why nothing is read from member, else None."""
    kind = kind_by_name(member.filename)
    if _LEADS_OUT.search(member.filename):
        return ("unsafe_name",)
    if stat.S_ISLNK(member.external_attr >> 16):
        return ("link_in_archive",)
    if member.flag_bits & 1:
        return ("encrypted",)
    if kind in ("zip", "warc"):
        return ("nested_archive",)
    if kind == "page" and member.file_size > LARGEST:
        return ("too_large", LARGEST // MEGABYTE)
    if member.file_size > TIGHTEST * member.compress_size + MEGABYTE:
        return ("bomb", TIGHTEST)
    return None


@dataclass(frozen=True)
class Zip:
    """Files in the .zip at path, named by a page in its folder folder."""

    path: str
    folder: str = ""

    def open_file(self, src):
        return first_of(src, self.folder, self._read)

    def _read(self, name):
        archive = kept_open(self.path, Path(self.path).stat().st_mtime_ns)
        if name not in archive.NameToInfo or name.endswith("/"):
            return None
        if stat.S_ISLNK(archive.getinfo(name).external_attr >> 16):
            raise NotARelease("file_outside")
        with archive.open(name) as file:
            return read(file, settings.UPLOAD_MAX_BYTES)


@lru_cache(maxsize=2)
def kept_open(path, written_at):
    """The .zip at path; its pages come one after another, and its directory may be long."""
    return ZipFile(path)
