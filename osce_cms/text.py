"""Comparing texts as people do: without case, accents and kinds of dashes."""

import re
import unicodedata

# Letters that are written with a stroke or as one sign have no accent to strip.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
_HYPHEN = re.compile("(?<=\\w)[-\u2010\u2011](?=\\w)")
# Soft hyphens, zero-width spaces and direction marks: browsers copy them along, nobody sees them.
INVISIBLE = "\u00ad\u200b-\u200f\u2060\ufeff"  # inside of [ ]
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_SPACE = re.compile("[\\s\\x00-\\x1f\u2012-\u2015\u2212]+")  # dashes part words as spaces do
_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'}
)


def fold(text):
    """text for comparing: lower case, no accents, hyphens joined, one kind of quotes, single spaces.

    >>> fold("Türkiye  and  Co‑operation")
    'turkiye and cooperation'
    """
    text = text.lower() if text.isascii() else _in_plain_letters(text)
    return _SPACE.sub(" ", _HYPHEN.sub("", text)).strip()


def _in_plain_letters(text):
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text))
    # Once more: 𝕊 is an S only now, and ß gives letters that were not there.
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(char for char in text if not unicodedata.combining(char))
    return text.translate(_LETTERS).translate(_QUOTES)


def printable(text):
    """text for a terminal or a log: one line, with what would steer them written out.

    >>> printable("a\x1b[2J b")
    'a\\x1b[2J b'
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char.isspace() else ascii(char)[1:-1]
        for char in text
    )
