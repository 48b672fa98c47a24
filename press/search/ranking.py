"""The best of the releases that match: those that hold the words in their titles, then summaries."""

from django.db import connections, router

from .analysis import MARK
from .models import SearchText
from .schema import TABLE

TITLE, SUMMARY, TEXT = 4, 2, 1  # points of a term for the best place in which it stands

# All ids in one parameter; one for each would take longer to write than to look up.
ROWS = f"SELECT release_id, title, summary FROM {TABLE} WHERE release_id "  # noqa: S608
AMONG = {
    "postgresql": ("= ANY (%s::bigint[])", "{{{}}}"),
    "sqlite": ("IN (SELECT value FROM json_each(%s))", "[{}]"),
}


def ranked(ids, variant_in):
    """ids, best first; those of equal rank in the order given. variant_in: language -> Variant."""
    points, looked_for = {}, {}
    for pk, title, summary in zones_of(ids):
        language = title.partition(MARK * 2)[2].partition(" ")[0]
        if language not in looked_for:
            looked_for[language] = [patterns(group) for group in variant_in(language).required]
        title, summary = f" {title} ", f" {summary} "
        points[pk] = sum(points_of(group, title, summary) for group in looked_for[language])
    return sorted(ids, key=lambda pk: -points.get(pk, 0))


def zones_of(ids):
    connection = connections[router.db_for_read(SearchText)]
    condition, array = AMONG[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(ROWS + condition, [array.format(",".join(map(str, ids)))])
        return cursor.fetchall()


def points_of(group, title, summary):
    for each in group:
        if each in title:
            return TITLE
    for each in group:
        if each in summary:
            return SUMMARY
    return TEXT


def patterns(group):
    """What to look for in the tokens of a zone, which has a space on both sides of each."""
    found = [f" {' '.join(term.tokens)} " for term in group]
    for term in group:
        if term.prefix:
            found += [f" {term.prefix}", f" {MARK}{term.prefix}"]
    return found
