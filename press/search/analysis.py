"""Texts as streams of tokens: the same for both databases, and for what readers type.

A token consists of letters and digits only. What else stands in a stream begins with MARK:
- MARK + a whole word whose token differs ("¶elections" beside "elect"), for looking up beginnings
- MARK twice + a language ("¶¶en")
- MARK alone, which parts what must not be taken for neighbours
"""

import re
import threading
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import Stemmer

from osce_cms.text import INVISIBLE, fold

MARK = "¶"
STEMMED = {
    "en": "english",
    "fr": "french",
    "de": "german",
    "it": "italian",
    "ru": "russian",
    "es": "spanish",
}
LONGEST = 80  # characters of a token
MOST_PIECES_KNOWN = 50_000  # per language and process: some 10 MB, and what recurs day by day
LONGEST_PIECE_KNOWN = 100

# What PostgreSQL can hold: it knows 16,383 places and 256 of them for each token, and 1 MB in all.
MOST_PLACES = 16_000
MOST_REPEATS = 256
MOST_BYTES = 900_000
BYTES_BESIDE = 6  # of a token: its length and alignment

_MARKS = "".join(char for char in map(chr, range(0x10000)) if unicodedata.category(char)[0] == "M")
_PART = rf"[\w{INVISIBLE}{_MARKS}]+"
_WORD = re.compile(rf"{_PART}(?:[-\u2010\u2011]{_PART})*")
_AROUND = ".,;:!?()[]\"'“”„«»’‘"  # what stands around words and is part of none
_INVISIBLE = re.compile(f"[{INVISIBLE}]")


def words(text):
    """Matches of the words of text; single hyphens are inside of a word, underscores are not."""
    return _WORD.finditer(text.replace("_", " "))


def tokens(text, language):
    """((token, marked), ...) of the words of text; marked is "" where the token is the whole word.

    >>> list(tokens("Two elections.", "en"))
    [('two', ''), ('elect', '¶elections')]
    """
    # Looking up what stands between spaces is much quicker than looking for words.
    return chain.from_iterable(map(vocabulary(language).__getitem__, text.split()))


def vocabulary(language):
    # All languages without stems share one.
    return _vocabulary(language if language in STEMMED else "")


@lru_cache(maxsize=len(STEMMED) + 1)
def _vocabulary(language):
    return Vocabulary(language)


class Vocabulary(dict):
    """{piece of text without spaces: its tokens as above}, filled as pieces come up."""

    def __init__(self, language):
        self.language = language

    def __missing__(self, piece):
        bare = piece.strip(_AROUND)
        if bare.isascii() and bare.isalnum() and len(bare) <= LONGEST:
            pairs = (self.pair(bare, bare.lower()),)  # as below, at a quarter of the cost
        else:
            pairs = tuple(
                pair for word in words(piece) if (pair := self.analyse(word[0][: 4 * LONGEST]))[0]
            )
        if len(self) >= MOST_PIECES_KNOWN:
            self.clear()
        if len(piece) <= LONGEST_PIECE_KNOWN:
            self[piece] = pairs
        return pairs

    def analyse(self, word):
        return self.pair(word, letters(fold(word)))

    def pair(self, word, folded):
        token = (self.stem(word, folded) or folded)[:LONGEST]
        whole = folded[:LONGEST]
        return (token, "") if token == whole else (token, MARK + whole)

    def stem(self, word, folded):
        if not self.language:
            return folded
        if self.language == "ru":
            # Folding takes й for и with an accent, by which endings are no longer known.
            word = unicodedata.normalize("NFC", _INVISIBLE.sub("", word)).casefold()
            return letters(fold(stemmer("ru").stemWord(letters(word.replace("ё", "е")))))
        return stemmer(self.language).stemWord(folded)


def letters(text):
    return "".join(filter(str.isalnum, text))


_of_thread = threading.local()


def stemmer(language):
    """A stemmer must not be used by two threads at once: each has its own."""
    stemmers = _of_thread.__dict__
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(STEMMED[language], 0)
    return stemmers[language]


# Releases


class Zone(NamedTuple):
    """A part of a release across whose borders no phrase reaches.

    stream: its tokens in order; beside: what has no place in the order.
    """

    stream: list
    beside: list

    def __str__(self):
        return " ".join([*self.stream, *self.beside])


def zones(release):
    """The title, the summary and the text with its dateline, cut to what both databases can hold."""
    body = f"{release.dateline}\n{release.text}"
    title, summary, body = (
        zone(text, release.language) for text in (release.title, release.summary, body)
    )
    title.beside.insert(0, language_token(release.language))
    return within_limits([title, summary, body])


def zone(text, language):
    pairs = list(tokens(text, language))
    # Each once and always in the same order.
    marked = dict.fromkeys([marked for _, marked in pairs if marked])
    return Zone([token for token, _ in pairs], list(marked))


def language_token(language):
    return f"{MARK}{MARK}{language}"


def within_limits(zones):
    streams = [zone.stream for zone in zones]
    places, different = sum(map(len, streams)), len(set().union(*streams))
    distinct = different + sum(len(zone.beside) for zone in zones)
    # No token can come more often than this; to count them takes longer, and is needed for few texts.
    repeats = places - different + 1
    if repeats > MOST_REPEATS:
        repeats = max(Counter(chain.from_iterable(streams)).values())
    if (
        places <= MOST_PLACES
        and repeats <= MOST_REPEATS
        and distinct * (4 * LONGEST + BYTES_BESIDE) <= MOST_BYTES
    ):
        return zones
    return cut(zones)


def cut(zones):
    """The zones without places that cannot be kept, and without the tail for which there is no room.

    A token that came too often leaves a gap; after the last place, new tokens stand side by side.
    """
    seen, room, places, result = Counter(), MOST_BYTES, MOST_PLACES, []
    for zone in zones:
        kept = Zone([], [])
        result.append(kept)
        for token in [*zone.stream, *zone.beside]:
            seen[token] += 1
            if seen[token] == 1:
                room -= len(token.encode()) + BYTES_BESIDE
                if room < 0:
                    return result + [Zone([], [])] * (len(zones) - len(result))
            if token.startswith(MARK):
                kept.beside.append(token)
            elif places:
                places -= 1
                kept.stream.append(token if seen[token] <= MOST_REPEATS else MARK)
            elif seen[token] == 1:
                kept.beside.extend([MARK, token])
    return result
