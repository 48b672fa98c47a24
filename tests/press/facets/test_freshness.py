"""An index is never older than what was committed before it was asked for."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from press import schema
from press.facets import current, tables
from press.facets.index import Index
from press.filters import Selection
from press.importers.run import import_releases
from press.models import PressRelease, ReleaseChange
from taxonomy.models import ContentVersion
from taxonomy.schema import missing as missing_for_trees
from tests.factories import FieldFactory, ReleaseFactory, UserFactory
from tests.press.importers.archives import export, row

from .differences import from_rebuild

pytestmark = pytest.mark.django_db(transaction=True)


def total(at=None, index=None):
    everything = Selection()
    return (index or current()).query(everything, None, 1, at=at or timezone.now()).total


def kinds():
    return current().query(Selection(), None, 1, at=timezone.now()).counts["kind"]


@pytest.fixture
def built(monkeypatch):
    """Counts how often an index is built from the tables."""
    calls, build = [], Index.build

    def counting():
        calls.append(1)
        return build()

    monkeypatch.setattr(Index, "build", counting)
    return calls


def test_one_question_when_nothing_changed(django_assert_num_queries):
    ReleaseFactory()
    current()

    with django_assert_num_queries(1):
        current()


def test_a_change_is_read_not_everything_built_anew(built, django_assert_num_queries):
    ReleaseFactory()
    current()
    ReleaseFactory()

    with django_assert_num_queries(
        8
    ):  # look, look under the lock, the release, 4 links, the sample
        assert total() == 2
    assert len(built) == 1


@pytest.mark.parametrize("write", ["update", "bulk_create", "sql", "delete", "link", "unlink"])
def test_writes_that_pass_by_save_are_seen(write):
    release = ReleaseFactory(kind="press-release", fields_of_work=[FieldFactory()])
    current()

    match write:
        case "update":
            PressRelease.objects.update(kind="news-item")
        case "bulk_create":
            PressRelease.objects.bulk_create(
                [PressRelease(title="x", body="x", state="published", published_at=timezone.now())]
            )
        case "sql":
            with connection.cursor() as cursor:
                cursor.execute("UPDATE press_pressrelease SET kind = 'news-item'")
        case "delete":
            release.delete()
        case "link":
            release.fields_of_work.through.objects.create(
                pressrelease=release, fieldofwork=FieldFactory()
            )
        case "unlink":
            release.fields_of_work.through.objects.all().delete()

    assert from_rebuild(current()) == []


def test_a_link_that_is_given_to_another_release_changes_both():
    field = FieldFactory()
    first, second = ReleaseFactory(fields_of_work=[field]), ReleaseFactory()
    current()

    first.fields_of_work.through.objects.update(pressrelease=second)

    assert from_rebuild(current()) == []


def test_what_a_transaction_sees_is_kept_by_nobody():
    ReleaseFactory()
    before = current()

    with transaction.atomic():
        ReleaseFactory()
        assert total() == 2
        transaction.set_rollback(True)

    assert current() is before


def test_a_change_that_is_rolled_back_leaves_no_number():
    release = ReleaseFactory()
    current()
    version = tables.version()

    with transaction.atomic():
        release.delete()
        transaction.set_rollback(True)

    assert tables.version() == version
    assert total() == 1


def test_more_changes_than_are_worth_reading_lead_to_one_build(built, monkeypatch):
    monkeypatch.setattr("press.facets.live.MOST_CHANGES", 3)
    current()
    ReleaseFactory.create_batch(5)

    assert total() == 5
    assert len(built) == 2


def test_many_moved_releases_lead_to_one_build(built, monkeypatch):
    monkeypatch.setattr("press.facets.edit.MOST_MOVED", 3)
    ReleaseFactory.create_batch(5)
    current()

    for release in PressRelease.objects.all():
        release.published_at -= timedelta(days=900)
        release.save(update_fields=["published_at"])

    assert from_rebuild(current()) == []
    assert len(built) == 3  # at first, now, and for the comparison


def test_a_bulk_load_notes_nothing_and_is_seen_by_one_build(built):
    ReleaseFactory()
    current()
    noted = ReleaseChange.objects.count()

    with transaction.atomic(), schema.bulk_load(connection):
        ReleaseFactory.create_batch(3)

    assert ReleaseChange.objects.count() == noted
    assert total() == 4
    assert total() == 4
    assert len(built) == 2
    assert schema.missing(connection) == []
    ReleaseFactory()
    assert total() == 5


def test_an_import_is_seen_with_its_links(built, taxonomy, tmp_path):
    ReleaseFactory()
    current()

    import_releases([str(export(tmp_path / "a.jsonl", [row(n) for n in range(3)]))])

    assert total() == 4
    assert len(built) == 1
    assert from_rebuild(current()) == []
    assert PressRelease.objects.filter(sources=None).count() == 1


def test_a_bulk_load_outside_of_a_transaction_is_refused():
    with pytest.raises(RuntimeError), schema.bulk_load(connection):
        pass


def test_an_older_dump_under_a_running_process_is_seen():
    old = ReleaseFactory(kind="news-item")
    dump = {
        model: list(model.objects.values())
        for model in (PressRelease, ReleaseChange, ContentVersion)
    }
    ReleaseFactory.create_batch(2)
    assert kinds() == {"news-item": 1, "press-release": 2}

    restore(dump)
    assert kinds() == {"news-item": 1}

    # And one that has caught up with the number that was seen.
    ReleaseFactory.create_batch(2)
    seen = current().version
    restore(dump)
    while tables.version().number < seen.number:
        old.save()
    assert from_rebuild(current()) == []


def restore(dump):
    """As an operator does it: the tables from the dump, then migrate."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")  # as pg_restore does
        PressRelease.objects.all().delete()
        for model, rows in dump.items():
            model.objects.all().delete()
            model.objects.bulk_create(model(**row) for row in rows)
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")
    call_command("migrate", verbosity=0)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no TRUNCATE")
def test_truncate_is_seen():
    ReleaseFactory()
    assert total() == 1

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE press_pressrelease CASCADE")

    assert total() == 0


def test_the_triggers_of_a_table_that_a_migration_remade_are_named_and_installed_again():
    ReleaseFactory()
    with connection.schema_editor() as editor:
        field = PressRelease._meta.get_field("dateline")
        wider = type(field)(max_length=201, blank=True)
        wider.set_attributes_from_name("dateline")
        wider.model = PressRelease
        editor.alter_field(PressRelease, field, wider)
    if connection.vendor == "sqlite":
        assert len(schema.missing(connection)) == 3

    call_command("migrate", verbosity=0)

    assert schema.missing(connection) == []
    assert missing_for_trees(connection, apps.get_models()) == []
    ReleaseFactory()
    assert total() == 2


def test_an_embargo_lifts_to_the_second_without_a_write():
    release = ReleaseFactory(published_at=timezone.now() + timedelta(hours=1))
    index = current()
    before = release.published_at - timedelta(microseconds=1)

    assert (total(before, index), total(release.published_at, index)) == (0, 1)
    everything = index.query(Selection(), None, 1, at=before)
    assert not any(everything.counts.values())


def test_a_release_that_is_withdrawn_between_index_and_page_is_not_shown(client, monkeypatch):
    release = ReleaseFactory(title="Withdrawn in this moment")
    index = current()
    release.withdraw(by=UserFactory(), notice="Wrong.")
    monkeypatch.setattr("press.views.current", lambda: index)

    page = client.get("/press-releases/").content.decode()

    assert "Withdrawn in this moment" not in page


def test_trees_are_read_again_when_a_term_moves_and_only_then():
    parent, child = FieldFactory(), FieldFactory()
    release = ReleaseFactory(fields_of_work=[child])
    assert current().rolled["field"].get(parent.pk) is None

    child.parent = parent
    child.save()

    assert len(current().rolled["field"][parent.pk]) == 1
    trees = current().trees
    release.title = "Another"
    release.save()
    assert current().trees is trees
