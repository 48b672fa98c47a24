"""What list pages tell of items, for what their own pages leave open. The page counts first.

Of the day: that which the page prints, then the list, then the dateline. Kind and terms: where the page
names none. Where the two disagree, it is told and nothing else.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Max, Q
from django.utils import timezone

from ...models import ListedItem
from ..clean import LINK_OF, identity, midnight
from ..messages import message
from ..prepare import settle
from ..readers.vocabulary import kind_of


@dataclass
class Said:
    """What an item says itself. labels: the names of those that its page prints."""

    printed_day: date | None
    dateline_day: date | None
    kind: str
    labels: set
    links: dict

    @classmethod
    def by_record(cls, record):
        return cls(
            record.printed_day,
            record.dateline_day,
            record.values["kind"],
            set(record.values["legacy_labels"]),
            record.links,
        )

    @classmethod
    def by_release(cls, release):
        """As its page said when it was imported, whatever was filled in since."""
        origin, labels = release.origin, release.legacy_labels
        kind = kind_of(" ".join(labels.get("kind", [])))[0] or ""
        return cls(origin.printed_day, origin.dateline_day, kind, set(labels), origin.named)


@dataclass
class Filled:
    """What a list adds: columns, terms by link, labels without a term; and what there is to tell."""

    values: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)
    unmatched: dict = field(default_factory=dict)
    messages: list = field(default_factory=list)

    def disagree(self, name, value):
        self.messages.append(message("list_disagrees", value, field=name))


def fill(said, listed, matcher):
    """The Filled of an item about which listed, a ListedItem, tells. matcher: a terms.Matcher."""
    filled = Filled()
    fill_day(filled, said, listed.day)
    kind = kind_of(listed.kind)[0]
    if kind and not said.kind:
        filled.values["kind"] = kind.value
    elif kind and kind != said.kind:
        filled.disagree("kind", listed.kind)
    day = said.printed_day or listed.day or said.dateline_day
    for label, link in LINK_OF.items():
        if printed := listed.labels.get(label):
            fill_terms(filled, said, label, printed, matcher.match(link, "\n".join(printed), day))
    return filled


def fill_day(filled, said, day):
    if not day or day == said.printed_day:
        return
    if said.printed_day:
        filled.disagree("date", day)
        return
    filled.values["published_at"] = midnight(day)
    if said.dateline_day and said.dateline_day != day:
        told = message("dates_disagree", day, dateline=said.dateline_day, field="date")
        filled.messages.append(told)
    if day > timezone.localdate():
        filled.messages.append(message("in_future", day, field="date"))


def fill_terms(filled, said, label, printed, matched):
    terms, unknown = matched
    link = LINK_OF[label]
    if label not in said.labels:
        filled.links[link] = terms
        if unknown:
            filled.unmatched[label] = unknown
        filled.messages += [message("label_unmatched", each, field=label) for each in unknown]
    elif terms and not unknown and set(terms) != set(said.links.get(link, [])):
        filled.disagree(label, ", ".join(printed))


# For what is being imported.


def complete(made, matcher):
    """Fill in the Prepareds of a block from what lists told before, asking once for all of them."""
    named = {each.position: names_of(each.record) for each in made if each.record}
    names = {name for pair in named.values() for name in pair}
    by_key, by_title = {}, {}
    for item in ListedItem.objects.filter(Q(key__in=names) | Q(title_key__in=names)):
        by_key[item.key] = item
        by_title.setdefault(item.title_key, []).append(item)
    for each in made:
        if each.record and (listed := item_about(each.record, by_key, by_title)):
            complete_one(each, fill(Said.by_record(each.record), listed, matcher))


def names_of(record):
    """Under which a list may know it: its key, and that which it would have without an address."""
    values = record.values
    day = record.printed_day or record.dateline_day
    return record.key, title_key(values["language"], day, values["title"])


def title_key(language, day, title):
    return identity("", language, day, title, "")


def item_about(record, by_key, by_title):
    key, of_title = names_of(record)
    if key in by_key:
        return by_key[key]
    # What has two addresses are two items, however alike they are.
    alike = by_title.get(of_title, []) if record.printed_day or record.dateline_day else []
    alike = [each for each in alike if record.is_by_title or each.key == each.title_key]
    return alike[0] if len(alike) == 1 else None


def complete_one(prepared, filled):
    record = prepared.record
    if "published_at" in filled.values:
        record.messages = [each for each in record.messages if each.code != "undated"]
    record.messages += filled.messages
    record.values |= filled.values
    record.values["unmatched_labels"] = record.values["unmatched_labels"] | filled.unmatched
    record.links |= filled.links
    if filled.values:
        settle(prepared, record)
    else:
        prepared.values["unmatched_labels"] = record.values["unmatched_labels"]


def fingerprinted(mapping):
    """mapping, another one as soon as lists tell something else than before."""
    told = ListedItem.objects.aggregate(count=Count("pk"), at=Max("changed_at"))
    if not told["count"]:
        return mapping
    known = f"{mapping} {told['count']} {told['at'].timestamp()}"
    return hashlib.sha256(known.encode()).hexdigest()
