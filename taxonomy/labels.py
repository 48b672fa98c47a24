"""Recognising terms by the labels that old pages print."""

import re
from datetime import date
from functools import lru_cache
from hashlib import md5
from typing import NamedTuple

from osce_cms.text import fold

_NOISE = re.compile(
    r"^(?:osce )+(?=.)|(?: \((?:closed|discontinued)\))+$| osce chair(?:person|man)ship [0-9]{4}$"
)
_SLASH = re.compile(r"\s*/\s*")
_LOST_HYPHEN = re.compile(
    r"\bco (?=op|or)"
)  # “co operation”: pages lost hyphens that did not break
_PLURAL = re.compile(r"(?<=[^\W\d_]{3})(?:(?<=ss)es|(?<!s)s)\b")
_PLURAL_OF_Y = re.compile(r"(?<=[^\W\d_]{3})ies\b")
_ARTICLE = re.compile(r"^(?:the )+(?=.)")
KEY_LENGTH = 200  # of what a column holds
MOST_KNOWN = 20_000  # labels that are remembered: an archive has a few thousand


@lru_cache(MOST_KNOWN)
def key(label):
    """label without what never tells two terms apart: case, accents, "OSCE " before, "(closed)" after.

    The country in the chair had a tail in the old menus, "Malta – OSCE Chairpersonship 2024".

    >>> key("OSCE Office in Yerevan (closed)")
    'office in yerevan'
    """
    return _until_stable(fold(label), lambda text: fold(_NOISE.sub("", text)))


@lru_cache(MOST_KNOWN)
def loose_key(label):
    """key(label) without what tells two terms apart only where both are known: plurals, "The ", "/", "&".

    >>> loose_key("The Gender/equality Conferences")
    'gender equality conference'
    """
    return _until_stable(key(label), lambda text: key(_without_endings(text)))


def _without_endings(text):
    text = _ARTICLE.sub("", _SLASH.sub(" ", text.replace("&", " and ")))
    return _PLURAL.sub("", _PLURAL_OF_Y.sub("y", _LOST_HYPHEN.sub("co", text)))


def _until_stable(text, shorten):
    while (shorter := shorten(text)) != text:
        text = shorter
    return text


class Name(NamedTuple):
    """A former or other name of the term pk, and between which days it had it, where that is known."""

    pk: int
    since: date | None = None
    until: date | None = None

    def fits(self, day):
        """2 when it surely was its name on day, 1 when nobody knows, 0 when it was not."""
        if not (day and (self.since or self.until)):
            return 1
        return 2 if (self.since or day) <= day <= (self.until or day) else 0


class Labels:
    """All names of the terms of one tree, for looking labels up without a query for each.

    Holds plain values only, so it can be sent to another process. Terms are their pks.
    """

    def __init__(self, model):
        # {short key: pk, or None for a label that names nothing}: what people said of labels, if they did.
        self.decided = {}
        today = list(model.objects.values_list("pk", "code", "name"))
        former = list(former_names(model))
        self.codes = {pk: code for pk, code, _ in today}
        self.names = {pk: name for pk, _, name in today}
        self.known = {}
        # The present name of one term wins over a former name of another, and a name as it is written
        # over what is like it.
        self.exact, self.present, self.former = {}, {}, {}
        for writing in (str, key, loose_key):
            texts = self.exact if writing is str else self.present
            for pk, name in self.names.items():
                texts.setdefault(writing(name), pk)
        for writing in (key, loose_key):
            found = {}
            for name, *of_term in former:
                found.setdefault(writing(name), []).append(Name(*of_term))
            self.former = {**found, **self.former}
        self.present.pop("", None)
        self.former.pop("", None)
        self.terms = {}  # key: term, of all names
        self.most_parts = 1  # that commas part one name into
        for name, pk in [*((name, pk) for pk, _, name in today), *(each[:2] for each in former)]:
            self.terms.setdefault(key(name), pk)
            self.most_parts = max(self.most_parts, name.count(",") + 1)

    def match(self, text, on=None):
        """(terms, labels that match no term), both in the order of text, a list parted by commas.

        A name may hold a comma itself, so the longest run of parts that is a name is taken first. Of a
        name that several terms had, the one counts that had it on the day on.
        """
        parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
        found, unknown, start = [], [], 0
        while start < len(parts):
            for size in range(min(len(parts) - start, self.most_parts), 0, -1):
                terms = self.find(", ".join(parts[start : start + size]), on)
                if terms is not None:
                    found += terms
                    break
            else:
                size = 1
                unknown.append(parts[start])
            start += size
        return list(dict.fromkeys(found)), list(dict.fromkeys(unknown))

    def find(self, label, on=None):
        """The terms of one label: () when people said that it means none, None when nobody knows."""
        if label in self.known:
            return self.known[label]
        found, is_of_its_day = self._named(label, on)
        if found is None and "/" in label:
            # “Mission to Croatia / Office in Zagreb”: one page for what had two names.
            parts = [self._named(part, on) for part in _SLASH.split(label)]
            if all(terms for terms, _ in parts):
                found = tuple(dict.fromkeys(pk for terms, _ in parts for pk in terms))
                is_of_its_day = any(each for _, each in parts)
        if found is None and (text := short_key(label)) in self.decided:
            term = self.decided[text]
            found = () if term is None else (term,)
        if not is_of_its_day:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            self.known[label] = found
        return found

    def _named(self, label, on):
        """((term,) or None, whether another day could give another term)."""
        if pk := self.exact.get(label):
            return (pk,), False
        texts = list(dict.fromkeys([key(label), loose_key(label)]))
        for text in texts:
            if pk := self.present.get(text):
                return (pk,), False
        for text in texts:
            if names := self.former.get(text):
                best = max(names, key=lambda name: name.fits(on))
                return (best.pk,), len({name.pk for name in names}) > 1
        return None, False


def former_names(model):
    """(name, pk of its term, since, until) of all that terms are not officially called today."""
    names = model.names.rel.related_model.objects.order_by(
        "term__tree_id", "term__lft", "-is_official", "language", "since", "name"
    )
    yield from names.values_list("name", "term", "since", "until")
    if any(field.name == "short" for field in model._meta.fields):
        short = model.objects.exclude(short="").values_list("short", "pk")
        yield from ((name, pk, None, None) for name, pk in short)


@lru_cache(MOST_KNOWN)
def short_key(label):
    """loose_key(label) as it fits a column: of a very long one the beginning, and a digest of all."""
    text = loose_key(label)
    if len(text) <= KEY_LENGTH:
        return text
    return f"{text[: KEY_LENGTH - 33]} {md5(text.encode(), usedforsecurity=False).hexdigest()}"
