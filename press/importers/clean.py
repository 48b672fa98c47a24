"""From what a page says to a record in our names and types. Pure, but for the labels it is given."""

import re
from dataclasses import dataclass, field
from datetime import datetime, time
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from django.utils import timezone

from osce_cms.html import plain_text, sanitise
from osce_cms.text import fold

from ..languages import Language
from ..models import Precision
from .dates import parse_dateline, parse_day
from .item import NotARelease
from .language import guess
from .vocabulary import kind_of

LINK_OF = {
    "source": "sources",
    "field": "fields_of_work",
    "country": "countries",
    "meeting": "meetings",
}
SUMMARY_LENGTH = 300  # characters; whole sentences up to there
_FIRST_PARAGRAPH = re.compile(r"^<p>(.*?)</p>\s*", re.DOTALL)
_NODE = re.compile(r"/(?:node/)?(\d{3,})(?:\.html)?/?$")


@dataclass
class Record:
    """key: the legacy identity; values: columns of PressRelease; links: {link: [term, ...]}."""

    key: str
    values: dict
    links: dict
    pictures: list
    warnings: list = field(default_factory=list)


def clean(item, labels):
    """item: an Item; labels: {link: taxonomy.labels.Labels}. Raises NotARelease."""
    warnings = []
    body, dateline = without_header_line(sanitise(item.body))
    text = plain_text(body)
    if not text:
        raise NotARelease("a title without any text")
    dateline = parse_dateline(text) or dateline
    kind, kind_language = kind_of(item.kind)
    if item.kind and not kind:
        warnings.append(f"kind “{item.kind}” is unknown")
    language = language_of(item, text, kind_language)
    day = day_of(item, dateline, warnings)
    links, unmatched = match_labels(item, labels, warnings)
    values = {
        "kind": kind or "",
        "language": language,
        "title": item.title[:500],
        "summary": summary_of(text, dateline),
        "dateline": dateline.place if dateline else "",
        "body": body,
        "published_at": midnight(day) if day else None,
        "precision": Precision.DAY,
        "legacy_url": item.url if is_web_address(item.url) else "",
        "legacy_labels": raw_labels(item),
        "unmatched_labels": unmatched,
    }
    key = identity(values["legacy_url"], language, day, item.title)
    return Record(key, values, links, item.pictures, warnings)


def without_header_line(body):
    """(body, Dateline) without a first line that only says place and date, as old pages have it."""
    first = _FIRST_PARAGRAPH.match(body)
    text = plain_text(first[1]) if first else ""
    dateline = parse_dateline(text) if text else None
    if dateline and dateline.day and dateline.length == len(text) and len(body) > first.end():
        return body[first.end() :], dateline
    return body, None


def language_of(item, text, kind_language):
    hint = item.language or kind_language or ""
    language = guess(text, hint=hint)
    if language == "hbs":
        language = "bs"
    return language if language in Language.values else Language.ENGLISH


def day_of(item, dateline, warnings):
    """The day the page names, else that of its dateline, else None. Never an invented one."""
    printed = " ".join(item.labels.get("date", []))
    day = parse_day(printed) if printed else None
    if printed and not day:
        warnings.append(f"date “{printed[:60]}” cannot be read")
    written = dateline.day if dateline else None
    if day and written and day != written:
        warnings.append(f"dated {day}, but its dateline says {written}; the date was taken")
    if not (day or written):
        warnings.append("no date: it becomes a draft")
    if (day or written) and (day or written) > timezone.localdate():
        warnings.append(f"dated in the future ({day or written}): readers see it from then on")
    return day or written


def match_labels(item, labels, warnings):
    links, unmatched = {}, {}
    for label, link in LINK_OF.items():
        links[link], unknown = labels[link].match("\n".join(item.labels.get(label, [])))
        if unknown:
            unmatched[label] = unknown
        warnings += [f"{label} “{each}” names no term; kept as it is" for each in unknown]
    return links, unmatched


def raw_labels(item):
    labels = {name: values for name, values in item.labels.items() if values}
    return {"kind": [item.kind], **labels} if item.kind else labels


def midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def summary_of(text, dateline):
    """The first sentences of the first paragraph, without its dateline."""
    start = dateline.length if dateline and parse_dateline(text) == dateline else 0
    first = text.split("\n", 1)[0][start:].strip() or text[start:].strip().split("\n", 1)[0]
    if len(first) <= SUMMARY_LENGTH:
        return first
    sentences = re.split(r"(?<=[.!?…”\"»])\s+(?=[^\Wa-zа-я])", first)
    summary = ""
    for sentence in sentences:
        if len(summary) + len(sentence) > SUMMARY_LENGTH:
            break
        summary = f"{summary} {sentence}".strip()
    return summary or first[:SUMMARY_LENGTH].rsplit(" ", 1)[0] + " …"


def identity(url, language, day, title):
    """What tells a legacy item from all others: its node and language, else its address, else its text.

    The same node stands under many sections and prefixes; translations share it.
    """
    if url and (node := _NODE.search(urlsplit(url).path)):
        return f"{node[1]}:{language}"
    name = url or f"{language}|{day or ''}|{fold(title)}"
    return str(uuid5(NAMESPACE_URL, name))


def is_web_address(url):
    return url.startswith(("https://", "http://")) and len(url) <= 500
