"""What the index asks the tables, in as few and as large pieces as the database gives."""

import sys
from array import array
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import F

from taxonomy.schema import VERSION

from ..filters import DIMENSIONS, TERM_DIMENSIONS
from ..models import LATEST, PressRelease
from ..packed import unpacked
from ..schema import CHANGES
from ..workflow import State

COLUMNS = ["kind", "language"]  # the dimensions that are columns of the release
# In microseconds since 1970. SQLite keeps times as text, the fraction only when there is one, and would
# round it to milliseconds.
MOMENT = {
    "postgresql": "(extract(epoch FROM published_at) * 1000000)::bigint",
    "sqlite": "strftime('%%s', substr(published_at, 1, 19)) * 1000000"
    " + CAST(substr(substr(published_at, 21) || '000000', 1, 6) AS integer)",
}


class Version(NamedTuple):
    """Of the content: numbers compare within one epoch only."""

    epoch: str
    number: int
    trees: int


class Row(NamedTuple):
    """A release that is or will be listed: its public time, and {dimension: its keys}."""

    published: int
    keys: dict


def shown():
    """All releases that are listed now or will be by the mere passing of time."""
    return PressRelease.objects.listed(LATEST).order_by()


def version():
    return changes(since=sys.maxsize, most=1)[0]


def changes(since, most):
    """(the version, ids of up to most releases that changed after number since), of one moment."""
    # A restored table has the old numbers again, but is another table.
    table = "v.tableoid" if connection.vendor == "postgresql" else "''"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT v.epoch, {table}, v.number, v.trees, c.release_id FROM {VERSION} v"
            f" LEFT JOIN {CHANGES} c ON c.number > %s LIMIT %s",
            [since, most],
        )
        rows = cursor.fetchall()
    if not rows:
        return Version("", 0, 0), []
    epoch, table, number, trees, _ = rows[0]
    return Version(f"{epoch} {table}", number, trees), [
        row[4] for row in rows if row[4] is not None
    ]


def order():
    """(ids, public times in microseconds) of the releases shown, in the order of (time, id)."""
    moment = MOMENT[connection.vendor]
    rows, params = subquery(shown().order_by("published_at", "pk").values("id", "published_at"))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            packed = f"string_agg(int8send(id), ''), string_agg(int8send({moment}), '')"
            cursor.execute(f"SELECT {packed} FROM {rows}", params)
            ids, times = cursor.fetchone()
            return unpacked(ids), unpacked(times)
        ids, times = array("q"), array("q")
        cursor.execute(f"SELECT id, {moment} FROM {rows}", params)
        for pk, time in cursor:
            ids.append(pk)
            times.append(time)
        return ids, times


def holders(name):
    """(key, ids of the releases that hold it) for each key of a dimension of terms or of a column.

    The ids may be of releases that are not shown.
    """
    if name in TERM_DIMENSIONS:
        link, release, term = link_of(name)
        pairs = link.objects.values(pk_of=F(release), key_of=F(term))
    else:
        pairs = shown().values(pk_of=F("pk"), key_of=F(DIMENSIONS[name].field_name))
    rows, params = subquery(pairs)
    pack = (
        "string_agg(int8send(pk_of), '')"
        if connection.vendor == "postgresql"
        else "group_concat(pk_of)"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key_of, {pack} FROM {rows} GROUP BY key_of", params)
        for key, packed in cursor:
            yield key, unpacked(packed)


def rows(pks):
    """{pk: Row} of those releases among pks that are shown, as they are now."""
    columns = [DIMENSIONS[name].field_name for name in COLUMNS]
    found = {
        pk: Row(
            microseconds(published), dict(zip(COLUMNS, [[value] for value in values], strict=True))
        )
        for pk, published, *values in shown()
        .filter(pk__in=pks)
        .values_list("pk", "published_at", *columns)
    }
    for name in TERM_DIMENSIONS:
        link, release, term = link_of(name)
        for row in found.values():
            row.keys[name] = []
        for pk, key in link.objects.filter(**{f"{release}__in": list(found)}).values_list(
            release, term
        ):
            found[pk].keys[name].append(key)
    for row in found.values():
        for name in TERM_DIMENSIONS:
            row.keys[name] = row.keys[name] or [None]  # untagged
    return found


def link_of(name):
    """(the table that links releases to the terms of a dimension, its two columns)"""
    field = PressRelease._meta.get_field(DIMENSIONS[name].field_name)
    return field.remote_field.through, field.m2m_column_name(), field.m2m_reverse_name()


def has_sample():
    return PressRelease.objects.filter(is_sample=True, state=State.PUBLISHED).exists()


def subquery(queryset):
    sql, params = queryset.query.sql_with_params()
    return f"({sql}) AS rows_of", params


def microseconds(moment):
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
