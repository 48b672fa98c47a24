"""What passes between the steps of an import: a Capture is read into an Item (clean.py goes on)."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass
class Capture:
    """One candidate of a source, before anybody has looked into it.

    path: how an operator finds it again, such as "pages.zip/2011/52543.html" or "export.jsonl:17".
    data: a page or text as bytes; of a row of .jsonl or .csv its fields as JSON.
    url, captured_at, language: what is known from outside, from a manifest or a web archive.
    problem: the Message that tells why there are no data.
    folder: where the files that a page names lie: anything with open_file(src), see sources.
    """

    path: str
    data: bytes = b""
    is_row: bool = False
    url: str = ""
    captured_at: datetime | None = None
    language: str = ""
    problem: object = None
    folder: object = None


@dataclass
class Picture:
    src: str
    alt: str = ""
    caption: str = ""
    credit: str = ""


@dataclass
class Download:
    """A file that a release offers."""

    src: str
    title: str = ""


@dataclass
class ContactBlock:
    """Whom to ask about a release, as the text names them; address: lines as they stand."""

    name: str = ""
    role: str = ""
    organisation: str = ""
    email: str = ""
    phone: str = ""
    address: list = field(default_factory=list)


@dataclass
class Item:
    """What one page or row says, in its own words: the outcome of a reader, nothing interpreted yet.

    labels: {label: [value as printed, ...]} with the labels of vocabulary.LABELS.
    urls: further addresses of the same item.
    """

    title: str
    body: str  # HTML
    kind: str = ""
    labels: dict = field(default_factory=dict)
    language: str = ""  # as the page declares it
    url: str = ""
    urls: list = field(default_factory=list)
    pictures: list = field(default_factory=list)
    downloads: list = field(default_factory=list)
    contacts: list = field(default_factory=list)
    is_published: bool = True  # False when the source says that it never was, or not yet
    messages: list = field(default_factory=list)


@dataclass
class Entry:
    """One item on a list page: what it tells of a release that is or will be imported."""

    url: str
    title: str
    day: date | None = None
    kind: str = ""
    labels: dict = field(default_factory=dict)
    language: str = ""
