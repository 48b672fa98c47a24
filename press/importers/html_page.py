"""Reads saved HTML pages: an article with a heading, labels and a body.

The kind is a line before the heading or a label; labels are <dt>/<dd> pairs or an element that holds
only the name of a label, followed by its value. What is left of the article is the body.
"""

import re

from selectolax.lexbor import LexborHTMLParser as HTMLParser

from osce_cms.html import sanitise

from .dates import parse_dateline
from .item import Item, NotARelease, Picture
from .vocabulary import kind_of, label_of

_NOISE = "script, style, noscript, template, nav, aside, form, footer, iframe, svg, button"
_ARTICLES = ["article", "main", "[role=main]", "#content", ".node", "body"]
_BLOCKS = re.compile(r"<(?:p|h[2-4]|ul|ol|blockquote|table|hr)\b")
_EMPTY = re.compile(r"<(p|li|h[2-4]|blockquote)>(?:\s|&nbsp;|\xa0|<br>)*</\1>")


def recognises(text):
    return bool(re.match(r"\s*<(!doctype|html|head|body|!--|\?xml)", text, re.IGNORECASE))


def read(text):
    """text of a page -> Item. Raises NotARelease."""
    tree = HTMLParser(text)
    article = find_article(tree)
    for noise in article.css(_NOISE):
        noise.decompose()
    heading = article.css_first("h1")
    title = words_of(heading) if heading else meta(tree, "og:title")
    if not title:
        raise NotARelease("no heading")
    labels = take_labels(article)
    kind = take_kind(article, labels)
    if len(labels.get("date", [])) > 1:
        raise NotARelease("several dates: a list of releases, not one")
    pictures = take_pictures(article)
    for heading in article.css("h1"):
        heading.decompose()
    body = to_paragraphs(sanitise(article.html or ""))
    if not body:
        raise NotARelease("a heading without any text")
    if not (labels or kind_of(kind)[0] or parse_dateline(words_of(HTMLParser(body).body))):
        raise NotARelease("no labels (Date, Source, Fields of work), no kind and no dateline")
    root = tree.css_first("html")
    return Item(
        title=title,
        body=body,
        kind=kind,
        labels=labels,
        language=(root.attributes.get("lang") or "").split("-")[0].lower() if root else "",
        url=canonical_url(tree),
        pictures=pictures,
    )


def find_article(tree):
    for selector in _ARTICLES:
        found = tree.css(selector)
        if selector == "article" and len(found) > 1:
            raise NotARelease(f"{len(found)} articles: a list of releases, not one")
        if found:
            return found[0]
    raise NotARelease("nothing in it")


def words_of(node):
    return " ".join(node.text(separator=" ").split())


def meta(tree, name):
    node = tree.css_first(f'meta[property="{name}"], meta[name="{name}"]')
    return " ".join((node.attributes.get("content") or "").split()) if node else ""


def canonical_url(tree):
    link = tree.css_first('link[rel="canonical"]')
    return ((link.attributes.get("href") if link else None) or meta(tree, "og:url")).strip()


def take_labels(article):
    """{label: [values]}; the elements that held them are gone from the article afterwards."""
    labels, used = {}, []
    for node in article.css("dt, th, strong, b, span, div, p, h2, h3, h4, label"):
        text = words_of(node)
        label = label_of(text) if len(text) < 40 and (node.tag == "dt" or ":" in text) else None
        value = next_element(node) if label else None
        if value is None:
            continue
        values = labels.setdefault(label, [])
        while value is not None and not label_of(words_of(value)):
            values.append(words_of(value))
            used.append(value)
            value = next_element(value) if value.tag == "dd" else None
        used.append(node)
    for node in used:
        node.decompose()
    return {label: [value for value in values if value] for label, values in labels.items()}


def next_element(node):
    node = node.next
    while node is not None and node.tag == "-text":
        if (node.text() or "").strip():
            return None
        node = node.next
    return node


def take_kind(article, labels):
    if labels.get("kind"):
        return labels.pop("kind")[0]
    labels.pop("kind", None)
    for node in article.css("p, span, div, a"):
        if kind_of(words_of(node))[0]:
            kind = words_of(node)
            node.decompose()
            return kind
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
    for node in article.css("figure, img"):
        node.decompose()
    return pictures


def to_paragraphs(markup):
    """Sanitised markup without empty elements; text that stands loose becomes paragraphs."""
    markup = _EMPTY.sub("", markup)
    if not _BLOCKS.search(markup):
        markup = markup.replace("\n", "<br>") if "<br>" not in markup else markup
    html, loose = [], []

    def close():
        for part in re.split(r"(?:<br>\s*){2,}|\n\s*\n", "".join(loose)):
            part = re.sub(r"^(?:\s|<br>)+|(?:\s|<br>)+$", "", part)
            if part:
                html.append(f"<p>{part}</p>")
        loose.clear()

    body = HTMLParser(f"<body>{markup}</body>").body
    node = body.child if body else None
    while node is not None:
        if node.tag != "-text" and _BLOCKS.match(node.html):
            close()
            html.append(node.html)
        else:
            loose.append(node.html)
        node = node.next
    close()
    return _EMPTY.sub("", "".join(html))
