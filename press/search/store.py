"""Writes what is looked up of releases."""

from itertools import islice

from django.db import DEFAULT_DB_ALIAS, connections

from .analysis import MARK, MOST_PLACES, zones
from .models import SearchText

CHUNK = 500


def store(releases, using=DEFAULT_DB_ALIAS):
    """Write the search rows of these saved releases, in the caller's transaction; their number."""
    vendor, releases, count = connections[using].vendor, iter(releases), 0
    while rows := [row(release, vendor) for release in islice(releases, CHUNK)]:
        SearchText.objects.using(using).bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["release"],
            update_fields=["title", "summary", "tokens"],
        )
        count += len(rows)
    return count


def row(release, vendor):
    title, summary, tokens = columns(release, vendor)
    return SearchText(release_id=release.pk, title=title, summary=summary, tokens=tokens)


def columns(release, vendor):
    """(title, summary, tokens): the values of the columns of SearchText, as text, also for COPY.

    release: anything with language, title, summary, dateline and text, as plain text.
    """
    title, summary, body = zones(release)
    tokens = tsvector([title, summary, body]) if vendor == "postgresql" else str(body)
    return str(title), str(summary), tokens


PLACES = {weight: [f"{place}{weight}" for place in range(MOST_PLACES + 3)] for weight in "ABC"}


def tsvector(zones):
    """zones as PostgreSQL writes a tsvector: A for the title, B for the summary, C for the text."""
    lexemes, first = {}, 1
    for zone, weight in zip(zones, "ABC", strict=True):
        # One place is left out, so that no phrase reaches into the next zone.
        after = first + len(zone.stream)
        for token, place in zip(zone.stream, PLACES[weight][first:after], strict=True):
            before = lexemes.get(token)
            lexemes[token] = f"{before},{place}" if before else f"{token}:{place}"
        first = after + 1
    for zone in zones:
        for token in zone.beside:
            lexemes.setdefault(token, token)
    lexemes.pop(MARK, None)
    return " ".join(lexemes.values())
