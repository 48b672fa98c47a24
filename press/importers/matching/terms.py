"""What the labels of old pages mean: names of terms, and what people decided about all others."""

import hashlib
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from rapidfuzz import fuzz, process

from taxonomy.labels import Labels, loose_key, short_key

from ...filing import add_terms
from ...models import PressRelease, TermDecision, Vocabulary
from .countries import Countries, suggest_for

MOST_GUESSES = 3
MOST_EXAMPLES = 3
LEAST_LIKE = 60  # of 100; what is less like the label is no guess
BATCH = 200  # releases in one transaction


class Matcher:
    """All names of all terms and all decisions, read once.

    It holds plain values only, so that it can be sent to other processes, and asks nothing later.
    """

    def __init__(self, vocabularies=tuple(Vocabulary)):
        decisions = list(TermDecision.objects.values_list("vocabulary", "key", "code"))
        self.labels = {}
        for vocabulary in vocabularies:
            mine = {key: code for of, key, code in decisions if of == vocabulary}
            self.labels[vocabulary.link] = labels = Labels(vocabulary.model)
            terms = terms_by_code(vocabulary, mine.values(), labels)
            # A term that was deleted since leaves its labels undecided.
            labels.decided = {
                key: terms.get(code) for key, code in mine.items() if not code or code in terms
            }

    @property
    def fingerprint(self):
        """Another one as soon as a label could mean another term by its names."""
        told = [
            [link, *(sorted(names.items()) for names in (each.exact, each.present, each.former))]
            for link, each in sorted(self.labels.items())
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def __bool__(self):
        return any(labels.names for labels in self.labels.values())

    def match(self, link, text, on=None):
        """(pks of terms, labels without one) of text, a list parted by commas, as of the day on."""
        return self.labels[link].match(text, on)

    def find(self, vocabulary, label, on=None):
        """The pks of the terms that one label means, () for one that means none, None when nobody knows."""
        return self.labels[Vocabulary(vocabulary).link].find(label, on)

    def in_words(self, vocabulary, label, terms):
        names = self.labels[Vocabulary(vocabulary).link].names
        meant = ", ".join(names[pk] for pk in terms) or "no term"
        return f"The label “{label}” of the old page means: {meant}."

    def undecided(self, labels):
        """Those of labels, (vocabulary, label, day), that name no term and about which nobody decided."""
        return [
            (vocabulary, label, day)
            for vocabulary, label, day in dict.fromkeys(labels)
            if self.match(Vocabulary(vocabulary).link, label, day)[1]
        ]

    def guesses(self, vocabulary, label):
        """[(code, score of 100)] of the terms with the names that are most like label."""
        labels = self.labels[Vocabulary(vocabulary).link]
        like = process.extract(
            loose_key(label),
            labels.terms.keys(),
            # Words in common count, wherever they stand; a small word inside a long name does not.
            scorer=fuzz.token_set_ratio,
            limit=12,
            score_cutoff=LEAST_LIKE,
        )
        best = {}
        for name, score, _ in like:
            best.setdefault(labels.codes[labels.terms[name]], round(score))
        return list(best.items())[:MOST_GUESSES]


def terms_by_code(vocabulary, codes, labels):
    """{code: pk} of those of codes that there are; of a merged term, the one that stands for it."""
    present = {code: pk for pk, code in labels.codes.items()}
    found = {code: present[code] for code in codes if code in present}
    if gone := {code for code in codes if code and code not in present}:
        former = vocabulary.model.former.rel.related_model.objects.filter(code__in=gone)
        found |= dict(former.values_list("code", "term"))
    return found


# Labels without a term, as a list to work through.


@dataclass
class Tally:
    """One label that names no term, in all ways in which it is printed."""

    vocabulary: str
    label: str  # as it was printed first
    count: int = 0
    examples: list = field(default_factory=list)

    def add(self, example):
        self.count += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(example)


def tally(found):
    """[Tally], the most frequent first, of (vocabulary, label, example), one for each release."""
    tallies = {}
    for vocabulary, label, example in found:
        known = (vocabulary, short_key(label))
        if known not in tallies:
            tallies[known] = Tally(vocabulary, label)
        tallies[known].add(example)
    return sorted(tallies.values(), key=lambda each: (-each.count, each.vocabulary, each.label))


def unmatched(releases=None, *columns):
    """(vocabulary, label, the columns of its release) for each label without a term that was imported.

    Read from the releases, of which a partial index knows those that have such labels: there is no table
    beside them that could say something else.
    """
    rows = (PressRelease.objects.all() if releases is None else releases).exclude(
        unmatched_labels={}
    )
    for held, *values in rows.order_by("pk").values_list("unmatched_labels", *columns):
        for vocabulary, labels in held.items():
            for label in labels:
                yield vocabulary, label, values


def carriers(vocabulary, label):
    """The pks of the releases that carry label, however it is written, and have no term for it."""
    wanted = short_key(label)
    found = unmatched(None, "pk")
    return [pk for of, each, (pk,) in found if of == vocabulary and short_key(each) == wanted]


# Decisions.


def decide(decisions, *, by):
    """Store TermDecisions over what was decided before; how many of them are new or say something new."""
    stored = {(each.vocabulary, each.key): each for each in TermDecision.objects.all()}
    new = []
    for decision in decisions:
        decision.key, decision.by = short_key(decision.label), by
        before = stored.get((decision.vocabulary, decision.key))
        if not before or (before.code, before.note) != (decision.code, decision.note):
            new.append(decision)
    TermDecision.objects.bulk_create(
        new,
        update_conflicts=True,
        unique_fields=["vocabulary", "key"],
        update_fields=["label", "code", "note", "by", "at"],
    )
    return len(new)


def refile(matcher, *, by, only=None, progress=iter):
    """File what is imported under the terms that its labels mean by now; how many releases changed.

    only: (vocabulary, key) of the labels that count; else all that have a meaning. A label that has one
    leaves the release's labels without a term; a structure suggests its host country. In transactions
    of BATCH releases: what was done stays done when it is stopped, and the next call goes on.
    """
    waiting = {}
    for vocabulary, label, (pk,) in unmatched(None, "pk"):
        is_asked = only is None or (vocabulary, short_key(label)) in only
        if is_asked and vocabulary in Vocabulary.values:
            waiting.setdefault(pk, set()).add((vocabulary, label))
    pks, changed, countries = sorted(waiting), 0, Countries.load()
    for start in progress(range(0, len(pks), BATCH)):
        batch = {pk: waiting[pk] for pk in pks[start : start + BATCH]}
        with transaction.atomic():
            changed += refile_batch(matcher, batch, by=by)
            suggest_for(PressRelease.objects.filter(pk__in=batch), countries=countries)
    return changed


def refile_batch(matcher, waiting, *, by):
    releases = PressRelease.objects.filter(pk__in=waiting).only("unmatched_labels", "published_at")
    additions, notes, changed = {}, {}, []
    for release in releases.order_by("pk").select_for_update():
        at = release.published_at
        meanings = {
            (vocabulary, label): terms
            for vocabulary, label in sorted(waiting[release.pk])
            if label in release.unmatched_labels.get(vocabulary, [])
            and (terms := matcher.find(vocabulary, label, at and timezone.localdate(at)))
            is not None
        }
        if not meanings:
            continue
        release.unmatched_labels = without(release.unmatched_labels, meanings)
        additions[release.pk] = links = {}
        for (vocabulary, _), terms in meanings.items():
            links.setdefault(Vocabulary(vocabulary).link, set()).update(terms)
        notes[release.pk] = " ".join(
            matcher.in_words(vocabulary, label, terms)
            for (vocabulary, label), terms in meanings.items()
        )
        changed.append(release)
    PressRelease.objects.bulk_update(changed, ["unmatched_labels"])
    add_terms(additions, by=by, action="decide_label", notes=notes)
    return len(changed)


def without(unmatched_labels, meanings):
    left = {
        vocabulary: [label for label in labels if (vocabulary, label) not in meanings]
        for vocabulary, labels in unmatched_labels.items()
    }
    return {vocabulary: labels for vocabulary, labels in left.items() if labels}
