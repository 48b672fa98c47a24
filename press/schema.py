"""Which releases changed since when: rows that database triggers write, whoever changes a release.

Each change of a release or of its links raises the content version and leaves the new number beside the
id of the release, in one row per release. Numbers come in the order of the commits (taxonomy/schema.py),
so whoever has seen number n misses nothing by asking for the rows above n.
"""

import contextlib

from taxonomy.models import ContentVersion
from taxonomy.schema import (
    EVENTS,
    VERSION,
    changed_function,
    changed_trigger,
    constraint_trigger,
    count,
    present_names,
    truncate_trigger,
)

from .models import LINKS, PressRelease, ReleaseChange

CHANGES = ReleaseChange._meta.db_table
SILENCE = "osce_cms.bulk_load"  # a setting of a transaction on PostgreSQL

# Counted once in a transaction, which has the row of the counter to itself from then on: to count each
# of many rows would walk through all versions of that row each time.
FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('osce_cms.counted', true), '') = '' THEN
    {count}
    PERFORM set_config('osce_cms.counted', 'yes', true);
  END IF;
  INSERT INTO {changes} (release_id, number)
  SELECT DISTINCT changed.id, {version}.number
  FROM {version}, (VALUES (OLD.{column}), (NEW.{column})) AS changed (id)
  WHERE changed.id IS NOT NULL
  ON CONFLICT (release_id) DO UPDATE SET number = excluded.number;
  RETURN NULL;
END $$
"""
TRIGGER = (
    "CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {count}"
    " INSERT INTO {changes} (release_id, number)"
    " SELECT changed.id, {version}.number FROM {version}, ({ids}) AS changed WHERE true"
    " ON CONFLICT (release_id) DO UPDATE SET number = excluded.number; END"
)


def watched():
    """{table: the column that names the release}"""
    links = [PressRelease._meta.get_field(link) for link in LINKS]
    tables = {link.remote_field.through._meta.db_table: link.m2m_column_name() for link in links}
    return {PressRelease._meta.db_table: "id", **tables}


def install(connection):
    with connection.cursor() as cursor:
        for statement in statements(connection, cursor):
            cursor.execute(statement)


def missing(connection):
    """The statements that install() would still run."""
    with connection.cursor() as cursor:
        return list(statements(connection, cursor))


def statements(connection, cursor):
    present, done = present_names(connection, cursor), set()
    parts = {
        "count": count(connection, trees=False),
        "changes": CHANGES,
        "version": VERSION,
    }
    for table, column in watched().items():
        if connection.vendor == "sqlite":
            for event in EVENTS:
                name = f"{table}_noted_{event.lower()}"
                rows = {"INSERT": ["NEW"], "DELETE": ["OLD"], "UPDATE": ["OLD", "NEW"]}[event]
                ids = " UNION ".join(f"SELECT {row}.{column} AS id" for row in rows)
                create = TRIGGER.format(name=name, event=event, table=table, ids=ids, **parts)
                yield from changed_trigger(name, create, present)
        elif connection.vendor == "postgresql":
            function = f"note_change_by_{column}"
            create = FUNCTION.format(name=function, column=column, **parts)
            if function not in done:
                yield from changed_function(function, create, present)
                done.add(function)
            # Tested when the row changes, so that a bulk load does not even queue the trigger.
            loud = f"WHEN (current_setting('{SILENCE}', true) IS DISTINCT FROM 'on')"
            yield from constraint_trigger(f"{table}_noted", table, f"{function}()", present, loud)
            yield from truncate_trigger(table, present)


@contextlib.contextmanager
def noted_already(connection):
    """Inside a transaction: for links of releases that it inserts, whose own rows note them."""
    if connection.vendor == "sqlite":  # there noting costs little
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [SILENCE])
        yield
        cursor.execute("SELECT set_config(%s, '', true)", [SILENCE])


@contextlib.contextmanager
def bulk_load(connection):
    """Inside a transaction: changes are not noted one by one; whoever keeps an index builds it anew."""
    if not connection.in_atomic_block:
        raise RuntimeError("A bulk load is one transaction: begin it first.")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # DDL belongs to the transaction, and nobody else is writing.
            for table in watched():
                for event in EVENTS:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_noted_{event.lower()}")
            yield
            install(connection)
        else:
            cursor.execute("SELECT set_config(%s, 'on', true)", [SILENCE])
            yield
            cursor.execute("SELECT set_config(%s, '', true)", [SILENCE])
    ContentVersion.begin_epoch()
