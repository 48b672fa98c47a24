"""Imports and editors in each other's way: real transactions of two connections."""

import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from press.importers.patience import StillBusy, is_in_the_way, patiently
from press.importers.writing.releases import find_present
from press.models import Action, ImportRun, PressRelease, RunStatus
from tests.press.importers.archives import Run, content, export, row, wait_for
from tests.taxonomy.test_stress import database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("taxonomy")]

HOLD = "SELECT 1 FROM press_pressrelease WHERE id = %s FOR UPDATE"


@pytest.fixture
def archive(tmp_path):
    def write(*rows, name="a.jsonl"):
        return export(tmp_path / name, rows)

    return write


@pytest.fixture
def impatient():
    """Nobody waits for a lock longer than a moment."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            before = connection.connection.execute("PRAGMA busy_timeout").fetchone()[0]
            cursor.execute("PRAGMA busy_timeout = 20")
        else:
            cursor.execute("SET lock_timeout = '20ms'")
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA busy_timeout = {before}")
        else:
            cursor.execute("SET lock_timeout = 0")


@contextmanager
def in_the_way(release, seconds):
    """An editor's transaction, open for so long, holds release (on SQLite all there is)."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(
            connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False
        )
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(database_url())
        other.execute(HOLD, [release.pk])
    end = threading.Timer(seconds, other.rollback)
    end.start()
    with closing(other):
        yield
        end.cancel()
        end.join()


def ledger_closes():
    run = ImportRun.objects.first()
    wrote = {action: run.items.filter(action=action).count() for action in Action}
    wrote[Action.UNCHANGED] = run.counts.get(Action.UNCHANGED, 0)
    return run.counts == {action: number for action, number in wrote.items() if number}


def changed(number):
    return [row(n, title=f"Lamp {n} is out") for n in range(number)]


@pytest.mark.usefixtures("impatient")
def test_a_batch_that_met_a_lock_is_written_once_when_that_is_gone(archive):
    Run(archive(*map(row, range(10))))
    source = archive(*changed(10), row(20), row(20), row(21, title=None))

    with in_the_way(PressRelease.objects.last(), 0.5):
        run = Run(source)

    assert (run.code, run.sums) == (3, {"updated": 10, "created": 1, "skipped": 1, "failed": 1})
    assert ledger_closes()
    assert PressRelease.objects.count() == 11
    assert all(each.log.count() == 2 for each in PressRelease.objects.filter(title__endswith="out"))


@pytest.mark.usefixtures("impatient")
def test_a_dry_run_that_met_a_lock_counts_each_record_once(archive):
    Run(archive(*map(row, range(10))))
    source = archive(row(20), *changed(10), row(20), row(21))

    with in_the_way(PressRelease.objects.last(), 0.5):
        run = Run(source, dry_run=True, batch_size=5)

    assert run.sums == {"updated": 10, "created": 2, "skipped": 1}
    assert ImportRun.objects.count() == 1


@pytest.mark.usefixtures("impatient")
def test_an_import_that_has_waited_enough_ends_with_words_and_goes_on_later(archive, monkeypatch):
    Run(archive(*map(row, range(10))))
    source = archive(*(row(n) for n in range(20, 25)), *changed(10))
    expected = [row(n)["title"] for n in range(20, 25)]
    if connection.vendor == "sqlite":
        # There the lock is in everybody's way, also before the first batch.
        expected = []
    monkeypatch.setattr("press.importers.patience.PAUSES", [0.01, 0.01])

    with in_the_way(PressRelease.objects.get(legacy_key="1009:en"), 60):
        run = Run(source, batch_size=5)

    assert run.code == 1
    assert "Others kept the database too long" in run.err
    assert "The same command goes on" in run.err
    assert not ImportRun.objects.filter(status=RunStatus.RUNNING).exists()
    here = PressRelease.objects.filter(legacy_key__gte="1020", title__contains="burns")
    assert sorted(here.values_list("title", flat=True)) == expected

    assert Run(source, batch_size=5).sums == {"created": 5, "updated": 10}
    assert ImportRun.objects.first().status == RunStatus.FINISHED
    assert ImportRun.objects.count() == 2
    assert ledger_closes()


@pytest.mark.usefixtures("impatient")
def test_undoing_that_met_a_lock_undoes_all_the_same(archive):
    Run(archive(*map(row, range(5))))
    before = content()
    Run(archive(*changed(5)))

    with in_the_way(PressRelease.objects.last(), 0.5):
        undone = Run("last", command="import_rollback", apply=True)

    assert (undone.code, content()) == (0, before)
    assert "5 written by" in undone.out


@pytest.mark.usefixtures("impatient")
def test_links_that_met_a_lock_are_put_right_all_the_same(archive, monkeypatch):
    link = '<p>See <a href="https://www.osce.org/node/1001">the lamp</a>. It burns all night.</p>'
    Run(archive(row(2, body=link)))
    release = PressRelease.objects.get()
    from press.importers.writing import links

    relink, held = links.relink, []

    def relink_while_held(stop):
        with in_the_way(release, 0.5):
            held.append(True)
            return relink(stop)

    monkeypatch.setattr("press.importers.run.links.relink", relink_while_held)

    assert Run(archive(row(1))).code == 0

    release.refresh_from_db()
    assert held
    assert f'href="{PressRelease.objects.get(legacy_key="1001:en").get_absolute_url()}"' in (
        release.body
    )


def test_a_deadlock_with_an_editor_ends_well_for_both(archive, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one lock, and so no deadlocks")
    Run(archive(row(1), row(2)))
    with transaction.atomic():  # in the order in which the import will hold them
        first, second = find_present(["1001:en", "1002:en"]).values()
    editor = psycopg.connect(database_url())
    editor.execute("SET deadlock_timeout = '60s'")  # the import is the one that notices
    editor.execute(HOLD, [second.pk])
    met = []

    def noted(error):
        met.append(error.__cause__.sqlstate)
        return is_in_the_way(error)

    monkeypatch.setattr("press.importers.patience.is_in_the_way", noted)

    def edit():
        with psycopg.connect(database_url(), autocommit=True) as looking:
            wait_for(lambda: looking.execute(WAITING).fetchone())
        editor.execute("UPDATE press_pressrelease SET summary = 'Ours' WHERE id = %s", [first.pk])
        editor.commit()

    editing = threading.Thread(target=edit)
    editing.start()
    run = Run(archive(row(1, title="Lamp 1 is out"), row(2, title="Lamp 2 is out"), row(3)))
    editing.join()
    editor.close()

    assert (run.code, run.sums) == (0, {"conflict": 1, "updated": 1, "created": 1})
    assert ledger_closes()
    first.refresh_from_db()
    assert first.summary == "Ours"
    assert met == ["40P01"]


# In this database: pg_locks tells of all, and another test may make somebody wait in its own.
WAITING = """
SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND locktype IN ('transactionid', 'tuple') AND datname = current_database()
"""


def test_what_is_wrong_with_the_database_itself_is_not_tried_again():
    tried = []

    def work():
        tried.append(time.monotonic())
        raise OperationalError("no such table") from sqlite3.OperationalError("no such table")

    with pytest.raises(OperationalError):
        patiently(work)

    assert len(tried) == 1


def test_the_pauses_between_attempts_grow(monkeypatch):
    monkeypatch.setattr("press.importers.patience.PAUSES", [0.05, 0.2])
    tried = []

    def work():
        tried.append(time.monotonic())
        raise OperationalError("deadlock") from psycopg.errors.DeadlockDetected("deadlock")

    with pytest.raises(StillBusy, match="deadlock"):
        patiently(work)

    assert len(tried) == 3
    assert tried[2] - tried[1] > tried[1] - tried[0] >= 0.05


@pytest.mark.usefixtures("impatient")
def test_a_batch_whose_commit_met_a_lock_is_not_taken_for_written(archive, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("there a transaction that has begun can be committed")
    source = archive(*map(row, range(20)))
    monkeypatch.setattr("press.importers.patience.PAUSES", [0.01])
    editor = psycopg.connect(database_url())
    # Its row is asked for by deferred triggers only.
    editor.execute("SELECT 1 FROM taxonomy_contentversion FOR UPDATE")
    with closing(editor):
        run = Run(source, batch_size=5)
    assert (run.code, ImportRun.objects.get().done) == (1, 0)

    assert Run(source, batch_size=5).sums == {"created": 20}
    assert PressRelease.objects.count() == 20
