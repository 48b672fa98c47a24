"""From what a page says to a record in our names and types. Pure, but for the labels it is given."""

import re
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone

from osce_cms.html import plain_text, sanitise, without_controls
from osce_cms.languages import Language
from osce_cms.text import fold

from ..models import Precision, Vocabulary
from .dates import Dateline, parse_dateline, parse_day
from .item import NotARelease
from .language import guess
from .vocabulary import kind_of

LINK_OF = {vocabulary.value: vocabulary.link for vocabulary in Vocabulary}
SUMMARY_LENGTH = 300  # characters; whole sentences up to there
TITLE_LENGTH = 500  # characters that the column holds
_FIRST_PARAGRAPH = re.compile(r"^<p>(.*?)</p>\s*", re.DOTALL)
_NODE = re.compile(r"/(?:node/)?([0-9]{3,12})(?:\.html)?/?$")
_WEB_ADDRESS = URLValidator(["http", "https"])


@dataclass
class Record:
    """key: the legacy identity; values: columns of PressRelease; links: {link: [pk of a term, ...]}."""

    key: str
    values: dict
    links: dict
    pictures: list
    warnings: list = field(default_factory=list)


def clean(item, labels):
    """item: an Item; labels: a terms.Matcher. Raises NotARelease."""
    warnings = []
    body, dateline = without_header_line(sanitise(item.body))
    text = plain_text(body)
    if not text:
        raise NotARelease("a title without any text")
    opening = opening_of(text)
    dateline = opening.dateline or dateline
    if len(item.title) > TITLE_LENGTH:
        warnings.append(f"title of {len(item.title)} characters; cut to {TITLE_LENGTH}")
    kind, kind_language = kind_of(item.kind)
    if item.kind and not kind:
        warnings.append(f"kind “{short(item.kind)}” is unknown")
    language = language_of(item, text, kind_language, warnings)
    day = day_of(item, dateline, warnings)
    links, unmatched = match_labels(item, labels, day, warnings)
    values = {
        "kind": kind or "",
        "language": language,
        "title": item.title[:TITLE_LENGTH],
        "summary": summary_of(opening.text),
        "dateline": dateline.place if dateline else "",
        "body": body,
        "published_at": midnight(day) if day else None,
        "precision": Precision.DAY,
        "legacy_url": without_controls(item.url) if is_web_address(item.url) else "",
        "legacy_labels": raw_labels(item),
        "unmatched_labels": unmatched,
    }
    key = identity(values["legacy_url"], language, day, item.title, text)
    return Record(key, values, links, item.pictures, warnings)


def without_header_line(body):
    """(body, Dateline) without a first line that only says place and date, as old pages have it."""
    first = _FIRST_PARAGRAPH.match(body)
    text = plain_text(first[1]) if first else ""
    dateline = parse_dateline(text) if text else None
    if dateline and dateline.day and dateline.length == len(text) and len(body) > first.end():
        return body[first.end() :], dateline
    return body, None


def language_of(item, text, kind_language, warnings):
    hint = item.language or kind_language or ""
    language = {"hbs": "bs"}.get(found := guess(text, hint=hint), found)
    if language in Language.values:
        return language
    warnings.append(
        f"language {f'“{short(language)}” is not one of ours' if language else 'not recognised'};"
        " taken as English"
    )
    return Language.ENGLISH


def day_of(item, dateline, warnings):
    """The day the page names, else that of its dateline, else None. Never an invented one."""
    printed = " ".join(item.labels.get("date", []))
    day = parse_day(printed) if printed else None
    if printed and not day:
        warnings.append(f"date “{short(printed)}” cannot be read")
    written = dateline.day if dateline else None
    if day and written and day != written:
        warnings.append(f"dated {day}, but its dateline says {written}; the date was taken")
    if not (day or written):
        warnings.append("no date: it becomes a draft")
    if (day or written) and (day or written) > timezone.localdate():
        warnings.append(f"dated in the future ({day or written}): readers see it from then on")
    return day or written


def match_labels(item, labels, day, warnings):
    links, unmatched = {}, {}
    for label, link in LINK_OF.items():
        links[link], unknown = labels.match(link, "\n".join(item.labels.get(label, [])), day)
        if unknown:
            unmatched[label] = unknown
        warnings += [f"{label} “{short(each)}” names no term; kept as it is" for each in unknown]
    return links, unmatched


def raw_labels(item):
    """What the page printed, as it stood: also what had no room in the columns."""
    labels = {name: values for name, values in item.labels.items() if values}
    if item.kind:
        labels = {"kind": [item.kind], **labels}
    if len(item.title) > TITLE_LENGTH:
        labels["title"] = [item.title]
    return labels


def midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))


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


def identity(url, language, day, title, text):
    """What tells a legacy item from all others: its node and language, else its address, else its text.

    The same node stands under many sections and prefixes; translations share it. Titles recur, so
    an undated item without an address is told by its text.
    """
    if url and (node := _NODE.search(urlsplit(url).path)):
        return f"{node[1]}:{language}"
    name = url or f"{language}|{day or fold(text)}|{fold(title)}"
    return str(uuid5(NAMESPACE_URL, name))


def is_web_address(url):
    try:
        _WEB_ADDRESS(url)
    except ValidationError:
        return False
    return len(url) <= 500


def short(text):
    return text if len(text) <= 100 else f"{text[:99]}…"
