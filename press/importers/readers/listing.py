"""Reads list pages: what they tell of the releases on them. HTML and text captures alike are lines.

Title of a release                     in HTML and Markdown a link
Publishing date: 16 June 2011          its labels, in one line or several
Content type: Press release
Where we are: OSCE Secretariat
VIENNA, 16 June 2011 – The begin…      a teaser, which is no use
"""

import re
from typing import NamedTuple
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser as HTMLParser

from osce_cms.html import DEEPEST, is_too_deep

from ..messages import NotARelease
from .dates import parse_day
from .html_page import declared_language, recognises
from .item import Entry
from .markup import CONTAINERS, canonical_url, drop
from .rows import SITE
from .vocabulary import is_value, kind_of, label_of, split_label, split_labels

LONGEST_TITLE = 500
_NOISE = "script, style, noscript, template, nav, form, footer, iframe, svg, head"
_LINE_TAGS = CONTAINERS | {
    "p",
    "li",
    "ul",
    "ol",
    "br",
    "tr",
    "td",
    "th",
    "table",
    "blockquote",
    "body",
}
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_MARKS = re.compile(r"^(?:#{1,6}|[-*•·–▪●◦])\s+")
_LINK = re.compile(r"^\[(?P<words>.+)\]\((?P<href>[^\s()]+)\)$")


class Line(NamedTuple):
    words: str
    href: str = ""


def read(text):
    """text of a list page -> [Entry, ...] in its order. Raises NotARelease: "no_list", "too_deep"."""
    language, base, lines = "", "", []
    if recognises(text):
        if is_too_deep(text):
            raise NotARelease("too_deep", DEEPEST)
        tree = HTMLParser(text)
        language, base = declared_language(tree), canonical_url(tree)
        lines = lines_of_page(tree)
    else:
        lines = [line_of_text(line) for line in text.splitlines()]
    found = list(entries([line for line in lines if line.words], base, language))
    # One title with labels below it and no link is a release, not a list.
    if len(found) < 2 and not any(each.url for each in found):
        raise NotARelease("no_list")
    return found


def line_of_text(line):
    words = _MARKS.sub("", " ".join(line.split()).strip("\u200b\ufeff"))
    link = _LINK.match(words)
    return Line(link["words"], link["href"]) if link else Line(words)


def lines_of_page(tree):
    """What a page shows, line by line, each with the address that it is a link to."""
    if tree.body is None:
        return []
    drop(tree.body, _NOISE)
    lines, words, hrefs = [], [], []

    def close():
        text = " ".join("".join(words).split())
        lines.append(Line(text, hrefs[0] if hrefs else ""))
        words.clear()
        hrefs.clear()

    for node in tree.body.traverse(include_text=True):
        if node.tag in _LINE_TAGS or node.tag in _HEADINGS or ends_line(node):
            close()
        if node.tag == "-text":
            words.append(node.text_content or "")
            if href := href_around(node):
                hrefs.append(href)
    close()
    return lines


def ends_line(node):
    """Whether node stands right after a block, whose line it does not share."""
    before = node.prev
    return before is not None and (before.tag in _LINE_TAGS or before.tag in _HEADINGS)


def href_around(node):
    if not (node.text_content or "").strip():
        return ""
    for _ in range(4):
        node = node.parent
        if node is None or node.tag in _LINE_TAGS:
            return ""
        if node.tag == "a":
            return (node.attributes.get("href") or "").strip()
    return ""


def entries(lines, base, language):
    n = 0
    while n < len(lines):
        labels, end = labels_at(lines, n)
        if "date" in labels and n:
            yield entry(lines, title_above(lines, n), labels, base, language)
        n = max(end, n + 1)


def title_above(lines, n):
    """The number of the line above the labels; where a teaser is between, of the link above it."""
    links = (above for above in range(n - 1, max(-1, n - 4), -1) if lines[above].href)
    return next(links, n - 1)


def labels_at(lines, start):
    """({label: [values]}, the line after them) of the labels that begin at line start."""
    labels, values = {}, None
    for n in range(start, len(lines)):  # a slice for each line would take the square of their time
        line = lines[n]
        found = labels_in(line.words, is_first=not labels)
        if found and found[0][0] == "date" and "date" in labels:
            return labels, n  # the next one has no title
        if not found and (values != [] or not is_value_here(lines, n, labels)):
            return labels, n
        for label, value in found or [(None, line.words)]:
            values = labels.setdefault(label, []) if label else values
            values += [value] if value else []
    return labels, len(lines)


def labels_in(words, *, is_first):
    """[(label, value), ...] of a line that begins with a label, [] for any other.

    is_first: whether it would begin the labels of a release. A navigation has names of labels too, but
    without a colon.
    """
    label = label_of(words)
    if label and (label == "date" or not is_first):
        return [(label, "")]
    if not split_label(words, bare=not is_first)[0]:
        return []
    return split_labels(words)


def is_value_here(lines, n, labels):
    """Whether line n, below the name of the last label, is its value and not the next title."""
    is_title = n + 1 < len(lines) and labels_in(lines[n + 1].words, is_first=False)[:1]
    if is_title and is_title[0][0] == "date":
        return False
    words = lines[n].words
    return is_value(words) and (list(labels)[-1] != "date" or parse_day(words) is not None)


def entry(lines, n, labels, base, language):
    title, kicker = lines[n], lines[n - 1].words if n else ""
    printed = " ".join(labels.pop("kind", []))
    return Entry(
        url=absolute(title.href, base),
        title=title.words[:LONGEST_TITLE],
        day=parse_day(" ".join(labels["date"])),
        kind=printed or (kicker if kind_of(kicker)[0] else ""),
        labels=labels,
        language=language,
    )


def absolute(href, base):
    try:
        return urljoin(base or SITE, href) if href else ""
    except ValueError:  # half an address
        return ""
