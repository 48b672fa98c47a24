"""The desk of those who look after the imports of the archive."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from press import redaction
from press.importers.ledger.rollback import roll_back
from press.models import (
    Action,
    Decision,
    ImportItem,
    ImportMessage,
    ImportRun,
    PressRelease,
    RunStatus,
)
from press.workflow import State
from structures.models import Role
from taxonomy.models import FieldOfWork
from tests.factories import ReleaseFactory, StructureFactory, UserFactory, person_at

from .importers.conftest import archive
from .importers.test_import import Run, capture, page
from .importers.test_terms import another_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]
__all__ = ["archive"]  # a fixture

RUNS = "/admin/press/importrun/"


@pytest.fixture
def publisher(client):
    person = person_at(Role.PUBLISHER)
    client.force_login(person)
    return person


def last():
    return ImportRun.objects.first()


def page_of(client, run=None, **query):
    return client.get(f"{RUNS}{(run or last()).pk}/change/", query).content.decode()


def many(run, number, **kwargs):
    """Items of run in bulk, each with a warning."""
    items = ImportItem.objects.bulk_create(
        ImportItem(run=run, position=n, action=Action.CREATED, path=f"{n}.html", **kwargs)
        for n in range(number)
    )
    ImportMessage.objects.bulk_create(
        ImportMessage(item=item, level="warning", code=f"code_{n % 12}", text="Hm.")
        for n, item in enumerate(items)
    )


# Runs and their items.


def test_runs_are_listed_with_sums_that_close(client, publisher, archive):
    archive("a.html", page())
    archive("b.html", "<p>nothing")
    Run(archive.folder)

    text = client.get(RUNS).content.decode()

    assert "2 read = 1 created + 1 failed" in text
    assert str(archive.folder) in text
    assert "Finished" in text


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (0, "Running, last sign of life 0"),
        (60, "Stopped, it seems: last sign of life 1\xa0hour ago"),
    ],
)
def test_a_run_without_a_sign_of_life_is_told_from_one_that_runs(client, publisher, ago, said):
    seen_at = timezone.now() - timedelta(minutes=ago)
    run = ImportRun.objects.create(sources=["x"], seen_at=seen_at, started_at=seen_at)

    assert said in client.get(RUNS).content.decode()
    assert said in page_of(client, run)


def test_of_its_options_a_run_tells_what_is_unusual(client, publisher, archive):
    Run(archive("a.html", page()), limit=3)

    assert "<td>limit: 3</td>" in page_of(client)


def test_items_are_filtered_by_action_message_and_words(client, publisher, archive):
    archive("one.html", page(1001, title="Lamps", field="Nonsense"))
    archive("two.html", page(1002, title="Boats"))
    archive("three.html", "<p>nothing")
    Run(archive.folder)

    def found(**query):
        text = page_of(client, **query)
        return [name for name in ("one", "two", "three") if f"/{name}.html" in text]

    assert found() == ["one", "two", "three"]
    assert found(action="created") == ["one", "two"]
    assert found(action="failed") == ["three"]
    assert found(code="label_unmatched") == ["one"]
    assert found(level="error") == ["three"]
    assert found(q="lamps") == ["one"]
    assert found(q="/x/1002") == ["two"]
    assert found(q="lamps boats") == []
    assert found(action="nonsense") == []
    assert "Nonsense" in page_of(client)
    assert "?code=label_unmatched#items" in page_of(client)


def test_a_release_is_named_to_those_only_who_may_see_it(client, archive):
    archive("a.html", page(title="As it was"))
    Run(archive.folder)
    release = PressRelease.objects.get()
    release.title = "As it is"
    release.save()
    link = f'href="/admin/press/pressrelease/{release.pk}/change/">As it is'

    for role, is_shown in [(person_at(Role.EDITOR), True), (without_desk(), False)]:
        client.force_login(role)
        assert (link in page_of(client)) == is_shown
        assert ("As it is" in page_of(client)) == is_shown


def without_desk():
    """Somebody who may see imports and no release."""
    person = UserFactory(is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_importrun"))
    return person


def test_the_page_of_a_large_run_asks_few_questions(
    client, publisher, django_assert_max_num_queries
):
    run = ImportRun.objects.create(sources=["x"], counts={"created": 300})
    many(run, 300, release=ReleaseFactory())

    with django_assert_max_num_queries(14):
        text = page_of(client, run, page=2, action="created", level="warning")

    assert "Page 2 of 6" in text
    assert "?action=created&amp;level=warning&amp;page=3#items" in text
    assert text.count('"?code=code_') == 10


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.EDITOR, Role.PUBLISHER])
def test_people_of_one_desk_see_no_imports(client, archive, role):
    conflict_of(archive)
    client.force_login(person_at(role, StructureFactory()))
    item = ImportItem.objects.get(action=Action.CONFLICT)

    for address in (
        RUNS,
        f"{RUNS}{last().pk}/change/",
        f"{RUNS}{last().pk}/failed/",
        f"{RUNS}{last().pk}/rollback/",
        f"{RUNS}conflict/{item.pk}/",
    ):
        assert client.get(address).status_code == 403
    assert "Imports" not in client.get("/admin/").content.decode()


def test_the_first_page_leads_to_the_archive(client, publisher):
    text = client.get("/admin/").content.decode()

    for address in (RUNS, "/admin/press/termdecision/labels/", "/admin/press/countrysuggestion/"):
        assert f'class="button" href="{address}"' in text


# Conflicts.


def conflict_of(archive, **source):
    """The item of a release that was edited here and changed in its source."""
    archive("a.html", page())
    Run(archive.folder)
    release = PressRelease.objects.get()
    release.title = "Our own title"
    release.save()
    archive("a.html", page(**{"title": "Another title there", "field": "Policing", **source}))
    assert Run(archive.folder).has(conflict=1)
    return ImportItem.objects.get(action=Action.CONFLICT)


def decide(client, item, do, **sent):
    item.refresh_from_db()
    version = PressRelease.objects.get(pk=item.release_id).version
    return client.post(
        f"{RUNS}conflict/{item.pk}/", {"do": do, "version": version, **sent}, follow=True
    )


def test_a_conflict_shows_what_is_here_against_what_the_source_says(
    client, publisher, archive, django_assert_max_num_queries
):
    item = conflict_of(archive)

    with django_assert_max_num_queries(25):
        text = client.get(f"{RUNS}conflict/{item.pk}/").content.decode()

    assert "<del>Our own title</del><ins>Another title there</ins>" in text
    assert "Removed: <del>field: Youth</del>" in text
    assert "Added: <ins>field: Policing</ins>" in text
    assert f"{RUNS}conflict/{item.pk}/" in page_of(client, action="waiting")


def test_the_source_s_text_is_taken_as_a_change_of_the_editor(client, publisher, archive):
    item = conflict_of(archive)
    release = PressRelease.objects.get()

    text = decide(client, item, "take").content.decode()

    release.refresh_from_db()
    item.refresh_from_db()
    assert "The source’s text was taken for" in text
    assert release.title == "Another title there"
    assert list(release.fields_of_work.all()) == [FieldOfWork.objects.get(name="Policing")]
    after, before = release.revisions.all()[:2]
    assert (after.by, before.by) == (publisher, None)
    assert (after.snapshot["title"], before.snapshot["title"]) == (
        "Another title there",
        "Our own title",
    )
    assert (release.log.first().by, release.log.first().action) == (publisher, "import")
    assert (item.decision, item.decided_by) == (Decision.SOURCE, publisher)
    assert not item.waits


def test_after_taking_the_source_s_text_the_next_import_may_change_it(client, publisher, archive):
    decide(client, conflict_of(archive), "take")

    assert Run(archive.folder).has(unchanged=1, conflict=0, updated=0)
    archive("a.html", page(title="A third title"))
    assert Run(archive.folder).has(updated=1)
    assert PressRelease.objects.get().title == "A third title"


def test_ours_is_kept_and_the_same_source_is_no_conflict_any_more(client, publisher, archive):
    item = conflict_of(archive)
    before = PressRelease.objects.values().get()

    decide(client, item, "keep")

    item.refresh_from_db()
    assert (item.decision, item.decided_by) == (Decision.OURS, publisher)
    assert PressRelease.objects.values().get() == before
    assert Run(archive.folder).has(unchanged=1, conflict=0)
    FieldOfWork.objects.create(name="New", code="new")  # names are found in another way now
    assert Run(archive.folder).has(conflict=0)
    assert PressRelease.objects.get().title == "Our own title"
    archive("a.html", page(title="A third title"))
    assert Run(archive.folder).has(conflict=1)


def test_a_conflict_of_a_row_of_a_table_can_be_decided(client, publisher, archive):
    row = '{"id": 5001, "title": "%s", "body": "The lamp burns on.", "date": "2013-05-03"}'
    archive("a.jsonl", row % "First")
    Run(archive.folder)
    release = PressRelease.objects.get()
    release.title = "Ours"
    release.save()
    archive("a.jsonl", row % "Second")
    Run(archive.folder)

    decide(client, ImportItem.objects.get(action=Action.CONFLICT), "take")

    release.refresh_from_db()
    assert release.title == "Second"
    assert Run(archive.folder).has(unchanged=1)


def test_a_conflict_of_a_text_capture_can_be_decided(client, publisher, archive):
    archive("a.txt", capture())
    Run(archive.folder)
    release = PressRelease.objects.get()
    release.summary = "Ours"
    release.save()
    archive("a.txt", capture(text="Another crew came, and it kept another lamp burning all night."))
    Run(archive.folder)

    decide(client, ImportItem.objects.get(action=Action.CONFLICT), "take")

    release.refresh_from_db()
    assert "Another crew came" in release.body
    assert Run(archive.folder).has(unchanged=1)


def test_what_changed_since_it_was_compared_is_compared_again(client, publisher, archive):
    item = conflict_of(archive)

    for do in ("take", "keep"):
        text = decide(client, item, do, version=1).content.decode()
        assert "It was changed meanwhile" in text

    item.refresh_from_db()
    assert item.waits
    assert PressRelease.objects.get().title == "Our own title"


def test_a_conflict_is_decided_once_and_in_its_last_import(client, publisher, archive):
    first = conflict_of(archive)
    archive("a.html", page(title="A third title"))
    Run(archive.folder)
    second = ImportItem.objects.filter(action=Action.CONFLICT).last()

    assert (
        "A later import has read the item again" in decide(client, first, "take").content.decode()
    )
    decide(client, second, "take")
    decide(client, second, "keep")

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.decision == second.decision == Decision.SOURCE
    assert PressRelease.objects.get().title == "A third title"


def test_what_was_removed_for_legal_reasons_neither_comes_back_nor_stays_in_the_ledger(
    client, publisher, archive
):
    item = conflict_of(archive, text="Captain Nemo kept the lamp burning for ships on their way.")
    release = PressRelease.objects.get()
    asked = redaction.ask(
        release, by=UserFactory(), passage="lighthouse kept the lamp", reason="A court said so."
    )
    redaction.carry_out(asked, by=UserFactory())

    text = client.get(f"{RUNS}conflict/{item.pk}/").content.decode()
    decide(client, item, "take")
    release.refresh_from_db()
    assert "Nemo" not in text
    assert "Nemo" not in release.body

    archive("a.html", page(title="A third title"))
    assert Run(archive.folder).has(conflict=1)
    last_item = ImportItem.objects.filter(action=Action.CONFLICT).last()
    assert last_item.raw is None
    decide(client, last_item, "keep")
    assert Run(archive.folder).has(unchanged=1)


def test_what_is_removed_for_legal_reasons_goes_from_the_ledger_too(archive):
    secret = "Captain Nemo"
    archive("a.html", page(title=f"{secret} sails", text=f"{secret} kept the lamp burning."))
    Run(archive.folder)
    archive(
        "a.html", page(title=f"{secret} sails on", text=f"{secret} kept it burning.", field="X")
    )
    assert Run(archive.folder).has(updated=1)
    release = PressRelease.objects.get()

    asked = redaction.ask(release, by=UserFactory(), passage=secret, reason="A court said so.")
    redaction.carry_out(asked, by=UserFactory())

    held = [*ImportItem.objects.values(), *ImportMessage.objects.values()]
    assert secret not in str(held)
    assert (
        ImportItem.objects.get(action=Action.UPDATED).undo["values"]["title"] == "[removed] sails"
    )


def test_what_readers_know_is_taken_from_the_source_by_a_publisher(client, archive):
    item = conflict_of(archive)
    client.force_login(person_at(Role.EDITOR))

    text = client.get(f"{RUNS}conflict/{item.pk}/").content.decode()
    answer = decide(client, item, "take")

    assert "Take the source’s text" not in text
    assert "Keep ours" in text
    assert answer.status_code == 403
    assert PressRelease.objects.get().title == "Our own title"
    PressRelease.objects.update(state=State.DRAFT)
    assert decide(client, item, "take").status_code == 200
    assert PressRelease.objects.get().title == "Another title there"
    assert PressRelease.objects.get().state == State.DRAFT


def test_who_only_sees_imports_decides_nothing(client, archive):
    item = conflict_of(archive)
    client.force_login(without_desk())

    assert client.get(f"{RUNS}conflict/{item.pk}/").status_code == 403
    assert decide(client, item, "keep").status_code == 403
    item.refresh_from_db()
    assert item.waits


def test_while_an_import_runs_no_conflict_is_decided(client, publisher, archive):
    item = conflict_of(archive)

    with another_import():
        text = decide(client, item, "take").content.decode()

    assert "An import is running" in text
    assert PressRelease.objects.get().title == "Our own title"


# What failed.


def test_what_failed_comes_as_it_was_and_is_taken_when_it_is_mended(
    client, publisher, archive, tmp_path
):
    archive("a.html", page().replace("Lighthouse lamp burns on", ""))
    archive("b.html", page(1002).replace("Lighthouse lamp burns on", ""))
    archive(
        "c.jsonl", '{"id": 1003, "body": "The lamp burns on."}\n{"id": 1004, "body": "It does."}'
    )
    archive("fine.html", page(1005))
    assert Run(archive.folder, archive.folder / "missing.html").has(failed=5, created=1)

    answer = client.get(f"{RUNS}{last().pk}/failed/")
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))

    names = set(packed.namelist())
    pages = sorted(name for name in names if name.startswith("failed/"))
    assert names == {*pages, "failed.csv", "failed.jsonl"}
    assert packed.read(pages[0]) == (archive.folder / "a.html").read_bytes()
    assert packed.read(pages[2]) == b""  # of what was not there
    assert "missing.html" in packed.read("failed.csv").decode()
    packed.extractall(tmp_path / "mended")
    for path in (tmp_path / "mended" / "failed").iterdir():
        text = path.read_text() or page(1006)
        path.write_text(text.replace("<h1></h1>", "<h1>Mended</h1>"))
    rows = tmp_path / "mended" / "failed.jsonl"
    rows.write_text(rows.read_text().replace('"body"', '"title": "Mended", "body"'))
    manifest = tmp_path / "mended" / "failed.csv"
    mended = Run(tmp_path / "mended" / "failed", rows, manifest=str(manifest))
    assert mended.has(created=5, failed=0)


def test_without_failed_items_nothing_is_downloaded(client, publisher, archive):
    Run(archive("a.html", page()))

    answer = client.get(f"{RUNS}{last().pk}/failed/", follow=True)

    assert "Nothing failed" in answer.content.decode()


def test_too_much_for_a_browser_names_the_command(client, publisher, archive, monkeypatch):
    Run(archive("a.html", "<p>nothing"))
    monkeypatch.setattr("press.admin.imports.MOST_BYTES", 5)

    answer = client.get(f"{RUNS}{last().pk}/failed/", follow=True)

    assert f"import_report {last().pk} --report DIR" in answer.content.decode()


# Comparing it with its sources.


def test_a_sample_is_compared_with_its_sources(client, publisher, archive):
    path = archive("a.html", page())
    Run(path)

    same = client.post(f"{RUNS}{last().pk}/verify/").content.decode()
    archive("a.html", page(text="Quite another text stands here by now, says the house."))
    other = client.post(f"{RUNS}{last().pk}/verify/").content.decode()
    path.unlink()
    gone = client.post(f"{RUNS}{last().pk}/verify/").content.decode()

    assert "is as its sources" in same
    assert "1 compared, 0 passed over" in same
    assert "words that the page lacks" in other
    assert "cannot be read any more" in gone


def test_looking_at_the_address_compares_nothing(client, publisher, archive):
    Run(archive("a.html", page()))

    answer = client.get(f"{RUNS}{last().pk}/verify/").content.decode()

    assert "Compare a sample" in answer
    assert "as its sources" not in answer


# Undoing.


def undo(client, run=None, **sent):
    return client.post(f"{RUNS}{(run or last()).pk}/rollback/", sent, follow=True)


def test_undoing_shows_first_what_it_would_do_and_needs_the_number(client, publisher, archive):
    for node in (1001, 1002, 1003):
        archive(f"{node}.html", page(node))
    Run(archive.folder)
    edited = PressRelease.objects.first()
    edited.title = "Edited"
    edited.save()

    text = undo(client, do="show").content.decode()
    assert '<th scope="row">Deleted</th><td>2</td>' in text
    assert "somebody edited it" in text
    assert "nothing was undone" in undo(client, do="apply", number="2").content.decode()
    assert PressRelease.objects.count() == 3
    assert last().status == RunStatus.FINISHED

    assert "Undone: 2 deleted" in undo(client, do="apply", number="3").content.decode()
    assert list(PressRelease.objects.all()) == [edited]
    assert last().status == RunStatus.ROLLED_BACK
    assert "There is nothing to undo" in client.get(f"{RUNS}{last().pk}/rollback/").content.decode()


def test_looking_at_the_page_does_nothing_yet(client, publisher, archive):
    Run(archive("a.html", page()))

    text = client.get(f"{RUNS}{last().pk}/rollback/", {"do": "apply", "number": "1"})

    assert "Show what would happen to its 1 item" in text.content.decode()
    assert PressRelease.objects.exists()


def test_where_all_is_kept_nothing_asks_to_be_undone(client, publisher, archive):
    conflict_of(archive)

    text = undo(client, ImportRun.objects.last(), do="show").content.decode()

    assert "So there is nothing that it would undo." in text
    assert "type how many" not in text


def test_a_large_run_is_undone_in_steps(client, publisher, archive, monkeypatch):
    for node in (1001, 1002, 1003):
        archive(f"{node}.html", page(node))
    Run(archive.folder)
    monkeypatch.setattr("press.admin.imports.UNDO_SECONDS", 0)
    monkeypatch.setattr("press.importers.ledger.rollback.BATCH", 1)

    assert "the last 1 of 3 items" in undo(client, do="show").content.decode()
    assert PressRelease.objects.count() == 3
    step = undo(client, do="apply", number="3").content.decode()
    assert "There are 2 items left." in step
    assert 'name="number" value="2"' in step
    assert last().status == RunStatus.ROLLING_BACK

    assert "nothing was undone" in undo(client, do="apply", number="3").content.decode()
    assert "There is 1 item left." in undo(client, do="apply", number="2").content.decode()
    assert "Undone: 1 deleted" in undo(client, do="apply", number="1").content.decode()
    assert last().status == RunStatus.ROLLED_BACK
    assert not PressRelease.objects.exists()


def test_what_is_undone_in_part_can_be_imported_again(client, publisher, archive, monkeypatch):
    for node in (1001, 1002):
        archive(f"{node}.html", page(node))
    Run(archive.folder)
    monkeypatch.setattr("press.admin.imports.UNDO_SECONDS", 0)
    monkeypatch.setattr("press.importers.ledger.rollback.BATCH", 1)
    undo(client, do="apply", number="2")

    Run(archive.folder)

    assert last().counts == {"created": 1, "unchanged": 1}
    first = ImportRun.objects.last()
    assert "Undone: 0 deleted, 0 restored, 1 kept" in (
        undo(client, first, do="apply", number="1").content.decode()
    )
    assert PressRelease.objects.count() == 2


def test_what_a_person_deleted_stays_so_while_another_item_is_undone(
    client, publisher, archive, monkeypatch
):
    for node in (1001, 1002, 1003):
        archive(f"{node}.html", page(node))
    Run(archive.folder)
    PressRelease.objects.get(legacy_key="1001:en").delete()
    monkeypatch.setattr("press.admin.imports.UNDO_SECONDS", 0)
    monkeypatch.setattr("press.importers.ledger.rollback.BATCH", 1)
    undo(client, do="apply", number="3")

    Run(archive.folder)

    assert last().counts == {"created": 1, "unchanged": 1, "skipped": 1}


def test_a_last_step_that_failed_can_be_done_again(client, publisher, archive):
    Run(archive("a.html", page()))
    roll_back(last(), apply=True)
    ImportRun.objects.update(status=RunStatus.ROLLING_BACK)

    assert "There are 0 items left; the last step" in (
        client.get(f"{RUNS}{last().pk}/rollback/").content.decode()
    )
    assert "Undone: 0 deleted" in undo(client, do="apply", number="0").content.decode()
    assert last().status == RunStatus.ROLLED_BACK


def test_an_editor_of_the_central_desk_undoes_nothing(client, archive):
    Run(archive("a.html", page()))
    client.force_login(person_at(Role.EDITOR))

    assert "Undo this import" not in page_of(client)
    assert undo(client, do="apply", number="1").status_code == 403
    assert PressRelease.objects.exists()


def test_while_an_import_runs_nothing_is_undone(client, publisher, archive):
    Run(archive("a.html", page()))

    with another_import():
        text = undo(client, do="apply", number="1").content.decode()

    assert "An import is running" in text
    assert PressRelease.objects.exists()


def test_a_decided_conflict_is_kept_when_the_import_is_undone(client, publisher, archive):
    item = conflict_of(archive)
    first = ImportRun.objects.last()
    decide(client, item, "take")

    assert roll_back(first, apply=True)["kept"] == 1
    assert PressRelease.objects.get().title == "Another title there"
