"""Pages in web archives (.warc, .warc.gz): the responses with status 200 that hold a page or a text.

What is broken is told, and reading goes on with the next record that can be found.
"""

import contextlib
import io
import logging
import mmap
import os
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from warcio.archiveiterator import ArchiveIterator

from ..messages import NotARelease, message
from ..readers.item import Capture
from .found import LARGEST, MEGABYTE, UNREADABLE, Found, failed, problem_of, read

PAGES = {"text/html", "application/xhtml+xml", "text/plain"}
STEP = 65_536  # bytes that are read at once
GZIP = b"\x1f\x8b\x08"
BROKEN = Exception  # warcio raises its own, those of Python for a missing header, and others
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)

logging.getLogger("warcio").setLevel(logging.ERROR)  # spaces in addresses are not worth a line each


def found(place):
    path = str(place.path)
    is_empty = True
    try:
        for record in records(path):
            is_empty = is_empty and not (record.problem or record.is_response)
            if record.problem:
                yield failed(f"{path}:{record.offset}", record.problem)
            elif record.is_page:
                load = loader(f"{path}:{record.url}", record, place.archives)
                yield Found(f"{path}:{record.url}", load)
    except UNREADABLE as error:
        yield failed(path, problem_of(error))
    else:
        if is_empty:
            yield failed(path, message("empty_archive"))


def loader(path, record, archives):
    def load():
        folder = WebArchives(archives, record.url)
        capture = Capture(path, url=record.url, captured_at=record.captured_at, folder=folder)
        try:
            capture.data = as_utf8(record.content(LARGEST), record.header("content-type"))
        except NotARelease as reason:
            capture.problem = reason.message
        return capture

    return load


class Record:
    """A record of a web archive, to be read before the next one is asked for.

    problem: the Message that tells why there is none.
    """

    def __init__(self, offset, record=None, problem=None):
        self.offset = offset
        self.problem = problem
        self._record = record

    @property
    def url(self):
        return self._record.rec_headers.get_header("WARC-Target-URI") or ""

    @property
    def captured_at(self):
        with contextlib.suppress(TypeError, ValueError):
            return datetime.fromisoformat(self._record.rec_headers.get_header("WARC-Date"))

    @property
    def is_response(self):
        headers = self._record.http_headers
        return (
            self._record.rec_type == "response"
            and headers is not None
            and headers.get_statuscode() == "200"
            and self.url.lower().startswith(("http://", "https://"))
        )

    @property
    def is_page(self):
        kind = self.header("content-type").split(";")[0].strip().lower()
        return self.is_response and kind in PAGES and not self.url.endswith("/robots.txt")

    def header(self, name):
        headers = self._record.http_headers
        return (headers.get_header(name) if headers else "") or ""

    def content(self, most):
        """What the server sent, unpacked. Raises NotARelease."""
        # Packed it is hardly larger; warcio takes a part of it into memory whatever its size.
        if (self._record.length or 0) > most + STEP:
            raise NotARelease("too_large", most // MEGABYTE)
        try:
            with quiet():
                data = read(self._record.content_stream(), most)
            is_whole = self.is_whole()
        except NotARelease:
            raise
        except BROKEN as error:
            raise NotARelease("broken_record", error) from error
        if not is_whole:
            raise NotARelease("broken_record", "it ends too early")
        return data

    def is_whole(self):
        """Whether the record is as long as it says; reads it to its end."""
        stream = self._record.raw_stream
        with quiet():
            while stream.read(STEP):
                pass
        return getattr(stream, "limit", 0) == 0


def records(path):
    """The Records in the file at path, with a problem in place of each that is broken."""
    start = 0
    while start is not None:
        with open(path, "rb") as file:
            file.seek(start)
            broken_at = yield from records_from(file)
        start = None if broken_at is None else next_record(path, broken_at + 1)


def records_from(file):
    """The Records up to the first that is broken; returns where that stands, None without one."""
    iterator = ArchiveIterator(file)
    while True:
        try:
            with quiet():
                raw = next(iterator, None)
        except BROKEN as error:
            return (yield from broken(iterator, error))
        if raw is None:
            return (yield from end(iterator, file))
        record = Record(iterator.offset, raw)
        yield record
        try:
            is_whole = record.is_whole()
        except BROKEN:
            is_whole = False
        if is_whole:
            continue
        if not record.is_page:  # a page has said so itself
            yield Record(record.offset, problem=message("broken_record", "it ends too early"))
        return record.offset


def end(iterator, file):
    """What there is to say at the end: that half a record was left over there."""
    if iterator.offset < os.fstat(file.fileno()).st_size:
        yield Record(iterator.offset, problem=message("broken_record", "it ends too early"))
        return iterator.offset
    return None


def broken(iterator, error):
    if "non-chunked" in str(error):
        yield Record(iterator.offset, problem=message("one_piece"))
        return None
    yield Record(iterator.offset, problem=message("broken_record", error))
    return iterator.offset


def next_record(path, start):
    """Where the next record after start seems to begin, None without one."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:3] != GZIP:
            line = data.find(b"\nWARC/1.", start)
            return None if line < 0 else line + 1
        while (place := data.find(GZIP, start)) >= 0:
            with contextlib.suppress(zlib.error):
                unpacked = zlib.decompressobj(16 + zlib.MAX_WBITS)
                if unpacked.decompress(data[place : place + STEP], 5) == b"WARC/":
                    return place
            start = place + 1
    return None


def quiet():
    """warcio writes what it finds wrong to stderr too, in the middle of our own lines."""
    return contextlib.redirect_stderr(io.StringIO())


def as_utf8(data, content_type):
    """data of a page in the encoding that the server declared, which the page itself need not know."""
    declared = _CHARSET.search(content_type)
    if not declared:
        return data
    with contextlib.suppress(LookupError, UnicodeError):
        text = data.decode(declared[1])
        return data if is_utf8(data) else text.encode()
    return data


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


# The files that pages name


@dataclass(frozen=True)
class WebArchives:
    """Files in the web archives at paths, named by the page whose address is url."""

    paths: tuple
    url: str

    def open_file(self, src):
        try:
            url = urljoin(self.url, src)
            name = name_of(url)
            for path in self.paths:
                offset = files_in(path, os.stat(path).st_mtime_ns).get(name)
                if offset is not None:
                    return content_at(path, offset)
        except UNREADABLE as error:
            raise NotARelease("file_unreadable") from error
        raise NotARelease("file_remote")


def name_of(url):
    """url without what does not tell two files apart."""
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{unquote(parts.path)}?{parts.query}"


@lru_cache(maxsize=100)
def files_in(path, written_at):
    """{name: where its record begins} of all responses that are no pages."""
    places = {}
    for record in records(path):
        if not record.problem and record.is_response and not record.is_page:
            places.setdefault(name_of(record.url), record.offset)
    return places


def content_at(path, offset):
    with open(path, "rb") as file:
        file.seek(offset)
        with quiet():
            raw = next(ArchiveIterator(file))
        return Record(offset, raw).content(settings.UPLOAD_MAX_BYTES)
