"""Reads text captures: a page as text, one line for each line, its navigation flattened before it.

-
Our work                          navigation, of any length
- Elections
Press release                     the kind
Cross-border co-operation …       the title
- Date:                           labels; the value follows on the line or on the next bullets
- Source:
- OSCE Chairpersonship, OSCE Secretariat
VIENNA, 16 June 2011 – …          the body, one line for each paragraph
"""

import re
from html import escape

from osce_cms.text import fold

from .dates import parse_dateline
from .item import Item, NotARelease
from .vocabulary import CONTACTS, kind_of, label_of

_BULLET = re.compile(r"[-•*·–]\s+")
_SENTENCE_END = re.compile(r"[.!?…:;\"”»)]$")


def recognises(text):
    return "<" not in text.lstrip()[:1]


def read(text):
    """text of a capture -> Item. Raises NotARelease."""
    lines = [line.strip() for line in text.splitlines()]
    first, labels, body = find_labels(lines)
    kind, title = find_heading(lines, first)
    if not title:
        raise NotARelease("no title before the labels")
    paragraphs = without_navigation(lines[body:])
    if not any(paragraphs):
        raise NotARelease("a title without any text")
    return Item(title=title, body=to_html(paragraphs), kind=kind, labels=labels)


def find_labels(lines):
    """(line of the first label, {label: values}, first line of the body)."""
    first = next((n for n, line in enumerate(lines) if split_label(line)[0]), None)
    if first is None:
        first = body_without_labels(lines)
        return first, {}, first
    labels, current, n = {}, None, first
    for n, line in enumerate(lines[first:], start=first):
        label, value = split_label(line)
        if label:
            if label in labels and label == "date":
                raise NotARelease("several dates: a list of releases, not one")
            current = labels.setdefault(label, [])
            if value:
                current.append(value)
        elif _BULLET.match(line):
            current.append(_BULLET.sub("", line, count=1))
        elif line and not is_bare_value(lines, n, current):
            break
        elif line:
            current.append(line)
    else:
        n = len(lines)
    if sum(split_label(line)[0] == "date" for line in lines[n:]) > 1:
        raise NotARelease("several dates: a list of releases, not one")
    return first, labels, n


def split_label(line):
    """("date", "16 June 2011") for "- Date: 16 June 2011"; (None, None) for any other line."""
    name, colon, value = _BULLET.sub("", line, count=1).partition(":")
    label = label_of(name) if colon and len(name) < 40 else None
    return (label, value.strip()) if label else (None, None)


def is_bare_value(lines, n, values):
    """Whether line n, no bullet, is the value of the label right above it."""
    above = lines[n - 1]
    return (
        not values
        and not _BULLET.match(above)
        and split_label(above)[0] is not None
        and len(lines[n]) < 150
        and not _SENTENCE_END.search(lines[n])
        and not parse_dateline(lines[n])
    )


def body_without_labels(lines):
    """The first line of the body of a capture without labels: the one with a dateline."""
    for n, line in enumerate(lines):
        if n and parse_dateline(line) and any(not _BULLET.match(above) for above in lines[:n]):
            return n
    raise NotARelease("no labels (Date, Source, Fields of work) and no dateline")


def find_heading(lines, end):
    """(kind as printed, title) that stand right before line end."""
    title = []
    for line in reversed(lines[:end]):
        if kind_of(line)[0]:
            return line, " ".join(reversed(title))
        if not line and not title:
            continue
        if not line or line == "-" or _BULLET.match(line) or len(title) == 3:
            break
        title.append(line)
    # Without a kind only the last line can be told from the navigation above it.
    return "", title[0] if title else ""


def without_navigation(lines):
    """The lines of the body; a bare dash begins the navigation that follows some captures."""
    return lines[: lines.index("-")] if "-" in lines else lines


def to_html(lines):
    """Paragraphs, bullet lists, and a contact block kept line by line."""
    html, bullets = [], []

    def close_list():
        if bullets:
            html.append("<ul>" + "".join(f"<li>{escape(each)}</li>" for each in bullets) + "</ul>")
            bullets.clear()

    lines = unwrap(lines)
    for n, line in enumerate(lines):
        if _BULLET.match(line):
            bullets.append(_BULLET.sub("", line, count=1))
            continue
        close_list()
        if fold(line).strip(" :") in CONTACTS:
            contact = [escape(each) for each in lines[n + 1 :]]
            html.append(f"<h2>{escape(line)}</h2><p>{'<br>'.join(contact)}</p>")
            break
        html.append(f"<p>{escape(line)}</p>")
    close_list()
    return "".join(html)


def unwrap(lines):
    """lines without empty ones; blocks of lines broken at a fixed width become one line each."""
    blocks = [
        block.splitlines() for block in re.split(r"\n{2,}", "\n".join(lines)) if block.strip()
    ]
    is_wrapped = any(
        len(block) > 1 and all(50 < len(line) < 100 for line in block[:-1]) for block in blocks
    )
    if is_wrapped and len(blocks) > 1:
        return [" ".join(block) for block in blocks]
    return [line for block in blocks for line in block if line]
