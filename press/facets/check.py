"""Random questions to the index and to the tables: do both say the same?"""

import random

from django.utils import timezone

from ..filters import DIMENSIONS, UNTAGGED, Choice, Selection
from ..models import PressRelease
from ..search import match
from . import orm, tables
from .index import Index

MOST_TRIES = 5  # for a question during which something was written


def differences(rounds, seed):
    """A line for each of rounds random selections, empty where index and tables agree."""
    chance, index = random.Random(seed), Index.build()  # noqa: S311
    for _ in range(rounds):
        selection = random_selection(chance, index)
        yield difference(selection, index)


def difference(selection, index):
    words = match(selection.query)
    for _ in range(MOST_TRIES):
        if tables.version() != index.version:
            index = Index.build()
        at = timezone.now()
        ours = index.query(selection, words, selection.page, at=at)
        theirs = orm.query(selection, words, selection.page, at=at)
        if tables.version() == index.version:
            return "" if ours == theirs else describe(selection, ours, theirs)
    return f"“{selection.query_string()}”: not compared, something is written all the time"


def describe(selection, ours, theirs):
    parts = [
        f"{name} {getattr(ours, name)} instead of {getattr(theirs, name)}"
        for name in ("total", "ids")
        if getattr(ours, name) != getattr(theirs, name)
    ]
    parts += [
        f"{name}={key}: {ours.counts[name].get(key, 0)} instead of {theirs.counts[name].get(key, 0)}"
        for name in DIMENSIONS
        for key in sorted({*ours.counts[name], *theirs.counts[name]}, key=str)
        if ours.counts[name].get(key, 0) != theirs.counts[name].get(key, 0)
    ]
    return f"“{selection.query_string()}”: {'; '.join(parts)}"


def random_selection(chance, index):
    """Up to three dimensions with up to two values each, sometimes words, days or a later page."""
    choices = {}
    for name in chance.sample(list(DIMENSIONS), chance.randint(0, 3)):
        known = values(name, index)
        if known and name != "month":
            picked = chance.sample(known, min(len(known), chance.randint(1, 2)))
            choices[name] = tuple(sorted(picked, key=lambda each: each.value))
    if "year" in choices and chance.random() < 0.5:
        month = chance.randint(1, 12)
        choices["month"] = (Choice(str(month), str(month), month),)
    days = (
        sorted(index.day(chance.randrange(len(index.ids))) for _ in range(2)) if index.ids else []
    )
    return Selection(
        choices=choices,
        first=days[0] if days and chance.random() < 0.2 else None,
        last=days[1] if days and chance.random() < 0.2 else None,
        query=random_words(chance, index) if chance.random() < 0.4 else "",
        page=chance.choice([1, 1, 2, 5]),
    )


def values(name, index):
    """What can be chosen in a dimension."""
    if name == "year":
        if not index.ids:
            return []
        years = range(index.day(0).year, index.day(len(index.ids) - 1).year + 1)
        return [Choice(str(year), str(year), year) for year in years]
    if name in index.trees:
        nodes = [Choice(node.slug, node.label, node.pk) for node in index.trees[name].nodes]
        return [*nodes, Choice(UNTAGGED, UNTAGGED, None)]
    return [Choice(key or UNTAGGED, key, key) for key in sorted(index.rolled.get(name, {}))]


def random_words(chance, index):
    """One or two words from the title of some release."""
    if not index.ids:
        return ""
    pk = index.ids[chance.randrange(len(index.ids))]
    title = PressRelease.objects.filter(pk=pk).values_list("title", flat=True).first() or ""
    words = title.split()
    return " ".join(chance.sample(words, min(len(words), chance.randint(1, 2))))
