"""HTML as it may be stored and shown."""

import html
import re

import nh3

TAGS = {
    *("p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "hr"),
    *("a", "strong", "em", "b", "i", "u", "sub", "sup", "abbr", "cite", "q"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
ATTRIBUTES = {
    "a": {"href", "hreflang", "lang"},
    "p": {"lang"},
    "blockquote": {"lang"},
    "abbr": {"title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
_SANITISER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    clean_content_tags={
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "svg",
        "math",
        "title",
    },
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer",
)
_STRIPPER = nh3.Cleaner(tags=set())
_BLOCK_END = re.compile(r"</(?:p|h[2-4]|li|blockquote|caption|tr|t[hd])>|<(?:br|hr)>")
# Characters that no valid XML document can hold (XML 1.0, section 2.2); PostgreSQL refuses the first.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def sanitise(markup):
    """markup with nothing in it that could act; sanitise(sanitise(x)) == sanitise(x)."""
    return _SANITISER.clean(without_controls(markup)).strip()


def plain_text(markup):
    """The text of sanitised markup, one line for each block."""
    text = html.unescape(_STRIPPER.clean(_BLOCK_END.sub("\n", markup)))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def without_controls(text):
    return _FORBIDDEN.sub("", text)
