"""What all readers of HTML do with the parts of a page: words, values, pictures, files, paragraphs."""

import re
from urllib.parse import urlsplit

import nh3
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from osce_cms.html import ATTRIBUTES, SCHEMES, SILENT, TAGS, without_controls

from .item import Download, Picture

BLOCKS = {"p", "h2", "h3", "h4", "ul", "ol", "blockquote", "table", "hr"}
CONTAINERS = {
    *("div", "section", "article", "header", "main", "aside", "center", "address", "hgroup"),
    *("dl", "dt", "dd", "pre", "figure", "figcaption", "details", "summary", "fieldset", "legend"),
}
FILES = {"pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "rtf", "odt", "ods", "zip"}
_OUTLINE = nh3.Cleaner(
    tags=TAGS | CONTAINERS | {"h1", "h5", "h6"},
    attributes=ATTRIBUTES,
    clean_content_tags=SILENT,
    url_schemes=SCHEMES,
    link_rel="noopener noreferrer",
)
_HEADINGS = re.compile(r"(</?)h([156])(?=[\s>])")
_EDGE = re.compile(rf"</?(?:{'|'.join(CONTAINERS)})(?:\s[^<>]*)?>")
_EMPTY = re.compile(r"<(p|li|h[2-4]|blockquote)>(?:\s|&nbsp;|\xa0|<br>)*</\1>")
_PARAGRAPH = re.compile(r"<p>[^<]*(?:<(?!/?p[\s>])[^<]*)*</p>")
_ONLY_PARAGRAPHS = re.compile(rf"(?:\s*{_PARAGRAPH.pattern})*\s*")
_WORDLESS = re.compile(r"<p>(?:\s|&nbsp;|<[^<>]*>)*</p>")
_LEAVES = "a, li, p, div, span, dd"


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


def is_block(node):
    return node.tag in BLOCKS | CONTAINERS | {"td", "li"}


def values_of(nodes):
    """What nodes print: one value for each link, list item or block when these are all of it."""
    whole = " ".join(filter(None, map(words_of, nodes)))
    leaves = [
        words_of(leaf)
        for node in nodes
        if node.tag != "-text"
        for leaf in node.css(_LEAVES)
        if len(leaf.css(_LEAVES)) == 1
    ]
    is_all = re.sub(r"[\s,;]", "", "".join(leaves)) == re.sub(r"[\s,;]", "", whole)
    return [each for each in (leaves if is_all else [whole]) if each]


def pictures_in(node, figures="figure", caption="figcaption", credit=".credit"):
    """The images in node; of those in one of its figures also its caption and who is credited."""
    inside = {
        image.mem_id: (_words_in(figure, caption), _words_in(figure, credit))
        for figure in node.css(figures)
        for image in figure.css("img")
    }
    pictures = []
    for image in node.css("img"):
        words, credited = inside.get(image.mem_id, ("", ""))
        alt = " ".join((image.attributes.get("alt") or "").split())
        words = words.removesuffix(credited).strip() if credited else words
        pictures.append(Picture(image.attributes.get("src") or "", alt, words, credited))
    return pictures


def _words_in(node, selector):
    found = node.css_first(selector)
    return words_of(found) if found else ""


def downloads_in(node):
    """The files that node links to, each once."""
    found = {}
    for link in node.css("a[href]"):
        src = (link.attributes.get("href") or "").strip()
        if is_file(src):
            title = words_of(link) or " ".join((link.attributes.get("title") or "").split())
            found.setdefault(src, Download(src, title))
    return list(found.values())


def is_file(src):
    if "." not in src:
        return False
    try:
        return urlsplit(src).path.rpartition(".")[2].lower() in FILES
    except ValueError:  # half an address
        return False


def outline(markup):
    """markup with the elements of a body only, and blank lines where containers began and ended."""
    markup = _EDGE.sub("\n\n", _OUTLINE.clean(without_controls(markup)))
    return _HEADINGS.sub(lambda found: found[1] + {"1": "h2"}.get(found[2], "h4"), markup)


def to_paragraphs(markup):
    """markup without empty elements; text that stands loose becomes paragraphs."""
    if _ONLY_PARAGRAPHS.fullmatch(markup):  # as most rows are: nothing to take apart
        return "".join(each for each in _PARAGRAPH.findall(markup) if not _WORDLESS.fullmatch(each))
    return taken_apart(markup)


def taken_apart(markup):
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
        if node.tag in BLOCKS:
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
