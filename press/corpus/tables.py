"""Rows of releases, of their links and for the search, written in bulk: the database's own rules hold."""

from contextlib import contextmanager

from django.db import connection

from osce_cms.rows import SEQUENCE, insert

from ..models import LINKS, PressRelease
from ..search import insert_columns, schema
from ..search.models import SearchText

META = PressRelease._meta


def write(releases, tokens):
    """Inside a transaction. tokens: the columns of SearchText for each release."""
    with connection.cursor() as cursor:
        ids = allot(cursor, len(releases))
    insert(META.db_table, *release_rows(releases, ids))
    for link in LINKS:
        insert(*link_rows(link, releases, ids))
    insert_columns((pk, *each) for pk, each in zip(ids, tokens, strict=True))
    settle_constraints()


@contextmanager
def index_of_words():
    """Where nothing can be looked up yet, the index of words is made when all rows are there."""
    if connection.vendor != "postgresql" or SearchText.objects.exists():
        yield
        return
    settle_constraints()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {SearchText._meta.db_table}_tokens")
        yield
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
    schema.install(connection)


def settle_constraints():
    """Check foreign keys now: the database would keep a list of all rows until the end."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def allot(cursor, number):
    """Ids that nobody else gets, rising."""
    if connection.vendor == "postgresql":
        cursor.execute(SEQUENCE, [META.db_table, "id", number])
        return [pk for (pk,) in cursor.fetchall()]
    # Nobody else writes in this transaction; SQLite keeps the highest id it ever gave.
    cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [META.db_table])
    last = (cursor.fetchone() or [0])[0]
    return list(range(last + 1, last + number + 1))


def release_rows(releases, ids):
    """(columns, rows); what a release does not say has the default of the model."""
    fields = META.concrete_fields
    said = {*releases[0].values, "id", "translation_of_id"}
    default = {f.attname: f.get_db_prep_save(f.get_default(), connection) for f in fields}
    default["is_sample"] = True  # the site says on every page that nobody really wrote this
    moments = [f.attname for f in fields if f.attname in said and f.attname.endswith("_at")]

    def row(place, release):
        values = default | release.values
        values["id"] = ids[place]
        if release.original:
            values["translation_of_id"] = ids[place - release.original]
        for name in moments:
            values[name] = connection.ops.adapt_datetimefield_value(values[name])
        return [values[f.attname] for f in fields]

    return [f.column for f in fields], (row(n, release) for n, release in enumerate(releases))


def link_rows(link, releases, ids):
    field = META.get_field(link)
    rows = ((pk, term) for pk, each in zip(ids, releases, strict=True) for term in each.links[link])
    columns = [field.m2m_column_name(), field.m2m_reverse_name()]
    return field.remote_field.through._meta.db_table, columns, rows


def analyse():
    """So that the planner knows what came in."""
    links = [META.get_field(link).remote_field.through for link in LINKS]
    with connection.cursor() as cursor:
        for model in [PressRelease, SearchText, *links]:
            cursor.execute(f"ANALYZE {model._meta.db_table}")
