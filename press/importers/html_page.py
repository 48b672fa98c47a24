"""Reads saved HTML pages: an article with a heading, labels and a body.

The kind is a line around the heading or a label. A label is a <dt>, or an element that holds only the
name of a label with its value after it, or both in one line. What is left of the article is the body.
"""

import re

import nh3
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from osce_cms.html import ATTRIBUTES, DEEPEST, TAGS, is_too_deep, plain_text, sanitise

from .dates import parse_dateline
from .item import Item, Picture
from .messages import NotARelease
from .vocabulary import is_value, kind_of, label_of, refuse_list, split_label

LONGEST_TITLE = 1000
_NOISE = (
    "script, style, noscript, template, nav, form, footer, iframe, svg, button, select, textarea, "
    ".breadcrumb, .breadcrumbs, #breadcrumb, #breadcrumbs"
)
_ARTICLES = ["article", "main", "[role=main]", "#content", ".node", "body"]
_LABELS = "dt, th, strong, b, span, div, p, li, td, h2, h3, h4, label"
_LINES = {"p", "li", "span", "div", "td"}  # where a label and its value may stand in one line
_BLOCKS = {"p", "h2", "h3", "h4", "ul", "ol", "blockquote", "table", "hr"}
_CONTAINERS = {
    *("div", "section", "article", "header", "main", "aside", "center", "address", "hgroup"),
    *("dl", "dt", "dd", "pre", "figure", "figcaption", "details", "summary", "fieldset", "legend"),
}
_OUTLINE = nh3.Cleaner(tags=TAGS | _CONTAINERS | {"h1", "h5", "h6"}, attributes=ATTRIBUTES)
_EDGE = re.compile(rf"</?(?:{'|'.join(_CONTAINERS)})>")
_EMPTY = re.compile(r"<(p|li|h[2-4]|blockquote)>(?:\s|&nbsp;|\xa0|<br>)*</\1>")


def recognises(text):
    return bool(re.match(r"\ufeff?\s*<[a-z!?]", text, re.IGNORECASE))


def read(text):
    """text of a page -> Item. Raises NotARelease."""
    if is_too_deep(text):
        raise NotARelease("too_deep", DEEPEST)
    tree = HTMLParser(text)
    article = find_article(tree)
    drop(article, _NOISE)
    heading = find_heading(article)
    title = words_of(heading) if heading else meta(tree, "og:title")
    if not title:
        raise NotARelease("no_title")
    if len(title) > LONGEST_TITLE or (heading and heading.css_first("p, table, dl")):
        raise NotARelease("endless_title")
    labels = take_labels(article)
    kind = take_kind(article, labels)
    drop(article, "aside")
    pictures = take_pictures(article)
    for each in reversed(article.css("h1")):
        if words_of(each) == title:
            each.decompose()
    body = to_paragraphs(outline(article.html or ""))
    if not body:
        raise NotARelease("no_text")
    if not (labels or kind_of(kind)[0] or has_dateline(body)):
        raise NotARelease("no_labels")
    root = tree.css_first("html")
    language = (root.attributes.get("lang") or "") if root else ""
    return Item(
        title=title,
        body=body,
        kind=kind,
        labels=labels,
        language=re.split("[-_]", language)[0].lower(),
        url=canonical_url(tree),
        pictures=pictures,
    )


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


def drop(article, selector):
    for each in reversed(article.css(selector)):  # inner ones before those that hold them
        each.decompose()


def words_of(node):
    return " ".join(node.text(separator=" ").split())


def has_words(node):
    return bool((node.text() or "").strip())


def meta(tree, name):
    node = tree.css_first(f'meta[property="{name}"], meta[name="{name}"]')
    return " ".join((node.attributes.get("content") or "").split()) if node else ""


def canonical_url(tree):
    link = tree.css_first('link[rel="canonical"]')
    return ((link.attributes.get("href") if link else None) or meta(tree, "og:url")).strip()


def has_dateline(body):
    return any(parse_dateline(line) for line in plain_text(body).split("\n")[:3])


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
    label = label_of(words) if len(words) < 40 and (node.tag == "dt" or ":" in words) else None
    if label:
        held = value_nodes(node)
        return label, [node, *held], values_of(held, label)
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


def is_block(node):
    return node.tag in _BLOCKS | _CONTAINERS | {"td", "li"}


def values_of(nodes, label):
    """What nodes print: one value for each link, list item or block when these are all of it."""
    whole = " ".join(filter(None, map(words_of, nodes)))
    leaves = [
        words_of(leaf)
        for node in nodes
        if node.tag != "-text"
        for leaf in node.css("a, li, p, div, span, dd")
        if len(leaf.css("a, li, p, div, span, dd")) == 1
    ]
    is_all = re.sub(r"[\s,;]", "", "".join(leaves)) == re.sub(r"[\s,;]", "", whole)
    return [each for each in (leaves if is_all and label != "date" else [whole]) if each]


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


def take_pictures(article):
    pictures = []
    for node in article.css("img"):
        figure = node.parent
        while figure is not None and figure.tag != "figure":
            figure = figure.parent
        caption = figure.css_first("figcaption") if figure is not None else None
        pictures.append(
            Picture(
                src=node.attributes.get("src") or "",
                alt=" ".join((node.attributes.get("alt") or "").split()),
                caption=words_of(caption) if caption else "",
            )
        )
    drop(article, "figure:has(img), img")
    return pictures


def outline(markup):
    """Sanitised markup in which blank lines stand where containers began and ended."""
    markup = _EDGE.sub("\n\n", _OUTLINE.clean(markup))
    markup = re.sub(r"(</?)h1>", r"\1h2>", markup)
    return sanitise(re.sub(r"(</?)h[56]>", r"\1h4>", markup))


def to_paragraphs(markup):
    """markup without empty elements; text that stands loose becomes paragraphs."""
    html, loose = [], []

    def close():
        text = "".join(loose).strip()
        while text.startswith("<br>") or text.endswith("<br>"):
            text = text.removeprefix("<br>").removesuffix("<br>").strip()
        html.extend([f"<p>{text}</p>"] if text else [])
        loose.clear()

    body = HTMLParser(f"<body>{_EMPTY.sub('', markup)}</body>").body
    node = body.child if body else None
    while node is not None:
        if node.tag in _BLOCKS:
            close()
            html += [node.html] if node.tag == "hr" or has_words(node) else []
        elif node.tag == "-text":
            first, *others = re.split(r"\n\s*\n", node.html)
            loose.append(first)
            for each in others:
                close()
                loose.append(each)
        elif node.tag == "br" and "".join(loose).rstrip().endswith("<br>"):
            close()
        else:
            loose.append(node.html)
        node = node.next
    close()
    return _EMPTY.sub("", "".join(html))
