"""What a reader who typed words may have wanted as well: a term by which to filter, other words."""

import re
from typing import NamedTuple

from .filters import DIMENSIONS, TERM_DIMENSIONS, Choice
from .search import TooCostly, did_you_mean, match
from .search.query import with_plain_quotes

MOST_OFFERS = 4
_EXCLUDED = re.compile("[-\u2010\u2011]")


class Offer(NamedTuple):
    """A term that was named among the words, and the query string with the term in their place."""

    dimension: str
    label: str
    query_string: str


def offers(selection, index, at):
    """The terms that the words name, unless they are chosen or nothing is filed under them."""
    words, found = selection.query.split(), []
    for name in filter(selection.has_room, TERM_DIMENSIONS):
        for node, start, size in index.trees[name].named_in(words):
            choice = Choice(node.slug, node.label, node.pk)
            if selection.chosen(name, node.slug) or not index.has_listed(name, node.pk, at):
                continue
            if not can_be_taken_out(selection.query, start, size):
                continue
            rest = " ".join([*words[:start], *words[start + size :]])
            chosen = selection.toggled(name, choice).replaced(query=rest)
            found.append(Offer(DIMENSIONS[name].label, node.label, chosen.query_string()))
    return found[:MOST_OFFERS]


def can_be_taken_out(query, start, size):
    """Whether the words from start on must be there: not excluded, nor one of several or in a quotation."""
    words = with_plain_quotes(query).split()
    named = words[start : start + size]
    beside = [*words[max(0, start - 1) : start], *words[start + size : start + size + 1]]
    return not (
        _EXCLUDED.match(named[0])
        or "|" in "".join(named)
        or any(word == "OR" or "|" in word for word in beside)
        or " ".join(words[:start]).count('"') % 2
        or " ".join(named).count('"') % 2
    )


def correction(selection, result, index, at):
    """The selection with words that find something, when these find nothing; else None."""
    if not selection.query or result.total:
        return None
    query = did_you_mean(selection.query, at)
    if not query:
        return None
    corrected = selection.replaced(query=query, page=1)
    # Asked of the index: a word of a release that nobody may see yet finds nothing.
    try:
        better = index.query(corrected, match(query), 1, at=at)
    except TooCostly:
        return None
    return corrected if better.total else None
