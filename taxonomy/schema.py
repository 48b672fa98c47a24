"""What the database itself watches over: whole trees, and one number for all that readers can see.

Installed after every migrate, because SQLite drops the triggers of a table that a migration remakes.
"""

from .models import ContentVersion, TermName
from .tree import TreeModel

# Deferred, since mptt shifts numbers before it writes the node. {t} is the table.
CONSTRAINTS = {
    "{t}_left_once": "UNIQUE (tree_id, lft) DEFERRABLE INITIALLY DEFERRED",
    "{t}_right_once": "UNIQUE (tree_id, rght) DEFERRABLE INITIALLY DEFERRED",
    "{t}_one_root": "EXCLUDE (tree_id WITH =) WHERE (parent_id IS NULL) DEFERRABLE INITIALLY DEFERRED",
    "{t}_left_before_right": "CHECK (lft < rght)",
}
COUNT = (
    "INSERT INTO {version} (id, number) VALUES (1, 1)"
    " ON CONFLICT (id) DO UPDATE SET number = {version}.number + 1;"
)
FUNCTION = """
CREATE OR REPLACE FUNCTION count_content_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN {count} RETURN NULL; END $$
"""
EVENTS = ["INSERT", "UPDATE", "DELETE"]


def install(connection, models):
    """Constraints and triggers for the trees and names among models; those that are there stay."""
    with connection.cursor() as cursor:
        for statement in statements(connection, cursor, models):
            cursor.execute(statement)


def statements(connection, cursor, models):
    count = COUNT.format(version=ContentVersion._meta.db_table)
    tables = [m._meta.db_table for m in models if issubclass(m, TreeModel | TermName)]
    present = present_names(connection, cursor)
    if connection.vendor == "sqlite":
        for table in tables:
            for event in EVENTS:
                name = f"{table}_counts_{event.lower()}"
                if name not in present:
                    yield f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {count} END"
    elif connection.vendor == "postgresql":
        yield FUNCTION.format(count=count)
        for table in tables:
            name = f"{table}_counts"
            if name not in present:
                # Deferred: the row of the counter is taken at commit, so that writers do not queue
                # for it and numbers come in the order of the commits.
                yield (
                    f"CREATE CONSTRAINT TRIGGER {name} AFTER {' OR '.join(EVENTS)} ON {table}"
                    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
                    " EXECUTE FUNCTION count_content_change()"
                )
        for table in [m._meta.db_table for m in models if issubclass(m, TreeModel)]:
            for name, rule in CONSTRAINTS.items():
                if (constraint := name.format(t=table)) not in present:
                    yield f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {rule}"


def missing(connection, models):
    """The statements that install() would still run, apart from what is replaced each time."""
    with connection.cursor() as cursor:
        return [
            statement
            for statement in statements(connection, cursor, models)
            if not statement.startswith("\nCREATE OR REPLACE")
        ]


def present_names(connection, cursor):
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT tgname FROM pg_trigger")
    return {name for (name,) in cursor.fetchall()}
