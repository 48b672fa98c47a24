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
from .match import match

MOST_TITLES = 50_000  # the newest ones
READ_EVERY = 600  # seconds
SHORTEST = 4  # characters of a word that may be misspelt
CANDIDATES = 10
MOST_REPLACED = 3  # words; each costs a few look-ups


@dataclass
class Words:
    """counts: {folded word: how often}; written: {folded word: as it is written}."""

    counts: Counter = field(default_factory=Counter)
    written: dict = field(default_factory=dict)

    def add(self, text):
        for word in words(text):
            if len(folded := letters(fold(word[0]))) >= SHORTEST and folded.isalpha():
                self.counts[folded] += 1
                self.written.setdefault(folded, word[0])


_known = {}  # {database: (until when, Words)}


def did_you_mean(query, at):
    """query with its misspelt words replaced, all else as it was typed; None when nothing is better.

    Every word that is offered stands in a release that is listed at at, or in the name of a term.
    """
    listed = apps.get_model("press", "PressRelease").objects.listed(at)
    found = list(words(query))
    result, done, replaced = "", 0, 0
    for word in found:
        if replaced == MOST_REPLACED:
            break
        is_last = word is found[-1]
        better = correction(word[0], query[word.end() : word.end() + 1], is_last, listed, at)
        if better:
            result += query[done : word.start()] + better
            done, replaced = word.end(), replaced + 1
    return result + query[done:] if replaced else None


def correction(word, following, is_last, listed, at):
    folded = letters(fold(word))
    if len(folded) < SHORTEST or not folded.isalpha() or following == "*":
        return None
    known = known_words(at)
    asked = word if is_last else f'"{word}"'  # only the last word counts as a beginning too
    if folded in known.counts or match(asked).narrow(listed).exists():
        return None
    candidates = process.extract(
        folded,
        known.counts.keys(),
        scorer=OSA.distance,
        score_cutoff=1 if len(folded) < 6 else 2,
        limit=CANDIDATES,
    )
    candidates.sort(key=lambda each: (each[1], -known.counts[each[0]], each[0]))
    for candidate, _, _ in candidates:
        written = known.written[candidate]
        if word.islower():
            written = written.lower()
        return written
    return None
