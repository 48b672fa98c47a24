"""From what the operator names to the text of files."""

import codecs
import glob
import os
import re
from pathlib import Path

from . import html_page, text_capture
from .messages import NotARelease

READERS = [html_page, text_capture]  # the first that recognises a text reads it
SUFFIXES = {".html", ".htm", ".txt"}
LARGEST = 5_000_000  # bytes; a press release has a few thousand
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
AS_BROWSERS_READ = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}
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
        if source and os.path.isdir(source):  # unlike pathlib's, os.path's questions never raise
            files = sorted(each for each in path.rglob("*") if is_page(each)) or [path]
        elif os.path.exists(source):
            files = [path]
        else:
            files = [Path(name) for name in sorted(glob.glob(source, recursive=True))]
            files = [each for each in files if os.path.isfile(each)] or [path]
        for file in files:
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def is_page(path):
    # A broken link is taken, to fail by name; a pipe is not, it would hang.
    is_readable = os.path.isfile(path) or os.path.islink(path)
    return is_readable and path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def read(path):
    """path -> Item, by the reader for its format. Raises NotARelease with the reason."""
    text = decode(read_bytes(path))
    if not text.strip():
        raise NotARelease("empty")
    for reader in READERS:
        if reader.recognises(text):
            return reader.read(text)
    raise NotARelease("no_format")


def read_bytes(path):
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError as missing:
        raise NotARelease("no_such_file") from missing
    except IsADirectoryError as folder:
        raise NotARelease("no_pages") from folder
    except OSError as error:
        raise NotARelease("unreadable", error.strerror) from error
    if len(data) > LARGEST:
        raise NotARelease("too_large", LARGEST // 1_000_000)
    return data


def decode(data):
    """data as text, in the encoding it is marked with or declares. Nothing is replaced or guessed.

    What is valid UTF-8 is UTF-8: pages saved anew keep the old declaration.
    """
    encodings = [name for mark, name in _MARKS if data.startswith(mark)] or ["utf-8"]
    declared = _CHARSET.search(data[:2048]) if b"<" in data[:200] else None
    if declared and encodings == ["utf-8"]:
        name = declared[1].decode().lower()
        encodings.append(AS_BROWSERS_READ.get(name, name))
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except LookupError:
            problem = ("unknown_encoding", encoding)
        except UnicodeDecodeError as error:
            place = f"byte 0x{data[error.start]:02X} at position {error.start}"
            problem = ("wrong_encoding", f"{encoding.upper()}: {place}")
        except UnicodeError:
            problem = ("wrong_encoding", encoding.upper())
        else:
            if _NO_TEXT.search(text):
                raise NotARelease("not_text")
            return text
    raise NotARelease(*problem)
