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
from itertools import pairwise

from ..messages import NotARelease
from .dates import parse_dateline
from .item import Item
from .vocabulary import (
    CONTACTS,
    is_value,
    kind_of,
    labels_of,
    refuse_event,
    refuse_list,
    spelling,
    split_label,
)

_BULLET = re.compile(r"[-•*·–▪●◦]\s+")
_MAIL_HEADER = re.compile(r"^(MIME-Version|Return-Path|Received|Message-ID): ", re.MULTILINE)
_WIDEST = 100  # characters; no capture is broken into longer lines
TITLE_LINES = 8


def recognises(text):
    return "<" not in text.lstrip()[:1]


def read(text):
    """text of a capture -> Item. Raises NotARelease."""
    if _MAIL_HEADER.search(text[:5000]):
        raise NotARelease("mail")
    lines = [" ".join(line.split()).strip("\u200b\ufeff") for line in text.splitlines()]
    first = first_label(lines)
    labels, body = take_labels(lines, first) if first is not None else ({}, None)
    if body is None:
        first = body = body_without_labels(lines)
    kind, title = find_heading(lines, first)
    if not title.strip("# "):
        raise NotARelease("no_title_before_labels")
    refuse_list(label for line in lines[body:] for label in labels_of(without_bullet(line)))
    paragraphs = without_navigation(lines[body:])
    if not any(paragraphs):
        raise NotARelease("no_text")
    kind = " ".join(labels.pop("kind", [])) or kind
    refuse_event(labels, kind)
    return Item(title=title.lstrip("# "), body=to_html(paragraphs), kind=kind, labels=labels)


def without_bullet(line):
    return _BULLET.sub("", line, count=1)


def label_on(line):
    return split_label(without_bullet(line))[0]


def first_label(lines):
    """The line where the labels of the release begin, None without any.

    A navigation may have labels too, so those under the name of a kind are preferred; labels after a
    paragraph with a dateline are text.
    """
    starts = [n for n, line in enumerate(lines) if label_on(line)]
    start = next((n for n in starts if all(find_heading(lines, n))), starts[0] if starts else None)
    body = next(
        (n for n, line in enumerate(lines) if len(line) > 80 and parse_dateline(line)), None
    )
    return None if body is not None and start is not None and body < start else start


def take_labels(lines, first):
    """({label: values}, first line of the body)."""
    labels, values, end = {}, [], first
    is_bulleted = bool(_BULLET.match(lines[first]))
    takes_bare = not is_bulleted  # whether values stand on lines without a bullet
    for n, line in enumerate(lines[first:], start=first):
        is_bullet = bool(_BULLET.match(line))
        label, value = split_label(without_bullet(line), bare=n > first)
        if not line or line == "-":
            continue
        if label and (is_bullet or not is_bulleted):
            if label == "date" and label in labels:
                raise NotARelease("list", "several dates")
            values = labels.setdefault(label, [])
            values += [value] if value else []
        elif is_bullet and is_value(without_bullet(line)):
            values.append(without_bullet(line))
        elif not (is_bullet or label) and (
            is_bare_value(lines, n)
            and ((takes_bare and not values) or leads_to_label(lines, n, is_bulleted))
        ):
            takes_bare = True
            values.append(line)
        else:
            break
        end = n + 1
    return labels, end


def is_bare_value(lines, n):
    """Whether line n, no bullet, can be the value of a label and not the beginning of a text."""
    runs_on = n + 1 < len(lines) and lines[n + 1][:1].islower()
    return len(lines[n]) < 150 and is_value(lines[n]) and not runs_on


def leads_to_label(lines, n, is_bulleted):
    """Whether line n stands right above another label, or above other values of its own label."""
    for line in lines[n + 1 : n + 6]:
        if label_on(line) and (_BULLET.match(line) or not is_bulleted):
            return True
        if _BULLET.match(line) or not is_value(line):
            return False
    return False


def body_without_labels(lines):
    """The first line of the body of a capture without labels: the one with a dateline."""
    is_navigation = True
    for n, line in enumerate(lines):
        if not is_navigation and parse_dateline(line):
            return n
        is_navigation = is_navigation and (not line or bool(_BULLET.match(line)))
    raise NotARelease("no_labels")


def find_heading(lines, end):
    """(kind as printed, title) that stand right before line end."""
    above = []
    for n in range(end - 1, -1, -1):
        line = lines[n]
        if kind_of(line)[0]:
            return line, " ".join(filter(None, reversed(above)))
        # A title may begin like a label where the labels themselves are bullets.
        is_label = label_on(line) and not (end < len(lines) and _BULLET.match(lines[end]))
        if line == "-" or _BULLET.match(line) or is_label or len(above) == TITLE_LINES:
            break
        if line or above:
            above.append(line)
    # Without a kind only long lines that follow each other can be told from the navigation above.
    title = above[:1]
    for line in above[1:]:
        if not 45 <= len(line) < _WIDEST:
            break
        title.append(line)
    return "", " ".join(reversed(title))


def without_navigation(lines):
    """The lines of the body. A bare dash after all text begins a navigation."""
    last = max((n for n, line in enumerate(lines) if is_text(line)), default=-1)
    end = next((n for n, line in enumerate(lines) if line == "-" and n > last), len(lines))
    return [line for line in lines[:end] if line != "-"]


def is_text(line):
    return is_contacts(line) or (len(line) >= 60 and not _BULLET.match(line))


def is_contacts(line):
    return spelling(line[:40]).strip(" :") in CONTACTS


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
            bullets.append(without_bullet(line))
            continue
        close_list()
        if is_contacts(line):
            contact = "<br>".join(escape(each) for each in lines[n + 1 :])
            html.append(f"<h2>{escape(line)}</h2>" + (f"<p>{contact}</p>" if contact else ""))
            break
        html.append(f"<p>{escape(line)}</p>")
    close_list()
    return "".join(html)


def unwrap(lines):
    """lines without empty ones; those broken at a fixed width become one for each paragraph."""
    longest = max(map(len, lines), default=0)
    pairs = [(one, other) for one, other in pairwise(lines) if one and other]
    breaks = sum(is_broken(one, other, longest) for one, other in pairs)
    if longest > _WIDEST or breaks < 3 or 3 * breaks < len(pairs):
        return [line for line in lines if line]
    whole, above = [], ""
    for line in lines:
        if above and line and is_broken(above, line, longest):
            whole[-1] += f" {line}"
        elif line:
            whole.append(line)
        above = line
    return whole


def is_broken(line, following, width):
    """Whether following goes on in the paragraph of line: its first word had no room there."""
    return len(line) + len(following.split(" ", 1)[0]) >= width and not _BULLET.match(following)
