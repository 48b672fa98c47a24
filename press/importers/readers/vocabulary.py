"""The words by which old pages name their labels, kinds and blocks; they are in vocabulary.toml."""

import re
import tomllib
from collections import Counter
from itertools import chain, pairwise
from pathlib import Path

from osce_cms.text import fold

from ...models import Kind
from ..messages import NotARelease
from .dates import parse_dateline

_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))

LABELS = {
    label: [word for words in languages.values() for word in words]
    for label, languages in _TABLE["labels"].items()
}
LABEL_OF = {fold(word): label for label, words in LABELS.items() for word in words}

KIND_OF = {
    fold(word): (Kind(kind), language)
    for kind, languages in _TABLE["kinds"].items()
    for language, words in reversed(
        languages.items()
    )  # of a word in two languages the first counts
    for word in words
}
BARE_LABELS = set(_TABLE["bare"])


def spelling(text):
    """text in lower case with one kind of apostrophes, spaces and Romanian letters, as long as before."""
    return text.translate(_SPELLINGS).lower()


def _words(name):
    return [word for words in _TABLE[name].values() for word in words]


_SPELLINGS = str.maketrans("’‘\xa0ţşŢŞ", "'' țșȚȘ")
CONTACTS = {spelling(word) for word in _words("contacts")}
FURTHER_INFORMATION = tuple(spelling(word) for word in _words("further_information"))
ASKING = tuple(spelling(word) for word in _words("asking"))

_NAMES = "|".join(sorted(map(re.escape, chain(*LABELS.values())), key=len, reverse=True))
_BARE = "|".join(map(re.escape, BARE_LABELS))
_LABEL = re.compile(rf"(?:^|(?<=\s))(?:(?:{_NAMES})\s?:|(?:{_BARE})\b)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…]$")


def kind_of(text):
    """(kind, language of the word) for the name of a kind, (None, None) for anything else."""
    return KIND_OF.get(fold(text).strip(" :"), (None, None))


def label_of(text):
    """The label that text, with or without its colon, is; None for anything else."""
    return LABEL_OF.get(fold(text).strip(" :*"))


def split_label(text, *, bare=False):
    """("date", "16 June 2011") for "Date: 16 June 2011", in Markdown too; (None, None) otherwise.

    bare: whether a label that pages print without a colon counts without one.
    """
    if bare and (name := next((each for each in BARE_LABELS if text.startswith(each)), "")):
        return label_of(name), text.removeprefix(name).strip(" :*")
    name, colon, value = text.partition(":")
    label = label_of(name) if colon and len(name) < 40 else None
    return (label, value.strip(" *")) if label else (None, None)


def split_labels(text):
    """[(label, value), ...] of a line that prints several labels after each other; [] without any."""
    starts = [found.start() for found in _LABEL.finditer(text)]
    parts = (text[start:end].strip() for start, end in pairwise([*starts, len(text)]))
    return [pair for pair in (split_label(part, bare=True) for part in parts) if pair[0]]


def labels_of(line):
    """The labels of a line that begins with one, [] for any other."""
    return [label for label, _ in split_labels(line)] if split_label(line)[0] else []


def is_value(text):
    """Whether text may be what a label names, and is no text that follows a label without value."""
    return (
        len(text) < 1000
        and ": " not in text
        and not (len(text) > 40 and _SENTENCE_END.search(text))
        and not parse_dateline(text)
    )


def refuse_list(names):
    """Raise NotARelease when names, labels that stand in or after the body, are those of other items.

    One date may be the day of the event that a media advisory announces.
    """
    names = Counter(names)
    if names["date"] > 1 or (names["date"] and names.keys() & {"kind", "source", "field"}):
        raise NotARelease("list", "several dates")


def refuse_event(labels, kind):
    """Raise NotARelease for the page of an event: it names who holds it, and no kind of release."""
    if "organizer" in labels and not kind_of(kind)[0]:
        raise NotARelease("event", ", ".join(labels["organizer"]))
