"""Reads a page whose layout nobody has described: an article with a heading, labels and a body.

The kind is a line around the heading or a label. A label is a <dt>, or an element that holds only the
name of a label with its value after it, or both in one line. What is left of the article is the body.
"""

from osce_cms.html import plain_text

from ..messages import NotARelease
from .dates import parse_dateline
from .item import Item
from .markup import (
    downloads_in,
    drop,
    has_words,
    is_block,
    meta,
    outline,
    pictures_in,
    to_paragraphs,
    values_of,
    words_of,
)
from .vocabulary import (
    BARE_LABELS,
    is_value,
    kind_of,
    label_of,
    labels_of,
    refuse_list,
    split_label,
)

LONGEST_TITLE = 1000
_NOISE = (
    "script, style, noscript, template, nav, form, footer, iframe, svg, button, select, textarea, "
    ".breadcrumb, .breadcrumbs, #breadcrumb, #breadcrumbs"
)
_ARTICLES = ["article", "main", "[role=main]", "#content", ".node", "body"]
_LABELS = "dt, th, strong, b, span, div, p, li, td, h2, h3, h4, label"
_LINES = {"p", "li", "span", "div", "td"}  # where a label and its value may stand in one line


def read(tree):
    """The parsed page -> Item, whose body is not cleaned yet. Raises NotARelease."""
    article = find_article(tree)
    drop(article, _NOISE)
    heading = find_heading(article)
    title = words_of(heading) if heading else meta(tree, "og:title")
    if not title:
        raise NotARelease("no_title")
    if heading and heading.css_first("p, table, dl"):
        raise NotARelease("endless_title")
    labels = take_labels(article)
    kind = take_kind(article, labels)
    drop(article, "aside")
    pictures = pictures_in(article)
    drop(article, "figure:has(img), img")
    for each in reversed(article.css("h1")):
        if words_of(each) == title:
            each.decompose()
    downloads = downloads_in(article)
    body = to_paragraphs(outline(article.html or ""))
    if body and not labels:
        lines = plain_text(body).split("\n")
        refuse_list(label for line in lines for label in labels_of(line))
        if not (kind_of(kind)[0] or any(map(parse_dateline, lines[:3]))):
            raise NotARelease("no_labels")
    return Item(title, body, kind, labels, pictures=pictures, downloads=downloads)


def find_article(tree):
    """The innermost kind of container that has a heading, else the first there is."""
    found = []
    for selector in _ARTICLES:
        candidates = tree.css(selector)
        headed = [each for each in candidates if find_heading(each)]
        if selector == "article" and len(candidates) > 1 and len(headed) != 1:
            raise NotARelease("list", f"{len(candidates)} articles")
        if headed:
            drop(headed[0], "article article:has(h2, h3)")  # teasers of others
            return headed[0]
        found += candidates
    if not found:
        raise NotARelease("nothing")
    return found[0]


def find_heading(article):
    return next((each for each in article.css("h1") if words_of(each)), None)


def take_labels(article):
    """{label: [values]}; the elements that held them are gone from the article afterwards."""
    labels, gone, later = {}, [], []
    in_body = False
    for node in article.css(_LABELS):
        words = words_of(node)
        in_body = in_body or (node.tag == "p" and (len(words) > 150 or bool(parse_dateline(words))))
        label, nodes, values = read_label(node, words)
        if not label:
            continue
        # In the body only what is laid out as label and value is not part of the text.
        if in_body and node.tag != "dt" and not (node.tag == "div" and label_of(words)):
            later.append(label)
            continue
        if label == "date" and values and labels.get("date"):
            raise NotARelease("list", "several dates")
        labels[label] = labels.get(label, []) + values
        gone += nodes
    refuse_list(later)
    for node in reversed(gone):
        node.decompose()
    return labels


def read_label(node, words):
    """(label, the elements that hold it and its values, values), or (None, [], [])."""
    is_name = node.tag == "dt" or ":" in words or words in BARE_LABELS
    label = label_of(words) if len(words) < 40 and is_name else None
    if label:
        held = value_nodes(node)
        values = [" ".join(map(words_of, held)).strip()] if label == "date" else values_of(held)
        return label, [node, *held], [each for each in values if each]
    label, value = split_label(words)
    if label and node.tag in _LINES and is_value(value) and is_one_line(node):
        return label, [node], [value]
    return None, [], []


def is_one_line(node):
    """Whether nothing in node breaks its line, and no element of it is a label of its own."""
    inner = [each for each in node.css(f"{_LABELS}, br, table") if each.mem_id != node.mem_id]
    return not any(
        each.tag in {"br", "table", "dt"} or is_block(each) or split_label(words_of(each))[0]
        for each in inner
    )


def value_nodes(label):
    """The nodes after a label that hold its value: the next block, all <dd>s, or the rest of the line."""
    nodes, node = [], label.next
    while node is not None and not starts_label(node):
        is_full = any(has_words(each) for each in nodes)
        if is_full and (node.tag == "br" or is_block(node)) and node.tag != "dd":
            break
        nodes.append(node)
        if is_block(node) and node.tag != "dd" and has_words(node):
            break
        node = node.next
    text = " ".join(words_of(each) for each in nodes)
    return nodes if is_value(text.strip()) else []


def starts_label(node):
    words = words_of(node) if node.tag != "-text" else ""
    return bool(split_label(words)[0] or (node.tag in {"dt", "th"} and label_of(words)))


def take_kind(article, labels):
    """The label, else a line that holds only the name of a kind, before the text begins."""
    if printed := labels.pop("kind", []):
        return printed[0]
    is_after = False
    for node in article.css("h1, p, span, div"):
        is_after = is_after or node.tag == "h1"
        words = words_of(node)
        if kind_of(words)[0]:
            node.decompose()
            return words
        if is_after and node.tag == "p" and words:
            break
    return ""
