"""The best of the releases that match: those that hold the words in their titles, then summaries."""

from .analysis import MARK
from .models import SearchText

TITLE, SUMMARY, TEXT = 4, 2, 1  # points of a term for the best place in which it stands


def ranked(ids, variant_in):
    """ids, best first; those of equal rank in the order given. variant_in: language -> Variant."""
    points, looked_for = {}, {}
    rows = SearchText.objects.filter(pk__in=ids).values_list("pk", "title", "summary")
    for pk, title, summary in rows:
        language = title.partition(MARK * 2)[2].partition(" ")[0]
        if language not in looked_for:
            looked_for[language] = [patterns(group) for group in variant_in(language).required]
        title, summary = f" {title} ", f" {summary} "
        points[pk] = sum(
            TITLE
            if any(each in title for each in group)
            else SUMMARY
            if any(each in summary for each in group)
            else TEXT
            for group in looked_for[language]
        )
    return sorted(ids, key=lambda pk: -points.get(pk, 0))


def patterns(group):
    """What to look for in the tokens of a zone, which has a space on both sides of each."""
    found = [f" {' '.join(term.tokens)} " for term in group]
    for term in group:
        if term.prefix:
            found += [f" {term.prefix}", f" {MARK}{term.prefix}"]
    return found
