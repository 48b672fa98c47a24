"""Writes what is looked up of releases."""

import struct
from functools import cache
from itertools import islice

from django.db import DEFAULT_DB_ALIAS, connections

from osce_cms.rows import insert

from .analysis import MARK, MOST_PLACES, MOST_REPEATS, zones
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
    title, summary, body = parts = zones(release)
    tokens = tsvector(parts) if vendor == "postgresql" else str(body)
    return SearchText(release_id=release.pk, title=str(title), summary=str(summary), tokens=tokens)


# Rows of new releases, in bulk


def columns(release, vendor):
    """(title, summary, tokens): values of SearchText for insert_columns().

    release: anything with language, title, summary, dateline and text, as plain text.
    """
    title, summary, body = parts = zones(release)
    tokens = packed_tsvector(parts) if vendor == "postgresql" else str(body)
    return str(title), str(summary), tokens


def insert_columns(rows):
    """Insert rows: (id of a release, *columns()) each."""
    # The driver has no name for a tsvector; bytes go as they are.
    types = ["int8", "text", "text", "bytea"]
    insert(SearchText._meta.db_table, ["release_id", "title", "summary", "tokens"], rows, types)


# What PostgreSQL reads as a tsvector: A for the title, B for the summary, C for the text.

WEIGHTS = {"A": 3, "B": 2, "C": 1}
NUMBERS = range(MOST_PLACES + 3)
PLACES = [[f",{place}{weight}" for place in NUMBERS] for weight in WEIGHTS]


def tsvector(zones):
    lexemes = placed(zones, PLACES)
    return " ".join(
        f"{token}:{places[1:]}" if places else token for token, places in lexemes.items()
    )


def packed_tsvector(zones):
    """tsvector(zones) in the binary form (tsvectorsend() in PostgreSQL's tsvector.c), read twice as fast.

    The number of lexemes; of each one its letters, a zero, how many places it has, and these. All numbers
    have 16 bits, but for the first.
    """
    places, counts = packed_numbers()
    lexemes = placed(zones, places)
    # Half of what is there of places: each is two characters.
    packed = "".join([f"{token}\0{counts[len(at) // 2]}{at}" for token, at in lexemes.items()])
    return struct.pack(">I", len(lexemes)) + packed.encode("utf-8", "surrogateescape")


@cache  # some megabytes, of use to imports only
def packed_numbers():
    """(places with their weights by zone, counts), each two characters that encode as two bytes."""
    places = [
        [in_two_characters(weight << 14 | place) for place in NUMBERS]
        for weight in WEIGHTS.values()
    ]
    return places, [in_two_characters(count) for count in range(MOST_REPEATS + 1)]


def in_two_characters(number):
    return number.to_bytes(2, "big").decode("ascii", "surrogateescape")


def placed(zones, written):
    """{token: its places, one after the other}. written: of each zone, how a place is written."""
    lexemes, first = {}, 1
    for zone, places in zip(zones, written, strict=True):
        # One place is left out, so that no phrase reaches into the next zone.
        after = first + len(zone.stream)
        for token, place in zip(zone.stream, places[first:after], strict=True):
            before = lexemes.get(token)
            lexemes[token] = f"{before}{place}" if before else place
        first = after + 1
    for zone in zones:
        for token in zone.beside:
            lexemes.setdefault(token, "")
    lexemes.pop(MARK, None)
    return lexemes
