"""HTML as it may be stored and shown."""

import html
import re

import nh3
from django.core.exceptions import ValidationError

# All that a body may hold. The editor (static/admin-editor-schema.js) has the same list; a test compares.
TAGS = {
    *("p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "hr"),
    *("a", "strong", "em", "b", "i", "u", "sub", "sup", "abbr", "cite", "q"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
ATTRIBUTES = {
    "*": {"lang", "title"},
    "a": {"href", "hreflang"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
SILENT = {  # elements that go with all that is in them
    *("script", "style", "noscript", "template", "iframe", "svg", "math", "title"),
}
SCHEMES = {"http", "https", "mailto", "tel"}  # beside addresses of this site


def _without_foreign_paths(tag, attribute, value):
    # Browsers read // and /\ as the beginning of another host.
    is_foreign = attribute == "href" and value.strip().replace("\\", "/").startswith("//")
    return None if is_foreign else value


_SANITISER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    clean_content_tags=SILENT,
    url_schemes=SCHEMES,
    link_rel="noopener noreferrer",
    attribute_filter=_without_foreign_paths,
)
_NOT_PLAIN = re.compile("[<&\r\ufeff]")  # what a parser would change
_STRIPPER = nh3.Cleaner(tags=set())
DEEPEST = 1000  # elements in each other; the time of the parsers grows with the square of it
_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)(?=[\s/>])", re.IGNORECASE)
_FLAT = {  # elements that hold nothing, or whose end need not be written
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"),
    *("p", "dt", "dd", "tr", "td", "th", "thead", "tbody", "option", "colgroup"),
    *("path", "circle", "rect", "use", "line", "polygon", "polyline", "ellipse", "stop"),
}
BLOCK_END = re.compile(r"</(?:p|h[2-4]|li|blockquote|caption|tr|t[hd])>|<(?:br|hr)>")
# What stands before the address of a link, and the address, as it is written; in text a "<" is never bare.
HREF = re.compile(r'(<a\b[^<>]*?\shref=")([^"]*)(?=")')
# Characters that no valid XML document can hold (XML 1.0, section 2.2); PostgreSQL refuses the first.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def is_too_deep(markup):
    """Whether markup has more than DEEPEST elements in each other, as no text has."""
    if markup.count("<") <= DEEPEST:
        return False
    depth = 0
    for end, name in _TAG.findall(markup):
        if name.lower() not in _FLAT:
            depth = max(0, depth - 1) if end else depth + 1
        if depth > DEEPEST:
            return True
    return False


def sanitise(markup):
    """markup with nothing in it that could act; sanitise(sanitise(x)) == sanitise(x).

    Raises ValueError for what is too deep to be read in reasonable time.
    """
    if is_too_deep(markup):
        raise ValueError(f"More than {DEEPEST} elements in each other.")
    return _SANITISER.clean(without_controls(markup)).strip()


def plain_text(markup):
    """The text of sanitised markup, one line for each block."""
    text = BLOCK_END.sub("\n", markup)
    if _NOT_PLAIN.search(text):
        text = html.unescape(_STRIPPER.clean(text))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def validate_markup(markup):
    """For forms: refuses what sanitise() would not take, or would leave nothing of."""
    if is_too_deep(markup):
        raise ValidationError(f"There are more than {DEEPEST} elements in each other.")
    if not plain_text(sanitise(markup)):
        raise ValidationError("There is no text in it.")


def without_controls(text):
    return _FORBIDDEN.sub("", text)
