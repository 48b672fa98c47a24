"""What a reader who typed words may have wanted as well: a term by which to filter, other words."""

from typing import NamedTuple

from .filters import DIMENSIONS, TERM_DIMENSIONS, Choice
from .search import TooCostly, did_you_mean, match

FEW = 3  # results; with more of them nobody is asked whether something else was meant
MOST_OFFERS = 4


class Offer(NamedTuple):
    """A term that was named among the words, and the query string with the term in their place."""

    dimension: str
    label: str
    query_string: str


def offers(selection, index, at):
    """The terms that the words name, unless they are chosen or nothing is filed under them."""
    words, found = selection.query.split(), []
    for name in TERM_DIMENSIONS:
        for node, start, size in index.trees[name].named_in(words):
            choice = Choice(node.slug, node.label, node.pk)
            if selection.chosen(name, node.slug) or not index.has_listed(name, node.pk, at):
                continue
            rest = " ".join([*words[:start], *words[start + size :]])
            chosen = selection.toggled(name, choice).replaced(query=rest)
            found.append(Offer(DIMENSIONS[name].label, node.label, chosen.query_string()))
    return found[:MOST_OFFERS]


def correction(selection, result, index, at):
    """The selection with words that find more, when these find next to nothing; else None."""
    if not selection.query or result.total >= FEW:
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
    return corrected if better.total > result.total else None
