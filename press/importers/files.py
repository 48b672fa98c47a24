"""From what the operator names to the text of files."""

import codecs
import glob
import re
from pathlib import Path

from . import html_page, text_capture
from .item import NotARelease

READERS = [html_page, text_capture]  # the first that recognises a text reads it
SUFFIXES = {".html", ".htm", ".txt"}
LARGEST = 5_000_000  # bytes; a press release has a few thousand
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]


def find(sources):
    """The files that sources (files, folders, patterns) name, each once, in a stable order.

    A source that names nothing is given back as it is, so that reading it fails by name.
    """
    found = {}
    for source in sources:
        path = Path(source)
        if path.is_dir():
            files = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES)
        elif path.exists():
            files = [path]
        else:
            files = [Path(name) for name in sorted(glob.glob(source, recursive=True))]
            files = [each for each in files if each.is_file()] or [path]
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def read(path):
    """path -> Item, by the reader for its format. Raises NotARelease with the reason."""
    text = decode(read_bytes(path))
    if not text.strip():
        raise NotARelease("empty file")
    for reader in READERS:
        if reader.recognises(text):
            return reader.read(text)
    raise NotARelease("neither an HTML page nor a text capture")


def read_bytes(path):
    try:
        if path.stat().st_size > LARGEST:
            raise NotARelease(f"larger than {LARGEST // 1_000_000} MB")
        return path.read_bytes()
    except FileNotFoundError as missing:
        raise NotARelease("no such file") from missing
    except OSError as error:
        raise NotARelease(f"cannot be read: {error.strerror}") from error


def decode(data):
    """data as text, in the encoding that it declares, else UTF-8. Nothing is replaced or guessed."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if not encoding:
        declared = _CHARSET.search(data[:2048]) if b"<" in data[:200] else None
        encoding = declared[1].decode("ascii", "replace") if declared else "utf-8"
    try:
        text = data.decode(encoding)
    except LookupError as unknown:
        raise NotARelease(f"unknown encoding “{encoding}”") from unknown
    except UnicodeDecodeError as error:
        raise NotARelease(
            f"not {encoding.upper()}: byte 0x{data[error.start]:02X} at position {error.start}"
        ) from error
    if "\0" in text:
        raise NotARelease("not text: it holds NUL bytes")
    return text
