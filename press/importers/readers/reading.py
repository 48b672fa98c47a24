"""From a capture to an item, by the reader for its format. Nothing is asked of the database or the disk."""

import codecs
import re
from html import escape, unescape
from urllib.parse import urljoin

from osce_cms.html import HREF

from ..messages import NotARelease
from . import html_page, rows, text_capture
from .damage import mend

READERS = [html_page, text_capture]  # the first that recognises a text reads it
CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
AS_BROWSERS_READ = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}
MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]


def read(capture):
    """Capture -> Item. Raises NotARelease with the reason.

    What the page says of itself counts before what is known from outside.
    """
    if capture.problem:
        raise NotARelease.saying(capture.problem)
    item = rows.read(capture.data) if capture.is_row else read_page(capture.data)
    item.language = item.language or capture.language
    item.url = item.url or capture.url
    if capture.url and capture.url not in (item.url, *item.urls):
        item.urls.append(capture.url)
    item.body = with_whole_links(item.body, item.url)
    mend(item)
    if not item.title:
        raise NotARelease("no_title")
    return item


def with_whole_links(body, url):
    """body with links as they lead from a page at url: here they would lead elsewhere."""
    if not url.startswith(("https://", "http://")):
        return body

    def whole(found):
        href = unescape(found[2]).strip()
        if href.startswith("#") or HAS_SCHEME.match(href):
            return found[0]
        try:
            return f"{found[1]}{escape(urljoin(url, href))}"
        except ValueError:  # half an address
            return found[0]

    return HREF.sub(whole, body)


def read_page(data):
    text = decode(data)
    if not text.strip():
        raise NotARelease("empty")
    for reader in READERS:
        if reader.recognises(text):
            return reader.read(text)
    raise NotARelease("no_format")


def decode(data):
    """data as text, in the encoding it is marked with or declares. Nothing is replaced or guessed.

    What is valid UTF-8 is UTF-8: pages saved anew keep the old declaration.
    """
    encodings = [name for mark, name in MARKS if data.startswith(mark)] or ["utf-8"]
    declared = CHARSET.search(data[:2048]) if b"<" in data[:200] else None
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
