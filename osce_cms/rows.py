"""Many new rows at once, written as the database takes them quickest."""

from django.db import connection, models

SEQUENCE = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"


def add(objects):
    """Insert new objects of one model, as bulk_create() does: no save(), no signals. Gives them their ids.

    On PostgreSQL by COPY, which spares half of the work of this process.
    """
    objects = list(objects)
    if not objects:
        return
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
        rows = (
            [f.get_db_prep_save(f.pre_save(each, True), connection) for f in fields]
            for each in objects
        )
        copy(cursor, meta.db_table, [f.column for f in fields], rows)
    for each in objects:
        each._state.adding, each._state.db = False, connection.alias


def copy(cursor, table, columns, rows):
    """COPY rows into table. columns: their names; values as the driver takes them."""
    names = ", ".join(map(connection.ops.quote_name, columns))
    statement = f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN"
    with connection.wrap_database_errors, cursor.copy(statement) as target:
        for row in rows:
            target.write_row(row)
