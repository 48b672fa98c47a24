"""“Did you mean …”: words that are found nowhere, replaced by ones from titles and names of terms."""

import time
from collections import Counter
from dataclasses import dataclass, field

from django.apps import apps
from django.db import router
from rapidfuzz import process
from rapidfuzz.distance import OSA

from osce_cms.text import fold
from taxonomy.models import Term, TermName

from .analysis import letters, words
from .matching import match

MOST_TITLES = 50_000  # the newest ones
READ_EVERY = 600  # seconds
SHORTEST = 4  # characters of a word that may be misspelt
CANDIDATES = 10
MOST_REPLACED = 3  # words; each costs a few look-ups
MOST_LOOKED_AT = 500  # releases that hold a word; one of them is listed, or hardly any is


@dataclass
class Words:
    """counts: {folded word: how often}; written: {folded word: as written}; public: those of terms."""

    counts: Counter = field(default_factory=Counter)
    written: dict = field(default_factory=dict)
    public: set = field(default_factory=set)

    def add(self, texts):
        # Each piece between spaces is looked at once: words recur in titles.
        pieces = Counter(piece for text in texts for piece in text.split())
        for piece, count in pieces.items():
            for word in words(piece):
                folded = comparable(word[0])
                if is_correctable(folded):
                    self.counts[folded] += count
                    self.written.setdefault(folded, word[0])


_known = {}  # {database: (until when, Words)}


def did_you_mean(query, at):
    """query with its misspelt words replaced, all else as it was typed; None when nothing is better.

    Every word that is offered stands in a release that is listed at at, or in the name of a term.
    """
    found = list(words(query))
    result, done, replaced = "", 0, 0
    for word in found:
        if replaced == MOST_REPLACED:
            break
        is_beginning = word is found[-1] or query[word.end() : word.end() + 1] == "*"
        if better := correction(word[0], is_beginning, at):
            result += query[done : word.start()] + better
            done, replaced = word.end(), replaced + 1
    return result + query[done:] if replaced else None


def correction(word, is_beginning, at):
    """Another word for one that is found nowhere, or None."""
    folded = comparable(word)
    if not is_correctable(folded):
        return None
    known = known_words(at)
    if folded in known.counts or is_found(word if is_beginning else f'"{word}"', at):
        return None
    candidates = process.extract(
        folded,
        known.counts.keys(),
        scorer=OSA.distance,
        score_cutoff=1 if len(folded) < 6 else 2,
        limit=CANDIDATES,
    )
    candidates = [(distance, -known.counts[each], each) for each, distance, _ in candidates]
    for _, _, candidate in sorted(candidates):
        written = known.written[candidate]
        # Asked again: what was listed when the words were read may be withdrawn by now.
        if candidate in known.public or is_found(f'"{written}"', at):
            return in_case_of(word, written)
    return None


def in_case_of(word, other):
    if word.islower():
        return other.lower()
    return other[0].upper() + other[1:] if word[0].isupper() else other


def comparable(word):
    return letters(fold(word))


def is_correctable(folded):
    return len(folded) >= SHORTEST and folded.isalpha()


def is_found(query, at):
    """Whether one of the newest releases that hold query is listed at at."""
    listed = releases().objects.listed(at)
    for languages, ids in match(query).ids().parts:
        found = listed.filter(pk__in=sorted(ids)[-MOST_LOOKED_AT:])
        if languages:
            found = found.filter(language__in=languages)
        if ids and found.exists():
            return True
    return False


def known_words(at):
    """The words of listed titles and of all names of terms, read again from time to time."""
    database = router.db_for_read(releases())
    until, known = _known.get(database, (0, None))
    if time.monotonic() < until:
        return known
    known = Words()
    for model in apps.get_models():
        if issubclass(model, Term | TermName):
            known.add(model.objects.values_list("name", flat=True))
    known.public.update(known.counts)
    titles = releases().objects.listed(at).newest_first().values_list("title", flat=True)
    known.add(titles[:MOST_TITLES])
    _known[database] = time.monotonic() + READ_EVERY, known
    return known


def releases():
    # Asked for by name: the models of press import this package.
    return apps.get_model("press", "PressRelease")
