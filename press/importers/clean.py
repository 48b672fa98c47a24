"""From what a page says to a record in our names and types. Pure, but for the labels it is given."""

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone

from osce_cms.days import midnight
from osce_cms.html import plain_text, sanitise, without_controls
from osce_cms.languages import Language
from osce_cms.text import fold

from ..models import Precision, Vocabulary
from .messages import NotARelease, message
from .readers import contacts
from .readers.damage import lost_addresses, once
from .readers.dates import Dateline, parse_dateline, parse_day
from .readers.language import guess
from .readers.vocabulary import kind_of

LANGUAGES = frozenset(Language.values)
LINK_OF = {vocabulary.value: vocabulary.link for vocabulary in Vocabulary}
SUMMARY_LENGTH = 300  # characters; whole sentences up to there
TITLE_LENGTH = 500  # characters that the column holds
_FIRST_PARAGRAPH = re.compile(r"^<p>(.*?)</p>\s*", re.DOTALL)
_NODE = re.compile(r"/(?:node/)?([0-9]{3,12})(?:\.html)?/?$")
_HOST_AND_PATH = re.compile(r"([^/?#]*//[^/?#]*)(?:[/?#]\S*)?")
_WEB_ADDRESS = URLValidator(["http", "https"])


@dataclass
class Record:
    """What an import knows of one item.

    key: its identity in the archive; node: its number there; is_by_title: whether it has nothing better
    than language, day and title to be known by. values: columns of PressRelease; links: {link: [pk of a
    term, ...]}.
    """

    key: str
    node: str
    is_by_title: bool
    values: dict
    links: dict
    pictures: list
    downloads: list = field(default_factory=list)
    contacts: list = field(default_factory=list)
    urls: list = field(default_factory=list)
    printed_date: str = ""
    printed_day: date | None = None
    dateline_day: date | None = None
    is_published: bool = True
    messages: list = field(default_factory=list)


def clean(item, labels, *, language=""):
    """item: an Item; labels: a terms.Matcher. Raises NotARelease.

    language: where the operator knows it better than the text.
    """
    whole = sanitise(item.body)
    body, twice = once(whole)
    body, dateline = without_header_line(body)
    if body != whole:
        body = sanitise(body)
    text = plain_text(body)
    messages = [*item.messages, *twice, *lost_addresses(text)]
    if not text:
        raise NotARelease("no_text")
    opening = opening_of(text)
    dateline = opening.dateline or dateline
    if len(item.title) > TITLE_LENGTH:
        messages.append(message("title_cut", len(item.title), limit=TITLE_LENGTH, field="title"))
    kind, kind_language = kind_of(item.kind)
    if item.kind and not kind:
        messages.append(message("kind_unknown", item.kind, field="kind"))
    language = language or language_of(item, text, kind_language, messages)
    printed = " ".join(item.labels.get("date", []))
    printed_day = parse_day(printed) if printed else None
    dateline_day = dateline.day if dateline else None
    day = day_of(printed, printed_day, dateline_day, messages)
    links, unmatched = match_labels(item, labels, day, messages)
    values = {
        "kind": kind or "",
        "language": language,
        "title": item.title[:TITLE_LENGTH],
        "summary": summary_of(opening.text),
        "dateline": dateline.place if dateline else "",
        "body": body,
        "text": text,
        "published_at": midnight(day) if day else None,
        "precision": Precision.DAY,
        "legacy_url": without_controls(item.url) if is_web_address(item.url) else "",
        "legacy_labels": raw_labels(item),
        "unmatched_labels": unmatched,
    }
    return Record(
        key=identity(values["legacy_url"], language, day, item.title, text),
        node=node_of(values["legacy_url"]),
        is_by_title=not values["legacy_url"],
        values=values,
        links=links,
        pictures=item.pictures,
        downloads=item.downloads,
        contacts=contacts.find(body),
        urls=[each for each in dict.fromkeys([item.url, *item.urls]) if each],
        printed_date=printed,
        printed_day=printed_day,
        dateline_day=dateline_day,
        is_published=item.is_published,
        messages=messages,
    )


def without_header_line(body):
    """(body, Dateline) without a first line that only says place and date, as old pages have it."""
    first = _FIRST_PARAGRAPH.match(body)
    text = plain_text(first[1]) if first else ""
    dateline = parse_dateline(text) if text else None
    if dateline and dateline.day and dateline.length == len(text) and len(body) > first.end():
        return body[first.end() :], dateline
    return body, None


def language_of(item, text, kind_language, messages):
    hint = item.language or kind_language or ""
    language = {"hbs": "bs"}.get(found := guess(text, hint=hint), found)
    if language in LANGUAGES:
        return language
    code = "language_unknown" if language else "language_not_recognised"
    messages.append(message(code, language, field="language"))
    return Language.ENGLISH


def day_of(printed, day, written, messages):
    """day, which the page names, else written, that of its dateline, else None: never an invented one."""
    if printed and not day:
        messages.append(message("date_unreadable", printed, field="date"))
    if day and written and day != written:
        messages.append(message("dates_disagree", day, dateline=written, field="date"))
    found = day or written
    if not found:
        messages.append(message("undated", field="date"))
    # To ask for the day in Vienna takes longer than all the rest.
    elif found.year >= date.today().year and found > timezone.localdate():
        messages.append(message("in_future", found, field="date"))
    return found


def match_labels(item, labels, day, messages):
    links, unmatched = {}, {}
    for label, link in LINK_OF.items():
        links[link], unknown = labels.match(link, "\n".join(item.labels.get(label, [])), day)
        if unknown:
            unmatched[label] = unknown
        messages += [message("label_unmatched", each, field=label) for each in unknown]
    return links, unmatched


def raw_labels(item):
    """What the page printed, as it stood: also what had no room in the columns."""
    labels = {name: values for name, values in item.labels.items() if values}
    if item.kind:
        labels = {"kind": [item.kind], **labels}
    if len(item.title) > TITLE_LENGTH:
        labels["title"] = [item.title]
    return labels


class Opening(NamedTuple):
    """The paragraph with which a release really begins, without its dateline."""

    dateline: Dateline | None
    text: str


def opening_of(text):
    lines = text.split("\n", 4)[:4]
    for n, line in enumerate(lines[:3]):  # “CORRECTION” or a subtitle may stand before it
        if dateline := parse_dateline(line):
            rest = [line[dateline.length :].strip(), *lines[n + 1 :]]
            return Opening(dateline, next(filter(None, rest), line))
    return Opening(None, lines[0])


def summary_of(first):
    """The first sentences of a paragraph."""
    if len(first) <= SUMMARY_LENGTH:
        return first
    sentences = re.split(r"(?<=[.!?…”\"»])\s+(?=[^\Wa-zа-я])", first)
    summary = ""
    for sentence in sentences:
        if len(summary) + len(sentence) > SUMMARY_LENGTH:
            break
        summary = f"{summary} {sentence}".strip()
    return summary or first[:SUMMARY_LENGTH].rsplit(" ", 1)[0] + " …"


def node_of(url):
    """The number by which the old site knew an item, under whatever section or prefix; "" without one."""
    found = _NODE.search(urlsplit(url).path) if url else None
    return found[1] if found else ""


def identity(url, language, day, title, text):
    """What tells a legacy item from all others: its node and language, else its address, else its text.

    The same node stands under many sections and prefixes; translations share it. Titles recur, so
    an undated item without an address is told by its text.
    """
    if node := node_of(url):
        return f"{node}:{language}"
    name = url or f"{language}|{day or fold(text)}|{fold(title)}"
    return str(uuid5(NAMESPACE_URL, name))


def is_web_address(url):
    found = _HOST_AND_PATH.fullmatch(url) if len(url) <= 500 else None
    return bool(found) and is_host(found[1])


@lru_cache(1000)  # an archive has few
def is_host(url):
    try:
        _WEB_ADDRESS(url)
    except ValidationError:
        return False
    return True
