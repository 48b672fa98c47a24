"""From captures to what would be written. Pure, so that other processes can do it."""

import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import UTC
from types import SimpleNamespace

from django.db import connection

from osce_cms.html import HREF
from osce_cms.text import printable

from ..models import settle_others
from ..search.store import columns
from .clean import Record, clean
from .matching.countries import suggest
from .messages import Message, NotARelease, message
from .readers.reading import read

VERSION = "6"  # raised when the same source gives another result than before
TEXTS = [  # what an import writes for readers; an editor who changes one takes the release over
    *("kind", "language", "title", "summary", "dateline", "body"),
    *("published_at", "precision", "legacy_url"),
]


@dataclass
class Prepared:
    """A capture that was read, or the problem that prevented it.

    position: among all captures of the run. values: columns of a new release, in the form in which they
    are stored. words: those of SearchText. duration: milliseconds that all this took.
    """

    payload: str
    position: int
    path: str = ""
    record: Record | None = None
    problem: Message | None = None
    values: dict = field(default_factory=dict)
    digest: str = ""
    words: tuple = ()
    duration: float = 0.0
    suggested: list = field(default_factory=list)  # countries

    @property
    def key(self):
        return self.record.key if self.record else ""

    @property
    def messages(self):
        return [self.problem] if self.problem else self.record.messages


def payload_of(capture, mapping):
    """Hash of all that decides what a capture becomes. mapping: the names by which terms are found."""
    known = [VERSION, mapping, capture.url, capture.language, str(capture.captured_at)]
    return hashlib.sha256("\n".join(known).encode(errors="replace") + capture.data).hexdigest()


def prepare(position, capture, payload, *, matcher, countries, language=""):
    """matcher: a terms.Matcher; countries: countries.Countries; language: overrides what the text says."""
    prepared, begun = Prepared(payload, position, printable(capture.path)), time.perf_counter()
    try:
        prepared.record = record = clean(read(capture), matcher, language=language)
        settle(prepared, record)
        prepared.suggested = suggested(prepared.values, record, countries)
    except NotARelease as refusal:
        prepared.record, prepared.problem = None, refusal.message
    except Exception as error:  # a source that does to us what nobody foresaw fails alone, too
        told = f"{type(error).__name__}: {error}"
        prepared.record, prepared.problem = None, message("unexpected", told)
    prepared.duration = round((time.perf_counter() - begun) * 1000, 2)
    return prepared


def settle(prepared, record):
    release = SimpleNamespace(legacy_key=record.key, slug="", **record.values)
    settle_others(release)  # clean() gave body and text as they are stored
    prepared.values = vars(release)
    prepared.digest = digest(release)
    prepared.words = columns(release, connection.vendor)


def suggested(values, record, countries):
    return suggest(
        title=values["title"],
        place=values["dateline"],
        sources=record.links["sources"],
        countries=countries,
        language=values["language"],
        day=record.printed_day or record.dateline_day,
        tagged=record.links["countries"],
    )


def digest(release, linked=()):
    """Of the texts that an import writes, as they are stored. linked: as in Origin."""
    values = [getattr(release, name) for name in TEXTS]
    values[TEXTS.index("body")] = unlinked(release.body, linked)
    # A day comes in Vienna's time from a page and in UTC from the database.
    text = json.dumps(values, default=lambda at: at.astimezone(UTC).isoformat())
    return hashlib.sha256(text.encode()).hexdigest()


def unlinked(body, linked):
    """body with the links of the old site again, where links.py put others: linked as in Origin."""
    before = {number: (ours, old) for number, ours, old in linked}
    number = -1

    def put_back(found):
        nonlocal number
        number += 1
        ours, old = before.get(number, (None, None))
        return f"{found[1]}{old}" if found[2] == ours else found[0]

    return HREF.sub(put_back, body) if before else body
