"""A passage of text, found wherever a person would read it, and taken out of there.

Compared is as people read: without case, accents, kinds of dashes, quotes and spaces, and without signs
that nobody sees; in HTML also across tags and entities. It may stand inside of longer words.
"""

import html
import re
import unicodedata
from urllib.parse import unquote

from django.utils.text import slugify

from osce_cms.html import BLOCK_END, sanitise
from osce_cms.text import fold

REMOVED, BRIEFLY = "[removed]", "[…]"  # the second where a column has no room for the first
SHORTEST = 3  # characters
TELLING = 10  # characters of the passage with which a text ends that was cut off there

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_TAG = re.compile(r'<[^>"]*(?:"[^"]*"[^>"]*)*>')  # of sanitised markup
_TOKEN = re.compile(rf"(?P<tag>{_TAG.pattern})|&(?:#?\w+);|.", re.DOTALL)
_ATTRIBUTE = re.compile(r' ([\w-]+)="([^"]*)"')
_BLOCK = re.compile(
    r"</?(?:p|h[2-4]|li|[uo]l|blockquote|caption|table|thead|tbody|tfoot|tr|t[hd]|br|hr)\b"
)
# Of the two readings of markup one parts words at every block, the other where plain_text() does.
_READINGS = (_BLOCK, BLOCK_END)
# What would be a link or a heading without words.
_EMPTIED = re.compile(r"<(a|abbr|strong|em|[biuq]|sub|sup|cite|h[2-4])(?: [^>]*)?>(\s*)</\1>")


class _Folds(dict):
    """{number of a character: how it is compared}, filled as characters come up."""

    def __missing__(self, number):
        char = chr(number)
        if char in _DASHES:
            folded = "-"
        elif unicodedata.category(char) == "Cf":
            folded = ""
        elif char.isspace():
            folded = " "
        else:
            folded = fold(char)
        self[number] = folded
        return folded


_FOLDS = _Folds()


def comparable(text):
    return " ".join(text.translate(_FOLDS).split())


def in_words(text):
    """text as it would stand in an address."""
    return re.sub(r"[\W_]+", "-", comparable(text)).strip("-")


class Passage:
    def __init__(self, text):
        self.folded = comparable(text)
        self.solid = self.folded.replace(" ", "")
        slugs = {in_words(text), comparable(slugify(text, allow_unicode=True))}
        self.slugs = {slug for slug in slugs if len(slug) >= SHORTEST}

    def is_in(self, text):
        return self.folded in comparable(text)

    def is_in_address(self, address):
        """As it is, percent-encoded, or as words with dashes between them."""
        plain = unquote(address)
        return self.is_in(plain) or any(slug in in_words(plain) for slug in self.slugs)

    def is_in_slug(self, slug):
        """All of it, or its beginning, since slugs are cut off."""
        slug = comparable(slug)
        return self.is_in_address(slug) or any(overlap(slug, whole) for whole in self.slugs)

    def removed_from(self, text, longest=None):
        """(text without the passage, in how many places it was).

        longest: how many characters there is room for; a text of that length may have been cut off in
        the middle of the passage.
        """
        if not self.may_be_in(text) and (longest is None or len(text) < longest):
            return text, 0
        folded, spans = reading((n, n + 1, char) for n, char in enumerate(text))
        ranges = self.ranges(folded, spans)
        if longest and len(text) >= longest and (cut := overlap(folded, self.folded)):
            ranges.append((spans[-cut][0], len(text)))
        result = replaced(text, ranges, REMOVED)
        if longest and len(result) > longest:
            result = replaced(text, ranges, BRIEFLY)[:longest]
        return result, len(ranges)

    def removed_from_markup(self, markup):
        """(markup without the passage, sanitised; in how many places it was).

        Tags that stand between its words stay, so that the markup stays well-formed. An attribute that
        holds the passage is removed as a whole.
        """
        result, count = self.removed_from_attributes(sanitise(markup))
        for parting in _READINGS:
            if self.may_be_in(html.unescape(_TAG.sub("", result))):
                ranges = self.ranges(*reading(pieces(result, parting)))
                result = replaced(result, ranges, REMOVED, is_markup=True)
                count += len(ranges)
        if not count:
            return markup, 0
        return sanitise(without_emptied(result)), count

    def removed_from_attributes(self, markup):
        count = 0

        def checked(attribute):
            nonlocal count
            name, value = attribute.groups()
            # The sanitiser writes rel itself.
            if name == "rel" or not self.is_in_address(html.unescape(value)):
                return attribute[0]
            count += 1
            return ""

        return _TAG.sub(lambda tag: _ATTRIBUTE.sub(checked, tag[0]), markup), count

    def may_be_in(self, text):
        """Quickly: False only when it surely is not, whatever parts words."""
        return self.solid in "".join(text.translate(_FOLDS).split())

    def ranges(self, folded, spans):
        """[(start, end)] of the places of a reading, in its source."""
        found, at = [], folded.find(self.folded)
        while at >= 0:
            end = at + len(self.folded)
            found.append((spans[at][0], spans[end - 1][1]))
            at = folded.find(self.folded, end)
        return found

    def around(self, text, width=30):
        """(before, the passage as it stands there, after) of each place in a plain text."""
        if not self.is_in(text):
            return
        ranges = self.ranges(*reading((n, n + 1, char) for n, char in enumerate(text)))
        for start, end in ranges:
            yield text[max(0, start - width) : start], text[start:end], text[end : end + width]


def reading(pieces):
    """(what is read, [(start, end) in the source for each of its characters]).

    pieces: (start, end, text) of the source, without what is not read.
    """
    chars, spans = [], []
    for start, end, text in pieces:
        folded = text.translate(_FOLDS)
        if not folded and spans and spans[-1][1] == start:
            # Accents and signs that nobody sees go with what they follow.
            spans[-1] = (spans[-1][0], end)
        for char in folded:
            if char != " " or chars[-1:] != [" "]:
                chars.append(char)
                spans.append((start, end))
    return "".join(chars), spans


def pieces(markup, parting):
    """What is read of markup; parting: tags at which words end."""
    for token in _TOKEN.finditer(markup):
        start, end = token.span()
        if not token["tag"]:
            yield start, end, html.unescape(token[0])
        elif parting.match(token[0]):
            yield start, start, " "


def replaced(source, ranges, sign, *, is_markup=False):
    """source with sign in place of each range, tags inside of ranges kept."""
    parts, done = [], 0
    for start, end in ranges:
        start = max(start, done)
        parts += [source[done:start], sign]
        if is_markup:
            parts += _TAG.findall(source[start:end])
        done = max(done, end)
    return "".join([*parts, source[done:]])


def without_emptied(markup):
    while True:
        result = _EMPTIED.sub(r"\2", markup)
        if result == markup:
            return result
        markup = result


def overlap(text, whole):
    """How many characters, at least TELLING, of the beginning of whole end text."""
    lengths = range(min(len(text), len(whole) - 1), TELLING - 1, -1)
    return next((n for n in lengths if text.endswith(whole[:n])), 0)
