"""What an index says differently from the tables. Used by tests and by programs that tests start."""

from press.facets import orm
from press.facets.index import Index


def from_rebuild(index):
    """Names of the parts in which index differs from one built anew."""
    built = Index.build()
    parts = {
        "ids": (index.ids, built.ids),
        "published": (index.published, built.published),
        "numbers": (numbered(index), numbered(built)),
        "direct": (members(index.direct), members(built.direct)),
        "trees": (index.trees, built.trees),
        "has_sample": (index.has_sample, built.has_sample),
    }
    for name in built.rolled:
        parts[name] = (members(index.rolled[name]), members(built.rolled[name]))
    return [name for name, (ours, theirs) in parts.items() if ours != theirs]


def members(bitmaps):
    """{place: numbers}, without what holds nothing."""
    return {place: list(numbers) for place, numbers in bitmaps.items() if numbers}


def numbered(index):
    return [index.numbers[pk] for pk in index.ids]


def from_tables(index, selection, match, *, at):
    """(what the index says, what plain queries say) where the two differ, else None."""
    ours = index.query(selection, match, selection.page, at=at)
    theirs = orm.query(selection, match, selection.page, at=at)
    return None if ours == theirs else (ours, theirs)
