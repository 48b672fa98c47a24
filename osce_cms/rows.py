"""Many new rows at once, written as the database takes them quickest."""

from datetime import datetime
from operator import attrgetter

from django.db import DEFAULT_DB_ALIAS, connections, models

SEQUENCE = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
# Values of these very types are the driver's as they are, in every field but JSON's.
AS_THEY_ARE = {str, int, bool, type(None), datetime}


def add(objects):
    """Insert new objects of one model, as bulk_create() does: no save(), no signals. Gives them their ids.

    On PostgreSQL by COPY, which spares half of the work of this process.
    """
    objects = list(objects)
    if not objects:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        models.QuerySet(type(objects[0])).bulk_create(objects)
        return
    meta = type(objects[0])._meta
    with connection.cursor() as cursor:
        if isinstance(meta.pk, models.AutoField):
            cursor.execute(SEQUENCE, [meta.db_table, meta.pk.column, len(objects)])
            for each, (pk,) in zip(objects, cursor.fetchall(), strict=True):
                each.pk = pk
        fields = meta.concrete_fields
        columns = [column(field, objects, connection) for field in fields]
        rows = zip(*columns, strict=True)
        copy(cursor, meta.db_table, [field.column for field in fields], rows)
    for each in objects:
        each._state.adding, each._state.db = False, connection.alias


def column(field, objects, connection):
    """The values of one field, as the driver takes them; most need none of Django's conversions."""
    if type(field).pre_save is models.Field.pre_save:
        values = map(attrgetter(field.attname), objects)
    else:
        values = (field.pre_save(each, True) for each in objects)
    asks = () if isinstance(field, models.JSONField) else AS_THEY_ARE
    return [
        value if type(value) in asks else field.get_db_prep_save(value, connection)
        for value in values
    ]


def insert(table, columns, rows, types=None):
    """Insert rows, tuples of values as the driver takes them, which spares making objects of them.

    What has no column here gets the default of the database, such as an id. types: those of the columns on
    PostgreSQL, where rows are to go there in its binary form.
    """
    rows = list(rows)
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            copy(cursor, table, columns, rows, types)
            return
        names = ", ".join(map(connection.ops.quote_name, columns))
        places = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ({places})"  # noqa: S608
        cursor.executemany(statement, rows)


def copy(cursor, table, columns, rows, types=None):
    """COPY rows into table. columns: their names; values as the driver takes them; types as in insert()."""
    connection = cursor.db
    names = ", ".join(map(connection.ops.quote_name, columns))
    statement = f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN"
    if types:
        statement += " (FORMAT BINARY)"
    with connection.wrap_database_errors, cursor.copy(statement) as target:
        if types:
            target.set_types(types)
        for row in rows:
            target.write_row(row)
