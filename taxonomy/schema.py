"""What the database itself watches over: whole trees, and one number for all that readers can see.

Installed after every migrate, because SQLite drops the triggers of a table that a migration remakes.
"""

from .models import ContentVersion, FormerTerm, TermName
from .tree import TreeModel

# Deferred, since mptt shifts numbers before it writes the node. {t} is the table.
CONSTRAINTS = {
    "{t}_left_once": "UNIQUE (tree_id, lft) DEFERRABLE INITIALLY DEFERRED",
    "{t}_right_once": "UNIQUE (tree_id, rght) DEFERRABLE INITIALLY DEFERRED",
    "{t}_one_root": "EXCLUDE (tree_id WITH =) WHERE (parent_id IS NULL) DEFERRABLE INITIALLY DEFERRED",
    "{t}_left_before_right": "CHECK (lft < rght)",
}
VERSION = ContentVersion._meta.db_table
RANDOM = {"postgresql": "md5(random()::text)", "sqlite": "lower(hex(randomblob(16)))"}
FUNCTION = """
CREATE OR REPLACE FUNCTION count_content_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN {count} RETURN NULL; END $$
"""
EVENTS = ["INSERT", "UPDATE", "DELETE"]
ENABLED = {"O", "A"}  # as PostgreSQL calls a trigger that fires for everybody


def count(connection, *, trees):
    """The statement that raises the number, and that of the last change of the trees when it is one."""
    also = f", trees = {VERSION}.number + 1" if trees else ""
    return (
        f"INSERT INTO {VERSION} (id, number, trees, epoch)"
        f" VALUES (1, 1, {1 if trees else 0}, {RANDOM[connection.vendor]})"
        f" ON CONFLICT (id) DO UPDATE SET number = {VERSION}.number + 1{also};"
    )


def install(connection, models):
    """Constraints and triggers for the trees among models; those that are there stay."""
    with connection.cursor() as cursor:
        for statement in statements(connection, cursor, models):
            cursor.execute(statement)


def statements(connection, cursor, models):
    tables = [m._meta.db_table for m in models if is_of_trees(m)]
    present = present_names(connection, cursor)
    if connection.vendor == "sqlite":
        body = count(connection, trees=True)
        for table in tables:
            for event in EVENTS:
                name = f"{table}_counts_{event.lower()}"
                create = f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {body} END"
                yield from changed_trigger(name, create, present)
    elif connection.vendor == "postgresql":
        count_each = FUNCTION.format(count=count(connection, trees=True))
        yield from changed_function("count_content_change", count_each, present)
        yield from changed_function("begin_content_epoch", truncate_function(connection), present)
        for table in tables:
            yield from constraint_trigger(
                f"{table}_counts", table, "count_content_change()", present
            )
            yield from truncate_trigger(table, present)
        for table in [m._meta.db_table for m in models if issubclass(m, TreeModel)]:
            for name, rule in CONSTRAINTS.items():
                if (constraint := name.format(t=table)) not in present:
                    yield f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {rule}"


def is_of_trees(model):
    """Whether its rows say what terms there are, where they stand or what they are called."""
    is_term = issubclass(model, TreeModel | TermName | FormerTerm)
    return is_term or getattr(model, "is_of_trees", False)


def changed_trigger(name, create, present):
    """On SQLite: the statements that make the trigger what it should be, none when it is that."""
    if present.get(name) == create:
        return
    if name in present:
        yield f"DROP TRIGGER {name}"
    yield create


def changed_function(name, create, present):
    """On PostgreSQL: the statement that makes the function what it should be, none when it is that."""
    if present.get(f"{name}()") != create.split("$$")[1]:
        yield create


def enabled_trigger(name, table, create, present):
    """On PostgreSQL: the statement after which the trigger is there and at work, none when it is."""
    if name not in present:
        yield create
    elif present[name] not in ENABLED:
        yield f"ALTER TABLE {table} ENABLE TRIGGER {name}"


def constraint_trigger(name, table, function, present, when=""):
    # Deferred: the row of the counter is taken at commit, so that writers do not queue for it and
    # numbers come in the order of the commits.
    create = (
        f"CREATE CONSTRAINT TRIGGER {name} AFTER {' OR '.join(EVENTS)} ON {table}"
        f" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {when} EXECUTE FUNCTION {function}"
    )
    return enabled_trigger(name, table, create, present)


def truncate_function(connection):
    """TRUNCATE fires no row trigger: what is known of the content before it is worth nothing."""
    random = RANDOM[connection.vendor]
    return (
        "CREATE OR REPLACE FUNCTION begin_content_epoch() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN UPDATE {VERSION} SET epoch = {random}; RETURN NULL; END $$"
    )


def truncate_trigger(table, present):
    name = f"{table}_truncated"
    create = (
        f"CREATE TRIGGER {name} AFTER TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION begin_content_epoch()"
    )
    return enabled_trigger(name, table, create, present)


def missing(connection, models):
    """The statements that install() would still run."""
    with connection.cursor() as cursor:
        return list(statements(connection, cursor, models))


def present_names(connection, cursor):
    """{name: definition} of triggers; on PostgreSQL {name: whether it is at work} of triggers, names of
    constraints, and {name(): body} of functions, all in the schema in which tables are made.
    """
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    else:
        cursor.execute(
            """
            SELECT tgname, tgenabled::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
            WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
            UNION ALL
            SELECT conname, '' FROM pg_constraint
            WHERE connamespace = current_schema()::regnamespace AND contype <> 't'
            UNION ALL
            SELECT proname || '()', prosrc FROM pg_proc
            WHERE pronamespace = current_schema()::regnamespace
            """
        )
    return dict(cursor.fetchall())
