"""Writers and readers in processes of their own, with real transactions and rollbacks."""

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

from press import schema
from press.facets import tables
from taxonomy.schema import VERSION
from tests.factories import FieldFactory, ReleaseFactory
from tests.taxonomy.test_stress import database_url

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 4


def start(*arguments):
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "osce_cms.settings",
    }
    command = [sys.executable, "-m", "tests.press.facets.stress", *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **pipes)


def run():
    """(transactions, what each of three readers reports) after three writers wrote for SECONDS."""
    processes = []
    try:
        readers = [start("reader") for _ in range(3)]
        processes += readers
        for reader in readers:
            assert reader.stdout.readline() == "ready\n"
        writers = [start("writer", seed, SECONDS) for seed in range(3)]
        processes += writers
        done = [int(writer.communicate(timeout=60)[0]) for writer in writers]
        reports = [json.loads(reader.communicate("end\n", timeout=60)[0]) for reader in readers]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return sum(done), reports


@pytest.fixture
def fields():
    return FieldFactory.create_batch(5)


def test_readers_beside_writers_end_with_the_truth(fields):
    transactions, reports = run()

    assert transactions > 30
    assert all(report["looks"] > 10 for report in reports)
    assert [report["differences"] for report in reports] == [[], [], []]


def test_forked_processes_see_what_was_committed_after_the_fork():
    # A process of its own: to fork one that has threads ends in a deadlock now and then.
    parent = start("forks")
    try:
        assert parent.stdout.readline() == "ready\n"
        ReleaseFactory.create_batch(3)
        answer, _ = parent.communicate("go\n", timeout=60)
    finally:
        parent.kill()
        parent.wait()

    assert json.loads(answer) == [3, 3]


@pytest.fixture
def numbers_from_a_sequence():
    """Numbers as a sequence gives them: in the order of the writes, not of the commits."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE content_numbers START 100000")
        for table, column in schema.watched().items():
            cursor.execute(
                f"""
                CREATE FUNCTION sequenced_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  INSERT INTO {schema.CHANGES} (release_id, number)
                  SELECT changed.id, nextval('content_numbers')
                  FROM (SELECT OLD.{column} AS id UNION SELECT NEW.{column}) AS changed
                  WHERE changed.id IS NOT NULL
                  ON CONFLICT (release_id) DO UPDATE SET number = excluded.number;
                  RETURN NULL;
                END $$;
                DROP TRIGGER {table}_noted ON {table};
                CREATE TRIGGER {table}_noted AFTER INSERT OR UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION sequenced_{table}();
                """
            )
        # What readers take for the content version: the highest number there is.
        cursor.execute(f"ALTER TABLE {VERSION} RENAME TO {VERSION}_counted")
        cursor.execute(
            f"CREATE VIEW {VERSION} AS SELECT id, epoch, trees, tableoid, greatest(number,"
            f" (SELECT max(number) FROM {schema.CHANGES})) AS number FROM {VERSION}_counted"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP VIEW {VERSION}")
        cursor.execute(f"ALTER TABLE {VERSION}_counted RENAME TO {VERSION}")
        for table in schema.watched():
            cursor.execute(f"DROP FUNCTION sequenced_{table} CASCADE")
        cursor.execute("DROP SEQUENCE content_numbers")
    schema.install(connection)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_the_same_readers_are_wrong_for_ever_when_numbers_come_from_a_sequence(
    fields, numbers_from_a_sequence
):
    _, reports = run()

    assert any(report["differences"] for report in reports)
    assert tables.version().number > 100000
