"""What the database itself keeps for looking up: an index, on SQLite a table of FTS5 and its triggers.

Installed after every migrate, because SQLite drops the triggers of a table that a migration remakes.
"""

import contextlib

from .models import SearchText

TABLE = SearchText._meta.db_table
FTS = f"{TABLE}_fts"
COLUMNS = ["title", "summary", "tokens"]

# No list of pending entries, which every reader would have to look through: a release costs its
# writer a few milliseconds more, and a bulk load creates the index when its rows are there.
INDEX = f"CREATE INDEX {TABLE}_tokens ON {TABLE} USING gin (tokens) WITH (fastupdate = off)"
# For a common word the planner would rather read every tsvector there is, which takes ten times as
# long. The setting holds while a function runs, in a transaction of the caller too. Around _found the
# planner expects a few ids, and does not go through all releases by date to look for them.
_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}(query tsquery) RETURNS {returns}
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
  SELECT {ids} FROM {table} WHERE tokens @@ query
$$
"""
PACKED, FOUND = f"{TABLE}_packed", f"{TABLE}_found"
FUNCTIONS = [
    _FUNCTION.format(name=name, returns=returns, ids=ids, table=TABLE)
    for name, returns, ids in [
        (PACKED, "bytea", "string_agg(int8send(release_id), '')"),
        (FOUND, "bigint[]", "array_agg(release_id)"),
    ]
]

# ascii: letters beyond ASCII stay as they are, and so does MARK.
FTS_TABLE = (
    f"CREATE VIRTUAL TABLE {FTS} USING fts5({', '.join(COLUMNS)}, content='{TABLE}',"
    " content_rowid='release_id', tokenize='ascii')"
)
_ADD = f"INSERT INTO {FTS} (rowid, {', '.join(COLUMNS)}) VALUES (NEW.release_id, {{new}});"
_TAKE = (
    f"INSERT INTO {FTS} ({FTS}, rowid, {', '.join(COLUMNS)})"
    " VALUES ('delete', OLD.release_id, {old});"
)
_ROWS = {row: ", ".join(f"{row.upper()}.{column}" for column in COLUMNS) for row in ("new", "old")}
TRIGGERS = {
    f"{TABLE}_{event.lower()}": (
        f"CREATE TRIGGER {TABLE}_{event.lower()} AFTER {event} ON {TABLE} BEGIN"
        f" {actions.format(**_ROWS)} END"
    )
    for event, actions in {"INSERT": _ADD, "DELETE": _TAKE, "UPDATE": f"{_TAKE} {_ADD}"}.items()
}
REBUILD = f"INSERT INTO {FTS} ({FTS}) VALUES ('rebuild')"

COMPRESS_QUICKLY = """
SELECT set_config(name, 'lz4', false) FROM pg_settings
WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)
"""


@contextlib.contextmanager
def many_texts(connection):
    """While many rows come one batch after the other, PostgreSQL indexes them in heaps, at half the cost.

    A process that is killed leaves it so: readers then look through a heap of at most 4 MB as well, until
    the next import, or rebuild_search, has come to its end. Texts are compressed with lz4 meanwhile, where
    the server was built with it: nearly as small, and several times as fast.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER INDEX {TABLE}_tokens SET (fastupdate = on)")
        cursor.execute(COMPRESS_QUICKLY)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET default_toast_compression")
            cursor.execute(f"ALTER INDEX {TABLE}_tokens SET (fastupdate = off)")
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [f"{TABLE}_tokens"])


def install(connection):
    """Create what is missing; what is there stays."""
    with connection.cursor() as cursor:
        present = present_names(connection, cursor)
        if TABLE not in present:
            return  # migrated back to before there was a search
        statements = absent(connection, present)
        for statement in statements:
            cursor.execute(statement)
        if connection.vendor == "sqlite" and statements:
            # Rows may have changed while a trigger was not there.
            cursor.execute(REBUILD)


def missing(connection):
    """The statements that install() would still run."""
    with connection.cursor() as cursor:
        return absent(connection, present_names(connection, cursor))


def absent(connection, present):
    wanted = {f"{TABLE}_tokens": INDEX}
    if connection.vendor == "sqlite":
        wanted = {FTS: FTS_TABLE, **TRIGGERS}
    else:
        # By their bodies, so that one that does something else is replaced.
        wanted |= {each.split("$$")[1]: each for each in FUNCTIONS}
    return [statement for name, statement in wanted.items() if name not in present]


def present_names(connection, cursor):
    """The names of all tables, indexes and triggers; on PostgreSQL bodies of functions, no triggers."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name FROM sqlite_master")
    else:
        cursor.execute(
            "SELECT relname::text FROM pg_class WHERE pg_table_is_visible(oid)"
            " UNION SELECT prosrc FROM pg_proc WHERE pg_function_is_visible(oid)"
        )
    return {name for (name,) in cursor.fetchall()}
